/* SPDX-License-Identifier: MIT */
/**
 * Vectors and rotations in single precision: right-handed, +x right, +y up, -z ahead; quaternions x y z w.
 *
 * Rotations are maps and named so: `pn_quat_rotate(world_from_head, v_head)` is v in world space.
 */
#ifndef PN_SPACE_H
#define PN_SPACE_H

#include <math.h>
#include <stdbool.h>

#include "base/pn_rt.h"

typedef struct pn_vec3 {
    float x, y, z;
} pn_vec3;

typedef struct pn_quat {
    float x, y, z, w;
} pn_quat;

static inline pn_vec3 pn_vec3_add(pn_vec3 a, pn_vec3 b)
{
    return (pn_vec3){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline pn_vec3 pn_vec3_sub(pn_vec3 a, pn_vec3 b)
{
    return (pn_vec3){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline pn_vec3 pn_vec3_scale(pn_vec3 v, float by)
{
    return (pn_vec3){v.x * by, v.y * by, v.z * by};
}

/** a at t = 0, b at t = 1, exactly. */
static inline pn_vec3 pn_vec3_lerp(pn_vec3 a, pn_vec3 b, float t)
{
    return (pn_vec3){a.x * (1.0f - t) + b.x * t, a.y * (1.0f - t) + b.y * t, a.z * (1.0f - t) + b.z * t};
}

static inline float pn_vec3_dot(pn_vec3 a, pn_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline pn_vec3 pn_vec3_cross(pn_vec3 a, pn_vec3 b)
{
    return (pn_vec3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static inline float pn_vec3_length(pn_vec3 v)
{
    return sqrtf(pn_vec3_dot(v, v));
}

static inline pn_quat pn_quat_identity(void)
{
    return (pn_quat){0.0f, 0.0f, 0.0f, 1.0f};
}

/** The inverse of a unit quaternion. */
static inline pn_quat pn_quat_conjugate(pn_quat q)
{
    return (pn_quat){-q.x, -q.y, -q.z, q.w};
}

/** First b, then a. */
static inline pn_quat pn_quat_mul(pn_quat a, pn_quat b)
{
    return (pn_quat){
        a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
        a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
        a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
        a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
    };
}

static inline float pn_quat_dot(pn_quat a, pn_quat b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
}

/** Whether the numbers are the same: q and -q are not, though they turn alike. */
static inline bool pn_quat_same(pn_quat a, pn_quat b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w;
}

/** v' = v + 2 u x (u x v + w v), u the vector part of a unit quaternion. */
static inline pn_vec3 pn_quat_rotate(pn_quat q, pn_vec3 v)
{
    pn_vec3 u = {q.x, q.y, q.z};
    pn_vec3 t = pn_vec3_scale(pn_vec3_cross(u, v), 2.0f);
    return pn_vec3_add(pn_vec3_add(v, pn_vec3_scale(t, q.w)), pn_vec3_cross(u, t));
}

/** A unit quaternion; identity if the length is below 1e-6 or not finite. [any] Realtime yes. */
pn_quat pn_quat_normalize(pn_quat q) PN_RT;

/** The shorter arc from a (t = 0) to b (t = 1) at constant speed [Shoemake 1985]. [any] Realtime yes. */
pn_quat pn_quat_slerp(pn_quat a, pn_quat b, float t) PN_RT;

/** The rotation by |v| radians about v. [any] Realtime yes. */
pn_quat pn_quat_from_rotation(pn_vec3 v) PN_RT;

/** The inverse of pn_quat_from_rotation; |v| <= pi. [any] Realtime yes. */
pn_vec3 pn_quat_to_rotation(pn_quat q) PN_RT;

#endif
