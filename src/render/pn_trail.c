/* SPDX-License-Identifier: MIT */
#include "render/pn_trail.h"

#include <math.h>

void pn_trail_place(pn_arena *arena, pn_trail *trail, uint32_t hops_pow2)
{
    pn_pose *pose = PN_TAKE(arena, pn_pose, hops_pow2);
    if (pose != NULL) {
        *trail = (pn_trail){.pose = pose, .mask = hops_pow2 - 1};
        pn_trail_reset(trail, (pn_pose){{0.0f, 0.0f, 0.0f}, pn_quat_identity()});
    }
}

void pn_trail_reset(pn_trail *trail, pn_pose pose)
{
    for (uint32_t i = 0; i <= trail->mask; i++) {
        trail->pose[i] = pose;
    }
}

void pn_trail_step(pn_trail *trail, pn_pose pose)
{
    trail->newest = (trail->newest + 1) & trail->mask;
    trail->pose[trail->newest] = pose;
}

static const pn_pose *ago(const pn_trail *trail, uint32_t hops)
{
    return &trail->pose[(trail->newest - hops) & trail->mask];
}

static float distance(const pn_trail *trail, pn_vec3 listener, uint32_t hops)
{
    return pn_vec3_length(pn_vec3_sub(ago(trail, hops)->position, listener));
}

pn_pose pn_trail_heard(const pn_trail *trail, pn_vec3 listener, float hop_m)
{
    const float at_rest = distance(trail, listener, 0) / hop_m;
    const float most = (float)(trail->mask - 1);
    uint32_t hops = (uint32_t)(at_rest < most ? at_rest : most);
    while (hops > 0 && distance(trail, listener, hops) < hop_m * (float)hops) {
        hops--;
    }
    while (hops + 1 < trail->mask && distance(trail, listener, hops + 1) >= hop_m * (float)(hops + 1)) {
        hops++;
    }
    /* |d + s e| = hop_m (hops + s), s from 0, later, to 1, earlier */
    const pn_pose *later = ago(trail, hops);
    const pn_pose *earlier = ago(trail, hops + 1);
    const pn_vec3 d = pn_vec3_sub(later->position, listener);
    const pn_vec3 e = pn_vec3_sub(earlier->position, later->position);
    const float a = hop_m * (float)hops;
    const float square = hop_m * hop_m - pn_vec3_dot(e, e);
    const float half = a * hop_m - pn_vec3_dot(d, e);
    const float left = pn_vec3_dot(d, d) - a * a;
    const float root = half * half + square * left;
    const float by = half + sqrtf(root > 0.0f ? root : 0.0f);
    float s = by > 0.0f && left > 0.0f ? left / by : 0.0f;
    s = s < 1.0f ? s : 1.0f;
    return (pn_pose){pn_vec3_add(later->position, pn_vec3_scale(e, s)), /* at rest, to the last bit where it is */
                     pn_quat_slerp(later->world_from_own, earlier->world_from_own, s)};
}
