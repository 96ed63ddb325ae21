/* SPDX-License-Identifier: MIT */
/**
 * A source as the listener hears it at one time: from two poses to directions, gain and colour, in double.
 *
 * The laws are the engine's (render/pn_source.c, pn_law.h, hrtf/pn_near_field.h), written down a second time on
 * purpose: the yardstick must not share the code that it measures. A test compares the two.
 */
#ifndef PN_EXACT_VIEW_H
#define PN_EXACT_VIEW_H

#include <stdbool.h>

#include "exact/pn_exact.h"

typedef struct pn_exact_view {
    double ear_dirs[2][3]; /* head space: where each ear sees it */
    double head_dir[3];    /* unit length */
    double distance_m;
    double gain;     /* linear: its own, distance law, cone */
    double nearness; /* 0 = the directions' own filters, 1 = the diotic mean: it is inside the head */
} pn_exact_view;

/** Log gains by band and metres of air: what a source's minimum-phase filter is made of. */
typedef struct pn_exact_colour {
    double log_gain[2][PN_EXACT_BANDS]; /* nepers */
    double air_m;
} pn_exact_colour;

/** [init] @param reference_m  at which the head was measured */
void pn_exact_view_of(const pn_exact_source *source, double reference_m, const pn_exact_pose *head,
                      const pn_exact_pose *own, pn_exact_view *out);

/** [init] As pn_exact_view_of, of which it takes the result. */
void pn_exact_colour_of(const pn_exact_source *source, double reference_m, const pn_exact_pose *head,
                        const pn_exact_pose *own, const pn_exact_view *view, pn_exact_colour *out);

/** Distance between the two, as pn_exact_view_of has it. [init] */
double pn_exact_distance(const pn_exact_source *source, const pn_exact_pose *head, const pn_exact_pose *own);

#endif
