/* SPDX-License-Identifier: MIT */
/**
 * From the poses of a source and a head to all that the source's filter depends on, its key; and whether two keys are
 * near enough to each other that nobody hears the difference.
 *
 * Laws of distance, cone and directivity are pn_law.h's, the near field pn_near_field.h's; with Doppler the source is
 * where it was when the sound left it (pn_trail.h).
 */
#ifndef PN_SOURCE_KEY_H
#define PN_SOURCE_KEY_H

#include "render/pn_source.h"

/**
 * One hop of the way to what occlusion lets through. [audio] Realtime yes.
 *
 * @param at_once  all of the way
 * @return whether it is not everything
 */
bool pn_source_follow_occlusion(pn_source *source, double hop_s, bool at_once) PN_RT;

/** A source's pose in head space, metres, where it is now. [audio] Realtime yes. */
pn_pose pn_source_heard_at(const pn_source *source, const pn_pose *head) PN_RT;

/**
 * From world poses to what the filter and the delay line need.
 *
 * @param occluded  as pn_source_follow_occlusion said
 * @return the distance in metres
 * Thread [audio]  Realtime yes
 */
float pn_source_key_at(const pn_source *source, const pn_source_context *context, const pn_pose *head, bool occluded,
                       pn_source_key *key) PN_RT;

/** Copies a key: colours count, and are copied, only where there are any. [audio] Realtime yes. */
void pn_source_key_copy(pn_source_key *to, const pn_source_key *from) PN_RT;

/** Whether a filter that was built for the one is good for the other: to 0.01 degrees and 0.001 dB. [audio] */
bool pn_source_key_still(const pn_source_key *a, const pn_source_key *b) PN_RT;

/**
 * Level of a coloured source where it matters most, 500 Hz to 4 kHz, linear: the bulk tier has no filters of its own.
 * [audio] Realtime yes.
 */
float pn_source_key_middle_gain(const pn_source_key *key, int ear) PN_RT;

/**
 * How loud a source counts in the choice of its tier, as an amplitude: its level at the end of the last hop, occluded
 * as it is, and up to 12 dB more the further its octave bands lie apart. The bulk tier renders the mean level of its
 * colour only, which is most missed where there is most of it. Only if key_valid. [audio] Realtime yes.
 */
float pn_source_audibility(const pn_source *source) PN_RT;

#endif
