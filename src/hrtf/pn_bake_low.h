/* SPDX-License-Identifier: MIT */
/**
 * The lowest octaves of a measured set, where loudspeakers and microphones give out.
 *
 * Method   down there a head is a small rigid sphere, whose response is known [Rayleigh 1904; Duda, Martens 1998].
 *          Over all directions and both ears the measured spectra are divided by the sphere's: what they have in common
 *          is the measuring chain, and its inverse goes into every response alike, whole below 470 Hz and faded out by
 *          1 kHz, so that nothing between the ears or between directions changes. Below 200 Hz, where there may be
 *          nothing but noise left to correct, a response is the sphere's with the level and delay that it has from 280
 *          to 750 Hz [level and phase carried on: Xie 2009].
 *          A set needs this if its chain is more than 1 dB off below 200 Hz, rms, against 470 to 940 Hz.
 * Rejected level and phase of each response carried on by itself: the roll-off's own phase made the line through the
 *          origin wrong, and ITDs at 100 Hz fell from 400 to 150 us. The chain's magnitude alone inverted with minimum
 *          phase: what is left of a roll-off in 2.9 ms has no minimum phase, and 0 Hz stayed 8 dB down.
 */
#ifndef PN_BAKE_LOW_H
#define PN_BAKE_LOW_H

#include <stddef.h>

#include "hrtf/pn_bake_shape.h"

enum { PN_LOW_BINS = 11 }; /* below 1 kHz */

typedef struct pn_low {
    double re[PN_LOW_BINS]; /* of the chain: sums, then means */
    double im[PN_LOW_BINS];
    double square[PN_LOW_BINS];
    double rows;
    double slope;                /* phase of the chain per bin where it is believed */
    double sign;                 /* -1 = the set is upside down */
    double fix_log[PN_LOW_BINS]; /* the inverse */
    double fix_phase[PN_LOW_BINS];
} pn_low;

/**
 * Pressure on a rigid sphere of 8.75 cm for a plane wave, over that of the free field at its middle; e^(+j w t).
 * @param cosine  of the directions to the place on the surface and to the wave's source
 */
void pn_low_sphere(double hz, double cosine, double *re, double *im);

/**
 * Looks at a measured ear.
 *
 * @param[in] re, im   [PN_LOW_BINS] of a transform of PN_SHAPE_SIZE, onset `guard_frames` after the beginning
 * @param     cosine   of the ear's axis and the direction
 */
void pn_low_add(pn_low *low, const double *re, const double *im, double cosine, double guard_frames);

/** Ends the survey. @return how far the chain is off below 200 Hz, dB rms */
double pn_low_finish(pn_low *low);

/** Carries an ear on to 0 Hz. @param[in,out] re, im  [PN_SHAPE_SIZE], symmetric; else as pn_low_add */
void pn_low_extend(const pn_low *low, double *re, double *im, double cosine, double guard_frames);

#endif
