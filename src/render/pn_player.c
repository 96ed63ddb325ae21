/* SPDX-License-Identifier: MIT */
#include "render/pn_player.h"

#include <math.h>
#include <stddef.h>

#include "base/pn_hop.h"

enum { FADE_IN_FRAMES = 32, FADE_OUT_FRAMES = PN_HOP_FRAMES };

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

static void fade_out_from_here(pn_player *player, pn_clip clip)
{
    player->fading_clip = clip;
    player->fading_at = player->at;
    player->fade_out = FADE_OUT_FRAMES;
    player->playing = false;
    player->ended_token = player->token;
}

static void add_fading(pn_player *player, uint32_t from, float *x)
{
    for (uint32_t i = from; i < PN_HOP_FRAMES && player->fade_out > 0; i++, player->fade_out--) {
        if (player->fading_at >= player->fading_clip.frames) {
            player->fade_out = 0;
            return;
        }
        x[i] += player->fading_clip.samples[player->fading_at++] * ((float)player->fade_out / FADE_OUT_FRAMES);
    }
}

static void add_clip(pn_player *player, const pn_scene_source *source, pn_clip clip, double sample_rate_hz,
                     uint32_t from, uint32_t to, float *x)
{
    const bool loop = (source->flags & PN_SOURCE_LOOP) != 0;
    uint32_t loop_end = clip.frames;
    uint32_t loop_start = 0;
    if (loop && source->loop_end_s > 0.0) {
        loop_end = clamp_frame(to_frame(source->loop_end_s, sample_rate_hz), clip.frames);
    }
    if (loop) {
        loop_start = clamp_frame(to_frame(source->loop_start_s, sample_rate_hz), clip.frames);
    }
    if (loop_end <= loop_start) { /* no room: repeat the whole */
        loop_start = 0;
        loop_end = clip.frames;
    }
    for (uint32_t i = from; i < to; i++) {
        if (loop && player->at == loop_end) {
            player->at = loop_start;
        }
        if (player->at >= clip.frames) {
            if (!loop) {
                player->playing = false;
                player->ended_token = player->token;
                return;
            }
            player->at = loop_start; /* started behind the loop */
        }
        float sample = clip.samples[player->at++];
        if (player->fade_in > 0) {
            sample *= 1.0f - (float)player->fade_in / FADE_IN_FRAMES;
            player->fade_in--;
        }
        x[i] += sample;
    }
}

bool pn_player_add(pn_player *player, const pn_scene_source *source, const pn_clip *clips, uint32_t clip_count,
                   double clock_frame, double sample_rate_hz, float *x)
{
    const uint32_t number = source->buffer;
    const pn_clip none = {NULL, 0};
    const pn_clip clip = number > 0 && number <= clip_count ? clips[number - 1] : none;
    bool added = false;
    uint32_t from = 0;
    uint32_t to = PN_HOP_FRAMES;
    if (source->play_token != player->token) {
        if (player->playing && clip.samples != NULL) {
            fade_out_from_here(player, clip);
        }
        player->token = source->play_token;
        player->playing = false;
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
        add_clip(player, source, clip, sample_rate_hz, from, to, x);
        if (player->playing && stops) {
            fade_out_from_here(player, clip);
            add_fading(player, to, x);
        }
        added = true;
    }
    return added;
}
