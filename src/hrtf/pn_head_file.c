/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_head_file.h"

#include <math.h>
#include <string.h>

enum { TEXT_BYTES = 32, TAP_LIMIT = 32768, CRC_DIGITS = 8 };

/* ---- the checksum ---- */

static uint32_t crc_add(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) {
        crc = crc >> 1 ^ (0xedb88320U & -(crc & 1));
    }
    return crc;
}

/* Of the whole file, the digits of the checksum itself counting as zeros. */
static void crc_text(const uint8_t *blob, size_t bytes, const uint8_t *digits, char *text)
{
    uint32_t crc = 0xffffffffU;
    for (size_t i = 0; i < bytes; i++) {
        const int own = blob + i >= digits && blob + i < digits + CRC_DIGITS;
        crc = crc_add(crc, own ? (uint8_t)'0' : blob[i]);
    }
    crc = ~crc;
    for (int i = 0; i < CRC_DIGITS; i++) {
        text[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    }
}

/* Where the digits stand; NULL if the file has none. */
static const uint8_t *crc_digits(const pn_safetensors *file)
{
    for (uint32_t i = 0; i < file->metadata_count; i++) {
        const pn_json_text key = file->metadata[i].key;
        if (key.bytes == 5 && memcmp(key.at, "crc32", 5) == 0 && file->metadata[i].value.bytes == CRC_DIGITS) {
            return file->metadata[i].value.at;
        }
    }
    return NULL;
}

pn_status pn_head_file_seal(void *blob, size_t bytes)
{
    pn_safetensors file;
    const pn_status status = pn_safetensors_open(blob, bytes, &file);
    const uint8_t *digits = status == PN_OK ? crc_digits(&file) : NULL;
    if (digits == NULL) {
        return status == PN_OK ? PN_ERROR_FILE_FORMAT : status;
    }
    crc_text(blob, bytes, digits, (char *)blob + (digits - (const uint8_t *)blob));
    return PN_OK;
}

/* ---- the contents ---- */

/* Decimal digits with an optional fraction; no sign, exponent or space. Negative = not a number. */
static double parse_decimal(const char *text)
{
    double value = 0.0;
    double place = 1.0;
    int digits = 0;
    int fraction = 0;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !fraction && digits > 0) {
            fraction = 1;
            continue;
        }
        if (*text < '0' || *text > '9') {
            return -1.0;
        }
        value = value * 10.0 + (double)(*text - '0');
        place *= fraction ? 10.0 : 1.0;
        digits++;
    }
    return digits > 0 ? value / place : -1.0;
}

static pn_status read_metadata(const pn_safetensors *file, pn_head_file *head)
{
    char text[TEXT_BYTES];
    if (pn_safetensors_get_metadata(file, "format", text, sizeof text) < 0 || strcmp(text, "pinna-hrtf") != 0) {
        return PN_ERROR_FILE_FORMAT;
    }
    if (pn_safetensors_get_metadata(file, "version", text, sizeof text) < 0 ||
        parse_decimal(text) != (double)PN_HEAD_FORMAT_VERSION) {
        return PN_ERROR_FILE_VERSION;
    }
    if (pn_safetensors_get_metadata(file, "sample_rate_hz", text, sizeof text) < 0) {
        return PN_ERROR_FILE_FORMAT;
    }
    head->sample_rate_hz = parse_decimal(text);
    if (!(head->sample_rate_hz >= 8000.0 && head->sample_rate_hz <= 192000.0)) {
        return PN_ERROR_FILE_VALUE;
    }
    if (pn_safetensors_get_metadata(file, "guard_frames", text, sizeof text) < 0) {
        return PN_ERROR_FILE_FORMAT;
    }
    const double guard = parse_decimal(text);
    if (!(guard >= 0.0 && guard < (double)PN_HEAD_MAX_TAPS && guard == floor(guard))) {
        return PN_ERROR_FILE_VALUE;
    }
    head->guard_frames = (uint32_t)guard;
    return PN_OK;
}

static int has_shape(const pn_tensor *tensor, pn_dtype dtype, uint32_t rank, uint32_t nodes, uint32_t columns)
{
    return tensor != NULL && tensor->dtype == dtype && tensor->rank == rank && tensor->shape[0] == nodes &&
           tensor->shape[1] == columns;
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
    if (nodes < PN_HEAD_MIN_NODES || nodes > PN_HEAD_MAX_NODES || !has_shape(directions, PN_F32, 2, nodes, 3) ||
        !has_shape(filters, PN_I16, 3, nodes, 2) || !has_shape(scales, PN_F32, 2, nodes, 2) ||
        !has_shape(delays, PN_F32, 2, nodes, 2) || filters->shape[2] < PN_HEAD_MIN_TAPS ||
        filters->shape[2] > PN_HEAD_MAX_TAPS) {
        return PN_ERROR_FILE_SHAPE;
    }
    head->node_count = nodes;
    head->filter_taps = filters->shape[2];
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
            !has_shape(mixes, PN_F32, 3, nodes, 2) || mixes->shape[2] != count) {
            return PN_ERROR_FILE_SHAPE;
        }
        head->basis_count = count;
        head->basis_taps = bases->shape[1];
        head->bases = *bases;
        head->mixes = *mixes;
    }
    return head->guard_frames < head->filter_taps ? PN_OK : PN_ERROR_FILE_VALUE;
}

static int within(float value, float least, float most)
{
    return value >= least && value <= most; /* false for NaN */
}

static pn_status check_values(const pn_head_file *head)
{
    for (size_t i = 0; i < head->node_count; i++) {
        double square = 0.0;
        for (size_t k = 0; k < 3; k++) {
            const float x = pn_tensor_get_f32(&head->directions, 3 * i + k);
            if (!within(x, -1.001F, 1.001F)) {
                return PN_ERROR_FILE_VALUE;
            }
            square += (double)x * (double)x;
        }
        const double length = sqrt(square);
        if (!(length >= 0.999 && length <= 1.001)) {
            return PN_ERROR_FILE_VALUE;
        }
    }
    for (size_t i = 0; i < (size_t)2 * head->node_count; i++) {
        if (!within(pn_tensor_get_f32(&head->delays, i), 0.0F, (float)PN_HEAD_MAX_DELAY_FRAMES) ||
            !within(pn_tensor_get_f32(&head->scales, i), 0.0F, PN_HEAD_MAX_TAP / (float)TAP_LIMIT)) {
            return PN_ERROR_FILE_VALUE;
        }
    }
    for (size_t i = 0; i < (size_t)head->basis_count * head->basis_taps; i++) {
        if (!within(pn_tensor_get_f32(&head->bases, i), -PN_HEAD_MAX_TAP, PN_HEAD_MAX_TAP)) {
            return PN_ERROR_FILE_VALUE;
        }
    }
    for (size_t i = 0; i < (size_t)2 * head->node_count * head->basis_count; i++) {
        if (!within(pn_tensor_get_f32(&head->mixes, i), -PN_HEAD_MAX_TAP, PN_HEAD_MAX_TAP)) {
            return PN_ERROR_FILE_VALUE;
        }
    }
    return PN_OK;
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
    pn_status status = pn_safetensors_open(blob, bytes, &file);
    const uint8_t *digits = status == PN_OK ? crc_digits(&file) : NULL;
    if (digits != NULL) {
        char text[CRC_DIGITS];
        crc_text(blob, bytes, digits, text);
        status = memcmp(text, digits, CRC_DIGITS) == 0 ? PN_OK : PN_ERROR_FILE_DAMAGED;
    }
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
