/* SPDX-License-Identifier: MIT */
/**
 * From a measured set of head-related impulse responses to a baked head (models/FORMAT.md).
 *
 * Per ear and direction: the onset (pn_bake_onset.h); the delays that make neighbouring responses agree, which
 * overrule single onsets (pn_bake_align.h); the response from `guard` frames before its delay, at 48 kHz, 2.9 ms long
 * with a cosine fade; the filter of the length that the renderer has left beside the delay which comes closest to it
 * (pn_bake_shape.h). Holes are filled (pn_bake_fill.h, pn_bake_delay.h); on request a sparse set is made denser
 * (pn_bake_between.h) and equalised to the diffuse field (pn_bake_diffuse.h); a set that gives out below 200 Hz is
 * carried on to 0 Hz (pn_bake_low.h). One gain sets the level of the whole set, the result is quantised to 16 bits with
 * a scale per filter. Measured nodes come first in the file, then those that fill holes, then those between.
 *
 * A filter delayed by its delay is the measurement again: the delay that was taken out is the one put back, so moving
 * it costs nothing at a measured direction and makes the filters between them interpolate.
 *
 * Rejected: delays smoothed by spherical harmonics. KEMAR's rings differ by up to 9 frames for both ears alike (the
 * loudspeaker stood elsewhere); smoothing over that misaligns neighbours (held-out LSD 2.0 dB instead of 1.6).
 *
 *     pn_bake_size -> pn_bake_init -> pn_bake_step until it gives 1 -> pn_bake_get_file, pn_bake_get_report
 */
#ifndef PN_BAKE_H
#define PN_BAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pn_status.h"
#include "nn/pn_safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PN_BAKE_RATE_HZ = 48000,
    PN_BAKE_GUARD_FRAMES = 8,
    PN_BAKE_WINDOW_FRAMES = 139, /* 2.9 ms */
    PN_BAKE_FADE_FRAMES = 12,    /* of the window, at its end */
    PN_BAKE_PATH_FRAMES = 129,   /* delay and filter together, for an FFT of 256 and hops of 128 */
    PN_BAKE_MAX_MEASUREMENTS = 15000,
    PN_BAKE_MAX_RESPONSE_FRAMES = 65536
};

/** What becomes of a set's lowest octaves: see pn_bake_low.h. */
typedef enum pn_bake_low { PN_BAKE_LOW_IF_NEEDED, PN_BAKE_LOW_EXTEND, PN_BAKE_LOW_KEEP } pn_bake_low;

typedef struct pn_bake_config {
    const float *head_dirs;  /* [count][3], any length but zero; +x right, +y up, -z ahead */
    const float *responses;  /* [count][2][frames]: left, right */
    const float *delays;     /* [count][2] frames at the rate that the responses lack; NULL = none */
    uint32_t count;          /* 4 to PN_BAKE_MAX_MEASUREMENTS */
    uint32_t frames;         /* 16 to PN_BAKE_MAX_RESPONSE_FRAMES; those beyond 85 ms are not looked at */
    double sample_rate_hz;   /* 8000 to 192000 */
    uint32_t bases;          /* filters that the bulk tier mixes: 4, 8, 12 or 16; 0 = none, and no bulk tier */
    double spacing_deg;      /* directions further apart get others between them; 3 to 15; 0 = none */
    pn_bake_low low;
    int diffuse_field;       /* not 0: equalised to it */
    const pn_safetensors_pair *metadata; /* for people: name, license, citation, source, bake; not the format's own */
    size_t metadata_count;               /* at most 16, of 4096 bytes in all */
} pn_bake_config;

typedef struct pn_bake_report {
    double source_rate_hz;
    double itd_min_us;            /* of the measured directions; positive = the left ear later: source at the right */
    double itd_max_us;
    double elevation_min_deg;     /* of the measured directions */
    double elevation_max_deg;
    double hole_deg;              /* the farthest that any direction is from a measured one */
    double level_db;              /* gain that the responses were given */
    double residual_onset_frames; /* rms of onset less delay, at 48 kHz */
    uint32_t measured;            /* directions used */
    uint32_t filled;              /* directions added in holes */
    uint32_t between;             /* directions added between measured ones */
    uint32_t duplicates;          /* measurements within 0.05 degrees of an earlier one: left out */
    uint32_t silent;              /* measurements with a silent ear: left out */
    uint32_t outliers;            /* onsets that their neighbours overruled by more than 3 frames */
    double low_deviation_db;      /* rms below 200 Hz, of what a head is known to do there */
    double diffuse_db;            /* the equaliser's range, greatest less least gain; 0 = none was used */
    uint32_t extended;            /* 1 = carried on below 200 Hz */
    uint32_t filter_taps;
} pn_bake_report;

typedef struct pn_bake pn_bake;

/** Bytes that a bake needs, the file included. [init] Errors ARGUMENT, SAMPLE_RATE. */
PN_MUST_CHECK pn_status pn_bake_size(const pn_bake_config *config, size_t *out_bytes);

/**
 * Starts a bake. What `config` points to must stay until it has ended.
 *
 * @param[in,out] memory  16-byte aligned
 * Thread [init]  Errors ARGUMENT, SAMPLE_RATE, MEMORY, FILE_VALUE (a number in the set is not finite)
 */
PN_MUST_CHECK pn_status pn_bake_init(void *memory, size_t bytes, const pn_bake_config *config, pn_bake **out);

/** Does some milliseconds of work. @return progress, 0 to 1; 1 = ended, for good or ill (pn_bake_get_status). [init] */
double pn_bake_step(pn_bake *bake);

/**
 * OK while it runs and when it succeeded. GEOMETRY: fewer than 4 usable directions; FILE_VALUE: the onsets lie further
 * apart than any head explains, or the level cannot be set. [init]
 */
PN_MUST_CHECK pn_status pn_bake_get_status(const pn_bake *bake);

/** The baked file, inside the bake's memory; NULL before it has ended well. [init] */
const void *pn_bake_get_file(const pn_bake *bake, size_t *out_bytes);

/** What was found; zeros before the end. [init] */
void pn_bake_get_report(const pn_bake *bake, pn_bake_report *out);

#ifdef __cplusplus
}
#endif

#endif
