/* SPDX-License-Identifier: MIT */
/* Array kernels against their definition, one sample at a time, at every length and alignment; the register type. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "simd/pn_array.h"
#include "simd/pn_simd.h"

enum { LONGEST = 37, ROOM = LONGEST + 16, OFFSETS = 4 };

static const float GUARD = 123.5f;

/* Runs `body` for every length and every pair of alignments; a, b and to are the arrays it works on. */
typedef struct arrays {
    float store[3][ROOM];
    float *to, *a, *b;
    size_t n;
} arrays;

static void arrays_fill(arrays *s, rng *r, size_t n, int offset)
{
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < ROOM; i++) {
            s->store[k][i] = GUARD;
        }
    }
    s->n = n;
    s->to = s->store[0] + 4 + offset;
    s->a = s->store[1] + 4 + (offset * 3) % 4;
    s->b = s->store[2] + 4 + (offset * 2 + 1) % 4;
    rng_noise(r, s->to, n, 1.0);
    rng_noise(r, s->a, n, 1.0);
    rng_noise(r, s->b, n, 1.0);
}

static void check_guards(const arrays *s)
{
    for (size_t i = 0; i < ROOM; i++) {
        const float *at = s->store[0] + i;
        if (at < s->to || at >= s->to + s->n) {
            assert_true(*at == GUARD);
        }
    }
}

#define FOR_ALL_SHAPES(s, r)                                                                                           \
    for (size_t n_ = 0; n_ <= LONGEST; n_++)                                                                           \
        for (int offset_ = 0; offset_ < OFFSETS && (arrays_fill(s, r, n_, offset_), true); offset_++)

static void add_is_sample_by_sample_addition(void **state)
{
    (void)state;
    rng r = rng_open(21);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        float expected[LONGEST + 1];
        for (size_t i = 0; i < s.n; i++) {
            expected[i] = s.to[i] + s.a[i];
        }
        pn_array_add(s.to, s.a, s.n);
        assert_memory_equal(s.to, expected, s.n * sizeof(float));
        check_guards(&s);
    }
}

static void crossfade_goes_from_one_to_the_other_in_equal_steps(void **state)
{
    (void)state;
    rng r = rng_open(22);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        pn_array_crossfade(s.to, s.a, s.b, s.n);
        for (size_t i = 0; i < s.n; i++) {
            double t = (double)i / (double)s.n;
            CHECK_NEAR(s.to[i], (double)s.a[i] * (1.0 - t) + (double)s.b[i] * t, 6 * FLOAT_ULP);
        }
        check_guards(&s);
        if (s.n > 0) {
            assert_true(s.to[0] == s.a[0]);
        }
    }
}

static void crossfade_may_write_over_either_side(void **state)
{
    (void)state;
    rng r = rng_open(23);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        float over_a[LONGEST + 1];
        float over_b[LONGEST + 1];
        memcpy(over_a, s.a, s.n * sizeof(float));
        memcpy(over_b, s.b, s.n * sizeof(float));
        pn_array_crossfade(s.to, s.a, s.b, s.n);
        pn_array_crossfade(over_a, over_a, s.b, s.n);
        pn_array_crossfade(over_b, s.a, over_b, s.n);
        assert_memory_equal(s.to, over_a, s.n * sizeof(float));
        assert_memory_equal(s.to, over_b, s.n * sizeof(float));
    }
}

static void ramp_scales_from_one_gain_to_the_other_in_equal_steps(void **state)
{
    (void)state;
    rng r = rng_open(24);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        const float from = (float)rng_between(&r, -2.0, 2.0);
        const float to = (float)rng_between(&r, -2.0, 2.0);
        float before[LONGEST + 1];
        memcpy(before, s.to, s.n * sizeof(float));
        pn_array_ramp(s.to, from, to, s.n);
        for (size_t i = 0; i < s.n; i++) {
            double gain = (double)from + ((double)to - (double)from) * (double)i / (double)s.n;
            CHECK_NEAR(s.to[i], gain * (double)before[i], 16 * FLOAT_ULP);
        }
        check_guards(&s);
    }
}

