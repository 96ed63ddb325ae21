/* SPDX-License-Identifier: MIT */
/**
 * The decorrelated part of extended sources (pn_wide.h), for all of them together.
 *
 * Method   every extended source is convolved a second time, with the filters of what its ears do not share. These sums
 *          pass through one decorrelator, and join the left ear as they are, the right ear with the opposite sign: the
 *          decorrelation is the same for all, so one pass does for any number of sources.
 * Memory   two filter pairs for each source that may be extended at a time, lent while it is.
 */
#ifndef PN_APART_H
#define PN_APART_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"

enum { PN_APART_MOST = 32 };

typedef struct pn_apart pn_apart;

/** @param most  sources that are extended at a time, PN_APART_MOST at most. @return NULL when counting. [init] */
pn_apart *pn_apart_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded, double sample_rate_hz,
                         uint32_t most);

/** Silence; everything lent is back. [audio] Realtime yes. */
void pn_apart_reset(pn_apart *apart) PN_RT;

/** @return two filter pairs, one behind the other; NULL if all are lent. [audio] Realtime yes. */
float *pn_apart_lend(pn_apart *apart) PN_RT;

/** Gives them back. [audio] Realtime yes. */
void pn_apart_return(pn_apart *apart, float *pairs) PN_RT;

/** Starts a hop. [audio] Realtime yes. */
void pn_apart_begin(pn_apart *apart) PN_RT;

/**
 * Adds one source.
 * @param[in] window      [fft_frames] the newest sample last
 * @param[in] start, end  filter pairs at the hop's start and end
 * Thread [audio]  Realtime yes
 */
void pn_apart_add(pn_apart *apart, const float *window, const float *start, const float *end) PN_RT;

/** Adds the hop to both ears, [PN_HOP_FRAMES]; nothing, where nothing sounds. [audio] Realtime yes. */
void pn_apart_finish(pn_apart *apart, float *left, float *right) PN_RT;

#endif
