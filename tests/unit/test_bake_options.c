/* SPDX-License-Identifier: MIT */
/* What a bake does on request, or where a set needs it, on a head that is known at every frequency: a rigid sphere. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hrtf/pn_bake.h"
#include "hrtf/pn_bake_low.h"
#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_hrtf.h"
#include "nn/pn_safetensors.h"
#include "pn.h"
#include "support/head.h"
#include "support/metrics.h"

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0
#define RADIUS_M 0.0875
#define SPEED_M_S 343.0
#define LATE_FRAMES 60.0

enum { EARS = 2, FRAMES = 768, SIZE = 4096, MOST = 1000, TERMS = 64 };

typedef struct sphere_set {
    float dirs[MOST][3];
    float responses[MOST][EARS][FRAMES];
    uint32_t count;
} sphere_set;

/* Pressure on the sphere over the free field's, e^(+j w t): Rayleigh's series with as many terms as it takes. */
static void sphere_at(double hz, double cosine, double *re, double *im)
{
    const double z = 2.0 * PI * hz * RADIUS_M / SPEED_M_S;
    const int terms = (int)(1.2 * z) + 12;
    double h_re[TERMS + 2] = {sin(z) / z, sin(z) / (z * z) - cos(z) / z};
    double h_im[TERMS + 2] = {-cos(z) / z, -cos(z) / (z * z) - sin(z) / z};
    double legendre = 1.0, before = 0.0, sum_re = 0.0, sum_im = 0.0;
    assert_true(terms <= TERMS);
    for (int m = 1; m <= terms; m++) {
        h_re[m + 1] = (2 * m + 1) / z * h_re[m] - h_re[m - 1];
        h_im[m + 1] = (2 * m + 1) / z * h_im[m] - h_im[m - 1];
    }
    for (int m = 0; m <= terms; m++) {
        const double d_re = m / z * h_re[m] - h_re[m + 1];
        const double d_im = m / z * h_im[m] - h_im[m + 1];
        const double scale = (2 * m + 1) * legendre / (d_re * d_re + d_im * d_im);
        const double c = cos(0.5 * PI * m), s = -sin(0.5 * PI * m); /* (-i)^m / h' */
        sum_re += scale * (c * d_re + s * d_im);
        sum_im += scale * (s * d_re - c * d_im);
        const double next = ((2 * m + 1) * cosine * legendre - m * before) / (m + 1);
        before = legendre;
        legendre = next;
    }
    *re = -sum_im / (z * z); /* i times the sum, conjugated */
    *im = -sum_re / (z * z);
}

typedef struct chain {
    double high_pass_hz; /* Butterworth of order 2; 0 = none */
    double peak_db;      /* at 3 kHz, an octave wide */
    int pinna;           /* not 0: an echo that moves with the direction, and notches with it */
} chain;

static void make_response(const double *dir, size_t ear, const chain *through, float *out)
{
    static double re[SIZE], im[SIZE];
    const double cosine = ear == 0 ? -dir[0] : dir[0];
    memset(re, 0, sizeof re);
    memset(im, 0, sizeof im);
    for (size_t k = 1; k <= SIZE * 20 / 48; k++) {
        const double hz = (double)k * RATE_HZ / SIZE;
        const double roll = hz < 17000.0 ? 1.0 : 0.5 + 0.5 * cos(PI * (hz - 17000.0) / 3000.0);
        const double octaves = log2(hz / 3000.0);
        const double gain = roll * pow(10.0, through->peak_db / 20.0 * exp(-4.0 * octaves * octaves));
        const double angle = -2.0 * PI * hz / RATE_HZ * LATE_FRAMES;
        double x, y;
        sphere_at(hz, cosine, &x, &y);
        double c = gain * cos(angle), s = gain * sin(angle);
        if (through->pinna) {
            const double echo = angle / LATE_FRAMES * (9.0 + 4.0 * dir[1] + 2.0 * dir[2]);
            const double x_re = 1.0 + 0.6 * cos(echo), x_im = 0.6 * sin(echo);
            const double t = c * x_re - s * x_im;
            s = c * x_im + s * x_re;
            c = t;
        }
        if (through->high_pass_hz > 0.0) { /* -w^2 / (1 - w^2 + i sqrt 2 w) */
            const double w = hz / through->high_pass_hz;
            const double a = 1.0 - w * w, b = sqrt(2.0) * w;
            const double scale = -w * w / (a * a + b * b);
            const double t = scale * (a * c + b * s);
            s = scale * (a * s - b * c);
            c = t;
        }
        re[k] = x * c - y * s;
        im[k] = x * s + y * c;
        re[SIZE - k] = re[k];
        im[SIZE - k] = -im[k];
    }
    re[0] = through->high_pass_hz > 0.0 ? 0.0 : 1.0;
    metrics_fft(re, im, SIZE, 1);
    for (size_t i = 0; i < FRAMES; i++) {
        out[i] = (float)re[i];
    }
}

