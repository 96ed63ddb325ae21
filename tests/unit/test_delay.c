/* SPDX-License-Identifier: MIT */
/* The moving delay line against band-limited interpolation in double. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "dsp/pn_delay.h"

enum { HOP = 128, LINE = 1024, TONES = 24 };

static const double PI = 3.14159265358979323846;
static const double RATE_HZ = 48000.0;

/* What pn_delay.h states, up to 16 kHz. */
static const double STATED_DB = -72.0;

typedef struct bench {
    pn_arena arena;
    const pn_delay_kernel *kernel;
    pn_delay delay;
} bench;

static const pn_delay_kernel *place(pn_arena *arena, pn_delay *delay, uint32_t length)
{
    const pn_delay_kernel *kernel = pn_delay_kernel_place(arena);
    pn_delay_place(arena, delay, length);
    return kernel;
}

static bench bench_open(uint32_t length)
{
    bench b = {.arena = {0}};
    place(&b.arena, &b.delay, length);
    b.arena = (pn_arena){.base = head_memory(b.arena.peak)};
    b.kernel = place(&b.arena, &b.delay, length);
    return b;
}

static void bench_free(bench *b)
{
    free(b->arena.base);
}

/* A sum of sines below 16 kHz is band-limited: its value between samples is known exactly. */
typedef struct tones {
    double hz[TONES];
    double phase[TONES];
} tones;

