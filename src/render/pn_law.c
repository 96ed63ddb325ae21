/* SPDX-License-Identifier: MIT */
#include "render/pn_law.h"

#include "dsp/pn_bands.h"
#include "math/pn_approx.h"

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float smaller(float a, float b)
{
    return a < b ? a : b;
}

float pn_law_distance(const pn_scene_source *source, float distance_m)
{
    const float ref = source->ref_distance_m;
    const float f = source->rolloff_factor;
    switch (source->distance_model) {
    case PN_DISTANCE_LINEAR: {
        float low = smaller(ref, source->max_distance_m);
        float high = larger(ref, source->max_distance_m);
        float at = smaller(larger(distance_m, low), high);
        float share = smaller(f, 1.0f);
        return high > low ? 1.0f - share * (at - low) / (high - low) : 1.0f - share;
    }
    case PN_DISTANCE_INVERSE: return ref > 0.0f ? ref / (ref + f * (larger(distance_m, ref) - ref)) : 0.0f;
    case PN_DISTANCE_EXPONENTIAL:
        return ref > 0.0f ? (float)pn_approx_exp2(-(double)f * pn_approx_log2((double)(larger(distance_m, ref) / ref)))
                          : 0.0f;
    default: return 1.0f;
    }
}

float pn_law_cone(const pn_scene_source *source, pn_vec3 axis, pn_vec3 to_listener)
{
    if (source->cone_inner_rad >= PN_LAW_NO_CONE_RAD) {
        return 1.0f;
    }
    float lengths = pn_vec3_length(axis) * pn_vec3_length(to_listener);
    if (!(lengths > 0.0f)) {
        return 1.0f;
    }
    double angle = pn_approx_acos((double)(pn_vec3_dot(axis, to_listener) / lengths));
    double inner = 0.5 * (double)source->cone_inner_rad;
    double outer = 0.5 * (double)source->cone_outer_rad;
    if (angle <= inner) {
        return 1.0f;
    }
    if (angle >= outer) {
        return source->cone_outer_gain;
    }
    double x = (angle - inner) / (outer - inner);
    return (float)((1.0 - x) + (double)source->cone_outer_gain * x);
}

float pn_law_nepers(float gain)
{
    const float least = 1e-4f;
    return (float)(0.69314718055994530942 * pn_approx_log2((double)larger(gain, least)));
}

void pn_law_directivity(const pn_scene_source *source, pn_vec3 axis, pn_vec3 to_listener, float *log_gain)
{
    const float lengths = pn_vec3_length(axis) * pn_vec3_length(to_listener);
    const float cosine = lengths > 0.0f ? pn_vec3_dot(axis, to_listener) / lengths : 1.0f;
    const float power = source->directivity_power > 0.0f ? source->directivity_power : 1.0f;
    for (int band = 0; band < PN_BANDS; band++) {
        const float alpha = source->directivity[band];
        if (alpha > 0.0f) {
            const float level = (1.0f - alpha) + alpha * cosine;
            log_gain[band] += power * pn_law_nepers(level < 0.0f ? -level : level);
        }
    }
}
