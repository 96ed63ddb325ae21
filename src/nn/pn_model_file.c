/* SPDX-License-Identifier: MIT */
#include "nn/pn_model_file.h"

#include <string.h>

enum { TEXT_BYTES = 32, CRC_DIGITS = 8 };

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

pn_status pn_model_file_open(const void *blob, size_t bytes, pn_safetensors *out)
{
    const pn_status status = pn_safetensors_open(blob, bytes, out);
    const uint8_t *digits = status == PN_OK ? crc_digits(out) : NULL;
    if (digits == NULL) {
        return status;
    }
    char text[CRC_DIGITS];
    crc_text(blob, bytes, digits, text);
    return memcmp(text, digits, CRC_DIGITS) == 0 ? PN_OK : PN_ERROR_FILE_DAMAGED;
}

pn_status pn_model_file_seal(void *blob, size_t bytes)
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

/* Negative = not a number. */
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

pn_status pn_model_file_check(const pn_safetensors *file, const char *format, double version)
{
    char text[TEXT_BYTES];
    if (pn_safetensors_get_metadata(file, "format", text, sizeof text) < 0 || strcmp(text, format) != 0) {
        return PN_ERROR_FILE_FORMAT;
    }
    if (pn_safetensors_get_metadata(file, "version", text, sizeof text) < 0 || parse_decimal(text) != version) {
        return PN_ERROR_FILE_VERSION;
    }
    return PN_OK;
}

pn_status pn_model_file_number(const pn_safetensors *file, const char *key, double least, double most, double *out)
{
    char text[TEXT_BYTES];
    if (pn_safetensors_get_metadata(file, key, text, sizeof text) < 0) {
        return PN_ERROR_FILE_FORMAT;
    }
    const double value = parse_decimal(text);
    if (!(value >= 0.0 && value >= least && value <= most)) {
        return PN_ERROR_FILE_VALUE;
    }
    *out = value;
    return PN_OK;
}

int pn_model_file_has_shape(const pn_tensor *tensor, pn_dtype dtype, uint32_t rows, uint32_t columns, uint32_t planes)
{
    const uint32_t shape[3] = {rows, columns, planes};
    const uint32_t rank = planes > 0 ? 3 : (columns > 0 ? 2 : 1);
    if (tensor == NULL || tensor->dtype != dtype || tensor->rank != rank) {
        return 0;
    }
    for (uint32_t i = 0; i < rank; i++) {
        if (tensor->shape[i] != shape[i]) {
            return 0;
        }
    }
    return 1;
}

int pn_model_file_within(const pn_tensor *tensor, float least, float most)
{
    for (size_t i = 0; i < tensor->count; i++) {
        const float value = pn_tensor_get_f32(tensor, i);
        if (!(value >= least && value <= most)) {
            return 0;
        }
    }
    return 1;
}
