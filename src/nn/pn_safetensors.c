/* SPDX-License-Identifier: MIT */
#include "nn/pn_safetensors.h"

#include <string.h>

enum { LENGTH_BYTES = 8, NO_MORE = -1, BROKEN = -2 };

/* The largest integer that every JSON reader keeps. */
#define MAX_INTEGER 9007199254740991ULL

/* ---- the strict subset of JSON: objects, arrays of integers, strings ---- */

typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) {
        c->at++;
    }
}

static int take(cursor *c, char wanted)
{
    skip_space(c);
    if (c->at < c->end && *c->at == (uint8_t)wanted) {
        c->at++;
        return 1;
    }
    return 0;
}

static int hex_digit(uint8_t ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }
    if (ch >= 'a' && ch <= 'f') {
        return ch - 'a' + 10;
    }
    return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

static int32_t take_hex4(cursor *c)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = c->at < c->end ? hex_digit(*c->at) : -1;
        if (digit < 0) {
            return BROKEN;
        }
        value = value * 16 + digit;
        c->at++;
    }
    return value;
}

/* Behind "\u": a code point, surrogate pairs joined; lone surrogates are broken. */
static int32_t take_unicode_escape(cursor *c)
{
    const int32_t high = take_hex4(c);
    if (high < 0xD800 || high > 0xDFFF) {
        return high;
    }
    if (high > 0xDBFF || c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u') {
        return BROKEN;
    }
    c->at += 2;
    const int32_t low = take_hex4(c);
    return low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) : BROKEN;
}

static int32_t take_escape(cursor *c)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (c->at >= c->end) {
        return BROKEN;
    }
    const uint8_t ch = *c->at++;
    if (ch == 'u') {
        return take_unicode_escape(c);
    }
    const char *found = ch != 0 ? strchr(letters, ch) : NULL;
    return found != NULL ? meanings[found - letters] : BROKEN;
}

/* One code point: shortest form only, no surrogates, at most U+10FFFF. */
static int32_t take_utf8(cursor *c)
{
    static const int32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = *c->at++;
    const int length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || c->end - c->at < length - 1) {
        return BROKEN;
    }
    int32_t value = length == 1 ? lead : lead & (0x7F >> length);
    for (int i = 1; i < length; i++) {
        const uint8_t next = *c->at++;
        if ((next & 0xC0) != 0x80) {
            return BROKEN;
        }
        value = (value << 6) | (next & 0x3F);
    }
    const int surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < least[length] || surrogate || value > 0x10FFFF ? BROKEN : value;
}

/* The next code point of a string's inside; NO_MORE at its end. */
static int32_t next_code_point(cursor *c)
{
    if (c->at >= c->end) {
        return NO_MORE;
    }
    if (*c->at == '\\') {
        c->at++;
        return take_escape(c);
    }
    return *c->at < 0x20 || *c->at == '"' ? BROKEN : take_utf8(c);
}

static int take_string(cursor *c, pn_json_text *out)
{
    if (!take(c, '"')) {
        return 0;
    }
    out->at = c->at;
    while (c->at < c->end && *c->at != '"') {
        if (next_code_point(c) < 0) {
            return 0;
        }
    }
    if (c->at >= c->end) {
        return 0;
    }
    out->bytes = (size_t)(c->at - out->at);
    c->at++;
    return 1;
}

static int take_integer(cursor *c, uint64_t *out)
{
    skip_space(c);
    const uint8_t *begin = c->at;
    uint64_t value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        value = value * 10 + (uint64_t)(*c->at - '0');
        if (value > MAX_INTEGER) {
            return 0;
        }
        c->at++;
    }
    *out = value;
    return c->at > begin && (*begin != '0' || c->at - begin == 1);
}

static int texts_match(pn_json_text a, pn_json_text b)
{
    cursor x = {a.at, a.at + a.bytes};
    cursor y = {b.at, b.at + b.bytes};
    int32_t p = 0;
    int32_t q = 0;
    while (p >= 0 && p == q) {
        p = next_code_point(&x);
        q = next_code_point(&y);
    }
    return p == NO_MORE && q == NO_MORE;
}

