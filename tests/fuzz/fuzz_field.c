/* SPDX-License-Identifier: MIT */
/* libFuzzer's door to LINN field models: any bytes as a head that is a network; see fuzz_head.h. */
#include <string.h>

#include "fuzz/fuzz_head.h"
#include "support/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)fuzz_head(data, size);
    return 0;
}

/* Begins with a sound model, which no fuzzer would find. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
    static head_blob sound;
    if (sound.bytes == NULL) {
        sound = field_random(4, 4, 16, 5);
    }
    if (sound.size <= most && (size < 64 || seed % 8 == 0)) {
        memcpy(data, sound.bytes, sound.size);
        size = sound.size;
    }
    return LLVMFuzzerMutate(data, size, most);
}
