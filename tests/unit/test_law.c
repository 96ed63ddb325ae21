/* SPDX-License-Identifier: MIT */
/* Distance models and cones against the Web Audio specification's formulas in double. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "render/pn_law.h"

enum { DRAWS = 50000 };

static const double PI = 3.14159265358979323846;

/* A handful of float roundings, on numbers up to 1. */
static const double LAW_ERROR = 2e-6;

/* [Web Audio API 1.1, 1.27.2 DistanceModelType] */
static double linear(double d, double ref, double max, double f)
{
    const double low = fmin(ref, max);
    const double high = fmax(ref, max);
    const double at = fmax(fmin(d, high), low);
    return 1.0 - f * (at - low) / (high - low);
}

static double inverse(double d, double ref, double f)
{
    return ref / (ref + f * (fmax(d, ref) - ref));
}

static double exponential(double d, double ref, double f)
{
    return pow(fmax(d, ref) / ref, -f);
}

static pn_scene_source model(uint32_t kind, double ref, double max, double f)
{
    return (pn_scene_source){
        .distance_model = kind, .ref_distance_m = (float)ref, .max_distance_m = (float)max, .rolloff_factor = (float)f};
}

static double drawn(double value)
{
    return (double)(float)value; /* what the engine sees */
}

static void linear_is_the_specifications(void **state)
{
    (void)state;
    rng r = rng_open(81);
    for (int i = 0; i < DRAWS; i++) {
        const double ref = drawn(rng_between(&r, 0.0, 20.0));
        const double max = drawn(ref + rng_between(&r, 1.0, 100.0));
        const double f = drawn(rng_between(&r, 0.0, 1.0));
        const double d = drawn(rng_between(&r, 0.0, 150.0));
        const pn_scene_source up = model(PN_DISTANCE_LINEAR, ref, max, f);
        const pn_scene_source down = model(PN_DISTANCE_LINEAR, max, ref, f);
        CHECK_NEAR(pn_law_distance(&up, (float)d), linear(d, ref, max, f), 1e-5 * (1.0 + max / (max - ref)));
        CHECK_NEAR(pn_law_distance(&down, (float)d), linear(d, max, ref, f), 1e-5 * (1.0 + max / (max - ref)));
    }
}

static void inverse_is_the_specifications(void **state)
{
    (void)state;
    rng r = rng_open(82);
    for (int i = 0; i < DRAWS; i++) {
        const double ref = drawn(rng_between(&r, 0.01, 20.0));
        const double f = drawn(rng_between(&r, 0.0, 10.0));
        const double d = drawn(rng_between(&r, 0.0, 1000.0));
        const pn_scene_source s = model(PN_DISTANCE_INVERSE, ref, 10000.0, f);
        CHECK_NEAR(pn_law_distance(&s, (float)d), inverse(d, ref, f), LAW_ERROR);
    }
}

static void exponential_is_the_specifications(void **state)
{
    (void)state;
    rng r = rng_open(83);
    for (int i = 0; i < DRAWS; i++) {
        const double ref = drawn(rng_between(&r, 0.01, 20.0));
        const double f = drawn(rng_between(&r, 0.0, 10.0));
        const double d = drawn(rng_between(&r, 0.0, 1000.0));
        const pn_scene_source s = model(PN_DISTANCE_EXPONENTIAL, ref, 10000.0, f);
        CHECK_NEAR(pn_law_distance(&s, (float)d), exponential(d, ref, f), LAW_ERROR);
    }
}

static void none_is_one_everywhere(void **state)
{
    (void)state;
    const pn_scene_source s = model(PN_DISTANCE_NONE, 1.0, 10.0, 5.0);
    assert_true(pn_law_distance(&s, 0.0f) == 1.0f && pn_law_distance(&s, 1e6f) == 1.0f);
}

static void at_the_reference_distance_every_model_is_one(void **state)
{
    (void)state;
    for (uint32_t kind = PN_DISTANCE_NONE; kind <= PN_DISTANCE_EXPONENTIAL; kind++) {
        const pn_scene_source s = model(kind, 2.5, 100.0, 0.7);
        CHECK_NEAR(pn_law_distance(&s, 2.5f), 1.0, LAW_ERROR);
        CHECK_NEAR(pn_law_distance(&s, 0.0f), 1.0, LAW_ERROR);
    }
}

