/* SPDX-License-Identifier: MIT */
/**
 * Where a source was: what is heard now left it some time ago, from where it was then.
 *
 * Problem  sound that is heard at t was emitted at t', where c (t - t') = |x(t') - h(t)|: the retarded time. With the
 *          distance of now instead, a source that comes at v is heard (1 + v / c) times as high, not 1 / (1 - v / c):
 *          13 cents too low at 30 m/s, and its direction is where it is, not where it was.
 * Method   positions at the ends of hops; between them a source moves in a straight line, as pn_glide has it. The
 *          pair of ends between which c (t - t') passes the distance is found by bisection; there the equation is a
 *          quadratic one.
 */
#ifndef PN_TRAIL_H
#define PN_TRAIL_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "math/pn_space.h"

typedef struct pn_trail {
    pn_vec3 *position; /* [mask + 1] metres, a ring */
    uint32_t mask;
    uint32_t newest;
} pn_trail;

/** Measures (arena without base) or places. @param hops_pow2  that it remembers, a power of two. [init] */
void pn_trail_place(pn_arena *arena, pn_trail *trail, uint32_t hops_pow2);

/** It has always been there. [audio] Realtime yes. */
void pn_trail_reset(pn_trail *trail, pn_vec3 position) PN_RT;

/** Where it is a hop later. [audio] Realtime yes. */
void pn_trail_step(pn_trail *trail, pn_vec3 position) PN_RT;

/**
 * Where it was when what is heard at the end of the last hop left it.
 *
 * @param listener  in the space of the positions
 * @param hop_m     way of sound in a hop
 * @return the oldest position where the sound has been on its way for longer than the trail remembers
 * Thread [audio]  Realtime yes: O(log hops)
 */
pn_vec3 pn_trail_heard_from(const pn_trail *trail, pn_vec3 listener, float hop_m) PN_RT;

#endif
