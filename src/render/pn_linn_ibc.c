/* SPDX-License-Identifier: MIT */
#include "render/pn_linn_ibc.h"

#include <math.h>
#include <string.h>

#include "math/pn_approx.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum { EARS = 2, LANES = 4 };

/* Bins that each hop asks: whole pairs of registers, and fewer in the hop that also transforms. */
static const uint32_t FIRST_BIN[PN_LINN_IBC_STEPS + 1] = {0, 136, 272, 408, PN_DENSE_BINS};

void pn_linn_plan_place(pn_arena *arena, pn_linn_plan *plan, const pn_dense *model, double still_m)
{
    const uint32_t stride = model->frame.stride;
    const pn_air air = pn_air_default();
    const pn_bands bands = pn_bands_place(arena, PN_DENSE_FRAME, stride, model->sample_rate_hz, &air);
    pn_fft4 *fft = pn_fft4_place(arena, PN_DENSE_FRAME);
    float *window = PN_TAKE(arena, float, PN_DENSE_FRAME);
    pn_f32x4 *time = PN_TAKE(arena, pn_f32x4, PN_DENSE_FRAME);
    pn_f32x4 *spectrum = PN_TAKE(arena, pn_f32x4, (size_t)2 * stride);
    float *coloured = PN_TAKE(arena, float, (size_t)EARS * 2 * stride);
    float *network = PN_TAKE(arena, float, pn_dense_scratch_floats(model));
    if (network != NULL) {
        *plan = (pn_linn_plan){model, bands, fft, window, time, spectrum, coloured, network, still_m};
        memset(spectrum, 0, (size_t)2 * stride * sizeof *spectrum);
        for (int n = 0; n < PN_DENSE_FRAME; n++) {
            window[n] =
                (float)pn_approx_sin(PN_PI * n / PN_DENSE_FRAME); /* the square root of a periodic Hann window */
        }
    }
}

void pn_linn_ibc_place(pn_arena *arena, pn_linn_ibc *ibc, const pn_dense *model)
{
    float *gain = PN_TAKE(arena, float, (size_t)EARS * 2 * model->frame.stride);
    float *past = PN_TAKE(arena, float, (size_t)EARS *PN_DENSE_FRAME);
    float *sum = PN_TAKE(arena, float, (size_t)EARS *PN_DENSE_FRAME);
    if (sum != NULL) {
        memset(ibc, 0, sizeof *ibc);
        ibc->gain = gain;
        ibc->past = past;
        ibc->sum = sum;
        memset(gain, 0, (size_t)EARS * 2 * model->frame.stride * sizeof *gain);
        pn_linn_ibc_reset(ibc);
    }
}

void pn_linn_ibc_reset(pn_linn_ibc *ibc)
{
    ibc->step = 0;
    ibc->known = false;
    ibc->fresh = false;
    ibc->colour.any = false;
    pn_array_zero(ibc->past, (size_t)EARS * PN_DENSE_FRAME);
    pn_array_zero(ibc->sum, (size_t)EARS * PN_DENSE_FRAME);
}

bool pn_linn_same_pose(const pn_warp_pose *a, const pn_warp_pose *b, double still_m)
{
    for (int i = 0; i < 3; i++) {
        if (!(fabs(a->mouth_m[i] - b->mouth_m[i]) <= still_m)) {
            return false;
        }
    }
    for (int i = 0; i < 4; i++) {
        if (!(fabs(a->rotation[i] - b->rotation[i]) <= still_m)) {
            return false;
        }
    }
    return true;
}

/* A new frame's centre: its pose, unless the gains at hand are good for it. */
static void begin_frame(pn_linn_ibc *ibc, const pn_linn_plan *plan, const pn_warp_pose *pose,
                        const pn_linn_colour *colour)
{
    ibc->fresh = !ibc->known || !pn_linn_same_pose(&ibc->pose, pose, plan->still_m);
    if (ibc->fresh) {
        ibc->pose = *pose;
        pn_dense_code(plan->model, pose, ibc->code);
    }
    if (colour != NULL && colour->any) {
        ibc->colour = *colour;
    } else {
        ibc->colour.any = false;
    }
}

