/* SPDX-License-Identifier: MIT */
/**
 * How exact is exact: every bound that tests share, and where it comes from.
 *
 * A float carries 24 bits: rounding once is an error of at most 2^-24 of the value (-144 dB of power).
 */
#ifndef PN_TEST_TOLERANCE_H
#define PN_TEST_TOLERANCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** One rounding. */
#define FLOAT_ULP 5.9604645e-8

/**
 * A rotation of a vector is at most 12 roundings of numbers no larger than 4 times its length (u x (u x v) doubled),
 * so 12 * 4 * 2^-24 of its length; a product of two rotations before it adds as much again.
 */
#define ROTATION_ERROR 6e-6

/**
 * The same samples through the same filters, summed in another order or with directions rounded differently. Directions
 * and gains differ by some 2^-22, filters of neighbours by less than their size per 0.04 rad: 2^-22 * 25, -104 dB. The
 * transforms' own rounding lies at -130 dB.
 */
#define SAME_SOUND_DB 100.0

/**
 * Sums of sources. Each is transformed in a lane of its own and rounded there; the sums round again: about 2^-24 sqrt(8
 * stages), -135 dB. But a still source keeps a filter that is up to 0.01 degrees old (pn_source.c): not in these tests,
 * where the same source has the same history.
 */
#define SUPERPOSITION_DB 120.0

/** A click stands out by more than this. */
#define CLICK_DB 3.0

#define CHECK_NEAR(value, expected, within) check_near((double)(value), (double)(expected), (within), #value, __LINE__)
#define CHECK_BELOW(value, limit) check_below((double)(value), (double)(limit), #value, __LINE__)
#define CHECK_ABOVE(value, limit) check_above((double)(value), (double)(limit), #value, __LINE__)

/* Not the comparison but its negation decides, so that NaN fails. */
static inline void check_near(double value, double expected, double within, const char *text, int line)
{
    if (!(fabs(value - expected) <= within)) {
        fail_msg("line %d: %s is %.9g, expected %.9g within %.3g", line, text, value, expected, within);
    }
}

static inline void check_below(double value, double limit, const char *text, int line)
{
    if (!(value <= limit)) {
        fail_msg("line %d: %s is %.9g, more than %.9g", line, text, value, limit);
    }
}

static inline void check_above(double value, double limit, const char *text, int line)
{
    if (!(value >= limit)) {
        fail_msg("line %d: %s is %.9g, less than %.9g", line, text, value, limit);
    }
}

#endif
