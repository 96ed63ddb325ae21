/* SPDX-License-Identifier: MIT */
/**
 * An engine with sound fields, as rig has one with sources.
 *
 *     field_rig *f = field_rig_open(head.set, NULL, rig_config(48000.0, 2), 1);
 *     field_rig_place(f, 0, 3);
 *     rig_apply(f->r);
 *     field_rig_plane(f, 0, dir, x);            slot 0 is a plane wave x from dir
 *     field_rig_step(f, left, right, FRAMES);
 */
#ifndef PN_TEST_SOUNDFIELD_H
#define PN_TEST_SOUNDFIELD_H

#include "support/render.h"

typedef struct field_rig {
    rig *r;
    pn_soundfields *fields;
    const pn_decoder *decoder;
    uint32_t count;
    const float **inputs; /* [count][PN_SOUNDFIELD_CHANNELS], as the next step reads them; NULL at first */
    float *planes;        /* what field_rig_plane made */
    void *memory[2];
} field_rig;

/** The first `count` slots may be fields. @param decoder  of the head; NULL = one of its own. Ends the program if
    anything is refused. */
field_rig *field_rig_open(const pn_hrtf *hrtf, const pn_decoder *decoder, pn_engine_config config, uint32_t count);
void field_rig_free(field_rig *f);

/** Makes a decoder in memory of its own, for the caller to free. */
const pn_decoder *field_decoder(const pn_hrtf *hrtf, void **out_memory);

/** A slot becomes an active field of gain 1, not turned. */
pn_scene_source *field_rig_place(field_rig *f, uint32_t slot, uint32_t order);

/** Encodes a plane wave into memory of the rig's, one at a time, and makes it the slot's input. */
void field_rig_plane(field_rig *f, uint32_t slot, pn_vec3 field_dir, const float *x, size_t frames);

/** Renders in blocks of a hop, advancing the inputs. */
void field_rig_step(field_rig *f, float *left, float *right, size_t frames);

/** Renders one block of any length, advancing the inputs. */
void field_rig_block(field_rig *f, float *left, float *right, uint32_t frames);

#endif
