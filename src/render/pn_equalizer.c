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
    to[1] = (float)k;
    to[2] = (float)m0;
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

/* One ear's next sample. @param s  the integrators  @param a  a1 a2 a3  @param m  m0 m1 m2 */
static inline float tick(float *s, const float *a, const float *m, float v0)
{
    const float v3 = v0 - s[1];
    const float v1 = a[0] * s[0] + a[1] * v3;
    const float v2 = s[1] + (a[1] * s[0] + a[2] * v3);
    s[0] = v1 + (v1 - s[0]);
    s[1] = v2 + (v2 - s[1]);
    return m[0] * v0 + (m[1] * v1 + m[2] * v2);
}

static float settled(float x)
{
    return fabsf(x) < 1e30f ? pn_flush_tiny(x) : 0.0f; /* false for NaN: what overflowed begins anew */
}

/* One section, from what it is to what it shall be; both ears at once, for each waits for its own past. */
static void filter(pn_equalizer_section *section, const float *to, float *left, float *right, uint32_t frames)
{
    float l[2] = {section->state[0][0], section->state[0][1]};
    float r[2] = {section->state[1][0], section->state[1][1]};
    float g = section->now[0];
    pn_f32x4 now = pn_f32x4_load(section->now + 1); /* k m0 m1 m2 */
    const float g_step = (to[0] - g) / (float)frames;
    const pn_f32x4 step = (pn_f32x4_load(to + 1) - now) / pn_f32x4_splat((float)frames);
    for (uint32_t i = 0; i < frames; i++) {
        g += g_step;
        now += step;
        const float a1 = 1.0f / (1.0f + g * (g + now[0]));
        const float a[3] = {a1, g * a1, g * (g * a1)};
        const float m[3] = {now[1], now[2], now[3]};
        left[i] = tick(l, a, m, left[i]);
        right[i] = tick(r, a, m, right[i]);
    }
    memcpy(section->now, to, sizeof section->now);
    for (int i = 0; i < 2; i++) {
        section->state[0][i] = settled(l[i]);
        section->state[1][i] = settled(r[i]);
    }
}

/* Nothing comes in and nothing rings. */
static bool rests(const pn_equalizer_section *section, bool silent)
{
    return silent && section->state[0][0] == 0.0f && section->state[0][1] == 0.0f && section->state[1][0] == 0.0f &&
           section->state[1][1] == 0.0f;
}

void pn_equalizer_process(pn_equalizer *equalizer, const float *sections, bool jump, float *left, float *right,
                          uint32_t frames)
{
    bool silent = pn_array_peak(left, frames) == 0.0f && pn_array_peak(right, frames) == 0.0f;
    for (uint32_t i = 0; i < PN_SCENE_SECTIONS; i++) {
        pn_equalizer_section *section = &equalizer->section[i];
        const float *band = sections + (size_t)4 * i;
        const bool wanted = band[0] != (float)PN_SCENE_NO_SECTION;
        if (!wanted && !section->on) {
            continue;
        }
        const bool same = wanted && section->on && memcmp(band, section->band, sizeof section->band) == 0;
        if (same && rests(section, silent)) {
            continue;
        }
        float to[5];
        memcpy(to, section->now, sizeof to);
        if (!same) {
            if (wanted) {
                memcpy(section->band, band, sizeof section->band);
                if (!section->on) {
                    memset(section->state, 0, sizeof section->state);
                    design(section->now, band, jump ? band[2] : 0.0f, equalizer->sample_rate_hz);
                }
            }
            design(to, section->band, wanted ? band[2] : 0.0f, equalizer->sample_rate_hz);
        }
        filter(section, to, left, right, frames);
        section->on = wanted;
        silent = false; /* what rang in it is the next one's input */
    }
}
