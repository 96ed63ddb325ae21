/* SPDX-License-Identifier: MIT */
/* Sources with a size, through the whole engine: as many points that fill it, without a seam, silent at the end. */
#include "support/head.h"
#include "support/metrics.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, FRAMES = 750 * HOP, SETTLED = 30 * HOP, MS = 48, POINTS = 64, APART = 1009 };

static const double RATE_HZ = 48000.0;

static head HEAD;
static float *NOISE;
static float *OUT;

static int open_all(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, RATE_HZ);
    NOISE = frames_of(FRAMES + POINTS * APART);
    OUT = frames_of(2 * FRAMES);
    rng random = rng_open(11);
    rng_noise(&random, NOISE, FRAMES + POINTS * APART, 0.25);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    free(NOISE);
    free(OUT);
    head_free(&HEAD);
    return 0;
}

static rig *rig_of(float radius_m, pn_vec3 at)
{
    rig *r = rig_open(HEAD.set, rig_config(RATE_HZ, 2));
    rig_place(r, 0, at);
    r->source[0].radius_m = radius_m;
    r->source[0].distance_model = PN_DISTANCE_NONE;
    rig_apply(r);
    return r;
}

/* The ears' correlation below 1 kHz, where it tells sizes apart, and their level together at all frequencies, dB. */
typedef struct ears {
    double correlation;
    double db;
} ears;

/* The mean over 1 ms of the mean over 1 ms. The caller has it until the next call but one. */
static const double *smooth(const float *x)
{
    static double sums[2][2][FRAMES];
    static int turn;
    double(*to)[FRAMES] = sums[turn ^= 1];
    for (size_t i = 0; i < FRAMES; i++) {
        to[0][i] = (double)x[i] - (i >= MS ? (double)x[i - MS] : 0.0) + (i > 0 ? to[0][i - 1] : 0.0);
    }
    for (size_t i = 0; i < FRAMES; i++) {
        to[1][i] = to[0][i] - (i >= MS ? to[0][i - MS] : 0.0) + (i > 0 ? to[1][i - 1] : 0.0);
    }
    return to[1];
}

/* Of what lies in OUT. */
static ears ears_heard(void)
{
    double ll = 0.0;
    double rr = 0.0;
    double lr = 0.0;
    double power = 0.0;
    const double *side[2] = {smooth(OUT), smooth(OUT + FRAMES)};
    for (size_t i = SETTLED; i < FRAMES; i++) {
        const double l = side[0][i];
        const double s = side[1][i];
        ll += l * l;
        rr += s * s;
        lr += l * s;
        power += pow((double)OUT[i], 2.0) + pow((double)OUT[FRAMES + i], 2.0);
    }
    return (ears){lr / sqrt(ll * rr), 10.0 * log10(power)};
}

static ears ears_of(float radius_m, pn_vec3 at)
{
    rig *r = rig_of(radius_m, at);
    rig_run(r, 0, NOISE, OUT, OUT + FRAMES, FRAMES);
    rig_free(r);
    return ears_heard();
}

/* The definition: points all over the disc ahead, each with a sound of its own. */
static ears ears_of_points(float radius_m, float distance_m)
{
    rng random = rng_open(5);
    const double least = sqrt(1.0 - pow((double)radius_m / (double)distance_m, 2.0)); /* cosine of half the angle */
    rig *r = rig_open(HEAD.set, rig_config(RATE_HZ, POINTS));
    for (uint32_t i = 0; i < POINTS; i++) {
        const double z = 1.0 - (1.0 - least) * (i + 0.5) / POINTS;
        const double turn = rng_between(&random, 0.0, 6.283185307179586);
        const double flat = sqrt(1.0 - z * z);
        pn_scene_source *source = rig_place(r, i,
                                            (pn_vec3){distance_m * (float)(flat * cos(turn)),
                                                      distance_m * (float)(flat * sin(turn)), -distance_m * (float)z});
        source->distance_model = PN_DISTANCE_NONE;
        source->tier = PN_TIER_EXACT;
        source->gain = 0.125f; /* 1 / sqrt(POINTS) */
        r->inputs[i] = NOISE + (size_t)i * APART;
    }
    rig_apply(r);
    rig_step(r, OUT, OUT + FRAMES, FRAMES);
    rig_free(r);
    return ears_heard();
}

