/* SPDX-License-Identifier: MIT */
/* Poses between scenes: gliding, and predicting the head to the moment at which it hears. */
#include "support/rng.h"
#include "support/tolerance.h"

#include "base/pn_hop.h"
#include "render/pn_mend.h"
#include "render/pn_motion.h"

static const double PI = 3.14159265358979323846;
static const double HOP_S = PN_HOP_FRAMES / 48000.0;
static const double TRACKER_HZ = 72.0;
static const double LATENCY_S = 0.020;

static double degrees(double rad)
{
    return rad * 180.0 / PI;
}

/* The angle between two rotations, in degrees. */
static double apart_deg(pn_quat a, pn_quat b)
{
    const pn_quat d = pn_quat_mul(a, pn_quat_conjugate(b));
    const double v = sqrt((double)d.x * (double)d.x + (double)d.y * (double)d.y + (double)d.z * (double)d.z);
    return degrees(2.0 * atan2(v, fabs((double)d.w)));
}

static pn_quat turn_about(pn_vec3 axis, double rad)
{
    return pn_quat_from_rotation(pn_vec3_scale(axis, (float)rad));
}

/* A tracker, the scenes that it makes, and the head that hears. */
typedef struct world {
    rng *random;
    pn_head head;
    pn_scene_header scene;
    double now_s;         /* end of the next hop, on the engine's clock */
    double next_sample_s; /* when the tracker looks */
    double arrival_s;     /* when what it saw arrives */
    bool pending;
    pn_scene_header on_its_way;
    void (*motion)(double t, pn_pose *pose);
    double noise_deg;
    uint32_t velocity_flags;
    bool tracking;
    bool first;
} world;

static world world_open(rng *random, void (*motion)(double t, pn_pose *pose))
{
    world w = {.random = random,
               .scene = pn_mend_default_header(),
               .now_s = 10.0,
               .next_sample_s = 10.0,
               .motion = motion,
               .tracking = true,
               .first = true};
    w.scene.flags = PN_SCENE_PREDICT;
    pn_head_reset(&w.head);
    return w;
}

static void look(world *w)
{
    pn_pose pose, later;
    const double t = w->next_sample_s;
    w->motion(t, &pose);
    w->motion(t + 1e-3, &later);
    if (w->noise_deg > 0.0) {
        const pn_vec3 shake = {(float)rng_between(w->random, -1.0, 1.0), (float)rng_between(w->random, -1.0, 1.0),
                               (float)rng_between(w->random, -1.0, 1.0)};
        const pn_quat off = pn_quat_from_rotation(pn_vec3_scale(shake, (float)(w->noise_deg * PI / 180.0)));
        pose.world_from_own = pn_quat_mul(off, pose.world_from_own);
    }
    const pn_vec3 turning = pn_vec3_scale(
        pn_quat_to_rotation(pn_quat_mul(later.world_from_own, pn_quat_conjugate(pose.world_from_own))), 1e3f);
    const pn_vec3 moving = pn_vec3_scale(pn_vec3_sub(later.position, pose.position), 1e3f);
    w->on_its_way = w->scene;
    w->on_its_way.flags = PN_SCENE_PREDICT | w->velocity_flags;
    w->on_its_way.pose_time_s = t;
    memcpy(w->on_its_way.listener_position_m, &pose.position, sizeof pose.position);
    memcpy(w->on_its_way.listener_world_from_head, &pose.world_from_own, sizeof pose.world_from_own);
    memcpy(w->on_its_way.listener_angular_velocity_rad_s, &turning, sizeof turning);
    memcpy(w->on_its_way.listener_linear_velocity_m_s, &moving, sizeof moving);
    w->arrival_s = t + rng_between(w->random, 0.001, 0.010);
    w->pending = true;
    w->next_sample_s += 1.0 / TRACKER_HZ;
}

/* One hop; gives the pose that is heard at *heard_s. */
static pn_pose hop(world *w, double *heard_s)
{
    while (w->tracking && w->next_sample_s < w->now_s && !w->pending) {
        look(w);
    }
    if (w->pending && w->arrival_s <= w->now_s) {
        pn_head_apply(&w->head, &w->on_its_way, w->first, 5);
        w->first = false;
        w->pending = false;
    }
    *heard_s = w->now_s + HOP_S + LATENCY_S;
    const pn_pose pose = pn_head_step(&w->head, *heard_s, HOP_S);
    w->now_s += HOP_S;
    return pose;
}

static double RATE_DEG_S;
static pn_vec3 AXIS;

