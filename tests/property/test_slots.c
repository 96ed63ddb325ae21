/* SPDX-License-Identifier: MIT */
/* Slots change hands: nothing of an old source is heard in a new one, and snapshots may come in any number. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, FRAMES = 60 * HOP, CLIP = 4000 };

static head HEAD;
static float NOISE[FRAMES];
static float CLIP_SAMPLES[CLIP];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(241);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    rng_noise(&random, NOISE, FRAMES, 0.5);
    rng_noise(&random, CLIP_SAMPLES, CLIP, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* The new source of a slot: a clip, which starts a little later. */
static void newcomer(rig *r, uint32_t flags, double now_frame)
{
    pn_scene_source *s = rig_place(r, 0, (pn_vec3){-1.0f, 0.3f, 2.0f});
    s->generation = 77;
    s->flags |= flags;
    rig_play(r, 0, 1, 1, (now_frame + 20 * HOP) / 48000.0);
}

/* Everything that an old source can leave behind: sound in the window and in the delay line, a clip playing. */
static void oldster(rig *r, uint32_t flags)
{
    pn_scene_source *s = rig_place(r, 0, (pn_vec3){8.0f, 0.0f, -3.0f});
    s->generation = 5;
    s->flags |= flags;
    rig_play(r, 0, 1, 9, 0.0);
    s->flags |= PN_SOURCE_LOOP;
}

static void a_new_source_in_a_used_slot_sounds_as_in_a_fresh_one(void **state)
{
    (void)state;
    float *used = frames_of(2 * FRAMES), *fresh = frames_of(2 * FRAMES);
    for (uint32_t kind = 0; kind < 8; kind++) { /* Doppler: of the old, of the new, of the new but a little later */
        for (int old = 0; old < 2; old++) {
            float *out = old ? used : fresh;
            rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
            pn_engine_set_buffer(r->engine, 1, CLIP_SAMPLES, CLIP);
            rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f})->flags = 0;
            if (old) {
                oldster(r, (kind & 1) ? (uint32_t)PN_SOURCE_DOPPLER : 0u);
            }
            rig_apply(r);
            rig_run(r, 0, old ? NOISE : NULL, NULL, NULL, 40 * HOP);
            newcomer(r, (kind & 2) ? (uint32_t)PN_SOURCE_DOPPLER : 0u, 40 * HOP);
            rig_apply(r);
            rig_run(r, 0, NULL, NULL, NULL, 4 * HOP); /* the old one fades, the new one is silent yet */
            r->source[0].flags |= (kind & 4) ? (uint32_t)PN_SOURCE_DOPPLER : 0u;
            rig_apply(r);
            rig_run(r, 0, NULL, out, out + FRAMES, FRAMES);
            rig_free(r);
        }
        assert_true(all_zero(fresh, 10 * HOP));
        CHECK_ABOVE(peak_of(fresh, FRAMES), 0.1);
        assert_memory_equal(fresh, used, 2 * FRAMES * sizeof(float));
    }
    free(used);
    free(fresh);
}

static void a_slot_emptied_and_taken_again_later_is_fresh(void **state)
{
    (void)state;
    float *used = frames_of(2 * FRAMES), *fresh = frames_of(2 * FRAMES);
    for (uint32_t flags = 0; flags <= PN_SOURCE_DOPPLER; flags += PN_SOURCE_DOPPLER) {
        for (int old = 0; old < 2; old++) {
            float *out = old ? used : fresh;
            rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
            if (old) {
                oldster(r, flags);
                rig_apply(r);
                rig_run(r, 0, NOISE, NULL, NULL, 40 * HOP);
            } else {
                rig_run(r, 0, NULL, NULL, NULL, 40 * HOP);
            }
            rig_place(r, 0, (pn_vec3){0.0f, 0.0f, 0.0f})->flags = 0;
            rig_apply(r);
            rig_run(r, 0, NULL, NULL, NULL, 3 * HOP);
            rig_place(r, 0, (pn_vec3){2.0f, 1.0f, 0.0f})->flags |= flags;
            rig_apply(r);
            rig_run(r, 0, NOISE, out, out + FRAMES, FRAMES);
            rig_free(r);
        }
        assert_memory_equal(fresh, used, 2 * FRAMES * sizeof(float));
    }
    free(used);
    free(fresh);
}

/* Directivity without any: its power 0 counts as 1, so that these records differ and mean the same. */
static void a_record_that_only_moves_is_heard_as_one_that_is_read_as_a_whole(void **state)
{
    (void)state;
    float *out[2] = {frames_of(2 * FRAMES), frames_of(2 * FRAMES)};
    for (uint32_t flags = 0; flags <= PN_SOURCE_DOPPLER; flags += PN_SOURCE_DOPPLER) {
        for (int whole = 0; whole < 2; whole++) {
            rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
            pn_scene_source *s = rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
            s->flags |= flags;
            s->cone_inner_rad = 1.0f;
            s->cone_outer_rad = 3.0f;
            for (int i = 0; i < 30; i++) {
                const float angle = 0.05f * (float)(i - i % 3);
                const pn_quat turn = pn_quat_from_rotation((pn_vec3){0.0f, 0.1f * (float)(i / 7), 0.0f});
                memcpy(s->position_m, (float[3]){cosf(angle), 0.2f, sinf(angle)}, sizeof s->position_m);
                memcpy(s->world_from_source, (float[4]){turn.x, 2.0f * turn.y, turn.z, 2.0f * turn.w},
                       sizeof s->world_from_source);
                s->directivity_power = whole ? (float)(i % 2) : 1.0f;
                s->teleport = (uint32_t)(i / 11);
                rig_apply(r);
                rig_run(r, 0, NOISE, out[whole] + i * 2 * HOP, out[whole] + FRAMES + i * 2 * HOP, 2 * HOP);
            }
            rig_free(r);
        }
        CHECK_ABOVE(peak_of(out[0], FRAMES), 0.1);
        assert_memory_equal(out[0], out[1], 2 * FRAMES * sizeof(float));
    }
    free(out[0]);
    free(out[1]);
}

