/* SPDX-License-Identifier: MIT */
/**
 * The seam for renderers that not every build of the engine holds: a guest takes some of its sources, as filters for
 * the exact tier, or whole. The engine never names one, so that who does not link one does not carry it.
 *
 * A source that changes between the engine's own tiers and a guest's crosses over like one that changes its tier. A
 * guest that is late (latency_frames) is fed that long before the former tier fades.
 */
#ifndef PN_GUEST_H
#define PN_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "dsp/pn_bands.h"
#include "dsp/pn_delay.h"
#include "render/pn_motion.h"

/** How a guest takes a source. */
typedef enum pn_guest_part {
    PN_GUEST_NONE,    /* not at all: the engine renders it */
    PN_GUEST_FILTERS, /* it makes the filters, and the exact tier convolves */
    PN_GUEST_WHOLE,   /* it makes the sound */
} pn_guest_part;

/** One hop of a source. */
typedef struct pn_guest_hop {
    pn_pose from;    /* head space, the source's own -z ahead, at the hop's start */
    pn_pose to;      /* at its end */
    float gain_from; /* linear: own gain, law of distance, cone */
    float gain_to;
    bool coloured; /* else the next two do not count */
    float air_m;
    float log_gain[2][PN_BANDS];
    bool first;   /* there was no hop before this: begin as if the source had always been there */
    bool fade_in; /* it was heard otherwise until now; counts with `first` */
    bool last;    /* there will be no other: fade out over the hop */
    bool delayed; /* Doppler: the way's delay counts */
} pn_guest_hop;

typedef struct pn_guest pn_guest;
struct pn_engine;

/** Gives an engine a guest, which must outlive it; NULL = none, at once. [audio] Realtime yes. */
void pn_engine_set_guest(struct pn_engine *engine, pn_guest *guest) PN_RT;

struct pn_guest {
    uint32_t latency_frames; /* of what it makes whole, at present */
    float ahead_frames;      /* that its filters are late: with Doppler, the way is read so much earlier */
    uint32_t sources_whole;  /* in the last hop, for statistics */
    uint32_t sources_filters;

    /** Whether it takes a source that sounds; asked once a hop. [audio] Realtime yes. */
    pn_guest_part (*part)(pn_guest *guest, uint32_t slot);

    /** The filter pair (pn_hrtf.h) for the hop's start. @param[out] pair  gain included. [audio] Realtime yes. */
    void (*begin)(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, float *pair);

    /** The pair for the hop's end. @return false = it is the last one, and was not written. [audio] Realtime yes. */
    bool (*filters)(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, float *pair);

    /** Renders a source from its line, which holds the hop's samples already. [audio] Realtime yes. */
    void (*whole)(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, const pn_delay *line,
                  const pn_delay_kernel *kernel);

    /** Ends the hop. @param[in,out] left, right  [PN_HOP_FRAMES] what it made whole is added. [audio] Realtime yes. */
    void (*finish)(pn_guest *guest, float *left, float *right);

    /** Forgets all sources. [audio] Realtime yes. */
    void (*reset)(pn_guest *guest);
};

#endif
