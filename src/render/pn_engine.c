/* SPDX-License-Identifier: MIT */
/* The engine: blocks of any length in, hops inside, blocks out. The contract is in pn.h. */
#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "dsp/pn_delay.h"
#include "dsp/pn_limiter.h"
#include "hrtf/pn_hrtf.h"
#include "pn.h"
#include "render/pn_apart.h"
#include "render/pn_bed.h"
#include "render/pn_equalizer.h"
#include "render/pn_mend.h"
#include "render/pn_motion.h"
#include "render/pn_player.h"
#include "render/pn_source.h"
#include "render/pn_source_key.h"
#include "render/pn_source_window.h"
#include "render/pn_tier1.h"
#include "render/pn_tier2.h"
#include "simd/pn_array.h"

static const double LOWEST_RATE_HZ = 8000.0;
static const double HIGHEST_RATE_HZ = 192000.0;
static const float LONGEST_DOPPLER_M = 1000.0f;
static const double GUEST_S = 0.004;

/* Scenes further apart than this are no stream: the next one is not glided to. */
static const double STREAM_GAP_S = 0.1;

/* A source that left the exact tier must be this much louder than the border to come back: 6 dB. */
static const float TIER_HYSTERESIS = 2.0f;
static const float BORDER_UP = 1.1f;
static const float BORDER_DOWN = 0.98f;
static const float LEAST_BORDER = 1e-5f;

enum {
    FEW_OF_A_FIELD = 12,  /* sources: so many have filters of their own, which costs less than the buses do */
    MANY_OF_A_FIELD = 14, /* from here on all are mixed; between the two it stays as it was */
    MOST_SOURCES = 4096,
    MOST_BUFFERS = 65536,
    TOUCHED = 16, /* sources whose clips are read ahead of them */
    LONGEST_BLOCK = 65536,
    QUEUE_FRAMES = 4 * PN_HOP_FRAMES, /* output waiting to be fetched: at most a hop of latency and a hop rendered */
};

struct pn_engine {
    pn_engine_config config;
    pn_tier1 *tier1;
    pn_apart *apart;
    pn_bed *bed;               /* NULL = none */
    pn_tier2 *tier2;
    pn_tier2 *former_tier2;    /* where the sources fade out that were mixed of the former head's basis filters */
    uint32_t exact_limit;      /* sources that may be in tier 1 */
    uint32_t field_limit;      /* of these where the head is a field: all of a few, or none */
    float exact_gain;          /* quieter ones are in tier 2, as soon as the limit is reached */
    pn_source *sources;        /* [max_sources] */
    pn_clip *clips;            /* [max_buffers] */
    float *staged;             /* [max_sources][PN_HOP_FRAMES] input of the hop that is being filled */
    uint8_t *staged_live;      /* [max_sources] some of it came from an input */
    const float *const *whole; /* [max_sources] input of a hop that comes in one block: nothing is staged; or NULL */
    uint32_t whole_from;       /* frame of the hop's first sample in it */
    float *hop_x;              /* [PN_HOP_FRAMES] a source's clean input */
    float *hop_out;            /* [2][PN_HOP_FRAMES] */
    const float *ears[2];      /* of the block that is being given; NULL = none */
    float *hop_ears;           /* [2][PN_HOP_FRAMES] of the hop that is being filled; zeros where there is none */
    bool ears_live;            /* there is some */
    pn_source_context context;
    const pn_hrtf *former_hrtf; /* that the former tier 2 was filled with */
    bool exchanged;             /* since the last hop */
    pn_scene_header scene;
    pn_head head;
    pn_pose head_pose; /* at the end of the last hop */
    pn_equalizer equalizer;
    pn_limiter limiter;
    float gain;              /* at the end of the last hop */
    double clock_frame;      /* host frame of the first frame in `staged` */
    uint32_t filled;         /* frames in `staged` */
    double hops;             /* rendered since reset */
    double scene_hop;        /* when the last scene came */
    uint32_t scene_interval; /* hops between scenes, as far as they are a stream */
    float *queue;            /* [2][QUEUE_FRAMES] output, a ring */
    uint32_t queue_read;
    uint32_t queue_count;
    pn_stats stats;
};

pn_engine_config pn_engine_config_default(void)
{
    return (pn_engine_config){
        .sample_rate_hz = 48000.0,
        .max_sources = 64,
        .max_buffers = 64,
        .max_block_frames = 1024,
        .block_frames = 0,
        .doppler_max_m = 50.0f,
        .max_exact_sources = 256,
    };
}

