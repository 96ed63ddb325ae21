/* SPDX-License-Identifier: MIT */
/**
 * Decorrelation: the same sound, sounding the same, yet unlike the original sample by sample.
 *
 * Method   convolution with velvet noise: one impulse of random sign at a random place in each of PN_VELVET_TAPS equal
 *          cells, fading by 20 dB over its length [Valimaki, Lehtonen & Takanen 2013; Alary, Politis & Valimaki 2017:
 *          velvet-noise decorrelator]. Its energy is 1; its spectrum is flat but for the ripple of a short random
 *          sequence. The impulses are fixed by a seed, so that every host has the same.
 * Cost     PN_VELVET_TAPS multiply-adds a sample, on whole vectors.
 */
#ifndef PN_VELVET_H
#define PN_VELVET_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"

enum { PN_VELVET_TAPS = 60 };

#define PN_VELVET_S 0.030

typedef struct pn_velvet {
    uint32_t at[PN_VELVET_TAPS]; /* frames of delay */
    float gain[PN_VELVET_TAPS];
    uint32_t length; /* frames of past that are kept */
    float *past;     /* [length + longest block] */
} pn_velvet;

/** Places the past, and draws the impulses. `velvet` may be NULL only when counting. [init] Realtime no. */
void pn_velvet_place(pn_arena *arena, pn_velvet *velvet, double sample_rate_hz, uint32_t longest_block);

/** Silence. [audio] Realtime yes. */
void pn_velvet_reset(pn_velvet *velvet) PN_RT;

/** @param[in] x [frames]  @param[out] y [frames] not x.  [audio] Realtime yes. */
void pn_velvet_process(pn_velvet *velvet, const float *x, float *y, uint32_t frames) PN_RT;

#endif
