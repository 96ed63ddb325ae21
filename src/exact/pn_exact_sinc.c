/* SPDX-License-Identifier: MIT */
#include "exact/pn_exact_sinc.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define KAISER_BETA 10.0

/* A clip that is read faster than this was written is band-limited anew; below, it is rounding. */
#define FASTER 1.000000001

enum { HALF = PN_EXACT_SINC_HALF, TAPS = PN_EXACT_SINC_TAPS, STEPS = PN_EXACT_SINC_STEPS };

static double bessel_i0(double x)
{
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; term > 1e-18 * sum; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

pn_exact_sinc pn_exact_sinc_place(pn_arena *arena)
{
    double *window = PN_TAKE(arena, double, STEPS + 2);
    for (size_t i = 0; window != NULL && i < STEPS + 2; i++) {
        const double at = (double)i / STEPS;
        window[i] = bessel_i0(KAISER_BETA * sqrt(fmax(0.0, 1.0 - at * at))) / bessel_i0(KAISER_BETA);
    }
    return (pn_exact_sinc){window};
}

/* @param from_middle  0 to 1 */
static double kaiser(const pn_exact_sinc *sinc, double from_middle)
{
    const double at = from_middle * STEPS;
    if (at >= STEPS) {
        return 0.0;
    }
    const size_t i = (size_t)at;
    return sinc->window[i] + (sinc->window[i + 1] - sinc->window[i]) * (at - (double)i);
}

double pn_exact_sinc_at(const pn_exact_sinc *sinc, double away, double cutoff, double half)
{
    const double x = PI * away * cutoff;
    return cutoff * (fabs(x) < 1e-12 ? 1.0 : sin(x) / x) * kaiser(sinc, fabs(away) * cutoff / half);
}

int64_t pn_exact_sinc_weights(const pn_exact_sinc *sinc, double position, double *weights)
{
    const double whole = floor(position);
    const double fraction = position - whole;
    if (fraction == 0.0) {
        memset(weights, 0, TAPS * sizeof *weights);
        weights[HALF - 1] = 1.0;
    } else {
        const double sine = sin(PI * fraction) / PI; /* sin(pi t) is sin(pi fraction), its sign alternating */
        for (int k = 0; k < TAPS; k++) {
            const double t = fraction - (k - (HALF - 1));
            const double sign = (k - (HALF - 1)) % 2 == 0 ? sine : -sine;
            weights[k] = sign / t * kaiser(sinc, fabs(t) * (1.0 / HALF));
        }
    }
    return (int64_t)whole - (HALF - 1);
}

static double sample(const float *x, size_t frames, bool loop, int64_t at)
{
    if (at < 0 || (!loop && at >= (int64_t)frames)) {
        return 0.0;
    }
    return (double)x[at % (int64_t)frames];
}

double pn_exact_sinc_read(const pn_exact_sinc *sinc, const float *x, size_t frames, bool loop, double position,
                          double step)
{
    const double cutoff = step > FASTER ? 1.0 / step : 1.0;
    const double reach = HALF / cutoff;
    if (position <= -reach || (!loop && position >= (double)frames - 1.0 + reach)) {
        return 0.0;
    }
    double sum = 0.0;
    if (cutoff == 1.0) {
        double weights[TAPS];
        if (position == floor(position)) {
            return sample(x, frames, loop, (int64_t)position);
        }
        const int64_t first = pn_exact_sinc_weights(sinc, position, weights);
        for (int k = 0; k < TAPS; k++) {
            sum += weights[k] * sample(x, frames, loop, first + k);
        }
        return sum;
    }
    /* sin of equally spaced angles, by rotation: some thousand steps leave 1e-13. */
    int64_t i = (int64_t)ceil(position - reach);
    const int64_t end = (int64_t)floor(position + reach);
    double sine = sin(PI * cutoff * ((double)i - position));
    double cosine = cos(PI * cutoff * ((double)i - position));
    const double turn_sine = sin(PI * cutoff);
    const double turn_cosine = cos(PI * cutoff);
    for (; i <= end; i++) {
        const double t = (double)i - position;
        const double value = fabs(t) < 1e-9 ? cutoff : sine / (PI * t);
        sum += value * kaiser(sinc, fabs(t) / reach) * sample(x, frames, loop, i);
        const double next = sine * turn_cosine + cosine * turn_sine;
        cosine = cosine * turn_cosine - sine * turn_sine;
        sine = next;
    }
    return sum;
}

double pn_exact_inner(const double *a, const double *b, ptrdiff_t step, size_t count)
{
    double sum[4] = {0.0, 0.0, 0.0, 0.0}; /* a single one would wait for itself at every step */
    size_t left = count;
    for (; left >= 4; left -= 4, a += 4, b += 4 * step) {
        for (ptrdiff_t k = 0; k < 4; k++) {
            sum[k] += a[k] * b[step * k];
        }
    }
    for (; left > 0; left--, a++, b += step) {
        sum[0] += *a * *b;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
