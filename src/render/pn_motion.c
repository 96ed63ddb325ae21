/* SPDX-License-Identifier: MIT */
#include "render/pn_motion.h"

#include <math.h>

static const double HORIZON_S = 0.060;
static const double HINDSIGHT_S = 0.050; /* WebXR poses are for a frame that is yet to be shown */
static const float MOST_TURN_RAD = 0.2618f;
static const float MOST_TRAVEL_M = 0.2f;
static const double LOST_AFTER_S = 0.100;
static const double GAP_S = 0.250; /* a longer pause between samples says nothing about speed */
static const double SHORTEST_S = 0.001; /* nor does a shorter one: no tracker looks more often */
static const float LOST_DECAY = 0.97f; /* a hop: back to the last sample slower than the head turned */
static const float ERROR_DECAY = 0.65f; /* a hop: 63 % in 6 ms */

/* One Euro: cut-off = still + slope * speed. */
static const double VELOCITY_CUTOFF_HZ = 10.0;
static const double STILL_CUTOFF_HZ = 5.0;
static const double TURN_SLOPE_HZ = 30.0;   /* per rad/s */
static const double TRAVEL_SLOPE_HZ = 30.0; /* per m/s */

/* Slower than this is mostly the tracker's noise: 0.05 degrees or 1 mm of it at 72 Hz look like half of these. */
static const float DOUBTFUL_TURN_RAD_S = 0.1f;
static const float DOUBTFUL_TRAVEL_M_S = 0.1f;

static bool same_pose(pn_pose a, pn_pose b)
{
    return a.position.x == b.position.x && a.position.y == b.position.y && a.position.z == b.position.z &&
           pn_quat_same(a.world_from_own, b.world_from_own);
}

void pn_glide_jump(pn_glide *glide, pn_pose pose)
{
    *glide = (pn_glide){.now = pose, .target = pose, .hops_left = 0};
}

void pn_glide_to(pn_glide *glide, pn_pose pose, uint32_t hops)
{
    if (!same_pose(pose, glide->target)) {
        glide->target = pose;
        glide->hops_left = hops;
    }
}

void pn_glide_step(pn_glide *glide)
{
    if (glide->hops_left > 1) {
        float t = 1.0f / (float)glide->hops_left;
        glide->now.position = pn_vec3_lerp(glide->now.position, glide->target.position, t);
        glide->now.world_from_own = pn_quat_slerp(glide->now.world_from_own, glide->target.world_from_own, t);
        glide->hops_left--;
    } else if (glide->hops_left == 1) {
        glide->now = glide->target;
        glide->hops_left = 0;
    }
}

static pn_pose identity_pose(void)
{
    return (pn_pose){{0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f, 1.0f}};
}

void pn_head_reset(pn_head *head)
{
    *head = (pn_head){.raw_rotation = {0.0f, 0.0f, 0.0f, 1.0f}};
    pn_glide_jump(&head->glide, identity_pose());
    head->sample = identity_pose();
    head->error = identity_pose();
}

/* How much of a new value a low-pass of this cut-off takes in after dt. */
static float share(double cutoff_hz, double dt_s)
{
    double w = 6.283185307179586 * cutoff_hz * dt_s;
    return (float)(w / (1.0 + w));
}

/* The part of a velocity that is worth extrapolating. */
static pn_vec3 trusted(pn_vec3 velocity, float doubtful)
{
    float speed2 = pn_vec3_dot(velocity, velocity);
    return pn_vec3_scale(velocity, speed2 / (speed2 + doubtful * doubtful));
}

static pn_pose predict(const pn_head *head, double heard_s)
{
    double ahead = heard_s - head->sample_time_s;
    ahead = ahead > HORIZON_S ? HORIZON_S : (ahead < -HINDSIGHT_S ? -HINDSIGHT_S : ahead);
    float speed = pn_vec3_length(head->angular_rad_s);
    double calm = 1.0 / (1.0 + (double)head->angular_rad_s2 * fabs(ahead) / ((double)speed + 0.5));
    pn_vec3 turn = pn_vec3_scale(trusted(head->angular_rad_s, DOUBTFUL_TURN_RAD_S), (float)(ahead * calm));
    float turned = pn_vec3_length(turn);
    if (turned > MOST_TURN_RAD) {
        turn = pn_vec3_scale(turn, MOST_TURN_RAD / turned);
    }
    pn_vec3 travel = pn_vec3_scale(trusted(head->linear_m_s, DOUBTFUL_TRAVEL_M_S), (float)ahead);
    float travelled = pn_vec3_length(travel);
    if (travelled > MOST_TRAVEL_M) {
        travel = pn_vec3_scale(travel, MOST_TRAVEL_M / travelled);
    }
    return (pn_pose){
        .position = pn_vec3_add(head->sample.position, travel),
        .world_from_own = pn_quat_normalize(pn_quat_mul(pn_quat_from_rotation(turn), head->sample.world_from_own)),
    };
}

static pn_pose with_error(const pn_head *head, pn_pose pose)
{
    return (pn_pose){
        .position = pn_vec3_add(pose.position, head->error.position),
        .world_from_own = pn_quat_normalize(pn_quat_mul(head->error.world_from_own, pose.world_from_own)),
    };
}

static void start_predicting(pn_head *head, pn_pose raw, double time_s)
{
    head->predicting = true;
    head->sample_time_s = time_s;
    head->silent_s = 0.0;
    head->sample = raw;
    head->raw_position = raw.position;
    head->raw_rotation = raw.world_from_own;
    head->angular_rad_s = (pn_vec3){0.0f, 0.0f, 0.0f};
    head->linear_m_s = (pn_vec3){0.0f, 0.0f, 0.0f};
    head->angular_rad_s2 = 0.0f;
    head->error = identity_pose();
}

