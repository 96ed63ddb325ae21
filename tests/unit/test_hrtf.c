/* SPDX-License-Identifier: MIT */
/* The loaded head: filters for any direction, level, delay, continuity, every rate, and files that are refused. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "hrtf/pn_head_file.h"
#include "hrtf/pn_hrtf.h"

static const double PI = 3.14159265358979323846;

static const double RATES_HZ[] = {8000.0,  11025.0, 16000.0, 22050.0,  32000.0, 44100.0,
                                  48000.0, 88200.0, 96000.0, 176400.0, 192000.0};

static pn_vec3 node_direction(const pn_head_file *file, uint32_t node)
{
    double d[3];
    pn_head_file_get_direction(file, node, d);
    return (pn_vec3){(float)d[0], (float)d[1], (float)d[2]};
}

static float *pair_of(const pn_hrtf *set, pn_vec3 dir, float gain, float nearness)
{
    float *pair = frames_of(pn_hrtf_pair_floats(set));
    uint32_t hint = 0;
    const pn_hrtf_key key = {.ear_dirs = {dir, dir}, .gain = gain, .nearness = nearness};
    pn_hrtf_filter_at(set, &key, &hint, pair);
    return pair;
}

static void at_a_node_the_filter_is_the_files_own_delayed_by_its_delay(void **state)
{
    (void)state;
    head_blob blob = head_read(HEAD_KEMAR);
    head h = head_open(&blob, 48000.0);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(blob.bytes, blob.size, &file), PN_OK);
    const uint32_t bins = h.set->bins_padded;
    for (uint32_t node = 0; node < file.node_count; node += 29) {
        float *pair = pair_of(h.set, node_direction(&file, node), 1.0f, 0.0f);
        for (uint32_t ear = 0; ear < 2; ear++) {
            const double delay = pn_head_file_get_delay(&file, node, ear);
            double most = 0.0;
            double off = 0.0;
            for (uint32_t k = 0; k <= h.set->fft_frames / 2; k++) {
                const double w = 2.0 * PI * k / h.set->fft_frames;
                double re = 0.0;
                double im = 0.0;
                for (uint32_t t = 0; t < file.filter_taps; t++) {
                    const double tap = (double)pn_head_file_get_tap(&file, node, ear, t);
                    re += tap * cos(-w * (t + delay));
                    im += tap * sin(-w * (t + delay));
                }
                const double got_re = (double)pair[2 * ear * bins + k] * h.set->fft_frames;
                const double got_im = (double)pair[(2 * ear + 1) * bins + k] * h.set->fft_frames;
                most = fmax(most, hypot(re, im));
                off = fmax(off, hypot(re - got_re, im - got_im));
            }
            /* The recurrence of the phase ramp multiplies 33 times, the neighbours keep 1e-5 of weight: -90 dB. */
            CHECK_BELOW(off / most, 3.2e-5);
        }
        free(pair);
    }
    head_blob_free(&blob);
    head_free(&h);
}

static void filters_change_continuously_everywhere_across_edges_too(void **state)
{
    (void)state;
    rng r = rng_open(71);
    head h = head_open_file(HEAD_KEMAR, 48000.0);
    const uint32_t floats = pn_hrtf_pair_floats(h.set);
    const double step = 1e-4;
    double worst = -300.0;
    for (int walk = 0; walk < 12; walk++) {
        const pn_vec3 start = rng_direction(&r);
        const pn_vec3 side = pn_vec3_cross(start, rng_direction(&r));
        const pn_vec3 turn = pn_vec3_scale(side, (float)(step / (double)pn_vec3_length(side)));
        pn_vec3 dir = start;
        uint32_t hint = 0;
        float *before = NULL;
        for (int i = 0; i < 3000; i++) { /* 17 degrees: a handful of edges */
            float *pair = frames_of(floats);
            const pn_hrtf_key key = {.ear_dirs = {dir, dir}, .gain = 1.0f};
            pn_hrtf_filter_at(h.set, &key, &hint, pair);
            if (before != NULL) {
                worst = fmax(worst, -snr_db(before, pair, floats));
            }
            free(before);
            before = pair;
            dir = pn_quat_rotate(pn_quat_from_rotation(turn), dir);
            dir = pn_vec3_scale(dir, 1.0f / pn_vec3_length(dir));
        }
        free(before);
    }
    /* The delays alone change by up to 12 frames a radian: 1e-4 rad turn 24 kHz by 4e-3, -48 dB. A jump between
       triangles with other neighbours would be as large as neighbours differ, -10 dB. */
    printf("largest change over 1e-4 rad: %.1f dB\n", worst);
    CHECK_BELOW(worst, -45.0);
    head_free(&h);
}

