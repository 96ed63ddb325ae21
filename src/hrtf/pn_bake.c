/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_state.h"

#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "dsp/pn_resample.h"
#include "hrtf/pn_bake_onset.h"
#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_triangulation.h"

/* Two measurements closer than this are one direction. */
#define DUPLICATE_RAD (0.05 / PN_BAKE_DEGREES)

enum {
    STEP_NODES = 8,
    LONGEST_FRAMES = 4096, /* of a response at 48 kHz */
    EQUALISING_ROUNDS = 2  /* the second makes up for what the filters' length took from the first */
};

/* ---- memory ---- */

static size_t net_bytes(size_t nodes)
{
    pn_arena arena = {0};
    pn_triangulation net;
    return pn_triangulation_place(&arena, NULL, (uint32_t)nodes, &net) == PN_OK ? arena.peak : 0;
}

int pn_bake_is_upsampled(const pn_bake_config *config)
{
    return config->spacing_deg > 0.0 && config->count <= PN_BETWEEN_MAX_NODES;
}

size_t pn_bake_most_between(const pn_bake_config *config)
{
    const double spacing = config->spacing_deg / PN_BAKE_DEGREES;
    return pn_bake_is_upsampled(config) ? (size_t)(4.0 * PN_BAKE_PI / (spacing * spacing)) : 0;
}

static pn_bake *place(pn_arena *arena, const pn_bake_config *config)
{
    const size_t nodes = (size_t)config->count + PN_FILL_MAX_NODES + pn_bake_most_between(config);
    const size_t frames = pn_resample_frames(config->frames, config->sample_rate_hz, PN_BAKE_RATE_HZ);
    pn_bake here;
    memset(&here, 0, sizeof here);
    pn_bake *bake = PN_TAKE(arena, pn_bake, 1);
    here.config = *config;
    here.max_nodes = nodes;
    here.response_frames = frames > LONGEST_FRAMES ? LONGEST_FRAMES : frames;
    here.source = PN_TAKE(arena, uint32_t, nodes);
    here.dirs = PN_TAKE(arena, double, 3 * nodes);
    here.onsets = PN_TAKE(arena, double, 2 * nodes);
    here.delays = PN_TAKE(arena, double, 2 * nodes);
    here.reach = PN_TAKE(arena, double, 2 * nodes);
    here.net_memory = PN_TAKE(arena, uint8_t, net_bytes(nodes));
    here.areas = PN_TAKE(arena, double, nodes);
    here.shares = PN_TAKE(arena, double, nodes);
    here.power = PN_TAKE(arena, double, PN_SHAPE_BINS);
    here.equaliser_re = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    here.equaliser_im = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    here.powers = PN_TAKE(arena, double, nodes);
    here.filters = PN_TAKE(arena, float, 2 * nodes * PN_SHAPE_MAX_TAPS);
    here.response = PN_TAKE(arena, double, here.response_frames);
    here.spectra_re = PN_TAKE(arena, double, (size_t)2 * PN_SHAPE_SIZE);
    here.spectra_im = PN_TAKE(arena, double, (size_t)2 * PN_SHAPE_SIZE);
    pn_align_place(arena, nodes, &here.align);
    pn_delay_fit_place(arena, nodes, &here.fit);
    pn_shape_place(arena, &here.shape);
    pn_fill_place(arena, &here.fill);
    if (pn_bake_is_upsampled(config)) {
        pn_between_place(arena, config->count, &here.between);
    }
    if (config->bases > 0) {
        pn_basis_place(arena, 2 * nodes, &here.basis);
    }
    here.file_bases = PN_TAKE(arena, float, (size_t)PN_BASIS_MAX *PN_BASIS_TAPS);
    here.file_mixes = PN_TAKE(arena, float, 2 * nodes * config->bases);
    here.file_dirs = PN_TAKE(arena, float, 3 * nodes);
    here.file_taps = PN_TAKE(arena, int16_t, 2 * nodes * PN_SHAPE_MAX_TAPS);
    here.file_scales = PN_TAKE(arena, float, 2 * nodes);
    here.file_delays = PN_TAKE(arena, float, 2 * nodes);
    here.file_capacity = PN_BAKE_HEADER_BYTES + nodes * (3 + 2 + 2) * sizeof(float) +
                         2 * nodes * PN_SHAPE_MAX_TAPS * sizeof(int16_t) +
                         (2 * nodes + PN_BASIS_TAPS) * config->bases * sizeof(float);
    here.file = PN_TAKE(arena, uint8_t, here.file_capacity);
    if (bake != NULL) {
        *bake = here;
    }
    return bake;
}

