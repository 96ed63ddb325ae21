/* SPDX-License-Identifier: MIT */
/* Laws of sound fields: of turning, of adding, of silence, of time. */
#include "support/head.h"
#include "support/metrics.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/soundfield.h"
#include "support/tolerance.h"

#include "hrtf/pn_decoder.h"
#include "math/pn_harmonics.h"

enum { HOP = PN_HOP_FRAMES, FRAMES = 40 * HOP, CHANNELS = PN_SOUNDFIELD_CHANNELS };

static const double RATE_HZ = 48000.0;
static const double PI = 3.14159265358979323846;

static head HEAD;
static const pn_decoder *DECODER;
static void *DECODER_MEMORY;
static float NOISE[FRAMES];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(241);
    HEAD = head_open_file(HEAD_KEMAR, RATE_HZ);
    DECODER = field_decoder(HEAD.set, &DECODER_MEMORY);
    rng_noise(&random, NOISE, FRAMES, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    free(DECODER_MEMORY);
    return 0;
}

static void set_rotation(float *to, pn_quat q)
{
    to[0] = q.x;
    to[1] = q.y;
    to[2] = q.z;
    to[3] = q.w;
}

/* A plane wave in a field, at rest. @param[out] ears [2][FRAMES] */
static void hear_plane(uint32_t order, pn_vec3 field_dir, pn_quat world_from_field, pn_quat world_from_head,
                       uint32_t flags, float *ears)
{
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    pn_scene_source *source = field_rig_place(f, 0, order);
    source->flags |= flags;
    set_rotation(source->world_from_source, world_from_field);
    set_rotation(f->r->scene->listener_world_from_head, world_from_head);
    rig_apply(f->r);
    field_rig_plane(f, 0, field_dir, NOISE, FRAMES);
    field_rig_step(f, ears, ears + FRAMES, FRAMES);
    field_rig_free(f);
}

static void a_turned_head_hears_what_a_field_turned_the_other_way_has_and_what_was_encoded_there(void **state)
{
    (void)state;
    rng r = rng_open(242);
    float *by_head = frames_of(2 * FRAMES), *by_field = frames_of(2 * FRAMES), *encoded = frames_of(2 * FRAMES);
    const pn_quat none = pn_quat_identity();
    for (uint32_t i = 0; i < 24; i++) {
        const uint32_t order = 1 + i % 3;
        const pn_quat q = rng_rotation(&r); /* roll included */
        const pn_vec3 dir = rng_direction(&r);
        hear_plane(order, dir, none, q, 0, by_head);
        hear_plane(order, dir, pn_quat_conjugate(q), none, 0, by_field);
        hear_plane(order, pn_quat_rotate(pn_quat_conjugate(q), dir), none, none, 0, encoded);
        CHECK_ABOVE(snr_db(encoded, by_head, 2 * FRAMES), SAME_SOUND_DB);
        CHECK_ABOVE(snr_db(encoded, by_field, 2 * FRAMES), SAME_SOUND_DB);
    }
    free(by_head);
    free(by_field);
    free(encoded);
}

static void a_locked_field_and_one_that_turns_with_the_head_sound_the_same(void **state)
{
    (void)state;
    rng r = rng_open(243);
    float *locked = frames_of(2 * FRAMES), *along = frames_of(2 * FRAMES), *still = frames_of(2 * FRAMES);
    const pn_vec3 dir = {0.6f, 0.0f, -0.8f};
    hear_plane(3, dir, pn_quat_identity(), pn_quat_identity(), 0, still);
    for (int i = 0; i < 6; i++) {
        const pn_quat q = rng_rotation(&r);
        hear_plane(3, dir, pn_quat_identity(), q, PN_SOURCE_HEAD_LOCKED, locked);
        hear_plane(3, dir, q, q, 0, along);
        CHECK_ABOVE(snr_db(still, locked, 2 * FRAMES), SAME_SOUND_DB);
        CHECK_ABOVE(snr_db(still, along, 2 * FRAMES), SAME_SOUND_DB);
    }
    free(locked);
    free(along);
    free(still);
}

