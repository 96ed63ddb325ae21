/* SPDX-License-Identifier: MIT */
/*
 * The committed default head: that the committed tool makes it again from Debian's measurement, and how close it comes
 * to that measurement at every measured direction. (How close the whole engine comes is another test's.)
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/pn_resample.h"
#include "hrtf/pn_head_file.h"
#include "support/metrics.h"
#include "support/sofa.h"

#ifdef PN_HAVE_MYSOFA
/* The tool itself, so that what is tested is what `npm run bake` runs. */
int bake_main(int argc, char **argv);
#define main bake_main
#include "../../models/kemar/bake.c"
#undef main
#endif

#define PI 3.14159265358979323846
#define COMMITTED PN_ROOT "/models/kemar/kemar.safetensors"

/* The window that the comparison uses: 2.9 ms from 0.17 ms before the onset, the last 0.25 ms a cosine. */
enum { RATE_HZ = 48000, SIZE = 1024, WINDOW = 139, GUARD = 8, FADE = 12, EDGE = 4, EARS2 = 2 };

/* Issue 2 wants these of the whole engine, which adds its own errors: the file may use up a part only. */
#define LSD_MEAN_MAX_DB 0.30
#define ITD_MEAN_MAX_US 4.5
#define ILD_MEAN_MAX_DB 0.20

static uint8_t *load(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *blob = calloc(1 << 20, 1);
    assert_non_null(blob);
    *bytes = fread(blob, 1, 1 << 20, file);
    assert_int_equal(fclose(file), 0);
    return blob;
}

static void baking_again_gives_the_committed_file_bit_for_bit(void **state)
{
    (void)state;
#ifdef PN_HAVE_MYSOFA
    char path[] = "/tmp/pinna-kemar-XXXXXX";
    char tool[] = "pinna-bake-kemar";
    char input[] = SOFA_KEMAR;
    char *arguments[] = {tool, input, path, NULL};
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_int_equal(bake_main(3, arguments), 0);
    size_t wanted_bytes = 0;
    size_t got_bytes = 0;
    uint8_t *wanted = load(COMMITTED, &wanted_bytes);
    uint8_t *got = load(path, &got_bytes);
    assert_int_equal(remove(path), 0);
    assert_int_equal(wanted_bytes, got_bytes);
    assert_memory_equal(wanted, got, wanted_bytes);
    free(wanted);
    free(got);
#else
    fail_msg("libmysofa-dev was not there when the tests were built");
#endif
}

/* A filter, `delay_frames` late, exactly: a phase ramp over a period so long that nothing wraps. */
static void delay_filter(const float *taps, size_t count, double delay_frames, double *out)
{
    double im[SIZE] = {0};
    memset(out, 0, SIZE * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        out[i] = (double)taps[i];
    }
    metrics_fft(out, im, SIZE, 0);
    for (size_t k = 0; k < SIZE; k++) {
        const double turns = (k < SIZE / 2 ? (double)k : (double)k - SIZE) / SIZE;
        const double c = cos(2.0 * PI * turns * delay_frames);
        const double s = -sin(2.0 * PI * turns * delay_frames);
        const double re = out[k] * c - im[k] * s;
        im[k] = k == SIZE / 2 ? 0.0 : out[k] * s + im[k] * c;
        out[k] = re;
    }
    metrics_fft(out, im, SIZE, 1);
}

/* First crossing of a tenth of the peak, between frames by the straight line. */
static double find_onset(const float *response, size_t frames)
{
    double fine[SIZE / 2];
    double peak = 0.0;
    pn_resample_filter_at(response, frames, 44100.0, RATE_HZ, 0.0, fine, SIZE / 2);
    for (size_t i = 0; i < SIZE / 2; i++) {
        peak = fmax(peak, fabs(fine[i]));
    }
    size_t at = 1;
    while (fabs(fine[at]) < 0.1 * peak) {
        at++;
    }
    return (double)at - (fabs(fine[at]) - 0.1 * peak) / (fabs(fine[at]) - fabs(fine[at - 1]));
}

