/* SPDX-License-Identifier: MIT */
#include "render/pn_linn_fir.h"

#include <math.h>
#include <string.h>

#include "base/pn_hop.h"
#include "hrtf/pn_hrtf_ramp.h"
#include "hrtf/pn_refit.h"
#include "math/pn_approx.h"
#include "render/pn_linn_ibc.h"
#include "simd/pn_array.h"

enum { EARS = 2, LANES = 4, TICK_HOPS = 4 };

/* Of what the leak costs a measured head's filters: a learned gain is not as still before its onset, and would be 1 dB
   less like itself. */
static const double LEAK_SHARE = 0.01;

/* At 48 kHz. */
enum { TAPS = 76, EARLY = 8, RISE = 4, FALL = 12, LATEST_CENTRE = 24 };

/* The nearer ear's way is shorter than that to the head's middle by so much at most. */
static const double NEARER_M = 0.08;

/* A move of a hop that is no motion: the source was put there. */
static const float JUMP_M = 0.25f;
static const float JUMP_COSINE = 0.97f; /* of half the angle: 28 degrees */

static const double STILL_M = 2e-4;
static const double STILL_FRAMES = 1e-3;
static const float STILL_GAIN = 1.2e-4f; /* 0.001 dB */
static const uint32_t RING_FRAMES = 8;   /* room for what a fraction of a frame rings */

static uint32_t scaled(const pn_dense *model, uint32_t frames)
{
    return frames * (model->fir.frame / PN_DENSE_FIR_FRAME);
}

double pn_linn_fir_lead(const pn_dense *model)
{
    const double needed = scaled(model, EARLY) + NEARER_M / PN_WARP_SOUND_M_S * model->sample_rate_hz;
    const double there = model->geometry.offset_s * model->sample_rate_hz;
    return there < needed ? needed - there : 0.0;
}

/* Half-Hann, from 0 towards 1. */
static double rise(uint32_t n, uint32_t over)
{
    const double s = pn_approx_sin(PN_PI / 2.0 * (n + 0.5) / over);
    return s * s;
}

/* The window, and then the nearest taps that a delay by a fraction of a frame does not make ring beyond their ends (the
   exact tier has no room before the first): one linear map. */
static void shape_fill(const pn_dense *model, uint32_t taps, pn_refit *refit, float *shape)
{
    const uint32_t up = scaled(model, RISE);
    const uint32_t down = scaled(model, FALL);
    refit->leak_weight *= LEAK_SHARE;
    pn_refit_make(refit, 1.0, taps, taps);
    for (uint32_t k = 0; k < taps; k++) {
        const uint32_t left = taps - 1 - k;
        const double window = k < up ? rise(k, up) : (left < down ? rise(left, down) : 1.0);
        for (uint32_t n = 0; n < taps; n++) {
            shape[k * taps + n] = (float)(refit->map[k * taps + n] * window);
        }
    }
}

void pn_linn_fir_plan_place(pn_arena *arena, pn_linn_fir_plan *plan, const pn_dense *model, uint32_t fft_frames,
                            uint32_t bins_padded)
{
    const uint32_t grid = model->fir.frame;
    const uint32_t longest = grid > fft_frames ? grid : fft_frames;
    const uint32_t room = fft_frames - PN_HOP_FRAMES;
    const uint32_t taps = scaled(model, TAPS) < room ? scaled(model, TAPS) : room;
    pn_fft4 *back = pn_fft4_place(arena, grid);
    pn_fft4 *forth = pn_fft4_place(arena, fft_frames);
    float *shape = PN_TAKE(arena, float, (size_t)taps *taps);
    float *gain = PN_TAKE(arena, float, (size_t)EARS * 2 * model->fir.stride);
    pn_f32x4 *time = PN_TAKE(arena, pn_f32x4, longest);
    pn_f32x4 *spectrum = PN_TAKE(arena, pn_f32x4, longest + 2 * LANES);
    float *network = PN_TAKE(arena, float, pn_dense_scratch_floats(model));
    const size_t mark = arena->used;
    pn_refit refit;
    pn_refit_place(arena, taps, taps, &refit);
    pn_arena_release(arena, mark);
    if (network != NULL) {
        *plan = (pn_linn_fir_plan){
            .model = model,
            .fft_frames = fft_frames,
            .bins_padded = bins_padded,
            .taps = taps,
            .early = scaled(model, EARLY),
            .lead = pn_linn_fir_lead(model),
            .back = back,
            .forth = forth,
            .shape = shape,
            .gain = gain,
            .time = time,
            .spectrum = spectrum,
            .network = network,
        };
        shape_fill(model, taps, &refit, shape);
    }
}

void pn_linn_fir_place(pn_arena *arena, pn_linn_fir *fir, uint32_t bins_padded)
{
    float *a = PN_TAKE(arena, float, (size_t)EARS * 2 * bins_padded);
    float *b = PN_TAKE(arena, float, (size_t)EARS * 2 * bins_padded);
    if (b != NULL) {
        memset(fir, 0, sizeof *fir);
        fir->spectrum[0] = a;
        fir->spectrum[1] = b;
    }
}

