/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/pn_hop.h"
#include "render/pn_mend.h"
#include "render/pn_source.h"
#include "simd/pn_array.h"

pn_source *pn_sources_place(pn_arena *arena, uint32_t count, const pn_hrtf *hrtf, uint32_t line_frames_pow2)
{
    const size_t room = hrtf->fft_frames + PN_SOURCE_SLIDE_HOPS * PN_HOP_FRAMES;
    const size_t pair = pn_hrtf_pair_floats(hrtf);
    pn_source *sources = PN_TAKE(arena, pn_source, count);
    float *rooms[PN_TIERS];
    for (int tier = 0; tier < PN_TIERS; tier++) {
        rooms[tier] = PN_TAKE(arena, float, count *room);
    }
    float *filters = PN_TAKE(arena, float, count * 2 * pair);
    for (uint32_t i = 0; i < count; i++) {
        pn_delay line = {0};
        pn_trail trail = {0};
        pn_delay_place(arena, &line, line_frames_pow2);
        pn_trail_place(arena, &trail, line_frames_pow2 / PN_HOP_FRAMES);
        if (sources != NULL) {
            pn_source *source = &sources[i];
            memset(source, 0, sizeof *source);
            source->slot = i;
            source->line = line;
            source->trail = trail;
            for (int k = 0; k < 2; k++) {
                source->filter[k] = filters + (2 * i + (size_t)k) * pair;
            }
            for (int tier = 0; tier < PN_TIERS; tier++) {
                source->room[tier] = rooms[tier] + i * room;
                source->window[tier] = source->room[tier];
            }
        }
    }
    return sources;
}

static void empty(pn_source *source, uint32_t fft_frames)
{
    source->occupied = false;
    source->leaving = false;
    source->key_valid = false;
    source->filter_valid = false;
    source->mix_valid = false;
    source->placed = false;
    source->stale = false;
    source->delayed = false;
    source->trailed = false;
    source->guested = false;
    source->heard_valid = false;
    source->whole = false;
    source->lined = false;
    source->led = 0;
    source->ahead = false;
    source->follows = NULL;
    memset(source->occluded, 0, sizeof source->occluded);
    source->occluding = false;
    source->quiet = UINT32_MAX / 2;
    for (int tier = 0; tier < PN_TIERS; tier++) {
        source->window[tier] = source->room[tier];
        source->borrowed[tier] = false;
        memset(source->room[tier], 0, fft_frames * sizeof(float));
        source->sounding[tier] = 0;
    }
    pn_player_reset(&source->player);
}

/* The newest record is the one that is heard. */
static void take_record(pn_source *source)
{
    source->record = source->next;
    source->directive = false;
    for (int band = 0; band < PN_BANDS; band++) {
        source->directive = source->directive || source->record.directivity[band] > 0.0f;
        source->occluding = source->occluding || source->record.occlusion[band] != 0.0f;
    }
}

void pn_source_reset(pn_source *source, uint32_t fft_frames)
{
    empty(source, fft_frames);
    source->next = pn_mend_default_source();
    take_record(source);
    pn_delay_reset(&source->line);
    source->hint = 0;
    source->apart[0] = NULL;
    source->apart[1] = NULL;
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
    take_record(source);
    source->occupied = true;
    source->fresh = true;
    source->teleport = source->record.teleport;
    pn_glide_jump(&source->glide, record_pose(&source->record));
}

/* The newest record was this one already, but for its pose. */
static uint32_t move_on(pn_source *source, const pn_scene_source *record, uint32_t hops)
{
    const bool turned = !pn_array_same(source->next.world_from_source, record->world_from_source, 4);
    const uint32_t mended = pn_mend_source_pose(&source->next, record);
    const float *p = source->next.position_m;
    const pn_pose pose =
        turned ? record_pose(&source->next) : (pn_pose){{p[0], p[1], p[2]}, source->glide.target.world_from_own};
    memcpy(source->record.position_m, source->next.position_m, sizeof source->record.position_m);
    memcpy(source->record.world_from_source, source->next.world_from_source, sizeof source->record.world_from_source);
    pn_glide_to(&source->glide, pose, hops);
    return mended;
}

uint32_t pn_source_apply(pn_source *source, const pn_scene_source *record, uint32_t fft_frames, uint32_t hops)
{
    if (source->occupied && !source->leaving && pn_mend_only_moved(&source->next, record)) {
        return move_on(source, record, hops);
    }
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
        const uint32_t was_flags = source->record.flags;
        take_record(source);
        source->teleport = source->next.teleport;
        source->trailed = source->trailed && !jump &&
                          (was_flags & PN_SOURCE_HEAD_LOCKED) == (source->record.flags & PN_SOURCE_HEAD_LOCKED);
        pn_glide_to(&source->glide, record_pose(&source->record), jump ? 1 : hops);
        if (jump && source->glide.hops_left > 1) {
            source->glide.hops_left = 1; /* it was on its way there already */
        }
    }
    return mended;
}

bool pn_source_is_wide(const pn_source *source)
{
    return source->occupied && (source->record.radius_m > 0.0f || (source->apart[0] != NULL && source->filter_valid &&
                                                                   source->built.half_angle_rad > 0.0f));
}

void pn_source_leave(pn_source *source, uint32_t fft_frames)
{
    if (source->next.flags & PN_SOURCE_ACTIVE) {
        enter(source, fft_frames);
    } else {
        empty(source, fft_frames);
    }
}
