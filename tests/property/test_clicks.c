/* SPDX-License-Identifier: MIT */
/*
 * Nothing that a scene can do clicks.
 *
 * A tone plays; something happens. The largest second difference around it is set against the 99.9th percentile of the
 * tone at rest, before or after, whichever is louder. The tone's own is w^2 of its amplitude; the corners of a linear
 * fade over a hop, which is how the renderer changes anything, add at most 2 / 128 (a phase turned over); a step, which
 * is a click, would add 1. Two tones: at 2 kHz w^2 is 0.069, fades add 1.8 dB, and the metric's own limit of CLICK_DB
 * holds; but the head passes little of a step's treble and much of 2 kHz, which hides small ones. At 500 Hz w^2 is
 * 0.0043: steps stand out by 20 dB and more, fades by at most 13.3 dB.
 */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, BEFORE = 60, AFTER = 60, HOPS = BEFORE + AFTER, FRAMES = HOPS * HOP, CLIP = 2 * FRAMES };

static const double TONES_HZ[] = {2000.0, 500.0};

static head HEAD;
static float TONE[CLIP];

static int open_all(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

static void tone_fill(double hz)
{
    for (int i = 0; i < CLIP; i++) { /* not at zero when a hop begins, or a step there would not be seen */
        TONE[i] = (float)(0.5 * sin(2.0 * 3.14159265358979323846 * hz * i / 48000.0 + 0.9));
    }
}

/* What may stand out: CLICK_DB, or a linear fade's corners where they alone are more. */
static double limit_db(double hz)
{
    const double w = 2.0 * 3.14159265358979323846 * hz / 48000.0;
    return fmax(CLICK_DB, 20.0 * log10(1.0 + 2.0 / HOP / (w * w)));
}

/* Sets the scene; `hop` runs from 0, the event happens at hop BEFORE. */
typedef void script(rig *r, int hop);

static void usual(rig *r)
{
    rig_place(r, 0, (pn_vec3){1.0f, 0.2f, -1.0f});
    rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, 0.0f})->flags = 0;
}

/* Renders `hops` of a script from `from`; live input in slot 0. */
static void render(script *play, int freeze_at, float *left, float *right)
{
    pn_engine_config config = rig_config(48000.0, 2);
    rig *r = rig_open(HEAD.set, config);
    pn_engine_set_buffer(r->engine, 1, TONE, CLIP);
    r->inputs[0] = TONE;
    for (int hop = 0; hop < HOPS; hop++) {
        usual(r);
        r->scene->flags = 0;
        r->scene->gain = 1.0f;
        play(r, freeze_at >= 0 ? freeze_at : hop);
        rig_apply(r);
        rig_step(r, left + hop * HOP, right + hop * HOP, HOP);
    }
    rig_free(r);
}

static double percentile_reference(const float *x, double *loudest)
{
    *loudest = fmax(*loudest, click_db(x + 20 * HOP, FRAMES - 20 * HOP, x + 20 * HOP, FRAMES - 20 * HOP));
    return *loudest;
}

/* The click, over the louder of the two states at rest. */
static void check_tone(script *play, double hz)
{
    tone_fill(hz);
    float *out = frames_of(2 * FRAMES), *before = frames_of(2 * FRAMES), *after = frames_of(2 * FRAMES);
    double plain = -300.0;
    render(play, -1, out, out + FRAMES);
    render(play, 0, before, before + FRAMES);
    render(play, HOPS, after, after + FRAMES);
    for (int ear = 0; ear < 2; ear++) {
        const size_t at = (size_t)ear * FRAMES + 20 * HOP; /* the beginning is another matter */
        const size_t n = FRAMES - 20 * HOP;
        assert_true(all_finite(out + (size_t)ear * FRAMES, FRAMES));
        const double over_before = rms(before + at, n) > 1e-6 ? click_db(out + at, n, before + at, n) : 300.0;
        const double over_after = rms(after + at, n) > 1e-6 ? click_db(out + at, n, after + at, n) : 300.0;
        const double click = fmin(over_before, over_after);
        percentile_reference(rms(before + at, n) > rms(after + at, n) ? before + (size_t)ear * FRAMES
                                                                      : after + (size_t)ear * FRAMES,
                             &plain);
        printf("%4.0f Hz, %s ear: %.2f dB\n", hz, ear == 0 ? "left" : "right", click);
        CHECK_BELOW(click, limit_db(hz));
    }
    CHECK_BELOW(plain, 0.5); /* the reference itself is at rest */
    free(out);
    free(before);
    free(after);
}

