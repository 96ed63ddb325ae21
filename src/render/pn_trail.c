/* SPDX-License-Identifier: MIT */
#include "render/pn_trail.h"

#include <math.h>

void pn_trail_place(pn_arena *arena, pn_trail *trail, uint32_t hops_pow2)
{
    pn_vec3 *position = PN_TAKE(arena, pn_vec3, hops_pow2);
    if (position != NULL) {
        *trail = (pn_trail){.position = position, .mask = hops_pow2 - 1};
        pn_trail_reset(trail, (pn_vec3){0.0f, 0.0f, 0.0f});
    }
}

void pn_trail_reset(pn_trail *trail, pn_vec3 position)
{
    for (uint32_t i = 0; i <= trail->mask; i++) {
        trail->position[i] = position;
    }
}

void pn_trail_step(pn_trail *trail, pn_vec3 position)
{
    trail->newest = (trail->newest + 1) & trail->mask;
    trail->position[trail->newest] = position;
}

static pn_vec3 ago(const pn_trail *trail, uint32_t hops)
{
    return trail->position[(trail->newest - hops) & trail->mask];
}

pn_vec3 pn_trail_heard_from(const pn_trail *trail, pn_vec3 listener, float hop_m)
{
    uint32_t hops = 0;
    for (uint32_t end = trail->mask; end - hops > 1;) { /* slower than sound, it passes the way of sound once */
        const uint32_t middle = (hops + end) / 2;
        if (pn_vec3_length(pn_vec3_sub(ago(trail, middle), listener)) >= hop_m * (float)middle) {
            hops = middle;
        } else {
            end = middle;
        }
    }
    /* |d + s e| = hop_m (hops + s), s from 0, later, to 1, earlier */
    const pn_vec3 later = ago(trail, hops);
    const pn_vec3 d = pn_vec3_sub(later, listener);
    const pn_vec3 e = pn_vec3_sub(ago(trail, hops + 1), later);
    const float a = hop_m * (float)hops;
    const float square = hop_m * hop_m - pn_vec3_dot(e, e);
    const float half = a * hop_m - pn_vec3_dot(d, e);
    const float left = pn_vec3_dot(d, d) - a * a;
    const float root = half * half + square * left;
    const float by = half + sqrtf(root > 0.0f ? root : 0.0f);
    float s = by > 0.0f && left > 0.0f ? left / by : 0.0f;
    s = s < 1.0f ? s : 1.0f;
    return pn_vec3_add(later, pn_vec3_scale(e, s)); /* at rest, to the last bit where it is */
}
