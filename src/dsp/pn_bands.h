/* SPDX-License-Identifier: MIT */
/**
 * Level by frequency for one source: eight octave bands and air, as one minimum-phase factor of its filter.
 *
 * Problem  distance, occlusion, directivity and near field each colour a source. Filters in series would each cost as
 *          much as the source itself.
 * Method   log gains add. Between band centres they are interpolated linearly over log frequency, air has its exact
 *          curve; the minimum phase that belongs to a log gain is linear in it (the Hilbert transform [Oppenheim &
 *          Schafer, ch. 13]), so gain and phase of every bin are one weighted sum of tabulated curves, and their
 *          complex exponential multiplies the spectrum of the filter. The factor is causal: it adds no echo before the
 *          sound.
 */
#ifndef PN_BANDS_H
#define PN_BANDS_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "dsp/pn_air.h"

enum {
    PN_BANDS = 8,                  /* octaves: 125, 250, 500, 1000, 2000, 4000, 8000, 16000 Hz */
    PN_BANDS_CURVES = PN_BANDS + 1 /* and a metre of air */
};

typedef struct pn_bands {
    uint32_t bins_padded;
    const float *curves; /* [curve][log gain, phase][bins_padded], per neper and per metre */
} pn_bands;

/** Centre of a band. [any] */
static inline double pn_bands_centre_hz(int band)
{
    return 125.0 * (double)(1 << band);
}

/** The curves for a transform length and rate. Takes scratch memory and gives it back. [init] Realtime no. */
pn_bands pn_bands_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded, double sample_rate_hz,
                        const pn_air *air);

/**
 * Multiplies both ears' spectra. Where the ears' gains are the same, as they are unless the source is near, their
 * factor is computed once.
 *
 * @param[in]     log_gain  [2][PN_BANDS] nepers
 * @param[in]     air_m     metres of air
 * @param[in,out] pair      [ear][re, im][bins_padded]
 * Thread [audio]  Realtime yes: 2 multiply-adds a bin and curve, an exponential and a sine a bin; twice if they differ
 */
void pn_bands_apply(const pn_bands *bands, const float log_gain[2][PN_BANDS], float air_m, float *pair) PN_RT;

#endif
