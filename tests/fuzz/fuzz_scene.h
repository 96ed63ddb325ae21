/* SPDX-License-Identifier: MIT */
/**
 * Any bytes as what a host does to an engine: scenes, blocks, clips, clocks, resets. The output stays finite.
 *
 * Each step is a byte that says what, and what it needs after it; bytes that are missing are zeros.
 */
#ifndef PN_TEST_FUZZ_SCENE_H
#define PN_TEST_FUZZ_SCENE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pn.h"
#include "support/head.h"

enum { FUZZ_SOURCES = 4, FUZZ_CLIPS = 2, FUZZ_CLIP_FRAMES = 300, FUZZ_BLOCK = 300, FUZZ_STEPS = 64 };

typedef struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
} fuzz_bytes;

static inline void fuzz_take(fuzz_bytes *from, void *to, size_t bytes)
{
    const size_t there = bytes < from->left ? bytes : from->left;
    memset(to, 0, bytes);
    if (there > 0) {
        memcpy(to, from->at, there);
    }
    from->at += there;
    from->left -= there;
}

static inline void fuzz_apply(pn_engine *engine, fuzz_bytes *from, uint8_t how)
{
    struct {
        pn_scene_header header;
        pn_scene_source source[FUZZ_SOURCES + 1];
    } scene;
    fuzz_take(from, &scene, sizeof scene);
    if (how & 1) { /* most scenes of a fuzzer would be refused at the door */
        scene.header.magic = PN_SCENE_MAGIC;
        scene.header.version = PN_SCENE_VERSION;
        scene.header.header_bytes = sizeof(pn_scene_header);
        scene.header.source_bytes = sizeof(pn_scene_source);
        scene.header.source_count %= FUZZ_SOURCES + 2;
        for (int i = 0; i <= FUZZ_SOURCES; i++) {
            scene.source[i].flags |= how & 2 ? PN_SOURCE_ACTIVE : 0;
            scene.source[i].buffer %= FUZZ_CLIPS + 2;
        }
    }
    pn_engine_apply(engine, &scene.header, sizeof scene - (how & 4 ? 1u + how : 0u));
}

static inline void fuzz_process(pn_engine *engine, fuzz_bytes *from, uint8_t how)
{
    float x[FUZZ_BLOCK];
    float left[FUZZ_BLOCK];
    float right[FUZZ_BLOCK];
    const float *inputs[FUZZ_SOURCES];
    const uint32_t frames = 1u + how;
    for (uint32_t i = 0; i < FUZZ_BLOCK; i++) {
        x[i] = (float)(i * 37u % 64u) / 64.0f - 0.5f;
    }
    fuzz_take(from, x, 16); /* a few samples of any kind */
    for (int i = 0; i < FUZZ_SOURCES; i++) {
        inputs[i] = (how >> i & 1) != 0 ? x : NULL;
    }
    pn_engine_process(engine, inputs, left, right, frames);
    for (uint32_t i = 0; i < frames; i++) {
        if (!isfinite(left[i]) || !isfinite(right[i])) {
            abort();
        }
    }
}

/* A new engine. To make one takes a fifth of a second with sanitizers, so it is made once and copied back. */
static inline pn_engine *fuzz_engine(const pn_hrtf *set)
{
    static void *memory;
    static void *fresh;
    static size_t bytes;
    static const pn_hrtf *of;
    static pn_engine *engine;
    if (set == of) {
        memcpy(memory, fresh, bytes);
        return engine;
    }
    pn_engine_config config = pn_engine_config_default();
    config.max_sources = FUZZ_SOURCES;
    config.max_buffers = FUZZ_CLIPS;
    config.doppler_max_m = 5.0f;
    config.max_block_frames = FUZZ_BLOCK;
    if (pn_engine_size(&config, set, &bytes) != PN_OK) {
        abort();
    }
    free(memory);
    free(fresh);
    memory = head_memory(bytes);
    fresh = head_memory(bytes);
    if (pn_engine_init(memory, bytes, &config, set, &engine) != PN_OK) {
        abort();
    }
    memcpy(fresh, memory, bytes);
    of = set;
    return engine;
}

/** Plays the bytes to an engine; ends the program at the first output that is not finite. `set` stays till the end. */
static inline void fuzz_scene(const pn_hrtf *set, const uint8_t *data, size_t size)
{
    static float clips[FUZZ_CLIPS][FUZZ_CLIP_FRAMES];
    fuzz_bytes from = {data, size};
    pn_engine *engine = fuzz_engine(set);
    for (int i = 0; i < FUZZ_CLIP_FRAMES; i++) {
        clips[0][i] = (float)(i % 7) / 7.0f;
        clips[1][i] = i % 11 == 0 ? NAN : -0.5f;
    }
    for (int step = 0; step < FUZZ_STEPS && from.left > 0; step++) {
        uint8_t what[2];
        double clock;
        uint32_t frames;
        fuzz_take(&from, what, sizeof what);
        switch (what[0] % 8) {
        case 0:
        case 1: fuzz_apply(engine, &from, what[1]); break;
        case 2:
            fuzz_take(&from, &frames, sizeof frames);
            pn_engine_set_buffer(engine, what[1], (what[1] & 128) != 0 ? NULL : clips[what[1] % FUZZ_CLIPS],
                                 frames % (FUZZ_CLIP_FRAMES + 1));
            break;
        case 3:
            fuzz_take(&from, &clock, sizeof clock);
            pn_engine_set_clock(engine, fabs(clock) < 1e12 ? clock : 0.0); /* the host's own clock is no wild number */
            break;
        case 4:
            if (what[1] == 0) {
                pn_engine_reset(engine);
            }
            break;
        default: fuzz_process(engine, &from, what[1]);
        }
    }
}

#endif
