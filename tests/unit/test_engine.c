/* SPDX-License-Identifier: MIT */
/* The engine's edges: what it refuses, what it mends, what it counts, and the memory it keeps to. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES };

static head HEAD;

static int open_head(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    return 0;
}

static int close_head(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

static pn_status size_of(pn_engine_config config)
{
    size_t bytes = 1;
    const pn_status status = pn_engine_size(&config, HEAD.set, &bytes);
    assert_true((status == PN_OK) == (bytes > 0));
    return status;
}

static void every_impossible_wish_is_refused_by_size(void **state)
{
    (void)state;
    size_t bytes = 1;
    const pn_engine_config good = pn_engine_config_default();
    pn_engine_config config = good;
    assert_int_equal(size_of(good), PN_OK);
    assert_int_equal(pn_engine_size(NULL, HEAD.set, &bytes), PN_ERROR_ARGUMENT);
    assert_int_equal(bytes, 0);
    assert_int_equal(pn_engine_size(&good, NULL, &bytes), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_engine_size(&good, HEAD.set, NULL), PN_ERROR_ARGUMENT);
    config.max_sources = 0;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    config.max_sources = 4097;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    config = good;
    config.max_buffers = 65537;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    config = good;
    config.max_block_frames = 0;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    config.max_block_frames = 65537;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    config = good;
    config.block_frames = config.max_block_frames + 1;
    assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    const float distances[] = {-1.0f, 1000.5f, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        config = good;
        config.doppler_max_m = distances[i];
        assert_int_equal(size_of(config), PN_ERROR_ARGUMENT);
    }
    const double rates[] = {0.0, 3000.0, 7999.0, 192001.0, 44100.0, (double)NAN, (double)INFINITY, -48000.0};
    for (int i = 0; i < 8; i++) { /* 44100 is a good rate, but not this head's */
        config = good;
        config.sample_rate_hz = rates[i];
        assert_int_equal(size_of(config), PN_ERROR_SAMPLE_RATE);
    }
}

static void the_limits_themselves_are_allowed(void **state)
{
    (void)state;
    pn_engine_config config = pn_engine_config_default();
    config.max_sources = 4096;
    config.max_buffers = 65536;
    config.max_block_frames = 65536;
    config.block_frames = 65536;
    config.doppler_max_m = 0.0f;
    assert_int_equal(size_of(config), PN_OK);
    config.max_sources = 1;
    config.max_buffers = 0;
    config.max_block_frames = 1;
    config.block_frames = 1;
    config.doppler_max_m = 1000.0f;
    assert_int_equal(size_of(config), PN_OK);
}

static void memory_that_is_missing_short_or_misaligned_is_refused_by_init(void **state)
{
    (void)state;
    const pn_engine_config config = pn_engine_config_default();
    size_t bytes = 0;
    assert_int_equal(pn_engine_size(&config, HEAD.set, &bytes), PN_OK);
    uint8_t *memory = head_memory(bytes + 16);
    pn_engine *out = (pn_engine *)(void *)memory;
    assert_int_equal(pn_engine_init(memory, bytes, &config, HEAD.set, NULL), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_engine_init(NULL, bytes, &config, HEAD.set, &out), PN_ERROR_MEMORY);
    assert_null(out);
    assert_int_equal(pn_engine_init(memory, bytes - 1, &config, HEAD.set, &out), PN_ERROR_MEMORY);
    for (int shift = 1; shift < 16; shift++) {
        assert_int_equal(pn_engine_init(memory + shift, bytes, &config, HEAD.set, &out), PN_ERROR_MEMORY);
    }
    assert_null(out);
    assert_int_equal(pn_engine_init(memory, bytes, NULL, HEAD.set, &out), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_engine_init(memory, bytes, &config, HEAD.set, &out), PN_OK);
    assert_non_null(out);
    free(memory);
}

static void every_status_has_its_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < PN_STATUS_COUNT; i++) {
        assert_true(strlen(pn_status_text((pn_status)i)) > 5);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(pn_status_text((pn_status)i), pn_status_text((pn_status)k));
        }
    }
    assert_string_equal(pn_status_text((pn_status)12345), "unknown status");
}