static sphere_set *make_set(uint32_t count, const chain *through)
{
    sphere_set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    set->count = count;
    for (size_t i = 0; i < count; i++) {
        double dir[3];
        pn_fibonacci_dir(i, count, dir);
        for (size_t ear = 0; ear < EARS; ear++) {
            make_response(dir, ear, through, set->responses[i][ear]);
        }
        for (size_t k = 0; k < 3; k++) {
            set->dirs[i][k] = (float)dir[k];
        }
    }
    return set;
}

typedef struct baked {
    void *memory;
    const void *file;
    size_t bytes;
    pn_head_file head;
    pn_bake_report report;
} baked;

static baked bake(const sphere_set *set, double spacing_deg, pn_bake_low low, int diffuse_field)
{
    const pn_bake_config config = {.head_dirs = &set->dirs[0][0],
                                   .responses = &set->responses[0][0][0],
                                   .count = set->count,
                                   .frames = FRAMES,
                                   .sample_rate_hz = RATE_HZ,
                                   .spacing_deg = spacing_deg,
                                   .low = low,
                                   .diffuse_field = diffuse_field};
    size_t bytes = 0;
    pn_bake *state = NULL;
    baked b = {0};
    assert_int_equal(pn_bake_size(&config, &bytes), PN_OK);
    b.memory = head_memory(bytes);
    memset(b.memory, 0xAA, bytes); /* nothing may rely on what was there */
    assert_int_equal(pn_bake_init(b.memory, bytes, &config, &state), PN_OK);
    while (pn_bake_step(state) < 1.0) {
    }
    assert_int_equal(pn_bake_get_status(state), PN_OK);
    b.file = pn_bake_get_file(state, &b.bytes);
    assert_int_equal(pn_head_file_open(b.file, b.bytes, &b.head), PN_OK);
    pn_bake_get_report(state, &b.report);
    return b;
}

/* A node's ear at a frequency, its delay included. */
static void ear_at(const baked *b, uint32_t node, uint32_t ear, double hz, double *re, double *im)
{
    const double step = -2.0 * PI * hz / RATE_HZ;
    *re = *im = 0.0;
    for (uint32_t i = 0; i < b->head.filter_taps; i++) {
        const double angle = step * ((double)i + pn_head_file_get_delay(&b->head, node, ear));
        *re += (double)pn_head_file_get_tap(&b->head, node, ear, i) * cos(angle);
        *im += (double)pn_head_file_get_tap(&b->head, node, ear, i) * sin(angle);
    }
}

static double ear_db(const baked *b, uint32_t node, uint32_t ear, double hz)
{
    double re, im;
    ear_at(b, node, ear, hz, &re, &im);
    return 10.0 * log10(re * re + im * im);
}

static double sphere_db(const sphere_set *set, uint32_t node, uint32_t ear, double hz)
{
    double re = 1.0, im = 0.0;
    if (hz > 0.0) {
        sphere_at(hz, (double)(ear == 0 ? -set->dirs[node][0] : set->dirs[node][0]), &re, &im);
    }
    return 10.0 * log10(re * re + im * im);
}

/* Interaural phase delay, us, positive where the left ear is later. */
static double phase_itd_us(const double left[2], const double right[2], double hz)
{
    const double re = left[0] * right[0] + left[1] * right[1];
    const double im = left[1] * right[0] - left[0] * right[1];
    return -1e6 * atan2(im, re) / (2.0 * PI * hz);
}

static void the_spheres_low_end_is_kuhns(void **state)
{
    (void)state;
    double re, im;
    for (double hz = 0.0; hz <= 1000.0; hz += 125.0) { /* against a series of more terms */
        for (double cosine = -1.0; cosine <= 1.0; cosine += 0.25) {
            double x = 1.0, y = 0.0;
            pn_low_sphere(hz, cosine, &re, &im);
            if (hz > 0.0) {
                sphere_at(hz, cosine, &x, &y);
            }
            assert_true(fabs(re - x) < 1e-9 && fabs(im - y) < 1e-9);
        }
    }
    double left[2], right[2];
    pn_low_sphere(50.0, -sin(0.5), &left[0], &left[1]);
    pn_low_sphere(50.0, sin(0.5), &right[0], &right[1]);
    const double kuhn_us = 1e6 * 3.0 * RADIUS_M / SPEED_M_S * sin(0.5); /* 3 a / c sin(azimuth) */
    assert_true(fabs(phase_itd_us(left, right, 50.0) - kuhn_us) < 2.0);
}

