/* SPDX-License-Identifier: MIT */
/**
 * One source: from its record in the scene, its input and the head's pose to a window of samples and two filters.
 *
 * Life of a slot   empty -> occupied (a record became active) -> leaving (the record went inactive or another source
 *                  took the slot: one hop of fading out) -> empty or occupied by the next.
 * Silence          a source whose window holds only zeros costs its motion and nothing else. When sound comes back,
 *                  its filter is built for the pose at the hop's start, as if it had never been away.
 * Coincidence      nearer than PN_SOURCE_INSIDE_M a source fades to the same signal in both ears, so that walking
 *                  through one neither jumps nor divides by zero.
 * Colour           near field, air, directivity and occlusion are log gains in octave bands that add up, and one
 *                  factor of the filter (pn_bands.h): they cost nothing where they are not used, and never a pass over
 *                  the sound.
 */
#ifndef PN_SOURCE_H
#define PN_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "dsp/pn_bands.h"
#include "dsp/pn_delay.h"
#include "hrtf/pn_hrtf.h"
#include "hrtf/pn_near_field.h"
#include "render/pn_guest.h"
#include "render/pn_motion.h"
#include "render/pn_player.h"
#include "render/pn_trail.h"
#include "render/pn_wide.h"
#include "scene/pn_scene.h"

#define PN_SOURCE_INSIDE_M 0.1f
#define PN_SOURCE_SLIDE_HOPS 1 /* that a window slides before it is moved back */
#define PN_SPEED_OF_SOUND_M_S 343.0f

/** Index of what is kept for each tier; for one that a guest makes whole, nothing is. */
enum { PN_EXACT, PN_BULK, PN_TIERS, PN_WHOLE = PN_TIERS };

/** What all sources of an engine share. */
typedef struct pn_source_context {
    const pn_hrtf *hrtf;
    const pn_delay_kernel *kernel;
    const pn_near_field *near_field;
    pn_wide *wide;
    pn_bands bands;
    double sample_rate_hz;
    float longest_delay; /* frames of propagation that a line holds */
    float sound_m_hop;   /* way of sound in a hop */
    pn_guest *guest;     /* NULL = none */
} pn_source_context;

/** All that a source's filter depends on. Two equal keys give equal filters. */
typedef struct pn_source_key {
    pn_hrtf_key head;
    float half_angle_rad;        /* of an extended source; 0 = a point */
    bool coloured;               /* else the rest does not count, and is not set */
    float air_m;
    float log_gain[2][PN_BANDS]; /* nepers, per ear */
} pn_source_key;

typedef struct pn_source {
    pn_scene_source record; /* of the source that is heard */
    pn_scene_source next;   /* the newest: another's, while this one leaves */
    bool occupied;
    bool leaving;
    bool fresh;         /* no hop was rendered since it took the slot */
    bool directive;     /* of the record: some band is */
    bool occluding;     /* of the record or of what it still fades from */
    uint32_t slot;
    uint32_t teleport;
    pn_glide glide;
    pn_player player;
    float occluded[PN_BANDS]; /* nepers; follows the record's smoothly */
    pn_source_key key;   /* at the end of the last hop, if key_valid */
    bool key_valid;
    pn_source_key built; /* what filter[newest] was built for */
    bool filter_valid;
    pn_source_key mixed; /* what mix[newest_mix] was made for */
    bool mix_valid;
    int tier;    /* PN_EXACT, PN_BULK or PN_WHOLE, in the last hop in which it sounded */
    bool placed;         /* there was such a hop since it was silent */
    bool stale;          /* filter[newest] is of another head: build again, and cross over */
    uint32_t newest;
    uint32_t newest_mix;
    float *filter[2];   /* pairs, see pn_hrtf.h */
    float *apart[2];    /* likewise, for what an extended source's ears do not share (pn_apart.h); NULL = a point */
    pn_hrtf_mix mix[2];
    uint32_t hint;      /* triangle */
    const float *window[PN_TIERS]; /* [fft_frames] what each tier hears of it, the newest last */
    float *room[PN_TIERS];         /* [fft_frames + PN_SOURCE_SLIDE_HOPS hops] through which it slides */
    bool borrowed[PN_TIERS];       /* it is in a clip that is played instead */
    bool ahead;                    /* this hop's samples are in the window already */
    const float *follows;          /* the clip's next samples, if the last `straight` frames were heard as they lie */
    uint32_t straight;             /* there, in one tier */
    uint32_t sounding[PN_TIERS];   /* frames until the window is empty */
    uint32_t quiet;     /* frames of silence at the window's end, and in the delay line */
    pn_delay line;
    bool delayed;       /* Doppler was on in the last hop */
    bool trailed;       /* the trail leads here */
    pn_trail trail;     /* with Doppler: where it was */
    float delay;        /* frames, at the end of the last hop, if key_valid */
    bool by_guest; /* a guest has to do with it in this hop */
    bool guested;  /* filter[newest] is a guest's */
    bool whole;    /* a guest was given it whole in the last hop */
    bool lined;    /* the line holds its sound up to the last hop */
    uint32_t led;  /* frames that a guest has had before the former tier fades */
    bool heard_valid;
    pn_pose heard;     /* head space, at the end of the last hop, if a guest may ask for it */
    pn_guest_hop told; /* what a guest is told of this hop, if it has to do with it */
} pn_source;

