/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_delay.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

enum { PASSES = 5 };

/* Penalty on a harmonic of order n: this times (n (n + 1))^2. With a hundredth of it the harmonics drop by 4 frames
   from KEMAR's lowest ring to the south pole, which no head does; the sphere rises by half a frame. */
#define CURVATURE_PENALTY 1e-3

/* Delays further off the fit than both of these are taken for wrong. */
#define OUTLIER_DEVIATIONS 4.0
#define OUTLIER_FRAMES 1.0

void pn_delay_fit_place(pn_arena *arena, size_t max_nodes, pn_delay_fit *out)
{
    out->matrix = PN_TAKE(arena, double, (size_t)PN_SH_MAX_TERMS *PN_SH_MAX_TERMS);
    out->errors = PN_TAKE(arena, double, max_nodes);
    out->sorted = PN_TAKE(arena, double, max_nodes);
    out->max_nodes = max_nodes;
}

/* Path to the ear beyond the path to the centre, in radii. */
static double sphere_path(double ear_x, const double head_dir[3])
{
    const double cosine = fmax(-1.0, fmin(1.0, ear_x * head_dir[0]));
    return cosine >= 0.0 ? -cosine : acos(cosine) - 0.5 * PI;
}

static double sphere_delay(const pn_delay_model *model, const double head_dir[3])
{
    return model->offset_frames + model->radius_frames * sphere_path(model->ear_x, head_dir);
}

double pn_delay_model_at(const pn_delay_model *model, const double head_dir[3])
{
    double basis[PN_SH_MAX_TERMS];
    double frames = sphere_delay(model, head_dir);
    pn_sh_get(head_dir, model->order, basis);
    for (size_t i = 0; i < (model->order + 1) * (model->order + 1); i++) {
        frames += model->terms[i] * basis[i];
    }
    return frames;
}

typedef struct onset_set {
    const double *head_dirs;
    const double *onsets;
    const double *areas;
    size_t stride;
    size_t count;
} onset_set;

static void fit_sphere(const onset_set *set, const double *errors, double limit, pn_delay_model *model)
{
    double n = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
    for (size_t i = 0; i < set->count; i++) {
        if (fabs(errors[i]) <= limit) {
            const double path = sphere_path(model->ear_x, set->head_dirs + 3 * i);
            const double onset = set->onsets[i * set->stride];
            n += set->areas[i];
            x += set->areas[i] * path;
            y += set->areas[i] * onset;
            xx += set->areas[i] * path * path;
            xy += set->areas[i] * path * onset;
        }
    }
    const double spread = n * xx - x * x;
    model->radius_frames = spread > 0.0 ? (n * xy - x * y) / spread : 0.0;
    model->offset_frames = n > 0.0 ? (y - model->radius_frames * x) / n : 0.0;
}

static void fit_harmonics(pn_delay_fit *scratch, const onset_set *set, double limit, pn_delay_model *model)
{
    const size_t terms = (model->order + 1) * (model->order + 1);
    double basis[PN_SH_MAX_TERMS];
    memset(scratch->matrix, 0, terms * terms * sizeof(double));
    memset(model->terms, 0, sizeof model->terms);
    for (size_t i = 0; i < set->count; i++) {
        if (fabs(scratch->errors[i]) > limit) {
            continue;
        }
        const double *dir = set->head_dirs + 3 * i;
        const double rest = set->onsets[i * set->stride] - sphere_delay(model, dir);
        pn_sh_get(dir, model->order, basis);
        for (size_t a = 0; a < terms; a++) {
            model->terms[a] += set->areas[i] * basis[a] * rest;
            for (size_t b = 0; b <= a; b++) {
                scratch->matrix[a * terms + b] += set->areas[i] * basis[a] * basis[b];
            }
        }
    }
    for (size_t n = 0; n <= model->order; n++) {
        const double curvature = (double)(n * (n + 1));
        for (size_t a = n * n; a < (n + 1) * (n + 1); a++) {
            scratch->matrix[a * terms + a] += CURVATURE_PENALTY * (curvature * curvature + 1.0);
        }
    }
    if (!pn_solve_spd(scratch->matrix, terms, model->terms, 1)) {
        memset(model->terms, 0, sizeof model->terms);
    }
}

static double outlier_limit(pn_delay_fit *scratch, const onset_set *set, pn_delay_model *model)
{
    for (size_t i = 0; i < set->count; i++) {
        scratch->errors[i] = set->onsets[i * set->stride] - pn_delay_model_at(model, set->head_dirs + 3 * i);
        scratch->sorted[i] = fabs(scratch->errors[i]);
    }
    const double limit = fmax(OUTLIER_FRAMES, OUTLIER_DEVIATIONS * 1.4826 * pn_median(scratch->sorted, set->count));
    model->rejected = 0;
    for (size_t i = 0; i < set->count; i++) {
        model->rejected += fabs(scratch->errors[i]) > limit;
    }
    model->limit_frames = limit;
    return limit;
}

void pn_delay_model_fit(pn_delay_fit *scratch, const double *head_dirs, const double *onsets, size_t stride,
                        const double *areas, size_t count, double ear_x, pn_delay_model *out)
{
    const onset_set set = {head_dirs, onsets, areas, stride, count};
    memset(out, 0, sizeof *out);
    out->ear_x = ear_x;
    memset(scratch->errors, 0, count * sizeof(double));
    fit_sphere(&set, scratch->errors, HUGE_VAL, out);
    double limit = fmax(10.0, outlier_limit(scratch, &set, out)); /* the sphere alone is only roughly right */
    fit_sphere(&set, scratch->errors, limit, out);
    const size_t fitting = (size_t)(0.5 * sqrt((double)count));
    out->order = fitting < 2 ? 1 : fitting - 1 > PN_SH_MAX_ORDER ? PN_SH_MAX_ORDER : fitting - 1;
    for (int pass = 0; pass < PASSES; pass++) {
        fit_harmonics(scratch, &set, limit, out);
        limit = outlier_limit(scratch, &set, out);
    }
}
