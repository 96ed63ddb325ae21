/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_diffuse.h"

#include <math.h>

#include "hrtf/pn_bake_onset.h"
#include "hrtf/pn_bake_shape.h"

#define LEAST_POWER 1e-12
#define MOST_DB 20.0

enum { FIRST = 2, LAST = 171 }; /* bins: 188 Hz to 16.03 kHz */

void pn_diffuse_inverse(const pn_fft_f64 *fft, const double *power, double *re, double *im)
{
    const double most = MOST_DB / 20.0 * log(10.0);
    double size[PN_SHAPE_BINS];
    double mean = 0.0;
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const size_t at = k < FIRST ? FIRST : k > LAST ? LAST : k;
        size[k] = -0.5 * log(fmax(LEAST_POWER, power[at]));
        mean += k >= FIRST && k <= LAST ? size[k] / (LAST - FIRST + 1) : 0.0;
    }
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        size[k] = mean + fmax(-most, fmin(most, size[k] - mean));
    }
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        re[k] = size[k < PN_SHAPE_BINS ? k : PN_SHAPE_SIZE - k];
    }
    pn_minimum_phase(fft, re, im);
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        const double magnitude = exp(size[k < PN_SHAPE_BINS ? k : PN_SHAPE_SIZE - k]);
        re[k] = magnitude * cos(im[k]);
        im[k] = magnitude * sin(im[k]);
    }
}
