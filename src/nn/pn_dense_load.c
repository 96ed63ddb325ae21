/* SPDX-License-Identifier: MIT */
/* Loading a dense model: the file is checked (models/FORMAT.md), weights packed, the frequency part tabulated. */
#include <math.h>
#include <string.h>

#include "nn/pn_dense.h"
#include "nn/pn_model_file.h"
#include "nn/pn_nn_conv1d.h"
#include "nn/pn_nn_dense.h"
#include "nn/pn_nn_encode.h"

enum { NAME_BYTES = 32, LAYERS = 3, FREQ_OCTAVES = 10, LANES = 4 };

static const float LARGEST_WEIGHT = 1e4f;
static const double LOWEST_RATE_HZ = 8000.0;
static const double HIGHEST_RATE_HZ = 192000.0;
static const double TOP_HZ = 24000.0; /* where the frequency coordinate is 1 */

/* The tensors of a layer, and its shape. */
typedef struct layer {
    const pn_tensor *weight;
    const pn_tensor *bias;
    uint32_t in, out;
} layer;

typedef struct plan {
    pn_safetensors file; /* layers point into it */
    double rate_hz;
    pn_warp_geometry geometry;
    bool over_distance;
    layer conv[PN_WARP_LAYERS];
    layer conv_out;
    layer pose[LAYERS];
    layer freq[LAYERS];
    layer fuse[LAYERS];
} plan;

/* "pose", 1, "weight" -> "pose.1.weight"; a negative number is left out. */
static const pn_tensor *find(const pn_safetensors *file, const char *stem, int number, const char *end)
{
    char name[NAME_BYTES];
    size_t at = strlen(stem);
    memcpy(name, stem, at);
    name[at++] = '.';
    if (number >= 0) {
        name[at++] = (char)('0' + number);
        name[at++] = '.';
    }
    memcpy(name + at, end, strlen(end) + 1);
    return pn_safetensors_find(file, name);
}

/* `taps` is 0 for a layer without. The width is what the bias has; `out` not 0 demands it. */
static pn_status take_layer(const pn_safetensors *file, const char *stem, int number, uint32_t in, uint32_t out,
                            uint32_t most, uint32_t taps, layer *to)
{
    to->weight = find(file, stem, number, "weight");
    to->bias = find(file, stem, number, "bias");
    to->in = in;
    to->out = to->bias != NULL && to->bias->rank == 1 ? to->bias->shape[0] : 0;
    if (to->out == 0 || (out != 0 ? to->out != out : to->out % LANES != 0 || to->out > most) ||
        !pn_model_file_has_shape(to->bias, PN_F32, to->out, 0, 0) ||
        !pn_model_file_has_shape(to->weight, PN_F32, to->out, in, taps)) {
        return PN_ERROR_FILE_SHAPE;
    }
    return pn_model_file_within(to->weight, -LARGEST_WEIGHT, LARGEST_WEIGHT) &&
                   pn_model_file_within(to->bias, -LARGEST_WEIGHT, LARGEST_WEIGHT)
               ? PN_OK
               : PN_ERROR_FILE_VALUE;
}

/* The code's width is the pose part's, and what the others must have. */
static pn_status take_part(const pn_safetensors *file, const char *stem, uint32_t in, uint32_t out, uint32_t most_out,
                           layer *to)
{
    for (int i = 0; i < LAYERS; i++) {
        const bool last = i == LAYERS - 1;
        const pn_status status =
            take_layer(file, stem, i, in, last ? out : 0, last ? most_out : PN_DENSE_MOST_WIDTH, 0, &to[i]);
        if (status != PN_OK) {
            return status;
        }
        in = to[i].out;
    }
    return PN_OK;
}

static pn_status take_layers(const pn_safetensors *file, plan *p)
{
    pn_status status = PN_OK;
    uint32_t in = PN_WARP_ROW;
    for (int i = 0; i < PN_WARP_LAYERS && status == PN_OK; i++) {
        status = take_layer(file, "warp.conv", i, in, i == 0 ? 0 : in, PN_WARP_MOST_WIDTH, 2, &p->conv[i]);
        in = p->conv[i].out;
    }
    if (status == PN_OK) {
        status = take_layer(file, "warp.out", -1, in, PN_WARP_EARS, 0, 0, &p->conv_out);
    }
    if (status == PN_OK) {
        status = take_part(file, "pose", PN_DENSE_POSE_FEATURES, 0, PN_DENSE_MOST_CODE, p->pose);
    }
    const uint32_t code = p->pose[LAYERS - 1].out;
    if (status == PN_OK) {
        status = take_part(file, "freq", PN_DENSE_FREQ_FEATURES, code, 0, p->freq);
    }
    if (status == PN_OK) {
        status = take_part(file, "fuse", code, PN_DENSE_OUTPUTS, 0, p->fuse);
    }
    return status;
}

