/* SPDX-License-Identifier: MIT */
/**
 * What the engine must not add: delay, distortion, lag, and a difference between a head that turns and a world that
 * turns the other way.
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

enum { EARS = 2 };

typedef solo_fixture fixture;

static void place_source(solo *r, const double position_m[3])
{
    for (int i = 0; i < 3; i++) {
        r->scene.source[0].position_m[i] = (float)position_m[i];
    }
}

static void stay(const void *head_dir, double time_s, pn_exact_pose *pose)
{
    (void)time_s;
    memcpy(pose->position_m, head_dir, sizeof pose->position_m);
}

/* The first sample that is above a level, relative to the largest. */
static size_t first_above(const double *x, size_t frames, double level_db)
{
    double peak = 0.0;
    for (size_t n = 0; n < frames; n++) {
        peak = fmax(peak, fabs(x[n]));
    }
    size_t n = 0;
    while (fabs(x[n]) <= pow(10.0, level_db / 20.0) * peak) {
        n++;
    }
    return n;
}

static void an_impulse_leaves_the_engine_at_the_response_s_own_onset(void **state)
{
    /* The first sample above -60 dB of the peak, per direction and ear, of the engine and of the definition, for
       impulses at several frames of a hop. A sample near -60 dB may differ by 1 % (the definition's ringing, see
       test_motion.c): the two thresholds lie 0.1 dB apart, so that such a one does not decide. */
    fixture *f = *state;
    enum { FRAMES = 4 * PN_HOP_FRAMES, PLACES = 3 };
    static const size_t places[PLACES] = {0, 1, PN_HOP_FRAMES - 1};
    static float x[FRAMES];
    static float ears[EARS * FRAMES];
    static double defined[EARS * FRAMES];
    static double got[FRAMES];
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    assert_int_equal(pn_engine_latency_frames(r.engine), 0);
    size_t later = 0;
    size_t compared = 0;
    double latest = -INFINITY;
    for (uint32_t node = 0; node < f->truth.head->nodes; node += SOLO_SANITIZED ? 40 : 3) {
        const double *dir = f->truth.head->head_dirs + 3 * (size_t)node;
        for (int p = 0; p < PLACES; p++) {
            memset(x, 0, sizeof x);
            x[places[p]] = 1.0f;
            place_source(&r, dir);
            solo_restart(&r);
            for (size_t at = 0; at < FRAMES; at += PN_HOP_FRAMES) {
                solo_hop(&r, x + at, ears + at, FRAMES);
            }
            truth_render(&f->truth, x, FRAMES, stay, dir, defined);
            for (size_t e = 0; e < EARS; e++) {
                for (size_t n = 0; n < FRAMES; n++) {
                    got[n] = (double)ears[e * FRAMES + n];
                }
                const size_t engine = first_above(got, FRAMES, -60.0);
                const size_t due = first_above(defined + e * FRAMES, FRAMES, -59.9);
                const double nominal = f->truth.head->guard_frames + f->truth.head->delays[EARS * node + e];
                later += engine > due;
                compared++;
                latest = fmax(latest, (double)engine - (double)places[p] - nominal);
            }
        }
    }
    solo_close(&r);
    print_message("  %zu impulses: %zu leave later than defined; the latest %.1f frames after guard and delay\n",
                  compared, later, latest);
    assert_int_equal(later, 0);
    assert_true(latest <= 1.0);
}

/* Energy that is not the sine over that of the sine, dB. */
static double distortion_db(const float *x, size_t frames, double hz, double rate_hz)
{
    double cc = 0.0;
    double cs = 0.0;
    double ss = 0.0;
    double xc = 0.0;
    double xs = 0.0;
    for (size_t n = 0; n < frames; n++) {
        const double c = cos(2.0 * PI * hz * (double)n / rate_hz);
        const double s = sin(2.0 * PI * hz * (double)n / rate_hz);
        cc += c * c;
        cs += c * s;
        ss += s * s;
        xc += (double)x[n] * c;
        xs += (double)x[n] * s;
    }
    const double determinant = cc * ss - cs * cs;
    const double a = (xc * ss - xs * cs) / determinant;
    const double b = (xs * cc - xc * cs) / determinant;
    double rest = 0.0;
    double sine = 0.0;
    for (size_t n = 0; n < frames; n++) {
        const double fitted =
            a * cos(2.0 * PI * hz * (double)n / rate_hz) + b * sin(2.0 * PI * hz * (double)n / rate_hz);
        rest += ((double)x[n] - fitted) * ((double)x[n] - fitted);
        sine += fitted * fitted;
    }
    return 10.0 * log10(rest / sine);
}

