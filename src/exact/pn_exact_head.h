/* SPDX-License-Identifier: MIT */
/**
 * A measured head in double precision: aligned filters at the renderer's rate, delays, and the net of directions.
 *
 * The net's triangles are the engine's (hrtf/pn_triangulation.h): where measured directions lie on common circles many
 * nets are equally good, and it is a matter of choice which one is meant. Weights are solved here, in double.
 */
#ifndef PN_EXACT_HEAD_H
#define PN_EXACT_HEAD_H

#include <stdint.h>

#include "exact/pn_exact.h"
#include "exact/pn_exact_sinc.h"

typedef struct pn_exact_triangle {
    uint32_t node[3];
    uint32_t neighbour[3];  /* across the edge opposite corner k */
    double weight_of[3][3]; /* dot with a direction: the weight of corner k, before normalising */
} pn_exact_triangle;

struct pn_exact_head {
    double sample_rate_hz;
    double distance_m; /* at which it was measured */
    uint32_t nodes;
    uint32_t taps;
    uint32_t lead;           /* the first tap acts so many frames before the sound: another rate's kernel rings there */
    double guard_frames;     /* before a filter's onset */
    const double *head_dirs; /* [nodes][3] */
    const double *filters;   /* [nodes][2][taps] */
    const double *delays;    /* [nodes][2] frames */
    double longest_delay;
    const double *diotic; /* [taps] the mean over the sphere and both ears */
    double diotic_delay;
    const pn_exact_triangle *triangles; /* [triangle_count] */
    uint32_t triangle_count;
    pn_exact_sinc sinc;
};

/** The three directions around one, and their weights: 0 or more, sum 1. */
typedef struct pn_exact_around {
    uint32_t triangle;
    double weight[3];
} pn_exact_around;

/**
 * The triangle around a direction.
 *
 * @param head_dir  any length above 0
 * @param first     where to start to look
 * Thread [init]
 */
pn_exact_around pn_exact_head_find(const pn_exact_head *head, const double head_dir[3], uint32_t first);

/** The delay of an ear between three directions, frames. [init] */
double pn_exact_head_delay(const pn_exact_head *head, const pn_exact_around *around, uint32_t ear);

#endif
