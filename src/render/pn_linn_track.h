/* SPDX-License-Identifier: MIT */
/**
 * TDW in quality mode, for one live source: both ears' delays at the end of every hop, from poses in head space.
 *
 * Method   the geometric part is that of the hop's end, so that nothing lags; the network runs on rows at 120 Hz, taken
 *          between the hop's poses, and its part glides to each new row's value over a row's time. Who reads the sound
 *          moves linearly between the hops' delays, with a long kernel (dsp/pn_delay.h).
 */
#ifndef PN_LINN_TRACK_H
#define PN_LINN_TRACK_H

#include <stdint.h>

#include "base/pn_rt.h"
#include "nn/pn_dense.h"
#include "render/pn_motion.h"

typedef struct pn_linn_track {
    pn_warp_memory memory;
    double since_row;      /* frames */
    double neural_from[2]; /* samples at 48 kHz */
    double neural_to[2];
    pn_warp_pose pose; /* at the end of the last hop */
    double delay[2];   /* frames at the engine's rate, beside those of the way to midway between the ears */
    double way;        /* the latter */
} pn_linn_track;

/**
 * The data set's axes from the engine's: x ahead, y right, z up; the rotation's sign with w >= 0.
 * @param head  the mouth in head space, and how it is turned. [any] Realtime yes.
 */
pn_warp_pose pn_linn_pose_of(const pn_pose *head) PN_RT;

/** As if the source had always been there. [audio] Realtime yes: five steps of the warp's network. */
void pn_linn_track_begin(pn_linn_track *track, const pn_dense *model, const pn_pose *at) PN_RT;

/** Goes a hop on. [audio] Realtime yes: 0.32 steps of the warp's network on average. */
void pn_linn_track_hop(pn_linn_track *track, const pn_dense *model, const pn_pose *from, const pn_pose *to) PN_RT;

#endif
