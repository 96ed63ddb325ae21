/* SPDX-License-Identifier: MIT */
#include "bench/kernels.h"

#include <math.h>
#include <stdlib.h>

#include "base/pn_hop.h"
#include "dsp/pn_delay.h"
#include "dsp/pn_fft.h"
#include "hrtf/pn_hrtf.h"
#include "pn.h"
#include "render/pn_tier1.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum {
    SOURCES = 64,
    LANES = PN_TIER1_LANES,
    EARS = 2,
    LINE_FRAMES = 8192, /* 50 m at 48 kHz, as the default engine has */
    CHAINS = 12,        /* sums in flight: enough to hide the latency, and registers for all */
    STEPS = 1000,
    PATH_HOPS = 64,
};

static const double SAMPLE_RATE_HZ = 48000.0;

static struct {
    const pn_hrtf *hrtf;
    pn_fft4 *fft;
    pn_tier1 *tier1;
    const pn_delay_kernel *kernel;
    pn_f32x4 *time[SOURCES / LANES];     /* [fft_frames] */
    pn_f32x4 *spectrum[SOURCES / LANES]; /* [2 bins_padded] */
    pn_f32x4 *out;                       /* of transforms, as in the engine one for all */
    pn_tier1_voice voice[SOURCES];
    float *pair[SOURCES];
    pn_delay line[SOURCES];
    pn_vec3 path[SOURCES][PATH_HOPS]; /* head_dir */
    uint32_t hint[SOURCES];
    float *hop; /* [2][PN_HOP_FRAMES] */
    uint32_t turn;
    float limit;
} bench;

static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * (1.0f / 8388608.0f) - 1.0f;
}

static void *take(size_t bytes)
{
    const size_t whole = (bytes + PN_ARENA_ALIGNMENT - 1) / PN_ARENA_ALIGNMENT * PN_ARENA_ALIGNMENT;
    return aligned_alloc(PN_ARENA_ALIGNMENT, whole);
}

static float *take_noise(size_t floats)
{
    float *x = take(floats * sizeof(float));
    for (size_t i = 0; x != NULL && i < floats; i++) {
        x[i] = noise();
    }
    return x;
}

static void place(pn_arena *arena)
{
    const uint32_t frames = bench.hrtf->fft_frames;
    const uint32_t bins = bench.hrtf->bins_padded;
    bench.fft = pn_fft4_place(arena, frames);
    bench.tier1 = pn_tier1_place(arena, frames, bins);
    bench.kernel = pn_delay_kernel_place(arena);
    for (uint32_t i = 0; i < SOURCES; i++) {
        pn_delay_place(arena, &bench.line[i], LINE_FRAMES);
    }
}

/* On a circle of the source's own, at 90 degrees a second. */
static void lay_path(pn_vec3 path[PATH_HOPS], uint32_t source)
{
    const double up = 0.8 * sin(1.0 * source);
    const double flat = sqrt(1.0 - up * up);
    for (int hop = 0; hop < PATH_HOPS; hop++) {
        const double angle = 0.7 * source + 0.0042 * hop;
        path[hop] = (pn_vec3){(float)(flat * sin(angle)), (float)up, (float)(-flat * cos(angle))};
    }
}

bool bench_kernels_init(const void *head, uint32_t head_bytes)
{
    size_t bytes = 0;
    if (pn_hrtf_size(head, head_bytes, SAMPLE_RATE_HZ, &bytes) != PN_OK) {
        return false;
    }
    void *memory = take(bytes);
    if (memory == NULL || pn_hrtf_init(memory, bytes, head, head_bytes, SAMPLE_RATE_HZ, &bench.hrtf) != PN_OK) {
        return false;
    }
    pn_arena arena = {0};
    place(&arena);
    arena = (pn_arena){.base = take(arena.peak)};
    if (arena.base == NULL) {
        return false;
    }
    place(&arena);
    const uint32_t frames = bench.hrtf->fft_frames;
    const uint32_t pair = pn_hrtf_pair_floats(bench.hrtf);
    for (uint32_t i = 0; i < SOURCES / LANES; i++) {
        bench.time[i] = (pn_f32x4 *)take_noise((size_t)LANES * frames);
        bench.spectrum[i] = (pn_f32x4 *)take_noise((size_t)LANES * 2 * bench.hrtf->bins_padded);
    }
    bench.out = (pn_f32x4 *)take_noise((size_t)LANES * 2 * bench.hrtf->bins_padded);
    bench.hop = take_noise((size_t)2 * PN_HOP_FRAMES);
    for (uint32_t i = 0; i < SOURCES; i++) {
        bench.pair[i] = take_noise(pair);
        bench.voice[i] = (pn_tier1_voice){take_noise(frames), take_noise(pair), take_noise(pair)};
        pn_delay_write(&bench.line[i], bench.hop, PN_HOP_FRAMES);
        lay_path(bench.path[i], i);
    }
    pn_tier1_begin(bench.tier1);
    return true;
}

static void run_limit(void)
{
    pn_f32x4 sum[CHAINS];
    const pn_f32x4 factor = pn_f32x4_splat(0.5f + 1e-9f * bench.limit);
    const pn_f32x4 term = pn_f32x4_splat(0.25f);
    for (int c = 0; c < CHAINS; c++) {
        sum[c] = pn_f32x4_splat((float)c);
    }
    for (int i = 0; i < STEPS; i++) {
        for (int c = 0; c < CHAINS; c++) {
            sum[c] = sum[c] * factor + term;
        }
    }
    for (int c = 0; c < CHAINS; c++) {
        bench.limit += pn_f32x4_sum(sum[c]);
    }
}

