/* SPDX-License-Identifier: MIT */
/* The dense LINN's file is refused by name where it is wrong; its gains are numbers whatever the weights are. */
#include "support/dense.h"
#include "support/head.h"
#include "support/rng.h"
#include "support/solo.h"
#include "support/tolerance.h"
#include "support/vectors.h"

#include "nn/pn_dense.h"
#include "nn/pn_model_file.h"

static head_blob model(void)
{
    return head_read(PN_ROOT "/tests/golden/linn/random-dense.safetensors");
}

static pn_status opened(const uint8_t *bytes, size_t size, double rate_hz)
{
    size_t needed = 0;
    const pn_dense *dense = NULL;
    pn_status status = pn_dense_size(bytes, size, rate_hz, &needed);
    assert_true((status == PN_OK) == (needed > 0));
    if (status == PN_OK) {
        void *memory = head_memory(needed);
        status = pn_dense_init(memory, needed, bytes, size, rate_hz, &dense);
        assert_true((status == PN_OK) == (dense != NULL));
        free(memory);
    }
    return status;
}

static uint8_t *found(const head_blob *blob, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= blob->size; i++) {
        if (memcmp(blob->bytes + i, text, length) == 0) {
            return blob->bytes + i;
        }
    }
    fail_msg("the model has no %s", text);
    return NULL;
}

/* With a checksum that is right, if there can be one. */
static pn_status resealed(head_blob *blob)
{
    const pn_status sealed = pn_model_file_seal(blob->bytes, blob->size);
    (void)sealed;
    return opened(blob->bytes, blob->size, 48000.0);
}

/* The same length, so that the header stays whole. */
static pn_status with(const char *text, const char *instead)
{
    head_blob blob = model();
    assert_int_equal(strlen(text), strlen(instead));
    memcpy(found(&blob, text), instead, strlen(instead));
    const pn_status status = resealed(&blob);
    head_blob_free(&blob);
    return status;
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    assert_int_equal(with("pinna-linn-dense", "pinna-linn-dense"), PN_OK);
    assert_int_equal(with("pinna-linn-dense", "pinna-linn-tense"), PN_ERROR_FILE_FORMAT);
    assert_int_equal(with("\"version\":\"1\"", "\"version\":\"2\""), PN_ERROR_FILE_VERSION);
    assert_int_equal(with("\"48000\"", "\"44100\""), PN_ERROR_FILE_VALUE);
    assert_int_equal(with("\"1024\"", "\"2048\""), PN_ERROR_FILE_VALUE);
    assert_int_equal(with("\"512\"", "\"256\""), PN_ERROR_FILE_VALUE);
    assert_int_equal(with("distance_law\":\"none", "distance_law\":\"nine"), PN_ERROR_FILE_VALUE);
    assert_int_equal(with("distance_law", "distance_low"), PN_ERROR_FILE_FORMAT);
    assert_int_equal(with("fuse.1.weight", "fuse.9.weight"), PN_ERROR_FILE_SHAPE);
    assert_int_equal(with("warp.out.bias", "warp.out.bios"), PN_ERROR_FILE_SHAPE);
    assert_int_equal(with("\"range\"", "\"reach\""), PN_ERROR_FILE_SHAPE);
    assert_int_equal(with("\"mouth\"", "\"lips_\""), PN_OK); /* then it is the data set's */
    head_blob blob = model();
    blob.bytes[blob.size - 5] ^= 1;
    assert_int_equal(opened(blob.bytes, blob.size, 48000.0), PN_ERROR_FILE_DAMAGED);
    head_blob_free(&blob);
}

static void numbers_that_are_none_or_too_large_are_refused(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, 2e4f};
    for (int i = 0; i < 3; i++) {
        head_blob blob = model();
        memcpy(blob.bytes + blob.size - 64 * sizeof(float), &bad[i], sizeof(float)); /* a weight near the end */
        assert_int_equal(resealed(&blob), PN_ERROR_FILE_VALUE);
        head_blob_free(&blob);
    }
}

