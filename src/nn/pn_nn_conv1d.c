/* SPDX-License-Identifier: MIT */
#include "nn/pn_nn_conv1d.h"

#include <string.h>

#include "nn/pn_nn_dense.h"
#include "simd/pn_array.h"

/* The state: the frames that the kernel spans, oldest first, and the frames under its taps, where these are not the
   same. */
static size_t span_frames(const pn_nn_conv1d *layer)
{
    return (size_t)(layer->kernel - 1) * layer->dilation + 1;
}

size_t pn_nn_conv1d_floats(const pn_nn_conv1d *layer)
{
    return pn_nn_dense_floats(layer->kernel * layer->in, layer->out);
}

size_t pn_nn_conv1d_state_floats(const pn_nn_conv1d *layer)
{
    return (span_frames(layer) + (layer->dilation > 1 ? layer->kernel : 0)) * layer->in;
}

void pn_nn_conv1d_pack(const pn_nn_conv1d *layer, const void *weight, const void *bias, float *packed)
{
    const uint32_t in = layer->in;
    const uint32_t kernel = layer->kernel;
    pn_nn_dense_pack(kernel * in, layer->out, weight, bias, packed);
    /* The file has the taps of a channel side by side; here a frame's channels are. */
    for (uint32_t o = 0; o < layer->out; o++) {
        float *panel = packed + (size_t)o / PN_NN_PANEL * PN_NN_PANEL * (kernel * in + 1) + o % PN_NN_PANEL;
        for (uint32_t c = 0; c < in; c++) {
            for (uint32_t k = 0; k < kernel; k++) {
                const size_t from = ((size_t)o * in + c) * kernel + k;
                memcpy(panel + (size_t)PN_NN_PANEL * (1 + k * in + c), (const unsigned char *)weight + from * 4, 4);
            }
        }
    }
}

void pn_nn_conv1d_reset(const pn_nn_conv1d *layer, float *state)
{
    pn_array_zero(state, pn_nn_conv1d_state_floats(layer));
}

void pn_nn_conv1d_forward(const pn_nn_conv1d *layer, const float *packed, pn_nn_activation f, float *state,
                          const float *x, float *y)
{
    const uint32_t in = layer->in;
    const size_t newest = (span_frames(layer) - 1) * in;
    pn_array_copy(state, state + in, newest);
    pn_array_copy(state + newest, x, in);
    const float *taps = state;
    if (layer->dilation > 1) {
        float *under = state + newest + in;
        for (uint32_t k = 0; k < layer->kernel; k++) {
            pn_array_copy(under + (size_t)k * in, state + (size_t)k * layer->dilation * in, in);
        }
        taps = under;
    }
    pn_nn_dense_forward(packed, layer->kernel * in, layer->out, f, taps, y);
}
