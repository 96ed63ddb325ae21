/* SPDX-License-Identifier: MIT */
/**
 * The measured directions as a net of triangles, and the way from any direction to its three neighbours.
 *
 * Problem  a measurement exists at some directions only; a source is anywhere.
 * Method   the convex hull of unit vectors is their spherical Delaunay triangulation; it is grown point by point.
 *          Measuring grids are full of points on common circles, which are ties: each point is moved by about 1e-5 rad
 *          for the construction only (a fixed pseudo-random shift), which breaks all ties the same way everywhere.
 *          A direction's weights solve [v0 v1 v2] w = d [Pulkki 1997, eq. 18]; the triangle is found by walking over
 *          the edge whose weight is most negative, from where the source was last.
 */
#ifndef PN_TRIANGULATION_H
#define PN_TRIANGULATION_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "base/pn_status.h"
#include "math/pn_space.h"

typedef struct pn_triangle {
    float weight_of[3][4]; /* x, y and z of four lanes; lane k dot a direction: the weight of corner k, before
                              normalising. Lane 3 is 0 */
    uint32_t corner[3];    /* nodes, counter-clockwise seen from outside */
    uint32_t neighbour[3]; /* across the edge opposite corner k */
} pn_triangle;

typedef struct pn_triangulation {
    const pn_triangle *triangles;
    uint32_t count;
} pn_triangulation;

/** Three nodes and their weights: 0 or more, sum 1. */
typedef struct pn_neighbours {
    uint32_t node[3];
    float weight[3];
} pn_neighbours;

/** Triangles in the net of n points that enclose the origin: 2 n - 4, by Euler. */
static inline uint32_t pn_triangulation_count(uint32_t nodes)
{
    return 2 * nodes - 4;
}

/**
 * Builds the net.
 *
 * @param[in,out] arena      places the triangles; also takes scratch memory, and gives it back
 * @param[in]     head_dirs  [nodes][3] unit vectors; NULL when counting
 * @return PN_ERROR_GEOMETRY where the directions do not enclose the origin or two are the same
 * Thread [init]  Realtime no: O(nodes^2)
 */
PN_MUST_CHECK pn_status pn_triangulation_place(pn_arena *arena, const double *head_dirs, uint32_t nodes,
                                               pn_triangulation *out);

/**
 * The neighbours of a direction.
 *
 * @param[in]     head_dir  unit length
 * @param[in,out] hint      the triangle to start from, any number; becomes the one found
 * Thread [audio]  Realtime yes: a step or two when the direction moves a little, O(sqrt(nodes)) after a jump
 */
void pn_triangulation_find(const pn_triangulation *net, pn_vec3 head_dir, uint32_t *hint, pn_neighbours *out) PN_RT;

#endif
