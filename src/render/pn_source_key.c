/* SPDX-License-Identifier: MIT */
#include "render/pn_source_key.h"

#include <math.h>
#include <string.h>

#include "math/pn_approx.h"
#include "render/pn_law.h"

/* A filter is built again when its direction has moved by 0.01 degrees or its gain by 0.001 dB: neither is audible, and
   a source at rest under a trembling tracker stays at rest. */
static const float STILL_DIR2 = 3.0e-8f;
static const float STILL_GAIN = 1.2e-4f;
static const float STILL_ANGLE = 1.7e-4f;
static const float STILL_NEARNESS = 1e-4f;
static const float STILL_DISTANCE = 2e-4f; /* of itself: what 0.01 degrees are across */
/* A field that goes nearer than this part of the reference distance knows how near sources sound. */
static const float KNOWS_NEAR = 0.5f;
static const float AIR_NEPERS_M = 0.1f; /* about the strongest that air absorbs, at 20 kHz */

/* Of air between 125 Hz and 8 kHz; and how much louder, at most, the strongly coloured count: 12 dB. */
static const float AIR_TILT_NEPERS_M = 0.012f;
static const float MOST_PREFERENCE = 1.386f;

static const double OCCLUSION_S = 0.060; /* a door does not close in a hop */
static const float LEAST_NEPERS = 1e-4f;

bool pn_source_follow_occlusion(pn_source *source, double hop_s, bool at_once)
{
    bool some = false;
    if (!source->occluding) {
        return false;
    }
    source->occluding = false;
    const float share = at_once ? 1.0f : (float)(hop_s / (hop_s + OCCLUSION_S));
    for (int band = 0; band < PN_BANDS; band++) {
        float *now = &source->occluded[band];
        const float blocked = source->record.occlusion[band];
        if (blocked != 0.0f || *now != 0.0f) {
            const float goal = blocked == 0.0f ? 0.0f : pn_law_nepers(1.0f - blocked);
            *now = fabsf(goal - *now) < LEAST_NEPERS ? goal : *now + (goal - *now) * share;
            some = some || *now != 0.0f;
            source->occluding = true;
        }
    }
    return some;
}

void pn_source_key_copy(pn_source_key *to, const pn_source_key *from)
{
    to->head = from->head;
    to->half_angle_rad = from->half_angle_rad;
    to->coloured = from->coloured;
    if (from->coloured) {
        to->air_m = from->air_m;
        memcpy(to->log_gain, from->log_gain, sizeof to->log_gain);
    }
}

pn_pose pn_source_heard_at(const pn_source *source, const pn_pose *head)
{
    const pn_pose own = source->glide.now;
    if ((source->record.flags & PN_SOURCE_HEAD_LOCKED) != 0) {
        return own;
    }
    const pn_quat head_from_world = pn_quat_conjugate(head->world_from_own);
    return (pn_pose){pn_quat_rotate(head_from_world, pn_vec3_sub(own.position, head->position)),
                     pn_quat_mul(head_from_world, own.world_from_own)};
}

