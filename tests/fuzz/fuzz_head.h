/* SPDX-License-Identifier: MIT */
/**
 * Any bytes as a baked head: refused, or loaded and usable in every direction; never a fault.
 */
#ifndef PN_TEST_FUZZ_HEAD_H
#define PN_TEST_FUZZ_HEAD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "hrtf/pn_hrtf.h"
#include "pn.h"
#include "support/head.h"

/** What came of it; ends the program at the first filter that is not a filter. */
static inline pn_status fuzz_head(const uint8_t *data, size_t size)
{
    static const double rates[] = {48000.0, 44100.0, 8000.0, 96000.0};
    const double rate_hz = size % 64 < 4 ? rates[size % 64] : rates[0]; /* filters are refitted at the others: slow */
    size_t bytes = 0;
    const pn_hrtf *set = NULL;
    pn_status status = pn_hrtf_size(data, size, rate_hz, &bytes);
    if (status != PN_OK) {
        return status;
    }
    void *memory = head_memory(bytes);
    status = pn_hrtf_init(memory, bytes, data, size, rate_hz, &set);
    if (status == PN_OK) {
        float *pair = head_memory(pn_hrtf_pair_floats(set) * sizeof *pair);
        uint32_t hint = UINT32_MAX;
        for (int i = 0; i < 26; i++) {
            const float x = (float)(i % 3 - 1), y = (float)(i / 3 % 3 - 1), z = (float)(i / 9 - 1);
            const float length = sqrtf(x * x + y * y + z * z);
            if (length > 0.0f) {
                const pn_vec3 dir = {x / length, y / length, z / length};
                const pn_hrtf_key key = {
                    .ear_dirs = {dir, dir}, .gain = 1.0f, .distance_m = (float)i, .facing = {dir.z, dir.x, dir.y}};
                pn_hrtf_mix mix = {.gain = {{0.0f}}};
                if (set->basis_count > 0) {
                    pn_hrtf_mix_at(set, &key, &hint, &mix);
                }
                for (uint32_t k = 0; k < 2 * set->basis_count; k++) {
                    const uint32_t ear = k % 2;
                    if (!isfinite(mix.gain[ear][k / 2]) || !(mix.delay[ear] >= 0.0f && mix.delay[ear] < 1024.0f)) {
                        abort();
                    }
                }
                pn_hrtf_filter_at(set, &key, &hint, pair);
                for (uint32_t k = 0; k < pn_hrtf_pair_floats(set); k++) {
                    if (!isfinite(pair[k])) {
                        abort();
                    }
                }
            }
        }
        free(pair);
    } else if (set != NULL) {
        abort();
    }
    free(memory);
    return status;
}

#endif
