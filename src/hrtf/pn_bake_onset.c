/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_onset.h"

#include <math.h>

#define PI 3.14159265358979323846

enum { NEWTON_STEPS = 6, LEAST_SIZE = 2048 };

/* Magnitudes below -80 dB of the loudest bin would make the minimum phase turn wildly at nothing. */
#define LEAST_POWER 1e-8

void pn_onset_place(pn_arena *arena, size_t frames, pn_onset *out)
{
    size_t size = LEAST_SIZE;
    while (size < 4 * frames) {
        size *= 2;
    }
    pn_fft_f64_place(arena, size, &out->fft);
    out->re = PN_TAKE(arena, double, size);
    out->im = PN_TAKE(arena, double, size);
    out->phase = PN_TAKE(arena, double, size);
    out->power = PN_TAKE(arena, double, size);
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

/* First and second derivative of the correlation at a lag. */
static void differentiate(const pn_onset *state, double lag, double *first, double *second)
{
    const size_t size = state->fft.size;
    *first = 0.0;
    *second = 0.0;
    for (size_t k = 1; k < size / 2; k++) {
        const double omega = 2.0 * PI * (double)k / (double)size;
        const double angle = state->phase[k] + omega * lag;
        *first -= omega * state->power[k] * sin(angle);
        *second -= omega * omega * state->power[k] * cos(angle);
    }
}

int pn_onset_find(pn_onset *state, const double *response, size_t frames, double *onset_frames)
{
    const size_t size = state->fft.size;
    double *re = state->re;
    double *im = state->im;
    for (size_t i = 0; i < size; i++) {
        re[i] = i < frames ? response[i] : 0.0;
        im[i] = 0.0;
    }
    pn_fft_f64_forward(&state->fft, re, im);
    double most = 0.0;
    for (size_t k = 0; k < size; k++) {
        state->power[k] = re[k] * re[k] + im[k] * im[k];
        state->phase[k] = atan2(im[k], re[k]);
        most = state->power[k] > most ? state->power[k] : most;
    }
    *onset_frames = 0.0;
    if (!(most > 0.0)) {
        return 0;
    }
    for (size_t k = 0; k < size; k++) {
        const double floored = state->power[k] > LEAST_POWER * most ? state->power[k] : LEAST_POWER * most;
        re[k] = 0.5 * log(floored);
    }
    pn_minimum_phase(&state->fft, re, im);
    for (size_t k = 0; k < size; k++) { /* the correlation's spectrum: power, and the phase in excess */
        state->phase[k] -= im[k];
        re[k] = state->power[k] * cos(state->phase[k]);
        im[k] = state->power[k] * sin(state->phase[k]);
    }
    pn_fft_f64_inverse(&state->fft, re, im);
    size_t best = 0;
    for (size_t i = 1; i < frames; i++) {
        best = re[i] > re[best] ? i : best;
    }
    double lag = (double)best;
    for (int i = 0; i < NEWTON_STEPS; i++) {
        double first = 0.0;
        double second = 0.0;
        differentiate(state, lag, &first, &second);
        const double step = second < 0.0 ? -first / second : 0.0;
        lag += step > 0.25 ? 0.25 : step < -0.25 ? -0.25 : step;
    }
    *onset_frames = lag > 0.0 ? lag : 0.0;
    return 1;
}
