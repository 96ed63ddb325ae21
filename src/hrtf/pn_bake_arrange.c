/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_bake_state.h"
#include "hrtf/pn_triangulation.h"

/* New nodes stand this much further apart than the measured ones, within limits: low directions need no fine grid. */
#define FILL_SPACING 1.8
#define FILL_SPACING_MIN_RAD (8.0 / PN_BAKE_DEGREES)
#define FILL_SPACING_MAX_RAD (15.0 / PN_BAKE_DEGREES)

/* Beyond this part of their spacing from a measured direction, new nodes fill a hole; before it they are between. */
#define FILL_REACH 0.75

/* Onsets this far from their delay are reported: the neighbours overruled them. */
#define OUTLIER_FRAMES 3.0

/* A filter shorter than this is no filter: onsets so far apart are not a head's. */
enum { LEAST_TAPS = 48 };

enum { AREA_POINTS = 20000 };

/* Solid angles by counting: each point of a fine even grid belongs to its nearest node. */
static double count_areas(const pn_bake *bake, size_t nodes, double *areas)
{
    double farthest = 1.0;
    memset(areas, 0, nodes * sizeof(double));
    for (size_t i = 0; i < AREA_POINTS; i++) {
        double dir[3];
        double cosine = 0.0;
        pn_fibonacci_dir(i, AREA_POINTS, dir);
        areas[pn_nearest_dir(bake->dirs, nodes, dir, &cosine)] += 4.0 * PN_BAKE_PI / AREA_POINTS;
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

pn_fill_set pn_bake_fill_set(const pn_bake *bake)
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
    const pn_fill_set set = pn_bake_fill_set(bake);
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
        const double elevation = PN_BAKE_DEGREES * asin(fmax(-1.0, fmin(1.0, bake->dirs[3 * i + 1])));
        const double itd = 1e6 / PN_BAKE_RATE_HZ * (bake->delays[2 * i] - bake->delays[2 * i + 1]);
        report->elevation_min_deg = fmin(report->elevation_min_deg, elevation);
        report->elevation_max_deg = fmax(report->elevation_max_deg, elevation);
        report->itd_min_us = fmin(report->itd_min_us, itd);
        report->itd_max_us = fmax(report->itd_max_us, itd);
    }
}

void pn_bake_arrange(pn_bake *bake)
{
    if (bake->measured < 4) {
        bake->status = PN_ERROR_GEOMETRY;
        return;
    }
    bake->report.hole_deg = PN_BAKE_DEGREES * count_areas(bake, bake->measured, bake->areas);
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
    if (pn_bake_is_upsampled(&bake->config)) {
        bake->between.head_dirs = bake->dirs;
        bake->between.count = bake->measured;
        bake->report.between = (uint32_t)pn_between_find_gaps(
            bake->dirs, bake->nodes, bake->measured, bake->config.spacing_deg / PN_BAKE_DEGREES, FILL_REACH * spacing,
            pn_bake_most_between(&bake->config));
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
