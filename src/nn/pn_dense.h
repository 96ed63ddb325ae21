/* SPDX-License-Identifier: MIT */
/**
 * The dense LINN (LINN-R2): the warp's network, and the implicit corrector asked at every point of time and frequency.
 *
 *     h = pose(p, q) * freq(f);   aL, phiL, aR, phiR = fuse(h);   G_e = exp(3 tanh(a_e / 3)) e^(j phi_e)
 *
 * pose, freq and fuse are perceptrons with SiLU between their layers [after the two stages of Lite-INN, arXiv
 * 2509.14069; sizes and encodings are this project's, models/FORMAT.md]. The gain is a continuous function of pose and
 * frequency; nothing in it depends on the sound.
 *
 * Cost     freq is a table, made at load; pose runs once a frame (53,184 multiply-adds); fuse once a point (16,704).
 * Grids    the table holds two sets of frequencies: the 513 bins of a 1024-sample frame (form A), and the bins of a
 *          transform of 5.3 ms, 129 at 48 kHz, for those who want a filter (form B).
 */
#ifndef PN_DENSE_H
#define PN_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "base/pn_status.h"
#include "nn/pn_warp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PN_DENSE_FRAME = 1024,
    PN_DENSE_HOP = 512,
    PN_DENSE_BINS = PN_DENSE_FRAME / 2 + 1,
    PN_DENSE_POSE_FEATURES = 19,
    PN_DENSE_FREQ_FEATURES = 21,
    PN_DENSE_OUTPUTS = 4,
    PN_DENSE_MOST_WIDTH = 256, /* of a layer: multiples of 4 */
    PN_DENSE_MOST_CODE = 128,
    PN_DENSE_FIR_FRAME = 256, /* of form B's transform at up to 48 kHz */
    PN_DENSE_TILE = 24,       /* points that go through the layers together: their values stay in the nearest cache */
};

/** Frequencies that the network is asked at, evenly spaced from 0 to half the sample rate. */
typedef struct pn_dense_grid {
    uint32_t frame;    /* samples of the transform whose bins they are */
    uint32_t count;    /* frame / 2 + 1 */
    uint32_t stride;   /* count, rounded up to whole registers */
    const float *code; /* [code width][stride] the frequency part's output */
} pn_dense_grid;

typedef struct pn_dense_layers {
    uint32_t size[4];       /* in, two hidden, out */
    const float *packed[3]; /* pn_nn_dense_pack */
} pn_dense_layers;

/** A loaded model: const, shareable. */
typedef struct pn_dense {
    pn_warp_geometry geometry;
    pn_warp_net warp;
    double sample_rate_hz; /* that the grids are for; the warp's samples stay those of 48 kHz */
    bool over_distance;    /* the input was divided by the mouth's distance in training */
    pn_dense_layers pose;
    pn_dense_layers fuse;
    pn_dense_grid frame; /* form A's */
    pn_dense_grid fir;   /* form B's */
} pn_dense;

/**
 * Bytes that a model needs.
 *
 * @param[in]  blob            a safetensors file (models/FORMAT.md, pinna-linn-dense), any alignment
 * @param      sample_rate_hz  8000 to 192000; frequencies above 24 kHz have the gain of 24 kHz
 * @param[out] out_bytes       0 on failure
 * Thread [init]  Realtime no
 * Errors ARGUMENT, SAMPLE_RATE, FILE_TRUNCATED, FILE_FORMAT, FILE_VERSION, FILE_SHAPE, FILE_VALUE, FILE_DAMAGED
 */
PN_MUST_CHECK pn_status pn_dense_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes);

/**
 * Checks a model and places it.
 *
 * @param[in,out] memory  16-byte aligned, `bytes` long; must outlive the model
 * @param[out]    out     NULL on failure; the blob is not needed afterwards
 * Thread [init]  Realtime no: some ten million multiply-adds  Errors as pn_dense_size, and MEMORY
 */
PN_MUST_CHECK pn_status pn_dense_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes,
                                      double sample_rate_hz, const pn_dense **out);

/** What the pose part sees of a pose: [PN_DENSE_POSE_FEATURES]. [any] Realtime yes. */
void pn_dense_features(const pn_dense *model, const pn_warp_pose *pose, float *features) PN_RT;

/** What the pose part makes of a pose: [PN_DENSE_MOST_CODE], of which the code's width counts. [audio] Realtime yes. */
void pn_dense_code(const pn_dense *model, const pn_warp_pose *pose, float *code) PN_RT;

/** Floats that pn_dense_gains works in. [any] Realtime yes. */
size_t pn_dense_scratch_floats(const pn_dense *model) PN_RT;

/**
 * The network's outputs at some points.
 *
 * @param[in]  code        of pn_dense_code
 * @param      first       a multiple of 4
 * @param      count       first + count <= grid->count
 * @param[out] outputs     [4][stride]: aL, phiL, aR, phiR at `first` and on; written in whole registers
 * @param      stride      of a row of outputs: `count` rounded up to a multiple of 4, or more
 * @param      scratch     [pn_dense_scratch_floats]
 * Thread [audio]  Realtime yes: 16,704 multiply-adds a point
 */
void pn_dense_outputs(const pn_dense *model, const pn_dense_grid *grid, const float *code, uint32_t first,
                      uint32_t count, float *outputs, size_t stride, float *scratch) PN_RT;

/**
 * Both ears' complex gains at some points.
 *
 * @param[out] gain  [ear][re, im][grid->stride]; points `first` to `first + count`, rounded up to whole registers, are
 *                   written. Always finite, -26 to 26 dB
 * Otherwise as pn_dense_outputs. Thread [audio]  Realtime yes
 */
void pn_dense_gains(const pn_dense *model, const pn_dense_grid *grid, const float *code, uint32_t first, uint32_t count,
                    float *gain, float *scratch) PN_RT;

#ifdef __cplusplus
}
#endif

#endif
