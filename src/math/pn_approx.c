/* SPDX-License-Identifier: MIT */
#include "math/pn_approx.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

void pn_approx_sincos(double x, double *sine, double *cosine)
{
    double turns = floor(x * (2.0 / PN_PI) + 0.5);
    double r = x - turns * 1.57079632679489655800 - turns * 6.12323399573676603587e-17;
    double q = r * r;
    double s =
        r * (1.0 +
             q * (-1.0 / 6 +
                  q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 + q * (-1.0 / 39916800 +
                                                                               q * (1.0 / 6227020800.0 +
                                                                                    q * (-1.0 / 1307674368000.0))))))));
    double c =
        1.0 +
        q * (-0.5 + q * (1.0 / 24 + q * (-1.0 / 720 +
                                         q * (1.0 / 40320 + q * (-1.0 / 3628800 + q * (1.0 / 479001600.0 +
                                                                                       q * (-1.0 / 87178291200.0)))))));
    switch ((int64_t)turns & 3) {
    case 0:
        *sine = s;
        *cosine = c;
        break;
    case 1:
        *sine = c;
        *cosine = -s;
        break;
    case 2:
        *sine = -s;
        *cosine = -c;
        break;
    default:
        *sine = -c;
        *cosine = s;
        break;
    }
}

/* 0 <= x <= 1 */
static double atan_unit(double x)
{
    const double root3 = 1.73205080756887729353;
    double base = 0.0;
    if (x > 0.26794919243112270647) { /* tan 15 degrees */
        x = (x * root3 - 1.0) / (x + root3);
        base = PN_PI / 6;
    }
    double q = x * x;
    return base + x * (1.0 + q * (-1.0 / 3 +
                                  q * (1.0 / 5 + q * (-1.0 / 7 + q * (1.0 / 9 + q * (-1.0 / 11 + q * (1.0 / 13)))))));
}

double pn_approx_atan2(double y, double x)
{
    double ax = fabs(x);
    double ay = fabs(y);
    if (ax == 0.0 && ay == 0.0) {
        return 0.0;
    }
    double angle = ay <= ax ? atan_unit(ay / ax) : PN_PI / 2 - atan_unit(ax / ay);
    if (x < 0.0) {
        angle = PN_PI - angle;
    }
    return y < 0.0 ? -angle : angle;
}

double pn_approx_acos(double x)
{
    x = x > 1.0 ? 1.0 : (x < -1.0 ? -1.0 : x);
    return pn_approx_atan2(sqrt((1.0 - x) * (1.0 + x)), x);
}

double pn_approx_exp2(double x)
{
    x = x > 1000.0 ? 1000.0 : (x < -1000.0 ? -1000.0 : x);
    double whole = floor(x + 0.5);
    double f = (x - whole) * 0.69314718055994530942;
    double series = 1.0;
    for (int n = 13; n > 0; n--) { /* 0.347^14 / 14! = 4e-18 */
        series = 1.0 + f / n * series;
    }
    uint64_t bits = (uint64_t)((int64_t)whole + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return series * scale;
}

double pn_approx_log2(double x)
{
    if (!(x >= 2.2250738585072014e-308)) {
        return -1022.0;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t exponent = (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1.0) / (m + 1.0);
    double q = s * s;
    double series = 0.0;
    for (int n = 21; n > 0; n -= 2) { /* 0.1716^23 / 23 = 1e-19 */
        series = 1.0 / n + q * series;
    }
    series *= 2.0 * s;
    return (double)exponent + series * 1.44269504088896340736;
}
