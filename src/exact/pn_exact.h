/* SPDX-License-Identifier: MIT */
/**
 * The reference renderer: what the engine approximates, in double precision, sample by sample.
 *
 *     pn_exact_head_size  -> pn_exact_head_init              a measured head, immutable, shareable
 *     pn_exact_scene_default, pn_exact_source_default -> pn_exact_size -> pn_exact_init -> render*
 *
 * Definition, for each source, ear e and frame n at time t = n / rate:
 *
 *     y_e[n] = g(n) sum_k (c_e(n) * h_e(n))[k] d[n - k]
 *
 *   d     the source's clip: x(t), or with Doppler x(t'), t' the retarded time, at which what is heard at t was
 *         emitted: t - t' = |head(t) - source(t')| / c. The source is then where it was at t', in everything. Read
 *         with a sinc of 512 taps; while a source comes nearer, its cut-off falls as the pitch rises.
 *   h_e   the head's filters at the direction of that very frame: the aligned taps of three neighbours with their
 *         barycentric weights, delayed by the equally weighted delays with the same sinc.
 *   c_e   air, occlusion, directivity and near field: log gains in octave bands, interpolated linearly over log
 *         frequency, as one minimum-phase filter; evaluated at every `colour_step`-th frame, linear between.
 *   g     the source's gain, distance law and cone, at every frame.
 *
 * There are no hops, no spectra of 256 points, no tables of directions, no hints that a result depends on; the result
 * does not depend on how many frames are asked for at a time, and nothing is late. It is slow: some ten microseconds a
 * frame and source, a hundred where colour moves.
 *
 * Where it differs from the engine on purpose: with Doppler the engine has the place of t' but the orientation of t
 * (what a cone turns in 0.15 s at most); occlusion acts when it is written, not smoothed over 60 ms; a jump is a
 * crossfade that begins at its time and not at a hop's border, and where the source propagates, what left it before is
 * heard from there to its end.
 *
 * Memory is the caller's, 16-byte aligned; there is no destroy call. Thread [init] for all of it: it calls libm.
 * Axes as in pn.h.
 */
#ifndef PN_EXACT_H
#define PN_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "scene/pn_scene.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PN_EXACT_SPEED_OF_SOUND_M_S 343.0

/** Seconds over which a jump fades from one place to the other. */
#define PN_EXACT_JUMP_S (128.0 / 48000.0)

enum { PN_EXACT_BANDS = 8, PN_EXACT_MOST_SOURCES = 4096 };

typedef struct pn_exact_head pn_exact_head;
typedef struct pn_exact pn_exact;

/** Where something is, and of a source what stands before it. */
typedef struct pn_exact_pose {
    double position_m[3];             /* world; head, if PN_SOURCE_HEAD_LOCKED */
    double world_from_own[4];         /* unit quaternion x y z w; a listener looks, a source emits, along its own -z */
    double occlusion[PN_EXACT_BANDS]; /* octaves from 125 Hz: 0 = all passes, 1 = nothing; in amplitude */
} pn_exact_pose;

/** A pose and its time: sixteen doubles in a row. */
typedef struct pn_exact_key {
    double time_s;
    pn_exact_pose pose;
} pn_exact_key;

/**
 * Any motion, as a formula: the pose at a time of 0 s or more. Asked out of order, again, and up to 0.1 s beyond what
 * is rendered. Must be continuous; a source with Doppler must be slower than sound.
 *
 * @param[in,out] pose  comes at the origin, looking ahead, with nothing before it
 */
typedef void pn_exact_path(const void *state, double time_s, pn_exact_pose *pose);

/** A motion by keys, or by a formula. */
typedef struct pn_exact_motion {
    const pn_exact_key *keys; /* [key_count] times ascending; positions and occlusion linear, orientations slerp */
    uint32_t key_count;       /* [Shoemake 1985], still outside; two keys at one time are a jump. 0: by `path` */
    pn_exact_path *path;
    const void *state; /* for `path` */
} pn_exact_motion;

