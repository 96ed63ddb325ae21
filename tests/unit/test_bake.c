/* SPDX-License-Identifier: MIT */
/* The bake on a head whose answers are known: a sphere with a shadow and one reflection, measured above -45 degrees. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/pn_fft_f64.h"
#include "dsp/pn_resample.h"
#include "hrtf/pn_bake.h"
#include "hrtf/pn_bake_sphere.h"
#include "hrtf/pn_head_file.h"
#include "support/metrics.h"

#define PI 3.14159265358979323846
#define RATE_HZ 44100.0

enum { GRID = 200, FRAMES = 192, EARS = 2 };

typedef struct head_set {
    float dirs[GRID][3];
    float responses[GRID][EARS][FRAMES];
    float delays[GRID][EARS];
    double onsets[GRID][EARS]; /* true, frames at 44.1 kHz */
    uint32_t count;
} head_set;

typedef struct baked {
    void *memory;
    pn_head_file head;
    pn_bake_report report;
    const void *file;
    size_t bytes;
} baked;

/* A pulse between frames: a Gaussian, -32 dB at 16 kHz, over within 6 frames. */
static void add_pulse(float *response, double at, double amplitude)
{
    for (int i = 0; i < FRAMES; i++) {
        const double x = ((double)i - at) / 1.2;
        response[i] += (float)(amplitude * exp(-0.5 * x * x));
    }
}

static head_set *make_set(void)
{
    head_set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    for (size_t i = 0; i < GRID; i++) {
        double dir[3];
        pn_fibonacci_dir(i, GRID, dir);
        if (dir[1] < -0.7071) {
            continue;
        }
        const size_t node = set->count++;
        for (size_t k = 0; k < 3; k++) {
            set->dirs[node][k] = (float)(1.4 * dir[k]);
        }
        for (size_t ear = 0; ear < EARS; ear++) {
            const double cosine = ear == 0 ? -dir[0] : dir[0];
            const double path = cosine >= 0.0 ? -cosine : acos(cosine) - 0.5 * PI;
            const double onset = 60.0 + 11.25 * path; /* 8.75 cm at 343 m/s */
            const double gain = 0.6 + 0.4 * cosine;
            set->onsets[node][ear] = onset;
            add_pulse(set->responses[node][ear], onset, gain);
            add_pulse(set->responses[node][ear], onset + 8.0 + 3.0 * dir[1], -0.4 * gain);
        }
    }
    return set;
}

static pn_bake_config config_of(const head_set *set)
{
    return (pn_bake_config){.head_dirs = &set->dirs[0][0],
                            .responses = &set->responses[0][0][0],
                            .delays = &set->delays[0][0],
                            .count = set->count,
                            .frames = FRAMES,
                            .sample_rate_hz = RATE_HZ,
                            .low = PN_BAKE_LOW_KEEP}; /* pulses are no sphere */
}

static pn_status bake_set(const head_set *set, baked *out)
{
    const pn_bake_config config = config_of(set);
    size_t bytes = 0;
    pn_bake *bake = NULL;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_OK);
    out->memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
    assert_non_null(out->memory);
    memset(out->memory, 0xAA, bytes); /* nothing may rely on what was there */
    pn_status status = pn_bake_init(out->memory, bytes, &config, &bake);
    double before = 0.0;
    while (status == PN_OK && before < 1.0) {
        const double now = pn_bake_step(bake);
        assert_true(now >= before && now <= 1.0);
        before = now;
        status = pn_bake_get_status(bake);
    }
    if (status == PN_OK) {
        out->file = pn_bake_get_file(bake, &out->bytes);
        assert_non_null(out->file);
        assert_int_equal(pn_head_file_open(out->file, out->bytes, &out->head), PN_OK);
        pn_bake_get_report(bake, &out->report);
    }
    return status;
}

static baked bake_well(const head_set *set)
{
    baked b;
    memset(&b, 0, sizeof b);
    assert_int_equal(bake_set(set, &b), PN_OK);
    return b;
}

