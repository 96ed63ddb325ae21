/* SPDX-License-Identifier: MIT */
/**
 * Motion, engine against definition (src/exact/pn_exact.h): the engine gets a scene at every hop, the definition
 * moves at every sample. What is left is the first-order hold: filters that change over a hop are crossfaded linearly
 * from those of its start to those of its end.
 *
 * The bounds are the requirement's. White noise is the hardest signal there is; anything with less treble does better.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/metrics.h"
#include "support/solo.h"

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0

/* At 30, 90 and 360 degrees a second. */
static const double speeds_deg_s[] = {30.0, 90.0, 360.0};
static const double bounds_db[] = {-75.0, -60.0, -38.0};
static const double SPLATTER_DB = -80.0;

/* At rest only what the baked filters leak out of their window differs (-94 dB of the worst, models/FORMAT.md), and the
   single precision of the transform (-120 dB). */
static const double REST_DB = -90.0;

enum { EARS = 2, SPEEDS = 3, SKIP = 1024 };

typedef enum motion_kind {
    CIRCLE, /* the source, about the vertical */
    TILTED, /* the source, on a circle that reaches 40 degrees up ahead and 40 down behind */
    TURN,   /* the head, about the vertical */
    NOD,    /* the head, about an axis askew */
} motion_kind;

typedef struct motion {
    motion_kind kind;
    double speed_rad_s;
    double start_rad;
} motion;

static const double resting_source[3] = {0.48, 0.36, -0.8};

/* Axis of the head's rotation, unit. */
static void head_axis(const motion *m, double axis[3])
{
    const double nod[3] = {0.6, 0.64, 0.48};
    const double turn[3] = {0.0, 1.0, 0.0};
    memcpy(axis, m->kind == NOD ? nod : turn, sizeof turn);
}

static double angle_at(const motion *m, double frame)
{
    return m->start_rad + m->speed_rad_s * frame / RATE_HZ;
}

/* Where the source is seen from the head. */
static void path_of(const void *state, double time_s, pn_exact_pose *pose)
{
    const motion *m = state;
    const double angle = angle_at(m, time_s * RATE_HZ);
    double *head_dir = pose->position_m;
    if (m->kind == CIRCLE || m->kind == TILTED) {
        const double tilt = m->kind == TILTED ? 40.0 * PI / 180.0 : 0.0;
        head_dir[0] = sin(angle);
        head_dir[1] = cos(angle) * sin(tilt);
        head_dir[2] = -cos(angle) * cos(tilt);
        return;
    }
    double axis[3];
    head_axis(m, axis); /* Rodrigues, by the opposite angle */
    const double *v = resting_source;
    const double c = cos(angle);
    const double s = -sin(angle);
    const double along = axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2];
    head_dir[0] = v[0] * c + (axis[1] * v[2] - axis[2] * v[1]) * s + axis[0] * along * (1.0 - c);
    head_dir[1] = v[1] * c + (axis[2] * v[0] - axis[0] * v[2]) * s + axis[1] * along * (1.0 - c);
    head_dir[2] = v[2] * c + (axis[0] * v[1] - axis[1] * v[0]) * s + axis[2] * along * (1.0 - c);
}

static void pose_scene(solo *r, const motion *m, double frame)
{
    pn_exact_pose pose;
    double axis[3] = {0.0, 1.0, 0.0};
    double half = 0.0;
    if (m->kind == CIRCLE || m->kind == TILTED) {
        path_of(m, frame / RATE_HZ, &pose);
    } else {
        memcpy(pose.position_m, resting_source, sizeof pose.position_m);
        head_axis(m, axis);
        half = 0.5 * angle_at(m, frame);
    }
    for (int i = 0; i < 3; i++) {
        r->scene.header.listener_world_from_head[i] = (float)(axis[i] * sin(half));
    }
    r->scene.header.listener_world_from_head[3] = (float)cos(half);
    for (int i = 0; i < 3; i++) {
        r->scene.source[0].position_m[i] = (float)pose.position_m[i];
    }
}

