/* SPDX-License-Identifier: MIT */
#include "support/soundfield.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/pn_harmonics.h"
#include "support/head.h"

static void demand(pn_status status)
{
    if (status != PN_OK) {
        fprintf(stderr, "test sound fields: %s\n", pn_status_text(status));
        exit(2);
    }
}

const pn_decoder *field_decoder(const pn_hrtf *hrtf, void **out_memory)
{
    size_t bytes = 0;
    const pn_decoder *decoder = NULL;
    demand(pn_decoder_size(hrtf, &bytes));
    *out_memory = head_memory(bytes);
    demand(pn_decoder_init(*out_memory, bytes, hrtf, &decoder));
    return decoder;
}

field_rig *field_rig_open(const pn_hrtf *hrtf, const pn_decoder *decoder, pn_engine_config config, uint32_t count)
{
    field_rig *f = head_memory(sizeof *f);
    size_t bytes = 0;
    *f = (field_rig){.r = rig_open(hrtf, config), .count = count};
    f->decoder = decoder != NULL ? decoder : field_decoder(hrtf, &f->memory[0]);
    demand(pn_soundfields_size(count, f->decoder, &bytes));
    f->memory[1] = head_memory(bytes);
    demand(pn_soundfields_init(f->memory[1], bytes, count, f->decoder, &f->fields));
    pn_soundfields_attach(f->fields, f->r->engine);
    f->inputs = head_memory((size_t)count * PN_SOUNDFIELD_CHANNELS * sizeof *f->inputs);
    memset((void *)f->inputs, 0, (size_t)count * PN_SOUNDFIELD_CHANNELS * sizeof *f->inputs);
    return f;
}

void field_rig_free(field_rig *f)
{
    rig_free(f->r);
    free(f->memory[0]);
    free(f->memory[1]);
    free((void *)f->inputs);
    free(f->planes);
    free(f);
}

pn_scene_source *field_rig_place(field_rig *f, uint32_t slot, uint32_t order)
{
    pn_scene_source *source = rig_place(f->r, slot, (pn_vec3){0.0f, 0.0f, 0.0f});
    source->flags |= PN_SOURCE_SOUNDFIELD;
    source->order = order;
    return source;
}

void field_rig_plane(field_rig *f, uint32_t slot, pn_vec3 field_dir, const float *x, size_t frames)
{
    float gains[PN_HARMONICS_CHANNELS];
    pn_harmonics_at(field_dir, gains);
    free(f->planes);
    f->planes = frames_of(frames * PN_HARMONICS_CHANNELS);
    for (uint32_t c = 0; c < PN_HARMONICS_CHANNELS; c++) {
        float *to = f->planes + c * frames;
        for (size_t n = 0; n < frames; n++) {
            to[n] = gains[c] * x[n];
        }
        f->inputs[slot * PN_SOUNDFIELD_CHANNELS + c] = to;
    }
}

void field_rig_block(field_rig *f, float *left, float *right, uint32_t frames)
{
    pn_soundfields_set_inputs(f->fields, f->inputs);
    pn_engine_process(f->r->engine, f->r->inputs, left, right, frames);
    for (uint32_t i = 0; i < f->count * PN_SOUNDFIELD_CHANNELS; i++) {
        f->inputs[i] = f->inputs[i] != NULL ? f->inputs[i] + frames : NULL;
    }
    for (uint32_t i = 0; i < f->r->config.max_sources; i++) {
        f->r->inputs[i] = f->r->inputs[i] != NULL ? f->r->inputs[i] + frames : NULL;
    }
}

void field_rig_step(field_rig *f, float *left, float *right, size_t frames)
{
    for (size_t done = 0; done < frames;) {
        const size_t rest = frames - done;
        const uint32_t now = rest < PN_HOP_FRAMES ? (uint32_t)rest : PN_HOP_FRAMES;
        field_rig_block(f, left + done, right + done, now);
        done += now;
    }
}
