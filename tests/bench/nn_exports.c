/* SPDX-License-Identifier: MIT */
/** Where the network's arrays lie, beside kernels_exports.c: nn.mjs has another library compute the same. */
#include "bench/nn_kernels.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

EXPORT(nn_code) const float *nn_code(void)
{
    return bench_nn_network().code;
}

EXPORT(nn_table) const float *nn_table(void)
{
    return bench_nn_network().table;
}

EXPORT(nn_table_stride) uint32_t nn_table_stride(void)
{
    return bench_nn_network().table_stride;
}

EXPORT(nn_outputs) const float *nn_outputs(void)
{
    return bench_nn_network().outputs;
}

EXPORT(nn_outputs_stride) uint32_t nn_outputs_stride(void)
{
    return bench_nn_network().outputs_stride;
}

EXPORT(nn_field_weight) const float *nn_field_weight(uint32_t layer)
{
    return bench_nn_network().field_weight[layer];
}

EXPORT(nn_field_x) const float *nn_field_x(void)
{
    return bench_nn_network().field_x;
}

EXPORT(nn_field_y) const float *nn_field_y(void)
{
    return bench_nn_network().field_y;
}
