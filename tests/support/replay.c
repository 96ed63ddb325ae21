/* SPDX-License-Identifier: MIT */
#include "support/replay.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pn.h"

enum { HEADER_BYTES = 48, VERSION = 1, ALIGNMENT = 16 };

enum { KIND_HEAD = 1, KIND_CLIP = 2, KIND_APPLY = 3, KIND_PROCESS = 4, KIND_END = 5 };

typedef struct record {
    uint32_t kind;
    uint32_t bytes;
    const uint8_t *body;
} record;

typedef struct player {
    const uint8_t *file;
    size_t file_bytes;
    size_t at;
    const char *problem;
    pn_engine_config config;
    const pn_hrtf *hrtf;
    pn_engine *engine;
    void *hrtf_memory;
    void *engine_memory;
    const float **inputs;
    float *left;
    float *right;
    float *rendered; /* [capacity][2] */
    size_t frames;
    size_t capacity;
} player;

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static uint64_t u64_at(const uint8_t *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static void *take(size_t bytes)
{
    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
}

static uint8_t *read_file(const char *path, size_t *out_bytes)
{
    uint8_t *bytes = NULL;
    FILE *file = fopen(path, "rb");
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        const long end = ftell(file);
        rewind(file);
        /* Records are read in place: they start at multiples of 8, so that snapshots and clips are aligned. */
        bytes = end > 0 ? take((size_t)end) : NULL;
        if (bytes != NULL && fread(bytes, 1, (size_t)end, file) != (size_t)end) {
            free(bytes);
            bytes = NULL;
        }
        *out_bytes = bytes == NULL ? 0 : (size_t)end;
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes;
}

static int fail(player *p, const char *problem)
{
    p->problem = problem;
    return 0;
}

static int read_header(player *p)
{
    if (p->file_bytes < HEADER_BYTES || memcmp(p->file, "PNREPLAY", 8) != 0 || u32_at(p->file + 8) != VERSION) {
        return fail(p, "not a recording of version 1");
    }
    p->config = pn_engine_config_default();
    memcpy(&p->config.sample_rate_hz, p->file + 16, 8);
    p->config.max_sources = u32_at(p->file + 24);
    p->config.max_buffers = u32_at(p->file + 28);
    p->config.block_frames = u32_at(p->file + 32);
    p->config.max_block_frames = u32_at(p->file + 36);
    memcpy(&p->config.doppler_max_m, p->file + 40, 4);
    p->at = HEADER_BYTES;
    return 1;
}

static int next_record(player *p, record *out)
{
    if (p->file_bytes - p->at < 8) {
        return fail(p, "truncated between records");
    }
    out->kind = u32_at(p->file + p->at);
    out->bytes = u32_at(p->file + p->at + 4);
    out->body = p->file + p->at + 8;
    const size_t padded = ((size_t)out->bytes + 7) / 8 * 8;
    if (padded > p->file_bytes - p->at - 8) {
        return fail(p, "truncated within a record");
    }
    p->at += 8 + padded;
    return 1;
}

static int boot(player *p, const record *head)
{
    size_t bytes = 0;
    pn_status status = pn_hrtf_size(head->body, head->bytes, p->config.sample_rate_hz, &bytes);
    if (status != PN_OK) {
        return fail(p, pn_status_text(status));
    }
    p->hrtf_memory = take(bytes);
    status = pn_hrtf_init(p->hrtf_memory, bytes, head->body, head->bytes, p->config.sample_rate_hz, &p->hrtf);
    if (status != PN_OK) {
        return fail(p, pn_status_text(status));
    }
    status = pn_engine_size(&p->config, p->hrtf, &bytes);
    if (status != PN_OK) {
        return fail(p, pn_status_text(status));
    }
    p->engine_memory = take(bytes);
    status = pn_engine_init(p->engine_memory, bytes, &p->config, p->hrtf, &p->engine);
    if (status != PN_OK) {
        return fail(p, pn_status_text(status));
    }
    p->inputs = calloc(p->config.max_sources, sizeof *p->inputs);
    p->left = malloc(p->config.max_block_frames * sizeof(float));
    p->right = malloc(p->config.max_block_frames * sizeof(float));
    return (p->inputs != NULL && p->left != NULL && p->right != NULL) || fail(p, "out of memory");
}

static int process(player *p, const record *r)
{
    const uint32_t frames = r->bytes >= 4 ? u32_at(r->body) : 0;
    if (frames < 1 || frames > p->config.max_block_frames) {
        return fail(p, "a block has an impossible length");
    }
    if (p->frames + frames > p->capacity) {
        p->capacity = (p->frames + frames) * 2;
        float *grown = realloc(p->rendered, p->capacity * 2 * sizeof(float));
        if (grown == NULL) {
            return fail(p, "out of memory");
        }
        p->rendered = grown;
    }
    pn_engine_process(p->engine, p->inputs, p->left, p->right, frames);
    for (uint32_t i = 0; i < frames; i++) {
        p->rendered[2 * (p->frames + i)] = p->left[i];
        p->rendered[2 * (p->frames + i) + 1] = p->right[i];
    }
    p->frames += frames;
    return 1;
}

/** Cuts what was rendered to what the host kept. */
static int finish(player *p, const record *r)
{
    const uint64_t skip = r->bytes >= 16 ? u64_at(r->body) : 0;
    const uint64_t kept = r->bytes >= 16 ? u64_at(r->body + 8) : 0;
    if (kept == 0 || skip > p->frames || kept > p->frames - skip) {
        return fail(p, "its end keeps more than was rendered");
    }
    memmove(p->rendered, p->rendered + 2 * skip, (size_t)kept * 2 * sizeof(float));
    p->frames = (size_t)kept;
    return 1;
}

static int play(player *p)
{
    record r;
    if (!read_header(p) || !next_record(p, &r)) {
        return 0;
    }
    if (r.kind != KIND_HEAD) {
        return fail(p, "its first record is not a head");
    }
    if (!boot(p, &r)) {
        return 0;
    }
    while (next_record(p, &r)) {
        switch (r.kind) {
        case KIND_CLIP:
            if (r.bytes < 8 || (r.bytes - 8) / 4 != u32_at(r.body + 4)) {
                return fail(p, "a clip's length is wrong");
            }
            pn_engine_set_buffer(p->engine, u32_at(r.body), (const float *)(const void *)(r.body + 8),
                                 u32_at(r.body + 4));
            break;
        case KIND_APPLY: pn_engine_apply(p->engine, (const pn_scene_header *)(const void *)r.body, r.bytes); break;
        case KIND_PROCESS:
            if (!process(p, &r)) {
                return 0;
            }
            break;
        case KIND_END: return finish(p, &r);
        default: return fail(p, "an unknown kind of record");
        }
    }
    return 0;
}

float *replay_render(const char *path, size_t *out_frames)
{
    player p = {0};
    *out_frames = 0;
    uint8_t *file = read_file(path, &p.file_bytes);
    p.file = file;
    const int played = file == NULL ? fail(&p, "cannot be read") : play(&p);
    if (played) {
        *out_frames = p.frames;
    } else {
        fprintf(stderr, "replay: %s: %s\n", path, p.problem);
        free(p.rendered);
        p.rendered = NULL;
    }
    free(p.right);
    free(p.left);
    free((void *)p.inputs);
    free(p.engine_memory);
    free(p.hrtf_memory);
    free(file);
    return p.rendered;
}
