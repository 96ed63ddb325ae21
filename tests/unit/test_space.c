/* SPDX-License-Identifier: MIT */
/* Laws of rotations. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "math/pn_approx.h"
#include "math/pn_space.h"

enum { DRAWS = 20000 };

static double apart(pn_vec3 a, pn_vec3 b)
{
    return (double)pn_vec3_length(pn_vec3_sub(a, b));
}

/* The angle between two rotations, in double. */
static double turned(pn_quat a, pn_quat b)
{
    double dx =
        (double)a.w * (double)b.x - (double)a.x * (double)b.w - (double)a.y * (double)b.z + (double)a.z * (double)b.y;
    double dy =
        (double)a.w * (double)b.y + (double)a.x * (double)b.z - (double)a.y * (double)b.w - (double)a.z * (double)b.x;
    double dz =
        (double)a.w * (double)b.z - (double)a.x * (double)b.y + (double)a.y * (double)b.x - (double)a.z * (double)b.w;
    double dw =
        (double)a.x * (double)b.x + (double)a.y * (double)b.y + (double)a.z * (double)b.z + (double)a.w * (double)b.w;
    return 2.0 * atan2(sqrt(dx * dx + dy * dy + dz * dz), fabs(dw));
}

static void rotating_by_a_product_is_rotating_twice(void **state)
{
    (void)state;
    rng r = rng_open(11);
    for (int i = 0; i < DRAWS; i++) {
        pn_quat a = rng_rotation(&r);
        pn_quat b = rng_rotation(&r);
        pn_vec3 v = rng_direction(&r);
        CHECK_BELOW(apart(pn_quat_rotate(pn_quat_mul(a, b), v), pn_quat_rotate(a, pn_quat_rotate(b, v))),
                    ROTATION_ERROR);
    }
}

static void a_rotation_keeps_lengths_angles_and_handedness(void **state)
{
    (void)state;
    rng r = rng_open(12);
    for (int i = 0; i < DRAWS; i++) {
        pn_quat q = rng_rotation(&r);
        pn_vec3 u = rng_direction(&r);
        pn_vec3 v = rng_direction(&r);
        pn_vec3 qu = pn_quat_rotate(q, u);
        pn_vec3 qv = pn_quat_rotate(q, v);
        CHECK_NEAR(pn_vec3_length(qu), 1.0, ROTATION_ERROR);
        CHECK_NEAR(pn_vec3_dot(qu, qv), pn_vec3_dot(u, v), ROTATION_ERROR);
        CHECK_BELOW(apart(pn_vec3_cross(qu, qv), pn_quat_rotate(q, pn_vec3_cross(u, v))), ROTATION_ERROR);
    }
}

static void the_conjugate_turns_back(void **state)
{
    (void)state;
    rng r = rng_open(13);
    for (int i = 0; i < DRAWS; i++) {
        pn_quat q = rng_rotation(&r);
        pn_vec3 v = rng_direction(&r);
        CHECK_BELOW(apart(pn_quat_rotate(pn_quat_conjugate(q), pn_quat_rotate(q, v)), v), ROTATION_ERROR);
    }
}

static void a_quarter_turn_to_the_left_takes_ahead_to_the_left(void **state)
{
    (void)state;
    const pn_vec3 up = {0.0f, (float)(PN_PI / 2), 0.0f};
    const pn_vec3 ahead = {0.0f, 0.0f, -1.0f};
    const pn_vec3 left = {-1.0f, 0.0f, 0.0f};
    CHECK_BELOW(apart(pn_quat_rotate(pn_quat_from_rotation(up), ahead), left), ROTATION_ERROR);
}

static void slerp_is_exact_at_both_ends(void **state)
{
    (void)state;
    rng r = rng_open(14);
    for (int i = 0; i < DRAWS; i++) {
        pn_quat a = rng_rotation(&r);
        pn_quat b = rng_rotation(&r);
        CHECK_BELOW(turned(pn_quat_slerp(a, b, 0.0f), a), 4 * FLOAT_ULP);
        CHECK_BELOW(turned(pn_quat_slerp(a, b, 1.0f), b), ROTATION_ERROR);
    }
}

