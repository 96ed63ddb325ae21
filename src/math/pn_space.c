/* SPDX-License-Identifier: MIT */
#include "math/pn_space.h"

#include "math/pn_approx.h"

pn_quat pn_quat_normalize(pn_quat q)
{
    float length = sqrtf(pn_quat_dot(q, q));
    if (!(length > 1e-6f) || !(length < 1e18f)) {
        return pn_quat_identity();
    }
    float by = 1.0f / length;
    return (pn_quat){q.x * by, q.y * by, q.z * by, q.w * by};
}

pn_quat pn_quat_slerp(pn_quat a, pn_quat b, float t)
{
    if (pn_quat_same(a, b)) { /* as with most that moves: it travels, and does not turn */
        return a;
    }
    pn_quat arc = pn_quat_mul(b, pn_quat_conjugate(a));
    pn_vec3 rotation = pn_quat_to_rotation(arc);
    return pn_quat_normalize(pn_quat_mul(pn_quat_from_rotation(pn_vec3_scale(rotation, t)), a));
}

pn_quat pn_quat_from_rotation(pn_vec3 v)
{
    double angle = (double)pn_vec3_length(v);
    double sine;
    double cosine;
    pn_approx_sincos(0.5 * angle, &sine, &cosine);
    float by = angle > 1e-9 ? (float)(sine / angle) : 0.5f;
    return (pn_quat){v.x * by, v.y * by, v.z * by, (float)cosine};
}

pn_vec3 pn_quat_to_rotation(pn_quat q)
{
    if (q.w < 0.0f) {
        q = (pn_quat){-q.x, -q.y, -q.z, -q.w};
    }
    pn_vec3 v = {q.x, q.y, q.z};
    double sine = (double)pn_vec3_length(v);
    double by = sine > 1e-9 ? 2.0 * pn_approx_atan2(sine, (double)q.w) / sine : 2.0;
    return pn_vec3_scale(v, (float)by);
}
