/* SPDX-License-Identifier: MIT */
/**
 * What the engine should compute: the definition in double precision, sample by sample.
 *
 *     y_e[n] = g(n) sum_k h_e(d(n))[k] x[n - k]
 *
 * h_e(d) is made in the time domain from the baked file (models/FORMAT.md): the aligned taps of the three directions
 * around d with their barycentric weights, delayed by the equally weighted delays with a long windowed sinc. d(n) is
 * evaluated at every sample from the path itself; there are no hops, no spectra and no hints here.
 *
 * From src/ it takes the file's reader and the net of triangles. The net is not taken on trust: the grid's points lie
 * on common circles, so that many nets are equally good, and the definition leaves open which one is meant.
 * reference_head_open checks by brute force that the engine's is one of them (no direction lies inside a triangle's
 * circle, and every direction of the sphere is in a triangle).
 */
#ifndef PN_TEST_REFERENCE_H
#define PN_TEST_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct reference_triangle {
    uint32_t node[3];
    double weight_of[3][3]; /* dot with a direction: the weight of corner k, before normalising */
} reference_triangle;

typedef struct reference_head {
    double sample_rate_hz;
    uint32_t nodes;
    uint32_t taps;
    uint32_t guard_frames;
    double *head_dirs;             /* [nodes][3] */
    double *filters;               /* [nodes][2][taps] */
    double *delays;                /* [nodes][2] frames */
    reference_triangle *triangles; /* [triangle_count] */
    uint32_t triangle_count;
} reference_head;

/** The three directions around one, and their weights: 0 or more, sum 1. */
typedef struct reference_place {
    uint32_t triangle;
    double weight[3];
} reference_place;

/** Where a source is, relative to the head, and how loud, at a sample. `head_dir` need not have unit length. */
typedef void reference_path(const void *path, double frame, double head_dir[3], double *gain);

/** @return NULL, or what is wrong with the blob or the net. Frees nothing on failure: the test ends. */
const char *reference_head_open(reference_head *head, const void *blob, size_t bytes);

void reference_head_close(reference_head *head);

/** The triangle around a direction, by trying all; `first` is tried first. */
reference_place reference_find(const reference_head *head, const double head_dir[3], uint32_t first);

/** The delay of an ear at a place, frames. */
double reference_delay(const reference_head *head, const reference_place *place, size_t ear);

/**
 * Renders the definition.
 *
 * @param[in]  x     [frames] silence before and after
 * @param[out] ears  [2][frames]
 */
void reference_render(const reference_head *head, const double *x, size_t frames, reference_path *path,
                      const void *path_state, double *ears);

/**
 * A signal's value between its samples: 512-tap sinc, Kaiser window of beta 10 (error below -100 dB up to 0.98 of the
 * Nyquist frequency). Silence outside.
 */
double reference_read(const double *x, size_t frames, double position);

/**
 * Another sample rate, by the same sinc stretched to the lower rate; what happens at t seconds stays at t seconds.
 * Amplitudes stay (multiply by from_hz / to_hz to keep a filter's spectrum).
 *
 * @return [out_frames][frames] weights for reference_resample; the caller frees them
 */
double *reference_resampler(size_t frames, double from_hz, double to_hz, size_t out_frames);

void reference_resample(const double *resampler, const double *in, size_t frames, double *out, size_t out_frames);

#endif
