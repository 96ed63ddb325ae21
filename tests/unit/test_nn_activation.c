/* SPDX-License-Identifier: MIT */
/* The errors that pn_nn_activation4.h states, over the ranges that it states them for; and what is not a number. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "nn/pn_nn_activation.h"
#include "nn/pn_nn_activation4.h"

enum { DRAWS = 400000, ALL = 6 };

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double silu(double x)
{
    return x / (1.0 + exp(-x));
}

static double relu(double x)
{
    return x > 0.0 ? x : 0.0;
}

typedef struct worst {
    double absolute;
    double relative;
    double per_size; /* relative error over 2 + |x| */
} worst;

static worst worst_of(pn_nn_activation f, double (*definition)(double), double low, double high)
{
    rng r = rng_open(111);
    worst found = {0.0, 0.0, 0.0};
    float x[4];
    for (int i = 0; i < DRAWS; i += 4) {
        float y[4];
        for (int lane = 0; lane < 4; lane++) {
            /* Every other one near zero, at every size. */
            x[lane] = (float)rng_between(&r, low, high);
            x[lane] *= lane % 2 ? (float)pow(10.0, rng_between(&r, -30.0, 0.0)) : 1.0f;
            y[lane] = x[lane];
        }
        pn_nn_activate(f, y, 4);
        for (int lane = 0; lane < 4; lane++) {
            const double wanted = definition((double)x[lane]);
            const double error = fabs(y[lane] - wanted);
            found.absolute = fmax(found.absolute, isfinite(y[lane]) ? error : INFINITY);
            const double relative = error == 0.0 ? 0.0 : error / fabs(wanted);
            found.relative = fmax(found.relative, relative);
            found.per_size = fmax(found.per_size, relative / (2.0 + fabs((double)x[lane])));
        }
    }
    printf("absolute %.3g, relative %.3g, over size %.3g\n", found.absolute, found.relative, found.per_size);
    return found;
}

static void sigmoid_errs_as_stated_from_minus_87_up(void **state)
{
    (void)state;
    CHECK_BELOW(worst_of(PN_NN_SIGMOID, sigmoid, -5.0, 5.0).per_size, 8e-8);
    CHECK_BELOW(worst_of(PN_NN_SIGMOID, sigmoid, -87.0, 87.0).per_size, 8e-8);
    CHECK_BELOW(worst_of(PN_NN_SIGMOID, sigmoid, 20.0, 3e38).relative, 8e-8);
}

static void silu_errs_as_stated_from_minus_87_up(void **state)
{
    (void)state;
    CHECK_BELOW(worst_of(PN_NN_SILU, silu, -5.0, 5.0).per_size, 8e-8);
    CHECK_BELOW(worst_of(PN_NN_SILU, silu, -87.0, 87.0).per_size, 8e-8);
    CHECK_BELOW(worst_of(PN_NN_SILU, silu, 20.0, 3e38).relative, 2e-7);
}

static void sigmoid_and_silu_are_almost_0_far_below(void **state)
{
    (void)state;
    const float far[] = {-87.5f, -100.0f, -1e10f, -3e38f, -INFINITY, NAN, -NAN};
    enum { COUNT = sizeof far / sizeof far[0] };
    float sigmoids[COUNT];
    float silus[COUNT];
    memcpy(sigmoids, far, sizeof far);
    memcpy(silus, far, sizeof far);
    pn_nn_activate(PN_NN_SIGMOID, sigmoids, COUNT);
    pn_nn_activate(PN_NN_SILU, silus, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(sigmoids[i] > 0.0f && sigmoids[i] <= 2e-38f);
        assert_true(silus[i] < 0.0f && silus[i] >= -2e-36f);
    }
}

static void tanh_errs_less_than_4e_7_of_itself_everywhere(void **state)
{
    (void)state;
    CHECK_BELOW(worst_of(PN_NN_TANH, tanh, -4.0, 4.0).relative, 4e-7);
    CHECK_BELOW(worst_of(PN_NN_TANH, tanh, -12.0, 12.0).relative, 4e-7);
    CHECK_BELOW(worst_of(PN_NN_TANH, tanh, -3e38, 3e38).relative, 4e-7);
}

