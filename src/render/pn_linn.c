/* SPDX-License-Identifier: MIT */
/* LINN as a guest of the engine: which sources it takes in which form, and form A for live sources. API in pn.h. */
#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "base/pn_hop.h"
#include "hrtf/pn_hrtf.h"
#include "nn/pn_dense.h"
#include "pn.h"
#include "render/pn_guest.h"
#include "render/pn_linn_fir.h"
#include "render/pn_linn_ibc.h"
#include "render/pn_linn_track.h"
#include "simd/pn_array.h"

enum { EARS = 2, NOBODY = -1 };

static const double STILL_M = 2e-4; /* a talker at rest under a trembling tracker stays at rest */

/* Above half the speed of sound a delay is crossfaded, not swept. */
static const double FASTEST_SWEEP_FRAMES = 0.5 * PN_HOP_FRAMES;

/* A slot's place here. Places of sources that fell silent are free. */
typedef struct place_of {
    int64_t slot;
    uint64_t hop;     /* in which it was last heard */
    bool turned_away; /* it is here because form A was full */
} place_of;

/* Form A of one source. All of it happens a hop late: that leaves room for what a delay's kernel looks ahead. */
typedef struct whole_source {
    place_of place;
    pn_linn_track track;
    pn_linn_ibc ibc;
    pn_warp_pose pose; /* at the start of the hop before, as are the rest */
    pn_linn_colour colour;
    double from[EARS]; /* delays at its start, frames */
    double to[EARS];
    float gain_from;
    float gain_to;
} whole_source;

typedef struct fir_source {
    place_of place;
    pn_linn_fir fir;
} fir_source;

struct pn_linn {
    pn_guest guest; /* first: the engine sees no more */
    const pn_dense *model;
    pn_linn_form form;
    uint64_t hop;
    pn_linn_plan plan;
    pn_linn_fir_plan fir_plan;
    float *sum; /* [ear][PN_HOP_FRAMES] of what is made whole */
    whole_source whole[PN_LINN_MOST_FRAMES];
    fir_source fir[PN_LINN_MOST_FIR];
};

static pn_linn *linn_of(pn_guest *guest)
{
    return (pn_linn *)(void *)guest;
}

static bool holds(const pn_linn *linn, const place_of *place, uint32_t slot)
{
    return place->slot == (int64_t)slot && place->hop + 1 >= linn->hop;
}

static bool is_free(const pn_linn *linn, const place_of *place)
{
    return place->slot == NOBODY || place->hop + 1 < linn->hop;
}

static whole_source *find_whole(pn_linn *linn, uint32_t slot)
{
    for (int i = 0; i < PN_LINN_MOST_FRAMES; i++) {
        if (holds(linn, &linn->whole[i].place, slot)) {
            return &linn->whole[i];
        }
    }
    return NULL;
}

static fir_source *find_fir(pn_linn *linn, uint32_t slot)
{
    for (int i = 0; i < PN_LINN_MOST_FIR; i++) {
        if (holds(linn, &linn->fir[i].place, slot)) {
            return &linn->fir[i];
        }
    }
    return NULL;
}

static whole_source *take_whole(pn_linn *linn, uint32_t slot)
{
    whole_source *found = find_whole(linn, slot);
    for (int i = 0; i < PN_LINN_MOST_FRAMES && found == NULL; i++) {
        if (is_free(linn, &linn->whole[i].place)) {
            found = &linn->whole[i];
            found->place = (place_of){.slot = slot, .hop = linn->hop};
        }
    }
    return found;
}

static fir_source *take_fir(pn_linn *linn, uint32_t slot)
{
    fir_source *found = find_fir(linn, slot);
    for (int i = 0; i < PN_LINN_MOST_FIR && found == NULL; i++) {
        if (is_free(linn, &linn->fir[i].place)) {
            found = &linn->fir[i];
            found->place = (place_of){.slot = slot, .hop = linn->hop};
        }
    }
    return found;
}

