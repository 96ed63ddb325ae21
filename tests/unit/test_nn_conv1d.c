/* SPDX-License-Identifier: MIT */
/* Streamed convolutions against the definition in double precision. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "nn/pn_nn_conv1d.h"
#include "nn/pn_nn_dense.h"

enum { FRAMES = 40 };

static void check_stream(rng *r, pn_nn_conv1d shape)
{
    const size_t weights = (size_t)shape.in * shape.out * shape.kernel;
    float *weight = test_malloc(4 * weights);
    float *bias = test_malloc(4 * (size_t)shape.out);
    float *packed = test_malloc(4 * pn_nn_conv1d_floats(&shape));
    float *state = test_malloc(4 * pn_nn_conv1d_state_floats(&shape));
    float *x = test_malloc(4 * (size_t)FRAMES * shape.in);
    float *y = test_malloc(4 * (size_t)pn_nn_padded(shape.out));
    rng_noise(r, weight, weights, 0.5);
    rng_noise(r, bias, shape.out, 0.5);
    rng_noise(r, state, pn_nn_conv1d_state_floats(&shape), 1.0);
    pn_nn_conv1d_pack(&shape, weight, bias, packed);
    rng_noise(r, x, (size_t)FRAMES * shape.in, 2.0);
    for (int stream = 0; stream < 2; stream++) {
        pn_nn_conv1d_reset(&shape, state);
        for (int t = 0; t < FRAMES; t++) {
            pn_nn_conv1d_forward(&shape, packed, PN_NN_RELU, state, x + (size_t)t * shape.in, y);
            for (uint32_t o = 0; o < shape.out; o++) {
                double sum = bias[o];
                double size = fabs(sum);
                for (uint32_t k = 0; k < shape.kernel; k++) {
                    const int from = t - (int)((shape.kernel - 1 - k) * shape.dilation);
                    for (uint32_t c = 0; c < shape.in && from >= 0; c++) {
                        const double term = (double)weight[((size_t)o * shape.in + c) * shape.kernel + k] *
                                            x[(size_t)from * shape.in + c];
                        sum += term;
                        size += fabs(term);
                    }
                }
                CHECK_NEAR(y[o], fmax(sum, 0.0), (shape.kernel * shape.in + 2) * FLOAT_ULP * size);
            }
        }
    }
    test_free(weight);
    test_free(bias);
    test_free(packed);
    test_free(state);
    test_free(x);
    test_free(y);
}

static void the_layers_of_the_warp_equal_the_definition(void **state)
{
    (void)state;
    rng r = rng_open(121);
    check_stream(&r, (pn_nn_conv1d){7, 64, 2, 1});
    check_stream(&r, (pn_nn_conv1d){64, 64, 2, 1});
}

static void kernels_dilations_and_odd_channels_equal_the_definition(void **state)
{
    (void)state;
    rng r = rng_open(122);
    for (uint32_t kernel = 1; kernel <= 4; kernel++) {
        for (uint32_t dilation = 1; dilation <= 9; dilation += 2) {
            check_stream(&r, (pn_nn_conv1d){1 + kernel * dilation % 7, 1 + kernel + 3 * dilation, kernel, dilation});
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layers_of_the_warp_equal_the_definition),
        cmocka_unit_test(kernels_dilations_and_odd_channels_equal_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
