/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_between.h"

#include <math.h>
#include <string.h>

#include "hrtf/pn_bake_sphere.h"

#define BIN_HZ (48000.0 / PN_SHAPE_SIZE)

/* -100 dB of a filter of unit power: the logarithm must not fall into an exact zero. */
#define LEAST_MAGNITUDE 1e-5

/* New nodes keep this share of the grid's spacing from all others. */
#define CLEARANCE 0.7

/* Variance of what all directions share, in variances of what differs: the mean is not known beforehand. */
#define COMMON 100.0

/* An ear's own side begins where the cosine of its axis and the direction is above this. */
#define ZONE_COSINE 0.33

/* Of delays: Matern 3/2. */
#define DELAY_LENGTH 0.5
#define DELAY_NOISE 0.02

enum { LEVELS = PN_BETWEEN_BANDS, EARS = 2 };

typedef struct kernel {
    int smooth;    /* Gaussian of the chord; else Matern 3/2, rough at the origin */
    double length; /* of chords, in radii */
    double noise;  /* share of the variance that neighbours do not tell */
} kernel;

static kernel kernel_of(size_t index)
{
    static const double lengths[] = {0.25, 0.4, 0.6, 1.0};
    return (kernel){index / 8 == 1, lengths[index / 2 % 4], index % 2 == 0 ? 0.02 : 0.1};
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Chords, not angles: these kernels are positive definite in space, and so on any sphere in it. */
static double correlation(const kernel *k, double cosine)
{
    const double square = fmax(0.0, 2.0 - 2.0 * cosine);
    if (k->smooth) {
        return exp(-0.5 * square / (k->length * k->length));
    }
    const double x = sqrt(3.0 * square) / k->length;
    return (1.0 + x) * exp(-x);
}

void pn_between_place(pn_arena *arena, size_t max_nodes, pn_between *out)
{
    const size_t values = EARS * max_nodes * PN_SHAPE_BINS;
    memset(out, 0, sizeof *out);
    out->magnitudes = PN_TAKE(arena, float, values);
    out->re = PN_TAKE(arena, float, values);
    out->im = PN_TAKE(arena, float, values);
    out->levels = PN_TAKE(arena, float, EARS *max_nodes);
    out->matrix = PN_TAKE(arena, double, (size_t)PN_BETWEEN_NEIGHBOURS *PN_BETWEEN_NEIGHBOURS);
}

/* The nearest measured nodes but `without`, nearest first, by insertion. */
static void find_neighbours(const pn_between *state, const double head_dir[3], size_t without, pn_between_weights *out)
{
    double cosines[PN_BETWEEN_NEIGHBOURS];
    out->count = 0;
    out->made = 0;
    for (size_t i = 0; i < state->count; i++) {
        const double cosine = dot(state->head_dirs + 3 * i, head_dir);
        if (i == without || (out->count == PN_BETWEEN_NEIGHBOURS && cosine <= cosines[out->count - 1])) {
            continue;
        }
        size_t at = out->count < PN_BETWEEN_NEIGHBOURS ? out->count++ : out->count - 1;
        for (; at > 0 && cosines[at - 1] < cosine; at--) {
            cosines[at] = cosines[at - 1];
            out->nearest[at] = out->nearest[at - 1];
        }
        cosines[at] = cosine;
        out->nearest[at] = (uint32_t)i;
    }
}

static void solve_weights(pn_between *state, const kernel *k, const double head_dir[3], const pn_between_weights *set,
                          double *weights)
{
    const size_t n = set->count;
    for (size_t i = 0; i < n; i++) {
        const double *a = state->head_dirs + 3 * (size_t)set->nearest[i];
        for (size_t j = 0; j <= i; j++) {
            state->matrix[i * n + j] = COMMON + correlation(k, dot(a, state->head_dirs + 3 * (size_t)set->nearest[j]));
        }
        state->matrix[i * n + i] += k->noise;
        weights[i] = COMMON + correlation(k, dot(a, head_dir));
    }
    if (!pn_solve_spd(state->matrix, n, weights, 1)) {
        memset(weights, 0, n * sizeof *weights);
        weights[0] = 1.0;
    }
}

static const double *weights_of(pn_between *state, const double head_dir[3], pn_between_weights *set, size_t index)
{
    if ((set->made >> index & 1) == 0) {
        const kernel k = kernel_of(index);
        solve_weights(state, &k, head_dir, set, set->weight[index]);
        set->made |= 1U << index;
    }
    return set->weight[index];
}

void pn_between_delays(pn_between *state, const double *delays, const double head_dir[3], double *out_delays)
{
    const kernel k = {0, DELAY_LENGTH, DELAY_NOISE};
    pn_between_weights set;
    find_neighbours(state, head_dir, SIZE_MAX, &set);
    solve_weights(state, &k, head_dir, &set, set.weight[0]);
    for (size_t ear = 0; ear < EARS; ear++) {
        out_delays[ear] = 0.0;
        for (size_t i = 0; i < set.count; i++) {
            out_delays[ear] += set.weight[0][i] * delays[EARS * (size_t)set.nearest[i] + ear];
        }
    }
}

size_t pn_between_find_gaps(double *dirs, size_t count, size_t measured, double spacing_rad, double reach_rad,
                            size_t max_found)
{
    const size_t grid = (size_t)(4.0 * 3.14159265358979323846 / (spacing_rad * spacing_rad));
    const double clear = cos(CLEARANCE * spacing_rad);
    const double reach = cos(reach_rad);
    size_t found = 0;
    for (size_t i = 0; i < grid && found < max_found; i++) {
        double dir[3];
        double to_any = -2.0;
        double to_measured = -2.0;
        pn_fibonacci_dir(i, grid, dir);
        (void)pn_nearest_dir(dirs, count + found, dir, &to_any);
        (void)pn_nearest_dir(dirs, measured, dir, &to_measured);
        if (to_any < clear && to_measured >= reach) {
            memcpy(dirs + 3 * (count + found), dir, sizeof dir);
            found++;
        }
    }
    return found;
}

static int in_band(size_t bin)
{
    return BIN_HZ * (double)bin >= 200.0 && BIN_HZ * (double)bin <= 16000.0;
}

void pn_between_add(pn_between *state, size_t node, size_t ear, const double *re, const double *im)
{
    const size_t row = (EARS * node + ear) * PN_SHAPE_BINS;
    double power = 0.0;
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const double square = re[k] * re[k] + im[k] * im[k];
        state->re[row + k] = (float)re[k];
        state->im[row + k] = (float)im[k];
        state->magnitudes[row + k] = (float)log(fmax(sqrt(square), LEAST_MAGNITUDE));
        power += in_band(k) ? square : 0.0;
    }
    state->levels[EARS * node + ear] = (float)log(fmax(power, LEAST_MAGNITUDE * LEAST_MAGNITUDE));
}

