/* SPDX-License-Identifier: MIT */
#include "wasm/selftest.h"

#include <stddef.h>

#include "base/pn_hop.h"
#include "dsp/pn_delay.h"
#include "render/pn_tier1.h"
#include "simd/pn_array.h"

enum { FFT_FRAMES = 256, BINS_PADDED = 132, PAIR = 4 * BINS_PADDED, LINE_FRAMES = 512, MEMORY_BYTES = 128 * 1024 };

/* Numbers with few bits, so that every product is far from a rounding tie that libraries could break differently. */
static void fill(float *x, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)((int32_t)(seed >> 16) - 32768) * (1.0f / 32768.0f);
    }
}

static uint32_t hash(uint32_t h, const float *x, size_t n)
{
    const unsigned char *bytes = (const unsigned char *)x;
    for (size_t i = 0; i < n * sizeof *x; i++) {
        h = (h ^ bytes[i]) * 16777619u;
    }
    return h;
}

uint32_t selftest_run(void)
{
    static _Alignas(16) unsigned char memory[MEMORY_BYTES];
    pn_arena arena = {.base = memory};
    pn_tier1 *tier = pn_tier1_place(&arena, FFT_FRAMES, BINS_PADDED);
    const pn_delay_kernel *kernel = pn_delay_kernel_place(&arena);
    pn_delay line = {0};
    pn_delay_place(&arena, &line, LINE_FRAMES);
    float *window = PN_TAKE(&arena, float, (size_t)PN_TIER1_LANES *FFT_FRAMES);
    float *filters = PN_TAKE(&arena, float, (size_t)PN_TIER1_LANES * 2 * PAIR);
    float *ears = PN_TAKE(&arena, float, 2 * PN_HOP_FRAMES);
    float *delayed = PN_TAKE(&arena, float, PN_HOP_FRAMES);
    if (arena.used > MEMORY_BYTES) {
        return 0;
    }
    fill(filters, (size_t)PN_TIER1_LANES * 2 * PAIR, 1);
    fill(window, (size_t)PN_TIER1_LANES * FFT_FRAMES, 2);
    uint32_t h = 2166136261u;
    pn_tier1_voice voices[PN_TIER1_LANES];
    for (int i = 0; i < PN_TIER1_LANES; i++) {
        voices[i].window = window + (size_t)i * FFT_FRAMES;
        voices[i].start = filters + (size_t)2 * i * PAIR;
        voices[i].end = filters + (size_t)(2 * i + 1) * PAIR;
    }
    pn_tier1_begin(tier);
    pn_tier1_add_moving(tier, voices, PN_TIER1_LANES);
    pn_tier1_add_still(tier, voices, PN_TIER1_LANES - 1);
    pn_tier1_finish(tier, ears, ears + PN_HOP_FRAMES);
    h = hash(h, ears, 2 * PN_HOP_FRAMES);
    pn_delay_write(&line, window, FFT_FRAMES);
    pn_delay_read(&line, kernel, 20.3, 30.7, delayed, PN_HOP_FRAMES);
    h = hash(h, delayed, PN_HOP_FRAMES);
    pn_array_crossfade(ears, ears + PN_HOP_FRAMES, delayed, PN_HOP_FRAMES);
    ears[5] = ears[6] / 0.0f;
    const pn_clean found = pn_array_copy_clean(delayed, ears, PN_HOP_FRAMES);
    h = hash(h, delayed, PN_HOP_FRAMES);
    return h ^ found.mended;
}
