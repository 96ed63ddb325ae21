/* SPDX-License-Identifier: MIT */
/**
 * Complex FFT in double, powers of two, for work at init and bake time. Radix 2, decimation in time [Cooley, Tukey
 * 1965]; plain, and the same bits on every machine. The audio path has its own (pn_fft.h).
 */
#ifndef PN_FFT_F64_H
#define PN_FFT_F64_H

#include <stddef.h>

#include "base/pn_arena.h"

typedef struct pn_fft_f64 {
    size_t size;
    const double *cosines; /* [size / 2] */
    const double *sines;   /* [size / 2] */
} pn_fft_f64;

/** Measures (arena without base) or places a plan. @param size a power of two, 2 or more. [init] */
void pn_fft_f64_place(pn_arena *arena, size_t size, pn_fft_f64 *out);

/** In place, X[k] = sum x[n] e^(-2 pi i k n / size). @param re, im [size]. [init] */
void pn_fft_f64_forward(const pn_fft_f64 *plan, double *re, double *im);

/** In place, the inverse of forward, scaled by 1 / size. [init] */
void pn_fft_f64_inverse(const pn_fft_f64 *plan, double *re, double *im);

#endif
