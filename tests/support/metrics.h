/* SPDX-License-Identifier: MIT */
/**
 * Yardsticks for rendered sound, in double precision.
 *
 * Levels are in dB, 20 log10 of amplitude; -999 stands for silence.
 */
#ifndef PN_TEST_METRICS_H
#define PN_TEST_METRICS_H

#include <stddef.h>
#include <stdint.h>

/** In place, X[k] = sum x[n] e^(-2 pi i k n / size); inverse scaled by 1 / size. @param size power of two to 65536. */
void metrics_fft(double *re, double *im, size_t size, int inverse);

/** Error to signal: 10 log10 of the energy of got - wanted over that of wanted. */
double metrics_esr_db(const double *wanted, const float *got, size_t count);

/** Power spectrum: [size / 2 + 1], of up to `size` samples, zero padded. @param size a power of two. */
void metrics_power(const double *x, size_t frames, size_t size, double *power);

/** Log-spectral distance: rms over the bins within the band of the level difference. Powers of the same size. */
double metrics_lsd_db(const double *power_a, const double *power_b, size_t size, double rate_hz, double low_hz,
                      double high_hz);

/** Power within a band, from a power spectrum. */
double metrics_band_power(const double *power, size_t size, double rate_hz, double low_hz, double high_hz);

/** Level of the left ear over the right's, within a band. */
double metrics_ild_db(const double *power_left, const double *power_right, size_t size, double rate_hz, double low_hz,
                      double high_hz);

/**
 * Interaural time difference, positive where the left ear is later, s: the lag at which the envelopes (Hilbert) of both
 * ears, after a Butterworth low-pass of order 10 at 3 kHz, correlate best [Andreopoulou, Katz 2017, MaxIACCe]; eight
 * lags a frame, and a parabola through the highest three.
 *
 * @param frames  at most 2048
 */
double metrics_itd_s(const double *left, const double *right, size_t frames, double rate_hz);

/**
 * Energy further than `beside_hz` from a sine over the whole, of 16384 samples under a 4-term Blackman-Harris window.
 */
double metrics_splatter_db(const double *x, double rate_hz, double tone_hz, double beside_hz);

/** Width and place of auditory bands [Glasberg, Moore 1990]: the frequency of an ERB number, and the other way. */
double metrics_erb_to_hz(double erb);
double metrics_hz_to_erb(double hz);

/** Sorts ascending. */
void metrics_sort(double *values, size_t count);

typedef struct metrics_summary {
    double mean;
    double p95;
    double worst;
    size_t worst_at;
} metrics_summary;

/** Of magnitudes; `scratch` [count]. */
metrics_summary metrics_summarise(const double *values, size_t count, double *scratch);

/** Deterministic noise: uniform in [-1, 1), SplitMix64. */
double metrics_noise(uint64_t *seed);

/** Noise like speech: -6 dB an octave above 500 Hz, 6 below 100 Hz, syllables at 4 Hz. rms 0.1. */
void metrics_speech_noise(double *x, size_t frames, double rate_hz, uint64_t seed);

#endif
