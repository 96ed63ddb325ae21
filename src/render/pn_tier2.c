/* SPDX-License-Identifier: MIT */
#include "render/pn_tier2.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/pn_hop.h"
#include "dsp/pn_short_delay.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum {
    EARS = 2,
    TAPS = PN_SHORT_DELAY_TAPS,
    AHEAD = PN_HRTF_BASIS_LEAD, /* frames that the kernel looks ahead */
    PHASE_BITS = 9,
    PHASES = 1 << PHASE_BITS,
    PLACE_BITS = 21, /* of a place in the window that are behind the point: places reach to 1,024 frames */
    GAIN_BLOCK = 16,
    SUM_BLOCK = 8, /* frames that four buses are summed over at a time: eight registers */
    GAIN_STEPS = PN_HOP_FRAMES / GAIN_BLOCK,
    BATCH = 16,  /* sources: 16 KiB of delayed signals, and 8 KiB of gains at K = 8 */
    GROUP = 4,  /* bases whose buses are summed at a time */
};

_Static_assert(PN_SHORT_DELAY_AHEAD <= (int)PN_HRTF_BASIS_LEAD,
               "the kernel looks no further than the bases come early");

/* Frames a hop up to which one phase serves 16 or 8 samples: within either the delay is off by 0.002 frames at most. */
static const float SLOW_CHANGE = 0.032f;
static const float MODERATE_CHANGE = 0.064f;

/* Frames a hop, 1.6 % of pitch: beyond, as when a source is teleported, the sound of one delay fades into that of the
   other. Sources that circle the head five times a second stay below. */
static const float FASTEST_SWEEP = 2.0f;

/* Change of gains over a hop: beyond, a ramp in steps is heard as steps, of 0.8 % and more. */
static const float LARGEST_STEPS = 0.0625f;
static const float SMALLEST_JUMP = 0.5f; /* likewise; less is motion, if the delay follows */

struct pn_tier2 {
    uint32_t fft_frames;
    uint32_t waiting;     /* sources in the batch */
    uint32_t tail_frames; /* of sound that is left in the buses */
    uint32_t bases;       /* of the head that filled them */
    float *kernel;        /* [PHASES][TAPS] */
    float *signal;        /* [BATCH][EARS][PN_HOP_FRAMES] */
    float *gain;          /* [BATCH][GAIN_STEPS][EARS][bases] */
    float *bus;           /* [EARS][PN_HRTF_MOST_BASES][fft_frames], the newest last */
};

/* A delay at a hop's start, and its change a frame, in frames with PLACE_BITS behind the point. */
typedef struct place {
    int32_t at, step;
} place;

static void kernel_fill(float *kernel)
{
    for (int phase = 0; phase < PHASES; phase++) {
        double taps[TAPS];
        pn_short_delay_taps((double)phase / PHASES, taps);
        for (int tap = 0; tap < TAPS; tap++) {
            kernel[phase * TAPS + tap] = (float)taps[tap];
        }
    }
}

pn_tier2 *pn_tier2_place(pn_arena *arena, uint32_t fft_frames)
{
    pn_tier2 *tier = PN_TAKE(arena, pn_tier2, 1);
    float *kernel = PN_TAKE(arena, float, (size_t)PHASES *TAPS);
    float *signal = PN_TAKE(arena, float, (size_t)BATCH *EARS *PN_HOP_FRAMES);
    float *gain = PN_TAKE(arena, float, (size_t)BATCH *GAIN_STEPS *EARS *PN_HRTF_MOST_BASES);
    float *bus = PN_TAKE(arena, float, (size_t)EARS *PN_HRTF_MOST_BASES *fft_frames);
    if (tier != NULL) {
        *tier = (pn_tier2){.fft_frames = fft_frames, .kernel = kernel, .signal = signal, .gain = gain, .bus = bus};
        kernel_fill(kernel);
        pn_tier2_reset(tier);
    }
    return tier;
}

void pn_tier2_reset(pn_tier2 *tier)
{
    tier->waiting = 0;
    tier->tail_frames = 0;
    memset(tier->bus, 0, (size_t)EARS * PN_HRTF_MOST_BASES * tier->fft_frames * sizeof(float));
}

