/* SPDX-License-Identifier: MIT */
/* Clips: to the sample at start, stop, offset and loop; without clicks where they are cut. */
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "render/pn_player.h"

enum { HOP = PN_HOP_FRAMES, CLIP = 1000, HOPS = 40, FRAMES = HOPS * HOP, FADE_IN = HOP };

static const double RATE_HZ = 48000.0;

typedef struct deck {
    pn_player player;
    pn_scene_source source;
    pn_clip clips[3];
    float out[FRAMES];
    uint32_t done;
} deck;

static float FIRST[CLIP];
static float SECOND[CLIP];

static int draw_clips(void **state)
{
    (void)state;
    rng r = rng_open(101);
    rng_noise(&r, FIRST, CLIP, 1.0);
    rng_noise(&r, SECOND, CLIP, 1.0);
    return 0;
}

static deck *deck_open(void)
{
    static deck d;
    d = (deck){.clips = {{FIRST, CLIP, 0}, {SECOND, CLIP, 0}, {NULL, 0, 0}}};
    d.source = (pn_scene_source){.buffer = 1, .play_token = 1, .stop_s = INFINITY};
    pn_player_reset(&d.player);
    return &d;
}

static double at_frame(double frame)
{
    return frame / RATE_HZ;
}

static void run(deck *d, uint32_t hops)
{
    for (uint32_t hop = 0; hop < hops; hop++, d->done += HOP) {
        pn_player_add(&d->player, &d->source, d->clips, 3, d->done, RATE_HZ, d->out + d->done);
    }
}

static void check_silent(const deck *d, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        assert_true(d->out[i] == 0.0f);
    }
}

static void a_clip_plays_whole_from_its_first_sample_at_the_frame_it_was_told(void **state)
{
    (void)state;
    const uint32_t starts[] = {0, 1, 127, 128, 129, 500, 1279};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        deck *d = deck_open();
        d->source.start_s = at_frame(starts[i]);
        run(d, HOPS);
        check_silent(d, 0, starts[i]);
        assert_memory_equal(d->out + starts[i], FIRST, sizeof FIRST);
        check_silent(d, starts[i] + CLIP, FRAMES);
        assert_int_equal(d->player.ended_token, 1);
        assert_false(d->player.playing);
    }
}

static void a_start_in_the_past_is_a_start_at_once(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->done = 3 * HOP;
    d->source.start_s = at_frame(10);
    run(d, 20);
    assert_memory_equal(d->out + (size_t)3 * HOP, FIRST, sizeof FIRST);
}

static void an_offset_skips_to_the_sample_and_fades_in(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.start_s = at_frame(50);
    d->source.offset_s = at_frame(333);
    run(d, HOPS);
    for (uint32_t i = 0; i < FADE_IN; i++) {
        CHECK_NEAR(d->out[50 + i], (double)FIRST[333 + i] * i / FADE_IN, 2 * FLOAT_ULP);
    }
    assert_memory_equal(d->out + 50 + FADE_IN, FIRST + 333 + FADE_IN, (CLIP - 333 - FADE_IN) * sizeof(float));
    check_silent(d, 50 + CLIP - 333, FRAMES);
}

static void an_offset_at_or_behind_the_end_ends_at_once(void **state)
{
    (void)state;
    const double offsets[] = {CLIP, CLIP + 1, 1e9};
    for (int i = 0; i < 3; i++) {
        deck *d = deck_open();
        d->source.offset_s = at_frame(offsets[i]);
        run(d, HOPS);
        check_silent(d, 0, FRAMES);
        assert_int_equal(d->player.ended_token, 1);
    }
}

static void a_stop_holds_to_the_sample_and_then_fades_over_a_hop(void **state)
{
    (void)state;
    const uint32_t stops[] = {1, 127, 128, 200, 383, 384, 385};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        deck *d = deck_open();
        const uint32_t stop = stops[i];
        d->source.stop_s = at_frame(stop);
        run(d, HOPS);
        assert_memory_equal(d->out, FIRST, stop * sizeof(float));
        for (uint32_t k = 0; k < HOP; k++) {
            CHECK_NEAR(d->out[stop + k], (double)FIRST[stop + k] * (HOP - k) / HOP, 2 * FLOAT_ULP);
        }
        check_silent(d, stop + HOP, FRAMES);
        assert_int_equal(d->player.ended_token, 1);
    }
}

