/* SPDX-License-Identifier: MIT */
/**
 * What pinna-soundfield.wasm has beside pinna.wasm's exports: ambisonic sound fields in the engine.
 *
 * Order: pinna_boot, pinna_soundfields_boot; then per block: write the channels of live fields at
 * pinna_soundfields_inputs, their numbers at pinna_soundfields_live, pinna_soundfields_ready, pinna_process.
 * A head of this module is followed by its decoder.
 */
#include <stdlib.h>
#include <string.h>

#include "wasm/host.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

enum { ALIGNMENT = 16, CHANNELS = PN_SOUNDFIELD_CHANNELS };

static struct {
    pn_soundfields *fields;
    uint32_t count;
    float *inputs;          /* [count][CHANNELS][max_block_frames] */
    uint8_t *live;          /* [count] channels that are to be read in the next block */
    const float **pointers; /* [count][CHANNELS] */
} fields;

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static const pn_decoder *decoder_of(const pn_hrtf *head)
{
    return (const pn_decoder *)(const void *)((const char *)head + aligned(pn_hrtf_bytes(head)));
}

/* Head and decoder, each made in memory of its own, which is more than they fill. */
static pn_status join(const pn_hrtf *head, const pn_hrtf **out)
{
    size_t bytes = 0;
    const pn_decoder *decoder = NULL;
    pn_status status = pn_decoder_size(head, &bytes);
    void *memory = host_take(bytes);
    if (status == PN_OK) {
        status = pn_decoder_init(memory, bytes, head, &decoder);
    }
    char *block = status == PN_OK ? host_take(aligned(pn_hrtf_bytes(head)) + pn_decoder_bytes(decoder)) : NULL;
    if (status == PN_OK && block == NULL) {
        status = PN_ERROR_MEMORY;
    }
    if (status == PN_OK) {
        memcpy(block, head, pn_hrtf_bytes(head));
        memcpy(block + aligned(pn_hrtf_bytes(head)), decoder, pn_decoder_bytes(decoder));
        *out = (const pn_hrtf *)(const void *)block;
    }
    free(memory);
    return status;
}

pn_status host_head_build(const void *blob, size_t blob_bytes, double sample_rate_hz, const pn_hrtf **out)
{
    size_t bytes = 0;
    const pn_hrtf *head = NULL;
    pn_status status = pn_hrtf_size(blob, blob_bytes, sample_rate_hz, &bytes);
    *out = NULL;
    if (status != PN_OK) {
        return status;
    }
    void *memory = host_take(bytes);
    status = pn_hrtf_init(memory, bytes, blob, blob_bytes, sample_rate_hz, &head);
    if (status == PN_OK) {
        status = join(head, out);
    }
    free(memory);
    return status;
}

uint32_t host_head_bytes(const pn_hrtf *head)
{
    return (uint32_t)(aligned(pn_hrtf_bytes(head)) + pn_decoder_bytes(decoder_of(head)));
}

bool host_head_is_whole(const void *memory, uint32_t bytes)
{
    enum { LEAST = 64 }; /* what the lengths lie in */
    return bytes >= LEAST && pn_hrtf_bytes(memory) <= bytes - LEAST && host_head_bytes(memory) == bytes;
}

void host_head_taken(const pn_hrtf *head)
{
    if (fields.fields != NULL) { /* of the engine's rate and length, or it would not have taken it */
        (void)!pn_soundfields_set_decoder(fields.fields, decoder_of(head));
    }
}

/**
 * Lets the first `count` slots hold sound fields; once, after pinna_boot.
 * @param count  1 to PN_SOUNDFIELDS_MOST
 * @return a pn_status; ARGUMENT if there is no engine, or there are fields
 */
EXPORT(pinna_soundfields_boot) int pinna_soundfields_boot(uint32_t count)
{
    size_t bytes = 0;
    if (host_engine() == NULL || fields.fields != NULL) {
        return PN_ERROR_ARGUMENT;
    }
    pn_status status = pn_soundfields_size(count, decoder_of(host_head()), &bytes);
    if (status == PN_OK) {
        status = pn_soundfields_init(host_take(bytes), bytes, count, decoder_of(host_head()), &fields.fields);
    }
    if (status != PN_OK) {
        return status;
    }
    fields.count = count;
    fields.inputs = host_take((size_t)count * CHANNELS * host_max_block_frames() * sizeof(float));
    fields.live = host_take(count);
    fields.pointers = host_take((size_t)count * CHANNELS * sizeof *fields.pointers);
    if (fields.inputs == NULL || fields.live == NULL || fields.pointers == NULL) {
        return PN_ERROR_MEMORY;
    }
    memset(fields.live, 0, count);
    pn_soundfields_attach(fields.fields, host_engine());
    return PN_OK;
}

/** [count][16][max_block_frames] floats. */
EXPORT(pinna_soundfields_inputs) float *pinna_soundfields_inputs(void)
{
    return fields.inputs;
}

/** [count] bytes: how many channels were written for the next block. */
EXPORT(pinna_soundfields_live) uint8_t *pinna_soundfields_live(void)
{
    return fields.live;
}

/** What was written is what the next pinna_process reads. */
EXPORT(pinna_soundfields_ready) void pinna_soundfields_ready(void)
{
    for (uint32_t i = 0; i < fields.count * CHANNELS; i++) {
        const bool there = i % CHANNELS < fields.live[i / CHANNELS];
        fields.pointers[i] = there ? fields.inputs + (size_t)i * host_max_block_frames() : NULL;
    }
    pn_soundfields_set_inputs(fields.fields, fields.pointers);
}