/* Where the file's time zero lies, from its first filter: searched, for it is the bake's own affair. */
static double find_shift(const head_set *set, const baked *b, double gain)
{
    double wanted[64];
    float got[128];
    const double delay = pn_head_file_get_delay(&b->head, 0, 0);
    double centre = set->onsets[0][0] * 48000.0 / RATE_HZ - delay - 12.0;
    double best = centre;
    pn_head_file_get_filter(&b->head, 0, 0, got);
    for (double step = 0.5; step > 0.0005; step *= 0.25) {
        double least = HUGE_VAL;
        for (int k = -24; k <= 24; k++) {
            double error = 0.0;
            pn_resample_filter_at(set->responses[0][0], FRAMES, RATE_HZ, 48000.0, delay + centre + k * step, wanted,
                                  64);
            for (size_t i = 0; i < 64; i++) {
                const double off = gain * wanted[i] - (double)got[i];
                error += off * off;
            }
            best = error < least ? centre + k * step : best;
            least = fmin(least, error);
        }
        centre = best;
    }
    return best;
}

static void a_filter_delayed_by_its_delay_is_the_measurement(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked b = bake_well(set);
    const double gain = pow(10.0, b.report.level_db / 20.0);
    const double shift = find_shift(set, &b, gain);
    double worst_db = -999.0;
    for (uint32_t node = 0; node < set->count; node++) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            double wanted[128];
            float got[128];
            const double delay = pn_head_file_get_delay(&b.head, node, ear);
            pn_resample_filter_at(set->responses[node][ear], FRAMES, RATE_HZ, 48000.0, delay + shift, wanted,
                                  b.head.filter_taps);
            pn_head_file_get_filter(&b.head, node, ear, got);
            for (size_t i = 0; i < b.head.filter_taps; i++) {
                wanted[i] *= gain;
            }
            worst_db = fmax(worst_db, metrics_esr_db(wanted, got, b.head.filter_taps));
        }
    }
    print_message("worst error %.1f dB\n", worst_db);
    assert_true(worst_db < -50.0);
    free(b.memory);
    free(set);
}

static void the_delays_are_the_true_ones(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked b = bake_well(set);
    double mean = 0.0;
    double worst = 0.0;
    for (uint32_t i = 0; i < EARS * set->count; i++) {
        mean += (pn_head_file_get_delay(&b.head, i / EARS, i % EARS) -
                 set->onsets[i / EARS][i % EARS] * 48000.0 / RATE_HZ) /
                (EARS * set->count);
    }
    for (uint32_t i = 0; i < EARS * set->count; i++) {
        const double off = pn_head_file_get_delay(&b.head, i / EARS, i % EARS) -
                           set->onsets[i / EARS][i % EARS] * 48000.0 / RATE_HZ - mean;
        worst = fmax(worst, fabs(off));
    }
    print_message("worst delay %.3f frames off\n", worst);
    assert_true(worst < 0.5); /* the moving reflection is part of what neighbours agree on */
    double largest = 0.0;
    for (uint32_t node = 0; node < set->count; node++) {
        largest = fmax(largest, (set->onsets[node][0] - set->onsets[node][1]) * 1e6 / RATE_HZ);
    }
    assert_true(fabs(b.report.itd_max_us - largest) < 1e6 / 48000.0); /* half a frame an ear */
    free(b.memory);
    free(set);
}

static void neighbours_overrule_a_false_onset(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked clean = bake_well(set);
    uint32_t spoiled = 0;
    double worst = 0.0;
    for (size_t node = 20; node < set->count; node += 40) {
        const double gain = 0.6 + 0.4 * (double)set->dirs[node][0] / 1.4;
        add_pulse(set->responses[node][1], 20.0, 0.25 * gain); /* well above a tenth, 30 frames early */
        spoiled++;
    }
    baked spoilt = bake_well(set);
    assert_true(spoilt.report.outliers >= clean.report.outliers + spoiled);
    for (uint32_t node = 20; node < set->count; node += 40) {
        const double before =
            pn_head_file_get_delay(&clean.head, node, 1) - pn_head_file_get_delay(&clean.head, node, 0);
        const double after =
            pn_head_file_get_delay(&spoilt.head, node, 1) - pn_head_file_get_delay(&spoilt.head, node, 0);
        worst = fmax(worst, fabs(before - after));
    }
    print_message("worst delay %.3f frames off\n", worst);
    assert_true(worst < 1.0);
    free(clean.memory);
    free(spoilt.memory);
    free(set);
}

