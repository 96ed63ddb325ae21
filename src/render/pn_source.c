/* SPDX-License-Identifier: MIT */
#include "render/pn_source.h"

#include <math.h>
#include <string.h>

#include "base/pn_hop.h"
#include "render/pn_source_key.h"
#include "render/pn_source_window.h"
#include "simd/pn_array.h"

/* Above half the speed of sound a delay is crossfaded, not swept. */
static const float FASTEST_SWEEP = 0.5f;

static float to_delay(const pn_source *source, const pn_source_context *context, float distance_m)
{
    const float ahead = source->by_guest ? context->guest->ahead_frames : context->hrtf->ahead_frames;
    float frames = distance_m * (float)(context->sample_rate_hz / (double)PN_SPEED_OF_SOUND_M_S) - ahead;
    frames = frames < PN_DELAY_MIN_FRAMES ? PN_DELAY_MIN_FRAMES : frames;
    return frames < context->longest_delay ? frames : context->longest_delay;
}

/* The hop's samples after propagation: `x` itself where there is none, or `y`. */
static const float *propagate(pn_source *source, const pn_source_context *context, const float *x, bool delayed,
                              float delay, float *y)
{
    if (!delayed && !source->delayed) {
        return x;
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
        return y;
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
    return y;
}

static void colour(const pn_source_context *context, const pn_source_key *key, float *pair)
{
    if (key->coloured) {
        pn_bands_apply(&context->bands, key->log_gain, key->air_m, pair);
    }
}

static void build(pn_source *source, const pn_source_context *context, const pn_source_key *key)
{
    float *pair = source->filter[source->newest];
    float *apart = source->apart[source->newest];
    if (apart != NULL) {
        pn_wide_filters_at(context->wide, context->hrtf, &key->head, key->half_angle_rad, &source->hint, pair, apart);
        colour(context, key, apart);
    } else {
        pn_hrtf_filter_at(context->hrtf, &key->head, &source->hint, pair);
    }
    colour(context, key, pair);
    pn_source_key_copy(&source->built, key);
    source->filter_valid = true;
}

static void blend(pn_source *source, const pn_source_context *context, const pn_source_key *key)
{
    pn_hrtf_mix *mix = &source->mix[source->newest_mix];
    pn_hrtf_mix_at(context->hrtf, &key->head, &source->hint, mix);
    for (int ear = 0; key->coloured && ear < 2; ear++) {
        const float level = pn_source_key_middle_gain(key, ear);
        for (int k = 0; k < PN_HRTF_MOST_BASES; k++) {
            mix->gain[ear][k] *= level;
        }
    }
    pn_source_key_copy(&source->mixed, key);
    source->mix_valid = true;
}

/* A hop on. What begins to propagate, or jumped, has always been where it is. */
static void keep_trail(pn_source *source, bool delayed)
{
    if (delayed && source->trailed) {
        pn_trail_step(&source->trail, source->glide.now.position);
    } else if (delayed) {
        pn_trail_reset(&source->trail, source->glide.now.position);
    }
    source->trailed = delayed;
}

/* The pose and what follows from it at the hop's start, if the last hop did not leave them. */
static void catch_up(pn_source *source, const pn_source_context *context, const pn_pose *head_start)
{
    if (!source->trailed) {
        keep_trail(source, (source->record.flags & PN_SOURCE_DOPPLER) != 0);
    }
    const bool occluded = pn_source_follow_occlusion(source, 0.0, true);
    source->delay = to_delay(source, context, pn_source_key_at(source, context, head_start, occluded, &source->key));
    source->fresh = false;
    source->key_valid = true;
}

/* Tier 1's part of a hop. */
static void filters_of_hop(pn_source *source, const pn_source_context *context, const pn_source_key *end,
                           pn_source_work *work)
{
    if (!source->filter_valid) {
        build(source, context, &source->key);
    }
    work->start = source->filter[source->newest];
    work->start_apart = source->apart[source->newest];
    if (source->stale || source->guested || !pn_source_key_still(&source->built, end)) {
        source->newest ^= 1;
        build(source, context, end);
        source->guested = false;
    }
    work->end = source->filter[source->newest];
    work->end_apart = source->apart[source->newest];
}

/* The same where a guest makes the filters. */
static void guests_filters_of_hop(pn_source *source, const pn_source_context *context, const pn_source_key *end,
                                  pn_source_work *work)
{
    pn_guest *guest = context->guest;
    const bool crosses = source->filter_valid && !source->guested;
    if (!source->filter_valid || crosses) {
        float *pair = source->filter[crosses ? source->newest ^ 1 : source->newest];
        guest->begin(guest, source->slot, &source->told, pair);
        if (!crosses) {
            colour(context, &source->key, pair);
        }
    }
    work->start = source->filter[source->newest];
    if (guest->filters(guest, source->slot, &source->told, source->filter[source->newest ^ 1]) || crosses) {
        source->newest ^= 1;
        colour(context, end, source->filter[source->newest]);
    }
    work->end = source->filter[source->newest];
    source->filter_valid = true;
    source->guested = true;
}

/* Tier 2's, likewise. */
static void mixes_of_hop(pn_source *source, const pn_source_context *context, const pn_source_key *end,
                         pn_source_work *work)
{
    work->mix_exchanged = source->stale && source->mix_valid;
    if (!source->mix_valid) {
        blend(source, context, &source->key);
    }
    work->start_mix = &source->mix[source->newest_mix];
    if (source->stale || !pn_source_key_still(&source->mixed, end)) {
        source->newest_mix ^= 1;
        blend(source, context, end);
    }
    work->end_mix = &source->mix[source->newest_mix];
}

/* Keeps the line for a guest, where propagation does not. */
static void keep_line(pn_source *source, uint32_t fft_frames, const float *x)
{
    if (!source->lined) {
        pn_delay_reset(&source->line);
        if (source->placed && source->tier < PN_TIERS) { /* so that it does not begin in the middle of its sound */
            pn_delay_write(&source->line, source->window[source->tier], fft_frames);
        }
    }
    pn_delay_write(&source->line, x, PN_HOP_FRAMES);
}

/* What a guest is told of a hop. */
static void tell(const pn_source *source, const pn_source_key *end, const pn_pose *heard, bool delayed,
                 pn_guest_hop *hop)
{
    hop->from = source->heard;
    hop->to = *heard;
    hop->gain_from = source->key.head.gain;
    hop->gain_to = end->head.gain;
    hop->delayed = delayed;
    hop->coloured = end->coloured;
    if (end->coloured) {
        hop->air_m = end->air_m;
        memcpy(hop->log_gain, end->log_gain, sizeof hop->log_gain);
    }
}

pn_source_work pn_source_hop(pn_source *source, const pn_source_context *context, const pn_pose *head_start,
                             const pn_pose *head_end, const float *x, int tier, pn_guest_part part)
{
    static const float silence[PN_HOP_FRAMES] = {0.0f};
    const uint32_t fft_frames = context->hrtf->fft_frames;
    const bool delayed = (source->record.flags & PN_SOURCE_DOPPLER) != 0;
    const uint32_t late = context->guest != NULL && source->whole ? 2 * context->guest->latency_frames : 0;
    const uint32_t memory = fft_frames + late + (delayed || source->delayed ? source->line.mask + 1 : 0);
    pn_source_work work = {.start = NULL};
    source->by_guest = part != PN_GUEST_NONE;
    source->quiet = x != NULL ? 0 : source->quiet + (source->quiet < memory ? PN_HOP_FRAMES : 0);
    if (source->quiet >= memory) {
        pn_glide_step(&source->glide);
        keep_trail(source, delayed);
        if (delayed && !source->delayed) {
            pn_delay_reset(&source->line); /* its past is not this source's */
        }
        source->delayed = delayed;
        source->fresh = false;
        source->key_valid = false;
        source->filter_valid = false;
        source->mix_valid = false;
        source->placed = false;
        source->whole = false;
        source->lined = false;
        source->led = 0;
        source->heard_valid = false;
        source->sounding[PN_EXACT] = 0;
        source->sounding[PN_BULK] = 0;
        source->ahead = false;
        return work;
    }
    if (!source->key_valid) {
        if (source->fresh && delayed) {
            source->delayed = true;
            pn_delay_reset(&source->line);
        }
        catch_up(source, context, head_start);
    }
    if (delayed && !source->delayed) {
        pn_delay_reset(&source->line); /* its past is not this source's */
    }
    if (context->guest != NULL && !source->heard_valid) {
        source->heard = pn_source_heard_at(source, head_start);
    }
    const bool occluded = pn_source_follow_occlusion(source, PN_HOP_FRAMES / context->sample_rate_hz, false);
    if (!source->leaving) {
        pn_glide_step(&source->glide);
    }
    keep_trail(source, delayed);
    pn_source_key end; /* source->key is that of the start until the end of this function */
    const float delay = to_delay(source, context, pn_source_key_at(source, context, head_end, occluded, &end));
    if (source->leaving) {
        end.head.gain = 0.0f;
    }
    const int before = source->placed ? source->tier : tier;
    work.whole = tier == PN_WHOLE || source->whole;
    const bool propagates = delayed || source->delayed;
    if (work.whole && !propagates) {
        keep_line(source, fft_frames, x != NULL ? x : silence);
    }
    float moved[PN_HOP_FRAMES];
    const float *y = propagate(source, context, x != NULL ? x : silence, delayed, delay, moved);
    source->lined = propagates || work.whole;
    source->delayed = delayed;
    source->delay = delay;
    if (source->by_guest || work.whole) {
        const pn_pose heard = pn_source_heard_at(source, head_end);
        tell(source, &end, &heard, delayed, &source->told);
        source->told.first = !source->whole;
        source->told.fade_in = source->placed && before != PN_WHOLE;
        source->told.last = tier != PN_WHOLE || source->leaving;
        source->heard = heard;
        source->heard_valid = true;
    } else {
        source->heard_valid = false;
    }
    source->whole = tier == PN_WHOLE;
    if (tier != PN_WHOLE) {
        source->led = 0;
    } else if (before != PN_WHOLE && source->led < context->guest->latency_frames) {
        source->led += PN_HOP_FRAMES; /* the guest has nothing to be heard yet */
        tier = before;
    }
    source->tier = tier;
    source->placed = true;
    const bool audible = source->key.head.gain != 0.0f || end.head.gain != 0.0f;
    const bool exact = pn_source_window_push(source, PN_EXACT, fft_frames, y, before == PN_EXACT ? 1.0f : 0.0f,
                                             tier == PN_EXACT ? 1.0f : 0.0f);
    const bool bulk = pn_source_window_push(source, PN_BULK, fft_frames, y, before == PN_BULK ? 1.0f : 0.0f,
                                            tier == PN_BULK ? 1.0f : 0.0f);
    if (exact && audible) {
        if (part == PN_GUEST_FILTERS || (part == PN_GUEST_WHOLE && source->guested)) {
            guests_filters_of_hop(source, context, &end, &work);
        } else {
            filters_of_hop(source, context, &end, &work);
        }
    } else {
        source->filter_valid = false;
    }
    if (bulk && audible) {
        mixes_of_hop(source, context, &end, &work);
    } else {
        source->mix_valid = false;
    }
    pn_source_key_copy(&source->key, &end);
    source->stale = false;
    source->ahead = false;
    return work;
}
