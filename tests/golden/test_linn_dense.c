/* SPDX-License-Identifier: MIT */
/* The dense LINN, stage by stage, against its trainer's own numbers: random weights, and the trained ones. */
#include "support/head.h"
#include "support/tolerance.h"
#include "support/vectors.h"

#include "nn/pn_dense.h"
#include "render/pn_linn_ibc.h"
#include "render/pn_linn_talker.h"

enum { ROW = PN_WARP_ROW };

/* Largest error over the stage's largest magnitude. */
static const double PARITY = 1e-5;

typedef struct pair {
    const char *model;
    const char *vectors;
} pair;

/* Vectors of trained models come with them; where a checkout has none, there is nothing to compare. */
static const pair PAIRS[] = {
    {PN_ROOT "/tests/golden/linn/random-dense.safetensors",
     PN_ROOT "/tests/golden/linn/random-dense-vectors.safetensors"},
    {PN_ROOT "/models/linn/kemar-dense.safetensors", PN_ROOT "/tests/golden/linn/kemar-dense-vectors.safetensors"},
    {PN_ROOT "/models/linn/room-dense.safetensors", PN_ROOT "/tests/golden/linn/room-dense-vectors.safetensors"},
};

/* Of the random model's audio, in every build; tests/web/cli-linn.test.mjs asks the same of wasm. */
static const uint32_t RANDOM_AUDIO = 0xe9af3503U;

typedef struct bench {
    vectors v;
    const pn_dense *model;
    void *memory;
    double *rows;
    size_t row_count;
    uint32_t digest; /* of the audio; 0 = none is known */
} bench;

static bool bench_open(bench *b, size_t which)
{
    if (!vectors_exist(PAIRS[which].model) || !vectors_exist(PAIRS[which].vectors)) {
        assert_int_not_equal(which, 0); /* the random ones are in every checkout */
        return false;
    }
    b->digest = which == 0 ? RANDOM_AUDIO : 0;
    head_blob blob = head_read(PAIRS[which].model);
    b->model = vectors_dense(&blob, 48000.0, &b->memory);
    head_blob_free(&blob);
    b->v = vectors_open(PAIRS[which].vectors);
    size_t count = 0;
    float *rows = vectors_floats(&b->v, "rows", &count);
    b->row_count = count / ROW;
    b->rows = head_memory(count * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        b->rows[i] = (double)rows[i];
    }
    free(rows);
    return true;
}

static void bench_free(bench *b)
{
    vectors_free(&b->v);
    free(b->memory);
    free(b->rows);
}

static void check(const bench *b, const char *stage, const float *got, size_t count)
{
    size_t wanted_count = 0;
    float *wanted = vectors_floats(&b->v, stage, &wanted_count);
    assert_int_equal(count, wanted_count);
    const double error = vectors_error(got, wanted, count);
    free(wanted);
    if (!(error <= PARITY)) {
        fail_msg("%s is off by %.3g of its peak", stage, error);
    }
}

static void check_warp(const bench *b)
{
    const size_t rows = b->row_count;
    float *neural = head_memory(2 * rows * sizeof(float));
    float *field = head_memory(2 * rows * sizeof(float));
    pn_warp_memory memory;
    pn_warp_memory_reset(&memory);
    for (size_t k = 0; k < rows; k++) {
        double net[2];
        double way[2];
        const pn_warp_pose pose = pn_warp_pose_of(&b->model->geometry, b->rows + k * ROW);
        pn_warp_net_step(&b->model->warp, &b->model->geometry, &memory, b->rows + k * ROW, net);
        pn_warp_geometric_field(&b->model->geometry, &pose, way);
        for (int ear = 0; ear < 2; ear++) {
            neural[2 * k + ear] = (float)net[ear];
            field[2 * k + ear] = (float)(way[ear] + net[ear]);
        }
    }
    check(b, "neural_field", neural, 2 * rows);
    check(b, "warp_field", field, 2 * rows);
    free(neural);
    free(field);
}

static pn_warp_pose frame_pose(const float *p, const float *q, size_t frame)
{
    pn_warp_pose pose;
    for (int i = 0; i < 3; i++) {
        pose.mouth_m[i] = (double)p[3 * frame + i];
    }
    for (int i = 0; i < 4; i++) {
        pose.rotation[i] = (double)q[4 * frame + i];
    }
    return pose;
}