static void a_set_without_its_lowest_octave_is_carried_on_to_0_hz_with_the_delays_that_it_had(void **state)
{
    (void)state;
    const chain loudspeaker = {.high_pass_hz = 150.0};
    sphere_set *set = make_set(220, &loudspeaker);
    baked b = bake(set, 0.0, PN_BAKE_LOW_IF_NEEDED, 0);
    const double lows_hz[] = {0.0, 50.0, 100.0, 150.0, 200.0, 300.0};
    double gain_db = 0.0, worst_db = 0.0, before_db = 0.0, worst_us = 0.0;
    assert_int_equal(b.report.extended, 1);
    assert_true(b.report.low_deviation_db > 3.0);
    for (uint32_t row = 0; row < EARS * set->count; row++) { /* against the middle of the believed band */
        gain_db +=
            (ear_db(&b, row / 2, row % 2, 700.0) - sphere_db(set, row / 2, row % 2, 700.0)) / (EARS * set->count);
    }
    baked kept = bake(set, 0.0, PN_BAKE_LOW_KEEP, 0);
    for (uint32_t node = 0; node < set->count; node++) {
        for (size_t i = 0; i < sizeof lows_hz / sizeof *lows_hz; i++) {
            double ears[2][2], true_ears[2][2];
            for (uint32_t ear = 0; ear < EARS; ear++) {
                const double truth_db = gain_db + sphere_db(set, node, ear, lows_hz[i]);
                worst_db = fmax(worst_db, fabs(ear_db(&b, node, ear, lows_hz[i]) - truth_db));
                before_db = fmax(before_db, fabs(ear_db(&kept, node, ear, lows_hz[i]) - truth_db));
                ear_at(&b, node, ear, lows_hz[i], &ears[ear][0], &ears[ear][1]);
                if (lows_hz[i] > 0.0) {
                    const float x = set->dirs[node][0];
                    sphere_at(lows_hz[i], (double)(ear == 0 ? -x : x), &true_ears[ear][0], &true_ears[ear][1]);
                }
            }
            if (lows_hz[i] >= 100.0) {
                const double off =
                    phase_itd_us(ears[0], ears[1], lows_hz[i]) - phase_itd_us(true_ears[0], true_ears[1], lows_hz[i]);
                worst_us = fmax(worst_us, fabs(off));
            }
        }
    }
    print_message("0 to 300 Hz: worst %.2f dB (%.1f dB as measured); ITD worst %.0f us\n", worst_db, before_db,
                  worst_us);
    assert_true(worst_db < 1.0 && before_db > 6.0);
    assert_true(worst_us < 60.0);
    assert_int_equal(kept.report.extended, 0);
    free(b.memory);
    free(kept.memory);
    free(set);
}

static void a_set_that_has_its_lowest_octave_is_left_alone(void **state)
{
    (void)state;
    const chain none = {0};
    sphere_set *set = make_set(120, &none);
    baked b = bake(set, 0.0, PN_BAKE_LOW_IF_NEEDED, 0);
    baked kept = bake(set, 0.0, PN_BAKE_LOW_KEEP, 0);
    baked forced = bake(set, 0.0, PN_BAKE_LOW_EXTEND, 0);
    print_message("%.2f dB off\n", b.report.low_deviation_db);
    assert_int_equal(b.report.extended, 0);
    assert_int_equal(b.bytes, kept.bytes);
    assert_memory_equal(b.file, kept.file, b.bytes);
    assert_int_equal(forced.report.extended, 1);
    free(b.memory);
    free(kept.memory);
    free(forced.memory);
    free(set);
}

/* Power over the sphere and both ears at a frequency, each point of a fine grid having its nearest node's. */
static double diffuse_db(const baked *b, const double *areas, double hz)
{
    double power = 0.0;
    for (uint32_t node = 0; node < b->head.node_count; node++) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            double re, im;
            ear_at(b, node, ear, hz, &re, &im);
            power += 0.5 * areas[node] * (re * re + im * im);
        }
    }
    return 10.0 * log10(power);
}