static pn_guest_part part(pn_guest *guest, uint32_t slot)
{
    pn_linn *linn = linn_of(guest);
    if (linn->form == PN_LINN_OFF) {
        return PN_GUEST_NONE;
    }
    if (linn->form == PN_LINN_FRAMES) {
        /* Who was turned away stays where it is, for as long as it sounds: form A would have it heard twice. */
        const fir_source *now = find_fir(linn, slot);
        const bool stays = now != NULL && now->place.turned_away && find_whole(linn, slot) == NULL;
        if (!stays && take_whole(linn, slot) != NULL) {
            return PN_GUEST_WHOLE;
        }
    }
    fir_source *fir = take_fir(linn, slot);
    if (fir == NULL) {
        return PN_GUEST_NONE;
    }
    fir->place.turned_away = linn->form == PN_LINN_FRAMES;
    return PN_GUEST_FILTERS;
}

static void begin(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, float *pair)
{
    pn_linn *linn = linn_of(guest);
    fir_source *source = take_fir(linn, slot);
    if (source != NULL) {
        const uint32_t turn = (uint32_t)(source - linn->fir);
        source->place.hop = linn->hop;
        pn_linn_fir_begin(&source->fir, &linn->fir_plan, hop, 4 - turn % 4, pair);
    }
}

static bool filters(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, float *pair)
{
    pn_linn *linn = linn_of(guest);
    fir_source *source = find_fir(linn, slot);
    if (source == NULL) {
        return false;
    }
    source->place.hop = linn->hop;
    guest->sources_filters++;
    return pn_linn_fir_hop(&source->fir, &linn->fir_plan, hop, pair);
}

static void delays_of(const whole_source *source, bool delayed, double delay[EARS])
{
    for (int ear = 0; ear < EARS; ear++) {
        delay[ear] = source->track.delay[ear] + (delayed ? source->track.way : 0.0);
    }
}

/* The hop before, warped for an ear. */
static void warped(const whole_source *source, int ear, const pn_delay *line, const pn_delay_kernel *kernel, float *y)
{
    const double least = PN_DELAY_MIN_FRAMES;
    const double most = (double)(line->mask - 2 * PN_HOP_FRAMES - PN_DELAY_TAPS);
    double from = source->from[ear] + PN_HOP_FRAMES;
    double to = source->to[ear] + PN_HOP_FRAMES;
    from = from < least ? least : (from < most ? from : most);
    to = to < least ? least : (to < most ? to : most);
    if (fabs(to - from) <= FASTEST_SWEEP_FRAMES) {
        pn_delay_read(line, kernel, from, to, y, PN_HOP_FRAMES);
    } else {
        float after[PN_HOP_FRAMES];
        pn_delay_read(line, kernel, from, from, y, PN_HOP_FRAMES);
        pn_delay_read(line, kernel, to, to, after, PN_HOP_FRAMES);
        pn_array_crossfade(y, y, after, PN_HOP_FRAMES);
    }
    pn_array_ramp(y, source->gain_from, source->gain_to, PN_HOP_FRAMES);
}

static void whole(pn_guest *guest, uint32_t slot, const pn_guest_hop *hop, const pn_delay *line,
                  const pn_delay_kernel *kernel)
{
    pn_linn *linn = linn_of(guest);
    whole_source *source = hop->first ? take_whole(linn, slot) : find_whole(linn, slot);
    if (source == NULL) {
        return;
    }
    source->place.hop = linn->hop;
    guest->sources_whole++;
    if (hop->first) {
        pn_linn_track_begin(&source->track, linn->model, &hop->from);
        pn_linn_ibc_reset(&source->ibc);
        source->pose = source->track.pose;
        source->colour.any = false;
        delays_of(source, hop->delayed, source->from);
        delays_of(source, hop->delayed, source->to);
        source->gain_to = hop->fade_in ? 0.0f : hop->gain_from;
        source->gain_from = source->gain_to;
    }
    float in[EARS][PN_HOP_FRAMES];
    float out[EARS][PN_HOP_FRAMES];
    for (int ear = 0; ear < EARS; ear++) {
        warped(source, ear, line, kernel, in[ear]);
    }
    pn_linn_ibc_hop(&source->ibc, &linn->plan, &source->pose, &source->colour, in[0], in[1], out[0], out[1]);
    for (int ear = 0; ear < EARS; ear++) {
        if (hop->last) {
            pn_array_ramp(out[ear], 1.0f, 0.0f, PN_HOP_FRAMES);
        }
        pn_array_add(linn->sum + (size_t)ear * PN_HOP_FRAMES, out[ear], PN_HOP_FRAMES);
        source->from[ear] = source->to[ear];
    }
    source->pose = source->track.pose; /* of this hop's start */
    pn_linn_track_hop(&source->track, linn->model, &hop->from, &hop->to);
    delays_of(source, hop->delayed, source->to);
    source->gain_from = source->gain_to;
    source->gain_to = hop->gain_to;
    source->colour.any = hop->coloured;
    if (hop->coloured) {
        source->colour.air_m = hop->air_m;
        memcpy(source->colour.log_gain, hop->log_gain, sizeof source->colour.log_gain);
    }
    if (hop->last) {
        source->place.slot = NOBODY;
    }
}