static pn_status check(const pn_engine_config *config, const pn_hrtf *hrtf)
{
    if (config == NULL || hrtf == NULL || config->max_sources < 1 || config->max_sources > MOST_SOURCES ||
        config->max_buffers > MOST_BUFFERS || config->max_block_frames < 1 ||
        config->max_block_frames > LONGEST_BLOCK || config->block_frames > config->max_block_frames ||
        !(config->doppler_max_m >= 0.0f && config->doppler_max_m <= LONGEST_DOPPLER_M)) {
        return PN_ERROR_ARGUMENT;
    }
    if (!(config->sample_rate_hz >= LOWEST_RATE_HZ && config->sample_rate_hz <= HIGHEST_RATE_HZ) ||
        config->sample_rate_hz != hrtf->sample_rate_hz) {
        return PN_ERROR_SAMPLE_RATE;
    }
    return PN_OK;
}

static uint32_t line_frames(const pn_engine_config *config)
{
    /* A guest looks a hop further back, and needs some milliseconds even of a source without propagation. */
    double needed = (double)config->doppler_max_m / (double)PN_SPEED_OF_SOUND_M_S * config->sample_rate_hz +
                    GUEST_S * config->sample_rate_hz + 2 * PN_HOP_FRAMES + 2 * PN_DELAY_TAPS;
    uint32_t frames = 2 * PN_HOP_FRAMES;
    while (frames < needed) {
        frames *= 2;
    }
    return frames;
}

