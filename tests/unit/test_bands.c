/* SPDX-License-Identifier: MIT */
/* Octave bands and air as a factor of a filter: its level is the definition's, its phase the least there can be. */
#include "support/head.h"
#include "support/metrics.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "dsp/pn_bands.h"
#include "dsp/pn_fft.h"

enum { LONG = 65536, MOST_BINS = LONG / 2 + 4, DRAWS = 20 };

static const double PI = 3.14159265358979323846;
static const double NEPER_DB = 8.685889638065037;

typedef struct factor {
    pn_bands bands;
    uint32_t fft_frames;
    double rate_hz;
    void *memory;
} factor;

static factor open_factor(uint32_t fft_frames, double rate_hz)
{
    const pn_air air = pn_air_default();
    const uint32_t bins = (fft_frames / 2 + 1 + 3) / 4 * 4;
    pn_arena arena = {0};
    pn_bands_place(&arena, fft_frames, bins, rate_hz, &air);
    factor f = {.fft_frames = fft_frames, .rate_hz = rate_hz, .memory = head_memory(arena.peak)};
    arena = (pn_arena){.base = f.memory};
    f.bands = pn_bands_place(&arena, fft_frames, bins, rate_hz, &air);
    return f;
}

/* One ear's spectrum through the factor; the other ear's is a copy, and both must come out alike. */
static void apply(const factor *f, const float *log_gain, float air_m, float *spectrum)
{
    const size_t floats = 2 * f->bands.bins_padded;
    float gains[2][PN_BANDS];
    float *pair = head_memory(2 * floats * sizeof *pair);
    for (size_t ear = 0; ear < 2; ear++) {
        memcpy(gains[ear], log_gain, sizeof gains[ear]);
        memcpy(pair + ear * floats, spectrum, floats * sizeof *pair);
    }
    pn_bands_apply(&f->bands, (const float(*)[PN_BANDS])gains, air_m, pair);
    assert_memory_equal(pair, pair + floats, floats * sizeof *pair);
    memcpy(spectrum, pair, floats * sizeof *pair);
    free(pair);
}

/* The factor itself: what it makes of a spectrum of ones. [re, im][bins_padded] */
static float *factor_of(const factor *f, const float *log_gain, float air_m)
{
    float *spectrum = head_memory(2 * f->bands.bins_padded * sizeof *spectrum);
    for (uint32_t k = 0; k < f->bands.bins_padded; k++) {
        spectrum[k] = 1.0f;
        spectrum[f->bands.bins_padded + k] = 0.0f;
    }
    apply(f, log_gain, air_m, spectrum);
    return spectrum;
}

/* The definition: between centres linear over log frequency, beyond them constant, in nepers. */
static double defined_nepers(const float *log_gain, float air_m, double hz)
{
    const pn_air air = pn_air_default();
    double octave = log2(fmax(hz, 1.0) / 125.0);
    octave = fmin(fmax(octave, 0.0), PN_BANDS - 1);
    const int low = octave < PN_BANDS - 1 ? (int)octave : PN_BANDS - 2;
    const double share = octave - low;
    return (1.0 - share) * (double)log_gain[low] + share * (double)log_gain[low + 1] -
           (double)air_m * pn_air_absorption_db_m(&air, hz) / NEPER_DB;
}

static void draw(rng *r, float *log_gain, double most_db)
{
    for (int band = 0; band < PN_BANDS; band++) {
        log_gain[band] = (float)(rng_between(r, -most_db, most_db) / NEPER_DB);
    }
}

static const double RATES[] = {16000.0, 44100.0, 48000.0, 96000.0};

