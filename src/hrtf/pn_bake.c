/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake.h"

#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "dsp/pn_resample.h"
#include "hrtf/pn_bake_align.h"
#include "hrtf/pn_bake_basis.h"
#include "hrtf/pn_bake_between.h"
#include "hrtf/pn_bake_delay.h"
#include "hrtf/pn_bake_diffuse.h"
#include "hrtf/pn_bake_fill.h"
#include "hrtf/pn_bake_low.h"
#include "hrtf/pn_bake_onset.h"
#include "hrtf/pn_bake_shape.h"
#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_triangulation.h"

#define PI 3.14159265358979323846
#define DEGREES (180.0 / PI)

/* Two measurements closer than this are one direction. */
#define DUPLICATE_RAD (0.05 / DEGREES)

/* New nodes stand this much further apart than the measured ones, within limits: low directions need no fine grid. */
#define FILL_SPACING 1.8
#define FILL_SPACING_MIN_RAD (8.0 / DEGREES)
#define FILL_SPACING_MAX_RAD (15.0 / DEGREES)

/* Beyond this part of their spacing from a measured direction, new nodes fill a hole; before it they are between. */
#define FILL_REACH 0.75

/* A set that is this far off below 200 Hz, rms, is carried on. */
#define LOW_DEVIATION_DB 1.0

/* Onsets this far from their delay are reported: the neighbours overruled them. */
#define OUTLIER_FRAMES 3.0

/* A filter shorter than this is no filter: onsets so far apart are not a head's. */
enum { LEAST_TAPS = 48 };

enum {
    STEP_NODES = 8,
    LONGEST_FRAMES = 4096, /* of a response at 48 kHz */
    AREA_POINTS = 20000,
    MAX_METADATA = 16,
    MAX_METADATA_BYTES = 4096,
    HEADER_BYTES = 1024 + 8 * MAX_METADATA_BYTES,
    OWN_PAIRS = 10,
    NUMBER_BYTES = 12,
    MOST_SURVEYED = 256,
    MOST_TRIED = 160,
    EQUALISING_ROUNDS = 2 /* the second makes up for what the filters' length took from the first */
};

typedef enum stage {
    MEASURE,
    COMPARE,
    ARRANGE,
    SURVEY,
    SHAPE,
    LEARN,
    ADD,
    EQUALISE,
    COMPONENTS,
    REFINE,
    WRITE,
    DONE
} stage;

struct pn_bake {
    pn_bake_config config;
    pn_status status;
    stage stage;
    size_t at;              /* of the stage's loop */
    size_t max_nodes;       /* measured and filled */
    size_t response_frames; /* at 48 kHz, as many as are looked at */
    size_t measured;
    size_t nodes;
    double energy; /* sum over the responses that are used */
    double level;  /* gain of the whole set */
    double shortest;
    pn_bake_report report;

    uint32_t *source;   /* [max_nodes] index of the measurement */
    double *dirs;       /* [max_nodes][3] */
    double *onsets;     /* [max_nodes][2] frames at 48 kHz */
    double *delays;     /* [max_nodes][2] absolute */
    double *reach;      /* [max_nodes][2] the longest delay that a filter is rendered with: its own or a neighbour's */
    void *net_memory;   /* for the triangulation, which says who is a neighbour */
    double *areas;      /* [max_nodes] solid angles of the measured nodes among themselves, bounded */
    double *shares;     /* [max_nodes] solid angles of all nodes */
    double *power;      /* [PN_SHAPE_BINS] mean over the sphere and both ears, of the filters made so far */
    double *powers;     /* [max_nodes] sum over both ears, 200 Hz to 16 kHz */
    float *filters;     /* [max_nodes][2][PN_SHAPE_MAX_TAPS] */
    double *response;   /* [response_frames] */
    double *spectra_re; /* [2][PN_SHAPE_SIZE] */
    double *spectra_im;
    pn_align align;
    pn_delay_fit fit;
    pn_delay_model models[2];
    pn_shape shape;
    pn_fill fill;
    pn_between between;
    pn_low low;
    double *equaliser_re; /* [PN_SHAPE_SIZE] the diffuse-field equaliser's spectrum */
    double *equaliser_im;

