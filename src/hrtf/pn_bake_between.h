/* SPDX-License-Identifier: MIT */
/**
 * Responses between measured directions: what a sparse set is given so that three neighbours are enough at run time.
 *
 * Problem  the renderer adds three aligned filters. Where they stand 10 degrees apart, what they do not share cancels:
 *          the sum is too quiet at high frequencies, notches fill, levels and delays between the ears go wrong.
 * Method   magnitudes apart from phases [time alignment with magnitude correction: Arend, Poerschmann, Weinzierl,
 *          Brinkmann 2023], with kriging instead of barycentric weights: the log magnitude of each bin is the best
 *          linear prediction from the 32 nearest measurements, for a correlation that falls with the distance. How it
 *          falls differs between bands and between the near and the far ear, so 16 kernels are tried on measured
 *          directions left out, and each band of each of three zones keeps the one that erred least. The phase is that
 *          of the aligned spectra added with the same weights. A prediction of logarithms is too low as a power, so
 *          each ear's power, 200 Hz to 16 kHz, is predicted likewise and set. Delays are predicted with one kernel.
 * Figures  KU100 thinned to 302 directions, the others through the engine, 200 Hz to 16 kHz: LSD 2.05 dB, ILD 0.20 dB,
 *          ITD 3.2 us with 1,450 nodes; 2.23 dB, 0.26 dB, 4.6 us with three neighbours of the 302.
 */
#ifndef PN_BAKE_BETWEEN_H
#define PN_BAKE_BETWEEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "hrtf/pn_bake_shape.h"

enum {
    PN_BETWEEN_NEIGHBOURS = 32,
    PN_BETWEEN_KERNELS = 16,
    PN_BETWEEN_BAND_BINS = 8, /* 750 Hz */
    PN_BETWEEN_BANDS = (PN_SHAPE_BINS + PN_BETWEEN_BAND_BINS - 1) / PN_BETWEEN_BAND_BINS,
    PN_BETWEEN_ZONES = 3, /* of an ear: its own side, the middle, the other side */
    PN_BETWEEN_MAX_NODES = 4096
};

typedef struct pn_between_weights {
    uint32_t nearest[PN_BETWEEN_NEIGHBOURS];
    double weight[PN_BETWEEN_KERNELS][PN_BETWEEN_NEIGHBOURS];
    uint32_t made; /* a bit for each kernel whose weights are there */
    size_t count;
} pn_between_weights;

typedef struct pn_between {
    const double *head_dirs; /* [count][3] of the measured nodes; the caller's */
    size_t count;
    float *magnitudes; /* [max_nodes][2][PN_SHAPE_BINS] natural logarithm */
    float *re;         /* likewise; aligned */
    float *im;
    float *levels;     /* [max_nodes][2] natural logarithm of the band's power */
    double *matrix;    /* [PN_BETWEEN_NEIGHBOURS][PN_BETWEEN_NEIGHBOURS] */
    double errors[PN_BETWEEN_ZONES][PN_BETWEEN_BANDS + 1][PN_BETWEEN_KERNELS]; /* the last band: levels */
    uint8_t choices[PN_BETWEEN_ZONES][PN_BETWEEN_BANDS + 1];
} pn_between;

/** Measures or places, for up to `max_nodes` measured nodes. [init] */
void pn_between_place(pn_arena *arena, size_t max_nodes, pn_between *out);

/**
 * Delays at a direction, of the `count` measured nodes given to it.
 * @param[in]  delays      [count][2] frames
 * @param[out] out_delays  [2]
 */
void pn_between_delays(pn_between *state, const double *delays, const double head_dir[3], double *out_delays);

/**
 * Finds directions for the gaps of a set: those of an even grid that stand away from all others, but not so far from
 * the measured ones that only pn_bake_fill.h can say what is there.
 *
 * @param[in,out] dirs         [count + max_found][3]; those found are added at the end
 * @param         measured     the first so many of `count` are measured
 * @param         spacing_rad  of the even grid
 * @param         reach_rad    the farthest from a measured one
 * @return how many
 */
size_t pn_between_find_gaps(double *dirs, size_t count, size_t measured, double spacing_rad, double reach_rad,
                            size_t max_found);

/** Takes the aligned spectrum of an ear of a measured node. @param[in] re, im  [PN_SHAPE_BINS] at least */
void pn_between_add(pn_between *state, size_t node, size_t ear, const double *re, const double *im);

/** Tries the kernels on a measured node, left out; all nodes must have been added. */
void pn_between_try(pn_between *state, size_t node);

/** Keeps the best kernels of those tried. */
void pn_between_choose(pn_between *state);

/**
 * Both ears' spectra at a direction, aligned like the measured ones.
 * @param[out] re, im  [2][PN_SHAPE_SIZE], symmetric
 */
void pn_between_at(pn_between *state, const double head_dir[3], double *re, double *im);

#endif
