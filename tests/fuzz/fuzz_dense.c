/* SPDX-License-Identifier: MIT */
/* libFuzzer's door to dense LINN models: any bytes are refused, or a model whose code of a pose is finite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/pn_dense.h"
#include "support/dense.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const double rate_hz = size % 8 == 0 ? 44100.0 : 48000.0;
    size_t bytes = 0;
    const pn_dense *model = NULL;
    if (pn_dense_size(data, size, rate_hz, &bytes) != PN_OK) {
        return 0;
    }
    void *memory = head_memory(bytes);
    if (pn_dense_init(memory, bytes, data, size, rate_hz, &model) == PN_OK) {
        float features[PN_DENSE_POSE_FEATURES];
        const pn_warp_pose pose = {.mouth_m = {1.0, 0.2, -0.5}, .rotation = {0.0, 0.0, 0.0, 1.0}};
        pn_dense_features(model, &pose, features);
        for (size_t i = 0; i < PN_DENSE_POSE_FEATURES; i++) {
            if (!isfinite(features[i])) {
                abort();
            }
        }
    } else if (model != NULL) {
        abort();
    }
    free(memory);
    return 0;
}

/* Begins with a sound model, which no fuzzer would find. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
    static head_blob sound;
    if (sound.bytes == NULL) {
        sound = dense_smooth(5, 0.0);
    }
    if (sound.size <= most && (size < 64 || seed % 8 == 0)) {
        memcpy(data, sound.bytes, sound.size);
        size = sound.size;
    }
    return LLVMFuzzerMutate(data, size, most);
}
