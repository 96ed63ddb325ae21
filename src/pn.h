/* SPDX-License-Identifier: MIT */
/**
 * pinna: binaural rendering of moving sources. The public C API, and the only header a host includes.
 *
 *     pn_hrtf_size   -> pn_hrtf_init                         a measured head, immutable, shareable
 *     pn_engine_config_default -> pn_engine_size -> pn_engine_init -> (apply, process)* -> reset
 *
 * Memory is the caller's: the size call says how much, the init call places everything in it, nothing is ever
 * allocated, and there is no destroy call because there is nothing to destroy. All memory is 16-byte aligned.
 * Everything that can fail fails in size or init; apply and process cannot.
 *
 * Threads  [init] any one thread, before use; [audio] the one thread that renders; [any] free of side effects.
 * Axes     right-handed, +x right, +y up, -z ahead, metres; quaternions x y z w.
 */
#ifndef PN_H
#define PN_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_hop.h"
#include "base/pn_rt.h"
#include "base/pn_status.h"
#include "base/pn_version.h"
#include "scene/pn_scene.h"
#include "scene/pn_stats.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pn_hrtf pn_hrtf;
typedef struct pn_engine pn_engine;
typedef struct pn_dense pn_dense;
typedef struct pn_linn pn_linn;
typedef struct pn_decoder pn_decoder;
typedef struct pn_soundfields pn_soundfields;

/**
 * Bytes that a head needs at a sample rate.
 *
 * @param[in]  blob         a head baked by pinna, or a LINN field model in its place (models/FORMAT.md); any alignment
 * @param[in]  blob_bytes   its length
 * @param[in]  sample_rate_hz  8000 to 192000
 * @param[out] out_bytes    for pn_hrtf_init; 0 on failure
 * Thread [init]  Realtime no  Errors ARGUMENT, SAMPLE_RATE, FILE_*
 */
PN_MUST_CHECK pn_status pn_hrtf_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes);

/**
 * Builds a head: filters resampled to the rate, their spectra, the triangulation of the sphere or the network.
 *
 * @param[in,out] memory  16-byte aligned, `bytes` long; must outlive every engine that uses the head
 * @param[out]    out     NULL on failure
 * The blob is not needed afterwards.
 * Thread [init]  Realtime no  Errors ARGUMENT, SAMPLE_RATE, MEMORY, FILE_*, GEOMETRY
 */
PN_MUST_CHECK pn_status pn_hrtf_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes,
                                     double sample_rate_hz, const pn_hrtf **out);

typedef struct pn_engine_config {
    double sample_rate_hz;      /* 48000; must be the head's */
    uint32_t max_sources;       /* 64; up to 4096 */
    uint32_t max_buffers;       /* 64; audio clips that the engine can hold references to */
    uint32_t max_block_frames;  /* 1024; the longest block that process will be given */
    uint32_t block_frames;      /* 0 = any sequence of block lengths, for a latency of one hop less a frame;
                                   n = every block is a multiple of n: latency hop - gcd(hop, n), so 0 for 128 */
    uint32_t max_exact_sources; /* 256; more are rendered by the bulk tier, the quietest first */
    float doppler_max_m;        /* 50; longest propagation path of a source with Doppler; memory grows with it */
} pn_engine_config;

/** Sensible wishes. [any] Realtime yes. */
pn_engine_config pn_engine_config_default(void);

/** Bytes that an engine needs. [init] Errors ARGUMENT, SAMPLE_RATE. */
PN_MUST_CHECK pn_status pn_engine_size(const pn_engine_config *config, const pn_hrtf *hrtf, size_t *out_bytes);

/**
 * Places an engine in the caller's memory. Silent, at frame 0, with no sources.
 *
 * Keeps a pointer to `hrtf`. Thread [init]  Realtime no  Errors ARGUMENT, SAMPLE_RATE, MEMORY
 */
PN_MUST_CHECK pn_status pn_engine_init(void *memory, size_t bytes, const pn_engine_config *config, const pn_hrtf *hrtf,
                                       pn_engine **out);

/** Back to the state after init: silence, frame 0, no sources, no buffers. [audio] Realtime yes. */
void pn_engine_reset(pn_engine *engine) PN_RT;

/**
 * Takes a scene snapshot. It is copied; poses are reached at the end of the next hop (or travelled to, see
 * `src/render/pn_motion.h`).
 *
 * A snapshot with the wrong magic, version or size is refused as a whole and counted; impossible numbers in a good
 * one are replaced by the last good value (or the default) and counted.
 *
 * @param[in] scene  a pn_scene_header followed by its records; 8-byte aligned
 * @param[in] bytes  length of the whole
 * Thread [audio]  Realtime yes  Errors none
 */