/* Both ears' spectra times their gains, ears in lanes. */
static void multiply(const pn_linn_plan *plan, const float *gain)
{
    const uint32_t stride = plan->model->frame.stride;
    const pn_f32x4 none = pn_f32x4_splat(0.0f);
    for (uint32_t k = 0; k < stride; k += LANES) {
        pn_f32x4 re[LANES] = {pn_f32x4_load(gain + k), pn_f32x4_load(gain + 2 * stride + k), none, none};
        pn_f32x4 im[LANES] = {pn_f32x4_load(gain + stride + k), pn_f32x4_load(gain + 3 * stride + k), none, none};
        pn_f32x4_transpose(&re[0], &re[1], &re[2], &re[3]);
        pn_f32x4_transpose(&im[0], &im[1], &im[2], &im[3]);
        for (uint32_t i = 0; i < LANES; i++) {
            pn_f32x4 *bin = plan->spectrum + 2 * (k + i);
            const pn_f32x4 real = bin[0] * re[i] - bin[1] * im[i];
            bin[1] = bin[0] * im[i] + bin[1] * re[i];
            bin[0] = real;
        }
    }
}

static const float *coloured(const pn_linn_ibc *ibc, const pn_linn_plan *plan)
{
    const size_t ear_floats = (size_t)2 * plan->model->frame.stride;
    if (!ibc->colour.any) {
        return ibc->gain;
    }
    pn_array_copy(plan->coloured, ibc->gain, EARS * ear_floats);
    pn_bands_apply(&plan->bands, ibc->colour.log_gain, ibc->colour.air_m, plan->coloured);
    return plan->coloured;
}

/* The frame that has just become whole. */
static void end_frame(pn_linn_ibc *ibc, pn_linn_plan *plan)
{
    float *left = ibc->past;
    float *right = ibc->past + PN_DENSE_FRAME;
    float *const sum[EARS] = {ibc->sum, ibc->sum + PN_DENSE_FRAME};
    for (int n = 0; n < PN_DENSE_FRAME; n++) {
        plan->time[n] = (pn_f32x4){left[n] * plan->window[n], right[n] * plan->window[n], 0.0f, 0.0f};
    }
    pn_fft4_forward(plan->fft, plan->time, plan->spectrum);
    multiply(plan, coloured(ibc, plan));
    pn_fft4_inverse(plan->fft, plan->spectrum, plan->time);
    for (int ear = 0; ear < EARS; ear++) {
        pn_array_copy(sum[ear], sum[ear] + PN_DENSE_HOP, PN_DENSE_FRAME - PN_DENSE_HOP);
        pn_array_zero(sum[ear] + PN_DENSE_FRAME - PN_DENSE_HOP, PN_DENSE_HOP);
    }
    for (int n = 0; n < PN_DENSE_FRAME; n++) {
        const float scaled = plan->window[n] * (1.0f / PN_DENSE_FRAME);
        sum[0][n] = pn_flush_tiny(sum[0][n] + scaled * plan->time[n][0]);
        sum[1][n] = pn_flush_tiny(sum[1][n] + scaled * plan->time[n][1]);
    }
    ibc->known = true;
}

void pn_linn_ibc_hop(pn_linn_ibc *ibc, pn_linn_plan *plan, const pn_warp_pose *pose, const pn_linn_colour *colour,
                     const float *left, const float *right, float *out_left, float *out_right)
{
    const uint32_t step = ibc->step;
    const float *const in[EARS] = {left, right};
    for (int ear = 0; ear < EARS; ear++) {
        float *past = ibc->past + (size_t)ear * PN_DENSE_FRAME;
        pn_array_copy(past, past + PN_HOP_FRAMES, PN_DENSE_FRAME - PN_HOP_FRAMES);
        pn_array_copy(past + PN_DENSE_FRAME - PN_HOP_FRAMES, in[ear], PN_HOP_FRAMES);
    }
    if (step == 0) {
        begin_frame(ibc, plan, pose, colour);
    }
    if (ibc->fresh) {
        pn_dense_gains(plan->model, &plan->model->frame, ibc->code, FIRST_BIN[step],
                       FIRST_BIN[step + 1] - FIRST_BIN[step], ibc->gain, plan->network);
    }
    ibc->step = (step + 1) % PN_LINN_IBC_STEPS;
    if (ibc->step == 0) {
        end_frame(ibc, plan);
    }
    pn_array_copy(out_left, ibc->sum + ibc->step * PN_HOP_FRAMES, PN_HOP_FRAMES);
    pn_array_copy(out_right, ibc->sum + PN_DENSE_FRAME + ibc->step * PN_HOP_FRAMES, PN_HOP_FRAMES);
}