void pn_tier2_begin(pn_tier2 *tier)
{
    tier->waiting = 0;
    if (tier->tail_frames == 0) {
        return; /* all zero already */
    }
    tier->tail_frames -= PN_HOP_FRAMES;
    for (uint32_t i = 0; i < EARS * PN_HRTF_MOST_BASES; i++) {
        if (i % PN_HRTF_MOST_BASES >= tier->bases) {
            continue;
        }
        float *bus = tier->bus + (size_t)i * tier->fft_frames;
        pn_array_copy(bus, bus + PN_HOP_FRAMES, tier->fft_frames - PN_HOP_FRAMES);
        memset(bus + tier->fft_frames - PN_HOP_FRAMES, 0, PN_HOP_FRAMES * sizeof(float));
    }
}

/* `frames` samples (a multiple of 4) through one phase of the kernel, whose taps stay in registers. */
static inline void delay_block(const float *x, const float *kernel, float *y, int frames)
{
    const pn_f32x4 c0 = pn_f32x4_splat(kernel[0]);
    const pn_f32x4 c1 = pn_f32x4_splat(kernel[1]);
    const pn_f32x4 c2 = pn_f32x4_splat(kernel[2]);
    const pn_f32x4 c3 = pn_f32x4_splat(kernel[3]);
    for (int n = 0; n < frames; n += 4) {
        const pn_f32x4 even = c0 * pn_f32x4_load(x + n) + c2 * pn_f32x4_load(x + n + 2);
        const pn_f32x4 odd = c1 * pn_f32x4_load(x + n + 1) + c3 * pn_f32x4_load(x + n + 3);
        pn_f32x4_store(y + n, even + odd);
    }
}

/* A hop in blocks of one phase each: that of the block's middle. Inlined, so that `block` is a constant. */
static inline void delay_blocks(const pn_tier2 *tier, const float *newest, place from, float *y, int block)
{
    int32_t position = -(from.at + from.step * (block - 1) / 2);
    const int32_t step = (block << PLACE_BITS) - from.step * block;
    for (int n = 0; n < PN_HOP_FRAMES; n += block, position += step) {
        const uint32_t phase = ((uint32_t)position >> (PLACE_BITS - PHASE_BITS)) % PHASES;
        delay_block(newest + (position >> PLACE_BITS), tier->kernel + (size_t)phase * TAPS, y + n, block);
    }
}

/* Both ears' delayed signals. The slower a delay changes, the longer one phase of the kernel serves. */
static void delay_signals(const pn_tier2 *tier, const float *window, const float *from, const float *to, float *signal)
{
    const float *newest = window + tier->fft_frames - PN_HOP_FRAMES - AHEAD - (TAPS / 2 - 1);
    const float change[EARS] = {to[0] - from[0], to[1] - from[1]};
    const pn_f32x4 frames = {from[0], from[1], change[0] * (1.0f / PN_HOP_FRAMES), change[1] * (1.0f / PN_HOP_FRAMES)};
    const pn_i32x4 fixed = pn_i32x4_from(frames * pn_f32x4_splat((float)(1 << PLACE_BITS)));
    for (uint32_t ear = 0; ear < EARS; ear++) {
        const float much = fabsf(change[ear]);
        const place at = {fixed[ear], fixed[EARS + ear]};
        float *y = signal + (size_t)ear * PN_HOP_FRAMES;
        if (much == 0.0f) {
            delay_blocks(tier, newest, at, y, PN_HOP_FRAMES);
        } else if (much <= SLOW_CHANGE) {
            delay_blocks(tier, newest, at, y, 16);
        } else if (much <= MODERATE_CHANGE) {
            delay_blocks(tier, newest, at, y, 8);
        } else {
            delay_blocks(tier, newest, at, y, 4);
        }
    }
}

/* The gains of every step: the middle of the ramp over it. */
static void gain_steps(const pn_hrtf_mix *from, const pn_hrtf_mix *to, uint32_t bases, float *gain)
{
    for (uint32_t ear = 0; ear < EARS; ear++) {
        for (uint32_t k = 0; k < bases; k += GROUP) {
            const pn_f32x4 start = pn_f32x4_load(from->gain[ear] + k);
            const pn_f32x4 step = (pn_f32x4_load(to->gain[ear] + k) - start) * pn_f32x4_splat(1.0f / GAIN_STEPS);
            pn_f32x4 now = start + step * pn_f32x4_splat(0.5f * (GAIN_BLOCK - 1) / GAIN_BLOCK);
            for (uint32_t i = 0; i < GAIN_STEPS; i++) {
                pn_f32x4_store(gain + ((size_t)i * EARS + ear) * bases + k, now);
                now += step;
            }
        }
    }
}