/* The engine: the pose of every hop's end, before the hop. @param[out] ears [2][frames], a whole number of hops. */
static void render(solo *r, const motion *m, const float *x, size_t frames, float *ears)
{
    pose_scene(r, m, 0.0);
    solo_restart(r);
    for (size_t at = 0; at < frames; at += PN_HOP_FRAMES) {
        pose_scene(r, m, (double)(at + PN_HOP_FRAMES));
        solo_apply(r);
        solo_hop(r, x + at, ears + at, frames);
    }
}

typedef solo_fixture fixture;

static double error_db(fixture *f, solo *r, const motion *m, const double *x, size_t frames)
{
    float *single = calloc(3 * frames, sizeof *single);
    float *ears = single + frames;
    double *wanted = calloc(2 * frames, sizeof *wanted);
    for (size_t n = 0; n < frames; n++) {
        single[n] = (float)x[n];
    }
    render(r, m, single, frames, ears);
    truth_render(&f->truth, single, frames, path_of, m, wanted);
    /* Both ears, without the ends: the definition knows the future, which its fractional delay needs. */
    const size_t kept = frames - 2 * SKIP;
    memmove(ears, ears + SKIP, kept * sizeof *ears);
    memmove(ears + kept, ears + frames + SKIP, kept * sizeof *ears);
    memmove(wanted, wanted + SKIP, kept * sizeof *wanted);
    memmove(wanted + kept, wanted + frames + SKIP, kept * sizeof *wanted);
    const double esr = metrics_esr_db(wanted, ears, 2 * kept);
    free(single);
    free(wanted);
    return esr;
}

static void check_motion(void **state, const char *name, motion_kind kind, int speech)
{
    fixture *f = *state;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    int missed = 0;
    for (int i = 0; i < SPEEDS; i++) {
        const motion m = {kind, speeds_deg_s[i] * PI / 180.0, 0.3};
        const double longest_s = SOLO_SANITIZED ? 0.25 : 4.0; /* a third of the circle at 30 degrees a second */
        const double length_s = fmin(longest_s, 360.0 / speeds_deg_s[i]);
        const size_t hops = (size_t)(length_s * RATE_HZ / PN_HOP_FRAMES);
        const size_t frames = hops * PN_HOP_FRAMES;
        double *x = calloc(frames, sizeof *x);
        uint64_t seed = 20261121u + (uint64_t)i;
        if (speech) {
            metrics_speech_noise(x, frames, RATE_HZ, seed);
        } else {
            for (size_t n = 0; n < frames; n++) {
                x[n] = 0.25 * metrics_noise(&seed);
            }
        }
        const double esr = error_db(f, &r, &m, x, frames);
        print_message("  %-28s %4.0f deg/s  %7.1f dB  (<= %.0f)\n", name, speeds_deg_s[i], esr, bounds_db[i]);
        missed += !(esr <= bounds_db[i]);
        free(x);
    }
    solo_close(&r);
    assert_int_equal(missed, 0);
}

static void a_source_on_a_level_circle_sounds_as_defined(void **state)
{
    check_motion(state, "level circle, white noise", CIRCLE, 0);
}

static void a_source_on_a_tilted_circle_sounds_as_defined(void **state)
{
    check_motion(state, "tilted circle, white noise", TILTED, 0);
}

static void a_speaking_source_on_a_level_circle_sounds_as_defined(void **state)
{
    check_motion(state, "level circle, speech noise", CIRCLE, 1);
}

static void a_turning_head_hears_as_defined(void **state)
{
    check_motion(state, "head turning, white noise", TURN, 0);
}

static void a_nodding_head_hears_as_defined(void **state)
{
    check_motion(state, "head askew, white noise", NOD, 0);
}

