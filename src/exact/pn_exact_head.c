/* SPDX-License-Identifier: MIT */
#include "exact/pn_exact_head.h"

#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_triangulation.h"

static const double LOWEST_RATE_HZ = 8000.0;
static const double HIGHEST_RATE_HZ = 192000.0;

enum { EARS = 2, RATE_HALF = 64 };

typedef struct plan {
    pn_head_file file;
    double rate_hz;
    double ratio; /* frames of the renderer per frame of the file */
    uint32_t lead;
    uint32_t taps;
} plan;

static pn_status plan_open(plan *p, const void *blob, size_t blob_bytes, double rate_hz)
{
    memset(p, 0, sizeof *p);
    if (!(rate_hz >= LOWEST_RATE_HZ && rate_hz <= HIGHEST_RATE_HZ)) {
        return PN_ERROR_SAMPLE_RATE;
    }
    const pn_status status = pn_head_file_open(blob, blob_bytes, &p->file);
    if (status != PN_OK) {
        return status;
    }
    p->rate_hz = rate_hz;
    p->ratio = rate_hz / p->file.sample_rate_hz;
    if (p->ratio == 1.0) {
        p->taps = p->file.filter_taps;
    } else { /* RATE_HALF frames of the lower rate a side */
        p->lead = (uint32_t)ceil(RATE_HALF * fmax(1.0, p->ratio));
        p->taps = 2 * p->lead + (uint32_t)ceil(p->file.filter_taps * p->ratio);
    }
    return PN_OK;
}

/* Every filter at the renderer's rate; its spectrum stays. @param weights [taps][file taps], unless the rates agree */
static void filters_fill(const plan *p, const pn_exact_sinc *sinc, float *filter, double *single, double *weights,
                         double *filters)
{
    const uint32_t in = p->file.filter_taps;
    const double cutoff = fmin(1.0, p->ratio);
    for (uint32_t n = 0; p->ratio != 1.0 && n < p->taps; n++) {
        const double at = ((double)n - p->lead) / p->ratio;
        for (uint32_t k = 0; k < in; k++) {
            weights[(size_t)n * in + k] = pn_exact_sinc_at(sinc, at - k, cutoff, RATE_HALF) / p->ratio;
        }
    }
    for (uint32_t i = 0; i < p->file.node_count * EARS; i++) {
        double *out = filters + (size_t)i * p->taps;
        pn_head_file_get_filter(&p->file, i / EARS, i % EARS, filter);
        for (uint32_t k = 0; k < in; k++) {
            single[k] = (double)filter[k];
        }
        for (uint32_t n = 0; n < p->taps; n++) {
            out[n] = p->ratio == 1.0 ? single[n] : pn_exact_inner(weights + (size_t)n * in, single, 1, in);
        }
    }
}

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
static void triangle_fill(pn_exact_triangle *to, const pn_triangle *from, const double *head_dirs)
{
    memcpy(to->node, from->corner, sizeof to->node);
    memcpy(to->neighbour, from->neighbour, sizeof to->neighbour);
    const double *v[3] = {head_dirs + 3 * to->node[0], head_dirs + 3 * to->node[1], head_dirs + 3 * to->node[2]};
    for (int k = 0; k < 3; k++) {
        cross3(v[(k + 1) % 3], v[(k + 2) % 3], to->weight_of[k]);
    }
    const double volume = dot3(v[0], to->weight_of[0]);
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++) {
            to->weight_of[k][axis] /= volume;
        }
    }
}

static void mean_fill(const plan *p, const double *filters, const double *delays, double *diotic, double *delay)
{
    const uint32_t count = p->file.node_count * EARS;
    *delay = 0.0;
    for (uint32_t n = 0; n < p->taps; n++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < count; i++) {
            sum += filters[(size_t)i * p->taps + n];
        }
        diotic[n] = sum / count;
    }
    for (uint32_t i = 0; i < count; i++) {
        *delay += delays[i] / count;
    }
}