static size_t head_bytes(double rate_hz)
{
    head_blob blob = head_read(HEAD_KEMAR);
    size_t bytes = 0;
    assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, rate_hz, &bytes), PN_OK);
    head_blob_free(&blob);
    return bytes;
}

static void sixty_four_sources_and_the_default_head_fit_into_8_mb(void **state)
{
    (void)state;
    pn_engine_config config = pn_engine_config_default();
    size_t bytes = 0;
    assert_int_equal(pn_engine_size(&config, HEAD.set, &bytes), PN_OK);
    printf("64 sources: engine %zu bytes, head %zu bytes\n", bytes, head_bytes(48000.0));
    CHECK_BELOW(bytes + head_bytes(48000.0), 8e6);
}

static void a_thousand_and_twenty_four_sources_fit_into_48_mb(void **state)
{
    (void)state;
    pn_engine_config config = pn_engine_config_default();
    config.max_sources = 1024;
    size_t bytes = 0;
    assert_int_equal(pn_engine_size(&config, HEAD.set, &bytes), PN_OK);
    printf("1024 sources: engine %zu bytes\n", bytes);
    CHECK_BELOW(bytes + head_bytes(48000.0), 48e6);
}

/* A busy scene: every kind of source, moving. */
static void stir(rig *r, rng *random)
{
    for (uint32_t i = 0; i < r->config.max_sources; i++) {
        pn_scene_source *s = &r->source[i];
        const pn_vec3 at = pn_vec3_scale(rng_direction(random), (float)rng_between(random, 0.0, 60.0));
        s->position_m[0] = at.x;
        s->position_m[1] = at.y;
        s->position_m[2] = at.z;
        s->flags = rng_below(random, 16);
        s->generation += rng_below(random, 10) == 0;
        s->teleport += rng_below(random, 10) == 0;
        s->buffer = rng_below(random, 5);
        s->play_token += rng_below(random, 4) == 0;
        s->offset_s = rng_between(random, -0.01, 0.03);
        s->loop_start_s = rng_between(random, -0.01, 0.03);
        s->loop_end_s = rng_between(random, -0.01, 0.03);
        s->stop_s = rng_below(random, 3) == 0 ? rng_between(random, 0.0, 3.0) : (double)INFINITY;
        s->start_s = rng_between(random, 0.0, 3.0);
    }
    r->scene->flags = rng_below(random, 16);
    r->scene->pose_time_s = rng_between(random, 0.0, 3.0);
    rig_apply(r);
}

static void a_busy_engine_writes_only_into_its_memory_and_the_output(void **state)
{
    (void)state;
    enum { FENCE = 256, SOURCES = 7, CLIP = 1000, LONGEST = 400 };
    rng random = rng_open(91);
    pn_engine_config config = rig_config(48000.0, SOURCES);
    config.block_frames = 0;
    config.max_buffers = 3;
    config.doppler_max_m = 20.0f;
    rig *r = rig_open(HEAD.set, config);
    size_t bytes = 0;
    assert_int_equal(pn_engine_size(&config, HEAD.set, &bytes), PN_OK);
    uint8_t *memory = head_memory(bytes + 2 * FENCE);
    memset(memory, 0x5a, bytes + 2 * FENCE);
    assert_int_equal(pn_engine_init(memory + FENCE, bytes, &config, HEAD.set, &r->engine), PN_OK);
    float clip[CLIP];
    float x[LONGEST];
    rng_noise(&random, clip, CLIP, 1.0);
    rng_noise(&random, x, LONGEST, 1.0);
    pn_engine_set_buffer(r->engine, 0, clip, CLIP); /* no such number: nothing happens */
    pn_engine_set_buffer(r->engine, 4, clip, CLIP);
    for (uint32_t k = 1; k <= 3; k++) {
        pn_engine_set_buffer(r->engine, k, clip, CLIP / k);
    }
    for (int block = 0; block < 3000; block++) {
        float left[LONGEST + 2], right[LONGEST + 2];
        const uint32_t frames = 1 + rng_below(&random, LONGEST);
        left[0] = left[frames + 1] = right[0] = right[frames + 1] = 77.0f;
        if (block % 3 == 0) {
            stir(r, &random);
        }
        for (uint32_t i = 0; i < SOURCES; i++) {
            r->inputs[i] = rng_below(&random, 2) == 0 ? x : NULL;
        }
        pn_engine_process(r->engine, r->inputs, left + 1, right + 1, frames);
        assert_true(left[0] == 77.0f && left[frames + 1] == 77.0f && right[0] == 77.0f && right[frames + 1] == 77.0f);
        assert_true(all_finite(left + 1, frames) && all_finite(right + 1, frames));
    }
    for (int i = 0; i < FENCE; i++) {
        assert_int_equal(memory[i], 0x5a);
        assert_int_equal(memory[FENCE + bytes + i], 0x5a);
    }
    free(memory);
    rig_free(r);
}

