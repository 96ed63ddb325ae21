/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_basis.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double PHASE_UNTIL_HZ = 3000.0; /* above, phase is free; between, both */
static const double FREE_FROM_HZ = 4000.0;
static const double LOWEST_HZ = 150.0; /* of what is heard, as far as the bins resolve it */
static const double HIGHEST_HZ = 20000.0;
static const double BEYOND_WEIGHT = 0.05;
static const double FLOOR = 0.03; /* of a row's rms: deeper notches are as good as that deep */
static const double PHASE_WEIGHT = 8.0;
static const double LEVEL_WEIGHT = 3.0; /* of all bins together */

enum {
    BINS = PN_BASIS_BINS,
    WIDTH = 2 * BINS,
    WARM_UP = 12, /* rounds before the target moves */
    REFINEMENTS = 8
};

void pn_basis_place(pn_arena *arena, size_t max_rows, pn_basis_fit *out)
{
    memset(out, 0, sizeof *out);
    out->max_rows = max_rows;
    pn_fft_f64_place(arena, PN_BASIS_SIZE, &out->fft);
    out->work_re = PN_TAKE(arena, double, PN_BASIS_SIZE);
    out->work_im = PN_TAKE(arena, double, PN_BASIS_SIZE);
    out->bin_weight = PN_TAKE(arena, double, BINS);
    out->truth = PN_TAKE(arena, double, max_rows *WIDTH);
    out->norm = PN_TAKE(arena, double, max_rows);
    out->row_weight = PN_TAKE(arena, double, max_rows);
    out->target = PN_TAKE(arena, double, max_rows *WIDTH);
    out->axes = PN_TAKE(arena, double, (size_t)PN_BASIS_MAX *WIDTH);
    out->next = PN_TAKE(arena, double, (size_t)PN_BASIS_MAX *WIDTH);
    out->mix = PN_TAKE(arena, double, max_rows *PN_BASIS_MAX);
}

static double bin_hz(const pn_basis_fit *fit, size_t bin)
{
    return (double)bin * fit->sample_rate_hz / PN_BASIS_SIZE;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Modified Gram-Schmidt, twice: once is not enough for nearly equal rows. */
static void orthonormalise(double *axes, size_t count)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            double *a = axes + i * WIDTH;
            for (size_t j = 0; j < i; j++) {
                const double *b = axes + j * WIDTH;
                const double share = dot(a, b, WIDTH);
                for (size_t k = 0; k < WIDTH; k++) {
                    a[k] -= share * b[k];
                }
            }
            const double length = sqrt(dot(a, a, WIDTH));
            for (size_t k = 0; k < WIDTH; k++) {
                a[k] = length > 0.0 ? a[k] / length : 0.0;
            }
        }
    }
}

/* The impulse response of an axis, in work_re. */
static void to_time(pn_basis_fit *fit, const double *axis)
{
    for (size_t k = 0; k < BINS; k++) {
        const size_t mirror = (PN_BASIS_SIZE - k) % PN_BASIS_SIZE;
        const double by = 1.0 / fit->bin_weight[k];
        const double im = k == 0 || k == PN_BASIS_SIZE / 2 ? 0.0 : axis[BINS + k] * by;
        fit->work_re[k] = axis[k] * by;
        fit->work_im[k] = im;
        fit->work_re[mirror] = axis[k] * by;
        fit->work_im[mirror] = -im;
    }
    pn_fft_f64_inverse(&fit->fft, fit->work_re, fit->work_im);
}

/* Cuts an axis to the renderer's length, and to begin after its lead. */
static void shorten(pn_basis_fit *fit, double *axis)
{
    to_time(fit, axis);
    for (size_t i = 0; i < PN_BASIS_SIZE; i++) {
        fit->work_re[i] = i < PN_BASIS_QUIET || i >= PN_BASIS_TAPS ? 0.0 : fit->work_re[i];
    }
    memset(fit->work_im, 0, PN_BASIS_SIZE * sizeof(double));
    pn_fft_f64_forward(&fit->fft, fit->work_re, fit->work_im);
    for (size_t k = 0; k < BINS; k++) {
        axis[k] = fit->work_re[k] * fit->bin_weight[k];
        axis[BINS + k] = fit->work_im[k] * fit->bin_weight[k];
    }
}