static void take_velocity(pn_head *head, const pn_scene_header *scene, pn_pose raw, double dt_s)
{
    const float take = share(VELOCITY_CUTOFF_HZ, dt_s);
    const float per_s = (float)(1.0 / (dt_s > SHORTEST_S ? dt_s : SHORTEST_S));
    const pn_vec3 before = head->angular_rad_s;
    if (scene->flags & PN_SCENE_HAS_ANGULAR_VELOCITY) {
        const float *w = scene->listener_angular_velocity_rad_s;
        head->angular_rad_s = (pn_vec3){w[0], w[1], w[2]};
    } else {
        pn_quat arc = pn_quat_mul(raw.world_from_own, pn_quat_conjugate(head->raw_rotation));
        pn_vec3 seen = pn_vec3_scale(pn_quat_to_rotation(arc), per_s);
        head->angular_rad_s = pn_vec3_lerp(before, seen, take);
    }
    if (scene->flags & PN_SCENE_HAS_LINEAR_VELOCITY) {
        const float *v = scene->listener_linear_velocity_m_s;
        head->linear_m_s = (pn_vec3){v[0], v[1], v[2]};
    } else {
        pn_vec3 seen = pn_vec3_scale(pn_vec3_sub(raw.position, head->raw_position), per_s);
        head->linear_m_s = pn_vec3_lerp(head->linear_m_s, seen, take);
    }
    float change = pn_vec3_length(pn_vec3_sub(head->angular_rad_s, before)) * per_s;
    head->angular_rad_s2 += (change - head->angular_rad_s2) * take;
}

static void take_sample(pn_head *head, const pn_scene_header *scene, pn_pose raw)
{
    const double dt_s = scene->pose_time_s - head->sample_time_s;
    if (dt_s == 0.0) {
        return; /* the same sample again, in a scene that changed elsewhere */
    }
    if (dt_s < 0.0 || dt_s > GAP_S) {
        start_predicting(head, raw, scene->pose_time_s);
        return;
    }
    const double heard_s = head->sample_time_s + head->age_s; /* where the last hop ended */
    const pn_pose before = with_error(head, predict(head, heard_s));
    take_velocity(head, scene, raw, dt_s);
    float turn = pn_vec3_length(head->angular_rad_s);
    float travel = pn_vec3_length(head->linear_m_s);
    float turn_share = share(STILL_CUTOFF_HZ + TURN_SLOPE_HZ * (double)turn, dt_s);
    float travel_share = share(STILL_CUTOFF_HZ + TRAVEL_SLOPE_HZ * (double)travel, dt_s);
    /* The old sample is first taken along by the velocity, or the filter would lag behind every steady motion. */
    pn_vec3 turned = pn_vec3_scale(trusted(head->angular_rad_s, DOUBTFUL_TURN_RAD_S), (float)dt_s);
    pn_vec3 travelled = pn_vec3_scale(trusted(head->linear_m_s, DOUBTFUL_TRAVEL_M_S), (float)dt_s);
    pn_quat expected = pn_quat_mul(pn_quat_from_rotation(turned), head->sample.world_from_own);
    head->sample.world_from_own = pn_quat_slerp(expected, raw.world_from_own, turn_share);
    head->sample.position = pn_vec3_lerp(pn_vec3_add(head->sample.position, travelled), raw.position, travel_share);
    head->raw_position = raw.position;
    head->raw_rotation = raw.world_from_own;
    head->sample_time_s = scene->pose_time_s;
    head->silent_s = 0.0;
    const pn_pose after = predict(head, heard_s);
    head->error.position = pn_vec3_sub(before.position, after.position);
    head->error.world_from_own = pn_quat_mul(before.world_from_own, pn_quat_conjugate(after.world_from_own));
}

void pn_head_apply(pn_head *head, const pn_scene_header *scene, bool first, uint32_t hops)
{
    const float *p = scene->listener_position_m;
    const float *q = scene->listener_world_from_head;
    const pn_pose raw = {{p[0], p[1], p[2]}, pn_quat_normalize((pn_quat){q[0], q[1], q[2], q[3]})};
    const bool jump = first || scene->listener_teleport != head->teleport;
    head->teleport = scene->listener_teleport;
    if (!(scene->flags & PN_SCENE_PREDICT)) {
        head->predicting = false;
        if (jump) {
            pn_glide_jump(&head->glide, raw);
        } else {
            pn_glide_to(&head->glide, raw, hops);
        }
    } else if (jump || !head->predicting) {
        start_predicting(head, raw, scene->pose_time_s);
        if (jump) {
            pn_glide_jump(&head->glide, raw);
        }
    } else {
        take_sample(head, scene, raw);
    }
}

pn_pose pn_head_step(pn_head *head, double heard_s, double hop_s)
{
    if (!head->predicting) {
        head->age_s = 0.0;
        pn_glide_step(&head->glide);
        return head->glide.now;
    }
    head->age_s = heard_s - head->sample_time_s;
    head->silent_s += hop_s;
    if (head->silent_s > LOST_AFTER_S) {
        head->angular_rad_s = pn_vec3_scale(head->angular_rad_s, LOST_DECAY);
        head->linear_m_s = pn_vec3_scale(head->linear_m_s, LOST_DECAY);
    }
    head->error.position = pn_vec3_scale(head->error.position, ERROR_DECAY);
    head->error.world_from_own = pn_quat_slerp(pn_quat_identity(), head->error.world_from_own, ERROR_DECAY);
    pn_pose pose = with_error(head, predict(head, heard_s));
    pn_glide_jump(&head->glide, pose); /* where a glide would start if prediction ends */
    return pose;
}
