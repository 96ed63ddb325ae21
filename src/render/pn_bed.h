/* SPDX-License-Identifier: MIT */
/**
 * The seam for sound that is no source: a bed has inputs of its own and joins tier 1's sums. The engine never names
 * one, so that who does not link one does not carry it (as pn_guest.h).
 *
 * A slot whose record says PN_SOURCE_SOUNDFIELD is the bed's. The engine keeps its record, comings and goings; without
 * a bed it is silent.
 */
#ifndef PN_BED_H
#define PN_BED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "render/pn_motion.h"
#include "render/pn_source.h"
#include "render/pn_tier1.h"
#include "scene/pn_stats.h"

typedef struct pn_bed pn_bed;
struct pn_engine;

/** What a bed is told of a hop. */
typedef struct pn_bed_hop {
    const pn_pose *head_start;
    const pn_pose *head_end;
    pn_source *sources;  /* [max_sources] of the engine: the bed moves those that are its own */
    uint32_t max_sources;
    bool first;          /* the engine's very first: nothing was heard before */
    pn_tier1 *into;
    pn_stats *stats;
} pn_bed_hop;

struct pn_bed {
    /**
     * Takes `frames` of the block that the engine is being given.
     * @param from  frames of the block before these  @param at  frames of the hop before these  [audio] Realtime yes.
     */
    void (*take)(pn_bed *bed, uint32_t from, uint32_t at, uint32_t frames);

    /** Adds the hop that is complete. @return whether there was anything. [audio] Realtime yes. */
    bool (*hop)(pn_bed *bed, const pn_bed_hop *hop);

    /** Silence. [audio] Realtime yes. */
    void (*reset)(pn_bed *bed);
};

/** Gives an engine a bed, which must outlive it; NULL = none, at once. [audio] Realtime yes. */
void pn_engine_set_bed(struct pn_engine *engine, pn_bed *bed) PN_RT;

#endif
