/* SPDX-License-Identifier: MIT */
/**
 * Form A of LINN: the implicit corrector on short-time spectra of the warped ears, streamed hop by hop.
 *
 * Method   frames of 1024 samples every 512, square root of a Hann window before and after, a complex gain at each of
 *          513 bins, overlap-add: Y_e(k) = W_e(k) G_e(k). Frame j is centred on sample 512 j, and its gain is the
 *          network's for the pose at that sample.
 * Spread   the gain does not depend on the sound, so it is ready when the frame is: the four hops between a frame's
 *          centre and its end each ask a quarter of the bins. No hop costs much more than another, although the frame
 *          is transformed in one.
 * Latency  PN_LINN_IBC_LATENCY: a frame less the hop in which it ends.
 */
#ifndef PN_LINN_IBC_H
#define PN_LINN_IBC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_hop.h"
#include "base/pn_rt.h"
#include "dsp/pn_bands.h"
#include "dsp/pn_fft.h"
#include "nn/pn_dense.h"

enum {
    PN_LINN_IBC_STEPS = PN_DENSE_HOP / PN_HOP_FRAMES,
    PN_LINN_IBC_LATENCY = PN_DENSE_FRAME - PN_HOP_FRAMES,
};

/** What all streams of a thread share. */
typedef struct pn_linn_plan {
    const pn_dense *model;
    pn_bands bands; /* of the frame's bins */
    pn_fft4 *fft;
    float *window;      /* [PN_DENSE_FRAME] */
    pn_f32x4 *time;     /* [PN_DENSE_FRAME] scratch, as are the rest */
    pn_f32x4 *spectrum; /* [2 stride] */
    float *coloured;    /* [ear][re, im][stride] */
    float *network;     /* [pn_dense_scratch_floats] */
    double still_m;     /* a pose that has moved less keeps its gains; 0 = not at all */
} pn_linn_plan;

/** @param[out] plan  may be NULL only when counting. [init] Realtime no. */
void pn_linn_plan_place(pn_arena *arena, pn_linn_plan *plan, const pn_dense *model, double still_m);

/** Colour of a frame: log gains of pn_bands.h. */
typedef struct pn_linn_colour {
    bool any;
    float air_m;
    float log_gain[2][PN_BANDS];
} pn_linn_colour;

/** One stream. */
typedef struct pn_linn_ibc {
    uint32_t step;     /* of the frame at work: 0 to PN_LINN_IBC_STEPS - 1 */
    bool known;        /* `gain` is that of `pose`, whole */
    bool fresh;        /* it is being asked anew in this frame */
    pn_warp_pose pose; /* of the frame at work */
    pn_linn_colour colour;
    float code[PN_DENSE_MOST_CODE];
    float *gain; /* [ear][re, im][stride] */
    float *past; /* [ear][PN_DENSE_FRAME] warped samples, the newest last */
    float *sum;  /* [ear][PN_DENSE_FRAME] overlap-add; its first half is complete */
} pn_linn_ibc;

/** @param[out] ibc  may be NULL only when counting. [init] Realtime no. */
void pn_linn_ibc_place(pn_arena *arena, pn_linn_ibc *ibc, const pn_dense *model);

/** Silence; the next hop's first sample is a frame's centre. [audio] Realtime yes. */
void pn_linn_ibc_reset(pn_linn_ibc *ibc) PN_RT;

/**
 * One hop.
 *
 * @param[in]  pose    at the hop's first sample; read only where that is a frame's centre, as is `colour`
 * @param[in]  colour  NULL = none
 * @param[in]  left, right          [PN_HOP_FRAMES] warped
 * @param[out] out_left, out_right  [PN_HOP_FRAMES] corrected, PN_LINN_IBC_LATENCY frames late; must not alias
 * Thread [audio]  Realtime yes: a quarter of 513 x 16,704 multiply-adds; one hop in four, two transforms of 1024
 */
void pn_linn_ibc_hop(pn_linn_ibc *ibc, pn_linn_plan *plan, const pn_warp_pose *pose, const pn_linn_colour *colour,
                     const float *left, const float *right, float *out_left, float *out_right) PN_RT;

/** Whether poses differ by no more than this: metres of the mouth, parts of the rotation. [any] Realtime yes. */
bool pn_linn_same_pose(const pn_warp_pose *a, const pn_warp_pose *b, double still_m) PN_RT;

#endif
