/* SPDX-License-Identifier: MIT */
/**
 * Tier 2: thousands of sources through a few shared filters.
 *
 * Method   every ear filter of the set is nearly a mixture of K basis filters (pn_bake_basis.h). A source is delayed
 *          for each ear by its own fractional delay and added to K buses an ear with K gains; the 2 K buses are
 *          convolved with the basis filters once for all sources, in tier 1's transform, and join its output.
 *          Delay: four taps (pn_short_delay.h) at 512 fractions, renewed every 4 to 128 samples, as fast as the delay
 *          changes; what they take from the treble, and the 2 frames that they look ahead, the basis filters give back
 *          (pn_refit_basis.h).
 *          Gains: steps of 16 samples, 8 a hop. What changes too much for steps, because it jumps, comes, goes, or is
 *          heard with another head, is added twice: one mixture fades into the other sample by sample.
 *          Sources are taken in batches, so that delayed signals stay in the first-level cache, and buses are summed
 *          eight registers at a time over a whole batch.
 * Cost     per source and hop: 2 x 4 x 128 multiply-adds of delay, 2 x K x 128 of gains.
 *          Shared: 2 K / 4 four-lane FFTs.
 */
#ifndef PN_TIER2_H
#define PN_TIER2_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "hrtf/pn_hrtf.h"
#include "render/pn_tier1.h"

typedef struct pn_tier2 pn_tier2;

/** What one source brings to a hop. */
typedef struct pn_tier2_voice {
    const float *window;      /* [fft_frames] the newest sample last */
    const pn_hrtf_mix *start; /* at the hop's start; the same as `end` if nothing moves */
    const pn_hrtf_mix *end;
} pn_tier2_voice;

/** @return NULL when counting. [init] Realtime no. */
pn_tier2 *pn_tier2_place(pn_arena *arena, uint32_t fft_frames);

/** Silence. [audio] Realtime yes. */
void pn_tier2_reset(pn_tier2 *tier) PN_RT;

/** Starts a hop. [audio] Realtime yes. */
void pn_tier2_begin(pn_tier2 *tier) PN_RT;

/** Adds one source. One head for all, until the next reset. [audio] Realtime yes. */
void pn_tier2_add(pn_tier2 *tier, const pn_hrtf *hrtf, const pn_tier2_voice *voice) PN_RT;

/** Adds one source that fades out (into false) from `start`, or in (true) to `end`. The other is not read.
    [audio] Realtime yes. */
void pn_tier2_add_fading(pn_tier2 *tier, const pn_hrtf *hrtf, const pn_tier2_voice *voice, bool into) PN_RT;

/**
 * Convolves the buses into tier 1's sums.
 *
 * @param[in] hrtf  the head that everything since the last reset was added with
 * @return whether there was anything
 * Thread [audio]  Realtime yes
 */
bool pn_tier2_finish(pn_tier2 *tier, const pn_hrtf *hrtf, pn_tier1 *into) PN_RT;

#endif
