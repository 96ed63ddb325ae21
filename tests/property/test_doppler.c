/* SPDX-License-Identifier: MIT */
/*
 * Propagation: what is heard at t left the source at the retarded time t', where c (t - t') is the way from where the
 * source was at t', and is heard from there.
 *
 * The law is checked against itself without Doppler: a band-limited sound evaluated at t', rendered without delay from
 * where the source was, is the exact answer.
 */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, HOPS = 150, FRAMES = HOPS * HOP, TONES = 16 };

static const double PI = 3.14159265358979323846;
static const double RATE_HZ = 48000.0;
static const double SOUND_M_S = 343.0;

/*
 * pn_delay.h states -72 dB. Distances and delays are floats: at 25 m, 2^-20 m and 2^-13 frames, half of which bends a
 * tone of 15 kHz by 2.4e-4 rad, -72 dB again. The sum is -69; filters raise some tones over the others by 3 dB.
 */
static const double DELAY_DB = 66.0;

static head HEAD;

static int open_head(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    return 0;
}

static int close_head(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

typedef struct tones {
    double hz[TONES];
    double phase[TONES];
} tones;

static tones tones_draw(rng *r, double top_hz)
{
    tones t;
    for (int i = 0; i < TONES; i++) {
        t.hz[i] = rng_between(r, 80.0, top_hz);
        t.phase[i] = rng_between(r, -PI, PI);
    }
    return t;
}

static double tones_at(const tones *t, double frame)
{
    double sum = 0.0;
    for (int i = 0; i < TONES; i++) {
        sum += sin(2.0 * PI * t->hz[i] * frame / RATE_HZ + t->phase[i]);
    }
    return sum / TONES;
}

/* Distances at the ends of hops; between them the distance is linear. */
static double distance_at(int hop, double speed_m_s)
{
    return 25.0 + speed_m_s * hop * HOP / RATE_HZ;
}

/* How far away it was when what is heard now left it: d = r - v d / c. Before the first hop it moved already. */
static double heard_distance(int hop, double speed_m_s)
{
    return distance_at(hop, speed_m_s) * SOUND_M_S / (SOUND_M_S + speed_m_s);
}

/* Renders a source straight to the right; compares with the sound shifted by hand. */
static double compare(const tones *t, double speed_m_s)
{
    float *late = frames_of(FRAMES), *x = frames_of(FRAMES), *shifted = frames_of(FRAMES),
          *expected = frames_of(FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        const double a = heard_distance(i / HOP, speed_m_s);
        const double b = heard_distance(i / HOP + 1, speed_m_s);
        const double r = a + (b - a) * (i % HOP) / HOP;
        x[i] = (float)tones_at(t, i);
        shifted[i] = (float)tones_at(t, i - r / SOUND_M_S * RATE_HZ);
    }
    for (int doppler = 0; doppler < 2; doppler++) {
        rig *r = rig_open(HEAD.set, rig_config(RATE_HZ, 1));
        for (int hop = 0; hop < HOPS; hop++) {
            float *out = doppler ? late : expected;
            const int end = hop == 0 ? 0 : hop + 1;
            const double x_m = doppler ? distance_at(end, speed_m_s) : heard_distance(end, speed_m_s);
            rig_place(r, 0, (pn_vec3){(float)x_m, 0.0f, 0.0f})->flags |= doppler ? PN_SOURCE_DOPPLER : 0;
            rig_apply(r);
            rig_run(r, 0, (doppler ? x : shifted) + (size_t)hop * HOP, NULL, out + (size_t)hop * HOP, HOP);
        }
        rig_free(r);
    }
    const size_t from = 60 * HOP; /* the line was empty at first */
    const double db = snr_db(expected + from, late + from, FRAMES - from);
    free(late);
    free(x);
    free(shifted);
    free(expected);
    return db;
}

static void at_rest_the_delay_is_the_distance_over_the_speed_of_sound(void **state)
{
    (void)state;
    rng random = rng_open(251);
    for (int draw = 0; draw < 8; draw++) {
        const tones t = tones_draw(&random, 15000.0);
        CHECK_ABOVE(compare(&t, 0.0), DELAY_DB);
    }
}

static void in_motion_what_is_heard_left_the_source_when_and_where_it_was(void **state)
{
    (void)state;
    rng random = rng_open(252);
    const double speeds[] = {-30.0, -10.0, -1.0, 1.0, 10.0, 30.0};
    for (int i = 0; i < 6; i++) {
        const tones t = tones_draw(&random, 14000.0);
        const double db = compare(&t, speeds[i]);
        printf("%.0f m/s: %.1f dB\n", speeds[i], db);
        CHECK_ABOVE(db, DELAY_DB);
    }
}

/* When what is heard at t left a source in steady motion: c (t - t') = |p(t')|, a fixed point. */
static double emission_s(pn_vec3 from, pn_vec3 velocity, double t)
{
    double then = t;
    for (int i = 0; i < 60; i++) {
        const double p[3] = {(double)from.x + then * (double)velocity.x, (double)from.y + then * (double)velocity.y,
                             (double)from.z + then * (double)velocity.z};
        then = t - sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]) / SOUND_M_S;
    }
    return then;
}

