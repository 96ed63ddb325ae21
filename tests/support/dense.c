/* SPDX-License-Identifier: MIT */
#include "support/dense.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hrtf/pn_hrtf.h"
#include "nn/pn_dense.h"
#include "nn/pn_safetensors.h"
#include "support/metrics.h"
#include "support/vectors.h"

enum { WIDTH = 16, WARP = 8, MOST_ENTRIES = 40, PARTS = 3, LAYERS = 3, TAME_OCTAVES = 3 };

static void stop(const char *why)
{
    fprintf(stderr, "dense model: %s\n", why);
    exit(2);
}

typedef struct file {
    pn_safetensors_entry entry[MOST_ENTRIES];
    char name[MOST_ENTRIES][32];
    uint32_t count;
    uint64_t seed;
} file;

/* Noise of a size, or zeros. @return the floats, for whoever wants others */
static float *add(file *f, const char *name, const uint32_t *shape, uint32_t rank, double size)
{
    size_t count = 1;
    pn_safetensors_entry *e = &f->entry[f->count];
    for (uint32_t i = 0; i < rank; i++) {
        e->shape[i] = shape[i];
        count *= shape[i];
    }
    float *data = head_memory(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        data[i] = (float)(size * metrics_noise(&f->seed));
    }
    snprintf(f->name[f->count], sizeof f->name[0], "%s", name);
    e->name = f->name[f->count];
    e->data = data;
    e->rank = rank;
    e->dtype = PN_F32;
    f->count++;
    return data;
}

static float *add_layer(file *f, const char *stem, uint32_t in, uint32_t out, uint32_t taps, double size)
{
    char name[32];
    const uint32_t shape[3] = {out, in, taps};
    snprintf(name, sizeof name, "%s.bias", stem);
    add(f, name, shape, 1, 0.3);
    snprintf(name, sizeof name, "%s.weight", stem);
    return add(f, name, shape, taps > 0 ? 3 : 2, size);
}

/* Units 0 and 1 become plus and minus a number: input 0, or what the units 0 and 1 before stand for. SiLU(x) - SiLU(-x)
   is x, so a number passes through layers as it is. */
static void carry(file *f, uint32_t in, bool from_units)
{
    float *bias = (float *)(uintptr_t)f->entry[f->count - 2].data;
    float *weight = (float *)(uintptr_t)f->entry[f->count - 1].data;
    for (uint32_t unit = 0; unit < 2; unit++) {
        const float sign = unit == 0 ? 1.0f : -1.0f;
        bias[unit] = 0.0f;
        memset(weight + unit * in, 0, in * sizeof *weight);
        weight[unit * in] = sign;
        weight[unit * in + 1] = from_units ? -sign : 0.0f;
    }
}

/* A phase that is not 0 at 0 Hz is no filter's, and rings for ever: phases are a number of the pose's times frequency,
   code 0's; levels are what the random units make of the others. */
static void shape_phases(file *f, int part, int layer, uint32_t in)
{
    if (part == 1) {
        carry(f, in, layer > 0);
    } else if (part == 2 && layer < LAYERS - 1) {
        carry(f, in, layer > 0);
    } else if (part == 2) {
        float *bias = (float *)(uintptr_t)f->entry[f->count - 2].data;
        float *weight = (float *)(uintptr_t)f->entry[f->count - 1].data;
        for (uint32_t ear = 0; ear < 2; ear++) {
            const float samples = ear == 0 ? 4.0f : -3.0f;
            float *row = weight + (2 * ear + 1) * in;
            bias[2 * ear + 1] = 0.0f;
            memset(row, 0, in * sizeof *row);
            row[0] = samples;
            row[1] = -samples;
        }
    }
}

head_blob dense_smooth(uint64_t seed, double offset_s)
{
    static const char *const parts[PARTS] = {"pose", "freq", "fuse"};
    static const uint32_t inputs[PARTS] = {PN_DENSE_POSE_FEATURES, PN_DENSE_FREQ_FEATURES, WIDTH};
    const pn_safetensors_pair metadata[] = {{"format", "pinna-linn-dense"},
                                            {"version", "1"},
                                            {"sample_rate_hz", "48000"},
                                            {"frame", "1024"},
                                            {"hop", "512"},
                                            {"distance_law", "none"}};
    file f = {.seed = seed};
    char stem[16];
    for (int i = 0; i < PN_WARP_LAYERS; i++) {
        snprintf(stem, sizeof stem, "warp.conv.%d", i);
        add_layer(&f, stem, i == 0 ? 7 : WARP, WARP, 2, 0.4);
    }
    add_layer(&f, "warp.out", WARP, 2, 0, 1.0);
    for (int part = 0; part < PARTS; part++) {
        for (int i = 0; i < LAYERS; i++) {
            const uint32_t in = i == 0 ? inputs[part] : WIDTH;
            const uint32_t out = part == 2 && i == LAYERS - 1 ? 4 : WIDTH;
            snprintf(stem, sizeof stem, "%s.%d", parts[part], i);
            float *weight = add_layer(&f, stem, in, out, 0, i == 0 ? 0.5 : 0.6);
            shape_phases(&f, part, i, in);
            for (uint32_t k = 0; part == 1 && i == 0 && k < in * out; k++) {
                weight[k] *= k % in > 2 * TAME_OCTAVES ? 0.0f : 1.0f; /* high octaves would be long responses */
            }
        }
    }
    const uint32_t one = 1;
    const uint32_t two = 2;
    add(&f, "offset_s", &one, 1, 0.0)[0] = (float)offset_s;
    float *range = add(&f, "range", &two, 1, 0.0);
    range[0] = 0.3f;
    range[1] = 3.0f;
    head_blob blob = {NULL, 0};
    if (pn_safetensors_write(NULL, 0, metadata, 6, f.entry, f.count, &blob.size) != PN_OK) {
        stop("cannot be measured");
    }
    blob.bytes = head_memory(blob.size);
    if (pn_safetensors_write(blob.bytes, blob.size, metadata, 6, f.entry, f.count, &blob.size) != PN_OK) {
        stop("cannot be written");
    }
    for (uint32_t i = 0; i < f.count; i++) {
        free((void *)(uintptr_t)f.entry[i].data);
    }
    return blob;
}

dense_guest dense_attach(pn_engine *engine, const pn_hrtf *hrtf, const head_blob *blob)
{
    dense_guest guest = {.linn = NULL};
    size_t bytes = 0;
    guest.model = vectors_dense(blob, hrtf->sample_rate_hz, &guest.model_memory);
    pn_status status = pn_linn_size(guest.model, hrtf, &bytes);
    guest.memory = head_memory(bytes);
    if (status == PN_OK) {
        status = pn_linn_init(guest.memory, bytes, guest.model, hrtf, &guest.linn);
    }
    if (status != PN_OK) {
        stop(pn_status_text(status));
    }
    pn_linn_attach(guest.linn, engine);
    return guest;
}

void dense_free(dense_guest *guest)
{
    free(guest->memory);
    free(guest->model_memory);
}
