/* SPDX-License-Identifier: MIT */
/* LINN's forms A and B in the engine: the laws that whatever renders must keep, and B against A. */
#include "support/dense.h"
#include "support/head.h"
#include "support/metrics.h"
#include "support/render.h"
#include "support/solo.h"
#include "support/tolerance.h"

#include "math/pn_space.h"

enum { HOP = PN_HOP_FRAMES, LATE = 1024, LONG_FRAMES = SOLO_SANITIZED ? 96 * HOP : 750 * HOP };

static const double PI = 3.14159265358979323846;
static const double RATE_HZ = 48000.0;

/* Room for the samples before a filter's peak: form B adds no latency then. */
static const double OFFSET_S = 0.5e-3;

typedef struct scene {
    head h;
    head_blob blob;
    rig *r;
    dense_guest guest;
} scene;

static scene scene_of(head_blob blob, uint32_t sources, pn_linn_form form)
{
    scene s = {.h = head_open_file(HEAD_KEMAR, RATE_HZ), .blob = blob};
    s.r = rig_open(s.h.set, rig_config(RATE_HZ, sources));
    s.guest = dense_attach(s.r->engine, s.h.set, &s.blob);
    pn_linn_set_form(s.guest.linn, form);
    return s;
}

static scene scene_open(uint32_t sources, pn_linn_form form)
{
    return scene_of(dense_smooth(3, OFFSET_S), sources, form);
}

static void scene_close(scene *s)
{
    rig_free(s->r);
    dense_free(&s->guest);
    head_blob_free(&s->blob);
    head_free(&s->h);
}

/* Speech where this machine has made some, noise like it otherwise. */
static void speech(float *x, size_t frames)
{
    const char *path = PN_ROOT "/examples/sounds/speech-near.wav";
    FILE *file = fopen(path, "rb");
    if (file != NULL && fseek(file, 44 + 2 * 24000, SEEK_SET) == 0) {
        int16_t *samples = head_memory(frames * sizeof *samples);
        const size_t got = fread(samples, sizeof *samples, frames, file);
        for (size_t i = 0; i < frames; i++) {
            x[i] = i < got ? (float)samples[i] / 32768.0f : 0.0f;
        }
        free(samples);
        fclose(file);
        if (got == frames) {
            return;
        }
    }
    print_message("no examples/sounds here (npm test makes it): noise like speech instead\n");
    double *noise = head_memory(frames * sizeof *noise);
    metrics_speech_noise(noise, frames, RATE_HZ, 5);
    for (size_t i = 0; i < frames; i++) {
        x[i] = (float)noise[i];
    }
    free(noise);
}

/* A talker who walks round the head, nearer and farther, and turns. */
static void walk(pn_scene_source *source, double t)
{
    const double angle = 1.0 * t;
    const double r = 1.3 + 0.3 * sin(0.9 * t);
    source->position_m[0] = (float)(r * sin(angle));
    source->position_m[1] = (float)(0.2 * sin(0.7 * t));
    source->position_m[2] = (float)(-r * cos(angle));
    source->world_from_source[1] = (float)sin(0.35 * t + 0.3);
    source->world_from_source[3] = (float)cos(0.35 * t + 0.3);
}

typedef void mover(pn_scene_source *source, double t);

/* Hop by hop, the scene of each hop's end. */
static void render(scene *s, const float *x, float *left, float *right, size_t frames, mover *move)
{
    if (move != NULL) {
        move(&s->r->source[0], 0.0);
    }
    rig_apply(s->r);
    s->r->inputs[0] = x;
    for (size_t at = 0; at < frames; at += HOP) {
        if (move != NULL) {
            move(&s->r->source[0], (double)(at + HOP) / RATE_HZ);
            rig_apply(s->r);
        }
        rig_step(s->r, left + at, right + at, HOP);
    }
}

