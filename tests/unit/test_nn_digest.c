/* SPDX-License-Identifier: MIT */
/* The same bits on every target; tests/web/nn-wasm.test.mjs asks the wasm builds. */
#include "support/nn_digest.h"
#include "support/tolerance.h"

static void the_kernels_give_the_bits_that_every_build_gives(void **state)
{
    (void)state;
    assert_int_equal(nn_digest(), NN_DIGEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernels_give_the_bits_that_every_build_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