static pn_status take_numbers(const pn_safetensors *file, plan *p)
{
    const pn_tensor *offset = pn_safetensors_find(file, "offset_s");
    const pn_tensor *range = pn_safetensors_find(file, "range");
    const pn_tensor *mouth = pn_safetensors_find(file, "mouth");
    if (!pn_model_file_has_shape(offset, PN_F32, 1, 0, 0) || !pn_model_file_has_shape(range, PN_F32, 2, 0, 0) ||
        (mouth != NULL && !pn_model_file_has_shape(mouth, PN_F32, 3, 0, 0))) {
        return PN_ERROR_FILE_SHAPE;
    }
    p->geometry = pn_warp_default_geometry();
    if (!pn_model_file_within(offset, -0.05f, 0.05f) || !pn_model_file_within(range, 0.01f, 1000.0f) ||
        (mouth != NULL && !pn_model_file_within(mouth, -1.0f, 1.0f)) ||
        !(pn_tensor_get_f32(range, 0) < pn_tensor_get_f32(range, 1))) {
        return PN_ERROR_FILE_VALUE;
    }
    p->geometry.offset_s = (double)pn_tensor_get_f32(offset, 0);
    p->geometry.nearest_m = (double)pn_tensor_get_f32(range, 0);
    p->geometry.farthest_m = (double)pn_tensor_get_f32(range, 1);
    for (size_t i = 0; i < 3 && mouth != NULL; i++) {
        p->geometry.mouth_m[i] = (double)pn_tensor_get_f32(mouth, i);
    }
    return PN_OK;
}

static pn_status take_metadata(const pn_safetensors *file, plan *p)
{
    char law[NAME_BYTES];
    double number = 0.0;
    pn_status status = pn_model_file_check(file, "pinna-linn-dense", 1.0);
    if (status == PN_OK) {
        status = pn_model_file_number(file, "sample_rate_hz", PN_WARP_RATE_HZ, PN_WARP_RATE_HZ, &number);
    }
    if (status == PN_OK) {
        status = pn_model_file_number(file, "frame", PN_DENSE_FRAME, PN_DENSE_FRAME, &number);
    }
    if (status == PN_OK) {
        status = pn_model_file_number(file, "hop", PN_DENSE_HOP, PN_DENSE_HOP, &number);
    }
    if (status == PN_OK) {
        if (pn_safetensors_get_metadata(file, "distance_law", law, sizeof law) < 0) {
            return PN_ERROR_FILE_FORMAT;
        }
        p->over_distance = strcmp(law, "inverse") == 0;
        status = p->over_distance || strcmp(law, "none") == 0 ? PN_OK : PN_ERROR_FILE_VALUE;
    }
    return status;
}

static pn_status plan_open(plan *p, const void *blob, size_t blob_bytes, double rate_hz)
{
    memset(p, 0, sizeof *p);
    if (!(rate_hz >= LOWEST_RATE_HZ && rate_hz <= HIGHEST_RATE_HZ)) {
        return PN_ERROR_SAMPLE_RATE;
    }
    p->rate_hz = rate_hz;
    pn_status status = pn_model_file_open(blob, blob_bytes, &p->file);
    if (status == PN_OK) {
        status = take_metadata(&p->file, p);
    }
    if (status == PN_OK) {
        status = take_layers(&p->file, p);
    }
    return status == PN_OK ? take_numbers(&p->file, p) : status;
}

/* Takes the memory of a layer, and packs it if there is any. */
static const float *pack(pn_arena *arena, const layer *from)
{
    float *packed = PN_TAKE(arena, float, pn_nn_dense_floats(from->in, from->out));
    if (packed != NULL) {
        pn_nn_dense_pack(from->in, from->out, from->weight->data, from->bias->data, packed);
    }
    return packed;
}

static pn_dense_layers pack_part(pn_arena *arena, const layer *from)
{
    pn_dense_layers part = {.size = {from[0].in, from[0].out, from[1].out, from[2].out}};
    for (int i = 0; i < LAYERS; i++) {
        part.packed[i] = pack(arena, &from[i]);
    }
    return part;
}

static pn_warp_net pack_warp(pn_arena *arena, const plan *p)
{
    pn_warp_net net = {.width = p->conv_out.in};
    for (int i = 0; i < PN_WARP_LAYERS; i++) {
        const pn_nn_conv1d shape = {.in = p->conv[i].in, .out = p->conv[i].out, .kernel = 2, .dilation = 1};
        float *packed = PN_TAKE(arena, float, pn_nn_conv1d_floats(&shape));
        if (packed != NULL) {
            pn_nn_conv1d_pack(&shape, p->conv[i].weight->data, p->conv[i].bias->data, packed);
        }
        net.conv[i] = packed;
    }
    net.out = pack(arena, &p->conv_out);
    return net;
}