static uint32_t latency_of(uint32_t block_frames)
{
    uint32_t a = PN_HOP_FRAMES;
    uint32_t b = block_frames == 0 ? 1 : block_frames;
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return PN_HOP_FRAMES - a;
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static pn_engine *place(pn_arena *arena, const pn_engine_config *config, const pn_hrtf *hrtf)
{
    const uint32_t sources = config->max_sources;
    const uint32_t line = line_frames(config);
    pn_engine *engine = PN_TAKE(arena, pn_engine, 1);
    const pn_delay_kernel *kernel = pn_delay_kernel_place(arena);
    const pn_near_field *near_field = pn_near_field_place(arena, (double)hrtf->distance_m);
    const pn_air air = pn_air_default();
    const pn_bands bands = pn_bands_place(arena, hrtf->fft_frames, hrtf->bins_padded, config->sample_rate_hz, &air);
    pn_tier1 *tier1 = pn_tier1_place(arena, hrtf->fft_frames, hrtf->bins_padded);
    pn_tier2 *tier2 = hrtf->basis_count > 0 ? pn_tier2_place(arena, hrtf->fft_frames) : NULL;
    pn_tier2 *former_tier2 = hrtf->basis_count > 0 ? pn_tier2_place(arena, hrtf->fft_frames) : NULL;
    pn_apart *apart = pn_apart_place(arena, hrtf->fft_frames, hrtf->bins_padded, config->sample_rate_hz, sources);
    pn_wide *wide = pn_wide_place(arena, hrtf->fft_frames, hrtf->bins_padded);
    pn_source *slots = pn_sources_place(arena, sources, hrtf, line);
    pn_clip *clips = PN_TAKE(arena, pn_clip, config->max_buffers);
    float *staged = PN_TAKE(arena, float, (size_t)sources *PN_HOP_FRAMES);
    uint8_t *staged_live = PN_TAKE(arena, uint8_t, sources);
    float *hop_x = PN_TAKE(arena, float, PN_HOP_FRAMES);
    float *hop_out = PN_TAKE(arena, float, 2 * PN_HOP_FRAMES);
    float *hop_ears = PN_TAKE(arena, float, 2 * PN_HOP_FRAMES);
    float *queue = PN_TAKE(arena, float, 2 * QUEUE_FRAMES);
    if (engine != NULL) {
        memset(engine, 0, sizeof *engine);
        engine->config = *config;
        engine->tier1 = tier1;
        engine->tier2 = tier2;
        engine->former_tier2 = former_tier2;
        engine->apart = apart;
        engine->sources = slots;
        engine->clips = clips;
        engine->staged = staged;
        engine->staged_live = staged_live;
        engine->hop_x = hop_x;
        engine->hop_out = hop_out;
        engine->hop_ears = hop_ears;
        engine->queue = queue;
        engine->context = (pn_source_context){
            .hrtf = hrtf,
            .kernel = kernel,
            .near_field = near_field,
            .wide = wide,
            .bands = bands,
            .sample_rate_hz = config->sample_rate_hz,
            .longest_delay = (float)(line - PN_HOP_FRAMES - 2 * PN_DELAY_TAPS),
            .sound_m_hop = (float)((double)PN_SPEED_OF_SOUND_M_S * PN_HOP_FRAMES / config->sample_rate_hz),
        };
        engine->former_hrtf = hrtf;
        pn_equalizer_init(&engine->equalizer, config->sample_rate_hz);
        pn_limiter_init(&engine->limiter, config->sample_rate_hz);
        pn_engine_reset(engine);
    }
    return engine;
}

pn_status pn_engine_size(const pn_engine_config *config, const pn_hrtf *hrtf, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    pn_status status = check(config, hrtf);
    if (status == PN_OK) {
        place(&arena, config, hrtf);
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_engine_init(void *memory, size_t bytes, const pn_engine_config *config, const pn_hrtf *hrtf,
                         pn_engine **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    pn_status status = pn_engine_size(config, hrtf, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, config, hrtf);
    return PN_OK;
}

void pn_engine_reset(pn_engine *engine)
{
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        pn_source_reset(&engine->sources[i], engine->context.hrtf->fft_frames);
    }
    pn_apart_reset(engine->apart);
    memset(engine->clips, 0, engine->config.max_buffers * sizeof *engine->clips);
    memset(engine->staged, 0, (size_t)engine->config.max_sources * PN_HOP_FRAMES * sizeof(float));
    memset(engine->staged_live, 0, engine->config.max_sources);
    memset(engine->queue, 0, 2 * QUEUE_FRAMES * sizeof(float));
    memset(engine->hop_ears, 0, 2 * PN_HOP_FRAMES * sizeof(float));
    pn_engine_set_ears(engine, NULL, NULL);
    engine->ears_live = false;
    memset(&engine->stats, 0, sizeof engine->stats);
    engine->stats.limiter_gain = 1.0f;
    engine->scene = pn_mend_default_header();
    engine->exact_limit = engine->config.max_exact_sources;
    engine->field_limit = MANY_OF_A_FIELD;
    engine->exact_gain = 0.0f;
    if (engine->tier2 != NULL) {
        pn_tier2_reset(engine->tier2);
        pn_tier2_reset(engine->former_tier2);
    }
    if (engine->context.guest != NULL) {
        engine->context.guest->reset(engine->context.guest);
    }
    if (engine->bed != NULL) {
        engine->bed->reset(engine->bed);
    }
    engine->exchanged = false;
    pn_head_reset(&engine->head);
    engine->head_pose = engine->head.glide.now;
    pn_equalizer_reset(&engine->equalizer);
    pn_limiter_reset(&engine->limiter);
    engine->gain = 1.0f;
    engine->clock_frame = 0.0;
    engine->filled = 0;
    engine->hops = 0.0;
    engine->scene_hop = 0.0;
    engine->scene_interval = 1;
    engine->queue_read = 0;
    engine->queue_count = latency_of(engine->config.block_frames);
    engine->stats.latency_frames = engine->queue_count;
}

static double seconds(const pn_engine *engine, double frames)
{
    return frames / engine->config.sample_rate_hz;
}

/* Hops that poses should take to arrive: as many as usually pass between scenes. */
static uint32_t next_interval(pn_engine *engine)
{
    double passed = engine->hops - engine->scene_hop;
    engine->scene_hop = engine->hops;
    if (passed >= 1.0 && seconds(engine, passed * PN_HOP_FRAMES) < STREAM_GAP_S) {
        /* The larger of the last two: a tracker's beat against the hop alternates, and arriving early is a stop. */
        uint32_t last = (uint32_t)passed;
        uint32_t before = engine->scene_interval;
        engine->scene_interval = last;
        return last > before ? last : before;
    }
    return passed >= 1.0 ? 1 : engine->scene_interval;
}

void pn_engine_apply(pn_engine *engine, const pn_scene_header *scene, size_t bytes)
{
    if (bytes < sizeof *scene || scene->magic != PN_SCENE_MAGIC || scene->version != PN_SCENE_VERSION ||
        scene->header_bytes != sizeof *scene || scene->source_bytes != sizeof(pn_scene_source) ||
        scene->source_count > (bytes - sizeof *scene) / sizeof(pn_scene_source)) {
        engine->stats.scenes_refused++;
        return;
    }
    const pn_scene_source *records = (const pn_scene_source *)(scene + 1);
    const pn_scene_source absent = pn_mend_default_source();
    const bool first = engine->stats.scenes_applied == 0;
    const uint32_t hops = next_interval(engine);
    engine->stats.values_mended += pn_mend_header(&engine->scene, scene);
    pn_head_apply(&engine->head, &engine->scene, first, hops);
    if (first) {
        engine->head_pose = engine->head.glide.now;
        engine->gain = engine->scene.gain;
        engine->limiter.amount = (engine->scene.flags & PN_SCENE_LIMITER) != 0 ? 1.0f : 0.0f;
    }
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        const pn_scene_source *record = i < scene->source_count ? &records[i] : &absent;
        engine->stats.values_mended +=
            pn_source_apply(&engine->sources[i], record, engine->context.hrtf->fft_frames, hops);
    }
    engine->stats.scenes_applied++;
}

/* A slot's live samples of this hop; NULL = none. */
static const float *live_input(const pn_engine *engine, uint32_t slot)
{
    if (engine->whole != NULL) {
        return engine->whole[slot] != NULL ? engine->whole[slot] + engine->whole_from : NULL;
    }
    return engine->staged_live[slot] != 0 ? engine->staged + (size_t)slot * PN_HOP_FRAMES : NULL;
}

/* What is staged for a slot must be zero where the next hop has no input. */
static void forget_staged(pn_engine *engine, uint32_t slot)
{
    if (engine->staged_live[slot] != 0) {
        pn_array_zero(engine->staged + (size_t)slot * PN_HOP_FRAMES, PN_HOP_FRAMES);
        engine->staged_live[slot] = 0;
    }
}

/* Whether a hop of a clip needs no cleaning: most clips are looked at once. */
static bool is_sane(pn_clip *clip, const float *x)
{
    const uint32_t at = (uint32_t)(x - clip->samples);
    if (clip->sane >= PN_HOP_FRAMES && at <= clip->sane - PN_HOP_FRAMES) {
        return true;
    }
    const bool sane = pn_array_is_sane(x, PN_HOP_FRAMES);
    clip->sane = sane && at <= clip->sane ? at + PN_HOP_FRAMES : clip->sane;
    return sane;
}

/* A source's input of this hop, live and played, cleaned; NULL if it is silent. Where it can be, it is in the source's
   window already. */
static const float *gather(pn_engine *engine, uint32_t slot, int tier)
{
    pn_source *source = &engine->sources[slot];
    float *x = engine->hop_x;
    const float *live = live_input(engine, slot);
    const bool fades = live != NULL && source->fresh && engine->hops > 0.0; /* it may come in the middle of its sound */
    const bool plays = source->record.buffer != 0 || source->player.playing || source->player.fade_out > 0;
    const float *from = live;
    if (plays && live == NULL) {
        from = pn_player_straight(&source->player, &source->record, engine->clips, engine->config.max_buffers,
                                  engine->clock_frame, engine->config.sample_rate_hz);
        if (from != NULL && is_sane(&engine->clips[source->player.number - 1], from) &&
            pn_source_borrow(source, &engine->context, tier, from)) {
            return pn_array_is_sounding(from, PN_HOP_FRAMES) ? from : NULL;
        }
    }
    bool any = from != NULL;
    if (fades || (plays && from == live)) {
        if (live != NULL) {
            pn_array_copy(x, live, PN_HOP_FRAMES);
        } else {
            pn_array_zero(x, PN_HOP_FRAMES);
        }
        if (fades) {
            pn_array_ramp(x, 0.0f, 1.0f, PN_HOP_FRAMES);
        }
        if (plays) {
            any |= pn_player_add(&source->player, &source->record, engine->clips, engine->config.max_buffers,
                                 engine->clock_frame, engine->config.sample_rate_hz, x);
        }
        from = x;
    }
    if (!any) {
        return NULL;
    }
    float *ahead = pn_source_ahead(source, &engine->context, tier);
    x = ahead != NULL ? ahead : x;
    const pn_clean found = pn_array_copy_clean(x, from, PN_HOP_FRAMES);
    engine->stats.samples_mended += found.mended;
    forget_staged(engine, slot);
    return found.sounding ? x : NULL;
}

/* Voices wait in a group until it is full: four share a transform. */
typedef struct group {
    pn_tier1_voice voice[PN_TIER1_LANES];
    uint32_t count;
} group;

static void push(pn_tier1 *tier, group *g, const float *window, const pn_source_work *work, bool moving)
{
    g->voice[g->count++] = (pn_tier1_voice){.window = window, .start = work->start, .end = work->end};
    if (g->count == PN_TIER1_LANES) {
        if (moving) {
            pn_tier1_add_moving(tier, g->voice, g->count);
        } else {
            pn_tier1_add_still(tier, g->voice, g->count);
        }
        g->count = 0;
    }
}

/* Lends an extended source its filters, or takes them back. Where all are lent, it stays a point. */
static void lend_apart(pn_engine *engine, pn_source *source)
{
    const bool wide = pn_source_is_wide(source) && engine->context.guest == NULL;
    if (wide && source->apart[0] == NULL) {
        const uint32_t floats = pn_hrtf_pair_floats(engine->context.hrtf);
        float *pairs = pn_apart_lend(engine->apart);
        if (pairs != NULL) { /* so far it was a point: nothing was apart */
            pn_array_zero(pairs, 2 * (size_t)floats);
            source->apart[0] = pairs;
            source->apart[1] = pairs + floats;
        }
    } else if (!wide && source->apart[0] != NULL) {
        pn_apart_return(engine->apart, source->apart[0]);
        source->apart[0] = NULL;
        source->apart[1] = NULL;
    }
}

/* A field's filters are mixtures by nature: sources beyond a few cost least in the bulk tier, which mixes nothing else.
   But its buses have a price of their own, which a few sources do not pay. */
static void limit_field(pn_engine *engine, uint32_t sounding)
{
    if (sounding <= FEW_OF_A_FIELD || sounding >= MANY_OF_A_FIELD) {
        engine->field_limit = sounding <= FEW_OF_A_FIELD ? MANY_OF_A_FIELD : 0;
    }
}

/* The tier of a source: as requested; else exact, unless that is full or the source is among the quiet. */
static int tier_of(const pn_engine *engine, const pn_source *source, uint32_t exact)
{
    const uint32_t wish = source->record.tier;
    if (engine->tier2 == NULL || wish == PN_TIER_EXACT || source->apart[0] != NULL) {
        return PN_EXACT;
    }
    if (wish == PN_TIER_BULK || exact >= engine->exact_limit ||
        (exact >= engine->field_limit && pn_hrtf_is_field(engine->context.hrtf))) {
        return PN_BULK;
    }
    const bool was_bulk = source->placed && source->tier == PN_BULK;
    const float needed = engine->exact_gain * (was_bulk ? TIER_HYSTERESIS : 1.0f);
    return source->key_valid && pn_source_audibility(source) < needed ? PN_BULK : PN_EXACT;
}

/* What a guest takes of a source: nothing of one that asks for the bulk tier, or is silent. */
static pn_guest_part part_of(const pn_engine *engine, const pn_source *source, uint32_t exact, bool sounds)
{
    pn_guest *guest = engine->context.guest;
    if (guest == NULL || source->record.tier == PN_TIER_BULK || !(sounds || source->placed)) {
        return PN_GUEST_NONE;
    }
    const pn_guest_part part = guest->part(guest, source->slot);
    return part == PN_GUEST_FILTERS && exact >= engine->exact_limit ? PN_GUEST_NONE : part;
}

/* Moves the border between the tiers until the exact one is nearly full. */
static void move_border(pn_engine *engine, uint32_t exact, uint32_t turned_away)
{
    if (turned_away > 0) {
        engine->exact_gain = BORDER_UP * (engine->exact_gain > LEAST_BORDER ? engine->exact_gain : LEAST_BORDER);
    } else if (exact < engine->exact_limit - engine->exact_limit / 8) {
        engine->exact_gain = engine->exact_gain > LEAST_BORDER ? engine->exact_gain * BORDER_DOWN : 0.0f;
    }
}

static bool moved(const pn_guest_hop *hop)
{
    return memcmp(&hop->from, &hop->to, sizeof hop->from) != 0;
}

/* A source of the bulk tier. When the head is exchanged, its sound fades over from one set of basis filters to the
   other, each with its own buses: nothing that one was mixed for is heard through the other. */
static void add_to_bulk(pn_engine *engine, const pn_tier2_voice *voice, bool exchanged)
{
    if (exchanged) {
        pn_tier2_add_fading(engine->former_tier2, engine->former_hrtf, voice, false);
        pn_tier2_add_fading(engine->tier2, engine->context.hrtf, voice, true);
    } else {
        pn_tier2_add(engine->tier2, engine->context.hrtf, voice);
    }
}

/* @return whether there was anything */
static bool finish_bulk(pn_engine *engine)
{
    if (engine->tier2 == NULL) {
        return false;
    }
    const bool former = pn_tier2_finish(engine->former_tier2, engine->former_hrtf, engine->tier1);
    return pn_tier2_finish(engine->tier2, engine->context.hrtf, engine->tier1) || former;
}

/* Clips lie anywhere, and all that sources hold of them is not in the cache: waiting for many at once takes as long as
   for one. */
static void touch(const pn_engine *engine, uint32_t from)
{
    for (uint32_t i = from; i < from + TOUCHED && i < engine->config.max_sources; i++) {
        pn_player_touch(&engine->sources[i].player, engine->clips, engine->config.max_buffers);
    }
}

static void render_sources(pn_engine *engine, const pn_pose *head_start, const pn_pose *head_end)
{
    pn_stats *stats = &engine->stats;
    pn_guest *guest = engine->context.guest;
    if (guest != NULL) {
        guest->sources_whole = 0;
        guest->sources_filters = 0;
    }
    group moving = {.count = 0};
    group still = {.count = 0};
    limit_field(engine, stats->sources_sounding);
    stats->sources_active = 0;
    stats->sources_sounding = 0;
    stats->sources_moving = 0;
    stats->sources_bulk = 0;
    uint32_t exact = 0;
    uint32_t turned_away = 0;
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        pn_source *source = &engine->sources[i];
        if (i % TOUCHED == 0) {
            touch(engine, i);
        }
        lend_apart(engine, source);
        if (!source->occupied) {
            forget_staged(engine, i); /* an input that belongs to nobody yet */
            continue;
        }
        if ((source->record.flags & PN_SOURCE_SOUNDFIELD) != 0) {
            forget_staged(engine, i);
            stats->sources_active++;
            continue; /* the bed's, if there is one */
        }
        const int own_tier = tier_of(engine, source, exact);
        const float *x = gather(engine, i, own_tier);
        const pn_guest_part part = part_of(engine, source, exact, x != NULL);
        const int tier = part == PN_GUEST_NONE ? own_tier : part == PN_GUEST_FILTERS ? PN_EXACT : PN_WHOLE;
        const pn_source_work work = pn_source_hop(source, &engine->context, head_start, head_end, x, tier, part);
        const bool moves = work.start != work.end || work.start_mix != work.end_mix;
        stats->sources_active++;
        stats->sources_sounding += work.start != NULL || work.start_mix != NULL || work.whole;
        stats->sources_moving += moves || (work.whole && moved(&source->told));
        if (work.whole && guest != NULL) {
            guest->whole(guest, i, &source->told, &source->line, engine->context.kernel);
        }
        if (work.start != NULL) {
            const bool turning = work.start != work.end;
            exact += tier == PN_EXACT;
            push(engine->tier1, turning ? &moving : &still, source->window[PN_EXACT], &work, turning);
            if (work.start_apart != NULL) {
                pn_apart_add(engine->apart, source->window[PN_EXACT], work.start_apart, work.end_apart);
            }
        }
        if (work.start_mix != NULL) {
            const pn_tier2_voice voice = {source->window[PN_BULK], work.start_mix, work.end_mix};
            stats->sources_bulk++;
            turned_away += source->record.tier == PN_TIER_AUTO && exact >= engine->exact_limit;
            add_to_bulk(engine, &voice, work.mix_exchanged);
        }
    }
    move_border(engine, exact, turned_away);
    if (moving.count > 0) {
        pn_tier1_add_moving(engine->tier1, moving.voice, moving.count);
    }
    if (still.count > 0) {
        pn_tier1_add_still(engine->tier1, still.voice, still.count);
    }
}