static void left_is_left_and_right_is_right_at_every_order(void **state)
{
    (void)state;
    float *ears = frames_of(2 * FRAMES);
    for (uint32_t order = 1; order <= 3; order++) {
        for (int side = -1; side <= 1; side += 2) { /* +x is right */
            hear_plane(order, (pn_vec3){(float)side, 0.0f, 0.0f}, pn_quat_identity(), pn_quat_identity(), 0, ears);
            const double level = 20.0 * log10(rms(ears + FRAMES, FRAMES) / rms(ears, FRAMES));
            printf("order %u, from the %s: %.1f dB more on that side\n", order, side > 0 ? "right" : "left",
                   side * level);
            CHECK_ABOVE(side * level, 4.0);
        }
    }
    free(ears);
}

static void nothing_is_later_than_the_head_itself(void **state)
{
    (void)state;
    float x[4 * HOP] = {1.0f}, left[4 * HOP], right[4 * HOP], plane[2 * 4 * HOP];
    rig *r = rig_open(HEAD.set, rig_config(RATE_HZ, 1));
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    const pn_vec3 ahead = {0.0f, 0.0f, -1.0f};
    rig_place(r, 0, ahead);
    rig_apply(r);
    rig_run(r, 0, x, left, right, 4 * HOP);
    field_rig_place(f, 0, 3);
    rig_apply(f->r);
    field_rig_plane(f, 0, ahead, x, 4 * HOP);
    field_rig_step(f, plane, plane + 4 * HOP, 4 * HOP);
    assert_int_equal(pn_engine_latency_frames(f->r->engine), 0);
    size_t at[2] = {0, 0};
    for (size_t n = 0; n < 4 * HOP; n++) {
        at[0] = fabsf(left[n]) > fabsf(left[at[0]]) ? n : at[0];
        at[1] = fabsf(plane[n]) > fabsf(plane[at[1]]) ? n : at[1];
    }
    printf("the head's peak at %zu, the field's at %zu\n", at[0], at[1]);
    CHECK_BELOW(at[1], at[0]);
    rig_free(r);
    field_rig_free(f);
}

/* A rotation about an axis askew. */
static pn_quat askew(double angle)
{
    const float s = (float)sin(0.5 * angle);
    return (pn_quat){0.6f * s, 0.64f * s, 0.48f * s, (float)cos(0.5 * angle)};
}

/* A head that turns; or `exactly`: at rest, and the field turned at every sample. @param[out] ears [2][frames] */
static void hear_turning(double speed_rad_s, double tone_hz, bool exactly, size_t frames, float *ears)
{
    const pn_vec3 dir = {-0.8f, 0.36f, -0.48f};
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    float *x = frames_of(frames * CHANNELS);
    for (size_t n = 0; n < frames; n++) {
        const double s = 0.5 * sin(2.0 * PI * tone_hz * (double)n / RATE_HZ);
        const pn_quat q = askew(-speed_rad_s * (double)n / RATE_HZ);
        float gains[CHANNELS];
        pn_harmonics_at(exactly ? pn_quat_rotate(q, dir) : dir, gains);
        for (size_t c = 0; c < CHANNELS; c++) {
            x[c * frames + n] = (float)(s * (double)gains[c]);
        }
    }
    for (size_t c = 0; c < CHANNELS; c++) {
        f->inputs[c] = x + c * frames;
    }
    field_rig_place(f, 0, 3);
    rig_apply(f->r);
    for (size_t at = 0; at < frames; at += HOP) {
        const double now = exactly ? 0.0 : speed_rad_s * (double)(at + HOP) / RATE_HZ;
        set_rotation(f->r->scene->listener_world_from_head, askew(now));
        rig_apply(f->r);
        field_rig_step(f, ears + at, ears + frames + at, HOP);
    }
    free(x);
    field_rig_free(f);
}

