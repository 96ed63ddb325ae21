/* SPDX-License-Identifier: MIT */
/**
 * Positional encodings: a coordinate as the sines and cosines of its octaves [Tancik et al. 2020].
 *
 * Method   halves of a turn are taken off exactly before the sine is evaluated, so that the tenth octave is as good as
 *          the first (doubling the angle of the one below would double the error each time).
 */
#ifndef PN_NN_ENCODE_H
#define PN_NN_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_rt.h"

/** Values that pn_nn_encode_octaves takes at once. */
enum { PN_NN_ENCODE_MOST = 4 };

/** sine[i] = sin(pi x[i]), cosine[i] = cos(pi x[i]). Absolute error < 1.5e-7 for |x| <= 2^20; NaN counts as 0.
    May be in place. [any] Realtime yes. */
void pn_nn_encode_half_turns(const float *x, size_t n, float *sine, float *cosine) PN_RT;

/**
 * For i = 0 .. octaves - 1: sin(2^i pi x[0..n-1]), then cos(2^i pi x[0..n-1]).
 *
 * @param[in]  x    [n], n <= PN_NN_ENCODE_MOST; error as above while 2^i |x| <= 2^20
 * @param[out] out  [octaves][2][n]
 * Thread [audio]  Realtime yes  Errors none
 */
void pn_nn_encode_octaves(const float *x, uint32_t n, uint32_t octaves, float *out) PN_RT;

#endif