/* u, then the sines and cosines of its octaves, whole turns taken off in double precision. */
static void freq_features(double hz, float *features)
{
    float half_turns[FREQ_OCTAVES];
    float sine[FREQ_OCTAVES];
    float cosine[FREQ_OCTAVES];
    const double u = hz < TOP_HZ ? hz / TOP_HZ : 1.0;
    for (int i = 0; i < FREQ_OCTAVES; i++) {
        const double x = u * (double)(1 << i);
        half_turns[i] = (float)(x - 2.0 * floor(x / 2.0));
    }
    pn_nn_encode_half_turns(half_turns, FREQ_OCTAVES, sine, cosine);
    features[0] = (float)u;
    for (int i = 0; i < FREQ_OCTAVES; i++) {
        features[1 + 2 * i] = sine[i];
        features[2 + 2 * i] = cosine[i];
    }
}

static pn_dense_grid tabulate(pn_arena *arena, uint32_t frame, const pn_dense_layers *freq, double rate_hz)
{
    const uint32_t count = frame / 2 + 1;
    const uint32_t stride = pn_nn_padded(count);
    const uint32_t width = freq->size[LAYERS];
    float *table = PN_TAKE(arena, float, (size_t)width *stride);
    for (uint32_t k = 0; table != NULL && k < stride; k++) {
        float x[PN_DENSE_MOST_WIDTH];
        float y[PN_DENSE_MOST_WIDTH];
        freq_features(k * rate_hz / frame, x);
        pn_nn_dense_forward(freq->packed[0], freq->size[0], freq->size[1], PN_NN_SILU, x, y);
        pn_nn_dense_forward(freq->packed[1], freq->size[1], freq->size[2], PN_NN_SILU, y, x);
        pn_nn_dense_forward(freq->packed[2], freq->size[2], freq->size[3], PN_NN_LINEAR, x, y);
        for (uint32_t i = 0; i < width; i++) {
            table[(size_t)i * stride + k] = y[i];
        }
    }
    return (pn_dense_grid){.frame = frame, .count = count, .stride = stride, .code = table};
}

/* Form B's transform keeps its spacing of 187.5 Hz or less at higher rates. */
static uint32_t fir_frame(double rate_hz)
{
    uint32_t frame = PN_DENSE_FIR_FRAME;
    while (frame < PN_DENSE_FRAME && frame * (double)PN_WARP_RATE_HZ < rate_hz * PN_DENSE_FIR_FRAME) {
        frame *= 2;
    }
    return frame;
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static const pn_dense *place(pn_arena *arena, const plan *p)
{
    pn_dense *model = PN_TAKE(arena, pn_dense, 1);
    const pn_warp_net warp = pack_warp(arena, p);
    const pn_dense_layers pose = pack_part(arena, p->pose);
    const pn_dense_layers fuse = pack_part(arena, p->fuse);
    const size_t rows = p->pose[LAYERS - 1].out;
    const uint32_t fir = fir_frame(p->rate_hz);
    /* The tables first, so that the frequency part can be forgotten behind them. */
    float *tables = PN_TAKE(arena, float, rows *(pn_nn_padded(PN_DENSE_BINS) + pn_nn_padded(fir / 2 + 1)));
    const size_t mark = arena->used;
    const pn_dense_layers freq = pack_part(arena, p->freq);
    pn_arena_release(arena, mark);
    if (model != NULL) {
        pn_arena inner = {.base = (unsigned char *)tables};
        *model = (pn_dense){
            .geometry = p->geometry,
            .warp = warp,
            .sample_rate_hz = p->rate_hz,
            .over_distance = p->over_distance,
            .pose = pose,
            .fuse = fuse,
            .frame = tabulate(&inner, PN_DENSE_FRAME, &freq, p->rate_hz),
            .fir = tabulate(&inner, fir, &freq, p->rate_hz),
        };
    }
    return model;
}

pn_status pn_dense_size(const void *blob, size_t blob_bytes, double sample_rate_hz, size_t *out_bytes)
{
    plan p;
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    const pn_status status = plan_open(&p, blob, blob_bytes, sample_rate_hz);
    if (status == PN_OK) {
        place(&arena, &p);
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_dense_init(void *memory, size_t bytes, const void *blob, size_t blob_bytes, double sample_rate_hz,
                        const pn_dense **out)
{
    plan p;
    pn_arena arena = {0};
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = plan_open(&p, blob, blob_bytes, sample_rate_hz);
    if (status != PN_OK) {
        return status;
    }
    place(&arena, &p);
    if (!pn_arena_fits(memory, bytes, arena.peak)) {
        return PN_ERROR_MEMORY;
    }
    arena = (pn_arena){.base = memory};
    *out = place(&arena, &p);
    return PN_OK;
}
