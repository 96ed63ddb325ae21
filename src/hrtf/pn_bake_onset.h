/* SPDX-License-Identifier: MIT */
/**
 * When an ear's response begins.
 *
 * The lag at which the response agrees best with its own minimum-phase version [Nam, Kolar, Abel 2008]. The maximum is
 * found on whole frames and then exactly, by Newton steps on the band-limited correlation, where others up-sample
 * tenfold. Robust on shadowed ears: the minimum-phase version is as dispersed as the response.
 */
#ifndef PN_BAKE_ONSET_H
#define PN_BAKE_ONSET_H

#include <stddef.h>

#include "base/pn_arena.h"
#include "dsp/pn_fft_f64.h"

typedef struct pn_onset {
    pn_fft_f64 fft;
    double *re; /* [fft.size] each */
    double *im;
    double *phase;
    double *power;
} pn_onset;

/** Measures or places; `frames` is the longest response. [init] */
void pn_onset_place(pn_arena *arena, size_t frames, pn_onset *out);

/**
 * Phase of the minimum-phase spectrum that has these magnitudes, by folding the cepstrum.
 *
 * @param[in]     log_magnitude  [size], natural logarithm, symmetric; overwritten
 * @param[in,out] im             [size] scratch; the phase in rad on return
 */
void pn_minimum_phase(const pn_fft_f64 *fft, double *log_magnitude, double *im);

/**
 * @param[in]  response     [frames], frames at most what place was given
 * @param[out] onset_frames 0 to frames
 * @return 0 if the response is silent
 */
int pn_onset_find(pn_onset *state, const double *response, size_t frames, double *onset_frames);

#endif
