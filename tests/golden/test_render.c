/* SPDX-License-Identifier: MIT */
/**
 * One second of a scene with everything in it, kept as a hash: a change of the arithmetic, however small, is noticed.
 *
 * gcc, clang and wasm give the same bits, so one hash holds for all. Input and poses are made with integers, sums and
 * products only: no library's sine decides.
 *
 * When a change is meant, this test prints the new hashes: put them below, and say in the commit what changed and by
 * how much (tests/reference and tests/golden/test_measured.c print the figures). The head's own hash tells whether
 * it was the arithmetic or the baked file.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/solo.h"

#define HEAD_EXPECTED 0xafb5c6a9u
#define RENDER_EXPECTED 0x10afbee6u

enum { EARS = 2, HOPS = 375, FRAMES = HOPS * PN_HOP_FRAMES, SOURCES = 6, CLIP_FRAMES = 4800 };

static uint32_t hash(uint32_t h, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < bytes; i++) {
        h = (h ^ at[i]) * 16777619u;
    }
    return h;
}

static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)((int32_t)(*seed >> 16) - 32768) * (1.0f / 65536.0f);
}

/* A point that circles: turned by the same small rational angle (3-4-5's half-angle, shrunk) at every hop. */
typedef struct circling {
    double x, y;
} circling;

static void circle_on(circling *c)
{
    const double t = 1.0 / 64.0; /* tangent of half the angle: 1.8 degrees, 671 degrees a second */
    const double cosine = (1.0 - t * t) / (1.0 + t * t);
    const double sine = 2.0 * t / (1.0 + t * t);
    const double x = c->x * cosine - c->y * sine;
    c->y = c->x * sine + c->y * cosine;
    c->x = x;
}

static void second_of_everything(const void *blob, size_t blob_bytes, float *ears)
{
    static float x[SOURCES][PN_HOP_FRAMES];
    static float clip[CLIP_FRAMES];
    uint32_t seed = 1;
    for (size_t n = 0; n < CLIP_FRAMES; n++) {
        clip[n] = noise(&seed);
    }
    solo r = solo_open(blob, blob_bytes, 48000.0, SOURCES);
    pn_scene_source *s = r.scene.source;
    for (int i = 0; i < SOURCES; i++) {
        s[i].flags = PN_SOURCE_ACTIVE;
    }
    s[0].distance_model = PN_DISTANCE_INVERSE; /* circles and comes and goes, with Doppler */
    s[0].flags |= PN_SOURCE_DOPPLER;
    s[1].cone_inner_rad = 1.0f; /* at rest, its cone turns past the listener */
    s[1].cone_outer_rad = 3.0f;
    s[1].cone_outer_gain = 0.1f;
    s[1].distance_model = PN_DISTANCE_EXPONENTIAL;
    s[2].buffer = 1; /* a clip that loops, jumps, stops */
    s[2].play_token = 1;
    s[2].start_s = 0.05;
    s[2].stop_s = 0.9;
    s[2].loop_start_s = 0.02;
    s[2].loop_end_s = 0.09;
    s[2].flags |= PN_SOURCE_LOOP;
    s[2].distance_model = PN_DISTANCE_LINEAR;
    s[2].max_distance_m = 20.0f;
    s[3].flags |= PN_SOURCE_HEAD_LOCKED; /* walks through the head */
    s[4].flags |= PN_SOURCE_NEAR_FIELD; /* circles at arm's length, and nearer */
    s[5].flags |= PN_SOURCE_AIR; /* far away, mixed from shared filters */
    s[5].tier = PN_TIER_BULK;
    pn_engine_set_buffer(r.engine, 1, clip, CLIP_FRAMES);
    pn_engine_set_clock(r.engine, 0.0);
    circling source = {1.0, 0.0};
    circling head = {1.0, 0.0};
    for (size_t hop = 0; hop < HOPS; hop++) {
        const double along = (double)hop / HOPS;
        s[0].position_m[0] = (float)(source.x * (1.0 + 4.0 * along));
        s[0].position_m[1] = (float)(0.5 * source.y);
        s[0].position_m[2] = (float)(source.y * (1.0 + 4.0 * along));
        s[1].position_m[0] = -2.0f;
        s[1].world_from_source[1] = (float)source.y;
        s[1].world_from_source[3] = (float)source.x;
        s[2].position_m[0] = hop < 200 ? 3.0f : -3.0f;
        s[2].teleport = hop < 200 ? 0 : 1;
        s[3].position_m[0] = (float)(0.4 - 0.8 * along);
        s[3].position_m[2] = 0.0f;
        s[3].gain = hop < 300 ? 0.5f : 0.0f;
        s[4].position_m[0] = (float)(source.y * (0.9 - 0.7 * along));
        s[4].position_m[2] = (float)(source.x * (0.9 - 0.7 * along));
        s[5].position_m[0] = (float)(60.0 * source.x);
        s[5].position_m[1] = (float)(60.0 * source.y);
        r.scene.header.listener_world_from_head[1] = (float)head.y;
        r.scene.header.listener_world_from_head[3] = (float)head.x;
        r.scene.header.flags = hop < 250 ? 0 : PN_SCENE_LIMITER;
        r.scene.header.gain = hop < 250 ? 1.0f : 3.0f;
        solo_apply(&r);
        for (int i = 0; i < SOURCES; i++) {
            for (size_t n = 0; n < PN_HOP_FRAMES; n++) {
                x[i][n] = noise(&seed);
            }
            r.inputs[i] = i == 2 ? NULL : x[i];
        }
        pn_engine_process(r.engine, r.inputs, ears + hop * PN_HOP_FRAMES, ears + FRAMES + hop * PN_HOP_FRAMES,
                          PN_HOP_FRAMES);
        circle_on(&source);
        if (hop % 3 == 0) {
            circle_on(&head);
        }
    }
    solo_close(&r);
}

static void a_second_of_everything_has_the_bits_it_had(void **state)
{
    (void)state;
    size_t blob_bytes = 0;
    void *blob = solo_read_file(PN_ROOT "/models/kemar/kemar.safetensors", &blob_bytes);
    float *ears = calloc((size_t)EARS * FRAMES, sizeof *ears);
    second_of_everything(blob, blob_bytes, ears);
    const uint32_t head = hash(2166136261u, blob, blob_bytes);
    const uint32_t render = hash(2166136261u, ears, (size_t)EARS * FRAMES * sizeof *ears);
    double energy = 0.0;
    for (size_t n = 0; n < (size_t)EARS * FRAMES; n++) {
        energy += (double)ears[n] * (double)ears[n];
    }
    free(ears);
    free(blob);
    print_message("  head 0x%08xu, render 0x%08xu, rms %.6f\n", (unsigned)head, (unsigned)render,
                  sqrt(energy / ((double)EARS * FRAMES)));
    assert_int_equal(head, HEAD_EXPECTED);
    assert_int_equal(render, RENDER_EXPECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_of_everything_has_the_bits_it_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
