/* SPDX-License-Identifier: MIT */
/*
 * The engine's LINN-F against its trainer: what PyTorch says, in double precision, of a model with random weights
 * (`python3 -m models.linn.vectors` writes both files), stage by stage. Each stage is given what the stage before it
 * gave here, not what it should have been given.
 */
#include "hrtf/pn_field_file.h"
#include "hrtf/pn_hrtf.h"
#include "hrtf/pn_hrtf_field.h"
#include "math/pn_approx.h"
#include "support/head.h"
#include "support/render.h"
#include "support/tolerance.h"

/* The largest difference over the largest value of a stage. 24 bits, a thousand products in a row, and the eighth
   harmonic of a rounded direction (25 x 2^-24) leave about 3e-6. */
static const double PARITY = 1e-5;

static const double RATE_HZ = 48000.0;

typedef struct pair_of_files {
    head_blob model_blob;
    head_blob vector_blob;
    pn_field_file model;
    pn_safetensors vectors;
    head own;
} pair_of_files;

static pair_of_files FILES;

static int open_all(void **state)
{
    (void)state;
    FILES.model_blob = head_read(PN_ROOT "/tests/golden/linn/random-field.safetensors");
    FILES.vector_blob = head_read(PN_ROOT "/tests/golden/linn/random-field-vectors.safetensors");
    FILES.own = head_open(&FILES.model_blob, RATE_HZ);
    return pn_field_file_open(FILES.model_blob.bytes, FILES.model_blob.size, &FILES.model) != PN_OK ||
           pn_safetensors_open(FILES.vector_blob.bytes, FILES.vector_blob.size, &FILES.vectors) != PN_OK;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&FILES.own);
    head_blob_free(&FILES.model_blob);
    head_blob_free(&FILES.vector_blob);
    return 0;
}

static const pn_tensor *vector(const char *name)
{
    const pn_tensor *tensor = pn_safetensors_find(&FILES.vectors, name);
    assert_non_null(tensor);
    return tensor;
}

/* Of a stage: how far off, and how large. */
typedef struct stage {
    double most_off;
    double largest;
} stage;

static void compare(stage *s, double value, double expected)
{
    s->most_off = fmax(s->most_off, fabs(value - expected));
    s->largest = fmax(s->largest, fabs(expected));
    assert_true(isfinite(value));
}

static void check(const stage *s, const char *name)
{
    printf("%-20s %.2e of %.3g\n", name, s->most_off / s->largest, s->largest);
    assert_true(s->largest > 0.0);
    CHECK_BELOW(s->most_off / s->largest, PARITY);
}

static pn_vec3 vec_at(const pn_tensor *tensor, size_t row)
{
    return (pn_vec3){pn_tensor_get_f32(tensor, 3 * row), pn_tensor_get_f32(tensor, 3 * row + 1),
                     pn_tensor_get_f32(tensor, 3 * row + 2)};
}

static pn_hrtf_key key_at(size_t row)
{
    const pn_vec3 position = vec_at(vector("head_pos"), row);
    const float r = pn_vec3_length(position);
    const pn_vec3 dir = pn_vec3_scale(position, 1.0f / r);
    return (pn_hrtf_key){
        .ear_dirs = {dir, dir}, .gain = 1.0f, .distance_m = r, .facing = vec_at(vector("forward"), row)};
}

