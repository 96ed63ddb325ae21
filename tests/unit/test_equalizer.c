/* SPDX-License-Identifier: MIT */
/* The equaliser of the sum: its curves, its changes, and what it leaves alone. */
#include <complex.h>

#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "render/pn_equalizer.h"

enum { HOP = 128, FRAMES = 1 << 16 };

static const double PI = 3.14159265358979323846;
static const double RATES[] = {8000.0, 44100.0, 48000.0, 96000.0, 192000.0};

typedef struct curve {
    float bands[4 * PN_SCENE_SECTIONS];
} curve;

/* Web Audio's BiquadFilterNode, sections 1.13.5; shelves by their Q, of which the node has sqrt(1/2). */
static double complex biquad(const float *band, double hz, double rate)
{
    const double a = pow(10.0, (double)band[2] / 40.0);
    const double w0 = 2.0 * PI * (double)band[1] / rate;
    const double c = cos(w0);
    const double alpha = sin(w0) / (2.0 * (double)band[3]);
    const double root = 2.0 * sqrt(a) * alpha;
    const double s = band[0] == (float)PN_SCENE_LOW_SHELF ? 1.0 : -1.0;
    double b[3] = {1.0 + alpha * a, -2.0 * c, 1.0 - alpha * a};
    double d[3] = {1.0 + alpha / a, -2.0 * c, 1.0 - alpha / a};
    if (band[0] != (float)PN_SCENE_PEAKING) {
        b[0] = a * ((a + 1.0) - s * (a - 1.0) * c + root);
        b[1] = s * 2.0 * a * ((a - 1.0) - s * (a + 1.0) * c);
        b[2] = a * ((a + 1.0) - s * (a - 1.0) * c - root);
        d[0] = (a + 1.0) + s * (a - 1.0) * c + root;
        d[1] = -s * 2.0 * ((a - 1.0) + s * (a + 1.0) * c);
        d[2] = (a + 1.0) + s * (a - 1.0) * c - root;
    }
    const double complex z = cexp(-I * 2.0 * PI * hz / rate);
    return (b[0] + b[1] * z + b[2] * z * z) / (d[0] + d[1] * z + d[2] * z * z);
}

static void process(pn_equalizer *equalizer, const curve *c, bool jump, float *left, float *right, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i += HOP) {
        pn_equalizer_process(equalizer, c->bands, jump && i == 0, left + i, right + i, HOP);
    }
}

static void its_response_is_that_of_web_audios_filters_at_every_rate(void **state)
{
    (void)state;
    static float left[FRAMES];
    static float right[FRAMES];
    const curve c = {{PN_SCENE_LOW_SHELF, 150.0f, 7.5f, 0.70710678f, PN_SCENE_PEAKING, 2350.0f, -11.0f, 1.8f,
                      PN_SCENE_HIGH_SHELF, 3000.0f, -6.0f, 0.9f, PN_SCENE_PEAKING, 60.0f, 4.0f, 5.0f}};
    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++) {
        pn_equalizer equalizer;
        pn_equalizer_init(&equalizer, RATES[r]);
        memset(left, 0, sizeof left);
        memset(right, 0, sizeof right);
        left[0] = 1.0f;
        right[0] = -0.5f;
        process(&equalizer, &c, true, left, right, FRAMES);
        for (double hz = 20.0; hz < 0.45 * RATES[r]; hz *= 1.3) {
            double complex measured[2] = {0.0, 0.0};
            double complex wanted = 1.0;
            for (int i = 0; i < FRAMES; i++) {
                const double complex turn = cexp(-I * 2.0 * PI * hz / RATES[r] * i);
                measured[0] += (double)left[i] * turn;
                measured[1] += (double)right[i] * turn / -0.5;
            }
            for (int i = 0; i < 4; i++) {
                wanted *= biquad(c.bands + 4 * i, hz, RATES[r]);
            }
            CHECK_BELOW(cabs(measured[0] - wanted) / cabs(wanted), 2e-4);
            CHECK_BELOW(cabs(measured[1] - wanted) / cabs(wanted), 2e-4);
        }
    }
}

static void without_sections_nothing_is_touched(void **state)
{
    (void)state;
    rng r = rng_open(51);
    const curve none = {{0}};
    pn_equalizer equalizer;
    pn_equalizer_init(&equalizer, 48000.0);
    float left[HOP], right[HOP], left_in[HOP], right_in[HOP];
    rng_noise(&r, left, HOP, 1.0);
    rng_noise(&r, right, HOP, 1.0);
    memcpy(left_in, left, sizeof left);
    memcpy(right_in, right, sizeof right);
    process(&equalizer, &none, false, left, right, HOP);
    assert_memory_equal(left, left_in, sizeof left);
    assert_memory_equal(right, right_in, sizeof right);
}

/* The largest step between samples, of a tone of 100 Hz that a curve changes under. */
static double largest_step(const curve *a, const curve *b)
{
    enum { LONG = 200 * HOP };
    static float left[LONG];
    static float right[LONG];
    pn_equalizer equalizer;
    pn_equalizer_init(&equalizer, 48000.0);
    for (int i = 0; i < LONG; i++) {
        left[i] = right[i] = (float)(0.25 * sin(2.0 * PI * 100.0 * i / 48000.0));
    }
    process(&equalizer, a, true, left, right, 100 * HOP);
    process(&equalizer, b, false, left + 100 * HOP, right + 100 * HOP, 100 * HOP);
    double step = 0.0;
    for (int i = 90 * HOP; i < LONG; i++) {
        step = fmax(step, fabs((double)left[i] - (double)left[i - 1]));
    }
    return step;
}