static void a_resting_source_sounds_as_defined(void **state)
{
    fixture *f = *state;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    const size_t frames = 32 * PN_HOP_FRAMES;
    const int places = SOLO_SANITIZED ? 4 : 48;
    double worst = -999.0;
    double *x = calloc(frames, sizeof *x);
    uint64_t seed = 5;
    for (size_t n = 0; n < frames; n++) {
        x[n] = 0.25 * metrics_noise(&seed);
    }
    for (int i = 0; i < places; i++) {
        const motion m = {i % 2 == 0 ? TILTED : NOD, 0.0, 2.0 * PI * (i + 0.37) / places};
        worst = fmax(worst, error_db(f, &r, &m, x, frames));
    }
    free(x);
    solo_close(&r);
    print_message("  %-28s %d places  %7.1f dB  (<= %.0f)\n", "at rest, white noise, worst of", places, worst, REST_DB);
    assert_true(worst <= REST_DB);
}

static void a_moving_sine_stays_in_its_band_as_far_as_the_definition_does(void **state)
{
    /* The definition's filters are linear between the directions of the grid: where a source passes from one triangle
       into the next they bend, and a bend splatters. The engine may not add to that, nor exceed -80 dB elsewhere. */
    fixture *f = *state;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    enum { TONE_FRAMES = 16384, LEAD = 1024, FRAMES = TONE_FRAMES + 2 * LEAD };
    static const double tones_hz[] = {1000.0, 6000.0};
    static float x[FRAMES];
    static float ears[EARS * FRAMES];
    static double exact[EARS * FRAMES];
    static double ear[TONE_FRAMES];
    int missed = 0;
    for (int tone = 0; tone < 2; tone++) {
        for (size_t n = 0; n < FRAMES; n++) {
            x[n] = (float)(0.5 * sin(2.0 * PI * tones_hz[tone] * (double)n / RATE_HZ));
        }
        for (int i = 0; i < 2; i++) { /* 30 and 90 degrees a second */
            double worst = -999.0;
            double defined = -999.0;
            for (int kind = CIRCLE; kind <= NOD; kind++) {
                const motion m = {(motion_kind)kind, speeds_deg_s[i] * PI / 180.0, 0.3};
                render(&r, &m, x, FRAMES, ears);
                truth_render(&f->truth, x, FRAMES, path_of, &m, exact);
                for (size_t e = 0; e < EARS; e++) {
                    for (size_t n = 0; n < TONE_FRAMES; n++) {
                        ear[n] = (double)ears[e * FRAMES + LEAD + n];
                    }
                    const double got = metrics_splatter_db(ear, RATE_HZ, tones_hz[tone], 150.0);
                    const double due = metrics_splatter_db(exact + e * FRAMES + LEAD, RATE_HZ, tones_hz[tone], 150.0);
                    worst = fmax(worst, got);
                    defined = fmax(defined, due);
                    missed += !(got <= fmax(SPLATTER_DB, due));
                }
            }
            print_message(
                "  %4.0f Hz at %2.0f deg/s  %6.1f dB beyond +-150 Hz, the definition %6.1f dB  (<= %.0f or it)\n",
                tones_hz[tone], speeds_deg_s[i], worst, defined, SPLATTER_DB);
        }
    }
    solo_close(&r);
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resting_source_sounds_as_defined),
        cmocka_unit_test(a_source_on_a_level_circle_sounds_as_defined),
        cmocka_unit_test(a_source_on_a_tilted_circle_sounds_as_defined),
        cmocka_unit_test(a_speaking_source_on_a_level_circle_sounds_as_defined),
        cmocka_unit_test(a_turning_head_hears_as_defined),
        cmocka_unit_test(a_nodding_head_hears_as_defined),
        cmocka_unit_test(a_moving_sine_stays_in_its_band_as_far_as_the_definition_does),
    };
    return cmocka_run_group_tests(tests, solo_set_up, solo_tear_down);
}
