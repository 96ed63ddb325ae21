/* SPDX-License-Identifier: MIT */
#include "nn/pn_dense.h"

#include "nn/pn_nn_activation4.h"
#include "nn/pn_nn_dense.h"
#include "nn/pn_nn_encode.h"
#include "simd/pn_approx4.h"
#include "simd/pn_simd.h"

enum { LANES = 4, POSE_OCTAVES = 2 };

static const float GAIN_LIMIT = 3.0f; /* nepers */

void pn_dense_features(const pn_dense *model, const pn_warp_pose *pose, float *features)
{
    double p[3] = {pose->mouth_m[0], pose->mouth_m[1], pose->mouth_m[2]};
    float dir[3];
    pn_warp_clamp_length(p, model->geometry.nearest_m, model->geometry.farthest_m);
    double unit[3] = {p[0], p[1], p[2]};
    pn_warp_clamp_length(unit, 1.0, 1.0);
    const double sign = pose->rotation[3] < 0.0 ? -1.0 : 1.0; /* both quaternions are the same rotation */
    for (int i = 0; i < 3; i++) {
        features[i] = (float)p[i];
        dir[i] = (float)unit[i];
    }
    for (int i = 0; i < 4; i++) {
        features[3 + i] = (float)(sign * pose->rotation[i]);
    }
    pn_nn_encode_octaves(dir, 3, POSE_OCTAVES, features + 7);
}

/* Layers of one vector; `x` [PN_DENSE_MOST_WIDTH] is lost. */
static void run(const pn_dense_layers *layers, float *x, float *y)
{
    float between[PN_DENSE_MOST_WIDTH];
    pn_nn_dense_forward(layers->packed[0], layers->size[0], layers->size[1], PN_NN_SILU, x, between);
    pn_nn_dense_forward(layers->packed[1], layers->size[1], layers->size[2], PN_NN_SILU, between, x);
    pn_nn_dense_forward(layers->packed[2], layers->size[2], layers->size[3], PN_NN_LINEAR, x, y);
}

void pn_dense_code(const pn_dense *model, const pn_warp_pose *pose, float *code)
{
    float x[PN_DENSE_MOST_WIDTH];
    pn_dense_features(model, pose, x);
    run(&model->pose, x, code);
}

size_t pn_dense_scratch_floats(const pn_dense *model)
{
    const uint32_t *size = model->fuse.size;
    return (size_t)(size[0] + size[1] + size[2] + PN_DENSE_OUTPUTS) * PN_DENSE_TILE;
}

/* One tile: up to PN_DENSE_TILE points. */
static void tile(const pn_dense *model, const pn_dense_grid *grid, const float *code, uint32_t first, uint32_t points,
                 float *outputs, size_t stride, float *scratch)
{
    const uint32_t *size = model->fuse.size;
    float *h = scratch;
    float *a = h + (size_t)size[0] * PN_DENSE_TILE;
    float *b = a + (size_t)size[1] * PN_DENSE_TILE;
    for (uint32_t i = 0; i < size[0]; i++) {
        const pn_f32x4 factor = pn_f32x4_splat(code[i]);
        const float *from = grid->code + (size_t)i * grid->stride + first;
        float *to = h + (size_t)i * PN_DENSE_TILE;
        for (uint32_t p = 0; p < points; p += LANES) {
            pn_f32x4_store(to + p, factor * pn_f32x4_load(from + p));
        }
    }
    pn_nn_dense_points(model->fuse.packed[0], size[0], size[1], PN_NN_SILU, h, PN_DENSE_TILE, points, a, PN_DENSE_TILE);
    pn_nn_dense_points(model->fuse.packed[1], size[1], size[2], PN_NN_SILU, a, PN_DENSE_TILE, points, b, PN_DENSE_TILE);
    pn_nn_dense_points(model->fuse.packed[2], size[2], PN_DENSE_OUTPUTS, PN_NN_LINEAR, b, PN_DENSE_TILE, points,
                       outputs, stride);
}

void pn_dense_outputs(const pn_dense *model, const pn_dense_grid *grid, const float *code, uint32_t first,
                      uint32_t count, float *outputs, size_t stride, float *scratch)
{
    for (uint32_t done = 0; done < count; done += PN_DENSE_TILE) {
        const uint32_t points = count - done < PN_DENSE_TILE ? count - done : PN_DENSE_TILE;
        tile(model, grid, code, first + done, points, outputs + done, stride, scratch);
    }
}

/* Numbers stay, NaN becomes 0, and the rest keeps to what sine and cosine are good for. */
static pn_f32x4 angle(pn_f32x4 phase)
{
    const pn_f32x4 most = pn_f32x4_splat(1000.0f);
    phase = pn_f32x4_keep(phase == phase, phase);
    return pn_f32x4_max(-most, pn_f32x4_min(most, phase));
}

void pn_dense_gains(const pn_dense *model, const pn_dense_grid *grid, const float *code, uint32_t first, uint32_t count,
                    float *gain, float *scratch)
{
    const size_t part = grid->stride;
    float *outputs = scratch + pn_dense_scratch_floats(model) - (size_t)PN_DENSE_OUTPUTS * PN_DENSE_TILE;
    const pn_f32x4 limit = pn_f32x4_splat(GAIN_LIMIT);
    const pn_f32x4 of_limit = pn_f32x4_splat(1.0f / GAIN_LIMIT);
    for (uint32_t done = 0; done < count; done += PN_DENSE_TILE) {
        const uint32_t points = count - done < PN_DENSE_TILE ? count - done : PN_DENSE_TILE;
        tile(model, grid, code, first + done, points, outputs, PN_DENSE_TILE, scratch);
        for (uint32_t ear = 0; ear < PN_WARP_EARS; ear++) {
            const float *level = outputs + (size_t)2 * ear * PN_DENSE_TILE;
            float *re = gain + (size_t)2 * ear * part + first + done;
            for (uint32_t p = 0; p < points; p += LANES) {
                pn_f32x4 sine, cosine;
                const pn_f32x4 nepers = limit * pn_f32x4_approx_tanh(pn_f32x4_load(level + p) * of_limit);
                const pn_f32x4 size = pn_f32x4_approx_exp(nepers);
                pn_f32x4_approx_sincos(angle(pn_f32x4_load(level + PN_DENSE_TILE + p)), &sine, &cosine);
                pn_f32x4_store(re + p, size * cosine);
                pn_f32x4_store(re + part + p, size * sine);
            }
        }
    }
}
