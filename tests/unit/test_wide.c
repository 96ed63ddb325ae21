/* SPDX-License-Identifier: MIT */
/* Extended sources: powers and coherence at the ears are those of many independent points on the disc. */
#include <complex.h>

#include "support/head.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "math/pn_approx.h"
#include "render/pn_wide.h"

enum { MANY = 4000, HIGHEST = 129 };

static head HEAD;
static pn_wide *WIDE;
static void *MEMORY;
static float *COMMON;
static float *APART;

static int open_all(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    pn_arena arena = {0};
    for (int pass = 0; pass < 2; pass++) {
        WIDE = pn_wide_place(&arena, HEAD.set->fft_frames, HEAD.set->bins_padded);
        COMMON = PN_TAKE(&arena, float, pn_hrtf_pair_floats(HEAD.set));
        APART = PN_TAKE(&arena, float, pn_hrtf_pair_floats(HEAD.set));
        if (pass == 0) {
            MEMORY = head_memory(arena.peak);
            arena = (pn_arena){.base = MEMORY};
        }
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    free(MEMORY);
    head_free(&HEAD);
    return 0;
}

static pn_vec3 unit(double x, double y, double z)
{
    const double length = sqrt(x * x + y * y + z * z);
    return (pn_vec3){(float)(x / length), (float)(y / length), (float)(z / length)};
}

static pn_hrtf_key towards(pn_vec3 dir)
{
    return (pn_hrtf_key){.ear_dirs = {dir, dir}, .gain = 1.0f};
}

/* Powers and cross spectrum of MANY points thrown evenly on the disc at random: no spiral, no frame. */
static void truth_of(pn_vec3 middle, double half_angle, double power[2][HIGHEST], double cross[2][HIGHEST])
{
    const uint32_t bins = HEAD.set->bins_padded;
    static float pair[4 * 512];
    uint32_t hint = 0;
    rng random = rng_open(7);
    int found = 0;
    memset(power, 0, 2 * HIGHEST * sizeof(double));
    memset(cross, 0, 2 * HIGHEST * sizeof(double));
    while (found < MANY) {
        const pn_vec3 d = rng_direction(&random);
        if ((double)pn_vec3_dot(d, middle) < cos(half_angle)) {
            continue;
        }
        found++;
        const pn_hrtf_key key = towards(d);
        pn_hrtf_filter_at(HEAD.set, &key, &hint, pair);
        for (uint32_t k = 0; k < HIGHEST; k++) {
            const double lr = (double)pair[k];
            const double li = (double)pair[bins + k];
            const double rr = (double)pair[2 * bins + k];
            const double ri = (double)pair[3 * bins + k];
            power[0][k] += (lr * lr + li * li) / MANY;
            power[1][k] += (rr * rr + ri * ri) / MANY;
            cross[0][k] += (lr * rr + li * ri) / MANY;
            cross[1][k] += (li * rr - lr * ri) / MANY;
        }
    }
}

/* Third octaves around bin k. */
static double band(const double *x, uint32_t k)
{
    const uint32_t half = k / 9 + 1;
    double sum = 0.0;
    for (uint32_t i = k - half; i <= k + half; i++) {
        sum += x[i];
    }
    return sum;
}

static void powers_and_coherence_are_those_of_many_points(void **state)
{
    (void)state;
    const uint32_t bins = HEAD.set->bins_padded;
    const pn_vec3 middles[] = {unit(0, 0, -1), unit(1, 0, 0), unit(-1, 0.5, 1), unit(0.1, 1, 0.1)};
    const double degrees[] = {10.0, 30.0, 60.0, 90.0};
    double worst_db = 0.0;
    double worst_coherence = 0.0;
    for (int m = 0; m < 4; m++) {
        for (int a = 0; a < 4; a++) {
            static double power[2][HIGHEST];
            static double cross[2][HIGHEST];
            static double got[2][HIGHEST];
            static double shared[HIGHEST];
            uint32_t hint = 0;
            truth_of(middles[m], degrees[a] * PN_PI / 180.0, power, cross);
            const pn_hrtf_key key = towards(middles[m]);
            pn_wide_filters_at(WIDE, HEAD.set, &key, (float)(degrees[a] * PN_PI / 180.0), &hint, COMMON, APART);
            for (uint32_t k = 0; k < HIGHEST; k++) {
                double complex of[2][2];
                for (uint32_t ear = 0; ear < 2; ear++) {
                    const float *c = COMMON + (size_t)ear * 2 * bins;
                    const float *d = APART + (size_t)ear * 2 * bins;
                    of[0][ear] = (double)c[k] + I * (double)c[bins + k];
                    of[1][ear] = (double)d[k] + I * (double)d[bins + k];
                    got[ear][k] = pow(cabs(of[0][ear]), 2.0) + pow(cabs(of[1][ear]), 2.0);
                }
                shared[k] = cabs(of[0][0] * conj(of[0][1]) - of[1][0] * conj(of[1][1]));
            }
            for (uint32_t k = 4; k < 85; k = k * 5 / 4 + 1) { /* 750 Hz to 16 kHz */
                for (int ear = 0; ear < 2; ear++) {
                    const double error = fabs(10.0 * log10(band(got[ear], k) / band(power[ear], k)));
                    worst_db = error > worst_db ? error : worst_db;
                }
                const double wanted = hypot(cross[0][k], cross[1][k]) / sqrt(power[0][k] * power[1][k]);
                const double error = fabs(shared[k] / sqrt(got[0][k] * got[1][k]) - wanted);
                worst_coherence = error > worst_coherence ? error : worst_coherence;
            }
        }
    }
    print_message("  powers within %.2f dB in third octaves, coherence within %.2f\n", worst_db, worst_coherence);
    assert_true(worst_db < 1.0);
    assert_true(worst_coherence < 0.3); /* of 32 points, where there is none: 1 / sqrt(32) on average */
}

static void without_extent_it_is_a_point(void **state)
{
    (void)state;
    const uint32_t floats = pn_hrtf_pair_floats(HEAD.set);
    static float point[4 * 512];
    rng random = rng_open(3);
    for (int draw = 0; draw < 50; draw++) {
        const pn_hrtf_key key = towards(rng_direction(&random));
        uint32_t hint = 0;
        pn_hrtf_filter_at(HEAD.set, &key, &hint, point);
        pn_wide_filters_at(WIDE, HEAD.set, &key, 0.0f, &hint, COMMON, APART);
        double error = 0.0;
        double leak = 0.0;
        double whole = 0.0;
        for (uint32_t i = 0; i < floats; i++) {
            error += ((double)COMMON[i] - (double)point[i]) * ((double)COMMON[i] - (double)point[i]);
            leak += (double)APART[i] * (double)APART[i];
            whole += (double)point[i] * (double)point[i];
        }
        assert_true(10.0 * log10(error / whole) < -60.0);
        assert_true(10.0 * log10(leak / whole + 1e-12) < -55.0); /* rounding of the coherence */
    }
}

static void a_ball_surrounds_those_inside_it(void **state)
{
    (void)state;
    assert_true(pn_wide_half_angle(0.0f, 1.0f) == 0.0f);
    assert_true(pn_wide_half_angle(-1.0f, 1.0f) == 0.0f);
    CHECK_NEAR((double)pn_wide_half_angle(1.0f, 2.0f), PN_PI / 6, 1e-6);
    CHECK_NEAR((double)pn_wide_half_angle(1.0f, 1.0f), PN_PI / 2, 1e-6);
    CHECK_NEAR((double)pn_wide_half_angle(1.0f, 0.0f), PN_PI, 1e-6);
    for (float r = 0.01f; r < 4.0f; r += 0.01f) { /* the nearer, the wider, and without a step */
        const float wider = pn_wide_half_angle(1.0f, r - 0.01f) - pn_wide_half_angle(1.0f, r);
        assert_true(wider >= 0.0f && wider < 0.2f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_and_coherence_are_those_of_many_points),
        cmocka_unit_test(without_extent_it_is_a_point),
        cmocka_unit_test(a_ball_surrounds_those_inside_it),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