static void slerp_goes_the_short_way_at_constant_speed(void **state)
{
    (void)state;
    rng r = rng_open(15);
    for (int i = 0; i < DRAWS / 10; i++) {
        pn_quat a = rng_rotation(&r);
        pn_quat b = rng_rotation(&r);
        double arc = turned(a, b);
        for (int step = 1; step < 8; step++) {
            float t = (float)step / 8.0f;
            pn_quat at = pn_quat_slerp(a, b, t);
            CHECK_NEAR(turned(a, at), (double)t * arc, 2 * ROTATION_ERROR);
            CHECK_NEAR(turned(at, b), (double)(1.0f - t) * arc, 2 * ROTATION_ERROR);
        }
    }
}

static void slerp_between_opposite_signs_of_a_rotation_stands_still(void **state)
{
    (void)state;
    rng r = rng_open(16);
    for (int i = 0; i < DRAWS; i++) {
        pn_quat a = rng_rotation(&r);
        pn_quat b = {-a.x, -a.y, -a.z, -a.w};
        CHECK_BELOW(turned(pn_quat_slerp(a, b, 0.37f), a), ROTATION_ERROR);
    }
}

static void rotation_vectors_come_back_from_quaternions(void **state)
{
    (void)state;
    rng r = rng_open(17);
    for (int i = 0; i < DRAWS; i++) {
        double angle = i % 2 == 0 ? rng_between(&r, 0.0, PN_PI - 1e-3) : pow(10.0, rng_between(&r, -12.0, 0.0));
        pn_vec3 v = pn_vec3_scale(rng_direction(&r), (float)angle);
        pn_vec3 back = pn_quat_to_rotation(pn_quat_from_rotation(v));
        CHECK_BELOW(apart(v, back), 1e-9 + 8 * FLOAT_ULP * fmax(angle, 0.05));
    }
}

static void normalizing_makes_unit_length_or_identity(void **state)
{
    (void)state;
    rng r = rng_open(18);
    for (int i = 0; i < DRAWS; i++) {
        float size = (float)pow(10.0, rng_between(&r, -5.0, 8.0));
        pn_quat q = rng_rotation(&r);
        pn_quat n = pn_quat_normalize((pn_quat){q.x * size, q.y * size, q.z * size, q.w * size});
        CHECK_NEAR(pn_quat_dot(n, n), 1.0, 8 * FLOAT_ULP);
        CHECK_NEAR(pn_quat_dot(n, q), 1.0, 8 * FLOAT_ULP);
    }
    const pn_quat broken[] = {{0, 0, 0, 0}, {NAN, 0, 0, 1}, {INFINITY, 0, 0, 0}, {1e-20f, 0, 0, 0}, {1e30f, 0, 0, 0}};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        pn_quat n = pn_quat_normalize(broken[i]);
        assert_true(n.x == 0.0f && n.y == 0.0f && n.z == 0.0f && n.w == 1.0f);
    }
}

static void lerp_reaches_both_ends_exactly(void **state)
{
    (void)state;
    rng r = rng_open(19);
    for (int i = 0; i < DRAWS; i++) {
        pn_vec3 a = pn_vec3_scale(rng_direction(&r), (float)rng_between(&r, 0.0, 1e5));
        pn_vec3 b = pn_vec3_scale(rng_direction(&r), (float)rng_between(&r, 0.0, 1e-5));
        assert_true(apart(pn_vec3_lerp(a, b, 0.0f), a) == 0.0);
        assert_true(apart(pn_vec3_lerp(a, b, 1.0f), b) == 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotating_by_a_product_is_rotating_twice),
        cmocka_unit_test(a_rotation_keeps_lengths_angles_and_handedness),
        cmocka_unit_test(the_conjugate_turns_back),
        cmocka_unit_test(a_quarter_turn_to_the_left_takes_ahead_to_the_left),
        cmocka_unit_test(slerp_is_exact_at_both_ends),
        cmocka_unit_test(slerp_goes_the_short_way_at_constant_speed),
        cmocka_unit_test(slerp_between_opposite_signs_of_a_rotation_stands_still),
        cmocka_unit_test(rotation_vectors_come_back_from_quaternions),
        cmocka_unit_test(normalizing_makes_unit_length_or_identity),
        cmocka_unit_test(lerp_reaches_both_ends_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