/* Form B's likeness to form A, the worse ear. */
static double likeness_at(head_blob (*model)(void), bool doppler)
{
    float *x = frames_of(LONG_FRAMES);
    float *a[2] = {frames_of(LONG_FRAMES), frames_of(LONG_FRAMES)};
    float *b[2] = {frames_of(LONG_FRAMES), frames_of(LONG_FRAMES)};
    double worst = 300.0;
    speech(x, LONG_FRAMES);
    scene frames = scene_of(model(), 1, PN_LINN_FRAMES);
    scene fir = scene_of(model(), 1, PN_LINN_FIR);
    rig_place(frames.r, 0, (pn_vec3){0, 0, -1})->flags |= doppler ? PN_SOURCE_DOPPLER : 0;
    rig_place(fir.r, 0, (pn_vec3){0, 0, -1})->flags |= doppler ? PN_SOURCE_DOPPLER : 0;
    render(&frames, x, a[0], a[1], LONG_FRAMES, walk);
    render(&fir, x, b[0], b[1], LONG_FRAMES, walk);
    assert_int_equal(rig_stats(frames.r).latency_frames, LATE);
    assert_int_equal(rig_stats(fir.r).latency_frames, 0);
    assert_int_equal(rig_stats(frames.r).sources_frames, 1);
    assert_int_equal(rig_stats(fir.r).sources_fir, 1);
    for (int ear = 0; ear < 2; ear++) {
        const double same = snr_db(a[ear] + LATE, b[ear], LONG_FRAMES - LATE);
        print_message("doppler %d, ear %d: %.1f dB\n", doppler, ear, same);
        worst = fmin(worst, same);
    }
    scene_close(&frames);
    scene_close(&fir);
    free(x);
    for (int ear = 0; ear < 2; ear++) {
        free(a[ear]);
        free(b[ear]);
    }
    return worst;
}

/* With and without. */
static double likeness_db(head_blob (*model)(void))
{
    return fmin(likeness_at(model, false), likeness_at(model, true));
}

static head_blob smooth_model(void)
{
    return dense_smooth(3, OFFSET_S);
}

static head_blob trained_model(void)
{
    return head_read(PN_ROOT "/models/linn/kemar-dense.safetensors");
}

static void form_b_is_form_a_without_its_latency_to_30_db_on_speech_of_a_walking_talker(void **state)
{
    (void)state;
    CHECK_ABOVE(likeness_db(smooth_model), 30.0);
}

static void so_it_is_with_the_trained_model(void **state)
{
    (void)state;
    if (SOLO_SANITIZED) {
        skip(); /* a quarter of a second of speech is too little to judge by */
    }
    CHECK_ABOVE(likeness_db(trained_model), 30.0);
}

static head_blob model_without_room(void)
{
    return dense_smooth(3, 1e-4);
}

/* Its filters need 0.3 ms more than the model leaves them: that is taken from the way, and they are not late. */
static void what_a_model_leaves_no_room_for_is_taken_from_the_way(void **state)
{
    (void)state;
    CHECK_ABOVE(likeness_at(model_without_room, true), 30.0);
}

static void noise(float *x, size_t frames, uint64_t seed)
{
    for (size_t i = 0; i < frames; i++) {
        x[i] = (float)(0.3 * metrics_noise(&seed));
    }
}

static void what_lies_in_wait_changes_no_bit_while_it_is_off(void **state)
{
    (void)state;
    enum { FRAMES = 40 * HOP };
    static float x[FRAMES], with[2][FRAMES], without[2][FRAMES];
    noise(x, FRAMES, 11);
    scene s = scene_open(1, PN_LINN_OFF);
    rig_place(s.r, 0, (pn_vec3){0, 0, -1});
    render(&s, x, with[0], with[1], FRAMES, walk);
    scene_close(&s);
    scene plain = scene_open(1, PN_LINN_OFF);
    pn_linn_attach(NULL, plain.r->engine);
    rig_place(plain.r, 0, (pn_vec3){0, 0, -1});
    render(&plain, x, without[0], without[1], FRAMES, walk);
    scene_close(&plain);
    assert_memory_equal(with, without, sizeof with);
}

static void silence_ends_in_exact_zeros_and_sound_that_returns_is_as_new(void **state)
{
    (void)state;
    enum { SOUND = 24 * HOP, REST = 80 * HOP, FRAMES = 2 * SOUND + REST };
    static float x[FRAMES], left[FRAMES], right[FRAMES];
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        memset(x, 0, sizeof x);
        noise(x, SOUND, 21);
        memcpy(x + SOUND + REST, x, SOUND * sizeof *x);
        scene s = scene_open(1, form);
        rig_place(s.r, 0, (pn_vec3){0.5f, 0.2f, -1});
        render(&s, x, left, right, FRAMES, NULL);
        assert_true(all_zero(left + SOUND + 24 * HOP, REST - 24 * HOP));
        assert_true(all_zero(right + SOUND + 24 * HOP, REST - 24 * HOP));
        assert_true(rms(left + LATE, SOUND - LATE) > 0.01);
        assert_memory_equal(left, left + SOUND + REST, SOUND * sizeof *left);
        assert_memory_equal(right, right + SOUND + REST, SOUND * sizeof *right);
        scene_close(&s);
    }
}

