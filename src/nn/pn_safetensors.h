/* SPDX-License-Identifier: MIT */
/**
 * Reads and writes safetensors files: 8 bytes little-endian header length, a JSON header, then the tensors' bytes.
 *
 * The file is hostile until proved otherwise. `open` checks the whole header once (strict JSON of the shape that the
 * format allows, no duplicate names, shapes times type size equal to the offsets, tensors that cover the data exactly
 * and never overlap) and fills a fixed table; after that nothing can fail. Nothing is allocated and nothing is copied:
 * the views point into the blob, which must outlive them, and **may be unaligned**; read elements with the accessors.
 *
 * Format  https://github.com/huggingface/safetensors (F32, F16, I32, I16, U16 and U8 only).
 */
#ifndef PN_SAFETENSORS_H
#define PN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PN_SAFETENSORS_MAX_TENSORS = 96,
    PN_SAFETENSORS_MAX_METADATA = 64,
    PN_SAFETENSORS_MAX_RANK = 6,
    PN_SAFETENSORS_MAX_HEADER_BYTES = 1 << 20
};

typedef enum pn_dtype { PN_F32, PN_F16, PN_I32, PN_I16, PN_U16, PN_U8, PN_DTYPE_COUNT } pn_dtype;

typedef struct pn_tensor {
    const uint8_t *data; /* bytes of the blob, any alignment */
    size_t bytes;
    size_t count; /* elements: the product of the shape; 1 for rank 0 */
    uint32_t shape[PN_SAFETENSORS_MAX_RANK];
    uint32_t rank;
    pn_dtype dtype;
} pn_tensor;

/** A JSON string as it stands in the header, escapes and all, without its quotes. */
typedef struct pn_json_text {
    const uint8_t *at;
    size_t bytes;
} pn_json_text;

typedef struct pn_safetensors {
    struct {
        pn_json_text name;
        pn_tensor tensor;
    } tensors[PN_SAFETENSORS_MAX_TENSORS];
    struct {
        pn_json_text key;
        pn_json_text value;
    } metadata[PN_SAFETENSORS_MAX_METADATA];
    uint32_t tensor_count;
    uint32_t metadata_count;
} pn_safetensors;

/** Bytes of one element. [any] Realtime yes. */
size_t pn_dtype_bytes(pn_dtype dtype);

/**
 * Checks a blob and makes views of its tensors.
 *
 * @param[in]  blob   any alignment; must outlive `out`
 * @param[out] out    emptied on failure
 * Thread [init]  Realtime no: O(header bytes + tensors^2)
 * Errors ARGUMENT; FILE_TRUNCATED when bytes are missing; FILE_FORMAT for anything that the format forbids;
 *        FILE_SHAPE when a shape contradicts the offsets or exceeds the limits above
 */
PN_MUST_CHECK pn_status pn_safetensors_open(const void *blob, size_t bytes, pn_safetensors *out);

/** The tensor of a name, or NULL. [any] Realtime no. */
const pn_tensor *pn_safetensors_find(const pn_safetensors *file, const char *name);

/**
 * Copies a metadata value, unescaped, as a C string.
 *
 * @param[out] text  empty on failure
 * @return the length without the terminator; -1 if there is no such key, or it does not fit, or it holds a NUL
 * Thread [any]
 */
ptrdiff_t pn_safetensors_get_metadata(const pn_safetensors *file, const char *key, char *text, size_t text_bytes);

/** Element `i` of a tensor of that type, whatever its alignment and the host's byte order. [any] Realtime yes. */
float pn_tensor_get_f32(const pn_tensor *tensor, size_t i);
float pn_tensor_get_f16(const pn_tensor *tensor, size_t i);
int32_t pn_tensor_get_i32(const pn_tensor *tensor, size_t i);
int16_t pn_tensor_get_i16(const pn_tensor *tensor, size_t i);
uint16_t pn_tensor_get_u16(const pn_tensor *tensor, size_t i);

/** A tensor to be written. `data` is in the host's order; only F32, I32, I16, U16 and U8 are written. */
typedef struct pn_safetensors_entry {
    const char *name;
    const void *data;
    uint32_t shape[PN_SAFETENSORS_MAX_RANK];
    uint32_t rank;
    pn_dtype dtype;
} pn_safetensors_entry;

typedef struct pn_safetensors_pair {
    const char *key;
    const char *value;
} pn_safetensors_pair;

/**
 * Writes a file into the caller's memory; the data begin at a multiple of 8 bytes, entries in the given order.
 *
 * @param[out] blob       [capacity]; NULL only measures
 * @param[out] out_bytes  the file's length; 0 on failure
 * Thread [init]  Errors ARGUMENT (a name given twice, more than the limits above), MEMORY
 */
PN_MUST_CHECK pn_status pn_safetensors_write(void *blob, size_t capacity, const pn_safetensors_pair *metadata,
                                             size_t metadata_count, const pn_safetensors_entry *entries,
                                             size_t entry_count, size_t *out_bytes);

#ifdef __cplusplus
}
#endif

#endif
