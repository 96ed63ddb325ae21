/* SPDX-License-Identifier: MIT */
#include "nn/pn_field.h"

#include <stddef.h>

#include "nn/pn_nn_activation4.h"
#include "nn/pn_nn_dense.h"
#include "simd/pn_simd.h"

enum {
    OCTAVES = 4,
    OF_DIRECTION = 8,  /* features before the direction's sines */
    OF_ELEVATION = 32, /* and before the elevation's */
    MORE = 4           /* outputs beside the weights: two delays, two levels */
};

static const float PI = 3.14159265f;
static const float MOST_NEPERS = 1.38155106f; /* 12 dB */
static const float MOST_DELAY_S = 0.5e-3f;

static uint32_t layer_in(const pn_field_shape *shape, uint32_t layer)
{
    return layer == 0 ? (uint32_t)PN_FIELD_FEATURES : shape->hidden;
}

static uint32_t layer_out(const pn_field_shape *shape, uint32_t layer)
{
    return layer < PN_FIELD_LAYERS - 1 ? shape->hidden : PN_FIELD_EARS * shape->bases + MORE;
}

size_t pn_field_floats(const pn_field_shape *shape)
{
    size_t floats = 0;
    for (uint32_t layer = 0; layer < PN_FIELD_LAYERS; layer++) {
        floats += pn_nn_dense_floats(layer_in(shape, layer), layer_out(shape, layer));
    }
    return floats;
}

void pn_field_pack(const pn_field_shape *shape, const pn_tensor weights[PN_FIELD_LAYERS],
                   const pn_tensor biases[PN_FIELD_LAYERS], float *packed)
{
    for (uint32_t layer = 0; layer < PN_FIELD_LAYERS; layer++) {
        const uint32_t in = layer_in(shape, layer);
        const uint32_t out = layer_out(shape, layer);
        pn_nn_dense_pack(in, out, weights[layer].data, biases[layer].data, packed);
        packed += pn_nn_dense_floats(in, out);
    }
}

/* One octave of x y z and elevation. Not inlined four times over: 2 kB. */
__attribute__((noinline)) static void octave(pn_f32x4 half_turns, float *of_direction, float *of_elevation)
{
    pn_f32x4 sine;
    pn_f32x4 cosine;
    pn_f32x4_approx_sincospi(half_turns, &sine, &cosine);
    pn_f32x4_store(of_direction, sine); /* whose fourth is overwritten by the next three */
    pn_f32x4_store(of_direction + 3, cosine);
    of_elevation[0] = sine[3];
    of_elevation[1] = cosine[3];
}

void pn_field_encode(const pn_field_pose *pose, float *features)
{
    pn_f32x4 angle = {pose->dir[0], pose->dir[1], pose->dir[2], pose->elevation_rad / PI};
    float *of_direction = features + OF_DIRECTION;
    float of_elevation[2 * OCTAVES];
    features[0] = pose->dir[0];
    features[1] = pose->dir[1];
    features[2] = pose->dir[2];
    features[3] = pose->nearness;
    features[4] = pose->log_distance;
    features[5] = pose->facing;
    features[6] = pose->facing_up;
    features[7] = pose->facing_side;
    for (int i = 0; i < OCTAVES; i++) {
        octave(angle, of_direction + 6 * i, of_elevation + 2 * i);
        angle += angle;
    }
    for (int i = 0; i < 2 * OCTAVES; i++) {
        features[OF_ELEVATION + i] = of_elevation[i];
    }
}

void pn_field_forward(const pn_field_shape *shape, const float *packed, const float *features, float *outputs)
{
    float hidden[2][PN_FIELD_MOST_HIDDEN];
    for (uint32_t layer = 0; layer < PN_FIELD_LAYERS; layer++) {
        const uint32_t in = layer_in(shape, layer);
        const uint32_t out = layer_out(shape, layer);
        const float *x = layer == 0 ? features : hidden[layer % 2];
        float *y = layer == PN_FIELD_LAYERS - 1 ? outputs : hidden[1 - layer % 2];
        pn_nn_dense_linear(packed, in, out, x, y);
        packed += pn_nn_dense_floats(in, out);
        for (uint32_t i = 0; layer < PN_FIELD_LAYERS - 1 && i < out; i += 4) {
            pn_f32x4_store(y + i, pn_f32x4_approx_silu(pn_f32x4_load(y + i)));
        }
    }
}

void pn_field_interpret(const pn_field_shape *shape, const float *outputs, pn_field_answer *out)
{
    const pn_f32x4 scale = {1.0f, 1.0f, 1.0f / MOST_NEPERS, 1.0f / MOST_NEPERS};
    const pn_f32x4 bent = pn_f32x4_approx_tanh(pn_f32x4_load(outputs + (size_t)PN_FIELD_EARS * shape->bases) * scale);
    const pn_f32x4 level = pn_f32x4_approx_exp(bent * pn_f32x4_splat(MOST_NEPERS));
    for (uint32_t ear = 0; ear < PN_FIELD_EARS; ear++) {
        const pn_f32x4 gain = pn_f32x4_splat(level[2 + ear]);
        for (uint32_t k = 0; k < shape->bases; k += 4) {
            pn_f32x4_store(out->gain[ear] + k, gain * pn_f32x4_load(outputs + (size_t)ear * shape->bases + k));
        }
        out->delay_s[ear] = MOST_DELAY_S * bent[ear];
    }
}
