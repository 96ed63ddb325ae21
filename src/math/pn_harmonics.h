/* SPDX-License-Identifier: MIT */
/**
 * Real spherical harmonics to order 3, as ambisonics writes them: ACN order, SN3D norm (AmbiX).
 *
 * Problem  an ambisonic recording is a sound field as coefficients; turning the head turns them, and putting a sound
 *          somewhere is multiplying it with them. Ambisonics looks along +x with +y left and +z up, the engine along
 *          -z with +x right and +y up: X = -z, Y = -x, Z = y. That change happens in this file and nowhere else.
 * Method   harmonics of a unit vector as polynomials of X, Y, Z [Nachbar, Zotter, Deleflie, Sontacchi 2011, AmbiX;
 *          Zotter, Frank 2019, Ambisonics, app. A].
 *          A rotation keeps the orders apart, so its matrix has a block for each: what a rotation makes of the basis,
 *          projected on the basis. The projection is a sum over Lebedev's 26 points, which is exact for polynomials up
 *          to degree 7 [Lebedev 1976], and degree 6 is needed. There is nothing to recurse [cf. Ivanic, Ruedenberg
 *          1996], no pole and no angle.
 * Error    of a turned channel, against the definition: < 5e-6.
 */
#ifndef PN_HARMONICS_H
#define PN_HARMONICS_H

#include <stdint.h>

#include "base/pn_rt.h"
#include "math/pn_space.h"

enum {
    PN_HARMONICS_ORDER = 3,      /* the highest */
    PN_HARMONICS_CHANNELS = 16,  /* of it: (order + 1)^2 */
    PN_HARMONICS_TURN = 9 + 25 + 49 /* entries of a rotation: the blocks of orders 1, 2, 3, each by rows */
};

/** Channels of an order, 0 to 3. */
static inline uint32_t pn_harmonics_channels(uint32_t order)
{
    return (order + 1) * (order + 1);
}

/**
 * The gains that put a sound in a direction.
 *
 * @param[in]  dir    unit length, the engine's axes
 * @param[out] gains  [PN_HARMONICS_CHANNELS] ACN, SN3D: gains[0] = 1
 * Thread [any]  Realtime yes
 */
void pn_harmonics_at(pn_vec3 dir, float *gains) PN_RT;

/**
 * What a rotation does to a sound field: turn * encode(d) = encode(rotate(q, d)).
 *
 * @param[in]  q     unit, out_from_in, the engine's axes
 * @param[out] turn  [PN_HARMONICS_TURN]
 * Thread [any]  Realtime yes: 26 times the harmonics, 1079 multiply-adds
 */
void pn_harmonics_turn(pn_quat q, float *turn) PN_RT;

#endif
