/* SPDX-License-Identifier: MIT */
/* Dense layers against the definition in double precision; one vector against many points. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "nn/pn_nn_dense.h"

enum { MOST = 200, MOST_POINTS = 520, GUARD = 8 };

static const float UNTOUCHED = 12345.0f;

typedef struct layer {
    uint32_t in;
    uint32_t out;
    float *weight;
    float *bias;
    float *packed;
} layer;

static layer layer_open(rng *r, uint32_t in, uint32_t out, double size)
{
    layer l = {in, out, test_malloc(4 * (size_t)in * out), test_malloc(4 * (size_t)out),
               test_malloc(4 * pn_nn_dense_floats(in, out))};
    rng_noise(r, l.weight, (size_t)in * out, size);
    rng_noise(r, l.bias, out, size);
    pn_nn_dense_pack(in, out, l.weight, l.bias, l.packed);
    return l;
}

static void layer_close(layer *l)
{
    test_free(l->weight);
    test_free(l->bias);
    test_free(l->packed);
}

/* The definition, and how far off a float sum of these terms may be: every term is rounded once in its product and at
   most in + 1 times in the sums. */
static double dense(const layer *l, const float *x, size_t stride, uint32_t o, double *within)
{
    double sum = l->bias[o];
    double size = fabs(sum);
    for (uint32_t i = 0; i < l->in; i++) {
        const double term = (double)l->weight[(size_t)o * l->in + i] * x[i * stride];
        sum += term;
        size += fabs(term);
    }
    *within = (l->in + 2) * FLOAT_ULP * size;
    return sum;
}

static void check_vector(const layer *l, const float *x)
{
    float y[MOST + GUARD];
    const uint32_t padded = pn_nn_padded(l->out);
    for (uint32_t o = 0; o < padded + GUARD; o++) {
        y[o] = UNTOUCHED;
    }
    pn_nn_dense_forward(l->packed, l->in, l->out, PN_NN_LINEAR, x, y);
    for (uint32_t o = 0; o < l->out; o++) {
        double within;
        const double wanted = dense(l, x, 1, o, &within);
        CHECK_NEAR(y[o], wanted, within);
    }
    for (uint32_t o = l->out; o < padded; o++) {
        assert_true(y[o] == 0.0f);
    }
    for (uint32_t o = padded; o < padded + GUARD; o++) {
        assert_true(y[o] == UNTOUCHED);
    }
}

static void a_vector_of_any_length_equals_the_definition(void **state)
{
    (void)state;
    rng r = rng_open(101);
    float x[MOST];
    for (uint32_t in = 1; in <= 67; in++) {
        for (uint32_t out = 1; out <= 67; out++) {
            layer l = layer_open(&r, in, out, 1.0);
            rng_noise(&r, x, in, 1.0);
            check_vector(&l, x);
            layer_close(&l);
        }
    }
}

/* in, out: LINN-F with 4 to 16 bases and its widest hidden layer, the dense network's encoders and fusion, the warp. */
static const uint32_t SHAPES[][2] = {{40, 64},  {64, 64},  {64, 36},   {64, 12},  {40, 128}, {128, 128},
                                     {128, 36}, {19, 192}, {192, 192}, {192, 64}, {21, 192}, {64, 128},
                                     {128, 64}, {64, 4},   {14, 64},   {128, 64}, {64, 2}};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof SHAPES[0] };

static void the_shapes_of_the_networks_equal_the_definition(void **state)
{
    (void)state;
    rng r = rng_open(102);
    float x[MOST];
    for (int s = 0; s < SHAPE_COUNT; s++) {
        layer l = layer_open(&r, SHAPES[s][0], SHAPES[s][1], 0.3);
        for (int turn = 0; turn < 20; turn++) {
            rng_noise(&r, x, l.in, 3.0);
            check_vector(&l, x);
        }
        layer_close(&l);
    }
}

