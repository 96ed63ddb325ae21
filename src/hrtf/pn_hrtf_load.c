/* SPDX-License-Identifier: MIT */
/* Loading a head: the baked file (pn_head_file.h) becomes the tables of pn_hrtf.h. Init only. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/pn_arena.h"
#include "base/pn_hop.h"
#include "dsp/pn_fft.h"
#include "dsp/pn_resample.h"
#include "hrtf/pn_field_file.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_hrtf.h"
#include "hrtf/pn_hrtf_load.h"
#include "hrtf/pn_refit.h"
#include "hrtf/pn_refit_basis.h"
#include "pn.h"

static const double LOWEST_RATE_HZ = 8000.0;
static const double HIGHEST_RATE_HZ = 192000.0;

enum { EARS = 2, LANES = 4, SHORTEST_FFT = 256, LONGEST_FFT = 8192 };

/* Filters are refitted to a lower rate in classes of length, and given room for their tails, as far as there is any. */
enum { REFIT_CLASS = 4, REFIT_ROOM = 32, REFIT_MOST_TAPS = 192 };

/* What of the file matters at the engine's rate. */
typedef struct plan {
    pn_head_file file;
    double rate_hz;
    double ratio;       /* engine frames per file frame */
    uint32_t taps;      /* of a resampled filter */
    uint32_t basis_taps;
    uint32_t basis_count;
    uint32_t room;      /* of the taps, for the tail of a refitted filter */
    bool refit;         /* to a lower rate; else resampled */
    uint32_t rows;      /* output taps that resampling is tabulated for */
    uint32_t row_taps;  /* longest resampling row */
    uint32_t fft_frames;
    uint32_t bins_padded;
} plan;

static uint32_t used_taps(const pn_head_file *file, uint32_t node, uint32_t ear)
{
    uint32_t taps = file->filter_taps;
    while (taps > 0 && pn_head_file_get_tap(file, node, ear, taps - 1) == 0.0f) {
        taps--;
    }
    return taps;
}

/* Length of a refitted filter, from the class of its old one. */
static uint32_t refit_taps(const plan *p, uint32_t old_taps)
{
    const uint32_t class_taps = (old_taps + REFIT_CLASS - 1) / REFIT_CLASS * REFIT_CLASS;
    return (uint32_t)ceil(class_taps * p->ratio) + p->room;
}

static pn_status plan_open(plan *p, const void *blob, size_t blob_bytes, double rate_hz)
{
    memset(p, 0, sizeof *p);
    pn_status status = pn_head_file_open(blob, blob_bytes, &p->file);
    if (status != PN_OK) {
        return status;
    }
    p->rate_hz = rate_hz;
    p->ratio = rate_hz / p->file.sample_rate_hz;
    size_t taps = pn_resample_frames(p->file.filter_taps, p->file.sample_rate_hz, rate_hz);
    if (taps == 0) {
        return PN_ERROR_FILE_VALUE;
    }
    double longest = 1.0;
    for (uint32_t node = 0; node < p->file.node_count; node++) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            double end = pn_head_file_get_delay(&p->file, node, ear) + used_taps(&p->file, node, ear);
            longest = end > longest ? end : longest;
        }
    }
    p->fft_frames = SHORTEST_FFT;
    while (p->fft_frames + 1 < PN_HOP_FRAMES + ceil(longest * p->ratio)) {
        p->fft_frames *= 2;
    }
    if (p->fft_frames > LONGEST_FFT) {
        return PN_ERROR_FILE_SHAPE;
    }
    p->taps = taps < p->fft_frames ? (uint32_t)taps : p->fft_frames;
    p->refit = p->ratio < 1.0 && p->taps + REFIT_ROOM <= REFIT_MOST_TAPS;
    if (p->refit) {
        const double room = p->fft_frames - PN_HOP_FRAMES - 1 - REFIT_CLASS - ceil(longest * p->ratio);
        p->room = room > REFIT_ROOM ? REFIT_ROOM : (room > 0.0 ? (uint32_t)room : 0);
        p->taps = refit_taps(p, p->file.filter_taps);
    }
    /* Bases come a few frames early; at the lowest rates they have no such guard, and there is no bulk tier. */
    if (p->file.guard_frames * p->ratio >= PN_HRTF_BASIS_LEAD && p->file.basis_count > 0) {
        p->basis_count = p->file.basis_count;
        p->basis_taps = (uint32_t)pn_refit_basis_taps(p->file.basis_taps, p->ratio, p->fft_frames - PN_HOP_FRAMES + 1);
    }
    p->rows = p->refit || p->ratio == 1.0 ? 0 : p->taps;
    double stretch = p->ratio < 1.0 ? 1.0 / p->ratio : 1.0;
    p->row_taps = (uint32_t)ceil(2.0 * PN_RESAMPLE_HALF_TAPS * stretch) + 2;
    p->bins_padded = (p->fft_frames / 2 + 1 + LANES - 1) / LANES * LANES;
    return PN_OK;
}

