/* SPDX-License-Identifier: MIT */
/**
 * Propagation, engine against definition (src/exact/pn_exact.h): a listener moves past a source at rest, and a source
 * past a listener, whose sound is heard from where it was. The engine reads with 16 taps at a position that is linear
 * over a hop.
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

/* 16 taps leave -72 dB at the worst phase up to 16 kHz (pn_delay.h). At 20 m and more a delay is 2048 frames or above,
   where a float counts in 1/4096: at 16 kHz that is -65 dB at worst. */
static const double KERNEL_DB = -65.0;

enum { EARS = 2, SKIP = 8192 };

typedef struct flight {
    const char *name;
    double start_m;
    double speed_m_s;  /* away from the listener */
    double swing_m;    /* and to and fro, at 0.5 Hz */
    double turn_rad_s; /* about the vertical */
    bool source_moves; /* else the listener does */
} flight;

static const flight flights[] = {
    {"at rest, 3.3 m", 3.3, 0.0, 0.0, 0.0, false},
    {"the listener walks away, 1.5 m/s", 2.0, 1.5, 0.0, 0.0, false},
    {"the listener comes, 10 m/s", 18.0, -10.0, 0.0, 0.0, false},
    {"the listener swings, 5 m/s", 6.0, 0.0, 1.6, 0.0, false},
    {"the listener recedes and circles", 3.0, 4.0, 0.0, 0.5, false},
    {"the source walks away, 1.5 m/s", 2.0, 1.5, 0.0, 0.0, true},
    {"the source comes, 10 m/s", 18.0, -10.0, 0.0, 0.0, true},
    {"the source comes, 30 m/s", 45.0, -30.0, 0.0, 0.0, true},
    {"the source swings, 5 m/s", 6.0, 0.0, 1.6, 0.0, true},
    {"the source recedes and circles", 3.0, 4.0, 0.0, 0.5, true},
};

/* A distance that bends by a m/s^2 lies a T^2 / 8 off its chord in the middle of a hop of T, sqrt(8 / 15) of that in
   the mean square, and 1 / sqrt(2) over a swing; noise that is flat to 16 kHz has 16 kHz / sqrt(3) of rms frequency. */
static double bound_db(const flight *f)
{
    const double hop_s = PN_HOP_FRAMES / RATE_HZ;
    const double sag_s =
        f->swing_m * PI * PI * hop_s * hop_s / 8.0 * sqrt(8.0 / 15.0) / sqrt(2.0) / PN_EXACT_SPEED_OF_SOUND_M_S;
    const double phase = 2.0 * PI * 16000.0 / sqrt(3.0) * sag_s;
    return 10.0 * log10(pow(10.0, KERNEL_DB / 10.0) + phase * phase);
}

static double distance_at(const flight *f, double frame)
{
    const double t = frame / RATE_HZ;
    return f->start_m + f->speed_m_s * t + f->swing_m * sin(PI * t);
}

/* Where the source is, seen from the listener. */
static void direction_at(const flight *f, double frame, double head_dir[3])
{
    const double angle = 0.7 + f->turn_rad_s * frame / RATE_HZ;
    head_dir[0] = 0.9 * sin(angle);
    head_dir[1] = sqrt(0.19);
    head_dir[2] = -0.9 * cos(angle);
}

/* Where the one is that moves: the other rests at the origin. */
static void path_of(const void *path, double time_s, pn_exact_pose *pose)
{
    const flight *f = path;
    direction_at(f, time_s * RATE_HZ, pose->position_m);
    for (int i = 0; i < 3; i++) {
        pose->position_m[i] *= (f->source_moves ? 1.0 : -1.0) * distance_at(f, time_s * RATE_HZ);
    }
}

static void pose_scene(solo *r, const flight *f, double frame)
{
    pn_exact_pose moving;
    path_of(f, frame / RATE_HZ, &moving);
    for (int i = 0; i < 3; i++) {
        r->scene.header.listener_position_m[i] = f->source_moves ? 0.0f : (float)moving.position_m[i];
        r->scene.source[0].position_m[i] = f->source_moves ? (float)moving.position_m[i] : 0.0f;
    }
}

