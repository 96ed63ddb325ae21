/* SPDX-License-Identifier: MIT */
/**
 * Elementary functions for the audio thread, where libm may not be called.
 *
 * Problem  libm differs between hosts in the last bits, and may lock or trap; native and wasm must give the same bits.
 * Method   range reduction and truncated series in double precision, written with + - * / and floor alone. They run
 *          at control rate (a few calls per source per hop), so exactness is worth more than speed.
 * Error    stated at each function, over its whole range; `tests/unit/test_approx.c` holds them to it.
 */
#ifndef PN_APPROX_H
#define PN_APPROX_H

#include "base/pn_rt.h"

#define PN_PI 3.14159265358979323846

/** sin and cos of x, |x| <= 1e6. Absolute error < 2e-10 (< 2e-12 below 1e4). [any] Realtime yes. */
void pn_approx_sincos(double x, double *sine, double *cosine) PN_RT;

/** Angle of (x, y) in (-pi, pi]; 0 for (0, 0). Absolute error < 1e-9. [any] Realtime yes. */
double pn_approx_atan2(double y, double x) PN_RT;

/** Angle whose cosine is x, x clamped to [-1, 1]. Absolute error < 1e-9. [any] Realtime yes. */
double pn_approx_acos(double x) PN_RT;

/** 2^x, x clamped to [-1000, 1000]. Relative error < 1e-11. [any] Realtime yes. */
double pn_approx_exp2(double x) PN_RT;

/** log2(x) of a normal positive x; -1022 for anything smaller. Absolute error < 1e-11. [any] Realtime yes. */
double pn_approx_log2(double x) PN_RT;

#endif
