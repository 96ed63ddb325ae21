/* SPDX-License-Identifier: MIT */
/* libFuzzer's door to fuzz_head.h: `npm run fuzz -- --minutes 10 fuzz_head`. */
#include "fuzz/fuzz_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)fuzz_head(data, size);
    return 0;
}
