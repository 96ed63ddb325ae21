/* SPDX-License-Identifier: MIT */
/** A network's parity vectors: what its trainer computed in double precision, rounded to float32. */
#ifndef PN_TEST_VECTORS_H
#define PN_TEST_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/pn_dense.h"
#include "nn/pn_safetensors.h"
#include "support/head.h"

typedef struct vectors {
    head_blob blob;
    pn_safetensors file;
} vectors;

/** Ends the program with a message if the file cannot be used. */
vectors vectors_open(const char *path);
void vectors_free(vectors *v);

/** A tensor's floats, in memory that the caller frees; ends the program if there is none. @param[out] count  or NULL */
float *vectors_floats(const vectors *v, const char *name, size_t *count);

/** Whether a file is there. */
bool vectors_exist(const char *path);

/** The largest error over the largest magnitude that was wanted. */
double vectors_error(const float *got, const float *wanted, size_t count);

/** A dense model for a rate; ends the program if it is refused. The caller frees `*memory`. */
const pn_dense *vectors_dense(const head_blob *blob, double rate_hz, void **memory);

#endif
