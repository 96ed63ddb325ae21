/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_sphere.h"

#include <math.h>

#define PI 3.14159265358979323846

void pn_sh_get(const double dir[3], size_t order, double *terms)
{
    const double z = dir[1];
    const double across = sqrt(dir[0] * dir[0] + dir[2] * dir[2]);
    const double cosine = across > 0.0 ? dir[0] / across : 1.0;
    const double sine = across > 0.0 ? dir[2] / across : 0.0;
    double sectoral = sqrt(1.0 / (4.0 * PI)); /* normalised P_m^m, by recurrence in m */
    double cos_m = 1.0;
    double sin_m = 0.0;
    for (size_t m = 0; m <= order; m++) {
        const double md = (double)m;
        const double side = m == 0 ? 1.0 : sqrt(2.0);
        double before = 0.0;
        double now = sectoral;
        for (size_t n = m; n <= order; n++) {
            const double nd = (double)n;
            terms[n * n + n + m] = side * now * cos_m;
            if (m > 0) {
                terms[n * n + n - m] = side * now * sin_m;
            }
            const double up = (nd + 1.0) * (nd + 1.0);
            const double a = sqrt((4.0 * up - 1.0) / (up - md * md));
            const double b = n == m ? 0.0 : sqrt((nd * nd - md * md) / (4.0 * nd * nd - 1.0));
            const double next = a * (z * now - b * before);
            before = now;
            now = next;
        }
        sectoral *= across * sqrt((2.0 * md + 3.0) / (2.0 * md + 2.0));
        const double turned = cos_m * cosine - sin_m * sine;
        sin_m = cos_m * sine + sin_m * cosine;
        cos_m = turned;
    }
}

int pn_factor_spd(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= a[i * n + k] * a[j * n + k];
            }
            if (i == j) {
                if (!(sum > 0.0)) {
                    return 0;
                }
                a[i * n + i] = sqrt(sum);
            } else {
                a[i * n + j] = sum / a[j * n + j];
            }
        }
    }
    return 1;
}

void pn_solve_factored(const double *a, size_t n, double *b, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        double *x = b + c * n;
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < i; k++) {
                x[i] -= a[i * n + k] * x[k];
            }
            x[i] /= a[i * n + i];
        }
        for (size_t i = n; i-- > 0;) {
            for (size_t k = i + 1; k < n; k++) {
                x[i] -= a[k * n + i] * x[k];
            }
            x[i] /= a[i * n + i];
        }
    }
}

int pn_solve_spd(double *a, size_t n, double *b, size_t columns)
{
    if (!pn_factor_spd(a, n)) {
        return 0;
    }
    pn_solve_factored(a, n, b, columns);
    return 1;
}

void pn_fibonacci_dir(size_t i, size_t count, double dir[3])
{
    const double golden_angle = PI * (3.0 - sqrt(5.0));
    const double y = 1.0 - (2.0 * (double)i + 1.0) / (double)count;
    const double across = sqrt(1.0 - y * y);
    dir[0] = across * cos(golden_angle * (double)i);
    dir[1] = y;
    dir[2] = across * sin(golden_angle * (double)i);
}

size_t pn_nearest_dir(const double *dirs, size_t count, const double dir[3], double *cosine)
{
    size_t best = 0;
    double most = -2.0;
    for (size_t i = 0; i < count; i++) {
        const double c = dirs[3 * i] * dir[0] + dirs[3 * i + 1] * dir[1] + dirs[3 * i + 2] * dir[2];
        if (c > most) {
            most = c;
            best = i;
        }
    }
    *cosine = most;
    return best;
}

/* Shell sort: small, no recursion, no worst case that matters for 16,384 numbers. */
double pn_median(double *values, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            const double value = values[i];
            size_t j = i;
            for (; j >= gap && values[j - gap] > value; j -= gap) {
                values[j] = values[j - gap];
            }
            values[j] = value;
        }
    }
    return count > 0 ? values[count / 2] : 0.0;
}