static void delays_kept_apart_from_the_responses_count(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked whole = bake_well(set);
    for (size_t node = 0; node < set->count; node++) {
        for (size_t ear = 0; ear < EARS; ear++) {
            const size_t early = (node * 7 + ear * 3) % 10;
            float *response = set->responses[node][ear];
            memmove(response, response + early, (FRAMES - early) * sizeof(float));
            memset(response + FRAMES - early, 0, early * sizeof(float));
            set->delays[node][ear] = (float)early;
        }
    }
    baked apart = bake_well(set);
    double worst_delay = 0.0;
    double worst_tap = 0.0;
    for (uint32_t i = 0; i < EARS * set->count; i++) {
        const uint32_t node = i / EARS;
        const uint32_t ear = i % EARS;
        worst_delay = fmax(worst_delay, fabs(pn_head_file_get_delay(&whole.head, node, ear) -
                                             pn_head_file_get_delay(&apart.head, node, ear)));
        for (uint32_t k = 0; k < whole.head.filter_taps; k++) {
            worst_tap = fmax(worst_tap, fabs((double)pn_head_file_get_tap(&whole.head, node, ear, k) -
                                             (double)pn_head_file_get_tap(&apart.head, node, ear, k)));
        }
    }
    print_message("worst delay %.5f frames, worst tap %.5f apart\n", worst_delay, worst_tap);
    assert_true(worst_delay < 0.02); /* the onsets are found on another grid of instants */
    assert_true(worst_tap < 0.02);
    free(whole.memory);
    free(apart.memory);
    free(set);
}

static void mirroring_the_set_swaps_the_ears(void **state)
{
    (void)state;
    head_set *set = make_set();
    for (size_t node = 0; node < set->count; node++) {
        set->responses[node][0][80 + node % 7] += 0.03f; /* so that the set is not its own mirror image */
    }
    baked one = bake_well(set);
    for (size_t node = 0; node < set->count; node++) {
        float swap[FRAMES];
        set->dirs[node][0] = -set->dirs[node][0];
        memcpy(swap, set->responses[node][0], sizeof swap);
        memcpy(set->responses[node][0], set->responses[node][1], sizeof swap);
        memcpy(set->responses[node][1], swap, sizeof swap);
    }
    baked other = bake_well(set);
    for (uint32_t i = 0; i < EARS * set->count; i++) {
        const uint32_t node = i / EARS;
        const uint32_t ear = i % EARS;
        assert_true(fabs(pn_head_file_get_delay(&one.head, node, ear) -
                         pn_head_file_get_delay(&other.head, node, 1 - ear)) < 1e-3);
        for (uint32_t k = 0; k < one.head.filter_taps; k++) {
            /* the new nodes' grid is not its own mirror image, which moves the level a little */
            assert_true(fabsf(pn_head_file_get_tap(&one.head, node, ear, k) -
                              pn_head_file_get_tap(&other.head, node, 1 - ear, k)) < 5e-3f);
        }
    }
    free(one.memory);
    free(other.memory);
    free(set);
}

static void the_level_of_the_set_does_not_matter_and_a_bake_repeats(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked one = bake_well(set);
    baked again = bake_well(set);
    assert_int_equal(one.bytes, again.bytes);
    assert_memory_equal(one.file, again.file, one.bytes);
    for (size_t i = 0; i < (size_t)set->count * EARS * FRAMES; i++) {
        (&set->responses[0][0][0])[i] *= 0.125f;
    }
    baked quiet = bake_well(set);
    assert_int_equal(one.bytes, quiet.bytes);
    assert_true(fabs(quiet.report.level_db - one.report.level_db - 20.0 * log10(8.0)) < 1e-9);
    assert_memory_equal(one.file, quiet.file, one.bytes); /* a power of two: the same mantissas all the way */
    free(one.memory);
    free(again.memory);
    free(quiet.memory);
    free(set);
}