static void extreme_settings_stay_finite_and_not_negative(void **state)
{
    (void)state;
    const float odd[] = {0.0f, 1e-30f, 1e-6f, 1.0f, 1e6f};
    for (uint32_t kind = PN_DISTANCE_NONE; kind <= PN_DISTANCE_EXPONENTIAL; kind++) {
        for (int a = 0; a < 5; a++) {
            for (int b = 0; b < 5; b++) {
                for (int c = 0; c < 5; c++) {
                    for (int d = 0; d < 5; d++) {
                        const pn_scene_source s =
                            model(kind, (double)odd[a], (double)odd[b], fmin((double)odd[c], 1000.0));
                        const double gain = (double)pn_law_distance(&s, odd[d]);
                        assert_true(gain >= 0.0 && gain <= 1.0 + LAW_ERROR);
                    }
                }
            }
        }
    }
}

/* [Web Audio API 1.1, "Sound Cones"] in double. */
static double cone(double inner_rad, double outer_rad, double outer_gain, double angle)
{
    if (angle <= inner_rad / 2) {
        return 1.0;
    }
    if (angle >= outer_rad / 2) {
        return outer_gain;
    }
    const double x = (angle - inner_rad / 2) / (outer_rad / 2 - inner_rad / 2);
    return (1.0 - x) + outer_gain * x;
}

static void cones_are_the_specifications(void **state)
{
    (void)state;
    rng r = rng_open(84);
    for (int i = 0; i < DRAWS; i++) {
        const double inner = drawn(rng_between(&r, 0.0, 2 * PI - 0.4));
        const double outer = drawn(rng_between(&r, inner + 0.3, 2 * PI));
        const double gain = drawn(rng_between(&r, 0.0, 1.0));
        pn_scene_source s = {0};
        s.cone_inner_rad = (float)inner;
        s.cone_outer_rad = (float)outer;
        s.cone_outer_gain = (float)gain;
        const pn_vec3 axis = pn_vec3_scale(rng_direction(&r), (float)rng_between(&r, 0.1, 10.0));
        const pn_vec3 to = pn_vec3_scale(rng_direction(&r), (float)rng_between(&r, 0.1, 10.0));
        const double ax = (double)axis.x, ay = (double)axis.y, az = (double)axis.z;
        const double bx = (double)to.x, by = (double)to.y, bz = (double)to.z;
        const double cx = ay * bz - az * by, cy = az * bx - ax * bz, cz = ax * by - ay * bx;
        const double angle = atan2(sqrt(cx * cx + cy * cy + cz * cz), ax * bx + ay * by + az * bz);
        /* The float cosine has an error of 1e-7, worth 4e-4 rad at 0 and 180 degrees; the slope is 1 / 0.15 rad. */
        CHECK_NEAR(pn_law_cone(&s, axis, to), cone(inner, outer, gain, angle), 4e-4 / 0.15);
    }
}

static void a_cone_of_360_degrees_is_no_cone(void **state)
{
    (void)state;
    rng r = rng_open(85);
    pn_scene_source s = {.cone_inner_rad = 6.2831855f, .cone_outer_rad = 6.2831855f, .cone_outer_gain = 0.0f};
    for (int i = 0; i < DRAWS / 10; i++) {
        assert_true(pn_law_cone(&s, rng_direction(&r), rng_direction(&r)) == 1.0f);
    }
}

static void a_cone_as_wide_inside_as_outside_is_a_step(void **state)
{
    (void)state;
    const pn_scene_source s = {.cone_inner_rad = (float)PI, .cone_outer_rad = (float)PI, .cone_outer_gain = 0.25f};
    const pn_vec3 ahead = {0.0f, 0.0f, -1.0f};
    assert_true(pn_law_cone(&s, ahead, (pn_vec3){0.9f, 0.0f, -0.1f}) == 1.0f);
    assert_true(pn_law_cone(&s, ahead, (pn_vec3){0.9f, 0.0f, 0.1f}) == 0.25f);
    assert_true(pn_law_cone(&s, ahead, (pn_vec3){0.0f, 0.0f, 0.0f}) == 1.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_the_specifications),
        cmocka_unit_test(inverse_is_the_specifications),
        cmocka_unit_test(exponential_is_the_specifications),
        cmocka_unit_test(none_is_one_everywhere),
        cmocka_unit_test(at_the_reference_distance_every_model_is_one),
        cmocka_unit_test(extreme_settings_stay_finite_and_not_negative),
        cmocka_unit_test(cones_are_the_specifications),
        cmocka_unit_test(a_cone_of_360_degrees_is_no_cone),
        cmocka_unit_test(a_cone_as_wide_inside_as_outside_is_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
