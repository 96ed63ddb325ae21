/* SPDX-License-Identifier: MIT */
/* The errors that pn_approx.h states, over the whole ranges that it states them for. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "math/pn_approx.h"

enum { DRAWS = 400000 };

static void sincos_errs_less_than_2e_12_below_1e4(void **state)
{
    (void)state;
    rng r = rng_open(1);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_between(&r, -1e4, 1e4);
        double s, c;
        pn_approx_sincos(x, &s, &c);
        worst = fmax(worst, fmax(fabs(s - sin(x)), fabs(c - cos(x))));
    }
    CHECK_BELOW(worst, 2e-12);
}

static void sincos_errs_less_than_2e_10_below_1e6(void **state)
{
    (void)state;
    rng r = rng_open(2);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_between(&r, -1e6, 1e6);
        double s, c;
        pn_approx_sincos(x, &s, &c);
        worst = fmax(worst, fmax(fabs(s - sin(x)), fabs(c - cos(x))));
    }
    CHECK_BELOW(worst, 2e-10);
}

static void sincos_holds_where_the_range_reduction_changes_quadrant(void **state)
{
    (void)state;
    for (int quarter = -4000; quarter <= 4000; quarter++) {
        for (int side = -2; side <= 2; side++) {
            double x = (quarter + 0.5) * PN_PI / 2 + side * 1e-9;
            double s, c;
            pn_approx_sincos(x, &s, &c);
            CHECK_NEAR(s, sin(x), 2e-12);
            CHECK_NEAR(c, cos(x), 2e-12);
        }
    }
}

static void atan2_errs_less_than_1e_9_all_around_and_at_every_size(void **state)
{
    (void)state;
    rng r = rng_open(3);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double angle = rng_between(&r, -PN_PI, PN_PI);
        double size = pow(10.0, rng_between(&r, -30.0, 30.0));
        double y = size * sin(angle);
        double x = size * cos(angle);
        worst = fmax(worst, fabs(pn_approx_atan2(y, x) - atan2(y, x)));
    }
    CHECK_BELOW(worst, 1e-9);
}

static void atan2_knows_the_axes_and_the_origin(void **state)
{
    (void)state;
    assert_true(pn_approx_atan2(0.0, 0.0) == 0.0);
    CHECK_NEAR(pn_approx_atan2(0.0, 1.0), 0.0, 0.0);
    CHECK_NEAR(pn_approx_atan2(1.0, 0.0), PN_PI / 2, 1e-15);
    CHECK_NEAR(pn_approx_atan2(-1.0, 0.0), -PN_PI / 2, 1e-15);
    CHECK_NEAR(pn_approx_atan2(0.0, -1.0), PN_PI, 1e-15);
}

static void acos_errs_less_than_1e_9_and_clamps(void **state)
{
    (void)state;
    rng r = rng_open(4);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_between(&r, -1.0, 1.0);
        worst = fmax(worst, fabs(pn_approx_acos(x) - acos(x)));
        double near_one = 1.0 - pow(10.0, rng_between(&r, -16.0, -3.0));
        worst = fmax(worst, fabs(pn_approx_acos(near_one) - acos(near_one)));
        worst = fmax(worst, fabs(pn_approx_acos(-near_one) - acos(-near_one)));
    }
    CHECK_BELOW(worst, 1e-9);
    CHECK_NEAR(pn_approx_acos(1.0 + 1e-7), 0.0, 0.0);
    CHECK_NEAR(pn_approx_acos(-7.0), PN_PI, 1e-15);
}

static void exp2_errs_less_than_1e_11_of_its_value(void **state)
{
    (void)state;
    rng r = rng_open(5);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_between(&r, -1000.0, 1000.0);
        worst = fmax(worst, fabs(pn_approx_exp2(x) / exp2(x) - 1.0));
    }
    CHECK_BELOW(worst, 1e-11);
    assert_true(pn_approx_exp2(0.0) == 1.0);
    assert_true(pn_approx_exp2(5000.0) == exp2(1000.0));
    assert_true(pn_approx_exp2(-5000.0) == exp2(-1000.0));
}

static void log2_errs_less_than_1e_11_and_has_a_floor(void **state)
{
    (void)state;
    rng r = rng_open(6);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        double x = exp2(rng_between(&r, -1022.0, 1023.9));
        double near_one = 1.0 + rng_between(&r, -0.5, 1.0);
        worst = fmax(worst, fabs(pn_approx_log2(x) - log2(x)));
        worst = fmax(worst, fabs(pn_approx_log2(near_one) - log2(near_one)));
    }
    CHECK_BELOW(worst, 1e-11);
    assert_true(pn_approx_log2(1.0) == 0.0);
    assert_true(pn_approx_log2(0.0) == -1022.0);
    assert_true(pn_approx_log2(-3.0) == -1022.0);
    assert_true(pn_approx_log2((double)NAN) == -1022.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sincos_errs_less_than_2e_12_below_1e4),
        cmocka_unit_test(sincos_errs_less_than_2e_10_below_1e6),
        cmocka_unit_test(sincos_holds_where_the_range_reduction_changes_quadrant),
        cmocka_unit_test(atan2_errs_less_than_1e_9_all_around_and_at_every_size),
        cmocka_unit_test(atan2_knows_the_axes_and_the_origin),
        cmocka_unit_test(acos_errs_less_than_1e_9_and_clamps),
        cmocka_unit_test(exp2_errs_less_than_1e_11_of_its_value),
        cmocka_unit_test(log2_errs_less_than_1e_11_and_has_a_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
