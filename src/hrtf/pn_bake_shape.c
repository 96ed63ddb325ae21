/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_shape.h"

#include <math.h>
#include <string.h>

#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_leak.h"

#define BIN_HZ (48000.0 / PN_SHAPE_SIZE)

/* Bins below -35 dB of the mean power weigh no more than one at -35 dB. */
#define LEAST_POWER 3e-4

/* What leaks out of the window costs this much more than what is wrong within: 1e4 leaves -105 dB of it, and costs
   0.02 dB of spectral distance; without, -65 dB leaks. */
#define LEAK_WEIGHT 1e4

void pn_shape_place(pn_arena *arena, pn_shape *out)
{
    pn_fft_f64_place(arena, PN_SHAPE_SIZE, &out->fft);
    out->re = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->im = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->weights = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->matrix = PN_TAKE(arena, double, (size_t)PN_SHAPE_MAX_TAPS *PN_SHAPE_MAX_TAPS);
    out->leak = PN_TAKE(arena, double, (size_t)PN_SHAPE_MAX_TAPS *PN_SHAPE_MAX_TAPS);
    if (out->leak != NULL) {
        pn_leak_table(out->leak, PN_SHAPE_MAX_TAPS);
    }
}

/* 1 to 16 kHz, falling to 0.03 at 20 kHz. */
static double importance(size_t bin)
{
    const double hz = BIN_HZ * (double)bin;
    const double fall = fmin(1.0, fmax(0.0, (hz - 16000.0) / 4000.0));
    return pow(0.03, fall);
}

static void set_weights(pn_shape *state, const double *re, const double *im)
{
    double mean = 0.0;
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        state->weights[k] = re[k] * re[k] + im[k] * im[k];
        mean += state->weights[k] / PN_SHAPE_BINS;
    }
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const int inaudible = BIN_HZ * (double)k > 20000.0; /* where there is nothing, nothing may grow either */
        const double power = inaudible ? mean : state->weights[k];
        state->weights[k] = importance(k) / (power + LEAST_POWER * mean);
    }
    for (size_t k = PN_SHAPE_BINS; k < PN_SHAPE_SIZE; k++) {
        state->weights[k] = state->weights[PN_SHAPE_SIZE - k];
    }
}

void pn_shape_filter(pn_shape *state, const double *re, const double *im, size_t taps, double *filter)
{
    memset(filter, 0, PN_SHAPE_MAX_TAPS * sizeof(double));
    set_weights(state, re, im);
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        state->re[k] = state->weights[k] * re[k];
        state->im[k] = state->weights[k] * im[k];
    }
    pn_fft_f64_inverse(&state->fft, state->re, state->im);
    memcpy(filter, state->re, taps * sizeof(double));
    memcpy(state->re, state->weights, PN_SHAPE_SIZE * sizeof(double));
    memset(state->im, 0, PN_SHAPE_SIZE * sizeof(double));
    pn_fft_f64_inverse(&state->fft, state->re, state->im);
    const double scale = state->re[0];
    for (size_t i = 0; i < taps; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double leak = state->leak[i * PN_SHAPE_MAX_TAPS + j] +
                                state->leak[(taps - 1 - i) * PN_SHAPE_MAX_TAPS + (taps - 1 - j)];
            state->matrix[i * taps + j] = state->re[i - j] + scale * LEAK_WEIGHT * leak;
        }
        state->matrix[i * taps + i] += scale * 1e-7;
    }
    if (!pn_solve_spd(state->matrix, taps, filter, 1)) {
        memset(filter, 0, PN_SHAPE_MAX_TAPS * sizeof(double));
    }
}
