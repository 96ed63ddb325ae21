/* SPDX-License-Identifier: MIT */
/**
 * Log gains in octave bands as a minimum-phase filter, in double.
 *
 * The same definition as dsp/pn_bands.h (log gain linear over log frequency between the bands' centres, air its own
 * curve, the minimum phase by the Hilbert transform), on a grid so fine that no response folds over: a spectrum of
 * `size` bins, of a response that is let ring for an eighth of a second and more.
 */
#ifndef PN_EXACT_COLOUR_H
#define PN_EXACT_COLOUR_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "dsp/pn_fft_f64.h"
#include "exact/pn_exact_view.h"

typedef struct pn_exact_palette {
    size_t size; /* of the transform, frames */
    pn_fft_f64 fft;
    const double *curves; /* [PN_EXACT_BANDS + 1][log gain, phase][size / 2 + 1], per neper and per metre of air */
} pn_exact_palette;

/** Measures (arena without base) or places. @param room frames that one transform must yield beside the ringing. */
void pn_exact_palette_place(pn_arena *arena, double sample_rate_hz, size_t room, pn_exact_palette *out);

/** One ear's filter. @param[out] re, im  [size / 2 + 1].  Thread [init] */
void pn_exact_palette_mix(const pn_exact_palette *palette, const pn_exact_colour *colour, uint32_t ear, double *re,
                          double *im);

#endif
