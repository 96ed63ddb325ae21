/* SPDX-License-Identifier: MIT */
/**
 * A LINN field model as a file: checks a blob against models/FORMAT.md and makes views of it, whatever its alignment.
 *
 * After `open` all numbers are finite and within the limits below, and all shapes agree: what is computed from them is
 * finite, too.
 */
#ifndef PN_FIELD_FILE_H
#define PN_FIELD_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "nn/pn_field.h"
#include "nn/pn_safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PN_FIELD_MIN_TAPS = 16, PN_FIELD_MAX_TAPS = 64, PN_FIELD_FORMAT_VERSION = 1 };

/** The largest magnitudes. With these no sum of three layers overflows. */
#define PN_FIELD_MAX_WEIGHT 1000.0F
#define PN_FIELD_MAX_TAP 64.0F
#define PN_FIELD_MAX_EAR_M 0.3F
#define PN_FIELD_MAX_OFFSET_S 2e-3F
#define PN_FIELD_MIN_RANGE_M 0.05F
#define PN_FIELD_MAX_RANGE_M 1000.0F

typedef struct pn_field_file {
    pn_tensor weights[PN_FIELD_LAYERS]; /* F32 [out, in] */
    pn_tensor biases[PN_FIELD_LAYERS];  /* F32 [out] */
    pn_tensor basis;                    /* F32 [R, M] */
    pn_field_shape shape;
    double sample_rate_hz;  /* of the basis */
    double lead_frames;     /* before its onset; less than M */
    uint32_t basis_taps;    /* M, 16 to 64 */
    float range_m[2];       /* distances that the network knows; it is asked for none outside */
    float ear_m[2][3];      /* left, right; head space */
    float offset_s;         /* of all delays */
} pn_field_file;

/** Whether a blob calls itself a field model; nothing else of it is checked. [init] */
int pn_field_file_is(const void *blob, size_t bytes);

/**
 * Checks a blob and makes views of it.
 *
 * @param[in]  blob  any alignment; must outlive `out`
 * @param[out] out   zeroed on failure
 * Thread [init]  Realtime no: O(bytes)
 * Errors as pn_head_file_open
 */
PN_MUST_CHECK pn_status pn_field_file_open(const void *blob, size_t bytes, pn_field_file *out);

#ifdef __cplusplus
}
#endif

#endif
