/* SPDX-License-Identifier: MIT */
#include "render/pn_source.h"

#include <math.h>
#include <string.h>

#include "base/pn_hop.h"
#include "math/pn_approx.h"
#include "render/pn_law.h"
#include "render/pn_mend.h"
#include "simd/pn_array.h"

/* A filter is built again when its direction has moved by 0.01 degrees or its gain by 0.001 dB: neither is audible, and
   a source at rest under a trembling tracker stays at rest. */
static const float STILL_DIR2 = 3.0e-8f;
static const float STILL_GAIN = 1.2e-4f;
static const float STILL_ANGLE = 1.7e-4f;
static const float STILL_NEARNESS = 1e-4f;
static const float STILL_DISTANCE = 2e-4f; /* of itself: what 0.01 degrees are across */
/* A field that goes nearer than this part of the reference distance knows how near sources sound. */
static const float KNOWS_NEAR = 0.5f;
static const float AIR_NEPERS_M = 0.1f; /* about the strongest that air absorbs, at 20 kHz */

/* Of air between 125 Hz and 8 kHz; and how much louder, at most, the strongly coloured count: 12 dB. */
static const float AIR_TILT_NEPERS_M = 0.012f;
static const float MOST_PREFERENCE = 1.386f;

static const double OCCLUSION_S = 0.060; /* a door does not close in a hop */
static const float LEAST_NEPERS = 1e-4f;

/* Above half the speed of sound a delay is crossfaded, not swept. */
static const float FASTEST_SWEEP = 0.5f;

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

/* One hop of the way to what occlusion lets through. @return whether it is not everything. */
static bool follow_occlusion(pn_source *source, double hop_s, bool at_once)
{
    bool some = false;
    if (!source->occluding) {
        return false;
    }
    source->occluding = false;
    const float share = at_once ? 1.0f : (float)(hop_s / (hop_s + OCCLUSION_S));
    for (int band = 0; band < PN_BANDS; band++) {
        float *now = &source->occluded[band];
        const float blocked = source->record.occlusion[band];
        if (blocked != 0.0f || *now != 0.0f) {
            const float goal = blocked == 0.0f ? 0.0f : pn_law_nepers(1.0f - blocked);
            *now = fabsf(goal - *now) < LEAST_NEPERS ? goal : *now + (goal - *now) * share;
            some = some || *now != 0.0f;
            source->occluding = true;
        }
    }
    return some;
}

/* Colours count, and are copied, only where there are any. */
static void copy_key(pn_source_key *to, const pn_source_key *from)
{
    to->head = from->head;
    to->half_angle_rad = from->half_angle_rad;
    to->coloured = from->coloured;
    if (from->coloured) {
        to->air_m = from->air_m;
        memcpy(to->log_gain, from->log_gain, sizeof to->log_gain);
    }
}

/* A source's pose in head space. */
static pn_pose heard_at(const pn_source *source, const pn_pose *head)
{
    const pn_pose own = source->glide.now;
    if ((source->record.flags & PN_SOURCE_HEAD_LOCKED) != 0) {
        return own;
    }
    const pn_quat head_from_world = pn_quat_conjugate(head->world_from_own);
    return (pn_pose){pn_quat_rotate(head_from_world, pn_vec3_sub(own.position, head->position)),
                     pn_quat_mul(head_from_world, own.world_from_own)};
}