static void a_stop_before_the_start_plays_nothing_and_ends(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.start_s = at_frame(500);
    d->source.stop_s = at_frame(400);
    run(d, HOPS);
    check_silent(d, 0, FRAMES);
    assert_int_equal(d->player.ended_token, 1);
}

static void a_loop_repeats_between_its_points_to_the_sample(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.flags = PN_SOURCE_LOOP;
    d->source.loop_start_s = at_frame(100);
    d->source.loop_end_s = at_frame(401);
    run(d, HOPS);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const uint32_t at = i < 401 ? i : 100 + (i - 401) % 301;
        assert_true(d->out[i] == FIRST[at]);
    }
    assert_int_equal(d->player.ended_token, 0);
}

static void a_loop_without_points_repeats_the_whole_clip(void **state)
{
    (void)state;
    const double points[][2] = {{0, 0}, {600, 600}, {700, 300}, {5000, 9000}};
    for (int k = 0; k < 4; k++) {
        deck *d = deck_open();
        d->source.flags = PN_SOURCE_LOOP;
        d->source.loop_start_s = at_frame(points[k][0]);
        d->source.loop_end_s = at_frame(points[k][1]);
        run(d, HOPS);
        for (uint32_t i = 0; i < FRAMES; i++) {
            assert_true(d->out[i] == FIRST[i % CLIP]);
        }
    }
}

static void a_loop_that_is_stopped_or_restarted_fades_on_round_the_loop(void **state)
{
    (void)state;
    for (int restart = 0; restart < 2; restart++) {
        deck *d = deck_open();
        d->source.flags = PN_SOURCE_LOOP;
        d->source.loop_start_s = at_frame(700);
        const uint32_t from =
            restart ? 10 * HOP : CLIP - 5; /* a restart comes at a hop: 1280, 20 before the loop's end */
        d->source.stop_s = restart ? (double)INFINITY : at_frame(from);
        run(d, 10);
        d->source.play_token += (uint32_t)restart;
        d->source.buffer += (uint32_t)restart;
        run(d, HOPS - 10);
        for (uint32_t i = 0; i < HOP; i++) {
            const uint32_t at = from + i < CLIP ? from + i : 700 + (from + i - CLIP) % 300;
            const double fading = (double)FIRST[at] * (HOP - i) / HOP;
            CHECK_NEAR(d->out[from + i], fading + (restart ? (double)SECOND[i] : 0.0), 4 * FLOAT_ULP);
        }
    }
}

static void switching_the_loop_off_plays_the_clip_to_its_end(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.flags = PN_SOURCE_LOOP;
    d->source.loop_end_s = at_frame(300);
    run(d, 5); /* 640 frames: 40 into the third time round */
    d->source.flags = 0;
    run(d, HOPS - 5);
    assert_memory_equal(d->out + 600, FIRST, sizeof FIRST);
    check_silent(d, 600 + CLIP, FRAMES);
}

static void a_restart_fades_the_old_out_under_the_new_attack(void **state)
{
    (void)state;
    deck *d = deck_open();
    run(d, 3);
    d->source.play_token = 2;
    run(d, HOPS - 3);
    for (uint32_t i = 0; i < HOP; i++) {
        const double old = (double)FIRST[3 * HOP + i] * (HOP - i) / HOP;
        CHECK_NEAR(d->out[3 * HOP + i], old + (double)FIRST[i], 4 * FLOAT_ULP);
    }
    assert_memory_equal(d->out + (size_t)4 * HOP, FIRST + HOP, (CLIP - HOP) * sizeof(float));
    assert_int_equal(d->player.ended_token, 2);
}

static void a_restart_with_another_clip_fades_the_old_clip_out_not_the_new_one(void **state)
{
    (void)state;
    deck *d = deck_open();
    run(d, 3);
    d->source.play_token = 2;
    d->source.buffer = 2;
    run(d, HOPS - 3);
    for (uint32_t i = 0; i < HOP; i++) {
        const double old = (double)FIRST[3 * HOP + i] * (HOP - i) / HOP;
        CHECK_NEAR(d->out[3 * HOP + i], old + (double)SECOND[i], 4 * FLOAT_ULP);
    }
    assert_memory_equal(d->out + (size_t)4 * HOP, SECOND + HOP, (CLIP - HOP) * sizeof(float));
}