/* The measured response at 48 kHz from `begin` frames on; with the window if `onset` >= 0, also in frames. */
static void measured(const float *response, size_t frames, double begin, double onset, double *out)
{
    memset(out, 0, SIZE * sizeof(double));
    pn_resample_filter_at(response, frames, 44100.0, RATE_HZ, begin, out, SIZE / 2);
    for (size_t i = 0; i < SIZE / 2 && onset >= 0.0; i++) {
        const double at = begin + (double)i - (onset - GUARD);
        const double from_end = WINDOW - at;
        const double rise = at < EDGE ? 0.5 - 0.5 * cos(PI * at / EDGE) : 1.0;
        const double fall = from_end < FADE ? 0.5 - 0.5 * cos(PI * from_end / FADE) : 1.0;
        out[i] *= at < 0.0 || from_end < 0.0 ? 0.0 : rise * fall;
    }
}

typedef struct figures {
    double *lsd; /* [count][2] */
    double *itd_us;
    double *ild;
    size_t count;
} figures;

static void compare(double wanted[EARS2][SIZE], double got[EARS2][SIZE], size_t node, figures *out)
{
    static double a[EARS2][SIZE / 2 + 1];
    static double b[EARS2][SIZE / 2 + 1];
    for (size_t ear = 0; ear < EARS2; ear++) {
        metrics_power(wanted[ear], SIZE, SIZE, a[ear]);
        metrics_power(got[ear], SIZE, SIZE, b[ear]);
        out->lsd[2 * node + ear] = metrics_lsd_db(a[ear], b[ear], SIZE, RATE_HZ, 200.0, 16000.0);
    }
    out->itd_us[node] =
        1e6 * fabs(metrics_itd_s(wanted[0], wanted[1], SIZE, RATE_HZ) - metrics_itd_s(got[0], got[1], SIZE, RATE_HZ));
    out->ild[node] = fabs(metrics_ild_db(a[0], a[1], SIZE, RATE_HZ, 200.0, 16000.0) -
                          metrics_ild_db(b[0], b[1], SIZE, RATE_HZ, 200.0, 16000.0));
}

static figures new_figures(size_t count)
{
    const figures f = {.lsd = calloc(2 * count, sizeof(double)),
                       .itd_us = calloc(count, sizeof(double)),
                       .ild = calloc(count, sizeof(double)),
                       .count = count};
    assert_true(f.lsd != NULL && f.itd_us != NULL && f.ild != NULL);
    return f;
}

static void print_figures(const char *against, const figures *f, const sofa_set *set, metrics_summary out[3])
{
    double *scratch = calloc(2 * f->count, sizeof(double));
    assert_non_null(scratch);
    out[0] = metrics_summarise(f->lsd, 2 * f->count, scratch);
    out[1] = metrics_summarise(f->itd_us, f->count, scratch);
    out[2] = metrics_summarise(f->ild, f->count, scratch);
    free(scratch);
    print_message("against the %s: LSD %.3f dB (p95 %.2f, worst %.2f), ITD %.2f us (p95 %.1f, worst %.1f), "
                  "ILD %.3f dB (worst %.2f)\n",
                  against, out[0].mean, out[0].p95, out[0].worst, out[1].mean, out[1].p95, out[1].worst, out[2].mean,
                  out[2].worst);
    const double *lsd_at = set->angles + 2 * (out[0].worst_at / 2);
    const double *itd_at = set->angles + 2 * out[1].worst_at;
    const double *ild_at = set->angles + 2 * out[2].worst_at;
    print_message("    worst at azimuth, elevation: LSD %.0f, %.0f (%s ear); ITD %.0f, %.0f; ILD %.0f, %.0f\n",
                  lsd_at[0], lsd_at[1], out[0].worst_at % 2 == 0 ? "left" : "right", itd_at[0], itd_at[1], ild_at[0],
                  ild_at[1]);
}

static void free_figures(figures *f)
{
    free(f->lsd);
    free(f->itd_us);
    free(f->ild);
}

static uint32_t nearest_node(const pn_head_file *head, const double *dir, double *cosine)
{
    uint32_t nearest = 0;
    *cosine = -2.0;
    for (uint32_t i = 0; i < head->node_count; i++) {
        double d[3];
        pn_head_file_get_direction(head, i, d);
        const double c = d[0] * dir[0] + d[1] * dir[1] + d[2] * dir[2];
        nearest = c > *cosine ? i : nearest;
        *cosine = fmax(*cosine, c);
    }
    return nearest;
}

