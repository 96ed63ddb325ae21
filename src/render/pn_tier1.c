/* SPDX-License-Identifier: MIT */
#include "render/pn_tier1.h"

#include <string.h>

#include "base/pn_hop.h"
#include "dsp/pn_fft.h"
#include "simd/pn_simd.h"

enum { EARS = 2, PARTS = 2, LANES = PN_TIER1_LANES };

struct pn_tier1 {
    pn_fft4 *fft;
    uint32_t fft_frames;
    uint32_t bins_padded;
    pn_f32x4 *time;       /* [fft_frames] four signals */
    pn_f32x4 *spectrum;   /* [2 bins_padded] four spectra */
    float *start;         /* [ear][re, im][bins_padded] sums over sources, as are the next two */
    float *end;
    float *still;
    const float *silence; /* [fft_frames] for empty lanes */
};

pn_tier1 *pn_tier1_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded)
{
    const size_t pair = (size_t)EARS * PARTS * bins_padded;
    pn_tier1 *tier = PN_TAKE(arena, pn_tier1, 1);
    pn_fft4 *fft = pn_fft4_place(arena, fft_frames);
    pn_f32x4 *time = PN_TAKE(arena, pn_f32x4, fft_frames);
    pn_f32x4 *spectrum = PN_TAKE(arena, pn_f32x4, (size_t)2 * bins_padded);
    float *start = PN_TAKE(arena, float, pair);
    float *end = PN_TAKE(arena, float, pair);
    float *still = PN_TAKE(arena, float, pair);
    float *silence = PN_TAKE(arena, float, fft_frames);
    if (tier != NULL) {
        *tier = (pn_tier1){fft, fft_frames, bins_padded, time, spectrum, start, end, still, silence};
        /* The bins of padding stay zero: transforms do not write them, and filters are zero there. */
        memset(spectrum, 0, (size_t)2 * bins_padded * sizeof *spectrum);
        memset(silence, 0, fft_frames * sizeof *silence);
    }
    return tier;
}

void pn_tier1_begin(pn_tier1 *tier)
{
    const size_t bytes = (size_t)EARS * PARTS * tier->bins_padded * sizeof(float);
    memset(tier->start, 0, bytes);
    memset(tier->end, 0, bytes);
    memset(tier->still, 0, bytes);
}

static void transform(pn_tier1 *tier, const float *const window[LANES])
{
    for (uint32_t n = 0; n < tier->fft_frames; n += LANES) {
        pn_f32x4 a = pn_f32x4_load(window[0] + n);
        pn_f32x4 b = pn_f32x4_load(window[1] + n);
        pn_f32x4 c = pn_f32x4_load(window[2] + n);
        pn_f32x4 d = pn_f32x4_load(window[3] + n);
        pn_f32x4_transpose(&a, &b, &c, &d);
        tier->time[n] = a;
        tier->time[n + 1] = b;
        tier->time[n + 2] = c;
        tier->time[n + 3] = d;
    }
    pn_fft4_forward(tier->fft, tier->time, tier->spectrum);
}

static void transform_voices(pn_tier1 *tier, const pn_tier1_voice *voices, uint32_t count)
{
    const float *window[LANES];
    for (uint32_t lane = 0; lane < LANES; lane++) {
        window[lane] = lane < count ? voices[lane].window : tier->silence;
    }
    transform(tier, window);
}

/* Four bins of four spectra: from a signal in each lane to a bin in each lane. */
static inline void take_bins(const pn_f32x4 *spectrum, uint32_t k, pn_f32x4 re[LANES], pn_f32x4 im[LANES])
{
    for (int i = 0; i < LANES; i++) {
        re[i] = spectrum[2 * (k + i)];
        im[i] = spectrum[2 * (k + i) + 1];
    }
    pn_f32x4_transpose(&re[0], &re[1], &re[2], &re[3]);
    pn_f32x4_transpose(&im[0], &im[1], &im[2], &im[3]);
}

/* sum += x h, complex, four bins. h_im lies `bins` after h_re. */
static inline void multiply_add(pn_f32x4 *sum_re, pn_f32x4 *sum_im, pn_f32x4 re, pn_f32x4 im, const float *h,
                                uint32_t bins)
{
    pn_f32x4 h_re = pn_f32x4_load(h);
    pn_f32x4 h_im = pn_f32x4_load(h + bins);
    *sum_re += re * h_re - im * h_im;
    *sum_im += re * h_im + im * h_re;
}

