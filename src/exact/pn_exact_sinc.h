/* SPDX-License-Identifier: MIT */
/**
 * A signal's value between its samples: a sinc under a Kaiser window of beta 10.
 *
 * Error    with 256 zero crossings a side below -100 dB up to 0.98 of the Nyquist frequency, with 64 up to 0.95
 *          [Kaiser 1974; Laakso et al. 1996].
 */
#ifndef PN_EXACT_SINC_H
#define PN_EXACT_SINC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"

enum {
    PN_EXACT_SINC_HALF = 256, /* zero crossings a side */
    PN_EXACT_SINC_TAPS = 2 * PN_EXACT_SINC_HALF,
    PN_EXACT_SINC_STEPS = 1 << 16,
};

typedef struct pn_exact_sinc {
    const double *window; /* [PN_EXACT_SINC_STEPS + 2] from its middle to its end; lines between leave 1e-9 */
} pn_exact_sinc;

/** Measures (arena without base) or places. [init] */
pn_exact_sinc pn_exact_sinc_place(pn_arena *arena);

/**
 * The kernel.
 *
 * @param away    frames from its middle
 * @param cutoff  0 to 1, of the Nyquist frequency
 * @param half    zero crossings a side: it ends at half / cutoff frames
 * Thread [init]
 */
double pn_exact_sinc_at(const pn_exact_sinc *sinc, double away, double cutoff, double half);

/**
 * Weights of the samples around a position, of a cut-off of 1 and PN_EXACT_SINC_HALF crossings.
 *
 * @param[out] weights  [PN_EXACT_SINC_TAPS]
 * @return the first sample's index.  Thread [init]
 */
int64_t pn_exact_sinc_weights(const pn_exact_sinc *sinc, double position, double *weights);

/**
 * Reads a clip between its samples. Silence before it; after it silence, or the clip again.
 *
 * @param position  frames of the clip
 * @param step      frames of the clip that one frame of the output takes: above 1, the cut-off falls
 * Thread [init]
 */
double pn_exact_sinc_read(const pn_exact_sinc *sinc, const float *x, size_t frames, bool loop, double position,
                          double step);

/** Sum of a[i] b[i], or with `step` -1 of a[i] b[-i], in four sums side by side. [any] */
double pn_exact_inner(const double *a, const double *b, ptrdiff_t step, size_t count);

#endif
