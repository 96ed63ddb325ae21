/* SPDX-License-Identifier: MIT */
/**
 * Elementary functions for the engine: on the audio thread libm may not be called, and elsewhere it is not needed.
 *
 * Problem  libm differs between hosts in the last bits, and may lock or trap; native and wasm must give the same bits.
 *          In a wasm module its tables would take 12 kB.
 * Method   range reduction and truncated series in double precision, written with + - * / and floor alone. They run
 *          at control rate (a few calls per source per hop) or at start, so exactness is worth more than speed.
 * Error    stated at each function, over its whole range; `tests/unit/test_approx.c` holds them to it.
 */
#ifndef PN_APPROX_H
#define PN_APPROX_H

#include "base/pn_rt.h"

#define PN_PI 3.14159265358979323846

/** sin and cos of x, |x| <= 1e6. Absolute error < 2e-10 (< 2e-12 below 1e4, < 1e-15 below 7). [any] Realtime yes. */
void pn_approx_sincos(double x, double *sine, double *cosine) PN_RT;

/** Angle of (x, y) in (-pi, pi]; 0 for (0, 0). Absolute error < 1e-9. [any] Realtime yes. */
double pn_approx_atan2(double y, double x) PN_RT;

/** Angle whose cosine is x, x clamped to [-1, 1]. Absolute error < 1e-9. [any] Realtime yes. */
double pn_approx_acos(double x) PN_RT;

/** 2^x, x clamped to [-1000, 1000]. Relative error < 1e-14. [any] Realtime yes. */
double pn_approx_exp2(double x) PN_RT;

/** log2(x) of a normal positive x; -1022 for anything smaller. Error < 1e-14 (1 + |log2 x|). [any] Realtime yes. */
double pn_approx_log2(double x) PN_RT;

/** sin x: see pn_approx_sincos. [any] Realtime yes. */
static inline double pn_approx_sin(double x)
{
    double s;
    double c;
    pn_approx_sincos(x, &s, &c);
    return s;
}

/** cos x: see pn_approx_sincos. [any] Realtime yes. */
static inline double pn_approx_cos(double x)
{
    double s;
    double c;
    pn_approx_sincos(x, &s, &c);
    return c;
}

/** e^x: see pn_approx_exp2; |x| <= 690. [any] Realtime yes. */
static inline double pn_approx_exp(double x)
{
    return pn_approx_exp2(x * 1.44269504088896340736);
}

/** Natural logarithm of x: see pn_approx_log2. [any] Realtime yes. */
static inline double pn_approx_log(double x)
{
    return pn_approx_log2(x) * 0.69314718055994530942;
}

#endif
