/* SPDX-License-Identifier: MIT */
/**
 * What all files of models/FORMAT.md have in common: a format and a version to name, numbers among the metadata, and a
 * checksum over the whole.
 */
#ifndef PN_MODEL_FILE_H
#define PN_MODEL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "nn/pn_safetensors.h"

/**
 * Opens a file and compares its checksum, if it has one.
 *
 * @param[in]  blob  any alignment; must outlive `out`
 * @return as pn_safetensors_open, or FILE_DAMAGED.  Thread [init]  Realtime no: O(bytes)
 */
PN_MUST_CHECK pn_status pn_model_file_open(const void *blob, size_t bytes, pn_safetensors *out);

/** FILE_FORMAT or FILE_VERSION unless the metadata name these two. [init] */
PN_MUST_CHECK pn_status pn_model_file_check(const pn_safetensors *file, const char *format, double version);

/**
 * A number among the metadata: decimal digits with an optional fraction; no sign, exponent or space.
 * @return FILE_FORMAT where there is no such key, FILE_VALUE where it is no such number or not within the limits; `out`
 *         is then left as it was. [init]
 */
PN_MUST_CHECK pn_status pn_model_file_number(const pn_safetensors *file, const char *key, double least, double most,
                                             double *out);

/** Whether there is a tensor of this type and shape, of rank 1 to 3; `columns` and `planes` are 0 beyond the rank. */
int pn_model_file_has_shape(const pn_tensor *tensor, pn_dtype dtype, uint32_t rows, uint32_t columns, uint32_t planes);

/** Whether all numbers of an F32 tensor lie within these; false for NaN. [init] */
int pn_model_file_within(const pn_tensor *tensor, float least, float most);

/**
 * Writes the checksum into a file whose metadata have a `crc32` of eight characters: CRC-32 (ISO 3309) of the whole
 * file with those eight characters as zeros ('0'), in hexadecimal.
 * @return FILE_FORMAT where there is no such entry, else as pn_safetensors_open.  Thread [init]  Realtime no: O(bytes)
 */
PN_MUST_CHECK pn_status pn_model_file_seal(void *blob, size_t bytes);

#endif
