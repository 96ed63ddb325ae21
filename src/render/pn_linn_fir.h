/* SPDX-License-Identifier: MIT */
/**
 * Form B of LINN: the network's gain as a delay and a short filter for each ear, for the exact tier.
 *
 * Method   the network is asked at the bins of a 5.3 ms transform, once every four hops, for the pose that the source
 *          will have four hops on if it keeps its speed. Each ear's gain is transformed back, turned by 8 samples of
 *          room for what comes before the warp's reading, windowed (64 taps, half-Hann over the first 4, and 12 more
 *          over which it falls) and made tight against leaks (hrtf/pn_refit.h); the spectrum is that of these taps. A
 *          gain that is late itself (the slope of its phase, from the angle of sum G(k+1) conj G(k), is negative or
 *          beyond 24 samples) has that taken out as a delay first. A gain's centre lies 5 to 20 samples behind its
 *          onset: taking out all of it, as for a symmetrical response, cut the onset off, and left 1.4 dB of KEMAR's
 *          far ear. Hop by hop spectra and taken-out delays move straight to the next, and the warp's own delays join
 *          them as a phase ramp. Sample counts are those at 48 kHz; they grow with the rate.
 * Latency  none added, if the model's offset_s leaves room for the 8 samples: else pn_linn_fir_lead.
 * Cost     per source and 512 frames: 129 x 16,704 multiply-adds, two transforms of 256; per hop two ramps.
 */
#ifndef PN_LINN_FIR_H
#define PN_LINN_FIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"
#include "dsp/pn_fft.h"
#include "nn/pn_dense.h"
#include "render/pn_guest.h"
#include "render/pn_linn_track.h"

/** What all sources of a thread share. */
typedef struct pn_linn_fir_plan {
    const pn_dense *model;
    uint32_t fft_frames; /* of the exact tier */
    uint32_t bins_padded;
    uint32_t taps;
    uint32_t early; /* taps before the peak */
    double lead;    /* frames that all sources are late */
    pn_fft4 *back;  /* of the network's grid */
    pn_fft4 *forth; /* of the exact tier's */
    float *shape;        /* [taps][taps] the window, and what keeps delays from leaking */
    float *gain;    /* [ear][re, im][stride] scratch, as are the rest */
    pn_f32x4 *time;
    pn_f32x4 *spectrum;
    float *network;
} pn_linn_fir_plan;

/** @param[out] plan  may be NULL only when counting. [init] Realtime no. */
void pn_linn_fir_plan_place(pn_arena *arena, pn_linn_fir_plan *plan, const pn_dense *model, uint32_t fft_frames,
                            uint32_t bins_padded);

/** Frames by which filters of this model must be late, so that none begins before its sound. [any] Realtime yes. */
double pn_linn_fir_lead(const pn_dense *model) PN_RT;

/** One source. */
typedef struct pn_linn_fir {
    pn_linn_track track;
    float *spectrum[2];     /* [ear][re, im][bins_padded] without delays: at the last tick, and at the next */
    double taken_out[2][2]; /* [tick][ear] frames */
    pn_warp_pose asked;     /* what spectrum[1] is for */
    uint32_t span;          /* hops between these ticks */
    uint32_t done;          /* of these */
    bool steady;            /* both spectra are the same */
    double built_delay[2];  /* of the last pair */
    float built_gain;
    bool built_coloured;
} pn_linn_fir;

/** @param[out] fir  may be NULL only when counting. [init] Realtime no. */
void pn_linn_fir_place(pn_arena *arena, pn_linn_fir *fir, uint32_t bins_padded);

/**
 * Begins with a source, and makes the pair for the hop's start.
 *
 * @param      first_span  hops to the first tick, 1 to 4: sources that begin together are asked in turn
 * @param[out] pair        as pn_hrtf.h has it
 * Thread [audio]  Realtime yes
 */
void pn_linn_fir_begin(pn_linn_fir *fir, pn_linn_fir_plan *plan, const pn_guest_hop *hop, uint32_t first_span,
                       float *pair) PN_RT;

/** The pair for the hop's end. @return false = the last one still holds, and nothing was written. [audio] */
bool pn_linn_fir_hop(pn_linn_fir *fir, pn_linn_fir_plan *plan, const pn_guest_hop *hop, float *pair) PN_RT;

#endif
