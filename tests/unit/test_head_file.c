/* SPDX-License-Identifier: MIT */
/* The baked head's reader against models/FORMAT.md, and the committed head against what the format promises. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hrtf/pn_head_file.h"
#include "support/metrics.h"

enum { NODES = 6, TAPS = 16, CAPACITY = 4096 };

/* A small head, right in everything; tests spoil one thing each. */
typedef struct sample {
    float directions[NODES][3];
    float scales[NODES][2];
    float delays[NODES][2];
    int16_t filters[NODES][2][TAPS];
    pn_safetensors_pair metadata[5];
    pn_safetensors_entry entries[4];
    size_t metadata_count;
    size_t entry_count;
} sample;

static void make_sample(sample *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < NODES; i++) {
        s->directions[i][i / 2] = i % 2 == 0 ? 1.0f : -1.0f;
        for (size_t ear = 0; ear < 2; ear++) {
            s->scales[i][ear] = 1e-4f;
            s->delays[i][ear] = (float)i + 0.5f * (float)ear;
            s->filters[i][ear][8] = (int16_t)(1000 * (int)(i + 1) - 5000 * (int)ear);
        }
    }
    const pn_safetensors_pair metadata[] = {
        {"format", "pinna-hrtf"}, {"version", "1"}, {"sample_rate_hz", "48000"}, {"guard_frames", "8"}};
    const pn_safetensors_entry entries[] = {{"directions", s->directions, {NODES, 3}, 2, PN_F32},
                                            {"filters", s->filters, {NODES, 2, TAPS}, 3, PN_I16},
                                            {"scales", s->scales, {NODES, 2}, 2, PN_F32},
                                            {"delays", s->delays, {NODES, 2}, 2, PN_F32}};
    memcpy(s->metadata, metadata, sizeof metadata);
    memcpy(s->entries, entries, sizeof entries);
    s->metadata_count = 4;
    s->entry_count = 4;
}

static pn_status open_sample(const sample *s, pn_head_file *head)
{
    static uint8_t file[CAPACITY];
    size_t bytes = 0;
    assert_int_equal(
        pn_safetensors_write(file, sizeof file, s->metadata, s->metadata_count, s->entries, s->entry_count, &bytes),
        PN_OK);
    return pn_head_file_open(file, bytes, head);
}

static void a_right_head_opens_and_reads_back(void **state)
{
    (void)state;
    sample s;
    pn_head_file head;
    double dir[3];
    float taps[TAPS];
    make_sample(&s);
    s.metadata[2].value = "44100.5";
    assert_int_equal(open_sample(&s, &head), PN_OK);
    assert_true(head.node_count == NODES && head.filter_taps == TAPS && head.guard_frames == 8);
    assert_true(head.sample_rate_hz == 44100.5);
    assert_true(pn_head_file_get_delay(&head, 5, 1) == 5.5);
    assert_true(pn_head_file_get_tap(&head, 2, 1, 8) == -2000.0f * 1e-4f);
    pn_head_file_get_filter(&head, 2, 1, taps);
    assert_true(taps[8] == -2000.0f * 1e-4f && taps[7] == 0.0f);
    pn_head_file_get_direction(&head, 3, dir);
    assert_true(dir[0] == 0.0 && dir[1] == -1.0 && dir[2] == 0.0);
}

