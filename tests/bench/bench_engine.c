/* SPDX-License-Identifier: MIT */
/**
 * pinna_bench HEAD [--quick]: what the engine costs natively. One JSON object a line; `npm run bench` makes tables.
 *
 * Method   every case is timed block by block in rounds, all cases in turn, and a block is worth its least time over
 *          the rounds: it does the same work in each, so that a peak of the engine's own stays and what another program
 *          added goes. Percentiles and the worst block are over these. The longest time of all is told as it was.
 *          Long blocks are timed by the thread's own clock, which stands while others run; asking it takes too long for
 *          short ones.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/kernels.h"
#include "pn.h"

enum {
    CLIPS = 16,
    CLIP_FRAMES = 48000,
    WARM_UP = 100, /* blocks */
    MOST_BLOCKS = 2000,
    MOST_SOURCES = 1024,
};

static const double SAMPLE_RATE_HZ = 48000.0;
static const double TURN_RAD = 0.0042; /* a block: 90 degrees a second */

typedef enum motion { STATIC, MOVING, DOPPLER, MOTIONS } motion;
typedef enum input { CLIP, LIVE, INPUTS } input;

static const char *const MOTION_NAMES[MOTIONS] = {"static", "moving", "moving+doppler"};
static const char *const INPUT_NAMES[INPUTS] = {"clip", "live"};
static const uint32_t SOURCE_COUNTS[] = {1, 16, 64, 256, 1024};

enum { COUNTS = sizeof SOURCE_COUNTS / sizeof SOURCE_COUNTS[0] };

/* Of a case: seconds that each block took. */
typedef struct timing {
    double least[MOST_BLOCKS];
    double longest;
} timing;

static double read_s(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now_s(void)
{
    return read_s(CLOCK_MONOTONIC);
}

static void fail(const char *what)
{
    fprintf(stderr, "pinna_bench: %s\n", what);
    exit(1);
}

static void *take(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory == NULL) {
        fail("out of memory");
    }
    return memory;
}

static unsigned char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fail("the head cannot be read");
    }
    *bytes = (size_t)ftell(file);
    rewind(file);
    unsigned char *blob = take(*bytes);
    if (fread(blob, 1, *bytes, file) != *bytes) {
        fail("the head cannot be read");
    }
    fclose(file);
    return blob;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---------------------------------------------------------------------------------------------------- the engine */

typedef struct scene {
    pn_scene_header *header;
    pn_scene_source *sources;
    size_t bytes;
} scene;

static scene make_scene(uint32_t sources)
{
    scene s = {.bytes = sizeof(pn_scene_header) + sources * sizeof(pn_scene_source)};
    s.header = take(s.bytes);
    s.sources = (pn_scene_source *)(s.header + 1);
    memset(s.header, 0, s.bytes);
    *s.header = (pn_scene_header){
        .magic = PN_SCENE_MAGIC,
        .version = PN_SCENE_VERSION,
        .header_bytes = sizeof(pn_scene_header),
        .source_bytes = sizeof(pn_scene_source),
        .source_count = sources,
        .gain = 1.0f,
        .listener_world_from_head = {0.0f, 0.0f, 0.0f, 1.0f},
    };
    return s;
}

/* Each source circles at its own height, 1.5 to 2.5 m away; wasm.mjs has the same paths. */
static void place_sources(scene *s, uint32_t block)
{
    for (uint32_t i = 0; i < s->header->source_count; i++) {
        const double angle = 0.7 * i + TURN_RAD * block;
        const double up = 0.8 * sin(1.0 * i);
        const double flat = sqrt(1.0 - up * up);
        const double r = 2.0 + 0.5 * sin(0.3 * i + 0.005 * block);
        float *p = s->sources[i].position_m;
        p[0] = (float)(r * flat * sin(angle));
        p[1] = (float)(r * up);
        p[2] = (float)(-r * flat * cos(angle));
    }
}

static void fill_scene(scene *s, motion how, input from)
{
    for (uint32_t i = 0; i < s->header->source_count; i++) {
        s->sources[i] = (pn_scene_source){
            .flags = PN_SOURCE_ACTIVE | PN_SOURCE_LOOP | (how == DOPPLER ? PN_SOURCE_DOPPLER : 0),
            .generation = 1,
            .distance_model = PN_DISTANCE_INVERSE,
            .gain = 1.0f / (float)s->header->source_count,
            .world_from_source = {0.0f, 0.0f, 0.0f, 1.0f},
            .ref_distance_m = 1.0f,
            .max_distance_m = 1e4f,
            .rolloff_factor = 1.0f,
            .cone_inner_rad = 6.2831853f,
            .cone_outer_rad = 6.2831853f,
            .buffer = from == CLIP ? 1 + i % CLIPS : 0,
            .play_token = from == CLIP,
            .stop_s = INFINITY,
            .offset_s = 0.01 * (i % 97),
        };
    }
    place_sources(s, 0);
}

