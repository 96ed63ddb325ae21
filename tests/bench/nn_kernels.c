/* SPDX-License-Identifier: MIT */
#include "bench/nn_kernels.h"

#include <math.h>
#include <stdlib.h>

#include "base/pn_arena.h"
#include "nn/pn_dense.h"
#include "nn/pn_nn_activation.h"
#include "nn/pn_nn_dense.h"
#include "render/pn_linn_talker.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum {
    LANES = 4,
    STEPS = 1000,
    CHAINS = 13, /* sums in flight that a factor and a term leave registers for */
    OUTER = 6,   /* sums in flight that a factor each, a value and what turns it leave registers for */
    POINTS = PN_DENSE_BINS,
    TILE = PN_DENSE_TILE,
    STRIDE = (POINTS + TILE - 1) / TILE * TILE,
    WIDE = 192,
    VALUES = (POINTS + LANES - 1) / LANES * LANES,
    FIELD_IN = 40,
    FIELD_WIDTH = 64,
    FIELD_OUT = 36, /* 16 bases */
    FIELD_SOURCES = 64,
    ROWS = 1200, /* ten seconds of poses */
    SECONDS_OF_SOUND = 10,
    SOUND_HOPS = SECONDS_OF_SOUND * 48000 / PN_DENSE_HOP,
};

static const double SAMPLE_RATE_HZ = 48000.0;

static struct {
    const pn_dense *model;
    float *scratch;
    float code[PN_DENSE_MOST_CODE];
    float *outputs; /* [4][STRIDE] */
    float *gain;
    float *h[3];            /* [width][TILE] */
    float *wide;            /* [WIDE][VALUES] */
    float *copy;            /* [VALUES] */
    float *field[3];        /* packed */
    float *field_weight[3]; /* [out][in] */
    float field_y[FIELD_OUT];
    float field_x[FIELD_SOURCES][FIELD_WIDTH]; /* features */
    pn_linn_talker *talker;
    double *rows;
    float *sound;
    float ears[2][PN_DENSE_HOP];
    uint32_t turn;
    uint32_t hop;
    float limit;
} nn;

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

static float *take_noise(size_t floats, float size)
{
    float *x = take(floats * sizeof(float));
    for (size_t i = 0; x != NULL && i < floats; i++) {
        x[i] = size * noise();
    }
    return x;
}

static void take_field_layer(int i, uint32_t in, uint32_t out)
{
    nn.field[i] = take(pn_nn_dense_floats(in, out) * sizeof(float));
    nn.field_weight[i] = take_noise((size_t)in * out, 0.2f);
    pn_nn_dense_pack(in, out, nn.field_weight[i], NULL, nn.field[i]);
}

/* A talker walks around the head, turning, once in five seconds. */
static void lay_rows(void)
{
    for (int row = 0; row < ROWS; row++) {
        const double angle = 2.0 * 3.14159265358979 * row / 600.0;
        const double half = 0.5 * sin(angle);
        const double values[PN_WARP_ROW] = {1.3 * cos(angle), 1.3 * sin(angle), 0.2 * sin(3.0 * angle), 0.0, 0.0,
                                            sin(half),        cos(half)};
        for (int i = 0; i < PN_WARP_ROW; i++) {
            nn.rows[row * PN_WARP_ROW + i] = values[i];
        }
    }
}

bool bench_kernels_init(const void *blob, uint32_t bytes)
{
    size_t needed = 0;
    if (pn_dense_size(blob, bytes, SAMPLE_RATE_HZ, &needed) != PN_OK ||
        pn_dense_init(take(needed), needed, blob, bytes, SAMPLE_RATE_HZ, &nn.model) != PN_OK ||
        pn_linn_talker_size(nn.model, &needed) != PN_OK ||
        pn_linn_talker_init(take(needed), needed, nn.model, &nn.talker) != PN_OK) {
        return false;
    }
    nn.scratch = take(pn_dense_scratch_floats(nn.model) * sizeof(float));
    nn.outputs = take_noise((size_t)PN_DENSE_OUTPUTS * STRIDE, 1.0f);
    nn.gain = take_noise((size_t)4 * nn.model->frame.stride, 1.0f);
    for (int i = 0; i < 3; i++) {
        nn.h[i] = take_noise((size_t)nn.model->fuse.size[i] * TILE, 1.0f);
    }
    nn.wide = take_noise((size_t)WIDE * VALUES, 3.0f);
    nn.copy = take_noise(VALUES, 1.0f);
    take_field_layer(0, FIELD_IN, FIELD_WIDTH);
    take_field_layer(1, FIELD_WIDTH, FIELD_WIDTH);
    take_field_layer(2, FIELD_WIDTH, FIELD_OUT);
    for (int i = 0; i < FIELD_SOURCES; i++) {
        for (int c = 0; c < FIELD_WIDTH; c++) {
            nn.field_x[i][c] = noise();
        }
    }
    for (int i = 0; i < PN_DENSE_MOST_CODE; i++) {
        nn.code[i] = noise();
    }
    nn.rows = take((size_t)ROWS * PN_WARP_ROW * sizeof(double));
    nn.sound = take_noise((size_t)SOUND_HOPS * PN_DENSE_HOP, 0.5f);
    lay_rows();
    return true;
}

