/* SPDX-License-Identifier: MIT */
/**
 * Delays that make neighbouring responses agree.
 *
 * Filters interpolate well between directions if neighbours differ by as little as possible once their delays are taken
 * out. So the delays are found from the neighbours: for each pair the lag of their best cross-correlation (within what
 * a head can cause between two directions), then for the whole sphere the delays whose differences come closest to all
 * these lags, weighted by how alike the pair is, with pairs that contradict the rest losing their weight (iteratively
 * reweighted least squares, conjugate gradients). The onsets only hold the constant, weakly.
 */
#ifndef PN_BAKE_ALIGN_H
#define PN_BAKE_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "dsp/pn_fft_f64.h"

enum {
    PN_ALIGN_NEIGHBOURS = 8,
    PN_ALIGN_LEAD_FRAMES = 16,   /* of the excerpt before the onset */
    PN_ALIGN_EXCERPT_FRAMES = 128,
    PN_ALIGN_SIZE = 256
};

typedef struct pn_align_pair {
    uint32_t other;
    float lag[2];    /* delay here less delay there, per ear */
    float likeness[2];
} pn_align_pair;

typedef struct pn_align {
    pn_fft_f64 fft;
    float *excerpts;      /* [max_nodes][2][PN_ALIGN_EXCERPT_FRAMES] */
    double *begins;       /* [max_nodes][2] where an excerpt begins */
    pn_align_pair *pairs; /* [max_nodes][PN_ALIGN_NEIGHBOURS] */
    double *here_re;      /* [PN_ALIGN_SIZE] each */
    double *here_im;
    double *there_re;
    double *there_im;
    double *unknown;      /* [max_nodes] each */
    double *residual;
    double *direction;
    double *product;
    double *anchors;
    double *weights;      /* [max_nodes][PN_ALIGN_NEIGHBOURS] */
} pn_align;

/** Measures or places. [init] */
void pn_align_place(pn_arena *arena, size_t max_nodes, pn_align *out);

/** Finds a node's neighbours among `count` and the lags to them; every node's excerpts must be there. */
void pn_align_compare(pn_align *state, const double *head_dirs, size_t count, size_t node);

/**
 * @param[in,out] delays  [count][2] in: onsets, out: delays; frames
 */
void pn_align_solve(pn_align *state, size_t count, double *delays);

#endif
