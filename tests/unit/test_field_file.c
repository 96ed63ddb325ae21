/* SPDX-License-Identifier: MIT */
/* The field model's reader against models/FORMAT.md: what it takes, and by which name it refuses what it does not. */
#include "hrtf/pn_field_file.h"
#include "hrtf/pn_hrtf.h"
#include "support/field.h"
#include "support/tolerance.h"

enum { HIDDEN = 16, BASES = 4, TAPS = 24, BASIS = 0, EARS_M = 1, OFFSET = 2, RANGE = 3, FIRST_WEIGHT = 4 };

static field_parts PARTS;

static void fresh(void)
{
    field_fill(&PARTS, HIDDEN, BASES, TAPS, 7);
}

static float *values_of(size_t entry)
{
    return (float *)PARTS.values + ((const float *)PARTS.entries[entry].data - PARTS.values);
}

static pn_status opened(pn_field_file *out)
{
    head_blob blob = field_written(&PARTS);
    const pn_status status = pn_field_file_open(blob.bytes, blob.size, out);
    size_t bytes = 1;
    assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, 48000.0, &bytes), status);
    assert_true((bytes == 0) == (status != PN_OK));
    head_blob_free(&blob);
    return status;
}

static void expect(pn_status wanted, const char *what)
{
    pn_field_file file;
    memset(&file, 1, sizeof file);
    const pn_status status = opened(&file);
    if (status != wanted) {
        fail_msg("%s: \"%s\" instead of \"%s\"", what, pn_status_text(status), pn_status_text(wanted));
    }
    assert_true(status == PN_OK || (file.basis_taps == 0 && file.shape.hidden == 0));
}

static void a_right_model_opens_and_reads_back(void **state)
{
    (void)state;
    pn_field_file file;
    fresh();
    assert_int_equal(opened(&file), PN_OK);
    assert_true(file.shape.hidden == HIDDEN && file.shape.bases == BASES && file.basis_taps == TAPS);
    assert_true(file.sample_rate_hz == 48000.0 && file.lead_frames == 8.0);
    assert_true(file.range_m[0] == 0.2f && file.range_m[1] == 4.0f && file.offset_s == 0.5e-3f);
    assert_true(file.ear_m[0][0] == -0.0875f && file.ear_m[1][0] == 0.0875f && file.ear_m[1][1] == 0.0f);
    assert_int_equal(file.weights[2].shape[0], 2 * BASES + 4);
}

static void metadata_outside_the_format_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *value;
        pn_status status;
    } cases[] = {
        {1, "2", PN_ERROR_FILE_VERSION},         {1, "one", PN_ERROR_FILE_VERSION},
        {2, "7999", PN_ERROR_FILE_VALUE},        {2, "nan", PN_ERROR_FILE_VALUE},
        {2, "-48000", PN_ERROR_FILE_VALUE},      {3, "64", PN_ERROR_FILE_VALUE},
        {3, "24", PN_ERROR_FILE_VALUE},          {3, "7.5", PN_ERROR_FILE_VALUE},
        {3, "-1", PN_ERROR_FILE_VALUE},          {0, "pinna-linn-dense", PN_ERROR_FILE_FORMAT},
        {0, "pinna-linn", PN_ERROR_FILE_FORMAT}, {0, "", PN_ERROR_FILE_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fresh();
        PARTS.metadata[cases[i].at].value = cases[i].value;
        expect(cases[i].status, cases[i].value);
    }
    for (size_t gone = 0; gone < FIELD_METADATA; gone++) {
        fresh();
        const char *key = PARTS.metadata[gone].key;
        PARTS.metadata[gone].key = "other";
        expect(gone == 1 ? PN_ERROR_FILE_VERSION : PN_ERROR_FILE_FORMAT, key);
    }
}

static void tensors_of_another_type_or_shape_are_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < FIELD_ENTRIES; at++) {
        for (int spoil = 0; spoil < 4; spoil++) {
            fresh();
            pn_safetensors_entry *entry = &PARTS.entries[at];
            const char *name = entry->name;
            if (spoil == 0) {
                entry->name = "other";
            } else if (spoil == 1) {
                entry->shape[0]--;
            } else if (spoil == 2) {
                entry->rank = 3 - entry->rank;
                entry->shape[1] = 1;
            } else {
                entry->dtype = PN_I32;
            }
            if (!(entry->shape[0] == 0)) { /* what has no elements is no entry at all */
                expect(PN_ERROR_FILE_SHAPE, name);
            }
        }
    }
    static const uint32_t wrong[][3] = {
        {12, 4, 24}, {18, 4, 24}, {132, 4, 24}, {16, 6, 24}, {16, 20, 24}, {16, 4, 15}, {16, 4, 65},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        field_fill(&PARTS, wrong[i][0], wrong[i][1], wrong[i][2], 7);
        expect(PN_ERROR_FILE_SHAPE, "sizes");
    }
}