static double worst_distortion_db(fixture *f, double rate_hz, double hz, double bound_db)
{
    enum { LEAD = 8 * PN_HOP_FRAMES, FRAMES = 128 * PN_HOP_FRAMES };
    static float x[FRAMES];
    static float ears[EARS * FRAMES];
    const int places = SOLO_SANITIZED ? 4 : 60;
    double worst = -999.0;
    solo r = solo_open(f->blob, f->blob_bytes, rate_hz, 1);
    for (size_t n = 0; n < FRAMES; n++) {
        x[n] = (float)(pow(10.0, -1.0 / 20.0) * sin(2.0 * PI * hz * (double)n / rate_hz));
    }
    for (int i = 0; i < places; i++) {
        const double up = 1.0 - 2.0 * (i + 0.5) / places; /* a spiral over the sphere */
        const double turn = 2.39996323 * i;
        const double dir[3] = {sqrt(1.0 - up * up) * sin(turn), up, -sqrt(1.0 - up * up) * cos(turn)};
        place_source(&r, dir);
        solo_restart(&r);
        for (size_t at = 0; at < FRAMES; at += PN_HOP_FRAMES) {
            solo_hop(&r, x + at, ears + at, FRAMES);
        }
        for (size_t e = 0; e < EARS; e++) {
            worst = fmax(worst, distortion_db(ears + e * FRAMES + LEAD, FRAMES - LEAD, hz, rate_hz));
        }
    }
    solo_close(&r);
    print_message("  %.0f Hz at -1 dBFS, %.1f kHz, worst of %d directions: THD+N %.1f dB  (<= %.0f)\n", hz,
                  rate_hz / 1000.0, places, worst, bound_db);
    return worst;
}

static void a_resting_sine_is_clean_to_minus_110_db(void **state)
{
    assert_true(worst_distortion_db(*state, 48000.0, 1000.0, -110.0) <= -110.0);
}

static void a_resting_sine_is_clean_to_minus_110_db_at_44_100_hz(void **state)
{
    assert_true(worst_distortion_db(*state, 44100.0, 1000.0, -110.0) <= -110.0);
}

static void a_resting_sine_is_clean_to_minus_110_db_at_96_000_hz(void **state)
{
    assert_true(worst_distortion_db(*state, 96000.0, 1000.0, -110.0) <= -110.0);
}

static void a_resting_sine_is_clean_to_minus_70_db_at_16_000_hz(void **state)
{
    /* 0.17 ms of guard are less than three frames there: what rings before them is cut (pn_refit.c). 997 Hz, because
       1000 repeat with the hop and would hide it. */
    assert_true(worst_distortion_db(*state, 16000.0, 997.0, -70.0) <= -70.0);
}

/* Rodrigues: v turned about a unit axis. */
static void turn(const double axis[3], double angle, const double v[3], double out[3])
{
    const double along = axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2];
    for (int i = 0; i < 3; i++) {
        const int j = (i + 1) % 3;
        const int k = (i + 2) % 3;
        out[i] =
            v[i] * cos(angle) + (axis[j] * v[k] - axis[k] * v[j]) * sin(angle) + axis[i] * along * (1.0 - cos(angle));
    }
}

static void pose_head(solo *r, const double axis[3], double angle)
{
    for (int i = 0; i < 3; i++) {
        r->scene.header.listener_world_from_head[i] = (float)(axis[i] * sin(0.5 * angle));
    }
    r->scene.header.listener_world_from_head[3] = (float)cos(0.5 * angle);
}

static void turning_head_and_world_together_changes_nothing(void **state)
{
    /* Directions are rounded to floats twice, differently: 1e-7 of a filter that changes by its size per 0.04 rad. */
    fixture *f = *state;
    enum { FRAMES = 32 * PN_HOP_FRAMES, TURNS = 24 };
    static float x[FRAMES];
    static float straight[EARS * FRAMES];
    static float turned[EARS * FRAMES];
    static double wanted[EARS * FRAMES];
    uint64_t seed = 77;
    double worst = -999.0;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    for (size_t n = 0; n < FRAMES; n++) {
        x[n] = (float)(0.25 * metrics_noise(&seed));
    }
    for (int i = 0; i < TURNS; i++) {
        double dir[3] = {metrics_noise(&seed), metrics_noise(&seed), metrics_noise(&seed)};
        double axis[3] = {metrics_noise(&seed), metrics_noise(&seed), metrics_noise(&seed)};
        const double by = 3.0 * metrics_noise(&seed);
        const double size = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
        double moved[3];
        for (int k = 0; k < 3; k++) {
            axis[k] /= size;
        }
        turn(axis, by, dir, moved);
        for (int pass = 0; pass < 2; pass++) {
            float *out = pass == 0 ? straight : turned;
            place_source(&r, pass == 0 ? dir : moved);
            pose_head(&r, axis, pass == 0 ? 0.0 : by);
            solo_restart(&r);
            for (size_t at = 0; at < FRAMES; at += PN_HOP_FRAMES) {
                solo_hop(&r, x + at, out + at, FRAMES);
            }
        }
        for (size_t n = 0; n < EARS * FRAMES; n++) {
            wanted[n] = (double)straight[n];
        }
        worst = fmax(worst, metrics_esr_db(wanted, turned, (size_t)EARS * FRAMES));
    }
    solo_close(&r);
    print_message("  worst of %d turns: %.1f dB  (< -100)\n", TURNS, worst);
    assert_true(worst < -100.0);
}