    pn_basis_fit basis;

    float *file_dirs;   /* [max_nodes][3] */
    int16_t *file_taps; /* [max_nodes][2][PN_SHAPE_MAX_TAPS] */
    float *file_scales; /* [max_nodes][2] */
    float *file_delays; /* [max_nodes][2] */
    float *file_bases;  /* [PN_BASIS_MAX][PN_BASIS_TAPS] */
    float *file_mixes;  /* [max_nodes][2][bases] */
    uint8_t *file;
    size_t file_capacity;
    size_t file_bytes;
};

/* ---- memory ---- */

static size_t net_bytes(size_t nodes)
{
    pn_arena arena = {0};
    pn_triangulation net;
    return pn_triangulation_place(&arena, NULL, (uint32_t)nodes, &net) == PN_OK ? arena.peak : 0;
}

static int is_upsampled(const pn_bake_config *config)
{
    return config->spacing_deg > 0.0 && config->count <= PN_BETWEEN_MAX_NODES;
}

/* More nodes than that are never between others. */
static size_t most_between(const pn_bake_config *config)
{
    const double spacing = config->spacing_deg / DEGREES;
    return is_upsampled(config) ? (size_t)(4.0 * PI / (spacing * spacing)) : 0;
}

static pn_bake *place(pn_arena *arena, const pn_bake_config *config)
{
    const size_t nodes = (size_t)config->count + PN_FILL_MAX_NODES + most_between(config);
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
    if (is_upsampled(config)) {
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
    here.file_capacity = HEADER_BYTES + nodes * (3 + 2 + 2) * sizeof(float) +
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
        config->frames > PN_BAKE_MAX_RESPONSE_FRAMES || config->metadata_count > MAX_METADATA ||
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
    return bytes <= MAX_METADATA_BYTES ? PN_OK : PN_ERROR_ARGUMENT;
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

static const float *response_of(const pn_bake *bake, size_t measurement, size_t ear)
{
    return bake->config.responses + (2 * measurement + ear) * bake->config.frames;
}

/* What the responses of a measurement lack, in frames at 48 kHz. */
static double given_delay(const pn_bake *bake, size_t measurement, size_t ear)
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
        pn_resample_filter_at(response_of(bake, measurement, ear), bake->config.frames, bake->config.sample_rate_hz,
                              PN_BAKE_RATE_HZ, 0.0, bake->response, bake->response_frames);
        for (size_t i = 0; i < bake->response_frames; i++) {
            energy += bake->response[i] * bake->response[i];
        }
        if (!pn_onset_find(bake->response, bake->response_frames, &onset)) {
            bake->report.silent++;
            return;
        }
        bake->onsets[2 * node + ear] = onset + given_delay(bake, measurement, ear);
        keep_excerpt(bake, 2 * node + ear, onset, given_delay(bake, measurement, ear));
    }
    memcpy(bake->dirs + 3 * node, dir, sizeof dir);
    bake->source[node] = (uint32_t)measurement;
    bake->energy += energy;
    bake->measured++;
}

/* Solid angles by counting: each point of a fine even grid belongs to its nearest node. */
static double count_areas(const pn_bake *bake, size_t nodes, double *areas)
{
    double farthest = 1.0;
    memset(areas, 0, nodes * sizeof(double));
    for (size_t i = 0; i < AREA_POINTS; i++) {
        double dir[3];
        double cosine = 0.0;
        pn_fibonacci_dir(i, AREA_POINTS, dir);
        areas[pn_nearest_dir(bake->dirs, nodes, dir, &cosine)] += 4.0 * PI / AREA_POINTS;
        farthest = fmin(farthest, cosine);
    }
    return acos(fmax(-1.0, farthest));
}

/* The median distance from a measured node to its nearest neighbour. */
static double median_spacing(pn_bake *bake)
{
    double *spacing = bake->fit.sorted;
    for (size_t i = 0; i < bake->measured; i++) {
        double most = -2.0;
        for (size_t j = 0; j < bake->measured; j++) {
            const double *a = bake->dirs + 3 * i;
            const double *b = bake->dirs + 3 * j;
            const double cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            most = i != j && cosine > most ? cosine : most;
        }
        spacing[i] = acos(fmin(1.0, most));
    }
    return pn_median(spacing, bake->measured);
}