static void a_source_with_a_size_sounds_as_many_points_that_fill_it(void **state)
{
    (void)state;
    const float radii[] = {0.5f, 1.0f, 1.7f};
    for (int i = 0; i < 3; i++) {
        const ears heard = ears_of(radii[i], (pn_vec3){0.0f, 0.0f, -2.0f});
        const ears points = ears_of_points(radii[i], 2.0f);
        print_message("  radius %.1f m at 2 m: correlation %.2f, of points %.2f; %.1f dB, of points %.1f dB\n",
                      (double)radii[i], heard.correlation, points.correlation, heard.db, points.db);
        CHECK_NEAR(heard.correlation, points.correlation, 0.1);
        CHECK_NEAR(heard.db, points.db, 1.0);
    }
    CHECK_NEAR(ears_of(0.0f, (pn_vec3){0.0f, 0.0f, -2.0f}).correlation, 1.0, 0.02);
    CHECK_BELOW(ears_of(20.0f, (pn_vec3){0.0f, 0.0f, -2.0f}).correlation, 0.6); /* all around */
}

static void a_source_that_grows_and_shrinks_does_not_click(void **state)
{
    (void)state;
    static float tone[FRAMES];
    sine_fill(tone, FRAMES, 440.0, RATE_HZ, 0.25);
    rig *r = rig_of(0.0f, (pn_vec3){1.0f, 0.0f, -1.0f});
    rig_run(r, 0, tone, OUT, OUT + FRAMES, FRAMES / 2);
    float *still = frames_of(FRAMES / 4);
    memcpy(still, OUT + FRAMES / 4, FRAMES / 4 * sizeof(float));
    for (int hop = 0; hop < 300; hop++) {
        const float x = (float)(hop % 100) / 50.0f;
        r->source[0].radius_m = hop >= 200 ? 0.0f : (x < 1.0f ? x : 2.0f - x);
        rig_apply(r);
        rig_run(r, 0, tone + FRAMES / 2 + hop * HOP, OUT + hop * HOP, OUT + FRAMES + hop * HOP, HOP);
    }
    rig_free(r);
    const double click = click_db(OUT, 300 * HOP, still, FRAMES / 4);
    free(still);
    print_message("  %.1f dB over the tone at rest\n", click);
    CHECK_BELOW(click, CLICK_DB);
}

static void silence_after_an_extended_source_is_silence(void **state)
{
    (void)state;
    rig *r = rig_of(1.0f, (pn_vec3){0.0f, 0.0f, -2.0f});
    rig_run(r, 0, NOISE, OUT, OUT + FRAMES, 100 * HOP);
    rig_run(r, 0, NULL, OUT, OUT + FRAMES, 100 * HOP);
    rig_free(r);
    assert_false(all_zero(OUT, 8 * HOP));            /* the decorrelated part fades out, */
    assert_true(all_zero(OUT + 30 * HOP, 70 * HOP)); /* and ends */
    assert_true(all_zero(OUT + FRAMES + 30 * HOP, 70 * HOP));
}

static void the_size_goes_with_the_source_not_with_its_slot(void **state)
{
    (void)state;
    float *point = frames_of(2 * 200 * HOP);
    rig *r = rig_of(0.0f, (pn_vec3){1.0f, 0.5f, -1.0f});
    rig_run(r, 0, NOISE, point, point + 200 * HOP, 200 * HOP);
    rig_free(r);
    r = rig_of(3.0f, (pn_vec3){1.0f, 0.5f, -1.0f});
    rig_run(r, 0, NOISE, OUT, OUT + FRAMES, 50 * HOP);
    r->source[0].radius_m = 0.0f;
    r->source[0].generation++;
    rig_apply(r);
    rig_run(r, 0, NULL, OUT, OUT + FRAMES, 50 * HOP);
    rig_run(r, 0, NOISE, OUT, OUT + FRAMES, 200 * HOP);
    rig_free(r);
    const double left = snr_db(point, OUT, 200 * HOP);
    const double right = snr_db(point + 200 * HOP, OUT + FRAMES, 200 * HOP);
    free(point);
    CHECK_ABOVE(left, SAME_SOUND_DB);
    CHECK_ABOVE(right, SAME_SOUND_DB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_with_a_size_sounds_as_many_points_that_fill_it),
        cmocka_unit_test(a_source_that_grows_and_shrinks_does_not_click),
        cmocka_unit_test(silence_after_an_extended_source_is_silence),
        cmocka_unit_test(the_size_goes_with_the_source_not_with_its_slot),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
