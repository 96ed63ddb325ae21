/* SPDX-License-Identifier: MIT */
/**
 * Sources nearer than the measurement: what a rigid sphere does to level at each ear, and where each ear sees them.
 *
 * Method   the distance variation function |H(r) / H(r0)| of a rigid sphere with the head's radius [Duda & Martens
 *          1998, eq. 3; Kan, Jin, van Schaik 2009], tabulated over distance, incidence and octave band and read
 *          bilinearly in 1/r and angle; and for each ear the direction in which the line from the ear through the
 *          source meets the sphere on which the set was measured (acoustic parallax). The 1/r of the head's centre is
 *          not in it: that is the distance law's.
 * Range    from 0.12 m (nearer is treated as that) to the measuring distance, where both effects vanish steadily.
 */
#ifndef PN_NEAR_FIELD_H
#define PN_NEAR_FIELD_H

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "dsp/pn_bands.h"
#include "math/pn_space.h"

#define PN_HEAD_RADIUS_M 0.0875f

enum { PN_NEAR_DISTANCES = 12, PN_NEAR_ANGLES = 37 };

typedef struct pn_near_field {
    float reference_m;   /* the set's measuring distance */
    float nearest_m;
    float log_gain[PN_NEAR_DISTANCES][PN_NEAR_ANGLES][PN_BANDS]; /* nepers; even steps in 1/r, in angle */
} pn_near_field;

/** The table. @return NULL when counting. [init] Realtime no. */
const pn_near_field *pn_near_field_place(pn_arena *arena, double reference_m);

/**
 * Pressure on a rigid sphere from a point source, relative to the free field at its centre [Duda & Martens 1998].
 *
 * @param distance_m  from the centre, more than the radius
 * @param incidence_rad  angle between the source and the point on the sphere, seen from the centre
 * @return magnitude.  Thread [init]  Realtime no
 */
double pn_near_field_sphere(double radius_m, double distance_m, double incidence_rad, double frequency_hz);

/**
 * Both ears' view of a near source.
 *
 * @param[in]  head_dir    unit vector to the source
 * @param[in]  distance_m  less than reference_m
 * @param[out] ear_dirs    [2] unit vectors, head space: where to look the filters up
 * @param[out] log_gain    [2][PN_BANDS] nepers, added to
 * Thread [audio]  Realtime yes
 */
void pn_near_field_at(const pn_near_field *table, pn_vec3 head_dir, float distance_m, pn_vec3 ear_dirs[2],
                      float log_gain[2][PN_BANDS]) PN_RT;

#endif
