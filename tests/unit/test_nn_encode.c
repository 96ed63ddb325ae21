/* SPDX-License-Identifier: MIT */
/* Encodings against sines in double precision, at every octave. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "math/pn_approx.h"
#include "nn/pn_nn_encode.h"

enum { DRAWS = 100000, MOST_OCTAVES = 16 };

static const double WITHIN = 1.5e-7;

static void half_turns_err_less_than_15e_8_up_to_a_million(void **state)
{
    (void)state;
    rng r = rng_open(131);
    float x[8];
    float s[8];
    float c[8];
    for (int i = 0; i < DRAWS; i++) {
        const size_t n = 1 + (size_t)i % 7;
        for (size_t j = 0; j < n; j++) {
            x[j] = (float)(rng_between(&r, -1.0, 1.0) * exp2(rng_between(&r, -30.0, 20.0)));
        }
        pn_nn_encode_half_turns(x, n, s, c);
        for (size_t j = 0; j < n; j++) {
            const double turns = fmod((double)x[j], 2.0);
            CHECK_NEAR(s[j], sin(PN_PI * turns), WITHIN);
            CHECK_NEAR(c[j], cos(PN_PI * turns), WITHIN);
        }
    }
}

static void whole_and_half_numbers_are_exact(void **state)
{
    (void)state;
    for (int half = -4000; half <= 4000; half++) {
        const float x[1] = {0.5f * (float)half};
        float s[1];
        float c[1];
        pn_nn_encode_half_turns(x, 1, s, c);
        const int quadrant = half & 3;
        assert_true(s[0] == (float)(quadrant == 1) - (float)(quadrant == 3));
        assert_true(c[0] == (float)(quadrant == 0) - (float)(quadrant == 2));
    }
}

static void octaves_come_sines_first_and_the_tenth_is_as_good_as_the_first(void **state)
{
    (void)state;
    rng r = rng_open(132);
    for (uint32_t n = 1; n <= PN_NN_ENCODE_MOST; n++) {
        for (int turn = 0; turn < 200; turn++) {
            float x[PN_NN_ENCODE_MOST];
            float out[MOST_OCTAVES * 2 * PN_NN_ENCODE_MOST + 1];
            out[MOST_OCTAVES * 2 * n] = 7.0f;
            rng_noise(&r, x, n, 1.0);
            pn_nn_encode_octaves(x, n, MOST_OCTAVES, out);
            for (uint32_t i = 0; i < MOST_OCTAVES; i++) {
                for (uint32_t j = 0; j < n; j++) {
                    const double angle = PN_PI * ldexp((double)x[j], (int)i);
                    CHECK_NEAR(out[2 * n * i + j], sin(angle), WITHIN);
                    CHECK_NEAR(out[2 * n * i + n + j], cos(angle), WITHIN);
                }
            }
            assert_true(out[MOST_OCTAVES * 2 * n] == 7.0f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_turns_err_less_than_15e_8_up_to_a_million),
        cmocka_unit_test(whole_and_half_numbers_are_exact),
        cmocka_unit_test(octaves_come_sines_first_and_the_tenth_is_as_good_as_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
