/* SPDX-License-Identifier: MIT */
/**
 * Four real Fourier transforms at once, one in each SIMD lane.
 *
 * Method   KissFFT (Mark Borgerding) in its USE_SIMD mode: the scalar type is a vector, so four signals cost about as
 *          much as one. Both directions are unscaled: inverse(forward(x)) = n x.
 * Layout   a time signal is [n] vectors, lane s is signal s. A spectrum is [n/2 + 1] pairs of vectors, real then
 *          imaginary part, bin k at [2k] and [2k + 1].
 */
#ifndef PN_FFT_H
#define PN_FFT_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "simd/pn_simd.h"

/** Twiddle tables and KissFFT's scratch: one per thread. */
typedef struct pn_fft4 pn_fft4;

/**
 * Takes a plan from an arena.
 * @param n  even, its half a product of 2, 3, 4 and 5
 * @return NULL when counting. [init] Realtime no.
 */
pn_fft4 *pn_fft4_place(pn_arena *arena, uint32_t n);

/** @param[in] time [n]  @param[out] spectrum [2 (n/2 + 1)]. [audio] Realtime yes: O(n log n). */
void pn_fft4_forward(pn_fft4 *plan, const pn_f32x4 *time, pn_f32x4 *spectrum) PN_RT;

/** Unscaled; the imaginary parts of bins 0 and n/2 are ignored. [audio] Realtime yes: O(n log n). */
void pn_fft4_inverse(pn_fft4 *plan, const pn_f32x4 *spectrum, pn_f32x4 *time) PN_RT;

#endif
