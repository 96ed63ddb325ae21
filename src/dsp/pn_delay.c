/* SPDX-License-Identifier: MIT */
#include "dsp/pn_delay.h"

#include <math.h>
#include <string.h>

#include "simd/pn_array.h"
#include "simd/pn_simd.h"
#include "math/pn_approx.h"

static const double PI = 3.14159265358979323846;
static const double KAISER_BETA = 7.0;

/* Modified Bessel function of order 0, by its series. */
static double bessel_i0(double x)
{
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

const pn_delay_kernel *pn_delay_kernel_place(pn_arena *arena)
{
    pn_delay_kernel *kernel = PN_TAKE(arena, pn_delay_kernel, 1);
    if (kernel == NULL) {
        return NULL;
    }
    const double half = PN_DELAY_TAPS / 2.0;
    for (int phase = 0; phase <= PN_DELAY_PHASES; phase++) {
        double taps[PN_DELAY_TAPS];
        double sum = 0.0;
        for (int tap = 0; tap < PN_DELAY_TAPS; tap++) {
            double t = tap - (PN_DELAY_TAPS / 2 - 1) - (double)phase / PN_DELAY_PHASES;
            double sinc = fabs(t) < 1e-12 ? 1.0 : pn_approx_sin(PI * t) / (PI * t);
            double edge = t / half;
            double window = edge * edge < 1.0 ? bessel_i0(KAISER_BETA * sqrt(1.0 - edge * edge)) : 1.0;
            taps[tap] = sinc * window / bessel_i0(KAISER_BETA);
            sum += taps[tap];
        }
        for (int tap = 0; tap < PN_DELAY_TAPS; tap++) {
            kernel->taps[phase][tap] = (float)(taps[tap] / sum); /* unity at DC, at every phase */
        }
    }
    return kernel;
}

void pn_delay_place(pn_arena *arena, pn_delay *delay, uint32_t length_pow2)
{
    float *line = PN_TAKE(arena, float, (size_t)length_pow2 + PN_DELAY_TAPS);
    if (line != NULL) {
        *delay = (pn_delay){.line = line, .mask = length_pow2 - 1, .written = 0};
        pn_delay_reset(delay);
    }
}

void pn_delay_reset(pn_delay *delay)
{
    memset(delay->line, 0, ((size_t)delay->mask + 1 + PN_DELAY_TAPS) * sizeof(float));
    delay->written = 0;
}

void pn_delay_write(pn_delay *delay, const float *x, uint32_t frames)
{
    for (uint32_t done = 0; done < frames;) {
        const uint32_t at = (delay->written + done) & delay->mask;
        const uint32_t room = delay->mask + 1 - at;
        const uint32_t run = frames - done < room ? frames - done : room;
        pn_array_copy(delay->line + at, x + done, run);
        for (uint32_t i = at; i < PN_DELAY_TAPS && i < at + run; i++) {
            delay->line[delay->mask + 1 + i] = delay->line[i];
        }
        done += run;
    }
    delay->written += frames;
}

/* Q32.32, modulo 2^64: unsigned, because the count of frames wraps. */
static uint64_t to_fixed(double frames)
{
    return (uint64_t)(int64_t)(frames * 4294967296.0);
}

void pn_delay_read(const pn_delay *delay, const pn_delay_kernel *kernel, double from, double to, float *y,
                   uint32_t frames)
{
    const uint64_t step = ((uint64_t)1 << 32) - to_fixed((to - from) / frames);
    uint64_t position = ((uint64_t)(delay->written - frames) << 32) - to_fixed(from);
    for (uint32_t i = 0; i < frames; i++, position += step) {
        uint32_t whole = (uint32_t)(position >> 32);
        uint32_t fraction = (uint32_t)position;
        const float *x = delay->line + ((whole - (PN_DELAY_TAPS / 2 - 1)) & delay->mask);
        const float *low = kernel->taps[fraction >> 24];
        const float *high = low + PN_DELAY_TAPS;
        const pn_f32x4 between = pn_f32x4_splat((float)(fraction & 0xffffffu) * (1.0f / 16777216.0f));
        /* Both phases' sums first, then between them: a fifth fewer operations than interpolating each tap. */
        pn_f32x4 a = {0.0f, 0.0f, 0.0f, 0.0f};
        pn_f32x4 b = a;
        for (int tap = 0; tap < PN_DELAY_TAPS; tap += 4) {
            const pn_f32x4 past = pn_f32x4_load(x + tap);
            a += past * pn_f32x4_load(low + tap);
            b += past * pn_f32x4_load(high + tap);
        }
        y[i] = pn_f32x4_sum(a + (b - a) * between);
    }
}