static int text_is(pn_json_text text, const char *literal)
{
    cursor x = {text.at, text.at + text.bytes};
    const char *const end = literal + strlen(literal);
    cursor y = {(const uint8_t *)literal, (const uint8_t *)end};
    int32_t p = 0;
    int32_t q = 0;
    while (p >= 0 && p == q) {
        p = next_code_point(&x);
        q = y.at < y.end ? take_utf8(&y) : NO_MORE; /* a literal has no escapes */
    }
    return p == NO_MORE && q == NO_MORE;
}

/* ---- the header ---- */

static const char *const dtype_names[PN_DTYPE_COUNT] = {"F32", "F16", "I32", "I16", "U16", "U8"};

size_t pn_dtype_bytes(pn_dtype dtype)
{
    static const uint8_t bytes[PN_DTYPE_COUNT] = {4, 2, 4, 2, 2, 1};
    return bytes[dtype];
}

static pn_status take_metadata(cursor *c, pn_safetensors *out)
{
    if (!take(c, '{')) {
        return PN_ERROR_FILE_FORMAT;
    }
    if (take(c, '}')) {
        return PN_OK;
    }
    do {
        pn_json_text key;
        pn_json_text value;
        if (!take_string(c, &key) || !take(c, ':') || !take_string(c, &value)) {
            return PN_ERROR_FILE_FORMAT;
        }
        for (uint32_t i = 0; i < out->metadata_count; i++) {
            if (texts_match(out->metadata[i].key, key)) {
                return PN_ERROR_FILE_FORMAT;
            }
        }
        if (out->metadata_count == PN_SAFETENSORS_MAX_METADATA) {
            return PN_ERROR_FILE_SHAPE;
        }
        out->metadata[out->metadata_count].key = key;
        out->metadata[out->metadata_count].value = value;
        out->metadata_count++;
    } while (take(c, ','));
    return take(c, '}') ? PN_OK : PN_ERROR_FILE_FORMAT;
}

static pn_status take_dtype(cursor *c, pn_tensor *tensor)
{
    pn_json_text name;
    if (!take_string(c, &name)) {
        return PN_ERROR_FILE_FORMAT;
    }
    for (int i = 0; i < PN_DTYPE_COUNT; i++) {
        if (text_is(name, dtype_names[i])) {
            tensor->dtype = (pn_dtype)i;
            return PN_OK;
        }
    }
    return PN_ERROR_FILE_FORMAT;
}

static pn_status take_shape(cursor *c, pn_tensor *tensor)
{
    uint64_t size = 0;
    if (!take(c, '[')) {
        return PN_ERROR_FILE_FORMAT;
    }
    if (take(c, ']')) {
        return PN_OK;
    }
    do {
        if (!take_integer(c, &size)) {
            return PN_ERROR_FILE_FORMAT;
        }
        if (tensor->rank == PN_SAFETENSORS_MAX_RANK || size > UINT32_MAX) {
            return PN_ERROR_FILE_SHAPE;
        }
        tensor->shape[tensor->rank++] = (uint32_t)size;
    } while (take(c, ','));
    return take(c, ']') ? PN_OK : PN_ERROR_FILE_FORMAT;
}

static pn_status take_offsets(cursor *c, uint64_t offsets[2])
{
    if (!take(c, '[') || !take_integer(c, &offsets[0]) || !take(c, ',') || !take_integer(c, &offsets[1]) ||
        !take(c, ']')) {
        return PN_ERROR_FILE_FORMAT;
    }
    return offsets[0] <= offsets[1] ? PN_OK : PN_ERROR_FILE_FORMAT;
}

/* Sets count and bytes from shape and type, which must not overflow and must be what the offsets say. */
static pn_status settle_size(pn_tensor *tensor, const uint64_t offsets[2])
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        count *= tensor->shape[i]; /* both below 2^32: the product fits, and is checked before the next */
        if (count > UINT32_MAX) {
            return PN_ERROR_FILE_SHAPE;
        }
    }
    const uint64_t bytes = count * pn_dtype_bytes(tensor->dtype);
    if (bytes != offsets[1] - offsets[0] || bytes > SIZE_MAX) {
        return PN_ERROR_FILE_SHAPE;
    }
    tensor->count = (size_t)count;
    tensor->bytes = (size_t)bytes;
    return PN_OK;
}