static void a_turning_head_hears_what_a_head_that_turns_at_every_sample_would(void **state)
{
    (void)state;
    enum { N = 200 * HOP };
    const double speeds_degrees_s[] = {90.0, 360.0, 720.0};
    float *hops = frames_of(2 * N), *exact = frames_of(2 * N);
    double *wanted = calloc(2 * N, sizeof *wanted);
    for (int i = 0; i < 3; i++) {
        const double speed_rad_s = speeds_degrees_s[i] * PI / 180.0;
        /* What is linear over a hop is off by its square times the curvature over 8; of order 3 that is 9. */
        const double angle = speed_rad_s * HOP / RATE_HZ;
        hear_turning(speed_rad_s, 1000.0, false, N, hops);
        hear_turning(speed_rad_s, 1000.0, true, N, exact);
        for (size_t n = 0; n < 2 * N; n++) {
            wanted[n] = (double)exact[n];
        }
        const double error = metrics_esr_db(wanted, hops, 2 * N);
        printf("%.0f degrees a second: error %.1f dB\n", speeds_degrees_s[i], error);
        CHECK_BELOW(error, 20.0 * log10(9.0 * angle * angle / 8.0));
    }
    free(wanted);
    free(hops);
    free(exact);
}

static void a_fast_turn_does_not_splatter(void **state)
{
    (void)state;
    enum { N = 16384 };
    float *hops = frames_of(2 * N), *exact = frames_of(2 * N);
    double y[N];
    const double tones_hz[] = {1000.0, 6000.0};
    for (int tone = 0; tone < 2; tone++) {
        double splatter[2];
        hear_turning(2.0 * PI, tones_hz[tone], false, N, hops);
        hear_turning(2.0 * PI, tones_hz[tone], true, N, exact);
        for (int i = 0; i < 2; i++) {
            for (size_t n = 0; n < N; n++) {
                y[n] = (double)(i == 0 ? hops : exact)[n];
            }
            splatter[i] = metrics_splatter_db(y, RATE_HZ, tones_hz[tone], 150.0);
        }
        printf("%.0f Hz, 360 degrees a second: %.1f dB beside the tone; turned at every sample %.1f dB\n",
               tones_hz[tone], splatter[0], splatter[1]);
        CHECK_BELOW(splatter[0], -80.0);
    }
    free(hops);
    free(exact);
}

typedef void script(field_rig *f, bool after);

static void jumps(field_rig *f, bool after)
{
    set_rotation(f->r->source[0].world_from_source, askew(after ? 2.0 : 0.0));
}

static void gets_mute(field_rig *f, bool after)
{
    f->r->source[0].gain = after ? 0.0f : 1.0f;
}

static void goes(field_rig *f, bool after)
{
    f->r->source[0].flags = after ? 0 : PN_SOURCE_ACTIVE | PN_SOURCE_SOUNDFIELD;
}

static void comes(field_rig *f, bool after)
{
    goes(f, !after);
}

static void locks(field_rig *f, bool after)
{
    set_rotation(f->r->scene->listener_world_from_head, askew(1.5));
    f->r->source[0].flags = PN_SOURCE_ACTIVE | PN_SOURCE_SOUNDFIELD | (after ? PN_SOURCE_HEAD_LOCKED : 0);
}

static void is_replaced(field_rig *f, bool after)
{
    f->r->source[0].generation = after ? 7 : 0;
    f->r->source[0].gain = after ? 0.5f : 1.0f;
}

static const pn_decoder *OTHER; /* of another head */

static void changes_heads(field_rig *f, bool after)
{
    if (after) {
        assert_int_equal(pn_soundfields_set_decoder(f->fields, OTHER), PN_OK);
    }
}

/* Renders 60 hops before and 60 after; `only` 0 or 1 keeps one state. */
static void play(script *event, int only, float *ears, size_t frames)
{
    const pn_vec3 dir = {-0.8f, 0.36f, -0.48f};
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    float *x = frames_of(frames);
    for (size_t n = 0; n < frames; n++) { /* 2 kHz: see test_clicks.c */
        x[n] = (float)(0.5 * sin(2.0 * PI * 2000.0 * (double)n / RATE_HZ + 0.9));
    }
    field_rig_place(f, 0, 3);
    field_rig_plane(f, 0, dir, x, frames);
    for (size_t at = 0; at < frames; at += HOP) {
        const bool after = only < 0 ? at >= frames / 2 : only == 1;
        if (at == 0 || at == frames / 2) {
            event(f, after);
        }
        rig_apply(f->r);
        field_rig_step(f, ears + at, ears + frames + at, HOP);
    }
    free(x);
    field_rig_free(f);
}