static void gain_scales_the_filter(void **state)
{
    (void)state;
    head h = head_open_file(HEAD_KEMAR, 48000.0);
    const pn_vec3 dir = {0.6f, 0.0f, -0.8f};
    float *one = pair_of(h.set, dir, 1.0f, 0.0f);
    float *half = pair_of(h.set, dir, -0.5f, 0.0f);
    float *none = pair_of(h.set, dir, 0.0f, 0.0f);
    for (uint32_t i = 0; i < pn_hrtf_pair_floats(h.set); i++) {
        assert_true(half[i] == -0.5f * one[i]);
        assert_true(none[i] == 0.0f);
    }
    free(one);
    free(half);
    free(none);
    head_free(&h);
}

static void fully_near_is_the_same_in_both_ears_and_from_every_direction(void **state)
{
    (void)state;
    rng r = rng_open(72);
    head h = head_open_file(HEAD_KEMAR, 48000.0);
    const uint32_t bins = h.set->bins_padded;
    float *first = pair_of(h.set, (pn_vec3){0.0f, 0.0f, -1.0f}, 1.0f, 1.0f);
    assert_memory_equal(first, first + 2 * bins, 2 * bins * sizeof(float));
    for (int draw = 0; draw < 50; draw++) {
        float *other = pair_of(h.set, rng_direction(&r), 1.0f, 1.0f);
        CHECK_ABOVE(snr_db(first, other, 4 * bins), SAME_SOUND_DB);
        free(other);
    }
    free(first);
    head_free(&h);
}

static void padding_bins_are_zero(void **state)
{
    (void)state;
    head h = head_open_file(HEAD_KEMAR, 48000.0);
    float *pair = pair_of(h.set, (pn_vec3){0.0f, 1.0f, 0.0f}, 1.0f, 0.3f);
    for (uint32_t row = 0; row < 4; row++) {
        for (uint32_t k = h.set->fft_frames / 2 + 1; k < h.set->bins_padded; k++) {
            assert_true(pair[row * h.set->bins_padded + k] == 0.0f);
        }
    }
    free(pair);
    head_free(&h);
}

/* Power of both ears over the nodes' directions between two frequencies, dB. */
static double level_db(const head *h, const pn_vec3 *dirs, uint32_t count, double low_hz, double high_hz)
{
    double sum = 0.0;
    double n = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        float *pair = pair_of(h->set, dirs[i], 1.0f, 0.0f);
        for (uint32_t k = 0; k <= h->set->fft_frames / 2; k++) {
            const double hz = k * h->set->sample_rate_hz / h->set->fft_frames;
            for (uint32_t ear = 0; ear < 2 && hz >= low_hz && hz < high_hz; ear++) {
                const double re = (double)pair[2 * ear * h->set->bins_padded + k] * h->set->fft_frames;
                const double im = (double)pair[(2 * ear + 1) * h->set->bins_padded + k] * h->set->fft_frames;
                sum += re * re + im * im;
                n += 1.0;
            }
        }
        free(pair);
    }
    return 10.0 * log10(sum / n);
}