typedef struct pn_exact_source {
    const float *samples; /* [frames] mono, linear, finite */
    uint32_t frames;
    double sample_rate_hz; /* of the samples, whatever it is: 1 Hz to 1 MHz */
    double start_s;        /* 0; rounded to a frame of the output */
    uint32_t flags;        /* PN_SOURCE_HEAD_LOCKED, DOPPLER, LOOP (the whole), NEAR_FIELD, AIR; others are ignored */
    pn_exact_motion motion;
    double gain;                        /* 1; linear */
    uint32_t distance_model;            /* PN_DISTANCE_INVERSE */
    double ref_distance_m;              /* 1 */
    double max_distance_m;              /* 10000 */
    double rolloff_factor;              /* 1 */
    double cone_inner_rad;              /* 2 pi; full angles */
    double cone_outer_rad;              /* 2 pi */
    double cone_outer_gain;             /* 0 */
    double directivity[PN_EXACT_BANDS]; /* 0 = all around to 1 = figure of eight: |(1 - a) + a cos|^power */
    double directivity_power;           /* 1 */
} pn_exact_source;

typedef struct pn_exact_scene {
    double gain;  /* 1; of the sum */
    bool limiter; /* false; the engine's soft limiter (dsp/pn_limiter.h), on the sum */
    pn_exact_motion listener;
    const pn_exact_source *sources; /* [source_count] */
    uint32_t source_count;
    uint32_t colour_step; /* 16; frames, a power of two, 1 to 1024 */
} pn_exact_scene;

/** A source of gain 1 with the inverse distance law; its clip and its motion are missing. [any] */
pn_exact_source pn_exact_source_default(void);

/** A listener at the origin that looks ahead, and no sources. [any] */
pn_exact_scene pn_exact_scene_default(void);

/** Bytes for pn_exact_head_init; 0 on failure. As pn_hrtf_size in all else. [init] */
PN_MUST_CHECK pn_status pn_exact_head_size(const void *blob, size_t blob_bytes, double sample_rate_hz,
                                           size_t *out_bytes);

/**
 * A head at a sample rate: a sinc of 64 zero crossings a side takes its filters to another rate than their own.
 *
 * @param[in,out] memory  16-byte aligned, `bytes` long; must outlive every renderer that uses the head
 * @param[in]     blob    a baked file (models/FORMAT.md); not needed afterwards
 * @param[out]    out     NULL on failure
 * Thread [init]  Realtime no  Errors as pn_hrtf_init
 */
PN_MUST_CHECK pn_status pn_exact_head_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes,
                                           double sample_rate_hz, const pn_exact_head **out);

/** Bytes for pn_exact_init; 0 on failure. Errors as there. [init] */
PN_MUST_CHECK pn_status pn_exact_size(const pn_exact_scene *scene, const pn_exact_head *head, size_t *out_bytes);

/**
 * A renderer at frame 0, at the head's rate.
 *
 * Keeps pointers to the head, the sources' samples, keys and formulas; the scene and its sources are copied.
 *
 * @param[out] out  NULL on failure
 * Thread [init]  Realtime no
 * Errors MEMORY; ARGUMENT: a number is not finite or impossible, keys go back in time or are three at a time, a
 *        quaternion has no length, or a source with Doppler (or its listener) moves between keys at the speed of sound
 *        or faster
 */
PN_MUST_CHECK pn_status pn_exact_init(void *memory, size_t bytes, const pn_exact_scene *scene,
                                      const pn_exact_head *head, pn_exact **out);

/**
 * Renders the next frames: any number, with the same result.
 *
 * @param[out] left, right  [frames], overwritten
 * Units linear amplitude.  Thread [init]  Realtime no: see above  Errors none
 */
void pn_exact_render(pn_exact *exact, double *left, double *right, uint32_t frames);

/**
 * Does a part of what the next pn_exact_render would: one source over some 1024 frames. For hosts that want to be asked
 * in between; nobody needs to call it.
 *
 * @return whether there was something to do
 * Thread [init]  Realtime no
 */
bool pn_exact_work(pn_exact *exact);

#ifdef __cplusplus
}
#endif

#endif
