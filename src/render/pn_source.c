/* SPDX-License-Identifier: MIT */
#include "render/pn_source.h"

#include <math.h>
#include <string.h>

#include "base/pn_hop.h"
#include "render/pn_law.h"
#include "render/pn_mend.h"
#include "simd/pn_array.h"

/* A filter is built again when its direction has moved by 0.01 degrees or its gain by 0.001 dB: neither is audible, and
   a source at rest under a trembling tracker stays at rest. */
static const float STILL_DIR2 = 3.0e-8f;
static const float STILL_GAIN = 1.2e-4f;
static const float STILL_NEARNESS = 1e-4f;

/* Above half the speed of sound a delay is crossfaded, not swept. */
static const float FASTEST_SWEEP = 0.5f;

void pn_source_place(pn_arena *arena, pn_source *source, const pn_hrtf *hrtf, uint32_t line_frames_pow2)
{
    const uint32_t pair = pn_hrtf_pair_floats(hrtf);
    float *first = PN_TAKE(arena, float, pair);
    float *second = PN_TAKE(arena, float, pair);
    float *window = PN_TAKE(arena, float, hrtf->fft_frames);
    pn_delay line = {0};
    pn_delay_place(arena, &line, line_frames_pow2);
    if (window != NULL) {
        memset(source, 0, sizeof *source);
        source->filter[0] = first;
        source->filter[1] = second;
        source->window = window;
        source->line = line;
    }
}

static void empty(pn_source *source, uint32_t fft_frames)
{
    source->occupied = false;
    source->leaving = false;
    source->filter_valid = false;
    source->delayed = false;
    source->quiet = UINT32_MAX / 2;
    memset(source->window, 0, fft_frames * sizeof(float));
    pn_player_reset(&source->player);
}

void pn_source_reset(pn_source *source, uint32_t fft_frames)
{
    empty(source, fft_frames);
    source->record = pn_mend_default_source();
    source->next = source->record;
    pn_delay_reset(&source->line);
    source->hint = 0;
}

static pn_pose record_pose(const pn_scene_source *record)
{
    const float *p = record->position_m;
    const float *q = record->world_from_source;
    return (pn_pose){{p[0], p[1], p[2]}, pn_quat_normalize((pn_quat){q[0], q[1], q[2], q[3]})};
}

static void enter(pn_source *source, uint32_t fft_frames)
{
    empty(source, fft_frames);
    source->record = source->next;
    source->occupied = true;
    source->fresh = true;
    source->teleport = source->record.teleport;
    pn_glide_jump(&source->glide, record_pose(&source->record));
}

uint32_t pn_source_apply(pn_source *source, const pn_scene_source *record, uint32_t fft_frames, uint32_t hops)
{
    if (record->generation != source->next.generation) {
        source->next = pn_mend_default_source(); /* what is mended must not come from another source */
    }
    const uint32_t mended = pn_mend_source(&source->next, record);
    const bool active = (source->next.flags & PN_SOURCE_ACTIVE) != 0;
    if (!source->occupied) {
        if (active) {
            enter(source, fft_frames);
        }
        return mended;
    }
    /* A record that goes and comes back before the hop is rendered was never away. */
    source->leaving = !active || source->next.generation != source->record.generation;
    if (!source->leaving) {
        const bool jump = source->next.teleport != source->teleport;
        source->record = source->next;
        source->teleport = source->next.teleport;
        pn_glide_to(&source->glide, record_pose(&source->record), jump ? 1 : hops);
        if (jump && source->glide.hops_left > 1) {
            source->glide.hops_left = 1; /* it was on its way there already */
        }
    }
    return mended;
}

void pn_source_leave(pn_source *source, uint32_t fft_frames)
{
    if (source->next.flags & PN_SOURCE_ACTIVE) {
        enter(source, fft_frames);
    } else {
        empty(source, fft_frames);
    }
}

/* From world poses to what the filter and the delay line need. */
static pn_hrtf_key key_of(const pn_source *source, const pn_pose *head, float *distance_m)
{
    const pn_pose own = source->glide.now;
    const bool locked = (source->record.flags & PN_SOURCE_HEAD_LOCKED) != 0;
    const pn_quat head_from_world = pn_quat_conjugate(head->world_from_own);
    pn_vec3 to_source = locked ? own.position
                               : pn_quat_rotate(head_from_world, pn_vec3_sub(own.position, head->position));
    pn_quat head_from_own = locked ? own.world_from_own : pn_quat_mul(head_from_world, own.world_from_own);
    const float r = pn_vec3_length(to_source);
    pn_hrtf_key key;
    key.head_dir = r > 1e-9f ? pn_vec3_scale(to_source, 1.0f / r) : (pn_vec3){0.0f, 0.0f, -1.0f};
    float inside = r < PN_SOURCE_INSIDE_M ? 1.0f - r / PN_SOURCE_INSIDE_M : 0.0f;
    key.nearness = inside * inside * (3.0f - 2.0f * inside); /* smooth at both ends */
    key.gain = source->record.gain * pn_law_distance(&source->record, r);
    if (source->record.cone_inner_rad < source->record.cone_outer_rad || source->record.cone_outer_gain != 1.0f) {
        const pn_vec3 ahead = {0.0f, 0.0f, -1.0f};
        key.gain *= pn_law_cone(&source->record, pn_quat_rotate(head_from_own, ahead),
                                pn_vec3_scale(to_source, -1.0f));
    }
    *distance_m = r;
    return key;
}

