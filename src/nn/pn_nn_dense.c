/* SPDX-License-Identifier: MIT */
#include "nn/pn_nn_dense.h"

#include <stdbool.h>
#include <string.h>

#include "simd/pn_simd.h"

enum { LANES = 4, PANEL_VECTORS = PN_NN_PANEL / LANES, UNROLL = 2 };

#define INLINE static inline __attribute__((always_inline))

static float float_at(const void *array, size_t index)
{
    float value;
    memcpy(&value, (const unsigned char *)array + index * sizeof value, sizeof value);
    return value;
}

void pn_nn_dense_pack(uint32_t in, uint32_t out, const void *weight, const void *bias, float *packed)
{
    for (size_t first = 0; first < out; first += PN_NN_PANEL) {
        for (size_t row = 0; row <= in; row++) {
            for (size_t o = first; o < first + PN_NN_PANEL; o++) {
                float value = 0.0f;
                if (o < out && row > 0) {
                    value = float_at(weight, o * in + row - 1);
                } else if (o < out && bias != NULL) {
                    value = float_at(bias, o);
                }
                *packed++ = value;
            }
        }
    }
}

/* So many registers of outputs from this panel on; what does not fit into it comes from the next. V8 loads all that a
   turn of the loop needs before it computes: with more than four sums and two inputs, or seven sums and one, its
   registers would not suffice. */
INLINE void vector_kernel(const int vectors, const uint32_t unroll, const float *panel, uint32_t in, const float *x,
                          float *y)
{
    const float *next = panel + (size_t)PN_NN_PANEL * (in + 1);
    pn_f32x4 sum[2 * PANEL_VECTORS];
    for (int v = 0; v < vectors; v++) {
        sum[v] = pn_f32x4_load(v < PANEL_VECTORS ? panel + v * LANES : next + (v - PANEL_VECTORS) * LANES);
    }
    uint32_t i = 0;
    for (; i + unroll <= in; i += unroll) {
        for (uint32_t u = 0; u < unroll; u++) {
            panel += PN_NN_PANEL;
            next += PN_NN_PANEL;
            const pn_f32x4 value = pn_f32x4_splat(x[i + u]);
            for (int v = 0; v < vectors; v++) {
                const float *row = v < PANEL_VECTORS ? panel + v * LANES : next + (v - PANEL_VECTORS) * LANES;
                sum[v] = pn_f32x4_madd(sum[v], value, pn_f32x4_load(row));
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
        pn_f32x4_store(y + v * LANES, sum[v]);
    }
}

void pn_nn_dense_forward(const float *packed, uint32_t in, uint32_t out, pn_nn_activation f, const float *x, float *y)
{
    const size_t panel_floats = (size_t)PN_NN_PANEL * (in + 1);
    const uint32_t vectors = (out + LANES - 1) / LANES;
    uint32_t done = 0;
    while (done < vectors) {
        /* Fewer than four sums wait for their own additions: they share a pass with a whole panel. */
        const uint32_t left = vectors - done;
        const float *panel = packed + done / PANEL_VECTORS * panel_floats;
        float *to = y + (size_t)done * LANES;
        switch (left) {
        case 1: vector_kernel(1, 1, panel, in, x, to); break;
        case 2: vector_kernel(2, 1, panel, in, x, to); break;
        case 3: vector_kernel(3, 1, panel, in, x, to); break;
        case 5: vector_kernel(5, 1, panel, in, x, to); break;
        case 6: vector_kernel(6, 1, panel, in, x, to); break;
        case 7: vector_kernel(7, 1, panel, in, x, to); break;
        default: vector_kernel(4, UNROLL, panel, in, x, to); break;
        }
        done += left < 8 && left != 4 ? left : 4;
    }
    pn_nn_activate(f, y, (size_t)vectors * LANES);
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
