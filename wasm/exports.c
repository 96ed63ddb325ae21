/* SPDX-License-Identifier: MIT */
/**
 * The flat interface of pinna.wasm: one engine per instance, numbers and addresses only, no imports.
 *
 * `web/shared/engine-host.js` is its only caller. Order: pinna_head_build, pinna_boot, then per block: write the
 * scene and the inputs, pinna_apply if the scene is new, pinna_process, read the output.
 * Addresses stay valid until memory grows, which only pinna_alloc and pinna_boot do.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pn.h"
#include "wasm/host.h"
#include "wasm/selftest.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

enum { ALIGNMENT = 16 };

static struct {
    pn_engine *engine;
    const pn_hrtf *hrtf;
    const pn_hrtf *built;
    void *engine_memory;
    pn_scene_header *scene;
    size_t scene_bytes;
    float *inputs;          /* [max_sources][max_block_frames] */
    uint8_t *live;          /* [max_sources] 1 = the input is to be read in the next block */
    const float **pointers; /* [max_sources] */
    float *output;          /* [2][max_block_frames] */
    float *ears;            /* [2][max_block_frames] */
    uint32_t *ended;        /* [max_sources] */
    pn_stats stats;
    pn_engine_config config;
} host;

/* The C library's heap calls this when memory grows; defining it here keeps the module free of imports. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index)
{
    (void)index;
}

static void *take(size_t bytes)
{
    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

void *host_take(size_t bytes)
{
    return take(bytes);
}

pn_engine *host_engine(void)
{
    return host.engine;
}

const pn_hrtf *host_head(void)
{
    return host.hrtf;
}

uint32_t host_max_block_frames(void)
{
    return host.config.max_block_frames;
}

EXPORT(pinna_alloc) void *pinna_alloc(uint32_t bytes)
{
    return take(bytes);
}

EXPORT(pinna_free) void pinna_free(void *address)
{
    free(address);
}

/** A hash of known arithmetic: it differs from `selftest_expected` where the host's SIMD is wrong. */
EXPORT(pinna_selftest) uint32_t pinna_selftest(void)
{
    return selftest_run();
}

EXPORT(pinna_selftest_expected) uint32_t pinna_selftest_expected(void)
{
    return SELFTEST_EXPECTED;
}

/** Version of the scene layout that this module reads. */
EXPORT(pinna_scene_version) uint32_t pinna_scene_version(void)
{
    return PN_SCENE_VERSION;
}

/**
 * Makes the engine; may be called once.
 *
 * @param head   what pinna_head_build built, or a copy in memory of pinna_alloc; the engine's from now on
 * @param bytes  its length; FILE_TRUNCATED if that is not the head's
 * @return a pn_status
 */
EXPORT(pinna_boot)
int pinna_boot(const void *head, uint32_t bytes, double sample_rate_hz, uint32_t max_sources, uint32_t max_buffers,
               uint32_t block_frames, uint32_t max_block_frames, float doppler_max_m)
{
    const pn_hrtf *hrtf = head;
    size_t engine_bytes = 0;
    if (!host_head_is_whole(head, bytes)) {
        return PN_ERROR_FILE_TRUNCATED;
    }
    host.hrtf = hrtf;
    host.config = pn_engine_config_default();
    host.config.sample_rate_hz = sample_rate_hz;
    host.config.max_sources = max_sources;
    host.config.max_buffers = max_buffers;
    host.config.block_frames = block_frames;
    host.config.max_block_frames = max_block_frames;
    host.config.doppler_max_m = doppler_max_m;
    pn_status status = pn_engine_size(&host.config, hrtf, &engine_bytes);
    if (status != PN_OK) {
        return status;
    }
    host.engine_memory = take(engine_bytes);
    status = pn_engine_init(host.engine_memory, engine_bytes, &host.config, hrtf, &host.engine);
    if (status != PN_OK) {
        return status;
    }
    host.scene_bytes = sizeof(pn_scene_header) + (size_t)max_sources * sizeof(pn_scene_source);
    host.scene = take(host.scene_bytes);
    host.inputs = take((size_t)max_sources * max_block_frames * sizeof(float));
    host.live = take(max_sources);
    host.pointers = take(max_sources * sizeof(float *));
    host.output = take((size_t)2 * max_block_frames * sizeof(float));
    host.ears = take((size_t)2 * max_block_frames * sizeof(float));
    host.ended = take(max_sources * sizeof(uint32_t));
    if (host.scene == NULL || host.inputs == NULL || host.live == NULL || host.pointers == NULL ||
        host.output == NULL || host.ears == NULL || host.ended == NULL) {
        return PN_ERROR_MEMORY;
    }
    memset(host.scene, 0, host.scene_bytes);
    memset(host.live, 0, max_sources);
    memset(host.ended, 0, max_sources * sizeof(uint32_t));
    return PN_OK;
}

