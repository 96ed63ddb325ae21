/* SPDX-License-Identifier: MIT */
/**
 * LINN as it was published, offline: a mono recording and rows of poses to two ears, at 48 kHz.
 *
 * Warp in parity mode (nn/pn_warp.h), form A on it (render/pn_linn_ibc.h) with each frame's pose between its rows, the
 * latency taken off the front. For comparison with the trainer, and for evaluation; live sources are the engine's.
 */
#ifndef PN_LINN_TALKER_H
#define PN_LINN_TALKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "nn/pn_dense.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pn_linn_talker pn_linn_talker;

/** Bytes that a talker needs. [init] Errors ARGUMENT, SAMPLE_RATE: the model is loaded for another rate than 48 kHz. */
PN_MUST_CHECK pn_status pn_linn_talker_size(const pn_dense *model, size_t *out_bytes);

/** Keeps a pointer to the model. [init] Errors ARGUMENT, SAMPLE_RATE, MEMORY. */
PN_MUST_CHECK pn_status pn_linn_talker_init(void *memory, size_t bytes, const pn_dense *model, pn_linn_talker **out);

/**
 * Renders the next samples of a recording.
 *
 * @param[in]  rows   [row_count][PN_WARP_ROW] of the whole recording, 120 a second; the last one holds on
 * @param      row_count  1 or more
 * @param[in]  x      [frames] what comes next; zeros behind the recording's end
 * @param[out] left, right  [frames] what was given PN_LINN_IBC_LATENCY frames ago
 * @param[out] warped NULL, or [2][frames]: the warped ears, without that latency
 * @param      frames a multiple of PN_HOP_FRAMES
 * Thread [any]  Realtime yes  Errors none
 */
void pn_linn_talker_process(pn_linn_talker *talker, const double *rows, size_t row_count, const float *x, float *left,
                            float *right, float *warped, uint32_t frames);

#ifdef __cplusplus
}
#endif

#endif