/* Slots whose source has faded out are empty for the next hop. */
static void bury(pn_engine *engine)
{
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        if (engine->sources[i].leaving) {
            pn_source_leave(&engine->sources[i], engine->context.hrtf->fft_frames);
        }
    }
}

static void enqueue(pn_engine *engine, const float *left, const float *right)
{
    const uint32_t at = engine->queue_read + engine->queue_count;
    for (uint32_t i = 0; i < PN_HOP_FRAMES; i++) {
        engine->queue[(at + i) % QUEUE_FRAMES] = left[i];
        engine->queue[QUEUE_FRAMES + (at + i) % QUEUE_FRAMES] = right[i];
    }
    engine->queue_count += PN_HOP_FRAMES;
}

/* @return whether there was anything */
static bool render_bed(pn_engine *engine, const pn_pose *head_start)
{
    const pn_bed_hop hop = {
        .head_start = head_start,
        .head_end = &engine->head_pose,
        .sources = engine->sources,
        .max_sources = engine->config.max_sources,
        .first = engine->hops == 0.0,
        .into = engine->tier1,
        .stats = &engine->stats,
    };
    return engine->bed != NULL && engine->bed->hop(engine->bed, &hop);
}

static void render_hop(pn_engine *engine)
{
    float *left = engine->hop_out;
    float *right = engine->hop_out + PN_HOP_FRAMES;
    pn_stats *stats = &engine->stats;
    const double hop_s = seconds(engine, PN_HOP_FRAMES);
    const double heard_s = seconds(engine, engine->clock_frame) + hop_s + (double)engine->scene.output_latency_s;
    const pn_pose head_start = engine->head_pose;
    engine->head_pose = pn_head_step(&engine->head, heard_s, hop_s);

    pn_tier1_begin(engine->tier1);
    pn_apart_begin(engine->apart);
    if (engine->tier2 != NULL) {
        pn_tier2_begin(engine->tier2);
        pn_tier2_begin(engine->former_tier2);
    }
    render_sources(engine, &head_start, &engine->head_pose);
    const bool beds = render_bed(engine, &head_start);
    const bool buses = finish_bulk(engine) || beds;
    engine->exchanged = false;
    if (stats->sources_sounding > 0 || buses) {
        pn_tier1_finish(engine->tier1, left, right);
    } else {
        memset(engine->hop_out, 0, 2 * PN_HOP_FRAMES * sizeof(float));
    }
    if (engine->context.guest != NULL) {
        engine->context.guest->finish(engine->context.guest, left, right);
    }
    pn_apart_finish(engine->apart, left, right);
    if (engine->ears_live) { /* both ears lie one behind the other, here and there */
        stats->samples_mended += pn_array_copy_clean(engine->hop_ears, engine->hop_ears, 2 * PN_HOP_FRAMES).mended;
        pn_array_add(left, engine->hop_ears, 2 * PN_HOP_FRAMES);
        pn_array_zero(engine->hop_ears, 2 * PN_HOP_FRAMES);
        engine->ears_live = false;
    }
    bury(engine);

    if (engine->gain != 1.0f || engine->scene.gain != 1.0f) {
        pn_array_ramp(left, engine->gain, engine->scene.gain, PN_HOP_FRAMES);
        pn_array_ramp(right, engine->gain, engine->scene.gain, PN_HOP_FRAMES);
        engine->gain = engine->scene.gain;
    }
    pn_equalizer_process(&engine->equalizer, engine->scene.equalizer, engine->hops == 0.0, left, right, PN_HOP_FRAMES);
    pn_limiter_process(&engine->limiter, (engine->scene.flags & PN_SCENE_LIMITER) != 0, left, right, PN_HOP_FRAMES);
    enqueue(engine, left, right);

    stats->peak[0] = pn_array_peak(left, PN_HOP_FRAMES);
    stats->peak[1] = pn_array_peak(right, PN_HOP_FRAMES);
    stats->limiter_gain = engine->limiter.gain;
    stats->pose_age_s = engine->head.predicting ? (float)engine->head.age_s : 0.0f;
    stats->frames += PN_HOP_FRAMES;
    engine->hops += 1.0;
    engine->clock_frame += PN_HOP_FRAMES;
    engine->filled = 0;
}