/** What a source contributes to a hop: to one tier, or to two while it changes from one to the other. */
typedef struct pn_source_work {
    const float *start; /* filter pairs for tier 1; NULL = not in it */
    const float *end;   /* the same as start: nothing changed */
    const float *start_apart; /* with start: what is to be decorrelated; NULL = a point */
    const float *end_apart;
    const pn_hrtf_mix *start_mix; /* for tier 2; NULL = not in it */
    const pn_hrtf_mix *end_mix;
    bool mix_exchanged; /* start_mix is of the former head's basis filters */
    bool whole; /* a guest is to render the source's `told` from its line */
} pn_source_work;

/**
 * Places sources [count] and their buffers, those of a kind side by side: what a hop reads of all sources then lies on
 * few pages. NULL when counting. [init] Realtime no.
 */
pn_source *pn_sources_place(pn_arena *arena, uint32_t count, const pn_hrtf *hrtf, uint32_t line_frames_pow2);

/** An empty slot. [audio] Realtime yes: O(line). */
void pn_source_reset(pn_source *source, uint32_t fft_frames) PN_RT;

/**
 * Takes a record from a scene.
 *
 * @param hops  that a glide should take
 * @return how many impossible numbers were replaced
 * Thread [audio]  Realtime yes
 */
uint32_t pn_source_apply(pn_source *source, const pn_scene_source *record, uint32_t fft_frames, uint32_t hops) PN_RT;

/**
 * Advances by a hop: motion, window, filters.
 *
 * @param[in] head_start, head_end  the listener's poses
 * @param[in] x         [PN_HOP_FRAMES] the hop's clean samples, live and played; NULL = silence
 * @param tier          PN_EXACT, PN_BULK, or PN_WHOLE: a guest's. When it changes, the sound fades over from one
 *                      tier's window to the other's: each tier then filters what it was given to its end, and the sum
 *                      stays whole
 * @param part          of the context's guest, if there is one: PN_GUEST_FILTERS counts for PN_EXACT
 * Thread [audio]  Realtime yes
 */
pn_source_work pn_source_hop(pn_source *source, const pn_source_context *context, const pn_pose *head_start,
                             const pn_pose *head_end, const float *x, int tier, pn_guest_part part) PN_RT;

/** Whether its size is heard, or was until now, so that it needs pairs for `apart`. [audio] Realtime yes. */
bool pn_source_is_wide(const pn_source *source) PN_RT;

/** After the hop in which it left: empties the slot, or gives it to the next. [audio] Realtime yes. */
void pn_source_leave(pn_source *source, uint32_t fft_frames) PN_RT;

#endif