static void switched_on_off_and_changed_it_does_not_click(void **state)
{
    (void)state;
    const curve none = {{0}};
    const curve natural = {{PN_SCENE_LOW_SHELF, 150.0f, 7.5f, 0.70710678f, PN_SCENE_LOW_SHELF, 1300.0f, 11.0f,
                            0.70710678f, PN_SCENE_PEAKING, 2350.0f, -11.0f, 1.8f}};
    const curve other = {{PN_SCENE_PEAKING, 90.0f, 9.0f, 3.0f, PN_SCENE_HIGH_SHELF, 6000.0f, 6.0f, 0.7f}};
    const curve *const curves[] = {&none, &natural, &other};
    /* The tone's own steps are 0.013 at 12 dB more; 18 dB arrive within a hop, 0.02 a sample at the tone's peak. */
    for (int from = 0; from < 3; from++) {
        for (int to = 0; to < 3; to++) {
            CHECK_BELOW(largest_step(curves[from], curves[to]), 0.045);
        }
    }
}

static void after_a_change_it_is_what_it_would_be_had_it_always_been_so(void **state)
{
    (void)state;
    const curve none = {{0}};
    const curve one = {{PN_SCENE_LOW_SHELF, 150.0f, 7.5f, 0.70710678f, PN_SCENE_PEAKING, 2350.0f, -11.0f, 1.8f}};
    const curve other = {{PN_SCENE_PEAKING, 90.0f, 9.0f, 3.0f, PN_SCENE_NO_SECTION, 0.0f, 0.0f, 0.0f,
                          PN_SCENE_HIGH_SHELF, 6000.0f, 6.0f, 0.7f}};
    const curve *const curves[] = {&none, &one, &other};
    for (int k = 0; k < 9; k++) {
        const curve *const from = curves[k / 3];
        const curve *const to = curves[k % 3];
        rng r = rng_open(53);
        pn_equalizer changed;
        pn_equalizer always;
        pn_equalizer_init(&changed, 48000.0);
        pn_equalizer_init(&always, 48000.0);
        double apart = 0.0;
        for (int hop = 0; hop < 900; hop++) {
            float x[4][HOP];
            /* A rest in which nothing rings any more lies between. */
            rng_noise(&r, x[0], HOP, hop < 50 || hop > 500 ? 0.5 : 0.0);
            for (int i = 1; i < 4; i++) {
                memcpy(x[i], x[0], sizeof x[0]);
            }
            process(&changed, hop < 550 ? from : to, false, x[0], x[1], HOP);
            process(&always, to, false, x[2], x[3], HOP);
            for (int i = 0; i < HOP && hop >= 890; i++) {
                apart = fmax(apart, fabs((double)x[0][i] - (double)x[2][i]));
                apart = fmax(apart, fabs((double)x[1][i] - (double)x[3][i]));
            }
        }
        CHECK_BELOW(apart, 1e-5);
    }
}

static void any_values_leave_it_finite_and_silence_ends_without_denormals(void **state)
{
    (void)state;
    rng r = rng_open(52);
    pn_equalizer equalizer;
    pn_equalizer_init(&equalizer, 48000.0);
    float left[HOP], right[HOP];
    for (int hop = 0; hop < 2950; hop++) {
        curve c = {{0}};
        for (int i = 0; i < PN_SCENE_SECTIONS; i++) {
            c.bands[4 * i] = (float)rng_below(&r, 5);
            c.bands[4 * i + 1] = (float)pow(10.0, rng_between(&r, -2.0, 6.0));
            c.bands[4 * i + 2] = (float)rng_between(&r, -100.0, 10.0);
            c.bands[4 * i + 3] = (float)rng_between(&r, -1.0, 300.0);
        }
        rng_noise(&r, left, HOP, 1.0);
        rng_noise(&r, right, HOP, hop % 100 == 99 ? 1e30 : 1.0);
        process(&equalizer, &c, false, left, right, HOP);
        memset(right, 0, hop % 100 == 99 ? sizeof right : 0);
        assert_true(isfinite(peak_of(left, HOP)));
    }
    const curve last = {{PN_SCENE_LOW_SHELF, 40.0f, 6.0f, 0.7f, PN_SCENE_PEAKING, 50.0f, 6.0f, 20.0f}};
    for (int hop = 0; hop < 48000 * 20 / HOP; hop++) {
        memset(left, 0, sizeof left);
        memset(right, 0, sizeof right);
        process(&equalizer, &last, false, left, right, HOP);
    }
    for (int i = 0; i < PN_SCENE_SECTIONS; i++) {
        for (int k = 0; k < 4; k++) {
            assert_true(!equalizer.section[i].on || equalizer.section[i].state[k / 2][k % 2] == 0.0f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_response_is_that_of_web_audios_filters_at_every_rate),
        cmocka_unit_test(without_sections_nothing_is_touched),
        cmocka_unit_test(switched_on_off_and_changed_it_does_not_click),
        cmocka_unit_test(after_a_change_it_is_what_it_would_be_had_it_always_been_so),
        cmocka_unit_test(any_values_leave_it_finite_and_silence_ends_without_denormals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