static void an_equalised_set_is_flat_in_the_diffuse_field_and_keeps_what_differs(void **state)
{
    (void)state;
    enum { POINTS = 10000 };
    const chain ear_canal = {.peak_db = 12.0};
    sphere_set *set = make_set(220, &ear_canal);
    baked plain = bake(set, 8.0, PN_BAKE_LOW_IF_NEEDED, 0);
    baked flat = bake(set, 8.0, PN_BAKE_LOW_IF_NEEDED, 1);
    const uint32_t nodes = flat.head.node_count;
    double *dirs = calloc((size_t)nodes * 3, sizeof(double));
    double *areas = calloc(nodes, sizeof(double));
    double least[2] = {HUGE_VAL, HUGE_VAL}, most[2] = {-HUGE_VAL, -HUGE_VAL}, worst_ild = 0.0;
    assert_non_null(dirs);
    assert_non_null(areas);
    for (uint32_t node = 0; node < nodes; node++) {
        pn_head_file_get_direction(&flat.head, node, dirs + 3 * (size_t)node);
    }
    for (size_t i = 0; i < POINTS; i++) {
        double dir[3], cosine;
        pn_fibonacci_dir(i, POINTS, dir);
        areas[pn_nearest_dir(dirs, nodes, dir, &cosine)] += 1.0 / POINTS;
    }
    for (double hz = 200.0; hz <= 16000.0; hz += hz < 2000.0 ? 100.0 : 400.0) {
        const baked *both[2] = {&plain, &flat};
        for (int i = 0; i < 2; i++) {
            const double level = diffuse_db(both[i], areas, hz);
            least[i] = fmin(least[i], level);
            most[i] = fmax(most[i], level);
        }
        for (uint32_t node = 0; node < set->count; node += 7) {
            const double before = ear_db(&plain, node, 0, hz) - ear_db(&plain, node, 1, hz);
            const double after = ear_db(&flat, node, 0, hz) - ear_db(&flat, node, 1, hz);
            worst_ild = fmax(worst_ild, fabs(after - before));
        }
    }
    print_message("diffuse field: %.1f dB from least to most before, %.2f dB after; level between the ears %.2f dB\n",
                  most[0] - least[0], most[1] - least[1], worst_ild);
    assert_true(most[0] - least[0] > 8.0);
    assert_true(most[1] - least[1] < 2.0 * 0.5);
    assert_true(worst_ild < 1.0);
    assert_true(flat.report.diffuse_db > 8.0 && plain.report.diffuse_db == 0.0);
    for (uint32_t row = 0; row < EARS * nodes; row++) {
        assert_true(pn_head_file_get_delay(&flat.head, row / 2, row % 2) ==
                    pn_head_file_get_delay(&plain.head, row / 2, row % 2));
    }
    free(dirs);
    free(areas);
    free(plain.memory);
    free(flat.memory);
    free(set);
}

/* Mean LSD of a baked file's filters between its nodes, as the renderer adds them. */
static double between_lsd_db(const baked *b, double *level_error_db)
{
    enum { POINTS = 150, BINS = 256 / 2 + 1 };
    const chain pinna = {.pinna = 1};
    size_t bytes = 0;
    const pn_hrtf *set = NULL;
    double sum = 0.0;
    assert_int_equal(pn_hrtf_size(b->file, b->bytes, RATE_HZ, &bytes), PN_OK);
    void *memory = head_memory(bytes);
    assert_int_equal(pn_hrtf_init(memory, bytes, b->file, b->bytes, RATE_HZ, &set), PN_OK);
    float *pair = head_memory(pn_hrtf_pair_floats(set) * sizeof *pair);
    const double gain_db = b->report.level_db;
    *level_error_db = 0.0;
    for (size_t i = 0; i < POINTS; i++) {
        double dir[3];
        uint32_t hint = UINT32_MAX;
        pn_fibonacci_dir(i, POINTS, dir);
        const pn_vec3 at = {(float)dir[0], (float)dir[1], (float)dir[2]};
        const pn_hrtf_key key = {.ear_dirs = {at, at}, .gain = 256.0f}; /* a 256th is folded in */
        pn_hrtf_filter_at(set, &key, &hint, pair);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            float response[FRAMES];
            double x[FRAMES], wanted[BINS], got[BINS];
            make_response(dir, ear, &pinna, response);
            for (size_t n = 0; n < FRAMES; n++) {
                x[n] = (double)response[n];
            }
            metrics_power(x, 256, 256, wanted);
            for (size_t k = 0; k < BINS; k++) {
                const float *re = pair + (size_t)ear * 2 * set->bins_padded + k;
                got[k] = (double)re[0] * (double)re[0] + (double)re[set->bins_padded] * (double)re[set->bins_padded];
                wanted[k] *= pow(10.0, 0.1 * gain_db);
            }
            sum += metrics_lsd_db(wanted, got, 256, RATE_HZ, 200.0, 16000.0) / (EARS * POINTS);
            *level_error_db += fabs(10.0 * log10(metrics_band_power(got, 256, RATE_HZ, 200.0, 16000.0) /
                                                 metrics_band_power(wanted, 256, RATE_HZ, 200.0, 16000.0))) /
                               (EARS * POINTS);
        }
    }
    free(pair);
    free(memory);
    return sum;
}

