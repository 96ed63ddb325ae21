/* SPDX-License-Identifier: MIT */
#include "exact/pn_exact_colour.h"

#include <math.h>

#include "dsp/pn_air.h"
#include "dsp/pn_bands.h"

#define NEPERS_PER_DB 0.115129254649702284

/* A band's slope may be as steep as -80 dB an octave at 125 Hz: after an eighth of a second it is over. */
#define RING_S 0.125

enum { FINER = 8, CURVES = PN_EXACT_BANDS + 1 };

static double curve_at(int curve, double frequency_hz, const pn_air *air)
{
    if (curve == PN_EXACT_BANDS) {
        return -NEPERS_PER_DB * pn_air_absorption_db_m(air, frequency_hz);
    }
    const double octave = log2(fmax(frequency_hz, 1.0) / pn_bands_centre_hz(0));
    return fmax(0.0, 1.0 - fabs(fmax(0.0, fmin(octave, PN_EXACT_BANDS - 1)) - curve));
}

void pn_exact_palette_place(pn_arena *arena, double sample_rate_hz, size_t room, pn_exact_palette *out)
{
    size_t size = 1024;
    while ((double)size < RING_S * sample_rate_hz + (double)room) {
        size *= 2;
    }
    const size_t bins = size / 2 + 1;
    const size_t n = FINER * size;
    double *curves = PN_TAKE(arena, double, CURVES * 2 * bins);
    *out = (pn_exact_palette){.size = size, .curves = curves};
    pn_fft_f64_place(arena, size, &out->fft);
    const size_t mark = arena->used;
    pn_fft_f64 fine;
    double *re = PN_TAKE(arena, double, n);
    double *im = PN_TAKE(arena, double, n);
    pn_fft_f64_place(arena, n, &fine);
    pn_arena_release(arena, mark);
    const pn_air air = pn_air_default();
    for (int curve = 0; curve < CURVES && curves != NULL; curve++) {
        for (size_t k = 0; k <= n / 2; k++) {
            re[k] = curve_at(curve, (double)k * sample_rate_hz / (double)n, &air);
            re[(n - k) % n] = re[k];
            im[k] = 0.0;
            im[(n - k) % n] = 0.0;
        }
        /* Minimum phase: the cepstrum folded onto positive times [Oppenheim, Schafer, ch. 13]. */
        pn_fft_f64_inverse(&fine, re, im);
        for (size_t t = 0; t < n; t++) {
            re[t] *= t == 0 || t == n / 2 ? 1.0 : (t < n / 2 ? 2.0 : 0.0);
            im[t] = 0.0;
        }
        pn_fft_f64_forward(&fine, re, im);
        for (size_t k = 0; k < bins; k++) {
            curves[((size_t)curve * 2) * bins + k] = re[FINER * k];
            curves[((size_t)curve * 2 + 1) * bins + k] = im[FINER * k];
        }
    }
}

void pn_exact_palette_mix(const pn_exact_palette *palette, const pn_exact_colour *colour, uint32_t ear, double *re,
                          double *im)
{
    const size_t bins = palette->size / 2 + 1;
    for (size_t k = 0; k < bins; k++) {
        double gain = 0.0;
        double phase = 0.0;
        for (int curve = 0; curve < CURVES; curve++) {
            const double weight = curve < PN_EXACT_BANDS ? colour->log_gain[ear][curve] : colour->air_m;
            gain += weight * palette->curves[((size_t)curve * 2) * bins + k];
            phase += weight * palette->curves[((size_t)curve * 2 + 1) * bins + k];
        }
        gain = exp(gain);
        re[k] = gain * cos(phase);
        im[k] = gain * sin(phase);
    }
}