static void what_is_not_a_number_is_not_heard(void **state)
{
    (void)state;
    enum { FRAMES = 48 * HOP };
    static float x[FRAMES], left[FRAMES], right[FRAMES];
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        noise(x, FRAMES, 31);
        x[700] = NAN;
        x[701] = INFINITY;
        x[1900] = -1e38f;
        scene s = scene_open(1, form);
        rig_place(s.r, 0, (pn_vec3){1, 0, 0});
        rig_apply(s.r);
        s.r->source[0].position_m[0] = NAN;
        s.r->source[0].gain = INFINITY;
        rig_apply(s.r);
        rig_run(s.r, 0, x, left, right, FRAMES);
        assert_true(all_finite(left, FRAMES) && all_finite(right, FRAMES));
        CHECK_BELOW(peak_of(left, FRAMES), 30.0);
        scene_close(&s);
    }
}

static void any_slicing_of_the_input_gives_the_same_bits(void **state)
{
    (void)state;
    enum { FRAMES = 40 * HOP };
    static float x[FRAMES], whole[2][FRAMES], cut[2][FRAMES];
    noise(x, FRAMES, 41);
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        for (int pass = 0; pass < 2; pass++) {
            scene s = scene_open(1, form);
            pn_engine_config config = s.r->config;
            config.block_frames = 0; /* a hop less a frame of latency, whatever the blocks */
            rig *r = rig_open(s.h.set, config);
            dense_guest guest = dense_attach(r->engine, s.h.set, &s.blob);
            pn_linn_set_form(guest.linn, form);
            rig_place(r, 0, (pn_vec3){-0.7f, 0.1f, 0.6f});
            rig_apply(r);
            uint64_t seed = 5;
            float(*to)[FRAMES] = pass == 0 ? whole : cut;
            for (uint32_t at = 0; at < FRAMES;) {
                uint32_t now = pass == 0 ? HOP : 1 + (uint32_t)(150.0 * (1.0 + metrics_noise(&seed)));
                now = now < FRAMES - at ? now : FRAMES - at;
                const float *input = x + at;
                pn_engine_process(r->engine, &input, to[0] + at, to[1] + at, now);
                at += now;
            }
            rig_free(r);
            dense_free(&guest);
            scene_close(&s);
        }
        assert_memory_equal(whole, cut, sizeof whole);
    }
}

static void head_and_world_turned_together_change_nothing(void **state)
{
    (void)state;
    enum { FRAMES = 48 * HOP };
    static float x[FRAMES], plain[2][FRAMES], turned[2][FRAMES];
    const pn_quat turn = pn_quat_normalize((pn_quat){0.3f, -0.5f, 0.2f, 0.8f});
    const pn_vec3 shift = {3.0f, -1.0f, 7.0f};
    const pn_vec3 at = {0.8f, 0.3f, -0.9f};
    const pn_quat facing = pn_quat_normalize((pn_quat){0.1f, 0.7f, 0.0f, 0.7f});
    noise(x, FRAMES, 51);
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        for (int pass = 0; pass < 2; pass++) {
            scene s = scene_open(1, form);
            const pn_quat q = pass == 0 ? facing : pn_quat_mul(turn, facing);
            const pn_vec3 p = pass == 0 ? at : pn_vec3_add(shift, pn_quat_rotate(turn, at));
            pn_scene_source *source = rig_place(s.r, 0, p);
            memcpy(source->world_from_source, &q, sizeof q);
            if (pass == 1) {
                memcpy(s.r->scene->listener_position_m, &shift, sizeof shift);
                memcpy(s.r->scene->listener_world_from_head, &turn, sizeof turn);
            }
            float(*to)[FRAMES] = pass == 0 ? plain : turned;
            render(&s, x, to[0], to[1], FRAMES, NULL);
            scene_close(&s);
        }
        for (int ear = 0; ear < 2; ear++) {
            CHECK_ABOVE(snr_db(plain[ear], turned[ear], FRAMES), 80.0); /* positions of 8 m round by 5e-7 m */
        }
    }
}

static void five_and_more_talkers_are_heard_the_first_four_in_form_a(void **state)
{
    (void)state;
    enum { TALKERS = 7, FRAMES = 40 * HOP };
    static float x[FRAMES], left[FRAMES], right[FRAMES];
    noise(x, FRAMES, 61);
    scene s = scene_open(TALKERS, PN_LINN_FRAMES);
    for (uint32_t i = 0; i < TALKERS; i++) {
        rig_place(s.r, i, (pn_vec3){(float)i - 3.0f, 0, -1});
        s.r->inputs[i] = x;
    }
    s.r->source[2].tier = PN_TIER_BULK; /* asks for shared filters, and has them */
    rig_apply(s.r);
    rig_step(s.r, left, right, FRAMES);
    const pn_stats stats = rig_stats(s.r);
    assert_int_equal(stats.sources_frames, PN_LINN_MOST_FRAMES);
    assert_int_equal(stats.sources_fir, 2);
    assert_int_equal(stats.sources_bulk, 1);
    assert_int_equal(stats.sources_sounding, TALKERS);
    scene_close(&s);
}