static void the_level_averaged_over_the_sphere_is_one(void **state)
{
    (void)state;
    rng r = rng_open(73);
    head h = head_open_file(HEAD_KEMAR, 48000.0);
    pn_vec3 dirs[1500];
    for (int i = 0; i < 1500; i++) {
        dirs[i] = rng_direction(&r);
    }
    /* FORMAT.md: 0 dB at the nodes. Between nodes interpolation loses a little; 1500 draws scatter by 0.1 dB. */
    CHECK_NEAR(level_db(&h, dirs, 1500, 200.0, 16000.0), 0.0, 0.5);
    head_free(&h);
}

static void every_rate_gives_the_same_head(void **state)
{
    (void)state;
    head_blob blob = head_read(HEAD_KEMAR);
    head reference = head_open(&blob, 48000.0);
    pn_vec3 dirs[12];
    rng r = rng_open(74);
    for (int i = 0; i < 12; i++) {
        dirs[i] = rng_direction(&r);
    }
    for (size_t i = 0; i < sizeof RATES_HZ / sizeof RATES_HZ[0]; i++) {
        head h = head_open(&blob, RATES_HZ[i]);
        const double longest_s = 129.0 / 48000.0;
        assert_true(h.set->sample_rate_hz == RATES_HZ[i]);
        /* A hop and the longest filter must fit into the transform. */
        assert_true(h.set->fft_frames + 1 >= PN_HOP_FRAMES + longest_s * RATES_HZ[i] * 0.9);
        const double top_hz = fmin(16000.0, 0.4 * RATES_HZ[i]); /* the resampler is flat to 0.44 of the lower rate */
        CHECK_NEAR(level_db(&h, dirs, 12, 300.0, top_hz), level_db(&reference, dirs, 12, 300.0, top_hz), 0.35);
        head_free(&h);
    }
    head_free(&reference);
    head_blob_free(&blob);
}

static void rates_out_of_range_are_refused(void **state)
{
    (void)state;
    head_blob blob = head_read(HEAD_KEMAR);
    const double wrong[] = {0.0, -48000.0, 3000.0, 7999.9, 192000.1, 1e9, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t bytes = 1;
        assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, wrong[i], &bytes), PN_ERROR_SAMPLE_RATE);
        assert_int_equal(bytes, 0);
    }
    head_blob_free(&blob);
}

static void missing_arguments_and_memory_are_refused(void **state)
{
    (void)state;
    head_blob blob = head_read(HEAD_KEMAR);
    size_t bytes = 0;
    const pn_hrtf *out = NULL;
    assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, 48000.0, NULL), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_hrtf_size(NULL, blob.size, 48000.0, &bytes), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, 48000.0, &bytes), PN_OK);
    uint8_t *memory = head_memory(bytes + 16);
    assert_int_equal(pn_hrtf_init(memory, bytes, blob.bytes, blob.size, 48000.0, NULL), PN_ERROR_ARGUMENT);
    out = (const pn_hrtf *)(const void *)memory;
    assert_int_equal(pn_hrtf_init(NULL, bytes, blob.bytes, blob.size, 48000.0, &out), PN_ERROR_MEMORY);
    assert_null(out);
    assert_int_equal(pn_hrtf_init(memory, bytes - 1, blob.bytes, blob.size, 48000.0, &out), PN_ERROR_MEMORY);
    for (int shift = 1; shift < 16; shift++) {
        assert_int_equal(pn_hrtf_init(memory + shift, bytes, blob.bytes, blob.size, 48000.0, &out), PN_ERROR_MEMORY);
    }
    assert_null(out);
    free(memory);
    head_blob_free(&blob);
}

static void loading_writes_only_into_the_memory_it_asked_for(void **state)
{
    (void)state;
    const double rates[] = {48000.0, 44100.0, 8000.0, 192000.0};
    head_blob blob = head_read(HEAD_KEMAR);
    for (int i = 0; i < 4; i++) {
        size_t bytes = 0;
        const pn_hrtf *out = NULL;
        assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, rates[i], &bytes), PN_OK);
        uint8_t *memory = head_memory(bytes + 128);
        memset(memory, 0xa5, bytes + 128);
        assert_int_equal(pn_hrtf_init(memory + 64, bytes, blob.bytes, blob.size, rates[i], &out), PN_OK);
        for (int k = 0; k < 64; k++) {
            assert_int_equal(memory[k], 0xa5);
            assert_int_equal(memory[64 + bytes + k], 0xa5);
        }
        free(memory);
    }
    head_blob_free(&blob);
}

