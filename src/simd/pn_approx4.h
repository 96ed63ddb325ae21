/* SPDX-License-Identifier: MIT */
/**
 * Elementary functions on four floats, for the audio thread. Same bits on every target (no libm, no fused products).
 *
 * Method   range reduction by adding and subtracting a large constant (rounds to the nearest integer without a
 *          conversion), then a truncated series. Error stated at each; `tests/unit` holds them to it.
 */
#ifndef PN_APPROX4_H
#define PN_APPROX4_H

#include "simd/pn_simd.h"

/* Adding this to a float below 2^22 in magnitude leaves its nearest integer in the low bits. */
#define PN_APPROX4_ROUND 12582912.0f

/** e^x, x clamped to [-80, 80]. Relative error < 3e-7 for |x| < 20, < 2e-6 beyond. [any] Realtime yes. */
static inline pn_f32x4 pn_f32x4_approx_exp(pn_f32x4 x)
{
    const pn_f32x4 most = pn_f32x4_splat(80.0f);
    const pn_i32x4 high = x > most;
    const pn_i32x4 low = x < -most;
    x = (pn_f32x4)(((pn_i32x4)x & ~(high | low)) | ((pn_i32x4)most & high) | ((pn_i32x4)(-most) & low));
    const pn_f32x4 round = pn_f32x4_splat(PN_APPROX4_ROUND);
    const pn_f32x4 shifted = x * pn_f32x4_splat(1.44269504f) + round;
    const pn_f32x4 whole = shifted - round;
    /* ln 2 in two parts: the first has few bits, so that the product with `whole` is exact. */
    const pn_f32x4 f = (x - whole * pn_f32x4_splat(0.693359375f)) - whole * pn_f32x4_splat(-2.12194440e-4f);
    const pn_f32x4 one = pn_f32x4_splat(1.0f);
    pn_f32x4 series = one + f * pn_f32x4_splat(1.0f / 7);
    series = one + f * pn_f32x4_splat(1.0f / 6) * series;
    series = one + f * pn_f32x4_splat(1.0f / 5) * series;
    series = one + f * pn_f32x4_splat(1.0f / 4) * series;
    series = one + f * pn_f32x4_splat(1.0f / 3) * series;
    series = one + f * pn_f32x4_splat(1.0f / 2) * series;
    series = one + f * series;
    const pn_i32x4 exponent = ((pn_i32x4)shifted - (pn_i32x4)round + 127) << 23;
    return series * (pn_f32x4)exponent;
}

/** sin and cos of x, |x| <= 1000. Absolute error < 5e-7 for |x| < 20, < 1e-4 beyond. [any] Realtime yes. */
static inline void pn_f32x4_approx_sincos(pn_f32x4 x, pn_f32x4 *sine, pn_f32x4 *cosine)
{
    const pn_f32x4 round = pn_f32x4_splat(PN_APPROX4_ROUND);
    const pn_f32x4 shifted = x * pn_f32x4_splat(0.636619772f) + round;
    const pn_f32x4 turns = shifted - round;
    /* pi / 2 in three parts, as above. */
    pn_f32x4 r = x - turns * pn_f32x4_splat(1.5703125f);
    r = r - turns * pn_f32x4_splat(4.83751297e-4f);
    r = r - turns * pn_f32x4_splat(7.54978995e-8f);
    const pn_f32x4 q = r * r;
    const pn_f32x4 one = pn_f32x4_splat(1.0f);
    pn_f32x4 s = pn_f32x4_splat(-1.0f / 5040) + q * pn_f32x4_splat(1.0f / 362880);
    s = pn_f32x4_splat(1.0f / 120) + q * s;
    s = pn_f32x4_splat(-1.0f / 6) + q * s;
    s = r + r * q * s;
    pn_f32x4 c = pn_f32x4_splat(-1.0f / 720) + q * pn_f32x4_splat(1.0f / 40320);
    c = pn_f32x4_splat(1.0f / 24) + q * c;
    c = pn_f32x4_splat(-0.5f) + q * c;
    c = one + q * c;
    const pn_i32x4 quadrant = (pn_i32x4)shifted - (pn_i32x4)round;
    const pn_i32x4 odd = -(quadrant & 1);
    const pn_i32x4 sine_sign = (quadrant & 2) << 30;
    const pn_i32x4 cosine_sign = ((quadrant + 1) & 2) << 30;
    *sine = (pn_f32x4)((((pn_i32x4)s & ~odd) | ((pn_i32x4)c & odd)) ^ sine_sign);
    *cosine = (pn_f32x4)((((pn_i32x4)c & ~odd) | ((pn_i32x4)s & odd)) ^ cosine_sign);
}

#endif