static void stage(pn_engine *engine, const float *const *inputs, uint32_t from, uint32_t frames)
{
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        if (inputs[i] != NULL) {
            pn_array_copy(engine->staged + (size_t)i * PN_HOP_FRAMES + engine->filled, inputs[i] + from, frames);
            engine->staged_live[i] = 1;
        }
    }
}

static void dequeue(pn_engine *engine, float *left, float *right, uint32_t frames)
{
    uint32_t there = frames < engine->queue_count ? frames : engine->queue_count;
    for (uint32_t i = 0; i < there; i++) {
        left[i] = engine->queue[(engine->queue_read + i) % QUEUE_FRAMES];
        right[i] = engine->queue[QUEUE_FRAMES + (engine->queue_read + i) % QUEUE_FRAMES];
    }
    engine->queue_read = (engine->queue_read + there) % QUEUE_FRAMES;
    engine->queue_count -= there;
    if (there < frames) { /* the host did not keep block_frames: from here on everything is later */
        memset(left + there, 0, (frames - there) * sizeof(float));
        memset(right + there, 0, (frames - there) * sizeof(float));
        engine->stats.starved_frames += frames - there;
        engine->stats.latency_frames += frames - there;
    }
}

void pn_engine_process(pn_engine *engine, const float *const *inputs, float *left, float *right, uint32_t frames)
{
    for (uint32_t done = 0; done < frames;) {
        const uint32_t room = PN_HOP_FRAMES - engine->filled;
        const uint32_t now = frames - done < room ? frames - done : room;
        engine->whole = now == PN_HOP_FRAMES ? inputs : NULL;
        engine->whole_from = done;
        if (engine->whole == NULL) {
            stage(engine, inputs, done, now);
        }
        for (int ear = 0; ear < 2 && engine->ears[0] != NULL; ear++) {
            pn_array_copy(engine->hop_ears + ear * PN_HOP_FRAMES + engine->filled, engine->ears[ear] + done, now);
            engine->ears_live = true;
        }
        if (engine->bed != NULL) {
            engine->bed->take(engine->bed, done, engine->filled, now);
        }
        engine->filled += now;
        if (engine->filled == PN_HOP_FRAMES) {
            render_hop(engine);
        }
        dequeue(engine, left + done, right + done, now);
        done += now;
    }
    pn_engine_set_ears(engine, NULL, NULL);
}