static void features_and_layers_are_pytorchs(void **state)
{
    (void)state;
    const pn_field_shape *shape = &FILES.model.shape;
    const pn_tensor *features = vector("features");
    const pn_tensor *outputs = vector("outputs");
    const uint32_t count = 2 * shape->bases + 4;
    float *packed = frames_of(pn_field_floats(shape));
    stage encoded = {0};
    stage forwarded = {0};
    pn_field_pack(shape, FILES.model.weights, FILES.model.biases, packed);
    assert_int_equal(outputs->shape[1], count);
    for (size_t row = 0; row < features->shape[0]; row++) {
        float x[PN_FIELD_FEATURES];
        float y[2 * PN_FIELD_MOST_BASES + 4];
        const pn_hrtf_key key = key_at(row);
        const double r =
            fmin(fmax((double)key.distance_m, (double)FILES.model.range_m[0]), (double)FILES.model.range_m[1]);
        const pn_vec3 d = key.ear_dirs[0];
        const float c = -pn_vec3_dot(key.facing, d);
        const pn_field_pose pose = {
            .dir = {d.x, d.y, d.z},
            .elevation_rad = (float)asin((double)d.y),
            .nearness = (float)(1.0 / r),
            .log_distance = (float)log(r),
            .facing = c,
            .facing_up = key.facing.y + c * d.y,
            .facing_side = key.facing.z * d.x - key.facing.x * d.z,
        };
        pn_field_encode(&pose, x);
        for (size_t i = 0; i < PN_FIELD_FEATURES; i++) {
            compare(&encoded, (double)x[i], (double)pn_tensor_get_f32(features, row * PN_FIELD_FEATURES + i));
        }
        pn_field_forward(shape, packed, x, y);
        for (size_t i = 0; i < count; i++) {
            compare(&forwarded, (double)y[i], (double)pn_tensor_get_f32(outputs, row * count + i));
        }
    }
    check(&encoded, "features");
    check(&forwarded, "outputs");
    free(packed);
}

static void gains_and_delays_of_a_key_are_pytorchs(void **state)
{
    (void)state;
    const uint32_t bases = FILES.model.shape.bases;
    const pn_tensor *gains = vector("gains");
    const pn_tensor *delays = vector("delays_s");
    stage mixed = {0};
    stage delayed = {0};
    uint32_t hint = 0;
    for (size_t row = 0; row < gains->shape[0]; row++) {
        pn_hrtf_mix mix;
        const pn_hrtf_key key = key_at(row);
        pn_hrtf_mix_at(FILES.own.set, &key, &hint, &mix);
        for (size_t ear = 0; ear < 2; ear++) {
            for (size_t k = 0; k < bases; k++) {
                compare(&mixed, (double)mix.gain[ear][k],
                        (double)pn_tensor_get_f32(gains, (row * 2 + ear) * bases + k));
            }
            compare(&delayed, (double)mix.delay[ear] / RATE_HZ, (double)pn_tensor_get_f32(delays, row * 2 + ear));
        }
    }
    check(&mixed, "gains");
    check(&delayed, "delays");
}

static void the_filters_of_a_key_are_pytorchs_responses(void **state)
{
    (void)state;
    const pn_hrtf *set = FILES.own.set;
    const pn_tensor *responses = vector("responses");
    const uint32_t bins = responses->shape[2];
    float *pair = frames_of(pn_hrtf_pair_floats(set));
    stage filtered = {0};
    uint32_t hint = 0;
    assert_int_equal(set->fft_frames / 2 + 1, bins);
    for (size_t row = 0; row < responses->shape[0]; row++) {
        const pn_hrtf_key key = key_at(row);
        pn_hrtf_filter_at(set, &key, &hint, pair);
        for (size_t ear = 0; ear < 2; ear++) {
            for (size_t bin = 0; bin < bins; bin++) {
                for (size_t part = 0; part < 2; part++) {
                    /* 1 / fft_frames is folded into the engine's */
                    compare(&filtered,
                            (double)pair[(2 * ear + part) * set->bins_padded + bin] * (double)set->fft_frames,
                            (double)pn_tensor_get_f32(responses, ((row * 2 + ear) * bins + bin) * 2 + part));
                }
            }
        }
    }
    check(&filtered, "responses");
    free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_and_layers_are_pytorchs),
        cmocka_unit_test(gains_and_delays_of_a_key_are_pytorchs),
        cmocka_unit_test(the_filters_of_a_key_are_pytorchs_responses),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
