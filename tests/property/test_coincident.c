/* SPDX-License-Identifier: MIT */
/* A source in the head, through its middle: finite, without a jump, the same in both ears at the centre. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, HOPS = 400, FRAMES = HOPS * HOP };

static head HEAD;
static float TONE[FRAMES];
static float NOISE[FRAMES];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(261);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    sine_fill(TONE, FRAMES, 2000.0, 48000.0, 0.5);
    rng_noise(&random, NOISE, FRAMES, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* From one place to another in FRAMES, in a straight line; a hop reaches the middle exactly. */
static void walk(const float *x, pn_vec3 from, pn_vec3 to, uint32_t flags, float *left, float *right)
{
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    for (int hop = 0; hop < HOPS; hop++) {
        rig_place(r, 0, pn_vec3_lerp(from, to, (float)hop / HOPS))->flags |= flags;
        rig_apply(r);
        rig_run(r, 0, x + (size_t)hop * HOP, left + (size_t)hop * HOP, right + (size_t)hop * HOP, HOP);
    }
    rig_free(r);
}

static void walking_through_the_head_does_not_click_from_any_side(void **state)
{
    (void)state;
    float *out = frames_of(2 * FRAMES), *still = frames_of(2 * FRAMES);
    const pn_vec3 sides[] = {{0.3f, 0, 0}, {0, 0.3f, 0}, {0, 0, -0.3f}, {0.2f, 0.1f, -0.2f}, {-0.1f, -0.25f, 0.1f}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        for (uint32_t flags = 0; flags <= PN_SOURCE_DOPPLER; flags += PN_SOURCE_DOPPLER) {
            walk(TONE, sides[i], pn_vec3_scale(sides[i], -1.0f), flags, out, out + FRAMES);
            for (int ear = 0; ear < 2; ear++) {
                /* The louder of the two sides and the middle is the reference at rest. */
                double click = 1e9;
                const pn_vec3 rests[] = {sides[i], pn_vec3_scale(sides[i], -1.0f), {0, 0, 0}};
                for (int k = 0; k < 3; k++) {
                    walk(TONE, rests[k], rests[k], flags, still, still + FRAMES);
                    const size_t at = (size_t)ear * FRAMES + 20 * HOP;
                    click = fmin(click, click_db(out + at, FRAMES - 20 * HOP, still + at, FRAMES - 20 * HOP));
                }
                assert_true(all_finite(out + (size_t)ear * FRAMES, FRAMES));
                CHECK_BELOW(click, CLICK_DB);
            }
        }
    }
    free(out);
    free(still);
}

static void the_level_changes_smoothly_on_the_way_through(void **state)
{
    (void)state;
    float *out = frames_of(2 * FRAMES);
    walk(NOISE, (pn_vec3){0.3f, 0.0f, 0.0f}, (pn_vec3){-0.3f, 0.0f, 0.0f}, 0, out, out + FRAMES);
    for (int ear = 0; ear < 2; ear++) {
        double before = 0.0;
        for (int part = 2; part < HOPS / 10; part++) { /* parts of 10 hops, 15 mm of way, a sixth of the fade */
            const double level = 20.0 * log10(rms(out + (size_t)ear * FRAMES + (size_t)part * 10 * HOP, 10 * HOP));
            if (part > 2) {
                /* The ears differ by 20 dB, over 14 parts, steepest twice the mean; noise of 1280 frames adds 0.5. */
                CHECK_NEAR(level, before, 6.0);
            }
            before = level;
        }
    }
    free(out);
}

static void at_the_centre_both_ears_hear_the_same_bits(void **state)
{
    (void)state;
    float *out = frames_of(2 * FRAMES);
    const uint32_t kinds[] = {0, PN_SOURCE_HEAD_LOCKED, PN_SOURCE_DOPPLER};
    for (int i = 0; i < 3; i++) {
        walk(NOISE, (pn_vec3){0, 0, 0}, (pn_vec3){0, 0, 0}, kinds[i], out, out + FRAMES);
        CHECK_ABOVE(rms(out, FRAMES), 0.05);
        assert_memory_equal(out, out + FRAMES, FRAMES * sizeof(float));
    }
    free(out);
}

static void at_the_centre_the_heads_rotation_changes_nothing(void **state)
{
    (void)state;
    rng random = rng_open(262);
    enum { N = 40 * HOP };
    float *first = frames_of(N), *other = frames_of(N), *right = frames_of(N);
    for (int draw = 0; draw < 6; draw++) {
        rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
        const pn_quat q = draw == 0 ? pn_quat_identity() : rng_rotation(&random);
        rig_place(r, 0, (pn_vec3){5.0f, 6.0f, 7.0f});
        memcpy(r->scene->listener_world_from_head, &q, sizeof q);
        memcpy(r->scene->listener_position_m, r->source[0].position_m, sizeof r->source[0].position_m);
        rig_apply(r);
        rig_run(r, 0, NOISE, draw == 0 ? first : other, right, N);
        if (draw > 0) {
            CHECK_ABOVE(snr_db(first, other, N), SAME_SOUND_DB);
        }
        rig_free(r);
    }
    free(first);
    free(other);
    free(right);
}

static void the_smallest_distances_are_finite(void **state)
{
    (void)state;
    const float tiny[] = {0.0f, -0.0f, 1e-45f, 1e-38f, 1e-30f, 1e-20f, 1e-10f, 1e-9f, 1e-8f, 1e-5f};
    float left[4 * HOP], right[4 * HOP];
    for (size_t i = 0; i < sizeof tiny / sizeof tiny[0]; i++) {
        for (uint32_t model = PN_DISTANCE_NONE; model <= PN_DISTANCE_EXPONENTIAL; model++) {
            rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
            pn_scene_source *s = rig_place(r, 0, (pn_vec3){tiny[i], -tiny[i], tiny[i]});
            s->distance_model = model;
            s->cone_inner_rad = 1.0f;
            s->cone_outer_rad = 2.0f;
            s->cone_outer_gain = 0.5f;
            s->flags |= PN_SOURCE_DOPPLER;
            rig_apply(r);
            rig_run(r, 0, NOISE, left, right, 4 * HOP);
            assert_true(all_finite(left, 4 * HOP) && all_finite(right, 4 * HOP));
            CHECK_ABOVE(rms(left, 4 * HOP), 0.01);
            rig_free(r);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walking_through_the_head_does_not_click_from_any_side),
        cmocka_unit_test(the_level_changes_smoothly_on_the_way_through),
        cmocka_unit_test(at_the_centre_both_ears_hear_the_same_bits),
        cmocka_unit_test(at_the_centre_the_heads_rotation_changes_nothing),
        cmocka_unit_test(the_smallest_distances_are_finite),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