static bool still(const pn_hrtf_key *a, const pn_hrtf_key *b)
{
    pn_vec3 d = pn_vec3_sub(a->head_dir, b->head_dir);
    return pn_vec3_dot(d, d) <= STILL_DIR2 && fabsf(a->gain - b->gain) <= STILL_GAIN * fabsf(a->gain) &&
           fabsf(a->nearness - b->nearness) <= STILL_NEARNESS;
}

static float to_delay(const pn_source_context *context, float distance_m)
{
    float frames = distance_m * (float)(context->sample_rate_hz / (double)PN_SPEED_OF_SOUND_M_S);
    frames = frames < PN_DELAY_MIN_FRAMES ? PN_DELAY_MIN_FRAMES : frames;
    return frames < context->longest_delay ? frames : context->longest_delay;
}

/* The hop's samples after propagation, into the end of the window. */
static void propagate(pn_source *source, const pn_source_context *context, const float *x, bool delayed, float delay,
                      float *y)
{
    if (!delayed && !source->delayed) {
        memcpy(y, x, PN_HOP_FRAMES * sizeof(float));
        return;
    }
    float before[PN_HOP_FRAMES];
    float after[PN_HOP_FRAMES];
    if (source->delayed) {
        pn_delay_write(&source->line, x, PN_HOP_FRAMES);
    } else { /* what enters the empty line in the middle of its sound must not arrive as a step */
        memcpy(before, x, sizeof before);
        pn_array_ramp(before, 0.0f, 1.0f, PN_HOP_FRAMES);
        pn_delay_write(&source->line, before, PN_HOP_FRAMES);
    }
    const double from = (double)source->delay;
    const double to = (double)delay;
    if (delayed && source->delayed && fabs(to - from) <= (double)(FASTEST_SWEEP * PN_HOP_FRAMES)) {
        pn_delay_read(&source->line, context->kernel, from, to, y, PN_HOP_FRAMES);
        return;
    }
    if (source->delayed) {
        pn_delay_read(&source->line, context->kernel, from, from, before, PN_HOP_FRAMES);
    } else {
        memcpy(before, x, sizeof before);
    }
    if (delayed) {
        pn_delay_read(&source->line, context->kernel, to, to, after, PN_HOP_FRAMES);
    } else {
        memcpy(after, x, sizeof after);
    }
    pn_array_crossfade(y, before, after, PN_HOP_FRAMES);
}

static void build(pn_source *source, const pn_source_context *context, const pn_hrtf_key *key)
{
    pn_hrtf_filter_at(context->hrtf, key, &source->hint, source->filter[source->newest]);
    source->built = *key;
    source->filter_valid = true;
}

pn_source_part pn_source_hop(pn_source *source, const pn_source_context *context, const pn_pose *head_start,
                             const pn_pose *head_end, const float *x)
{
    static const float silence[PN_HOP_FRAMES] = {0.0f};
    const uint32_t fft_frames = context->hrtf->fft_frames;
    const bool delayed = (source->record.flags & PN_SOURCE_DOPPLER) != 0;
    float distance;
    if (source->fresh) {
        source->key = key_of(source, head_start, &distance);
        source->delay = to_delay(context, distance);
        if (delayed) {
            pn_delay_reset(&source->line);
        }
        source->delayed = delayed;
        source->fresh = false;
    }
    if (delayed && !source->delayed) {
        pn_delay_reset(&source->line); /* even in silence: its past may be another source's */
    }
    const pn_hrtf_key start = source->key;
    if (!source->leaving) {
        pn_glide_step(&source->glide);
    }
    pn_hrtf_key end = key_of(source, head_end, &distance);
    if (source->leaving) {
        end.gain = 0.0f;
    }
    const float delay = to_delay(context, distance);
    source->key = end;

    const uint32_t memory = fft_frames + (delayed || source->delayed ? source->line.mask + 1 : 0);
    source->quiet = x != NULL ? 0 : source->quiet + (source->quiet < memory ? PN_HOP_FRAMES : 0);
    pn_source_part part = PN_SOURCE_SILENT;
    if (source->quiet < memory) {
        memmove(source->window, source->window + PN_HOP_FRAMES, (fft_frames - PN_HOP_FRAMES) * sizeof(float));
        propagate(source, context, x != NULL ? x : silence, delayed, delay, source->window + fft_frames - PN_HOP_FRAMES);
        if (start.gain != 0.0f || end.gain != 0.0f) {
            if (!source->filter_valid) {
                build(source, context, &start);
            }
            part = PN_SOURCE_STILL;
            if (!still(&source->built, &end)) {
                source->newest ^= 1;
                build(source, context, &end);
                part = PN_SOURCE_MOVING;
            }
        }
    }
    source->delayed = delayed;
    source->delay = delay;
    if (part == PN_SOURCE_SILENT) {
        source->filter_valid = false;
    }
    return part;
}
