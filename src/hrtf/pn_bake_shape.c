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

/* Bins above this frequency whose relative error is between these are given a new phase: less to all of it. */
#define FREE_HZ 3000.0
#define LITTLE_ERROR 0.25
#define MUCH_ERROR 0.5
#define PASSES 12

void pn_shape_place(pn_arena *arena, pn_shape *out)
{
    pn_fft_f64_place(arena, PN_SHAPE_SIZE, &out->fft);
    out->re = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->im = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->weights = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->goal_re = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->goal_im = PN_TAKE(arena, double, PN_SHAPE_SIZE);
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

/* The normal equations' matrix, factored. @return 0 if it cannot be */
static int factor(pn_shape *state, size_t taps)
{
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
    return pn_factor_spd(state->matrix, taps);
}

/* The taps that come closest to the goal. */
static void fit(pn_shape *state, size_t taps, double *filter)
{
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        state->re[k] = state->weights[k] * state->goal_re[k];
        state->im[k] = state->weights[k] * state->goal_im[k];
    }
    pn_fft_f64_inverse(&state->fft, state->re, state->im);
    memcpy(filter, state->re, taps * sizeof(double));
    pn_solve_factored(state->matrix, taps, filter, 1);
}

/* Gives up the target's phase where the filter is far off. @return whether it did anywhere */
static int free_phases(pn_shape *state, const double *re, const double *im, const double *filter)
{
    int some = 0;
    memcpy(state->re, filter, PN_SHAPE_MAX_TAPS * sizeof(double));
    memset(state->re + PN_SHAPE_MAX_TAPS, 0, (PN_SHAPE_SIZE - PN_SHAPE_MAX_TAPS) * sizeof(double));
    memset(state->im, 0, PN_SHAPE_SIZE * sizeof(double));
    pn_fft_f64_forward(&state->fft, state->re, state->im);
    for (size_t k = (size_t)(FREE_HZ / BIN_HZ); k < PN_SHAPE_BINS; k++) {
        const double wanted = hypot(re[k], im[k]);
        const double got = hypot(state->re[k], state->im[k]);
        const double off = hypot(state->re[k] - re[k], state->im[k] - im[k]);
        const double share = fmin(1.0, fmax(0.0, (off / wanted - LITTLE_ERROR) / (MUCH_ERROR - LITTLE_ERROR)));
        if (wanted > 0.0 && got > 0.0 && share > 0.0) {
            const double mixed_re = (1.0 - share) * re[k] / wanted + share * state->re[k] / got;
            const double mixed_im = (1.0 - share) * im[k] / wanted + share * state->im[k] / got;
            const double length = hypot(mixed_re, mixed_im);
            const double scale = length > 1e-9 ? wanted / length : 0.0;
            state->goal_re[k] = scale > 0.0 ? mixed_re * scale : re[k];
            state->goal_im[k] = scale > 0.0 ? mixed_im * scale : im[k];
            some = 1;
        } else {
            state->goal_re[k] = re[k];
            state->goal_im[k] = im[k];
        }
        if (k < PN_SHAPE_BINS - 1) {
            state->goal_re[PN_SHAPE_SIZE - k] = state->goal_re[k];
            state->goal_im[PN_SHAPE_SIZE - k] = -state->goal_im[k];
        } else {
            state->goal_im[k] = im[k]; /* the Nyquist frequency has none */
        }
    }
    return some;
}

void pn_shape_filter(pn_shape *state, const double *re, const double *im, size_t taps, double *filter)
{
    memset(filter, 0, PN_SHAPE_MAX_TAPS * sizeof(double));
    set_weights(state, re, im);
    memcpy(state->goal_re, re, PN_SHAPE_SIZE * sizeof(double));
    memcpy(state->goal_im, im, PN_SHAPE_SIZE * sizeof(double));
    if (!factor(state, taps)) {
        return;
    }
    fit(state, taps, filter);
    for (int pass = 0; pass < PASSES && free_phases(state, re, im, filter); pass++) {
        fit(state, taps, filter);
    }
}