/* One output tap of a resampled filter: which file taps it weighs, and how. */
typedef struct row {
    ptrdiff_t first;
    uint32_t count;
    double *weight;
} row;

typedef struct scratch {
    row *rows;          /* [rows] */
    float *filter;      /* [PN_HEAD_MAX_TAPS] of the file */
    double *work;       /* [PN_RESAMPLE_MAX_ROW] */
    pn_f32x4 *time;     /* [fft_frames] */
    pn_f32x4 *spectrum; /* [2 (fft_frames / 2 + 1)] */
    pn_fft4 *fft;
    pn_refit refit;
    float *basis;       /* [basis_taps] */
    pn_refit_basis refit_basis;
} scratch;

/* Every filter refitted, into the place of its spectrum. */
static void refit_fill(const plan *p, scratch *s, float *spectra)
{
    const uint32_t most = p->file.filter_taps;
    for (uint32_t old_taps = 0; old_taps < most + REFIT_CLASS; old_taps += REFIT_CLASS) {
        bool made = false;
        for (uint32_t i = 0; i < p->file.node_count * EARS; i++) {
            const uint32_t used = used_taps(&p->file, i / EARS, i % EARS);
            float *taps = spectra + (size_t)i * 2 * p->bins_padded;
            if ((used + REFIT_CLASS - 1) / REFIT_CLASS * REFIT_CLASS != old_taps) {
                continue;
            }
            if (!made) {
                const uint32_t in = old_taps < most ? old_taps : most;
                pn_refit_make(&s->refit, p->ratio, in, refit_taps(p, old_taps));
                made = true;
            }
            memset(taps, 0, p->taps * sizeof *taps);
            pn_head_file_get_filter(&p->file, i / EARS, i % EARS, s->filter);
            pn_refit_apply(&s->refit, s->filter, taps);
        }
    }
}

static void rows_fill(const plan *p, scratch *s)
{
    for (uint32_t t = 0; t < p->rows; t++) {
        row *r = &s->rows[t];
        size_t count = pn_resample_row(t, p->file.sample_rate_hz, p->rate_hz, s->work, &r->first);
        r->count = (uint32_t)(count < p->row_taps ? count : p->row_taps);
        for (uint32_t k = 0; k < r->count; k++) {
            r->weight[k] = s->work[k] / p->ratio; /* filter convention: the spectrum stays */
        }
    }
}

/* Writes scratch->filter, at the engine's rate, into a lane of the transform's input. */
static void filter_into_lane(const plan *p, scratch *s, int lane)
{
    for (uint32_t t = 0; t < p->taps; t++) {
        double tap = 0.0;
        if (p->ratio == 1.0) {
            tap = (double)s->filter[t];
        } else {
            const row *r = &s->rows[t];
            for (uint32_t k = 0; k < r->count; k++) {
                ptrdiff_t at = r->first + (ptrdiff_t)k;
                if (at >= 0 && at < (ptrdiff_t)p->file.filter_taps) {
                    tap += r->weight[k] * (double)s->filter[at];
                }
            }
        }
        s->time[t][lane] = (float)tap;
    }
}

/* Takes a lane of the transform's output. */
static void lane_into_spectrum(const plan *p, const scratch *s, int lane, float *out)
{
    const float scale = 1.0f / (float)p->fft_frames;
    memset(out, 0, 2 * p->bins_padded * sizeof *out);
    for (uint32_t k = 0; k <= p->fft_frames / 2; k++) {
        out[k] = s->spectrum[2 * k][lane] * scale;
        out[p->bins_padded + k] = s->spectrum[2 * k + 1][lane] * scale;
    }
}

