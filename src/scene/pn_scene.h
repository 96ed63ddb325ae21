/* SPDX-License-Identifier: MIT */
/**
 * The scene: one snapshot of everything the listener and the sources do, as plain bytes.
 *
 * Problem  a page (or a command line, or a C host) describes the scene at its own pace, the engine reads it at each
 *          render quantum, and neither may wait for the other.
 * Method   a snapshot is a header and `source_count` records of fixed width, little-endian, without pointers or
 *          padding. Whoever holds the newest snapshot holds everything: snapshots may be dropped, never queued.
 *          Events that must survive a dropped snapshot are counters (`generation`, `teleport`, `play_token`): a
 *          changed number is the event.
 *
 * This file is the single source of the layout. `wasm/layout.mjs` reads it and writes `web/shared/layout.gen.js`; a
 * test fails when the two differ.
 *
 * Axes   right-handed, +x right, +y up, -z ahead, metres; quaternions x y z w, maps such as `world_from_head`.
 *        A source emits along its own -z.
 * Times  seconds on the host's clock (`pn_engine_set_clock`), an AudioContext's `currentTime` on the web.
 */
#ifndef PN_SCENE_H
#define PN_SCENE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PN_SCENE_MAGIC = 0x53434e50,  /* "PNCS", read as little-endian */
    PN_SCENE_VERSION = 2,
};

/** Bits of `pn_scene_header.flags`. */
enum {
    PN_SCENE_LIMITER = 1,               /* soft limiter on the sum */
    PN_SCENE_PREDICT = 2,               /* extrapolate the head to the time at which it is heard */
    PN_SCENE_HAS_ANGULAR_VELOCITY = 4,  /* the tracker measured it; otherwise it is estimated */
    PN_SCENE_HAS_LINEAR_VELOCITY = 8,
};

/** Bits of `pn_scene_source.flags`. */
enum {
    PN_SOURCE_ACTIVE = 1,       /* the slot is in use */
    PN_SOURCE_HEAD_LOCKED = 2,  /* position and orientation are in head space */
    PN_SOURCE_DOPPLER = 4,      /* sound takes its time: it is heard from where it left, and motion as pitch */
    PN_SOURCE_LOOP = 8,         /* the buffer repeats between loop_start_s and loop_end_s */
    PN_SOURCE_NEAR_FIELD = 16,  /* nearer than the measurement, the head's shadow and parallax are modelled */
    PN_SOURCE_AIR = 32,         /* air swallows high frequencies over distance */
    PN_SOURCE_SOUNDFIELD = 64,  /* an ambisonic sound field: of the record only flags, gain, rotation, order count */
};

/** Kinds of the equaliser's sections; they have the responses of Web Audio's filters. */
enum {
    PN_SCENE_NO_SECTION = 0,
    PN_SCENE_LOW_SHELF = 1,
    PN_SCENE_PEAKING = 2,
    PN_SCENE_HIGH_SHELF = 3,
};

enum { PN_SCENE_SECTIONS = 16 };

/** Laws of level over distance: the Web Audio specification's three, and none. */
enum {
    PN_DISTANCE_NONE = 0,
    PN_DISTANCE_LINEAR = 1,
    PN_DISTANCE_INVERSE = 2,
    PN_DISTANCE_EXPONENTIAL = 3,
};

/** How a source is rendered. */
enum {
    PN_TIER_AUTO = 0,  /* with filters of its own while there is room, the quietest first to go */
    PN_TIER_EXACT = 1, /* always with filters of its own */
    PN_TIER_BULK = 2,  /* always mixed from shared filters */
};

typedef struct pn_scene_header {
    uint32_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint32_t source_bytes;
    uint32_t source_count;                     /* records that follow; slot i is record i */
    uint32_t sequence;                         /* counts commits; for statistics only */
    uint32_t flags;
    float gain;                                /* of the sum, linear */
    double pose_time_s;                        /* when the listener's pose holds; used with PN_SCENE_PREDICT */
    float listener_position_m[3];              /* world */
    float listener_world_from_head[4];
    float listener_angular_velocity_rad_s[3];  /* world */
    float listener_linear_velocity_m_s[3];     /* world */
    uint32_t listener_teleport;                /* changes: jump there, do not travel */
    float output_latency_s;                    /* from the engine's output to the ear */
    uint32_t reserved[7];                      /* zero */
    float equalizer[64];                       /* of the sum: per section its kind, Hz, dB, Q */
} pn_scene_header;

typedef struct pn_scene_source {
    uint32_t flags;
    uint32_t generation;         /* changes: another source took the slot; nothing of the old one may be heard */
    uint32_t teleport;           /* changes: jump there, do not travel */
    uint32_t distance_model;
    float position_m[3];         /* world, or head if PN_SOURCE_HEAD_LOCKED */
    float gain;                  /* linear */
    float world_from_source[4];  /* head_from_source if PN_SOURCE_HEAD_LOCKED */
    float ref_distance_m;
    float max_distance_m;
    float rolloff_factor;
    float cone_inner_rad;        /* full angle, 2 pi = no cone */
    float cone_outer_rad;        /* full angle */
    float cone_outer_gain;       /* linear */
    uint32_t buffer;             /* number of a buffer held by the engine, from 1; 0 = live input only */
    uint32_t play_token;         /* changes: start (again) at start_s; 0 = never started */
    double start_s;              /* when; in the past = at once */
    double stop_s;               /* when; infinity = at the buffer's end */
    double offset_s;             /* where in the buffer */
    double loop_start_s;         /* within the buffer */
    double loop_end_s;           /* within the buffer; 0 = its end */
    float occlusion[8];          /* per octave band from 125 Hz: 0 = all passes, 1 = nothing; in amplitude */
    float directivity[8];        /* per band, 0 = all around to 1 = figure of eight: |(1 - a) + a cos|^power */
    float directivity_power;     /* 0 counts as 1 */
    uint32_t tier;
    float radius_m;              /* of the ball that it fills; 0 = a point */
    uint32_t order;              /* of a sound field, 1 to 3 */
    uint32_t reserved[14];       /* zero */
} pn_scene_source;

static_assert(sizeof(pn_scene_header) == 384, "the scene header is 384 bytes on every host");
static_assert(sizeof(pn_scene_source) == 256, "a source record is 256 bytes on every host");
static_assert(sizeof(((pn_scene_header *)0)->equalizer) == 4 * sizeof(float) * PN_SCENE_SECTIONS, "one size");
static_assert(offsetof(pn_scene_header, pose_time_s) % 8 == 0, "doubles lie on 8-byte boundaries");
static_assert(offsetof(pn_scene_source, start_s) % 8 == 0, "doubles lie on 8-byte boundaries");

#endif
