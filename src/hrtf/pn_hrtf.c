/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_hrtf.h"

#include <stdbool.h>
#include <stddef.h>

#include "hrtf/pn_hrtf_field.h"
#include "hrtf/pn_hrtf_ramp.h"
#include "simd/pn_simd.h"

enum { EARS = 2 };

static const float *floats_at(const pn_hrtf *set, uint32_t bytes)
{
    return (const float *)(const void *)((const char *)set + bytes);
}

static pn_triangulation net_of(const pn_hrtf *set)
{
    return (pn_triangulation){
        .triangles = (const pn_triangle *)(const void *)((const char *)set + set->triangles_at),
        .count = pn_triangulation_count(set->node_count),
    };
}

static bool same_dir(pn_vec3 a, pn_vec3 b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z;
}

void pn_hrtf_filter_at(const pn_hrtf *set, const pn_hrtf_key *key, uint32_t *hint, float *pair)
{
    if (pn_hrtf_is_field(set)) {
        pn_hrtf_field_filter_at(set, key, pair);
        return;
    }
    const uint32_t bins = set->bins_padded;
    const uint32_t node_floats = pn_hrtf_pair_floats(set);
    const float *spectra = floats_at(set, set->spectra_at);
    const float *delays = floats_at(set, set->delays_at);
    const float *diotic = floats_at(set, set->diotic_at);
    const pn_triangulation net = net_of(set);
    const float own = key->gain * (1.0f - key->nearness);
    const pn_f32x4 diotic_gain = pn_f32x4_splat(key->gain * key->nearness);
    pn_neighbours near;
    for (uint32_t ear = 0; ear < EARS; ear++) {
        if (ear == 0 || !same_dir(key->ear_dirs[0], key->ear_dirs[1])) {
            pn_triangulation_find(&net, key->ear_dirs[ear], hint, &near);
        }
        const pn_f32x4 gain0 = pn_f32x4_splat(near.weight[0] * own);
        const pn_f32x4 gain1 = pn_f32x4_splat(near.weight[1] * own);
        const pn_f32x4 gain2 = pn_f32x4_splat(near.weight[2] * own);
        const float *a0 = spectra + (size_t)near.node[0] * node_floats + (size_t)ear * 2 * bins;
        const float *a1 = spectra + (size_t)near.node[1] * node_floats + (size_t)ear * 2 * bins;
        const float *a2 = spectra + (size_t)near.node[2] * node_floats + (size_t)ear * 2 * bins;
        float delay = 0.0f;
        for (int k = 0; k < 3; k++) {
            delay += near.weight[k] * delays[near.node[k] * EARS + ear];
        }
        delay += (set->diotic_delay - delay) * key->nearness;
        pn_hrtf_ramp turn = pn_hrtf_ramp_of((double)delay, set->fft_frames);
        float *out = pair + (size_t)ear * 2 * bins;
        for (uint32_t k = 0; k < bins; k += 4) {
            pn_f32x4 re = gain0 * pn_f32x4_load(a0 + k) + gain1 * pn_f32x4_load(a1 + k) + gain2 * pn_f32x4_load(a2 + k);
            pn_f32x4 im = gain0 * pn_f32x4_load(a0 + bins + k) + gain1 * pn_f32x4_load(a1 + bins + k) +
                          gain2 * pn_f32x4_load(a2 + bins + k);
            if (key->nearness > 0.0f) {
                re += diotic_gain * pn_f32x4_load(diotic + k);
                im += diotic_gain * pn_f32x4_load(diotic + bins + k);
            }
            pn_f32x4_store(out + k, re * turn.re - im * turn.im);
            pn_f32x4_store(out + bins + k, re * turn.im + im * turn.re);
            pn_hrtf_ramp_step(&turn);
        }
    }
}

void pn_hrtf_mix_at(const pn_hrtf *set, const pn_hrtf_key *key, uint32_t *hint, pn_hrtf_mix *mix)
{
    if (pn_hrtf_is_field(set)) {
        pn_hrtf_field_mix_at(set, key, mix);
        return;
    }
    const float *delays = floats_at(set, set->delays_at);
    const pn_triangulation net = net_of(set);
    pn_neighbours near;
    for (uint32_t ear = 0; ear < EARS; ear++) {
        if (ear == 0 || !same_dir(key->ear_dirs[0], key->ear_dirs[1])) {
            pn_triangulation_find(&net, key->ear_dirs[ear], hint, &near);
        }
        const float *of[3];
        float delay = 0.0f;
        for (int j = 0; j < 3; j++) {
            of[j] = floats_at(set, set->mixes_at) + ((size_t)near.node[j] * EARS + ear) * set->basis_count;
            delay += near.weight[j] * delays[near.node[j] * EARS + ear];
        }
        for (uint32_t k = 0; k < set->basis_count; k += 4) {
            const pn_f32x4 sum = pn_f32x4_splat(near.weight[0]) * pn_f32x4_load(of[0] + k) +
                                 pn_f32x4_splat(near.weight[1]) * pn_f32x4_load(of[1] + k) +
                                 pn_f32x4_splat(near.weight[2]) * pn_f32x4_load(of[2] + k);
            pn_f32x4_store(mix->gain[ear] + k, sum * pn_f32x4_splat(key->gain));
        }
        mix->delay[ear] = delay + (set->diotic_delay - delay) * key->nearness;
    }
}

const float *pn_hrtf_basis(const pn_hrtf *set, uint32_t basis)
{
    return floats_at(set, set->basis_at) + (size_t)basis * 2 * set->bins_padded;
}
