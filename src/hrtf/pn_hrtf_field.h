/* SPDX-License-Identifier: MIT */
/**
 * A head that is a network: LINN-F (nn/pn_field.h) in the place of measured nodes.
 *
 * Method   the network says, for a source's direction, distance and facing, what each ear's filter is mixed of and what
 *          to add to the delay that geometry gives: (|r d - ear| - r) / c. The shared filters' spectra lie in the block
 *          of pn_hrtf.h, once as the exact tier wants them and once as the bulk tier does.
 * Bounds   distances are held to those that the network knows; delays to those that the renderer's transform holds.
 */
#ifndef PN_HRTF_FIELD_H
#define PN_HRTF_FIELD_H

#include <stdint.h>

#include "base/pn_rt.h"
#include "hrtf/pn_hrtf.h"
#include "nn/pn_field.h"

/** Follows pn_hrtf in its block. */
typedef struct pn_hrtf_field {
    pn_field_shape shape;
    pn_vec3 ear_m[2];    /* left, right */
    float offset_s;
    float most_delay;    /* frames */
    uint32_t weights_at; /* bytes from the pn_hrtf: pn_field_floats */
    uint32_t spectra_at; /* [basis][re, im][bins_padded] for the exact tier */
    pn_hrtf_mix diotic;  /* the mean over the sphere and both ears, for a source inside the head: ear 0 is both */
} pn_hrtf_field;

/** See pn_hrtf_filter_at. */
void pn_hrtf_field_filter_at(const pn_hrtf *set, const pn_hrtf_key *key, float *pair) PN_RT;

/** See pn_hrtf_mix_at. */
void pn_hrtf_field_mix_at(const pn_hrtf *set, const pn_hrtf_key *key, pn_hrtf_mix *mix) PN_RT;

/**
 * Frames that the smallest of its delays is below zero, rounded up; 0 where it is less than one, which is cut off.
 *
 * A model of a talker may put an ear nearer than the middle of the head by more than its offset.
 * Thread [init]
 */
float pn_hrtf_field_lack(const pn_hrtf *set, const pn_hrtf_field *field);

/** Fills the mean in a field that is complete but for it. [init] */
void pn_hrtf_field_fill_mean(const pn_hrtf *set, pn_hrtf_field *field);

#endif
