/* SPDX-License-Identifier: MIT */
#include "render/pn_player.h"

#include <math.h>
#include <stddef.h>

#include "base/pn_hop.h"
#include "simd/pn_array.h"

enum { PAST_FRAMES = 64, LINE_FRAMES = 16 }; /* that a bulk source's delays reach back, and of a cache line */

enum { FADE_IN_FRAMES = PN_HOP_FRAMES, FADE_OUT_FRAMES = PN_HOP_FRAMES };

/* A hop is so far away from any frame number of a long session that this still counts single frames. */
static const double NEVER = 9e15;

void pn_player_reset(pn_player *player)
{
    *player = (pn_player){0};
}

static double to_frame(double seconds, double sample_rate_hz)
{
    double frame = floor(seconds * sample_rate_hz + 0.5);
    return frame < NEVER ? frame : NEVER;
}

/* A frame number within 0..limit. */
static uint32_t clamp_frame(double frame, uint32_t limit)
{
    return frame > 0.0 ? (frame < (double)limit ? (uint32_t)frame : limit) : 0;
}

static pn_clip clip_of(const pn_clip *clips, uint32_t clip_count, uint32_t number)
{
    const pn_clip none = {NULL, 0, 0};
    return number > 0 && number <= clip_count ? clips[number - 1] : none;
}

static void fade_out_from_here(pn_player *player, pn_clip clip)
{
    player->fading_clip = clip;
    player->fading_at = player->at;
    player->fading_loop_start = player->loop_start;
    player->fading_loop_end = player->loop_end;
    player->fade_out = FADE_OUT_FRAMES;
    player->playing = false;
    player->ended_token = player->token;
}

/* The frame to play when the playhead stands at `at`: itself, or the loop's first; clip.frames = the clip is over. */
static uint32_t wrapped(uint32_t at, uint32_t loop_start, uint32_t loop_end, pn_clip clip)
{
    if (loop_end == 0) {
        return at < clip.frames ? at : clip.frames;
    }
    return at == loop_end || at >= clip.frames ? loop_start : at; /* it may have started behind the loop */
}

static void add_fading(pn_player *player, uint32_t from, float *x)
{
    const pn_clip clip = player->fading_clip;
    for (uint32_t i = from; i < PN_HOP_FRAMES && player->fade_out > 0; i++, player->fade_out--) {
        uint32_t at = wrapped(player->fading_at, player->fading_loop_start, player->fading_loop_end, clip);
        if (at >= clip.frames) {
            player->fade_out = 0;
            return;
        }
        x[i] += clip.samples[at] * ((float)player->fade_out / FADE_OUT_FRAMES);
        player->fading_at = at + 1;
    }
}

static void take_loop(pn_player *player, const pn_scene_source *source, pn_clip clip, double sample_rate_hz)
{
    player->loop_start = 0;
    player->loop_end = 0;
    if (!(source->flags & PN_SOURCE_LOOP)) {
        return;
    }
    player->loop_end = clip.frames;
    if (source->loop_start_s == 0.0 && source->loop_end_s == 0.0) { /* as most do: it is asked in every hop */
        return;
    }
    player->loop_start = clamp_frame(to_frame(source->loop_start_s, sample_rate_hz), clip.frames);
    if (source->loop_end_s > 0.0) {
        player->loop_end = clamp_frame(to_frame(source->loop_end_s, sample_rate_hz), clip.frames);
    }
    if (player->loop_end <= player->loop_start) { /* no room: repeat the whole */
        player->loop_start = 0;
        player->loop_end = clip.frames;
    }
}

static void add_clip(pn_player *player, pn_clip clip, uint32_t from, uint32_t to, float *x)
{
    for (uint32_t i = from; i < to;) {
        const uint32_t at = wrapped(player->at, player->loop_start, player->loop_end, clip);
        if (at >= clip.frames) {
            player->playing = false;
            player->ended_token = player->token;
            return;
        }
        if (player->fade_in > 0) {
            x[i++] += clip.samples[at] * (1.0f - (float)player->fade_in / FADE_IN_FRAMES);
            player->fade_in--;
            player->at = at + 1;
            continue;
        }
        /* As far as nothing happens. */
        const uint32_t edge = at < player->loop_end ? player->loop_end : clip.frames;
        const uint32_t run = edge - at < to - i ? edge - at : to - i;
        pn_array_add(x + i, clip.samples + at, run);
        player->at = at + run;
        i += run;
    }
}

