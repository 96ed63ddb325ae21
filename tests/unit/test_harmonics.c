/* SPDX-License-Identifier: MIT */
/* Ambisonic gains and rotations against their definitions. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "math/pn_harmonics.h"

enum { DRAWS = 2000, CHANNELS = PN_HARMONICS_CHANNELS };

/* Polynomials of degree 3 with coefficients up to 4, of a vector that is a unit vector but for its rounding. */
static const double GAIN_ERROR = 2e-6;

/* Associated Legendre functions of x without the Condon-Shortley phase, by their recursion; `root` is sqrt(1 - x^2). */
static double legendre(int n, int m, double x, double root)
{
    double now = 1.0;
    for (int i = 1; i <= m; i++) {
        now *= (2 * i - 1) * root;
    }
    double before = 0.0;
    for (int i = m + 1; i <= n; i++) {
        const double next = ((2 * i - 1) * x * now - (i + m - 1) * before) / (i - m);
        before = now;
        now = next;
    }
    return now;
}

static double factorial(int n)
{
    return n < 2 ? 1.0 : n * factorial(n - 1);
}

/* ACN and SN3D as AmbiX defines them: azimuth counter-clockwise from ahead, seen from above; elevation up. */
static double definition(int channel, pn_vec3 dir)
{
    const double ahead = -(double)dir.z;
    const double left = -(double)dir.x;
    const double up = (double)dir.y;
    const int n = (int)floor(sqrt((double)channel));
    const int m = channel - n * n - n;
    const double azimuth = atan2(left, ahead);
    const double norm = sqrt((m == 0 ? 1.0 : 2.0) * factorial(n - abs(m)) / factorial(n + abs(m)));
    return norm * legendre(n, abs(m), up, hypot(ahead, left)) * (m < 0 ? sin(-m * azimuth) : cos(m * azimuth));
}

static void gains_are_those_of_the_definition(void **state)
{
    (void)state;
    rng r = rng_open(51);
    for (int i = 0; i < DRAWS; i++) {
        const pn_vec3 dir = rng_direction(&r);
        float gains[CHANNELS];
        pn_harmonics_at(dir, gains);
        for (int c = 0; c < CHANNELS; c++) {
            CHECK_NEAR(gains[c], definition(c, dir), GAIN_ERROR);
        }
    }
}

static void the_second_channel_is_left_the_third_up_the_fourth_ahead(void **state)
{
    (void)state;
    const pn_vec3 dirs[] = {{-1.0f, 0.0f, 0.0f}, {0.0f, 1.0f, 0.0f}, {0.0f, 0.0f, -1.0f}};
    for (int i = 0; i < 3; i++) {
        float gains[CHANNELS];
        pn_harmonics_at(dirs[i], gains);
        assert_true(gains[0] == 1.0f);
        for (int c = 1; c < 4; c++) {
            assert_true(gains[c] == (c == i + 1 ? 1.0f : 0.0f));
        }
    }
}

static void turned(const float *turn, const float *in, double *out)
{
    out[0] = (double)in[0];
    for (int n = 1; n <= PN_HARMONICS_ORDER; n++) {
        const int rows = 2 * n + 1;
        for (int row = 0; row < rows; row++) {
            double sum = 0.0;
            for (int column = 0; column < rows; column++) {
                sum += (double)turn[row * rows + column] * (double)in[n * n + column];
            }
            out[n * n + row] = sum;
        }
        turn += rows * rows;
    }
}

static void turning_a_field_is_turning_what_is_in_it(void **state)
{
    (void)state;
    rng r = rng_open(52);
    double worst = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        const pn_quat q = rng_rotation(&r);
        const pn_vec3 dir = rng_direction(&r);
        float turn[PN_HARMONICS_TURN];
        float gains[CHANNELS];
        double got[CHANNELS];
        pn_harmonics_turn(q, turn);
        pn_harmonics_at(dir, gains);
        turned(turn, gains, got);
        for (int c = 0; c < CHANNELS; c++) {
            worst = fmax(worst, fabs(got[c] - definition(c, pn_quat_rotate(q, dir))));
        }
    }
    printf("largest error of a turned channel: %.2g\n", worst);
    CHECK_BELOW(worst, 1e-5);
}

static void a_turn_keeps_lengths_and_two_turns_are_one(void **state)
{
    (void)state;
    rng r = rng_open(53);
    for (int i = 0; i < DRAWS; i++) {
        const pn_quat a = rng_rotation(&r);
        const pn_quat b = rng_rotation(&r);
        float one[PN_HARMONICS_TURN];
        float both[PN_HARMONICS_TURN];
        float in[CHANNELS];
        float between[CHANNELS];
        double out[CHANNELS];
        double twice[CHANNELS];
        double at_once[CHANNELS];
        rng_noise(&r, in, CHANNELS, 1.0);
        pn_harmonics_turn(b, one);
        turned(one, in, out);
        for (int n = 0; n <= PN_HARMONICS_ORDER; n++) {
            double before = 0.0;
            double after = 0.0;
            for (int c = n * n; c < (n + 1) * (n + 1); c++) {
                before += (double)in[c] * (double)in[c];
                after += out[c] * out[c];
                between[c] = (float)out[c];
            }
            CHECK_NEAR(after, before, 1e-5);
        }
        pn_harmonics_turn(a, one);
        turned(one, between, twice);
        pn_harmonics_turn(pn_quat_mul(a, b), both);
        turned(both, in, at_once);
        for (int c = 0; c < CHANNELS; c++) {
            CHECK_NEAR(twice[c], at_once[c], 1e-5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains_are_those_of_the_definition),
        cmocka_unit_test(the_second_channel_is_left_the_third_up_the_fourth_ahead),
        cmocka_unit_test(turning_a_field_is_turning_what_is_in_it),
        cmocka_unit_test(a_turn_keeps_lengths_and_two_turns_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
