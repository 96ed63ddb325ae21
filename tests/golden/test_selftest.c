/* SPDX-License-Identifier: MIT */
/**
 * The known answer of wasm/selftest.c, natively: the hash is the arithmetic's, not a machine's.
 *
 * When the arithmetic changes on purpose this test fails and prints the new hash: put it into SELFTEST_EXPECTED
 * (wasm/selftest.h), see that gcc, clang and the wasm module (tests/structure) all give it, and say so in the commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wasm/selftest.h"

static void native_arithmetic_gives_the_known_answer(void **state)
{
    (void)state;
    const uint32_t got = selftest_run();
    print_message("  self-test 0x%08xu, expected 0x%08xu\n", (unsigned)got, (unsigned)SELFTEST_EXPECTED);
    assert_int_equal(got, SELFTEST_EXPECTED);
}

static void running_it_again_gives_the_same_answer(void **state)
{
    (void)state;
    assert_int_equal(selftest_run(), selftest_run());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_arithmetic_gives_the_known_answer),
        cmocka_unit_test(running_it_again_gives_the_same_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
