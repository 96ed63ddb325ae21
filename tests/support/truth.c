/* SPDX-License-Identifier: MIT */
#include "support/truth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact/pn_exact_sinc.h"
#include "support/head.h"

static void demand(pn_status status, const char *what)
{
    if (status != PN_OK) {
        fprintf(stderr, "truth: %s: %s\n", what, pn_status_text(status));
        exit(2);
    }
}

truth truth_open(const void *blob, size_t bytes, double sample_rate_hz)
{
    truth t = {0};
    size_t needed = 0;
    demand(pn_exact_head_size(blob, bytes, sample_rate_hz, &needed), "the head is refused");
    t.memory = head_memory(needed);
    demand(pn_exact_head_init(t.memory, needed, blob, bytes, sample_rate_hz, &t.head), "the head");
    return t;
}

void truth_close(truth *t)
{
    free(t->memory);
    memset(t, 0, sizeof *t);
}

void truth_render_scene(const truth *t, const pn_exact_scene *scene, size_t frames, double *ears)
{
    size_t needed = 0;
    pn_exact *exact = NULL;
    demand(pn_exact_size(scene, t->head, &needed), "the scene is refused");
    void *memory = head_memory(needed);
    demand(pn_exact_init(memory, needed, scene, t->head, &exact), "the scene");
    pn_exact_render(exact, ears, ears + frames, (uint32_t)frames);
    free(memory);
}

void truth_render(const truth *t, const float *x, size_t frames, pn_exact_path *path, const void *state, double *ears)
{
    pn_exact_source source = pn_exact_source_default();
    pn_exact_scene scene = pn_exact_scene_default();
    source.samples = x;
    source.frames = (uint32_t)frames;
    source.sample_rate_hz = t->head->sample_rate_hz;
    source.distance_model = PN_DISTANCE_NONE;
    source.motion = (pn_exact_motion){.path = path, .state = state};
    scene.sources = &source;
    scene.source_count = 1;
    truth_render_scene(t, &scene, frames, ears);
}

double truth_read(const truth *t, const float *x, size_t frames, double position)
{
    return pn_exact_sinc_read(&t->head->sinc, x, frames, false, position, 1.0);
}

double *truth_resampler(size_t frames, double from_hz, double to_hz, size_t out_frames)
{
    const double cutoff = to_hz < from_hz ? to_hz / from_hz : 1.0; /* of the input's Nyquist frequency */
    double *rows = calloc(out_frames * frames, sizeof *rows);
    pn_arena arena = {0};
    pn_exact_sinc_place(&arena);
    arena = (pn_arena){.base = head_memory(arena.peak)};
    const pn_exact_sinc sinc = pn_exact_sinc_place(&arena);
    for (size_t n = 0; n < out_frames; n++) {
        for (size_t k = 0; k < frames; k++) {
            const double away = (double)n * from_hz / to_hz - (double)k;
            rows[n * frames + k] = pn_exact_sinc_at(&sinc, away, cutoff, PN_EXACT_SINC_HALF);
        }
    }
    free(arena.base);
    return rows;
}

void truth_resample(const double *resampler, const double *in, size_t frames, double *out, size_t out_frames)
{
    for (size_t n = 0; n < out_frames; n++) {
        out[n] = pn_exact_inner(resampler + n * frames, in, 1, frames);
    }
}