static void sin_errs_less_than_3e_7_below_1000(void **state)
{
    (void)state;
    CHECK_BELOW(worst_of(PN_NN_SIN, sin, -20.0, 20.0).absolute, 3e-7);
    CHECK_BELOW(worst_of(PN_NN_SIN, sin, -1000.0, 1000.0).absolute, 3e-7);
}

static void relu_is_exact(void **state)
{
    (void)state;
    CHECK_BELOW(worst_of(PN_NN_RELU, relu, -3e38, 3e38).absolute, 0.0);
}

static void tanh_is_odd_and_stays_within_one(void **state)
{
    (void)state;
    for (float x = 0.0f; x < 20.0f; x += 0.001f) {
        const pn_f32x4 y = pn_f32x4_approx_tanh((pn_f32x4){x, -x, 1e30f * x, -x});
        assert_true(y[0] == -y[1] && y[0] <= 1.0f && y[2] <= 1.0f);
    }
}

static void zero_gives_what_the_function_gives_to_the_bit(void **state)
{
    (void)state;
    static const float WANTED[ALL] = {[PN_NN_SIGMOID] = 0.5f};
    for (int f = 0; f < ALL; f++) {
        float y[1] = {0.0f};
        pn_nn_activate((pn_nn_activation)f, y, 1);
        assert_true(y[0] == WANTED[f]);
    }
}

static void whatever_comes_in_a_number_comes_out(void **state)
{
    (void)state;
    const float strange[] = {NAN,    -NAN,    INFINITY, -INFINITY, 3.4028235e38f, -3.4028235e38f, 1e-45f, -1e-45f,
                             1e-38f, -1e-38f, 87.0f,    -87.0f,    89.0f,         -89.0f,         104.0f, -104.0f,
                             1e10f,  -1e10f,  1000.0f,  -1000.0f,  1001.0f,       -1001.0f,       0.0f,   -0.0f};
    enum { COUNT = sizeof strange / sizeof strange[0] };
    for (int f = PN_NN_RELU; f < ALL; f++) {
        float y[COUNT];
        float zero[1] = {0.0f};
        memcpy(y, strange, sizeof y);
        pn_nn_activate((pn_nn_activation)f, y, COUNT);
        pn_nn_activate((pn_nn_activation)f, zero, 1);
        for (int i = 0; i < COUNT; i++) {
            assert_true(isfinite(y[i]));
        }
        if (f == PN_NN_RELU || f == PN_NN_TANH || f == PN_NN_SIN) {
            assert_true(y[0] == zero[0] && y[1] == zero[0]);
        }
    }
    const pn_f32x4 nowhere = {NAN, INFINITY, -INFINITY, 3e38f};
    pn_f32x4 s, c;
    pn_f32x4_approx_sincospi(nowhere, &s, &c);
    for (int lane = 0; lane < 4; lane++) {
        assert_true(s[lane] == 0.0f && c[lane] == 1.0f);
    }
}

static void any_length_gives_the_same_bits_and_touches_nothing_else(void **state)
{
    (void)state;
    rng r = rng_open(112);
    enum { MOST = 67 };
    float x[MOST];
    float whole[ALL][MOST + 1];
    rng_noise(&r, x, MOST, 5.0);
    for (int f = 0; f < ALL; f++) {
        memcpy(whole[f], x, sizeof x);
        pn_nn_activate((pn_nn_activation)f, whole[f], MOST);
        for (size_t n = 0; n < MOST; n++) {
            float part[MOST];
            memcpy(part, x, sizeof x);
            pn_nn_activate((pn_nn_activation)f, part, n);
            assert_memory_equal(part, whole[f], n * sizeof *x);
            assert_memory_equal(part + n, x + n, (MOST - n) * sizeof *x);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigmoid_errs_as_stated_from_minus_87_up),
        cmocka_unit_test(silu_errs_as_stated_from_minus_87_up),
        cmocka_unit_test(sigmoid_and_silu_are_almost_0_far_below),
        cmocka_unit_test(tanh_errs_less_than_4e_7_of_itself_everywhere),
        cmocka_unit_test(sin_errs_less_than_3e_7_below_1000),
        cmocka_unit_test(relu_is_exact),
        cmocka_unit_test(tanh_is_odd_and_stays_within_one),
        cmocka_unit_test(zero_gives_what_the_function_gives_to_the_bit),
        cmocka_unit_test(whatever_comes_in_a_number_comes_out),
        cmocka_unit_test(any_length_gives_the_same_bits_and_touches_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
