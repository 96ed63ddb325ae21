/* SPDX-License-Identifier: MIT */
#include "support/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/head.h"

static const double PI = 3.14159265358979323846;

pn_engine_config rig_config(double rate_hz, uint32_t sources)
{
    pn_engine_config config = pn_engine_config_default();
    config.sample_rate_hz = rate_hz;
    config.max_sources = sources;
    config.block_frames = PN_HOP_FRAMES;
    return config;
}

rig *rig_open(const pn_hrtf *hrtf, pn_engine_config config)
{
    rig *r = head_memory(sizeof *r);
    size_t bytes = 0;
    pn_status status = pn_engine_size(&config, hrtf, &bytes);
    r->config = config;
    r->memory = head_memory(bytes);
    if (status == PN_OK) {
        status = pn_engine_init(r->memory, bytes, &config, hrtf, &r->engine);
    }
    if (status != PN_OK) {
        fprintf(stderr, "test engine: %s\n", pn_status_text(status));
        exit(2);
    }
    r->scene_bytes = sizeof *r->scene + config.max_sources * sizeof *r->source;
    r->scene = head_memory(r->scene_bytes);
    memset(r->scene, 0, r->scene_bytes);
    *r->scene = (pn_scene_header){
        .magic = PN_SCENE_MAGIC,
        .version = PN_SCENE_VERSION,
        .header_bytes = sizeof(pn_scene_header),
        .source_bytes = sizeof(pn_scene_source),
        .source_count = config.max_sources,
        .gain = 1.0f,
        .listener_world_from_head = {0.0f, 0.0f, 0.0f, 1.0f},
    };
    r->source = (pn_scene_source *)(r->scene + 1);
    for (uint32_t i = 0; i < config.max_sources; i++) {
        rig_place(r, i, (pn_vec3){0.0f, 0.0f, -1.0f});
        r->source[i].flags = 0;
    }
    r->inputs = head_memory(config.max_sources * sizeof *r->inputs);
    memset((void *)r->inputs, 0, config.max_sources * sizeof *r->inputs);
    return r;
}

void rig_free(rig *r)
{
    free(r->memory);
    free(r->scene);
    free((void *)r->inputs);
    free(r);
}

pn_scene_source *rig_place(rig *r, uint32_t slot, pn_vec3 world)
{
    r->source[slot] = (pn_scene_source){
        .flags = PN_SOURCE_ACTIVE,
        .distance_model = PN_DISTANCE_NONE,
        .position_m = {world.x, world.y, world.z},
        .gain = 1.0f,
        .world_from_source = {0.0f, 0.0f, 0.0f, 1.0f},
        .ref_distance_m = 1.0f,
        .max_distance_m = 10000.0f,
        .rolloff_factor = 1.0f,
        .cone_inner_rad = 6.2831853f,
        .cone_outer_rad = 6.2831853f,
        .stop_s = INFINITY,
    };
    return &r->source[slot];
}

void rig_play(rig *r, uint32_t slot, uint32_t number, uint32_t token, double start_s)
{
    r->source[slot].buffer = number;
    r->source[slot].play_token = token;
    r->source[slot].start_s = start_s;
}

void rig_apply(rig *r)
{
    pn_engine_apply(r->engine, r->scene, r->scene_bytes);
}

void rig_step(rig *r, float *left, float *right, size_t frames)
{
    float spare[2][PN_HOP_FRAMES];
    for (size_t done = 0; done < frames;) {
        const size_t rest = frames - done;
        const uint32_t now = rest < PN_HOP_FRAMES ? (uint32_t)rest : PN_HOP_FRAMES;
        pn_engine_process(r->engine, r->inputs, left != NULL ? left + done : spare[0],
                          right != NULL ? right + done : spare[1], now);
        for (uint32_t i = 0; i < r->config.max_sources; i++) {
            r->inputs[i] = r->inputs[i] != NULL ? r->inputs[i] + now : NULL;
        }
        done += now;
    }
}

void rig_run(rig *r, uint32_t slot, const float *x, float *left, float *right, size_t frames)
{
    memset((void *)r->inputs, 0, r->config.max_sources * sizeof *r->inputs);
    r->inputs[slot] = x;
    rig_step(r, left, right, frames);
}

pn_stats rig_stats(const rig *r)
{
    pn_stats stats;
    pn_engine_get_stats(r->engine, &stats);
    return stats;
}

float *frames_of(size_t frames)
{
    float *x = head_memory(frames * sizeof *x);
    memset(x, 0, frames * sizeof *x);
    return x;
}

void sine_fill(float *x, size_t n, double hz, double rate_hz, double peak)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)(peak * sin(2.0 * PI * hz * (double)i / rate_hz));
    }
}

double snr_db(const float *reference, const float *x, size_t n)
{
    double signal = 0.0;
    double noise = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)x[i] - (double)reference[i];
        signal += (double)reference[i] * (double)reference[i];
        noise += d * d;
    }
    return noise == 0.0 ? 300.0 : 10.0 * log10((signal + 1e-300) / noise);
}

double rms(const float *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sqrt(sum / (double)n);
}

double peak_of(const float *x, size_t n)
{
    double peak = 0.0;
    for (size_t i = 0; i < n; i++) {
        peak = fmax(peak, fabs((double)x[i]));
    }
    return peak;
}

bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            return false;
        }
    }
    return true;
}

bool all_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] != 0.0f) {
            return false;
        }
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double second_difference(const float *x, size_t i)
{
    return fabs((double)x[i + 1] - 2.0 * (double)x[i] + (double)x[i - 1]);
}

double click_db(const float *x, size_t n, const float *still, size_t still_n)
{
    double most = 0.0;
    double *size = head_memory(still_n * sizeof *size);
    for (size_t i = 1; i + 1 < n; i++) {
        most = fmax(most, second_difference(x, i));
    }
    for (size_t i = 1; i + 1 < still_n; i++) {
        size[i - 1] = second_difference(still, i);
    }
    qsort(size, still_n - 2, sizeof *size, by_size);
    const double usual = size[(size_t)(0.999 * (double)(still_n - 3))];
    free(size);
    return 20.0 * log10(most / usual);
}

/* Energy that a sine of this frequency explains. */
static double explained(const float *x, size_t n, double hz, double rate_hz)
{
    double cc = 0.0, ss = 0.0, cs = 0.0, xc = 0.0, xs = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double a = 2.0 * PI * hz * (double)i / rate_hz;
        const double c = cos(a);
        const double s = sin(a);
        cc += c * c;
        ss += s * s;
        cs += c * s;
        xc += (double)x[i] * c;
        xs += (double)x[i] * s;
    }
    const double det = cc * ss - cs * cs;
    const double p = (xc * ss - xs * cs) / det;
    const double q = (xs * cc - xc * cs) / det;
    return p * xc + q * xs;
}

double sine_hz(const float *x, size_t n, double guess_hz, double rate_hz)
{
    const double lobe = rate_hz / (double)n; /* the main lobe is twice this wide */
    double best = guess_hz;
    for (double width = 0.2 * guess_hz, step = lobe / 4.0; step > 1e-7 * guess_hz; width = step, step /= 8.0) {
        const double middle = best;
        double most = -1.0;
        for (double hz = middle - width; hz <= middle + width; hz += step) {
            const double e = explained(x, n, hz, rate_hz);
            if (e > most) {
                most = e;
                best = hz;
            }
        }
    }
    return best;
}
