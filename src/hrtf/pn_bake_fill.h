/* SPDX-License-Identifier: MIT */
/**
 * Responses where nothing was measured: below the lowest ring of a set, and in any other hole.
 *
 * New directions come from an even grid. Their magnitudes (log, per bin) are low-order spherical harmonics fitted by
 * ridge regression to the whole set, plus kriging of what the fit leaves at the nearest measured nodes, so that detail
 * carries over the edge of the hole and fades with the distance from it. The phase is minimum, plus the neighbours'
 * excess phase with the same fading weights.
 */
#ifndef PN_BAKE_FILL_H
#define PN_BAKE_FILL_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "hrtf/pn_bake_onset.h"
#include "hrtf/pn_bake_shape.h"

enum {
    PN_FILL_ORDER = 3,
    PN_FILL_TERMS = (PN_FILL_ORDER + 1) * (PN_FILL_ORDER + 1),
    PN_FILL_NEIGHBOURS = 48,
    PN_FILL_MAX_NODES = 800
};

/** Filters of the measured nodes, aligned with `guard_frames`. */
typedef struct pn_fill_set {
    const double *head_dirs; /* [count][3] */
    const float *filters;    /* [count][2][PN_SHAPE_MAX_TAPS] */
    const double *areas;     /* [count] */
    size_t count;
    double guard_frames;
} pn_fill_set;

typedef struct pn_fill {
    pn_fft_f64 fft;      /* of PN_SHAPE_SIZE */
    double *re;          /* [PN_SHAPE_SIZE] each */
    double *im;
    double *magnitude;
    double *phase;
    double *normal;      /* [PN_FILL_TERMS][PN_FILL_TERMS] */
    double *trend;       /* [2][PN_SHAPE_BINS][PN_FILL_TERMS] log magnitude */
    double *kernel;      /* [PN_FILL_NEIGHBOURS][PN_FILL_NEIGHBOURS] */
    double *weights;     /* [PN_FILL_NEIGHBOURS] */
    uint32_t *nearest;   /* [PN_FILL_NEIGHBOURS] */
} pn_fill;

/** Measures or places. [init] */
void pn_fill_place(pn_arena *arena, pn_fill *out);

/**
 * Finds directions for the holes of a set.
 *
 * @param[in]  spacing_rad  of the even grid
 * @param[out] new_dirs     [PN_FILL_MAX_NODES][3]
 * @return how many
 */
size_t pn_fill_find_holes(const double *head_dirs, size_t count, double spacing_rad, double *new_dirs);

/**
 * Kriging weights of the measured nodes nearest to a direction, in `state->weights` for `state->nearest`; their sum
 * fades with the distance.
 * @return how many
 */
size_t pn_fill_weigh(pn_fill *state, const pn_fill_set *set, const double head_dir[3]);

/** Adds a measured node to the trend; solve once all have been added. */
void pn_fill_add(pn_fill *state, const pn_fill_set *set, size_t node);
void pn_fill_solve(pn_fill *state);

/**
 * Both ears' spectra at a new direction, aligned like the measured ones.
 * @param[out] re, im  [2][PN_SHAPE_SIZE]
 */
void pn_fill_at(pn_fill *state, const pn_fill_set *set, const double head_dir[3], double *re, double *im);

#endif
