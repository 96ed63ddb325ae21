/* SPDX-License-Identifier: MIT */
/**
 * Loops over arrays of samples. Any alignment, any length; arrays of one call must not overlap unless said.
 */
#ifndef PN_ARRAY_H
#define PN_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pn_rt.h"

/** Samples outside these magnitudes are not sound: smaller ones become 0, larger ones are mended to 0. */
#define PN_SAMPLE_TINY 1e-20f
#define PN_SAMPLE_HUGE 1e10f

/** What pn_array_copy_clean found. */
typedef struct pn_clean {
    uint32_t mended; /* samples that were NaN, infinite or absurd */
    bool sounding;   /* some sample is not zero */
} pn_clean;

/**
 * Copies samples, replacing by 0 what is not a number, not finite, or above PN_SAMPLE_HUGE, and what is below
 * PN_SAMPLE_TINY (WebAssembly cannot flush denormals, and they are slow). `to` may be `from`.
 * Thread [audio]  Realtime yes
 */
pn_clean pn_array_copy_clean(float *to, const float *from, size_t n) PN_RT;

/** Whether pn_array_copy_clean would copy samples as they are. [audio] Realtime yes. */
bool pn_array_is_sane(const float *x, size_t n) PN_RT;

/** Whether some sample is not zero. Of sound, the first few are read. [audio] Realtime yes. */
bool pn_array_is_sounding(const float *x, size_t n) PN_RT;

/** Faster than the C library's where that copies byte by byte, as in wasm. `to` may lie below `from`, overlapping.
    [audio] Realtime yes. */
void pn_array_copy(float *to, const float *from, size_t n) PN_RT;

/** [audio] Realtime yes. */
void pn_array_zero(float *to, size_t n) PN_RT;

/** Whether `words` of 32 bits are the same: four or more. [any] Realtime yes. */
bool pn_array_same(const void *a, const void *b, size_t words) PN_RT;

/** to[i] += from[i]. [audio] Realtime yes. */
void pn_array_add(float *to, const float *from, size_t n) PN_RT;

/** to[i] = a[i] + (b[i] - a[i]) * i / n: a at the start, b at the end. `to` may be a or b. [audio] Realtime yes. */
void pn_array_crossfade(float *to, const float *a, const float *b, size_t n) PN_RT;

/** x[i] *= from + (to - from) * i / n. [audio] Realtime yes. */
void pn_array_ramp(float *x, float from, float to, size_t n) PN_RT;

/** The largest magnitude. [audio] Realtime yes. */
float pn_array_peak(const float *x, size_t n) PN_RT;

/** 0 for values so small that their arithmetic is slow, the value otherwise. [any] Realtime yes. */
static inline float pn_flush_tiny(float value)
{
    return value < PN_SAMPLE_TINY && value > -PN_SAMPLE_TINY ? 0.0f : value;
}

#endif
