/* SPDX-License-Identifier: MIT */
/**
 * Activation functions of four floats. Same bits on every target; the error is stated at each, and tests hold them to
 * it.
 *
 * Whatever comes in, a number comes out: NaN counts as 0, or as very negative where this is cheaper and gives almost 0
 * too; infinities count as the largest float.
 */
#ifndef PN_NN_ACTIVATION4_H
#define PN_NN_ACTIVATION4_H

#include "simd/pn_approx4.h"
#include "simd/pn_simd.h"

/** max(x, 0). Exact. [any] Realtime yes. */
static inline pn_f32x4 pn_f32x4_relu(pn_f32x4 x)
{
    return pn_f32x4_min(pn_f32x4_splat(3.4e38f), pn_f32x4_max(pn_f32x4_splat(0.0f), x));
}

/**
 * 1 + e^-x, x in [-87, 3.4e38]: what sigmoid and SiLU divide by. Relative error < 8e-8 (2 + |x|). [any] Realtime yes.
 *
 * Method   2^t, t = -x log2 e, by its nearest integer as an exponent and the least worst polynomial of degree 6 that is
 *          1 at 0 for the rest; cheaper than pn_f32x4_approx_exp, and its error grows where e^-x does no harm.
 */
static inline pn_f32x4 pn_f32x4_approx_one_and_exp_of_minus(pn_f32x4 x)
{
    const pn_f32x4 t = pn_f32x4_max(pn_f32x4_splat(-126.0f), x * pn_f32x4_splat(-1.44269504f));
    const pn_f32x4 round = pn_f32x4_splat(PN_APPROX4_ROUND);
    const pn_f32x4 shifted = t + round;
    const pn_f32x4 f = t - (shifted - round);
    const pn_f32x4 one = pn_f32x4_splat(1.0f);
    pn_f32x4 power = pn_f32x4_madd(pn_f32x4_splat(1.34066434e-3f), f, pn_f32x4_splat(1.55946778e-4f));
    power = pn_f32x4_madd(pn_f32x4_splat(9.61769279e-3f), f, power);
    power = pn_f32x4_madd(pn_f32x4_splat(5.55031039e-2f), f, power);
    power = pn_f32x4_madd(pn_f32x4_splat(2.40226522e-1f), f, power);
    power = pn_f32x4_madd(pn_f32x4_splat(6.93147242e-1f), f, power);
    power = pn_f32x4_madd(one, f, power);
    /* The shift leaves of `shifted` its nearest integer alone. */
    return one + (pn_f32x4)((pn_i32x4)power + ((pn_i32x4)shifted << 23));
}

/** 1 / (1 + e^-x). Relative error < 8e-8 (2 + |x|) from -87 up; below, and for NaN, 2e-38. [any] Realtime yes. */
static inline pn_f32x4 pn_f32x4_approx_sigmoid(pn_f32x4 x)
{
    x = pn_f32x4_min(pn_f32x4_splat(3.4e38f), pn_f32x4_max(pn_f32x4_splat(-87.0f), x));
    return pn_f32x4_splat(1.0f) / pn_f32x4_approx_one_and_exp_of_minus(x);
}

/** x / (1 + e^-x). Relative error < 8e-8 (2 + |x|) from -87 up; below, and for NaN, -1e-36. [any] Realtime yes. */
static inline pn_f32x4 pn_f32x4_approx_silu(pn_f32x4 x)
{
    x = pn_f32x4_min(pn_f32x4_splat(3.4e38f), pn_f32x4_max(pn_f32x4_splat(-87.0f), x));
    return x / pn_f32x4_approx_one_and_exp_of_minus(x);
}

/**
 * Hyperbolic tangent. Absolute error < 4e-7, relative < 4e-7; exactly odd, within [-1, 1]. [any] Realtime yes.
 *
 * Method   a quotient of polynomials over |x| < 7.9, where a float's tangent is 1 [coefficients: Eigen's ptanh].
 */