static pn_fill_set fill_set(const pn_bake *bake)
{
    return (pn_fill_set){.head_dirs = bake->dirs,
                         .filters = bake->filters,
                         .areas = bake->areas,
                         .count = bake->measured,
                         .guard_frames = PN_BAKE_GUARD_FRAMES};
}

/* The model, and what it leaves at the measured nodes near by, fading with the distance. */
static void fill_delays(pn_bake *bake, size_t node)
{
    const pn_fill_set set = fill_set(bake);
    const size_t count = pn_fill_weigh(&bake->fill, &set, bake->dirs + 3 * node);
    for (size_t ear = 0; ear < 2; ear++) {
        const pn_delay_model *model = &bake->models[ear];
        double delay = pn_delay_model_at(model, bake->dirs + 3 * node);
        for (size_t i = 0; i < count; i++) {
            const size_t near = bake->fill.nearest[i];
            delay += bake->fill.weights[i] *
                     (bake->delays[2 * near + ear] - pn_delay_model_at(model, bake->dirs + 3 * near));
        }
        bake->delays[2 * node + ear] = delay;
    }
}

/* Delays of all nodes: the measured ones by agreement with their neighbours, the others by the model of those. */
static void set_delays(pn_bake *bake)
{
    double square = 0.0;
    memcpy(bake->delays, bake->onsets, 2 * bake->measured * sizeof(double));
    pn_align_solve(&bake->align, bake->measured, bake->delays);
    for (size_t i = 0; i < 2 * bake->measured; i++) {
        const double off = bake->onsets[i] - bake->delays[i];
        square += off * off;
        bake->report.outliers += fabs(off) > OUTLIER_FRAMES;
    }
    bake->report.residual_onset_frames = sqrt(square / (double)(2 * bake->measured));
    for (size_t ear = 0; ear < 2; ear++) {
        pn_delay_model_fit(&bake->fit, bake->dirs, bake->delays + ear, 2, bake->areas, bake->measured,
                           ear == 0 ? -1.0 : 1.0, &bake->models[ear]);
    }
    for (size_t i = bake->measured; i < bake->nodes; i++) {
        if (i < bake->measured + bake->report.filled) {
            fill_delays(bake, i);
        } else {
            pn_between_delays(&bake->between, bake->delays, bake->dirs + 3 * i, bake->delays + 2 * i);
        }
    }
}

/* Between directions the renderer delays three filters alike, so one may be delayed by more than is its own. */
static void set_reach(pn_bake *bake)
{
    pn_arena arena = {.base = bake->net_memory};
    pn_triangulation net;
    bake->status = pn_triangulation_place(&arena, bake->dirs, (uint32_t)bake->nodes, &net);
    if (bake->status != PN_OK) {
        return;
    }
    memcpy(bake->reach, bake->delays, 2 * bake->nodes * sizeof(double));
    for (uint32_t i = 0; i < net.count; i++) {
        const uint32_t *corner = net.triangles[i].corner;
        for (size_t ear = 0; ear < 2; ear++) {
            const double longest =
                fmax(bake->delays[2 * (size_t)corner[0] + ear],
                     fmax(bake->delays[2 * (size_t)corner[1] + ear], bake->delays[2 * (size_t)corner[2] + ear]));
            for (int k = 0; k < 3; k++) {
                double *reach = &bake->reach[2 * (size_t)corner[k] + ear];
                *reach = fmax(*reach, longest);
            }
        }
    }
}

static void report_coverage(pn_bake *bake)
{
    pn_bake_report *report = &bake->report;
    report->elevation_min_deg = 90.0;
    report->elevation_max_deg = -90.0;
    report->itd_min_us = HUGE_VAL;
    report->itd_max_us = -HUGE_VAL;
    for (size_t i = 0; i < bake->measured; i++) {
        const double elevation = DEGREES * asin(fmax(-1.0, fmin(1.0, bake->dirs[3 * i + 1])));
        const double itd = 1e6 / PN_BAKE_RATE_HZ * (bake->delays[2 * i] - bake->delays[2 * i + 1]);
        report->elevation_min_deg = fmin(report->elevation_min_deg, elevation);
        report->elevation_max_deg = fmax(report->elevation_max_deg, elevation);
        report->itd_min_us = fmin(report->itd_min_us, itd);
        report->itd_max_us = fmax(report->itd_max_us, itd);
    }
}

