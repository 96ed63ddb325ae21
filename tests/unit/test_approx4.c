/* SPDX-License-Identifier: MIT */
/* The errors that pn_approx4.h states, over the whole ranges that it states them for. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "simd/pn_approx4.h"

enum { DRAWS = 400000, LANES = 4 };

static double exp_error(double most)
{
    rng r = rng_open(41);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i += LANES) {
        pn_f32x4 x;
        for (int lane = 0; lane < LANES; lane++) {
            x[lane] = (float)rng_between(&r, -most, most);
        }
        const pn_f32x4 y = pn_f32x4_approx_exp(x);
        for (int lane = 0; lane < LANES; lane++) {
            worst = fmax(worst, fabs((double)y[lane] / exp((double)x[lane]) - 1.0));
        }
    }
    return worst;
}

static void exp_errs_less_than_3e_7_of_itself_below_20(void **state)
{
    (void)state;
    CHECK_BELOW(exp_error(20.0), 3e-7);
}

static void exp_errs_less_than_2e_6_of_itself_below_80(void **state)
{
    (void)state;
    CHECK_BELOW(exp_error(80.0), 2e-6);
}

static void exp_of_zero_is_one_to_the_bit(void **state)
{
    (void)state;
    const pn_f32x4 y = pn_f32x4_approx_exp(pn_f32x4_splat(0.0f));
    for (int lane = 0; lane < LANES; lane++) {
        assert_true(y[lane] == 1.0f);
    }
}

static void exp_clamps_what_a_float_cannot_hold(void **state)
{
    (void)state;
    const pn_f32x4 x = {-1e30f, 1e30f, -80.0f, 80.0f};
    const pn_f32x4 y = pn_f32x4_approx_exp(x);
    assert_true(y[0] == y[2] && y[1] == y[3]);
    assert_true(y[0] > 0.0f && isfinite(y[1]));
}

static double sincos_error(double most)
{
    rng r = rng_open(42);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i += LANES) {
        pn_f32x4 x;
        pn_f32x4 s;
        pn_f32x4 c;
        for (int lane = 0; lane < LANES; lane++) {
            x[lane] = (float)rng_between(&r, -most, most);
        }
        pn_f32x4_approx_sincos(x, &s, &c);
        for (int lane = 0; lane < LANES; lane++) {
            worst = fmax(worst, fabs((double)s[lane] - sin((double)x[lane])));
            worst = fmax(worst, fabs((double)c[lane] - cos((double)x[lane])));
        }
    }
    return worst;
}

static void sincos_errs_less_than_5e_7_below_20(void **state)
{
    (void)state;
    CHECK_BELOW(sincos_error(20.0), 5e-7);
}

static void sincos_errs_less_than_1e_4_below_1000(void **state)
{
    (void)state;
    CHECK_BELOW(sincos_error(1000.0), 1e-4);
}

static void sincos_holds_where_the_range_reduction_changes_quadrant(void **state)
{
    (void)state;
    for (int quarter = -12; quarter <= 12; quarter++) {
        const double edge = (quarter + 0.5) * 1.5707963267948966;
        pn_f32x4 x;
        pn_f32x4 s;
        pn_f32x4 c;
        for (int lane = 0; lane < LANES; lane++) {
            x[lane] = (float)(edge + (lane - 1.5) * 2e-6);
        }
        pn_f32x4_approx_sincos(x, &s, &c);
        for (int lane = 0; lane < LANES; lane++) {
            CHECK_NEAR(s[lane], sin((double)x[lane]), 5e-7);
            CHECK_NEAR(c[lane], cos((double)x[lane]), 5e-7);
        }
    }
}

static void sincos_of_zero_is_zero_and_one_to_the_bit(void **state)
{
    (void)state;
    pn_f32x4 s;
    pn_f32x4 c;
    pn_f32x4_approx_sincos(pn_f32x4_splat(0.0f), &s, &c);
    assert_true(s[0] == 0.0f && c[0] == 1.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_errs_less_than_3e_7_of_itself_below_20),
        cmocka_unit_test(exp_errs_less_than_2e_6_of_itself_below_80),
        cmocka_unit_test(exp_of_zero_is_one_to_the_bit),
        cmocka_unit_test(exp_clamps_what_a_float_cannot_hold),
        cmocka_unit_test(sincos_errs_less_than_5e_7_below_20),
        cmocka_unit_test(sincos_errs_less_than_1e_4_below_1000),
        cmocka_unit_test(sincos_holds_where_the_range_reduction_changes_quadrant),
        cmocka_unit_test(sincos_of_zero_is_zero_and_one_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
