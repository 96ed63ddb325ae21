/* SPDX-License-Identifier: MIT */
/* Four transforms in four lanes against the definition in double. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "dsp/pn_fft.h"

enum { LANES = 4, LONGEST = 1024 };

static const uint32_t SIZES[] = {256, 512, 1024};

/* Each of log2 n stages rounds, and so do the twiddles: the roundings of all samples spread over the bins like noise
   (by Parseval the signal's norm a bin), those of the twiddles scale the bin itself [Gentleman, Sande 1966]. 4
   sigma. */
static double transform_error(uint32_t n, double norm, double bin)
{
    return 4.0 * FLOAT_ULP * sqrt(log2(n)) * (norm + bin);
}

typedef struct bench {
    pn_arena arena;
    pn_fft4 *plan;
    pn_f32x4 *time;
    pn_f32x4 *spectrum;
    pn_f32x4 *back;
} bench;

static bench bench_open(uint32_t n)
{
    bench b = {.arena = {0}};
    assert_null(pn_fft4_place(&b.arena, n));
    b.arena = (pn_arena){.base = head_memory(b.arena.peak)};
    b.plan = pn_fft4_place(&b.arena, n);
    b.time = head_memory(n * sizeof *b.time);
    b.spectrum = head_memory((n + 2) * sizeof *b.spectrum);
    b.back = head_memory(n * sizeof *b.back);
    return b;
}

static void bench_free(bench *b)
{
    free(b->arena.base);
    free(b->time);
    free(b->spectrum);
    free(b->back);
}

static void forward_is_the_fourier_sum_of_each_lane(void **state)
{
    (void)state;
    rng r = rng_open(31);
    for (size_t size = 0; size < 3; size++) {
        const uint32_t n = SIZES[size];
        bench b = bench_open(n);
        for (uint32_t i = 0; i < n; i++) {
            b.time[i][0] = (float)rng_between(&r, -1.0, 1.0);
            b.time[i][1] = i == 3 ? 1.0f : 0.0f;
            b.time[i][2] = (float)cos(2.0 * 3.14159265358979323846 * 37.0 * i / n);
            b.time[i][3] = (float)rng_between(&r, -1.0, 1.0) * 1e-6f;
        }
        pn_fft4_forward(b.plan, b.time, b.spectrum);
        for (uint32_t k = 0; k <= n / 2; k++) {
            for (int lane = 0; lane < LANES; lane++) {
                double re = 0.0;
                double im = 0.0;
                double energy = 0.0;
                for (uint32_t i = 0; i < n; i++) {
                    const double a = -2.0 * 3.14159265358979323846 * (double)((uint64_t)k * i % n) / n;
                    re += (double)b.time[i][lane] * cos(a);
                    im += (double)b.time[i][lane] * sin(a);
                    energy += (double)b.time[i][lane] * (double)b.time[i][lane];
                }
                const double error = transform_error(n, sqrt(energy), sqrt(re * re + im * im));
                CHECK_NEAR(b.spectrum[2 * k][lane], re, error);
                CHECK_NEAR(b.spectrum[2 * k + 1][lane], im, error);
            }
        }
        bench_free(&b);
    }
}

static void inverse_of_forward_is_n_times_the_signal(void **state)
{
    (void)state;
    rng r = rng_open(32);
    for (size_t size = 0; size < 3; size++) {
        const uint32_t n = SIZES[size];
        bench b = bench_open(n);
        for (int draw = 0; draw < 20; draw++) {
            for (uint32_t i = 0; i < n; i++) {
                for (int lane = 0; lane < LANES; lane++) {
                    b.time[i][lane] = (float)rng_between(&r, -1.0, 1.0);
                }
            }
            pn_fft4_forward(b.plan, b.time, b.spectrum);
            pn_fft4_inverse(b.plan, b.spectrum, b.back);
            for (uint32_t i = 0; i < n; i++) {
                for (int lane = 0; lane < LANES; lane++) {
                    CHECK_NEAR(b.back[i][lane] / (float)n, b.time[i][lane], 8 * FLOAT_ULP * log2(n));
                }
            }
        }
        bench_free(&b);
    }
}

static void lanes_do_not_hear_each_other(void **state)
{
    (void)state;
    rng r = rng_open(33);
    bench b = bench_open(256);
    bench alone = bench_open(256);
    for (int lane = 0; lane < LANES; lane++) {
        for (uint32_t i = 0; i < 256; i++) {
            for (int k = 0; k < LANES; k++) {
                b.time[i][k] = (float)rng_between(&r, -1e6, 1e6);
            }
            b.time[i][lane] = (float)rng_between(&r, -1.0, 1.0);
            alone.time[i] = pn_f32x4_splat(0.0f);
            alone.time[i][lane] = b.time[i][lane];
        }
        pn_fft4_forward(b.plan, b.time, b.spectrum);
        pn_fft4_forward(alone.plan, alone.time, alone.spectrum);
        for (uint32_t k = 0; k < 258; k++) {
            assert_true(b.spectrum[k][lane] == alone.spectrum[k][lane]);
        }
    }
    bench_free(&b);
    bench_free(&alone);
}

static void silence_transforms_to_exact_zeros(void **state)
{
    (void)state;
    bench b = bench_open(256);
    memset(b.time, 0, 256 * sizeof *b.time);
    pn_fft4_forward(b.plan, b.time, b.spectrum);
    pn_fft4_inverse(b.plan, b.spectrum, b.back);
    assert_true(all_zero((const float *)b.spectrum, 4 * 258));
    assert_true(all_zero((const float *)b.back, 4 * 256));
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_the_fourier_sum_of_each_lane),
        cmocka_unit_test(inverse_of_forward_is_n_times_the_signal),
        cmocka_unit_test(lanes_do_not_hear_each_other),
        cmocka_unit_test(silence_transforms_to_exact_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