static void check_points(rng *r, const layer *l, uint32_t points, uint32_t stride)
{
    float *x = test_malloc(4 * (size_t)l->in * stride);
    float *y = test_malloc(4 * ((size_t)l->out * stride + GUARD));
    rng_noise(r, x, (size_t)l->in * stride, 2.0);
    for (size_t i = 0; i < (size_t)l->out * stride + GUARD; i++) {
        y[i] = UNTOUCHED;
    }
    pn_nn_dense_points(l->packed, l->in, l->out, PN_NN_SILU, x, stride, points, y, stride);
    float point[MOST];
    float wanted[MOST];
    for (uint32_t p = 0; p < points; p++) {
        for (uint32_t i = 0; i < l->in; i++) {
            point[i] = x[(size_t)i * stride + p];
        }
        pn_nn_dense_forward(l->packed, l->in, l->out, PN_NN_SILU, point, wanted);
        for (uint32_t o = 0; o < l->out; o++) {
            assert_memory_equal(&y[(size_t)o * stride + p], &wanted[o], sizeof wanted[o]);
        }
    }
    for (uint32_t o = 0; o < l->out; o++) {
        for (uint32_t p = pn_nn_padded(points); p < stride; p++) {
            assert_true(y[(size_t)o * stride + p] == UNTOUCHED);
        }
    }
    for (int i = 0; i < GUARD; i++) {
        assert_true(y[(size_t)l->out * stride + i] == UNTOUCHED);
    }
    test_free(x);
    test_free(y);
}

static void many_points_have_the_same_bits_as_one_after_the_other(void **state)
{
    (void)state;
    rng r = rng_open(103);
    for (int s = 0; s < SHAPE_COUNT; s++) {
        layer l = layer_open(&r, SHAPES[s][0], SHAPES[s][1], 0.3);
        check_points(&r, &l, 513, MOST_POINTS);
        check_points(&r, &l, 4, 4);
        layer_close(&l);
    }
    for (uint32_t size = 1; size <= 67; size++) {
        layer l = layer_open(&r, size, 68 - size, 0.5);
        check_points(&r, &l, size, pn_nn_padded(size) + size % 3 * 4);
        layer_close(&l);
    }
}

static void denormals_and_huge_values_are_summed_like_others(void **state)
{
    (void)state;
    rng r = rng_open(104);
    float x[MOST];
    layer l = layer_open(&r, 40, 36, 1.0);
    for (uint32_t i = 0; i < l.in; i++) {
        x[i] = (float)rng_between(&r, -1e36, 1e36);
    }
    check_vector(&l, x);
    /* Of denormals a sum is off by no more than the smallest of them, once for every product. */
    float y[MOST];
    for (uint32_t i = 0; i < l.in; i++) {
        x[i] = (float)rng_between(&r, -1e-40, 1e-40);
    }
    for (uint32_t o = 0; o < l.out; o++) {
        l.bias[o] = 0.0f;
    }
    pn_nn_dense_pack(l.in, l.out, l.weight, NULL, l.packed);
    pn_nn_dense_forward(l.packed, l.in, l.out, PN_NN_LINEAR, x, y);
    for (uint32_t o = 0; o < l.out; o++) {
        double within;
        const double wanted = dense(&l, x, 1, o, &within);
        CHECK_NEAR(y[o], wanted, l.in * 1.5e-45);
        assert_true(y[o] != 0.0f);
    }
    layer_close(&l);
}

static void weights_may_lie_at_any_address(void **state)
{
    (void)state;
    rng r = rng_open(105);
    layer l = layer_open(&r, 9, 21, 1.0);
    unsigned char *shifted = test_malloc(4 * 9 * 21 + 8);
    float *packed = test_malloc(4 * pn_nn_dense_floats(9, 21));
    for (size_t by = 0; by < 4; by++) {
        memcpy(shifted + by, l.weight, 4 * 9 * 21);
        pn_nn_dense_pack(9, 21, shifted + by, l.bias, packed);
        assert_memory_equal(packed, l.packed, 4 * pn_nn_dense_floats(9, 21));
    }
    test_free(shifted);
    test_free(packed);
    layer_close(&l);
}

static void a_packed_layer_works_wherever_it_is_copied(void **state)
{
    (void)state;
    rng r = rng_open(106);
    layer l = layer_open(&r, 40, 64, 1.0);
    float x[40];
    float here[64];
    float there[64];
    rng_noise(&r, x, 40, 1.0);
    const size_t floats = pn_nn_dense_floats(40, 64);
    float *moved = test_malloc(4 * (floats + 1));
    memcpy(moved + 1, l.packed, 4 * floats);
    pn_nn_dense_forward(l.packed, 40, 64, PN_NN_TANH, x, here);
    pn_nn_dense_forward(moved + 1, 40, 64, PN_NN_TANH, x, there);
    assert_memory_equal(here, there, sizeof here);
    test_free(moved);
    layer_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_of_any_length_equals_the_definition),
        cmocka_unit_test(the_shapes_of_the_networks_equal_the_definition),
        cmocka_unit_test(many_points_have_the_same_bits_as_one_after_the_other),
        cmocka_unit_test(denormals_and_huge_values_are_summed_like_others),
        cmocka_unit_test(weights_may_lie_at_any_address),
        cmocka_unit_test(a_packed_layer_works_wherever_it_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
