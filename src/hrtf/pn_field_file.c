/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_field_file.h"

#include <math.h>
#include <string.h>

#include "nn/pn_model_file.h"

static const char FORMAT[] = "pinna-linn-field";

int pn_field_file_is(const void *blob, size_t bytes)
{
    pn_safetensors file;
    char text[sizeof FORMAT];
    return pn_safetensors_open(blob, bytes, &file) == PN_OK &&
           pn_safetensors_get_metadata(&file, "format", text, sizeof text) >= 0 && strcmp(text, FORMAT) == 0;
}

static pn_status read_metadata(const pn_safetensors *file, pn_field_file *field)
{
    pn_status status = pn_model_file_check(file, FORMAT, PN_FIELD_FORMAT_VERSION);
    if (status == PN_OK) {
        status = pn_model_file_number(file, "sample_rate_hz", 8000.0, 192000.0, &field->sample_rate_hz);
    }
    if (status == PN_OK) {
        status = pn_model_file_number(file, "lead_frames", 0.0, PN_FIELD_MAX_TAPS - 1, &field->lead_frames);
    }
    return status != PN_OK || field->lead_frames == floor(field->lead_frames) ? status : PN_ERROR_FILE_VALUE;
}

/* A tensor of this name, type and shape into `out`. @return whether there is one */
static int take(const pn_safetensors *file, const char *name, uint32_t rows, uint32_t columns, pn_tensor *out)
{
    const pn_tensor *tensor = pn_safetensors_find(file, name);
    if (!pn_model_file_has_shape(tensor, PN_F32, rows, columns, 0)) {
        return 0;
    }
    *out = *tensor;
    return 1;
}

static pn_status read_network(const pn_safetensors *file, pn_field_file *field)
{
    char name[] = "mlp.0.weight";
    const pn_tensor *first = pn_safetensors_find(file, name);
    const pn_tensor *basis = pn_safetensors_find(file, "basis");
    if (first == NULL || first->rank != 2 || basis == NULL || basis->rank != 2) {
        return PN_ERROR_FILE_SHAPE;
    }
    const uint32_t hidden = first->shape[0];
    const uint32_t bases = basis->shape[0];
    const uint32_t taps = basis->shape[1];
    if (hidden < PN_FIELD_LEAST_HIDDEN || hidden > PN_FIELD_MOST_HIDDEN || hidden % 4 != 0 || bases == 0 ||
        bases > PN_FIELD_MOST_BASES || bases % 4 != 0 || taps < PN_FIELD_MIN_TAPS || taps > PN_FIELD_MAX_TAPS ||
        !take(file, "basis", bases, taps, &field->basis)) {
        return PN_ERROR_FILE_SHAPE;
    }
    uint32_t in = PN_FIELD_FEATURES;
    for (uint32_t layer = 0; layer < PN_FIELD_LAYERS; layer++) {
        const uint32_t out = layer < PN_FIELD_LAYERS - 1 ? hidden : 2 * bases + 4;
        name[4] = (char)('0' + layer);
        memcpy(name + 6, "weight", sizeof "weight");
        const int there = take(file, name, out, in, &field->weights[layer]);
        memcpy(name + 6, "bias", sizeof "bias");
        if (!there || !take(file, name, out, 0, &field->biases[layer])) {
            return PN_ERROR_FILE_SHAPE;
        }
        in = hidden;
    }
    field->shape = (pn_field_shape){hidden, bases};
    field->basis_taps = taps;
    return PN_OK;
}

/* The few numbers of the geometry, copied out. */
static pn_status read_geometry(const pn_safetensors *file, pn_field_file *field)
{
    pn_tensor range;
    pn_tensor ears;
    pn_tensor offset;
    if (!take(file, "range", 2, 0, &range) || !take(file, "ears", 2, 3, &ears) ||
        !take(file, "offset_s", 1, 0, &offset)) {
        return PN_ERROR_FILE_SHAPE;
    }
    if (!pn_model_file_within(&range, PN_FIELD_MIN_RANGE_M, PN_FIELD_MAX_RANGE_M) ||
        !pn_model_file_within(&ears, -PN_FIELD_MAX_EAR_M, PN_FIELD_MAX_EAR_M) ||
        !pn_model_file_within(&offset, -PN_FIELD_MAX_OFFSET_S, PN_FIELD_MAX_OFFSET_S)) {
        return PN_ERROR_FILE_VALUE;
    }
    for (size_t i = 0; i < ears.count; i++) {
        field->ear_m[i / 3][i % 3] = pn_tensor_get_f32(&ears, i);
    }
    field->range_m[0] = pn_tensor_get_f32(&range, 0);
    field->range_m[1] = pn_tensor_get_f32(&range, 1);
    field->offset_s = pn_tensor_get_f32(&offset, 0);
    return field->range_m[0] <= field->range_m[1] ? PN_OK : PN_ERROR_FILE_VALUE;
}

static pn_status check_values(const pn_field_file *field)
{
    int fit = pn_model_file_within(&field->basis, -PN_FIELD_MAX_TAP, PN_FIELD_MAX_TAP);
    for (int layer = 0; layer < PN_FIELD_LAYERS; layer++) {
        fit = fit && pn_model_file_within(&field->weights[layer], -PN_FIELD_MAX_WEIGHT, PN_FIELD_MAX_WEIGHT) &&
              pn_model_file_within(&field->biases[layer], -PN_FIELD_MAX_WEIGHT, PN_FIELD_MAX_WEIGHT);
    }
    return fit && field->lead_frames < field->basis_taps ? PN_OK : PN_ERROR_FILE_VALUE;
}

pn_status pn_field_file_open(const void *blob, size_t bytes, pn_field_file *out)
{
    pn_safetensors file;
    pn_field_file field;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    memset(out, 0, sizeof *out);
    memset(&field, 0, sizeof field);
    pn_status status = pn_model_file_open(blob, bytes, &file);
    if (status == PN_OK) {
        status = read_metadata(&file, &field);
    }
    if (status == PN_OK) {
        status = read_network(&file, &field);
    }
    if (status == PN_OK) {
        status = read_geometry(&file, &field);
    }
    if (status == PN_OK) {
        status = check_values(&field);
    }
    if (status == PN_OK) {
        *out = field;
    }
    return status;
}
