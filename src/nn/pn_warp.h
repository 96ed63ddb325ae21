/* SPDX-License-Identifier: MIT */
/**
 * TDW: time-domain warping, the first stage of LINN and of WarpNet. A mono sound is read, for each ear, where it was
 * when it left the mouth.
 *
 * Method   the way from the talker's mouth to each ear over the speed of sound, plus what a small causal network makes
 *          of the poses: 4 convolutions over rows at 120 Hz (7 -> W -> W -> W -> W, kernel 2, ReLU), then W -> 2
 *          [Richard et al. 2021, and their published code].
 * Parity   pn_warp_stream does what the published systems do: the field is held for 400 samples, min(field, 0), read
 *          positions clamped to the stream's first sample, running maximum, linear interpolation. Positions are
 *          absolute and double, so that hours lose nothing (float positions are off by a sample after 3 minutes).
 * Quality  a renderer that is not compared sample by sample interpolates poses and reads with a long kernel
 *          (render/pn_linn_track.h).
 * Row      x y z qx qy qz qw of the talker's marker, in the axes of the BinauralSpeech data set: x forward, y RIGHT, z
 *          up, metres, origin at the receiver's marker. That is a left-handed triple, and so the mouth's offset is
 *          turned by the INVERSE of the quaternion; the procedure is copied, not corrected.
 */
#ifndef PN_WARP_H
#define PN_WARP_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"

enum {
    PN_WARP_ROW = 7,
    PN_WARP_ROWS_HZ = 120,
    PN_WARP_RATE_HZ = 48000, /* that the network's samples are of */
    PN_WARP_ROW_FRAMES = PN_WARP_RATE_HZ / PN_WARP_ROWS_HZ,
    PN_WARP_LAYERS = 4,
    PN_WARP_MOST_WIDTH = 64,
    PN_WARP_EARS = 2,
};

#define PN_WARP_SOUND_M_S 343.0

/** Where things are; part of a model. */
typedef struct pn_warp_geometry {
    double mouth_m[3]; /* from the talker's marker, in the talker's axes */
    double offset_s;   /* delay beside that of the way */
    double nearest_m;  /* distances that the network knows: rows are moved there for it */
    double farthest_m;
} pn_warp_geometry;

/** The data set's mouth, no offset, 0.2 to 4 m. [any] Realtime yes. */
pn_warp_geometry pn_warp_default_geometry(void);

/** A talker's pose, reduced to what the renderer asks for. */
typedef struct pn_warp_pose {
    double mouth_m[3];  /* from midway between the ears, the data set's axes */
    double rotation[4]; /* unit, x y z w; all zeros (padding) count as (1, 1, 1, 1) / 2 */
} pn_warp_pose;

/** [any] Realtime yes. */
pn_warp_pose pn_warp_pose_of(const pn_warp_geometry *geometry, const double row[PN_WARP_ROW]) PN_RT;

/** The row whose mouth is there: the other way round, for a unit rotation. [any] Realtime yes. */
void pn_warp_row_of(const pn_warp_geometry *geometry, const pn_warp_pose *pose, double row[PN_WARP_ROW]) PN_RT;

/** From the mouth to the left and the right ear. [any] Realtime yes. */
void pn_warp_distances(const pn_warp_pose *pose, double metres[PN_WARP_EARS]) PN_RT;

/** Minus the delays of the way and the offset, samples at 48 kHz. [any] Realtime yes. */
void pn_warp_geometric_field(const pn_warp_geometry *geometry, const pn_warp_pose *pose, double field[PN_WARP_EARS])
    PN_RT;

/**
 * A vector brought to a length within limits, in place; the zero vector becomes straight ahead.
 * @return its length before. [any] Realtime yes.
 */
double pn_warp_clamp_length(double v[3], double shortest, double longest) PN_RT;

/** The network. Its weights belong to the model (pn_dense.h). */
typedef struct pn_warp_net {
    uint32_t width;                    /* W, a multiple of 4 up to PN_WARP_MOST_WIDTH */
    const float *conv[PN_WARP_LAYERS]; /* packed by pn_nn_conv1d_pack */
    const float *out;                  /* packed by pn_nn_dense_pack */
} pn_warp_net;

/** What one stream of rows leaves behind: the frames under the kernels. */
typedef struct pn_warp_memory {
    float frames[PN_WARP_LAYERS][2 * PN_WARP_MOST_WIDTH];
} pn_warp_memory;

/** As before the first row: zeros. [audio] Realtime yes. */
void pn_warp_memory_reset(pn_warp_memory *memory) PN_RT;

/**
 * The network's part of the field for the next row, samples at 48 kHz, within +-PN_WARP_MOST_SAMPLES.
 *
 * @param row  as it is: this moves it into the model's range
 * Thread [audio]  Realtime yes: 25,600 multiply-adds at W = 64  Errors none: what is not a number counts as 0
 */
void pn_warp_net_step(const pn_warp_net *net, const pn_warp_geometry *geometry, pn_warp_memory *memory,
                      const double row[PN_WARP_ROW], double field[PN_WARP_EARS]) PN_RT;

/** 20 ms: more than any head's or marker's offset. */
#define PN_WARP_MOST_SAMPLES 960.0

/** One stream in parity mode, at 48 kHz. */
typedef struct pn_warp_stream {
    const pn_warp_net *net; /* NULL = geometry alone */
    pn_warp_geometry geometry;
    pn_warp_memory memory;
    double field[PN_WARP_EARS];    /* of the row that is held; 0 or less */
    double furthest[PN_WARP_EARS]; /* running maximum of read positions, absolute samples */
    double frame;                  /* absolute sample that comes next */
    float *line;                   /* [mask + 1] past samples */
    uint32_t mask;
} pn_warp_stream;

/**
 * Places a stream in an arena.
 *
 * @param[out] stream         may be NULL only when counting
 * @param longest_frames_pow2  of delay that can be served; what is further back is heard as what is oldest
 * [init] Realtime no.
 */
void pn_warp_stream_place(pn_arena *arena, pn_warp_stream *stream, const pn_warp_net *net,
                          const pn_warp_geometry *geometry, uint32_t longest_frames_pow2);

/** Sample 0 of silence. [audio] Realtime yes. */
void pn_warp_stream_reset(pn_warp_stream *stream) PN_RT;

/** The row that holds from the next sample on; due every PN_WARP_ROW_FRAMES samples. [audio] Realtime yes. */
void pn_warp_stream_row(pn_warp_stream *stream, const double row[PN_WARP_ROW]) PN_RT;

/**
 * Warps samples.
 *
 * @param[in]  x            [frames] mono, finite
 * @param[out] left, right  [frames]; must not alias x
 * Thread [audio]  Realtime yes  Errors none
 */
void pn_warp_stream_process(pn_warp_stream *stream, const float *x, float *left, float *right, uint32_t frames) PN_RT;

#endif
