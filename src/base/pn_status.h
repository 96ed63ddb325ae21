/* SPDX-License-Identifier: MIT */
/**
 * How fallible calls answer: a code, and a sentence that names the cause and the mend.
 */
#ifndef PN_STATUS_H
#define PN_STATUS_H

#if defined(__GNUC__)
#define PN_MUST_CHECK __attribute__((warn_unused_result))
#else
#define PN_MUST_CHECK
#endif

typedef enum pn_status {
    PN_OK = 0,
    PN_ERROR_ARGUMENT = 1,
    PN_ERROR_SAMPLE_RATE = 2,
    PN_ERROR_MEMORY = 3,
    PN_ERROR_FILE_TRUNCATED = 4,
    PN_ERROR_FILE_FORMAT = 5,
    PN_ERROR_FILE_VERSION = 6,
    PN_ERROR_FILE_SHAPE = 7,
    PN_ERROR_FILE_VALUE = 8,
    PN_ERROR_GEOMETRY = 9,
    PN_ERROR_FILE_DAMAGED = 10,
    PN_STATUS_COUNT
} pn_status;

#ifdef __cplusplus
extern "C" {
#endif

/** The sentence for a status, without a full stop. [any] Realtime yes. Never NULL; static storage. */
const char *pn_status_text(pn_status status);

#ifdef __cplusplus
}
#endif

#endif
