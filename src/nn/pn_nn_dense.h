/* SPDX-License-Identifier: MIT */
/**
 * Dense layers: y = f(W x + b), for one vector and for many points.
 *
 * Layout   weights are packed once, at load, into one array of floats without pointers, which may be copied anywhere:
 *          panels of 16 outputs, each a row of biases and then a row for every input. One vector takes the rows as
 *          registers of outputs; many points, in lanes, take them float by float.
 * Sums     begin with the bias and go through the inputs in order, whichever way: many points give the same bits as
 *          one after the other, natively and in wasm.
 */
#ifndef PN_NN_DENSE_H
#define PN_NN_DENSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "nn/pn_nn_activation.h"

enum { PN_NN_PANEL = 16 };

/** `n` rounded up to whole registers of four floats. */
static inline uint32_t pn_nn_padded(uint32_t n)
{
    return (n + 3) / 4 * 4;
}

/** Floats of a packed layer: 16 (in + 1) for every 16 outputs begun. [any] Realtime yes. */
static inline size_t pn_nn_dense_floats(uint32_t in, uint32_t out)
{
    return ((size_t)out + PN_NN_PANEL - 1) / PN_NN_PANEL * PN_NN_PANEL * ((size_t)in + 1);
}

/**
 * Packs a layer.
 *
 * @param[in]  weight  [out][in] float32, little-endian, any alignment: a tensor's bytes as they lie in a file
 * @param[in]  bias    [out] likewise; NULL = zeros
 * @param[out] packed  [pn_nn_dense_floats(in, out)], 16-byte aligned for speed; must not overlap the others
 * Thread [init]  Errors none: shapes and finite values are for the loader to check
 */
void pn_nn_dense_pack(uint32_t in, uint32_t out, const void *weight, const void *bias, float *packed);

/**
 * One vector: y = f(W x + b).
 *
 * @param[in]  packed  as pn_nn_dense_pack made it
 * @param[in]  x       [in]
 * @param[out] y       [pn_nn_padded(out)]: what is beyond `out` is f(0); must not overlap x
 * Thread [audio]  Realtime yes: in * out multiply-adds  Errors none: what is not finite in x is not in y, save where f
 *        is linear; activations make it finite
 */
void pn_nn_dense_forward(const float *packed, uint32_t in, uint32_t out, pn_nn_activation f, const float *x, float *y)
    PN_RT;

/** pn_nn_dense_forward without an activation: who needs no choice of them does not carry them. */
void pn_nn_dense_linear(const float *packed, uint32_t in, uint32_t out, const float *x, float *y) PN_RT;

/**
 * Many points at once, in lanes: y[o][p] = f(sum_i W[o][i] x[i][p] + b[o]).
 *
 * @param[in]  x       [in][x_stride]
 * @param[in]  points  rounded up to whole fours: so much is read and written; strides must have room for it
 * @param[out] y       [out][y_stride]; must not overlap x
 * Thread [audio]  Realtime yes: in * out * points multiply-adds  Errors none, as pn_nn_dense_forward
 *
 * Layers that follow one another are fastest over 32 to 64 points at a time, all layers of some points before the next
 * points, with y_stride equal to `points`: what is between them stays in the nearest cache. tests/bench/IDEAS.md.
 */
void pn_nn_dense_points(const float *packed, uint32_t in, uint32_t out, pn_nn_activation f, const float *x,
                        size_t x_stride, uint32_t points, float *y, size_t y_stride) PN_RT;

#endif
