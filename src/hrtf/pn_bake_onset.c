/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_onset.h"

#include <math.h>

#define THRESHOLD 0.1

int pn_onset_find(const double *response, size_t frames, double *onset_frames)
{
    double peak = 0.0;
    for (size_t i = 0; i < frames; i++) {
        peak = fmax(peak, fabs(response[i]));
    }
    *onset_frames = 0.0;
    if (!(peak > 0.0)) {
        return 0;
    }
    size_t at = 0;
    while (fabs(response[at]) < THRESHOLD * peak) {
        at++;
    }
    const double before = at > 0 ? fabs(response[at - 1]) : 0.0;
    const double here = fabs(response[at]);
    const double back = (here - THRESHOLD * peak) / (here - before);
    *onset_frames = at > 0 ? (double)at - back : 0.0;
    return 1;
}

void pn_minimum_phase(const pn_fft_f64 *fft, double *log_magnitude, double *im)
{
    const size_t size = fft->size;
    for (size_t i = 0; i < size; i++) {
        im[i] = 0.0;
    }
    pn_fft_f64_inverse(fft, log_magnitude, im);
    for (size_t i = 0; i < size; i++) {
        im[i] = 0.0;
        if (i > 0 && i < size / 2) {
            log_magnitude[i] *= 2.0;
        } else if (i > size / 2) {
            log_magnitude[i] = 0.0;
        }
    }
    pn_fft_f64_forward(fft, log_magnitude, im);
}
