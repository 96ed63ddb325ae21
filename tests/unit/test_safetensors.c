/* SPDX-License-Identifier: MIT */
/* The reader of safetensors files against the format's rules, and the writer against the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nn/pn_safetensors.h"
#include "support/metrics.h"

enum { CAPACITY = 4096, DATA_BYTES = 16 };

/* A file of this header and `data_bytes` bytes 0, 1, 2 …; @return its length */
static size_t make_file(uint8_t *file, const char *header, size_t data_bytes)
{
    const size_t length = strlen(header);
    for (size_t i = 0; i < 8; i++) {
        file[i] = (uint8_t)(length >> (8 * i));
    }
    memcpy(file + 8, header, length);
    for (size_t i = 0; i < data_bytes; i++) {
        file[8 + length + i] = (uint8_t)i;
    }
    return 8 + length + data_bytes;
}

static pn_status open_header(const char *header, size_t data_bytes, pn_safetensors *file)
{
    static uint8_t bytes[CAPACITY];
    return pn_safetensors_open(bytes, make_file(bytes, header, data_bytes), file);
}

static size_t write_sample(uint8_t *file, size_t capacity)
{
    static const float floats[3] = {1.5f, -0.25f, 3e-20f};
    static const int16_t shorts[4] = {-32768, -1, 0, 32767};
    static const uint8_t bytes[5] = {0, 1, 127, 128, 255};
    static const int32_t scalar[1] = {-2000000000};
    const pn_safetensors_pair metadata[] = {{"format", "test"}, {"quote", "a \"b\" \\ \n\x01 \xC3\xA9"}};
    const pn_safetensors_entry entries[] = {
        {"floats", floats, {3, 1}, 2, PN_F32}, {"shorts", shorts, {2, 2}, 2, PN_I16}, {"bytes", bytes, {5}, 1, PN_U8},
        {"scalar", scalar, {0}, 0, PN_I32},    {"nothing", bytes, {0, 7}, 2, PN_U8},
    };
    size_t written = 0;
    assert_int_equal(pn_safetensors_write(file, capacity, metadata, 2, entries, 5, &written), PN_OK);
    return written;
}

static void check_sample(const pn_safetensors *file)
{
    char text[64];
    const pn_tensor *floats = pn_safetensors_find(file, "floats");
    const pn_tensor *shorts = pn_safetensors_find(file, "shorts");
    const pn_tensor *bytes = pn_safetensors_find(file, "bytes");
    const pn_tensor *scalar = pn_safetensors_find(file, "scalar");
    const pn_tensor *nothing = pn_safetensors_find(file, "nothing");
    assert_true(floats != NULL && shorts != NULL && bytes != NULL && scalar != NULL && nothing != NULL);
    assert_int_equal(file->tensor_count, 5);
    assert_true(floats->rank == 2 && floats->shape[0] == 3 && floats->shape[1] == 1 && floats->dtype == PN_F32);
    assert_true(pn_tensor_get_f32(floats, 0) == 1.5f && pn_tensor_get_f32(floats, 2) == 3e-20f);
    assert_int_equal(pn_tensor_get_i16(shorts, 0), -32768);
    assert_int_equal(pn_tensor_get_i16(shorts, 3), 32767);
    assert_int_equal(pn_tensor_get_u16(shorts, 1), 65535);
    assert_true(bytes->count == 5 && bytes->data[4] == 255);
    assert_true(scalar->rank == 0 && scalar->count == 1);
    assert_int_equal(pn_tensor_get_i32(scalar, 0), -2000000000);
    assert_true(nothing->count == 0 && nothing->bytes == 0);
    assert_int_equal(pn_safetensors_get_metadata(file, "quote", text, sizeof text), 13);
    assert_string_equal(text, "a \"b\" \\ \n\x01 \xC3\xA9");
    assert_null(pn_safetensors_find(file, "float"));
    assert_null(pn_safetensors_find(file, "floats2"));
}

static void a_written_file_reads_back_the_same_at_any_alignment(void **state)
{
    (void)state;
    uint8_t file[CAPACITY];
    uint8_t shifted[CAPACITY + 8];
    const size_t bytes = write_sample(file, sizeof file);
    for (size_t shift = 0; shift < 8; shift++) {
        pn_safetensors read;
        memcpy(shifted + shift, file, bytes);
        assert_int_equal(pn_safetensors_open(shifted + shift, bytes, &read), PN_OK);
        check_sample(&read);
    }
}

