/* SPDX-License-Identifier: MIT */
/* The default head's basis filters, refitted: times the delay's mean response they are the file's, at every rate. */
#include "base/pn_hop.h"
#include "dsp/pn_short_delay.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_refit_basis.h"
#include "support/head.h"
#include "support/tolerance.h"

static const double PI = 3.14159265358979323846;

enum { MOST_TAPS = 1024, FREQUENCIES = 300, PHASES = 64 };

static void response(const float *taps, size_t count, double first, double frequency, double *re, double *im)
{
    *re = 0.0;
    *im = 0.0;
    for (size_t i = 0; i < count; i++) {
        *re += (double)taps[i] * cos(2.0 * PI * frequency * (first + (double)i));
        *im -= (double)taps[i] * sin(2.0 * PI * frequency * (first + (double)i));
    }
}

/* The delay's response, without the delay: [re, im]. */
static void delayed(double fraction, double frequency, double *re, double *im)
{
    double taps[PN_SHORT_DELAY_TAPS];
    pn_short_delay_taps(fraction, taps);
    *re = 0.0;
    *im = 0.0;
    for (int tap = 0; tap < PN_SHORT_DELAY_TAPS; tap++) {
        const double t = tap - (PN_SHORT_DELAY_TAPS / 2 - 1) - fraction;
        *re += taps[tap] * cos(2.0 * PI * frequency * t);
        *im -= taps[tap] * sin(2.0 * PI * frequency * t);
    }
}

static double mean_response(double frequency)
{
    double sum = 0.0;
    for (int i = 0; i < PHASES; i++) {
        double re;
        double im;
        delayed((i + 0.5) / PHASES, frequency, &re, &im);
        sum += re / PHASES;
    }
    return sum;
}

static void the_short_delay_differs_between_fractions_by_as_little_as_its_header_says(void **state)
{
    (void)state;
    static const struct {
        double hz, within_db;
    } table[] = {{2000.0, -64.0},  {8000.0, -53.0},  {14000.0, -50.0},
                 {16000.0, -39.0}, {18000.0, -28.5}, {20000.0, -18.0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const double frequency = table[i].hz / 48000.0;
        const double mean = mean_response(frequency);
        double worst = 0.0;
        for (int phase = 0; phase <= PHASES; phase++) {
            double re;
            double im;
            delayed((double)phase / PHASES, frequency, &re, &im);
            worst = fmax(worst, hypot(re / mean - 1.0, im / mean));
        }
        printf("%5.0f Hz: %.1f dB, dimmed by %.1f dB\n", table[i].hz, 20.0 * log10(worst), 20.0 * log10(mean));
        CHECK_NEAR(20.0 * log10(worst), table[i].within_db, 0.6);
    }
}

static void refitted_basis_filters_have_the_spectrum_of_the_file_after_the_delay(void **state)
{
    (void)state;
    static const struct {
        double rate_hz, within_db; /* error to signal */
    } rates[] = {{16000.0, -24.0}, {32000.0, -40.0}, {44100.0, -54.0}, {48000.0, -70.0},
                 {88200.0, -75.0}, {96000.0, -75.0}, {192000.0, -75.0}};
    static float file_taps[MOST_TAPS], taps[MOST_TAPS];
    head_blob blob = head_read(HEAD_KEMAR);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(blob.bytes, blob.size, &file), PN_OK);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const double ratio = rates[i].rate_hz / file.sample_rate_hz;
        size_t fft_frames = 256;
        while ((double)fft_frames < 256 * ratio) {
            fft_frames *= 2;
        }
        const size_t out = pn_refit_basis_taps(file.basis_taps, ratio, fft_frames - PN_HOP_FRAMES + 1);
        const double high_hz = fmin(16000.0, 0.42 * rates[i].rate_hz);
        double error = 0.0;
        double signal = 0.0;
        double log_error = 0.0;
        pn_refit_basis refit;
        pn_arena arena = {0};
        pn_refit_basis_place(&arena, ratio, file.basis_taps, out, &refit);
        arena = (pn_arena){.base = head_memory(arena.peak)};
        pn_refit_basis_place(&arena, ratio, file.basis_taps, out, &refit);
        assert_true(out <= MOST_TAPS);
        for (uint32_t k = 0; k < file.basis_count; k++) {
            for (uint32_t t = 0; t < file.basis_taps; t++) {
                file_taps[t] = pn_head_file_get_basis_tap(&file, k, t);
            }
            pn_refit_basis_apply(&refit, file_taps, 2.0, taps);
            for (int f = 0; f < FREQUENCIES; f++) {
                const double hz = high_hz * (f + 0.5) / FREQUENCIES;
                const double dimming = mean_response(hz / rates[i].rate_hz);
                double re;
                double im;
                double wanted_re;
                double wanted_im;
                response(file_taps, file.basis_taps, 0.0, hz / file.sample_rate_hz, &wanted_re, &wanted_im);
                response(taps, out, 2.0, hz / rates[i].rate_hz, &re, &im);
                re *= dimming;
                im *= dimming;
                error += (re - wanted_re) * (re - wanted_re) + (im - wanted_im) * (im - wanted_im);
                signal += wanted_re * wanted_re + wanted_im * wanted_im;
                log_error += fabs(10.0 * log10((re * re + im * im) / (wanted_re * wanted_re + wanted_im * wanted_im)));
            }
        }
        printf("%6.0f Hz: error %.1f dB, level off by %.3f dB mean (%zu taps, to %.0f Hz)\n", rates[i].rate_hz,
               10.0 * log10(error / signal), log_error / (FREQUENCIES * file.basis_count), out, high_hz);
        CHECK_BELOW(10.0 * log10(error / signal), rates[i].within_db);
        free(arena.base);
    }
    head_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_short_delay_differs_between_fractions_by_as_little_as_its_header_says),
        cmocka_unit_test(refitted_basis_filters_have_the_spectrum_of_the_file_after_the_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