static void the_hole_below_is_filled_without_a_cliff(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked b = bake_well(set);
    double farthest = 1.0;
    double *dirs = calloc((size_t)b.head.node_count * 3, sizeof(double));
    assert_non_null(dirs);
    assert_true(b.report.filled > 10 && b.head.node_count == b.report.filled + set->count);
    assert_true(b.report.elevation_min_deg > -45.1 && b.report.elevation_min_deg < -40.0);
    assert_true(b.report.hole_deg > 40.0 && b.report.hole_deg < 50.0);
    for (uint32_t node = 0; node < b.head.node_count; node++) {
        pn_head_file_get_direction(&b.head, node, dirs + 3 * (size_t)node);
    }
    for (size_t i = 0; i < 5000; i++) {
        double dir[3];
        double cosine = 0.0;
        pn_fibonacci_dir(i, 5000, dir);
        (void)pn_nearest_dir(dirs, b.head.node_count, dir, &cosine);
        farthest = fmin(farthest, cosine);
    }
    assert_true(acos(farthest) * 180.0 / PI < 20.0);
    for (uint32_t node = set->count; node < b.head.node_count; node++) {
        const double *dir = dirs + 3 * (size_t)node;
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const double cosine = ear == 0 ? -dir[0] : dir[0];
            const double path = cosine >= 0.0 ? -cosine : acos(cosine) - 0.5 * PI;
            const double truth = (60.0 + 11.25 * path) * 48000.0 / RATE_HZ;
            const double at_zero = set->onsets[0][ear] * 48000.0 / RATE_HZ - pn_head_file_get_delay(&b.head, 0, ear);
            double energy = 0.0;
            for (uint32_t k = 0; k < b.head.filter_taps; k++) {
                const double tap = (double)pn_head_file_get_tap(&b.head, node, ear, k);
                energy += tap * tap;
            }
            /* The sphere's own delay within a frame and a half, its level within 3 dB: pulses of 1 and 0.4. */
            const double wanted = 1.16 * 1.2 * sqrt(PI) * (0.6 + 0.4 * cosine) * (0.6 + 0.4 * cosine) *
                                  pow(10.0, b.report.level_db / 10.0) * RATE_HZ / 48000.0;
            assert_true(fabs(pn_head_file_get_delay(&b.head, node, ear) + at_zero - truth) < 1.5);
            assert_true(fabs(10.0 * log10(energy / wanted)) < 3.0);
        }
    }
    free(dirs);
    free(b.memory);
    free(set);
}

static void unusable_measurements_are_left_out_and_counted(void **state)
{
    (void)state;
    head_set *set = make_set();
    memset(set->responses[5][1], 0, sizeof set->responses[5][1]);
    memcpy(set->dirs[9], set->dirs[8], sizeof set->dirs[9]);
    memset(set->dirs[11], 0, sizeof set->dirs[11]);
    baked b = bake_well(set);
    assert_int_equal(b.report.silent, 1);
    assert_int_equal(b.report.duplicates, 2);
    assert_int_equal(b.report.measured, set->count - 3);
    free(b.memory);
    free(set);
}

static void impossible_sets_are_refused_with_their_reason(void **state)
{
    (void)state;
    head_set *set = make_set();
    baked b;
    size_t bytes = 0;
    pn_bake *bake = NULL;
    pn_bake_config config = config_of(set);
    const pn_safetensors_pair own = {"format", "mine"};

    config.count = 3;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_ERROR_ARGUMENT);
    assert_int_equal(bytes, 0);
    config = config_of(set);
    config.sample_rate_hz = 4000.0;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_ERROR_SAMPLE_RATE);
    config = config_of(set);
    config.responses = NULL;
    assert_int_equal(pn_bake_size(&config, &bytes), PN_ERROR_ARGUMENT);

    config = config_of(set);
    assert_int_equal(pn_bake_size(&config, &bytes), PN_OK);
    void *memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
    assert_non_null(memory);
    assert_int_equal(pn_bake_init(memory, bytes - 1, &config, &bake), PN_ERROR_MEMORY);
    assert_null(bake);
    config.metadata = &own; /* a key of the format's own would be there twice */
    config.metadata_count = 1;
    assert_int_equal(pn_bake_init(memory, bytes, &config, &bake), PN_OK);
    while (pn_bake_step(bake) < 1.0) {
    }
    assert_int_equal(pn_bake_get_status(bake), PN_ERROR_ARGUMENT);
    assert_null(pn_bake_get_file(bake, &bytes));
    free(memory);

    set->responses[7][0][30] = NAN;
    assert_int_equal(bake_set(set, &b), PN_ERROR_FILE_VALUE);
    free(b.memory);
    set->responses[7][0][30] = 0.0f;
    for (size_t node = 0; node < set->count; node++) {
        set->delays[node][0] = (float)(node % 2) * 500.0f;
    }
    assert_int_equal(bake_set(set, &b), PN_ERROR_FILE_VALUE); /* no head delays by 11 ms from place to place */
    free(b.memory);
    for (size_t node = 0; node < set->count; node++) {
        memcpy(set->dirs[node], set->dirs[0], sizeof set->dirs[0]);
    }
    assert_int_equal(bake_set(set, &b), PN_ERROR_GEOMETRY);
    free(b.memory);
    free(set);
}