static void peak_is_the_largest_magnitude(void **state)
{
    (void)state;
    rng r = rng_open(25);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        float most = 0.0f;
        for (size_t i = 0; i < s.n; i++) {
            most = fabsf(s.to[i]) > most ? fabsf(s.to[i]) : most;
        }
        assert_true(pn_array_peak(s.to, s.n) == most);
        for (size_t at = 0; at < s.n; at++) { /* wherever it lies, of either sign */
            const float kept = s.to[at];
            s.to[at] = at % 2 == 0 ? 3.0f : -3.0f;
            assert_true(pn_array_peak(s.to, s.n) == 3.0f);
            s.to[at] = kept;
        }
    }
}

static void the_same_bits_are_the_same_and_one_that_differs_is_found_wherever_it_is(void **state)
{
    (void)state;
    rng r = rng_open(28);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        if (s.n < 4) {
            continue;
        }
        memcpy(s.a, s.b, s.n * sizeof(float));
        assert_true(pn_array_same(s.a, s.b, s.n));
        for (size_t at = 0; at < s.n; at++) {
            uint32_t word;
            memcpy(&word, &s.a[at], sizeof word);
            word ^= 1u << (at % 32);
            memcpy(&s.a[at], &word, sizeof word);
            assert_false(pn_array_same(s.a, s.b, s.n));
            s.a[at] = s.b[at];
        }
        s.a[s.n] = s.b[s.n] + 1.0f; /* what is behind them does not count */
        assert_true(pn_array_same(s.a, s.b, s.n));
    }
}

static void clean_copies_sound_as_it_is(void **state)
{
    (void)state;
    rng r = rng_open(26);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        pn_clean found = pn_array_copy_clean(s.to, s.a, s.n);
        assert_memory_equal(s.to, s.a, s.n * sizeof(float));
        assert_int_equal(found.mended, 0);
        assert_int_equal(found.sounding, s.n > 0);
        check_guards(&s);
    }
}

static void clean_zeroes_and_counts_exactly_what_is_no_sound(void **state)
{
    (void)state;
    static const float wrong[] = {NAN, -NAN, INFINITY, -INFINITY, 1e10f, -1e10f, 3e38f, -3e38f};
    static const float tiny[] = {1e-21f, -1e-21f, 1e-38f, 1e-40f, -1e-45f, 0.0f, -0.0f};
    rng r = rng_open(27);
    arrays s;
    FOR_ALL_SHAPES(&s, &r)
    {
        uint32_t mended = 0;
        bool sounding = false;
        float expected[LONGEST + 1];
        for (size_t i = 0; i < s.n; i++) {
            switch (rng_below(&r, 3)) {
            case 0:
                s.a[i] = wrong[rng_below(&r, sizeof wrong / sizeof wrong[0])];
                mended++;
                expected[i] = 0.0f;
                break;
            case 1:
                s.a[i] = tiny[rng_below(&r, sizeof tiny / sizeof tiny[0])];
                expected[i] = 0.0f;
                break;
            default: expected[i] = s.a[i]; sounding = true;
            }
        }
        pn_clean found = pn_array_copy_clean(s.to, s.a, s.n);
        assert_memory_equal(s.to, expected, s.n * sizeof(float)); /* +0 everywhere: memory, not ==, tells -0 */
        assert_int_equal(found.mended, mended);
        assert_int_equal(found.sounding, sounding);
        check_guards(&s);
    }
}

static void clean_keeps_the_edges_of_what_is_sound(void **state)
{
    (void)state;
    const float edges[8] = {PN_SAMPLE_TINY,
                            -PN_SAMPLE_TINY,
                            nextafterf(PN_SAMPLE_HUGE, 0.0f),
                            0.0f,
                            -nextafterf(PN_SAMPLE_HUGE, 0.0f),
                            nextafterf(PN_SAMPLE_TINY, 0.0f),
                            0.0f,
                            0.0f};
    for (size_t n = 6; n <= 8; n++) { /* in a register and in the rest */
        float to[8];
        pn_clean found = pn_array_copy_clean(to, edges, n);
        assert_int_equal(found.mended, 0);
        assert_true(to[0] == edges[0] && to[1] == edges[1] && to[2] == edges[2] && to[4] == edges[4] && to[5] == 0.0f);
    }
}

static void a_long_broken_input_is_counted_to_the_last_sample(void **state)
{
    (void)state;
    enum { N = 100003 };
    float *x = malloc(N * sizeof *x);
    float *y = malloc(N * sizeof *y);
    for (int i = 0; i < N; i++) {
        x[i] = NAN;
    }
    pn_clean found = pn_array_copy_clean(y, x, N);
    assert_int_equal(found.mended, N);
    assert_false(found.sounding);
    free(x);
    free(y);
}

