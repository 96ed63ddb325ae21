/* SPDX-License-Identifier: MIT */
/**
 * A delay as a turning phase: e^(-j w tau) at four neighbouring bins, and the factor that takes it to the next four.
 */
#ifndef PN_HRTF_RAMP_H
#define PN_HRTF_RAMP_H

#include <stdint.h>

#include "math/pn_approx.h"
#include "simd/pn_simd.h"

typedef struct pn_hrtf_ramp {
    pn_f32x4 re, im;
    pn_f32x4 step_re, step_im;
} pn_hrtf_ramp;

/** From bin 0 on. @param delay_frames  of a transform of fft_frames. [audio] Realtime yes. */
static inline pn_hrtf_ramp pn_hrtf_ramp_of(double delay_frames, uint32_t fft_frames)
{
    double s;
    double c;
    pn_approx_sincos(-2.0 * PN_PI * delay_frames / fft_frames, &s, &c);
    const double c2 = c * c - s * s;
    const double s2 = 2.0 * c * s;
    const double c3 = c2 * c - s2 * s;
    const double s3 = s2 * c + c2 * s;
    const double c4 = c2 * c2 - s2 * s2;
    const double s4 = 2.0 * c2 * s2;
    return (pn_hrtf_ramp){
        .re = {1.0f, (float)c, (float)c2, (float)c3},
        .im = {0.0f, (float)s, (float)s2, (float)s3},
        .step_re = pn_f32x4_splat((float)c4),
        .step_im = pn_f32x4_splat((float)s4),
    };
}

/** Four bins on. [audio] Realtime yes. */
static inline void pn_hrtf_ramp_step(pn_hrtf_ramp *ramp)
{
    const pn_f32x4 next_re = ramp->re * ramp->step_re - ramp->im * ramp->step_im;
    ramp->im = ramp->re * ramp->step_im + ramp->im * ramp->step_re;
    ramp->re = next_re;
}

#endif