static void turning(double t, pn_pose *pose)
{
    pose->position = (pn_vec3){0.0f, 1.6f, 0.0f};
    pose->world_from_own = turn_about(AXIS, remainder((t - 10.0) * RATE_DEG_S * PI / 180.0, 2.0 * PI));
}

static void resting(double t, pn_pose *pose)
{
    (void)t;
    pose->position = (pn_vec3){1.0f, 1.6f, -2.0f};
    pose->world_from_own = turn_about((pn_vec3){0.0f, 1.0f, 0.0f}, 0.7);
}

static void walking(double t, pn_pose *pose)
{
    pose->position = (pn_vec3){(float)(1.4 * (t - 10.0)), 1.6f, 0.0f};
    pose->world_from_own = pn_quat_identity();
}

static void a_steady_turn_is_heard_where_the_head_then_is(void **state)
{
    (void)state;
    rng r = rng_open(111);
    const double rates[] = {5.0, 30.0, 90.0, 180.0, 250.0}; /* 15 degrees of horizon end at 300 degrees a second */
    for (int given = 0; given < 2; given++) {
        for (int i = 0; i < 5; i++) {
            RATE_DEG_S = rates[i];
            AXIS = rng_direction(&r);
            world w = world_open(&r, turning);
            w.velocity_flags = given ? PN_SCENE_HAS_ANGULAR_VELOCITY : 0;
            double worst = 0.0;
            for (int k = 0; k < 1500; k++) {
                double heard_s;
                pn_pose exact;
                const pn_pose pose = hop(&w, &heard_s);
                turning(heard_s, &exact);
                if (k > 375) {
                    worst = fmax(worst, apart_deg(pose.world_from_own, exact.world_from_own));
                }
            }
            printf("%3.0f deg/s, velocity %s: off by %.3f deg at most\n", rates[i], given ? "given" : "estimated",
                   worst);
            CHECK_BELOW(worst, 0.3);
        }
    }
}

static void a_steady_turn_is_smooth(void **state)
{
    (void)state;
    rng r = rng_open(112);
    RATE_DEG_S = 90.0;
    AXIS = (pn_vec3){0.0f, 1.0f, 0.0f};
    world w = world_open(&r, turning);
    pn_pose before = {{0, 0, 0}, {0, 0, 0, 1}};
    for (int k = 0; k < 1500; k++) {
        double heard_s;
        const pn_pose pose = hop(&w, &heard_s);
        if (k > 375) { /* samples that come and go must not be felt: every step within 10 % of the turn's own */
            CHECK_NEAR(apart_deg(pose.world_from_own, before.world_from_own), 90.0 * HOP_S, 0.1 * 90.0 * HOP_S);
        }
        before = pose;
    }
}

static void a_still_head_trembles_less_than_its_tracker(void **state)
{
    (void)state;
    rng r = rng_open(113);
    world w = world_open(&r, resting);
    w.noise_deg = 0.05;
    double sum = 0.0;
    int count = 0;
    pn_pose exact;
    resting(0.0, &exact);
    for (int k = 0; k < 8000; k++) {
        double heard_s;
        const pn_pose pose = hop(&w, &heard_s);
        if (k > 375) {
            const double off = apart_deg(pose.world_from_own, exact.world_from_own);
            sum += off * off;
            count++;
        }
    }
    const double tracker = w.noise_deg; /* rms of three axes, each uniform within +-noise: sqrt(3 / 3) */
    printf("tracker %.4f deg rms, head %.4f deg rms\n", tracker, sqrt(sum / count));
    CHECK_BELOW(sqrt(sum / count), 0.7 * tracker);
}

static void walking_is_heard_where_the_head_then_is(void **state)
{
    (void)state;
    rng r = rng_open(114);
    for (int given = 0; given < 2; given++) {
        world w = world_open(&r, walking);
        w.velocity_flags = given ? PN_SCENE_HAS_LINEAR_VELOCITY : 0;
        double worst = 0.0;
        for (int k = 0; k < 1500; k++) {
            double heard_s;
            pn_pose exact;
            const pn_pose pose = hop(&w, &heard_s);
            walking(heard_s, &exact);
            if (k > 375) {
                worst = fmax(worst, (double)pn_vec3_length(pn_vec3_sub(pose.position, exact.position)));
            }
        }
        printf("walking, velocity %s: off by %.1f mm at most\n", given ? "given" : "estimated", worst * 1e3);
        CHECK_BELOW(worst, 0.01); /* 0.3 degrees of a source 2 m away */
    }
}