static float *sound; /* [CLIPS][CLIP_FRAMES] noise */

/* A fresh engine and scene each time: every round does the same. */
static void run_case(const pn_hrtf *hrtf, uint32_t sources, motion how, input from, uint32_t blocks, timing *timed)
{
    static const float *inputs[MOST_SOURCES];
    const clockid_t watch = sources < 64 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
    float left[PN_HOP_FRAMES];
    float right[PN_HOP_FRAMES];
    pn_engine_config config = pn_engine_config_default();
    config.max_sources = sources;
    config.max_buffers = CLIPS;
    config.block_frames = PN_HOP_FRAMES;
    config.max_block_frames = PN_HOP_FRAMES;
    size_t bytes = 0;
    pn_engine *engine = NULL;
    if (pn_engine_size(&config, hrtf, &bytes) != PN_OK) {
        fail("the engine refuses its configuration");
    }
    void *memory = take(bytes);
    if (pn_engine_init(memory, bytes, &config, hrtf, &engine) != PN_OK) {
        fail("the engine does not start");
    }
    for (uint32_t i = 0; i < CLIPS; i++) {
        pn_engine_set_buffer(engine, i + 1, sound + (size_t)i * CLIP_FRAMES, CLIP_FRAMES);
    }
    scene s = make_scene(sources);
    fill_scene(&s, how, from);
    pn_engine_apply(engine, s.header, s.bytes);
    for (uint32_t block = 0; block < WARM_UP + blocks; block++) {
        for (uint32_t i = 0; i < sources; i++) {
            const uint32_t at = (block * PN_HOP_FRAMES + 480 * i) % (CLIP_FRAMES - PN_HOP_FRAMES);
            inputs[i] = from == LIVE ? sound + (size_t)(i % CLIPS) * CLIP_FRAMES + at : NULL;
        }
        if (how != STATIC) {
            place_sources(&s, block);
        }
        const double start = read_s(watch);
        if (how != STATIC) {
            pn_engine_apply(engine, s.header, s.bytes);
        }
        pn_engine_process(engine, inputs, left, right, PN_HOP_FRAMES);
        const double took = read_s(watch) - start;
        if (block >= WARM_UP) {
            double *least = &timed->least[block - WARM_UP];
            *least = took < *least ? took : *least;
            timed->longest = took > timed->longest ? took : timed->longest;
        }
    }
    pn_stats stats;
    pn_engine_get_stats(engine, &stats);
    if (stats.sources_sounding != sources || stats.sources_moving != (how == STATIC ? 0 : sources) ||
        !(stats.peak[0] > 0.0f)) {
        fail("a case did not do what it is named for");
    }
    free(memory);
    free(s.header);
}

static uint32_t blocks_of(uint32_t sources, bool quick)
{
    return sources > 64 ? 400 : (quick ? 500 : MOST_BLOCKS);
}

static void bench_engine(const pn_hrtf *hrtf, bool quick)
{
    static timing timings[COUNTS][MOTIONS][INPUTS];
    const uint32_t rounds = quick ? 3 : 7;
    for (int c = 0; c < COUNTS * MOTIONS * INPUTS; c++) {
        timing *timed = &timings[0][0][0] + c;
        for (int block = 0; block < MOST_BLOCKS; block++) {
            timed->least[block] = INFINITY;
        }
    }
    for (uint32_t round = 0; round < rounds; round++) {
        fprintf(stderr, "engine, round %u of %u\n", (unsigned)round + 1, (unsigned)rounds);
        for (int count = 0; count < COUNTS; count++) {
            const uint32_t sources = SOURCE_COUNTS[count];
            for (int how = 0; how < MOTIONS; how++) {
                for (int from = 0; from < INPUTS; from++) {
                    run_case(hrtf, sources, (motion)how, (input)from, blocks_of(sources, quick),
                             &timings[count][how][from]);
                }
            }
        }
    }
    for (int count = 0; count < COUNTS; count++) {
        const uint32_t blocks = blocks_of(SOURCE_COUNTS[count], quick);
        for (int how = 0; how < MOTIONS; how++) {
            for (int from = 0; from < INPUTS; from++) {
                timing *timed = &timings[count][how][from];
                qsort(timed->least, blocks, sizeof timed->least[0], by_size);
                printf("{\"row\":\"engine\",\"sources\":%u,\"motion\":\"%s\",\"input\":\"%s\",\"p50_us\":%.3f,"
                       "\"p99_us\":%.3f,\"worst_us\":%.3f,\"longest_us\":%.3f}\n",
                       (unsigned)SOURCE_COUNTS[count], MOTION_NAMES[how], INPUT_NAMES[from],
                       1e6 * timed->least[blocks / 2], 1e6 * timed->least[blocks * 99 / 100],
                       1e6 * timed->least[blocks - 1], 1e6 * timed->longest);
            }
        }
    }
}

