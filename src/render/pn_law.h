/* SPDX-License-Identifier: MIT */
/**
 * Level over distance and over the angle of emission, as the Web Audio specification defines them.
 */
#ifndef PN_LAW_H
#define PN_LAW_H

#include <stdint.h>

#include "base/pn_rt.h"
#include "math/pn_space.h"
#include "scene/pn_scene.h"

/**
 * Gain of a source at a distance [Web Audio API, PannerNode, "distanceModel"].
 *
 *   linear       1 - f (clamp(d, d0', d1') - d0') / (d1' - d0'), d0' and d1' the smaller and larger of ref and max
 *   inverse      ref / (ref + f (max(d, ref) - ref))
 *   exponential  (max(d, ref) / ref)^-f
 *   none         1
 *
 * @param distance_m  0 or more
 * Thread [audio]  Realtime yes
 */
float pn_law_distance(const pn_scene_source *source, float distance_m) PN_RT;

/** A cone from this inner angle on, 360 degrees less rounding, is no cone. */
#define PN_LAW_NO_CONE_RAD 6.2831f

/**
 * Gain of a source by the angle between its axis and the listener: 1 inside the inner cone, cone_outer_gain outside the
 * outer, linear in the angle between [Web Audio API, PannerNode, "Sound Cones"].
 *
 * @param axis, to_listener  the same space; any length, zero counts as straight ahead
 * Thread [audio]  Realtime yes
 */
float pn_law_cone(const pn_scene_source *source, pn_vec3 axis, pn_vec3 to_listener) PN_RT;

/**
 * Level by frequency and angle of emission: |(1 - a_b) + a_b cos|^power in each band, no less than -80 dB.
 *
 * @param axis, to_listener  the same space; any length, zero counts as straight ahead
 * @param[in,out] log_gain   [PN_BANDS] nepers, added to
 * Thread [audio]  Realtime yes
 */
void pn_law_directivity(const pn_scene_source *source, pn_vec3 axis, pn_vec3 to_listener, float *log_gain) PN_RT;

/** Natural logarithm of a linear gain, no less than -80 dB. [audio] Realtime yes. */
float pn_law_nepers(float gain) PN_RT;

#endif