/* Adds the batch to four buses of an ear. */
static void sum_group(pn_tier2 *tier, uint32_t ear, uint32_t k)
{
    const size_t row = tier->fft_frames;
    float *bus = tier->bus + ((size_t)ear * PN_HRTF_MOST_BASES + k + 1) * row - PN_HOP_FRAMES;
    for (uint32_t n = 0; n < PN_HOP_FRAMES; n += SUM_BLOCK) {
        float *to = bus + n;
        pn_f32x4 a0 = pn_f32x4_load(to);
        pn_f32x4 a1 = pn_f32x4_load(to + 4);
        pn_f32x4 b0 = pn_f32x4_load(to + row);
        pn_f32x4 b1 = pn_f32x4_load(to + row + 4);
        pn_f32x4 c0 = pn_f32x4_load(to + 2 * row);
        pn_f32x4 c1 = pn_f32x4_load(to + 2 * row + 4);
        pn_f32x4 d0 = pn_f32x4_load(to + 3 * row);
        pn_f32x4 d1 = pn_f32x4_load(to + 3 * row + 4);
        const float *x = tier->signal + (size_t)ear * PN_HOP_FRAMES + n;
        const float *g = tier->gain + ((size_t)(n / GAIN_BLOCK) * EARS + ear) * tier->bases + k;
        for (uint32_t s = 0; s < tier->waiting; s++) {
            const pn_f32x4 x0 = pn_f32x4_load(x);
            const pn_f32x4 x1 = pn_f32x4_load(x + 4);
            const pn_f32x4 ga = pn_f32x4_splat(g[0]);
            const pn_f32x4 gb = pn_f32x4_splat(g[1]);
            const pn_f32x4 gc = pn_f32x4_splat(g[2]);
            const pn_f32x4 gd = pn_f32x4_splat(g[3]);
            a0 += ga * x0;
            a1 += ga * x1;
            b0 += gb * x0;
            b1 += gb * x1;
            c0 += gc * x0;
            c1 += gc * x1;
            d0 += gd * x0;
            d1 += gd * x1;
            x += (size_t)EARS * PN_HOP_FRAMES;
            g += (size_t)GAIN_STEPS * EARS * tier->bases;
        }
        pn_f32x4_store(to, a0);
        pn_f32x4_store(to + 4, a1);
        pn_f32x4_store(to + row, b0);
        pn_f32x4_store(to + row + 4, b1);
        pn_f32x4_store(to + 2 * row, c0);
        pn_f32x4_store(to + 2 * row + 4, c1);
        pn_f32x4_store(to + 3 * row, d0);
        pn_f32x4_store(to + 3 * row + 4, d1);
    }
}

static void flush(pn_tier2 *tier)
{
    if (tier->waiting > 0) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            for (uint32_t k = 0; k < tier->bases; k += GROUP) {
                sum_group(tier, ear, k);
            }
        }
        tier->waiting = 0;
        tier->tail_frames = tier->fft_frames;
    }
}

typedef struct change {
    float of_gain; /* relative to the louder of both, all bases and ears together */
    bool from_nothing, to_nothing;
} change;

static change change_of(const pn_hrtf_mix *from, const pn_hrtf_mix *to, uint32_t bases)
{
    pn_f32x4 off = {0.0f, 0.0f, 0.0f, 0.0f};
    pn_f32x4 before = off;
    pn_f32x4 after = off;
    for (uint32_t ear = 0; ear < EARS; ear++) {
        for (uint32_t k = 0; k < bases; k += GROUP) {
            const pn_f32x4 a = pn_f32x4_load(from->gain[ear] + k);
            const pn_f32x4 b = pn_f32x4_load(to->gain[ear] + k);
            off += pn_f32x4_abs(b - a);
            before += pn_f32x4_abs(a);
            after += pn_f32x4_abs(b);
        }
    }
    const float was = pn_f32x4_sum(before);
    const float is = pn_f32x4_sum(after);
    const float most = was > is ? was : is;
    return (change){.of_gain = most > 0.0f ? pn_f32x4_sum(off) / most : 0.0f,
                    .from_nothing = was == 0.0f,
                    .to_nothing = is == 0.0f};
}

/* Both ears from silence or into it. What moves fast goes on moving, and its fade is linear; what jumps is heard at the
   kinks that such a fade has, and its fade begins and ends level. */
