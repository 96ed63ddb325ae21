/* SPDX-License-Identifier: MIT */
/**
 * The filters of a source that has an extent: a choir, a river, a waterfall.
 *
 * Problem  a source of some size is many points that sound independently. At each ear their powers add; between the
 *          ears they are coherent only as far as all of them are heard from about the same direction. Rendering the
 *          points would cost as many sources.
 * Method   with H_e(i) the ear filters towards points spread evenly over the disc that the source fills,
 *          P_e = mean |H_e(i)|^2, and the interaural coherence c = |mean H_L(i) H_R(i)*| / sqrt(P_L P_R), the ears get
 *              left  = sqrt(P_L) (sqrt((1 + c) / 2) u + sqrt((1 - c) / 2) v)
 *              right = sqrt(P_R) (sqrt((1 + c) / 2) u - sqrt((1 - c) / 2) v)
 *          where u is the sound and v the sound decorrelated (pn_velvet.h): then the ears have these powers and this
 *          coherence at every frequency [the square-root synthesis of parametric spatial audio: Faller & Baumgarte
 *          2003; Vilkamo, Baeckstroem & Kuntz 2013]. The phase is that of the filters towards the middle, so that the
 *          onset, and with it the direction, stays. Responses are cut to what one hop of overlap-save can hold.
 * Cost     PN_WIDE_POINTS filters of pn_hrtf_filter_at, and two four-lane FFTs, whenever the source moves; at rest, a
 *          second source's worth.
 */
#ifndef PN_WIDE_H
#define PN_WIDE_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "hrtf/pn_hrtf.h"

enum { PN_WIDE_POINTS = 32 };

/** Working memory: one per thread. */
typedef struct pn_wide pn_wide;

/** @return NULL when counting. [init] Realtime no. */
pn_wide *pn_wide_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded);

/**
 * Half the angle under which a ball is seen, 0 to pi: from its surface inward it comes to surround the listener.
 * @param radius_m, distance_m  0 or more.  Thread [any]  Realtime yes
 */
float pn_wide_half_angle(float radius_m, float distance_m) PN_RT;

/**
 * Both filter pairs of an extended source.
 *
 * @param[in]     key        towards its middle
 * @param half_angle_rad     0 to pi; at 0 `common` is the filter of a point and `apart` is silent
 * @param[in,out] hint       see pn_hrtf_filter_at
 * @param[out]    common     [pn_hrtf_pair_floats] for the sound itself
 * @param[out]    apart      [pn_hrtf_pair_floats] for the sound decorrelated; the right ear's is to be subtracted
 * Thread [audio]  Realtime yes
 */
void pn_wide_filters_at(pn_wide *wide, const pn_hrtf *set, const pn_hrtf_key *key, float half_angle_rad, uint32_t *hint,
                        float *common, float *apart) PN_RT;

#endif
