/* SPDX-License-Identifier: MIT */
/* Sound that is for two ears already joins before gain and limiter, whatever the blocks are. */
#include "support/head.h"
#include "support/render.h"
#include "support/rng.h"
#include "support/tolerance.h"

enum { HOP = PN_HOP_FRAMES, FRAMES = 30 * HOP };

static head HEAD;
static float X[FRAMES], EARS[2][FRAMES + HOP];

static int open_all(void **state)
{
    (void)state;
    rng random = rng_open(251);
    HEAD = head_open_file(HEAD_KEMAR, 48000.0);
    rng_noise(&random, X, FRAMES, 0.5);
    rng_noise(&random, EARS[0], FRAMES, 0.5);
    rng_noise(&random, EARS[1], FRAMES, 0.5);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    head_free(&HEAD);
    return 0;
}

/* @param block  frames; 0 = any  @param[out] out [2][FRAMES] after the latency */
static void render(bool source, bool ears, float gain, uint32_t flags, uint32_t block, float *out)
{
    static const float silence[HOP] = {0.0f};
    rng random = {252};
    pn_engine_config config = rig_config(48000.0, 1);
    config.block_frames = block;
    rig *r = rig_open(HEAD.set, config);
    const uint32_t latency = pn_engine_latency_frames(r->engine);
    float *heard = frames_of(2 * (FRAMES + 2 * HOP));
    rig_place(r, 0, (pn_vec3){1.0f, 0.0f, -1.0f});
    r->scene->gain = gain;
    r->scene->flags = flags;
    rig_apply(r);
    for (uint32_t done = 0; done < FRAMES + latency;) {
        uint32_t frames = block > 0 ? block : 1 + rng_below(&random, HOP);
        const bool there = done < FRAMES;
        frames = there && frames > FRAMES - done ? FRAMES - done : frames;
        r->inputs[0] = !source ? NULL : (there ? X + done : silence);
        if (ears && there) {
            pn_engine_set_ears(r->engine, EARS[0] + done, EARS[1] + done);
        }
        pn_engine_process(r->engine, r->inputs, heard + done, heard + FRAMES + 2 * HOP + done, frames);
        done += frames;
    }
    memcpy(out, heard + latency, FRAMES * sizeof *out);
    memcpy(out + FRAMES, heard + FRAMES + 2 * HOP + latency, FRAMES * sizeof *out);
    free(heard);
    rig_free(r);
}

static void ears_come_out_as_they_went_in_times_the_gain_and_add_to_sources(void **state)
{
    (void)state;
    float *alone = frames_of(2 * FRAMES), *both = frames_of(2 * FRAMES), *source = frames_of(2 * FRAMES);
    render(false, true, 0.5f, 0, HOP, alone);
    render(true, false, 0.5f, 0, HOP, source);
    render(true, true, 0.5f, 0, HOP, both);
    for (int n = 0; n < FRAMES; n++) {
        assert_true(alone[n] == 0.5f * EARS[0][n] && alone[FRAMES + n] == 0.5f * EARS[1][n]);
    }
    for (int n = 0; n < 2 * FRAMES; n++) {
        source[n] += alone[n];
    }
    CHECK_ABOVE(snr_db(source, both, 2 * FRAMES), SUPERPOSITION_DB);
    free(alone);
    free(both);
    free(source);
}

static void any_slicing_gives_the_same_bits(void **state)
{
    (void)state;
    float *hops = frames_of(2 * FRAMES), *pieces = frames_of(2 * FRAMES);
    render(true, true, 2.0f, PN_SCENE_LIMITER, HOP, hops);
    render(true, true, 2.0f, PN_SCENE_LIMITER, 0, pieces);
    assert_memory_equal(hops, pieces, 2 * FRAMES * sizeof *hops);
    free(hops);
    free(pieces);
}

static void the_limiter_holds_them(void **state)
{
    (void)state;
    float *open = frames_of(2 * FRAMES), *limited = frames_of(2 * FRAMES);
    render(true, true, 4.0f, 0, HOP, open);
    render(true, true, 4.0f, PN_SCENE_LIMITER, HOP, limited);
    CHECK_ABOVE(peak_of(open, 2 * FRAMES), 1.5);
    CHECK_BELOW(peak_of(limited + FRAMES / 2, FRAMES / 2), 1.0);
    free(open);
    free(limited);
}

static void what_is_not_a_number_is_mended(void **state)
{
    (void)state;
    float left[HOP], right[HOP], out[2][HOP];
    rig *r = rig_open(HEAD.set, rig_config(48000.0, 1));
    for (int n = 0; n < HOP; n++) {
        left[n] = n == 3 ? NAN : 0.25f;
        right[n] = n == 7 ? INFINITY : 0.25f;
    }
    rig_apply(r);
    pn_engine_set_ears(r->engine, left, right);
    pn_engine_process(r->engine, r->inputs, out[0], out[1], HOP);
    assert_true(out[0][3] == 0.0f && out[1][7] == 0.0f && out[0][4] == 0.25f);
    assert_int_equal(rig_stats(r).samples_mended, 2);
    pn_engine_process(r->engine, r->inputs, out[0], out[1], HOP); /* for one call only */
    assert_true(all_zero(out[0], HOP) && all_zero(out[1], HOP));
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ears_come_out_as_they_went_in_times_the_gain_and_add_to_sources),
        cmocka_unit_test(any_slicing_gives_the_same_bits),
        cmocka_unit_test(the_limiter_holds_them),
        cmocka_unit_test(what_is_not_a_number_is_mended),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