static void fade(float *signal, bool out, bool linear)
{
    const pn_f32x4 three = pn_f32x4_splat(3.0f);
    const pn_f32x4 step = pn_f32x4_splat((out ? -4.0f : 4.0f) / PN_HOP_FRAMES);
    pn_f32x4 t = (pn_f32x4){0.5f, 1.5f, 2.5f, 3.5f} * pn_f32x4_splat(1.0f / PN_HOP_FRAMES);
    t = out ? pn_f32x4_splat(1.0f) - t : t;
    for (uint32_t n = 0; n < PN_HOP_FRAMES; n += 4) {
        const pn_f32x4 level = linear ? t : t * t * (three - t - t);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            float *x = signal + ear * PN_HOP_FRAMES + n;
            pn_f32x4_store(x, pn_f32x4_load(x) * level);
        }
        t += step;
    }
}

/* A signal of the batch: a voice as a whole, or one side of a crossfade. */
typedef struct part {
    const float *delay[2]; /* [EARS] at the hop's start and end */
    const pn_hrtf_mix *mix[2];
    enum { STEADY, FADES_OUT, FADES_IN } level;
} part;

static void add_part(pn_tier2 *tier, const float *window, const part *p, bool linear)
{
    float *signal = tier->signal + (size_t)tier->waiting * EARS * PN_HOP_FRAMES;
    delay_signals(tier, window, p->delay[0], p->delay[1], signal);
    if (p->level != STEADY) {
        fade(signal, p->level == FADES_OUT, linear);
    }
    gain_steps(p->mix[0], p->mix[1], tier->bases, tier->gain + (size_t)tier->waiting * GAIN_STEPS * EARS * tier->bases);
    if (++tier->waiting == BATCH) {
        flush(tier);
    }
}

void pn_tier2_add_fading(pn_tier2 *tier, const pn_hrtf *hrtf, const pn_tier2_voice *voice, bool into)
{
    const pn_hrtf_mix *mix = into ? voice->end : voice->start;
    const part p = {{mix->delay, mix->delay}, {mix, mix}, into ? FADES_IN : FADES_OUT};
    tier->bases = hrtf->basis_count;
    add_part(tier, voice->window, &p, true);
}

void pn_tier2_add(pn_tier2 *tier, const pn_hrtf *hrtf, const pn_tier2_voice *voice)
{
    const pn_hrtf_mix *start = voice->start;
    const pn_hrtf_mix *end = voice->end;
    tier->bases = hrtf->basis_count;
    const bool sweeps = fabsf(end->delay[0] - start->delay[0]) <= FASTEST_SWEEP &&
                        fabsf(end->delay[1] - start->delay[1]) <= FASTEST_SWEEP;
    const change how = change_of(start, end, tier->bases);
    const float *before = start->delay;
    const float *after = end->delay;
    part parts[2] = {{{before, after}, {start, end}, STEADY}};
    uint32_t count = 1;
    if (!sweeps || how.of_gain > LARGEST_STEPS) {
        /* One mixture fades into the other sample by sample: this is too much for a few steps of gain. */
        count = 0;
        if (!how.from_nothing) {
            parts[count++] = (part){{before, sweeps ? after : before}, {start, start}, FADES_OUT};
        }
        if (!how.to_nothing) {
            parts[count++] = (part){{sweeps ? before : after, after}, {end, end}, FADES_IN};
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        add_part(tier, voice->window, &parts[i], sweeps && how.of_gain < SMALLEST_JUMP);
    }
}

bool pn_tier2_finish(pn_tier2 *tier, const pn_hrtf *hrtf, pn_tier1 *into)
{
    flush(tier);
    if (tier->tail_frames == 0) {
        return false;
    }
    for (uint32_t ear = 0; ear < EARS; ear++) {
        for (uint32_t k = 0; k < hrtf->basis_count; k += PN_TIER1_LANES) {
            pn_tier1_bus bus[PN_TIER1_LANES];
            for (uint32_t lane = 0; lane < PN_TIER1_LANES; lane++) {
                bus[lane].window = tier->bus + ((size_t)ear * PN_HRTF_MOST_BASES + k + lane) * tier->fft_frames;
                bus[lane].filter = pn_hrtf_basis(hrtf, k + lane);
            }
            pn_tier1_add_buses(into, ear, bus);
        }
    }
    return true;
}