static inline pn_f32x4 pn_f32x4_approx_tanh(pn_f32x4 x)
{
    x = pn_f32x4_keep(x == x, x);
    const pn_f32x4 most = pn_f32x4_splat(7.90531110763549805f);
    x = pn_f32x4_max(-most, pn_f32x4_min(most, x));
    const pn_f32x4 q = x * x;
    pn_f32x4 above = pn_f32x4_splat(-2.76076847742355e-16f);
    above = pn_f32x4_madd(pn_f32x4_splat(2.00018790482477e-13f), q, above);
    above = pn_f32x4_madd(pn_f32x4_splat(-8.60467152213735e-11f), q, above);
    above = pn_f32x4_madd(pn_f32x4_splat(5.12229709037114e-08f), q, above);
    above = pn_f32x4_madd(pn_f32x4_splat(1.48572235717979e-05f), q, above);
    above = pn_f32x4_madd(pn_f32x4_splat(6.37261928875436e-04f), q, above);
    above = pn_f32x4_madd(pn_f32x4_splat(4.89352455891786e-03f), q, above);
    pn_f32x4 below = pn_f32x4_splat(1.19825839466702e-06f);
    below = pn_f32x4_madd(pn_f32x4_splat(1.18534705686654e-04f), q, below);
    below = pn_f32x4_madd(pn_f32x4_splat(2.26843463243900e-03f), q, below);
    below = pn_f32x4_madd(pn_f32x4_splat(4.89352518554385e-03f), q, below);
    const pn_f32x4 one = pn_f32x4_splat(1.0f);
    return pn_f32x4_max(-one, pn_f32x4_min(one, x * above / below));
}

/** Sine. Absolute error < 3e-7 for |x| <= 1000; beyond, the sine of +-1000. [any] Realtime yes. */
static inline pn_f32x4 pn_f32x4_approx_sin(pn_f32x4 x)
{
    const pn_f32x4 most = pn_f32x4_splat(1000.0f);
    x = pn_f32x4_keep(x == x, x);
    pn_f32x4 sine, cosine;
    pn_f32x4_approx_sincos(pn_f32x4_max(-most, pn_f32x4_min(most, x)), &sine, &cosine);
    return sine;
}

/**
 * sin(pi x) and cos(pi x), |x| <= 2^20. Absolute error < 1.5e-7: halves are taken off exactly, so that high octaves
 * are as good as low ones. Beyond, as at +-2^20 (0 and 1); NaN as 0. [any] Realtime yes.
 */
static inline void pn_f32x4_approx_sincospi(pn_f32x4 x, pn_f32x4 *sine, pn_f32x4 *cosine)
{
    const pn_f32x4 most = pn_f32x4_splat(1048576.0f);
    x = pn_f32x4_keep(x == x, x);
    x = pn_f32x4_max(-most, pn_f32x4_min(most, x));
    const pn_f32x4 round = pn_f32x4_splat(PN_APPROX4_ROUND);
    const pn_f32x4 shifted = x * pn_f32x4_splat(2.0f) + round;
    const pn_f32x4 halves = shifted - round;
    const pn_f32x4 r = (x - halves * pn_f32x4_splat(0.5f)) * pn_f32x4_splat(3.14159265f);
    const pn_f32x4 q = r * r;
    pn_f32x4 s = pn_f32x4_madd(pn_f32x4_splat(-1.0f / 5040), q, pn_f32x4_splat(1.0f / 362880));
    s = pn_f32x4_madd(pn_f32x4_splat(1.0f / 120), q, s);
    s = pn_f32x4_madd(pn_f32x4_splat(-1.0f / 6), q, s);
    s = pn_f32x4_madd(r, r * q, s);
    pn_f32x4 c = pn_f32x4_madd(pn_f32x4_splat(-1.0f / 720), q, pn_f32x4_splat(1.0f / 40320));
    c = pn_f32x4_madd(pn_f32x4_splat(1.0f / 24), q, c);
    c = pn_f32x4_madd(pn_f32x4_splat(-0.5f), q, c);
    c = pn_f32x4_madd(pn_f32x4_splat(1.0f), q, c);
    const pn_i32x4 quadrant = (pn_i32x4)shifted - (pn_i32x4)round;
    const pn_i32x4 odd = -(quadrant & 1);
    *sine = (pn_f32x4)((((pn_i32x4)s & ~odd) | ((pn_i32x4)c & odd)) ^ ((quadrant & 2) << 30));
    *cosine = (pn_f32x4)((((pn_i32x4)c & ~odd) | ((pn_i32x4)s & odd)) ^ (((quadrant + 1) & 2) << 30));
}

#endif