/* --------------------------------------------------------------------------------------------- kernels and memory */

static double time_kernel(uint32_t kernel, uint32_t calls)
{
    const double start = now_s();
    bench_kernel_run(kernel, calls);
    return now_s() - start;
}

/* Calls that take so long at least, even when nothing else runs. */
static uint32_t batch_calls(uint32_t kernel, double least_s)
{
    const int tries = 5;
    uint32_t calls = 1;
    for (int quick = 1; quick > 0;) {
        calls *= 2;
        quick = 0;
        for (int i = 0; i < tries; i++) {
            quick += time_kernel(kernel, calls) < least_s;
        }
    }
    return calls;
}

static void bench_kernels(bool quick)
{
    enum { MOST_KERNELS = 32 };
    const double batch_s = 300e-6;
    const int rounds = quick ? 100 : 500;
    const uint32_t count = bench_kernels_count();
    double least[MOST_KERNELS];
    uint32_t calls[MOST_KERNELS];
    fprintf(stderr, "kernels\n");
    for (uint32_t k = 0; k < count; k++) {
        calls[k] = batch_calls(k, batch_s);
        least[k] = INFINITY;
    }
    for (int round = 0; round < rounds; round++) {
        for (uint32_t k = 0; k < count; k++) {
            const double took = time_kernel(k, calls[k]) / calls[k];
            least[k] = took < least[k] ? took : least[k];
        }
    }
    for (uint32_t k = 0; k < count; k++) {
        const bench_kernel *about = bench_kernel_at(k);
        printf("{\"row\":\"kernel\",\"name\":\"%s\",\"unit\":\"%s\",\"flops\":%.0f,\"ns\":%.6f}\n", about->name,
               about->unit, about->flops, 1e9 * least[k] / about->units);
    }
}

static void state_memory(const pn_hrtf *hrtf, size_t head_bytes)
{
    const uint32_t counts[] = {64, 1024};
    for (int i = 0; i < 2; i++) {
        pn_engine_config config = pn_engine_config_default();
        config.max_sources = counts[i];
        config.max_buffers = counts[i];
        config.block_frames = PN_HOP_FRAMES;
        config.max_block_frames = PN_HOP_FRAMES;
        size_t bytes = 0;
        if (pn_engine_size(&config, hrtf, &bytes) != PN_OK) {
            fail("the engine refuses its configuration");
        }
        printf("{\"row\":\"memory\",\"sources\":%u,\"engine_bytes\":%zu,\"head_bytes\":%zu}\n", (unsigned)counts[i],
               bytes, head_bytes);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: pinna_bench HEAD [--quick]\n");
        return 2;
    }
    const bool quick = argc > 2 && strcmp(argv[2], "--quick") == 0;
    size_t blob_bytes = 0;
    size_t bytes = 0;
    const pn_hrtf *hrtf = NULL;
    unsigned char *blob = read_file(argv[1], &blob_bytes);
    if (pn_hrtf_size(blob, blob_bytes, SAMPLE_RATE_HZ, &bytes) != PN_OK) {
        fail("the head is refused");
    }
    if (pn_hrtf_init(take(bytes), bytes, blob, blob_bytes, SAMPLE_RATE_HZ, &hrtf) != PN_OK ||
        !bench_kernels_init(blob, (uint32_t)blob_bytes)) {
        fail("the head is refused");
    }
    sound = take((size_t)CLIPS * CLIP_FRAMES * sizeof(float));
    uint32_t state = 1;
    for (uint32_t i = 0; i < CLIPS * CLIP_FRAMES; i++) {
        state = state * 1664525u + 1013904223u;
        sound[i] = 0.5f * ((float)(state >> 8) * (1.0f / 8388608.0f) - 1.0f);
    }
    state_memory(hrtf, bytes);
    bench_kernels(quick);
    bench_engine(hrtf, quick);
    return 0;
}
