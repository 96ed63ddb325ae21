/* SPDX-License-Identifier: MIT */
#include "exact/pn_exact_view.h"

#include <math.h>
#include <string.h>

#include "dsp/pn_bands.h"
#include "hrtf/pn_near_field.h"

#define PI 3.14159265358979323846

/* Nearer than this a source fades to the same signal in both ears. */
#define INSIDE_M 0.1

/* The sphere's field is not asked for nearer than this. */
#define NEAREST_M 0.12

/* -80 dB: what nothing of is heard still counts as this, or its logarithm would have no end. */
#define LEAST_GAIN 1e-4

enum { EARS = 2 };

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* v' = v + 2 u x (u x v + w v), for a quaternion of any length; `way` -1 for the inverse. */
static void rotate(const double q[4], double way, const double v[3], double out[3])
{
    const double scale = 2.0 / (dot3(q, q) + q[3] * q[3]);
    const double u[3] = {way * q[0], way * q[1], way * q[2]};
    const double t[3] = {u[1] * v[2] - u[2] * v[1] + q[3] * v[0], u[2] * v[0] - u[0] * v[2] + q[3] * v[1],
                         u[0] * v[1] - u[1] * v[0] + q[3] * v[2]};
    const double turned[3] = {u[1] * t[2] - u[2] * t[1], u[2] * t[0] - u[0] * t[2], u[0] * t[1] - u[1] * t[0]};
    for (int i = 0; i < 3; i++) {
        out[i] = v[i] + scale * turned[i];
    }
}

static bool locked(const pn_exact_source *source)
{
    return (source->flags & PN_SOURCE_HEAD_LOCKED) != 0;
}

static void to_source(const pn_exact_source *source, const pn_exact_pose *head, const pn_exact_pose *own, double out[3])
{
    if (locked(source)) {
        memcpy(out, own->position_m, 3 * sizeof *out);
        return;
    }
    double away[3];
    for (int i = 0; i < 3; i++) {
        away[i] = own->position_m[i] - head->position_m[i];
    }
    rotate(head->world_from_own, -1.0, away, out);
}

double pn_exact_distance(const pn_exact_source *source, const pn_exact_pose *head, const pn_exact_pose *own)
{
    double v[3];
    for (int i = 0; i < 3; i++) {
        v[i] = own->position_m[i] - (locked(source) ? 0.0 : head->position_m[i]);
    }
    return sqrt(dot3(v, v));
}

/* [Web Audio API, PannerNode, "distanceModel"] */
static double distance_gain(const pn_exact_source *s, double r)
{
    const double ref = s->ref_distance_m;
    const double f = s->rolloff_factor;
    switch (s->distance_model) {
    case PN_DISTANCE_LINEAR: {
        const double low = fmin(ref, s->max_distance_m);
        const double high = fmax(ref, s->max_distance_m);
        const double share = fmin(f, 1.0);
        return high > low ? 1.0 - share * (fmin(fmax(r, low), high) - low) / (high - low) : 1.0 - share;
    }
    case PN_DISTANCE_INVERSE: return ref > 0.0 ? ref / (ref + f * (fmax(r, ref) - ref)) : 0.0;
    case PN_DISTANCE_EXPONENTIAL: return ref > 0.0 ? pow(fmax(r, ref) / ref, -f) : 0.0;
    default: return 1.0;
    }
}

/* Cosine of the angle of emission: between the source's -z and the way to the listener. 1 where there is none. */
static double emission_cosine(const pn_exact_source *source, const pn_exact_pose *head, const pn_exact_pose *own)
{
    const double ahead[3] = {0.0, 0.0, -1.0};
    double axis[3];
    double way[3];
    rotate(own->world_from_own, 1.0, ahead, axis);
    for (int i = 0; i < 3; i++) {
        way[i] = (locked(source) ? 0.0 : head->position_m[i]) - own->position_m[i];
    }
    const double length = sqrt(dot3(way, way));
    return length > 0.0 ? fmax(-1.0, fmin(1.0, dot3(axis, way) / length)) : 1.0;
}