/* The head looks to and fro, 60 degrees either way, once a second, `late` frames late. */
typedef struct sway {
    double late_frames;
} sway;

static const double vertical[3] = {0.0, 1.0, 0.0};
static const double swayed_source[3] = {0.5, 0.2, -0.8};

static double sway_angle(double frame)
{
    return PI / 3.0 * sin(2.0 * PI * frame / RATE_HZ);
}

static void sway_path(const void *path, double time_s, pn_exact_pose *pose)
{
    const sway *s = path;
    turn(vertical, -sway_angle(time_s * RATE_HZ - s->late_frames), swayed_source, pose->position_m);
}

static double error_energy(const double *wanted, const float *got, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        sum += ((double)got[n] - wanted[n]) * ((double)got[n] - wanted[n]);
    }
    return sum;
}

static void the_sound_follows_the_head_within_a_hop(void **state)
{
    /* The definition, delayed in its motion by one hop, by none, and ahead by one: the error's energy is a parabola of
       the delay, and its lowest point is the engine's lag. Reported beside it: how exact a world at rest stays. */
    fixture *f = *state;
    enum { FRAMES = 375 * PN_HOP_FRAMES, KEPT_FROM = 1024, KEPT = FRAMES - 2 * KEPT_FROM, DELAYS = 3 };
    float *single = calloc((size_t)(1 + EARS) * FRAMES, sizeof *single);
    float *ears = single + FRAMES;
    double *wanted = calloc((size_t)EARS * FRAMES, sizeof *wanted);
    double error[DELAYS];
    double esr = 0.0;
    uint64_t seed = 99;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    for (size_t n = 0; n < FRAMES; n++) {
        single[n] = (float)(0.25 * metrics_noise(&seed));
    }
    place_source(&r, swayed_source);
    pose_head(&r, vertical, sway_angle(0.0));
    solo_restart(&r);
    for (size_t at = 0; at < FRAMES; at += PN_HOP_FRAMES) {
        pose_head(&r, vertical, sway_angle((double)(at + PN_HOP_FRAMES)));
        solo_apply(&r);
        solo_hop(&r, single + at, ears + at, FRAMES);
    }
    for (int i = 0; i < DELAYS; i++) {
        const sway s = {(double)(i - 1) * PN_HOP_FRAMES};
        truth_render(&f->truth, single, FRAMES, sway_path, &s, wanted);
        error[i] = 0.0;
        for (size_t e = 0; e < EARS; e++) {
            error[i] += error_energy(wanted + e * FRAMES + KEPT_FROM, ears + e * FRAMES + KEPT_FROM, KEPT);
        }
        if (i == 1) {
            esr = metrics_esr_db(wanted + KEPT_FROM, ears + KEPT_FROM, KEPT);
        }
    }
    const double lag = PN_HOP_FRAMES * 0.5 * (error[0] - error[2]) / (error[0] - 2.0 * error[1] + error[2]);
    solo_close(&r);
    free(single);
    free(wanted);
    print_message(
        "  the sound lags the head by %.3f frames (<= %d); a world at rest, head to and fro at up to 377 deg/s: "
        "%.1f dB\n",
        lag, PN_HOP_FRAMES, esr);
    assert_true(fabs(lag) <= 1.0); /* far below the hop that is allowed: with a pose per hop nothing may lag */
    assert_true(esr <= -38.0);     /* the bound at 360 degrees a second */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_impulse_leaves_the_engine_at_the_response_s_own_onset),
        cmocka_unit_test(a_resting_sine_is_clean_to_minus_110_db),
        cmocka_unit_test(a_resting_sine_is_clean_to_minus_110_db_at_44_100_hz),
        cmocka_unit_test(a_resting_sine_is_clean_to_minus_110_db_at_96_000_hz),
        cmocka_unit_test(a_resting_sine_is_clean_to_minus_70_db_at_16_000_hz),
        cmocka_unit_test(turning_head_and_world_together_changes_nothing),
        cmocka_unit_test(the_sound_follows_the_head_within_a_hop),
    };
    return cmocka_run_group_tests(tests, solo_set_up, solo_tear_down);
}
