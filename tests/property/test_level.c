/* SPDX-License-Identifier: MIT */
/* Distance, cone and gains as they reach the ear: the laws of pn_law.h, wired the right way round. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "render/pn_law.h"

enum { HOP = PN_HOP_FRAMES, FRAMES = 30 * HOP };

static head HEAD;
static float NOISE[FRAMES];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(291);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    rng_noise(&random, NOISE, FRAMES, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* Renders slot 0 of a rig at rest; both ears, [2][FRAMES]. */
static float *heard(rig *r)
{
    float *out = frames_of(2 * FRAMES);
    rig_apply(r);
    rig_run(r, 0, NOISE, out, out + FRAMES, FRAMES);
    rig_free(r);
    return out;
}

static rig *rig_with(pn_vec3 at)
{
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, at);
    return r;
}

/* `louder` is `ratio` times `quieter`, wave for wave. Frees both. */
static void check_ratio(float *louder, float *quieter, double ratio)
{
    for (size_t i = 0; i < 2 * FRAMES; i++) {
        quieter[i] = (float)((double)quieter[i] * ratio);
    }
    CHECK_ABOVE(snr_db(louder, quieter, 2 * FRAMES), SAME_SOUND_DB);
    free(louder);
    free(quieter);
}

static void every_distance_law_reaches_the_ear_as_its_formula_says(void **state)
{
    (void)state;
    for (uint32_t model = PN_DISTANCE_NONE; model <= PN_DISTANCE_EXPONENTIAL; model++) {
        for (float distance = 0.5f; distance < 100.0f; distance *= 3.0f) {
            rig *near = rig_with((pn_vec3){0.6f, 0.0f, -0.8f});
            rig *far = rig_with((pn_vec3){0.6f * distance, 0.0f, -0.8f * distance});
            far->source[0].distance_model = model;
            far->source[0].ref_distance_m = 2.0f;
            far->source[0].max_distance_m = 200.0f;
            far->source[0].rolloff_factor = 0.8f;
            const double gain = (double)pn_law_distance(&far->source[0], distance);
            check_ratio(heard(near), heard(far), 1.0 / gain);
        }
    }
}

static void the_default_law_halves_the_level_at_twice_the_distance(void **state)
{
    (void)state;
    rig *one = rig_with((pn_vec3){-2.0f, 1.0f, 0.0f});
    rig *two = rig_with((pn_vec3){-4.0f, 2.0f, 0.0f});
    one->source[0].distance_model = two->source[0].distance_model = PN_DISTANCE_INVERSE;
    check_ratio(heard(one), heard(two), 2.0);
}

static void distance_counts_from_the_listener_not_from_the_origin(void **state)
{
    (void)state;
    rig *here = rig_with((pn_vec3){0.0f, 0.0f, -3.0f});
    rig *there = rig_with((pn_vec3){50.0f, 5.0f, 17.0f});
    here->source[0].distance_model = there->source[0].distance_model = PN_DISTANCE_INVERSE;
    there->scene->listener_position_m[0] = 50.0f;
    there->scene->listener_position_m[1] = 5.0f;
    there->scene->listener_position_m[2] = 20.0f;
    check_ratio(heard(here), heard(there), 1.0);
}

/* The source lies ahead and emits along its own -z; `yaw` turns it to its left. */
static rig *rig_with_cone(double yaw)
{
    rig *r = rig_with((pn_vec3){0.0f, 0.0f, -2.0f});
    const pn_quat q = pn_quat_from_rotation((pn_vec3){0.0f, (float)yaw, 0.0f});
    memcpy(r->source[0].world_from_source, &q, sizeof q);
    r->source[0].cone_inner_rad = 1.0f;
    r->source[0].cone_outer_rad = 3.0f;
    r->source[0].cone_outer_gain = 0.25f;
    return r;
}

