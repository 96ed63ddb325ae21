/* SPDX-License-Identifier: MIT */
#include "dsp/pn_limiter.h"

#include <math.h>

#include "simd/pn_array.h"
#include "math/pn_approx.h"

static const double RELEASE_S = 0.060;

void pn_limiter_init(pn_limiter *limiter, double sample_rate_hz)
{
    limiter->release = (float)pn_approx_exp(-1.0 / (RELEASE_S * sample_rate_hz));
    pn_limiter_reset(limiter);
}

void pn_limiter_reset(pn_limiter *limiter)
{
    limiter->envelope = 0.0f;
    limiter->amount = 0.0f;
    limiter->gain = 1.0f;
}

void pn_limiter_process(pn_limiter *limiter, bool on, float *left, float *right, uint32_t frames)
{
    const float target = on ? 1.0f : 0.0f;
    const float from = limiter->amount;
    limiter->gain = 1.0f;
    if (from == 0.0f && target == 0.0f) {
        limiter->envelope = 0.0f;
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        float l = fabsf(left[i]);
        float r = fabsf(right[i]);
        float peak = l > r ? l : r;
        float decayed = limiter->envelope * limiter->release;
        limiter->envelope = peak > decayed ? peak : decayed;
        float gain = 1.0f;
        if (limiter->envelope > PN_LIMITER_KNEE) {
            float over = (limiter->envelope - PN_LIMITER_KNEE) / (1.0f - PN_LIMITER_KNEE);
            float level = PN_LIMITER_KNEE + (1.0f - PN_LIMITER_KNEE) * over / (1.0f + over);
            float amount = from + (target - from) * (float)i / (float)frames;
            /* Not 1 + (gain - 1) amount: that rounds a small gain up, and a loud peak above full scale. */
            gain = (1.0f - amount) + amount * (level / limiter->envelope);
        }
        left[i] *= gain;
        right[i] *= gain;
        limiter->gain = gain < limiter->gain ? gain : limiter->gain;
    }
    limiter->amount = target;
    limiter->envelope = pn_flush_tiny(limiter->envelope);
}
