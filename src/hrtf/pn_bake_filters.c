/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "dsp/pn_resample.h"
#include "hrtf/pn_bake_diffuse.h"
#include "hrtf/pn_bake_state.h"

/* A set that is this far off below 200 Hz, rms, is carried on. */
#define LOW_DEVIATION_DB 1.0

enum { MOST_SURVEYED = 256, MOST_TRIED = 160 };

static size_t taps_beside(const pn_bake *bake, size_t row)
{
    return (size_t)(PN_BAKE_PATH_FRAMES - 2) - (size_t)ceil(bake->reach[row] - bake->shortest);
}

/* The filter of a wanted spectrum, and the power that it adds to its node. */
static void shape_filter(pn_bake *bake, size_t row, const double *re, const double *im)
{
    double taps[PN_SHAPE_MAX_TAPS];
    float *filter = bake->filters + row * PN_SHAPE_MAX_TAPS;
    const size_t count = taps_beside(bake, row);
    pn_shape_filter(&bake->shape, re, im, count, taps);
    bake->report.filter_taps = count > bake->report.filter_taps ? (uint32_t)count : bake->report.filter_taps;
    double *work_re = bake->shape.re;
    double *work_im = bake->shape.im;
    memset(work_im, 0, PN_SHAPE_SIZE * sizeof(double));
    memset(work_re, 0, PN_SHAPE_SIZE * sizeof(double));
    for (size_t i = 0; i < PN_SHAPE_MAX_TAPS; i++) {
        filter[i] = (float)taps[i];
        work_re[i] = taps[i];
    }
    pn_fft_f64_forward(&bake->shape.fft, work_re, work_im);
    size_t bins = 0;
    double power = 0.0;
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const double hz = (double)k * PN_BAKE_RATE_HZ / PN_SHAPE_SIZE;
        const double square = work_re[k] * work_re[k] + work_im[k] * work_im[k];
        bake->power[k] += bake->shares[row / 2] / (2.0 * 4.0 * PN_BAKE_PI) * square;
        if (hz >= 200.0 && hz <= 16000.0) {
            power += square;
            bins++;
        }
    }
    bake->powers[row / 2] += power / (double)bins;
}

/* The aligned spectrum of a measured ear, 2.9 ms of it. */
static void measured_spectrum(const pn_bake *bake, size_t row, double *re, double *im)
{
    const size_t measurement = bake->source[row / 2];
    const double begin = bake->delays[row] - pn_bake_given_delay(bake, measurement, row % 2) - PN_BAKE_GUARD_FRAMES;
    memset(re, 0, PN_SHAPE_SIZE * sizeof(double));
    memset(im, 0, PN_SHAPE_SIZE * sizeof(double));
    pn_resample_filter_at(pn_bake_response_of(bake, measurement, row % 2), bake->config.frames,
                          bake->config.sample_rate_hz, PN_BAKE_RATE_HZ, begin, re, PN_BAKE_WINDOW_FRAMES);
    for (size_t i = 0; i < PN_BAKE_WINDOW_FRAMES; i++) {
        const double from_end = (double)(PN_BAKE_WINDOW_FRAMES - i) - 0.5;
        const double fade =
            from_end < PN_BAKE_FADE_FRAMES ? 0.5 - 0.5 * cos(PN_BAKE_PI * from_end / PN_BAKE_FADE_FRAMES) : 1.0;
        re[i] *= bake->level * fade;
    }
    pn_fft_f64_forward(&bake->shape.fft, re, im);
}

/* Of the ear's axis and the direction. */
static double ear_cosine(const pn_bake *bake, size_t row)
{
    return row % 2 == 0 ? -bake->dirs[3 * (row / 2)] : bake->dirs[3 * (row / 2)];
}

/* A spectrum, filtered. */
static void multiply(double *re, double *im, const double *by_re, const double *by_im)
{
    for (size_t k = 0; k < PN_SHAPE_SIZE; k++) {
        const double x = re[k] * by_re[k] - im[k] * by_im[k];
        im[k] = re[k] * by_im[k] + im[k] * by_re[k];
        re[k] = x;
    }
}

size_t pn_bake_surveyed(const pn_bake *bake)
{
    return bake->measured < MOST_SURVEYED ? bake->measured : MOST_SURVEYED;
}

