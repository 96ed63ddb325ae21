/* SPDX-License-Identifier: MIT */
/*
 * A clip that is played straight on is not copied: the tiers read it where it lies. Nobody may hear that. Whatever
 * happens to the source, a clip sounds as its samples do that come by a live input, to the bit.
 */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "base/pn_hop.h"

enum {
    HOP = PN_HOP_FRAMES,
    HOPS = 120,
    FRAMES = HOPS * HOP,
    CLIP = 21 * HOP + 37, /* loops do not begin where hops do */
    SOURCES = 3,
    SILENCE_FROM = 700,
    SILENCE_TO = 2000,
};

static head HEAD;
static head OTHER;
static float SOUND[CLIP];

/* Of the sources, the first is in the exact tier, the second in the bulk tier, the third as the engine likes. */
static const uint32_t TIER[SOURCES] = {PN_TIER_EXACT, PN_TIER_BULK, PN_TIER_AUTO};

typedef struct pair {
    rig *clip;
    rig *live;
    float samples[CLIP]; /* that the clip's engine was lent */
    float extra[HOP];    /* what else comes to an input */
    bool with_extra, silent, taken;
} pair;

/* What happens before a hop, to both engines alike. */
typedef void event(pair *p, int hop);

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(2611);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    OTHER = head_open_file(HEAD_KEMAR, 48000.0);
    rng_noise(&random, SOUND, CLIP, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    head_free(&OTHER);
    return 0;
}

static pn_scene_source *source_of(rig *r, int slot)
{
    return &r->source[slot];
}

static void place_all(rig *r, int hop)
{
    for (int slot = 0; slot < SOURCES; slot++) {
        const float turn = 0.01f * (float)hop + (float)slot;
        float *position = source_of(r, slot)->position_m;
        position[0] = cosf(turn);
        position[2] = -sinf(turn);
    }
}

static rig *open_rig(void)
{
    rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
    for (uint32_t slot = 0; slot < SOURCES; slot++) {
        rig_place(r, slot, (pn_vec3){1.0f, 0.2f, 0.0f})->tier = TIER[slot];
    }
    return r;
}

static void check_same(event *happens)
{
    static pair p;
    memset(&p, 0, sizeof p);
    memcpy(p.samples, SOUND, sizeof SOUND);
    p.clip = open_rig();
    p.live = open_rig();
    pn_engine_set_buffer(p.clip->engine, 1, p.samples, CLIP);
    for (uint32_t slot = 0; slot < SOURCES; slot++) {
        rig_play(p.clip, slot, 1, 1, 0.0);
        source_of(p.clip, (int)slot)->flags |= PN_SOURCE_LOOP;
    }
    double heard = 0.0;
    for (int hop = 0; hop < HOPS; hop++) {
        float x[HOP];
        float a[2 * HOP];
        float b[2 * HOP];
        happens(&p, hop);
        for (int i = 0; i < HOP; i++) {
            x[i] = (p.with_extra ? p.extra[i] : 0.0f) + SOUND[(hop * HOP + i) % CLIP];
        }
        place_all(p.clip, hop);
        place_all(p.live, hop);
        rig_apply(p.clip);
        rig_apply(p.live);
        for (int slot = 0; slot < SOURCES; slot++) {
            p.clip->inputs[slot] = p.with_extra ? p.extra : NULL;
            p.live->inputs[slot] = p.silent ? NULL : x;
        }
        rig_step(p.clip, a, a + HOP, HOP);
        rig_step(p.live, b, b + HOP, HOP);
        assert_memory_equal(a, b, sizeof a);
        assert_true(all_finite(a, 2 * HOP));
        heard += rms(a, 2 * HOP);
    }
    assert_true(heard > 0.01 * HOPS);
    assert_true(rig_stats(p.clip).samples_mended == rig_stats(p.live).samples_mended);
    assert_true(rig_stats(p.clip).sources_bulk == rig_stats(p.live).sources_bulk);
    rig_free(p.clip);
    rig_free(p.live);
}

static void nothing(pair *p, int hop)
{
    (void)p;
    (void)hop;
}

