/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_refit_basis.h"

#include <math.h>
#include <string.h>

#include "dsp/pn_short_delay.h"
#include "math/pn_approx.h"

/* Of the lower rate; what an error above it costs beside one within. */
static const double PASS = 0.44;
static const double STOP_WEIGHT = 0.001;

enum {
    TAIL = 16,       /* frames that a filter may become longer by */
    POINTS_PER_TAP = 4,
    FRACTIONS = 8    /* that the delay's response is averaged over */
};

size_t pn_refit_basis_taps(size_t in, double ratio, size_t most)
{
    const size_t taps = (size_t)ceil((double)in * ratio) + TAIL;
    return taps < most ? taps : most;
}

static double pass_of(const pn_refit_basis *refit)
{
    return refit->ratio > 1.0 ? PASS / refit->ratio : PASS;
}

static double frequency(const pn_refit_basis *refit, size_t point)
{
    return ((double)point + 0.5) * 0.5 / (double)refit->points;
}

/* e^(j angle), and the factor that takes it a step further. */
typedef struct turning {
    double re, im;
    double step_re, step_im;
} turning;

static turning turning_of(double angle, double step)
{
    turning t;
    pn_approx_sincos(angle, &t.im, &t.re);
    pn_approx_sincos(step, &t.step_im, &t.step_re);
    return t;
}

static void turn(turning *t)
{
    const double re = t->re * t->step_re - t->im * t->step_im;
    t->im = t->re * t->step_im + t->im * t->step_re;
    t->re = re;
}

/* The delay's response at a frequency, mean over all fractions, after the delay itself is taken out: real. */
static double dimming_at(double frequency)
{
    double sum = 0.0;
    for (int i = 0; i < FRACTIONS; i++) {
        const double fraction = (i + 0.5) / FRACTIONS;
        double taps[PN_SHORT_DELAY_TAPS];
        pn_short_delay_taps(fraction, taps);
        for (int tap = 0; tap < PN_SHORT_DELAY_TAPS; tap++) {
            double s;
            double c;
            pn_approx_sincos(2.0 * PN_PI * frequency * (tap - (PN_SHORT_DELAY_TAPS / 2 - 1) - fraction), &s, &c);
            sum += taps[tap] * c;
        }
    }
    return sum / FRACTIONS;
}

void pn_refit_basis_place(pn_arena *arena, double ratio, size_t in, size_t out, pn_refit_basis *refit)
{
    const size_t points = POINTS_PER_TAP * out;
    *refit = (pn_refit_basis){.in = in, .out = out, .points = points, .ratio = ratio};
    refit->dimming = PN_TAKE(arena, double, points);
    refit->row = PN_TAKE(arena, double, out);
    refit->side = PN_TAKE(arena, double, out);
    refit->taps = PN_TAKE(arena, double, out);
    refit->former = PN_TAKE(arena, double, out);
    if (refit->former == NULL) {
        return;
    }
    memset(refit->row, 0, out * sizeof *refit->row);
    for (size_t point = 0; point < points; point++) {
        const double at = frequency(refit, point);
        const double dimming = dimming_at(at);
        const double weight = at < pass_of(refit) ? dimming * dimming : STOP_WEIGHT;
        refit->dimming[point] = dimming;
        turning t = turning_of(0.0, 2.0 * PN_PI * at);
        for (size_t i = 0; i < out; i++, turn(&t)) {
            refit->row[i] += weight * t.re;
        }
    }
}

/* Solves the equations. */
static void levinson(pn_refit_basis *refit)
{
    const size_t n = refit->out;
    const double *row = refit->row;
    double *x = refit->taps;
    double *y = refit->former;
    double error = row[0];
    x[0] = refit->side[0] / error;
    for (size_t k = 1; k < n; k++) {
        double miss = -row[k];
        for (size_t i = 0; i + 1 < k; i++) {
            miss -= row[i + 1] * y[k - 2 - i];
        }
        const double share = miss / error;
        for (size_t i = 0; 2 * i + 1 < k; i++) {
            const size_t j = k - 2 - i;
            const double first = y[i];
            const double last = y[j];
            y[i] = first + share * last;
            y[j] = last + share * first;
        }
        y[k - 1] = share;
        error *= 1.0 - share * share;
        double rest = refit->side[k];
        for (size_t i = 0; i < k; i++) {
            rest -= row[i + 1] * x[k - 1 - i];
        }
        const double by = rest / error;
        for (size_t i = 0; i < k; i++) {
            x[i] += by * y[k - 1 - i];
        }
        x[k] = by;
    }
}

void pn_refit_basis_apply(pn_refit_basis *refit, const float *filter, double lead, float *taps)
{
    memset(refit->side, 0, refit->out * sizeof *refit->side);
    for (size_t point = 0; point < refit->points && frequency(refit, point) < pass_of(refit); point++) {
        const double step = 2.0 * PN_PI * frequency(refit, point);
        double re = 0.0;
        double im = 0.0;
        turning t = turning_of(0.0, step * refit->ratio);
        for (size_t k = 0; k < refit->in; k++, turn(&t)) {
            re += (double)filter[k] * t.re;
            im -= (double)filter[k] * t.im;
        }
        t = turning_of(step * lead, step);
        for (size_t i = 0; i < refit->out; i++, turn(&t)) {
            refit->side[i] += refit->dimming[point] * (re * t.re - im * t.im);
        }
    }
    levinson(refit);
    for (size_t i = 0; i < refit->out; i++) {
        taps[i] = (float)refit->taps[i];
    }
}