void pn_engine_apply(pn_engine *engine, const pn_scene_header *scene, size_t bytes) PN_RT;

/**
 * Renders one block.
 *
 * @param[in]  inputs  [max_sources] pointers to `frames` mono samples each; NULL = no live input for that slot
 * @param[out] left, right  [frames], overwritten; must not alias an input
 * @param[in]  frames  1 to max_block_frames
 * Units linear amplitude.  Thread [audio]
 * Realtime yes: no allocation, lock, or libm beyond sqrtf, fabsf and floorf  Errors none
 */
void pn_engine_process(pn_engine *engine, const float *const *inputs, float *left, float *right, uint32_t frames) PN_RT;

/**
 * Sound that is for two ears already, such as another engine's: the next call of pn_engine_process adds it before gain
 * and limiter, as late as sources at frame 0 of their filters.
 *
 * @param[in] left, right  as many samples as that call has frames; both NULL = none
 * Units linear amplitude.  Thread [audio]  Realtime yes
 */
void pn_engine_set_ears(pn_engine *engine, const float *left, const float *right) PN_RT;

/**
 * Frames until the next hop is rendered: 1 to PN_HOP_FRAMES. A host that renders offline applies the scene of the
 * hop's end just before the block that completes it, and gets the same samples whatever its block length.
 * [audio] Realtime yes.
 */
uint32_t pn_engine_frames_to_hop(const pn_engine *engine) PN_RT;

/**
 * Renders with another head from the next hop on, crossing over within it.
 *
 * What the bulk tier has mixed for the former head's basis filters rings out through them.
 *
 * @param[in] hrtf  of the same sample rate and transform length, and with basis filters if the first had some (every
 *                  set that pinna baked for the rate, and every field); it must stay until ten hops have been rendered
 *                  after the next set_hrtf
 * @return SAMPLE_RATE or FILE_SHAPE where it does not fit: the former head stays.  [audio]  Realtime yes
 */
PN_MUST_CHECK pn_status pn_engine_set_hrtf(pn_engine *engine, const pn_hrtf *hrtf) PN_RT;

/**
 * How many sources may have filters of their own from the next hop on; the others are mixed from shared ones (a quarter
 * of the cost, less exact). A host that sees its load rise lowers it. [audio] Realtime yes.
 */
void pn_engine_set_exact_limit(pn_engine *engine, uint32_t sources) PN_RT;

/**
 * Bytes that a dense LINN needs: a network in place of the measured filters (models/FORMAT.md, pinna-linn-dense).
 *
 *     pn_dense_size -> pn_dense_init       the model, immutable, shareable
 *     pn_linn_size -> pn_linn_init -> pn_linn_attach -> pn_linn_set_form, at any time
 *
 * Parameters and errors as pn_hrtf_size. [init] Realtime no.
 */
PN_MUST_CHECK pn_status pn_dense_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes);

/** Checks a model and places it; as pn_hrtf_init. [init] Realtime no. Errors as pn_dense_size, and MEMORY. */
PN_MUST_CHECK pn_status pn_dense_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes,
                                      double sample_rate_hz, const pn_dense **out);

/** How LINN renders. */
typedef enum pn_linn_form {
    PN_LINN_OFF = 0,    /* the engine renders with its head */
    PN_LINN_FRAMES = 1, /* form A: short-time spectra; PN_LINN_MOST_FRAMES sources, 1024 frames late; more as form B */
    PN_LINN_FIR = 2,    /* form B: filters; PN_LINN_MOST_FIR sources, none late; more are the head's */
} pn_linn_form;

enum { PN_LINN_MOST_FRAMES = 4, PN_LINN_MOST_FIR = 32 };

/** Bytes of LINN's state for an engine with this head. [init] Errors ARGUMENT, SAMPLE_RATE (the two differ). */
PN_MUST_CHECK pn_status pn_linn_size(const pn_dense *model, const pn_hrtf *hrtf, size_t *out_bytes);

/** Places it, off. Keeps a pointer to the model, none to the head. [init] Errors ARGUMENT, SAMPLE_RATE, MEMORY. */
PN_MUST_CHECK pn_status pn_linn_init(void *memory, size_t bytes, const pn_dense *model, const pn_hrtf *hrtf,
                                     pn_linn **out);

/** Gives it to an engine, which keeps a pointer; NULL takes it back, at once. One engine each. [audio] Realtime yes. */
void pn_linn_attach(pn_linn *linn, pn_engine *engine) PN_RT;

/** How the engine renders from the next hop on; sources cross over. [audio] Realtime yes. */
void pn_linn_set_form(pn_linn *linn, pn_linn_form form) PN_RT;

