/* SPDX-License-Identifier: MIT */
#include "render/pn_mend.h"

#include <stddef.h>

#include "dsp/pn_bands.h"
#include "simd/pn_array.h"

/* Positions beyond this are mistakes: at 1000 km a float still counts in decimetres. */
static const float FARTHEST_M = 1e6f;
static const float LOUDEST = 1e4f; /* 80 dB */
static const float FASTEST = 1e3f; /* rad/s and m/s */
static const float STEEPEST = 1e3f;
static const float SHARPEST = 16.0f;
static const float WIDEST_RAD = 6.2831855f;
static const float SLOWEST_OUTPUT_S = 10.0f;
static const double LATEST_S = 1e9; /* 31 years of host clock */

pn_scene_header pn_mend_default_header(void)
{
    return (pn_scene_header){
        .magic = PN_SCENE_MAGIC,
        .version = PN_SCENE_VERSION,
        .header_bytes = sizeof(pn_scene_header),
        .source_bytes = sizeof(pn_scene_source),
        .gain = 1.0f,
        .listener_world_from_head = {0.0f, 0.0f, 0.0f, 1.0f},
    };
}

pn_scene_source pn_mend_default_source(void)
{
    return (pn_scene_source){
        .distance_model = PN_DISTANCE_INVERSE,
        .position_m = {0.0f, 0.0f, -1.0f},
        .gain = 1.0f,
        .world_from_source = {0.0f, 0.0f, 0.0f, 1.0f},
        .ref_distance_m = 1.0f,
        .max_distance_m = 10000.0f,
        .rolloff_factor = 1.0f,
        .cone_inner_rad = WIDEST_RAD,
        .cone_outer_rad = WIDEST_RAD,
    };
}

/* Comparisons are false for NaN, so what is not a number is not within. */
static uint32_t mend(float *to, const float *from, int count, float low, float high)
{
    uint32_t kept = 0;
    bool whole = true; /* a vector is taken as a whole or not at all */
    for (int i = 0; i < count; i++) {
        whole = whole && from[i] >= low && from[i] <= high;
    }
    for (int i = 0; i < count; i++) {
        if (whole) {
            to[i] = from[i];
        }
    }
    kept += !whole;
    return kept;
}

static uint32_t mend_time(double *to, double from)
{
    if (from >= -LATEST_S && from <= LATEST_S) {
        *to = from;
        return 0;
    }
    return 1;
}

/* A quaternion needs a length to be made one. */
static uint32_t mend_rotation(float *to, const float *from)
{
    float length2 = from[0] * from[0] + from[1] * from[1] + from[2] * from[2] + from[3] * from[3];
    if (!(length2 > 1e-6f && length2 < 1e6f)) {
        return 1;
    }
    return mend(to, from, 4, -1e3f, 1e3f);
}

uint32_t pn_mend_header(pn_scene_header *to, const pn_scene_header *from)
{
    uint32_t kept = 0;
    to->source_count = from->source_count;
    to->sequence = from->sequence;
    to->flags = from->flags;
    to->listener_teleport = from->listener_teleport;
    kept += mend(&to->gain, &from->gain, 1, -LOUDEST, LOUDEST);
    kept += mend_time(&to->pose_time_s, from->pose_time_s);
    kept += mend(to->listener_position_m, from->listener_position_m, 3, -FARTHEST_M, FARTHEST_M);
    kept += mend_rotation(to->listener_world_from_head, from->listener_world_from_head);
    kept += mend(to->listener_angular_velocity_rad_s, from->listener_angular_velocity_rad_s, 3, -FASTEST, FASTEST);
    kept += mend(to->listener_linear_velocity_m_s, from->listener_linear_velocity_m_s, 3, -FASTEST, FASTEST);
    kept += mend(&to->output_latency_s, &from->output_latency_s, 1, 0.0f, SLOWEST_OUTPUT_S);
    kept += mend(to->equalizer, from->equalizer, 4 * PN_SCENE_SECTIONS, -FASTEST, FARTHEST_M);
    return kept;
}

uint32_t pn_mend_source_pose(pn_scene_source *to, const pn_scene_source *from)
{
    return mend(to->position_m, from->position_m, 3, -FARTHEST_M, FARTHEST_M) +
           mend_rotation(to->world_from_source, from->world_from_source);
}

uint32_t pn_mend_source(pn_scene_source *to, const pn_scene_source *from)
{
    uint32_t kept = 0;
    to->flags = from->flags;
    to->generation = from->generation;
    to->teleport = from->teleport;
    to->buffer = from->buffer;
    to->play_token = from->play_token;
    to->order = from->order;
    if (from->tier <= PN_TIER_BULK) {
        to->tier = from->tier;
    } else {
        kept++;
    }
    if (from->distance_model <= PN_DISTANCE_EXPONENTIAL) {
        to->distance_model = from->distance_model;
    } else {
        kept++;
    }
    kept += pn_mend_source_pose(to, from);
    kept += mend(&to->gain, &from->gain, 1, -LOUDEST, LOUDEST);
    kept += mend(&to->ref_distance_m, &from->ref_distance_m, 1, 0.0f, FARTHEST_M);
    kept += mend(&to->max_distance_m, &from->max_distance_m, 1, 0.0f, FARTHEST_M);
    kept += mend(&to->rolloff_factor, &from->rolloff_factor, 1, 0.0f, STEEPEST);
    kept += mend(&to->cone_inner_rad, &from->cone_inner_rad, 1, 0.0f, WIDEST_RAD);
    kept += mend(&to->cone_outer_rad, &from->cone_outer_rad, 1, 0.0f, WIDEST_RAD);
    kept += mend(&to->cone_outer_gain, &from->cone_outer_gain, 1, -LOUDEST, LOUDEST);
    kept += mend(to->occlusion, from->occlusion, PN_BANDS, 0.0f, 1.0f);
    kept += mend(to->directivity, from->directivity, PN_BANDS, 0.0f, 1.0f);
    kept += mend(&to->directivity_power, &from->directivity_power, 1, 0.0f, SHARPEST);
    kept += mend(&to->radius_m, &from->radius_m, 1, 0.0f, FARTHEST_M);
    kept += mend_time(&to->start_s, from->start_s);
    kept += mend_time(&to->offset_s, from->offset_s);
    kept += mend_time(&to->loop_start_s, from->loop_start_s);
    kept += mend_time(&to->loop_end_s, from->loop_end_s);
    if (from->stop_s > LATEST_S) { /* "never" is infinity */
        to->stop_s = LATEST_S;
    } else {
        kept += mend_time(&to->stop_s, from->stop_s);
    }
    return kept;
}

/* Whether the words from one field's first to before another's are the same bits. */
#define SAME(first, end)                                                                                               \
    pn_array_same((const unsigned char *)now + offsetof(pn_scene_source, first),                                       \
                  (const unsigned char *)from + offsetof(pn_scene_source, first),                                      \
                  (offsetof(pn_scene_source, end) - offsetof(pn_scene_source, first)) / sizeof(uint32_t))

bool pn_mend_only_moved(const pn_scene_source *now, const pn_scene_source *from)
{
    const bool stops_alike = now->stop_s == from->stop_s || (now->stop_s == LATEST_S && from->stop_s > LATEST_S);
    return SAME(flags, position_m) && now->gain == from->gain && SAME(ref_distance_m, stop_s) && stops_alike &&
           SAME(offset_s, reserved);
}
