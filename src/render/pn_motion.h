/* SPDX-License-Identifier: MIT */
/**
 * From poses that arrive now and then to a pose at the end of every hop.
 *
 * Problem  a page moves things 60 to 90 times a second and not evenly; the renderer needs a pose 375 times a second.
 *          Taken as they come, poses would make a staircase; a head, moreover, has turned on by the time it hears.
 * Method   Glide: a source (or a head without prediction) travels from where it is to where it was last seen, straight
 *          and at constant speed, in as many hops as usually pass between scenes. When a scene comes at every hop, as
 *          offline, that is one hop, and every pose is reached exactly when it was meant.
 *          Head: with prediction, the pose is extrapolated from its time stamp to the time at which the hop is heard,
 *          by its angular and linear velocity (measured by the tracker, or differences smoothed at 10 Hz); the pose
 *          itself passes a filter whose cut-off rises with speed and which the velocity takes along, so that a still
 *          head does not tremble and a turning one does not lag [Casiez, Roussel, Vogel 2012, the One Euro filter].
 *          Horizon 60 ms, 15 degrees, 0.2 m; less while the velocity changes quickly, or is hardly above the tracker's
 *          noise; none once samples stop coming.
 */
#ifndef PN_MOTION_H
#define PN_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "math/pn_space.h"
#include "scene/pn_scene.h"

typedef struct pn_pose {
    pn_vec3 position;       /* m, world */
    pn_quat world_from_own; /* unit */
} pn_pose;

typedef struct pn_glide {
    pn_pose now;
    pn_pose target;
    uint32_t hops_left;
} pn_glide;

/** There at once. [audio] Realtime yes. */
void pn_glide_jump(pn_glide *glide, pn_pose pose) PN_RT;

/** There in `hops`, 1 or more; a target equal to the last one changes nothing. [audio] Realtime yes. */
void pn_glide_to(pn_glide *glide, pn_pose pose, uint32_t hops) PN_RT;

/** Advances by a hop. [audio] Realtime yes. */
void pn_glide_step(pn_glide *glide) PN_RT;

typedef struct pn_head {
    pn_glide glide;
    bool predicting;
    uint32_t teleport;
    double sample_time_s;
    double silent_s;          /* since the last sample came */
    pn_pose sample;           /* filtered */
    pn_vec3 raw_position;
    pn_quat raw_rotation;
    pn_vec3 angular_rad_s;    /* world */
    pn_vec3 linear_m_s;       /* world */
    float angular_rad_s2;     /* magnitude of the change */
    pn_pose error;            /* what the last prediction was off by; dies away */
    double age_s;             /* of the pose, where the last hop is heard; for statistics */
} pn_head;

/** At the origin, looking ahead. [audio] Realtime yes. */
void pn_head_reset(pn_head *head) PN_RT;

/**
 * Takes the listener's part of a scene.
 *
 * @param first  no scene was taken before: jump
 * @param hops   that a glide should take
 * Thread [audio]  Realtime yes
 */
void pn_head_apply(pn_head *head, const pn_scene_header *scene, bool first, uint32_t hops) PN_RT;

/**
 * Advances by a hop and gives the pose at its end.
 *
 * @param heard_s  host time at which the hop's end reaches the ear
 * @param hop_s    a hop's length
 * Thread [audio]  Realtime yes
 */
pn_pose pn_head_step(pn_head *head, double heard_s, double hop_s) PN_RT;

#endif
