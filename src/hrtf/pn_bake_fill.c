/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_fill.h"

#include <math.h>
#include <string.h>

#include "hrtf/pn_bake_sphere.h"

#define PI 3.14159265358979323846

/* Kriging: correlation exp(-angle / LENGTH_RAD), and the share of the detail that is noise. A kernel that is smooth at
   zero, exp((cos - 1) / length^2), carries the slope at the edge on into the hole: magnitudes between the lowest ring
   and the first new nodes then differed by 4.4 dB instead of 2.8. */
#define LENGTH_RAD 0.5
#define NOISE 0.02

#define TREND_PENALTY 3e-3

/* -100 dB of a filter of unit power: the logarithm must not fall into an exact zero. */
#define LEAST_MAGNITUDE 1e-5

/* New nodes keep this share of the grid's spacing from all others. */
#define CLEARANCE 0.75

void pn_fill_place(pn_arena *arena, pn_fill *out)
{
    pn_fft_f64_place(arena, PN_SHAPE_SIZE, &out->fft);
    out->re = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->im = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->magnitude = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->phase = PN_TAKE(arena, double, PN_SHAPE_SIZE);
    out->normal = PN_TAKE(arena, double, (size_t)PN_FILL_TERMS *PN_FILL_TERMS);
    out->trend = PN_TAKE(arena, double, (size_t)2 * PN_SHAPE_BINS * PN_FILL_TERMS);
    out->kernel = PN_TAKE(arena, double, (size_t)PN_FILL_NEIGHBOURS *PN_FILL_NEIGHBOURS);
    out->weights = PN_TAKE(arena, double, PN_FILL_NEIGHBOURS);
    out->nearest = PN_TAKE(arena, uint32_t, PN_FILL_NEIGHBOURS);
    if (out->normal != NULL && out->trend != NULL) {
        memset(out->normal, 0, (size_t)PN_FILL_TERMS * PN_FILL_TERMS * sizeof(double));
        memset(out->trend, 0, (size_t)2 * PN_SHAPE_BINS * PN_FILL_TERMS * sizeof(double));
    }
}

size_t pn_fill_find_holes(const double *head_dirs, size_t count, double spacing_rad, double *new_dirs)
{
    const double most = cos(CLEARANCE * spacing_rad);
    const size_t grid = (size_t)(4.0 * PI / (spacing_rad * spacing_rad));
    size_t found = 0;
    for (size_t i = 0; i < grid + 1 && found < PN_FILL_MAX_NODES; i++) {
        double dir[3] = {0.0, -1.0, 0.0}; /* the south pole first: every set lacks it */
        if (i > 0) {
            pn_fibonacci_dir(grid - i, grid, dir);
        }
        double measured = -2.0;
        double added = -2.0;
        (void)pn_nearest_dir(head_dirs, count, dir, &measured);
        (void)pn_nearest_dir(new_dirs, found, dir, &added);
        if (measured < most && added < most) {
            memcpy(new_dirs + 3 * found, dir, sizeof dir);
            found++;
        }
    }
    return found;
}

/* Spectrum of a node's filter: log magnitude, and phase without the guard. */
static void analyse(pn_fill *state, const pn_fill_set *set, size_t node, size_t ear)
{
    const float *filter = set->filters + (2 * node + ear) * PN_SHAPE_MAX_TAPS;
    for (size_t i = 0; i < PN_SHAPE_SIZE; i++) {
        state->re[i] = i < PN_SHAPE_MAX_TAPS ? (double)filter[i] : 0.0;
        state->im[i] = 0.0;
    }
    pn_fft_f64_forward(&state->fft, state->re, state->im);
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        const double turns = (k <= PN_SHAPE_SIZE / 2 ? (double)k : (double)k - PN_SHAPE_SIZE) / PN_SHAPE_SIZE;
        const double size = sqrt(state->re[k] * state->re[k] + state->im[k] * state->im[k]);
        state->magnitude[k] = log(fmax(size, LEAST_MAGNITUDE));
        state->phase[k] = atan2(state->im[k], state->re[k]) + 2.0 * PI * turns * set->guard_frames;
    }
}

void pn_fill_add(pn_fill *state, const pn_fill_set *set, size_t node)
{
    double basis[PN_FILL_TERMS];
    const double area = set->areas[node];
    pn_sh_get(set->head_dirs + 3 * node, PN_FILL_ORDER, basis);
    for (size_t a = 0; a < PN_FILL_TERMS; a++) {
        for (size_t b = 0; b <= a; b++) {
            state->normal[a * PN_FILL_TERMS + b] += area * basis[a] * basis[b];
        }
    }
    for (size_t ear = 0; ear < 2; ear++) {
        analyse(state, set, node, ear);
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            double *trend = state->trend + (ear * PN_SHAPE_BINS + k) * PN_FILL_TERMS;
            for (size_t a = 0; a < PN_FILL_TERMS; a++) {
                trend[a] += area * basis[a] * state->magnitude[k];
            }
        }
    }
}

