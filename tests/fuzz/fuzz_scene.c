/* SPDX-License-Identifier: MIT */
/* libFuzzer's door to fuzz_scene.h: `npm run fuzz -- --minutes 10 fuzz_scene`. */
#include "fuzz/fuzz_scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static head own;
    if (own.set == NULL) {
        head_blob blob = head_sphere(40);
        own = head_open(&blob, 48000.0);
        head_blob_free(&blob);
    }
    fuzz_scene(own.set, data, size);
    return 0;
}
