/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_head_file.h"

#include <math.h>
#include <string.h>

#include "nn/pn_model_file.h"

enum { TAP_LIMIT = 32768 };

pn_status pn_head_file_seal(void *blob, size_t bytes)
{
    return pn_model_file_seal(blob, bytes);
}

static pn_status read_metadata(const pn_safetensors *file, pn_head_file *head)
{
    double guard = 0.0;
    pn_status status = pn_model_file_check(file, "pinna-hrtf", PN_HEAD_FORMAT_VERSION);
    if (status == PN_OK) {
        status = pn_model_file_number(file, "sample_rate_hz", 8000.0, 192000.0, &head->sample_rate_hz);
    }
    if (status == PN_OK) {
        status = pn_model_file_number(file, "guard_frames", 0.0, PN_HEAD_MAX_TAPS - 1, &guard);
    }
    head->guard_frames = (uint32_t)guard;
    head->distance_m = PN_HEAD_DISTANCE_M;
    if (status == PN_OK) { /* it need not be there */
        status =
            pn_model_file_number(file, "distance_m", PN_HEAD_MIN_DISTANCE_M, PN_HEAD_MAX_DISTANCE_M, &head->distance_m);
        status = status == PN_ERROR_FILE_FORMAT ? PN_OK : status;
    }
    return status != PN_OK || guard == floor(guard) ? status : PN_ERROR_FILE_VALUE;
}

static pn_status read_shapes(const pn_safetensors *file, pn_head_file *head)
{
    const pn_tensor *directions = pn_safetensors_find(file, "directions");
    const pn_tensor *filters = pn_safetensors_find(file, "filters");
    const pn_tensor *scales = pn_safetensors_find(file, "scales");
    const pn_tensor *delays = pn_safetensors_find(file, "delays");
    if (directions == NULL || directions->rank != 2) {
        return PN_ERROR_FILE_SHAPE;
    }
    const uint32_t nodes = directions->shape[0];
    const uint32_t taps = filters != NULL && filters->rank == 3 ? filters->shape[2] : 0;
    if (nodes < PN_HEAD_MIN_NODES || nodes > PN_HEAD_MAX_NODES || taps < PN_HEAD_MIN_TAPS || taps > PN_HEAD_MAX_TAPS ||
        !pn_model_file_has_shape(directions, PN_F32, nodes, 3, 0) ||
        !pn_model_file_has_shape(filters, PN_I16, nodes, 2, taps) ||
        !pn_model_file_has_shape(scales, PN_F32, nodes, 2, 0) ||
        !pn_model_file_has_shape(delays, PN_F32, nodes, 2, 0)) {
        return PN_ERROR_FILE_SHAPE;
    }
    head->node_count = nodes;
    head->filter_taps = taps;
    head->directions = *directions;
    head->filters = *filters;
    head->scales = *scales;
    head->delays = *delays;
    const pn_tensor *bases = pn_safetensors_find(file, "bases");
    const pn_tensor *mixes = pn_safetensors_find(file, "mixes");
    if (bases != NULL || mixes != NULL) {
        const uint32_t count = bases != NULL && bases->rank == 2 ? bases->shape[0] : 0;
        if (count == 0 || count > PN_HEAD_MAX_BASES || count % 4 != 0 || bases->dtype != PN_F32 ||
            bases->shape[1] < PN_HEAD_MIN_TAPS || bases->shape[1] > PN_HEAD_MAX_TAPS ||
            !pn_model_file_has_shape(mixes, PN_F32, nodes, 2, count)) {
            return PN_ERROR_FILE_SHAPE;
        }
        head->basis_count = count;
        head->basis_taps = bases->shape[1];
        head->bases = *bases;
        head->mixes = *mixes;
    }
    return head->guard_frames < head->filter_taps ? PN_OK : PN_ERROR_FILE_VALUE;
}

static pn_status check_values(const pn_head_file *head)
{
    for (size_t i = 0; i < head->node_count; i++) {
        double square = 0.0;
        for (size_t k = 0; k < 3; k++) {
            const float x = pn_tensor_get_f32(&head->directions, 3 * i + k);
            if (!(x >= -1.001F && x <= 1.001F)) {
                return PN_ERROR_FILE_VALUE;
            }
            square += (double)x * (double)x;
        }
        const double length = sqrt(square);
        if (!(length >= 0.999 && length <= 1.001)) {
            return PN_ERROR_FILE_VALUE;
        }
    }
    const int fit = pn_model_file_within(&head->delays, 0.0F, (float)PN_HEAD_MAX_DELAY_FRAMES) &&
                    pn_model_file_within(&head->scales, 0.0F, PN_HEAD_MAX_TAP / (float)TAP_LIMIT) &&
                    pn_model_file_within(&head->bases, -PN_HEAD_MAX_TAP, PN_HEAD_MAX_TAP) &&
                    pn_model_file_within(&head->mixes, -PN_HEAD_MAX_TAP, PN_HEAD_MAX_TAP);
    return fit ? PN_OK : PN_ERROR_FILE_VALUE;
}

pn_status pn_head_file_open(const void *blob, size_t bytes, pn_head_file *out)
{
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    memset(out, 0, sizeof *out);
    pn_safetensors file;
    pn_head_file head;
    memset(&head, 0, sizeof head);
    pn_status status = pn_model_file_open(blob, bytes, &file);
    if (status == PN_OK) {
        status = read_metadata(&file, &head);
    }
    if (status == PN_OK) {
        status = read_shapes(&file, &head);
    }
    if (status == PN_OK) {
        status = check_values(&head);
    }
    if (status == PN_OK) {
        *out = head;
    }
    return status;
}

void pn_head_file_get_direction(const pn_head_file *file, uint32_t node, double head_dir[3])
{
    double square = 0.0;
    for (size_t k = 0; k < 3; k++) {
        head_dir[k] = (double)pn_tensor_get_f32(&file->directions, 3 * (size_t)node + k);
        square += head_dir[k] * head_dir[k];
    }
    const double length = sqrt(square);
    for (size_t k = 0; k < 3; k++) {
        head_dir[k] /= length;
    }
}

double pn_head_file_get_delay(const pn_head_file *file, uint32_t node, uint32_t ear)
{
    return (double)pn_tensor_get_f32(&file->delays, 2 * (size_t)node + ear);
}

float pn_head_file_get_tap(const pn_head_file *file, uint32_t node, uint32_t ear, uint32_t frame)
{
    const size_t row = 2 * (size_t)node + ear;
    return (float)pn_tensor_get_i16(&file->filters, row * file->filter_taps + frame) *
           pn_tensor_get_f32(&file->scales, row);
}

void pn_head_file_get_filter(const pn_head_file *file, uint32_t node, uint32_t ear, float *taps)
{
    const size_t row = 2 * (size_t)node + ear;
    const float scale = pn_tensor_get_f32(&file->scales, row);
    for (size_t i = 0; i < file->filter_taps; i++) {
        taps[i] = (float)pn_tensor_get_i16(&file->filters, row * file->filter_taps + i) * scale;
    }
}

float pn_head_file_get_basis_tap(const pn_head_file *file, uint32_t basis, uint32_t frame)
{
    return pn_tensor_get_f32(&file->bases, (size_t)basis * file->basis_taps + frame);
}

float pn_head_file_get_mix(const pn_head_file *file, uint32_t node, uint32_t ear, uint32_t basis)
{
    return pn_tensor_get_f32(&file->mixes, ((size_t)node * 2 + ear) * file->basis_count + basis);
}