static void check_network(const bench *b)
{
    const pn_dense *model = b->model;
    const size_t width = model->pose.size[3];
    size_t count = 0;
    float *p = vectors_floats(&b->v, "frame_p", &count);
    float *q = vectors_floats(&b->v, "frame_q", NULL);
    const size_t frames = count / 3;
    float *features = head_memory(frames * PN_DENSE_POSE_FEATURES * sizeof(float));
    float *code = head_memory(frames * width * sizeof(float));
    for (size_t j = 0; j < frames; j++) {
        float wide[PN_DENSE_MOST_CODE];
        const pn_warp_pose pose = frame_pose(p, q, j);
        pn_dense_features(model, &pose, features + j * PN_DENSE_POSE_FEATURES);
        pn_dense_code(model, &pose, wide);
        memcpy(code + j * width, wide, width * sizeof(float));
    }
    check(b, "pose_features", features, frames * PN_DENSE_POSE_FEATURES);
    check(b, "pose_code", code, frames * width);

    const pn_tensor *bins = pn_safetensors_find(&b->v.file, "bins");
    const pn_tensor *few = pn_safetensors_find(&b->v.file, "few");
    float *freq = head_memory(bins->count * width * sizeof(float));
    for (size_t k = 0; k < bins->count; k++) {
        for (size_t i = 0; i < width; i++) {
            freq[k * width + i] = model->frame.code[i * model->frame.stride + (size_t)pn_tensor_get_i32(bins, k)];
        }
    }
    check(b, "freq_code", freq, bins->count * width);

    const size_t stride = model->frame.stride;
    float *scratch = head_memory(pn_dense_scratch_floats(model) * sizeof(float));
    float *all = head_memory(4 * stride * sizeof(float));
    float *gain = head_memory(4 * stride * sizeof(float));
    float *outputs = head_memory(few->count * bins->count * 4 * sizeof(float));
    float *gains = head_memory(few->count * bins->count * 4 * sizeof(float));
    for (size_t f = 0; f < few->count; f++) {
        float wide[PN_DENSE_MOST_CODE];
        const pn_warp_pose pose = frame_pose(p, q, (size_t)pn_tensor_get_i32(few, f));
        pn_dense_code(model, &pose, wide);
        pn_dense_outputs(model, &model->frame, wide, 0, PN_DENSE_BINS, all, stride, scratch);
        pn_dense_gains(model, &model->frame, wide, 0, PN_DENSE_BINS, gain, scratch);
        for (size_t k = 0; k < bins->count; k++) {
            const size_t bin = (size_t)pn_tensor_get_i32(bins, k);
            for (size_t i = 0; i < 4; i++) {
                outputs[(f * bins->count + k) * 4 + i] = all[i * stride + bin];
                gains[(f * bins->count + k) * 4 + i] = gain[i * stride + bin]; /* ear, then real and imaginary */
            }
        }
    }
    check(b, "outputs", outputs, few->count * bins->count * 4);
    check(b, "gain", gains, few->count * bins->count * 4);
    free(p);
    free(q);
    free(features);
    free(code);
    free(freq);
    free(scratch);
    free(all);
    free(gain);
    free(outputs);
    free(gains);
}

/* FNV-1a over the samples' bits. */
static uint32_t digest_of(const float *x, size_t count)
{
    uint32_t digest = 2166136261U;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        for (int byte = 0; byte < 4; byte++) {
            digest = (digest ^ (bits >> 8 * byte & 0xff)) * 16777619U;
        }
    }
    return digest;
}

static void check_sound(const bench *b)
{
    size_t bytes = 0;
    size_t frames = 0;
    pn_linn_talker *talker = NULL;
    pn_dense plain = *b->model;
    plain.over_distance = false; /* the vectors are without a law of distance */
    assert_int_equal(pn_linn_talker_size(&plain, &bytes), PN_OK);
    void *memory = head_memory(bytes);
    assert_int_equal(pn_linn_talker_init(memory, bytes, &plain, &talker), PN_OK);
    float *mono = vectors_floats(&b->v, "mono", &frames);
    const size_t longer = frames + PN_LINN_IBC_LATENCY;
    float *x = head_memory(longer * sizeof(float));
    float *ears = head_memory(2 * longer * sizeof(float));
    float *warped = head_memory(2 * longer * sizeof(float));
    float *audio = head_memory(2 * frames * sizeof(float));
    memset(x, 0, longer * sizeof(float));
    memcpy(x, mono, frames * sizeof(float));
    pn_linn_talker_process(talker, b->rows, b->row_count, x, ears, ears + longer, warped, (uint32_t)longer);
    for (size_t ear = 0; ear < 2; ear++) {
        memcpy(audio + ear * frames, warped + ear * longer, frames * sizeof(float));
    }
    check(b, "warped", audio, 2 * frames);
    for (size_t ear = 0; ear < 2; ear++) {
        memcpy(audio + ear * frames, ears + ear * longer + PN_LINN_IBC_LATENCY, frames * sizeof(float));
    }
    if (b->digest != 0) {
        assert_int_equal(digest_of(audio, 2 * frames), b->digest);
    }
    /* The trainer's recording ends; here it goes on with silence, so the last half frame of the warp is longer. */
    for (size_t ear = 0; ear < 2; ear++) {
        float *wanted = vectors_floats(&b->v, "audio", NULL);
        const double error = vectors_error(audio + ear * frames, wanted + ear * frames, frames - PN_DENSE_HOP);
        CHECK_BELOW(error, PARITY);
        free(wanted);
    }
    free(memory);
    free(mono);
    free(x);
    free(ears);
    free(warped);
    free(audio);
}

static void every_stage_is_the_trainers_to_1e_5(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        bench b;
        if (bench_open(&b, i)) {
            check_warp(&b);
            check_network(&b);
            check_sound(&b);
            bench_free(&b);
        } else {
            print_message("%s: not in this checkout, not compared\n", PAIRS[i].vectors);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_stage_is_the_trainers_to_1e_5)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
