/* SPDX-License-Identifier: MIT */
#include "nn/pn_nn_dense.h"

#include <stdbool.h>

#include "simd/pn_simd.h"

enum { LANES = 4, PANEL_VECTORS = PN_NN_PANEL / LANES, UNROLL = 2 };

#define INLINE static inline __attribute__((always_inline))

/* So many registers of outputs from this panel on; a fifth comes from the next. Only the first `kept` are stored.
   V8 loads all that a turn of the loop needs before it computes: with more than four sums and two inputs, or seven
   sums and one, its registers would not suffice. */
INLINE void vector_kernel(const int vectors, const uint32_t unroll, const float *panel, uint32_t in, const float *x,
                          float *y, uint32_t kept)
{
    const float *next = panel + (size_t)PN_NN_PANEL * (in + 1);
    pn_f32x4 sum[PANEL_VECTORS + 1];
    for (int v = 0; v < vectors; v++) {
        sum[v] = pn_f32x4_load(v < PANEL_VECTORS ? panel + v * LANES : next);
    }
    uint32_t i = 0;
    for (; i + unroll <= in; i += unroll) {
        for (uint32_t u = 0; u < unroll; u++) {
            panel += PN_NN_PANEL;
            next += PN_NN_PANEL;
            const pn_f32x4 value = pn_f32x4_splat(x[i + u]);
            for (int v = 0; v < vectors; v++) {
                sum[v] = pn_f32x4_madd(sum[v], value, pn_f32x4_load(v < PANEL_VECTORS ? panel + v * LANES : next));
            }
        }
    }
    for (; i < in; i++) {
        panel += PN_NN_PANEL;
        const pn_f32x4 value = pn_f32x4_splat(x[i]);
        for (int v = 0; v < vectors; v++) {
            sum[v] = pn_f32x4_madd(sum[v], value, pn_f32x4_load(panel + v * LANES));
        }
    }
    for (int v = 0; v < vectors; v++) {
        if ((uint32_t)v < kept) {
            pn_f32x4_store(y + v * LANES, sum[v]);
        }
    }
}

/* Four sums hide the latency of their additions, and a fifth costs less in company than alone. */
void pn_nn_dense_linear(const float *packed, uint32_t in, uint32_t out, const float *x, float *y)
{
    uint32_t left = (out + LANES - 1) / LANES;
    for (; left > 0 && left != PANEL_VECTORS + 1; packed += (size_t)PN_NN_PANEL * (in + 1), y += PN_NN_PANEL) {
        vector_kernel(PANEL_VECTORS, UNROLL, packed, in, x, y, left);
        left -= left < PANEL_VECTORS ? left : PANEL_VECTORS;
    }
    if (left > 0) {
        vector_kernel(PANEL_VECTORS + 1, 1, packed, in, x, y, left);
    }
}

void pn_nn_dense_forward(const float *packed, uint32_t in, uint32_t out, pn_nn_activation f, const float *x, float *y)
{
    pn_nn_dense_linear(packed, in, out, x, y);
    pn_nn_activate(f, y, pn_nn_padded(out));
}

/* `rows` outputs of `vectors` registers of points. Only the first `kept` outputs are stored. */
INLINE void points_kernel(const int rows, const int vectors, const float *weight, uint32_t in, const float *x,
                          size_t x_stride, float *y, size_t y_stride, uint32_t kept)
{
    pn_f32x4 sum[PN_NN_PANEL][2];
    for (int o = 0; o < rows; o++) {
        for (int v = 0; v < vectors; v++) {
            sum[o][v] = pn_f32x4_splat(weight[o]);
        }
    }
    for (uint32_t i = 0; i < in; i++) {
        weight += PN_NN_PANEL;
        pn_f32x4 value[2];
        for (int v = 0; v < vectors; v++) {
            value[v] = pn_f32x4_load(x + v * LANES);
        }
        x += x_stride;
        for (int o = 0; o < rows; o++) {
            const pn_f32x4 factor = pn_f32x4_splat(weight[o]);
            for (int v = 0; v < vectors; v++) {
                sum[o][v] = pn_f32x4_madd(sum[o][v], factor, value[v]);
            }
        }
    }
    for (int o = 0; o < rows; o++) {
        if ((uint32_t)o < kept) {
            for (int v = 0; v < vectors; v++) {
                pn_f32x4_store(y + (size_t)o * y_stride + v * LANES, sum[o][v]);
            }
        }
    }
}

void pn_nn_dense_points(const float *packed, uint32_t in, uint32_t out, pn_nn_activation f, const float *x,
                        size_t x_stride, uint32_t points, float *y, size_t y_stride)
{
    const uint32_t padded = pn_nn_padded(points);
    const size_t panel_floats = (size_t)PN_NN_PANEL * (in + 1);
    for (uint32_t o = 0; o < out; o += 4) {
        const float *weight = packed + o / PN_NN_PANEL * panel_floats + o % PN_NN_PANEL;
        float *to = y + o * y_stride;
        uint32_t p = 0;
        for (; p + 2 * LANES <= padded; p += 2 * LANES) {
            points_kernel(4, 2, weight, in, x + p, x_stride, to + p, y_stride, out - o);
        }
        for (; p < padded; p += LANES) {
            points_kernel(4, 1, weight, in, x + p, x_stride, to + p, y_stride, out - o);
        }
    }
    const bool one_piece = y_stride == padded;
    for (uint32_t o = 0; o < (one_piece ? 1 : out); o++) {
        pn_nn_activate(f, y + o * y_stride, (size_t)(one_piece ? out : 1) * padded);
    }
}