float pn_source_key_at(const pn_source *source, const pn_source_context *context, const pn_pose *head, bool occluded,
                       pn_source_key *key)
{
    const pn_scene_source *record = &source->record;
    const bool locked = (record->flags & PN_SOURCE_HEAD_LOCKED) != 0;
    const pn_quat head_from_world = pn_quat_conjugate(head->world_from_own);
    const pn_vec3 listener = locked ? (pn_vec3){0.0f, 0.0f, 0.0f} : head->position;
    pn_pose own = source->glide.now;
    if (source->trailed && !source->by_guest) {
        own.position = pn_trail_heard_from(&source->trail, listener, context->sound_m_hop);
    }
    const pn_vec3 to_source =
        locked ? own.position : pn_quat_rotate(head_from_world, pn_vec3_sub(own.position, listener));
    const float r = pn_vec3_length(to_source);
    const pn_vec3 head_dir = r > 1e-9f ? pn_vec3_scale(to_source, 1.0f / r) : (pn_vec3){0.0f, 0.0f, -1.0f};
    const float inside = r < PN_SOURCE_INSIDE_M ? 1.0f - r / PN_SOURCE_INSIDE_M : 0.0f;
    const bool coned = record->cone_inner_rad < PN_LAW_NO_CONE_RAD &&
                       (record->cone_inner_rad < record->cone_outer_rad || record->cone_outer_gain != 1.0f);
    const bool airy = (record->flags & PN_SOURCE_AIR) != 0;
    const pn_hrtf *set = context->hrtf;
    const float reference_m = context->near_field->reference_m;
    const bool known = source->by_guest || (set->nearest_m > 0.0f && set->nearest_m < KNOWS_NEAR * reference_m);
    const bool near = (record->flags & PN_SOURCE_NEAR_FIELD) != 0 && r < reference_m && !known;
    const bool field = pn_hrtf_is_field(set);
    pn_vec3 axis = {0.0f, 0.0f, 0.0f};
    if (coned || source->directive || field) {
        const pn_quat head_from_own = locked ? own.world_from_own : pn_quat_mul(head_from_world, own.world_from_own);
        axis = pn_quat_rotate(head_from_own, (pn_vec3){0.0f, 0.0f, -1.0f});
    }
    key->head = (pn_hrtf_key){
        .ear_dirs = {head_dir, head_dir},
        .gain = record->gain * pn_law_distance(record, r),
        .nearness = inside * inside * (3.0f - 2.0f * inside), /* smooth at both ends */
        .distance_m = r < set->nearest_m ? set->nearest_m : (r < set->farthest_m ? r : set->farthest_m),
        .facing = field ? axis : (pn_vec3){0.0f, 0.0f, 0.0f},
    };
    key->half_angle_rad = source->apart[0] != NULL ? pn_wide_half_angle(record->radius_m, r) : 0.0f;
    key->coloured = source->directive || occluded || airy || near;
    if (key->coloured) {
        key->air_m = airy ? r : 0.0f;
        memset(key->log_gain, 0, sizeof key->log_gain);
    }
    if (coned || source->directive) {
        const pn_vec3 to_listener = pn_vec3_scale(to_source, -1.0f);
        key->head.gain *= coned ? pn_law_cone(record, axis, to_listener) : 1.0f;
        if (source->directive) {
            pn_law_directivity(record, axis, to_listener, key->log_gain[0]);
        }
    }
    if (occluded) {
        for (int band = 0; band < PN_BANDS; band++) {
            key->log_gain[0][band] += source->occluded[band];
        }
    }
    if (key->coloured) { /* so far the same for both ears */
        memcpy(key->log_gain[1], key->log_gain[0], sizeof key->log_gain[1]);
    }
    if (near) {
        pn_near_field_at(context->near_field, head_dir, r, key->head.ear_dirs, key->log_gain);
    }
    return r;
}

static bool close_to(pn_vec3 a, pn_vec3 b)
{
    const pn_vec3 d = pn_vec3_sub(a, b);
    return pn_vec3_dot(d, d) <= STILL_DIR2;
}

bool pn_source_key_still(const pn_source_key *a, const pn_source_key *b)
{
    if (!close_to(a->head.ear_dirs[0], b->head.ear_dirs[0]) || !close_to(a->head.ear_dirs[1], b->head.ear_dirs[1]) ||
        fabsf(a->head.gain - b->head.gain) > STILL_GAIN * fabsf(a->head.gain) ||
        fabsf(a->head.nearness - b->head.nearness) > STILL_NEARNESS ||
        fabsf(a->half_angle_rad - b->half_angle_rad) > STILL_ANGLE || a->coloured != b->coloured ||
        fabsf(a->head.distance_m - b->head.distance_m) > STILL_DISTANCE * a->head.distance_m ||
        !close_to(a->head.facing, b->head.facing)) {
        return false;
    }
    if (!a->coloured) {
        return true;
    }
    float most = fabsf(a->air_m - b->air_m) * AIR_NEPERS_M;
    for (int i = 0; i < 2 * PN_BANDS; i++) {
        const float change = fabsf(a->log_gain[i / PN_BANDS][i % PN_BANDS] - b->log_gain[i / PN_BANDS][i % PN_BANDS]);
        most = change > most ? change : most;
    }
    return most <= STILL_GAIN;
}

float pn_source_key_middle_gain(const pn_source_key *key, int ear)
{
    const float *bands = key->log_gain[ear];
    const double nepers = 0.25 * (double)(bands[2] + bands[3] + bands[4] + bands[5]); /* 500 Hz to 4 kHz */
    return (float)pn_approx_exp2(nepers * 1.44269504088896340736);
}

float pn_source_audibility(const pn_source *source)
{
    const pn_source_key *key = &source->key;
    float level = fabsf(key->head.gain);
    if (key->coloured) {
        float least = 0.0f;
        float most = 0.0f;
        for (int band = 0; band < PN_BANDS; band++) {
            const float nepers = 0.5f * (key->log_gain[0][band] + key->log_gain[1][band]);
            least = band == 0 || nepers < least ? nepers : least;
            most = band == 0 || nepers > most ? nepers : most;
        }
        const float apart = most - least + key->air_m * AIR_TILT_NEPERS_M;
        const float colour = apart < MOST_PREFERENCE ? apart : MOST_PREFERENCE;
        level *= 0.5f * (pn_source_key_middle_gain(key, 0) + pn_source_key_middle_gain(key, 1)) *
                 (float)pn_approx_exp2((double)colour * 1.44269504088896340736);
    }
    return level;
}