static pn_status check_config(const pn_bake_config *config)
{
    if (config == NULL || config->head_dirs == NULL || config->responses == NULL || config->count < 4 ||
        config->count > PN_BAKE_MAX_MEASUREMENTS || config->frames < 16 ||
        config->frames > PN_BAKE_MAX_RESPONSE_FRAMES || config->metadata_count > PN_BAKE_MAX_METADATA ||
        (config->metadata_count > 0 && config->metadata == NULL) || config->bases > PN_BASIS_MAX ||
        config->bases % 4 != 0 || config->low < PN_BAKE_LOW_IF_NEEDED || config->low > PN_BAKE_LOW_KEEP ||
        !(config->spacing_deg == 0.0 || (config->spacing_deg >= 3.0 && config->spacing_deg <= 15.0))) {
        return PN_ERROR_ARGUMENT;
    }
    if (!(config->sample_rate_hz >= 8000.0 && config->sample_rate_hz <= 192000.0)) {
        return PN_ERROR_SAMPLE_RATE;
    }
    size_t bytes = 0;
    for (size_t i = 0; i < config->metadata_count; i++) {
        bytes += strlen(config->metadata[i].key) + strlen(config->metadata[i].value) + 8;
    }
    return bytes <= PN_BAKE_MAX_METADATA_BYTES ? PN_OK : PN_ERROR_ARGUMENT;
}

pn_status pn_bake_size(const pn_bake_config *config, size_t *out_bytes)
{
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    const pn_status status = check_config(config);
    if (status == PN_OK) {
        pn_arena arena = {0};
        (void)place(&arena, config);
        *out_bytes = arena.peak;
    }
    return status;
}

static int all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return 0;
        }
    }
    return 1;
}

