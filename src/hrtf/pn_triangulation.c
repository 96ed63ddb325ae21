/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_triangulation.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const double TIE_BREAK_RAD = 1e-5;
static const double LEAST_VOLUME =
    1e-9; /* six times a triangle's tetrahedron with the origin; 0.01 degrees wide: 1e-8 */

#define NONE UINT32_MAX

typedef struct point {
    double x, y, z;
} point;

/* A face under construction. `next_free` chains dead ones; `mark` is the insertion that last saw it. */
typedef struct face {
    uint32_t corner[3];
    uint32_t across[3]; /* the face over the edge opposite corner k */
    uint32_t next;      /* in the free list, or in the list of visible faces */
    uint32_t mark;
    bool alive;
} face;

typedef struct hull {
    const point *points;
    face *faces;
    uint32_t capacity;
    uint32_t used;
    uint32_t free;
    uint32_t insertion;
} hull;

static point minus(point a, point b)
{
    return (point){a.x - b.x, a.y - b.y, a.z - b.z};
}

static point cross(point a, point b)
{
    return (point){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static double dot(point a, point b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

/* A fixed pseudo-random number in [-1, 1) [Steele et al. 2014, the finalizer of SplitMix64]. */
static double shift_of(uint64_t index)
{
    uint64_t z = (index + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return (double)(z >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}

/* Positive: the point sees the face from outside. */
static double height(const hull *h, const face *f, point p)
{
    point a = h->points[f->corner[0]];
    point normal = cross(minus(h->points[f->corner[1]], a), minus(h->points[f->corner[2]], a));
    return dot(normal, minus(p, a));
}

static uint32_t new_face(hull *h, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t at = h->free;
    if (at != NONE) {
        h->free = h->faces[at].next;
    } else {
        at = h->used++;
    }
    h->faces[at] = (face){{a, b, c}, {NONE, NONE, NONE}, NONE, 0, true};
    return at;
}

/* The corner of `f` from which the edge to the following corner starts at node `from`; NONE if there is none. */
static uint32_t corner_at(const face *f, uint32_t node)
{
    for (uint32_t k = 0; k < 3; k++) {
        if (f->corner[k] == node) {
            return k;
        }
    }
    return NONE;
}

/* Makes two faces neighbours over the edge from node a to node b (as `left` runs through it). */
static void join(hull *h, uint32_t left, uint32_t right, uint32_t a, uint32_t b)
{
    face *l = &h->faces[left];
    face *r = &h->faces[right];
    l->across[3 - corner_at(l, a) - corner_at(l, b)] = right;
    r->across[3 - corner_at(r, a) - corner_at(r, b)] = left;
}

static uint32_t farthest(const hull *h, uint32_t nodes, uint32_t from[], uint32_t chosen)
{
    uint32_t best = NONE;
    double most = 1e-12;
    const point *p = h->points;
    for (uint32_t i = 0; i < nodes; i++) {
        double distance;
        point to = minus(p[i], p[from[0]]);
        if (chosen == 1) {
            distance = dot(to, to);
        } else {
            point side = minus(p[from[1]], p[from[0]]);
            point normal = cross(side, to);
            distance = chosen == 2 ? dot(normal, normal) : fabs(dot(cross(side, minus(p[from[2]], p[from[0]])), to));
        }
        if (distance > most) {
            most = distance;
            best = i;
        }
    }
    return best;
}

static bool first_tetrahedron(hull *h, uint32_t nodes, uint32_t corner[4])
{
    corner[0] = 0;
    for (uint32_t chosen = 1; chosen < 4; chosen++) {
        corner[chosen] = farthest(h, nodes, corner, chosen);
        if (corner[chosen] == NONE) {
            return false;
        }
    }
    point a = h->points[corner[0]];
    point normal = cross(minus(h->points[corner[1]], a), minus(h->points[corner[2]], a));
    if (dot(normal, minus(h->points[corner[3]], a)) > 0.0) { /* the base must look away from the apex */
        uint32_t swap = corner[1];
        corner[1] = corner[2];
        corner[2] = swap;
    }
    uint32_t base = new_face(h, corner[0], corner[1], corner[2]);
    uint32_t side[3];
    for (uint32_t k = 0; k < 3; k++) {
        side[k] = new_face(h, corner[(k + 1) % 3], corner[k], corner[3]);
        join(h, base, side[k], corner[k], corner[(k + 1) % 3]);
    }
    for (uint32_t k = 0; k < 3; k++) {
        join(h, side[k], side[(k + 1) % 3], corner[(k + 1) % 3], corner[3]);
    }
    return true;
}

/* Replaces the faces that the node sees by a fan from the node to their outline. */
static void insert(hull *h, uint32_t node)
{
    point p = h->points[node];
    uint32_t seen = NONE;
    for (uint32_t f = 0; f < h->used; f++) {
        if (h->faces[f].alive && height(h, &h->faces[f], p) > 0.0) {
            seen = f;
            break;
        }
    }
    if (seen == NONE) {
        return; /* inside: the point lies on another; the caller finds it missing */
    }
    h->insertion++;
    h->faces[seen].mark = h->insertion;
    h->faces[seen].next = NONE;
    uint32_t last = seen;
    for (uint32_t f = seen; f != NONE; f = h->faces[f].next) { /* the list grows while it is walked */
        for (int k = 0; k < 3; k++) {
            uint32_t g = h->faces[f].across[k];
            if (h->faces[g].mark != h->insertion && height(h, &h->faces[g], p) > 0.0) {
                h->faces[g].mark = h->insertion;
                h->faces[g].next = NONE;
                h->faces[last].next = g;
                last = g;
            }
        }
    }
    /* Walk the outline once around: from an outline edge, turn about its end through seen faces to the next. */
    uint32_t f = seen;
    uint32_t k = 0;
    for (f = seen; f != NONE; f = h->faces[f].next) {
        for (k = 0; k < 3 && h->faces[h->faces[f].across[k]].mark == h->insertion; k++) {
        }
        if (k < 3) {
            break;
        }
    }
    const uint32_t start = h->faces[f].corner[(k + 1) % 3];
    uint32_t from = start;
    uint32_t first_new = NONE;
    uint32_t previous = NONE;
    do {
        uint32_t to = h->faces[f].corner[(k + 2) % 3];
        uint32_t outside = h->faces[f].across[k];
        uint32_t fresh = new_face(h, from, to, node);
        join(h, fresh, outside, from, to);
        if (previous == NONE) {
            first_new = fresh;
        } else {
            join(h, previous, fresh, from, node);
        }
        previous = fresh;
        from = to;
        k = (k + 1) % 3; /* the edge that starts at `to` in the same face is opposite corner k + 1 */
        while (h->faces[h->faces[f].across[k]].mark == h->insertion) {
            f = h->faces[f].across[k];
            k = (corner_at(&h->faces[f], to) + 2) % 3;
        }
    } while (from != start);
    join(h, previous, first_new, start, node);
    for (f = seen; f != NONE;) {
        uint32_t next = h->faces[f].next;
        h->faces[f].alive = false;
        h->faces[f].next = h->free;
        h->free = f;
        f = next;
    }
}

/* Alive faces become triangles, numbered in their order; the weights use the true directions. */
static pn_status finish(const hull *h, const point *truth, uint32_t nodes, pn_triangle *triangles, uint32_t *number)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < h->used; f++) {
        number[f] = h->faces[f].alive ? count++ : NONE;
    }
    if (count != pn_triangulation_count(nodes)) {
        return PN_ERROR_GEOMETRY;
    }
    for (uint32_t f = 0; f < h->used; f++) {
        if (number[f] == NONE) {
            continue;
        }
        const face *from = &h->faces[f];
        pn_triangle *to = &triangles[number[f]];
        const point *v[3] = {&truth[from->corner[0]], &truth[from->corner[1]], &truth[from->corner[2]]};
        double volume = dot(*v[0], cross(*v[1], *v[2]));
        if (!(volume > LEAST_VOLUME)) {
            return PN_ERROR_GEOMETRY;
        }
        const double by = 1.0 / volume;
        memset(to->weight_of, 0, sizeof to->weight_of);
        for (int k = 0; k < 3; k++) {
            const point across = cross(*v[(k + 1) % 3], *v[(k + 2) % 3]);
            to->weight_of[0][k] = (float)(across.x * by);
            to->weight_of[1][k] = (float)(across.y * by);
            to->weight_of[2][k] = (float)(across.z * by);
            to->corner[k] = from->corner[k];
            to->neighbour[k] = number[from->across[k]];
        }
    }
    return PN_OK;
}

pn_status pn_triangulation_place(pn_arena *arena, const double *head_dirs, uint32_t nodes, pn_triangulation *out)
{
    const uint32_t count = pn_triangulation_count(nodes);
    pn_triangle *triangles = PN_TAKE(arena, pn_triangle, count);
    const size_t mark = arena->used;
    /* An insertion frees the seen faces after making two more than these; seen ones are at most all. */
    const uint32_t capacity = 2 * count + 8;
    point *truth = PN_TAKE(arena, point, nodes);
    point *shifted = PN_TAKE(arena, point, nodes);
    face *faces = PN_TAKE(arena, face, capacity);
    uint32_t *number = PN_TAKE(arena, uint32_t, capacity);
    pn_arena_release(arena, mark);
    if (triangles == NULL) {
        *out = (pn_triangulation){NULL, count};
        return PN_OK;
    }
    for (uint32_t i = 0; i < nodes; i++) {
        truth[i] = (point){head_dirs[3 * i], head_dirs[3 * i + 1], head_dirs[3 * i + 2]};
        point p = {truth[i].x + TIE_BREAK_RAD * shift_of(3ull * i), truth[i].y + TIE_BREAK_RAD * shift_of(3ull * i + 1),
                   truth[i].z + TIE_BREAK_RAD * shift_of(3ull * i + 2)};
        double by = 1.0 / sqrt(dot(p, p)); /* back onto the sphere: every point must stay a corner of the hull */
        shifted[i] = (point){p.x * by, p.y * by, p.z * by};
    }
    hull h = {.points = shifted, .faces = faces, .capacity = capacity, .free = NONE};
    uint32_t corner[4];
    if (!first_tetrahedron(&h, nodes, corner)) {
        return PN_ERROR_GEOMETRY;
    }
    for (uint32_t i = 0; i < nodes; i++) {
        if (i != corner[0] && i != corner[1] && i != corner[2] && i != corner[3]) {
            insert(&h, i);
        }
    }
    *out = (pn_triangulation){triangles, count};
    return finish(&h, truth, nodes, triangles, number);
}
