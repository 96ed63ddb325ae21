/* SPDX-License-Identifier: MIT */
/* Which records say nothing new but a pose. */
#include <string.h>

#include "support/rng.h"
#include "support/tolerance.h"

#include "render/pn_mend.h"

static pn_scene_source written(void)
{
    pn_scene_source s = pn_mend_default_source();
    s.flags = PN_SOURCE_ACTIVE;
    s.generation = 3;
    s.directivity_power = 1.0f;
    s.stop_s = (double)INFINITY; /* as pages write it */
    return s;
}

static void a_record_with_another_pose_has_only_moved(void **state)
{
    (void)state;
    rng r = rng_open(281);
    pn_scene_source now = pn_mend_default_source();
    pn_scene_source from = written();
    assert_int_equal(pn_mend_source(&now, &from), 0);
    for (int i = 0; i < 100; i++) {
        for (int axis = 0; axis < 3; axis++) {
            from.position_m[axis] = (float)rng_between(&r, -9.0, 9.0);
        }
        for (int k = 0; k < 4; k++) {
            from.world_from_source[k] = (float)rng_between(&r, -1.0, 1.0);
        }
        assert_true(pn_mend_only_moved(&now, &from));
        assert_int_equal(pn_mend_source_pose(&now, &from), 0);
        assert_memory_equal(now.position_m, from.position_m, sizeof now.position_m);
        assert_memory_equal(now.world_from_source, from.world_from_source, sizeof now.world_from_source);
    }
}

static void a_record_that_differs_in_any_other_bit_has_not(void **state)
{
    (void)state;
    pn_scene_source now = pn_mend_default_source();
    const pn_scene_source base = written();
    assert_int_equal(pn_mend_source(&now, &base), 0);
    unsigned told = 0;
    for (size_t bit = 0; bit < 8 * offsetof(pn_scene_source, reserved); bit++) {
        pn_scene_source from = base;
        ((unsigned char *)&from)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        const bool pose =
            (bit / 8 >= offsetof(pn_scene_source, position_m) && bit / 8 < offsetof(pn_scene_source, gain)) ||
            (bit / 8 >= offsetof(pn_scene_source, world_from_source) &&
             bit / 8 < offsetof(pn_scene_source, ref_distance_m));
        const bool forever = from.stop_s > 1e9; /* another NaN or infinity than before is told, or means the same */
        if (pose || (forever && memcmp(&from.stop_s, &base.stop_s, sizeof from.stop_s) != 0)) {
            continue;
        }
        told += !pn_mend_only_moved(&now, &from);
        assert_false(pn_mend_only_moved(&now, &from));
    }
    CHECK_ABOVE(told, 1200.0);
}

static void what_was_refused_is_refused_again(void **state)
{
    (void)state;
    pn_scene_source now = pn_mend_default_source();
    pn_scene_source from = written();
    from.gain = NAN;
    from.radius_m = -1.0f;
    for (int i = 0; i < 3; i++) {
        assert_false(pn_mend_only_moved(&now, &from));
        assert_int_equal(pn_mend_source(&now, &from), 2);
    }
    from = written();
    assert_int_equal(pn_mend_source(&now, &from), 0);
    from.position_m[1] = INFINITY;
    assert_true(pn_mend_only_moved(&now, &from));
    assert_int_equal(pn_mend_source_pose(&now, &from), 1);
    assert_true(now.position_m[1] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_with_another_pose_has_only_moved),
        cmocka_unit_test(a_record_that_differs_in_any_other_bit_has_not),
        cmocka_unit_test(what_was_refused_is_refused_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
