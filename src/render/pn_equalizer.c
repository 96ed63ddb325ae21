/* SPDX-License-Identifier: MIT */
#include "render/pn_equalizer.h"

#include <math.h>
#include <string.h>

#include "math/pn_approx.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

static const double LOWEST = 1e-5; /* of the sample rate; a bell or shelf near its half would be none */
static const double HIGHEST = 0.49;
static const double MOST_DB = 40.0;
static const double LEAST_Q = 0.05;
static const double MOST_Q = 100.0;

/* Of the square root of what the method calls A, 10^(dB / 40): log2(10) / 80. */
static const double OCTAVES_PER_DB = 0.04152410118609202935;

static double between(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* @param band  kind, frequency in Hz, gain in dB, Q  @param db  in the place of its gain */
static void design(float *to, const float *band, float db, double sample_rate_hz)
{
    const double root = pn_approx_exp2(between(-MOST_DB, (double)db, MOST_DB) * OCTAVES_PER_DB);
    const double a = root * root;
    double sine;
    double cosine;
    pn_approx_sincos(PN_PI * between(LOWEST, (double)band[1] / sample_rate_hz, HIGHEST), &sine, &cosine);
    double g = sine / cosine;
    double k = 1.0 / between(LEAST_Q, (double)band[3], MOST_Q);
    double m0 = 1.0;
    double m1 = k * (a - 1.0);
    double m2 = a * a - 1.0;
    if (band[0] == (float)PN_SCENE_LOW_SHELF) {
        g /= root;
    } else if (band[0] == (float)PN_SCENE_HIGH_SHELF) {
        g *= root;
        m0 = a * a;
        m1 *= -a;
        m2 = -m2;
    } else {
        k /= a;
        m1 = k * m2;
        m2 = 0.0;
    }
    to[0] = (float)g;
    to[1] = (float)m0;
    to[2] = (float)k;
    to[3] = (float)m1;
    to[4] = (float)m2;
}

void pn_equalizer_init(pn_equalizer *equalizer, double sample_rate_hz)
{
    equalizer->sample_rate_hz = sample_rate_hz;
    pn_equalizer_reset(equalizer);
}

void pn_equalizer_reset(pn_equalizer *equalizer)
{
    memset(equalizer->section, 0, sizeof equalizer->section);
}

/* One section and ear, from what it is to what it shall be. */
static void filter(const float *from, const float *to, float *state, float *x, uint32_t frames)
{
    float s1 = state[0];
    float s2 = state[1];
    float g = from[0];
    pn_f32x4 now = pn_f32x4_load(from + 1); /* m0 k m1 m2 */
    const float g_step = (to[0] - g) / (float)frames;
    const pn_f32x4 step = (pn_f32x4_load(to + 1) - now) / pn_f32x4_splat((float)frames);
    for (uint32_t i = 0; i < frames; i++) {
        g += g_step;
        now += step;
        const float v1 = (s1 + g * (x[i] - s2)) / (1.0f + g * (g + now[1]));
        const float v2 = s2 + g * v1;
        s1 = 2.0f * v1 - s1;
        s2 = 2.0f * v2 - s2;
        x[i] = now[0] * x[i] + now[2] * v1 + now[3] * v2;
    }
    /* Comparisons are false for NaN: what overflowed begins anew. */
    const bool sane = fabsf(s1) + fabsf(s2) < 1e30f;
    state[0] = sane ? pn_flush_tiny(s1) : 0.0f;
    state[1] = sane ? pn_flush_tiny(s2) : 0.0f;
}

void pn_equalizer_process(pn_equalizer *equalizer, const float *sections, bool jump, float *left, float *right,
                          uint32_t frames)
{
    for (uint32_t i = 0; i < PN_SCENE_SECTIONS; i++) {
        pn_equalizer_section *section = &equalizer->section[i];
        const float *band = sections + (size_t)4 * i;
        const bool wanted = band[0] != (float)PN_SCENE_NO_SECTION;
        if (wanted || section->on) {
            float to[5];
            if (wanted) {
                memcpy(section->band, band, sizeof section->band);
                if (!section->on) {
                    memset(section->state, 0, sizeof section->state);
                    design(section->now, band, jump ? band[2] : 0.0f, equalizer->sample_rate_hz);
                }
            }
            design(to, section->band, wanted ? band[2] : 0.0f, equalizer->sample_rate_hz);
            filter(section->now, to, section->state[0], left, frames);
            filter(section->now, to, section->state[1], right, frames);
            memcpy(section->now, to, sizeof to);
            section->on = wanted;
        }
    }
}