static void finish(pn_guest *guest, float *left, float *right)
{
    pn_linn *linn = linn_of(guest);
    if (guest->sources_whole > 0) {
        pn_array_add(left, linn->sum, PN_HOP_FRAMES);
        pn_array_add(right, linn->sum + PN_HOP_FRAMES, PN_HOP_FRAMES);
        pn_array_zero(linn->sum, (size_t)EARS * PN_HOP_FRAMES);
    }
    linn->hop++;
}

static void reset(pn_guest *guest)
{
    pn_linn *linn = linn_of(guest);
    linn->hop = 2;
    for (int i = 0; i < PN_LINN_MOST_FRAMES; i++) {
        linn->whole[i].place = (place_of){.slot = NOBODY};
    }
    for (int i = 0; i < PN_LINN_MOST_FIR; i++) {
        linn->fir[i].place = (place_of){.slot = NOBODY};
    }
    guest->sources_whole = 0;
    guest->sources_filters = 0;
    pn_array_zero(linn->sum, (size_t)EARS * PN_HOP_FRAMES);
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static pn_linn *place(pn_arena *arena, const pn_dense *model, const pn_hrtf *hrtf)
{
    pn_linn *linn = PN_TAKE(arena, pn_linn, 1);
    if (linn != NULL) {
        memset(linn, 0, sizeof *linn);
        linn->model = model;
        linn->guest = (pn_guest){
            .part = part, .begin = begin, .filters = filters, .whole = whole, .finish = finish, .reset = reset};
    }
    pn_linn_plan_place(arena, linn == NULL ? NULL : &linn->plan, model, STILL_M);
    pn_linn_fir_plan_place(arena, linn == NULL ? NULL : &linn->fir_plan, model, hrtf->fft_frames, hrtf->bins_padded);
    for (int i = 0; i < PN_LINN_MOST_FRAMES; i++) {
        pn_linn_ibc_place(arena, linn == NULL ? NULL : &linn->whole[i].ibc, model);
    }
    for (int i = 0; i < PN_LINN_MOST_FIR; i++) {
        pn_linn_fir_place(arena, linn == NULL ? NULL : &linn->fir[i].fir, hrtf->bins_padded);
    }
    float *sum = PN_TAKE(arena, float, (size_t)EARS *PN_HOP_FRAMES);
    if (linn != NULL) {
        linn->sum = sum;
        reset(&linn->guest);
    }
    return linn;
}

static pn_status check(const pn_dense *model, const pn_hrtf *hrtf)
{
    if (model == NULL || hrtf == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    return model->sample_rate_hz == hrtf->sample_rate_hz ? PN_OK : PN_ERROR_SAMPLE_RATE;
}

pn_status pn_linn_size(const pn_dense *model, const pn_hrtf *hrtf, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    const pn_status status = check(model, hrtf);
    if (status == PN_OK) {
        place(&arena, model, hrtf);
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_linn_init(void *memory, size_t bytes, const pn_dense *model, const pn_hrtf *hrtf, pn_linn **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_linn_size(model, hrtf, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, model, hrtf);
    return PN_OK;
}

void pn_linn_attach(pn_linn *linn, pn_engine *engine)
{
    pn_engine_set_guest(engine, linn == NULL ? NULL : &linn->guest);
}

void pn_linn_set_form(pn_linn *linn, pn_linn_form form)
{
    linn->form = form;
    linn->guest.ahead_frames = (float)linn->fir_plan.lead;
    linn->guest.latency_frames = form == PN_LINN_FRAMES ? PN_LINN_IBC_LATENCY + PN_HOP_FRAMES : 0;
    for (int i = 0; i < PN_LINN_MOST_FIR; i++) {
        linn->fir[i].place.turned_away = false;
    }
}
