/* SPDX-License-Identifier: MIT */
/**
 * Diffuse-field equalisation: sound from everywhere at once comes out as it went in.
 *
 * One filter for all directions and both ears, so that nothing between the ears or between directions changes: the
 * minimum-phase inverse of the root of the mean power over the sphere [Moeller 1992]. It takes the microphones, the
 * loudspeaker and the ear canal's resonance out, and suits headphones that are made for a flat diffuse field.
 * Bounded: 20 dB either way about the mean of 200 Hz to 16 kHz; beyond that band it stays as it is at the band's ends.
 */
#ifndef PN_BAKE_DIFFUSE_H
#define PN_BAKE_DIFFUSE_H

#include "dsp/pn_fft_f64.h"

/**
 * @param[in]  fft    of PN_SHAPE_SIZE
 * @param[in]  power  [PN_SHAPE_BINS] mean over the sphere and both ears
 * @param[out] re, im [PN_SHAPE_SIZE] the filter's spectrum, symmetric
 */
void pn_diffuse_inverse(const pn_fft_f64 *fft, const double *power, double *re, double *im);

#endif