void pn_basis_begin(pn_basis_fit *fit, const float *filters, size_t stride, size_t taps, const double *row_weight,
                    size_t rows, size_t count, double sample_rate_hz)
{
    double weights = 0.0;
    fit->rows = rows;
    fit->count = count;
    fit->sample_rate_hz = sample_rate_hz;
    for (size_t k = 0; k < BINS; k++) {
        const double hz = bin_hz(fit, k);
        fit->bin_weight[k] = sqrt(24.7 / (24.7 + 0.108 * hz)) * (hz > HIGHEST_HZ ? BEYOND_WEIGHT : 1.0);
        weights += fit->bin_weight[k] * fit->bin_weight[k];
    }
    for (size_t row = 0; row < rows; row++) {
        double *truth = fit->truth + row * WIDTH;
        double power = 0.0;
        memset(fit->work_re, 0, PN_BASIS_SIZE * sizeof(double));
        memset(fit->work_im, 0, PN_BASIS_SIZE * sizeof(double));
        for (size_t i = 0; i < taps && i < PN_BASIS_SIZE; i++) {
            fit->work_re[i] = (double)filters[row * stride + i];
        }
        pn_fft_f64_forward(&fit->fft, fit->work_re, fit->work_im);
        for (size_t k = 0; k < BINS; k++) {
            truth[k] = fit->work_re[k];
            truth[BINS + k] = fit->work_im[k];
            power +=
                (truth[k] * truth[k] + truth[BINS + k] * truth[BINS + k]) * fit->bin_weight[k] * fit->bin_weight[k];
        }
        fit->norm[row] = power > 0.0 ? sqrt(power / weights) : 1.0;
        fit->row_weight[row] = row_weight[row / 2];
        for (size_t k = 0; k < WIDTH; k++) {
            truth[k] /= fit->norm[row];
            fit->target[row * WIDTH + k] = truth[k] * fit->bin_weight[k % BINS];
        }
    }
    /* Any start does that is not orthogonal to the answer: rows far apart in the set. */
    for (size_t i = 0; i < count; i++) {
        memcpy(fit->axes + i * WIDTH, fit->target + (rows * (2 * i + 1) / (2 * count)) * WIDTH, WIDTH * sizeof(double));
    }
    orthonormalise(fit->axes, count);
}

static void project(pn_basis_fit *fit, size_t row)
{
    const double *target = fit->target + row * WIDTH;
    for (size_t i = 0; i < fit->count; i++) {
        fit->mix[row * PN_BASIS_MAX + i] = dot(target, fit->axes + i * WIDTH, WIDTH);
    }
}

/* A row's mixture at a bin, weighted. */
static void mixed(const pn_basis_fit *fit, size_t row, size_t k, double *re, double *im)
{
    const double *mix = fit->mix + row * PN_BASIS_MAX;
    *re = 0.0;
    *im = 0.0;
    for (size_t i = 0; i < fit->count; i++) {
        *re += mix[i] * fit->axes[i * WIDTH + k];
        *im += mix[i] * fit->axes[i * WIDTH + BINS + k];
    }
}

/* A number whose phase is that by which a row's mixture is off at a bin. */
static void phase_error(const pn_basis_fit *fit, size_t row, size_t k, double *re, double *im)
{
    const double *truth = fit->truth + row * WIDTH;
    double a;
    double b;
    mixed(fit, row, k, &a, &b);
    *re = a * truth[k] + b * truth[BINS + k];
    *im = b * truth[k] - a * truth[BINS + k];
}

/* Where phase counts, what counts is the difference between the ears: the target of both takes the phase that their
   mixtures are off by in common. */
static void free_common(pn_basis_fit *fit, size_t pair)
{
    for (size_t k = 0; k < BINS && bin_hz(fit, k) < FREE_FROM_HZ; k++) {
        double re = 0.0;
        double im = 0.0;
        for (size_t row = pair; row < pair + 2; row++) {
            double a;
            double b;
            phase_error(fit, row, k, &a, &b);
            re += a;
            im += b;
        }
        const double size = sqrt(re * re + im * im);
        const double c = size > 0.0 ? re / size : 1.0;
        const double s = size > 0.0 ? im / size : 0.0;
        for (size_t row = pair; row < pair + 2; row++) {
            const double *truth = fit->truth + row * WIDTH;
            double *target = fit->target + row * WIDTH;
            target[k] = fit->bin_weight[k] * (truth[k] * c - truth[BINS + k] * s);
            target[BINS + k] = fit->bin_weight[k] * (truth[k] * s + truth[BINS + k] * c);
        }
    }
}

/* Above PHASE_UNTIL_HZ the target takes the mixture's phase. */
static void free_phase(pn_basis_fit *fit, size_t row)
{
    const double *truth = fit->truth + row * WIDTH;
    double *target = fit->target + row * WIDTH;
    for (size_t k = 0; k < BINS; k++) {
        const double share = fmax(0.0, fmin(1.0, (bin_hz(fit, k) - PHASE_UNTIL_HZ) / (FREE_FROM_HZ - PHASE_UNTIL_HZ)));
        if (share > 0.0) {
            double re;
            double im;
            mixed(fit, row, k, &re, &im);
            const double now = sqrt(re * re + im * im);
            const double wanted = sqrt(truth[k] * truth[k] + truth[BINS + k] * truth[BINS + k]);
            const double by = now > 0.0 ? wanted / now : 0.0;
            target[k] = (1.0 - share) * target[k] + fit->bin_weight[k] * share * by * re;
            target[BINS + k] = (1.0 - share) * target[BINS + k] + fit->bin_weight[k] * share * by * im;
        }
    }
}

