/* SPDX-License-Identifier: MIT */
/* The decorrelator: as loud as what goes in, as bright, and not alike. */
#include "support/head.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "dsp/pn_velvet.h"
#include "math/pn_approx.h"

enum { FRAMES = 48000, BLOCK = 128, LAGS = 2048 };

static const double RATES_HZ[] = {8000.0, 44100.0, 48000.0, 96000.0};

static pn_velvet open_velvet(double rate_hz, void **memory)
{
    pn_velvet velvet = {.length = 0};
    pn_arena arena = {0};
    pn_velvet_place(&arena, NULL, rate_hz, BLOCK);
    *memory = head_memory(arena.peak);
    arena = (pn_arena){.base = *memory};
    pn_velvet_place(&arena, &velvet, rate_hz, BLOCK);
    return velvet;
}

/* Its response, from blocks of every length, so that the past is carried rightly. */
static void response(double rate_hz, double *h, uint32_t frames)
{
    void *memory;
    pn_velvet velvet = open_velvet(rate_hz, &memory);
    for (uint32_t at = 0, block = 1; at < frames; at += block, block = block % BLOCK + 1) {
        float x[BLOCK] = {at == 0 ? 1.0f : 0.0f};
        float y[BLOCK];
        pn_velvet_process(&velvet, x, y, block);
        for (uint32_t n = 0; n < block && at + n < frames; n++) {
            h[at + n] = (double)y[n];
        }
    }
    free(memory);
}

static void its_energy_is_one_at_every_rate(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof RATES_HZ / sizeof *RATES_HZ; r++) {
        static double h[8192];
        response(RATES_HZ[r], h, 8192);
        double energy = 0.0;
        uint32_t last = 0;
        for (uint32_t n = 0; n < 8192; n++) {
            energy += h[n] * h[n];
            last = h[n] != 0.0 ? n : last;
        }
        CHECK_NEAR(10.0 * log10(energy), 0.0, 0.2); /* impulses of one sample may meet at low rates */
        assert_true((double)last < PN_VELVET_S * RATES_HZ[r]);
    }
}

/* Levels of third octaves, 200 Hz to 16 kHz, about their mean. */
static void no_third_octave_stands_out(void **state)
{
    (void)state;
    static double h[LAGS];
    response(48000.0, h, LAGS);
    double most = 0.0;
    for (double f = 200.0; f < 16000.0; f *= pow(2.0, 1.0 / 3.0)) {
        double power = 0.0;
        enum { POINTS = 64 };
        for (int i = 0; i < POINTS; i++) {
            const double w = 2.0 * PN_PI * f * pow(2.0, ((i + 0.5) / POINTS - 0.5) / 3.0) / 48000.0;
            double re = 0.0;
            double im = 0.0;
            for (uint32_t n = 0; n < LAGS; n++) {
                re += h[n] * cos(w * n);
                im -= h[n] * sin(w * n);
            }
            power += (re * re + im * im) / POINTS;
        }
        const double level = 10.0 * log10(power);
        most = fabs(level) > most ? fabs(level) : most;
    }
    print_message("  third octaves within %.1f dB\n", most);
    assert_true(most < 2.5);
}

static void it_is_unlike_what_goes_in(void **state)
{
    (void)state;
    static double h[LAGS];
    response(48000.0, h, LAGS);
    double most = 0.0; /* white noise: the correlation at a lag is the response there */
    for (uint32_t n = 0; n < LAGS; n++) {
        most = fabs(h[n]) > most ? fabs(h[n]) : most;
    }
    print_message("  correlation %.2f at most, %.2f at lag 0\n", most, h[0]);
    assert_true(fabs(h[0]) < 0.05);
    assert_true(most < 0.3);
}

static void it_forgets_when_it_is_reset(void **state)
{
    (void)state;
    void *memory;
    pn_velvet velvet = open_velvet(48000.0, &memory);
    float x[BLOCK];
    float y[BLOCK];
    for (uint32_t n = 0; n < BLOCK; n++) {
        x[n] = 1.0f;
    }
    pn_velvet_process(&velvet, x, y, BLOCK);
    pn_velvet_reset(&velvet);
    for (uint32_t n = 0; n < BLOCK; n++) {
        x[n] = 0.0f;
    }
    for (int block = 0; block < 20; block++) {
        pn_velvet_process(&velvet, x, y, BLOCK);
        for (uint32_t n = 0; n < BLOCK; n++) {
            assert_true(y[n] == 0.0f);
        }
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_energy_is_one_at_every_rate),
        cmocka_unit_test(no_third_octave_stands_out),
        cmocka_unit_test(it_is_unlike_what_goes_in),
        cmocka_unit_test(it_forgets_when_it_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
