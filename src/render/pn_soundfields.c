/* SPDX-License-Identifier: MIT */
/**
 * Ambisonic sound fields as a bed of the engine (pn_bed.h): turned against the head, then decoded. API in pn.h.
 *
 * Method   every field's channels are multiplied with the rotation from the field to the head, of the hop's start and
 *          of its end, and what comes out is crossfaded, gains included: as sources' filters are. Fields of one order
 *          add up before they are decoded: a channel of the sum is a voice of tier 1 that never moves, so that all
 *          fields share the transforms of 4, 9 or 16 channels, and the inverse ones with all sources.
 * Cost     a field of order 3 and a hop: 84 multiply-adds a frame at rest, 168 while it turns, and one rotation.
 *          Shared: 16 voices, which are 4 four-lane FFTs and 16 x 129 x 2 complex multiply-adds.
 */
#include <string.h>

#include "base/pn_arena.h"
#include "base/pn_hop.h"
#include "hrtf/pn_decoder.h"
#include "math/pn_harmonics.h"
#include "pn.h"
#include "render/pn_bed.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum { ORDERS = PN_HARMONICS_ORDER, CHANNELS = PN_HARMONICS_CHANNELS, LANES = PN_TIER1_LANES };

typedef struct field {
    bool live;    /* some of this hop came from an input */
    bool placed;  /* the next two are of the last hop's end */
    pn_quat head_from_field;
    float gain;
    float turn[PN_HARMONICS_TURN]; /* gain included; the first channel's factor is the gain itself */
    float *staged;                 /* [CHANNELS][PN_HOP_FRAMES] */
} field;

/* What all fields of an order add up to. */
typedef struct bus {
    float *window;     /* [channels][fft_frames] in the head's own axes, the newest last */
    uint32_t sounding; /* frames until the windows are empty */
    bool added;        /* something was, in this hop */
} bus;

struct pn_soundfields {
    pn_bed bed; /* first: the engine sees no more */
    const pn_decoder *decoder;
    const pn_decoder *former; /* to be crossed over from in the next hop; NULL = none */
    const float *const *inputs; /* [count][CHANNELS] of the next block; NULL = silence */
    uint32_t count;
    field *fields;            /* [count] */
    bus buses[ORDERS];
};

static pn_soundfields *fields_of(pn_bed *bed)
{
    return (pn_soundfields *)(void *)bed;
}

static void take(pn_bed *bed, uint32_t from, uint32_t at, uint32_t frames)
{
    pn_soundfields *all = fields_of(bed);
    for (uint32_t i = 0; all->inputs != NULL && i < all->count; i++) {
        field *f = &all->fields[i];
        for (uint32_t c = 0; c < CHANNELS; c++) {
            const float *x = all->inputs[(size_t)i * CHANNELS + c];
            if (x != NULL) {
                if (!f->live) {
                    pn_array_zero(f->staged, (size_t)CHANNELS * PN_HOP_FRAMES);
                    f->live = true;
                }
                pn_array_copy(f->staged + (size_t)c * PN_HOP_FRAMES + at, x + from, frames);
            }
        }
    }
}

/* @return whether some of the hop's samples are not zero */
static bool clean(field *f, uint32_t channels, pn_stats *stats)
{
    bool sounding = false;
    for (uint32_t c = 0; f->live && c < channels; c++) {
        float *x = f->staged + (size_t)c * PN_HOP_FRAMES;
        const pn_clean found = pn_array_copy_clean(x, x, PN_HOP_FRAMES);
        stats->samples_mended += found.mended;
        sounding = sounding || found.sounding;
    }
    f->live = false;
    return sounding;
}

static pn_quat head_from_field(const pn_source *source, const pn_pose *head)
{
    const pn_quat own = source->glide.now.world_from_own;
    return (source->record.flags & PN_SOURCE_HEAD_LOCKED) != 0
               ? own
               : pn_quat_mul(pn_quat_conjugate(head->world_from_own), own);
}

static void turn_at(pn_quat q, float gain, float *turn)
{
    pn_harmonics_turn(pn_quat_normalize(q), turn);
    for (int i = 0; i < PN_HARMONICS_TURN; i++) {
        turn[i] *= gain;
    }
}