/* A steady tone, so that whatever stands out is a click. */
static void changes_are_heard_as_changes_not_as_clicks(void **state)
{
    (void)state;
    enum { PART = 60 * HOP, FRAMES = 8 * PART };
    static const pn_linn_form order[] = {PN_LINN_OFF, PN_LINN_FRAMES, PN_LINN_FIR,    PN_LINN_OFF,
                                         PN_LINN_FIR, PN_LINN_FRAMES, PN_LINN_FRAMES, PN_LINN_OFF};
    float *x = frames_of(FRAMES);
    float *left = frames_of(FRAMES);
    float *right = frames_of(FRAMES);
    sine_fill(x, FRAMES, 440.0, RATE_HZ, 0.5);
    for (int doppler = 0; doppler < 2; doppler++) {
        scene s = scene_open(1, PN_LINN_OFF);
        rig_place(s.r, 0, (pn_vec3){0.5f, 0, -1})->flags |= doppler ? PN_SOURCE_DOPPLER : 0;
        rig_apply(s.r);
        for (int i = 0; i < 8; i++) {
            pn_linn_set_form(s.guest.linn, order[i]);
            if (i == 6) { /* another place, at once */
                s.r->source[0].position_m[0] = -1.5f;
                s.r->source[0].teleport++;
                rig_apply(s.r);
            }
            s.r->inputs[0] = x + i * PART;
            rig_step(s.r, left + i * PART, right + i * PART, PART);
            assert_int_equal(rig_stats(s.r).sources_frames, order[i] == PN_LINN_FRAMES);
            assert_int_equal(rig_stats(s.r).sources_fir, order[i] == PN_LINN_FIR);
        }
        /* The loudest part's own curvature, of a sine of that amplitude, and a hop's fading on top of it. */
        const double w = 2.0 * PI * 440.0 / RATE_HZ;
        for (int ear = 0; ear < 2; ear++) {
            const float *y = ear == 0 ? left : right;
            const double peak = peak_of(y, FRAMES);
            double worst = 0.0;
            for (size_t i = 2 * HOP; i < FRAMES; i++) {
                worst = fmax(worst, fabs((double)y[i] - 2.0 * (double)y[i - 1] + (double)y[i - 2]));
            }
            /* Two sounds of amplitude a, one fading in and one out over 128 frames: each a w^2, twice 2 a w / 128, and
               a / 128 where the fading begins or ends. A step of 3 % of the peak would be more. */
            CHECK_BELOW(worst, 2.0 * peak * (w * w + 4.0 * w / HOP + 1.0 / HOP));
        }
        /* Between the changes there is sound, of one level. */
        for (int i = 1; i < 8; i++) {
            const float *y = left + i * PART + 30 * HOP;
            CHECK_ABOVE(rms(y, 4 * HOP), 0.02);
            CHECK_NEAR(rms(y, 12 * HOP) / rms(y + 12 * HOP, 12 * HOP), 1.0, 0.01);
        }
        scene_close(&s);
    }
    free(x);
    free(left);
    free(right);
}

