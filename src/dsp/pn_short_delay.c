/* SPDX-License-Identifier: MIT */
#include "dsp/pn_short_delay.h"

#include <math.h>

static const double KAISER_BETA = 8.2;

enum { BESSEL_TERMS = 40, TAPS = PN_SHORT_DELAY_TAPS };

/* The modified Bessel function of order 0, of x with x^2 given. */
static double bessel0(double x2)
{
    double sum = 1.0;
    double term = 1.0;
    for (int k = 1; k < BESSEL_TERMS; k++) {
        term *= x2 / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

void pn_short_delay_taps(double fraction, double *taps)
{
    double sum = 0.0;
    for (int tap = 0; tap < TAPS; tap++) {
        const double edge = (tap - (TAPS / 2 - 1) - fraction) * (2.0 / TAPS);
        taps[tap] = bessel0(KAISER_BETA * KAISER_BETA * fmax(0.0, 1.0 - edge * edge));
        sum += taps[tap];
    }
    for (int tap = 0; tap < TAPS; tap++) {
        taps[tap] /= sum;
    }
}
