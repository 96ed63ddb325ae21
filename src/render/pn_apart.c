/* SPDX-License-Identifier: MIT */
#include "render/pn_apart.h"

#include <stdbool.h>

#include "base/pn_hop.h"
#include "dsp/pn_velvet.h"
#include "render/pn_tier1.h"
#include "simd/pn_array.h"

enum { EARS = 2, PARTS = 2, ENDS = 2 };

struct pn_apart {
    pn_tier1 *tier1;
    pn_velvet velvet[EARS];
    pn_tier1_voice voice[PN_TIER1_LANES];
    uint32_t waiting; /* voices, until four share a transform */
    uint32_t tail;    /* frames until the decorrelators are empty */
    bool any;
    float *pairs;    /* [most][two filter pairs] */
    uint32_t floats; /* of two filter pairs */
    uint32_t most;
    float *free[PN_APART_MOST]; /* those that are not lent */
    uint32_t free_count;
};

pn_apart *pn_apart_place(pn_arena *arena, uint32_t fft_frames, uint32_t bins_padded, double sample_rate_hz,
                         uint32_t most)
{
    const uint32_t count = most < PN_APART_MOST ? most : PN_APART_MOST;
    const uint32_t floats = ENDS * EARS * PARTS * bins_padded;
    pn_apart *apart = PN_TAKE(arena, pn_apart, 1);
    pn_tier1 *tier1 = pn_tier1_place(arena, fft_frames, bins_padded);
    float *pairs = PN_TAKE(arena, float, (size_t)count *floats);
    if (apart != NULL) {
        *apart = (pn_apart){.tier1 = tier1, .pairs = pairs, .floats = floats, .most = count};
    }
    for (int ear = 0; ear < EARS; ear++) {
        pn_velvet_place(arena, apart == NULL ? NULL : &apart->velvet[ear], sample_rate_hz, PN_HOP_FRAMES);
    }
    if (apart != NULL) {
        pn_apart_reset(apart);
    }
    return apart;
}

void pn_apart_reset(pn_apart *apart)
{
    for (int ear = 0; ear < EARS; ear++) {
        pn_velvet_reset(&apart->velvet[ear]);
    }
    apart->tail = 0;
    apart->waiting = 0;
    apart->any = false;
    apart->free_count = apart->most;
    for (uint32_t i = 0; i < apart->most; i++) {
        apart->free[i] = apart->pairs + (size_t)i * apart->floats;
    }
}

float *pn_apart_lend(pn_apart *apart)
{
    return apart->free_count == 0 ? NULL : apart->free[--apart->free_count];
}

void pn_apart_return(pn_apart *apart, float *pairs)
{
    apart->free[apart->free_count++] = pairs;
}

void pn_apart_begin(pn_apart *apart)
{
    apart->any = false;
}

static void flush(pn_apart *apart)
{
    if (!apart->any) { /* sums are emptied only where there is something to add */
        pn_tier1_begin(apart->tier1);
        apart->any = true;
    }
    pn_tier1_add_moving(apart->tier1, apart->voice, apart->waiting);
    apart->waiting = 0;
}

void pn_apart_add(pn_apart *apart, const float *window, const float *start, const float *end)
{
    apart->voice[apart->waiting++] = (pn_tier1_voice){.window = window, .start = start, .end = end};
    if (apart->waiting == PN_TIER1_LANES) {
        flush(apart);
    }
}

void pn_apart_finish(pn_apart *apart, float *left, float *right)
{
    float ears[EARS][PN_HOP_FRAMES];
    float spread[PN_HOP_FRAMES];
    if (apart->waiting > 0) {
        flush(apart);
    }
    if (!apart->any && apart->tail == 0) {
        return;
    }
    if (apart->any) {
        pn_tier1_finish(apart->tier1, ears[0], ears[1]);
        apart->tail = apart->velvet[0].length + PN_HOP_FRAMES;
    } else {
        pn_array_zero(ears[0], PN_HOP_FRAMES);
        pn_array_zero(ears[1], PN_HOP_FRAMES);
    }
    apart->tail = apart->tail > PN_HOP_FRAMES ? apart->tail - PN_HOP_FRAMES : 0;
    pn_velvet_process(&apart->velvet[0], ears[0], spread, PN_HOP_FRAMES);
    pn_array_add(left, spread, PN_HOP_FRAMES);
    pn_velvet_process(&apart->velvet[1], ears[1], spread, PN_HOP_FRAMES);
    for (uint32_t n = 0; n < PN_HOP_FRAMES; n++) {
        right[n] -= spread[n];
    }
}