static void metadata_outside_the_format_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *value;
        pn_status status;
    } cases[] = {
        {0, "pinna", PN_ERROR_FILE_FORMAT},
        {0, "", PN_ERROR_FILE_FORMAT},
        {1, "2", PN_ERROR_FILE_VERSION},
        {1, "one", PN_ERROR_FILE_VERSION},
        {2, "7999", PN_ERROR_FILE_VALUE},
        {2, "192001", PN_ERROR_FILE_VALUE},
        {2, "48e3", PN_ERROR_FILE_VALUE},
        {2, "-48000", PN_ERROR_FILE_VALUE},
        {2, "nan", PN_ERROR_FILE_VALUE},
        {2, "", PN_ERROR_FILE_VALUE},
        {2, "48000.0.0", PN_ERROR_FILE_VALUE},
        {3, "16", PN_ERROR_FILE_VALUE},
        {3, "7.5", PN_ERROR_FILE_VALUE},
        {3, "-1", PN_ERROR_FILE_VALUE},
        {2, "48000000000000000000000000000000000000000", PN_ERROR_FILE_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample s;
        pn_head_file head;
        make_sample(&s);
        s.metadata[cases[i].at].value = cases[i].value;
        const pn_status status = open_sample(&s, &head);
        if (status != cases[i].status) {
            fail_msg("status %d instead of %d for \"%s\"", status, cases[i].status, cases[i].value);
        }
        assert_true(head.node_count == 0);
    }
    for (size_t gone = 0; gone < 4; gone++) {
        sample s;
        pn_head_file head;
        make_sample(&s);
        s.metadata[gone].key = "other";
        assert_int_equal(open_sample(&s, &head), gone == 1 ? PN_ERROR_FILE_VERSION : PN_ERROR_FILE_FORMAT);
    }
}

static void tensors_of_another_type_or_shape_are_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < 4; at++) {
        for (int spoil = 0; spoil < 4; spoil++) {
            sample s;
            pn_head_file head;
            make_sample(&s);
            if (spoil == 0) {
                s.entries[at].name = "other";
            } else if (spoil == 1) {
                s.entries[at].shape[0]--;
            } else if (spoil == 2) {
                s.entries[at].shape[1]--;
            } else {
                s.entries[at].dtype = PN_U16;
            }
            assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_SHAPE);
        }
    }
    sample s;
    pn_head_file head;
    make_sample(&s);
    for (size_t i = 0; i < 4; i++) {
        s.entries[i].shape[0] = 3;
    }
    assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_SHAPE); /* three directions enclose nothing */
    make_sample(&s);
    s.entries[1].shape[2] = 15;
    assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_SHAPE);
}

static void numbers_outside_their_range_are_refused(void **state)
{
    (void)state;
    static const float wrong_direction[] = {NAN, INFINITY, 1.5f, 0.5f, -0.99f, 0.0f};
    static const float wrong_scale[] = {NAN, INFINITY, -1e-9f, 1.0f};
    static const float wrong_delay[] = {NAN, INFINITY, -0.001f, 200.5f};
    sample s;
    pn_head_file head;
    for (size_t i = 0; i < sizeof wrong_direction / sizeof wrong_direction[0]; i++) {
        make_sample(&s);
        s.directions[NODES - 1][2] = wrong_direction[i];
        assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_VALUE);
    }
    for (size_t i = 0; i < sizeof wrong_scale / sizeof wrong_scale[0]; i++) {
        make_sample(&s);
        s.scales[NODES - 1][1] = wrong_scale[i];
        assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_VALUE);
    }
    for (size_t i = 0; i < sizeof wrong_delay / sizeof wrong_delay[0]; i++) {
        make_sample(&s);
        s.delays[NODES - 1][1] = wrong_delay[i];
        assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_VALUE);
    }
}

static uint8_t *load_kemar(size_t *bytes)
{
    FILE *file = fopen(PN_ROOT "/models/kemar/kemar.safetensors", "rb");
    assert_non_null(file);
    uint8_t *blob = malloc(1 << 20);
    assert_non_null(blob);
    *bytes = fread(blob, 1, 1 << 20, file);
    assert_int_equal(fclose(file), 0);
    return blob;
}

static void the_measuring_distance_is_read_or_1_4_m_and_must_be_possible(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0.1", "101", "near", "", "-1"};
    sample s;
    pn_head_file head;
    make_sample(&s);
    assert_int_equal(open_sample(&s, &head), PN_OK);
    assert_true(head.distance_m == 1.4);
    s.metadata[s.metadata_count++] = (pn_safetensors_pair){"distance_m", "2.06"};
    assert_int_equal(open_sample(&s, &head), PN_OK);
    assert_true(fabs(head.distance_m - 2.06) < 1e-12);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        s.metadata[s.metadata_count - 1].value = wrong[i];
        assert_int_equal(open_sample(&s, &head), PN_ERROR_FILE_VALUE);
    }
}