static void harmonics_are_orthonormal(void **state)
{
    (void)state;
    enum { POINTS = 20000, TERMS = PN_SH_MAX_TERMS };
    static double gram[TERMS][TERMS];
    for (size_t i = 0; i < POINTS; i++) {
        double dir[3];
        double terms[TERMS];
        pn_fibonacci_dir(i, POINTS, dir);
        pn_sh_get(dir, PN_SH_MAX_ORDER, terms);
        for (size_t a = 0; a < TERMS; a++) {
            for (size_t b = 0; b < TERMS; b++) {
                gram[a][b] += terms[a] * terms[b] * 4.0 * PI / POINTS;
            }
        }
    }
    for (size_t a = 0; a < TERMS; a++) {
        for (size_t b = 0; b < TERMS; b++) {
            assert_true(fabs(gram[a][b] - (a == b ? 1.0 : 0.0)) < 2e-3); /* the grid's own error */
        }
    }
}

static void equations_are_solved_and_indefinite_ones_refused(void **state)
{
    (void)state;
    double a[3][3] = {{4.0, 0.0, 0.0}, {2.0, 5.0, 0.0}, {-1.0, 1.0, 6.0}}; /* lower triangle */
    double b[2][3] = {{4.0 + 4.0 - 3.0, 2.0 + 10.0 + 3.0, -1.0 + 2.0 + 18.0}, {4.0, 2.0, -1.0}};
    assert_true(pn_solve_spd(&a[0][0], 3, &b[0][0], 2));
    for (size_t i = 0; i < 3; i++) {
        assert_true(fabs(b[0][i] - (double)(i + 1)) < 1e-12);
        assert_true(fabs(b[1][i] - (i == 0 ? 1.0 : 0.0)) < 1e-12);
    }
    double wrong[2][2] = {{1.0, 0.0}, {2.0, 1.0}};
    assert_false(pn_solve_spd(&wrong[0][0], 2, &b[0][0], 1));
}

static void the_transform_is_its_definition(void **state)
{
    (void)state;
    enum { SIZE = 64 };
    double tables[2 * SIZE + 8];
    double re[SIZE];
    double im[SIZE];
    double x[SIZE];
    uint64_t seed = 3;
    pn_fft_f64 plan;
    pn_arena arena = {.base = (unsigned char *)tables};
    pn_fft_f64_place(&arena, SIZE, &plan);
    for (size_t i = 0; i < SIZE; i++) {
        x[i] = re[i] = metrics_noise(&seed);
        im[i] = 0.0;
    }
    pn_fft_f64_forward(&plan, re, im);
    for (size_t k = 0; k < SIZE; k++) {
        double sum_re = 0.0;
        double sum_im = 0.0;
        for (size_t i = 0; i < SIZE; i++) {
            sum_re += x[i] * cos(2.0 * PI * (double)(i * k % SIZE) / SIZE);
            sum_im -= x[i] * sin(2.0 * PI * (double)(i * k % SIZE) / SIZE);
        }
        assert_true(fabs(re[k] - sum_re) < 1e-12 && fabs(im[k] - sum_im) < 1e-12);
    }
    pn_fft_f64_inverse(&plan, re, im);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(fabs(re[i] - x[i]) < 1e-14 && fabs(im[i]) < 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_delayed_by_its_delay_is_the_measurement),
        cmocka_unit_test(the_delays_are_the_true_ones),
        cmocka_unit_test(neighbours_overrule_a_false_onset),
        cmocka_unit_test(delays_kept_apart_from_the_responses_count),
        cmocka_unit_test(mirroring_the_set_swaps_the_ears),
        cmocka_unit_test(the_level_of_the_set_does_not_matter_and_a_bake_repeats),
        cmocka_unit_test(the_hole_below_is_filled_without_a_cliff),
        cmocka_unit_test(unusable_measurements_are_left_out_and_counted),
        cmocka_unit_test(impossible_sets_are_refused_with_their_reason),
        cmocka_unit_test(harmonics_are_orthonormal),
        cmocka_unit_test(equations_are_solved_and_indefinite_ones_refused),
        cmocka_unit_test(the_transform_is_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