static void check(script *play)
{
    for (int i = 0; i < 2; i++) {
        check_tone(play, TONES_HZ[i]);
    }
}

static void teleports_across(rig *r, int hop)
{
    if (hop >= BEFORE) {
        rig_place(r, 0, (pn_vec3){-1.0f, -0.5f, 0.7f})->teleport = 1;
    }
}

static void a_teleported_source_does_not_click(void **state)
{
    (void)state;
    check(teleports_across);
}

static void listener_teleports(rig *r, int hop)
{
    if (hop >= BEFORE) {
        r->scene->listener_teleport = 1;
        r->scene->listener_position_m[0] = 2.5f;
        r->scene->listener_world_from_head[1] = 0.6f;
        r->scene->listener_world_from_head[3] = 0.8f;
    }
}

static void a_teleported_listener_does_not_click(void **state)
{
    (void)state;
    check(listener_teleports);
}

static void moves_without_telling(rig *r, int hop)
{
    if (hop >= BEFORE) {
        rig_place(r, 0, (pn_vec3){-1.0f, 0.0f, 0.0f});
    }
}

static void a_jump_that_nobody_announced_does_not_click(void **state)
{
    (void)state;
    check(moves_without_telling);
}

static void gets_quiet(rig *r, int hop)
{
    r->source[0].gain = hop >= BEFORE ? 0.1f : 1.0f;
}

static void gets_mute(rig *r, int hop)
{
    r->source[0].gain = hop >= BEFORE ? 0.0f : 1.0f;
}

static void gets_loud(rig *r, int hop)
{
    r->source[0].gain = hop >= BEFORE ? 1.0f : 0.0f;
}

static void turns_over(rig *r, int hop)
{
    r->source[0].gain = hop >= BEFORE ? -1.0f : 1.0f;
}

static void steps_of_gain_do_not_click(void **state)
{
    (void)state;
    check(gets_quiet);
    check(gets_mute);
    check(gets_loud);
    check(turns_over);
}

static void sum_gets_quiet(rig *r, int hop)
{
    r->scene->gain = hop >= BEFORE ? 0.0f : 1.0f;
}

static void a_step_of_the_overall_gain_does_not_click(void **state)
{
    (void)state;
    check(sum_gets_quiet);
}

static void goes(rig *r, int hop)
{
    r->source[0].flags = hop >= BEFORE ? 0 : PN_SOURCE_ACTIVE;
}

static void a_removed_source_does_not_click(void **state)
{
    (void)state;
    check(goes);
}

static void comes(rig *r, int hop)
{
    r->source[0].flags = hop >= BEFORE ? PN_SOURCE_ACTIVE : 0;
}

static void a_source_added_in_the_middle_of_its_sound_does_not_click(void **state)
{
    (void)state;
    check(comes);
}

static void is_replaced(rig *r, int hop)
{
    if (hop >= BEFORE) {
        rig_place(r, 0, (pn_vec3){0.0f, 0.5f, 1.0f})->generation = 9;
    }
}

static void a_slot_that_changes_hands_does_not_click(void **state)
{
    (void)state;
    check(is_replaced);
}

static void doppler_goes_on(rig *r, int hop)
{
    rig_place(r, 0, (pn_vec3){1.0f, 0.2f, -1.0f})->flags |= hop >= BEFORE ? PN_SOURCE_DOPPLER : 0;
}

static void doppler_goes_off(rig *r, int hop)
{
    rig_place(r, 0, (pn_vec3){1.0f, 0.2f, -1.0f})->flags |= hop >= BEFORE ? 0 : PN_SOURCE_DOPPLER;
}

static void switching_doppler_does_not_click(void **state)
{
    (void)state;
    check(doppler_goes_on);
    check(doppler_goes_off);
}

