/* SPDX-License-Identifier: MIT */
/* Loading a LINN field: its basis at the engine's rate and transformed, its network packed. Init only. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/pn_hop.h"
#include "dsp/pn_fft.h"
#include "dsp/pn_resample.h"
#include "hrtf/pn_field_file.h"
#include "hrtf/pn_hrtf_field.h"
#include "hrtf/pn_hrtf_load.h"
#include "hrtf/pn_refit_basis.h"

/* What the bulk tier's delay and every baked head's filters take together: a field fits wherever a head does. */
static const double PATH_S = 129.0 / 48000.0;

static const float MEASURED_AT_M = 1.4f; /* for engines that start with a field and go on with a head */

enum { LANES = 4, SHORTEST_FFT = 256, LONGEST_FFT = 8192 };

typedef struct plan {
    pn_field_file file;
    double rate_hz;
    double ratio;    /* engine frames per file frame */
    uint32_t taps;   /* of a resampled basis filter, for the exact tier */
    uint32_t bulk_taps;
    uint32_t fft_frames;
    uint32_t bins_padded;
    uint32_t bulk;   /* basis filters for the bulk tier; 0 = at this rate there is none */
} plan;

typedef struct scratch {
    float *filter;      /* [PN_FIELD_MAX_TAPS] of the file */
    float *taps;        /* [fft_frames] of the engine */
    pn_f32x4 *time;     /* [fft_frames] */
    pn_f32x4 *spectrum; /* [fft_frames + 2] */
    pn_fft4 *fft;
    pn_refit_basis refit;
} scratch;

static pn_status plan_open(plan *p, const void *blob, size_t blob_bytes, double rate_hz)
{
    memset(p, 0, sizeof *p);
    const pn_status status = pn_field_file_open(blob, blob_bytes, &p->file);
    if (status != PN_OK) {
        return status;
    }
    p->rate_hz = rate_hz;
    p->ratio = rate_hz / p->file.sample_rate_hz;
    const double path = ceil(PATH_S * rate_hz);
    p->fft_frames = SHORTEST_FFT;
    while (p->fft_frames + 1 < PN_HOP_FRAMES + path) {
        p->fft_frames *= 2;
    }
    const size_t taps =
        p->ratio == 1.0 ? p->file.basis_taps : pn_resample_frames(p->file.basis_taps, p->file.sample_rate_hz, rate_hz);
    if (taps == 0 || taps > p->fft_frames + 1 - PN_HOP_FRAMES) {
        return PN_ERROR_FILE_VALUE; /* a basis at a rate far below the engine's */
    }
    p->taps = (uint32_t)taps;
    p->bulk_taps = (uint32_t)pn_refit_basis_taps(p->file.basis_taps, p->ratio, p->fft_frames - PN_HOP_FRAMES + 1);
    p->bulk = p->file.lead_frames * p->ratio >= PN_HRTF_BASIS_LEAD ? p->file.shape.bases : 0;
    p->bins_padded = (p->fft_frames / 2 + 1 + LANES - 1) / LANES * LANES;
    return PN_OK;
}

/* One basis filter at the engine's rate, for a tier. @return its taps */
static uint32_t filter_at_rate(const plan *p, scratch *s, uint32_t basis, bool bulk)
{
    const uint32_t file_taps = p->file.basis_taps;
    for (uint32_t t = 0; t < file_taps; t++) {
        s->filter[t] = pn_tensor_get_f32(&p->file.basis, (size_t)basis * file_taps + t);
    }
    if (bulk) {
        pn_refit_basis_apply(&s->refit, s->filter, PN_HRTF_BASIS_LEAD, s->taps);
    } else if (p->ratio == 1.0) {
        memcpy(s->taps, s->filter, file_taps * sizeof *s->taps);
    } else {
        pn_resample_filter(s->filter, file_taps, p->file.sample_rate_hz, p->rate_hz, s->taps, p->taps);
    }
    return bulk ? p->bulk_taps : p->taps;
}

