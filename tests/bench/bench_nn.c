/* SPDX-License-Identifier: MIT */
/**
 * Times the neural kernels natively: `pinna_bench_nn MODEL [--quick]`, a JSON object a line. nn.mjs does the same in
 * wasm.
 *
 * Method   a sample is the mean over so many calls that the clock does not matter; kernels take turns, sample by
 *          sample, so that what else the machine does meets all of them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/nn_kernels.h"

enum { MOST_KERNELS = 32, MOST_SAMPLES = 500 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double time_s(uint32_t kernel, uint32_t calls)
{
    const double start = now_s();
    bench_kernel_run(kernel, calls);
    return now_s() - start;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    *bytes = (size_t)ftell(file);
    rewind(file);
    void *memory = malloc(*bytes);
    if (memory == NULL || fread(memory, 1, *bytes, file) != *bytes) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    fclose(file);
    return memory;
}

int main(int argc, char **argv)
{
    static double samples[MOST_KERNELS][MOST_SAMPLES];
    uint32_t calls[MOST_KERNELS];
    if (argc < 2) {
        fprintf(stderr, "usage: pinna_bench_nn MODEL [--quick]\n");
        return 2;
    }
    const bool quick = argc > 2 && strcmp(argv[2], "--quick") == 0;
    size_t bytes = 0;
    void *blob = read_file(argv[1], &bytes);
    if (!bench_kernels_init(blob, (uint32_t)bytes)) {
        fprintf(stderr, "the model is refused\n");
        return 2;
    }
    const uint32_t count = bench_kernels_count();
    const size_t rounds = quick ? MOST_SAMPLES / 5 : MOST_SAMPLES;
    for (uint32_t k = 0; k < count; k++) {
        for (calls[k] = 1; time_s(k, calls[k]) < 300e-6 || time_s(k, calls[k]) < 300e-6; calls[k] *= 2) {
        }
    }
    for (size_t round = 0; round < rounds; round++) {
        for (uint32_t k = 0; k < count; k++) {
            samples[k][round] = time_s(k, calls[k]) / calls[k];
        }
    }
    for (uint32_t k = 0; k < count; k++) {
        const bench_kernel *about = bench_kernel_at(k);
        const double to_ns = 1e9 / about->units;
        qsort(samples[k], rounds, sizeof samples[k][0], by_size);
        printf("{\"name\":\"%s\",\"unit\":\"%s\",\"flops\":%.0f,\"ns\":%.6f,\"p50_ns\":%.6f,\"p99_ns\":%.6f,"
               "\"worst_ns\":%.6f}\n",
               about->name, about->unit, about->flops, to_ns * samples[k][0], to_ns * samples[k][rounds / 2],
               to_ns * samples[k][rounds * 99 / 100], to_ns * samples[k][rounds - 1]);
    }
    return 0;
}