/* From world poses to what the filter and the delay line need. @return the distance in metres */
static float key_of(const pn_source *source, const pn_source_context *context, const pn_pose *head, bool occluded,
                    pn_source_key *key)
{
    const pn_scene_source *record = &source->record;
    const bool locked = (record->flags & PN_SOURCE_HEAD_LOCKED) != 0;
    const pn_quat head_from_world = pn_quat_conjugate(head->world_from_own);
    const pn_vec3 listener = locked ? (pn_vec3){0.0f, 0.0f, 0.0f} : head->position;
    pn_pose own = source->glide.now;
    if (source->trailed && !source->by_guest) {
        own.position = pn_trail_heard_from(&source->trail, listener, context->sound_m_hop);
    }
    const pn_vec3 to_source =
        locked ? own.position : pn_quat_rotate(head_from_world, pn_vec3_sub(own.position, listener));
    const float r = pn_vec3_length(to_source);
    const pn_vec3 head_dir = r > 1e-9f ? pn_vec3_scale(to_source, 1.0f / r) : (pn_vec3){0.0f, 0.0f, -1.0f};
    const float inside = r < PN_SOURCE_INSIDE_M ? 1.0f - r / PN_SOURCE_INSIDE_M : 0.0f;
    const bool coned = record->cone_inner_rad < PN_LAW_NO_CONE_RAD &&
                       (record->cone_inner_rad < record->cone_outer_rad || record->cone_outer_gain != 1.0f);
    const bool airy = (record->flags & PN_SOURCE_AIR) != 0;
    const pn_hrtf *set = context->hrtf;
    const float reference_m = context->near_field->reference_m;
    const bool known = source->by_guest || (set->nearest_m > 0.0f && set->nearest_m < KNOWS_NEAR * reference_m);
    const bool near = (record->flags & PN_SOURCE_NEAR_FIELD) != 0 && r < reference_m && !known;
    const bool field = pn_hrtf_is_field(set);
    pn_vec3 axis = {0.0f, 0.0f, 0.0f};
    if (coned || source->directive || field) {
        const pn_quat head_from_own = locked ? own.world_from_own : pn_quat_mul(head_from_world, own.world_from_own);
        axis = pn_quat_rotate(head_from_own, (pn_vec3){0.0f, 0.0f, -1.0f});
    }
    key->head = (pn_hrtf_key){
        .ear_dirs = {head_dir, head_dir},
        .gain = record->gain * pn_law_distance(record, r),
        .nearness = inside * inside * (3.0f - 2.0f * inside), /* smooth at both ends */
        .distance_m = r < set->nearest_m ? set->nearest_m : (r < set->farthest_m ? r : set->farthest_m),
        .facing = field ? axis : (pn_vec3){0.0f, 0.0f, 0.0f},
    };
    key->half_angle_rad = source->apart[0] != NULL ? pn_wide_half_angle(record->radius_m, r) : 0.0f;
    key->coloured = source->directive || occluded || airy || near;
    if (key->coloured) {
        key->air_m = airy ? r : 0.0f;
        memset(key->log_gain, 0, sizeof key->log_gain);
    }
    if (coned || source->directive) {
        const pn_vec3 to_listener = pn_vec3_scale(to_source, -1.0f);
        key->head.gain *= coned ? pn_law_cone(record, axis, to_listener) : 1.0f;
        if (source->directive) {
            pn_law_directivity(record, axis, to_listener, key->log_gain[0]);
        }
    }
    if (occluded) {
        for (int band = 0; band < PN_BANDS; band++) {
            key->log_gain[0][band] += source->occluded[band];
        }
    }
    if (key->coloured) { /* so far the same for both ears */
        memcpy(key->log_gain[1], key->log_gain[0], sizeof key->log_gain[1]);
    }
    if (near) {
        pn_near_field_at(context->near_field, head_dir, r, key->head.ear_dirs, key->log_gain);
    }
    return r;
}

static bool close_to(pn_vec3 a, pn_vec3 b)
{
    const pn_vec3 d = pn_vec3_sub(a, b);
    return pn_vec3_dot(d, d) <= STILL_DIR2;
}

static bool still(const pn_source_key *a, const pn_source_key *b)
{
    if (!close_to(a->head.ear_dirs[0], b->head.ear_dirs[0]) || !close_to(a->head.ear_dirs[1], b->head.ear_dirs[1]) ||
        fabsf(a->head.gain - b->head.gain) > STILL_GAIN * fabsf(a->head.gain) ||
        fabsf(a->head.nearness - b->head.nearness) > STILL_NEARNESS ||
        fabsf(a->half_angle_rad - b->half_angle_rad) > STILL_ANGLE || a->coloured != b->coloured ||
        fabsf(a->head.distance_m - b->head.distance_m) > STILL_DISTANCE * a->head.distance_m ||
        !close_to(a->head.facing, b->head.facing)) {
        return false;
    }
    if (!a->coloured) {
        return true;
    }
    float most = fabsf(a->air_m - b->air_m) * AIR_NEPERS_M;
    for (int i = 0; i < 2 * PN_BANDS; i++) {
        const float change = fabsf(a->log_gain[i / PN_BANDS][i % PN_BANDS] - b->log_gain[i / PN_BANDS][i % PN_BANDS]);
        most = change > most ? change : most;
    }
    return most <= STILL_GAIN;
}

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
    copy_key(&source->built, key);
    source->filter_valid = true;
}