static void every_bin_has_the_level_of_its_frequency(void **state)
{
    (void)state;
    rng r = rng_open(61);
    for (int rate = 0; rate < 4; rate++) {
        factor f = open_factor(RATES[rate] > 50000.0 ? 512 : 256, RATES[rate]);
        for (int i = 0; i < DRAWS; i++) {
            float log_gain[PN_BANDS];
            draw(&r, log_gain, 40.0);
            const float air_m = (float)rng_between(&r, 0.0, 100.0);
            float *spectrum = factor_of(&f, log_gain, air_m);
            for (uint32_t k = 0; k <= f.fft_frames / 2; k++) {
                const double re = (double)spectrum[k];
                const double im = (double)spectrum[f.bands.bins_padded + k];
                const double expected = defined_nepers(log_gain, air_m, k * RATES[rate] / f.fft_frames);
                /* Clamped where e^x is: no one hears what lies 80 nepers down. */
                if (expected > -75.0) {
                    CHECK_NEAR(NEPER_DB * (0.5 * log(re * re + im * im) - expected), 0.0, 0.002);
                }
            }
            free(spectrum);
        }
        free(f.memory);
    }
}

/* Phase of minimum phase in double: the cepstrum of the log gain, folded. */
static void defined_phase(const float *log_gain, float air_m, double rate_hz, double *phase)
{
    double *re = head_memory(LONG * sizeof *re);
    double *im = head_memory(LONG * sizeof *im);
    for (size_t k = 0; k < LONG; k++) {
        re[k] = defined_nepers(log_gain, air_m, (double)(k < LONG / 2 ? k : LONG - k) * rate_hz / LONG);
        im[k] = 0.0;
    }
    metrics_fft(re, im, LONG, 1);
    for (size_t t = 1; t < LONG / 2; t++) {
        re[t] *= 2.0;
        re[LONG - t] = 0.0;
    }
    memset(im, 0, LONG * sizeof *im);
    metrics_fft(re, im, LONG, 0);
    memcpy(phase, im, LONG * sizeof *phase);
    free(re);
    free(im);
}

static void every_bin_has_the_phase_that_hilbert_gives_its_level(void **state)
{
    (void)state;
    rng r = rng_open(62);
    double *phase = head_memory(LONG * sizeof *phase);
    for (int rate = 0; rate < 4; rate++) {
        factor f = open_factor(256, RATES[rate]);
        for (int i = 0; i < DRAWS / 4; i++) {
            float log_gain[PN_BANDS];
            draw(&r, log_gain, 20.0);
            const float air_m = (float)rng_between(&r, 0.0, 50.0);
            float *spectrum = factor_of(&f, log_gain, air_m);
            defined_phase(log_gain, air_m, RATES[rate], phase);
            for (uint32_t k = 0; k <= f.fft_frames / 2; k++) {
                const double expected = phase[k * (LONG / f.fft_frames)];
                const double found = atan2((double)spectrum[f.bands.bins_padded + k], (double)spectrum[k]);
                /* The grid of the table is 8 times as coarse as this one: 0.01 rad are 0.3 us at 5 kHz. */
                CHECK_NEAR(remainder(found - expected, 2.0 * PI), 0.0, 0.01);
            }
            free(spectrum);
        }
        free(f.memory);
    }
    free(phase);
}

/* On a transform so long that nothing wraps round, the impulse response lies bare. */
static void the_factor_is_causal(void **state)
{
    (void)state;
    enum { FRAMES = 16384 };
    rng r = rng_open(63);
    factor f = open_factor(FRAMES, 48000.0);
    double *re = head_memory(FRAMES * sizeof *re);
    double *im = head_memory(FRAMES * sizeof *im);
    double worst = -300.0;
    for (int i = 0; i < DRAWS; i++) {
        float log_gain[PN_BANDS];
        draw(&r, log_gain, 20.0);
        float *spectrum = factor_of(&f, log_gain, (float)rng_between(&r, 0.0, 100.0));
        for (uint32_t k = 0; k < FRAMES; k++) {
            const uint32_t bin = k <= FRAMES / 2 ? k : FRAMES - k;
            re[k] = (double)spectrum[bin];
            im[k] = (double)spectrum[f.bands.bins_padded + bin] * (k <= FRAMES / 2 ? 1.0 : -1.0);
        }
        metrics_fft(re, im, FRAMES, 1);
        double before = 0.0;
        double after = 0.0;
        for (size_t t = 0; t < FRAMES; t++) {
            *(t < FRAMES / 2 ? &after : &before) += re[t] * re[t];
        }
        worst = fmax(worst, 10.0 * log10(before / after));
        free(spectrum);
    }
    printf("before the sound: %.1f dB\n", worst);
    CHECK_BELOW(worst, -60.0);
    free(re);
    free(im);
    free(f.memory);
}

