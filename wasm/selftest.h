/* SPDX-License-Identifier: MIT */
/**
 * Known-answer arithmetic: does this host compute what it should?
 *
 * Problem  some browsers accept WebAssembly SIMD and compute wrong numbers (iOS 16.4 did). Validation cannot tell.
 * Method   the engine's own hot path (cleaning, transform, product, inverse, crossfade, delay line) runs on fixed
 *          input, and its output's bits are hashed. The hash is part of the source; a host that gives another is sent
 *          the scalar module. `tests/golden` checks the same hash natively, so it is the arithmetic's, not a
 *          machine's.
 */
#ifndef PN_SELFTEST_H
#define PN_SELFTEST_H

#include <stdint.h>

/** FNV-1a of the output; tests/golden/test_selftest.c says how to renew it when the arithmetic changes on purpose. */
#define SELFTEST_EXPECTED 0xa3c49f09u

/** The hash on this host. [init] Realtime no. */
uint32_t selftest_run(void);

#endif