static void writing_measures_and_fills_the_same_length_and_refuses_less(void **state)
{
    (void)state;
    uint8_t file[CAPACITY];
    const float value[1] = {1.0f};
    const pn_safetensors_entry entry = {"x", value, {1}, 1, PN_F32};
    const pn_safetensors_entry twice[] = {entry, entry};
    size_t measured = 0;
    size_t written = 0;
    assert_int_equal(pn_safetensors_write(NULL, 0, NULL, 0, &entry, 1, &measured), PN_OK);
    assert_int_equal(pn_safetensors_write(file, measured, NULL, 0, &entry, 1, &written), PN_OK);
    assert_int_equal(measured, written);
    assert_int_equal(measured % 4, 0);
    assert_int_equal(pn_safetensors_write(file, measured - 1, NULL, 0, &entry, 1, &written), PN_ERROR_MEMORY);
    assert_int_equal(written, 0);
    assert_int_equal(pn_safetensors_write(file, sizeof file, NULL, 0, twice, 2, &written), PN_ERROR_ARGUMENT);
}

static void headers_are_taken_or_refused_as_the_format_says(void **state)
{
    (void)state;
#define F32_4 "{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}"
    static const struct {
        const char *header;
        pn_status status;
    } cases[] = {
        {"{\"a\":" F32_4 "}", PN_OK},
        {"{\"a\":" F32_4 "}     ", PN_OK}, /* the reference writer pads with spaces */
        {"{ \"a\" :\t{ \"shape\" : [ 2 , 2 ] ,\n\"data_offsets\":[0, 16], \"dtype\":\"F32\" } }", PN_OK},
        {"{\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[8,16]},"
         "\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
         PN_OK}, /* not in the order of the data */
        {"{\"__metadata__\":{},\"a\":" F32_4 "}", PN_OK},
        {"{\"__metadata__\":{\"k\":\"\\u00e9\\ud83d\\ude00\\/\"},\"a\":" F32_4 "}", PN_OK},
        {" {\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4 "}x", PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4 ",}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4, PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4 "\"b\":1}", PN_ERROR_FILE_FORMAT},
        {"{a:" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"[" F32_4 "]", PN_ERROR_FILE_FORMAT},
        {"{}", PN_ERROR_FILE_FORMAT}, /* 16 bytes belong to nobody */
        {"{\"a\":" F32_4 ",\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[16,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4 ",\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[16,16]}}",
         PN_ERROR_FILE_FORMAT}, /* the same name, escaped */
        {"{\"__metadata__\":{},\"__metadata__\":{},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":1},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":\"\\ud83d\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":\"\\x\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":\"\xC0\x80\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT}, /* overlong UTF-8 */
        {"{\"__metadata__\":{\"k\":\"\xED\xA0\x80\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT}, /* a surrogate */
        {"{\"__metadata__\":{\"k\":\"\xFF\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"__metadata__\":{\"k\":\"\n\"},\"a\":" F32_4 "}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"x\":[1]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[04],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4e0],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,32]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":" F32_4 ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", PN_ERROR_FILE_FORMAT},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", PN_ERROR_FILE_FORMAT}, /* a gap */
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_SHAPE},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,4],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_SHAPE},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_SHAPE},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1073741828,4294967295,4294967295],\"data_offsets\":[0,16]}}",
         PN_ERROR_FILE_SHAPE},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296],\"data_offsets\":[0,16]}}", PN_ERROR_FILE_SHAPE},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}", PN_ERROR_FILE_TRUNCATED},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[9007199254740975,9007199254740991]}}",
         PN_ERROR_FILE_TRUNCATED},
    };
#undef F32_4
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pn_safetensors file;
        const pn_status status = open_header(cases[i].header, DATA_BYTES, &file);
        if (status != cases[i].status) {
            fail_msg("status %d instead of %d for %s", status, cases[i].status, cases[i].header);
        }
        assert_true(status == PN_OK || file.tensor_count + file.metadata_count == 0);
    }
}

static void every_length_short_of_the_whole_is_refused(void **state)
{
    (void)state;
    uint8_t file[CAPACITY];
    const size_t bytes = write_sample(file, sizeof file);
    for (size_t length = 0; length < bytes; length++) {
        pn_safetensors read;
        assert_int_equal(pn_safetensors_open(file, length, &read), PN_ERROR_FILE_TRUNCATED);
    }
}