static void define(const truth *t, const flight *f, const float *x, size_t frames, double *ears)
{
    pn_exact_source source = pn_exact_source_default();
    pn_exact_scene scene = pn_exact_scene_default();
    static const pn_exact_key origin = {.pose = {.world_from_own = {0.0, 0.0, 0.0, 1.0}}};
    source.samples = x;
    source.frames = (uint32_t)frames;
    source.flags = PN_SOURCE_DOPPLER;
    source.distance_model = PN_DISTANCE_NONE;
    source.motion = (pn_exact_motion){.keys = &origin, .key_count = 1};
    scene.listener = (pn_exact_motion){.path = path_of, .state = f};
    if (f->source_moves) {
        scene.listener = source.motion;
        source.motion = (pn_exact_motion){.path = path_of, .state = f};
    }
    scene.sources = &source;
    scene.source_count = 1;
    truth_render_scene(t, &scene, frames, ears);
}

/* White noise without what lies above 16 kHz. */
static void band_limited_noise(double *x, size_t frames, uint64_t seed)
{
    enum { SIZE = 65536 };
    double *re = calloc(2 * (size_t)SIZE, sizeof *re);
    double *im = re + SIZE;
    for (size_t n = 0; n < SIZE; n++) {
        re[n] = 0.25 * metrics_noise(&seed);
    }
    metrics_fft(re, im, SIZE, 0);
    for (size_t k = 0; k < SIZE; k++) {
        const double hz = RATE_HZ * (double)(k <= SIZE / 2 ? k : SIZE - k) / SIZE;
        if (hz > 16000.0) {
            re[k] = 0.0;
            im[k] = 0.0;
        }
    }
    metrics_fft(re, im, SIZE, 1);
    for (size_t n = 0; n < frames; n++) {
        x[n] = re[n % SIZE]; /* periodic, so without a seam */
    }
    free(re);
}

static void a_propagated_source_sounds_as_defined(void **state)
{
    const solo_fixture *fixture = *state;
    solo r = solo_open(fixture->blob, fixture->blob_bytes, RATE_HZ, 1);
    r.scene.source[0].flags |= PN_SOURCE_DOPPLER;
    for (int i = 0; i < 3; i++) {
        r.scene.source[0].position_m[i] = 0.0f;
    }
    const size_t frames = (SOLO_SANITIZED ? 120 : 500) * PN_HOP_FRAMES;
    double *x = calloc((1 + EARS) * frames, sizeof *x);
    double *wanted = x + frames;
    float *single = calloc((1 + EARS) * frames, sizeof *single);
    float *ears = single + frames;
    int missed = 0;
    for (size_t i = 0; i < sizeof flights / sizeof flights[0]; i++) {
        const flight *f = &flights[i];
        band_limited_noise(x, frames, 31 + i);
        for (size_t n = 0; n < frames; n++) {
            single[n] = (float)x[n];
        }
        define(&fixture->truth, f, single, frames, wanted);
        pose_scene(&r, f, 0.0);
        solo_restart(&r);
        for (size_t at = 0; at < frames; at += PN_HOP_FRAMES) {
            pose_scene(&r, f, (double)(at + PN_HOP_FRAMES));
            solo_apply(&r);
            solo_hop(&r, single + at, ears + at, frames);
        }
        double worst = -999.0;
        for (size_t e = 0; e < EARS; e++) {
            worst =
                fmax(worst, metrics_esr_db(wanted + e * frames + SKIP, ears + e * frames + SKIP, frames - SKIP - 1024));
        }
        print_message("  %-34s %6.1f dB, the worse ear  (<= %.1f)\n", f->name, worst, bound_db(f));
        missed += !(worst <= bound_db(f));
    }
    solo_close(&r);
    free(single);
    free(x);
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_propagated_source_sounds_as_defined),
    };
    return cmocka_run_group_tests(tests, solo_set_up, solo_tear_down);
}
