/* SPDX-License-Identifier: MIT */
/* Silence is exact zeros, and free. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, SOURCES = 6, FFT = 256 };

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

static void circle(rig *r, int hop)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        const float a = (float)i + 0.02f * (float)hop;
        rig_place(r, i, (pn_vec3){2.0f * sinf(a), 0.3f, -2.0f * cosf(a)})->flags |= i % 2 ? PN_SOURCE_DOPPLER : 0;
    }
    rig_apply(r);
}

static void silence_in_gives_exact_zeros_out(void **state)
{
    (void)state;
    float left[HOP], right[HOP];
    const float zeros[HOP] = {0.0f};
    rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
    for (int hop = 0; hop < 200; hop++) {
        circle(r, hop);
        for (uint32_t i = 0; i < SOURCES; i++) { /* zeros and no input alike */
            r->inputs[i] = i % 3 == 0 ? NULL : zeros;
        }
        pn_engine_process(r->engine, r->inputs, left, right, HOP);
        assert_true(all_zero(left, HOP) && all_zero(right, HOP));
    }
    rig_free(r);
}

static void silent_sources_do_no_filter_work_even_when_they_move(void **state)
{
    (void)state;
    rng random = rng_open(231);
    float x[HOP], left[HOP], right[HOP];
    const float zeros[HOP] = {0.0f};
    rng_noise(&random, x, HOP, 0.5);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
    for (int hop = 0; hop < 200; hop++) {
        circle(r, hop);
        for (uint32_t i = 0; i < SOURCES; i++) {
            r->inputs[i] = i == 2 ? x : (i == 4 ? zeros : NULL);
        }
        pn_engine_process(r->engine, r->inputs, left, right, HOP);
        const pn_stats stats = rig_stats(r);
        assert_int_equal(stats.sources_active, SOURCES);
        assert_int_equal(stats.sources_sounding, 1);
        assert_int_equal(stats.sources_moving, hop > 0); /* at first it is where it begins */
    }
    rig_free(r);
}

static void sources_of_gain_zero_do_no_filter_work(void **state)
{
    (void)state;
    rng random = rng_open(232);
    float x[8 * HOP], left[8 * HOP], right[8 * HOP];
    rng_noise(&random, x, 8 * HOP, 0.5);
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f})->gain = 0.0f;
    rig_apply(r);
    rig_run(r, 0, x, left, right, 8 * HOP);
    assert_int_equal(rig_stats(r).sources_sounding, 0);
    assert_true(all_zero(left, 8 * HOP) && all_zero(right, 8 * HOP));
    rig_free(r);
}

static void samples_too_small_to_hear_count_as_silence(void **state)
{
    (void)state;
    float x[8 * HOP], left[8 * HOP], right[8 * HOP];
    for (int i = 0; i < 8 * HOP; i++) {
        x[i] = i % 2 == 0 ? 1e-39f : -1e-25f;
    }
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    rig_apply(r);
    rig_run(r, 0, x, left, right, 8 * HOP);
    assert_int_equal(rig_stats(r).sources_sounding, 0);
    assert_true(all_zero(left, 8 * HOP) && all_zero(right, 8 * HOP));
    rig_free(r);
}

/* The hop after which everything stays zero, when sound stops after `hops`. */
static int last_sounding_hop(uint32_t flags, pn_vec3 at, int hops)
{
    enum { HOPS = 200 };
    rng random = {233};
    float x[HOP], left[HOP], right[HOP];
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    int last = -1;
    rig_place(r, 0, at)->flags |= flags;
    rig_apply(r);
    for (int hop = 0; hop < HOPS; hop++) {
        rng_noise(&random, x, HOP, 0.5);
        rig_run(r, 0, hop < hops ? x : NULL, left, right, HOP);
        if (!all_zero(left, HOP) || !all_zero(right, HOP)) {
            last = hop;
        }
    }
    assert_int_equal(rig_stats(r).sources_sounding, 0);
    rig_free(r);
    return last;
}

static void exact_zeros_come_back_when_the_filter_has_rung_out(void **state)
{
    (void)state;
    assert_in_range(last_sounding_hop(0, (pn_vec3){1.0f, 0.0f, 0.0f}, 10), 10, 9 + FFT / HOP);
}

static void exact_zeros_come_back_when_the_last_sound_has_travelled_the_distance(void **state)
{
    (void)state;
    const int travel = (int)(40.0 / 343.0 * 48000.0 / HOP); /* hops to cross 40 m */
    const int last = last_sounding_hop(PN_SOURCE_DOPPLER, (pn_vec3){0.0f, 0.0f, -40.0f}, 10);
    assert_in_range(last, 9 + travel, 12 + travel);
}

static void the_limiter_and_the_gain_keep_silence_silent(void **state)
{
    (void)state;
    rng random = rng_open(234);
    float x[HOP], left[HOP], right[HOP];
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, 0.0f});
    r->scene->flags = PN_SCENE_LIMITER;
    r->scene->gain = 8.0f;
    for (int hop = 0; hop < 60; hop++) {
        r->scene->gain = hop % 2 == 0 ? 8.0f : 0.1f;
        rig_apply(r);
        rng_noise(&random, x, HOP, 0.5);
        rig_run(r, 0, hop < 10 ? x : NULL, left, right, HOP);
        if (hop > 12) {
            assert_true(all_zero(left, HOP) && all_zero(right, HOP));
        }
    }
    rig_free(r);
}

static void sound_after_silence_is_as_if_it_had_never_been_silent(void **state)
{
    (void)state;
    enum { N = 40 * HOP };
    rng random = rng_open(235);
    float *x = frames_of(N), *after = frames_of(2 * N), *fresh = frames_of(2 * N);
    rng_noise(&random, x, N, 0.5);
    for (int pause = 0; pause < 2; pause++) {
        float *out = pause ? after : fresh;
        rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
        for (int hop = 0; hop < 100; hop++) { /* moving all the time, heard before or never */
            circle(r, hop);
            rig_run(r, 0, pause && hop < 50 ? x : NULL, NULL, NULL, HOP);
        }
        for (int hop = 0; hop < N / HOP; hop++) {
            circle(r, 100 + hop);
            rig_run(r, 0, x + (size_t)hop * HOP, out + (size_t)hop * HOP, out + N + (size_t)hop * HOP, HOP);
        }
        rig_free(r);
    }
    assert_memory_equal(after, fresh, 2 * N * sizeof(float));
    free(x);
    free(after);
    free(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_in_gives_exact_zeros_out),
        cmocka_unit_test(silent_sources_do_no_filter_work_even_when_they_move),
        cmocka_unit_test(sources_of_gain_zero_do_no_filter_work),
        cmocka_unit_test(samples_too_small_to_hear_count_as_silence),
        cmocka_unit_test(exact_zeros_come_back_when_the_filter_has_rung_out),
        cmocka_unit_test(exact_zeros_come_back_when_the_last_sound_has_travelled_the_distance),
        cmocka_unit_test(the_limiter_and_the_gain_keep_silence_silent),
        cmocka_unit_test(sound_after_silence_is_as_if_it_had_never_been_silent),
    };
    return cmocka_run_group_tests(tests, open_head, close_head);
}