/* One row of a block: y += the mixture of the order's channels, of the start or on its way to the end. */
static void add_row(const float *x, uint32_t channels, const float *start, const float *end, float *y)
{
    for (uint32_t n = 0; n < PN_HOP_FRAMES; n += 4) {
        pn_f32x4 sum = pn_f32x4_splat(0.0f);
        for (uint32_t c = 0; c < channels; c++) {
            sum += pn_f32x4_splat(start[c]) * pn_f32x4_load(x + (size_t)c * PN_HOP_FRAMES + n);
        }
        if (end != NULL) {
            const float t = (float)n * (1.0f / PN_HOP_FRAMES);
            const pn_f32x4 along = {t, t + 1.0f / PN_HOP_FRAMES, t + 2.0f / PN_HOP_FRAMES, t + 3.0f / PN_HOP_FRAMES};
            pn_f32x4 last = pn_f32x4_splat(0.0f);
            for (uint32_t c = 0; c < channels; c++) {
                last += pn_f32x4_splat(end[c]) * pn_f32x4_load(x + (size_t)c * PN_HOP_FRAMES + n);
            }
            sum += (last - sum) * along;
        }
        pn_f32x4_store(y + n, pn_f32x4_load(y + n) + sum);
    }
}

/* The newest hop of a channel's window. */
static float *newest(const bus *b, uint32_t fft_frames, uint32_t channel)
{
    return b->window + (size_t)(channel + 1) * fft_frames - PN_HOP_FRAMES;
}

/* Makes room for a hop in all windows of a bus. */
static void slide(bus *b, uint32_t channels, uint32_t fft_frames)
{
    for (uint32_t c = 0; c < channels; c++) {
        float *window = b->window + (size_t)c * fft_frames;
        pn_array_copy(window, window + PN_HOP_FRAMES, fft_frames - PN_HOP_FRAMES);
        pn_array_zero(window + fft_frames - PN_HOP_FRAMES, PN_HOP_FRAMES);
    }
}

static bool same(pn_quat a, pn_quat b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w;
}

static void add_field(pn_soundfields *all, field *f, pn_source *source, const pn_bed_hop *hop)
{
    const uint32_t wish = source->record.order;
    const uint32_t order = wish < 1 ? 1 : (wish > ORDERS ? ORDERS : wish);
    const uint32_t channels = pn_harmonics_channels(order);
    const bool sounds = clean(f, channels, hop->stats);
    const pn_quat start = head_from_field(source, hop->head_start);
    if (!source->leaving) {
        pn_glide_step(&source->glide);
    }
    const pn_quat end = head_from_field(source, hop->head_end);
    const float gain = source->leaving ? 0.0f : source->record.gain;
    if (!sounds) {
        f->placed = false;
        source->fresh = false;
        return;
    }
    if (!f->placed) { /* its first sound may be the middle of something */
        f->head_from_field = start;
        f->gain = source->fresh && !hop->first ? 0.0f : source->record.gain;
        turn_at(start, f->gain, f->turn);
    }
    const bool moves = !same(f->head_from_field, end) || f->gain != gain;
    float turn[PN_HARMONICS_TURN];
    if (moves) {
        turn_at(end, gain, turn);
    }
    bus *b = &all->buses[order - 1];
    if (!b->added) {
        slide(b, channels, all->decoder->fft_frames);
        b->added = true;
    }
    add_row(f->staged, 1, &f->gain, moves ? &gain : NULL, newest(b, all->decoder->fft_frames, 0));
    uint32_t at = 0;
    for (uint32_t n = 1; n <= order; n++) {
        const uint32_t rows = 2 * n + 1;
        const float *x = f->staged + (size_t)n * n * PN_HOP_FRAMES;
        for (uint32_t row = 0; row < rows; row++, at += rows) {
            add_row(x, rows, f->turn + at, moves ? turn + at : NULL, newest(b, all->decoder->fft_frames, n * n + row));
        }
    }
    if (moves) {
        memcpy(f->turn, turn, sizeof turn);
        f->head_from_field = end;
        f->gain = gain;
    }
    f->placed = true;
    source->fresh = false;
    hop->stats->sources_sounding++;
    hop->stats->sources_moving += moves;
}

/* Decodes what a bus holds. @return whether it holds anything */
static bool decode(const pn_soundfields *all, uint32_t order, pn_tier1 *into)
{
    const bus *b = &all->buses[order - 1];
    const uint32_t channels = pn_harmonics_channels(order);
    if (b->sounding == 0) {
        return false;
    }
    for (uint32_t first = 0; first < channels; first += LANES) {
        pn_tier1_voice voices[LANES];
        const uint32_t count = channels - first < LANES ? channels - first : LANES;
        for (uint32_t i = 0; i < count; i++) {
            const float *now = pn_decoder_filter(all->decoder, order, first + i);
            voices[i] = (pn_tier1_voice){
                .window = b->window + (size_t)(first + i) * all->decoder->fft_frames,
                .start = all->former != NULL ? pn_decoder_filter(all->former, order, first + i) : now,
                .end = now,
            };
        }
        if (all->former != NULL) {
            pn_tier1_add_moving(into, voices, count);
        } else {
            pn_tier1_add_still(into, voices, count);
        }
    }
    return true;
}

