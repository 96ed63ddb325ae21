/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer's door to fuzz_head.h. From the repository's root, with KissFFT in .deps by any earlier build:
 *
 *     clang -g -O1 -std=gnu11 -ffp-contract=off -fsanitize=fuzzer,address,undefined -DUSE_SIMD -DNDEBUG \
 *         -isystem src/dsp/kissfft_simd -isystem .deps/kissfft -Isrc -Itests -o .build/fuzz_head \
 *         tests/fuzz/fuzz_head.c tests/support/head.c $(find src -name '*.c') .deps/kissfft/kiss_fft{,r}.c -lm
 *     .build/fuzz_head -max_len=4096 .build/fuzz_head_found tests/fuzz/corpus/head
 */
#include "fuzz/fuzz_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)fuzz_head(data, size);
    return 0;
}
