/* SPDX-License-Identifier: MIT */
/**
 * A soft limiter for the stereo sum: the output never exceeds full scale, and quiet sound is untouched.
 *
 * Method   a peak envelope (instant attack, exponential release, both ears together so that the image stays) drives a
 *          gain. Up to PN_LIMITER_KNEE the gain is 1; above, the level follows knee + (1 - knee) u / (1 + u), which
 *          approaches 1 and never reaches it. No look-ahead, so no latency.
 */
#ifndef PN_LIMITER_H
#define PN_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"

#define PN_LIMITER_KNEE 0.7f

typedef struct pn_limiter {
    float envelope;
    float release; /* envelope factor per frame */
    float amount;  /* 0 = bypassed, 1 = on; ramps over a hop when switched */
    float gain;    /* the smallest gain of the last hop, for statistics */
} pn_limiter;

/** [init] Realtime no. */
void pn_limiter_init(pn_limiter *limiter, double sample_rate_hz);

/** [audio] Realtime yes. */
void pn_limiter_reset(pn_limiter *limiter) PN_RT;

/** In place. @param on  reached at the end of these frames. [audio] Realtime yes. */
void pn_limiter_process(pn_limiter *limiter, bool on, float *left, float *right, uint32_t frames) PN_RT;

#endif