static void who_leaves_fades_and_leaves_nothing_to_the_next(void **state)
{
    (void)state;
    enum { FRAMES = 32 * HOP };
    static float x[FRAMES], again[2][FRAMES], fresh[2][FRAMES], left[FRAMES], right[FRAMES];
    noise(x, FRAMES, 71);
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        scene s = scene_open(1, form);
        rig_place(s.r, 0, (pn_vec3){1, 0, -1});
        rig_apply(s.r);
        rig_run(s.r, 0, x, left, right, FRAMES);
        s.r->source[0].flags = 0;
        rig_apply(s.r);
        rig_run(s.r, 0, x, left, right, FRAMES);
        assert_true(rms(left, HOP) > 0.0);
        assert_true(fabsf(left[HOP - 1]) < 0.02f);
        assert_true(all_zero(left + HOP, FRAMES - HOP) && all_zero(right + HOP, FRAMES - HOP));
        rig_place(s.r, 0, (pn_vec3){-1, 0, -1})->generation += 7;
        rig_apply(s.r);
        rig_run(s.r, 0, x, again[0], again[1], FRAMES);
        pn_engine_reset(s.r->engine);
        rig_place(s.r, 0, (pn_vec3){1, 0, -1});
        rig_apply(s.r);
        rig_run(s.r, 0, x, fresh[0], fresh[1], FRAMES);
        pn_engine_reset(s.r->engine);
        rig_place(s.r, 0, (pn_vec3){-1, 0, -1});
        rig_apply(s.r);
        rig_run(s.r, 0, x, fresh[0], fresh[1], FRAMES);
        /* A source that comes into a running scene fades in over its first hop. */
        CHECK_ABOVE(snr_db(fresh[0] + 16 * HOP, again[0] + 16 * HOP, FRAMES - 16 * HOP), SAME_SOUND_DB);
        CHECK_ABOVE(snr_db(fresh[1] + 16 * HOP, again[1] + 16 * HOP, FRAMES - 16 * HOP), SAME_SOUND_DB);
        scene_close(&s);
    }
}

static void gain_and_the_law_of_distance_hold_as_for_measured_heads(void **state)
{
    (void)state;
    enum { FRAMES = 32 * HOP };
    static float x[FRAMES], one[2][FRAMES], half[2][FRAMES];
    noise(x, FRAMES, 81);
    for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
        for (int pass = 0; pass < 2; pass++) {
            scene s = scene_open(1, form);
            pn_scene_source *source = rig_place(s.r, 0, (pn_vec3){0, 0, -2});
            source->distance_model = pass == 0 ? PN_DISTANCE_NONE : PN_DISTANCE_INVERSE;
            source->ref_distance_m = 1.0f;
            source->rolloff_factor = 1.0f;
            render(&s, x, pass == 0 ? one[0] : half[0], pass == 0 ? one[1] : half[1], FRAMES, NULL);
            scene_close(&s);
        }
        for (int i = 0; i < FRAMES; i++) {
            half[0][i] *= 2.0f;
        }
        CHECK_ABOVE(snr_db(one[0], half[0], FRAMES), SAME_SOUND_DB);
    }
}

static void other_rates_than_48_khz_render_too(void **state)
{
    (void)state;
    enum { FRAMES = 64 * HOP };
    static const double rates[] = {8000.0, 44100.0, 96000.0, 192000.0};
    static float x[FRAMES], left[FRAMES], right[FRAMES];
    for (int i = 0; i < 4; i++) {
        head h = head_open_file(HEAD_KEMAR, rates[i]);
        head_blob blob = dense_smooth(3, OFFSET_S);
        noise(x, FRAMES, 91);
        for (pn_linn_form form = PN_LINN_FRAMES; form <= PN_LINN_FIR; form++) {
            rig *r = rig_open(h.set, rig_config(rates[i], 1));
            dense_guest guest = dense_attach(r->engine, h.set, &blob);
            pn_linn_set_form(guest.linn, form);
            rig_place(r, 0, (pn_vec3){1, 0, -0.5f});
            rig_apply(r);
            rig_run(r, 0, x, left, right, FRAMES);
            assert_true(all_finite(left, FRAMES) && all_finite(right, FRAMES));
            CHECK_ABOVE(rms(left + 16 * HOP, FRAMES - 16 * HOP), 0.01);
            rig_free(r);
            dense_free(&guest);
        }
        head_blob_free(&blob);
        head_free(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_b_is_form_a_without_its_latency_to_30_db_on_speech_of_a_walking_talker),
        cmocka_unit_test(so_it_is_with_the_trained_model),
        cmocka_unit_test(what_a_model_leaves_no_room_for_is_taken_from_the_way),
        cmocka_unit_test(what_lies_in_wait_changes_no_bit_while_it_is_off),
        cmocka_unit_test(silence_ends_in_exact_zeros_and_sound_that_returns_is_as_new),
        cmocka_unit_test(what_is_not_a_number_is_not_heard),
        cmocka_unit_test(any_slicing_of_the_input_gives_the_same_bits),
        cmocka_unit_test(head_and_world_turned_together_change_nothing),
        cmocka_unit_test(five_and_more_talkers_are_heard_the_first_four_in_form_a),
        cmocka_unit_test(changes_are_heard_as_changes_not_as_clicks),
        cmocka_unit_test(who_leaves_fades_and_leaves_nothing_to_the_next),
        cmocka_unit_test(gain_and_the_law_of_distance_hold_as_for_measured_heads),
        cmocka_unit_test(other_rates_than_48_khz_render_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
