/* SPDX-License-Identifier: MIT */
#include "support/head.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hrtf/pn_head_file.h"
#include "nn/pn_safetensors.h"
#include "support/rng.h"

enum { TAPS = 64, GUARD = 8, ALIGNMENT = 16 };

static const double RATE_HZ = 48000.0;

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

void *head_memory(size_t bytes)
{
    void *memory = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
    if (memory == NULL) {
        stop("test memory", "there is none left");
    }
    return memory;
}

head_blob head_read(const char *path)
{
    head_blob blob = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        stop(path, "cannot be read");
    }
    blob.size = (size_t)ftell(file);
    rewind(file);
    blob.bytes = head_memory(blob.size);
    if (fread(blob.bytes, 1, blob.size, file) != blob.size) {
        stop(path, "ends early");
    }
    fclose(file);
    return blob;
}

/* What goes into a file. */
typedef struct parts {
    uint32_t nodes;
    uint32_t taps;
    float *directions;
    int16_t *filters;
    float *scales;
    float *delays;
} parts;

static parts parts_of(uint32_t nodes, uint32_t taps)
{
    return (parts){
        .nodes = nodes,
        .taps = taps,
        .directions = head_memory((size_t)nodes * 3 * sizeof(float)),
        .filters = head_memory((size_t)nodes * 2 * taps * sizeof(int16_t)),
        .scales = head_memory((size_t)nodes * 2 * sizeof(float)),
        .delays = head_memory((size_t)nodes * 2 * sizeof(float)),
    };
}

static head_blob written(const parts *p, const char *rate_hz)
{
    const pn_safetensors_pair metadata[] = {
        {"format", "pinna-hrtf"}, {"version", "1"}, {"sample_rate_hz", rate_hz}, {"guard_frames", "8"}};
    const pn_safetensors_entry entries[] = {
        {"directions", p->directions, {p->nodes, 3}, 2, PN_F32},
        {"filters", p->filters, {p->nodes, 2, p->taps}, 3, PN_I16},
        {"scales", p->scales, {p->nodes, 2}, 2, PN_F32},
        {"delays", p->delays, {p->nodes, 2}, 2, PN_F32},
    };
    head_blob blob = {NULL, 0};
    if (pn_safetensors_write(NULL, 0, metadata, 4, entries, 4, &blob.size) != PN_OK) {
        stop("test head", "cannot be measured");
    }
    blob.bytes = head_memory(blob.size);
    pn_status status = pn_safetensors_write(blob.bytes, blob.size, metadata, 4, entries, 4, &blob.size);
    if (status != PN_OK) {
        stop("test head", pn_status_text(status));
    }
    free(p->directions);
    free(p->filters);
    free(p->scales);
    free(p->delays);
    return blob;
}

/* A path of `shadow` radians around a sphere of 8.75 cm, and what it does to a click. */
static void ear_fill(const pn_vec3 dir, double side, int16_t *filter, float *scale, float *delay)
{
    const double radius_s = 0.0875 / 343.0;
    const double angle = acos(fmax(-1.0, fmin(1.0, side * (double)dir.x)));
    const double lag = angle < 1.5707963 ? 1.0 - cos(angle) : angle - 1.5707963 + 1.0;
    const double pole = 0.35 * (1.0 - cos(angle)) * 0.9;
    const double echo_at = GUARD + 6.0 + 4.0 * (double)dir.y + 1.5 * (double)dir.z;
    double taps[TAPS] = {0.0};
    double most = 0.0;
    for (int t = GUARD; t < TAPS - 4; t++) {
        taps[t] = (1.0 - pole) * pow(pole, t - GUARD);
        const double u = (t - echo_at) / 2.0;
        taps[t] += 0.3 * exp(-u * u) * (1.0 - pole);
        most = fmax(most, fabs(taps[t]));
    }
    *scale = (float)(most / 32767.0);
    for (int t = 0; t < TAPS; t++) {
        filter[t] = (int16_t)lrint(taps[t] / (double)*scale);
    }
    *delay = (float)(lag * radius_s * RATE_HZ);
}

head_blob head_sphere(uint32_t nodes)
{
    rng shake = {12345};
    parts p = parts_of(nodes, TAPS);
    for (uint32_t i = 0; i < nodes; i++) {
        const double y = 1.0 - 2.0 * (i + 0.5) / nodes;
        const double a = i * 2.39996322972865332;
        const double c = sqrt(1.0 - y * y);
        const double width = 0.4 / sqrt(nodes);
        const double x = c * sin(a) + rng_between(&shake, -width, width);
        const double h = y + rng_between(&shake, -width, width);
        const double z = -c * cos(a) + rng_between(&shake, -width, width);
        const double length = sqrt(x * x + h * h + z * z);
        const pn_vec3 dir = {(float)(x / length), (float)(h / length), (float)(z / length)};
        memcpy(p.directions + (size_t)3 * i, &dir, sizeof dir);
        for (uint32_t ear = 0; ear < 2; ear++) {
            const size_t row = (size_t)2 * i + ear;
            ear_fill(dir, ear == 0 ? -1.0 : 1.0, p.filters + row * TAPS, &p.scales[row], &p.delays[row]);
        }
    }
    return written(&p, "48000");
}

head_blob head_mirrored(const head_blob *from)
{
    pn_head_file file;
    pn_status status = pn_head_file_open(from->bytes, from->size, &file);
    if (status != PN_OK) {
        stop("mirrored head", pn_status_text(status));
    }
    parts p = parts_of(file.node_count, file.filter_taps);
    for (uint32_t i = 0; i < p.nodes; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            const float value = pn_tensor_get_f32(&file.directions, (size_t)3 * i + k);
            p.directions[3 * i + k] = k == 0 ? -value : value;
        }
        for (uint32_t ear = 0; ear < 2; ear++) {
            const size_t to = (size_t)2 * i + ear;
            const size_t at = (size_t)2 * i + (1 - ear);
            p.scales[to] = pn_tensor_get_f32(&file.scales, at);
            p.delays[to] = pn_tensor_get_f32(&file.delays, at);
            for (uint32_t t = 0; t < p.taps; t++) {
                p.filters[to * p.taps + t] = pn_tensor_get_i16(&file.filters, at * p.taps + t);
            }
        }
    }
    return written(&p, "48000");
}

head head_open(const head_blob *blob, double rate_hz)
{
    size_t bytes = 0;
    head h = {NULL, NULL};
    pn_status status = pn_hrtf_size(blob->bytes, blob->size, rate_hz, &bytes);
    if (status == PN_OK) {
        h.memory = head_memory(bytes);
        status = pn_hrtf_init(h.memory, bytes, blob->bytes, blob->size, rate_hz, &h.set);
    }
    if (status != PN_OK) {
        stop("test head", pn_status_text(status));
    }
    return h;
}

head head_open_file(const char *path, double rate_hz)
{
    head_blob blob = head_read(path);
    head h = head_open(&blob, rate_hz);
    head_blob_free(&blob);
    return h;
}

void head_blob_free(head_blob *blob)
{
    free(blob->bytes);
    *blob = (head_blob){NULL, 0};
}

void head_free(head *h)
{
    free(h->memory);
    *h = (head){NULL, NULL};
}