/* Spectra of all nodes: the ears of two nodes fill the four lanes of one transform. */
static void spectra_fill(const plan *p, scratch *s, float *spectra)
{
    for (uint32_t first = 0; first < p->file.node_count; first += 2) {
        memset(s->time, 0, p->fft_frames * sizeof *s->time);
        const uint32_t nodes = p->file.node_count - first < 2 ? 1 : 2;
        for (uint32_t i = 0; i < nodes * EARS; i++) {
            if (p->refit) {
                const float *taps = spectra + ((size_t)first * EARS + i) * 2 * p->bins_padded;
                for (uint32_t t = 0; t < p->taps; t++) {
                    s->time[t][i] = taps[t];
                }
            } else {
                pn_head_file_get_filter(&p->file, first + i / EARS, i % EARS, s->filter);
                filter_into_lane(p, s, (int)i);
            }
        }
        pn_fft4_forward(s->fft, s->time, s->spectrum);
        for (uint32_t i = 0; i < nodes * EARS; i++) {
            lane_into_spectrum(p, s, (int)i, spectra + ((size_t)first * EARS + i) * 2 * p->bins_padded);
        }
    }
}

static void bases_fill(const plan *p, scratch *s, float *bases, float *mixes)
{
    for (uint32_t first = 0; first < p->basis_count; first += LANES) {
        memset(s->time, 0, p->fft_frames * sizeof *s->time);
        for (uint32_t i = 0; i < LANES; i++) {
            for (uint32_t t = 0; t < p->file.basis_taps; t++) {
                s->filter[t] = pn_head_file_get_basis_tap(&p->file, first + i, t);
            }
            pn_refit_basis_apply(&s->refit_basis, s->filter, PN_HRTF_BASIS_LEAD, s->basis);
            for (uint32_t t = 0; t < p->basis_taps; t++) {
                s->time[t][i] = s->basis[t];
            }
        }
        pn_fft4_forward(s->fft, s->time, s->spectrum);
        for (uint32_t i = 0; i < LANES; i++) {
            lane_into_spectrum(p, s, (int)i, bases + (size_t)(first + i) * 2 * p->bins_padded);
        }
    }
    for (uint32_t i = 0; i < p->file.node_count * EARS * p->basis_count; i++) {
        const uint32_t filter = i / p->basis_count;
        mixes[i] = pn_head_file_get_mix(&p->file, filter / EARS, filter % EARS, i % p->basis_count);
    }
}

static void mean_fill(const plan *p, const float *spectra, const float *delays, float *diotic, float *diotic_delay)
{
    const uint32_t filters = p->file.node_count * EARS;
    double delay = 0.0;
    for (uint32_t k = 0; k < 2 * p->bins_padded; k++) {
        double sum = 0.0;
        for (uint32_t f = 0; f < filters; f++) {
            sum += (double)spectra[(size_t)f * 2 * p->bins_padded + k];
        }
        diotic[k] = (float)(sum / filters);
    }
    for (uint32_t f = 0; f < filters; f++) {
        delay += (double)delays[f];
    }
    *diotic_delay = (float)(delay / filters);
}