static pn_status take_tensor(cursor *c, const uint8_t *data, size_t data_bytes, pn_tensor *tensor)
{
    enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4, ALL = 7 };
    unsigned seen = 0;
    uint64_t offsets[2] = {0, 0};
    memset(tensor, 0, sizeof *tensor);
    if (!take(c, '{')) {
        return PN_ERROR_FILE_FORMAT;
    }
    do {
        pn_json_text key;
        if (!take_string(c, &key) || !take(c, ':')) {
            return PN_ERROR_FILE_FORMAT;
        }
        const unsigned field = text_is(key, "dtype")          ? DTYPE
                               : text_is(key, "shape")        ? SHAPE
                               : text_is(key, "data_offsets") ? OFFSETS
                                                              : 0;
        if (field == 0 || (seen & field) != 0) {
            return PN_ERROR_FILE_FORMAT;
        }
        seen |= field;
        const pn_status status = field == DTYPE   ? take_dtype(c, tensor)
                                 : field == SHAPE ? take_shape(c, tensor)
                                                  : take_offsets(c, offsets);
        if (status != PN_OK) {
            return status;
        }
    } while (take(c, ','));
    if (!take(c, '}') || seen != ALL) {
        return PN_ERROR_FILE_FORMAT;
    }
    const pn_status status = settle_size(tensor, offsets);
    if (status != PN_OK) {
        return status;
    }
    if (offsets[1] > data_bytes) {
        return PN_ERROR_FILE_TRUNCATED;
    }
    tensor->data = data + (size_t)offsets[0];
    return PN_OK;
}

static pn_status add_tensor(pn_safetensors *out, pn_json_text name, const pn_tensor *tensor)
{
    for (uint32_t i = 0; i < out->tensor_count; i++) {
        const pn_tensor *other = &out->tensors[i].tensor;
        const int apart = tensor->data + tensor->bytes <= other->data || other->data + other->bytes <= tensor->data;
        if (!apart || texts_match(out->tensors[i].name, name)) {
            return PN_ERROR_FILE_FORMAT;
        }
    }
    if (out->tensor_count == PN_SAFETENSORS_MAX_TENSORS) {
        return PN_ERROR_FILE_SHAPE;
    }
    out->tensors[out->tensor_count].name = name;
    out->tensors[out->tensor_count].tensor = *tensor;
    out->tensor_count++;
    return PN_OK;
}

static pn_status take_header(cursor *c, const uint8_t *data, size_t data_bytes, pn_safetensors *out)
{
    int metadata_seen = 0;
    size_t covered = 0;
    if (c->at >= c->end || *c->at != '{') { /* the format allows no space before the header */
        return PN_ERROR_FILE_FORMAT;
    }
    c->at++;
    if (!take(c, '}')) {
        do {
            pn_json_text name;
            pn_tensor tensor;
            if (!take_string(c, &name) || !take(c, ':')) {
                return PN_ERROR_FILE_FORMAT;
            }
            if (text_is(name, "__metadata__")) {
                if (metadata_seen) {
                    return PN_ERROR_FILE_FORMAT;
                }
                metadata_seen = 1;
                const pn_status status = take_metadata(c, out);
                if (status != PN_OK) {
                    return status;
                }
                continue;
            }
            pn_status status = take_tensor(c, data, data_bytes, &tensor);
            status = status != PN_OK ? status : add_tensor(out, name, &tensor);
            if (status != PN_OK) {
                return status;
            }
            covered += tensor.bytes;
        } while (take(c, ','));
        if (!take(c, '}')) {
            return PN_ERROR_FILE_FORMAT;
        }
    }
    skip_space(c);
    return c->at == c->end && covered == data_bytes ? PN_OK : PN_ERROR_FILE_FORMAT;
}