static void every_measured_direction_comes_back(void **state)
{
    (void)state;
    sofa_set set;
    const char *problem = sofa_open(&set, SOFA_KEMAR);
    if (problem != NULL) {
        fail_msg("%s: %s", SOFA_KEMAR, problem);
    }
    size_t bytes = 0;
    uint8_t *blob = load(COMMITTED, &bytes);
    pn_head_file head;
    assert_int_equal(pn_head_file_open(blob, bytes, &head), PN_OK);
    float *taps = calloc(head.filter_taps, sizeof(float));
    float *response = calloc(set.frames, sizeof(float));
    double *onsets = calloc(2 * set.count, sizeof(double));
    double *lags = calloc(2 * set.count, sizeof(double));
    uint32_t *nodes = calloc(set.count, sizeof(uint32_t));
    assert_true(taps != NULL && response != NULL && onsets != NULL && lags != NULL && nodes != NULL);
    assert_int_equal(set.count, 710);

    /* The file's time zero is the set's earliest onset: one lag for all, the median of onset less delay and guard. */
    for (size_t i = 0; i < 2 * set.count; i++) {
        double cosine = 0.0;
        for (size_t k = 0; k < set.frames; k++) {
            response[k] = (float)set.responses[i * set.frames + k];
        }
        onsets[i] = find_onset(response, set.frames);
        nodes[i / 2] = nearest_node(&head, set.head_dirs + 3 * (i / 2), &cosine);
        assert_true(cosine > 1.0 - 1e-9);
        lags[i] = onsets[i] - GUARD - pn_head_file_get_delay(&head, nodes[i / 2], (uint32_t)(i % 2));
    }
    metrics_sort(lags, 2 * set.count);
    const double lag = lags[set.count];
    const double slack = floor(lag) - 4.0; /* the comparison's time zero, a whole frame before anything happens */

    typedef double both_ears[EARS2][SIZE];
    both_ears *got = calloc(set.count, sizeof(both_ears));
    both_ears *wanted = calloc(set.count, sizeof(both_ears));
    both_ears *unwindowed = calloc(set.count, sizeof(both_ears));
    assert_true(got != NULL && wanted != NULL && unwindowed != NULL);
    double along = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < 2 * set.count; i++) {
        const uint32_t ear = (uint32_t)(i % 2);
        double *one = got[i / 2][ear];
        pn_head_file_get_filter(&head, nodes[i / 2], ear, taps);
        delay_filter(taps, head.filter_taps, pn_head_file_get_delay(&head, nodes[i / 2], ear) + lag - slack, one);
        for (size_t k = 0; k < set.frames; k++) {
            response[k] = (float)set.responses[i * set.frames + k];
        }
        measured(response, set.frames, slack, onsets[i], wanted[i / 2][ear]);
        measured(response, set.frames, slack, -1.0, unwindowed[i / 2][ear]);
        for (size_t k = 0; k < SIZE; k++) {
            along += one[k] * wanted[i / 2][ear][k];
            square += one[k] * one[k];
        }
    }
    /* The level is one gain for the whole set: the one that brings all responses closest. */
    figures windowed = new_figures(set.count);
    figures whole = new_figures(set.count);
    for (size_t i = 0; i < set.count; i++) {
        for (size_t k = 0; k < (size_t)EARS2 * SIZE; k++) {
            got[i][k / SIZE][k % SIZE] *= along / square;
        }
        compare(wanted[i], got[i], i, &windowed);
        compare(unwindowed[i], got[i], i, &whole);
    }
    metrics_summary results[3];
    print_figures("windowed measurement", &windowed, &set, results);
    assert_true(results[0].mean <= LSD_MEAN_MAX_DB);
    assert_true(results[1].mean <= ITD_MEAN_MAX_US);
    assert_true(results[2].mean <= ILD_MEAN_MAX_DB);
    print_figures("whole measurement", &whole, &set, results);
    free_figures(&windowed);
    free_figures(&whole);
    free(got);
    free(wanted);
    free(unwindowed);
    free(taps);
    free(response);
    free(onsets);
    free(lags);
    free(nodes);
    free(blob);
    sofa_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(baking_again_gives_the_committed_file_bit_for_bit),
        cmocka_unit_test(every_measured_direction_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