static void directions_put_between_bring_those_between_closer_to_the_truth(void **state)
{
    (void)state;
    const chain pinna = {.pinna = 1};
    sphere_set *set = make_set(160, &pinna); /* 16 degrees apart */
    baked plain = bake(set, 0.0, PN_BAKE_LOW_KEEP, 0);
    baked dense = bake(set, 5.0, PN_BAKE_LOW_KEEP, 0);
    double plain_level, dense_level;
    const double before = between_lsd_db(&plain, &plain_level);
    const double after = between_lsd_db(&dense, &dense_level);
    print_message("LSD %.2f dB and level %.2f dB with %u nodes, %.2f dB and %.2f dB with %u\n", before, plain_level,
                  plain.head.node_count, after, dense_level, dense.head.node_count);
    assert_true(dense.report.between > 1000 && plain.report.between == 0);
    assert_int_equal(dense.head.node_count, dense.report.measured + dense.report.filled + dense.report.between);
    assert_true(after < 0.95 * before && dense_level < 0.6 * plain_level); /* the filters' length is 0.5 dB of it */
    for (uint32_t node = 0; node < set->count; node++) { /* what was measured stays what it was */
        for (double hz = 500.0; hz < 16000.0; hz += 500.0) {
            const double off = (ear_db(&dense, node, 0, hz) - dense.report.level_db) -
                               (ear_db(&plain, node, 0, hz) - plain.report.level_db);
            assert_true(fabs(off) < 0.5);
        }
    }
    free(plain.memory);
    free(dense.memory);
    free(set);
}

static void says(const baked *b, const char *key, const char *wanted)
{
    static pn_safetensors file;
    char text[64];
    assert_int_equal(pn_safetensors_open(b->file, b->bytes, &file), PN_OK);
    assert_true(pn_safetensors_get_metadata(&file, key, text, sizeof text) >= 0);
    assert_string_equal(text, wanted);
}

static void a_file_says_what_was_done_to_it(void **state)
{
    (void)state;
    const chain loudspeaker = {.high_pass_hz = 150.0};
    sphere_set *set = make_set(120, &loudspeaker);
    char number[16];
    baked plain = bake(set, 0.0, PN_BAKE_LOW_KEEP, 0);
    baked all = bake(set, 9.0, PN_BAKE_LOW_IF_NEEDED, 1);
    says(&plain, "measured", "120");
    says(&plain, "between", "0");
    says(&plain, "low_frequency", "as measured");
    says(&plain, "diffuse_field", "as measured");
    says(&all, "measured", "120");
    snprintf(number, sizeof number, "%u", all.report.filled);
    says(&all, "filled", number);
    snprintf(number, sizeof number, "%u", all.report.between);
    says(&all, "between", number);
    says(&all, "low_frequency", "extended below 200 Hz");
    says(&all, "diffuse_field", "equalised");
    free(plain.memory);
    free(all.memory);
    free(set);
}

static void wishes_out_of_range_are_refused(void **state)
{
    (void)state;
    const chain none = {0};
    sphere_set *set = make_set(8, &none);
    pn_bake_config config = {.head_dirs = &set->dirs[0][0],
                             .responses = &set->responses[0][0][0],
                             .count = set->count,
                             .frames = FRAMES,
                             .sample_rate_hz = RATE_HZ};
    const double wrong[] = {-5.0, 1.0, 16.0, NAN, HUGE_VAL};
    size_t bytes = 0;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config.spacing_deg = wrong[i];
        assert_int_equal(pn_bake_size(&config, &bytes), PN_ERROR_ARGUMENT);
    }
    config.spacing_deg = 0.0;
    config.low = (pn_bake_low)7;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_ERROR_ARGUMENT);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spheres_low_end_is_kuhns),
        cmocka_unit_test(a_set_without_its_lowest_octave_is_carried_on_to_0_hz_with_the_delays_that_it_had),
        cmocka_unit_test(a_set_that_has_its_lowest_octave_is_left_alone),
        cmocka_unit_test(an_equalised_set_is_flat_in_the_diffuse_field_and_keeps_what_differs),
        cmocka_unit_test(directions_put_between_bring_those_between_closer_to_the_truth),
        cmocka_unit_test(a_file_says_what_was_done_to_it),
        cmocka_unit_test(wishes_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
