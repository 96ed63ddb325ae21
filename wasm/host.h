/* SPDX-License-Identifier: MIT */
/**
 * What exports.c has for the other files of a module, and asks of them.
 */
#ifndef WASM_HOST_H
#define WASM_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pn.h"

/** Memory, 16-byte aligned; NULL if there is none. */
void *host_take(size_t bytes);

/** The engine; NULL before pinna_boot. */
pn_engine *host_engine(void);

/** Its head. */
const pn_hrtf *host_head(void);

/** The longest block that it is given. */
uint32_t host_max_block_frames(void);

/*
 * A head with what goes with it in this module, one block that may be copied: plain_head.c, or soundfield_exports.c
 * which adds a decoder.
 */

/** Builds one, in memory of host_take that begins at the head. @param[out] out  NULL on failure */
pn_status host_head_build(const void *blob, size_t blob_bytes, double sample_rate_hz, const pn_hrtf **out);

/** Length of the block. */
uint32_t host_head_bytes(const pn_hrtf *head);

/** Whether `bytes` of memory are such a block, to the last. */
bool host_head_is_whole(const void *memory, uint32_t bytes);

/** The engine renders with it from the next hop on. */
void host_head_taken(const pn_hrtf *head);

#endif
