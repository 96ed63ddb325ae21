/* SPDX-License-Identifier: MIT */
/**
 * The neural kernels, each to be timed alone, natively and in wasm alike: a second table behind bench/kernels.h, whose
 * bench_kernels_init takes a pinna-linn-dense file instead of a head.
 */
#ifndef BENCH_NN_KERNELS_H
#define BENCH_NN_KERNELS_H

#include <stdint.h>

#include "bench/kernels.h"

/** What two of the kernels compute from what, for others to compute the same. */
typedef struct nn_network {
    const float *code;    /* [64] */
    const float *table;   /* [64][table_stride] */
    const float *outputs; /* [4][outputs_stride] */
    uint32_t table_stride;
    uint32_t outputs_stride;
    const float *field_weight[3]; /* [64][40], [64][64], [36][64], without biases */
    const float *field_x;         /* [40] of the source that came last */
    const float *field_y;         /* [36] */
} nn_network;

nn_network bench_nn_network(void);

#endif
