/* SPDX-License-Identifier: MIT */
/* The way to a direction's neighbours: what runs in the audio thread, where the net is built before. */
#include "hrtf/pn_triangulation.h"
#include "simd/pn_simd.h"

static const float INSIDE = -1e-6f; /* a corner's least weight: on an edge, rounding may make it this little negative */

static pn_f32x4 weights_at(const pn_triangle *t, pn_vec3 d)
{
    return pn_f32x4_load(t->weight_of[0]) * pn_f32x4_splat(d.x) + pn_f32x4_load(t->weight_of[1]) * pn_f32x4_splat(d.y) +
           pn_f32x4_load(t->weight_of[2]) * pn_f32x4_splat(d.z);
}

void pn_triangulation_find(const pn_triangulation *net, pn_vec3 head_dir, uint32_t *hint, pn_neighbours *out)
{
    uint32_t at = *hint < net->count ? *hint : 0;
    const pn_triangle *t = &net->triangles[at];
    pn_f32x4 weight = weights_at(t, head_dir);
    /* The bound is never reached from inside the net; rounding on an edge could walk back and forth for ever. */
    for (uint32_t step = 1; step < net->count; step++) {
        const float a = weight[0];
        const float b = weight[1];
        const float c = weight[2];
        const float lower = b < a ? b : a;
        if ((c < lower ? c : lower) >= INSIDE) {
            break;
        }
        at = t->neighbour[c < lower ? 2 : (b < a ? 1 : 0)];
        t = &net->triangles[at];
        weight = weights_at(t, head_dir);
    }
    *hint = at;
    weight = pn_f32x4_max(pn_f32x4_splat(0.0f), weight);
    const float sum = weight[0] + weight[1] + weight[2];
    weight *= pn_f32x4_splat(sum > 0.0f ? 1.0f / sum : 0.0f);
    for (int k = 0; k < 3; k++) {
        out->node[k] = t->corner[k];
        out->weight[k] = weight[k];
    }
}