/* Measures with a null base, places otherwise. */
static pn_status place(pn_arena *arena, const plan *p, const pn_exact_head **out)
{
    const uint32_t nodes = p->file.node_count;
    const uint32_t triangle_count = pn_triangulation_count(nodes);
    pn_exact_head *head = PN_TAKE(arena, pn_exact_head, 1);
    double *head_dirs = PN_TAKE(arena, double, (size_t)nodes * 3);
    double *filters = PN_TAKE(arena, double, (size_t)nodes *EARS * p->taps);
    double *delays = PN_TAKE(arena, double, (size_t)nodes *EARS);
    double *diotic = PN_TAKE(arena, double, p->taps);
    pn_exact_triangle *triangles = PN_TAKE(arena, pn_exact_triangle, triangle_count);
    const pn_exact_sinc sinc = pn_exact_sinc_place(arena);
    for (uint32_t node = 0; head != NULL && node < nodes; node++) {
        pn_head_file_get_direction(&p->file, node, head_dirs + 3 * (size_t)node);
    }
    const size_t mark = arena->used;
    pn_triangulation net;
    const pn_status status = pn_triangulation_place(arena, head_dirs, nodes, &net);
    if (status != PN_OK) {
        return status;
    }
    for (uint32_t i = 0; head != NULL && i < triangle_count; i++) {
        triangle_fill(&triangles[i], &net.triangles[i], head_dirs);
    }
    pn_arena_release(arena, mark);
    float *filter = PN_TAKE(arena, float, p->file.filter_taps);
    double *single = PN_TAKE(arena, double, p->file.filter_taps);
    double *weights = PN_TAKE(arena, double, p->ratio == 1.0 ? 0 : (size_t)p->taps * p->file.filter_taps);
    if (head == NULL) {
        return PN_OK;
    }
    filters_fill(p, &sinc, filter, single, weights, filters);
    *head = (pn_exact_head){
        .sample_rate_hz = p->rate_hz,
        .distance_m = (double)p->file.distance_m,
        .nodes = nodes,
        .taps = p->taps,
        .lead = p->lead,
        .guard_frames = p->file.guard_frames * p->ratio,
        .head_dirs = head_dirs,
        .filters = filters,
        .delays = delays,
        .diotic = diotic,
        .triangles = triangles,
        .triangle_count = triangle_count,
        .sinc = sinc,
    };
    for (uint32_t i = 0; i < nodes * EARS; i++) {
        delays[i] = pn_head_file_get_delay(&p->file, i / EARS, i % EARS) * p->ratio;
        head->longest_delay = fmax(head->longest_delay, delays[i]);
    }
    mean_fill(p, filters, delays, diotic, &head->diotic_delay);
    *out = head;
    return PN_OK;
}

pn_status pn_exact_head_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes)
{
    plan p;
    pn_arena arena = {0};
    const pn_exact_head *none = NULL;
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    pn_status status = plan_open(&p, blob, blob_bytes, sample_rate_hz);
    if (status == PN_OK) {
        status = place(&arena, &p, &none);
    }
    if (status == PN_OK) {
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_exact_head_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes, double sample_rate_hz,
                             const pn_exact_head **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    pn_status status = pn_exact_head_size(blob, blob_bytes, sample_rate_hz, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    plan p;
    pn_arena arena = {.base = memory};
    status = plan_open(&p, blob, blob_bytes, sample_rate_hz);
    return status == PN_OK ? place(&arena, &p, out) : status;
}

/* @return the smallest weight, before normalising */
static double weigh(const pn_exact_head *head, uint32_t triangle, const double head_dir[3], pn_exact_around *out)
{
    const pn_exact_triangle *t = &head->triangles[triangle];
    const double w[3] = {dot3(t->weight_of[0], head_dir), dot3(t->weight_of[1], head_dir),
                         dot3(t->weight_of[2], head_dir)};
    const double sum = fmax(w[0], 0.0) + fmax(w[1], 0.0) + fmax(w[2], 0.0);
    out->triangle = triangle;
    for (int k = 0; k < 3; k++) {
        out->weight[k] = sum > 0.0 ? fmax(w[k], 0.0) / sum : 0.0;
    }
    return fmin(w[0], fmin(w[1], w[2]));
}

pn_exact_around pn_exact_head_find(const pn_exact_head *head, const double head_dir[3], uint32_t first)
{
    /* Over the edge whose weight is most negative; a walk that rounding leads in a circle ends in trying all. */
    pn_exact_around found = {.triangle = first};
    for (uint32_t steps = 0; steps < head->triangle_count; steps++) {
        if (weigh(head, found.triangle, head_dir, &found) >= 0.0) {
            return found;
        }
        const pn_exact_triangle *t = &head->triangles[found.triangle];
        int least = 0;
        for (int k = 1; k < 3; k++) {
            if (dot3(t->weight_of[k], head_dir) < dot3(t->weight_of[least], head_dir)) {
                least = k;
            }
        }
        found.triangle = t->neighbour[least];
    }
    double best = -INFINITY;
    for (uint32_t i = 0; i < head->triangle_count; i++) {
        pn_exact_around here;
        const double least = weigh(head, i, head_dir, &here);
        if (least > best) {
            best = least;
            found = here;
        }
    }
    return found;
}

double pn_exact_head_delay(const pn_exact_head *head, const pn_exact_around *around, uint32_t ear)
{
    double delay = 0.0;
    for (int k = 0; k < 3; k++) {
        delay += around->weight[k] * head->delays[EARS * head->triangles[around->triangle].node[k] + ear];
    }
    return delay;
}
