/* SPDX-License-Identifier: MIT */
/* A sphere's near field: the series against other ways to the same number, and the table against the series. */
#include <complex.h>

#include "support/head.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "hrtf/pn_near_field.h"
#include "math/pn_approx.h"

enum { DRAWS = 4000 };

static const double RADIUS_M = (double)PN_HEAD_RADIUS_M;
static const double SOUND_M_S = 343.0;
static const double REFERENCE_M = 1.4;
static const double TABLE_DB = 0.5; /* the least difference of level between the ears that is noticed [Mills 1960] */

static double to_db(double ratio)
{
    return 20.0 * log10(ratio);
}

static const pn_near_field *TABLE;
static void *MEMORY;

static int open_table(void **state)
{
    (void)state;
    pn_arena arena = {0};
    assert_null(pn_near_field_place(&arena, REFERENCE_M));
    MEMORY = head_memory(arena.peak);
    arena = (pn_arena){.base = MEMORY};
    TABLE = pn_near_field_place(&arena, REFERENCE_M);
    return 0;
}

static int close_table(void **state)
{
    (void)state;
    free(MEMORY);
    return 0;
}

/* h_m of the first kind as a finite sum [Abramowitz & Stegun 10.1.16], and its derivative from its neighbour. */
static double complex hankel(int m, double x)
{
    double complex sum = 0.0;
    double complex term = 1.0;
    for (int s = 0; s <= m; s++) {
        sum += term;
        term *= I * (double)(m + s + 1) * (double)(m - s) / (2.0 * (s + 1) * x);
    }
    return cpow(-I, m + 1) * cexp(I * x) / x * sum;
}

static double complex hankel_slope(int m, double x)
{
    return m == 0 ? -hankel(1, x) : hankel(m - 1, x) - (m + 1) / x * hankel(m, x);
}

static double legendre(int m, double x)
{
    double before = 1.0;
    double now = x;
    for (int k = 1; k < m; k++) {
        const double next = ((2 * k + 1) * x * now - k * before) / (k + 1);
        before = now;
        now = next;
    }
    return m == 0 ? 1.0 : now;
}

static void the_sphere_is_the_sum_of_hankel_functions_that_the_paper_writes(void **state)
{
    (void)state;
    rng r = rng_open(51);
    for (int i = 0; i < 300; i++) {
        const double f = pow(10.0, rng_between(&r, 2.0, 4.2));
        const double distance = rng_between(&r, 0.15, 2.0);
        const double incidence = rng_between(&r, 0.0, PN_PI);
        const double mu = 2.0 * PN_PI * f * RADIUS_M / SOUND_M_S;
        const double rho = distance / RADIUS_M;
        double complex sum = 0.0;
        for (int m = 0; m < 70; m++) {
            sum += (2 * m + 1) * legendre(m, cos(incidence)) * hankel(m, mu * rho) / hankel_slope(m, mu);
        }
        const double expected = cabs(rho / mu * sum);
        CHECK_NEAR(to_db(pn_near_field_sphere(RADIUS_M, distance, incidence, f) / expected), 0.0, 1e-4);
    }
}

/* Where the wave is long, Laplace's equation is left: sum (2m + 1) / (m + 1) rho^-m P_m. */
static void at_low_frequencies_the_sphere_is_a_static_field(void **state)
{
    (void)state;
    for (double distance = 0.12; distance < 2.0; distance *= 1.4) {
        for (double incidence = 0.0; incidence <= PN_PI; incidence += 0.25) {
            double expected = 0.0;
            for (int m = 0; m < 200; m++) {
                expected += (2.0 * m + 1) / (m + 1) * pow(distance / RADIUS_M, -m) * legendre(m, cos(incidence));
            }
            CHECK_NEAR(to_db(pn_near_field_sphere(RADIUS_M, distance, incidence, 5.0) / expected), 0.0, 0.01);
        }
    }
}

static void short_waves_double_their_pressure_on_the_side_that_they_strike(void **state)
{
    (void)state;
    CHECK_NEAR(to_db(pn_near_field_sphere(RADIUS_M, 50.0, 0.0, 16000.0)), 6.02, 0.1);
    CHECK_NEAR(to_db(pn_near_field_sphere(RADIUS_M, 50.0, 1.0, 20.0)), 0.0, 0.1);
}

