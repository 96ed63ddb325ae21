/* SPDX-License-Identifier: MIT */
/** The short filter that stands for a long response. */
#include "hrtf/pn_bake_shape.h"
#include "support/head.h"
#include "support/rng.h"
#include "support/tolerance.h"

#define PI 3.14159265358979323846

enum { TAPS = 92, LATE = 104, LATE_FRAMES = 24 };

static const double RATE_HZ = 48000.0;

typedef struct bench {
    void *memory;
    pn_shape shape;
} bench;

static bench bench_open(void)
{
    bench b;
    pn_arena arena = {0};
    pn_shape_place(&arena, &b.shape);
    b.memory = head_memory(arena.peak);
    arena = (pn_arena){.base = b.memory};
    pn_shape_place(&arena, &b.shape);
    return b;
}

static double level_db(const double *x, size_t frames, double hz)
{
    double re = 0.0;
    double im = 0.0;
    for (size_t n = 0; n < frames; n++) {
        re += x[n] * cos(2.0 * PI * hz / RATE_HZ * (double)n);
        im += x[n] * sin(2.0 * PI * hz / RATE_HZ * (double)n);
    }
    return 10.0 * log10(re * re + im * im + 1e-20);
}

/* rms over 200 Hz to 16 kHz */
static double distance_db(const double *wanted, const double *got, size_t frames)
{
    double sum = 0.0;
    size_t count = 0;
    for (double hz = 200.0; hz <= 16000.0; hz += 50.0, count++) {
        const double off = level_db(got, frames, hz) - level_db(wanted, frames, hz);
        sum += off * off;
    }
    return sqrt(sum / (double)count);
}

static void shape(bench *b, const double *response, double *filter)
{
    static double re[PN_SHAPE_SIZE];
    static double im[PN_SHAPE_SIZE];
    memcpy(re, response, sizeof re);
    memset(im, 0, sizeof im);
    pn_fft_f64_forward(&b->shape.fft, re, im);
    pn_shape_filter(&b->shape, re, im, TAPS, filter);
}

static void what_a_late_part_alone_brings_is_not_left_silent(void **state)
{
    /* Three taps that cancel at 10 kHz, and a burst of 10 kHz behind the filter's end: without it there would be
       nothing at 10 kHz. The best fit of the waveform has 13 dB too little there, and 3.4 dB of distance. */
    (void)state;
    bench b = bench_open();
    static double response[PN_SHAPE_SIZE];
    static double filter[PN_SHAPE_SIZE];
    const double hz = 10000.0;
    response[8] = 1.0;
    response[9] = -2.0 * cos(2.0 * PI * hz / RATE_HZ);
    response[10] = 1.0;
    for (int n = 0; n < LATE_FRAMES; n++) {
        const double window = 0.5 - 0.5 * cos(2.0 * PI * (n + 0.5) / LATE_FRAMES);
        response[LATE + n] = 0.02 * window * cos(2.0 * PI * hz / RATE_HZ * n);
    }
    shape(&b, response, filter);
    const double wanted_db = level_db(response, PN_SHAPE_SIZE, hz);
    const double got_db = level_db(filter, PN_SHAPE_SIZE, hz);
    print_message("  at %.0f Hz %.1f dB instead of %.1f; LSD %.2f dB\n", hz, got_db, wanted_db,
                  distance_db(response, filter, PN_SHAPE_SIZE));
    CHECK_NEAR(got_db, wanted_db, 4.0);
    CHECK_BELOW(distance_db(response, filter, PN_SHAPE_SIZE), 2.0);
    free(b.memory);
}

static void a_response_that_fits_comes_out_as_it_is(void **state)
{
    (void)state;
    bench b = bench_open();
    static double response[PN_SHAPE_SIZE];
    static double filter[PN_SHAPE_SIZE];
    rng random = rng_open(5);
    for (int n = 0; n < 40; n++) { /* dies away within the taps, from the guard on */
        response[12 + n] = rng_between(&random, -1.0, 1.0) * exp(-0.15 * n) * (n < 4 ? 0.25 * (n + 1) : 1.0);
    }
    shape(&b, response, filter);
    const double lsd_db = distance_db(response, filter, PN_SHAPE_SIZE);
    print_message("  LSD %.3f dB\n", lsd_db);
    CHECK_BELOW(lsd_db, 0.05);
    free(b.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_late_part_alone_brings_is_not_left_silent),
        cmocka_unit_test(a_response_that_fits_comes_out_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
