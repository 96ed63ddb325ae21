/* SPDX-License-Identifier: MIT */
/** The neural kernels' bits, for nn-wasm.test.mjs. */
#include "support/nn_digest.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

EXPORT(digest) uint32_t digest(void)
{
    return nn_digest();
}

EXPORT(digest_wanted) uint32_t digest_wanted(void)
{
    return NN_DIGEST;
}
