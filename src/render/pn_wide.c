/* SPDX-License-Identifier: MIT */
#include "render/pn_wide.h"

#include <math.h>
#include <string.h>

#include "base/pn_hop.h"
#include "dsp/pn_fft.h"
#include "math/pn_approx.h"
#include "math/pn_space.h"

enum { EARS = 2, LANES = 4 };

static const double GOLDEN_ANGLE_RAD = 2.39996322972865332;
static const float LEAST_POWER = 1e-20f;

struct pn_wide {
    pn_fft4 *fft;
    uint32_t fft_frames;
    uint32_t bins_padded;
    float *point;       /* a filter pair: towards one point, and at last towards the middle */
    float *power[EARS]; /* [bins_padded] */
    float *cross;       /* [re, im][bins_padded] */
    pn_f32x4 *spectrum; /* [2 bins_padded] lanes: common left, common right, apart left, apart right */
    pn_f32x4 *time;     /* [fft_frames] */
};

pn_wide *pn_wide_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded)
{
    pn_wide *wide = PN_TAKE(arena, pn_wide, 1);
    pn_fft4 *fft = pn_fft4_place(arena, fft_frames);
    float *point = PN_TAKE(arena, float, (size_t)4 * bins_padded);
    float *power = PN_TAKE(arena, float, (size_t)EARS *bins_padded);
    float *cross = PN_TAKE(arena, float, (size_t)2 * bins_padded);
    pn_f32x4 *spectrum = PN_TAKE(arena, pn_f32x4, (size_t)2 * bins_padded);
    pn_f32x4 *time = PN_TAKE(arena, pn_f32x4, fft_frames);
    if (wide != NULL) {
        *wide = (pn_wide){fft, fft_frames, bins_padded, point, {power, power + bins_padded}, cross, spectrum, time};
    }
    return wide;
}

float pn_wide_half_angle(float radius_m, float distance_m)
{
    if (!(radius_m > 0.0f)) {
        return 0.0f;
    }
    const double ratio = (double)distance_m / (double)radius_m;
    if (ratio >= 1.0) { /* asin(radius / distance), without losing digits where they are about equal */
        return (float)pn_approx_atan2(1.0, sqrt((ratio - 1.0) * (ratio + 1.0)));
    }
    return (float)(PN_PI / 2.0 * (2.0 - ratio));
}

/* The direction of point i of a disc around `middle`: a sunflower's spiral, equal in solid angle. */
static pn_vec3 spread(pn_vec3 middle, float half_angle_rad, uint32_t i)
{
    const double share = ((double)i + 0.5) / PN_WIDE_POINTS;
    const double z = 1.0 - (1.0 - pn_approx_cos((double)half_angle_rad)) * share;
    const double ring = sqrt(z < 1.0 ? (1.0 - z) * (1.0 + z) : 0.0);
    double sine;
    double cosine;
    pn_approx_sincos(GOLDEN_ANGLE_RAD * (double)i, &sine, &cosine);
    const float level = sqrtf(middle.x * middle.x + middle.z * middle.z);
    const pn_vec3 side =
        level > 1e-6f ? (pn_vec3){-middle.z / level, 0.0f, middle.x / level} : (pn_vec3){1.0f, 0.0f, 0.0f};
    const pn_vec3 up = pn_vec3_cross(side, middle);
    const pn_vec3 around =
        pn_vec3_add(pn_vec3_scale(side, (float)(ring * cosine)), pn_vec3_scale(up, (float)(ring * sine)));
    const pn_vec3 dir = pn_vec3_add(pn_vec3_scale(middle, (float)z), around);
    return pn_vec3_scale(dir, 1.0f / pn_vec3_length(dir));
}

