/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_hrtf_field.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "hrtf/pn_hrtf_ramp.h"
#include "math/pn_approx.h"
#include "simd/pn_simd.h"

enum { EARS = 2, OUTPUTS = 2 * PN_FIELD_MOST_BASES + 4, MEAN_DIRECTIONS = 64 };

static const double SOUND_M_S = 343.0;
static const double LN_2 = 0.69314718055994530942;
static const double GOLDEN_RAD = 2.39996322972865332;

static const void *at(const pn_hrtf *set, uint32_t bytes)
{
    return (const char *)set + bytes;
}

static float within(float value, float least, float most)
{
    return value < least ? least : (value > most ? most : value);
}

/* Asks the network about one direction. */
static void ask(const pn_hrtf *set, const pn_hrtf_field *field, const pn_hrtf_key *key, pn_vec3 dir,
                pn_field_answer *out)
{
    float features[PN_FIELD_FEATURES];
    float outputs[OUTPUTS];
    const double r = (double)within(key->distance_m, set->nearest_m, set->farthest_m);
    const double up = (double)within(dir.y, -1.0f, 1.0f);
    const float facing = -pn_vec3_dot(key->facing, dir);
    const pn_field_pose pose = {
        .dir = {dir.x, dir.y, dir.z},
        .elevation_rad = (float)pn_approx_atan2(up, sqrt((1.0 - up) * (1.0 + up))),
        .nearness = (float)(1.0 / r),
        .log_distance = (float)(pn_approx_log2(r) * LN_2),
        .facing = facing,
        .facing_up = key->facing.y + facing * dir.y,
        .facing_side = key->facing.z * dir.x - key->facing.x * dir.z,
    };
    pn_field_encode(&pose, features);
    pn_field_forward(&field->shape, at(set, field->weights_at), features, outputs);
    pn_field_interpret(&field->shape, outputs, out);
}

/* |r d - ear| - r, without the difference of large numbers. */
static float detour_m(pn_vec3 dir, float r, pn_vec3 ear)
{
    const pn_vec3 path = pn_vec3_sub(pn_vec3_scale(dir, r), ear);
    return (pn_vec3_dot(ear, ear) - 2.0f * r * pn_vec3_dot(dir, ear)) / (pn_vec3_length(path) + r);
}

/* As the model says it: it may be negative. */
static float model_delay(const pn_hrtf *set, const pn_hrtf_field *field, const pn_hrtf_key *key, int ear,
                         const pn_field_answer *answer)
{
    const float r = within(key->distance_m, set->nearest_m, set->farthest_m);
    const float detour_s = detour_m(key->ear_dirs[ear], r, field->ear_m[ear]) * (float)(1.0 / SOUND_M_S);
    return (field->offset_s + detour_s + answer->delay_s[ear]) * (float)set->sample_rate_hz;
}

static float delay_frames(const pn_hrtf *set, const pn_hrtf_field *field, const pn_hrtf_key *key, int ear,
                          const pn_field_answer *answer)
{
    return within(model_delay(set, field, key, ear, answer), 0.0f, field->most_delay);
}

/* Weights without the key's gain, and delays. */
static void blend(const pn_hrtf *set, const pn_hrtf_field *field, const pn_hrtf_key *key, pn_hrtf_mix *mix)
{
    pn_field_answer answer;
    const pn_f32x4 gain = pn_f32x4_splat(key->gain);
    const pn_f32x4 nearness = pn_f32x4_splat(key->nearness);
    for (int ear = 0; ear < EARS; ear++) {
        const pn_vec3 *dirs = key->ear_dirs;
        if (ear == 0 || dirs[0].x != dirs[1].x || dirs[0].y != dirs[1].y || dirs[0].z != dirs[1].z) {
            ask(set, field, key, dirs[ear], &answer);
        }
        const float delay = delay_frames(set, field, key, ear, &answer);
        for (uint32_t k = 0; k < field->shape.bases; k += 4) {
            const pn_f32x4 own = pn_f32x4_load(answer.gain[ear] + k);
            const pn_f32x4 mean = pn_f32x4_load(field->diotic.gain[0] + k);
            pn_f32x4_store(mix->gain[ear] + k, gain * (own + (mean - own) * nearness));
        }
        mix->delay[ear] = delay + (field->diotic.delay[0] - delay) * key->nearness;
    }
}

