/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_near_field.h"

#include <math.h>
#include <stddef.h>

#include "math/pn_approx.h"

static const double SPEED_OF_SOUND_M_S = 343.0;
static const double NEAREST_M = 0.12;

enum { MOST_TERMS = 200 };

/* A complex number. The language's own brings 4 kB of special cases into the wasm. */
typedef struct pair {
    double re, im;
} pair;

static pair less(pair a, double by, pair b)
{
    return (pair){a.re - by * b.re, a.im - by * b.im};
}

/* Scaled, because both grow beyond 10^154. */
static pair over(pair a, pair b)
{
    const double scale = fmax(fabs(b.re), fabs(b.im));
    const pair c = {b.re / scale, b.im / scale};
    const double norm = scale * (c.re * c.re + c.im * c.im);
    return (pair){(a.re * c.re + a.im * c.im) / norm, (a.im * c.re - a.re * c.im) / norm};
}

static double length(pair a)
{
    return sqrt(a.re * a.re + a.im * a.im);
}

double pn_near_field_sphere(double radius_m, double distance_m, double incidence_rad, double frequency_hz)
{
    const double mu = 2.0 * PN_PI * frequency_hz * radius_m / SPEED_OF_SOUND_M_S;
    const double rho = distance_m / radius_m;
    const double x = mu * rho;
    const double cosine = pn_approx_cos(incidence_rad);
    /* Spherical Hankel functions by upward recurrence: their growing part, which is all that counts, is stable. */
    pair far_before = {pn_approx_cos(x) / x,
                       pn_approx_sin(x) / x};       /* i h_{-1} has the same shape as h_0: h_{-1} = e^{ix} / x */
    pair far_now = {far_before.im, -far_before.re}; /* h_0 */
    pair near_before = {pn_approx_cos(mu) / mu, pn_approx_sin(mu) / mu};
    pair near_now = {near_before.im, -near_before.re};
    double legendre_before = 0.0;
    double legendre_now = 1.0;
    pair sum = {0.0, 0.0};
    for (int m = 0; m < MOST_TERMS; m++) {
        const pair slope = less(near_before, (m + 1) / mu, near_now); /* h_m' */
        const pair share = over(far_now, slope);
        const double by = (2 * m + 1) * legendre_now;
        sum = (pair){sum.re + by * share.re, sum.im + by * share.im};
        if (m > mu && length(share) * (2 * m + 1) < 1e-9 * length(sum)) {
            break;
        }
        const pair far_next = less(far_before, (2 * m + 1) / x, far_now);
        const pair near_next = less(near_before, (2 * m + 1) / mu, near_now);
        const double legendre_next = ((2 * m + 1) * cosine * legendre_now - m * legendre_before) / (m + 1);
        far_before = far_now;
        far_now = (pair){-far_next.re, -far_next.im};
        near_before = near_now;
        near_now = (pair){-near_next.re, -near_next.im};
        legendre_before = legendre_now;
        legendre_now = legendre_next;
    }
    return rho / mu * length(sum);
}

static double distance_of(const pn_near_field *table, int step)
{
    const double nearest = 1.0 / (double)table->nearest_m;
    const double reference = 1.0 / (double)table->reference_m;
    return 1.0 / (nearest + (reference - nearest) * step / (PN_NEAR_DISTANCES - 1));
}

const pn_near_field *pn_near_field_place(pn_arena *arena, double reference_m)
{
    pn_near_field *table = PN_TAKE(arena, pn_near_field, 1);
    if (table == NULL) {
        return NULL;
    }
    const double radius = (double)PN_HEAD_RADIUS_M;
    table->nearest_m = (float)NEAREST_M;
    table->reference_m = (float)reference_m;
    for (int band = 0; band < PN_BANDS; band++) {
        const double f = pn_bands_centre_hz(band);
        for (int angle = 0; angle < PN_NEAR_ANGLES; angle++) {
            const double incidence = PN_PI * angle / (PN_NEAR_ANGLES - 1);
            const double reference = pn_near_field_sphere(radius, reference_m, incidence, f);
            for (int step = 0; step < PN_NEAR_DISTANCES; step++) {
                const double near = pn_near_field_sphere(radius, distance_of(table, step), incidence, f);
                table->log_gain[step][angle][band] = (float)pn_approx_log(near / reference);
            }
        }
    }
    return table;
}

/* Where the line from an ear through the source meets the sphere of measurement. */
static pn_vec3 parallax(pn_vec3 source_m, pn_vec3 ear_m, float reference_m)
{
    pn_vec3 u = pn_vec3_sub(source_m, ear_m);
    const float length = pn_vec3_length(u);
    if (length < 1e-6f) {
        return pn_vec3_scale(ear_m, 1.0f / pn_vec3_length(ear_m));
    }
    u = pn_vec3_scale(u, 1.0f / length);
    const float b = pn_vec3_dot(u, ear_m);
    const float t = -b + sqrtf(b * b + reference_m * reference_m - pn_vec3_dot(ear_m, ear_m));
    const pn_vec3 meets = pn_vec3_add(ear_m, pn_vec3_scale(u, t));
    return pn_vec3_scale(meets, 1.0f / pn_vec3_length(meets));
}

void pn_near_field_at(const pn_near_field *table, pn_vec3 head_dir, float distance_m, pn_vec3 ear_dirs[2],
                      float log_gain[2][PN_BANDS])
{
    const float r = distance_m > table->nearest_m ? distance_m : table->nearest_m;
    const float nearest = 1.0f / table->nearest_m;
    const float reference = 1.0f / table->reference_m;
    float at_distance = (nearest - 1.0f / r) / (nearest - reference) * (PN_NEAR_DISTANCES - 1);
    int step = (int)at_distance;
    step = step < PN_NEAR_DISTANCES - 2 ? step : PN_NEAR_DISTANCES - 2;
    const float far = at_distance - (float)step;
    for (int ear = 0; ear < 2; ear++) {
        const pn_vec3 ear_m = {ear == 0 ? -PN_HEAD_RADIUS_M : PN_HEAD_RADIUS_M, 0.0f, 0.0f};
        const double cosine = (double)(ear == 0 ? -head_dir.x : head_dir.x);
        float at_angle = (float)(pn_approx_acos(cosine) * ((PN_NEAR_ANGLES - 1) / PN_PI));
        int angle = (int)at_angle;
        angle = angle < PN_NEAR_ANGLES - 2 ? angle : PN_NEAR_ANGLES - 2;
        const float wide = at_angle - (float)angle;
        for (int band = 0; band < PN_BANDS; band++) {
            const float near_gain =
                table->log_gain[step][angle][band] * (1.0f - wide) + table->log_gain[step][angle + 1][band] * wide;
            const float far_gain = table->log_gain[step + 1][angle][band] * (1.0f - wide) +
                                   table->log_gain[step + 1][angle + 1][band] * wide;
            log_gain[ear][band] += near_gain * (1.0f - far) + far_gain * far;
        }
        ear_dirs[ear] = parallax(pn_vec3_scale(head_dir, r), ear_m, table->reference_m);
    }
}