static void the_default_head_is_what_the_format_promises(void **state)
{
    (void)state;
    size_t bytes = 0;
    pn_head_file head;
    uint8_t *blob = load_kemar(&bytes);
    assert_true(bytes <= 700000);
    assert_int_equal(pn_head_file_open(blob, bytes, &head), PN_OK);
    assert_true(head.sample_rate_hz == 48000.0 && head.guard_frames == 8);
    double least = 1000.0;
    double lowest = 0.0;
    for (uint32_t node = 0; node < head.node_count; node++) {
        double dir[3];
        pn_head_file_get_direction(&head, node, dir);
        lowest = fmin(lowest, dir[1]);
        for (uint32_t ear = 0; ear < 2; ear++) {
            const double delay = pn_head_file_get_delay(&head, node, ear);
            uint32_t taps = head.filter_taps;
            while (taps > 0 && pn_head_file_get_tap(&head, node, ear, taps - 1) == 0.0f) {
                taps--;
            }
            assert_true(taps > 48 && ceil(delay) + taps + 2 <= 129); /* the renderer's budget */
            least = fmin(least, delay);
        }
    }
    assert_true(least == 0.0);
    assert_true(lowest == -1.0); /* filled down to the south pole */
    free(blob);
}

/* Power at 40 frequencies, averaged over 10,000 even directions, each standing for its nearest node. */
static void the_default_head_has_unit_power_over_the_sphere(void **state)
{
    (void)state;
    enum { POINTS = 10000, LINES = 160 };
    size_t bytes = 0;
    pn_head_file head;
    uint8_t *blob = load_kemar(&bytes);
    assert_int_equal(pn_head_file_open(blob, bytes, &head), PN_OK);
    double *dirs = calloc((size_t)head.node_count * 3, sizeof(double));
    double *powers = calloc(head.node_count, sizeof(double));
    float *taps = calloc(head.filter_taps, sizeof(float));
    assert_true(dirs != NULL && powers != NULL && taps != NULL);
    for (uint32_t node = 0; node < head.node_count; node++) {
        pn_head_file_get_direction(&head, node, dirs + 3 * (size_t)node);
        for (uint32_t ear = 0; ear < 2; ear++) {
            pn_head_file_get_filter(&head, node, ear, taps);
            for (int line = 0; line < LINES; line++) {
                const double omega = 2.0 * 3.14159265358979 * (200.0 + 15800.0 * (line + 0.5) / LINES) / 48000.0;
                double re = 0.0;
                double im = 0.0;
                for (uint32_t i = 0; i < head.filter_taps; i++) {
                    re += (double)taps[i] * cos(omega * i);
                    im += (double)taps[i] * sin(omega * i);
                }
                powers[node] += (re * re + im * im) / (2 * LINES);
            }
        }
    }
    double power = 0.0;
    for (int k = 0; k < POINTS; k++) {
        const double y = 1.0 - (2.0 * k + 1.0) / POINTS;
        const double x = sqrt(1.0 - y * y) * cos(2.399963229728653 * k);
        const double z = sqrt(1.0 - y * y) * sin(2.399963229728653 * k);
        uint32_t nearest = 0;
        double most = -2.0;
        for (uint32_t node = 0; node < head.node_count; node++) {
            const double *d = dirs + 3 * (size_t)node;
            const double cosine = d[0] * x + d[1] * y + d[2] * z;
            nearest = cosine > most ? node : nearest;
            most = fmax(most, cosine);
        }
        power += powers[nearest] / POINTS;
    }
    print_message("power %.4f\n", power);
    assert_true(fabs(power - 1.0) < 0.01); /* the two grids and the two sets of frequencies differ */
    free(dirs);
    free(powers);
    free(taps);
    free(blob);
}