static void nothing_that_happens_to_a_field_clicks(void **state)
{
    (void)state;
    enum { N = 120 * HOP, SKIP = 20 * HOP };
    static const struct {
        script *event;
        const char *name;
    } events[] = {{jumps, "a jump"},
                  {gets_mute, "mute"},
                  {goes, "going"},
                  {comes, "coming"},
                  {locks, "being locked"},
                  {is_replaced, "replacement"},
                  {changes_heads, "another head"}};
    float *out = frames_of(2 * N), *before = frames_of(2 * N), *after = frames_of(2 * N);
    head_blob blob = head_sphere(200);
    head other = head_open(&blob, RATE_HZ);
    void *memory = NULL;
    OTHER = field_decoder(other.set, &memory);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        play(events[i].event, -1, out, N);
        play(events[i].event, 0, before, N);
        play(events[i].event, 1, after, N);
        for (size_t ear = 0; ear < 2; ear++) {
            const size_t at = ear * N + SKIP;
            const bool louder = rms(before + at, N - SKIP) > rms(after + at, N - SKIP);
            const double click = click_db(out + at, N - SKIP, (louder ? before : after) + at, N - SKIP);
            printf("%s, %s ear: %.2f dB\n", events[i].name, ear == 0 ? "left" : "right", click);
            assert_true(all_finite(out + ear * N, N));
            CHECK_BELOW(click, CLICK_DB);
        }
    }
    head_free(&other);
    head_blob_free(&blob);
    free(memory);
    free(out);
    free(before);
    free(after);
}

static void silence_gives_exact_zeros_before_and_soon_after_a_sound(void **state)
{
    (void)state;
    float left[HOP], right[HOP];
    const float zeros[HOP] = {0.0f};
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    field_rig_place(f, 0, 3);
    for (int hop = 0; hop < 60; hop++) {
        const float *x = hop == 20 ? NOISE : (hop % 2 == 0 ? zeros : NULL);
        for (int c = 0; c < CHANNELS; c++) {
            f->inputs[c] = c % 3 == 0 || hop == 20 ? x : NULL;
        }
        set_rotation(f->r->scene->listener_world_from_head, askew(0.02 * hop));
        rig_apply(f->r);
        field_rig_step(f, left, right, HOP);
        const bool silent = all_zero(left, HOP) && all_zero(right, HOP);
        assert_int_equal(silent, hop != 20 && hop != 21); /* a filter is a hop long */
        assert_int_equal(rig_stats(f->r).sources_sounding, hop == 20);
        assert_int_equal(rig_stats(f->r).sources_active, 1);
    }
    field_rig_free(f);
}

static void what_is_not_a_number_is_mended_and_counted(void **state)
{
    (void)state;
    float x[HOP], left[HOP], right[HOP];
    field_rig *f = field_rig_open(HEAD.set, DECODER, rig_config(RATE_HZ, 1), 1);
    for (int n = 0; n < HOP; n++) {
        x[n] = n == 5 ? NAN : (n == 9 ? INFINITY : 0.1f);
    }
    field_rig_place(f, 0, 2);
    rig_apply(f->r);
    for (int c = 0; c < CHANNELS; c++) {
        f->inputs[c] = x;
    }
    field_rig_step(f, left, right, HOP);
    assert_true(all_finite(left, HOP) && all_finite(right, HOP) && !all_zero(left, HOP));
    assert_int_equal(rig_stats(f->r).samples_mended, 18); /* of the nine channels of its order */
    field_rig_free(f);
}

