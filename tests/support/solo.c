/* SPDX-License-Identifier: MIT */
#include "support/solo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16 };

static void demand(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "solo: %s\n", what);
        exit(2);
    }
}

static void *take(size_t bytes)
{
    void *memory = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    demand(memory != NULL, "out of memory");
    return memory;
}

void *solo_read_file(const char *path, size_t *out_bytes)
{
    FILE *file = fopen(path, "rb");
    demand(file != NULL, path);
    demand(fseek(file, 0, SEEK_END) == 0, path);
    const long length = ftell(file);
    demand(length > 0, path);
    rewind(file);
    void *bytes = take((size_t)length);
    demand(fread(bytes, 1, (size_t)length, file) == (size_t)length, path);
    fclose(file);
    *out_bytes = (size_t)length;
    return bytes;
}

int solo_set_up(void **state)
{
    solo_fixture *f = calloc(1, sizeof *f);
    demand(f != NULL, "out of memory");
    f->blob = solo_read_file(PN_ROOT "/models/kemar/kemar.safetensors", &f->blob_bytes);
    f->truth = truth_open(f->blob, f->blob_bytes, 48000.0);
    *state = f;
    return 0;
}

int solo_tear_down(void **state)
{
    solo_fixture *f = *state;
    truth_close(&f->truth);
    free(f->blob);
    free(f);
    return 0;
}

solo solo_open(const void *head, size_t head_bytes, double sample_rate_hz, uint32_t sources)
{
    solo r = {0};
    size_t bytes = 0;
    demand(sources >= 1 && sources <= SOLO_MAX_SOURCES, "too many sources");
    demand(pn_hrtf_size(head, head_bytes, sample_rate_hz, &bytes) == PN_OK, "the head is refused");
    r.hrtf_memory = take(bytes);
    demand(pn_hrtf_init(r.hrtf_memory, bytes, head, head_bytes, sample_rate_hz, &r.hrtf) == PN_OK, "no head");
    pn_engine_config config = pn_engine_config_default();
    config.sample_rate_hz = sample_rate_hz;
    config.max_sources = sources;
    config.max_block_frames = PN_HOP_FRAMES;
    config.block_frames = PN_HOP_FRAMES;
    demand(pn_engine_size(&config, r.hrtf, &bytes) == PN_OK, "the engine is refused");
    r.engine_memory = take(bytes);
    demand(pn_engine_init(r.engine_memory, bytes, &config, r.hrtf, &r.engine) == PN_OK, "no engine");
    r.scene.header = (pn_scene_header){
        .magic = PN_SCENE_MAGIC,
        .version = PN_SCENE_VERSION,
        .header_bytes = sizeof(pn_scene_header),
        .source_bytes = sizeof(pn_scene_source),
        .source_count = sources,
        .gain = 1.0f,
        .listener_world_from_head = {0.0f, 0.0f, 0.0f, 1.0f},
    };
    for (uint32_t i = 0; i < sources; i++) {
        r.scene.source[i] = (pn_scene_source){
            .flags = i == 0 ? PN_SOURCE_ACTIVE : 0,
            .distance_model = PN_DISTANCE_NONE,
            .position_m = {0.0f, 0.0f, -1.0f},
            .gain = 1.0f,
            .world_from_source = {0.0f, 0.0f, 0.0f, 1.0f},
            .ref_distance_m = 1.0f,
            .max_distance_m = 10000.0f,
            .rolloff_factor = 1.0f,
            .cone_inner_rad = 6.2831853f,
            .cone_outer_rad = 6.2831853f,
            .cone_outer_gain = 1.0f,
        };
    }
    return r;
}

void solo_close(solo *r)
{
    free(r->engine_memory);
    free(r->hrtf_memory);
    memset(r, 0, sizeof *r);
}

void solo_restart(solo *r)
{
    pn_engine_reset(r->engine);
    solo_apply(r);
}

void solo_apply(solo *r)
{
    const size_t bytes = sizeof r->scene.header + r->scene.header.source_count * sizeof r->scene.source[0];
    pn_engine_apply(r->engine, &r->scene.header, bytes);
}

void solo_hop(solo *r, const float *x, float *ears, size_t ear_stride)
{
    r->inputs[0] = x;
    pn_engine_process(r->engine, r->inputs, ears, ears + ear_stride, PN_HOP_FRAMES);
}