void pn_engine_set_ears(pn_engine *engine, const float *left, const float *right)
{
    engine->ears[0] = left;
    engine->ears[1] = right;
}

pn_status pn_engine_set_hrtf(pn_engine *engine, const pn_hrtf *hrtf)
{
    const pn_hrtf *now = engine->context.hrtf;
    if (hrtf == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    if (hrtf->sample_rate_hz != now->sample_rate_hz) {
        return PN_ERROR_SAMPLE_RATE;
    }
    if (hrtf->fft_frames != now->fft_frames || (hrtf->basis_count > 0) != (now->basis_count > 0)) {
        return PN_ERROR_FILE_SHAPE;
    }
    if (engine->tier2 != NULL && !engine->exchanged) { /* else the one in use has not been heard yet */
        pn_tier2 *free_one = engine->former_tier2;
        pn_tier2_reset(free_one);
        engine->former_tier2 = engine->tier2;
        engine->former_hrtf = now;
        engine->tier2 = free_one;
        engine->exchanged = true;
    }
    engine->context.hrtf = hrtf;
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        engine->sources[i].stale = true;
    }
    return PN_OK;
}

void pn_engine_set_exact_limit(pn_engine *engine, uint32_t sources)
{
    engine->exact_limit = sources;
}

uint32_t pn_engine_frames_to_hop(const pn_engine *engine)
{
    return PN_HOP_FRAMES - engine->filled;
}