static void a_looped_clip_sounds_as_its_samples_at_an_input(void **state)
{
    (void)state;
    check_same(nothing);
}

static void change_tiers(pair *p, int hop)
{
    for (int slot = 0; slot < SOURCES; slot++) {
        const uint32_t tier = TIER[(slot + hop / 7) % SOURCES];
        source_of(p->clip, slot)->tier = tier;
        source_of(p->live, slot)->tier = tier;
    }
}

static void likewise_where_it_changes_its_tier(void **state)
{
    (void)state;
    check_same(change_tiers);
}

static void toggle_doppler(pair *p, int hop)
{
    for (int slot = 0; slot < SOURCES; slot++) {
        const uint32_t flag = hop / 9 % 2 != 0 ? PN_SOURCE_DOPPLER : 0;
        source_of(p->clip, slot)->flags = (source_of(p->clip, slot)->flags & ~(uint32_t)PN_SOURCE_DOPPLER) | flag;
        source_of(p->live, slot)->flags = (source_of(p->live, slot)->flags & ~(uint32_t)PN_SOURCE_DOPPLER) | flag;
    }
}

static void likewise_where_it_begins_to_propagate_and_ceases(void **state)
{
    (void)state;
    check_same(toggle_doppler);
}

static void add_extra(pair *p, int hop)
{
    p->with_extra = hop % 11 >= 6;
    for (int i = 0; i < HOP; i++) {
        p->extra[i] = SOUND[(hop * 31 + i) % HOP];
    }
}

static void likewise_where_an_input_joins_it_now_and_then(void **state)
{
    (void)state;
    check_same(add_extra);
}

static void exchange_heads(pair *p, int hop)
{
    if (hop % 13 == 12) {
        const pn_hrtf *set = hop / 13 % 2 != 0 ? HEAD.set : OTHER.set;
        assert_int_equal(pn_engine_set_hrtf(p->clip->engine, set), PN_OK);
        assert_int_equal(pn_engine_set_hrtf(p->live->engine, set), PN_OK);
    }
}

static void likewise_where_heads_are_exchanged(void **state)
{
    (void)state;
    check_same(exchange_heads);
}

static void spoil(float *samples)
{
    for (int i = SILENCE_FROM; i < SILENCE_TO; i++) { /* longer than a window: the sources rest, and come back */
        samples[i] = i % 3 == 0 ? -0.0f : 0.0f;
    }
    samples[5 * HOP + 3] = NAN;
    samples[16 * HOP] = 1e-30f;
    samples[18 * HOP + 127] = -INFINITY;
    samples[19 * HOP + 1] = 1e12f;
    samples[20 * HOP + 5] = 1e-42f;
}

static void likewise_where_samples_are_silent_or_no_sound(void **state)
{
    (void)state;
    float kept[CLIP];
    memcpy(kept, SOUND, sizeof kept);
    spoil(SOUND);
    check_same(nothing);
    check_same(change_tiers);
    memcpy(SOUND, kept, sizeof kept);
}

static void take_back(pair *p, int hop)
{
    p->silent = hop >= HOPS / 2;
    if (p->silent && !p->taken) {
        p->taken = true;
        pn_engine_set_buffer(p->clip->engine, 1, NULL, 0);
        memset(p->samples, 0x7f, sizeof p->samples); /* somebody else's now, and not even numbers */
    }
}

static void a_clip_that_is_taken_back_is_not_read_again(void **state)
{
    (void)state;
    check_same(take_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_looped_clip_sounds_as_its_samples_at_an_input),
        cmocka_unit_test(likewise_where_it_changes_its_tier),
        cmocka_unit_test(likewise_where_it_begins_to_propagate_and_ceases),
        cmocka_unit_test(likewise_where_an_input_joins_it_now_and_then),
        cmocka_unit_test(likewise_where_heads_are_exchanged),
        cmocka_unit_test(likewise_where_samples_are_silent_or_no_sound),
        cmocka_unit_test(a_clip_that_is_taken_back_is_not_read_again),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
