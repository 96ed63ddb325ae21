/* SPDX-License-Identifier: MIT */
/**
 * The shipped reference renderer (src/exact/pn_exact.h) as tests use it: one source of level 1 on a path, in memory of
 * the heap. The program ends with a message where anything fails.
 */
#ifndef PN_TEST_TRUTH_H
#define PN_TEST_TRUTH_H

#include <stddef.h>

#include "exact/pn_exact.h"
#include "exact/pn_exact_head.h"

typedef struct truth {
    void *memory;
    const pn_exact_head *head;
} truth;

truth truth_open(const void *blob, size_t bytes, double sample_rate_hz);

void truth_close(truth *t);

/**
 * Renders any scene.
 *
 * @param[out] ears  [2][frames]
 */
void truth_render_scene(const truth *t, const pn_exact_scene *scene, size_t frames, double *ears);

/**
 * Renders one source without a distance law.
 *
 * @param[in]  x     [frames] silence before and after
 * @param[in]  path  of the source; the listener is at the origin
 * @param[out] ears  [2][frames]
 */
void truth_render(const truth *t, const float *x, size_t frames, pn_exact_path *path, const void *state, double *ears);

/** A signal's value between its samples; silence outside. */
double truth_read(const truth *t, const float *x, size_t frames, double position);

/**
 * Another sample rate, by the kernel of pn_exact_sinc.h with 256 zero crossings a side at the lower rate; what happens
 * at t seconds stays at t seconds. Amplitudes stay (multiply by from_hz / to_hz to keep a filter's spectrum).
 *
 * @return [out_frames][frames] weights for truth_resample; the caller frees them
 */
double *truth_resampler(size_t frames, double from_hz, double to_hz, size_t out_frames);

void truth_resample(const double *resampler, const double *in, size_t frames, double *out, size_t out_frames);

#endif