void pn_engine_set_clock(pn_engine *engine, double frame)
{
    engine->clock_frame = frame - engine->filled;
}

void pn_engine_set_buffer(pn_engine *engine, uint32_t number, const float *samples, uint32_t frames)
{
    if (number < 1 || number > engine->config.max_buffers) {
        return;
    }
    pn_clip *clip = &engine->clips[number - 1];
    for (uint32_t i = 0; i < engine->config.max_sources; i++) {
        if (engine->sources[i].player.fading_clip.samples == clip->samples) {
            engine->sources[i].player.fade_out = 0;
        }
        pn_source_give_back(&engine->sources[i], clip, engine->context.hrtf->fft_frames);
    }
    *clip = samples != NULL ? (pn_clip){samples, frames, 0} : (pn_clip){NULL, 0, 0};
}

uint32_t pn_engine_ended_token(const pn_engine *engine, uint32_t slot)
{
    return slot < engine->config.max_sources ? engine->sources[slot].player.ended_token : 0;
}

void pn_engine_set_bed(pn_engine *engine, pn_bed *bed)
{
    engine->bed = bed;
}

void pn_engine_set_guest(pn_engine *engine, pn_guest *guest)
{
    engine->context.guest = guest;
}

uint32_t pn_engine_latency_frames(const pn_engine *engine)
{
    const pn_guest *guest = engine->context.guest;
    return engine->stats.latency_frames + (guest != NULL ? guest->latency_frames : 0);
}

void pn_engine_get_stats(const pn_engine *engine, pn_stats *out)
{
    const pn_guest *guest = engine->context.guest;
    *out = engine->stats;
    out->latency_frames = pn_engine_latency_frames(engine);
    out->sources_frames = guest != NULL ? guest->sources_whole : 0;
    out->sources_fir = guest != NULL ? guest->sources_filters : 0;
}
