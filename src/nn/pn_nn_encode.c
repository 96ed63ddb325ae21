/* SPDX-License-Identifier: MIT */
#include "nn/pn_nn_encode.h"

#include <string.h>

#include "nn/pn_nn_activation4.h"

void pn_nn_encode_half_turns(const float *x, size_t n, float *sine, float *cosine)
{
    pn_f32x4 s, c;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4_approx_sincospi(pn_f32x4_load(x + i), &s, &c);
        pn_f32x4_store(sine + i, s);
        pn_f32x4_store(cosine + i, c);
    }
    pn_f32x4 rest = pn_f32x4_splat(0.0f);
    memcpy(&rest, x + i, (n - i) * sizeof *x);
    pn_f32x4_approx_sincospi(rest, &s, &c);
    memcpy(sine + i, &s, (n - i) * sizeof *sine);
    memcpy(cosine + i, &c, (n - i) * sizeof *cosine);
}

void pn_nn_encode_octaves(const float *x, uint32_t n, uint32_t octaves, float *out)
{
    pn_f32x4 value = pn_f32x4_splat(0.0f);
    memcpy(&value, x, n * sizeof *x);
    for (uint32_t i = 0; i < octaves; i++) {
        pn_f32x4 s, c;
        pn_f32x4_approx_sincospi(value, &s, &c);
        memcpy(out, &s, n * sizeof *out);
        memcpy(out + n, &c, n * sizeof *out);
        out += 2 * n;
        value = value + value;
    }
}
