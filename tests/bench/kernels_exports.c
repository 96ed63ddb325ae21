/* SPDX-License-Identifier: MIT */
/** The kernels as a wasm module of their own, driven by wasm.mjs; the clock is outside. */
#include <stdlib.h>

#include "base/pn_arena.h"
#include "bench/kernels.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/* The C library's heap calls this when memory grows; defining it here keeps the module free of imports. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index)
{
    (void)index;
}

EXPORT(bench_alloc) void *bench_alloc(uint32_t bytes)
{
    const uint32_t whole = (bytes + PN_ARENA_ALIGNMENT - 1) / PN_ARENA_ALIGNMENT * PN_ARENA_ALIGNMENT;
    return aligned_alloc(PN_ARENA_ALIGNMENT, whole);
}

EXPORT(bench_init) int bench_init(const void *head, uint32_t bytes)
{
    return bench_kernels_init(head, bytes);
}

EXPORT(bench_count) uint32_t bench_count(void)
{
    return bench_kernels_count();
}

EXPORT(bench_name) const char *bench_name(uint32_t index)
{
    return bench_kernel_at(index)->name;
}

EXPORT(bench_unit) const char *bench_unit(uint32_t index)
{
    return bench_kernel_at(index)->unit;
}

EXPORT(bench_units) double bench_units(uint32_t index)
{
    return bench_kernel_at(index)->units;
}

EXPORT(bench_flops) double bench_flops(uint32_t index)
{
    return bench_kernel_at(index)->flops;
}

EXPORT(bench_run) void bench_run(uint32_t index, uint32_t calls)
{
    bench_kernel_run(index, calls);
}
