/* SPDX-License-Identifier: MIT */
/**
 * Causal convolutions over frames of channels, streamed frame by frame:
 * y[t] = f(sum_k W[k] x[t - (kernel - 1 - k) dilation] + b), zeros before the first frame.
 *
 * Method   the frames under the kernel lie one behind the other, oldest first, so that a layer is a dense one with
 *          kernel * in inputs. The last tap is the current frame, as in PyTorch's Conv1d padded on the left.
 */
#ifndef PN_NN_CONV1D_H
#define PN_NN_CONV1D_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "nn/pn_nn_activation.h"

/** A layer's shape; the weights are not in it, so that it may be copied anywhere. */
typedef struct pn_nn_conv1d {
    uint32_t in;       /* channels */
    uint32_t out;
    uint32_t kernel;   /* taps, 1 or more */
    uint32_t dilation; /* frames from tap to tap, 1 or more */
} pn_nn_conv1d;

/** Floats of the packed layer. [any] */
size_t pn_nn_conv1d_floats(const pn_nn_conv1d *layer);

/** Floats of one stream's state. [any] */
size_t pn_nn_conv1d_state_floats(const pn_nn_conv1d *layer);

/**
 * Packs a layer.
 *
 * @param[in]  weight  [out][in][kernel] float32, little-endian, any alignment, as Conv1d has it; tap 0 is the oldest
 * @param[in]  bias    [out] likewise; NULL = zeros
 * @param[out] packed  [pn_nn_conv1d_floats(layer)]
 * Thread [init]  Errors none
 */
void pn_nn_conv1d_pack(const pn_nn_conv1d *layer, const void *weight, const void *bias, float *packed);

/** The state before the first frame: silence. [audio] Realtime yes. */
void pn_nn_conv1d_reset(const pn_nn_conv1d *layer, float *state) PN_RT;

/**
 * The next frame.
 *
 * @param[in,out] state  [pn_nn_conv1d_state_floats(layer)], one per stream
 * @param[in]     x      [in]
 * @param[out]    y      [pn_nn_padded(out)]; must not overlap the others
 * Thread [audio]  Realtime yes: kernel * in * out multiply-adds  Errors none
 */
void pn_nn_conv1d_forward(const pn_nn_conv1d *layer, const float *packed, pn_nn_activation f, float *state,
                          const float *x, float *y) PN_RT;

#endif