pn_status pn_safetensors_open(const void *blob, size_t bytes, pn_safetensors *out)
{
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    memset(out, 0, sizeof *out);
    if (blob == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    if (bytes < LENGTH_BYTES) {
        return PN_ERROR_FILE_TRUNCATED;
    }
    const uint8_t *const file = blob;
    uint64_t header_bytes = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) {
        header_bytes = header_bytes << 8 | file[i];
    }
    if (header_bytes < 2 || header_bytes > PN_SAFETENSORS_MAX_HEADER_BYTES) {
        return PN_ERROR_FILE_FORMAT;
    }
    if (header_bytes > bytes - LENGTH_BYTES) {
        return PN_ERROR_FILE_TRUNCATED;
    }
    const uint8_t *const data = file + LENGTH_BYTES + header_bytes;
    cursor c = {file + LENGTH_BYTES, data};
    const pn_status status = take_header(&c, data, bytes - LENGTH_BYTES - (size_t)header_bytes, out);
    if (status != PN_OK) {
        memset(out, 0, sizeof *out);
    }
    return status;
}

const pn_tensor *pn_safetensors_find(const pn_safetensors *file, const char *name)
{
    for (uint32_t i = 0; i < file->tensor_count; i++) {
        if (text_is(file->tensors[i].name, name)) {
            return &file->tensors[i].tensor;
        }
    }
    return NULL;
}

static size_t encode_utf8(int32_t code_point, uint8_t bytes[4])
{
    const uint32_t v = (uint32_t)code_point;
    if (v < 0x80) {
        bytes[0] = (uint8_t)v;
        return 1;
    }
    const size_t length = v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80U | (v >> (6 * (length - 1 - i)) & 0x3FU));
    }
    bytes[0] = (uint8_t)((0xF00U >> length & 0xFFU) | v >> (6 * (length - 1)));
    return length;
}

static ptrdiff_t unescape(pn_json_text value, char *text, size_t text_bytes)
{
    cursor c = {value.at, value.at + value.bytes};
    size_t used = 0;
    for (int32_t point = next_code_point(&c); point != NO_MORE; point = next_code_point(&c)) {
        uint8_t encoded[4];
        const size_t length = encode_utf8(point, encoded);
        if (point <= 0 || length >= text_bytes - used) {
            return -1;
        }
        memcpy(text + used, encoded, length);
        used += length;
    }
    text[used] = '\0';
    return (ptrdiff_t)used;
}

ptrdiff_t pn_safetensors_get_metadata(const pn_safetensors *file, const char *key, char *text, size_t text_bytes)
{
    if (text_bytes == 0) {
        return -1;
    }
    ptrdiff_t length = -1;
    for (uint32_t i = 0; i < file->metadata_count && length < 0; i++) {
        if (text_is(file->metadata[i].key, key)) {
            length = unescape(file->metadata[i].value, text, text_bytes);
        }
    }
    if (length < 0) {
        text[0] = '\0';
    }
    return length;
}

/* ---- elements ---- */

static uint32_t read_u16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t read_u32(const uint8_t *at)
{
    return read_u16(at) | read_u16(at + 2) << 16;
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float pn_tensor_get_f32(const pn_tensor *tensor, size_t i)
{
    return float_from_bits(read_u32(tensor->data + 4 * i));
}

float pn_tensor_get_f16(const pn_tensor *tensor, size_t i)
{
    const uint32_t half = read_u16(tensor->data + 2 * i);
    const uint32_t sign = (half & 0x8000U) << 16;
    const uint32_t exponent = half >> 10 & 31U;
    const uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) { /* zero and the subnormals: multiples of 2^-24 */
        const float size = (float)fraction * 5.9604644775390625e-8F;
        return sign ? -size : size;
    }
    return float_from_bits(sign | (exponent == 31 ? 0x7F800000U : (exponent + 112) << 23) | fraction << 13);
}

int32_t pn_tensor_get_i32(const pn_tensor *tensor, size_t i)
{
    return (int32_t)read_u32(tensor->data + 4 * i);
}

int16_t pn_tensor_get_i16(const pn_tensor *tensor, size_t i)
{
    return (int16_t)read_u16(tensor->data + 2 * i);
}

uint16_t pn_tensor_get_u16(const pn_tensor *tensor, size_t i)
{
    return (uint16_t)read_u16(tensor->data + 2 * i);
}