static uint32_t distance_from(const pn_hrtf *set, const void *table)
{
    return (uint32_t)((const char *)table - (const char *)set);
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static pn_status place_nodes(pn_arena *arena, const plan *p, const pn_hrtf **out)
{
    const uint32_t nodes = p->file.node_count;
    pn_hrtf *set = PN_TAKE(arena, pn_hrtf, 1);
    float *spectra = PN_TAKE(arena, float, (size_t)nodes *EARS * 2 * p->bins_padded);
    float *delays = PN_TAKE(arena, float, (size_t)nodes *EARS);
    float *diotic = PN_TAKE(arena, float, (size_t)2 * p->bins_padded);
    float *bases = PN_TAKE(arena, float, (size_t)p->basis_count * 2 * p->bins_padded);
    float *mixes = PN_TAKE(arena, float, (size_t)nodes *EARS * p->basis_count);
    double *head_dirs = (double *)(void *)spectra; /* only until the net is built; smaller than the spectra */
    for (uint32_t node = 0; set != NULL && node < nodes; node++) {
        pn_head_file_get_direction(&p->file, node, head_dirs + (size_t)3 * node);
    }
    pn_triangulation net;
    pn_status status = pn_triangulation_place(arena, head_dirs, nodes, &net);
    if (status != PN_OK) {
        return status;
    }
    const size_t mark = arena->used;
    scratch s;
    s.rows = PN_TAKE(arena, row, p->rows);
    s.filter = PN_TAKE(arena, float, PN_HEAD_MAX_TAPS);
    s.work = PN_TAKE(arena, double, PN_RESAMPLE_MAX_ROW);
    s.time = PN_TAKE(arena, pn_f32x4, p->fft_frames);
    s.spectrum = PN_TAKE(arena, pn_f32x4, p->fft_frames + 2);
    s.fft = pn_fft4_place(arena, p->fft_frames);
    double *weights = PN_TAKE(arena, double, (size_t)p->rows * p->row_taps);
    if (p->refit) {
        pn_refit_place(arena, p->file.filter_taps, p->taps, &s.refit);
    }
    if (p->basis_count > 0) {
        s.basis = PN_TAKE(arena, float, p->basis_taps);
        pn_refit_basis_place(arena, p->ratio, p->file.basis_taps, p->basis_taps, &s.refit_basis);
    }
    pn_arena_release(arena, mark);
    if (set == NULL) {
        return PN_OK;
    }
    if (p->refit) {
        refit_fill(p, &s, spectra);
    }
    for (uint32_t t = 0; t < p->rows; t++) {
        s.rows[t].weight = weights + (size_t)t * p->row_taps;
    }
    rows_fill(p, &s);
    spectra_fill(p, &s, spectra);
    bases_fill(p, &s, bases, mixes);
    for (uint32_t i = 0; i < nodes * EARS; i++) {
        delays[i] = (float)(pn_head_file_get_delay(&p->file, i / EARS, i % EARS) * p->ratio);
    }
    *set = (pn_hrtf){
        .sample_rate_hz = p->rate_hz,
        .bytes = (uint32_t)mark,
        .node_count = nodes,
        .fft_frames = p->fft_frames,
        .bins_padded = p->bins_padded,
        .spectra_at = distance_from(set, spectra),
        .delays_at = distance_from(set, delays),
        .diotic_at = distance_from(set, diotic),
        .basis_count = p->basis_count,
        .basis_at = distance_from(set, bases),
        .mixes_at = distance_from(set, mixes),
        .triangles_at = distance_from(set, net.triangles),
        .distance_m = (float)p->file.distance_m,
    };
    mean_fill(p, spectra, delays, diotic, &set->diotic_delay);
    *out = set;
    return PN_OK;
}

static pn_status place(pn_arena *arena, const void *blob, size_t blob_bytes, double rate_hz, const pn_hrtf **out)
{
    plan p;
    if (!(rate_hz >= LOWEST_RATE_HZ && rate_hz <= HIGHEST_RATE_HZ)) {
        return PN_ERROR_SAMPLE_RATE;
    }
    if (pn_field_file_is(blob, blob_bytes)) {
        return pn_hrtf_load_field(arena, blob, blob_bytes, rate_hz, out);
    }
    const pn_status status = plan_open(&p, blob, blob_bytes, rate_hz);
    return status == PN_OK ? place_nodes(arena, &p, out) : status;
}

pn_status pn_hrtf_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes)
{
    pn_arena arena = {0};
    const pn_hrtf *none = NULL;
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    const pn_status status = place(&arena, blob, blob_bytes, sample_rate_hz, &none);
    if (status == PN_OK) {
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_hrtf_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes, double sample_rate_hz,
                       const pn_hrtf **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_hrtf_size(blob, blob_bytes, sample_rate_hz, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    return place(&arena, blob, blob_bytes, sample_rate_hz, out);
}

size_t pn_hrtf_bytes(const pn_hrtf *hrtf)
{
    return hrtf->bytes;
}
