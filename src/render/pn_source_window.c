/* SPDX-License-Identifier: MIT */
#include "render/pn_source_window.h"

#include "base/pn_hop.h"
#include "simd/pn_array.h"

/* Moves a tier's window on by a hop. @return where the hop's samples belong */
static float *slide_window(pn_source *source, int tier, uint32_t fft_frames)
{
    float *room = source->room[tier];
    const float *window = source->window[tier] + PN_HOP_FRAMES;
    if (source->borrowed[tier] || window > room + PN_SOURCE_SLIDE_HOPS * PN_HOP_FRAMES) {
        pn_array_copy(room, window, fft_frames - PN_HOP_FRAMES);
        window = room;
        source->borrowed[tier] = false;
    }
    source->window[tier] = window;
    return room + (window - room) + fft_frames - PN_HOP_FRAMES;
}

/* Whether the hop's samples are what the tier's window gets: as they are, after what it got before. */
static bool plain(const pn_source *source, const pn_source_context *context, int tier)
{
    return source->placed && source->tier == tier && tier < PN_TIERS && !source->delayed &&
           (source->record.flags & PN_SOURCE_DOPPLER) == 0 && context->guest == NULL;
}

float *pn_source_ahead(pn_source *source, const pn_source_context *context, int tier)
{
    source->ahead = plain(source, context, tier);
    return source->ahead ? slide_window(source, tier, context->hrtf->fft_frames) : NULL;
}

bool pn_source_borrow(pn_source *source, const pn_source_context *context, int tier, const float *x)
{
    const uint32_t fft_frames = context->hrtf->fft_frames;
    if (!plain(source, context, tier)) {
        source->follows = NULL;
        return false;
    }
    source->straight = source->follows == x ? source->straight : 0;
    source->straight += source->straight < fft_frames ? PN_HOP_FRAMES : 0;
    source->follows = x + PN_HOP_FRAMES;
    if (source->straight < fft_frames) {
        return false;
    }
    source->window[tier] = source->follows - fft_frames;
    source->borrowed[tier] = true;
    source->ahead = true;
    return true;
}

void pn_source_give_back(pn_source *source, const pn_clip *clip, uint32_t fft_frames)
{
    const uintptr_t begin = (uintptr_t)clip->samples;
    const uintptr_t end = begin + (uintptr_t)clip->frames * sizeof(float);
    source->follows = NULL;
    for (int tier = 0; tier < PN_TIERS; tier++) {
        const uintptr_t at = (uintptr_t)source->window[tier];
        if (source->borrowed[tier] && at >= begin && at < end) {
            pn_array_copy(source->room[tier], source->window[tier], fft_frames);
            source->window[tier] = source->room[tier];
            source->borrowed[tier] = false;
        }
    }
}

bool pn_source_window_push(pn_source *source, int tier, uint32_t fft_frames, const float *y, float from, float to)
{
    if (from == 0.0f && to == 0.0f && source->sounding[tier] == 0) {
        return false;
    }
    if (source->ahead && from == 1.0f && to == 1.0f) {
        source->sounding[tier] = fft_frames; /* it is there already */
        return true;
    }
    float *newest = slide_window(source, tier, fft_frames);
    if (from == 0.0f && to == 0.0f) {
        pn_array_zero(newest, PN_HOP_FRAMES);
        source->sounding[tier] -= PN_HOP_FRAMES;
    } else {
        pn_array_copy(newest, y, PN_HOP_FRAMES);
        source->sounding[tier] = fft_frames;
    }
    if (from != to) {
        pn_array_ramp(newest, from, to, PN_HOP_FRAMES);
    }
    return source->sounding[tier] > 0;
}
