/* SPDX-License-Identifier: MIT */
/**
 * From a sound field to two ears: the filters by which ambisonic channels of orders 1 to 3 are heard with a head.
 *
 * Problem  a head's filters vary over the sphere more finely than 4, 9 or 16 channels can say. The least-squares
 *          decoder gives up level where it cannot have the phase: above some 600 Hz times the order it is dull.
 * Method   MagLS [Schoerkhuber, Zaunschirm, Hoeldrich 2018]: below a border, least squares; above it, where ears hear
 *          level rather than phase, the filters' magnitudes with whatever phase the decoder itself had one bin below,
 *          bin after bin. Done at four times the renderer's resolution, with the head's middle delay taken out, so that
 *          a phase that is carried on carries on a delay. Then cut to the renderer's length, and the same again from
 *          the phases that are left [variable exchange: Setsompop et al. 2008]: the cut costs the bass less.
 *          Errors weigh as one over the level, so that the ear on the far side counts.
 *          Last, per bin, half of the least 2 x 2 mixing that gives diffuse sound the head's own levels and interaural
 *          coherence [Vilkamo, Baeckstroem, Kuntz 2013].
 *          The head is asked at even directions, so that any head will do: measured or a network, at any rate.
 * Layout   one block without pointers, which may be copied like a head.
 */
#ifndef PN_DECODER_H
#define PN_DECODER_H

#include <stdint.h>

#include "base/pn_rt.h"
#include "hrtf/pn_hrtf.h"
#include "math/pn_harmonics.h"
#include "pn.h"

struct pn_decoder {
    double sample_rate_hz;
    uint32_t bytes;       /* of the whole block */
    uint32_t fft_frames;  /* the head's, as is the next */
    uint32_t bins_padded;
    uint32_t filters_at;  /* bytes from this struct: order 1's channels, order 2's, order 3's, a filter pair each */
};

/** A channel's filter pair (pn_hrtf.h). @param order 1 to 3. [any] Realtime yes. */
const float *pn_decoder_filter(const pn_decoder *decoder, uint32_t order, uint32_t channel) PN_RT;

#endif
