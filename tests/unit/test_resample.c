/* SPDX-License-Identifier: MIT */
/* Change of sample rate against its definition: a band-limited signal at the other rate's instants. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/pn_resample.h"

#define PI 3.14159265358979323846

enum { FRAMES = 4096, MAX_OUT = 24 * FRAMES };

static float in[FRAMES];
static float out[MAX_OUT];

static const double pairs[][2] = {{44100, 48000}, {48000, 44100}, {48000, 8000},  {48000, 192000}, {96000, 48000},
                                  {22050, 48000}, {48000, 48000}, {44100, 44101}, {48000, 47999.5}};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void make_sine(double hz, double rate_hz)
{
    for (size_t i = 0; i < FRAMES; i++) {
        in[i] = (float)sin(2.0 * PI * hz * (double)i / rate_hz + 0.3);
    }
}

/* The middle half: the ends see the silence around the clip. */
static double middle_rms(size_t frames, double hz, double rate_hz, double wanted_gain)
{
    double sum = 0.0;
    for (size_t i = frames / 4; i < 3 * frames / 4; i++) {
        const double wanted = wanted_gain * sin(2.0 * PI * hz * (double)i / rate_hz + 0.3);
        const double error = (double)out[i] - wanted;
        sum += error * error;
    }
    return sqrt(sum / (double)(frames / 2));
}

static void a_sine_in_the_pass_band_keeps_amplitude_and_timing(void **state)
{
    (void)state;
    for (size_t p = 0; p < PAIRS; p++) {
        const double low = fmin(pairs[p][0], pairs[p][1]);
        const double hz[] = {0.001 * low, 0.1 * low, 0.3 * low, 0.44 * low};
        const size_t frames = pn_resample_frames(FRAMES, pairs[p][0], pairs[p][1]);
        for (size_t k = 0; k < 4; k++) {
            make_sine(hz[k], pairs[p][0]);
            pn_resample_signal(in, FRAMES, pairs[p][0], pairs[p][1], out, frames);
            assert_true(middle_rms(frames, hz[k], pairs[p][1], 1.0) < 1e-4); /* -80 dB */
        }
    }
}

static void what_the_lower_rate_cannot_hold_is_down_by_80_dB(void **state)
{
    (void)state;
    for (size_t p = 0; p < PAIRS; p++) {
        if (pairs[p][1] < pairs[p][0] - 1.0) {
            const double hz[] = {0.5 * pairs[p][1], 0.5 * (0.5 * pairs[p][1] + 0.5 * pairs[p][0])};
            const size_t frames = pn_resample_frames(FRAMES, pairs[p][0], pairs[p][1]);
            for (size_t k = 0; k < 2; k++) {
                make_sine(hz[k], pairs[p][0]);
                pn_resample_signal(in, FRAMES, pairs[p][0], pairs[p][1], out, frames);
                assert_true(middle_rms(frames, hz[k], pairs[p][1], 0.0) < 1e-4);
            }
        }
    }
}

static void a_constant_stays_within_a_millionth(void **state)
{
    (void)state;
    for (size_t i = 0; i < FRAMES; i++) {
        in[i] = 1.0f;
    }
    for (size_t p = 0; p < PAIRS; p++) {
        const size_t frames = pn_resample_frames(FRAMES, pairs[p][0], pairs[p][1]);
        pn_resample_signal(in, FRAMES, pairs[p][0], pairs[p][1], out, frames);
        for (size_t i = frames / 4; i < 3 * frames / 4; i++) {
            assert_true(fabs((double)out[i] - 1.0) < 1e-6);
        }
    }
}

