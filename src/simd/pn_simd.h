/* SPDX-License-Identifier: MIT */
/**
 * Four floats in one register: WebAssembly SIMD, SSE, NEON, or four scalars, from one source.
 *
 * Method   a compiler vector type, so that + - * and comparisons are written as such. Filling a register is the one
 *          thing that needs an intrinsic: clang 14 (Emscripten 3.1.6) turns element-wise filling into memory traffic
 *          that is 50 times slower. No fused multiply-add and no reassociation: every target gives the same bits.
 */
#ifndef PN_SIMD_H
#define PN_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

typedef float pn_f32x4 __attribute__((vector_size(16)));
typedef int32_t pn_i32x4 __attribute__((vector_size(16)));

/** All four lanes equal. */
static inline pn_f32x4 pn_f32x4_splat(float value)
{
#if defined(__wasm_simd128__)
    return (pn_f32x4)wasm_f32x4_splat(value);
#elif defined(__ARM_NEON)
    return (pn_f32x4)vdupq_n_f32(value);
#else
    return (pn_f32x4){value, value, value, value};
#endif
}

/** Four floats from any address. */
static inline pn_f32x4 pn_f32x4_load(const float *from)
{
    pn_f32x4 v;
    memcpy(&v, from, sizeof v);
    return v;
}

/** Four floats to any address. */
static inline void pn_f32x4_store(float *to, pn_f32x4 v)
{
    memcpy(to, &v, sizeof v);
}

/** Lanes of `v` where the mask is set, zero elsewhere. */
static inline pn_f32x4 pn_f32x4_keep(pn_i32x4 mask, pn_f32x4 v)
{
    return (pn_f32x4)(mask & (pn_i32x4)v);
}

/** Magnitudes. */
static inline pn_f32x4 pn_f32x4_abs(pn_f32x4 v)
{
    const pn_i32x4 sign_off = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    return (pn_f32x4)((pn_i32x4)v & sign_off);
}

/**
 * sum + a * b, rounded twice. Only the build for relaxed SIMD (wasm/relaxed.cmake) fuses the two, where the machine
 * can; the others do not (-ffp-contract=off), since fused products give other bits on every machine. emcc -Os inlines
 * nothing by itself.
 */
static inline __attribute__((always_inline)) pn_f32x4 pn_f32x4_madd(pn_f32x4 sum, pn_f32x4 a, pn_f32x4 b)
{
#if defined(__wasm_relaxed_simd__)
    return (pn_f32x4)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)sum);
#else
    return sum + a * b;
#endif
}

/** b where b < a, else a: the smaller; `a` where `b` is NaN. One instruction on SSE and wasm. */
static inline pn_f32x4 pn_f32x4_min(pn_f32x4 a, pn_f32x4 b)
{
#if defined(__wasm_simd128__)
    return (pn_f32x4)wasm_f32x4_pmin((v128_t)a, (v128_t)b);
#elif defined(__SSE__)
    return __builtin_ia32_minps(b, a);
#else
    const pn_i32x4 less = b < a;
    return (pn_f32x4)(((pn_i32x4)b & less) | ((pn_i32x4)a & ~less));
#endif
}

/** b where a < b, else a: the larger; `a` where `b` is NaN. One instruction on SSE and wasm. */
static inline pn_f32x4 pn_f32x4_max(pn_f32x4 a, pn_f32x4 b)
{
#if defined(__wasm_simd128__)
    return (pn_f32x4)wasm_f32x4_pmax((v128_t)a, (v128_t)b);
#elif defined(__SSE__)
    return __builtin_ia32_maxps(b, a);
#else
    const pn_i32x4 more = a < b;
    return (pn_f32x4)(((pn_i32x4)b & more) | ((pn_i32x4)a & ~more));
#endif
}

/** Towards zero. Lanes must be within +-2^31: what others become differs from machine to machine. */
static inline pn_i32x4 pn_i32x4_from(pn_f32x4 v)
{
    return __builtin_convertvector(v, pn_i32x4);
}

/** Sum of the lanes, pairwise: (0 + 2) + (1 + 3). */
static inline float pn_f32x4_sum(pn_f32x4 v)
{
    return (v[0] + v[2]) + (v[1] + v[3]);
}

/** Rows become columns. */
static inline void pn_f32x4_transpose(pn_f32x4 *a, pn_f32x4 *b, pn_f32x4 *c, pn_f32x4 *d)
{
    pn_f32x4 ab_low = __builtin_shufflevector(*a, *b, 0, 4, 1, 5);
    pn_f32x4 ab_high = __builtin_shufflevector(*a, *b, 2, 6, 3, 7);
    pn_f32x4 cd_low = __builtin_shufflevector(*c, *d, 0, 4, 1, 5);
    pn_f32x4 cd_high = __builtin_shufflevector(*c, *d, 2, 6, 3, 7);
    *a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

#endif
