/* SPDX-License-Identifier: MIT */
/**
 * One number for the bits of all that the neural kernels compute: equal natively, in wasm, and without SIMD.
 */
#ifndef PN_TEST_NN_DIGEST_H
#define PN_TEST_NN_DIGEST_H

#include <stdint.h>

/** What every build must give. Another number means other bits, and with them other golden renders of networks. */
#define NN_DIGEST 0x8fc30225u

/** Layers of shapes from 1 to 67 and the networks' own, activations of ordinary, tiny, huge and non-finite values,
    encodings and streamed convolutions, of seeded noise; FNV-1a of the bits. */
uint32_t nn_digest(void);

#endif
