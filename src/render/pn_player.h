/* SPDX-License-Identifier: MIT */
/**
 * Playing audio clips inside the engine: start, stop and loop to the sample, without clicks.
 *
 * Method   a playhead in whole frames. A stop, a restart, another clip in the record and a start in the middle of a
 *          clip fade over a hop or less; a start at the clip's first sample does not, so that its attack is kept.
 */
#ifndef PN_PLAYER_H
#define PN_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "scene/pn_scene.h"

/** Mono samples at the engine's rate, lent by the host; NULL = none. */
typedef struct pn_clip {
    const float *samples;
    uint32_t frames;
    uint32_t sane; /* of these, the first ones that were looked at: they need no cleaning */
} pn_clip;

typedef struct pn_player {
    uint32_t token;       /* the start that is being served */
    uint32_t ended_token; /* the last one that is over */
    bool waiting;         /* for its time, or for its clip */
    bool playing;
    uint32_t number;      /* of the clip that plays */
    uint32_t at;          /* next frame of the clip */
    uint32_t loop_start;  /* of what plays or fades out */
    uint32_t loop_end;    /* 0 = no loop */
    uint32_t fade_in;     /* frames of fading in that are left */
    pn_clip fading_clip;  /* what is fading out, if fade_out is not 0 */
    uint32_t fading_at;
    uint32_t fading_loop_start;
    uint32_t fading_loop_end;
    uint32_t fade_out;
} pn_player;

/** Stopped, nothing pending. [audio] Realtime yes. */
void pn_player_reset(pn_player *player) PN_RT;

/**
 * Adds a hop's worth of the clip.
 *
 * @param[in]     source         start, stop, loop and clip number
 * @param[in]     clips          [clip_count], clip n at n - 1
 * @param[in]     clock_frame    host frame of the hop's first sample
 * @param[in,out] x              [PN_HOP_FRAMES] added to
 * @return whether anything was added
 * Thread [audio]  Realtime yes
 */
bool pn_player_add(pn_player *player, const pn_scene_source *source, const pn_clip *clips, uint32_t clip_count,
                   double clock_frame, double sample_rate_hz, float *x) PN_RT;

/** Reads what is near the playhead, so that it is in the cache when it is needed. [audio] Realtime yes. */
void pn_player_touch(const pn_player *player, const pn_clip *clips, uint32_t clip_count) PN_RT;

/**
 * A hop of the clip as it lies there, if it is nothing else: no start, stop, fade, seam or end is in it. As
 * pn_player_add, but for where the samples are.
 *
 * @return [PN_HOP_FRAMES] within the clip; NULL = not so, and nothing was done
 * Thread [audio]  Realtime yes
 */
const float *pn_player_straight(pn_player *player, const pn_scene_source *source, const pn_clip *clips,
                                uint32_t clip_count, double clock_frame, double sample_rate_hz) PN_RT;

#endif
