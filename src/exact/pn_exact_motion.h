/* SPDX-License-Identifier: MIT */
/**
 * A motion in legs: stretches between jumps. Within a leg it is continuous; before and after it, it holds still.
 */
#ifndef PN_EXACT_MOTION_H
#define PN_EXACT_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "exact/pn_exact.h"

typedef struct pn_exact_legs {
    pn_exact_motion motion;
    uint32_t count;        /* 1 where nothing jumps */
    const uint32_t *first; /* [count + 1] the first key of each leg; NULL where the motion is a formula */
} pn_exact_legs;

/** Whether the numbers are possible. @param slower  keys must be slower than sound. [init] */
bool pn_exact_motion_is_sound(const pn_exact_motion *motion, bool slower);

/** Measures (arena without base) or places. [init] */
void pn_exact_legs_place(pn_arena *arena, const pn_exact_motion *motion, pn_exact_legs *out);

/** When a leg begins: 0 of the first; the one after the last never does. [init] */
double pn_exact_legs_begin_s(const pn_exact_legs *legs, uint32_t leg);

/** The pose on a leg at a time. [init] */
void pn_exact_legs_at(const pn_exact_legs *legs, uint32_t leg, double time_s, pn_exact_pose *out);

#endif