static void cut_files_other_files_and_impossible_rates_are_refused(void **state)
{
    (void)state;
    head_blob blob = model();
    for (size_t size = 0; size < blob.size; size += size < 64 ? 1 : 977) {
        assert_int_not_equal(opened(blob.bytes, size, 48000.0), PN_OK);
    }
    assert_int_equal(opened(blob.bytes, blob.size, 7999.0), PN_ERROR_SAMPLE_RATE);
    assert_int_equal(opened(blob.bytes, blob.size, 192001.0), PN_ERROR_SAMPLE_RATE);
    assert_int_equal(opened(blob.bytes, blob.size, (double)NAN), PN_ERROR_SAMPLE_RATE);
    size_t needed = 0;
    const pn_dense *dense = NULL;
    assert_int_equal(pn_dense_size(blob.bytes, blob.size, 48000.0, NULL), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_dense_size(blob.bytes, blob.size, 48000.0, &needed), PN_OK);
    uint8_t *memory = head_memory(needed + 16);
    assert_int_equal(pn_dense_init(memory, needed - 1, blob.bytes, blob.size, 48000.0, &dense), PN_ERROR_MEMORY);
    assert_int_equal(pn_dense_init(memory + 4, needed, blob.bytes, blob.size, 48000.0, &dense), PN_ERROR_MEMORY);
    free(memory);
    head_blob_free(&blob);
    head_blob other = head_read(HEAD_KEMAR);
    assert_int_equal(opened(other.bytes, other.size, 48000.0), PN_ERROR_FILE_FORMAT);
    head_blob_free(&other);
}

/* Bytes changed at random: what is not refused must be safe to ask. */
static void a_damaged_model_is_refused_or_gives_finite_gains(void **state)
{
    (void)state;
    rng r = rng_open(99);
    int accepted = 0;
    for (int trial = 0; trial < (SOLO_SANITIZED ? 60 : 400); trial++) {
        head_blob blob = model();
        const int changes = 1 + (int)rng_between(&r, 0.0, 6.0);
        const double from = trial % 2 == 0 ? 0.0 : 3200.0; /* half of them leave the header alone */
        for (int i = 0; i < changes; i++) {
            blob.bytes[(size_t)rng_between(&r, from, (double)blob.size)] = (uint8_t)rng_between(&r, 0.0, 256.0);
        }
        if (resealed(&blob) == PN_OK) {
            void *memory = NULL;
            const pn_dense *dense = vectors_dense(&blob, 48000.0, &memory);
            float *scratch = head_memory(pn_dense_scratch_floats(dense) * sizeof(float));
            float *gain = head_memory(4 * dense->frame.stride * sizeof(float));
            float code[PN_DENSE_MOST_CODE];
            const pn_warp_pose pose = {{1.0, -0.3, 0.2}, {0.1, 0.2, 0.3, 0.9}};
            pn_dense_code(dense, &pose, code);
            pn_dense_gains(dense, &dense->frame, code, 0, PN_DENSE_BINS, gain, scratch);
            for (size_t i = 0; i < 4 * dense->frame.stride; i++) {
                if (i % dense->frame.stride < PN_DENSE_BINS) {
                    assert_true(fabsf(gain[i]) <= 20.2f); /* e^3, false for NaN */
                }
            }
            free(scratch);
            free(gain);
            free(memory);
            accepted++;
        }
        head_blob_free(&blob);
    }
    assert_true(accepted > 10);
}

static void the_trained_models_weights_take_no_more_than_700_kilobytes(void **state)
{
    (void)state;
    head_blob blob = head_read(PN_ROOT "/models/linn/kemar-dense.safetensors");
    size_t needed = 0;
    assert_true(blob.size <= 700000);
    assert_int_equal(pn_dense_size(blob.bytes, blob.size, 48000.0, &needed), PN_OK);
    print_message("%zu bytes in the file, %zu in memory\n", blob.size, needed);
    assert_true(needed <= 800000); /* with the frequency part, which is forgotten, beside its table */
    head_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_refused_by_name),
        cmocka_unit_test(numbers_that_are_none_or_too_large_are_refused),
        cmocka_unit_test(cut_files_other_files_and_impossible_rates_are_refused),
        cmocka_unit_test(a_damaged_model_is_refused_or_gives_finite_gains),
        cmocka_unit_test(the_trained_models_weights_take_no_more_than_700_kilobytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
