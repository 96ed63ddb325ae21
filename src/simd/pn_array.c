/* SPDX-License-Identifier: MIT */
#include "simd/pn_array.h"

#include "simd/pn_simd.h"

static bool any_lane(pn_i32x4 mask)
{
    return ((mask[0] | mask[1]) | (mask[2] | mask[3])) != 0;
}

pn_clean pn_array_copy_clean(float *to, const float *from, size_t n)
{
    pn_clean found = {0, false};
    const pn_f32x4 tiny = pn_f32x4_splat(PN_SAMPLE_TINY);
    const pn_f32x4 huge = pn_f32x4_splat(PN_SAMPLE_HUGE);
    pn_i32x4 sounding = {0, 0, 0, 0};
    pn_i32x4 mended = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4 x = pn_f32x4_load(from + i);
        pn_f32x4 magnitude = pn_f32x4_abs(x);
        pn_i32x4 sane = magnitude < huge; /* false for NaN */
        pn_i32x4 keep = sane & (magnitude >= tiny);
        pn_f32x4_store(to + i, pn_f32x4_keep(keep, x));
        sounding |= keep;
        mended += ~sane; /* -1 a lane */
    }
    found.mended = (uint32_t)(-(mended[0] + mended[1] + mended[2] + mended[3]));
    found.sounding = any_lane(sounding);
    for (; i < n; i++) {
        float magnitude = from[i] < 0.0f ? -from[i] : from[i];
        bool sane = magnitude < PN_SAMPLE_HUGE;
        bool keep = sane && magnitude >= PN_SAMPLE_TINY;
        to[i] = keep ? from[i] : 0.0f;
        found.mended += !sane;
        found.sounding |= keep;
    }
    return found;
}

bool pn_array_is_sane(const float *x, size_t n)
{
    const pn_f32x4 tiny = pn_f32x4_splat(PN_SAMPLE_TINY);
    const pn_f32x4 huge = pn_f32x4_splat(PN_SAMPLE_HUGE);
    const pn_f32x4 zero = pn_f32x4_splat(0.0f);
    pn_i32x4 sane = {-1, -1, -1, -1};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const pn_f32x4 v = pn_f32x4_load(x + i);
        const pn_f32x4 magnitude = pn_f32x4_abs(v);
        sane &= ((magnitude >= tiny) & (magnitude < huge)) | (v == zero);
    }
    bool all = !any_lane(~sane);
    for (; i < n; i++) {
        const float magnitude = x[i] < 0.0f ? -x[i] : x[i];
        all = all && ((magnitude >= PN_SAMPLE_TINY && magnitude < PN_SAMPLE_HUGE) || magnitude == 0.0f);
    }
    return all;
}

bool pn_array_is_sounding(const float *x, size_t n)
{
    const pn_f32x4 zero = pn_f32x4_splat(0.0f);
    bool some = false;
    size_t i = 0;
    for (; i + 4 <= n && !some; i += 4) {
        some = any_lane(pn_f32x4_load(x + i) != zero);
    }
    for (; i < n && !some; i++) {
        some = x[i] != 0.0f;
    }
    return some;
}

void pn_array_copy(float *to, const float *from, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4_store(to + i, pn_f32x4_load(from + i));
    }
    for (; i < n; i++) {
        to[i] = from[i];
    }
}

void pn_array_zero(float *to, size_t n)
{
    const pn_f32x4 zero = {0.0f, 0.0f, 0.0f, 0.0f};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4_store(to + i, zero);
    }
    for (; i < n; i++) {
        to[i] = 0.0f;
    }
}

bool pn_array_same(const void *a, const void *b, size_t words)
{
    const float *p = a;
    const float *q = b;
    pn_i32x4 differ = {0, 0, 0, 0};
    for (size_t i = 0; i < words; i += 4) {
        const size_t at = i + 4 <= words ? i : words - 4; /* the last four may overlap those before */
        differ |= (pn_i32x4)pn_f32x4_load(p + at) ^ (pn_i32x4)pn_f32x4_load(q + at);
    }
    return !any_lane(differ);
}

void pn_array_add(float *to, const float *from, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4_store(to + i, pn_f32x4_load(to + i) + pn_f32x4_load(from + i));
    }
    for (; i < n; i++) {
        to[i] += from[i];
    }
}

void pn_array_crossfade(float *to, const float *a, const float *b, size_t n)
{
    const float step = 1.0f / (float)n;
    const pn_f32x4 steps = pn_f32x4_splat(step);
    const pn_f32x4 four = pn_f32x4_splat(4.0f);
    pn_f32x4 index = {0.0f, 1.0f, 2.0f, 3.0f};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4 from = pn_f32x4_load(a + i);
        pn_f32x4_store(to + i, from + (pn_f32x4_load(b + i) - from) * (index * steps));
        index += four;
    }
    for (; i < n; i++) {
        to[i] = a[i] + (b[i] - a[i]) * ((float)i * step);
    }
}

void pn_array_ramp(float *x, float from, float to, size_t n)
{
    const float step = (to - from) / (float)n;
    const pn_f32x4 steps = pn_f32x4_splat(step);
    const pn_f32x4 start = pn_f32x4_splat(from);
    const pn_f32x4 four = pn_f32x4_splat(4.0f);
    pn_f32x4 index = {0.0f, 1.0f, 2.0f, 3.0f};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4_store(x + i, pn_f32x4_load(x + i) * (start + steps * index));
        index += four;
    }
    for (; i < n; i++) {
        x[i] *= from + step * (float)i;
    }
}

float pn_array_peak(const float *x, size_t n)
{
    pn_f32x4 peak = {0.0f, 0.0f, 0.0f, 0.0f};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pn_f32x4 magnitude = pn_f32x4_abs(pn_f32x4_load(x + i));
        pn_i32x4 larger = magnitude > peak;
        peak = (pn_f32x4)(((pn_i32x4)magnitude & larger) | ((pn_i32x4)peak & ~larger));
    }
    float most = peak[0];
    for (int lane = 1; lane < 4; lane++) {
        most = peak[lane] > most ? peak[lane] : most;
    }
    for (; i < n; i++) {
        float magnitude = x[i] < 0.0f ? -x[i] : x[i];
        most = magnitude > most ? magnitude : most;
    }
    return most;
}