static void numbers_that_are_not_finite_or_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t entry;
        size_t index;
        float value;
    } cases[] = {
        {BASIS, 5, NAN},      {BASIS, 5, 64.1f},   {EARS_M, 3, 0.31f},   {EARS_M, 0, -INFINITY},
        {OFFSET, 0, 2.1e-3f}, {OFFSET, 0, NAN},    {RANGE, 0, 0.049f},   {RANGE, 0, -1.0f},
        {RANGE, 0, 4.1f},     {RANGE, 1, 1001.0f}, {RANGE, 1, INFINITY}, {RANGE, 1, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fresh();
        values_of(cases[i].entry)[cases[i].index] = cases[i].value;
        expect(PN_ERROR_FILE_VALUE, PARTS.entries[cases[i].entry].name);
    }
    for (size_t entry = FIRST_WEIGHT; entry < FIELD_ENTRIES; entry++) {
        const float bad[] = {NAN, INFINITY, -1001.0f};
        for (int i = 0; i < 3; i++) {
            fresh();
            values_of(entry)[PARTS.entries[entry].shape[0] - 1] = bad[i];
            expect(PN_ERROR_FILE_VALUE, PARTS.entries[entry].name);
        }
    }
}

static void the_largest_model_of_the_largest_numbers_computes_finite_ones(void **state)
{
    (void)state;
    field_fill(&PARTS, 128, 16, 64, 7);
    for (size_t entry = 0; entry < FIELD_ENTRIES; entry++) {
        size_t count = PARTS.entries[entry].shape[0];
        count *= PARTS.entries[entry].rank == 2 ? PARTS.entries[entry].shape[1] : 1;
        for (size_t i = 0; i < count && (entry == BASIS || entry >= FIRST_WEIGHT); i++) {
            values_of(entry)[i] = entry == BASIS ? PN_FIELD_MAX_TAP : PN_FIELD_MAX_WEIGHT;
        }
    }
    head_blob blob = field_written(&PARTS);
    head own = head_open(&blob, 48000.0);
    pn_hrtf_mix mix;
    uint32_t hint = 0;
    const pn_vec3 up = {0.0f, 1.0f, 0.0f};
    pn_hrtf_mix_at(own.set, &(pn_hrtf_key){.ear_dirs = {up, up}, .gain = 1.0f, .distance_m = 0.2f}, &hint, &mix);
    for (int k = 0; k < 16; k++) {
        assert_true(isfinite(mix.gain[0][k]) && mix.gain[0][k] > 1e6f && mix.gain[0][k] < 1e20f);
    }
    assert_true(isfinite(mix.delay[0]) && isfinite(mix.delay[1]));
    head_free(&own);
    head_blob_free(&blob);
}

static void every_truncation_is_called_one_and_every_damage_is_seen_by_the_checksum(void **state)
{
    (void)state;
    head_blob blob = head_read(PN_ROOT "/tests/golden/linn/random-field.safetensors");
    pn_field_file file;
    assert_int_equal(pn_field_file_open(blob.bytes, blob.size, &file), PN_OK);
    for (size_t cut = 1; cut < blob.size; cut += 37) {
        assert_int_equal(pn_field_file_open(blob.bytes, blob.size - cut, &file), PN_ERROR_FILE_TRUNCATED);
    }
    for (size_t at = blob.size - 4001; at < blob.size; at += 97) {
        blob.bytes[at] ^= 1;
        assert_int_equal(pn_field_file_open(blob.bytes, blob.size, &file), PN_ERROR_FILE_DAMAGED);
        blob.bytes[at] ^= 1;
    }
    head_blob_free(&blob);
    assert_int_equal(pn_field_file_open(NULL, 0, NULL), PN_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_model_opens_and_reads_back),
        cmocka_unit_test(metadata_outside_the_format_are_refused_by_name),
        cmocka_unit_test(tensors_of_another_type_or_shape_are_refused),
        cmocka_unit_test(numbers_that_are_not_finite_or_out_of_range_are_refused),
        cmocka_unit_test(the_largest_model_of_the_largest_numbers_computes_finite_ones),
        cmocka_unit_test(every_truncation_is_called_one_and_every_damage_is_seen_by_the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