static void reset_gives_back_the_engine_of_the_start(void **state)
{
    (void)state;
    enum { FRAMES = 40 * HOP };
    rng random = rng_open(92);
    float *x = frames_of(FRAMES), *first = frames_of(2 * FRAMES), *second = frames_of(2 * FRAMES);
    rng_noise(&random, x, FRAMES, 0.5);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 3));
    for (int round = 0; round < 2; round++) {
        float *out = round == 0 ? first : second;
        r->scene->flags = PN_SCENE_LIMITER;
        rig_place(r, 1, (pn_vec3){2.0f, 1.0f, -1.0f})->flags |= PN_SOURCE_DOPPLER;
        rig_apply(r);
        rig_run(r, 1, x, out, out + FRAMES, FRAMES);
        for (int i = 0; i < 30 && round == 0; i++) { /* leave as much behind as possible */
            stir(r, &random);
            rig_run(r, 1, x, NULL, NULL, 4 * HOP);
        }
        if (round == 0) {
            pn_engine_reset(r->engine);
            pn_stats stats = rig_stats(r);
            assert_true(stats.frames == 0.0 && stats.scenes_applied == 0 && stats.limiter_gain == 1.0f);
        }
        for (uint32_t i = 0; i < 3; i++) {
            rig_place(r, i, (pn_vec3){0.0f, 0.0f, -1.0f})->flags = 0;
        }
    }
    assert_memory_equal(first, second, 2 * FRAMES * sizeof(float));
    free(x);
    free(first);
    free(second);
    rig_free(r);
}

static void a_scene_with_a_wrong_signature_is_refused_as_a_whole_and_counted(void **state)
{
    (void)state;
    enum { FRAMES = 4 * HOP };
    rng random = rng_open(93);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 2));
    float x[FRAMES], left[FRAMES], right[FRAMES];
    rng_noise(&random, x, FRAMES, 0.5);
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    const pn_scene_header good = *r->scene;
    for (uint32_t k = 0; k < 7; k++) {
        size_t bytes = r->scene_bytes;
        *r->scene = good;
        switch (k) {
        case 0: r->scene->magic ^= 1; break;
        case 1: r->scene->version ^= 1; break;
        case 2: r->scene->header_bytes = 120; break;
        case 3: r->scene->source_bytes = 136; break;
        case 4: r->scene->source_count = 3; break; /* more than there are */
        case 5: r->scene->source_count = 0xffffffffu; break;
        default: bytes = sizeof(pn_scene_header) - 1;
        }
        pn_engine_apply(r->engine, r->scene, bytes);
        assert_int_equal(rig_stats(r).scenes_refused, k + 1);
        assert_int_equal(rig_stats(r).scenes_applied, 0);
    }
    rig_run(r, 0, x, left, right, FRAMES);
    assert_true(all_zero(left, FRAMES) && all_zero(right, FRAMES));
    *r->scene = good;
    rig_apply(r);
    rig_run(r, 0, x, left, right, FRAMES);
    assert_int_equal(rig_stats(r).scenes_applied, 1);
    CHECK_ABOVE(peak_of(right, FRAMES), 0.1);
    rig_free(r);
}