static void a_filter_keeps_its_spectrum(void **state)
{
    (void)state;
    memset(in, 0, sizeof in);
    for (size_t i = 0; i < 200; i++) {
        in[300 + i] = (float)(exp(-(double)i / 15.0) * cos(0.7 * (double)i));
    }
    for (size_t p = 0; p < PAIRS; p++) {
        const double low = fmin(pairs[p][0], pairs[p][1]);
        const size_t frames = pn_resample_frames(1024, pairs[p][0], pairs[p][1]);
        pn_resample_filter(in, 1024, pairs[p][0], pairs[p][1], out, frames);
        for (int k = 0; k <= 40; k++) {
            const double hz = 0.44 * low * k / 40.0;
            double a_re = 0.0;
            double a_im = 0.0;
            double b_re = 0.0;
            double b_im = 0.0;
            for (size_t i = 0; i < 1024; i++) {
                a_re += (double)in[i] * cos(2.0 * PI * hz * (double)i / pairs[p][0]);
                a_im -= (double)in[i] * sin(2.0 * PI * hz * (double)i / pairs[p][0]);
            }
            for (size_t i = 0; i < frames; i++) {
                b_re += (double)out[i] * cos(2.0 * PI * hz * (double)i / pairs[p][1]);
                b_im -= (double)out[i] * sin(2.0 * PI * hz * (double)i / pairs[p][1]);
            }
            assert_true(hypot(a_re - b_re, a_im - b_im) < 1e-4 * 15.0); /* -80 dB of its sum of magnitudes */
        }
    }
}

static void a_stretch_that_begins_between_frames_lies_on_the_same_curve(void **state)
{
    (void)state;
    double stretch[64];
    make_sine(3000.0, 44100.0);
    for (int k = 0; k < 10; k++) {
        const double begin = 1000.0 + 0.37 * k;
        pn_resample_filter_at(in, FRAMES, 44100.0, 48000.0, begin, stretch, 64);
        for (size_t i = 0; i < 64; i++) {
            const double wanted = 44100.0 / 48000.0 * sin(2.0 * PI * 3000.0 * (begin + (double)i) / 48000.0 + 0.3);
            assert_true(fabs(stretch[i] - wanted) < 1e-4);
        }
    }
    pn_resample_filter_at(in, FRAMES, 44100.0, 48000.0, -1000.0, stretch, 64);
    for (size_t i = 0; i < 64; i++) {
        assert_true(stretch[i] == 0.0);
    }
}

static void a_row_gives_the_same_frame_as_the_whole(void **state)
{
    (void)state;
    double row[PN_RESAMPLE_MAX_ROW];
    make_sine(1234.0, 44100.0);
    for (size_t p = 0; p < PAIRS; p++) {
        const size_t frames = pn_resample_frames(FRAMES, pairs[p][0], pairs[p][1]);
        pn_resample_signal(in, FRAMES, pairs[p][0], pairs[p][1], out, frames);
        for (size_t n = 0; n < frames; n += 1 + frames / 37) {
            ptrdiff_t first = 0;
            double sum = 0.0;
            const size_t count = pn_resample_row(n, pairs[p][0], pairs[p][1], row, &first);
            assert_true(count > 0 && count <= PN_RESAMPLE_MAX_ROW);
            for (size_t k = 0; k < count; k++) {
                const ptrdiff_t i = first + (ptrdiff_t)k;
                sum += i >= 0 && i < FRAMES ? row[k] * (double)in[i] : 0.0;
            }
            assert_true(fabs(sum - (double)out[n]) < 1e-6);
        }
    }
}

static void impossible_rates_give_no_frames_and_silence(void **state)
{
    (void)state;
    assert_int_equal(pn_resample_frames(100, 0.0, 48000.0), 0);
    assert_int_equal(pn_resample_frames(100, -1.0, 48000.0), 0);
    assert_int_equal(pn_resample_frames(100, (double)NAN, 48000.0), 0);
    assert_int_equal(pn_resample_frames(100, 1000.0, 48000.0), 0);
    assert_int_equal(pn_resample_frames(147, 44100.0, 48000.0), 160);
    assert_int_equal(pn_resample_frames(148, 44100.0, 48000.0), 162);
    out[0] = 7.0f;
    pn_resample_signal(in, FRAMES, 1000.0, 48000.0, out, 1);
    assert_true(out[0] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_in_the_pass_band_keeps_amplitude_and_timing),
        cmocka_unit_test(what_the_lower_rate_cannot_hold_is_down_by_80_dB),
        cmocka_unit_test(a_constant_stays_within_a_millionth),
        cmocka_unit_test(a_filter_keeps_its_spectrum),
        cmocka_unit_test(a_stretch_that_begins_between_frames_lies_on_the_same_curve),
        cmocka_unit_test(a_row_gives_the_same_frame_as_the_whole),
        cmocka_unit_test(impossible_rates_give_no_frames_and_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