void pn_bake_survey_node(pn_bake *bake, size_t index)
{
    const size_t count = pn_bake_surveyed(bake);
    const size_t node = index * bake->measured / count;
    for (size_t row = 2 * node; row < 2 * node + 2; row++) {
        measured_spectrum(bake, row, bake->spectra_re, bake->spectra_im);
        pn_low_add(&bake->low, bake->spectra_re, bake->spectra_im, ear_cosine(bake, row), PN_BAKE_GUARD_FRAMES);
    }
    if (index + 1 == count) {
        bake->report.low_deviation_db = pn_low_finish(&bake->low);
        const int needed = bake->report.low_deviation_db > LOW_DEVIATION_DB;
        bake->report.extended =
            bake->config.low == PN_BAKE_LOW_EXTEND || (needed && bake->config.low == PN_BAKE_LOW_IF_NEEDED);
    }
}

void pn_bake_shape_node(pn_bake *bake, size_t node)
{
    double *re = bake->spectra_re;
    double *im = bake->spectra_im;
    bake->powers[node] = 0.0;
    for (size_t ear = 0; ear < 2; ear++) {
        const size_t row = 2 * node + ear;
        measured_spectrum(bake, row, re, im);
        if (bake->report.extended) {
            pn_low_extend(&bake->low, re, im, ear_cosine(bake, row), PN_BAKE_GUARD_FRAMES);
        }
        if (bake->report.between > 0) {
            pn_between_add(&bake->between, node, ear, re, im);
        }
        shape_filter(bake, row, re, im);
    }
    const pn_fill_set set = pn_bake_fill_set(bake);
    pn_fill_add(&bake->fill, &set, node);
}

size_t pn_bake_tried(const pn_bake *bake)
{
    const size_t most = bake->measured < MOST_TRIED ? bake->measured : MOST_TRIED;
    return bake->report.between > 0 ? most : 0;
}

void pn_bake_add_node(pn_bake *bake, size_t node)
{
    bake->powers[node] = 0.0;
    if (node < bake->measured + bake->report.filled) {
        const pn_fill_set set = pn_bake_fill_set(bake);
        pn_fill_at(&bake->fill, &set, bake->dirs + 3 * node, bake->spectra_re, bake->spectra_im);
    } else {
        pn_between_at(&bake->between, bake->dirs + 3 * node, bake->spectra_re, bake->spectra_im);
    }
    for (size_t ear = 0; ear < 2; ear++) {
        shape_filter(bake, 2 * node + ear, bake->spectra_re + ear * PN_SHAPE_SIZE,
                     bake->spectra_im + ear * PN_SHAPE_SIZE);
    }
}

void pn_bake_begin_equalising(pn_bake *bake)
{
    double least = HUGE_VAL;
    double most = -HUGE_VAL;
    pn_diffuse_inverse(&bake->shape.fft, bake->power, bake->equaliser_re, bake->equaliser_im);
    memset(bake->power, 0, PN_SHAPE_BINS * sizeof(double));
    for (size_t k = 0; k < PN_SHAPE_BINS; k++) {
        const double re = bake->equaliser_re[k];
        const double im = bake->equaliser_im[k];
        least = fmin(least, 10.0 * log10(re * re + im * im));
        most = fmax(most, 10.0 * log10(re * re + im * im));
    }
    bake->report.diffuse_db = fmax(bake->report.diffuse_db, most - least);
}

void pn_bake_equalise_node(pn_bake *bake, size_t node)
{
    bake->powers[node] = 0.0;
    for (size_t row = 2 * node; row < 2 * node + 2; row++) {
        double *re = bake->spectra_re;
        double *im = bake->spectra_im;
        memset(re, 0, PN_SHAPE_SIZE * sizeof(double));
        memset(im, 0, PN_SHAPE_SIZE * sizeof(double));
        for (size_t i = 0; i < PN_SHAPE_MAX_TAPS; i++) {
            re[i] = (double)bake->filters[row * PN_SHAPE_MAX_TAPS + i];
        }
        pn_fft_f64_forward(&bake->shape.fft, re, im);
        multiply(re, im, bake->equaliser_re, bake->equaliser_im);
        shape_filter(bake, row, re, im);
    }
}