/**
 * Builds a head for any instance of this module's version. No engine is needed.
 *
 * @param blob  a baked file; may be freed afterwards
 * @return a pn_status; then pinna_head_built is the head, pinna_head_bytes its length, until pinna_free of its address
 */
EXPORT(pinna_head_build) int pinna_head_build(const void *blob, uint32_t blob_bytes, double sample_rate_hz)
{
    return host_head_build(blob, blob_bytes, sample_rate_hz, &host.built);
}

/** Address of the head that pinna_head_build built last; 0 = it failed. */
EXPORT(pinna_head_built) const void *pinna_head_built(void)
{
    return host.built;
}

EXPORT(pinna_head_bytes) uint32_t pinna_head_bytes(const void *head)
{
    return host_head_bytes(head);
}

/** Address of the head in use. */
EXPORT(pinna_head) const void *pinna_head(void)
{
    return host.hrtf;
}

/**
 * Renders with another head from the next hop on.
 *
 * @param head   a copy of what pinna_head_build built, in memory of pinna_alloc
 * @param bytes  its length, as it came; FILE_TRUNCATED if that is not the head's
 * @return a pn_status; unless OK the former head stays in use. The former head is freed with pinna_free once ten
 *         more hops have been rendered, not before.
 */
EXPORT(pinna_head_use) int pinna_head_use(const void *head, uint32_t bytes)
{
    if (!host_head_is_whole(head, bytes)) {
        return PN_ERROR_FILE_TRUNCATED;
    }
    const pn_status status = pn_engine_set_hrtf(host.engine, head);
    if (status == PN_OK) {
        host.hrtf = head;
        host_head_taken(head);
    }
    return status;
}

EXPORT(pinna_status_text) const char *pinna_status_text(int status)
{
    return pn_status_text((pn_status)status);
}

EXPORT(pinna_scene) void *pinna_scene(void)
{
    return host.scene;
}

EXPORT(pinna_scene_bytes) uint32_t pinna_scene_bytes(void)
{
    return (uint32_t)host.scene_bytes;
}

/** [max_sources][max_block_frames] floats. */
EXPORT(pinna_inputs) float *pinna_inputs(void)
{
    return host.inputs;
}

/** [max_sources] bytes: set 1 for each input written for the next block. */
EXPORT(pinna_live) uint8_t *pinna_live(void)
{
    return host.live;
}

/** [2][max_block_frames] floats: left, right. */
EXPORT(pinna_output) float *pinna_output(void)
{
    return host.output;
}

/** [2][max_block_frames] floats: what is for two ears already. */
EXPORT(pinna_ears) float *pinna_ears(void)
{
    return host.ears;
}

/** What was written there is added in the next pinna_process. */
EXPORT(pinna_ears_ready) void pinna_ears_ready(void)
{
    pn_engine_set_ears(host.engine, host.ears, host.ears + host.config.max_block_frames);
}

EXPORT(pinna_apply) void pinna_apply(void)
{
    pn_engine_apply(host.engine, host.scene, host.scene_bytes);
}

EXPORT(pinna_process) void pinna_process(uint32_t frames)
{
    for (uint32_t i = 0; i < host.config.max_sources; i++) {
        host.pointers[i] = host.live[i] ? host.inputs + (size_t)i * host.config.max_block_frames : NULL;
    }
    pn_engine_process(host.engine, host.pointers, host.output, host.output + host.config.max_block_frames, frames);
}

/** How many sources may have filters of their own; the others share some. */
EXPORT(pinna_set_exact_limit) void pinna_set_exact_limit(uint32_t sources)
{
    pn_engine_set_exact_limit(host.engine, sources);
}

EXPORT(pinna_frames_to_hop) uint32_t pinna_frames_to_hop(void)
{
    return pn_engine_frames_to_hop(host.engine);
}

EXPORT(pinna_set_clock) void pinna_set_clock(double frame)
{
    pn_engine_set_clock(host.engine, frame);
}

EXPORT(pinna_set_buffer) void pinna_set_buffer(uint32_t number, const float *samples, uint32_t frames)
{
    pn_engine_set_buffer(host.engine, number, samples, frames);
}

EXPORT(pinna_reset) void pinna_reset(void)
{
    pn_engine_reset(host.engine);
}

EXPORT(pinna_latency_frames) uint32_t pinna_latency_frames(void)
{
    return pn_engine_latency_frames(host.engine);
}

/** Refreshes and returns the pn_stats. */
EXPORT(pinna_stats) pn_stats *pinna_stats(void)
{
    pn_engine_get_stats(host.engine, &host.stats);
    return &host.stats;
}

/** Refreshes and returns [max_sources] play tokens whose playback has ended. */
EXPORT(pinna_ended) uint32_t *pinna_ended(void)
{
    for (uint32_t i = 0; i < host.config.max_sources; i++) {
        host.ended[i] = pn_engine_ended_token(host.engine, i);
    }
    return host.ended;
}