/* Each sum waits for itself: long chains, but few registers. */
static void run_chains(void)
{
    pn_f32x4 sum[CHAINS];
    const pn_f32x4 factor = pn_f32x4_splat(0.5f + 1e-9f * nn.limit);
    const pn_f32x4 term = pn_f32x4_splat(0.25f);
    for (int c = 0; c < CHAINS; c++) {
        sum[c] = pn_f32x4_splat((float)c);
    }
    for (int i = 0; i < STEPS; i++) {
        for (int c = 0; c < CHAINS; c++) {
            sum[c] = pn_f32x4_madd(term, sum[c], factor);
        }
    }
    for (int c = 0; c < CHAINS; c++) {
        nn.limit += 1e-9f * pn_f32x4_sum(sum[c]);
    }
}

/* Products that wait for nothing. */
static void run_outer(void)
{
    pn_f32x4 sum[OUTER];
    pn_f32x4 factor[OUTER];
    pn_f32x4 value = pn_f32x4_splat(0.7f + 1e-9f * nn.limit);
    const pn_i32x4 flip = (pn_i32x4)pn_f32x4_splat(-0.0f);
    for (int c = 0; c < OUTER; c++) {
        sum[c] = pn_f32x4_splat((float)c);
        factor[c] = pn_f32x4_splat(0.5f + (float)c + 1e-9f * nn.limit);
    }
    for (int i = 0; i < STEPS; i++) {
        value = (pn_f32x4)((pn_i32x4)value ^ flip); /* or the products would be taken out of the loop */
        for (int c = 0; c < OUTER; c++) {
            sum[c] = pn_f32x4_madd(sum[c], factor[c], value);
        }
    }
    for (int c = 0; c < OUTER; c++) {
        nn.limit += 1e-9f * pn_f32x4_sum(sum[c]);
    }
}

/* All points through the fusion layers, tile by tile; `f` between them. */
static void run_fusion(pn_nn_activation f)
{
    const uint32_t *size = nn.model->fuse.size;
    for (uint32_t first = 0; first < POINTS; first += TILE) {
        const uint32_t points = POINTS - first < TILE ? POINTS - first : TILE;
        const float *const *packed = nn.model->fuse.packed;
        pn_nn_dense_points(packed[0], size[0], size[1], f, nn.h[0], TILE, points, nn.h[1], TILE);
        pn_nn_dense_points(packed[1], size[1], size[2], f, nn.h[1], TILE, points, nn.h[2], TILE);
        pn_nn_dense_points(packed[2], size[2], PN_DENSE_OUTPUTS, PN_NN_LINEAR, nn.h[2], TILE, points,
                           nn.outputs + first, STRIDE);
    }
}

static void run_linear(void)
{
    run_fusion(PN_NN_LINEAR);
}

static void run_silu_fusion(void)
{
    run_fusion(PN_NN_SILU);
}

static void run_outputs(void)
{
    pn_dense_outputs(nn.model, &nn.model->frame, nn.code, 0, POINTS, nn.outputs, STRIDE, nn.scratch);
}

/* On a copy: again and again in place, values would end as denormals. */
static void run_activation(pn_nn_activation f)
{
    pn_array_copy(nn.copy, nn.wide + (size_t)(nn.turn++ % WIDE) * VALUES, VALUES);
    pn_nn_activate(f, nn.copy, VALUES);
}

static void run_silu(void)
{
    run_activation(PN_NN_SILU);
}

static void run_tanh(void)
{
    run_activation(PN_NN_TANH);
}

static void run_sin(void)
{
    run_activation(PN_NN_SIN);
}

static void run_field_with(pn_nn_activation f)
{
    float a[FIELD_WIDTH];
    float b[FIELD_WIDTH];
    const uint32_t source = nn.turn++ % FIELD_SOURCES;
    pn_nn_dense_forward(nn.field[0], FIELD_IN, FIELD_WIDTH, f, nn.field_x[source], a);
    pn_nn_dense_forward(nn.field[1], FIELD_WIDTH, FIELD_WIDTH, f, a, b);
    pn_nn_dense_forward(nn.field[2], FIELD_WIDTH, FIELD_OUT, PN_NN_LINEAR, b, nn.field_y);
}

