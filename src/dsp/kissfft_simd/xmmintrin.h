/* SPDX-License-Identifier: MIT */
/**
 * The four names that KissFFT's USE_SIMD mode wants from <xmmintrin.h>, over a vector type that every target has.
 *
 * KissFFT then transforms four signals at once, one in each lane, on SSE, NEON and WebAssembly alike, and in plain
 * scalar code where there is no SIMD. Only KissFFT and pn_fft.c see this folder.
 */
#ifndef PN_KISSFFT_XMMINTRIN_H
#define PN_KISSFFT_XMMINTRIN_H

#include <stddef.h>

#include "math/pn_approx.h"
#include "simd/pn_simd.h"

typedef pn_f32x4 __m128;

#define _mm_set1_ps(value) pn_f32x4_splat((float)(value))

/* Twiddle factors are the same bits on every host, and no table of libm is linked for them. */
#define cos(phase) pn_approx_cos(phase)
#define sin(phase) pn_approx_sin(phase)

/* pinna always gives KissFFT the memory of its plans: an allocation would be a mistake, and is refused. */
#define _mm_malloc(bytes, alignment) ((void)(bytes), (void)(alignment), NULL)
#define _mm_free(address) ((void)(address))

#endif
