/* SPDX-License-Identifier: MIT */
/**
 * The engine's inner loops, each to be timed alone, natively and in wasm alike, beside the arithmetic that it needs.
 *
 * Method   every kernel runs over 64 sources in turn, each with memory of its own, so that the caches see what they see
 *          in the engine. A kernel's floor is its floating point operations over the rate of the first kernel, which
 *          multiplies and adds in registers and does nothing else.
 */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct bench_kernel {
    const char *name;
    const char *unit; /* what one of is timed */
    double units;     /* in a call */
    double flops;     /* a unit needs; 0 = it computes nothing */
} bench_kernel;

/** Builds the data of all kernels from a baked head, for 48 kHz. */
bool bench_kernels_init(const void *head, uint32_t head_bytes);

uint32_t bench_kernels_count(void);

/** Kernel 0 is the arithmetic limit: units are floating point operations. */
const bench_kernel *bench_kernel_at(uint32_t index);

/** Calls a kernel so often. */
void bench_kernel_run(uint32_t index, uint32_t calls);

#endif
