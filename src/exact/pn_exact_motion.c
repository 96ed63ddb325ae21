/* SPDX-License-Identifier: MIT */
#include "exact/pn_exact_motion.h"

#include <math.h>
#include <string.h>

/* Above this cosine the arc is straight to double's purposes, and slerp's quotient ill-defined. */
#define STRAIGHT_COSINE (1.0 - 1e-9)

static double length4(const double q[4])
{
    return sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
}

static bool pose_is_sound(const pn_exact_pose *pose)
{
    bool sound = length4(pose->world_from_own) > 1e-6;
    for (int i = 0; i < 3; i++) {
        sound = sound && fabs(pose->position_m[i]) <= 1e9;
    }
    for (int i = 0; i < 4; i++) {
        sound = sound && fabs(pose->world_from_own[i]) <= 1e9;
    }
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        sound = sound && pose->occlusion[band] >= 0.0 && pose->occlusion[band] <= 1.0;
    }
    return sound;
}

bool pn_exact_motion_is_sound(const pn_exact_motion *motion, bool slower)
{
    if (motion->key_count == 0) {
        return motion->path != NULL;
    }
    for (uint32_t i = 0; i < motion->key_count; i++) {
        const pn_exact_key *key = &motion->keys[i];
        if (!(fabs(key->time_s) <= 1e9) || !pose_is_sound(&key->pose)) {
            return false;
        }
        const pn_exact_key *before = i > 0 ? key - 1 : key;
        const double passed_s = key->time_s - before->time_s;
        if (passed_s < 0.0 || (i > 1 && key->time_s == key[-2].time_s)) {
            return false;
        }
        double way = 0.0;
        for (int axis = 0; axis < 3; axis++) {
            const double along = key->pose.position_m[axis] - before->pose.position_m[axis];
            way += along * along;
        }
        if (slower && passed_s > 0.0 && sqrt(way) >= PN_EXACT_SPEED_OF_SOUND_M_S * passed_s) {
            return false;
        }
    }
    return true;
}

void pn_exact_legs_place(pn_arena *arena, const pn_exact_motion *motion, pn_exact_legs *out)
{
    *out = (pn_exact_legs){.motion = *motion, .count = 1};
    for (uint32_t i = 1; i < motion->key_count; i++) {
        out->count += motion->keys[i].time_s == motion->keys[i - 1].time_s;
    }
    uint32_t *first = motion->key_count > 0 ? PN_TAKE(arena, uint32_t, out->count + 1) : NULL;
    if (first == NULL) {
        return;
    }
    uint32_t leg = 0;
    first[leg++] = 0;
    for (uint32_t i = 1; i < motion->key_count; i++) {
        if (motion->keys[i].time_s == motion->keys[i - 1].time_s) {
            first[leg++] = i;
        }
    }
    first[leg] = motion->key_count;
    out->first = first;
}

double pn_exact_legs_begin_s(const pn_exact_legs *legs, uint32_t leg)
{
    if (leg >= legs->count) {
        return INFINITY;
    }
    return leg == 0 ? -INFINITY : legs->motion.keys[legs->first[leg]].time_s;
}

static void slerp(const double a[4], const double b[4], double f, double out[4])
{
    const double norm_a = length4(a);
    const double norm_b = length4(b);
    double cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]) / (norm_a * norm_b);
    const double sign = cosine < 0.0 ? -1.0 : 1.0;
    double from_a = 1.0 - f;
    double from_b = f;
    cosine *= sign;
    if (cosine < STRAIGHT_COSINE) {
        const double angle = acos(cosine);
        from_a = sin((1.0 - f) * angle) / sin(angle);
        from_b = sin(f * angle) / sin(angle);
    }
    for (int i = 0; i < 4; i++) {
        out[i] = from_a * a[i] / norm_a + sign * from_b * b[i] / norm_b;
    }
}

void pn_exact_legs_at(const pn_exact_legs *legs, uint32_t leg, double time_s, pn_exact_pose *out)
{
    const pn_exact_motion *motion = &legs->motion;
    if (motion->key_count == 0) {
        *out = (pn_exact_pose){.world_from_own = {0.0, 0.0, 0.0, 1.0}};
        motion->path(motion->state, time_s, out);
        return;
    }
    uint32_t low = legs->first[leg]; /* the last key at or before the time, or the leg's first */
    uint32_t high = legs->first[leg + 1];
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (motion->keys[middle].time_s <= time_s) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const pn_exact_key *a = &motion->keys[low];
    *out = a->pose;
    if (time_s <= a->time_s || low + 1 == legs->first[leg + 1]) {
        return;
    }
    const pn_exact_key *b = a + 1;
    const double f = (time_s - a->time_s) / (b->time_s - a->time_s);
    for (int i = 0; i < 3; i++) {
        out->position_m[i] = a->pose.position_m[i] + f * (b->pose.position_m[i] - a->pose.position_m[i]);
    }
    if (memcmp(a->pose.world_from_own, b->pose.world_from_own, sizeof a->pose.world_from_own) != 0) {
        slerp(a->pose.world_from_own, b->pose.world_from_own, f, out->world_from_own);
    }
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        out->occlusion[band] = a->pose.occlusion[band] + f * (b->pose.occlusion[band] - a->pose.occlusion[band]);
    }
}