static void a_scene_may_hold_fewer_or_more_sources_than_the_engine(void **state)
{
    (void)state;
    rig *big = rig_open(HEAD.set, rig_config(48000.0, 8));
    rig *small = rig_open(HEAD.set, rig_config(48000.0, 2));
    for (uint32_t i = 0; i < 8; i++) {
        rig_place(big, i, (pn_vec3){1.0f, 0.0f, 0.0f});
    }
    pn_engine_apply(small->engine, big->scene, big->scene_bytes);
    rig_run(small, 0, NULL, NULL, NULL, HOP);
    assert_int_equal(rig_stats(small).sources_active, 2);
    rig_apply(big);
    rig_run(big, 0, NULL, NULL, NULL, HOP);
    assert_int_equal(rig_stats(big).sources_active, 8);
    big->scene->source_count = 3;
    rig_apply(big);
    rig_run(big, 0, NULL, NULL, NULL, 2 * HOP);
    assert_int_equal(rig_stats(big).sources_active, 3);
    rig_free(big);
    rig_free(small);
}

static void a_position_that_is_no_number_keeps_the_last_good_one(void **state)
{
    (void)state;
    enum { FRAMES = 32 * HOP };
    rng random = rng_open(94);
    float *x = frames_of(FRAMES), *good = frames_of(FRAMES), *got = frames_of(FRAMES);
    rng_noise(&random, x, FRAMES, 0.5);
    const float wrong[] = {NAN, INFINITY, -INFINITY, 1e30f};
    for (int w = 0; w < 4; w++) {
        for (int axis = 0; axis < 3; axis++) {
            float *out[2] = {good, got};
            for (int broken = 0; broken < 2; broken++) {
                rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
                rig_place(r, 0, (pn_vec3){-1.0f, 0.5f, 0.2f});
                rig_apply(r);
                rig_run(r, 0, x, out[broken], NULL, FRAMES / 2);
                if (broken) {
                    r->source[0].position_m[axis] = wrong[w];
                }
                rig_apply(r);
                rig_run(r, 0, x + FRAMES / 2, out[broken] + FRAMES / 2, NULL, FRAMES / 2);
                assert_int_equal(rig_stats(r).values_mended, broken);
                rig_free(r);
            }
            assert_memory_equal(good, got, FRAMES * sizeof(float));
        }
    }
    free(x);
    free(good);
    free(got);
}

static void the_first_scene_of_a_source_is_mended_from_defaults_not_from_its_predecessor(void **state)
{
    (void)state;
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    enum { FRAMES = 8 * HOP };
    float x[FRAMES], left[FRAMES], right[FRAMES], expected[FRAMES];
    rng random = rng_open(95);
    rng_noise(&random, x, FRAMES, 0.5);
    rig_place(r, 0, (pn_vec3){0.0f, 0.0f, -1.0f})->gain = 1.0f;
    r->source[0].generation = 1;
    rig_apply(r);
    rig_run(r, 0, x, expected, right, FRAMES);
    pn_engine_reset(r->engine);
    r->source[0].gain = 0.001f; /* a quiet predecessor */
    r->source[0].generation = 7;
    rig_apply(r);
    rig_run(r, 0, NULL, NULL, NULL, 4 * HOP);
    r->source[0].generation = 1;
    r->source[0].gain = NAN;
    rig_apply(r);
    rig_run(r, 0, NULL, NULL, NULL, 4 * HOP);
    rig_run(r, 0, x, left, right, FRAMES);
    assert_int_equal(rig_stats(r).values_mended, 1);
    assert_memory_equal(left, expected, sizeof left);
    rig_free(r);
}

