/* SPDX-License-Identifier: MIT */
/* Rendering is linear: sources add, and loudness scales. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, HOPS = 60, FRAMES = HOPS * HOP, SOURCES = 9 };

static head HEAD;

static int open_head(void **state)
{
    (void)state;
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    return 0;
}

static int close_head(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* Where a source is at a hop: some rest, some orbit, one with Doppler. */
static void pose_at(pn_scene_source *s, uint32_t i, int hop)
{
    const double a = 0.7 * i + (i % 3 == 0 ? 0.0 : 0.03 * hop);
    s->position_m[0] = (float)((1.0 + 0.3 * i) * sin(a));
    s->position_m[1] = (float)(0.4 * cos(1.7 * i));
    s->position_m[2] = (float)(-(1.0 + 0.3 * i) * cos(a));
    s->gain = (float)(0.2 + 0.1 * i);
    s->flags = PN_SOURCE_ACTIVE | (i == 4 ? (uint32_t)PN_SOURCE_DOPPLER : 0u);
}

/* Renders the sources of a mask. */
static void render(float *const *x, uint32_t mask, float scale, float *out)
{
    rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
    float *scaled[SOURCES];
    for (uint32_t i = 0; i < SOURCES; i++) {
        scaled[i] = frames_of(FRAMES);
        for (uint32_t k = 0; k < FRAMES; k++) {
            scaled[i][k] = scale * x[i][k];
        }
        r->inputs[i] = (mask >> i & 1u) != 0 ? scaled[i] : NULL;
        rig_place(r, i, (pn_vec3){0.0f, 0.0f, -1.0f});
    }
    for (int hop = 0; hop < HOPS; hop++) {
        for (uint32_t i = 0; i < SOURCES; i++) {
            pose_at(&r->source[i], i, hop);
        }
        rig_apply(r);
        rig_step(r, out + hop * HOP, out + FRAMES + hop * HOP, HOP);
    }
    for (uint32_t i = 0; i < SOURCES; i++) {
        free(scaled[i]);
    }
    rig_free(r);
}

static void sources_together_sound_as_the_sum_of_each_alone(void **state)
{
    (void)state;
    rng random = rng_open(201);
    float *x[SOURCES];
    float *together = frames_of(2 * FRAMES), *sum = frames_of(2 * FRAMES), *alone = frames_of(2 * FRAMES);
    for (uint32_t i = 0; i < SOURCES; i++) {
        x[i] = frames_of(FRAMES);
        rng_noise(&random, x[i], FRAMES, 0.5);
    }
    render(x, (1u << SOURCES) - 1, 1.0f, together);
    for (uint32_t i = 0; i < SOURCES; i++) {
        render(x, 1u << i, 1.0f, alone);
        for (uint32_t k = 0; k < 2 * FRAMES; k++) {
            sum[k] += alone[k];
        }
    }
    CHECK_ABOVE(snr_db(sum, together, 2 * FRAMES), SUPERPOSITION_DB);
    for (uint32_t i = 0; i < SOURCES; i++) {
        free(x[i]);
    }
    free(together);
    free(sum);
    free(alone);
}

static void twice_the_input_is_exactly_twice_the_output(void **state)
{
    (void)state;
    rng random = rng_open(202);
    float *x[SOURCES];
    float *one = frames_of(2 * FRAMES), *other = frames_of(2 * FRAMES);
    for (uint32_t i = 0; i < SOURCES; i++) {
        x[i] = frames_of(FRAMES);
        rng_noise(&random, x[i], FRAMES, 0.5);
    }
    const float scales[] = {2.0f, -1.0f, 0.0009765625f};
    render(x, (1u << SOURCES) - 1, 1.0f, one);
    for (int s = 0; s < 3; s++) { /* powers of two: rounding scales along */
        render(x, (1u << SOURCES) - 1, scales[s], other);
        for (uint32_t k = 0; k < 2 * FRAMES; k++) {
            assert_true(other[k] == scales[s] * one[k]);
        }
    }
    for (uint32_t i = 0; i < SOURCES; i++) {
        free(x[i]);
    }
    free(one);
    free(other);
}

static void a_sources_slot_does_not_matter(void **state)
{
    (void)state;
    rng random = rng_open(203);
    float *x = frames_of(FRAMES), *first = frames_of(2 * FRAMES), *other = frames_of(2 * FRAMES);
    rng_noise(&random, x, FRAMES, 0.5);
    for (uint32_t slot = 0; slot < SOURCES; slot++) {
        float *out = slot == 0 ? first : other;
        rig *r = rig_open(HEAD.set, rig_config(48000.0, SOURCES));
        rig_place(r, slot, (pn_vec3){0.0f, 0.0f, -1.0f});
        r->inputs[slot] = x;
        for (int hop = 0; hop < HOPS; hop++) {
            pose_at(&r->source[slot], 1, hop);
            rig_apply(r);
            rig_step(r, out + hop * HOP, out + FRAMES + hop * HOP, HOP);
        }
        rig_free(r);
        if (slot > 0) {
            assert_memory_equal(first, other, 2 * FRAMES * sizeof(float));
        }
    }
    free(x);
    free(first);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_together_sound_as_the_sum_of_each_alone),
        cmocka_unit_test(twice_the_input_is_exactly_twice_the_output),
        cmocka_unit_test(a_sources_slot_does_not_matter),
    };
    return cmocka_run_group_tests(tests, open_head, close_head);
}
