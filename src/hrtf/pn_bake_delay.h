/* SPDX-License-Identifier: MIT */
/**
 * An ear's delay as a smooth function of direction: what the sphere is given where nothing was measured.
 *
 * A sphere's delay (its size and offset fitted; straight on the near side, along the surface on the far side [Woodworth
 * 1938]) plus spherical harmonics of what is left, by ridge regression with a penalty on curvature; onsets far off the
 * fit are left out and the fit repeated. Where nothing was measured the sphere carries on.
 */
#ifndef PN_BAKE_DELAY_H
#define PN_BAKE_DELAY_H

#include <stddef.h>

#include "base/pn_arena.h"
#include "hrtf/pn_bake_sphere.h"

typedef struct pn_delay_model {
    double ear_x;         /* -1 the left ear, +1 the right */
    double offset_frames; /* at the sphere's centre */
    double radius_frames; /* radius over speed of sound */
    double terms[PN_SH_MAX_TERMS];
    size_t order;
    double limit_frames; /* onsets further off are left out */
    size_t rejected;     /* how many were */
} pn_delay_model;

typedef struct pn_delay_fit {
    double *matrix; /* [PN_SH_MAX_TERMS][PN_SH_MAX_TERMS] */
    double *errors; /* [max_nodes] of the last fit */
    double *sorted; /* [max_nodes] */
    size_t max_nodes;
} pn_delay_fit;

/** Measures or places the scratch. [init] */
void pn_delay_fit_place(pn_arena *arena, size_t max_nodes, pn_delay_fit *out);

/**
 * @param[in] head_dirs  [count][3]
 * @param[in] onsets     [count] frames, `stride` doubles apart
 * @param[in] areas      [count] solid angles
 * @param[in] ear_x      -1 left, +1 right
 */
void pn_delay_model_fit(pn_delay_fit *scratch, const double *head_dirs, const double *onsets, size_t stride,
                        const double *areas, size_t count, double ear_x, pn_delay_model *out);

/** Frames at a direction. */
double pn_delay_model_at(const pn_delay_model *model, const double head_dir[3]);

#endif
