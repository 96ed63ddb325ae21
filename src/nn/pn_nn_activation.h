/* SPDX-License-Identifier: MIT */
/**
 * Activation functions over arrays, in place. pn_nn_activation4.h states their errors and what becomes of NaN.
 */
#ifndef PN_NN_ACTIVATION_H
#define PN_NN_ACTIVATION_H

#include <stddef.h>

#include "base/pn_rt.h"

typedef enum pn_nn_activation {
    PN_NN_LINEAR,
    PN_NN_RELU,
    PN_NN_SILU,
    PN_NN_SIGMOID,
    PN_NN_TANH,
    PN_NN_SIN
} pn_nn_activation;

/**
 * x[i] = f(x[i]).
 *
 * @param[in,out] x  [n], any alignment
 * Thread [any]  Realtime yes  Errors none
 */
void pn_nn_activate(pn_nn_activation f, float *x, size_t n) PN_RT;

#endif