/* [Web Audio API, PannerNode, "Sound Cones"] */
static double cone_gain(const pn_exact_source *s, double cosine)
{
    const double angle = acos(cosine);
    const double inner = 0.5 * s->cone_inner_rad;
    const double outer = 0.5 * s->cone_outer_rad;
    if (angle <= inner) {
        return 1.0;
    }
    if (angle >= outer) {
        return s->cone_outer_gain;
    }
    const double x = (angle - inner) / (outer - inner);
    return (1.0 - x) + s->cone_outer_gain * x;
}

static bool near(const pn_exact_source *source, double reference_m, double distance_m)
{
    return (source->flags & PN_SOURCE_NEAR_FIELD) != 0 && distance_m < reference_m;
}

/* Where the line from an ear through the source meets the sphere of measurement. */
static void parallax(double ear_x, double reference_m, double distance_m, const double head_dir[3], double out[3])
{
    const double r = fmax(distance_m, NEAREST_M);
    double u[3] = {r * head_dir[0] - ear_x, r * head_dir[1], r * head_dir[2]};
    const double length = sqrt(dot3(u, u));
    const double b = u[0] / length * ear_x;
    const double t = -b + sqrt(b * b + reference_m * reference_m - ear_x * ear_x);
    for (int i = 0; i < 3; i++) {
        out[i] = (i == 0 ? ear_x : 0.0) + u[i] / length * t;
    }
}

void pn_exact_view_of(const pn_exact_source *source, double reference_m, const pn_exact_pose *head,
                      const pn_exact_pose *own, pn_exact_view *out)
{
    double v[3];
    to_source(source, head, own, v);
    const double r = sqrt(dot3(v, v));
    const double inside = r < INSIDE_M ? 1.0 - r / INSIDE_M : 0.0;
    for (int i = 0; i < 3; i++) {
        out->head_dir[i] = r > 1e-9 ? v[i] / r : (i == 2 ? -1.0 : 0.0);
    }
    out->distance_m = r;
    out->nearness = inside * inside * (3.0 - 2.0 * inside);
    out->gain = source->gain * distance_gain(source, r);
    if (source->cone_inner_rad < 2.0 * PI) {
        out->gain *= cone_gain(source, emission_cosine(source, head, own));
    }
    for (int ear = 0; ear < EARS; ear++) {
        if (near(source, reference_m, r)) {
            const double ear_x = ear == 0 ? -(double)PN_HEAD_RADIUS_M : (double)PN_HEAD_RADIUS_M;
            parallax(ear_x, reference_m, r, out->head_dir, out->ear_dirs[ear]);
        } else {
            memcpy(out->ear_dirs[ear], out->head_dir, sizeof out->head_dir);
        }
    }
}

void pn_exact_colour_of(const pn_exact_source *source, double reference_m, const pn_exact_pose *head,
                        const pn_exact_pose *own, const pn_exact_view *view, pn_exact_colour *out)
{
    const double cosine = emission_cosine(source, head, own);
    const double radius = (double)PN_HEAD_RADIUS_M;
    out->air_m = (source->flags & PN_SOURCE_AIR) != 0 ? view->distance_m : 0.0;
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        const double alpha = source->directivity[band];
        const double level = fabs((1.0 - alpha) + alpha * cosine);
        double nepers = log(fmax(LEAST_GAIN, 1.0 - own->occlusion[band]));
        nepers += alpha > 0.0 ? source->directivity_power * log(fmax(LEAST_GAIN, level)) : 0.0;
        for (int ear = 0; ear < EARS; ear++) {
            out->log_gain[ear][band] = nepers;
            if (near(source, reference_m, view->distance_m)) {
                const double x = view->head_dir[0];
                const double incidence = acos(fmax(-1.0, fmin(1.0, ear == 0 ? -x : x)));
                const double f = pn_bands_centre_hz(band);
                const double r = fmax(view->distance_m, NEAREST_M);
                out->log_gain[ear][band] += log(pn_near_field_sphere(radius, r, incidence, f) /
                                                pn_near_field_sphere(radius, reference_m, incidence, f));
            }
        }
    }
}