void pn_hrtf_field_mix_at(const pn_hrtf *set, const pn_hrtf_key *key, pn_hrtf_mix *mix)
{
    blend(set, at(set, set->field_at), key, mix);
}

/* Both ears at once: what is read of the shared filters serves both. */
void pn_hrtf_field_filter_at(const pn_hrtf *set, const pn_hrtf_key *key, float *pair)
{
    const pn_hrtf_field *field = at(set, set->field_at);
    const float *spectra = at(set, field->spectra_at);
    const size_t bins = set->bins_padded;
    pn_hrtf_mix mix;
    pn_hrtf_ramp turn[EARS];
    blend(set, field, key, &mix);
    for (int ear = 0; ear < EARS; ear++) {
        turn[ear] = pn_hrtf_ramp_of((double)mix.delay[ear], set->fft_frames);
    }
    for (uint32_t bin = 0; bin < bins; bin += 4, pair += 4) {
        const float *basis = spectra + bin;
        pn_f32x4 re[EARS] = {pn_f32x4_splat(0.0f), pn_f32x4_splat(0.0f)};
        pn_f32x4 im[EARS] = {re[0], re[0]};
        for (uint32_t k = 0; k < field->shape.bases; k++, basis += 2 * bins) {
            const pn_f32x4 basis_re = pn_f32x4_load(basis);
            const pn_f32x4 basis_im = pn_f32x4_load(basis + bins);
            for (int ear = 0; ear < EARS; ear++) {
                const pn_f32x4 gain = pn_f32x4_splat(mix.gain[ear][k]);
                re[ear] += gain * basis_re;
                im[ear] += gain * basis_im;
            }
        }
        for (int ear = 0; ear < EARS; ear++) {
            float *to = pair + 2 * (size_t)ear * bins;
            pn_f32x4_store(to, re[ear] * turn[ear].re - im[ear] * turn[ear].im);
            pn_f32x4_store(to + bins, re[ear] * turn[ear].im + im[ear] * turn[ear].re);
            pn_hrtf_ramp_step(&turn[ear]);
        }
    }
}

/* A spiral of equal areas. */
static pn_vec3 direction(int i)
{
    double sine;
    double cosine;
    const double y = 1.0 - (2 * i + 1) / (double)MEAN_DIRECTIONS;
    const double flat = sqrt(1.0 - y * y);
    pn_approx_sincos(GOLDEN_RAD * i, &sine, &cosine);
    return (pn_vec3){(float)(flat * sine), (float)y, (float)(flat * cosine)};
}

static pn_hrtf_key facing_from(pn_vec3 dir, float distance_m)
{
    return (pn_hrtf_key){
        .ear_dirs = {dir, dir}, .gain = 1.0f, .distance_m = distance_m, .facing = pn_vec3_scale(dir, -1.0f)};
}

float pn_hrtf_field_lack(const pn_hrtf *set, const pn_hrtf_field *field)
{
    const float metres[] = {set->nearest_m, 0.5f * (set->nearest_m + set->farthest_m), set->farthest_m};
    float least = 0.0f;
    for (int i = 0; i < 3 * MEAN_DIRECTIONS; i++) {
        pn_field_answer answer;
        const pn_hrtf_key key = facing_from(direction(i / 3), metres[i % 3]);
        ask(set, field, &key, key.ear_dirs[0], &answer);
        for (int ear = 0; ear < EARS; ear++) {
            const float delay = model_delay(set, field, &key, ear, &answer);
            least = delay < least ? delay : least;
        }
    }
    return least > -1.0f ? 0.0f : ceilf(-least);
}

/* At a metre, facing the listener. */
void pn_hrtf_field_fill_mean(const pn_hrtf *set, pn_hrtf_field *field)
{
    pn_hrtf_mix mean;
    memset(&mean, 0, sizeof mean);
    memset(&field->diotic, 0, sizeof field->diotic);
    for (int i = 0; i < MEAN_DIRECTIONS; i++) {
        pn_hrtf_mix mix;
        const pn_hrtf_key key = facing_from(direction(i), 1.0f);
        blend(set, field, &key, &mix);
        for (int ear = 0; ear < EARS; ear++) {
            for (uint32_t k = 0; k < field->shape.bases; k++) {
                mean.gain[0][k] += mix.gain[ear][k] * (1.0f / (EARS * MEAN_DIRECTIONS));
            }
            mean.delay[0] += mix.delay[ear] * (1.0f / (EARS * MEAN_DIRECTIONS));
        }
    }
    field->diotic = mean;
}
