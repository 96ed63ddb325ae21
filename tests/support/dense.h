/* SPDX-License-Identifier: MIT */
/** Dense LINN models for tests, made of seeds, and an engine that renders with one. */
#ifndef PN_TEST_DENSE_H
#define PN_TEST_DENSE_H

#include <stdint.h>

#include "pn.h"
#include "support/head.h"

/**
 * A model of narrow layers whose gain is smooth over frequency and pose, like a head's: its responses are short. The
 * warp's network gives up to some samples.
 *
 * @param offset_s  the file's
 */
head_blob dense_smooth(uint64_t seed, double offset_s);

/** LINN attached to an engine, and the memory it lies in. */
typedef struct dense_guest {
    pn_linn *linn;
    const pn_dense *model;
    void *model_memory;
    void *memory;
} dense_guest;

/** Ends the program with the engine's message if the model is refused. */
dense_guest dense_attach(pn_engine *engine, const pn_hrtf *hrtf, const head_blob *blob);
void dense_free(dense_guest *guest);

#endif
