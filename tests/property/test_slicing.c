/* SPDX-License-Identifier: MIT */
/* How the host cuts time into blocks changes nothing but the latency that the engine reports. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, HOPS = 120, FRAMES = HOPS * HOP, CLIP = 3000, SOURCES = 5, ROOM = FRAMES + 4096 };

static head HEAD;
static float INPUT[2][ROOM];
static float CLIP_SAMPLES[CLIP];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(211);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    rng_noise(&random, INPUT[0], ROOM, 0.5);
    rng_noise(&random, INPUT[1], ROOM, 0.5);
    rng_noise(&random, CLIP_SAMPLES, CLIP, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* Clips that start, stop and loop between hops; live inputs; Doppler; the limiter at work. `hop` moves things. */
static void scene_at(rig *r, int hop)
{
    r->scene->flags = PN_SCENE_LIMITER;
    r->scene->gain = 2.0f;
    rig_place(r, 0, (pn_vec3){1.0f, 0.2f, -1.0f});
    rig_place(r, 1, (pn_vec3){-2.0f + 0.02f * (float)hop, 0.0f, 0.5f})->flags |= PN_SOURCE_DOPPLER;
    rig_place(r, 2, (pn_vec3){0.5f, -1.0f, -1.0f + 0.01f * (float)hop});
    rig_play(r, 2, 1, 1, 1000.0 / 48000.0);
    r->source[2].stop_s = 7777.0 / 48000.0;
    rig_place(r, 3, (pn_vec3){-1.0f, 0.0f, -1.0f});
    rig_play(r, 3, 1, 1, 333.0 / 48000.0);
    r->source[3].flags |= PN_SOURCE_LOOP;
    r->source[3].loop_start_s = 100.0 / 48000.0;
    r->source[3].loop_end_s = 1234.0 / 48000.0;
    r->source[3].gain = hop > 50 ? 0.3f : 1.0f;
    rig_place(r, 4, (pn_vec3){0.0f, 1.0f, 0.0f});
    r->source[4].flags = hop > 20 && hop < 70 ? PN_SOURCE_ACTIVE | PN_SOURCE_HEAD_LOCKED : 0;
}

typedef uint32_t block_rule(rng *random, uint32_t size);

static uint32_t same_size(rng *random, uint32_t size)
{
    (void)random;
    return size;
}

static uint32_t any_size(rng *random, uint32_t size)
{
    const uint32_t sizes[] = {1, 2, 3, 7, 16, 64, 127, 128, 129, 300, 441, 1024};
    return size == 0 ? sizes[rng_below(random, 12)] : 1 + rng_below(random, size);
}

/* Renders FRAMES frames after the latency. With `moving`, blocks end where a hop ends, and each hop has its scene. */
static void render(uint32_t block_frames, block_rule *rule, uint32_t size, bool moving, uint64_t seed, float *out)
{
    rng random = {seed};
    pn_engine_config config = rig_config(48000.0, SOURCES);
    config.block_frames = block_frames;
    rig *r = rig_open(HEAD.set, config);
    float *left = frames_of(ROOM), *right = frames_of(ROOM);
    const uint32_t latency = pn_engine_latency_frames(r->engine);
    pn_engine_set_buffer(r->engine, 1, CLIP_SAMPLES, CLIP);
    scene_at(r, 0);
    rig_apply(r);
    for (uint32_t done = 0, hop = 0; done < FRAMES + latency;) {
        uint32_t frames = rule(&random, size);
        const uint32_t to_hop = pn_engine_frames_to_hop(r->engine);
        if (moving && frames >= to_hop) {
            frames = to_hop;
            scene_at(r, (int)hop++);
            rig_apply(r);
        }
        r->inputs[0] = INPUT[0] + done;
        r->inputs[1] = INPUT[1] + done;
        pn_engine_process(r->engine, r->inputs, left + done, right + done, frames);
        done += frames;
    }
    assert_int_equal(rig_stats(r).starved_frames, 0);
    assert_int_equal(pn_engine_latency_frames(r->engine), latency);
    assert_true(all_zero(left, latency) && all_zero(right, latency));
    memcpy(out, left + latency, FRAMES * sizeof(float));
    memcpy(out + FRAMES, right + latency, FRAMES * sizeof(float));
    free(left);
    free(right);
    rig_free(r);
}

