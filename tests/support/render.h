/* SPDX-License-Identifier: MIT */
/**
 * An engine with its scene, and measures of what it renders.
 *
 *     rig *r = rig_open(head.set, rig_config(48000.0, 4));
 *     rig_place(r, 0, (pn_vec3){1, 0, -1});
 *     rig_apply(r);
 *     rig_run(r, 0, x, left, right, FRAMES);   slot 0 hears x
 */
#ifndef PN_TEST_RENDER_H
#define PN_TEST_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/pn_space.h"
#include "pn.h"

typedef struct rig {
    pn_engine *engine;
    pn_engine_config config;
    pn_scene_header *scene;
    pn_scene_source *source; /* [max_sources], behind the header */
    size_t scene_bytes;
    const float **inputs; /* [max_sources], NULL at first */
    void *memory;
} rig;

/** Whole hops, so without latency. */
pn_engine_config rig_config(double rate_hz, uint32_t sources);

/** An engine and a scene without sources, not yet applied. Ends the program if it is refused. */
rig *rig_open(const pn_hrtf *hrtf, pn_engine_config config);
void rig_free(rig *r);

/** A slot becomes an active source of gain 1 at a place, without a law of distance. */
pn_scene_source *rig_place(rig *r, uint32_t slot, pn_vec3 world);

/** The clip of a number, from `start_s`, whole. */
void rig_play(rig *r, uint32_t slot, uint32_t number, uint32_t token, double start_s);

void rig_apply(rig *r);

/** Renders in blocks of a hop what `r->inputs` say, advancing the inputs. `left` and `right` may be NULL. */
void rig_step(rig *r, float *left, float *right, size_t frames);

/** As rig_step with `x` as the live input of one slot and silence in the others. x may be NULL. */
void rig_run(rig *r, uint32_t slot, const float *x, float *left, float *right, size_t frames);

pn_stats rig_stats(const rig *r);

/** [frames] zeros, the caller's. */
float *frames_of(size_t frames);

/** sin(2 pi hz i / rate) times peak. */
void sine_fill(float *x, size_t n, double hz, double rate_hz, double peak);

/** Power of the reference over the power of the difference; 300 where they are equal. */
double snr_db(const float *reference, const float *x, size_t n);

double rms(const float *x, size_t n);
double peak_of(const float *x, size_t n);
bool all_finite(const float *x, size_t n);
bool all_zero(const float *x, size_t n);

/** The click metric: the largest second difference of `x` over the 99.9th percentile of the reference's, in dB. */
double click_db(const float *x, size_t n, const float *still, size_t still_n);

/** Frequency of a sine by least squares, started from a guess. Searches +-20 %. */
double sine_hz(const float *x, size_t n, double guess_hz, double rate_hz);

#endif