/* Where the checksum's name stands: without it the checksum is not looked for, and nothing else is damaged. */
static size_t checksum_name(const uint8_t *blob)
{
    size_t at = 8;
    while (memcmp(blob + at, "crc32", 5) != 0) {
        at++;
    }
    return at;
}

static void a_flipped_bit_in_the_default_head_is_refused_wherever_it_is(void **state)
{
    (void)state;
    size_t bytes = 0;
    uint64_t seed = 5;
    uint8_t *blob = load_kemar(&bytes);
    const size_t name = checksum_name(blob);
    for (int round = 0; round < 1000; round++) {
        const double share = 0.5 * (metrics_noise(&seed) + 1.0);
        const size_t at = (size_t)(share * (double)(round % 2 == 0 ? 1400 : bytes)); /* half of them in the header */
        const uint8_t flip = (uint8_t)(1U << (unsigned)(4.0 * (metrics_noise(&seed) + 1.0)));
        pn_head_file head;
        if (at >= name && at < name + 5) {
            continue;
        }
        blob[at] ^= flip;
        assert_int_not_equal(pn_head_file_open(blob, bytes, &head), PN_OK);
        blob[at] ^= flip;
    }
    pn_head_file head;
    assert_int_equal(pn_head_file_open(blob, bytes, &head), PN_OK);
    free(blob);
}

static void damage_that_no_checksum_guards_is_refused_or_harmless(void **state)
{
    (void)state;
    size_t bytes = 0;
    uint64_t seed = 5;
    uint8_t *blob = load_kemar(&bytes);
    blob[checksum_name(blob)] ^= 1;
    size_t refused = 0;
    for (int round = 0; round < 3000; round++) {
        const double share = 0.5 * (metrics_noise(&seed) + 1.0);
        const size_t at = (size_t)(share * (double)(round % 2 == 0 ? 1400 : bytes));
        const uint8_t flip = (uint8_t)(1U << (unsigned)(4.0 * (metrics_noise(&seed) + 1.0)));
        pn_head_file head;
        blob[at] ^= flip;
        if (pn_head_file_open(blob, bytes, &head) != PN_OK) {
            refused++;
        } else {
            for (uint32_t node = 0; node < head.node_count; node += 97) {
                assert_true(isfinite(pn_head_file_get_tap(&head, node, 1, head.filter_taps - 1)));
                assert_true(isfinite(pn_head_file_get_delay(&head, node, 1)));
            }
        }
        blob[at] ^= flip;
    }
    assert_true(refused > 300);
    free(blob);
}

static void every_truncation_of_the_default_head_is_called_one(void **state)
{
    (void)state;
    size_t bytes = 0;
    uint8_t *blob = load_kemar(&bytes);
    for (size_t length = 0; length < bytes; length += length < 2000 ? 1 : 997) {
        pn_head_file head;
        uint8_t *part = malloc(length + 1);
        assert_non_null(part);
        memcpy(part, blob, length);
        assert_int_equal(pn_head_file_open(part, length, &head), PN_ERROR_FILE_TRUNCATED);
        free(part);
    }
    free(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_head_opens_and_reads_back),
        cmocka_unit_test(metadata_outside_the_format_is_refused),
        cmocka_unit_test(tensors_of_another_type_or_shape_are_refused),
        cmocka_unit_test(numbers_outside_their_range_are_refused),
        cmocka_unit_test(the_measuring_distance_is_read_or_1_4_m_and_must_be_possible),
        cmocka_unit_test(the_default_head_is_what_the_format_promises),
        cmocka_unit_test(the_default_head_has_unit_power_over_the_sphere),
        cmocka_unit_test(a_flipped_bit_in_the_default_head_is_refused_wherever_it_is),
        cmocka_unit_test(damage_that_no_checksum_guards_is_refused_or_harmless),
        cmocka_unit_test(every_truncation_of_the_default_head_is_called_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
