/* SPDX-License-Identifier: MIT */
/**
 * What the engine tells its host: plain numbers, read at any time, laid out like the scene.
 *
 * Counters run from init or reset and wrap; levels and counts of sources are those of the last hop. The engine has no
 * clock of its own: load and underruns are measured by the host.
 */
#ifndef PN_STATS_H
#define PN_STATS_H

#include <assert.h>
#include <stdint.h>

typedef struct pn_stats {
    double frames;               /* rendered since init */
    uint32_t sources_active;     /* slots in use */
    uint32_t sources_sounding;   /* of these, those that were not silent */
    uint32_t sources_moving;     /* of these, those whose filter changed */
    uint32_t scenes_applied;     /* snapshots taken */
    uint32_t scenes_refused;     /* wrong magic, version or size */
    uint32_t values_mended;      /* non-finite or impossible numbers in a scene, replaced */
    uint32_t samples_mended;     /* non-finite input samples, set to zero */
    uint32_t latency_frames;   /* of partial hops: 0 when every block is a whole number of hops; and of LINN's form A */
    uint32_t starved_frames;     /* output frames missing because block_frames was not kept */
    float peak[2];               /* of the last hop, left and right, linear */
    float limiter_gain;          /* 1 = untouched */
    float pose_age_s;            /* time from the listener's pose to where it is heard; 0 without prediction */
    uint32_t sources_bulk;       /* of those that sound, in the bulk tier */
    uint32_t sources_frames;   /* of those that sound, LINN in form A */
    uint32_t sources_fir;      /* of those that sound, LINN in form B */
} pn_stats;

static_assert(sizeof(pn_stats) == 72, "the statistics are 72 bytes on every host");

#endif
