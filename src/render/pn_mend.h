/* SPDX-License-Identifier: MIT */
/**
 * Scenes come from outside: impossible numbers are replaced before anything computes with them.
 */
#ifndef PN_MEND_H
#define PN_MEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "scene/pn_scene.h"

/** A scene's header as it is before anyone set anything. [any] Realtime yes. */
pn_scene_header pn_mend_default_header(void);

/** A source as it is before anyone set anything. [any] Realtime yes. */
pn_scene_source pn_mend_default_source(void);

/**
 * Copies a header; a number that is not finite or not possible keeps its former value.
 * @return how many were kept. [audio] Realtime yes.
 */
uint32_t pn_mend_header(pn_scene_header *to, const pn_scene_header *from) PN_RT;

/** Likewise for a source. [audio] Realtime yes. */
uint32_t pn_mend_source(pn_scene_source *to, const pn_scene_source *from) PN_RT;

/** Likewise for its position and its rotation alone. [audio] Realtime yes. */
uint32_t pn_mend_source_pose(pn_scene_source *to, const pn_scene_source *from) PN_RT;

/**
 * Whether a record says nothing new but a pose: the others of its numbers are what pn_mend_source made `now` of. Of a
 * scene that moves, this holds for nearly all records. [audio] Realtime yes.
 */
bool pn_mend_only_moved(const pn_scene_source *now, const pn_scene_source *from) PN_RT;

#endif