static void doppler_teleports(rig *r, int hop)
{
    pn_scene_source *s = rig_place(r, 0, (pn_vec3){hop >= BEFORE ? -10.0f : 1.0f, 0.2f, -1.0f});
    s->flags |= PN_SOURCE_DOPPLER;
    s->teleport = hop >= BEFORE;
}

static void a_teleport_with_doppler_does_not_click_or_howl(void **state)
{
    (void)state;
    check(doppler_teleports);
}

static void locks_to_head(rig *r, int hop)
{
    r->scene->listener_world_from_head[1] = 0.6f;
    r->scene->listener_world_from_head[3] = 0.8f;
    r->source[0].flags |= hop >= BEFORE ? PN_SOURCE_HEAD_LOCKED : 0;
}

static void locking_a_source_to_the_head_does_not_click(void **state)
{
    (void)state;
    check(locks_to_head);
}

static void law_changes(rig *r, int hop)
{
    rig_place(r, 0, (pn_vec3){2.0f, 0.0f, -3.0f})->distance_model =
        hop >= BEFORE ? PN_DISTANCE_INVERSE : PN_DISTANCE_NONE;
}

static void a_change_of_the_distance_law_does_not_click(void **state)
{
    (void)state;
    check(law_changes);
}

static void limiter_goes_on(rig *r, int hop)
{
    r->source[0].gain = 4.0f;
    r->scene->flags = hop >= BEFORE ? PN_SCENE_LIMITER : 0;
}

static void switching_the_limiter_does_not_click(void **state)
{
    (void)state;
    check(limiter_goes_on);
}

static void clip_stops(rig *r, int hop)
{
    (void)hop;
    rig_place(r, 0, (pn_vec3){0.0f, 0.0f, -1.0f})->flags = 0;
    rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_play(r, 1, 1, 1, 0.0);
    r->source[1].stop_s = hop == HOPS ? 0.0 : (hop == 0 ? (double)INFINITY : (BEFORE * HOP + 77) / 48000.0);
}

static void a_clip_that_is_stopped_does_not_click(void **state)
{
    (void)state;
    check(clip_stops);
}

static void clip_starts_inside(rig *r, int hop)
{
    rig_place(r, 0, (pn_vec3){0.0f, 0.0f, -1.0f})->flags = 0;
    rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_play(r, 1, 1, hop >= BEFORE ? 1 : 0, 0.0);
    r->source[1].offset_s = 1011.0 / 48000.0; /* at the tone's crest */
}

static void a_clip_that_starts_in_its_middle_does_not_click(void **state)
{
    (void)state;
    check(clip_starts_inside);
}

static void clip_restarts(rig *r, int hop)
{
    rig_place(r, 0, (pn_vec3){0.0f, 0.0f, -1.0f})->flags = 0;
    rig_place(r, 1, (pn_vec3){-1.0f, 0.0f, 0.0f});
    rig_play(r, 1, 1, hop >= BEFORE ? 2 : 1, 0.0);
    r->source[1].offset_s = 1011.0 / 48000.0;
}

static void a_clip_that_is_restarted_does_not_click(void **state)
{
    (void)state;
    check(clip_restarts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_teleported_source_does_not_click),
        cmocka_unit_test(a_teleported_listener_does_not_click),
        cmocka_unit_test(a_jump_that_nobody_announced_does_not_click),
        cmocka_unit_test(steps_of_gain_do_not_click),
        cmocka_unit_test(a_step_of_the_overall_gain_does_not_click),
        cmocka_unit_test(a_removed_source_does_not_click),
        cmocka_unit_test(a_source_added_in_the_middle_of_its_sound_does_not_click),
        cmocka_unit_test(a_slot_that_changes_hands_does_not_click),
        cmocka_unit_test(switching_doppler_does_not_click),
        cmocka_unit_test(a_teleport_with_doppler_does_not_click_or_howl),
        cmocka_unit_test(locking_a_source_to_the_head_does_not_click),
        cmocka_unit_test(a_change_of_the_distance_law_does_not_click),
        cmocka_unit_test(switching_the_limiter_does_not_click),
        cmocka_unit_test(a_clip_that_is_stopped_does_not_click),
        cmocka_unit_test(a_clip_that_starts_in_its_middle_does_not_click),
        cmocka_unit_test(a_clip_that_is_restarted_does_not_click),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