static tones tones_draw(rng *r, double low_hz, double high_hz)
{
    tones t;
    for (int i = 0; i < TONES; i++) {
        t.hz[i] = rng_between(r, low_hz, high_hz);
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

typedef struct error {
    double signal, noise;
} error;

static double error_db(error e)
{
    return 10.0 * log10(e.noise / e.signal);
}

/* Runs tones through the line with a delay that moves by `speed` frames a frame; sums power after the first second. */
static error run(const tones *t, double from, double speed, int hops)
{
    bench b = bench_open(LINE);
    error e = {0.0, 0.0};
    double delay = from;
    for (int hop = 0; hop < hops; hop++) {
        float x[HOP], y[HOP];
        double to = delay + speed * HOP;
        if (to < PN_DELAY_MIN_FRAMES || to > LINE - 1 - PN_DELAY_TAPS - HOP) {
            speed = -speed;
            to = delay + speed * HOP;
        }
        for (int i = 0; i < HOP; i++) {
            x[i] = (float)tones_at(t, (double)hop * HOP + i);
        }
        pn_delay_write(&b.delay, x, HOP);
        pn_delay_read(&b.delay, b.kernel, delay, to, y, HOP);
        for (int i = 0; i < HOP && hop * HOP > LINE; i++) {
            const double at = (double)hop * HOP + i - (delay + (to - delay) * i / HOP);
            const double exact = tones_at(t, at);
            e.signal += exact * exact;
            e.noise += ((double)y[i] - exact) * ((double)y[i] - exact);
        }
        delay = to;
    }
    bench_free(&b);
    return e;
}

static void constant_delays_err_less_than_stated_up_to_16_khz(void **state)
{
    (void)state;
    rng r = rng_open(51);
    double worst = -300.0;
    for (int draw = 0; draw < 60; draw++) {
        tones t = tones_draw(&r, 50.0, 16000.0);
        const double delay = rng_between(&r, PN_DELAY_MIN_FRAMES, 800.0);
        worst = fmax(worst, error_db(run(&t, delay, 0.0, 24)));
    }
    CHECK_BELOW(worst, STATED_DB);
}

static void a_single_tone_at_16_khz_errs_less_than_stated_at_every_phase(void **state)
{
    (void)state;
    double worst = -300.0;
    for (int phase = 0; phase < 64; phase++) {
        tones t;
        for (int i = 0; i < TONES; i++) {
            t.hz[i] = 16000.0;
            t.phase[i] = 0.1;
        }
        worst = fmax(worst, error_db(run(&t, 100.0 + phase / 64.0, 0.0, 16)));
    }
    printf("worst at 16 kHz: %.1f dB\n", worst);
    CHECK_BELOW(worst, STATED_DB);
}

static void moving_delays_err_less_than_stated_up_to_16_khz(void **state)
{
    (void)state;
    rng r = rng_open(52);
    double worst = -300.0;
    for (int draw = 0; draw < 40; draw++) {
        /* Up to 0.1 frames a frame (34 m/s); receding lowers tones, approaching raises them: they must stay below. */
        const double speed = rng_between(&r, -0.1, 0.1);
        tones t = tones_draw(&r, 50.0, 16000.0);
        worst = fmax(worst, error_db(run(&t, 300.0, speed, 60)));
    }
    CHECK_BELOW(worst, STATED_DB);
}

static void whole_delays_move_samples_without_changing_them_beyond_rounding(void **state)
{
    (void)state;
    rng r = rng_open(53);
    bench b = bench_open(LINE);
    static float x[64 * HOP];
    rng_noise(&r, x, 64 * HOP, 1.0);
    for (int hop = 0; hop < 64; hop++) {
        float y[HOP];
        const int delay = PN_DELAY_MIN_FRAMES + 11 * hop;
        pn_delay_write(&b.delay, x + hop * HOP, HOP);
        pn_delay_read(&b.delay, b.kernel, delay, delay, y, HOP);
        for (int i = 0; i < HOP; i++) {
            const int at = hop * HOP + i - delay;
            CHECK_NEAR(y[i], at >= 0 ? (double)x[at] : 0.0, 4 * FLOAT_ULP);
        }
    }
    bench_free(&b);
}

static void a_constant_signal_stays_constant_at_every_delay(void **state)
{
    (void)state;
    rng r = rng_open(54);
    bench b = bench_open(LINE);
    float x[HOP], y[HOP];
    for (int i = 0; i < HOP; i++) {
        x[i] = 1.0f;
    }
    for (int hop = 0; hop < 200; hop++) {
        pn_delay_write(&b.delay, x, HOP);
        if (hop >= 8) {
            const double from = rng_between(&r, PN_DELAY_MIN_FRAMES, 800.0);
            pn_delay_read(&b.delay, b.kernel, from, from + rng_between(&r, -5.0, 5.0) * (from > 20.0), y, HOP);
            for (int i = 0; i < HOP; i++) {
                CHECK_NEAR(y[i], 1.0, 16 * FLOAT_ULP);
            }
        }
    }
    bench_free(&b);
}

static void the_ring_wraps_for_millions_of_frames_without_a_fault(void **state)
{
    (void)state;
    enum { HOPS = 20000 }; /* 2.6 million frames, 2500 times around */
    bench b = bench_open(LINE);
    float x[HOP], y[HOP];
    for (int hop = 0; hop < HOPS; hop++) {
        for (int i = 0; i < HOP; i++) {
            x[i] = (float)(((int64_t)hop * HOP + i) * 7919 % 4096);
        }
        pn_delay_write(&b.delay, x, HOP);
        pn_delay_read(&b.delay, b.kernel, 700.0, 700.0, y, HOP);
        for (int i = 0; i < HOP && hop > 8; i++) {
            const int64_t at = (int64_t)hop * HOP + i - 700;
            CHECK_NEAR(y[i], (double)((at * 7919) % 4096), 4096 * 4 * FLOAT_ULP);
        }
    }
    bench_free(&b);
}

static void the_frame_counter_wraps_at_2_to_the_32_and_at_its_half_without_a_fault(void **state)
{
    (void)state;
    rng r = rng_open(55);
    const uint32_t starts[] = {0u - 40u * HOP, 0x80000000u - 40u * HOP};
    for (int s = 0; s < 2; s++) {
        bench b = bench_open(LINE);
        bench fresh = bench_open(LINE);
        b.delay.written = starts[s]; /* a multiple of the line's length: the ring starts at the same place */
        assert_int_equal(b.delay.written % LINE, 0);
        double delay = 300.0;
        for (int hop = 0; hop < 80; hop++) {
            float x[HOP], y[HOP], expected[HOP];
            const double to = delay + rng_between(&r, -9.0, 9.0);
            rng_noise(&r, x, HOP, 1.0);
            pn_delay_write(&b.delay, x, HOP);
            pn_delay_write(&fresh.delay, x, HOP);
            pn_delay_read(&b.delay, b.kernel, delay, to, y, HOP);
            pn_delay_read(&fresh.delay, fresh.kernel, delay, to, expected, HOP);
            assert_memory_equal(y, expected, sizeof y);
            delay = to;
        }
        bench_free(&b);
        bench_free(&fresh);
    }
}

static void delays_follow_each_other_without_a_step_from_hop_to_hop(void **state)
{
    (void)state;
    bench b = bench_open(LINE);
    float all[100 * HOP];
    double delay = 100.0;
    for (int hop = 0; hop < 100; hop++) {
        float x[HOP];
        const double to = 100.0 + 4.0 * (hop + 1) * 0.9;
        for (int i = 0; i < HOP; i++) {
            x[i] = (float)sin(2.0 * PI * 1000.0 * (hop * HOP + i) / RATE_HZ);
        }
        pn_delay_write(&b.delay, x, HOP);
        pn_delay_read(&b.delay, b.kernel, delay, to, all + hop * HOP, HOP);
        delay = to;
    }
    const size_t from = 10 * HOP;
    CHECK_BELOW(click_db(all + from, 90 * HOP, all + from, 90 * HOP), 0.1);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_delays_err_less_than_stated_up_to_16_khz),
        cmocka_unit_test(a_single_tone_at_16_khz_errs_less_than_stated_at_every_phase),
        cmocka_unit_test(moving_delays_err_less_than_stated_up_to_16_khz),
        cmocka_unit_test(whole_delays_move_samples_without_changing_them_beyond_rounding),
        cmocka_unit_test(a_constant_signal_stays_constant_at_every_delay),
        cmocka_unit_test(the_ring_wraps_for_millions_of_frames_without_a_fault),
        cmocka_unit_test(the_frame_counter_wraps_at_2_to_the_32_and_at_its_half_without_a_fault),
        cmocka_unit_test(delays_follow_each_other_without_a_step_from_hop_to_hop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
