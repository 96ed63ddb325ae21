/* SPDX-License-Identifier: MIT */
/**
 * A head, ready to render: for any direction, the spectra of both ears' filters. Measured nodes, or a network that has
 * learned them (pn_hrtf_field.h): whoever renders need not know which.
 *
 * Method   at load, the onset-aligned filters of the baked file are resampled to the engine's rate and transformed; at
 *          run time the three neighbours' spectra are added with their weights, and the delays, interpolated with the
 *          same weights, are put back as a phase ramp: H = g (sum w_j A_j) e^(-j w tau)
 *          [time alignment: Brinkmann & Weinzierl 2018; Arend, Brinkmann, Poerschmann 2021].
 *          Interpolating aligned filters and delays apart is what keeps notches from combing between nodes.
 * Layout   a filter pair is [ear][re, im][bins_padded] floats, left ear first, 1/fft_frames folded in. The tables
 *          follow the struct in one block of memory and are found by their distance from it, so that a loaded head can
 *          be copied to another place: a head built on one thread is used on another.
 */
#ifndef PN_HRTF_H
#define PN_HRTF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_rt.h"
#include "hrtf/pn_triangulation.h"
#include "math/pn_space.h"

enum {
    PN_HRTF_MOST_BASES = 16,
    PN_HRTF_BASIS_LEAD = 2 /* frames that basis filters come early: what the bulk tier's delay looks ahead */
};

typedef struct pn_hrtf {
    double sample_rate_hz;
    uint32_t bytes;        /* of the whole block, this struct included */
    uint32_t node_count;
    uint32_t fft_frames;   /* 256 at 48 kHz: a hop and the longest filter, less one */
    uint32_t bins_padded;  /* fft_frames / 2 + 1, rounded up to whole vectors; the padding is zero */
    uint32_t spectra_at;   /* bytes from this struct: [node][ear][re, im][bins_padded] */
    uint32_t delays_at;    /* [node][ear] frames */
    uint32_t diotic_at;    /* [re, im][bins_padded]: the mean over the sphere and both ears */
    uint32_t triangles_at; /* [pn_triangulation_count(node_count)] */
    uint32_t basis_count;  /* 0 = the set has none; a multiple of 4, 16 at most */
    uint32_t basis_at;     /* [basis][re, im][bins_padded] */
    uint32_t mixes_at;     /* [node][ear][basis] what a node's filters are mixed of */
    float diotic_delay;    /* frames: the mean, likewise */
    float distance_m;      /* at which the set was measured */
    uint32_t field_at;     /* 0 = nodes, else a pn_hrtf_field.h: no spectra, delays, diotic, triangles, mixes */
    float nearest_m;       /* of the distances that a field tells apart; both 0 = it tells none apart */
    float ahead_frames;    /* that delays hold more than the model's, so that none is negative; 0 for measured heads */
    float farthest_m;
} pn_hrtf;

/** Whether the set itself hears how far a source is, and how it is turned. */
static inline bool pn_hrtf_is_field(const pn_hrtf *set)
{
    return set->field_at != 0;
}

/** Where a source is, as far as its filter is concerned. Two equal keys give equal filters. */
typedef struct pn_hrtf_key {
    pn_vec3 ear_dirs[2]; /* unit length, head space: where each ear sees it; the same for both, if it is not near */
    float gain;          /* linear */
    float nearness;      /* 0 = the direction's own filters, 1 = the diotic mean, for a source inside the head */
    float distance_m;    /* to the head's centre; this and what follows count for fields only, and are else 0 */
    pn_vec3 facing;      /* unit axis along which the source emits, head space */
} pn_hrtf_key;

/** Floats in a filter pair. */
static inline uint32_t pn_hrtf_pair_floats(const pn_hrtf *set)
{
    return 4 * set->bins_padded;
}

/**
 * Both ears' filters for a key.
 *
 * @param[in,out] hint  the triangle to start from; see pn_triangulation_find
 * @param[out]    pair  [pn_hrtf_pair_floats]
 * Thread [audio]  Realtime yes: 8 multiply-adds a bin and ear for the nodes, 6 for the ramp
 */
void pn_hrtf_filter_at(const pn_hrtf *set, const pn_hrtf_key *key, uint32_t *hint, float *pair) PN_RT;

/** Both ears as gains of basis filters after a delay. */
typedef struct pn_hrtf_mix {
    float gain[2][PN_HRTF_MOST_BASES]; /* linear; those beyond basis_count are not read */
    float delay[2];                    /* frames */
} pn_hrtf_mix;

/**
 * The mixture for a key. As pn_hrtf_filter_at, for the bulk tier; nearness acts on the delays alone.
 * Thread [audio]  Realtime yes: 3 multiply-adds a basis and ear
 */
void pn_hrtf_mix_at(const pn_hrtf *set, const pn_hrtf_key *key, uint32_t *hint, pn_hrtf_mix *mix) PN_RT;

/** A basis filter's spectrum over pn_short_delay.h's mean response: [re, im][bins_padded]. [audio] Realtime yes. */
const float *pn_hrtf_basis(const pn_hrtf *set, uint32_t basis) PN_RT;

#endif