static void arrange(pn_bake *bake)
{
    if (bake->measured < 4) {
        bake->status = PN_ERROR_GEOMETRY;
        return;
    }
    bake->report.hole_deg = DEGREES * count_areas(bake, bake->measured, bake->areas);
    for (size_t i = 0; i < bake->measured; i++) { /* the rim of a hole must not stand for the hole */
        bake->fit.sorted[i] = bake->areas[i];
    }
    const double largest = 2.0 * pn_median(bake->fit.sorted, bake->measured);
    for (size_t i = 0; i < bake->measured; i++) {
        bake->areas[i] = fmin(bake->areas[i], largest);
    }
    const double spacing = fmax(FILL_SPACING_MIN_RAD, fmin(FILL_SPACING_MAX_RAD, FILL_SPACING * median_spacing(bake)));
    bake->report.filled =
        (uint32_t)pn_fill_find_holes(bake->dirs, bake->measured, spacing, bake->dirs + 3 * bake->measured);
    bake->report.measured = (uint32_t)bake->measured;
    bake->nodes = bake->measured + bake->report.filled;
    if (is_upsampled(&bake->config)) {
        bake->between.head_dirs = bake->dirs;
        bake->between.count = bake->measured;
        bake->report.between =
            (uint32_t)pn_between_find_gaps(bake->dirs, bake->nodes, bake->measured, bake->config.spacing_deg / DEGREES,
                                           FILL_REACH * spacing, most_between(&bake->config));
        bake->nodes += bake->report.between;
    }
    (void)count_areas(bake, bake->nodes, bake->shares);
    set_delays(bake);
    bake->shortest = HUGE_VAL;
    double longest = -HUGE_VAL;
    for (size_t i = 0; i < 2 * bake->nodes; i++) {
        bake->shortest = fmin(bake->shortest, bake->delays[i]);
        longest = fmax(longest, bake->delays[i]);
    }
    if (!(longest - bake->shortest <= PN_BAKE_PATH_FRAMES - 2 - LEAST_TAPS)) {
        bake->status = PN_ERROR_FILE_VALUE;
        return;
    }
    set_reach(bake);
    bake->level = 1.0 / sqrt(bake->energy / (double)(2 * bake->measured));
    report_coverage(bake);
}

static size_t taps_beside(const pn_bake *bake, size_t row)
{
    return (size_t)(PN_BAKE_PATH_FRAMES - 2) - (size_t)ceil(bake->reach[row] - bake->shortest);
}

/* The filter of a wanted spectrum, and the power that it adds to its node. */
static void shape_filter(pn_bake *bake, size_t row, const double *re, const double *im)
{
    double taps[PN_SHAPE_MAX_TAPS];
    float *filter = bake->filters + row * PN_SHAPE_MAX_TAPS;
    const size_t count = taps_beside(bake, row);
    pn_shape_filter(&bake->shape, re, im, count, taps);
    bake->report.filter_taps = count > bake->report.filter_taps ? (uint32_t)count : bake->report.filter_taps;
    double *work_re = bake->shape.re;
    double *work_im = bake->shape.im;
    memset(work_im, 0, PN_SHAPE_SIZE * sizeof(double));
    memset(work_re, 0, PN_SHAPE_SIZE * sizeof(double));
    for (size_t i = 0; i < PN_SHAPE_MAX_TAPS; i++) {
        filter[i] = (float)taps[i];
        work_re[i] = taps[i];
    }
    pn_fft_f64_forward(&bake->shape.fft, work_re, work_im);
    size_t bins = 0;
    double power = 0.0;
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const double hz = (double)k * PN_BAKE_RATE_HZ / PN_SHAPE_SIZE;
        const double square = work_re[k] * work_re[k] + work_im[k] * work_im[k];
        bake->power[k] += bake->shares[row / 2] / (2.0 * 4.0 * PI) * square;
        if (hz >= 200.0 && hz <= 16000.0) {
            power += square;
            bins++;
        }
    }
    bake->powers[row / 2] += power / (double)bins;
}