void pn_tier1_add_moving(pn_tier1 *tier, const pn_tier1_voice *voices, uint32_t count)
{
    const uint32_t bins = tier->bins_padded;
    transform_voices(tier, voices, count);
    for (uint32_t k = 0; k < bins; k += LANES) {
        pn_f32x4 re[LANES];
        pn_f32x4 im[LANES];
        take_bins(tier->spectrum, k, re, im);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const size_t at = (size_t)ear * PARTS * bins + k;
            pn_f32x4 start_re = pn_f32x4_load(tier->start + at);
            pn_f32x4 start_im = pn_f32x4_load(tier->start + at + bins);
            pn_f32x4 end_re = pn_f32x4_load(tier->end + at);
            pn_f32x4 end_im = pn_f32x4_load(tier->end + at + bins);
            for (uint32_t v = 0; v < count; v++) {
                multiply_add(&start_re, &start_im, re[v], im[v], voices[v].start + at, bins);
                multiply_add(&end_re, &end_im, re[v], im[v], voices[v].end + at, bins);
            }
            pn_f32x4_store(tier->start + at, start_re);
            pn_f32x4_store(tier->start + at + bins, start_im);
            pn_f32x4_store(tier->end + at, end_re);
            pn_f32x4_store(tier->end + at + bins, end_im);
        }
    }
}

void pn_tier1_add_still(pn_tier1 *tier, const pn_tier1_voice *voices, uint32_t count)
{
    const uint32_t bins = tier->bins_padded;
    transform_voices(tier, voices, count);
    for (uint32_t k = 0; k < bins; k += LANES) {
        pn_f32x4 re[LANES];
        pn_f32x4 im[LANES];
        take_bins(tier->spectrum, k, re, im);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const size_t at = (size_t)ear * PARTS * bins + k;
            pn_f32x4 sum_re = pn_f32x4_load(tier->still + at);
            pn_f32x4 sum_im = pn_f32x4_load(tier->still + at + bins);
            for (uint32_t v = 0; v < count; v++) {
                multiply_add(&sum_re, &sum_im, re[v], im[v], voices[v].start + at, bins);
            }
            pn_f32x4_store(tier->still + at, sum_re);
            pn_f32x4_store(tier->still + at + bins, sum_im);
        }
    }
}

/* Sums the four transformed buses, each through its filter, into one ear's spectrum. */
static void add_filtered(pn_tier1 *tier, float *sum, const float *const filter[LANES])
{
    const uint32_t bins = tier->bins_padded;
    for (uint32_t k = 0; k < bins; k += LANES) {
        pn_f32x4 re[LANES];
        pn_f32x4 im[LANES];
        take_bins(tier->spectrum, k, re, im);
        pn_f32x4 sum_re = pn_f32x4_load(sum + k);
        pn_f32x4 sum_im = pn_f32x4_load(sum + k + bins);
        for (uint32_t lane = 0; lane < LANES; lane++) {
            multiply_add(&sum_re, &sum_im, re[lane], im[lane], filter[lane] + k, bins);
        }
        pn_f32x4_store(sum + k, sum_re);
        pn_f32x4_store(sum + k + bins, sum_im);
    }
}

void pn_tier1_add_buses(pn_tier1 *tier, uint32_t ear, const pn_tier1_bus *buses)
{
    const size_t at = (size_t)ear * PARTS * tier->bins_padded;
    const float *const window[LANES] = {buses[0].window, buses[1].window, buses[2].window, buses[3].window};
    const float *const filter[LANES] = {buses[0].filter, buses[1].filter, buses[2].filter, buses[3].filter};
    transform(tier, window);
    add_filtered(tier, tier->still + at, filter);
}

void pn_tier1_finish(pn_tier1 *tier, float *left, float *right)
{
    const uint32_t bins = tier->bins_padded;
    const size_t floats = (size_t)EARS * PARTS * bins;
    for (size_t i = 0; i < floats; i += LANES) {
        pn_f32x4 still = pn_f32x4_load(tier->still + i);
        pn_f32x4_store(tier->start + i, pn_f32x4_load(tier->start + i) + still);
        pn_f32x4_store(tier->end + i, pn_f32x4_load(tier->end + i) + still);
    }
    /* Lanes: start left, start right, end left, end right. */
    for (uint32_t part = 0; part < PARTS; part++) {
        const size_t left_at = (size_t)part * bins;
        const size_t right_at = (size_t)(PARTS + part) * bins;
        for (uint32_t k = 0; k < bins; k += LANES) {
            pn_f32x4 a = pn_f32x4_load(tier->start + left_at + k);
            pn_f32x4 b = pn_f32x4_load(tier->start + right_at + k);
            pn_f32x4 c = pn_f32x4_load(tier->end + left_at + k);
            pn_f32x4 d = pn_f32x4_load(tier->end + right_at + k);
            pn_f32x4_transpose(&a, &b, &c, &d);
            tier->spectrum[2 * k + part] = a;
            tier->spectrum[2 * (k + 1) + part] = b;
            tier->spectrum[2 * (k + 2) + part] = c;
            tier->spectrum[2 * (k + 3) + part] = d;
        }
    }
    pn_fft4_inverse(tier->fft, tier->spectrum, tier->time);
    const pn_f32x4 *newest = tier->time + (tier->fft_frames - PN_HOP_FRAMES);
    for (int n = 0; n < PN_HOP_FRAMES; n++) {
        const float t = (float)n * (1.0f / PN_HOP_FRAMES);
        left[n] = newest[n][0] + (newest[n][2] - newest[n][0]) * t;
        right[n] = newest[n][1] + (newest[n][3] - newest[n][1]) * t;
    }
}