/* Puts a wrong number into one field of a record or header. */
static void corrupt(rig *r, rng *random)
{
    static const uint32_t patterns[] = {0x7fc00000u, 0xffc00000u, 0x7f800000u, 0xff800000u, 0x7f7fffffu,
                                        0xff7fffffu, 0x00000001u, 0x80000001u, 0xffffffffu};
    uint32_t *words = (uint32_t *)(void *)r->scene;
    const size_t first = 6; /* behind the signature and the counts */
    const size_t count = r->scene_bytes / 4 - first;
    for (int i = 0; i < 6; i++) {
        const size_t at = first + rng_below(random, (uint32_t)count);
        words[at] = rng_below(random, 2) == 0 ? patterns[rng_below(random, 9)] : (uint32_t)rng_bits(random);
    }
}

static void no_scene_however_wrong_makes_the_output_infinite(void **state)
{
    (void)state;
    rng random = rng_open(96);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 5));
    float clip[777], x[HOP], left[HOP], right[HOP];
    rng_noise(&random, clip, 777, 1.0);
    rng_noise(&random, x, HOP, 1.0);
    pn_engine_set_buffer(r->engine, 1, clip, 777);
    pn_engine_set_buffer(r->engine, 2, clip, 1);
    for (int round = 0; round < 4000; round++) {
        if (round % 16 == 0) {
            for (uint32_t i = 0; i < 5; i++) {
                rig_place(r, i, rng_direction(&random));
                rig_play(r, i, i % 4, (uint32_t)round, 0.0);
            }
        }
        corrupt(r, &random);
        rig_apply(r);
        for (uint32_t i = 0; i < 5; i++) {
            r->inputs[i] = i % 2 == 0 ? x : NULL;
        }
        pn_engine_process(r->engine, r->inputs, left, right, HOP);
        assert_true(all_finite(left, HOP) && all_finite(right, HOP));
    }
    assert_true(rig_stats(r).values_mended > 0);
    rig_free(r);
}

static void input_that_is_no_number_is_silence_counted_and_over_at_once(void **state)
{
    (void)state;
    enum { FRAMES = 64 * HOP, BAD = 31 * HOP + 17, BAD_FRAMES = 200 };
    rng random = rng_open(97);
    float *x = frames_of(FRAMES), *muted = frames_of(FRAMES);
    float *got = frames_of(2 * FRAMES), *expected = frames_of(2 * FRAMES);
    rng_noise(&random, x, FRAMES, 0.5);
    memcpy(muted, x, FRAMES * sizeof(float));
    for (int i = 0; i < BAD_FRAMES; i++) {
        x[BAD + i] = i % 3 == 0 ? NAN : (i % 3 == 1 ? -INFINITY : 1e38f);
        muted[BAD + i] = 0.0f;
    }
    for (int broken = 0; broken < 2; broken++) {
        float *out = broken ? got : expected;
        rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
        rig_place(r, 0, (pn_vec3){-1.0f, 0.5f, 0.2f});
        rig_apply(r);
        rig_run(r, 0, broken ? x : muted, out, out + FRAMES, FRAMES);
        assert_int_equal(rig_stats(r).samples_mended, broken ? BAD_FRAMES : 0);
        rig_free(r);
    }
    assert_memory_equal(got, expected, 2 * FRAMES * sizeof(float));
    free(x);
    free(muted);
    free(got);
    free(expected);
}

static void a_clip_that_holds_no_numbers_is_mended_too(void **state)
{
    (void)state;
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    float clip[300], left[4 * HOP], right[4 * HOP];
    for (int i = 0; i < 300; i++) {
        clip[i] = i % 2 == 0 ? NAN : 0.25f;
    }
    pn_engine_set_buffer(r->engine, 1, clip, 300);
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    rig_play(r, 0, 1, 1, 0.0);
    rig_apply(r);
    rig_run(r, 0, NULL, left, right, 4 * HOP);
    assert_int_equal(rig_stats(r).samples_mended, 150);
    assert_true(all_finite(left, 4 * HOP) && peak_of(right, 4 * HOP) > 0.01);
    rig_free(r);
}