/* The aligned spectrum of a measured ear, 2.9 ms of it. */
static void measured_spectrum(const pn_bake *bake, size_t row, double *re, double *im)
{
    const size_t measurement = bake->source[row / 2];
    const double begin = bake->delays[row] - given_delay(bake, measurement, row % 2) - PN_BAKE_GUARD_FRAMES;
    memset(re, 0, PN_SHAPE_SIZE * sizeof(double));
    memset(im, 0, PN_SHAPE_SIZE * sizeof(double));
    pn_resample_filter_at(response_of(bake, measurement, row % 2), bake->config.frames, bake->config.sample_rate_hz,
                          PN_BAKE_RATE_HZ, begin, re, PN_BAKE_WINDOW_FRAMES);
    for (size_t i = 0; i < PN_BAKE_WINDOW_FRAMES; i++) {
        const double from_end = (double)(PN_BAKE_WINDOW_FRAMES - i) - 0.5;
        const double fade = from_end < PN_BAKE_FADE_FRAMES ? 0.5 - 0.5 * cos(PI * from_end / PN_BAKE_FADE_FRAMES) : 1.0;
        re[i] *= bake->level * fade;
    }
    pn_fft_f64_forward(&bake->shape.fft, re, im);
}

/* Of the ear's axis and the direction. */
static double ear_cosine(const pn_bake *bake, size_t row)
{
    return row % 2 == 0 ? -bake->dirs[3 * (row / 2)] : bake->dirs[3 * (row / 2)];
}

/* A spectrum, filtered. */
static void multiply(double *re, double *im, const double *by_re, const double *by_im)
{
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        const double x = re[k] * by_re[k] - im[k] * by_im[k];
        im[k] = re[k] * by_im[k] + im[k] * by_re[k];
        re[k] = x;
    }
}

static size_t surveyed(const pn_bake *bake)
{
    return bake->measured < MOST_SURVEYED ? bake->measured : MOST_SURVEYED;
}

static void survey_node(pn_bake *bake, size_t index)
{
    const size_t count = surveyed(bake);
    const size_t node = index * bake->measured / count;
    for (size_t row = 2 * node; row < 2 * node + 2; row++) {
        measured_spectrum(bake, row, bake->spectra_re, bake->spectra_im);
        pn_low_add(&bake->low, bake->spectra_re, bake->spectra_im, ear_cosine(bake, row), PN_BAKE_GUARD_FRAMES);
    }
    if (index + 1 == count) {
        bake->report.low_deviation_db = pn_low_finish(&bake->low);
        const int needed = bake->report.low_deviation_db > LOW_DEVIATION_DB;
        bake->report.extended =
            bake->config.low == PN_BAKE_LOW_EXTEND || (needed && bake->config.low == PN_BAKE_LOW_IF_NEEDED);
    }
}

static void shape_node(pn_bake *bake, size_t node)
{
    double *re = bake->spectra_re;
    double *im = bake->spectra_im;
    bake->powers[node] = 0.0;
    for (size_t ear = 0; ear < 2; ear++) {
        const size_t row = 2 * node + ear;
        measured_spectrum(bake, row, re, im);
        if (bake->report.extended) {
            pn_low_extend(&bake->low, re, im, ear_cosine(bake, row), PN_BAKE_GUARD_FRAMES);
        }
        if (bake->report.between > 0) {
            pn_between_add(&bake->between, node, ear, re, im);
        }
        shape_filter(bake, row, re, im);
    }
    const pn_fill_set set = fill_set(bake);
    pn_fill_add(&bake->fill, &set, node);
}

static size_t tried(const pn_bake *bake)
{
    const size_t most = bake->measured < MOST_TRIED ? bake->measured : MOST_TRIED;
    return bake->report.between > 0 ? most : 0;
}