static void factors_add_up_in_decibels(void **state)
{
    (void)state;
    rng r = rng_open(64);
    factor f = open_factor(256, 48000.0);
    for (int i = 0; i < DRAWS; i++) {
        float a[PN_BANDS];
        float b[PN_BANDS];
        float both[PN_BANDS];
        draw(&r, a, 20.0);
        draw(&r, b, 20.0);
        for (int band = 0; band < PN_BANDS; band++) {
            both[band] = a[band] + b[band];
        }
        float *twice = factor_of(&f, a, 10.0f);
        float *once = factor_of(&f, both, 30.0f);
        apply(&f, b, 20.0f, twice);
        for (uint32_t k = 0; k <= 128; k++) {
            const double size = hypot((double)once[k], (double)once[f.bands.bins_padded + k]);
            CHECK_NEAR(twice[k], once[k], 3e-6 * size); /* the approximations', and roundings of 9 sums up to 10 */
            CHECK_NEAR(twice[f.bands.bins_padded + k], once[f.bands.bins_padded + k], 3e-6 * size);
        }
        free(twice);
        free(once);
    }
    free(f.memory);
}

static void each_ear_gets_its_own_factor_to_the_bit(void **state)
{
    (void)state;
    rng r = rng_open(66);
    factor f = open_factor(256, 48000.0);
    const size_t floats = 2 * f.bands.bins_padded;
    float gains[2][PN_BANDS];
    float *pair = head_memory(2 * floats * sizeof *pair);
    float *alone = head_memory(2 * floats * sizeof *alone);
    draw(&r, gains[0], 20.0);
    draw(&r, gains[1], 20.0);
    rng_noise(&r, pair, 2 * floats, 1.0);
    memcpy(alone, pair, 2 * floats * sizeof *alone);
    pn_bands_apply(&f.bands, (const float(*)[PN_BANDS])gains, 5.0f, pair);
    for (size_t ear = 0; ear < 2; ear++) {
        apply(&f, gains[ear], 5.0f, alone + ear * floats);
    }
    assert_memory_equal(pair, alone, 2 * floats * sizeof *pair);
    free(pair);
    free(alone);
    free(f.memory);
}

static void no_colour_changes_no_bit(void **state)
{
    (void)state;
    rng r = rng_open(65);
    factor f = open_factor(256, 48000.0);
    const float none[PN_BANDS] = {0.0f};
    const size_t floats = 2 * f.bands.bins_padded;
    float *before = head_memory(floats * sizeof *before);
    float *after = head_memory(floats * sizeof *after);
    rng_noise(&r, before, floats, 1.0);
    memcpy(after, before, floats * sizeof *after);
    apply(&f, none, 0.0f, after);
    assert_memory_equal(after, before, floats * sizeof *after);
    free(before);
    free(after);
    free(f.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bin_has_the_level_of_its_frequency),
        cmocka_unit_test(every_bin_has_the_phase_that_hilbert_gives_its_level),
        cmocka_unit_test(the_factor_is_causal),
        cmocka_unit_test(factors_add_up_in_decibels),
        cmocka_unit_test(each_ear_gets_its_own_factor_to_the_bit),
        cmocka_unit_test(no_colour_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
