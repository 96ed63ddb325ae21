/* SPDX-License-Identifier: MIT */
#include "nn/pn_warp.h"

#include <math.h>
#include <stddef.h>

#include "nn/pn_nn_conv1d.h"
#include "nn/pn_nn_dense.h"
#include "simd/pn_array.h"

/* From the receiver's marker, data set axes. */
static const double EARS_M[PN_WARP_EARS][3] = {{0.0, -0.08, -0.22}, {0.0, 0.08, -0.22}};
static const double CENTRE_M[3] = {0.0, 0.0, -0.22};

pn_warp_geometry pn_warp_default_geometry(void)
{
    return (pn_warp_geometry){.mouth_m = {0.09, 0.0, -0.20}, .offset_s = 0.0, .nearest_m = 0.2, .farthest_m = 4.0};
}

static double length_of(const double *v, int n)
{
    double square = 0.0;
    for (int i = 0; i < n; i++) {
        square += v[i] * v[i];
    }
    return sqrt(square);
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* The mouth's offset, turned by the inverse of a unit quaternion. */
static void turned_mouth(const pn_warp_geometry *geometry, const double q[4], double out[3])
{
    const double u[3] = {-q[0], -q[1], -q[2]};
    double t[3];
    double ut[3];
    cross(u, geometry->mouth_m, t);
    for (int i = 0; i < 3; i++) {
        t[i] *= 2.0;
    }
    cross(u, t, ut);
    for (int i = 0; i < 3; i++) {
        out[i] = geometry->mouth_m[i] + q[3] * t[i] + ut[i];
    }
}

pn_warp_pose pn_warp_pose_of(const pn_warp_geometry *geometry, const double row[PN_WARP_ROW])
{
    pn_warp_pose pose = {.rotation = {0.5, 0.5, 0.5, 0.5}};
    const double length = length_of(row + 3, 4);
    for (int i = 0; i < 4 && length > 0.0; i++) {
        pose.rotation[i] = row[3 + i] / length;
    }
    double offset[3];
    turned_mouth(geometry, pose.rotation, offset);
    for (int i = 0; i < 3; i++) {
        pose.mouth_m[i] = row[i] + offset[i] - CENTRE_M[i];
    }
    return pose;
}

void pn_warp_row_of(const pn_warp_geometry *geometry, const pn_warp_pose *pose, double row[PN_WARP_ROW])
{
    double offset[3];
    turned_mouth(geometry, pose->rotation, offset);
    for (int i = 0; i < 3; i++) {
        row[i] = pose->mouth_m[i] - offset[i] + CENTRE_M[i];
    }
    for (int i = 0; i < 4; i++) {
        row[3 + i] = pose->rotation[i];
    }
}

void pn_warp_distances(const pn_warp_pose *pose, double metres[PN_WARP_EARS])
{
    for (int ear = 0; ear < PN_WARP_EARS; ear++) {
        double way[3];
        for (int i = 0; i < 3; i++) {
            way[i] = pose->mouth_m[i] - (EARS_M[ear][i] - CENTRE_M[i]);
        }
        metres[ear] = length_of(way, 3);
    }
}

void pn_warp_geometric_field(const pn_warp_geometry *geometry, const pn_warp_pose *pose, double field[PN_WARP_EARS])
{
    double metres[PN_WARP_EARS];
    pn_warp_distances(pose, metres);
    for (int ear = 0; ear < PN_WARP_EARS; ear++) {
        field[ear] = -(metres[ear] / PN_WARP_SOUND_M_S + geometry->offset_s) * PN_WARP_RATE_HZ;
    }
}

double pn_warp_clamp_length(double v[3], double shortest, double longest)
{
    const double length = length_of(v, 3);
    const double wanted = length < shortest ? shortest : (length > longest ? longest : length);
    if (!(length > 0.0)) {
        v[0] = wanted;
    } else if (wanted != length) {
        for (int i = 0; i < 3; i++) {
            v[i] *= wanted / length;
        }
    }
    return length;
}

static pn_nn_conv1d layer_of(const pn_warp_net *net, int layer)
{
    return (pn_nn_conv1d){.in = layer == 0 ? PN_WARP_ROW : net->width, .out = net->width, .kernel = 2, .dilation = 1};
}

void pn_warp_memory_reset(pn_warp_memory *memory)
{
    pn_array_zero(memory->frames[0], sizeof memory->frames / sizeof(float));
}

/* Weights are a file's: sums of them need not be numbers. */
static double tame(float field)
{
    const double value = (double)field;
    if (!(value == value)) {
        return 0.0;
    }
    return value < -PN_WARP_MOST_SAMPLES ? -PN_WARP_MOST_SAMPLES
                                         : (value > PN_WARP_MOST_SAMPLES ? PN_WARP_MOST_SAMPLES : value);
}

void pn_warp_net_step(const pn_warp_net *net, const pn_warp_geometry *geometry, pn_warp_memory *memory,
                      const double row[PN_WARP_ROW], double field[PN_WARP_EARS])
{
    float x[PN_WARP_MOST_WIDTH];
    float y[PN_WARP_MOST_WIDTH];
    double moved[3];
    const pn_warp_pose pose = pn_warp_pose_of(geometry, row);
    for (int i = 0; i < 3; i++) {
        moved[i] = pose.mouth_m[i];
    }
    pn_warp_clamp_length(moved, geometry->nearest_m, geometry->farthest_m);
    for (int i = 0; i < PN_WARP_ROW; i++) {
        x[i] = (float)(i < 3 ? row[i] + (moved[i] - pose.mouth_m[i]) : row[i]);
    }
    for (int i = 0; i < PN_WARP_LAYERS; i++) {
        const pn_nn_conv1d layer = layer_of(net, i);
        pn_nn_conv1d_forward(&layer, net->conv[i], PN_NN_RELU, memory->frames[i], x, y);
        pn_array_copy(x, y, net->width);
    }
    pn_nn_dense_forward(net->out, net->width, PN_WARP_EARS, PN_NN_LINEAR, x, y);
    field[0] = tame(y[0]);
    field[1] = tame(y[1]);
}

void pn_warp_stream_place(pn_arena *arena, pn_warp_stream *stream, const pn_warp_net *net,
                          const pn_warp_geometry *geometry, uint32_t longest_frames_pow2)
{
    float *line = PN_TAKE(arena, float, longest_frames_pow2);
    if (line != NULL) {
        stream->net = net;
        stream->geometry = *geometry;
        stream->line = line;
        stream->mask = longest_frames_pow2 - 1;
        pn_warp_stream_reset(stream);
    }
}

void pn_warp_stream_reset(pn_warp_stream *stream)
{
    pn_warp_memory_reset(&stream->memory);
    pn_array_zero(stream->line, stream->mask + 1);
    stream->frame = 0.0;
    for (int ear = 0; ear < PN_WARP_EARS; ear++) {
        stream->field[ear] = 0.0;
        stream->furthest[ear] = 0.0;
    }
}

void pn_warp_stream_row(pn_warp_stream *stream, const double row[PN_WARP_ROW])
{
    double neural[PN_WARP_EARS] = {0.0, 0.0};
    double geometric[PN_WARP_EARS];
    const pn_warp_pose pose = pn_warp_pose_of(&stream->geometry, row);
    pn_warp_geometric_field(&stream->geometry, &pose, geometric);
    if (stream->net != NULL) {
        pn_warp_net_step(stream->net, &stream->geometry, &stream->memory, row, neural);
    }
    for (int ear = 0; ear < PN_WARP_EARS; ear++) {
        const double field = geometric[ear] + neural[ear];
        stream->field[ear] = field < 0.0 ? field : 0.0;
    }
}

void pn_warp_stream_process(pn_warp_stream *stream, const float *x, float *left, float *right, uint32_t frames)
{
    float *const out[PN_WARP_EARS] = {left, right};
    const double longest = (double)stream->mask;
    for (uint32_t i = 0; i < frames; i++) {
        const double now = stream->frame;
        stream->line[(uint64_t)now & stream->mask] = x[i];
        const double oldest = now > longest ? now - longest : 0.0;
        for (int ear = 0; ear < PN_WARP_EARS; ear++) {
            double at = now + stream->field[ear];
            at = at < oldest ? oldest : at;
            at = at < stream->furthest[ear] ? stream->furthest[ear] : at;
            stream->furthest[ear] = at;
            const uint64_t low = (uint64_t)at;
            const float a = (float)(at - (double)low);
            const float before = stream->line[low & stream->mask];
            const float after = a > 0.0f ? stream->line[(low + 1) & stream->mask] : before;
            out[ear][i] = (1.0f - a) * before + a * after;
        }
        stream->frame = now + 1.0;
    }
}