static void add_node(pn_bake *bake, size_t node)
{
    bake->powers[node] = 0.0;
    if (node < bake->measured + bake->report.filled) {
        const pn_fill_set set = fill_set(bake);
        pn_fill_at(&bake->fill, &set, bake->dirs + 3 * node, bake->spectra_re, bake->spectra_im);
    } else {
        pn_between_at(&bake->between, bake->dirs + 3 * node, bake->spectra_re, bake->spectra_im);
    }
    for (size_t ear = 0; ear < 2; ear++) {
        shape_filter(bake, 2 * node + ear, bake->spectra_re + ear * PN_SHAPE_SIZE,
                     bake->spectra_im + ear * PN_SHAPE_SIZE);
    }
}

static void begin_equalising(pn_bake *bake)
{
    double least = HUGE_VAL;
    double most = -HUGE_VAL;
    pn_diffuse_inverse(&bake->shape.fft, bake->power, bake->equaliser_re, bake->equaliser_im);
    memset(bake->power, 0, PN_SHAPE_BINS * sizeof(double));
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const double re = bake->equaliser_re[k];
        const double im = bake->equaliser_im[k];
        least = fmin(least, 10.0 * log10(re * re + im * im));
        most = fmax(most, 10.0 * log10(re * re + im * im));
    }
    bake->report.diffuse_db = fmax(bake->report.diffuse_db, most - least);
}

static void equalise_node(pn_bake *bake, size_t node)
{
    bake->powers[node] = 0.0;
    for (size_t row = 2 * node; row < 2 * node + 2; row++) {
        double *re = bake->spectra_re;
        double *im = bake->spectra_im;
        memset(re, 0, PN_SHAPE_SIZE * sizeof(double));
        memset(im, 0, PN_SHAPE_SIZE * sizeof(double));
        for (size_t i = 0; i < PN_SHAPE_MAX_TAPS; i++) {
            re[i] = (double)bake->filters[row * PN_SHAPE_MAX_TAPS + i];
        }
        pn_fft_f64_forward(&bake->shape.fft, re, im);
        multiply(re, im, bake->equaliser_re, bake->equaliser_im);
        shape_filter(bake, row, re, im);
    }
}

/* One gain for the whole set: power over the sphere, both ears and the band = 1. */
static double level_set(const pn_bake *bake)
{
    double power = 0.0;
    for (size_t i = 0; i < bake->nodes; i++) {
        power += bake->shares[i] * bake->powers[i];
    }
    power /= 2.0 * 4.0 * PI;
    return power > 0.0 ? 1.0 / sqrt(power) : 0.0;
}

static void quantise_row(pn_bake *bake, size_t row, size_t taps, double gain)
{
    const float *filter = bake->filters + row * PN_SHAPE_MAX_TAPS;
    int16_t *out = bake->file_taps + row * taps;
    double most = 0.0;
    for (size_t i = 0; i < taps; i++) {
        most = fmax(most, fabs((double)filter[i]));
    }
    const float scale = (float)(most * gain / 32767.0);
    bake->file_scales[row] = scale;
    for (size_t i = 0; i < taps; i++) {
        const double steps = scale > 0.0F ? (double)filter[i] * gain / (double)scale : 0.0;
        out[i] = (int16_t)lrint(fmax(-32767.0, fmin(32767.0, steps)));
    }
    bake->file_delays[row] = (float)(bake->delays[row] - bake->shortest);
}

/* @return text */
static const char *number(uint32_t value, char text[NUMBER_BYTES])
{
    char *at = text + NUMBER_BYTES;
    *--at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return at;
}

