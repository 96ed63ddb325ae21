/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_low.h"

#include <math.h>

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0
#define BIN_HZ (RATE_HZ / PN_SHAPE_SIZE)
#define RADIUS_M 0.0875
#define SPEED_M_S 343.0
#define LEAST 1e-12
#define MOST_LOG 2.8          /* 24 dB */
#define MOST_OFFSET_FRAMES 12.0

/* Bins: below 200 Hz; whose own level and delay carry a response on; where the chain is believed. Terms of a series. */
enum { BELOW = 3, OWN_LAST = 8, FIRST = 5, LAST = 10, TERMS = 14 };

void pn_low_sphere(double hz, double cosine, double *re, double *im)
{
    const double z = 2.0 * PI * hz * RADIUS_M / SPEED_M_S;
    *re = 1.0;
    *im = 0.0;
    if (z < 1e-3) {
        return;
    }
    /* i / z^2 * sum (2m + 1) (-i)^m P_m / h'_m, for e^(-i w t); spherical Hankel functions upwards: stable. */
    double h_re[TERMS + 2] = {sin(z) / z, sin(z) / (z * z) - cos(z) / z};
    double h_im[TERMS + 2] = {-cos(z) / z, -cos(z) / (z * z) - sin(z) / z};
    double legendre = 1.0;
    double before = 0.0;
    double sum_re = 0.0;
    double sum_im = 0.0;
    for (size_t m = 1; m <= TERMS; m++) {
        h_re[m + 1] = (2.0 * (double)m + 1.0) / z * h_re[m] - h_re[m - 1];
        h_im[m + 1] = (2.0 * (double)m + 1.0) / z * h_im[m] - h_im[m - 1];
    }
    for (size_t m = 0; m <= TERMS; m++) {
        static const double turn_re[] = {1.0, 0.0, -1.0, 0.0}; /* (-i)^m */
        static const double turn_im[] = {0.0, -1.0, 0.0, 1.0};
        const double md = (double)m;
        const double d_re = md / z * h_re[m] - h_re[m + 1];
        const double d_im = md / z * h_im[m] - h_im[m + 1];
        const double scale = (2.0 * md + 1.0) * legendre / (d_re * d_re + d_im * d_im);
        sum_re += scale * (turn_re[m % 4] * d_re + turn_im[m % 4] * d_im);
        sum_im += scale * (turn_im[m % 4] * d_re - turn_re[m % 4] * d_im);
        const double next = ((2.0 * md + 1.0) * cosine * legendre - md * before) / (md + 1.0);
        before = legendre;
        legendre = next;
    }
    *re = -sum_im / (z * z);
    *im = -sum_re / (z * z);
}

/* The sphere's response with its onset, straight or round the sphere [Woodworth 1938], after the guard. */
static void aligned_sphere(size_t bin, double cosine, double guard_frames, double *re, double *im)
{
    const double along = fmax(-1.0, fmin(1.0, cosine));
    const double path = along >= 0.0 ? -along : acos(along) - 0.5 * PI;
    const double early = path * RADIUS_M / SPEED_M_S * RATE_HZ - guard_frames;
    const double angle = 2.0 * PI * (double)bin / PN_SHAPE_SIZE * early;
    double x = 0.0;
    double y = 0.0;
    pn_low_sphere(BIN_HZ * (double)bin, along, &x, &y);
    *re = x * cos(angle) - y * sin(angle);
    *im = x * sin(angle) + y * cos(angle);
}

/* A bin over the sphere's. */
static void over_sphere(const double *re, const double *im, size_t bin, double cosine, double guard_frames, double *x,
                        double *y)
{
    double s_re = 0.0;
    double s_im = 0.0;
    aligned_sphere(bin, cosine, guard_frames, &s_re, &s_im);
    const double square = s_re * s_re + s_im * s_im;
    *x = (re[bin] * s_re + im[bin] * s_im) / square;
    *y = (im[bin] * s_re - re[bin] * s_im) / square;
}

/* The turn of `phase` that lies next to `near`. */
static double unwrapped(double phase, double near)
{
    return phase - 2.0 * PI * floor((phase - near) / (2.0 * PI) + 0.5);
}