void pn_fill_solve(pn_fill *state)
{
    for (size_t n = 0; n <= PN_FILL_ORDER; n++) {
        const double curvature = (double)(n * (n + 1));
        for (size_t a = n * n; a < (n + 1) * (n + 1); a++) {
            state->normal[a * PN_FILL_TERMS + a] += TREND_PENALTY * curvature * curvature + 1e-9;
        }
    }
    if (!pn_solve_spd(state->normal, PN_FILL_TERMS, state->trend, (size_t)2 * PN_SHAPE_BINS)) {
        memset(state->trend, 0, (size_t)2 * PN_SHAPE_BINS * PN_FILL_TERMS * sizeof(double));
    }
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double correlation(double cosine)
{
    return exp(-acos(fmin(1.0, cosine)) / LENGTH_RAD);
}

/* The nearest measured nodes, nearest first, by insertion. */
static size_t find_neighbours(pn_fill *state, const pn_fill_set *set, const double head_dir[3])
{
    size_t found = 0;
    for (size_t i = 0; i < set->count; i++) {
        const double cosine = dot(set->head_dirs + 3 * i, head_dir);
        size_t at = found;
        while (at > 0 && dot(set->head_dirs + 3 * (size_t)state->nearest[at - 1], head_dir) < cosine) {
            at--;
        }
        if (at < PN_FILL_NEIGHBOURS) {
            const size_t kept = found < PN_FILL_NEIGHBOURS ? found : PN_FILL_NEIGHBOURS - 1;
            for (size_t k = kept; k > at; k--) {
                state->nearest[k] = state->nearest[k - 1];
            }
            state->nearest[at] = (uint32_t)i;
            found = kept + 1;
        }
    }
    return found;
}

size_t pn_fill_weigh(pn_fill *state, const pn_fill_set *set, const double head_dir[3])
{
    const size_t count = find_neighbours(state, set, head_dir);
    for (size_t i = 0; i < count; i++) {
        const double *a = set->head_dirs + 3 * (size_t)state->nearest[i];
        for (size_t j = 0; j <= i; j++) {
            state->kernel[i * count + j] = correlation(dot(a, set->head_dirs + 3 * (size_t)state->nearest[j]));
        }
        state->kernel[i * count + i] += NOISE;
        state->weights[i] = correlation(dot(a, head_dir));
    }
    if (!pn_solve_spd(state->kernel, count, state->weights, 1)) {
        return 0;
    }
    return count;
}

static double trend_at(const pn_fill *state, const double *basis, size_t ear, size_t bin)
{
    const double *trend = state->trend + (ear * PN_SHAPE_BINS + bin) * PN_FILL_TERMS;
    double sum = 0.0;
    for (size_t a = 0; a < PN_FILL_TERMS; a++) {
        sum += trend[a] * basis[a];
    }
    return sum;
}

/* Adds the neighbours' detail to `log_magnitude` and their excess phase, as a complex number, to `re` and `im`. */
static void add_neighbours(pn_fill *state, const pn_fill_set *set, size_t count, size_t ear, double *log_magnitude,
                           double *re, double *im)
{
    double basis[PN_FILL_TERMS];
    for (size_t i = 0; i < count; i++) {
        const double weight = state->weights[i];
        analyse(state, set, state->nearest[i], ear);
        pn_sh_get(set->head_dirs + 3 * (size_t)state->nearest[i], PN_FILL_ORDER, basis);
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            log_magnitude[k] += weight * (state->magnitude[k] - trend_at(state, basis, ear, k));
        }
        pn_minimum_phase(&state->fft, state->magnitude, state->im);
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            const double excess = state->phase[k] - state->im[k];
            re[k] += weight * cos(excess);
            im[k] += weight * sin(excess);
        }
    }
}

void pn_fill_at(pn_fill *state, const pn_fill_set *set, const double head_dir[3], double *re, double *im)
{
    double basis[PN_FILL_TERMS];
    double log_magnitude[PN_SHAPE_BINS];
    double excess_re[PN_SHAPE_BINS];
    double excess_im[PN_SHAPE_BINS];
    const size_t count = pn_fill_weigh(state, set, head_dir);
    double near = 0.0; /* how much of the neighbours is left at this distance */
    for (size_t i = 0; i < count; i++) {
        near += state->weights[i];
    }
    pn_sh_get(head_dir, PN_FILL_ORDER, basis);
    for (size_t ear = 0; ear < 2; ear++) {
        double *out_re = re + ear * PN_SHAPE_SIZE;
        double *out_im = im + ear * PN_SHAPE_SIZE;
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            log_magnitude[k] = trend_at(state, basis, ear, k);
            excess_re[k] = fmax(0.0, 1.0 - near);
            excess_im[k] = 0.0;
        }
        add_neighbours(state, set, count, ear, log_magnitude, excess_re, excess_im);
        for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
            state->re[k] = log_magnitude[k < PN_SHAPE_BINS ? k : PN_SHAPE_SIZE - k];
        }
        pn_minimum_phase(&state->fft, state->re, state->im);
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            const size_t mirror = (PN_SHAPE_SIZE - k) % PN_SHAPE_SIZE;
            const double angle = state->im[k] + atan2(excess_im[k], excess_re[k]) -
                                 2.0 * PI * (double)k / PN_SHAPE_SIZE * set->guard_frames;
            const double size = exp(log_magnitude[k]);
            out_re[mirror] = size * cos(angle);
            out_im[mirror] = -size * sin(angle);
            out_re[k] = size * cos(angle);
            out_im[k] = mirror == k ? 0.0 : size * sin(angle);
        }
    }
}