/* Renders a 1 kHz tone from a moving source; gives the ears' pitch over the last hops. */
static double heard_hz(pn_vec3 from, pn_vec3 velocity, int hops, int window_hops, double *expected_ratio)
{
    const size_t frames = (size_t)hops * HOP;
    float *x = frames_of(frames), *left = frames_of(frames), *right = frames_of(frames);
    pn_engine_config config = rig_config(RATE_HZ, 1);
    config.doppler_max_m = 300.0f;
    rig *r = rig_open(HEAD.set, config);
    sine_fill(x, frames, 1000.0, RATE_HZ, 0.5);
    for (int hop = 0; hop < hops; hop++) {
        const double t = (hop + 1) * HOP / RATE_HZ;
        const double p[3] = {(double)from.x + t * (double)velocity.x, (double)from.y + t * (double)velocity.y,
                             (double)from.z + t * (double)velocity.z};
        rig_place(r, 0, (pn_vec3){(float)p[0], (float)p[1], (float)p[2]})->flags |= PN_SOURCE_DOPPLER;
        rig_apply(r);
        rig_run(r, 0, x + (size_t)hop * HOP, left + (size_t)hop * HOP, right + (size_t)hop * HOP, HOP);
    }
    const size_t n = (size_t)window_hops * HOP;
    const double end_s = (double)frames / RATE_HZ;
    const double start_s = (double)(frames - n) / RATE_HZ;
    *expected_ratio = (emission_s(from, velocity, end_s) - emission_s(from, velocity, start_s)) / (end_s - start_s);
    const double hz =
        0.5 * (sine_hz(left + frames - n, n, 1000.0, RATE_HZ) + sine_hz(right + frames - n, n, 1000.0, RATE_HZ));
    rig_free(r);
    free(x);
    free(left);
    free(right);
    return hz;
}

static double cents(double ratio)
{
    return 1200.0 * log2(ratio);
}

static void a_receding_or_approaching_source_is_out_of_tune_by_its_speed_within_a_cent(void **state)
{
    (void)state;
    const double speeds[] = {-34.0, -15.0, -3.0, 3.0, 15.0, 34.0};
    for (int i = 0; i < 6; i++) {
        double ratio;
        const double hz =
            heard_hz((pn_vec3){30.0f, 0.0f, -40.0f},
                     (pn_vec3){(float)(0.6 * speeds[i]), 0.0f, (float)(-0.8 * speeds[i])}, 250, 60, &ratio);
        CHECK_NEAR(ratio, 1.0 / (1.0 + speeds[i] / SOUND_M_S), 1e-6); /* what receding at v does [Doppler] */
        CHECK_NEAR(cents(hz / 1000.0 / ratio), 0.0, 1.0);
    }
}

static void a_fly_by_is_in_tune_within_a_cent_before_and_after(void **state)
{
    (void)state;
    /* 20 m/s, 5 m aside, heard 60 m before and after: there the angle hardly turns, which would detune the ears. */
    for (int after = 0; after < 2; after++) {
        double ratio;
        const float z = after ? -60.0f : 80.0f;
        const double hz = heard_hz((pn_vec3){5.0f, 0.0f, z}, (pn_vec3){0.0f, 0.0f, -20.0f}, 300, 60, &ratio);
        assert_true(after ? ratio < 0.95 : ratio > 1.05);
        CHECK_NEAR(cents(hz / 1000.0 / ratio), 0.0, 1.0);
    }
}

static void without_doppler_motion_does_not_detune(void **state)
{
    (void)state;
    enum { N = 250 * HOP, WINDOW = 60 * HOP };
    float *x = frames_of(N), *right = frames_of(N);
    rig *r = rig_open(HEAD.set, rig_config(RATE_HZ, 1));
    sine_fill(x, N, 1000.0, RATE_HZ, 0.5);
    for (int hop = 0; hop < N / HOP; hop++) {
        rig_place(r, 0, (pn_vec3){0.0f, 0.0f, -5.0f - 0.09f * (float)hop});
        rig_apply(r);
        rig_run(r, 0, x + (size_t)hop * HOP, NULL, right + (size_t)hop * HOP, HOP);
    }
    CHECK_NEAR(cents(sine_hz(right + N - WINDOW, WINDOW, 1000.0, RATE_HZ) / 1000.0), 0.0, 0.01);
    rig_free(r);
    free(x);
    free(right);
}

static void beyond_the_longest_path_the_delay_stays_and_nothing_breaks(void **state)
{
    (void)state;
    rng random = rng_open(253);
    float x[HOP], left[HOP], right[HOP];
    pn_engine_config config = rig_config(RATE_HZ, 1);
    config.doppler_max_m = 10.0f;
    rig *r = rig_open(HEAD.set, config);
    for (int hop = 0; hop < 400; hop++) {
        rig_place(r, 0, (pn_vec3){0.3f * (float)hop * (hop % 50 == 0 ? 1000.0f : 1.0f), 0.0f, 0.0f})->flags |=
            PN_SOURCE_DOPPLER;
        rig_apply(r);
        rng_noise(&random, x, HOP, 0.5);
        rig_run(r, 0, x, left, right, HOP);
        assert_true(all_finite(left, HOP) && all_finite(right, HOP));
        CHECK_BELOW(peak_of(right, HOP), 5.0);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_rest_the_delay_is_the_distance_over_the_speed_of_sound),
        cmocka_unit_test(in_motion_what_is_heard_left_the_source_when_and_where_it_was),
        cmocka_unit_test(a_receding_or_approaching_source_is_out_of_tune_by_its_speed_within_a_cent),
        cmocka_unit_test(a_fly_by_is_in_tune_within_a_cent_before_and_after),
        cmocka_unit_test(without_doppler_motion_does_not_detune),
        cmocka_unit_test(beyond_the_longest_path_the_delay_stays_and_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, open_head, close_head);
}