static void statistics_count_what_is_rendered(void **state)
{
    (void)state;
    rng random = rng_open(98);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 6));
    float x[10 * HOP], left[10 * HOP], right[10 * HOP];
    rng_noise(&random, x, 10 * HOP, 0.5);
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_place(r, 4, (pn_vec3){0.0f, 0.0f, 1.0f});
    rig_apply(r);
    r->inputs[0] = x;
    r->inputs[1] = x;
    rig_step(r, left, right, 5 * HOP);
    pn_stats stats = rig_stats(r);
    assert_true(stats.frames == 5.0 * HOP);
    assert_int_equal(stats.sources_active, 3);
    assert_int_equal(stats.sources_sounding, 2);
    assert_int_equal(stats.sources_moving, 0);
    assert_int_equal(stats.starved_frames, 0);
    assert_int_equal(stats.latency_frames, 0);
    assert_true((double)stats.peak[0] == peak_of(left + 4 * HOP, HOP));
    assert_true((double)stats.peak[1] == peak_of(right + 4 * HOP, HOP));
    assert_true(stats.limiter_gain == 1.0f);
    r->source[1].position_m[2] = -0.5f;
    rig_apply(r);
    r->inputs[0] = x;
    r->inputs[1] = x;
    rig_step(r, left, right, HOP);
    assert_int_equal(rig_stats(r).sources_moving, 1);
    rig_free(r);
}

static void a_host_that_breaks_its_word_on_blocks_is_served_late_and_told(void **state)
{
    (void)state;
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1)); /* promises whole hops */
    float left[HOP], right[HOP];
    const float *none[1] = {NULL};
    pn_engine_process(r->engine, none, left, right, 100);
    pn_stats stats = rig_stats(r);
    assert_int_equal(stats.starved_frames, 100);
    assert_int_equal(stats.latency_frames, 100);
    assert_int_equal(pn_engine_latency_frames(r->engine), 100);
    assert_true(all_zero(left, 100));
    rig_free(r);
}

static void the_reported_latency_is_that_of_partial_hops(void **state)
{
    (void)state;
    const uint32_t blocks[][2] = {{0, 127}, {1, 127}, {7, 127},   {64, 64},  {96, 96},
                                  {128, 0}, {256, 0}, {441, 127}, {480, 96}, {1024, 0}};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        pn_engine_config config = rig_config(48000.0, 1);
        config.block_frames = blocks[i][0];
        rig *r = rig_open(HEAD.set, config);
        assert_int_equal(pn_engine_latency_frames(r->engine), blocks[i][1]);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_impossible_wish_is_refused_by_size),
        cmocka_unit_test(the_limits_themselves_are_allowed),
        cmocka_unit_test(memory_that_is_missing_short_or_misaligned_is_refused_by_init),
        cmocka_unit_test(every_status_has_its_sentence),
        cmocka_unit_test(sixty_four_sources_and_the_default_head_fit_into_8_mb),
        cmocka_unit_test(a_thousand_and_twenty_four_sources_fit_into_48_mb),
        cmocka_unit_test(a_busy_engine_writes_only_into_its_memory_and_the_output),
        cmocka_unit_test(reset_gives_back_the_engine_of_the_start),
        cmocka_unit_test(a_scene_with_a_wrong_signature_is_refused_as_a_whole_and_counted),
        cmocka_unit_test(a_scene_may_hold_fewer_or_more_sources_than_the_engine),
        cmocka_unit_test(a_position_that_is_no_number_keeps_the_last_good_one),
        cmocka_unit_test(the_first_scene_of_a_source_is_mended_from_defaults_not_from_its_predecessor),
        cmocka_unit_test(no_scene_however_wrong_makes_the_output_infinite),
        cmocka_unit_test(input_that_is_no_number_is_silence_counted_and_over_at_once),
        cmocka_unit_test(a_clip_that_holds_no_numbers_is_mended_too),
        cmocka_unit_test(statistics_count_what_is_rendered),
        cmocka_unit_test(a_host_that_breaks_its_word_on_blocks_is_served_late_and_told),
        cmocka_unit_test(the_reported_latency_is_that_of_partial_hops),
    };
    return cmocka_run_group_tests(tests, open_head, close_head);
}
