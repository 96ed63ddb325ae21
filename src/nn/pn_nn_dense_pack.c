/* SPDX-License-Identifier: MIT */
/* Packing a layer. Init only, and so built for size. */
#include <string.h>

#include "nn/pn_nn_dense.h"

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
