/* SPDX-License-Identifier: MIT */
#include "render/pn_linn_talker.h"

#include <math.h>
#include <string.h>

#include "render/pn_linn_ibc.h"
#include "simd/pn_array.h"

enum { EARS = 2, LONGEST_FRAMES = 1 << 15 }; /* 234 m */

struct pn_linn_talker {
    const pn_dense *model;
    pn_linn_plan plan;
    pn_linn_ibc ibc;
    pn_warp_stream warp;
    uint64_t frame; /* that comes next */
};

static pn_linn_talker *place(pn_arena *arena, const pn_dense *model)
{
    pn_linn_talker *talker = PN_TAKE(arena, pn_linn_talker, 1);
    if (talker != NULL) {
        memset(talker, 0, sizeof *talker);
        talker->model = model;
    }
    pn_linn_plan_place(arena, talker == NULL ? NULL : &talker->plan, model, 0.0);
    pn_linn_ibc_place(arena, talker == NULL ? NULL : &talker->ibc, model);
    pn_warp_stream_place(arena, talker == NULL ? NULL : &talker->warp, &model->warp, &model->geometry, LONGEST_FRAMES);
    return talker;
}

pn_status pn_linn_talker_size(const pn_dense *model, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (model == NULL || out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    if (model->sample_rate_hz != (double)PN_WARP_RATE_HZ) {
        return PN_ERROR_SAMPLE_RATE;
    }
    place(&arena, model);
    *out_bytes = arena.peak;
    return PN_OK;
}

pn_status pn_linn_talker_init(void *memory, size_t bytes, const pn_dense *model, pn_linn_talker **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_linn_talker_size(model, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, model);
    return PN_OK;
}

static const double *row_at(const double *rows, size_t row_count, uint64_t index)
{
    return rows + PN_WARP_ROW * (index < row_count ? index : row_count - 1);
}

/* Between the rows: straight for the mouth, and straight and normalised for the rotation, the shorter way. */
static pn_warp_pose pose_at(const pn_warp_geometry *geometry, const double *rows, size_t row_count, uint64_t frame)
{
    const uint64_t low = frame / PN_WARP_ROW_FRAMES;
    const double a = (double)(frame % PN_WARP_ROW_FRAMES) / PN_WARP_ROW_FRAMES;
    pn_warp_pose pose = pn_warp_pose_of(geometry, row_at(rows, row_count, low));
    const pn_warp_pose next = pn_warp_pose_of(geometry, row_at(rows, row_count, low + 1));
    double dot = 0.0;
    double square = 0.0;
    for (int i = 0; i < 4; i++) {
        dot += pose.rotation[i] * next.rotation[i];
    }
    for (int i = 0; i < 3; i++) {
        pose.mouth_m[i] += a * (next.mouth_m[i] - pose.mouth_m[i]);
    }
    for (int i = 0; i < 4; i++) {
        const double to = dot < 0.0 ? -next.rotation[i] : next.rotation[i];
        pose.rotation[i] += a * (to - pose.rotation[i]);
        square += pose.rotation[i] * pose.rotation[i];
    }
    for (int i = 0; i < 4 && square > 0.0; i++) {
        pose.rotation[i] /= sqrt(square);
    }
    return pose;
}

static double distance_of(const pn_dense *model, const double *row)
{
    const pn_warp_pose pose = pn_warp_pose_of(&model->geometry, row);
    const double *p = pose.mouth_m;
    return sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
}

/* The law of distance of a model that has one: over the mouth's distance, straight between the rows. */
static void divide_by_distance(const pn_linn_talker *talker, const double *rows, size_t row_count, float *left,
                               float *right)
{
    for (uint32_t i = 0; i < PN_HOP_FRAMES; i++) {
        const uint64_t frame = talker->frame + i;
        const uint64_t row = frame / PN_WARP_ROW_FRAMES;
        const double t = (double)(frame % PN_WARP_ROW_FRAMES) / PN_WARP_ROW_FRAMES;
        const double from = distance_of(talker->model, row_at(rows, row_count, row));
        const double to = distance_of(talker->model, row_at(rows, row_count, row + 1));
        const double metres = from + (to - from) * t;
        const double nearest = talker->model->geometry.nearest_m;
        const float law = (float)(1.0 / (metres > nearest ? metres : nearest));
        left[i] *= law;
        right[i] *= law;
    }
}

/* Warps up to the next row or to the hop's end, and takes the row when it is due. */
static void warp_hop(pn_linn_talker *talker, const double *rows, size_t row_count, const float *x, float *left,
                     float *right)
{
    for (uint32_t done = 0; done < PN_HOP_FRAMES;) {
        const uint64_t frame = talker->frame + done;
        const uint32_t into = (uint32_t)(frame % PN_WARP_ROW_FRAMES);
        if (into == 0) {
            const double *row = row_at(rows, row_count, frame / PN_WARP_ROW_FRAMES);
            pn_warp_stream_row(&talker->warp, row);
        }
        const uint32_t left_of_row = PN_WARP_ROW_FRAMES - into;
        const uint32_t now = PN_HOP_FRAMES - done < left_of_row ? PN_HOP_FRAMES - done : left_of_row;
        pn_warp_stream_process(&talker->warp, x + done, left + done, right + done, now);
        done += now;
    }
    if (talker->model->over_distance) {
        divide_by_distance(talker, rows, row_count, left, right);
    }
}

void pn_linn_talker_process(pn_linn_talker *talker, const double *rows, size_t row_count, const float *x, float *left,
                            float *right, float *warped, uint32_t frames)
{
    for (uint32_t at = 0; at < frames; at += PN_HOP_FRAMES) {
        float ears[EARS][PN_HOP_FRAMES];
        warp_hop(talker, rows, row_count, x + at, ears[0], ears[1]);
        if (warped != NULL) {
            pn_array_copy(warped + at, ears[0], PN_HOP_FRAMES);
            pn_array_copy(warped + frames + at, ears[1], PN_HOP_FRAMES);
        }
        const pn_warp_pose pose = pose_at(&talker->model->geometry, rows, row_count, talker->frame);
        pn_linn_ibc_hop(&talker->ibc, &talker->plan, &pose, NULL, ears[0], ears[1], left + at, right + at);
        talker->frame += PN_HOP_FRAMES;
    }
}