static bool hop(pn_bed *bed, const pn_bed_hop *now)
{
    pn_soundfields *all = fields_of(bed);
    const uint32_t frames = all->decoder->fft_frames;
    bool any = false;
    for (uint32_t i = 0; i < all->count && i < now->max_sources; i++) {
        pn_source *source = &now->sources[i];
        if (source->occupied && (source->record.flags & PN_SOURCE_SOUNDFIELD) != 0) {
            add_field(all, &all->fields[i], source, now);
        } else {
            all->fields[i].placed = false;
            all->fields[i].live = false;
        }
    }
    for (uint32_t order = 1; order <= ORDERS; order++) {
        bus *b = &all->buses[order - 1];
        if (b->added) {
            b->sounding = frames;
            b->added = false;
        } else if (b->sounding > 0) {
            slide(b, pn_harmonics_channels(order), frames);
            b->sounding -= PN_HOP_FRAMES;
        }
        any = decode(all, order, now->into) || any;
    }
    all->former = NULL;
    return any;
}

static void reset(pn_bed *bed)
{
    pn_soundfields *all = fields_of(bed);
    all->former = NULL;
    all->inputs = NULL;
    for (uint32_t i = 0; i < all->count; i++) {
        all->fields[i].placed = false;
        all->fields[i].live = false;
    }
    for (uint32_t order = 1; order <= ORDERS; order++) {
        bus *b = &all->buses[order - 1];
        b->sounding = 0;
        b->added = false;
        pn_array_zero(b->window, (size_t)pn_harmonics_channels(order) * all->decoder->fft_frames);
    }
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static pn_soundfields *place(pn_arena *arena, uint32_t count, const pn_decoder *decoder)
{
    pn_soundfields *all = PN_TAKE(arena, pn_soundfields, 1);
    field *fields = PN_TAKE(arena, field, count);
    if (all != NULL) {
        memset(all, 0, sizeof *all);
        memset(fields, 0, count * sizeof *fields);
        all->bed = (pn_bed){.take = take, .hop = hop, .reset = reset};
        all->decoder = decoder;
        all->count = count;
        all->fields = fields;
    }
    for (uint32_t i = 0; i < count; i++) {
        float *staged = PN_TAKE(arena, float, CHANNELS *PN_HOP_FRAMES);
        if (all != NULL) {
            fields[i].staged = staged;
        }
    }
    for (uint32_t order = 1; order <= ORDERS; order++) {
        float *window = PN_TAKE(arena, float, (size_t)pn_harmonics_channels(order) * decoder->fft_frames);
        if (all != NULL) {
            all->buses[order - 1].window = window;
        }
    }
    if (all != NULL) {
        reset(&all->bed);
    }
    return all;
}

pn_status pn_soundfields_size(uint32_t count, const pn_decoder *decoder, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    if (decoder == NULL || count < 1 || count > PN_SOUNDFIELDS_MOST) {
        return PN_ERROR_ARGUMENT;
    }
    (void)place(&arena, count, decoder);
    *out_bytes = arena.peak;
    return PN_OK;
}

pn_status pn_soundfields_init(void *memory, size_t bytes, uint32_t count, const pn_decoder *decoder,
                              pn_soundfields **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_soundfields_size(count, decoder, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, count, decoder);
    return PN_OK;
}

void pn_soundfields_attach(pn_soundfields *fields, pn_engine *engine)
{
    pn_engine_set_bed(engine, fields == NULL ? NULL : &fields->bed);
}

pn_status pn_soundfields_set_decoder(pn_soundfields *fields, const pn_decoder *decoder)
{
    if (decoder == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    if (decoder->sample_rate_hz != fields->decoder->sample_rate_hz) {
        return PN_ERROR_SAMPLE_RATE;
    }
    if (decoder->fft_frames != fields->decoder->fft_frames) {
        return PN_ERROR_FILE_SHAPE;
    }
    if (fields->former == NULL) { /* else the one in use has not been heard yet */
        fields->former = fields->decoder;
    }
    fields->decoder = decoder;
    return PN_OK;
}

void pn_soundfields_set_inputs(pn_soundfields *fields, const float *const *inputs)
{
    fields->inputs = inputs;
}
