/* SPDX-License-Identifier: MIT */
/**
 * What each tier hears of a source: a window of its last samples, that slides on by a hop.
 *
 * Problem  a hop's samples are written once and read by the next hops' transforms, and to move every window by a hop at
 *          every hop would be the dearest part of a source at rest.
 * Method   a window slides through a room that is longer than it by PN_SOURCE_SLIDE_HOPS, and is moved back at the end
 *          of it. What is heard as it comes is written there at once, and a clip that is played straight on is read
 *          where it lies.
 */
#ifndef PN_SOURCE_WINDOW_H
#define PN_SOURCE_WINDOW_H

#include "render/pn_source.h"

/**
 * Where the next hop's samples go that need nothing done to them: straight into the window of the tier that the source
 * is in. All of them must be written, zeros for silence, before pn_source_hop with the same tier.
 *
 * @return [PN_HOP_FRAMES]; NULL = the source propagates, changes its tier, or a guest listens: give them to
 *         pn_source_hop instead
 * Thread [audio]  Realtime yes
 */
float *pn_source_ahead(pn_source *source, const pn_source_context *context, int tier) PN_RT;

/**
 * Lets the tier's window be where the samples lie already, instead: in a clip that is played straight on. Nothing is
 * copied then, and what many sources play is read from one place.
 *
 * @param[in] x  [PN_HOP_FRAMES] the hop's samples, sane (pn_array_is_sane), in a clip whose earlier samples were given
 *               in the hops before; they stay until pn_source_give_back
 * @return false = not yet, or what was said of pn_source_ahead: try that
 * Thread [audio]  Realtime yes
 */
bool pn_source_borrow(pn_source *source, const pn_source_context *context, int tier, const float *x) PN_RT;

/** Copies what it has of a clip, which goes. [audio] Realtime yes. */
void pn_source_give_back(pn_source *source, const pn_clip *clip, uint32_t fft_frames) PN_RT;

/**
 * Appends a hop to a tier's window: all of it, none, or fading between.
 *
 * @param[in] y  [PN_HOP_FRAMES] finite; of no interest where pn_source_ahead or pn_source_borrow took the hop
 * @param from, to  how much of it this tier hears, at the hop's start and end, 0 to 1
 * @return whether the window sounds
 * Thread [audio]  Realtime yes
 */
bool pn_source_window_push(pn_source *source, int tier, uint32_t fft_frames, const float *y, float from, float to)
    PN_RT;

#endif
