/* SPDX-License-Identifier: MIT */
#include "render/pn_linn_track.h"

#include <math.h>

#include "base/pn_hop.h"

enum { EARS = 2 };

pn_warp_pose pn_linn_pose_of(const pn_pose *head)
{
    const pn_vec3 p = head->position;
    const pn_quat q = pn_quat_normalize(head->world_from_own);
    const double sign = q.w < 0.0f ? -1.0 : 1.0;
    /* Axes map by a reflection, which turns the vector part's sign; the rows' convention turns it once more. */
    return (pn_warp_pose){
        .mouth_m = {-(double)p.z, (double)p.x, (double)p.y},
        .rotation = {-sign * (double)q.z, sign * (double)q.x, sign * (double)q.y, sign * (double)q.w},
    };
}

static void step(pn_linn_track *track, const pn_dense *model, const pn_warp_pose *pose)
{
    double row[PN_WARP_ROW];
    pn_warp_row_of(&model->geometry, pose, row);
    pn_warp_net_step(&model->warp, &model->geometry, &track->memory, row, track->neural_to);
}

static double row_frames(const pn_dense *model)
{
    return model->sample_rate_hz / PN_WARP_ROWS_HZ;
}

static double neural_now(const pn_linn_track *track, const pn_dense *model, int ear)
{
    const double share = track->since_row / row_frames(model);
    return track->neural_from[ear] + (track->neural_to[ear] - track->neural_from[ear]) * (share < 1.0 ? share : 1.0);
}

static void arrive(pn_linn_track *track, const pn_dense *model, const pn_warp_pose *pose)
{
    const double per_metre = model->sample_rate_hz / PN_WARP_SOUND_M_S;
    const double stretch = model->sample_rate_hz / PN_WARP_RATE_HZ;
    const double *p = pose->mouth_m;
    double metres[EARS];
    track->pose = *pose;
    pn_warp_distances(pose, metres);
    const double way_m = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    track->way = way_m * per_metre;
    for (int ear = 0; ear < EARS; ear++) {
        track->delay[ear] = (metres[ear] - way_m) * per_metre + model->geometry.offset_s * model->sample_rate_hz -
                            neural_now(track, model, ear) * stretch;
    }
}

void pn_linn_track_begin(pn_linn_track *track, const pn_dense *model, const pn_pose *at)
{
    const pn_warp_pose pose = pn_linn_pose_of(at);
    pn_warp_memory_reset(&track->memory);
    track->since_row = 0.0;
    for (int i = 0; i <= PN_WARP_LAYERS; i++) {
        step(track, model, &pose);
    }
    for (int ear = 0; ear < EARS; ear++) {
        track->neural_from[ear] = track->neural_to[ear];
    }
    arrive(track, model, &pose);
}

void pn_linn_track_hop(pn_linn_track *track, const pn_dense *model, const pn_pose *from, const pn_pose *to)
{
    const double every = row_frames(model);
    double left = PN_HOP_FRAMES; /* of the hop */
    while (track->since_row + left >= every) {
        left -= every - track->since_row;
        track->since_row = every;
        for (int ear = 0; ear < EARS; ear++) {
            track->neural_from[ear] = neural_now(track, model, ear);
        }
        const float t = 1.0f - (float)left / PN_HOP_FRAMES;
        const pn_pose between = {pn_vec3_lerp(from->position, to->position, t),
                                 pn_quat_slerp(from->world_from_own, to->world_from_own, t)};
        const pn_warp_pose pose = pn_linn_pose_of(&between);
        step(track, model, &pose);
        track->since_row = 0.0;
    }
    track->since_row += left;
    const pn_warp_pose pose = pn_linn_pose_of(to);
    arrive(track, model, &pose);
}
