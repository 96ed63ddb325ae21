/* SPDX-License-Identifier: MIT */
/**
 * Heads for tests: the default one, a synthetic one without ties between its directions, and mirrors of both.
 */
#ifndef PN_TEST_HEAD_H
#define PN_TEST_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "pn.h"

/** The default head, where a test's PN_ROOT is. */
#define HEAD_KEMAR PN_ROOT "/models/kemar/kemar.safetensors"

/** A baked file in memory. */
typedef struct head_blob {
    uint8_t *bytes;
    size_t size;
} head_blob;

/** A loaded head and the memory it lies in. */
typedef struct head {
    const pn_hrtf *set;
    void *memory;
} head;

/** Reads a file; ends the program with a message if it cannot. */
head_blob head_read(const char *path);

/**
 * A head made of formulas: Woodworth's delays, a shadow that is a one-pole low-pass, an echo that moves with elevation.
 *
 * The directions are a Fibonacci spiral, every one shaken a little, so that no four lie on a circle: their net is the
 * only one, whatever breaks ties. 48 kHz.
 */
head_blob head_sphere(uint32_t nodes);

/** The same head in a mirror: directions with -x, ears swapped. */
head_blob head_mirrored(const head_blob *from);

/** Loads a head; ends the program with the engine's message if it is refused. */
head head_open(const head_blob *blob, double rate_hz);

/** head_read, head_open. */
head head_open_file(const char *path, double rate_hz);

void head_blob_free(head_blob *blob);
void head_free(head *h);

/** 16-byte aligned memory, `bytes` rounded up; ends the program if there is none. */
void *head_memory(size_t bytes);

#endif
