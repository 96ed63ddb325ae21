/* SPDX-License-Identifier: MIT */
/** An engine with a head and a scene, as a test needs it. Everything that fails here ends the program with a line. */
#ifndef PN_TEST_SOLO_H
#define PN_TEST_SOLO_H

#include <stddef.h>
#include <stdint.h>

#include "pn.h"
#include "support/truth.h"

enum { SOLO_MAX_SOURCES = 8 };

/* The instrumented build takes far longer: tests there look at every so many directions, seconds, rates. */
#if defined(__SANITIZE_ADDRESS__)
#define SOLO_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SOLO_SANITIZED 1
#endif
#endif
#ifndef SOLO_SANITIZED
#define SOLO_SANITIZED 0
#endif

typedef struct solo_scene {
    pn_scene_header header;
    pn_scene_source source[SOLO_MAX_SOURCES];
} solo_scene;

typedef struct solo {
    pn_engine *engine;
    const pn_hrtf *hrtf;
    solo_scene scene;
    const float *inputs[SOLO_MAX_SOURCES];
    void *hrtf_memory;
    void *engine_memory;
} solo;

/** The default head as a file, and as the reference renderer has it at 48 kHz: the state of a group of tests. */
typedef struct solo_fixture {
    void *blob;
    size_t blob_bytes;
    truth truth;
} solo_fixture;

/** For cmocka: makes a solo_fixture, and forgets it. @return 0 */
int solo_set_up(void **state);
int solo_tear_down(void **state);

/** A whole file; the caller frees it. */
void *solo_read_file(const char *path, size_t *out_bytes);

/** An engine for whole hops, `sources` slots, the first of them active at 1 m ahead, without distance law. */
solo solo_open(const void *head, size_t head_bytes, double sample_rate_hz, uint32_t sources);

void solo_close(solo *r);

/** Back to silence, frame 0. The scene stays what it was, and is applied. */
void solo_restart(solo *r);

/** Hands the scene over. */
void solo_apply(solo *r);

/** Renders a hop of source 0's input. @param[out] ears left and right begin `ear_stride` apart. */
void solo_hop(solo *r, const float *x, float *ears, size_t ear_stride);

#endif