/* Adds a filter pair's powers and cross spectrum. */
static void add_point(pn_wide *wide)
{
    const uint32_t bins = wide->bins_padded;
    const float *left_re = wide->point;
    const float *left_im = left_re + bins;
    const float *right_re = left_im + bins;
    const float *right_im = right_re + bins;
    for (uint32_t k = 0; k < bins; k++) {
        wide->power[0][k] += left_re[k] * left_re[k] + left_im[k] * left_im[k];
        wide->power[1][k] += right_re[k] * right_re[k] + right_im[k] * right_im[k];
        wide->cross[k] += left_re[k] * right_re[k] + left_im[k] * right_im[k];
        wide->cross[bins + k] += left_im[k] * right_re[k] - left_re[k] * right_im[k];
    }
}

/* The four spectra that have the powers and the coherence, with the phases of the middle's filters. */
static void synthesize(pn_wide *wide)
{
    const uint32_t bins = wide->bins_padded;
    for (uint32_t k = 0; k < bins; k++) {
        const float both = wide->power[0][k] * wide->power[1][k];
        const float re = wide->cross[k];
        const float im = wide->cross[bins + k];
        float coherence = both > LEAST_POWER * LEAST_POWER ? sqrtf((re * re + im * im) / both) : 1.0f;
        coherence = coherence < 1.0f ? coherence : 1.0f;
        const float share[2] = {sqrtf(0.5f * (1.0f + coherence)), sqrtf(0.5f * (1.0f - coherence))};
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const float *middle = wide->point + (size_t)ear * 2 * bins;
            const float own = middle[k] * middle[k] + middle[bins + k] * middle[bins + k];
            const float gain = own > LEAST_POWER ? sqrtf(wide->power[ear][k] / (PN_WIDE_POINTS * own)) : 0.0f;
            for (uint32_t part = 0; part < 2; part++) {
                wide->spectrum[2 * k][2 * part + ear] = middle[k] * gain * share[part];
                wide->spectrum[2 * k + 1][2 * part + ear] = middle[bins + k] * gain * share[part];
            }
        }
    }
}

/* What overlap-save would fold back is cut off. */
static void cut(pn_wide *wide)
{
    const uint32_t longest = wide->fft_frames - PN_HOP_FRAMES + 1;
    pn_fft4_inverse(wide->fft, wide->spectrum, wide->time);
    memset(wide->time + longest, 0, (wide->fft_frames - longest) * sizeof *wide->time);
    pn_fft4_forward(wide->fft, wide->time, wide->spectrum);
}

static void unpack(const pn_wide *wide, float *common, float *apart)
{
    const uint32_t bins = wide->bins_padded;
    const float scale = 1.0f / (float)wide->fft_frames;
    float *const pairs[2] = {common, apart};
    for (uint32_t part = 0; part < 2; part++) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            float *to = pairs[part] + (size_t)ear * 2 * bins;
            for (uint32_t k = 0; k < wide->fft_frames / 2 + 1; k++) {
                to[k] = wide->spectrum[2 * k][2 * part + ear] * scale;
                to[bins + k] = wide->spectrum[2 * k + 1][2 * part + ear] * scale;
            }
            for (uint32_t k = wide->fft_frames / 2 + 1; k < bins; k++) {
                to[k] = 0.0f;
                to[bins + k] = 0.0f;
            }
        }
    }
}

void pn_wide_filters_at(pn_wide *wide, const pn_hrtf *set, const pn_hrtf_key *key, float half_angle_rad, uint32_t *hint,
                        float *common, float *apart)
{
    const size_t bytes = wide->bins_padded * sizeof(float);
    memset(wide->power[0], 0, bytes);
    memset(wide->power[1], 0, bytes);
    memset(wide->cross, 0, 2 * bytes);
    for (uint32_t i = 0; i < PN_WIDE_POINTS; i++) {
        pn_hrtf_key point = *key;
        for (uint32_t ear = 0; ear < EARS; ear++) {
            point.ear_dirs[ear] = spread(key->ear_dirs[ear], half_angle_rad, i);
        }
        pn_hrtf_filter_at(set, &point, hint, wide->point);
        add_point(wide);
    }
    pn_hrtf_filter_at(set, key, hint, wide->point);
    synthesize(wide);
    cut(wide);
    unpack(wide, common, apart);
}