static void write_file(pn_bake *bake)
{
    const uint32_t nodes = (uint32_t)bake->nodes;
    const uint32_t taps = bake->report.filter_taps;
    const double gain = level_set(bake);
    bake->report.level_db = 20.0 * log10(gain * bake->level);
    bake->report.source_rate_hz = bake->config.sample_rate_hz;
    if (!(gain > 0.0) || !isfinite(gain)) {
        bake->status = PN_ERROR_FILE_VALUE;
        return;
    }
    for (size_t i = 0; i < 3 * bake->nodes; i++) {
        bake->file_dirs[i] = (float)bake->dirs[i];
    }
    for (size_t row = 0; row < 2 * bake->nodes; row++) {
        quantise_row(bake, row, taps, gain);
    }
    char digits[3][NUMBER_BYTES];
    pn_safetensors_pair pairs[OWN_PAIRS + MAX_METADATA] = {
        {"format", "pinna-hrtf"},
        {"version", "1"},
        {"crc32", "00000000"},
        {"sample_rate_hz", "48000"},
        {"guard_frames", "8"},
        {"measured", number(bake->report.measured, digits[0])},
        {"filled", number(bake->report.filled, digits[1])},
        {"between", number(bake->report.between, digits[2])},
        {"low_frequency", bake->report.extended ? "extended below 200 Hz" : "as measured"},
        {"diffuse_field", bake->config.diffuse_field ? "equalised" : "as measured"},
    };
    for (size_t i = 0; i < bake->config.metadata_count; i++) {
        pairs[OWN_PAIRS + i] = bake->config.metadata[i];
    }
    const uint32_t bases = bake->config.bases;
    if (bases > 0) {
        pn_basis_get_taps(&bake->basis, bake->file_bases);
        for (size_t row = 0; row < 2 * bake->nodes; row++) {
            pn_basis_get_weights(&bake->basis, row, bake->file_mixes + row * bases);
            for (size_t i = 0; i < bases; i++) {
                bake->file_mixes[row * bases + i] *= (float)gain;
            }
        }
    }
    const pn_safetensors_entry entries[] = {
        {"directions", bake->file_dirs, {nodes, 3}, 2, PN_F32},
        {"scales", bake->file_scales, {nodes, 2}, 2, PN_F32},
        {"delays", bake->file_delays, {nodes, 2}, 2, PN_F32},
        {"filters", bake->file_taps, {nodes, 2, taps}, 3, PN_I16},
        {"bases", bake->file_bases, {bases, PN_BASIS_TAPS}, 2, PN_F32}, /* these two only if there are any */
        {"mixes", bake->file_mixes, {nodes, 2, bases}, 3, PN_F32},
    };
    const size_t entry_count = sizeof entries / sizeof entries[0] - (bases > 0 ? 0 : 2);
    bake->status = pn_safetensors_write(bake->file, bake->file_capacity, pairs, OWN_PAIRS + bake->config.metadata_count,
                                        entries, entry_count, &bake->file_bytes);
    if (bake->status == PN_OK) {
        bake->status = pn_head_file_seal(bake->file, bake->file_bytes);
    }
}

/* ---- the loop ---- */

static size_t stage_length(const pn_bake *bake)
{
    const int bases = bake->config.bases > 0;
    switch (bake->stage) {
    case MEASURE: return bake->config.count;
    case COMPARE:
    case SHAPE: return bake->measured;
    case SURVEY: return surveyed(bake);
    case LEARN: return tried(bake);
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
    case ARRANGE: arrange(bake); break;
    case SURVEY: survey_node(bake, bake->at); break;
    case SHAPE: shape_node(bake, bake->at); break;
    case LEARN: pn_between_try(&bake->between, bake->at * bake->measured / tried(bake)); break;
    case ADD:
        if (bake->at == 0) {
            pn_fill_solve(&bake->fill);
            pn_between_choose(&bake->between);
        }
        add_node(bake, bake->measured + bake->at);
        break;
    case EQUALISE:
        if (bake->at % bake->nodes == 0) {
            begin_equalising(bake);
        }
        equalise_node(bake, bake->at % bake->nodes);
        break;
    case COMPONENTS:
        if (bake->at == 0) {
            pn_basis_begin(&bake->basis, bake->filters, PN_SHAPE_MAX_TAPS, PN_SHAPE_MAX_TAPS, bake->shares,
                           2 * bake->nodes, bake->config.bases, PN_BAKE_RATE_HZ);
        }
        pn_basis_round(&bake->basis, bake->at);
        break;
    case REFINE: pn_basis_refine(&bake->basis, bake->at); break;
    case WRITE: write_file(bake); break;
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
            bake->stage = (stage)(bake->stage + 1);
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
