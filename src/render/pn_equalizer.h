/* SPDX-License-Identifier: MIT */
/**
 * An equaliser for the stereo sum: shelves and bells, the same for both ears, so that no difference between them
 * changes.
 *
 * Problem  a measured head sounds as its eardrum had it, and headphones bring an ear canal's ringing once more: what is
 *          the same in all directions belongs behind the sum, once, and not into each source's filters.
 * Method   state-variable filters of second order, integrated by the trapezoidal rule [A. Simper, "Solving the
 *          continuous SVF equations using trapezoidal integration", 2013]: the responses of the bilinear transform, as
 *          Web Audio's BiquadFilterNode has them, well-conditioned in floats at the lowest frequencies, and stable
 *          while their parameters move. A changed section arrives at the end of a hop, parameter by parameter; one
 *          that is new, or no longer wanted, goes by way of 0 dB.
 * Cost     12 multiplications and 10 additions a sample, ear and section, of which 6 wait for each other: 1.3 us a
 *          section and quantum in wasm; nothing where there is no section.
 * Latency  none.
 */
#ifndef PN_EQUALIZER_H
#define PN_EQUALIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "scene/pn_scene.h"

typedef struct pn_equalizer_section {
    bool on;
    float band[4];     /* as in the scene, that `now` was designed from */
    float now[5];      /* g k, m0 m1 m2: cutoff, damping, and what is taken of input, band and low pass */
    float state[2][2]; /* [ear][integrator] */
} pn_equalizer_section;

typedef struct pn_equalizer {
    double sample_rate_hz;
    pn_equalizer_section section[PN_SCENE_SECTIONS];
} pn_equalizer;

/** No section. [init] Realtime no. */
void pn_equalizer_init(pn_equalizer *equalizer, double sample_rate_hz);

/** No section, no sound. [audio] Realtime yes. */
void pn_equalizer_reset(pn_equalizer *equalizer) PN_RT;

/**
 * Filters in place.
 * @param sections  as in pn_scene_header.equalizer, mended; reached at the end of these frames
 * @param jump      have them from the first frame on
 * [audio] Realtime yes.
 */
void pn_equalizer_process(pn_equalizer *equalizer, const float *sections, bool jump, float *left, float *right,
                          uint32_t frames) PN_RT;

#endif