/* Three fields of orders 1 to 3 that turn, and a source. @param which  those that sound, as bits */
static void hear_some(uint32_t which, uint32_t block, float *ears)
{
    rng r = {244};
    pn_engine_config config = rig_config(RATE_HZ, 4);
    config.block_frames = block == HOP ? HOP : 0;
    field_rig *f = field_rig_open(HEAD.set, DECODER, config, 3);
    const uint32_t latency = pn_engine_latency_frames(f->r->engine);
    float *x = frames_of((size_t)3 * CHANNELS * FRAMES + FRAMES);
    float *out = frames_of(2 * (FRAMES + 2 * HOP));
    rng_noise(&r, x, (size_t)3 * CHANNELS * FRAMES + FRAMES, 0.3);
    for (uint32_t i = 0; i < 3; i++) {
        field_rig_place(f, i, i + 1);
        for (uint32_t c = 0; c < CHANNELS; c++) {
            f->inputs[i * CHANNELS + c] = (which & (1u << i)) != 0 ? x + (size_t)(i * CHANNELS + c) * FRAMES : NULL;
        }
    }
    rig_place(f->r, 3, (pn_vec3){1.0f, 0.0f, -1.0f});
    f->r->inputs[3] = (which & 8) != 0 ? x + (size_t)3 * CHANNELS * FRAMES : NULL;
    const float zeros[HOP] = {0.0f};
    for (uint32_t done = 0, hop = 0; done < FRAMES + latency;) {
        const uint32_t to_hop = pn_engine_frames_to_hop(f->r->engine);
        uint32_t frames = block == HOP ? HOP : 1 + rng_below(&r, HOP);
        frames = frames < to_hop ? frames : to_hop;
        if (frames == to_hop) { /* the scene of the hop that this block completes */
            for (uint32_t i = 0; i < 3; i++) {
                set_rotation(f->r->source[i].world_from_source, askew(0.05 * (double)(hop * (i + 1))));
            }
            set_rotation(f->r->scene->listener_world_from_head, askew(-0.03 * hop));
            rig_apply(f->r);
            hop++;
        }
        if (done + frames > FRAMES) { /* only what is late is still to come */
            if (done < FRAMES) {
                frames = FRAMES - done;
            } else {
                for (uint32_t i = 0; i < 3 * CHANNELS; i++) {
                    f->inputs[i] = f->inputs[i] != NULL ? zeros : NULL;
                }
                f->r->inputs[3] = f->r->inputs[3] != NULL ? zeros : NULL;
            }
        }
        field_rig_block(f, out + done, out + FRAMES + 2 * HOP + done, frames);
        done += frames;
    }
    for (size_t n = 0; n < FRAMES; n++) {
        ears[n] = out[latency + n];
        ears[FRAMES + n] = out[FRAMES + 2 * HOP + latency + n];
    }
    free(x);
    free(out);
    field_rig_free(f);
}

static void fields_and_sources_add_up(void **state)
{
    (void)state;
    float *all = frames_of(2 * FRAMES), *one = frames_of(2 * FRAMES), *sum = frames_of(2 * FRAMES);
    hear_some(15, HOP, all);
    for (uint32_t i = 0; i < 4; i++) {
        hear_some(1u << i, HOP, one);
        assert_false(all_zero(one, FRAMES));
        for (size_t n = 0; n < 2 * FRAMES; n++) {
            sum[n] += one[n];
        }
    }
    CHECK_ABOVE(snr_db(all, sum, 2 * FRAMES), SUPERPOSITION_DB);
    free(all);
    free(one);
    free(sum);
}

static void any_slicing_of_the_input_gives_the_same_bits(void **state)
{
    (void)state;
    float *hops = frames_of(2 * FRAMES), *pieces = frames_of(2 * FRAMES);
    hear_some(15, HOP, hops);
    hear_some(15, 1, pieces);
    assert_memory_equal(hops, pieces, 2 * FRAMES * sizeof *hops);
    free(hops);
    free(pieces);
}

static void every_rate_renders_the_same_side_at_the_same_level(void **state)
{
    (void)state;
    const double rates_hz[] = {8000.0, 16000.0, 22050.0, 44100.0, 96000.0, 192000.0};
    enum { N = 64 * HOP };
    float *x = frames_of(N), *ears = frames_of(2 * N);
    head_blob blob = head_read(HEAD_KEMAR);
    double usual[2] = {0.0, 0.0};
    for (int i = -1; i < (int)(sizeof rates_hz / sizeof rates_hz[0]); i++) {
        const double rate_hz = i < 0 ? RATE_HZ : rates_hz[i];
        head h = head_open(&blob, rate_hz);
        field_rig *f = field_rig_open(h.set, NULL, rig_config(rate_hz, 1), 1);
        sine_fill(x, N, 700.0, rate_hz, 0.5);
        field_rig_place(f, 0, 3);
        rig_apply(f->r);
        field_rig_plane(f, 0, (pn_vec3){-0.8f, 0.0f, -0.6f}, x, N);
        field_rig_step(f, ears, ears + N, N);
        for (int ear = 0; ear < 2; ear++) {
            assert_true(all_finite(ears + ear * N, N));
            const double level = 20.0 * log10(rms(ears + ear * N + N / 2, N / 2));
            usual[ear] = i < 0 ? level : usual[ear];
            printf("%6.0f Hz, %s: %.2f dB\n", rate_hz, ear == 0 ? "left" : "right", level);
            CHECK_NEAR(level, usual[ear], rate_hz < 32000.0 ? 1.5 : 0.5); /* see test_rates.c */
        }
        field_rig_free(f);
        head_free(&h);
    }
    CHECK_ABOVE(usual[0] - usual[1], 3.0);
    head_blob_free(&blob);
    free(x);
    free(ears);
}