/* The delay that is taken out of a gain, in frames: the slope of its phase, beyond what the taps have room for. */
static double excess_of(const float *re, const float *im, uint32_t count, uint32_t frame)
{
    double sum_re = 0.0;
    double sum_im = 0.0;
    for (uint32_t k = 0; k + 1 < count; k++) {
        sum_re += (double)(re[k + 1] * re[k] + im[k + 1] * im[k]);
        sum_im += (double)(im[k + 1] * re[k] - re[k + 1] * im[k]);
    }
    const double delay = -pn_approx_atan2(sum_im, sum_re) * frame / (2.0 * PN_PI);
    const double most = LATEST_CENTRE * (double)frame / PN_DENSE_FIR_FRAME;
    return delay < 0.0 ? delay : (delay > most ? delay - most : 0.0);
}

/* Asks the network for a pose, and makes spectrum[1] and taken_out[1] of its answer. */
static void ask(pn_linn_fir *fir, pn_linn_fir_plan *plan, const pn_warp_pose *pose)
{
    const pn_dense_grid *grid = &plan->model->fir;
    const uint32_t bins = plan->bins_padded;
    float code[PN_DENSE_MOST_CODE];
    pn_dense_code(plan->model, pose, code);
    pn_dense_gains(plan->model, grid, code, 0, grid->count, plan->gain, plan->network);
    memset(plan->spectrum, 0, (size_t)2 * grid->count * sizeof *plan->spectrum);
    for (int ear = 0; ear < EARS; ear++) {
        float *re = plan->gain + (size_t)ear * 2 * grid->stride;
        float *im = re + grid->stride;
        im[0] = 0.0f;
        im[grid->count - 1] = 0.0f;
        fir->taken_out[1][ear] = excess_of(re, im, grid->count, grid->frame);
        pn_hrtf_ramp turn = pn_hrtf_ramp_of(-fir->taken_out[1][ear], grid->frame);
        for (uint32_t k = 0; k < grid->count; k += LANES) {
            const pn_f32x4 a = pn_f32x4_load(re + k);
            const pn_f32x4 b = pn_f32x4_load(im + k);
            const pn_f32x4 real = a * turn.re - b * turn.im;
            const pn_f32x4 imaginary = a * turn.im + b * turn.re;
            for (uint32_t i = 0; i < LANES && k + i < grid->count; i++) {
                plan->spectrum[2 * (k + i)][ear] = real[i];
                plan->spectrum[2 * (k + i) + 1][ear] = imaginary[i];
            }
            pn_hrtf_ramp_step(&turn);
        }
    }
    pn_fft4_inverse(plan->back, plan->spectrum, plan->time);
    pn_f32x4 *raw = plan->spectrum; /* the transform is done with it */
    const pn_f32x4 scale = pn_f32x4_splat(1.0f / ((float)grid->frame * (float)plan->fft_frames));
    for (uint32_t n = 0; n < plan->taps; n++) {
        raw[n] = plan->time[(n + grid->frame - plan->early) % grid->frame] * scale;
    }
    for (uint32_t n = 0; n < plan->fft_frames; n++) {
        pn_f32x4 tap = pn_f32x4_splat(0.0f);
        for (uint32_t k = 0; n < plan->taps && k < plan->taps; k++) {
            tap += pn_f32x4_splat(plan->shape[k * plan->taps + n]) * raw[k];
        }
        plan->time[n] = tap;
    }
    pn_fft4_forward(plan->forth, plan->time, plan->spectrum);
    for (int ear = 0; ear < EARS; ear++) {
        float *re = fir->spectrum[1] + (size_t)ear * 2 * bins;
        memset(re, 0, (size_t)2 * bins * sizeof *re);
        for (uint32_t k = 0; k <= plan->fft_frames / 2; k++) {
            re[k] = plan->spectrum[2 * k][ear];
            re[bins + k] = plan->spectrum[2 * k + 1][ear];
        }
    }
    fir->asked = *pose;
}

/* What was next is now. */
static void turn_tick(pn_linn_fir *fir)
{
    float *old = fir->spectrum[0];
    fir->spectrum[0] = fir->spectrum[1];
    fir->spectrum[1] = old;
    for (int ear = 0; ear < EARS; ear++) {
        fir->taken_out[0][ear] = fir->taken_out[1][ear];
    }
}