static void when_tracking_is_lost_the_head_comes_to_rest_within_the_horizon(void **state)
{
    (void)state;
    rng r = rng_open(115);
    RATE_DEG_S = 90.0;
    AXIS = (pn_vec3){0.0f, 1.0f, 0.0f};
    world w = world_open(&r, turning);
    double heard_s;
    for (int k = 0; k < 400; k++) {
        hop(&w, &heard_s);
    }
    const pn_pose last = hop(&w, &heard_s);
    w.tracking = false;
    pn_pose before = last;
    for (int k = 0; k < 1500; k++) {
        const pn_pose pose = hop(&w, &heard_s);
        CHECK_BELOW(apart_deg(pose.world_from_own, before.world_from_own), 90.0 * HOP_S * 1.5);
        CHECK_BELOW(apart_deg(pose.world_from_own, last.world_from_own), 15.0);
        before = pose;
        if (k > 400) {
            pn_pose held;
            turning(w.head.sample_time_s, &held);
            CHECK_BELOW(apart_deg(pose.world_from_own, held.world_from_own), 0.5);
        }
    }
}

static void after_a_loss_the_head_follows_again(void **state)
{
    (void)state;
    rng r = rng_open(116);
    RATE_DEG_S = 30.0;
    AXIS = (pn_vec3){0.0f, 1.0f, 0.0f};
    world w = world_open(&r, turning);
    double heard_s;
    for (int k = 0; k < 400; k++) {
        hop(&w, &heard_s);
    }
    w.tracking = false;
    for (int k = 0; k < 400; k++) {
        hop(&w, &heard_s);
    }
    w.tracking = true;
    w.next_sample_s = w.now_s;
    for (int k = 0; k < 400; k++) {
        hop(&w, &heard_s);
    }
    pn_pose exact;
    const pn_pose pose = hop(&w, &heard_s);
    turning(heard_s, &exact);
    CHECK_BELOW(apart_deg(pose.world_from_own, exact.world_from_own), 0.3);
}

static void a_teleport_jumps_and_does_not_sweep(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags <= PN_SCENE_PREDICT; flags += PN_SCENE_PREDICT) {
        pn_head head;
        pn_head_reset(&head);
        pn_scene_header scene = pn_mend_default_header();
        scene.flags = flags;
        scene.pose_time_s = 5.0;
        pn_head_apply(&head, &scene, true, 5);
        pn_head_step(&head, 5.0, HOP_S);
        scene.pose_time_s = 5.014;
        scene.listener_position_m[0] = 30.0f;
        scene.listener_teleport = 1;
        pn_head_apply(&head, &scene, false, 5);
        const pn_pose pose = pn_head_step(&head, 5.02, HOP_S);
        assert_true(pose.position.x == 30.0f);
        assert_true(pn_head_step(&head, 5.0227, HOP_S).position.x == 30.0f);
    }
}

static void samples_no_time_apart_do_not_make_infinite_speeds(void **state)
{
    (void)state;
    rng r = rng_open(119);
    pn_head head;
    pn_head_reset(&head);
    pn_scene_header scene = pn_mend_default_header();
    scene.flags = PN_SCENE_PREDICT;
    double t = 1.0;
    for (int k = 0; k < 2000; k++) {
        const pn_quat q = rng_rotation(&r);
        const pn_vec3 p = pn_vec3_scale(rng_direction(&r), 1e6f);
        memcpy(scene.listener_world_from_head, &q, sizeof q);
        memcpy(scene.listener_position_m, &p, sizeof p);
        scene.pose_time_s = t;
        pn_head_apply(&head, &scene, k == 0, 5);
        const pn_pose pose = pn_head_step(&head, t + LATENCY_S, HOP_S);
        assert_true(isfinite(pose.position.x) && isfinite(pose.position.y) && isfinite(pose.position.z));
        CHECK_NEAR(pn_quat_dot(pose.world_from_own, pose.world_from_own), 1.0, 1e-5);
        t = k % 3 == 0 ? nextafter(t, 2.0) : t + pow(10.0, rng_between(&r, -15.0, -1.0));
    }
}

