/* SPDX-License-Identifier: MIT */
/**
 * The flat interface of pinna-exact.wasm, the reference renderer for Node: numbers and addresses only, no imports.
 *
 * `web/cli/exact-host.js` is its only caller. Order: pinna_exact_head once; then per scene pinna_exact_begin,
 * _listener, _source for each, _open; then pinna_exact_render until all is there, with pinna_exact_work between for
 * hosts that want to breathe; pinna_exact_end. Clips and keys lie in memory of pinna_alloc and stay until the end.
 * Memory grows in pinna_alloc, _head, _begin and _open: take views of it afterwards.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exact/pn_exact.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

enum { ALIGNMENT = 16, BLOCK = 1024, EARS = 2 };

/* What a source is, in doubles, in this order. */
enum {
    RATE_HZ,
    START_S,
    FLAGS,
    GAIN,
    DISTANCE_MODEL,
    REF_DISTANCE_M,
    MAX_DISTANCE_M,
    ROLLOFF_FACTOR,
    CONE_INNER_RAD,
    CONE_OUTER_RAD,
    CONE_OUTER_GAIN,
    DIRECTIVITY_POWER,
    DIRECTIVITY,
};

static struct {
    const pn_exact_head *head;
    void *head_memory;
    pn_exact_scene scene;
    pn_exact_source *sources;
    pn_exact *exact;
    void *exact_memory;
    double output[EARS][BLOCK];
} host;

/* The C library's heap calls this when memory grows; defining it here keeps the module free of imports. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index)
{
    (void)index;
}

static void *take(size_t bytes)
{
    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
}

/** 16-byte aligned; 0 when there is no more memory. */
EXPORT(pinna_alloc) void *pinna_alloc(uint32_t bytes)
{
    return take(bytes);
}

EXPORT(pinna_free) void pinna_free(void *address)
{
    free(address);
}

/** A C string that names the cause and the mend of a status. */
EXPORT(pinna_status_text) const char *pinna_status_text(int status)
{
    return pn_status_text((pn_status)status);
}

/** Builds the head, instead of any former one. @param blob may be freed afterwards. @return a pn_status */
EXPORT(pinna_exact_head) int pinna_exact_head(const void *blob, uint32_t blob_bytes, double sample_rate_hz)
{
    size_t bytes = 0;
    free(host.head_memory);
    host.head_memory = NULL;
    host.head = NULL;
    pn_status status = pn_exact_head_size(blob, blob_bytes, sample_rate_hz, &bytes);
    if (status == PN_OK) {
        host.head_memory = take(bytes);
        status = pn_exact_head_init(host.head_memory, bytes, blob, blob_bytes, sample_rate_hz, &host.head);
    }
    return status;
}

/** Forgets the scene and its renderer; the head stays. */
EXPORT(pinna_exact_end) void pinna_exact_end(void)
{
    free(host.sources);
    free(host.exact_memory);
    host.sources = NULL;
    host.exact_memory = NULL;
    host.exact = NULL;
}

/** Starts a scene. @return a pn_status */
EXPORT(pinna_exact_begin) int pinna_exact_begin(uint32_t source_count, double gain, uint32_t limiter)
{
    pinna_exact_end();
    host.sources = source_count <= PN_EXACT_MOST_SOURCES ? take(source_count * sizeof *host.sources) : NULL;
    if (host.sources == NULL) {
        return source_count <= PN_EXACT_MOST_SOURCES ? PN_ERROR_MEMORY : PN_ERROR_ARGUMENT;
    }
    memset(host.sources, 0, source_count * sizeof *host.sources);
    host.scene = pn_exact_scene_default();
    host.scene.gain = gain;
    host.scene.limiter = limiter != 0;
    host.scene.sources = host.sources;
    host.scene.source_count = source_count;
    return PN_OK;
}

/** @param keys [count] pn_exact_key: time, position, orientation, occlusion */
EXPORT(pinna_exact_listener) void pinna_exact_listener(const pn_exact_key *keys, uint32_t count)
{
    host.scene.listener = (pn_exact_motion){.keys = keys, .key_count = count};
}

/** @param numbers  [20] in the order above, the directivity's eight last */
EXPORT(pinna_exact_source)
void pinna_exact_source(uint32_t i, const float *samples, uint32_t frames, const pn_exact_key *keys, uint32_t count,
                        const double *numbers)
{
    if (i >= host.scene.source_count) {
        return;
    }
    host.sources[i] = (pn_exact_source){
        .samples = samples,
        .frames = frames,
        .motion = {.keys = keys, .key_count = count},
        .sample_rate_hz = numbers[RATE_HZ],
        .start_s = numbers[START_S],
        .flags = (uint32_t)numbers[FLAGS],
        .gain = numbers[GAIN],
        .distance_model = (uint32_t)numbers[DISTANCE_MODEL],
        .ref_distance_m = numbers[REF_DISTANCE_M],
        .max_distance_m = numbers[MAX_DISTANCE_M],
        .rolloff_factor = numbers[ROLLOFF_FACTOR],
        .cone_inner_rad = numbers[CONE_INNER_RAD],
        .cone_outer_rad = numbers[CONE_OUTER_RAD],
        .cone_outer_gain = numbers[CONE_OUTER_GAIN],
        .directivity_power = numbers[DIRECTIVITY_POWER],
    };
    memcpy(host.sources[i].directivity, numbers + DIRECTIVITY, sizeof host.sources[i].directivity);
}

/** Makes the renderer of the scene. @return a pn_status */
EXPORT(pinna_exact_open) int pinna_exact_open(void)
{
    size_t bytes = 0;
    pn_status status = pn_exact_size(&host.scene, host.head, &bytes);
    if (status == PN_OK) {
        host.exact_memory = take(bytes);
        status = pn_exact_init(host.exact_memory, bytes, &host.scene, host.head, &host.exact);
    }
    return status;
}

/** A part of what the next render would do. @return 1 while there is something to do */
EXPORT(pinna_exact_work) uint32_t pinna_exact_work(void)
{
    return pn_exact_work(host.exact) ? 1 : 0;
}

/** @param frames at most 1024, into pinna_exact_output */
EXPORT(pinna_exact_render) void pinna_exact_render(uint32_t frames)
{
    pn_exact_render(host.exact, host.output[0], host.output[1], frames < BLOCK ? frames : BLOCK);
}

/** [2][1024] doubles: left, right. */
EXPORT(pinna_exact_output) const double *pinna_exact_output(void)
{
    return &host.output[0][0];
}