static void the_table_is_the_sphere_to_half_a_decibel_at_every_distance_and_direction(void **state)
{
    (void)state;
    rng r = rng_open(52);
    double worst[PN_BANDS] = {0.0};
    for (int i = 0; i < DRAWS; i++) {
        const double distance = 1.0 / rng_between(&r, 1.0 / REFERENCE_M, 1.0 / 0.12);
        const pn_vec3 dir = rng_direction(&r);
        pn_vec3 ear_dirs[2];
        float log_gain[2][PN_BANDS] = {{0.0f}};
        pn_near_field_at(TABLE, dir, (float)distance, ear_dirs, log_gain);
        for (int ear = 0; ear < 2; ear++) {
            const double incidence = acos((double)(ear == 0 ? -dir.x : dir.x));
            for (int band = 0; band < PN_BANDS; band++) {
                const double f = pn_bands_centre_hz(band);
                const double expected = pn_near_field_sphere(RADIUS_M, distance, incidence, f) /
                                        pn_near_field_sphere(RADIUS_M, REFERENCE_M, incidence, f);
                const double error = fabs(to_db(exp((double)log_gain[ear][band]) / expected));
                worst[band] = fmax(worst[band], error);
            }
        }
    }
    for (int band = 0; band < PN_BANDS; band++) {
        printf("%6.0f Hz: %.3f dB\n", pn_bands_centre_hz(band), worst[band]);
    }
    for (int band = 0; band < PN_BANDS; band++) {
        CHECK_BELOW(worst[band], TABLE_DB);
    }
}

static void each_ear_sees_the_source_where_its_line_of_sight_meets_the_measuring_sphere(void **state)
{
    (void)state;
    rng r = rng_open(53);
    for (int i = 0; i < DRAWS; i++) {
        const float distance = (float)rng_between(&r, 0.13, REFERENCE_M);
        const pn_vec3 dir = rng_direction(&r);
        pn_vec3 ear_dirs[2];
        float log_gain[2][PN_BANDS] = {{0.0f}};
        pn_near_field_at(TABLE, dir, distance, ear_dirs, log_gain);
        for (int ear = 0; ear < 2; ear++) {
            const pn_vec3 ear_m = {ear == 0 ? -PN_HEAD_RADIUS_M : PN_HEAD_RADIUS_M, 0.0f, 0.0f};
            const pn_vec3 far = pn_vec3_sub(pn_vec3_scale(ear_dirs[ear], (float)REFERENCE_M), ear_m);
            const pn_vec3 near = pn_vec3_sub(pn_vec3_scale(dir, distance), ear_m);
            CHECK_NEAR(pn_vec3_length(ear_dirs[ear]), 1.0, 1e-6);
            const double along =
                (double)pn_vec3_dot(far, near) / ((double)pn_vec3_length(far) * (double)pn_vec3_length(near));
            CHECK_NEAR(along, 1.0, 2e-6);
        }
    }
}

static void both_effects_vanish_steadily_at_the_measuring_distance(void **state)
{
    (void)state;
    rng r = rng_open(54);
    for (int i = 0; i < DRAWS; i++) {
        const pn_vec3 dir = rng_direction(&r);
        pn_vec3 ear_dirs[2];
        float log_gain[2][PN_BANDS] = {{0.0f}};
        pn_near_field_at(TABLE, dir, (float)REFERENCE_M * 0.99999f, ear_dirs, log_gain);
        for (int ear = 0; ear < 2; ear++) {
            CHECK_NEAR(pn_vec3_length(pn_vec3_sub(ear_dirs[ear], dir)), 0.0, 1e-5);
            for (int band = 0; band < PN_BANDS; band++) {
                CHECK_NEAR(log_gain[ear][band], 0.0, 1e-4);
            }
        }
    }
}

static void no_distance_however_small_gives_anything_but_numbers(void **state)
{
    (void)state;
    rng r = rng_open(55);
    for (float distance = 0.2f; distance > 1e-30f; distance *= 0.1f) {
        for (int i = 0; i < 100; i++) {
            const pn_vec3 dir = i == 0 ? (pn_vec3){1.0f, 0.0f, 0.0f} : rng_direction(&r);
            pn_vec3 ear_dirs[2];
            float log_gain[2][PN_BANDS] = {{0.0f}};
            pn_near_field_at(TABLE, dir, distance, ear_dirs, log_gain);
            for (int ear = 0; ear < 2; ear++) {
                CHECK_NEAR(pn_vec3_length(ear_dirs[ear]), 1.0, 1e-6);
                for (int band = 0; band < PN_BANDS; band++) {
                    assert_true(fabsf(log_gain[ear][band]) < 10.0f);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sphere_is_the_sum_of_hankel_functions_that_the_paper_writes),
        cmocka_unit_test(at_low_frequencies_the_sphere_is_a_static_field),
        cmocka_unit_test(short_waves_double_their_pressure_on_the_side_that_they_strike),
        cmocka_unit_test(the_table_is_the_sphere_to_half_a_decibel_at_every_distance_and_direction),
        cmocka_unit_test(each_ear_sees_the_source_where_its_line_of_sight_meets_the_measuring_sphere),
        cmocka_unit_test(both_effects_vanish_steadily_at_the_measuring_distance),
        cmocka_unit_test(no_distance_however_small_gives_anything_but_numbers),
    };
    return cmocka_run_group_tests(tests, open_table, close_table);
}