static const uint32_t BLOCKS[] = {1, 7, 64, 128, 441, 480, 1024};

static void every_block_length_gives_the_same_bits_in_a_scene_at_rest(void **state)
{
    (void)state;
    float *expected = frames_of(2 * FRAMES), *got = frames_of(2 * FRAMES);
    render(HOP, same_size, HOP, false, 0, expected);
    CHECK_ABOVE(peak_of(expected, FRAMES), 0.1);
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        render(BLOCKS[i], same_size, BLOCKS[i], false, 0, got);
        assert_memory_equal(expected, got, 2 * FRAMES * sizeof(float));
    }
    free(expected);
    free(got);
}

static void every_block_length_gives_the_same_bits_in_a_scene_that_moves(void **state)
{
    (void)state;
    float *expected = frames_of(2 * FRAMES), *got = frames_of(2 * FRAMES), *rest = frames_of(2 * FRAMES);
    render(HOP, same_size, HOP, true, 0, expected);
    render(HOP, same_size, HOP, false, 0, rest);
    assert_true(snr_db(rest, expected, 2 * FRAMES) < 20.0); /* it does move */
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        render(BLOCKS[i], same_size, BLOCKS[i], true, 0, got);
        assert_memory_equal(expected, got, 2 * FRAMES * sizeof(float));
    }
    free(expected);
    free(got);
    free(rest);
}

static void any_mixture_of_block_lengths_gives_the_same_bits(void **state)
{
    (void)state;
    rng random = rng_open(212);
    float *expected[2], *got = frames_of(2 * FRAMES);
    for (int moving = 0; moving < 2; moving++) {
        expected[moving] = frames_of(2 * FRAMES);
        render(HOP, same_size, HOP, moving, 0, expected[moving]);
    }
    for (int draw = 0; draw < 24; draw++) {
        const uint32_t size = draw % 3 == 0 ? 0 : 1 + rng_below(&random, 1024);
        render(0, any_size, size, draw % 2, rng_bits(&random), got);
        assert_memory_equal(expected[draw % 2], got, 2 * FRAMES * sizeof(float));
    }
    free(expected[0]);
    free(expected[1]);
    free(got);
}

static void the_clock_set_in_the_middle_of_a_hop_is_that_of_the_next_frame(void **state)
{
    (void)state;
    float left[2][8 * HOP], right[8 * HOP];
    for (int cut = 0; cut < 2; cut++) { /* a clip due 1000 frames from where the clock is set to 50000 */
        pn_engine_config config = rig_config(48000.0, 1);
        config.block_frames = 0;
        rig *r = rig_open(HEAD.set, config);
        const float *none[1] = {NULL};
        pn_engine_set_buffer(r->engine, 1, CLIP_SAMPLES, CLIP);
        if (cut) {
            pn_engine_process(r->engine, none, left[1], right, 40);
            pn_engine_set_clock(r->engine, 50040.0);
            rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
            rig_play(r, 0, 1, 1, 50500.0 / 48000.0);
            rig_apply(r);
            pn_engine_process(r->engine, none, left[1] + 40, right + 40, 984);
        } else {
            pn_engine_set_clock(r->engine, 50000.0);
            rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
            rig_play(r, 0, 1, 1, 50500.0 / 48000.0);
            rig_apply(r);
            pn_engine_process(r->engine, none, left[0], right, 1024);
        }
        rig_free(r);
    }
    assert_memory_equal(left[0], left[1], 1024 * sizeof(float));
    const double whole =
        peak_of(left[0], 1024); /* 500 frames and the latency of 127, but for the transform's rounding */
    CHECK_BELOW(peak_of(left[0], 627), 1e-4 * whole);
    CHECK_ABOVE(peak_of(left[0], 700), 0.1 * whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_length_gives_the_same_bits_in_a_scene_at_rest),
        cmocka_unit_test(every_block_length_gives_the_same_bits_in_a_scene_that_moves),
        cmocka_unit_test(any_mixture_of_block_lengths_gives_the_same_bits),
        cmocka_unit_test(the_clock_set_in_the_middle_of_a_hop_is_that_of_the_next_frame),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