static void run_field(void)
{
    run_field_with(PN_NN_SILU);
}

static void run_field_linear(void)
{
    run_field_with(PN_NN_LINEAR);
}

static void run_code(void)
{
    const double angle = 0.01 * (nn.turn++ % 600);
    const pn_warp_pose pose = {.mouth_m = {cos(angle), sin(angle), 0.1}, .rotation = {0.0, 0.0, 0.6, 0.8}};
    pn_dense_code(nn.model, &pose, nn.code);
}

static void run_gains(void)
{
    pn_dense_gains(nn.model, &nn.model->frame, nn.code, 0, POINTS, nn.gain, nn.scratch);
}

static void run_talker(void)
{
    const uint32_t at = nn.hop++ % SOUND_HOPS;
    if (at == 0) {
        size_t bytes = 0;
        if (pn_linn_talker_size(nn.model, &bytes) == PN_OK) {
            const pn_status status = pn_linn_talker_init(nn.talker, bytes, nn.model, &nn.talker);
            nn.limit += status == PN_OK ? 0.0f : NAN;
        }
    }
    pn_linn_talker_process(nn.talker, nn.rows, ROWS, nn.sound + (size_t)at * PN_DENSE_HOP, nn.ears[0], nn.ears[1], NULL,
                           PN_DENSE_HOP);
}

enum {
    FUSION = 2 * POINTS * (64 * 128 + 128 * 64 + 64 * 4),
    POSE = 2 * (19 * 192 + 192 * 192 + 192 * 64),
    WARP = 2 * (14 * 64 + 3 * 128 * 64 + 64 * 2), /* a row of poses; 1.28 of them in a frame */
    FIELD = 2 * (FIELD_IN * FIELD_WIDTH + FIELD_WIDTH * FIELD_WIDTH + FIELD_WIDTH * FIELD_OUT),
};

/* `flops` counts the networks' multiply-adds twice, and nothing else. */
static const struct {
    bench_kernel about;
    void (*run)(void);
} TABLE[] = {
    {{"limit: 13 sums of themselves", "flop", 2.0 * CHAINS *LANES *STEPS, 1.0}, run_chains},
    {{"limit: 6 sums of products", "flop", 2.0 * OUTER *LANES *STEPS, 1.0}, run_outer},
    {{"fusion 64-128-64-4 at 513 points, linear", "frame", 1.0, FUSION}, run_linear},
    {{"the same with SiLU", "frame", 1.0, FUSION}, run_silu_fusion},
    {{"pn_dense_outputs: pose times table, fusion", "frame", 1.0, FUSION}, run_outputs},
    {{"pn_dense_gains: and exp, tanh, sine", "frame", 1.0, FUSION}, run_gains},
    {{"pn_dense_code: pose network 19-192-192-64", "frame", 1.0, POSE}, run_code},
    {{"LINN-R2 whole: warp, transforms, network", "frame", 1.0, FUSION + POSE + 1.28 * WARP}, run_talker},
    {{"field network 40-64-64-36, linear", "source", 1.0, FIELD}, run_field_linear},
    {{"field network with SiLU", "source", 1.0, FIELD}, run_field},
    {{"copy and SiLU", "value", VALUES, 0.0}, run_silu},
    {{"copy and tanh", "value", VALUES, 0.0}, run_tanh},
    {{"copy and sine", "value", VALUES, 0.0}, run_sin},
};

uint32_t bench_kernels_count(void)
{
    return sizeof TABLE / sizeof TABLE[0];
}

const bench_kernel *bench_kernel_at(uint32_t index)
{
    return &TABLE[index].about;
}

void bench_kernel_run(uint32_t index, uint32_t calls)
{
    void (*run)(void) = TABLE[index].run;
    for (uint32_t i = 0; i < calls; i++) {
        run();
    }
}

nn_network bench_nn_network(void)
{
    return (nn_network){
        .code = nn.code,
        .table = nn.model->frame.code,
        .outputs = nn.outputs,
        .table_stride = nn.model->frame.stride,
        .outputs_stride = STRIDE,
        .field_weight = {nn.field_weight[0], nn.field_weight[1], nn.field_weight[2]},
        .field_x = nn.field_x[(nn.turn + FIELD_SOURCES - 1) % FIELD_SOURCES],
        .field_y = nn.field_y,
    };
}
