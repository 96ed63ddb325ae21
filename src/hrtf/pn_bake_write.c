/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "hrtf/pn_bake_state.h"
#include "hrtf/pn_head_file.h"

enum { OWN_PAIRS = 10, NUMBER_BYTES = 12 };

/* One gain for the whole set: power over the sphere, both ears and the band = 1. */
static double level_set(const pn_bake *bake)
{
    double power = 0.0;
    for (size_t i = 0; i < bake->nodes; i++) {
        power += bake->shares[i] * bake->powers[i];
    }
    power /= 2.0 * 4.0 * PN_BAKE_PI;
    return power > 0.0 ? 1.0 / sqrt(power) : 0.0;
}

static void quantise_row(pn_bake *bake, size_t row, size_t taps, double gain)
{
    const float *filter = bake->filters + row * PN_SHAPE_MAX_TAPS;
    int16_t *out = bake->file_taps + row * taps;
    double most = 0.0;
    for (size_t i = 0; i < taps; i++) {
        most = fmax(most, fabs((double)filter[i]));
    }
    const float scale = (float)(most * gain / 32767.0);
    bake->file_scales[row] = scale;
    for (size_t i = 0; i < taps; i++) {
        const double steps = scale > 0.0F ? (double)filter[i] * gain / (double)scale : 0.0;
        out[i] = (int16_t)lrint(fmax(-32767.0, fmin(32767.0, steps)));
    }
    bake->file_delays[row] = (float)(bake->delays[row] - bake->shortest);
}

/* @return text */
static const char *number(uint32_t value, char text[NUMBER_BYTES])
{
    char *at = text + NUMBER_BYTES;
    *--at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return at;
}

void pn_bake_write_file(pn_bake *bake)
{
    const uint32_t nodes = (uint32_t)bake->nodes;
    const uint32_t taps = bake->report.filter_taps;
    const double gain = level_set(bake);
    bake->report.level_db = 20.0 * log10(gain * bake->level);
    bake->report.source_rate_hz = bake->config.sample_rate_hz;
    if (!(gain > 0.0) || !isfinite(gain)) {
        bake->status = PN_ERROR_FILE_VALUE;
        return;
    }
    for (size_t i = 0; i < 3 * bake->nodes; i++) {
        bake->file_dirs[i] = (float)bake->dirs[i];
    }
    for (size_t row = 0; row < 2 * bake->nodes; row++) {
        quantise_row(bake, row, taps, gain);
    }
    char digits[3][NUMBER_BYTES];
    pn_safetensors_pair pairs[OWN_PAIRS + PN_BAKE_MAX_METADATA] = {
        {"format", "pinna-hrtf"},
        {"version", "1"},
        {"crc32", "00000000"},
        {"sample_rate_hz", "48000"},
        {"guard_frames", "8"},
        {"measured", number(bake->report.measured, digits[0])},
        {"filled", number(bake->report.filled, digits[1])},
        {"between", number(bake->report.between, digits[2])},
        {"low_frequency", bake->report.extended ? "extended below 200 Hz" : "as measured"},
        {"diffuse_field", bake->config.diffuse_field ? "equalised" : "as measured"},
    };
    for (size_t i = 0; i < bake->config.metadata_count; i++) {
        pairs[OWN_PAIRS + i] = bake->config.metadata[i];
    }
    const uint32_t bases = bake->config.bases;
    if (bases > 0) {
        pn_basis_get_taps(&bake->basis, bake->file_bases);
        for (size_t row = 0; row < 2 * bake->nodes; row++) {
            pn_basis_get_weights(&bake->basis, row, bake->file_mixes + row * bases);
            for (size_t i = 0; i < bases; i++) {
                bake->file_mixes[row * bases + i] *= (float)gain;
            }
        }
    }
    const pn_safetensors_entry entries[] = {
        {"directions", bake->file_dirs, {nodes, 3}, 2, PN_F32},
        {"scales", bake->file_scales, {nodes, 2}, 2, PN_F32},
        {"delays", bake->file_delays, {nodes, 2}, 2, PN_F32},
        {"filters", bake->file_taps, {nodes, 2, taps}, 3, PN_I16},
        {"bases", bake->file_bases, {bases, PN_BASIS_TAPS}, 2, PN_F32}, /* these two only if there are any */
        {"mixes", bake->file_mixes, {nodes, 2, bases}, 3, PN_F32},
    };
    const size_t entry_count = sizeof entries / sizeof entries[0] - (bases > 0 ? 0 : 2);
    bake->status = pn_safetensors_write(bake->file, bake->file_capacity, pairs, OWN_PAIRS + bake->config.metadata_count,
                                        entries, entry_count, &bake->file_bytes);
    if (bake->status == PN_OK) {
        bake->status = pn_head_file_seal(bake->file, bake->file_bytes);
    }
}