/* Where the source will be `hops` after the hop's start, if it keeps its speed. */
static pn_warp_pose ahead(const pn_guest_hop *hop, uint32_t hops)
{
    const pn_vec3 move = pn_vec3_sub(hop->to.position, hop->from.position);
    pn_quat a = hop->from.world_from_own;
    pn_quat b = hop->to.world_from_own;
    const float cosine = pn_quat_dot(a, b);
    if (pn_vec3_dot(move, move) > JUMP_M * JUMP_M || fabsf(cosine) < JUMP_COSINE) {
        return pn_linn_pose_of(&hop->to);
    }
    const float by = (float)hops;
    const float to = cosine < 0.0f ? -by : by;
    const pn_pose pose = {
        pn_vec3_add(hop->from.position, pn_vec3_scale(move, by)),
        pn_quat_normalize((pn_quat){a.x * (1.0f - by) + b.x * to, a.y * (1.0f - by) + b.y * to,
                                    a.z * (1.0f - by) + b.z * to, a.w * (1.0f - by) + b.w * to}),
    };
    return pn_linn_pose_of(&pose);
}

static double whole_delay(const pn_linn_fir *fir, const pn_linn_fir_plan *plan, double share, int ear)
{
    const double taken = fir->taken_out[0][ear] + (fir->taken_out[1][ear] - fir->taken_out[0][ear]) * share;
    const double frames = fir->track.delay[ear] + taken + plan->lead - plan->early;
    const double most = (double)(plan->fft_frames - PN_HOP_FRAMES - plan->taps) - RING_FRAMES;
    return frames > 0.0 ? (frames < most ? frames : (most > 0.0 ? most : 0.0)) : 0.0;
}

/* The pair at a share of the way between the ticks. */
static void build(pn_linn_fir *fir, const pn_linn_fir_plan *plan, double share, float gain, float *pair)
{
    const uint32_t bins = plan->bins_padded;
    const pn_f32x4 before = pn_f32x4_splat(gain * (float)(1.0 - share));
    const pn_f32x4 after = pn_f32x4_splat(gain * (float)share);
    for (int ear = 0; ear < EARS; ear++) {
        const size_t at = (size_t)ear * 2 * bins;
        const float *a = fir->spectrum[0] + at;
        const float *b = fir->spectrum[1] + at;
        fir->built_delay[ear] = whole_delay(fir, plan, share, ear);
        pn_hrtf_ramp turn = pn_hrtf_ramp_of(fir->built_delay[ear], plan->fft_frames);
        for (uint32_t k = 0; k < bins; k += LANES) {
            const pn_f32x4 re = before * pn_f32x4_load(a + k) + after * pn_f32x4_load(b + k);
            const pn_f32x4 im = before * pn_f32x4_load(a + bins + k) + after * pn_f32x4_load(b + bins + k);
            pn_f32x4_store(pair + at + k, re * turn.re - im * turn.im);
            pn_f32x4_store(pair + at + bins + k, re * turn.im + im * turn.re);
            pn_hrtf_ramp_step(&turn);
        }
    }
    fir->built_gain = gain;
}

void pn_linn_fir_begin(pn_linn_fir *fir, pn_linn_fir_plan *plan, const pn_guest_hop *hop, uint32_t first_span,
                       float *pair)
{
    const pn_warp_pose pose = pn_linn_pose_of(&hop->from);
    pn_linn_track_begin(&fir->track, plan->model, &hop->from);
    ask(fir, plan, &pose);
    turn_tick(fir);
    fir->done = 0;
    fir->span = first_span;
    fir->steady = true;
    fir->built_coloured = hop->coloured;
    pn_array_copy(fir->spectrum[1], fir->spectrum[0], (size_t)EARS * 2 * plan->bins_padded);
    build(fir, plan, 0.0, hop->gain_from, pair);
}

bool pn_linn_fir_hop(pn_linn_fir *fir, pn_linn_fir_plan *plan, const pn_guest_hop *hop, float *pair)
{
    if (fir->done == fir->span) {
        turn_tick(fir);
        fir->done = 0;
        fir->span = TICK_HOPS;
    }
    pn_linn_track_hop(&fir->track, plan->model, &hop->from, &hop->to);
    bool changed = !fir->steady;
    if (fir->done == 0) {
        const pn_warp_pose pose = ahead(hop, fir->span);
        fir->steady = pn_linn_same_pose(&fir->asked, &pose, STILL_M);
        if (!fir->steady) {
            ask(fir, plan, &pose);
        } else if (changed) { /* both sides the same from here on */
            pn_array_copy(fir->spectrum[1], fir->spectrum[0], (size_t)EARS * 2 * plan->bins_padded);
            fir->taken_out[1][0] = fir->taken_out[0][0];
            fir->taken_out[1][1] = fir->taken_out[0][1];
        }
        changed = !fir->steady;
    }
    fir->done++;
    const double share = (double)fir->done / fir->span;
    for (int ear = 0; ear < EARS; ear++) {
        changed = changed || fabs(whole_delay(fir, plan, share, ear) - fir->built_delay[ear]) > STILL_FRAMES;
    }
    changed = changed || fabsf(hop->gain_to - fir->built_gain) > STILL_GAIN * fabsf(fir->built_gain) || hop->coloured ||
              fir->built_coloured;
    if (changed) {
        fir->built_coloured = hop->coloured;
        build(fir, plan, share, hop->gain_to, pair);
    }
    return changed;
}
