/* SPDX-License-Identifier: MIT */
/**
 * LINN field models (models/FORMAT.md) with seeded random weights; tests spoil one thing each.
 */
#ifndef PN_TEST_FIELD_H
#define PN_TEST_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "nn/pn_safetensors.h"
#include "support/head.h"

enum {
    FIELD_LEAD = 8,
    FIELD_MOST_FLOATS = 1 << 16,
    FIELD_METADATA = 4,
    FIELD_ENTRIES = 10 /* basis, ears, offset_s, range, then a weight and a bias for each of three layers */
};

typedef struct field_parts {
    float values[FIELD_MOST_FLOATS];
    pn_safetensors_pair metadata[FIELD_METADATA]; /* format, version, sample_rate_hz, lead_frames */
    pn_safetensors_entry entries[FIELD_ENTRIES];  /* their data lie in `values` */
    size_t metadata_count;
    size_t entry_count;
} field_parts;

/** The sound of a random room for ants: basis filters that decay within a millisecond. 48 kHz, 0.2 to 4 m. */
void field_fill(field_parts *parts, uint32_t hidden, uint32_t bases, uint32_t taps, uint64_t seed);

/** As a file. Ends the program where it cannot be written. */
head_blob field_written(const field_parts *parts);

/** Both. */
head_blob field_random(uint32_t hidden, uint32_t bases, uint32_t taps, uint64_t seed);

#endif