static void a_stop_is_not_overshot_for_long(void **state)
{
    (void)state;
    pn_head head;
    pn_head_reset(&head);
    pn_scene_header scene = pn_mend_default_header();
    scene.flags = PN_SCENE_PREDICT;
    double worst_late = 0.0;
    for (int k = 0; k < 200; k++) { /* 90 degrees a second for a second, then still; a sample every 5 hops */
        const double t = k * 5 * HOP_S;
        const pn_quat q = turn_about((pn_vec3){0.0f, 1.0f, 0.0f}, fmin(t, 1.0) * PI / 2);
        memcpy(scene.listener_world_from_head, &q, sizeof q);
        scene.pose_time_s = t;
        pn_head_apply(&head, &scene, k == 0, 5);
        for (int i = 1; i <= 5; i++) {
            const pn_pose pose = pn_head_step(&head, t + i * HOP_S + LATENCY_S, HOP_S);
            const double off = apart_deg(pose.world_from_own, turn_about((pn_vec3){0.0f, 1.0f, 0.0f}, PI / 2));
            if (t > 1.0) {
                CHECK_BELOW(off, 90.0 * (LATENCY_S + 10 * HOP_S)); /* what it was ahead by when the head stopped */
            }
            if (t > 1.25) {
                worst_late = fmax(worst_late, off);
            }
        }
    }
    CHECK_BELOW(worst_late, 0.3);
}

static void without_prediction_a_scene_at_every_hop_is_reached_at_every_hop(void **state)
{
    (void)state;
    rng r = rng_open(117);
    pn_head head;
    pn_head_reset(&head);
    pn_scene_header scene = pn_mend_default_header();
    for (int k = 0; k < 500; k++) {
        const pn_quat q = rng_rotation(&r);
        const pn_vec3 p = rng_direction(&r);
        memcpy(scene.listener_world_from_head, &q, sizeof q);
        memcpy(scene.listener_position_m, &p, sizeof p);
        pn_head_apply(&head, &scene, k == 0, 1);
        const pn_pose pose = pn_head_step(&head, 0.0, HOP_S);
        assert_true(pose.position.x == p.x && pose.position.y == p.y && pose.position.z == p.z);
        CHECK_BELOW(apart_deg(pose.world_from_own, q), 1e-4);
    }
}

static void a_glide_goes_straight_at_constant_speed_and_arrives_exactly(void **state)
{
    (void)state;
    rng r = rng_open(118);
    for (int draw = 0; draw < 200; draw++) {
        const uint32_t hops = 1 + rng_below(&r, 20);
        pn_glide glide;
        const pn_pose from = {pn_vec3_scale(rng_direction(&r), 3.0f), rng_rotation(&r)};
        const pn_pose to = {pn_vec3_scale(rng_direction(&r), 3.0f), rng_rotation(&r)};
        const double arc = apart_deg(from.world_from_own, to.world_from_own);
        pn_glide_jump(&glide, from);
        pn_glide_to(&glide, to, hops);
        for (uint32_t k = 1; k <= hops; k++) {
            pn_glide_step(&glide);
            const pn_vec3 exact = pn_vec3_lerp(from.position, to.position, (float)k / (float)hops);
            CHECK_BELOW(pn_vec3_length(pn_vec3_sub(glide.now.position, exact)), 2e-6 * hops);
            CHECK_NEAR(apart_deg(from.world_from_own, glide.now.world_from_own), arc * k / hops, 1e-3);
        }
        assert_memory_equal(&glide.now, &to, sizeof to);
        pn_glide_step(&glide);
        assert_memory_equal(&glide.now, &to, sizeof to);
    }
}

static void the_same_target_again_does_not_delay_the_arrival(void **state)
{
    (void)state;
    const pn_pose from = {{0, 0, 0}, {0, 0, 0, 1}};
    const pn_pose to = {{8, 0, 0}, {0, 0, 0, 1}};
    pn_glide glide;
    pn_glide_jump(&glide, from);
    for (int k = 0; k < 8; k++) {
        pn_glide_to(&glide, to, 8);
        pn_glide_step(&glide);
    }
    assert_memory_equal(&glide.now, &to, sizeof to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_turn_is_heard_where_the_head_then_is),
        cmocka_unit_test(a_steady_turn_is_smooth),
        cmocka_unit_test(a_still_head_trembles_less_than_its_tracker),
        cmocka_unit_test(walking_is_heard_where_the_head_then_is),
        cmocka_unit_test(when_tracking_is_lost_the_head_comes_to_rest_within_the_horizon),
        cmocka_unit_test(after_a_loss_the_head_follows_again),
        cmocka_unit_test(a_teleport_jumps_and_does_not_sweep),
        cmocka_unit_test(samples_no_time_apart_do_not_make_infinite_speeds),
        cmocka_unit_test(a_stop_is_not_overshot_for_long),
        cmocka_unit_test(without_prediction_a_scene_at_every_hop_is_reached_at_every_hop),
        cmocka_unit_test(a_glide_goes_straight_at_constant_speed_and_arrives_exactly),
        cmocka_unit_test(the_same_target_again_does_not_delay_the_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
