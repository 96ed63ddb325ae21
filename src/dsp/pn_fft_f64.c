/* SPDX-License-Identifier: MIT */
#include "dsp/pn_fft_f64.h"

#include <math.h>

#include "math/pn_approx.h"

#define PI 3.14159265358979323846

void pn_fft_f64_place(pn_arena *arena, size_t size, pn_fft_f64 *out)
{
    double *cosines = PN_TAKE(arena, double, size / 2);
    double *sines = PN_TAKE(arena, double, size / 2);
    if (cosines != NULL && sines != NULL) {
        for (size_t i = 0; i < size / 2; i++) {
            cosines[i] = pn_approx_cos(2.0 * PI * (double)i / (double)size);
            sines[i] = pn_approx_sin(2.0 * PI * (double)i / (double)size);
        }
    }
    *out = (pn_fft_f64){.size = size, .cosines = cosines, .sines = sines};
}

static void reverse_bits(size_t size, double *re, double *im)
{
    for (size_t i = 1, j = 0; i < size; i++) {
        size_t bit = size >> 1;
        for (; (j & bit) != 0; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            const double r = re[i];
            const double m = im[i];
            re[i] = re[j];
            im[i] = im[j];
            re[j] = r;
            im[j] = m;
        }
    }
}

static void transform(const pn_fft_f64 *plan, double *re, double *im, double sign)
{
    const size_t size = plan->size;
    reverse_bits(size, re, im);
    for (size_t half = 1; half < size; half *= 2) {
        const size_t stride = size / (2 * half);
        for (size_t begin = 0; begin < size; begin += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                const double c = plan->cosines[k * stride];
                const double s = sign * plan->sines[k * stride];
                const size_t a = begin + k;
                const size_t b = a + half;
                const double r = re[b] * c - im[b] * s;
                const double m = re[b] * s + im[b] * c;
                re[b] = re[a] - r;
                im[b] = im[a] - m;
                re[a] += r;
                im[a] += m;
            }
        }
    }
}

void pn_fft_f64_forward(const pn_fft_f64 *plan, double *re, double *im)
{
    transform(plan, re, im, -1.0);
}

void pn_fft_f64_inverse(const pn_fft_f64 *plan, double *re, double *im)
{
    transform(plan, re, im, 1.0);
    for (size_t i = 0; i < plan->size; i++) {
        re[i] /= (double)plan->size;
        im[i] /= (double)plan->size;
    }
}
