/* SPDX-License-Identifier: MIT */
/**
 * LINN-F: the binaural corrector of LINN [Lu et al. 2025, arXiv 2509.14069] in factorised form, a small network from a
 * source's pose to how loud each of a few shared filters is at each ear, and how late.
 *
 * Problem  an implicit corrector is asked for every bin of every frame: 0.8 billion multiply-adds a second per source.
 * Method   the correction does not depend on the sound and depends on frequency with few degrees of freedom, so it
 *          splits into a branch on the pose and a trunk on frequency [Lu et al. 2021, DeepONet], and after training the
 *          trunk is a constant: filters that all sources share. What is left to compute is the branch, once a hop:
 *          features of the pose (pn_field_encode), 40 -> H -> H -> 2 R + 4 with SiLU after the first two layers.
 * Cost     40 H + H^2 + H (2 R + 4) multiply-adds: 9000 at H = 64, R = 16.
 * Layout   the weights are one array of floats in the order in which they are read, without pointers, so that it can be
 *          copied to another place. The layers are those of models/FORMAT.md.
 */
#ifndef PN_FIELD_H
#define PN_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "nn/pn_safetensors.h"

enum {
    PN_FIELD_FEATURES = 40,
    PN_FIELD_LAYERS = 3,
    PN_FIELD_LEAST_HIDDEN = 16,
    PN_FIELD_MOST_HIDDEN = 128,
    PN_FIELD_MOST_BASES = 16,
    PN_FIELD_EARS = 2
};

/** What sizes a network has; both are multiples of 4. */
typedef struct pn_field_shape {
    uint32_t hidden; /* H, 16 to 128 */
    uint32_t bases;  /* R, 4 to 16 */
} pn_field_shape;

/** Where a source is and which way it faces, as the network sees it. Head space. */
typedef struct pn_field_pose {
    float dir[3];        /* unit vector to the source */
    float elevation_rad; /* the arc sine of its y */
    float nearness;      /* 1 / distance, 1/m */
    float log_distance;  /* natural logarithm of the distance in metres */
    float facing;        /* c = -f.d, f the unit axis along which the source emits: 1 = at the listener */
    float facing_up;     /* u = f.y + c d.y */
    float facing_side;   /* s = f . (d x up) */
} pn_field_pose;

/** What the network says of a pose. */
typedef struct pn_field_answer {
    float gain[PN_FIELD_EARS][PN_FIELD_MOST_BASES]; /* linear; those beyond R are not set */
    float delay_s[PN_FIELD_EARS];                   /* beside what geometry says; within half a millisecond */
} pn_field_answer;

/** Floats that a network of this shape is packed into. [any] */
size_t pn_field_floats(const pn_field_shape *shape);

/**
 * Packs a network.
 *
 * @param[in]  weights  [out, in] F32 of each layer, of the shapes that `shape` demands
 * @param[in]  biases   [out] F32
 * @param[out] packed   [pn_field_floats], 16-byte aligned
 * Thread [init]  Realtime no
 */
void pn_field_pack(const pn_field_shape *shape, const pn_tensor weights[PN_FIELD_LAYERS],
                   const pn_tensor biases[PN_FIELD_LAYERS], float *packed);

/**
 * The features of a pose, in the order of models/FORMAT.md: the pose itself, four octaves of sines and cosines of the
 * direction, four of the elevation [Tancik et al. 2020]. Absolute error < 3e-7 where the feature is a sine.
 *
 * @param[out] features  [PN_FIELD_FEATURES]
 * Thread [audio]  Realtime yes
 */
void pn_field_encode(const pn_field_pose *pose, float *features) PN_RT;

/**
 * The layers, on any features.
 *
 * @param[out] outputs  [2 R + 4] weights of the left ear's bases and the right's, then t_L t_R a_L a_R
 * Thread [audio]  Realtime yes
 */
void pn_field_forward(const pn_field_shape *shape, const float *packed, const float *features, float *outputs) PN_RT;

/**
 * What the outputs mean: gains w exp(A tanh(a / A)), A = 12 dB in nepers, and delays 0.5 ms tanh(t).
 * [audio] Realtime yes.
 */
void pn_field_interpret(const pn_field_shape *shape, const float *outputs, pn_field_answer *out) PN_RT;

#endif
