/* SPDX-License-Identifier: MIT */
/** What exports.c holds, for the exports of modules that have more than pinna.wasm. */
#ifndef WASM_HOST_H
#define WASM_HOST_H

#include <stddef.h>

#include "pn.h"

/** 16-byte aligned memory, never moved; NULL = there is none. */
void *host_take(size_t bytes);

/** NULL before pinna_boot. */
pn_engine *host_engine(void);
const pn_hrtf *host_head(void);

#endif
