/* SPDX-License-Identifier: MIT */
/* The soft limiter's promises. */
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

#include "dsp/pn_limiter.h"

enum { HOP = 128, HOPS = 400 };

static void the_output_never_exceeds_full_scale_however_loud_the_input(void **state)
{
    (void)state;
    rng r = rng_open(41);
    for (double loud = 1.0; loud < 1e9; loud *= 10.0) {
        pn_limiter limiter;
        pn_limiter_init(&limiter, 48000.0);
        for (int hop = 0; hop < HOPS; hop++) {
            float left[HOP];
            float right[HOP];
            const double peak = pow(loud, rng_between(&r, 0.0, 1.0)) * 2.0;
            rng_noise(&r, left, HOP, peak);
            rng_noise(&r, right, HOP, peak * 0.3);
            left[rng_below(&r, HOP)] = (float)(peak * 1.5);
            pn_limiter_process(&limiter, true, left, right, HOP);
            if (hop > 0) { /* the first is the ramp from off to on */
                CHECK_BELOW(peak_of(left, HOP), 1.0);
                CHECK_BELOW(peak_of(right, HOP), 1.0);
            }
        }
    }
}

static void sound_below_the_knee_passes_untouched(void **state)
{
    (void)state;
    rng r = rng_open(42);
    pn_limiter limiter;
    pn_limiter_init(&limiter, 48000.0);
    for (int hop = 0; hop < HOPS; hop++) {
        float left[HOP], right[HOP], left_in[HOP], right_in[HOP];
        rng_noise(&r, left, HOP, 0.6999);
        rng_noise(&r, right, HOP, 0.6999);
        memcpy(left_in, left, sizeof left);
        memcpy(right_in, right, sizeof right);
        pn_limiter_process(&limiter, true, left, right, HOP);
        assert_memory_equal(left, left_in, sizeof left);
        assert_memory_equal(right, right_in, sizeof right);
        assert_true(limiter.gain == 1.0f);
    }
}

static void both_ears_get_the_same_gain(void **state)
{
    (void)state;
    rng r = rng_open(43);
    pn_limiter limiter;
    pn_limiter_init(&limiter, 48000.0);
    for (int hop = 0; hop < HOPS; hop++) {
        float left[HOP], right[HOP];
        for (int i = 0; i < HOP; i++) {
            left[i] = (float)rng_between(&r, -4.0, 4.0);
            right[i] = left[i] * 0.125f;
        }
        pn_limiter_process(&limiter, true, left, right, HOP);
        for (int i = 0; i < HOP; i++) {
            assert_true(right[i] == left[i] * 0.125f);
        }
    }
}

static void switching_does_not_jump(void **state)
{
    (void)state;
    pn_limiter limiter;
    pn_limiter_init(&limiter, 48000.0);
    float before = 3.0f;
    for (int hop = 0; hop < 40; hop++) { /* a constant, so that every step is the limiter's own */
        float left[HOP], right[HOP];
        for (int i = 0; i < HOP; i++) {
            left[i] = right[i] = 3.0f;
        }
        pn_limiter_process(&limiter, hop % 8 >= 4, left, right, HOP);
        for (int i = 0; i < HOP; i++) {
            CHECK_BELOW(fabs((double)left[i] - (double)before), 3.0 / HOP);
            before = left[i];
        }
    }
}

static void after_a_peak_the_gain_returns(void **state)
{
    (void)state;
    pn_limiter limiter;
    pn_limiter_init(&limiter, 48000.0);
    float left[HOP] = {0}, right[HOP] = {0};
    pn_limiter_process(&limiter, true, left, right, HOP);
    left[0] = 10.0f;
    pn_limiter_process(&limiter, true, left, right, HOP);
    CHECK_BELOW(limiter.gain, 0.11);
    left[0] = 0.5f; /* 3 ms later it still holds most of the peak: 10 exp(-3 / 60) */
    pn_limiter_process(&limiter, true, left, right, HOP);
    CHECK_BELOW(left[0], 0.5 * 0.12);
    for (int hop = 0; hop < 60; hop++) { /* 160 ms: ln(10 / 0.7) time constants of 60 ms */
        memset(left, 0, sizeof left);
        memset(right, 0, sizeof right);
        pn_limiter_process(&limiter, true, left, right, HOP);
    }
    assert_true(limiter.gain == 1.0f);
}

static void a_limiter_left_alone_ends_without_denormals(void **state)
{
    (void)state;
    pn_limiter limiter;
    pn_limiter_init(&limiter, 48000.0);
    float left[HOP] = {1.0f}, right[HOP] = {0};
    for (int hop = 0; hop < 48000 * 10 / HOP; hop++) {
        pn_limiter_process(&limiter, true, left, right, HOP);
        memset(left, 0, sizeof left);
    }
    assert_true(limiter.envelope == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_output_never_exceeds_full_scale_however_loud_the_input),
        cmocka_unit_test(sound_below_the_knee_passes_untouched),
        cmocka_unit_test(both_ears_get_the_same_gain),
        cmocka_unit_test(switching_does_not_jump),
        cmocka_unit_test(after_a_peak_the_gain_returns),
        cmocka_unit_test(a_limiter_left_alone_ends_without_denormals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
