/* SPDX-License-Identifier: MIT */
#include "support/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hrtf/pn_head_file.h"
#include "hrtf/pn_triangulation.h"

#define PI 3.14159265358979323846
#define KAISER_BETA 10.0

/* Points nearer than this to a triangle's circle count as on it: the net is built from points that were moved by 1e-5
   rad to break ties, and narrow triangles turn that into more. */
#define CIRCLE_SLACK 1e-4

enum { EARS = 2, SINC_HALF = 256, WINDOW_STEPS = 1 << 16 };

/* Four sums side by side: a single one would wait for itself at every step. b is read backwards if `step` is -1. */
static double inner(const double *a, const double *b, ptrdiff_t step, size_t count)
{
    double sum[4] = {0.0, 0.0, 0.0, 0.0};
    size_t left = count;
    for (; left >= 4; left -= 4, a += 4, b += 4 * step) {
        for (ptrdiff_t k = 0; k < 4; k++) {
            sum[k] += a[k] * b[step * k];
        }
    }
    for (; left > 0; left--, a++, b += step) {
        sum[0] += *a * *b;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* ------------------------------------------------------------------------------------------------ the long sinc */

static double bessel_i0(double x)
{
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; k < 80; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* The Kaiser window from its middle (0) to its end (1), tabulated so finely that lines between leave 1e-9. */
static double kaiser(double from_middle)
{
    static double table[WINDOW_STEPS + 2];
    if (table[0] == 0.0) {
        for (size_t i = 0; i <= WINDOW_STEPS; i++) {
            const double at = (double)i / WINDOW_STEPS;
            table[i] = bessel_i0(KAISER_BETA * sqrt(1.0 - at * at)) / bessel_i0(KAISER_BETA);
        }
    }
    const double at = from_middle * WINDOW_STEPS;
    if (at >= WINDOW_STEPS) {
        return 0.0;
    }
    const size_t i = (size_t)at;
    return table[i] + (table[i + 1] - table[i]) * (at - (double)i);
}

/* Weights of the samples `first + 0 ... first + 2 SINC_HALF - 1` for a position. */
static ptrdiff_t sinc_weights(double position, double weights[2 * SINC_HALF])
{
    const double whole = floor(position);
    const double fraction = position - whole;
    if (fraction == 0.0) {
        memset(weights, 0, 2 * SINC_HALF * sizeof *weights);
        weights[SINC_HALF - 1] = 1.0;
    } else {
        const double sine = sin(PI * fraction) / PI;
        for (int k = 0; k < 2 * SINC_HALF; k++) {
            const double t = fraction - (k - (SINC_HALF - 1)); /* sin(pi t) is sin(pi fraction), sign alternating */
            const double sign = (k - (SINC_HALF - 1)) % 2 == 0 ? 1.0 : -1.0;
            weights[k] = sign * sine / t * kaiser(fabs(t) / SINC_HALF);
        }
    }
    return (ptrdiff_t)whole - (SINC_HALF - 1);
}

double reference_read(const double *x, size_t frames, double position)
{
    double weights[2 * SINC_HALF];
    const ptrdiff_t first = sinc_weights(position, weights);
    double sum = 0.0;
    for (ptrdiff_t k = 0; k < 2 * SINC_HALF; k++) {
        if (first + k >= 0 && first + k < (ptrdiff_t)frames) {
            sum += weights[k] * x[first + k];
        }
    }
    return sum;
}

double *reference_resampler(size_t frames, double from_hz, double to_hz, size_t out_frames)
{
    const double cutoff = to_hz < from_hz ? to_hz / from_hz : 1.0; /* of the input's Nyquist frequency */
    const double half = SINC_HALF / cutoff;
    double *rows = calloc(out_frames * frames, sizeof *rows);
    for (size_t n = 0; n < out_frames; n++) {
        const double at = (double)n * from_hz / to_hz;
        for (size_t k = 0; k < frames; k++) {
            const double t = at - (double)k;
            if (fabs(t) < half) {
                const double sinc = fabs(t) < 1e-12 ? 1.0 : sin(PI * t * cutoff) / (PI * t * cutoff);
                rows[n * frames + k] = sinc * cutoff * kaiser(fabs(t) / half);
            }
        }
    }
    return rows;
}

void reference_resample(const double *resampler, const double *in, size_t frames, double *out, size_t out_frames)
{
    for (size_t n = 0; n < out_frames; n++) {
        out[n] = inner(resampler + n * frames, in, 1, frames);
    }
}

/* ------------------------------------------------------------------------------------------------ the net */

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross3(const double *a, const double *b, double *out)
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Rows of the inverse of [a b c]. */
static const char *triangle_solve(reference_triangle *t, const double *head_dirs)
{
    const double *v[3] = {head_dirs + 3 * t->node[0], head_dirs + 3 * t->node[1], head_dirs + 3 * t->node[2]};
    for (int k = 0; k < 3; k++) {
        cross3(v[(k + 1) % 3], v[(k + 2) % 3], t->weight_of[k]);
    }
    const double volume = dot3(v[0], t->weight_of[0]);
    if (!(volume > 0.0)) {
        return "a triangle is turned inside out";
    }
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++) {
            t->weight_of[k][axis] /= volume;
        }
    }
    return NULL;
}

static const char *triangle_check(const reference_triangle *t, const double *head_dirs, uint32_t nodes)
{
    const double *a = head_dirs + 3 * t->node[0];
    const double *b = head_dirs + 3 * t->node[1];
    const double *c = head_dirs + 3 * t->node[2];
    const double ab[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    const double ac[3] = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
    double axis[3];
    cross3(ab, ac, axis);
    const double length = sqrt(dot3(axis, axis));
    const double circle = dot3(axis, a) / length;
    for (uint32_t i = 0; i < nodes; i++) {
        if (dot3(axis, head_dirs + 3 * (size_t)i) / length > circle + CIRCLE_SLACK) {
            return "a direction lies inside a triangle's circle";
        }
    }
    return NULL;
}

static const char *net_open(reference_head *head)
{
    pn_arena arena = {0};
    pn_triangulation net;
    if (pn_triangulation_place(&arena, NULL, head->nodes, &net) != PN_OK) {
        return "the net cannot be measured";
    }
    void *memory =
        aligned_alloc(PN_ARENA_ALIGNMENT, (arena.peak + PN_ARENA_ALIGNMENT) / PN_ARENA_ALIGNMENT * PN_ARENA_ALIGNMENT);
    arena = (pn_arena){.base = memory};
    if (pn_triangulation_place(&arena, head->head_dirs, head->nodes, &net) != PN_OK) {
        free(memory);
        return "the directions have no net";
    }
    head->triangle_count = net.count;
    head->triangles = calloc(net.count, sizeof *head->triangles);
    const char *wrong = NULL;
    double solid_angle = 0.0;
    for (uint32_t i = 0; i < net.count && wrong == NULL; i++) {
        reference_triangle *t = &head->triangles[i];
        memcpy(t->node, net.triangles[i].corner, sizeof t->node);
        wrong = triangle_solve(t, head->head_dirs);
        if (wrong == NULL) {
            wrong = triangle_check(t, head->head_dirs, head->nodes);
        }
        const double *a = head->head_dirs + 3 * t->node[0];
        const double *b = head->head_dirs + 3 * t->node[1];
        const double *c = head->head_dirs + 3 * t->node[2];
        double bc[3];
        cross3(b, c, bc); /* the solid angle of a triangle [Van Oosterom, Strackee 1983] */
        solid_angle += 2.0 * atan2(dot3(a, bc), 1.0 + dot3(a, b) + dot3(b, c) + dot3(c, a));
    }
    free(memory);
    if (wrong == NULL && fabs(solid_angle - 4.0 * PI) > 1e-6) {
        wrong = "the triangles do not cover the sphere once";
    }
    return wrong;
}

reference_place reference_find(const reference_head *head, const double head_dir[3], uint32_t first)
{
    reference_place best = {.triangle = first};
    double best_least = -INFINITY;
    for (uint32_t i = 0; i <= head->triangle_count; i++) {
        const uint32_t index = i == 0 ? first : i - 1;
        const reference_triangle *t = &head->triangles[index];
        const double w[3] = {dot3(t->weight_of[0], head_dir), dot3(t->weight_of[1], head_dir),
                             dot3(t->weight_of[2], head_dir)};
        const double least = fmin(w[0], fmin(w[1], w[2]));
        if (least > best_least) {
            best_least = least;
            const double sum = fmax(w[0], 0.0) + fmax(w[1], 0.0) + fmax(w[2], 0.0);
            best.triangle = index;
            for (int k = 0; k < 3; k++) {
                best.weight[k] = fmax(w[k], 0.0) / sum;
            }
        }
        if (least >= 0.0) {
            break;
        }
    }
    return best;
}

double reference_delay(const reference_head *head, const reference_place *place, size_t ear)
{
    double delay = 0.0;
    for (int k = 0; k < 3; k++) {
        delay += place->weight[k] * head->delays[2 * head->triangles[place->triangle].node[k] + ear];
    }
    return delay;
}

/* ------------------------------------------------------------------------------------------------ the head */

const char *reference_head_open(reference_head *head, const void *blob, size_t bytes)
{
    pn_head_file file;
    memset(head, 0, sizeof *head);
    if (pn_head_file_open(blob, bytes, &file) != PN_OK) {
        return "not a baked head";
    }
    head->sample_rate_hz = file.sample_rate_hz;
    head->nodes = file.node_count;
    head->taps = file.filter_taps;
    head->guard_frames = file.guard_frames;
    head->head_dirs = calloc((size_t)file.node_count * 3, sizeof(double));
    head->filters = calloc((size_t)file.node_count * EARS * file.filter_taps, sizeof(double));
    head->delays = calloc((size_t)file.node_count * EARS, sizeof(double));
    for (uint32_t node = 0; node < file.node_count; node++) {
        pn_head_file_get_direction(&file, node, head->head_dirs + 3 * (size_t)node);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            head->delays[EARS * node + ear] = pn_head_file_get_delay(&file, node, ear);
            for (uint32_t k = 0; k < file.filter_taps; k++) {
                head->filters[((size_t)EARS * node + ear) * file.filter_taps + k] =
                    (double)pn_head_file_get_tap(&file, node, ear, k);
            }
        }
    }
    return net_open(head);
}

void reference_head_close(reference_head *head)
{
    free(head->head_dirs);
    free(head->filters);
    free(head->delays);
    free(head->triangles);
    memset(head, 0, sizeof *head);
}

/* ------------------------------------------------------------------------------------------------ the definition */

typedef struct instant {
    reference_place place;
    double gain;
} instant;

/* x through one node's aligned filter, at frames from ... from + count - 1. */
static void filter_node(const reference_head *head, uint32_t node, size_t ear, const double *x, size_t frames,
                        ptrdiff_t from, size_t count, double *out)
{
    const double *taps = head->filters + ((size_t)EARS * node + ear) * head->taps;
    for (size_t i = 0; i < count; i++) {
        const ptrdiff_t n = from + (ptrdiff_t)i;
        const ptrdiff_t first = n < (ptrdiff_t)frames ? 0 : n - (ptrdiff_t)frames + 1;
        const ptrdiff_t end = n < (ptrdiff_t)head->taps ? n + 1 : (ptrdiff_t)head->taps;
        out[i] = first < end ? inner(taps + first, x + (n - first), -1, (size_t)(end - first)) : 0.0;
    }
}

/* Samples first ... end - 1, which lie in one triangle: since the sinc and the filters are linear, the delayed weighted
   filters applied to x are the delayed weighted outputs of the three filters. */
static void render_run(const reference_head *head, const double *x, size_t frames, const instant *at, size_t first,
                       size_t end, size_t ear, double *out)
{
    const reference_triangle *t = &head->triangles[at[first].place.triangle];
    const double longest = fmax(head->delays[EARS * t->node[0] + ear],
                                fmax(head->delays[EARS * t->node[1] + ear], head->delays[EARS * t->node[2] + ear]));
    const ptrdiff_t from = (ptrdiff_t)first - (ptrdiff_t)ceil(longest) - SINC_HALF;
    const size_t count = (size_t)((ptrdiff_t)end + SINC_HALF - from);
    double *filtered = calloc(3 * count, sizeof *filtered);
    for (int k = 0; k < 3; k++) {
        filter_node(head, t->node[k], ear, x, frames, from, count, filtered + (size_t)k * count);
    }
    for (size_t n = first; n < end; n++) {
        double weights[2 * SINC_HALF];
        const double delay = reference_delay(head, &at[n].place, ear);
        const ptrdiff_t lowest = sinc_weights((double)n - delay, weights) - from;
        double sum = 0.0;
        for (int k = 0; k < 3; k++) {
            const double *u = filtered + (ptrdiff_t)k * (ptrdiff_t)count + lowest;
            sum += at[n].place.weight[k] * inner(weights, u, 1, 2 * SINC_HALF);
        }
        out[n] = at[n].gain * sum;
    }
    free(filtered);
}

void reference_render(const reference_head *head, const double *x, size_t frames, reference_path *path,
                      const void *path_state, double *ears)
{
    instant *at = calloc(frames, sizeof *at);
    uint32_t triangle = 0;
    for (size_t n = 0; n < frames; n++) {
        double head_dir[3];
        path(path_state, (double)n, head_dir, &at[n].gain);
        at[n].place = reference_find(head, head_dir, triangle);
        triangle = at[n].place.triangle;
    }
    for (size_t first = 0; first < frames;) {
        size_t end = first + 1;
        while (end < frames && at[end].place.triangle == at[first].place.triangle) {
            end++;
        }
        for (size_t ear = 0; ear < EARS; ear++) {
            render_run(head, x, frames, at, first, end, ear, ears + ear * frames);
        }
        first = end;
    }
    free(at);
}