/* Spectra of all basis filters, four at a time. */
static void spectra_fill(const plan *p, scratch *s, bool bulk, float *spectra)
{
    const float scale = 1.0f / (float)p->fft_frames;
    for (uint32_t first = 0; first < p->file.shape.bases; first += LANES) {
        memset(s->time, 0, p->fft_frames * sizeof *s->time);
        for (uint32_t lane = 0; lane < LANES; lane++) {
            const uint32_t taps = filter_at_rate(p, s, first + lane, bulk);
            for (uint32_t t = 0; t < taps; t++) {
                s->time[t][lane] = s->taps[t];
            }
        }
        pn_fft4_forward(s->fft, s->time, s->spectrum);
        for (uint32_t lane = 0; lane < LANES; lane++) {
            float *out = spectra + (size_t)(first + lane) * 2 * p->bins_padded;
            memset(out, 0, 2 * (size_t)p->bins_padded * sizeof *out);
            for (uint32_t k = 0; k <= p->fft_frames / 2; k++) {
                out[k] = s->spectrum[2 * k][lane] * scale;
                out[p->bins_padded + k] = s->spectrum[2 * k + 1][lane] * scale;
            }
        }
    }
}

static uint32_t distance_from(const pn_hrtf *set, const void *table)
{
    return (uint32_t)((const char *)table - (const char *)set);
}

pn_status pn_hrtf_load_field(pn_arena *arena, const void *blob, size_t blob_bytes, double sample_rate_hz,
                             const pn_hrtf **out)
{
    plan p;
    const pn_status status = plan_open(&p, blob, blob_bytes, sample_rate_hz);
    if (status != PN_OK) {
        return status;
    }
    const uint32_t bases = p.file.shape.bases;
    const size_t basis_floats = (size_t)bases * 2 * p.bins_padded;
    pn_hrtf *set = PN_TAKE(arena, pn_hrtf, 1);
    pn_hrtf_field *field = PN_TAKE(arena, pn_hrtf_field, 1);
    float *weights = PN_TAKE(arena, float, pn_field_floats(&p.file.shape));
    float *exact = PN_TAKE(arena, float, basis_floats);
    float *bulk = PN_TAKE(arena, float, p.bulk > 0 ? basis_floats : 0);
    const size_t mark = arena->used;
    scratch s;
    s.filter = PN_TAKE(arena, float, PN_FIELD_MAX_TAPS);
    s.taps = PN_TAKE(arena, float, p.fft_frames);
    s.time = PN_TAKE(arena, pn_f32x4, p.fft_frames);
    s.spectrum = PN_TAKE(arena, pn_f32x4, p.fft_frames + 2);
    s.fft = pn_fft4_place(arena, p.fft_frames);
    if (p.bulk > 0) {
        pn_refit_basis_place(arena, p.ratio, p.file.basis_taps, p.bulk_taps, &s.refit);
    }
    pn_arena_release(arena, mark);
    if (set == NULL) {
        return PN_OK;
    }
    pn_field_pack(&p.file.shape, p.file.weights, p.file.biases, weights);
    spectra_fill(&p, &s, false, exact);
    if (p.bulk > 0) {
        spectra_fill(&p, &s, true, bulk);
    }
    *set = (pn_hrtf){
        .sample_rate_hz = p.rate_hz,
        .bytes = (uint32_t)mark,
        .fft_frames = p.fft_frames,
        .bins_padded = p.bins_padded,
        .basis_count = p.bulk,
        .basis_at = distance_from(set, bulk),
        .field_at = distance_from(set, field),
        .distance_m = p.file.range_m[0] == p.file.range_m[1] ? p.file.range_m[0] : MEASURED_AT_M,
        .nearest_m = p.file.range_m[0],
        .farthest_m = p.file.range_m[1],
    };
    *field = (pn_hrtf_field){
        .shape = p.file.shape,
        .offset_s = p.file.offset_s,
        .most_delay = (float)(p.fft_frames + 1 - PN_HOP_FRAMES - p.taps),
        .weights_at = distance_from(set, weights),
        .spectra_at = distance_from(set, exact),
    };
    for (int ear = 0; ear < 2; ear++) {
        field->ear_m[ear] = (pn_vec3){p.file.ear_m[ear][0], p.file.ear_m[ear][1], p.file.ear_m[ear][2]};
    }
    set->ahead_frames = pn_hrtf_field_lack(set, field);
    field->offset_s += set->ahead_frames / (float)set->sample_rate_hz;
    pn_hrtf_field_fill_mean(set, field);
    *out = set;
    return PN_OK;
}