static void a_source_is_loudest_where_it_faces(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    rig *plain = rig_with((pn_vec3){0.0f, 0.0f, -2.0f});
    check_ratio(heard(plain), heard(rig_with_cone(pi)), 1.0);              /* back to front: it faces the listener */
    check_ratio(heard(rig_with_cone(pi)), heard(rig_with_cone(0.0)), 4.0); /* it looks away */
    const double between = 1.0 - 0.75 * (1.0 - 0.5) / (1.5 - 0.5);         /* 1 rad off: halfway between the cones */
    check_ratio(heard(rig_with_cone(pi)), heard(rig_with_cone(pi - 1.0)), 1.0 / between);
}

static void gains_multiply(void **state)
{
    (void)state;
    rig *plain = rig_with((pn_vec3){1.0f, 0.0f, 0.0f});
    rig *scaled = rig_with((pn_vec3){1.0f, 0.0f, 0.0f});
    scaled->source[0].gain = 0.5f;
    scaled->scene->gain = 0.25f;
    check_ratio(heard(plain), heard(scaled), 8.0);
}

static void a_change_runs_linearly_from_the_first_frame_of_its_hop_to_the_first_of_the_next(void **state)
{
    (void)state;
    rig *still = rig_with((pn_vec3){1.0f, 0.5f, -1.0f});
    float *full = heard(still);
    float *out = frames_of(2 * FRAMES);
    rig *r = rig_with((pn_vec3){1.0f, 0.5f, -1.0f});
    rig_apply(r);
    rig_run(r, 0, NOISE, out, out + FRAMES, 10 * HOP);
    r->source[0].gain = 0.5f;
    rig_apply(r);
    rig_run(r, 0, NOISE + (size_t)10 * HOP, out + (size_t)10 * HOP, out + FRAMES + (size_t)10 * HOP, 5 * HOP);
    for (int ear = 0; ear < 2; ear++) {
        for (int i = 0; i < 5 * HOP; i++) {
            const size_t at = (size_t)ear * FRAMES + (size_t)10 * HOP + i;
            const double gain = i < HOP ? 1.0 - 0.5 * i / HOP : 0.5;
            CHECK_NEAR(out[at], gain * (double)full[at], 32 * FLOAT_ULP); /* rounding of the two transforms */
        }
    }
    free(full);
    free(out);
    rig_free(r);
}

static void a_source_that_creeps_is_not_left_behind(void **state)
{
    (void)state;
    enum { HOPS = FRAMES / HOP };
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    float *out = frames_of(2 * FRAMES);
    double angle = 0.0;
    for (int hop = 0; hop < 400;
         hop++) { /* 0.005 degrees a hop, below what a filter is built for; heard all the time */
        angle = 0.7 + hop * 8.7e-5;
        rig_place(r, 0, (pn_vec3){(float)sin(angle), 0.1f, (float)-cos(angle)});
        rig_apply(r);
        rig_run(r, 0, NOISE, NULL, NULL, HOP);
    }
    rig_run(r, 0, NOISE, out, out + FRAMES, FRAMES);
    rig_free(r);
    float *there = heard(rig_with((pn_vec3){(float)sin(angle), 0.1f, (float)-cos(angle)}));
    /* 0.01 degrees are 1.7e-4 rad; delays change by 12 frames a rad, noise by 1.8 times itself a frame: -48 dB. */
    for (int ear = 0; ear < 2; ear++) {
        const size_t from = (size_t)ear * FRAMES + (size_t)4 * HOP;
        CHECK_ABOVE(snr_db(there + from, out + from, (HOPS - 4) * HOP), 45.0);
    }
    free(out);
    free(there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_distance_law_reaches_the_ear_as_its_formula_says),
        cmocka_unit_test(the_default_law_halves_the_level_at_twice_the_distance),
        cmocka_unit_test(distance_counts_from_the_listener_not_from_the_origin),
        cmocka_unit_test(a_source_is_loudest_where_it_faces),
        cmocka_unit_test(gains_multiply),
        cmocka_unit_test(a_source_that_creeps_is_not_left_behind),
        cmocka_unit_test(a_change_runs_linearly_from_the_first_frame_of_its_hop_to_the_first_of_the_next),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