void pn_basis_round(pn_basis_fit *fit, size_t round)
{
    memset(fit->next, 0, fit->count * WIDTH * sizeof(double));
    for (size_t row = 0; row < fit->rows; row++) {
        project(fit, row);
        for (size_t i = 0; i < fit->count; i++) {
            const double by = fit->row_weight[row] * fit->mix[row * PN_BASIS_MAX + i];
            double *next = fit->next + i * WIDTH;
            const double *target = fit->target + row * WIDTH;
            for (size_t k = 0; k < WIDTH; k++) {
                next[k] += by * target[k];
            }
        }
    }
    memcpy(fit->axes, fit->next, fit->count * WIDTH * sizeof(double));
    orthonormalise(fit->axes, fit->count);
    for (size_t i = 0; i < fit->count; i++) {
        shorten(fit, fit->axes + i * WIDTH);
    }
    orthonormalise(fit->axes, fit->count);
    for (size_t row = 0; row < fit->rows; row++) {
        project(fit, row);
        if (round >= WARM_UP && round + 1 < PN_BASIS_ROUNDS && row % 2 == 1) {
            free_common(fit, row - 1);
            free_phase(fit, row - 1);
            free_phase(fit, row);
        }
    }
}

/* ---- step 2: one row, by Gauss-Newton ---- */

typedef struct refinement {
    const pn_basis_fit *fit;
    const double *truth;
    double wanted[BINS]; /* magnitudes */
    double turned[2][BINS]; /* the truth by the phase that the other ear is off by: re, im */
    double floor;
    double power;        /* of the wanted, over what is heard */
    size_t first, last;  /* bins that are heard */
    size_t phase_bins;
    double level_weight;
} refinement;

static void mixture(const refinement *r, const double *mix, size_t k, double *re, double *im)
{
    const double by = 1.0 / r->fit->bin_weight[k];
    *re = 0.0;
    *im = 0.0;
    for (size_t i = 0; i < r->fit->count; i++) {
        *re += mix[i] * r->fit->axes[i * WIDTH + k] * by;
        *im += mix[i] * r->fit->axes[i * WIDTH + BINS + k] * by;
    }
}

/* The cost of a mixture; with `hessian`, also its gradient and Gauss-Newton matrix. */
static double cost_of(const refinement *r, const double *mix, double *gradient, double *hessian)
{
    const size_t n = r->fit->count;
    double cost = 0.0;
    double power = 0.0;
    double slope[PN_BASIS_MAX];
    double level_slope[PN_BASIS_MAX] = {0.0};
    if (hessian != NULL) {
        memset(gradient, 0, n * sizeof(double));
        memset(hessian, 0, n * n * sizeof(double));
    }
    for (size_t k = 0; k <= r->last; k++) {
        const double by = 1.0 / r->fit->bin_weight[k];
        const double *axis = r->fit->axes + k;
        double re;
        double im;
        mixture(r, mix, k, &re, &im);
        const double magnitude = sqrt(re * re + im * im) + 1e-12;
        if (k >= r->first) {
            const double error = log((magnitude + r->floor) / (r->wanted[k] + r->floor));
            cost += error * error;
            power += magnitude * magnitude;
            if (hessian != NULL) {
                const double scale = by / (magnitude * (magnitude + r->floor));
                for (size_t i = 0; i < n; i++) {
                    const double along = re * axis[i * WIDTH] + im * axis[i * WIDTH + BINS];
                    slope[i] = along * scale;
                    level_slope[i] += 2.0 * along * by;
                    gradient[i] += error * slope[i];
                    for (size_t j = 0; j <= i; j++) {
                        hessian[i * n + j] += slope[i] * slope[j];
                    }
                }
            }
        }
        if (k < r->phase_bins) {
            const double scale = 1.0 / (r->wanted[k] + r->floor);
            const double off_re = (re - r->turned[0][k]) * scale;
            const double off_im = (im - r->turned[1][k]) * scale;
            cost += PHASE_WEIGHT * (off_re * off_re + off_im * off_im);
            if (hessian != NULL) {
                const double s = scale * by;
                for (size_t i = 0; i < n; i++) {
                    const double a = axis[i * WIDTH] * s;
                    const double b = axis[i * WIDTH + BINS] * s;
                    gradient[i] += PHASE_WEIGHT * (a * off_re + b * off_im);
                    for (size_t j = 0; j <= i; j++) {
                        hessian[i * n + j] += PHASE_WEIGHT * (a * axis[j * WIDTH] + b * axis[j * WIDTH + BINS]) * s;
                    }
                }
            }
        }
    }
    const double level = log(power / r->power);
    if (hessian != NULL) {
        for (size_t i = 0; i < n; i++) {
            gradient[i] += r->level_weight * level * level_slope[i] / power;
            for (size_t j = 0; j <= i; j++) {
                hessian[i * n + j] += r->level_weight * level_slope[i] * level_slope[j] / (power * power);
            }
        }
    }
    return cost + r->level_weight * level * level;
}

