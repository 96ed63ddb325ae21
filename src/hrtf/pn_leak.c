/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_leak.h"

#include <math.h>

#include "math/pn_approx.h"

#define PI 3.14159265358979323846

/* Fractions of a frame that are looked at, and how far beyond the edge. */
enum { FRACTIONS = 4, FRAMES_BEYOND = 64 };

void pn_leak_table(double *leak, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < FRACTIONS; k++) {
                const double fraction = ((double)k + 0.5) / FRACTIONS;
                const double sine = pn_approx_sin(PI * fraction) / PI; /* sinc, without its alternating sign */
                for (size_t beyond = 0; beyond < FRAMES_BEYOND; beyond++) {
                    const double from_edge = (double)beyond + fraction;
                    sum += sine * sine / (((double)i + from_edge) * ((double)j + from_edge));
                }
            }
            sum *= ((i - j) % 2 == 0 ? 1.0 : -1.0) / FRACTIONS;
            leak[i * size + j] = sum;
            leak[j * size + i] = sum;
        }
    }
}