static size_t zone_of(const double head_dir[3], size_t ear)
{
    const double cosine = ear == 0 ? -head_dir[0] : head_dir[0];
    return cosine > ZONE_COSINE ? 0 : cosine < -ZONE_COSINE ? 2 : 1;
}

static double sum_of(const pn_between_weights *set, const double *weights, const float *values, size_t stride,
                     size_t offset)
{
    double sum = 0.0;
    for (size_t i = 0; i < set->count; i++) {
        sum += weights[i] * (double)values[set->nearest[i] * stride + offset];
    }
    return sum;
}

void pn_between_try(pn_between *state, size_t node)
{
    const double *dir = state->head_dirs + 3 * node;
    pn_between_weights set;
    find_neighbours(state, dir, node, &set);
    for (size_t index = 0; index < PN_BETWEEN_KERNELS; index++) {
        const double *weights = weights_of(state, dir, &set, index);
        for (size_t ear = 0; ear < EARS; ear++) {
            double(*errors)[PN_BETWEEN_KERNELS] = state->errors[zone_of(dir, ear)];
            for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
                const size_t at = ear * PN_SHAPE_BINS + k;
                const double off = sum_of(&set, weights, state->magnitudes, (size_t)EARS * PN_SHAPE_BINS, at) -
                                   (double)state->magnitudes[node * EARS * PN_SHAPE_BINS + at];
                errors[k / PN_BETWEEN_BAND_BINS][index] += off * off;
            }
            const double off =
                sum_of(&set, weights, state->levels, EARS, ear) - (double)state->levels[EARS * node + ear];
            errors[LEVELS][index] += off * off;
        }
    }
}

void pn_between_choose(pn_between *state)
{
    for (size_t zone = 0; zone < PN_BETWEEN_ZONES; zone++) {
        for (size_t band = 0; band <= LEVELS; band++) {
            const double *errors = state->errors[zone][band];
            uint8_t best = 0;
            for (uint8_t index = 1; index < PN_BETWEEN_KERNELS; index++) {
                best = errors[index] < errors[best] ? index : best;
            }
            state->choices[zone][band] = best;
        }
    }
}

void pn_between_at(pn_between *state, const double head_dir[3], double *re, double *im)
{
    const size_t stride = (size_t)EARS * PN_SHAPE_BINS;
    pn_between_weights set;
    find_neighbours(state, head_dir, SIZE_MAX, &set);
    for (size_t ear = 0; ear < EARS; ear++) {
        const uint8_t *choices = state->choices[zone_of(head_dir, ear)];
        double *out_re = re + ear * PN_SHAPE_SIZE;
        double *out_im = im + ear * PN_SHAPE_SIZE;
        double power = 0.0;
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            const size_t at = ear * PN_SHAPE_BINS + k;
            const double *weights = weights_of(state, head_dir, &set, choices[k / PN_BETWEEN_BAND_BINS]);
            const double size = exp(sum_of(&set, weights, state->magnitudes, stride, at));
            const double x = sum_of(&set, weights, state->re, stride, at);
            const double y = sum_of(&set, weights, state->im, stride, at);
            const double length = sqrt(x * x + y * y);
            out_re[k] = length > 0.0 ? size * x / length : size;
            out_im[k] = length > 0.0 ? size * y / length : 0.0;
            power += in_band(k) ? size * size : 0.0;
        }
        const double *weights = weights_of(state, head_dir, &set, choices[LEVELS]);
        const double gain = sqrt(exp(sum_of(&set, weights, state->levels, EARS, ear)) / power);
        for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
            const size_t mirror = (PN_SHAPE_SIZE - k) % PN_SHAPE_SIZE;
            out_re[k] *= gain;
            out_im[k] *= mirror == k ? 0.0 : gain;
            out_re[mirror] = out_re[k];
            out_im[mirror] = mirror == k ? 0.0 : -out_im[k];
        }
    }
}