/* Solves (h + damping) step = -gradient by Cholesky; h is overwritten. @return whether it could. */
static int solve(double *h, const double *gradient, double damping, size_t n, double *step)
{
    for (size_t i = 0; i < n; i++) {
        h[i * n + i] += damping;
        for (size_t j = 0; j <= i; j++) {
            double sum = h[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= h[i * n + k] * h[j * n + k];
            }
            if (i == j) {
                if (!(sum > 0.0)) {
                    return 0;
                }
                h[i * n + i] = sqrt(sum);
            } else {
                h[i * n + j] = sum / h[j * n + j];
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        double sum = -gradient[i];
        for (size_t k = 0; k < i; k++) {
            sum -= h[i * n + k] * step[k];
        }
        step[i] = sum / h[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        double sum = step[i];
        for (size_t k = i + 1; k < n; k++) {
            sum -= h[k * n + i] * step[k];
        }
        step[i] = sum / h[i * n + i];
    }
    return 1;
}

void pn_basis_refine(pn_basis_fit *fit, size_t row)
{
    const size_t n = fit->count;
    double *mix = fit->mix + row * PN_BASIS_MAX;
    double gradient[PN_BASIS_MAX];
    double hessian[PN_BASIS_MAX * PN_BASIS_MAX];
    double step[PN_BASIS_MAX];
    double tried[PN_BASIS_MAX];
    refinement r = {.fit = fit, .truth = fit->truth + row * WIDTH, .first = BINS};
    double mean = 0.0;
    for (size_t k = 0; k < BINS; k++) {
        const double hz = bin_hz(fit, k);
        r.wanted[k] = sqrt(r.truth[k] * r.truth[k] + r.truth[BINS + k] * r.truth[BINS + k]);
        r.phase_bins += hz < PHASE_UNTIL_HZ;
        double c;
        double s;
        phase_error(fit, row ^ 1, k, &c, &s);
        const double size = sqrt(c * c + s * s);
        c = size > 0.0 ? c / size : 1.0;
        s = size > 0.0 ? s / size : 0.0;
        r.turned[0][k] = r.truth[k] * c - r.truth[BINS + k] * s;
        r.turned[1][k] = r.truth[k] * s + r.truth[BINS + k] * c;
        if (hz >= LOWEST_HZ && hz <= HIGHEST_HZ) {
            r.first = k < r.first ? k : r.first;
            r.last = k;
            r.power += r.wanted[k] * r.wanted[k];
        }
    }
    if (!(r.power > 0.0)) {
        return;
    }
    mean = r.power / (double)(r.last - r.first + 1);
    r.floor = FLOOR * sqrt(mean);
    r.level_weight = LEVEL_WEIGHT * (double)(r.last - r.first + 1);
    double damping = 1e-3;
    double best = cost_of(&r, mix, gradient, hessian);
    for (int i = 0; i < REFINEMENTS; i++) {
        double trace = 0.0;
        for (size_t k = 0; k < n; k++) {
            trace += hessian[k * n + k];
        }
        if (!solve(hessian, gradient, damping * trace / (double)n, n, step)) {
            return;
        }
        for (size_t k = 0; k < n; k++) {
            tried[k] = mix[k] + step[k];
        }
        const double cost = cost_of(&r, tried, NULL, NULL);
        if (cost < best) {
            memcpy(mix, tried, n * sizeof(double));
            damping = fmax(damping / 4.0, 1e-6);
        } else {
            damping *= 6.0;
        }
        best = cost_of(&r, mix, gradient, hessian);
    }
}

void pn_basis_get_taps(pn_basis_fit *fit, float *taps)
{
    for (size_t i = 0; i < fit->count; i++) {
        to_time(fit, fit->axes + i * WIDTH);
        for (size_t t = 0; t < PN_BASIS_TAPS; t++) {
            taps[i * PN_BASIS_TAPS + t] = (float)fit->work_re[t];
        }
    }
}

void pn_basis_get_weights(const pn_basis_fit *fit, size_t row, float *weights)
{
    for (size_t i = 0; i < fit->count; i++) {
        weights[i] = (float)(fit->mix[row * PN_BASIS_MAX + i] * fit->norm[row]);
    }
}