pn_status pn_bake_init(void *memory, size_t bytes, const pn_bake_config *config, pn_bake **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_bake_size(config, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    if (!all_finite(config->head_dirs, (size_t)3 * config->count) ||
        !all_finite(config->responses, (size_t)2 * config->count * config->frames) ||
        (config->delays != NULL && !all_finite(config->delays, (size_t)2 * config->count))) {
        return PN_ERROR_FILE_VALUE;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, config);
    return PN_OK;
}

/* ---- stages ---- */

const float *pn_bake_response_of(const pn_bake *bake, size_t measurement, size_t ear)
{
    return bake->config.responses + (2 * measurement + ear) * bake->config.frames;
}

double pn_bake_given_delay(const pn_bake *bake, size_t measurement, size_t ear)
{
    const float *delays = bake->config.delays;
    return delays == NULL ? 0.0 : (double)delays[2 * measurement + ear] * PN_BAKE_RATE_HZ / bake->config.sample_rate_hz;
}

static void keep_excerpt(pn_bake *bake, size_t row, double onset, double given)
{
    float *excerpt = bake->align.excerpts + row * PN_ALIGN_EXCERPT_FRAMES;
    const ptrdiff_t begin = (ptrdiff_t)floor(onset) - PN_ALIGN_LEAD_FRAMES;
    for (ptrdiff_t i = 0; i < PN_ALIGN_EXCERPT_FRAMES; i++) {
        const ptrdiff_t at = begin + i;
        excerpt[i] = at >= 0 && at < (ptrdiff_t)bake->response_frames ? (float)bake->response[at] : 0.0F;
    }
    bake->align.begins[row] = (double)begin + given;
}

static void measure_node(pn_bake *bake, size_t measurement)
{
    const float *given = bake->config.head_dirs + 3 * measurement;
    double dir[3] = {(double)given[0], (double)given[1], (double)given[2]};
    const double length = sqrt(dir[0] * dir[0] + dir[1] * dir[1] + dir[2] * dir[2]);
    double nearest = -2.0;
    double energy = 0.0;
    const size_t node = bake->measured;
    for (size_t k = 0; k < 3; k++) {
        dir[k] = length > 0.0 ? dir[k] / length : 0.0;
    }
    (void)pn_nearest_dir(bake->dirs, node, dir, &nearest);
    if (!(length > 0.0) || nearest > cos(DUPLICATE_RAD)) {
        bake->report.duplicates++;
        return;
    }
    for (size_t ear = 0; ear < 2; ear++) {
        double onset = 0.0;
        pn_resample_filter_at(pn_bake_response_of(bake, measurement, ear), bake->config.frames,
                              bake->config.sample_rate_hz, PN_BAKE_RATE_HZ, 0.0, bake->response, bake->response_frames);
        for (size_t i = 0; i < bake->response_frames; i++) {
            energy += bake->response[i] * bake->response[i];
        }
        if (!pn_onset_find(bake->response, bake->response_frames, &onset)) {
            bake->report.silent++;
            return;
        }
        bake->onsets[2 * node + ear] = onset + pn_bake_given_delay(bake, measurement, ear);
        keep_excerpt(bake, 2 * node + ear, onset, pn_bake_given_delay(bake, measurement, ear));
    }
    memcpy(bake->dirs + 3 * node, dir, sizeof dir);
    bake->source[node] = (uint32_t)measurement;
    bake->energy += energy;
    bake->measured++;
}

/* ---- the loop ---- */

static size_t stage_length(const pn_bake *bake)
{
    const int bases = bake->config.bases > 0;
    switch (bake->stage) {
    case MEASURE: return bake->config.count;
    case COMPARE:
    case SHAPE: return bake->measured;
    case SURVEY: return pn_bake_surveyed(bake);
    case LEARN: return pn_bake_tried(bake);
    case ADD: return bake->nodes - bake->measured;
    case EQUALISE: return bake->config.diffuse_field ? EQUALISING_ROUNDS * bake->nodes : 0;
    case COMPONENTS: return bases ? PN_BASIS_ROUNDS : 0;
    case REFINE: return bases ? 2 * bake->nodes : 0;
    default: return 1;
    }
}

static void do_one(pn_bake *bake)
{
    switch (bake->stage) {
    case MEASURE: measure_node(bake, bake->at); break;
    case COMPARE: pn_align_compare(&bake->align, bake->dirs, bake->measured, bake->at); break;
    case ARRANGE: pn_bake_arrange(bake); break;
    case SURVEY: pn_bake_survey_node(bake, bake->at); break;
    case SHAPE: pn_bake_shape_node(bake, bake->at); break;
    case LEARN: pn_between_try(&bake->between, bake->at * bake->measured / pn_bake_tried(bake)); break;
    case ADD:
        if (bake->at == 0) {
            pn_fill_solve(&bake->fill);
            pn_between_choose(&bake->between);
        }
        pn_bake_add_node(bake, bake->measured + bake->at);
        break;
    case EQUALISE:
        if (bake->at % bake->nodes == 0) {
            pn_bake_begin_equalising(bake);
        }
        pn_bake_equalise_node(bake, bake->at % bake->nodes);
        break;
    case COMPONENTS:
        if (bake->at == 0) {
            pn_basis_begin(&bake->basis, bake->filters, PN_SHAPE_MAX_TAPS, PN_SHAPE_MAX_TAPS, bake->shares,
                           2 * bake->nodes, bake->config.bases, PN_BAKE_RATE_HZ);
        }
        pn_basis_round(&bake->basis, bake->at);
        break;
    case REFINE: pn_basis_refine(&bake->basis, bake->at); break;
    case WRITE: pn_bake_write_file(bake); break;
    case DONE: break;
    }
    bake->at++;
}

static double progress(const pn_bake *bake)
{
    /* Shares of the time, roughly. */
    static const double begins[DONE + 1] = {0.0, 0.12, 0.28, 0.32, 0.34, 0.48, 0.5, 0.62, 0.72, 0.86, 0.98, 1.0};
    const size_t length = stage_length(bake);
    if (bake->stage == DONE) {
        return 1.0;
    }
    return begins[bake->stage] + (begins[bake->stage + 1] - begins[bake->stage]) * (double)bake->at / (double)length;
}

double pn_bake_step(pn_bake *bake)
{
    for (size_t i = 0; i < STEP_NODES && bake->stage != DONE; i++) {
        if (bake->at < stage_length(bake)) {
            do_one(bake);
        }
        while (bake->stage != DONE && bake->at >= stage_length(bake)) {
            bake->stage = (pn_bake_stage)(bake->stage + 1);
            bake->at = 0;
            i = STEP_NODES;
            if (bake->stage == DONE || stage_length(bake) > 0) {
                break;
            }
        }
        if (bake->status != PN_OK) {
            bake->stage = DONE;
        }
    }
    return progress(bake);
}

pn_status pn_bake_get_status(const pn_bake *bake)
{
    return bake->status;
}

const void *pn_bake_get_file(const pn_bake *bake, size_t *out_bytes)
{
    const int done = bake->stage == DONE && bake->status == PN_OK;
    *out_bytes = done ? bake->file_bytes : 0;
    return done ? bake->file : NULL;
}

void pn_bake_get_report(const pn_bake *bake, pn_bake_report *out)
{
    if (bake->stage == DONE) {
        *out = bake->report;
    } else {
        memset(out, 0, sizeof *out);
    }
}
