/* SPDX-License-Identifier: MIT */
/**
 * Tier 1: every source convolved with its own pair of ear filters, which may be new at every hop.
 *
 * Method   uniformly partitioned overlap-save with one partition [Wefers 2015, ch. 5]: a window of the last fft_frames
 *          samples is transformed, four sources at a time, one in each lane; its spectrum is multiplied with the
 *          filters of the hop's start and of its end, and summed over all sources into four shared spectra (two ears,
 *          start and end). One inverse transform of four lanes brings these back, and a linear crossfade over the hop
 *          joins them (a first-order hold of the filter). Nothing is delayed.
 * Cost     per source and hop at 256 points: a quarter of a four-lane FFT, 129 bins x 2 complex multiply-adds at rest,
 *          x 4 in motion. Shared: one four-lane inverse FFT.
 */
#ifndef PN_TIER1_H
#define PN_TIER1_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"

enum { PN_TIER1_LANES = 4 };

typedef struct pn_tier1 pn_tier1;

/** What one source brings to a hop. */
typedef struct pn_tier1_voice {
    const float *window; /* [fft_frames] the newest sample last */
    const float *start;  /* the filter pair at the hop's start (pn_hrtf.h for the layout) */
    const float *end;    /* at its end; not read by pn_tier1_add_still */
} pn_tier1_voice;

/** Plans, accumulators and scratch. @return NULL when counting. [init] Realtime no. */
pn_tier1 *pn_tier1_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded);

/** Empties the accumulators. [audio] Realtime yes. */
void pn_tier1_begin(pn_tier1 *tier) PN_RT;

/** Adds up to four sources whose filters change over the hop. @param count 1 to 4. [audio] Realtime yes. */
void pn_tier1_add_moving(pn_tier1 *tier, const pn_tier1_voice *voices, uint32_t count) PN_RT;

/** Adds up to four sources whose filters do not change. @param count 1 to 4. [audio] Realtime yes. */
void pn_tier1_add_still(pn_tier1 *tier, const pn_tier1_voice *voices, uint32_t count) PN_RT;

/** A signal that is already mixed for one ear, and its filter. */
typedef struct pn_tier1_bus {
    const float *window; /* [fft_frames] the newest sample last */
    const float *filter; /* [re, im][bins_padded] */
} pn_tier1_bus;

/** Adds four buses of one ear. @param[in] buses [PN_TIER1_LANES]. [audio] Realtime yes. */
void pn_tier1_add_buses(pn_tier1 *tier, uint32_t ear, const pn_tier1_bus *buses) PN_RT;

/** @param[out] left, right  [PN_HOP_FRAMES], overwritten. [audio] Realtime yes. */
void pn_tier1_finish(pn_tier1 *tier, float *left, float *right) PN_RT;

#endif
