/* SPDX-License-Identifier: MIT */
/**
 * The baked head as a file: checks a blob against models/FORMAT.md and reads it, whatever its alignment.
 *
 * After `open` every accessor is safe for node < node_count, ear < 2, frame < filter_taps: all numbers are finite and
 * within the limits below. That the directions enclose the origin is the triangulation's to judge.
 */
#ifndef PN_HEAD_FILE_H
#define PN_HEAD_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "nn/pn_safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PN_HEAD_MIN_NODES = 4,
    PN_HEAD_MAX_NODES = 16384,
    PN_HEAD_MIN_TAPS = 16,
    PN_HEAD_MAX_TAPS = 1024,
    PN_HEAD_MAX_DELAY_FRAMES = 200,
    PN_HEAD_MAX_BASES = 16,
    PN_HEAD_FORMAT_VERSION = 1
};

/** The largest magnitude of a tap: 36 dB above a set whose power is 1. */
#define PN_HEAD_MAX_TAP 64.0F

/** Where a file does not say how far away its loudspeaker stood: MIT KEMAR's distance; most sets have 1 to 2 m. */
#define PN_HEAD_DISTANCE_M 1.4
#define PN_HEAD_MIN_DISTANCE_M 0.2 /* nearer, the head's own centre is hardly outside the head */
#define PN_HEAD_MAX_DISTANCE_M 100.0

typedef struct pn_head_file {
    pn_tensor directions; /* F32 [N, 3] */
    pn_tensor filters;    /* I16 [N, 2, L] */
    pn_tensor scales;     /* F32 [N, 2] */
    pn_tensor delays;     /* F32 [N, 2] */
    pn_tensor bases;      /* F32 [K, M]; both are optional, and come together */
    pn_tensor mixes;      /* F32 [N, 2, K] */
    double sample_rate_hz;
    double distance_m;     /* at which the set was measured; PN_HEAD_DISTANCE_M where the file does not say */
    uint32_t node_count;   /* N, 4 to 16384 */
    uint32_t filter_taps;  /* L, 16 to 1024 */
    uint32_t guard_frames; /* less than filter_taps */
    uint32_t basis_count;  /* K: 0 (none), 4, 8, 12 or 16 */
    uint32_t basis_taps;   /* M, 16 to 1024 */
} pn_head_file;

/**
 * Checks a blob and makes views of it.
 *
 * @param[in]  blob  any alignment; must outlive `out`
 * @param[out] out   zeroed on failure
 * Thread [init]  Realtime no: O(bytes)
 * Errors ARGUMENT, FILE_TRUNCATED, FILE_FORMAT (not a baked head), FILE_VERSION, FILE_SHAPE (a tensor is missing, or
 *        of another type or shape), FILE_VALUE (a number that is not finite or out of range), FILE_DAMAGED (it has a
 *        checksum, and another one)
 */
PN_MUST_CHECK pn_status pn_head_file_open(const void *blob, size_t bytes, pn_head_file *out);

/** Writes the checksum: pn_model_file_seal. [init] */
PN_MUST_CHECK pn_status pn_head_file_seal(void *blob, size_t bytes);

/** Unit vector from the head to the source (+x right, +y up, -z ahead), normalised in double. [any] Realtime no. */
void pn_head_file_get_direction(const pn_head_file *file, uint32_t node, double head_dir[3]);

/** Frames that alignment took out; 0 to 200. [any] Realtime no. */
double pn_head_file_get_delay(const pn_head_file *file, uint32_t node, uint32_t ear);

/** One tap, linear amplitude. [any] Realtime no. */
float pn_head_file_get_tap(const pn_head_file *file, uint32_t node, uint32_t ear, uint32_t frame);

/** A whole filter: [filter_taps] linear amplitude. [any] Realtime no. */
void pn_head_file_get_filter(const pn_head_file *file, uint32_t node, uint32_t ear, float *taps);

/** One tap of a basis filter, linear amplitude. [any] Realtime no. */
float pn_head_file_get_basis_tap(const pn_head_file *file, uint32_t basis, uint32_t frame);

/** How much of a basis filter a node's filter is mixed of. [any] Realtime no. */
float pn_head_file_get_mix(const pn_head_file *file, uint32_t node, uint32_t ear, uint32_t basis);

#ifdef __cplusplus
}
#endif

#endif
