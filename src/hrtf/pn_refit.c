/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_refit.h"

#include <math.h>
#include <string.h>

#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_leak.h"
#include "math/pn_approx.h"

#define PI 3.14159265358979323846

/* The band that is fitted, of the new rate, and what an error above it costs beside one within. */
#define PASS 0.44
#define STOP_WEIGHT 0.001

/* What the leak costs; less at lower rates, where the guard has fewer frames and keeping the leak in costs more of the
   spectrum. Of KEMAR, between measured directions: a resting sine is clean to -116 dB at 44.1 kHz (-76 dB when
   resampled), to -78 dB at 16 kHz; spectral distance 0.20 and 0.41 dB. */
#define LEAK_WEIGHT 2e4

void pn_refit_place(pn_arena *arena, size_t max_in, size_t max_out, pn_refit *out)
{
    *out = (pn_refit){.max_in = max_in, .max_out = max_out, .leak_weight = LEAK_WEIGHT};
    out->leak = PN_TAKE(arena, double, max_out *max_out);
    out->matrix = PN_TAKE(arena, double, max_out *max_out);
    out->map = PN_TAKE(arena, double, max_in *max_out);
    if (out->leak != NULL) {
        pn_leak_table(out->leak, max_out);
    }
}

/* The spectra's product over the band, of two impulses `apart` frames apart. */
static double in_band(double apart)
{
    const double x = 2.0 * PASS * apart;
    return 2.0 * PASS * (fabs(x) < 1e-12 ? 1.0 : pn_approx_sin(PI * x) / (PI * x));
}

void pn_refit_make(pn_refit *refit, double ratio, size_t in, size_t out)
{
    const double leak_weight = refit->leak_weight * ratio * ratio * ratio * ratio;
    refit->in = in;
    refit->out = out;
    for (size_t i = 0; i < out; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double leak =
                refit->leak[i * refit->max_out + j] + refit->leak[(out - 1 - i) * refit->max_out + (out - 1 - j)];
            refit->matrix[i * out + j] = (1.0 - STOP_WEIGHT) * in_band((double)(i - j)) + leak_weight * leak;
        }
        refit->matrix[i * out + i] += STOP_WEIGHT;
    }
    for (size_t k = 0; k < in; k++) {
        for (size_t i = 0; i < out; i++) {
            refit->map[k * out + i] = in_band((double)i - (double)k * ratio);
        }
    }
    if (!pn_solve_spd(refit->matrix, out, refit->map, in)) {
        memset(refit->map, 0, in * out * sizeof *refit->map);
    }
}

void pn_refit_apply(const pn_refit *refit, const float *filter, float *taps)
{
    for (size_t i = 0; i < refit->out; i++) {
        double tap = 0.0;
        for (size_t k = 0; k < refit->in; k++) {
            tap += refit->map[k * refit->out + i] * (double)filter[k];
        }
        taps[i] = (float)tap;
    }
}
