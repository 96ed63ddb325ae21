/* SPDX-License-Identifier: MIT */
#include "dsp/pn_resample.h"

#include <math.h>

#include "math/pn_approx.h"

#define PI 3.14159265358979323846

/* Where the kernel's response is -6 dB, in units of the lower rate: half a transition band below Nyquist, so that the
   stop band begins there and nothing folds. */
#define CUTOFF 0.474

static int rates_are_fine(double from_hz, double to_hz)
{
    return from_hz > 0.0 && to_hz > 0.0 && from_hz <= PN_RESAMPLE_MAX_RATIO * to_hz &&
           to_hz <= PN_RESAMPLE_MAX_RATIO * from_hz;
}

size_t pn_resample_frames(size_t frames, double from_hz, double to_hz)
{
    if (!rates_are_fine(from_hz, to_hz)) {
        return 0;
    }
    return (size_t)ceil((double)frames * to_hz / from_hz - 1e-7);
}

/* The weights at an instant given in input frames. `low` is the lower rate per input rate. */
static size_t weigh_instant(double at, double low, double *row, ptrdiff_t *first)
{
    const double half = PN_RESAMPLE_HALF_TAPS / low;
    const ptrdiff_t begin = (ptrdiff_t)ceil(at - half);
    const ptrdiff_t end = (ptrdiff_t)floor(at + half);
    double sum = 0.0;
    size_t count = 0;
    for (ptrdiff_t i = begin; i <= end && count < PN_RESAMPLE_MAX_ROW; i++) {
        const double x = ((double)i - at) * low;
        const double phase = 2.0 * PI * CUTOFF * x;
        const double sinc = fabs(phase) < 1e-9 ? 1.0 : pn_approx_sin(phase) / phase;
        const double c1 = pn_approx_cos(PI * x / PN_RESAMPLE_HALF_TAPS);
        const double c2 = 2.0 * c1 * c1 - 1.0;
        const double c3 = 2.0 * c1 * c2 - c1;
        const double weight = sinc * (0.35875 + 0.48829 * c1 + 0.14128 * c2 + 0.01168 * c3);
        row[count++] = weight;
        sum += weight;
    }
    for (size_t k = 0; k < count; k++) {
        row[k] /= sum;
    }
    *first = begin;
    return count;
}

static double lower_rate(double from_hz, double to_hz)
{
    return from_hz < to_hz ? 1.0 : to_hz / from_hz;
}

size_t pn_resample_row(size_t frame, double from_hz, double to_hz, double *row, ptrdiff_t *first)
{
    return weigh_instant((double)frame * from_hz / to_hz, lower_rate(from_hz, to_hz), row, first);
}

/* Output frames this far apart stand at the same place between input frames; 0 if the rates have no small ratio. */
static size_t period_frames(double from_hz, double to_hz, size_t *step)
{
    if (from_hz != floor(from_hz) || to_hz != floor(to_hz) || from_hz > 1e9 || to_hz > 1e9) {
        return 0;
    }
    uint32_t a = (uint32_t)from_hz;
    uint32_t b = (uint32_t)to_hz;
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    *step = (size_t)from_hz / a;
    return (size_t)to_hz / a;
}

typedef struct clip {
    const float *in;
    size_t frames;
    float *out_f32; /* one of the two is NULL */
    double *out_f64;
    size_t out_frames;
    double begin; /* of the output, in output frames */
} clip;

static void set_frame(const clip *c, const double *row, size_t count, ptrdiff_t first, double scale, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < count; k++) {
        const ptrdiff_t i = first + (ptrdiff_t)k;
        if (i >= 0 && i < (ptrdiff_t)c->frames) {
            sum += row[k] * (double)c->in[i];
        }
    }
    if (c->out_f32 != NULL) {
        c->out_f32[n] = (float)(scale * sum);
    } else {
        c->out_f64[n] = scale * sum;
    }
}

static void resample(const clip *c, double from_hz, double to_hz, double scale)
{
    double row[PN_RESAMPLE_MAX_ROW];
    ptrdiff_t first = 0;
    if (!rates_are_fine(from_hz, to_hz)) {
        for (size_t n = 0; n < c->out_frames; n++) {
            set_frame(c, row, 0, 0, 0.0, n);
        }
        return;
    }
    const double low = lower_rate(from_hz, to_hz);
    size_t step = 0;
    const size_t period = period_frames(from_hz, to_hz, &step);
    /* One row serves every output frame of its phase: the weights cost far more than the sums. */
    const size_t phases = period == 0 || period > c->out_frames ? c->out_frames : period;
    for (size_t phase = 0; phase < phases; phase++) {
        const size_t count = weigh_instant((c->begin + (double)phase) * from_hz / to_hz, low, row, &first);
        set_frame(c, row, count, first, scale, phase);
        for (size_t n = phase + period; period > 0 && n < c->out_frames; n += period) {
            first += (ptrdiff_t)step;
            set_frame(c, row, count, first, scale, n);
        }
    }
}

void pn_resample_signal(const float *in, size_t frames, double from_hz, double to_hz, float *out, size_t out_frames)
{
    const clip c = {.in = in, .frames = frames, .out_f32 = out, .out_frames = out_frames};
    resample(&c, from_hz, to_hz, 1.0);
}

void pn_resample_filter(const float *in, size_t frames, double from_hz, double to_hz, float *out, size_t out_frames)
{
    const clip c = {.in = in, .frames = frames, .out_f32 = out, .out_frames = out_frames};
    resample(&c, from_hz, to_hz, from_hz / to_hz);
}

void pn_resample_filter_at(const float *in, size_t frames, double from_hz, double to_hz, double begin_frames,
                           double *out, size_t out_frames)
{
    const clip c = {.in = in, .frames = frames, .out_f64 = out, .out_frames = out_frames, .begin = begin_frames};
    resample(&c, from_hz, to_hz, from_hz / to_hz);
}
