/* SPDX-License-Identifier: MIT */
#include "support/field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/rng.h"

static float *add(field_parts *parts, const char *name, uint32_t rows, uint32_t columns, float *at)
{
    parts->entries[parts->entry_count++] =
        (pn_safetensors_entry){name, at, {rows, columns}, columns > 0 ? 2 : 1, PN_F32};
    return at + (size_t)rows * (columns > 0 ? columns : 1);
}

static void fill(rng *r, float *from, const float *to, double peak)
{
    rng_noise(r, from, (size_t)(to - from), peak);
}

void field_fill(field_parts *parts, uint32_t hidden, uint32_t bases, uint32_t taps, uint64_t seed)
{
    static const char *const weights[] = {"mlp.0.weight", "mlp.1.weight", "mlp.2.weight"};
    static const char *const biases[] = {"mlp.0.bias", "mlp.1.bias", "mlp.2.bias"};
    static const float ears[2][3] = {{-0.0875f, 0.0f, 0.0f}, {0.0875f, 0.0f, 0.0f}};
    rng r = {seed};
    const pn_safetensors_pair metadata[FIELD_METADATA] = {
        {"format", "pinna-linn-field"}, {"version", "1"}, {"sample_rate_hz", "48000"}, {"lead_frames", "8"}};
    memset(parts, 0, sizeof *parts);
    memcpy(parts->metadata, metadata, sizeof metadata);
    parts->metadata_count = FIELD_METADATA;
    float *at = parts->values;
    float *next = add(parts, "basis", bases, taps, at);
    for (uint32_t i = 0; i < bases * taps; i++) {
        /* A low-pass of noise: a response that a delay by a fraction of a frame does not spread over its window. */
        const double t = (double)(i % taps) - FIELD_LEAD;
        const double rise = t < 0.0 ? exp(-t * t / 2.0) : exp(-t / 6.0);
        const double fall =
            i % taps < taps - 16 ? 1.0 : 0.5 + 0.5 * cos(3.14159265 * (i % taps - (taps - 16.0)) / 16.0);
        at[i] = (float)(rng_between(&r, -0.5, 0.5) * rise * fall) + (i % taps > 0 ? 0.5f * at[i - 1] : 0.0f);
    }
    at = next;
    next = add(parts, "ears", 2, 3, at);
    memcpy(at, ears, sizeof ears);
    at = next;
    next = add(parts, "offset_s", 1, 0, at);
    at[0] = 0.5e-3f; /* nothing is held to 0 */
    at = next;
    next = add(parts, "range", 2, 0, at);
    at[0] = 0.2f;
    at[1] = 4.0f;
    at = next;
    for (uint32_t layer = 0, in = 40; layer < 3; layer++, in = hidden) {
        const uint32_t out = layer < 2 ? hidden : 2 * bases + 4;
        next = add(parts, weights[layer], out, in, at);
        /* Directions turn at up to eight waves a circle: the first layer looks at the slow ones more than at those. */
        fill(&r, at, next, layer == 0 ? 0.15 : 1.5 / sqrt(in));
        at = next;
        next = add(parts, biases[layer], out, 0, at);
        fill(&r, at, next, 0.2);
        at = next;
    }
}

head_blob field_written(const field_parts *parts)
{
    head_blob blob = {NULL, 0};
    pn_status status = pn_safetensors_write(NULL, 0, parts->metadata, parts->metadata_count, parts->entries,
                                            parts->entry_count, &blob.size);
    blob.bytes = head_memory(blob.size);
    if (status == PN_OK) {
        status = pn_safetensors_write(blob.bytes, blob.size, parts->metadata, parts->metadata_count, parts->entries,
                                      parts->entry_count, &blob.size);
    }
    if (status != PN_OK) {
        fprintf(stderr, "test field: %s\n", pn_status_text(status));
        exit(2);
    }
    return blob;
}

head_blob field_random(uint32_t hidden, uint32_t bases, uint32_t taps, uint64_t seed)
{
    field_parts *parts = head_memory(sizeof *parts);
    field_fill(parts, hidden, bases, taps, seed);
    const head_blob blob = field_written(parts);
    free(parts);
    return blob;
}