bool pn_player_add(pn_player *player, const pn_scene_source *source, const pn_clip *clips, uint32_t clip_count,
                   double clock_frame, double sample_rate_hz, float *x)
{
    const pn_clip clip = clip_of(clips, clip_count, source->buffer);
    bool added = false;
    uint32_t from = 0;
    uint32_t to = PN_HOP_FRAMES;
    if (player->playing && (source->play_token != player->token || source->buffer != player->number)) {
        fade_out_from_here(player, clip_of(clips, clip_count, player->number));
    }
    if (source->play_token != player->token) {
        player->token = source->play_token;
        player->waiting = player->token != 0;
    }
    if (player->fade_out > 0) {
        add_fading(player, 0, x);
        added = true;
    }
    const double stop = to_frame(source->stop_s, sample_rate_hz) - clock_frame;
    if (player->waiting && clip.samples != NULL) {
        double start = to_frame(source->start_s, sample_rate_hz) - clock_frame;
        start = start > 0.0 ? start : 0.0;
        if (stop <= start) {
            player->waiting = false;
            player->ended_token = player->token;
        } else if (start < PN_HOP_FRAMES) {
            from = (uint32_t)start;
            player->at = clamp_frame(to_frame(source->offset_s, sample_rate_hz), clip.frames);
            player->fade_in = player->at > 0 ? FADE_IN_FRAMES : 0;
            player->number = source->buffer;
            player->waiting = false;
            player->playing = true;
        }
    }
    if (player->playing) {
        if (clip.samples == NULL) { /* taken back while it played */
            player->playing = false;
            player->ended_token = player->token;
            return added;
        }
        bool stops = stop < PN_HOP_FRAMES;
        to = stops ? clamp_frame(stop, PN_HOP_FRAMES) : PN_HOP_FRAMES;
        to = to > from ? to : from;
        take_loop(player, source, clip, sample_rate_hz);
        add_clip(player, clip, from, to, x);
        if (player->playing && stops) {
            fade_out_from_here(player, clip);
            add_fading(player, to, x);
        }
        added = true;
    }
    return added;
}

const float *pn_player_straight(pn_player *player, const pn_scene_source *source, const pn_clip *clips,
                                uint32_t clip_count, double clock_frame, double sample_rate_hz)
{
    const pn_clip clip = clip_of(clips, clip_count, source->buffer);
    if (!player->playing || player->fade_out > 0 || player->fade_in > 0 || source->play_token != player->token ||
        source->buffer != player->number || clip.samples == NULL ||
        to_frame(source->stop_s, sample_rate_hz) - clock_frame < PN_HOP_FRAMES) {
        return NULL;
    }
    take_loop(player, source, clip, sample_rate_hz);
    const uint32_t at = wrapped(player->at, player->loop_start, player->loop_end, clip);
    const uint32_t edge = at < player->loop_end ? player->loop_end : clip.frames;
    if (at >= clip.frames || edge - at < PN_HOP_FRAMES) {
        return NULL;
    }
    player->at = at + PN_HOP_FRAMES;
    return clip.samples + at;
}

void pn_player_touch(const pn_player *player, const pn_clip *clips, uint32_t clip_count)
{
    if (!player->playing || player->at < PAST_FRAMES) {
        return;
    }
    const pn_clip clip = clip_of(clips, clip_count, player->number);
    if (clip.frames >= player->at + PN_HOP_FRAMES) {
        const volatile float *x = clip.samples + player->at - PAST_FRAMES;
        for (int i = 0; i < PAST_FRAMES + PN_HOP_FRAMES; i += LINE_FRAMES) {
            (void)x[i]; /* volatile: a load that nobody uses would be left out */
        }
    }
}