static void a_decoder_that_does_not_fit_is_refused_and_a_copy_of_one_that_does_is_as_good(void **state)
{
    (void)state;
    head wrong = head_open_file(HEAD_KEMAR, 44100.0);
    void *memory = NULL;
    float *still = frames_of(2 * FRAMES), *copied = frames_of(2 * FRAMES);
    field_rig *f = field_rig_open(HEAD.set, NULL, rig_config(RATE_HZ, 1), 1);
    const pn_decoder *other = field_decoder(wrong.set, &memory);
    assert_int_equal(pn_soundfields_set_decoder(f->fields, other), PN_ERROR_SAMPLE_RATE);
    assert_int_equal(pn_soundfields_set_decoder(f->fields, NULL), PN_ERROR_ARGUMENT);
    size_t needed = 0;
    assert_int_equal(pn_decoder_size(NULL, &needed), PN_ERROR_ARGUMENT);
    assert_int_equal(pn_soundfields_size(PN_SOUNDFIELDS_MOST + 1, f->decoder, &needed), PN_ERROR_ARGUMENT);
    hear_plane(3, (pn_vec3){-1.0f, 0.0f, 0.0f}, pn_quat_identity(), pn_quat_identity(), 0, still);
    void *elsewhere = head_memory(pn_decoder_bytes(f->decoder));
    memcpy(elsewhere, f->decoder, pn_decoder_bytes(f->decoder));
    assert_int_equal(pn_soundfields_set_decoder(f->fields, elsewhere), PN_OK);
    memset(f->memory[0], 0xff, pn_decoder_bytes(f->decoder)); /* no number: nothing may still read it */
    field_rig_place(f, 0, 3);
    rig_apply(f->r);
    field_rig_plane(f, 0, (pn_vec3){-1.0f, 0.0f, 0.0f}, NOISE, FRAMES);
    float none[2][HOP];
    const float *const *inputs = f->inputs;
    f->inputs = calloc(CHANNELS, sizeof *f->inputs);
    field_rig_step(f, none[0], none[1], HOP); /* the change of heads, in silence */
    free((void *)f->inputs);
    f->inputs = (const float **)(uintptr_t)inputs;
    field_rig_step(f, copied, copied + FRAMES, FRAMES);
    assert_memory_equal(copied, still, 2 * FRAMES * sizeof *still);
    field_rig_free(f);
    head_free(&wrong);
    free(memory);
    free(elsewhere);
    free(still);
    free(copied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turned_head_hears_what_a_field_turned_the_other_way_has_and_what_was_encoded_there),
        cmocka_unit_test(a_locked_field_and_one_that_turns_with_the_head_sound_the_same),
        cmocka_unit_test(left_is_left_and_right_is_right_at_every_order),
        cmocka_unit_test(nothing_is_later_than_the_head_itself),
        cmocka_unit_test(a_turning_head_hears_what_a_head_that_turns_at_every_sample_would),
        cmocka_unit_test(a_fast_turn_does_not_splatter),
        cmocka_unit_test(nothing_that_happens_to_a_field_clicks),
        cmocka_unit_test(silence_gives_exact_zeros_before_and_soon_after_a_sound),
        cmocka_unit_test(what_is_not_a_number_is_mended_and_counted),
        cmocka_unit_test(fields_and_sources_add_up),
        cmocka_unit_test(any_slicing_of_the_input_gives_the_same_bits),
        cmocka_unit_test(every_rate_renders_the_same_side_at_the_same_level),
        cmocka_unit_test(a_decoder_that_does_not_fit_is_refused_and_a_copy_of_one_that_does_is_as_good),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
