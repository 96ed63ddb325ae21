/* SPDX-License-Identifier: MIT */
/**
 * Basis filters (pn_bake_basis.h) for the engine's rate and the bulk tier's delay.
 *
 * Problem  the bulk tier's delay dims the treble (pn_short_delay.h), and a head file has a sample rate of its own. Both
 *          are undone here, once a head, within the few frames before the onset that an engine without latency has: a
 *          resampler's or an inverse's ringing, cut off there, would cost more than it mends.
 * Method   a fit: the taps whose spectrum, times the delay's mean response, comes closest to the file's, up to 0.44 of
 *          the lower of both rates, with next to no energy above. The normal equations are Toeplitz
 *          [Levinson; Golub, Van Loan 2013, alg. 4.7.2].
 */
#ifndef PN_REFIT_BASIS_H
#define PN_REFIT_BASIS_H

#include <stddef.h>

#include "base/pn_arena.h"

typedef struct pn_refit_basis {
    size_t in;       /* taps of the file's basis filters */
    size_t out;      /* taps of the engine's */
    size_t points;   /* frequencies at which spectra are compared */
    double ratio;    /* the engine's rate over the file's */
    double *dimming; /* [points] the delay's mean response */
    double *row;     /* [out] of the normal equations */
    double *side;    /* [out] their right side */
    double *taps;    /* [out] */
    double *former;  /* [out] Levinson's predictor */
} pn_refit_basis;

/** Taps that `in` taps of a file become, at most `most`. */
size_t pn_refit_basis_taps(size_t in, double ratio, size_t most);

/**
 * Measures or places, and makes the equations.
 *
 * @param ratio  the engine's rate over the file's
 * @param in, out  taps, see pn_refit_basis_taps
 * Thread [init]  Realtime no: O(out^2)
 */
void pn_refit_basis_place(pn_arena *arena, double ratio, size_t in, size_t out, pn_refit_basis *refit);

/**
 * @param[in]  filter  [in] of the file
 * @param      lead    frames that the result comes early
 * @param[out] taps    [out]
 * Thread [init]  Realtime no: O(out (in + out)); no libm: the same bits everywhere
 */
void pn_refit_basis_apply(pn_refit_basis *refit, const float *filter, double lead, float *taps);

#endif