static void run_forward(void)
{
    const uint32_t i = bench.turn++ % (SOURCES / LANES);
    pn_fft4_forward(bench.fft, bench.time[i], bench.out);
}

static void run_inverse(void)
{
    const uint32_t i = bench.turn++ % (SOURCES / LANES);
    pn_fft4_inverse(bench.fft, bench.spectrum[i], bench.out);
}

/* The sums would grow without end. */
static void begin_now_and_then(uint32_t group)
{
    if (group == 0) {
        pn_tier1_begin(bench.tier1);
    }
}

static void run_still(void)
{
    const uint32_t group = bench.turn++ % (SOURCES / LANES);
    begin_now_and_then(group);
    pn_tier1_add_still(bench.tier1, bench.voice + (size_t)group * LANES, LANES);
}

static void run_moving(void)
{
    const uint32_t group = bench.turn++ % (SOURCES / LANES);
    begin_now_and_then(group);
    pn_tier1_add_moving(bench.tier1, bench.voice + (size_t)group * LANES, LANES);
}

static void run_finish(void)
{
    pn_tier1_begin(bench.tier1);
    pn_tier1_finish(bench.tier1, bench.hop, bench.hop + PN_HOP_FRAMES);
}

static void run_filter(void)
{
    const uint32_t i = bench.turn % SOURCES;
    const uint32_t hop = bench.turn++ / SOURCES % (2 * PATH_HOPS);
    const pn_vec3 dir = bench.path[i][hop < PATH_HOPS ? hop : 2 * PATH_HOPS - 1 - hop]; /* there and back */
    const pn_hrtf_key key = {.ear_dirs = {dir, dir}, .gain = 1.0f};
    pn_hrtf_filter_at(bench.hrtf, &key, &bench.hint[i], bench.pair[i]);
}

static void run_read(void)
{
    const uint32_t i = bench.turn++ % SOURCES;
    pn_delay_read(&bench.line[i], bench.kernel, 300.0 + i, 300.7 + i, bench.pair[i], PN_HOP_FRAMES);
}

static void run_write(void)
{
    const uint32_t i = bench.turn++ % SOURCES;
    pn_delay_write(&bench.line[i], bench.hop, PN_HOP_FRAMES);
}

static void run_clean(void)
{
    const uint32_t i = bench.turn++ % SOURCES;
    bench.limit += (float)pn_array_copy_clean(bench.pair[i], bench.voice[i].window, PN_HOP_FRAMES).mended;
}

/* KissFFT's own operations: a complex FFT of half the length by radix 4, with one of radix 2 where that leaves a
   factor, and the step from there to the spectrum of real signals. */
static double fft_flops(uint32_t frames)
{
    const double half = frames / 2.0;
    double flops = half / 2.0 * (6 + 4 + 8);
    for (uint32_t rest = frames / 2; rest > 1;) {
        const bool four = rest % 4 == 0;
        flops += four ? half / 4.0 * (3 * 6 + 16) : half / 2.0 * (6 + 4);
        rest /= four ? 4 : 2;
    }
    return flops;
}

typedef struct row {
    bench_kernel about;
    void (*run)(void);
} row;

static row table[] = {
    {{"arithmetic limit", "flop", CHAINS * 4.0 * 2.0 * STEPS, 1.0}, run_limit},
    {{"FFT4 forward", "signal", LANES, 0.0}, run_forward},
    {{"FFT4 inverse", "hop", 1.0, 0.0}, run_inverse},
    {{"gather, FFT4, product at rest", "source", LANES, 0.0}, run_still},
    {{"gather, FFT4, product in motion", "source", LANES, 0.0}, run_moving},
    {{"sum, inverse, crossfade", "hop", 1.0, 0.0}, run_finish},
    {{"filter build", "source", 1.0, 0.0}, run_filter},
    {{"delay read, 16 taps", "source", 1.0, 0.0}, run_read},
    {{"delay write", "source", 1.0, 0.0}, run_write},
    {{"copy and clean", "source", 1.0, 0.0}, run_clean},
};

enum { LIMIT, FORWARD, INVERSE, STILL, MOVING, FINISH, FILTER, READ };

uint32_t bench_kernels_count(void)
{
    return sizeof table / sizeof table[0];
}

const bench_kernel *bench_kernel_at(uint32_t index)
{
    const double bins = EARS * (bench.hrtf->fft_frames / 2.0 + 1.0);
    const double fft = fft_flops(bench.hrtf->fft_frames);
    /* A complex multiply-add is 8 operations. A bin of a filter: three nodes weighed (2 x 3 multiplications, 2 x 2
       additions), turned by the ramp (6), and the ramp's next value (6). A sample of the delay line: 16 taps of 5. */
    table[FORWARD].about.flops = fft;
    table[INVERSE].about.flops = LANES * fft;
    table[STILL].about.flops = fft + bins * 8;
    table[MOVING].about.flops = fft + bins * 2 * 8;
    table[FINISH].about.flops = LANES * fft + bins * 2 * 2 + PN_HOP_FRAMES * EARS * 3;
    table[FILTER].about.flops = bins * 22;
    table[READ].about.flops = PN_HOP_FRAMES * PN_DELAY_TAPS * 5.0;
    return &table[index].about;
}

void bench_kernel_run(uint32_t index, uint32_t calls)
{
    for (uint32_t i = 0; i < calls; i++) {
        table[index].run();
    }
}
