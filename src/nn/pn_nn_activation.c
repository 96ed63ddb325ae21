/* SPDX-License-Identifier: MIT */
#include "nn/pn_nn_activation.h"

#include <string.h>

#include "nn/pn_nn_activation4.h"

#define OVER(function)                                                                                                 \
    for (; i + 4 <= n; i += 4) {                                                                                       \
        pn_f32x4_store(x + i, function(pn_f32x4_load(x + i)));                                                         \
    }                                                                                                                  \
    rest = function(rest);

void pn_nn_activate(pn_nn_activation f, float *x, size_t n)
{
    size_t i = 0;
    const size_t whole = n / 4 * 4;
    pn_f32x4 rest = pn_f32x4_splat(0.0f);
    memcpy(&rest, x + whole, (n - whole) * sizeof *x);
    switch (f) {
    case PN_NN_RELU: OVER(pn_f32x4_relu); break;
    case PN_NN_SILU: OVER(pn_f32x4_approx_silu); break;
    case PN_NN_SIGMOID: OVER(pn_f32x4_approx_sigmoid); break;
    case PN_NN_TANH: OVER(pn_f32x4_approx_tanh); break;
    case PN_NN_SIN: OVER(pn_f32x4_approx_sin); break;
    case PN_NN_LINEAR: return;
    }
    memcpy(x + whole, &rest, (n - whole) * sizeof *x);
}