static void snapshots_between_two_hops_count_as_the_last_of_them(void **state)
{
    (void)state;
    enum { HOPS = FRAMES / HOP };
    float *once = frames_of(2 * FRAMES), *often = frames_of(2 * FRAMES);
    for (int many = 0; many < 2; many++) {
        float *out = many ? often : once;
        rig *r = rig_open(HEAD.set, rig_config(48000.0, 2));
        pn_engine_set_buffer(r->engine, 1, CLIP_SAMPLES, CLIP);
        r->inputs[0] = NOISE;
        for (int hop = 0; hop < HOPS; hop++) {
            const float a = 0.05f * (float)hop;
            rig_place(r, 0, (pn_vec3){sinf(a), 0.0f, -cosf(a)});
            rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, -0.02f * (float)hop});
            rig_play(r, 1, 1, 1, 0.0);
            if (many && hop > 0) { /* gone and back, elsewhere and back, all before anything is rendered */
                r->source[1].flags = 0;
                r->source[0].generation = 3;
                rig_apply(r);
                r->source[1].flags = PN_SOURCE_ACTIVE;
                r->source[0].generation = 0;
                rig_apply(r);
            }
            rig_apply(r);
            rig_step(r, out + hop * HOP, out + FRAMES + hop * HOP, HOP);
        }
        rig_free(r);
    }
    assert_memory_equal(once, often, 2 * FRAMES * sizeof(float));
    free(once);
    free(often);
}

static void a_teleport_to_where_it_was_going_anyway_arrives_at_once(void **state)
{
    (void)state;
    float *slow = frames_of(2 * FRAMES), *there = frames_of(2 * FRAMES);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    rig_apply(r);
    for (int k = 0; k < 3; k++) { /* scenes every 8 hops: a glide takes 8 */
        rig_run(r, 0, NULL, NULL, NULL, 8 * HOP);
        r->source[0].position_m[1] += 0.01f;
        rig_apply(r);
    }
    rig_run(r, 0, NULL, NULL, NULL, 8 * HOP);
    rig_place(r, 0, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_apply(r); /* on its way ... */
    rig_run(r, 0, NULL, NULL, NULL, 2 * HOP);
    r->source[0].teleport = 1;
    rig_apply(r); /* ... and there */
    rig_run(r, 0, NULL, NULL, NULL, HOP);
    rig_run(r, 0, NOISE, slow, slow + FRAMES, 20 * HOP);
    rig_free(r);
    r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_apply(r);
    rig_run(r, 0, NULL, NULL, NULL, HOP);
    rig_run(r, 0, NOISE, there, there + FRAMES, 20 * HOP);
    rig_free(r);
    assert_memory_equal(slow, there, 20 * HOP * sizeof(float));
    free(slow);
    free(there);
}

static void the_end_of_a_clip_is_told_by_its_token(void **state)
{
    (void)state;
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 2));
    pn_engine_set_buffer(r->engine, 1, CLIP_SAMPLES, 1000);
    rig_place(r, 1, (pn_vec3){1.0f, 0.0f, 0.0f});
    rig_play(r, 1, 1, 41, 0.0);
    rig_apply(r);
    rig_run(r, 0, NULL, NULL, NULL, 7 * HOP);
    assert_int_equal(pn_engine_ended_token(r->engine, 1), 0);
    rig_run(r, 0, NULL, NULL, NULL, HOP);
    assert_int_equal(pn_engine_ended_token(r->engine, 1), 41);
    assert_int_equal(pn_engine_ended_token(r->engine, 0), 0);
    assert_int_equal(pn_engine_ended_token(r->engine, 9999), 0);
    rig_free(r);
}

static void a_clip_taken_back_is_never_read_again(void **state)
{
    (void)state;
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    for (int fading = 0; fading < 2; fading++) {
        float *clip = malloc(CLIP * sizeof *clip); /* freed below: the sanitizer is the judge */
        memcpy(clip, CLIP_SAMPLES, sizeof CLIP_SAMPLES);
        pn_engine_set_buffer(r->engine, 1, clip, CLIP);
        rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
        rig_play(r, 0, 1, 1u + (uint32_t)fading, 0.0);
        r->source[0].stop_s = fading ? 1000.0 / 48000.0 : (double)INFINITY; /* the fade crosses into hop 8 */
        pn_engine_set_clock(r->engine, 0.0);
        rig_apply(r);
        rig_run(r, 0, NULL, NULL, NULL, 8 * HOP);
        pn_engine_set_buffer(r->engine, 1, NULL, 0);
        free(clip);
        rig_run(r, 0, NULL, NULL, NULL, 8 * HOP);
        assert_int_equal(rig_stats(r).sources_sounding, 0);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_source_in_a_used_slot_sounds_as_in_a_fresh_one),
        cmocka_unit_test(a_slot_emptied_and_taken_again_later_is_fresh),
        cmocka_unit_test(a_record_that_only_moves_is_heard_as_one_that_is_read_as_a_whole),
        cmocka_unit_test(snapshots_between_two_hops_count_as_the_last_of_them),
        cmocka_unit_test(a_teleport_to_where_it_was_going_anyway_arrives_at_once),
        cmocka_unit_test(the_end_of_a_clip_is_told_by_its_token),
        cmocka_unit_test(a_clip_taken_back_is_never_read_again),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
