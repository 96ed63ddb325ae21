/* SPDX-License-Identifier: MIT */
/**
 * A few filters that all filters of a set can be mixed from: what the bulk tier convolves with, once for all sources.
 *
 * Method   1. Linear principal components of the aligned complex spectra with real weights, shared by both ears, where
 *             phase counts only below 4 kHz, and there only its difference between the ears: each round keeps the phase
 *             that the mixtures have otherwise, and approximates anew (magnitude least squares [Schoerkhuber et al.
 *             2018], for components instead of spherical harmonics). Block power iteration, one step a round; rows
 *             weighted by solid angle and normalised, bins weighted by ERB^-1/2; the components are held to the
 *             renderer's length in each round, and silent in their first frames.
 *          2. The weights of each ear and direction are then fitted again, one by one, to what is heard: squared error
 *             of log magnitude, error of the interaural phase below 3 kHz, and the level of the whole, by Gauss-Newton.
 * Figures  through the engine, 8 components, log-spectral distance 20 Hz to 20 kHz, interaural level and time off by:
 *
 *          KEMAR                                                    2.43 dB  0.09 dB  11 us
 *          KU100                                                    2.62 dB  0.05 dB   6 us
 *
 *          phase of each ear by itself, to 2.5 kHz                  2.45 dB  0.18 dB  16 us  KEMAR, as are the next
 *          likewise, to 1.5 kHz, with a sixteenth of the weight     2.14 dB  0.12 dB  25 us
 *          likewise, to 3 kHz, with four times the weight           2.93 dB  0.24 dB  12 us
 *          interaural phase, to 3 kHz, a twelfth of the level's weight  2.42 dB  0.26 dB  11 us
 *          likewise, to 3.5 kHz                                     2.51 dB  0.10 dB  14 us
 *          likewise, with twice the weight on phase                 2.57 dB  0.11 dB  11 us
 */
#ifndef PN_BAKE_BASIS_H
#define PN_BAKE_BASIS_H

#include <stddef.h>

#include "base/pn_arena.h"
#include "dsp/pn_fft_f64.h"

enum {
    PN_BASIS_MAX = 16,
    PN_BASIS_SIZE = 256, /* of the transform */
    PN_BASIS_BINS = PN_BASIS_SIZE / 2 + 1,
    PN_BASIS_TAPS = 129, /* of a component: an FFT of 256 and hops of 128 */
    PN_BASIS_QUIET = 6,  /* frames at a component's beginning: what refitting it (pn_refit_basis.h) may ring in */
    PN_BASIS_ROUNDS = 60
};

typedef struct pn_basis_fit {
    size_t max_rows;
    size_t rows;
    size_t count;          /* components */
    double sample_rate_hz;
    pn_fft_f64 fft;
    double *work_re;       /* [PN_BASIS_SIZE] */
    double *work_im;
    double *bin_weight;    /* [bins] */
    double *truth;         /* [rows][2][bins] re, im; normalised */
    double *norm;          /* [rows] what normalising divided by */
    double *row_weight;    /* [rows] */
    double *target;        /* [rows][2][bins], weighted by bin */
    double *axes;          /* [PN_BASIS_MAX][2][bins], orthonormal */
    double *next;          /* likewise */
    double *mix;           /* [rows][PN_BASIS_MAX] */
} pn_basis_fit;

/** Measures or places for up to `max_rows` filters (two per direction). [init] */
void pn_basis_place(pn_arena *arena, size_t max_rows, pn_basis_fit *out);

/**
 * Starts.
 *
 * @param[in] filters     [rows][stride] aligned taps
 * @param[in] taps        of each, at most PN_BASIS_SIZE
 * @param[in] row_weight  [rows / 2] solid angle of each direction
 * @param     count       components, 1 to PN_BASIS_MAX
 */
void pn_basis_begin(pn_basis_fit *fit, const float *filters, size_t stride, size_t taps, const double *row_weight,
                    size_t rows, size_t count, double sample_rate_hz);

/** One round of step 1; call it PN_BASIS_ROUNDS times. */
void pn_basis_round(pn_basis_fit *fit, size_t round);

/** Step 2 for one row, after the rounds. */
void pn_basis_refine(pn_basis_fit *fit, size_t row);

/** @param[out] taps  [count][PN_BASIS_TAPS] the components. */
void pn_basis_get_taps(pn_basis_fit *fit, float *taps);

/** @param[out] weights  [count] of a row. */
void pn_basis_get_weights(const pn_basis_fit *fit, size_t row, float *weights);

#endif
