/* SPDX-License-Identifier: MIT */
#include "dsp/pn_bands.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "dsp/pn_fft.h"
#include "simd/pn_approx4.h"
#include "simd/pn_simd.h"
#include "math/pn_approx.h"

enum {
    LANES = 4,
    FINER = 32, /* the Hilbert transform is taken on a grid so much finer, lest its cepstrum folds over */
};

static const double LOG2_E = 1.44269504088896340736;
static const double NEPERS_PER_DB = 0.115129254649702284;

/* Log gain of a curve at a frequency, in nepers. */
static double curve_at(int curve, double frequency_hz, const pn_air *air)
{
    if (curve == PN_BANDS) {
        return -NEPERS_PER_DB * pn_air_absorption_db_m(air, frequency_hz);
    }
    const double octave = pn_approx_log((frequency_hz > 1.0 ? frequency_hz : 1.0) / 125.0) * LOG2_E;
    const double clamped = octave < 0.0 ? 0.0 : (octave > PN_BANDS - 1 ? PN_BANDS - 1 : octave);
    const double away = fabs(clamped - curve);
    return away < 1.0 ? 1.0 - away : 0.0;
}

/* Turns log gains (real, even) in each lane into minimum phase: fold the cepstrum onto positive times. */
static void minimum_phase(pn_fft4 *fft, uint32_t n, pn_f32x4 *spectrum, pn_f32x4 *time)
{
    pn_fft4_inverse(fft, spectrum, time);
    const pn_f32x4 scale = pn_f32x4_splat(1.0f / (float)n);
    const pn_f32x4 twice = pn_f32x4_splat(2.0f / (float)n);
    time[0] = time[0] * scale;
    time[n / 2] = time[n / 2] * scale;
    for (uint32_t t = 1; t < n / 2; t++) {
        time[t] = time[t] * twice;
        time[n - t] = pn_f32x4_splat(0.0f);
    }
    pn_fft4_forward(fft, time, spectrum);
}

pn_bands pn_bands_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded, double sample_rate_hz,
                        const pn_air *air)
{
    const uint32_t n = FINER * fft_frames;
    const size_t curve_floats = (size_t)2 * bins_padded;
    float *curves = PN_TAKE(arena, float, PN_BANDS_CURVES *curve_floats);
    const size_t mark = arena->used;
    pn_f32x4 *spectrum = PN_TAKE(arena, pn_f32x4, (size_t)n + 2);
    pn_f32x4 *time = PN_TAKE(arena, pn_f32x4, n);
    pn_fft4 *fft = pn_fft4_place(arena, n);
    pn_arena_release(arena, mark);
    if (curves == NULL) {
        return (pn_bands){0};
    }
    memset(curves, 0, PN_BANDS_CURVES * curve_floats * sizeof(float));
    for (int first = 0; first < PN_BANDS_CURVES; first += LANES) {
        for (uint32_t k = 0; k <= n / 2; k++) {
            for (int lane = 0; lane < LANES; lane++) {
                const double gain = curve_at(first + lane, k * sample_rate_hz / n, air);
                spectrum[2 * k][lane] = first + lane < PN_BANDS_CURVES ? (float)gain : 0.0f;
            }
            spectrum[2 * k + 1] = pn_f32x4_splat(0.0f);
        }
        minimum_phase(fft, n, spectrum, time);
        for (int lane = 0; lane < LANES && first + lane < PN_BANDS_CURVES; lane++) {
            float *curve = curves + (size_t)(first + lane) * curve_floats;
            for (uint32_t k = 0; k <= fft_frames / 2; k++) {
                curve[k] = spectrum[2 * FINER * k][lane];
                curve[bins_padded + k] = spectrum[2 * FINER * k + 1][lane];
            }
        }
    }
    return (pn_bands){.bins_padded = bins_padded, .curves = curves};
}

static inline void multiply(float *spectrum, uint32_t bins, pn_f32x4 gain, pn_f32x4 cosine, pn_f32x4 sine)
{
    const pn_f32x4 re = pn_f32x4_load(spectrum);
    const pn_f32x4 im = pn_f32x4_load(spectrum + bins);
    pn_f32x4_store(spectrum, gain * (re * cosine - im * sine));
    pn_f32x4_store(spectrum + bins, gain * (re * sine + im * cosine));
}

/* @param twin  another spectrum for the same factor; NULL = none */
static void apply(const pn_bands *bands, const float *log_gain, float air_m, float *spectrum, float *twin)
{
    const uint32_t bins = bands->bins_padded;
    /* Curves of weight 0 add nothing: with air alone, one of nine is left. */
    pn_f32x4 weight[PN_BANDS_CURVES];
    const float *curves[PN_BANDS_CURVES];
    int used = 0;
    for (int c = 0; c < PN_BANDS_CURVES; c++) {
        const float own = c < PN_BANDS ? log_gain[c] : air_m;
        if (own != 0.0f) {
            weight[used] = pn_f32x4_splat(own);
            curves[used] = bands->curves + (size_t)c * 2 * bins;
            used++;
        }
    }
    for (uint32_t k = 0; k < bins; k += LANES) {
        pn_f32x4 gain = pn_f32x4_splat(0.0f);
        pn_f32x4 phase = pn_f32x4_splat(0.0f);
        for (int c = 0; c < used; c++) {
            gain += weight[c] * pn_f32x4_load(curves[c] + k);
            phase += weight[c] * pn_f32x4_load(curves[c] + bins + k);
        }
        pn_f32x4 sine;
        pn_f32x4 cosine;
        gain = pn_f32x4_approx_exp(gain);
        pn_f32x4_approx_sincos(phase, &sine, &cosine);
        multiply(spectrum + k, bins, gain, cosine, sine);
        if (twin != NULL) {
            multiply(twin + k, bins, gain, cosine, sine);
        }
    }
}

void pn_bands_apply(const pn_bands *bands, const float log_gain[2][PN_BANDS], float air_m, float *pair)
{
    float *right = pair + (size_t)2 * bands->bins_padded;
    if (memcmp(log_gain[0], log_gain[1], sizeof log_gain[0]) == 0) {
        apply(bands, log_gain[0], air_m, pair, right);
        return;
    }
    for (int ear = 0; ear < 2; ear++) {
        apply(bands, log_gain[ear], air_m, ear == 0 ? pair : right, NULL);
    }
}