static void sane_is_what_cleaning_leaves_as_it_is(void **state)
{
    (void)state;
    const float odd[] = {NAN,   INFINITY, -INFINITY, 1e12f, -1e12f, 1e10f, 1e-21f, -1e-42f,
                         -0.0f, 0.0f,     1e-20f,    -9e9f, 1e-19f, 0.25f, 3e38f,  1e-45f};
    rng r = rng_open(29);
    for (int draw = 0; draw < 2000; draw++) {
        float x[40];
        float y[40];
        const size_t n = 1 + (size_t)draw % 40;
        rng_noise(&r, x, 40, 1.0);
        if (draw % 3 == 1) {
            memset(x, 0, sizeof x);
        }
        if (draw % 3 != 0) {
            x[(size_t)draw / 3 % n] = odd[draw % 16];
        }
        const pn_clean found = pn_array_copy_clean(y, x, n);
        bool same = true;
        for (size_t i = 0; i < n; i++) {
            same = same && x[i] == y[i];
        }
        assert_int_equal(pn_array_is_sane(x, n), same);
        if (same) {
            assert_int_equal(pn_array_is_sounding(x, n), found.sounding);
        }
    }
}

static void transpose_makes_rows_columns(void **state)
{
    (void)state;
    pn_f32x4 rows[4];
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            rows[i][k] = (float)(10 * i + k);
        }
    }
    pn_f32x4_transpose(&rows[0], &rows[1], &rows[2], &rows[3]);
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            assert_true(rows[i][k] == (float)(10 * k + i));
        }
    }
}

static void register_helpers_agree_with_scalars(void **state)
{
    (void)state;
    rng r = rng_open(28);
    for (int draw = 0; draw < 1000; draw++) {
        float x[7];
        float y[7] = {0};
        const int offset = draw % 4;
        rng_noise(&r, x, 7, 2.0);
        pn_f32x4 v = pn_f32x4_load(x + offset % 4);
        pn_f32x4_store(y + offset % 4, v);
        assert_memory_equal(y + offset, x + offset, 16);
        const float *at = x + offset;
        assert_true(pn_f32x4_sum(v) == (at[0] + at[2]) + (at[1] + at[3]));
        pn_f32x4 magnitude = pn_f32x4_abs(v);
        pn_i32x4 positive = v > pn_f32x4_splat(0.0f);
        pn_f32x4 kept = pn_f32x4_keep(positive, v);
        for (int lane = 0; lane < 4; lane++) {
            assert_true(pn_f32x4_splat(at[0])[lane] == at[0]);
            assert_true(magnitude[lane] == fabsf(at[lane]));
            assert_true(kept[lane] == (at[lane] > 0.0f ? at[lane] : 0.0f));
        }
    }
}

static void flushing_zeroes_only_what_is_tiny(void **state)
{
    (void)state;
    assert_true(pn_flush_tiny(1e-21f) == 0.0f && pn_flush_tiny(-1e-30f) == 0.0f && pn_flush_tiny(1e-42f) == 0.0f);
    assert_true(pn_flush_tiny(1e-19f) == 1e-19f && pn_flush_tiny(-2.0f) == -2.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_is_sample_by_sample_addition),
        cmocka_unit_test(crossfade_goes_from_one_to_the_other_in_equal_steps),
        cmocka_unit_test(crossfade_may_write_over_either_side),
        cmocka_unit_test(ramp_scales_from_one_gain_to_the_other_in_equal_steps),
        cmocka_unit_test(peak_is_the_largest_magnitude),
        cmocka_unit_test(the_same_bits_are_the_same_and_one_that_differs_is_found_wherever_it_is),
        cmocka_unit_test(clean_copies_sound_as_it_is),
        cmocka_unit_test(clean_zeroes_and_counts_exactly_what_is_no_sound),
        cmocka_unit_test(clean_keeps_the_edges_of_what_is_sound),
        cmocka_unit_test(a_long_broken_input_is_counted_to_the_last_sample),
        cmocka_unit_test(sane_is_what_cleaning_leaves_as_it_is),
        cmocka_unit_test(transpose_makes_rows_columns),
        cmocka_unit_test(register_helpers_agree_with_scalars),
        cmocka_unit_test(flushing_zeroes_only_what_is_tiny),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
