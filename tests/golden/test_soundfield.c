/* SPDX-License-Identifier: MIT */
/**
 * Three sound fields that turn, kept as a hash: gcc, clang and wasm give the same bits. The same scene is rendered by
 * pinna-soundfield.wasm in tests/web/soundfield.test.mjs, which reads the hash from here.
 *
 * When a change is meant, this test prints the new hash: see test_render.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "support/head.h"
#include "support/soundfield.h"

#define SOUNDFIELD_EXPECTED 0x80927f6fu

enum { HOP = PN_HOP_FRAMES, HOPS = 100, FIELDS = 3 };

static uint32_t hash(uint32_t h, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < bytes; i++) {
        h = (h ^ at[i]) * 16777619u;
    }
    return h;
}

static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)((int32_t)(*seed >> 16) - 32768) * (1.0f / 65536.0f);
}

static void set(float *q, float x, float y, float z, float w)
{
    q[0] = x;
    q[1] = y;
    q[2] = z;
    q[3] = w;
}

static void three_fields_that_turn_have_the_bits_they_had(void **state)
{
    (void)state;
    static float x[FIELDS][PN_SOUNDFIELD_CHANNELS][HOP];
    float ears[2][HOP];
    uint32_t seed = 1;
    uint32_t h = 2166136261u;
    head kemar = head_open_file(HEAD_KEMAR, 48000.0);
    field_rig *f = field_rig_open(kemar.set, NULL, rig_config(48000.0, FIELDS), FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) {
        field_rig_place(f, i, i + 1);
    }
    f->r->source[2].flags |= PN_SOURCE_HEAD_LOCKED;
    for (int hop = 0; hop < HOPS; hop++) {
        const float a = (float)hop / 64.0f;
        set(f->r->source[0].world_from_source, 0.5f, a, -0.25f, 1.0f);
        set(f->r->source[2].world_from_source, a, 0.25f, 0.5f, 0.75f);
        f->r->source[1].gain = hop < 50 ? 1.0f : 0.5f;
        set(f->r->scene->listener_world_from_head, 0.125f, a * a, 0.5f, 1.0f);
        rig_apply(f->r);
        for (uint32_t i = 0; i < FIELDS; i++) {
            for (uint32_t c = 0; c < PN_SOUNDFIELD_CHANNELS; c++) {
                for (int n = 0; n < HOP; n++) {
                    x[i][c][n] = noise(&seed);
                }
                f->inputs[i * PN_SOUNDFIELD_CHANNELS + c] = c < (i + 2) * (i + 2) && hop < 90 ? x[i][c] : NULL;
            }
        }
        field_rig_block(f, ears[0], ears[1], HOP);
        h = hash(h, ears, sizeof ears);
    }
    field_rig_free(f);
    head_free(&kemar);
    printf("sound fields 0x%08x\n", h);
    assert_int_equal(h, SOUNDFIELD_EXPECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(three_fields_that_turn_have_the_bits_they_had)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