static void another_clip_without_a_new_start_ends_the_old_one_with_a_fade(void **state)
{
    (void)state;
    for (uint32_t number = 0; number <= 3; number++) {
        if (number == 1) {
            continue;
        }
        deck *d = deck_open();
        run(d, 3);
        d->source.buffer = number;
        run(d, HOPS - 3);
        for (uint32_t i = 0; i < HOP; i++) {
            CHECK_NEAR(d->out[3 * HOP + i], (double)FIRST[3 * HOP + i] * (HOP - i) / HOP, 2 * FLOAT_ULP);
        }
        check_silent(d, 4 * HOP, FRAMES);
        assert_int_equal(d->player.ended_token, 1);
    }
}

static void a_token_of_zero_stops_what_plays(void **state)
{
    (void)state;
    deck *d = deck_open();
    run(d, 3);
    d->source.play_token = 0;
    run(d, HOPS - 3);
    check_silent(d, 4 * HOP, FRAMES);
    assert_int_equal(d->player.ended_token, 1);
}

static void a_clip_that_arrives_late_starts_when_it_arrives(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.buffer = 3;
    d->source.start_s = at_frame(10);
    run(d, 7);
    check_silent(d, 0, 7 * HOP);
    assert_true(d->player.waiting);
    assert_int_equal(d->player.ended_token, 0);
    d->clips[2] = (pn_clip){SECOND, CLIP, 0};
    run(d, HOPS - 7);
    assert_memory_equal(d->out + (size_t)7 * HOP, SECOND, sizeof SECOND);
}

static void a_clip_taken_back_ends_at_once(void **state)
{
    (void)state;
    deck *d = deck_open();
    run(d, 3);
    d->clips[0] = (pn_clip){NULL, 0, 0};
    run(d, HOPS - 3);
    assert_memory_equal(d->out, FIRST, 3 * HOP * sizeof(float));
    check_silent(d, 3 * HOP, FRAMES);
    assert_int_equal(d->player.ended_token, 1);
}

static void a_clip_number_that_does_not_exist_waits(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.buffer = 4000;
    run(d, HOPS);
    check_silent(d, 0, FRAMES);
    assert_true(d->player.waiting);
}

static void an_empty_clip_ends_at_once_even_in_a_loop(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags <= PN_SOURCE_LOOP; flags += PN_SOURCE_LOOP) {
        deck *d = deck_open();
        d->clips[0].frames = 0;
        d->source.flags = flags;
        run(d, HOPS);
        check_silent(d, 0, FRAMES);
        assert_int_equal(d->player.ended_token, 1);
    }
}

static void a_stop_that_is_revoked_in_time_does_not_happen(void **state)
{
    (void)state;
    deck *d = deck_open();
    d->source.stop_s = at_frame(600);
    run(d, 3);
    d->source.stop_s = INFINITY;
    run(d, HOPS - 3);
    assert_memory_equal(d->out, FIRST, sizeof FIRST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_plays_whole_from_its_first_sample_at_the_frame_it_was_told),
        cmocka_unit_test(a_start_in_the_past_is_a_start_at_once),
        cmocka_unit_test(an_offset_skips_to_the_sample_and_fades_in),
        cmocka_unit_test(an_offset_at_or_behind_the_end_ends_at_once),
        cmocka_unit_test(a_stop_holds_to_the_sample_and_then_fades_over_a_hop),
        cmocka_unit_test(a_stop_before_the_start_plays_nothing_and_ends),
        cmocka_unit_test(a_loop_repeats_between_its_points_to_the_sample),
        cmocka_unit_test(a_loop_without_points_repeats_the_whole_clip),
        cmocka_unit_test(a_loop_that_is_stopped_or_restarted_fades_on_round_the_loop),
        cmocka_unit_test(switching_the_loop_off_plays_the_clip_to_its_end),
        cmocka_unit_test(a_restart_fades_the_old_out_under_the_new_attack),
        cmocka_unit_test(a_restart_with_another_clip_fades_the_old_clip_out_not_the_new_one),
        cmocka_unit_test(another_clip_without_a_new_start_ends_the_old_one_with_a_fade),
        cmocka_unit_test(a_token_of_zero_stops_what_plays),
        cmocka_unit_test(a_clip_that_arrives_late_starts_when_it_arrives),
        cmocka_unit_test(a_clip_taken_back_ends_at_once),
        cmocka_unit_test(a_clip_number_that_does_not_exist_waits),
        cmocka_unit_test(an_empty_clip_ends_at_once_even_in_a_loop),
        cmocka_unit_test(a_stop_that_is_revoked_in_time_does_not_happen),
    };
    return cmocka_run_group_tests(tests, draw_clips, NULL);
}