static void a_file_at_an_odd_address_loads_the_same(void **state)
{
    (void)state;
    head_blob blob = head_read(HEAD_KEMAR);
    uint8_t *moved = head_memory(blob.size + 1);
    memcpy(moved + 1, blob.bytes, blob.size);
    const head_blob odd = {moved + 1, blob.size};
    head a = head_open(&blob, 48000.0);
    head b = head_open(&odd, 48000.0);
    assert_int_equal(pn_hrtf_bytes(a.set), pn_hrtf_bytes(b.set));
    assert_memory_equal((const char *)a.set + a.set->spectra_at, (const char *)b.set + b.set->spectra_at,
                        (size_t)a.set->node_count * pn_hrtf_pair_floats(a.set) * sizeof(float));
    head_free(&a);
    head_free(&b);
    free(moved);
    head_blob_free(&blob);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    rng r = rng_open(75);
    head_blob blob = head_sphere(40);
    for (int draw = 0; draw < 400; draw++) {
        const size_t size = draw < 200 ? (size_t)draw : rng_below(&r, (uint32_t)blob.size);
        uint8_t *cut = malloc(size + 1); /* its end is the sanitizer's fence */
        memcpy(cut, blob.bytes, size);
        size_t bytes = 1;
        const pn_status status = pn_hrtf_size(cut, size, 48000.0, &bytes);
        assert_true(status == PN_ERROR_FILE_TRUNCATED || status == PN_ERROR_FILE_FORMAT);
        assert_int_equal(bytes, 0);
        free(cut);
    }
    head_blob_free(&blob);
}

static void directions_that_do_not_enclose_the_head_are_refused_as_geometry(void **state)
{
    (void)state;
    head_blob blob = head_sphere(40);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(blob.bytes, blob.size, &file), PN_OK);
    float *direction = (float *)(void *)(blob.bytes + (file.directions.data - blob.bytes));
    for (uint32_t i = 0; i < file.node_count; i++) {
        float *d = direction + (size_t)3 * i;
        const float y = fabsf(d[1]) + 0.1f;
        const float length = sqrtf(d[0] * d[0] + y * y + d[2] * d[2]);
        d[0] /= length;
        d[1] = y / length;
        d[2] /= length;
    }
    size_t bytes = 0;
    const pn_hrtf *out = NULL;
    assert_int_equal(pn_hrtf_size(blob.bytes, blob.size, 48000.0, &bytes), PN_OK);
    void *memory = head_memory(bytes);
    assert_int_equal(pn_hrtf_init(memory, bytes, blob.bytes, blob.size, 48000.0, &out), PN_ERROR_GEOMETRY);
    assert_null(out);
    free(memory);
    head_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_a_node_the_filter_is_the_files_own_delayed_by_its_delay),
        cmocka_unit_test(filters_change_continuously_everywhere_across_edges_too),
        cmocka_unit_test(gain_scales_the_filter),
        cmocka_unit_test(fully_near_is_the_same_in_both_ears_and_from_every_direction),
        cmocka_unit_test(padding_bins_are_zero),
        cmocka_unit_test(the_level_averaged_over_the_sphere_is_one),
        cmocka_unit_test(every_rate_gives_the_same_head),
        cmocka_unit_test(rates_out_of_range_are_refused),
        cmocka_unit_test(missing_arguments_and_memory_are_refused),
        cmocka_unit_test(loading_writes_only_into_the_memory_it_asked_for),
        cmocka_unit_test(a_file_at_an_odd_address_loads_the_same),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(directions_that_do_not_enclose_the_head_are_refused_as_geometry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