enum { PN_SOUNDFIELDS_MOST = 64, PN_SOUNDFIELD_CHANNELS = 16 };

/**
 * Bytes that a decoder needs while it is made: ambisonic sound for the two ears of a head (hrtf/pn_decoder.h).
 *
 *     pn_decoder_size -> pn_decoder_init          for a head, immutable, shareable
 *     pn_soundfields_size -> pn_soundfields_init -> pn_soundfields_attach
 *                         -> (pn_soundfields_set_inputs, pn_engine_process)*
 *
 * @param[in] hrtf  any, at any rate
 * Thread [init]  Realtime no  Errors ARGUMENT
 */
PN_MUST_CHECK pn_status pn_decoder_size(const pn_hrtf *hrtf, size_t *out_bytes);

/** Makes it: some tens of milliseconds. Keeps no pointer to the head. [init] Errors ARGUMENT, MEMORY. */
PN_MUST_CHECK pn_status pn_decoder_init(void *memory, size_t bytes, const pn_hrtf *hrtf, const pn_decoder **out);

/** Bytes of the block that a decoder lies in, less than it took to make: it may be copied to another 16-byte aligned
    place. [any] Realtime yes. */
size_t pn_decoder_bytes(const pn_decoder *decoder) PN_RT;

/**
 * Bytes that sound fields need. They are records of the scene with PN_SOURCE_SOUNDFIELD in the first `count` slots.
 * @param count  1 to PN_SOUNDFIELDS_MOST
 * Thread [init]  Realtime no  Errors ARGUMENT
 */
PN_MUST_CHECK pn_status pn_soundfields_size(uint32_t count, const pn_decoder *decoder, size_t *out_bytes);

/** Places them, silent. Keeps a pointer to the decoder. [init] Realtime no. Errors ARGUMENT, MEMORY. */
PN_MUST_CHECK pn_status pn_soundfields_init(void *memory, size_t bytes, uint32_t count, const pn_decoder *decoder,
                                            pn_soundfields **out);

/** Gives them to an engine of the decoder's rate and transform length, which keeps a pointer; NULL takes them back, at
    once. One engine each. [audio] Realtime yes. */
void pn_soundfields_attach(pn_soundfields *fields, pn_engine *engine) PN_RT;

/**
 * Decodes for another head from the next hop on, crossing over within it.
 * @param[in] decoder  the former one must stay until that hop is rendered
 * @return SAMPLE_RATE or FILE_SHAPE where it does not fit: the former stays.  [audio]  Realtime yes
 */
PN_MUST_CHECK pn_status pn_soundfields_set_decoder(pn_soundfields *fields, const pn_decoder *decoder) PN_RT;

/**
 * What the next calls of pn_engine_process read, beside their own inputs.
 *
 * @param[in] inputs  [count][PN_SOUNDFIELD_CHANNELS] pointers to as many samples as the call has frames: ACN
 *                    order, SN3D norm, X ahead, Y left, Z up of the field's own axes, which world_from_source turns;
 *                    NULL = silence, of a channel or of everything
 * Units linear amplitude.  Thread [audio]  Realtime yes
 */
void pn_soundfields_set_inputs(pn_soundfields *fields, const float *const *inputs) PN_RT;

/** Bytes of the block that a head lies in: it may be copied to another 16-byte aligned place. [any] Realtime yes. */
size_t pn_hrtf_bytes(const pn_hrtf *hrtf) PN_RT;

/** Sets the host clock, in frames, of the next frame that process is given. [audio] Realtime yes. */
void pn_engine_set_clock(pn_engine *engine, double frame) PN_RT;

/**
 * Lends the engine an audio clip to play under a number; samples NULL takes it back at once.
 *
 * @param[in] number   1 to max_buffers, as in pn_scene_source.buffer
 * @param[in] samples  [frames] mono at the engine's rate; the caller keeps it as it is until it is taken back
 * A source that was started before its clip arrived starts when it arrives.  Thread [audio]  Realtime yes
 */
void pn_engine_set_buffer(pn_engine *engine, uint32_t number, const float *samples, uint32_t frames) PN_RT;

/** The play_token of the last playback that ended in a slot; 0 = none did. [audio] Realtime yes. */
uint32_t pn_engine_ended_token(const pn_engine *engine, uint32_t slot) PN_RT;

/** Frames that process delays everything by: of partial hops, and of LINN in form A. [any] Realtime yes. */
uint32_t pn_engine_latency_frames(const pn_engine *engine) PN_RT;

/** Copies the statistics. [audio] Realtime yes. */
void pn_engine_get_stats(const pn_engine *engine, pn_stats *out) PN_RT;

#ifdef __cplusplus
}
#endif

#endif
