/* SPDX-License-Identifier: MIT */
/**
 * Building a head from a file: what pn_hrtf_load.c asks of those who know one kind of file each.
 */
#ifndef PN_HRTF_LOAD_H
#define PN_HRTF_LOAD_H

#include <stddef.h>

#include "base/pn_arena.h"
#include "base/pn_status.h"
#include "hrtf/pn_hrtf.h"

/**
 * Measures with a null base, places otherwise: a LINN field (pn_field_file.h) at the engine's rate.
 *
 * @param[out] out  left as it was when counting and on failure
 * Thread [init]  Errors FILE_*
 */
PN_MUST_CHECK pn_status pn_hrtf_load_field(pn_arena *arena, const void *blob, size_t blob_bytes, double sample_rate_hz,
                                           const pn_hrtf **out);

#endif
