/* SPDX-License-Identifier: MIT */
/**
 * Filters at a lower sample rate.
 *
 * Problem  a band limit rings before a filter's onset, and an engine without latency has a few frames of guard there.
 *          What is cut off at the window's edge leaks when the filter is delayed (pn_leak.h): at 16 kHz -31 dB, at
 *          44.1 kHz -65 dB.
 * Method   not a resampler but a fit: the taps whose spectrum comes closest to the original's, up to 0.88 of the new
 *          Nyquist frequency, with next to no energy above, and with the leak weighed in. For one length of filter that
 *          is one linear map, made once and applied to all.
 */
#ifndef PN_REFIT_H
#define PN_REFIT_H

#include <stddef.h>

#include "base/pn_arena.h"

typedef struct pn_refit {
    size_t max_in;
    size_t max_out;
    size_t in;      /* taps, of the map made last */
    size_t out;
    double leak_weight; /* what the leak costs beside an error of the spectrum; the caller may change it */
    double *leak;   /* [max_out][max_out] */
    double *matrix; /* [max_out][max_out] */
    double *map;    /* [max_in][max_out] */
} pn_refit;

/** Measures or places. @param max_in, max_out  the longest filters, taps. [init] */
void pn_refit_place(pn_arena *arena, size_t max_in, size_t max_out, pn_refit *out);

/**
 * Makes the map for filters of `in` taps that become `out` taps.
 *
 * @param ratio  the new rate over the old, less than 1
 * Thread [init]  Realtime no: O(out^2 (out + in))
 */
void pn_refit_make(pn_refit *refit, double ratio, size_t in, size_t out);

/** Spectrum stays. @param[in] filter [in]  @param[out] taps [out]. [init] */
void pn_refit_apply(const pn_refit *refit, const float *filter, float *taps);

#endif
