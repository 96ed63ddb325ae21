/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "nn/pn_safetensors.h"

enum { LENGTH_BYTES = 8 };

static const char *const dtype_names[PN_DTYPE_COUNT] = {"F32", "F16", "I32", "I16", "U16", "U8"};

/* Counts what it is given; stores what fits. */
typedef struct sink {
    uint8_t *at;
    size_t capacity;
    size_t used;
} sink;

static void put_byte(sink *s, uint8_t byte)
{
    if (s->at != NULL && s->used < s->capacity) {
        s->at[s->used] = byte;
    }
    s->used++;
}

static void put(sink *s, const char *text)
{
    for (; *text != '\0'; text++) {
        put_byte(s, (uint8_t)*text);
    }
}

static void put_string(sink *s, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    put(s, "\"");
    for (; *text != '\0'; text++) {
        const uint8_t ch = (uint8_t)*text;
        if (ch == '"' || ch == '\\') {
            put_byte(s, '\\');
            put_byte(s, ch);
        } else if (ch < 0x20) {
            put(s, "\\u00");
            put_byte(s, (uint8_t)hex[ch >> 4]);
            put_byte(s, (uint8_t)hex[ch & 15]);
        } else {
            put_byte(s, ch);
        }
    }
    put(s, "\"");
}

static void put_integer(sink *s, uint64_t value)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(s, digits + at);
}

static uint64_t entry_elements(const pn_safetensors_entry *entry)
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < entry->rank; i++) {
        count *= entry->shape[i];
    }
    return count;
}

static int is_writable(const pn_safetensors_entry *entries, size_t entry_count, const pn_safetensors_pair *metadata,
                       size_t metadata_count)
{
    if (entry_count > PN_SAFETENSORS_MAX_TENSORS || metadata_count > PN_SAFETENSORS_MAX_METADATA) {
        return 0;
    }
    for (size_t i = 0; i < entry_count; i++) {
        if (entries[i].rank > PN_SAFETENSORS_MAX_RANK || entries[i].dtype == PN_F16 ||
            entries[i].dtype >= PN_DTYPE_COUNT || strcmp(entries[i].name, "__metadata__") == 0) {
            return 0;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(entries[i].name, entries[k].name) == 0) {
                return 0;
            }
        }
    }
    for (size_t i = 0; i < metadata_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(metadata[i].key, metadata[k].key) == 0) {
                return 0;
            }
        }
    }
    return 1;
}

static void put_header(sink *s, const pn_safetensors_pair *metadata, size_t metadata_count,
                       const pn_safetensors_entry *entries, size_t entry_count)
{
    const size_t begin = s->used;
    uint64_t offset = 0;
    put(s, "{\"__metadata__\":{");
    for (size_t i = 0; i < metadata_count; i++) {
        put(s, i > 0 ? "," : "");
        put_string(s, metadata[i].key);
        put(s, ":");
        put_string(s, metadata[i].value);
    }
    put(s, "}");
    for (size_t i = 0; i < entry_count; i++) {
        put(s, ",");
        put_string(s, entries[i].name);
        put(s, ":{\"dtype\":\"");
        put(s, dtype_names[entries[i].dtype]);
        put(s, "\",\"shape\":[");
        for (uint32_t k = 0; k < entries[i].rank; k++) {
            put(s, k > 0 ? "," : "");
            put_integer(s, entries[i].shape[k]);
        }
        put(s, "],\"data_offsets\":[");
        put_integer(s, offset);
        put(s, ",");
        offset += entry_elements(&entries[i]) * pn_dtype_bytes(entries[i].dtype);
        put_integer(s, offset);
        put(s, "]}");
    }
    put(s, "}");
    while ((s->used - begin) % 8 != 0) {
        put(s, " ");
    }
}

static void put_data(sink *s, const pn_safetensors_entry *entry)
{
    const size_t size = pn_dtype_bytes(entry->dtype);
    const size_t count = (size_t)entry_elements(entry);
    if (s->at == NULL) {
        s->used += size * count;
        return;
    }
    const uint8_t *data = entry->data;
    for (size_t i = 0; i < count; i++, data += size) {
        uint32_t bits = data[0];
        if (size == 2) {
            uint16_t half;
            memcpy(&half, data, sizeof half);
            bits = half;
        } else if (size == 4) {
            memcpy(&bits, data, sizeof bits);
        }
        for (size_t k = 0; k < size; k++) {
            put_byte(s, (uint8_t)(bits >> (8 * k)));
        }
    }
}

pn_status pn_safetensors_write(void *blob, size_t capacity, const pn_safetensors_pair *metadata, size_t metadata_count,
                               const pn_safetensors_entry *entries, size_t entry_count, size_t *out_bytes)
{
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    if (!is_writable(entries, entry_count, metadata, metadata_count)) {
        return PN_ERROR_ARGUMENT;
    }
    sink s = {.at = blob, .capacity = capacity};
    s.used = LENGTH_BYTES;
    put_header(&s, metadata, metadata_count, entries, entry_count);
    const uint64_t header_bytes = s.used - LENGTH_BYTES;
    for (size_t i = 0; i < entry_count; i++) {
        put_data(&s, &entries[i]);
    }
    if (blob != NULL && s.used > capacity) {
        return PN_ERROR_MEMORY;
    }
    if (blob != NULL) {
        for (size_t i = 0; i < LENGTH_BYTES; i++) {
            ((uint8_t *)blob)[i] = (uint8_t)(header_bytes >> (8 * i));
        }
    }
    *out_bytes = s.used;
    return PN_OK;
}