/* Level of a coloured source where it matters most: the bulk tier has no filters of its own. */
static float middle_gain(const pn_source_key *key, int ear)
{
    const float *bands = key->log_gain[ear];
    const double nepers = 0.25 * (double)(bands[2] + bands[3] + bands[4] + bands[5]); /* 500 Hz to 4 kHz */
    return (float)pn_approx_exp2(nepers * 1.44269504088896340736);
}

float pn_source_audibility(const pn_source *source)
{
    const pn_source_key *key = &source->key;
    float level = fabsf(key->head.gain);
    if (key->coloured) {
        float least = 0.0f;
        float most = 0.0f;
        for (int band = 0; band < PN_BANDS; band++) {
            const float nepers = 0.5f * (key->log_gain[0][band] + key->log_gain[1][band]);
            least = band == 0 || nepers < least ? nepers : least;
            most = band == 0 || nepers > most ? nepers : most;
        }
        const float apart = most - least + key->air_m * AIR_TILT_NEPERS_M;
        const float colour = apart < MOST_PREFERENCE ? apart : MOST_PREFERENCE;
        level *= 0.5f * (middle_gain(key, 0) + middle_gain(key, 1)) *
                 (float)pn_approx_exp2((double)colour * 1.44269504088896340736);
    }
    return level;
}

static void blend(pn_source *source, const pn_source_context *context, const pn_source_key *key)
{
    pn_hrtf_mix *mix = &source->mix[source->newest_mix];
    pn_hrtf_mix_at(context->hrtf, &key->head, &source->hint, mix);
    for (int ear = 0; key->coloured && ear < 2; ear++) {
        const float level = middle_gain(key, ear);
        for (int k = 0; k < PN_HRTF_MOST_BASES; k++) {
            mix->gain[ear][k] *= level;
        }
    }
    copy_key(&source->mixed, key);
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
    const bool occluded = follow_occlusion(source, 0.0, true);
    source->delay = to_delay(source, context, key_of(source, context, head_start, occluded, &source->key));
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
    if (source->stale || source->guested || !still(&source->built, end)) {
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
    if (source->stale || !still(&source->mixed, end)) {
        source->newest_mix ^= 1;
        blend(source, context, end);
    }
    work->end_mix = &source->mix[source->newest_mix];
}

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

/* Appends a hop to a tier's window: all of it, none, or fading between. @return whether the window sounds. */
static bool push_window(pn_source *source, int tier, uint32_t fft_frames, const float *y, float from, float to)
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
        source->heard = heard_at(source, head_start);
    }
    const bool occluded = follow_occlusion(source, PN_HOP_FRAMES / context->sample_rate_hz, false);
    if (!source->leaving) {
        pn_glide_step(&source->glide);
    }
    keep_trail(source, delayed);
    pn_source_key end; /* source->key is that of the start until the end of this function */
    const float delay = to_delay(source, context, key_of(source, context, head_end, occluded, &end));
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
        const pn_pose heard = heard_at(source, head_end);
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
    const bool exact =
        push_window(source, PN_EXACT, fft_frames, y, before == PN_EXACT ? 1.0f : 0.0f, tier == PN_EXACT ? 1.0f : 0.0f);
    const bool bulk =
        push_window(source, PN_BULK, fft_frames, y, before == PN_BULK ? 1.0f : 0.0f, tier == PN_BULK ? 1.0f : 0.0f);
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
    copy_key(&source->key, &end);
    source->stale = false;
    source->ahead = false;
    return work;
}
