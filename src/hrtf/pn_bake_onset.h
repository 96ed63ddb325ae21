/* SPDX-License-Identifier: MIT */
/**
 * When an ear's response begins: where it first reaches a tenth of its peak, between frames too.
 *
 * Rejected: the lag of the best agreement with the minimum-phase version [Nam, Kolar, Abel 2008]. On KEMAR it lies 6 to
 * 10 frames behind the first arrival, depending on the elevation, and a window that starts 8 frames before it costs
 * 3.1 dB of LSD where this one costs 1.1. Single onsets are rough; pn_bake_align.h makes them agree.
 */
#ifndef PN_BAKE_ONSET_H
#define PN_BAKE_ONSET_H

#include <stddef.h>

#include "dsp/pn_fft_f64.h"

/**
 * @param[in]  response      [frames]
 * @param[out] onset_frames  0 to frames
 * @return 0 if the response is silent
 */
int pn_onset_find(const double *response, size_t frames, double *onset_frames);

/**
 * Phase of the minimum-phase spectrum that has these magnitudes, by folding the cepstrum.
 *
 * @param[in]     log_magnitude  [size], natural logarithm, symmetric; overwritten
 * @param[in,out] im             [size] scratch; the phase in rad on return
 */
void pn_minimum_phase(const pn_fft_f64 *fft, double *log_magnitude, double *im);

#endif
