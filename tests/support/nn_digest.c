/* SPDX-License-Identifier: MIT */
#include "support/nn_digest.h"

#include <stddef.h>
#include <string.h>

#include "nn/pn_nn_activation.h"
#include "nn/pn_nn_conv1d.h"
#include "nn/pn_nn_dense.h"
#include "nn/pn_nn_encode.h"

enum { MOST_IN = 128, MOST_OUT = 128, POINTS = 21, STRIDE = 24, FRAMES = 9, OCTAVES = 10 };

static struct {
    float weight[MOST_IN * MOST_OUT];
    float bias[MOST_OUT];
    float packed[(MOST_IN + 1) * (MOST_OUT + PN_NN_PANEL)];
    float x[MOST_IN * STRIDE];
    float y[MOST_OUT * STRIDE];
    float state[4 * MOST_IN];
} d;

static uint32_t fnv(uint32_t hash, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        for (int byte = 0; byte < 4; byte++) {
            hash = (hash ^ (bits >> (8 * byte) & 255)) * 16777619u;
        }
    }
    return hash;
}

static void noise(uint32_t *seed, float *x, size_t n, float size)
{
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        x[i] = size * ((float)(*seed >> 8) * (1.0f / 8388608.0f) - 1.0f);
    }
}

static uint32_t layer(uint32_t hash, uint32_t *seed, uint32_t in, uint32_t out, pn_nn_activation f)
{
    noise(seed, d.weight, (size_t)in * out, 0.4f);
    noise(seed, d.bias, out, 0.4f);
    noise(seed, d.x, (size_t)in * STRIDE, 2.0f);
    pn_nn_dense_pack(in, out, d.weight, d.bias, d.packed);
    pn_nn_dense_forward(d.packed, in, out, f, d.x, d.y);
    hash = fnv(hash, d.y, out);
    pn_nn_dense_points(d.packed, in, out, f, d.x, STRIDE, POINTS, d.y, STRIDE);
    for (uint32_t o = 0; o < out; o++) {
        hash = fnv(hash, d.y + (size_t)o * STRIDE, POINTS);
    }
    return hash;
}

/* Every 65,521st float there is, NaN and infinities among them. */
static uint32_t activations(uint32_t hash, pn_nn_activation f)
{
    for (uint32_t bits = 0; bits < 0xffff0000u;) {
        size_t n = 0;
        for (; n < 61 && bits < 0xffff0000u; n++, bits += 65521u) {
            memcpy(d.x + n, &bits, sizeof bits);
        }
        pn_nn_activate(f, d.x, n);
        hash = fnv(hash, d.x, n);
    }
    return hash;
}

static uint32_t stream(uint32_t hash, uint32_t *seed, pn_nn_conv1d shape)
{
    noise(seed, d.weight, (size_t)shape.in * shape.out * shape.kernel, 0.4f);
    noise(seed, d.bias, shape.out, 0.4f);
    pn_nn_conv1d_pack(&shape, d.weight, d.bias, d.packed);
    pn_nn_conv1d_reset(&shape, d.state);
    for (int frame = 0; frame < FRAMES; frame++) {
        noise(seed, d.x, shape.in, 2.0f);
        pn_nn_conv1d_forward(&shape, d.packed, PN_NN_RELU, d.state, d.x, d.y);
        hash = fnv(hash, d.y, shape.out);
    }
    return hash;
}

uint32_t nn_digest(void)
{
    static const uint32_t SHAPES[][2] = {{40, 64}, {64, 64}, {64, 36}, {64, 128}, {128, 64}, {64, 4}};
    uint32_t hash = 2166136261u;
    uint32_t seed = 1;
    for (uint32_t size = 1; size <= 67; size++) {
        hash = layer(hash, &seed, size, 68 - size, PN_NN_LINEAR);
    }
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        hash = layer(hash, &seed, SHAPES[i][0], SHAPES[i][1], PN_NN_SILU);
    }
    for (int f = PN_NN_RELU; f <= PN_NN_SIN; f++) {
        hash = activations(hash, (pn_nn_activation)f);
    }
    for (int i = 0; i < 100; i++) {
        float encoded[OCTAVES * 2 * 3];
        noise(&seed, d.x, 3, 1.0f);
        pn_nn_encode_octaves(d.x, 3, OCTAVES, encoded);
        hash = fnv(hash, encoded, sizeof encoded / sizeof encoded[0]);
    }
    hash = stream(hash, &seed, (pn_nn_conv1d){7, 64, 2, 1});
    hash = stream(hash, &seed, (pn_nn_conv1d){64, 64, 2, 1});
    return stream(hash, &seed, (pn_nn_conv1d){5, 9, 3, 2});
}