static void a_header_length_beyond_all_reason_is_refused(void **state)
{
    (void)state;
    uint8_t file[CAPACITY];
    pn_safetensors read;
    const size_t bytes = write_sample(file, sizeof file);
    for (size_t i = 3; i < 8; i++) {
        file[i] = 0xFF;
        assert_int_equal(pn_safetensors_open(file, bytes, &read), PN_ERROR_FILE_FORMAT);
        file[i] = 0;
    }
    memset(file, 0, 8);
    assert_int_equal(pn_safetensors_open(file, bytes, &read), PN_ERROR_FILE_FORMAT);
    assert_int_equal(pn_safetensors_open(NULL, bytes, &read), PN_ERROR_ARGUMENT);
}

static void whatever_is_accepted_after_damage_lies_inside_the_file(void **state)
{
    (void)state;
    uint64_t seed = 20;
    uint8_t file[CAPACITY];
    uint8_t whole[CAPACITY];
    const size_t bytes = write_sample(whole, sizeof whole);
    size_t accepted = 0;
    for (int round = 0; round < 200000; round++) {
        pn_safetensors read;
        memcpy(file, whole, bytes);
        for (int k = 0; k <= round % 3; k++) {
            const size_t at = (size_t)((metrics_noise(&seed) + 1.0) * 0.5 * (double)bytes);
            file[at] = (uint8_t)((metrics_noise(&seed) + 1.0) * 128.0);
        }
        if (pn_safetensors_open(file, bytes, &read) != PN_OK) {
            continue;
        }
        accepted++;
        for (uint32_t i = 0; i < read.tensor_count; i++) {
            const pn_tensor *tensor = &read.tensors[i].tensor;
            assert_true(tensor->data >= file && tensor->data + tensor->bytes <= file + bytes);
            assert_true(tensor->bytes == tensor->count * pn_dtype_bytes(tensor->dtype));
        }
    }
    assert_true(accepted > 1000 && accepted < 190000); /* damage to the data is accepted, to the header mostly not */
}

static void metadata_that_does_not_fit_is_not_given(void **state)
{
    (void)state;
    pn_safetensors file;
    char text[8] = "before";
    assert_int_equal(
        open_header("{\"__metadata__\":{\"a\":\"1234567\",\"b\":\"12345678\",\"n\":\"\\u0000\"}}", 0, &file), PN_OK);
    assert_int_equal(pn_safetensors_get_metadata(&file, "a", text, sizeof text), 7);
    assert_string_equal(text, "1234567");
    assert_int_equal(pn_safetensors_get_metadata(&file, "b", text, sizeof text), -1);
    assert_string_equal(text, "");
    assert_int_equal(pn_safetensors_get_metadata(&file, "n", text, sizeof text), -1);
    assert_int_equal(pn_safetensors_get_metadata(&file, "c", text, sizeof text), -1);
}

static void halves_are_read_exactly(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B, 0x00, 0x80, 0x00, 0x7C, 0x01, 0x84};
    static const float values[] = {1.0f, -2.0f, 0x1p-24f, 65504.0f, -0.0f};
    const pn_tensor tensor = {.data = bytes, .bytes = sizeof bytes, .count = 7, .dtype = PN_F16};
    for (size_t i = 0; i < 5; i++) {
        assert_true(pn_tensor_get_f16(&tensor, i) == values[i]);
    }
    assert_true(pn_tensor_get_f16(&tensor, 5) > 3e38f);
    assert_true(pn_tensor_get_f16(&tensor, 6) == -0x1.004p-14f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_file_reads_back_the_same_at_any_alignment),
        cmocka_unit_test(writing_measures_and_fills_the_same_length_and_refuses_less),
        cmocka_unit_test(headers_are_taken_or_refused_as_the_format_says),
        cmocka_unit_test(every_length_short_of_the_whole_is_refused),
        cmocka_unit_test(a_header_length_beyond_all_reason_is_refused),
        cmocka_unit_test(whatever_is_accepted_after_damage_lies_inside_the_file),
        cmocka_unit_test(metadata_that_does_not_fit_is_not_given),
        cmocka_unit_test(halves_are_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
