/* SPDX-License-Identifier: MIT */
/**
 * What pinna-linn.wasm has beside pinna.wasm's exports: the dense LINN, live in the engine and as published.
 *
 * Live: pinna_boot, then pinna_linn_load, then pinna_linn_form at any time.
 * Offline (no boot): pinna_talker_open, write the rows, then per block write the input, pinna_talker_process, read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "nn/pn_dense.h"
#include "nn/pn_nn_dense.h"
#include "nn/pn_warp.h"
#include "render/pn_linn_ibc.h"
#include "render/pn_linn_talker.h"
#include "wasm/host.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

enum { TALKER_FRAMES = 1024 };

static struct {
    pn_linn *linn;
    pn_linn_talker *talker;
    double *rows;
    uint32_t row_count;
    float x[TALKER_FRAMES];
    float ears[2 * TALKER_FRAMES];
} linn;

/**
 * Whether the network's arithmetic is right on this machine: a dense layer of many points against double precision.
 * Fused products differ in the last bits, so that there is no one answer to hash as in selftest.h.
 */
EXPORT(pinna_linn_selftest) int pinna_linn_selftest(void)
{
    enum { IN = 19, OUT = 21, POINTS = 12 };
    static float weight[OUT][IN];
    static float packed[2 * PN_NN_PANEL * (IN + 1)];
    static float x[IN][POINTS];
    static float y[OUT][POINTS];
    uint32_t seed = 1;
    for (int i = 0; i < OUT * IN + IN * POINTS; i++) {
        seed = seed * 1664525u + 1013904223u;
        float *to = i < OUT * IN ? &weight[0][0] + i : &x[0][0] + (i - OUT * IN);
        *to = (float)((int32_t)(seed >> 16) - 32768) * (1.0f / 32768.0f);
    }
    pn_nn_dense_pack(IN, OUT, weight, NULL, packed);
    pn_nn_dense_points(packed, IN, OUT, PN_NN_LINEAR, &x[0][0], POINTS, POINTS, &y[0][0], POINTS);
    for (int o = 0; o < OUT; o++) {
        for (int p = 0; p < POINTS; p++) {
            double sum = 0.0;
            for (int i = 0; i < IN; i++) {
                sum += (double)weight[o][i] * (double)x[i][p];
            }
            const double error = sum - (double)y[o][p];
            if (!(error < 1e-5 && error > -1e-5)) {
                return 0;
            }
        }
    }
    return 1;
}

static pn_status load_model(const void *blob, uint32_t blob_bytes, double sample_rate_hz, const pn_dense **out)
{
    size_t bytes = 0;
    const pn_status status = pn_dense_size(blob, blob_bytes, sample_rate_hz, &bytes);
    if (status != PN_OK) {
        return status;
    }
    return pn_dense_init(host_take(bytes), bytes, blob, blob_bytes, sample_rate_hz, out);
}

/**
 * Loads a dense model for the engine, off; once, after pinna_boot. The blob may be freed afterwards.
 * @return a pn_status; ARGUMENT if there is no engine, or there is a model
 */
EXPORT(pinna_linn_load) int pinna_linn_load(const void *blob, uint32_t blob_bytes, double sample_rate_hz)
{
    size_t bytes = 0;
    const pn_dense *model = NULL;
    if (host_engine() == NULL || linn.linn != NULL) {
        return PN_ERROR_ARGUMENT;
    }
    pn_status status = load_model(blob, blob_bytes, sample_rate_hz, &model);
    if (status == PN_OK) {
        status = pn_linn_size(model, host_head(), &bytes);
    }
    if (status == PN_OK) {
        status = pn_linn_init(host_take(bytes), bytes, model, host_head(), &linn.linn);
    }
    if (status == PN_OK) {
        pn_linn_attach(linn.linn, host_engine());
    }
    return status;
}

/** @param form  a pn_linn_form; nothing happens without a model */
EXPORT(pinna_linn_form) void pinna_linn_form(int form)
{
    if (linn.linn != NULL) {
        pn_linn_set_form(linn.linn, (pn_linn_form)form);
    }
}

/**
 * Begins a recording at 48 kHz with a model; once.
 *
 * @param row_count  rows of the recording, 1 or more: write [row_count][7] doubles at pinna_talker_rows
 * @return a pn_status
 */
EXPORT(pinna_talker_open) int pinna_talker_open(const void *blob, uint32_t blob_bytes, uint32_t row_count)
{
    size_t bytes = 0;
    const pn_dense *model = NULL;
    if (row_count == 0 || linn.talker != NULL) {
        return PN_ERROR_ARGUMENT;
    }
    pn_status status = load_model(blob, blob_bytes, PN_WARP_RATE_HZ, &model);
    if (status == PN_OK) {
        status = pn_linn_talker_size(model, &bytes);
    }
    if (status == PN_OK) {
        status = pn_linn_talker_init(host_take(bytes), bytes, model, &linn.talker);
    }
    if (status == PN_OK) {
        linn.rows = host_take((size_t)row_count * PN_WARP_ROW * sizeof(double));
        linn.row_count = row_count;
        status = linn.rows != NULL ? PN_OK : PN_ERROR_MEMORY;
    }
    return status;
}

EXPORT(pinna_talker_rows) double *pinna_talker_rows(void)
{
    return linn.rows;
}

/** [1024] floats. */
EXPORT(pinna_talker_input) float *pinna_talker_input(void)
{
    return linn.x;
}

/** [2][1024] floats: left, right. */
EXPORT(pinna_talker_output) float *pinna_talker_output(void)
{
    return linn.ears;
}

/** Frames by which the output is late. */
EXPORT(pinna_talker_latency) uint32_t pinna_talker_latency(void)
{
    return PN_LINN_IBC_LATENCY;
}

/** Renders 1024 frames. */
EXPORT(pinna_talker_process) void pinna_talker_process(void)
{
    pn_linn_talker_process(linn.talker, linn.rows, linn.row_count, linn.x, linn.ears, linn.ears + TALKER_FRAMES, NULL,
                           TALKER_FRAMES);
}