void pn_low_add(pn_low *low, const double *re, const double *im, double cosine, double guard_frames)
{
    double x[PN_LOW_BINS];
    double y[PN_LOW_BINS];
    double believed = 0.0;
    for (size_t k = 0; k < PN_LOW_BINS; k++) {
        over_sphere(re, im, k, cosine, guard_frames, &x[k], &y[k]);
        believed += k >= FIRST ? (x[k] * x[k] + y[k] * y[k]) / (LAST - FIRST + 1) : 0.0;
    }
    const double gain = 1.0 / sqrt(fmax(LEAST, believed));
    for (size_t k = 0; k < PN_LOW_BINS; k++) {
        low->re[k] += gain * x[k];
        low->im[k] += gain * y[k];
        low->square[k] += gain * gain * (x[k] * x[k] + y[k] * y[k]);
    }
    low->rows += 1.0;
}

double pn_low_finish(pn_low *low)
{
    double upright = 0.0;
    double along = 0.0;
    double square = 0.0;
    double deviation = 0.0;
    double last = 0.0;
    double phase[PN_LOW_BINS];
    for (size_t k = BELOW; k < PN_LOW_BINS; k++) {
        upright += low->re[k] / fmax(LEAST, sqrt(low->re[k] * low->re[k] + low->im[k] * low->im[k]));
    }
    low->sign = upright < 0.0 ? -1.0 : 1.0;
    for (size_t k = PN_LOW_BINS; k-- > 0;) { /* downwards: the chain's phase is simplest where it is believed */
        phase[k] = atan2(low->sign * low->im[k], low->sign * low->re[k]);
        phase[k] = k == LAST ? phase[k] : unwrapped(phase[k], last);
        last = phase[k];
        along += k >= FIRST ? (double)k * phase[k] : 0.0;
        square += k >= FIRST ? (double)(k * k) : 0.0;
    }
    low->slope = along / square;
    for (size_t k = 0; k < PN_LOW_BINS; k++) {
        const double log_size = 0.5 * log(fmax(LEAST, low->square[k] / fmax(1.0, low->rows)));
        const double fade = k < FIRST ? 1.0 : 0.5 + 0.5 * cos(PI * (double)(k - FIRST + 1) / (LAST - FIRST + 2));
        low->fix_log[k] = -fade * fmax(-MOST_LOG, fmin(MOST_LOG, log_size));
        low->fix_phase[k] = -fade * (phase[k] - low->slope * (double)k);
        deviation += k < BELOW ? log_size * log_size / BELOW : 0.0;
    }
    return 20.0 / log(10.0) * sqrt(deviation);
}

static void set_bin(double *re, double *im, size_t bin, double x, double y)
{
    re[bin] = x;
    im[bin] = y;
    if (bin > 0) {
        re[PN_SHAPE_SIZE - bin] = x;
        im[PN_SHAPE_SIZE - bin] = -y;
    }
}

void pn_low_extend(const pn_low *low, double *re, double *im, double cosine, double guard_frames)
{
    const double most = MOST_OFFSET_FRAMES * 2.0 * PI / PN_SHAPE_SIZE;
    double level = 0.0;
    double along = 0.0;
    double square = 0.0;
    for (size_t k = BELOW; k < PN_LOW_BINS; k++) {
        const double size = exp(low->fix_log[k]);
        const double c = size * cos(low->fix_phase[k]);
        const double s = size * sin(low->fix_phase[k]);
        double x = 0.0;
        double y = 0.0;
        set_bin(re, im, k, re[k] * c - im[k] * s, re[k] * s + im[k] * c);
        over_sphere(re, im, k, cosine, guard_frames, &x, &y);
        if (k <= OWN_LAST) {
            const double phase = atan2(low->sign * y, low->sign * x) - low->slope * (double)k;
            level += 0.5 * log(fmax(LEAST, x * x + y * y)) / (OWN_LAST - BELOW + 1);
            along += (double)k * unwrapped(phase, 0.0);
            square += (double)(k * k);
        }
    }
    const double slope = low->slope + fmax(-most, fmin(most, along / square));
    for (size_t k = 0; k < BELOW; k++) {
        const double c = low->sign * exp(level) * cos(slope * (double)k);
        const double s = low->sign * exp(level) * sin(slope * (double)k);
        double x = 0.0;
        double y = 0.0;
        aligned_sphere(k, cosine, guard_frames, &x, &y);
        set_bin(re, im, k, x * c - y * s, x * s + y * c);
    }
}
