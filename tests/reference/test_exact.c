/* SPDX-License-Identifier: MIT */
/**
 * The yardstick measured: the reference renderer (src/exact/pn_exact.h) against closed forms, against its own
 * definition written as loops over everything, and where it must agree with the engine at rest, against that.
 */
#include <float.h>

#include "dsp/pn_air.h"
#include "dsp/pn_limiter.h"
#include "hrtf/pn_head_file.h"
#include "hrtf/pn_triangulation.h"
#include "support/head.h"
#include "support/metrics.h"
#include "support/solo.h"
#include "support/tolerance.h"
#include "support/truth.h"

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0

enum { EARS = 2, SINC_HALF = 256 };

static const pn_exact_pose AHEAD = {.position_m = {0.0, 0.0, -1.0}, .world_from_own = {0.0, 0.0, 0.0, 1.0}};

static pn_exact_key key_at(double time_s, double x, double y, double z)
{
    return (pn_exact_key){time_s, {.position_m = {x, y, z}, .world_from_own = {0.0, 0.0, 0.0, 1.0}}};
}

static pn_exact_source source_of(const float *x, size_t frames, const pn_exact_key *keys, uint32_t count)
{
    pn_exact_source source = pn_exact_source_default();
    source.samples = x;
    source.frames = (uint32_t)frames;
    source.distance_model = PN_DISTANCE_NONE;
    source.motion = (pn_exact_motion){.keys = keys, .key_count = count};
    return source;
}

static pn_exact_scene scene_of(const pn_exact_source *sources, uint32_t count)
{
    pn_exact_scene scene = pn_exact_scene_default();
    scene.sources = sources;
    scene.source_count = count;
    return scene;
}

static float *noise_of(size_t frames, uint64_t seed)
{
    float *x = calloc(frames, sizeof *x);
    for (size_t n = 0; n < frames; n++) {
        x[n] = (float)(0.25 * metrics_noise(&seed));
    }
    return x;
}

/* 10 log10 of the energy of a - b over that of a. */
static double difference_db(const double *a, const double *b, size_t count)
{
    double error = DBL_MIN;
    double energy = 0.0;
    for (size_t i = 0; i < count; i++) {
        error += (a[i] - b[i]) * (a[i] - b[i]);
        energy += a[i] * a[i];
    }
    assert_true(energy > 0.0);
    return 10.0 * log10(error / energy);
}

/* ------------------------------------------------------------------------------------------------ the definition */

static double kaiser_sinc(double t)
{
    if (fabs(t) >= SINC_HALF) {
        return 0.0;
    }
    double i0[2] = {1.0, 1.0};
    const double argument[2] = {10.0, 10.0 * sqrt(1.0 - t * t / ((double)SINC_HALF * SINC_HALF))};
    for (int i = 0; i < 2; i++) {
        double term = 1.0;
        for (int k = 1; k < 60; k++) {
            term *= (argument[i] / (2.0 * k)) * (argument[i] / (2.0 * k));
            i0[i] += term;
        }
    }
    return (fabs(t) < 1e-12 ? 1.0 : sin(PI * t) / (PI * t)) * i0[1] / i0[0];
}

static double determinant(const double *a, const double *b, const double *c)
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* The triangle around a direction, of all triples of nodes: no other node lies inside its circle. */
static void around_by_force(const double *dirs, uint32_t nodes, const double *d, uint32_t node[3], double weight[3])
{
    for (node[0] = 0; node[0] < nodes; node[0]++) {
        for (node[1] = 0; node[1] < nodes; node[1]++) {
            for (node[2] = 0; node[2] < nodes; node[2]++) {
                const double *v[3] = {dirs + 3 * node[0], dirs + 3 * node[1], dirs + 3 * node[2]};
                const double volume = determinant(v[0], v[1], v[2]);
                if (!(volume > 1e-9)) {
                    continue;
                }
                weight[0] = determinant(d, v[1], v[2]) / volume;
                weight[1] = determinant(v[0], d, v[2]) / volume;
                weight[2] = determinant(v[0], v[1], d) / volume;
                int empty = weight[0] >= 0.0 && weight[1] >= 0.0 && weight[2] >= 0.0;
                for (uint32_t other = 0; other < nodes && empty; other++) { /* above the plane of the three */
                    const double *o = dirs + 3 * other;
                    const double edge[3][3] = {{v[1][0] - v[0][0], v[1][1] - v[0][1], v[1][2] - v[0][2]},
                                               {v[2][0] - v[0][0], v[2][1] - v[0][1], v[2][2] - v[0][2]},
                                               {o[0] - v[0][0], o[1] - v[0][1], o[2] - v[0][2]}};
                    const int own = other == node[0] || other == node[1] || other == node[2];
                    empty = own || determinant(edge[0], edge[1], edge[2]) < 0.0;
                }
                if (empty) {
                    const double sum = weight[0] + weight[1] + weight[2];
                    for (int k = 0; k < 3; k++) {
                        weight[k] /= sum;
                    }
                    return;
                }
            }
        }
    }
    fail_msg("no triangle");
}

static void a_small_case_is_its_definition_written_as_loops(void **state)
{
    (void)state;
    enum { FRAMES = 160, NODES = 10 };
    head_blob blob = head_sphere(NODES);
    truth t = truth_open(blob.bytes, blob.size, RATE_HZ);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(blob.bytes, blob.size, &file), PN_OK);
    static double dirs[3 * NODES];
    for (uint32_t i = 0; i < NODES; i++) {
        pn_head_file_get_direction(&file, i, dirs + 3 * i);
    }
    float *x = noise_of(FRAMES, 8);
    const pn_exact_key keys[] = {key_at(0.0, 1.0, 0.2, -1.0), key_at((double)FRAMES / RATE_HZ, -1.0, 0.5, -0.4)};
    pn_exact_source source = source_of(x, FRAMES, keys, 2);
    source.distance_model = PN_DISTANCE_INVERSE;
    source.ref_distance_m = 0.5;
    const pn_exact_scene scene = scene_of(&source, 1);
    static double got[EARS * FRAMES];
    static double wanted[EARS * FRAMES];
    truth_render_scene(&t, &scene, FRAMES, got);
    for (size_t n = 0; n < FRAMES; n++) {
        const double f = (double)n / FRAMES;
        const double p[3] = {1.0 - 2.0 * f, 0.2 + 0.3 * f, -1.0 + 0.6 * f};
        const double r = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
        const double d[3] = {p[0] / r, p[1] / r, p[2] / r};
        uint32_t node[3];
        double weight[3];
        around_by_force(dirs, NODES, d, node, weight);
        for (uint32_t e = 0; e < EARS; e++) {
            double delay = 0.0;
            for (int j = 0; j < 3; j++) {
                delay += weight[j] * pn_head_file_get_delay(&file, node[j], e);
            }
            double sum = 0.0;
            for (uint32_t k = 0; k < file.filter_taps; k++) {
                double tap = 0.0;
                for (int j = 0; j < 3; j++) {
                    tap += weight[j] * (double)pn_head_file_get_tap(&file, node[j], e, k);
                }
                for (size_t m = 0; m < FRAMES && tap != 0.0; m++) {
                    sum += tap * (double)x[m] * kaiser_sinc((double)n - k - delay - (double)m);
                }
            }
            wanted[e * FRAMES + n] = 0.5 / r * sum;
        }
    }
    const double db = difference_db(wanted, got, EARS * FRAMES);
    print_message("  %d frames through %d directions: %.1f dB from its definition\n", FRAMES, NODES, db);
    CHECK_BELOW(db, -160.0);
    truth_close(&t);
    head_blob_free(&blob);
    free(x);
}

static void the_net_is_one_that_the_directions_allow_and_covers_the_sphere_once(void **state)
{
    const pn_exact_head *set = ((solo_fixture *)*state)->truth.head;
    double solid_angle = 0.0;
    for (uint32_t i = 0; i < set->triangle_count; i++) {
        const double *v[3];
        double ab[3], ac[3];
        for (int k = 0; k < 3; k++) {
            v[k] = set->head_dirs + 3 * (size_t)set->triangles[i].node[k];
        }
        for (int k = 0; k < 3; k++) {
            ab[k] = v[1][k] - v[0][k];
            ac[k] = v[2][k] - v[0][k];
        }
        const double axis[3] = {ab[1] * ac[2] - ab[2] * ac[1], ab[2] * ac[0] - ab[0] * ac[2],
                                ab[0] * ac[1] - ab[1] * ac[0]};
        const double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
        for (uint32_t other = 0; other < set->nodes; other++) {
            const double *o = set->head_dirs + 3 * (size_t)other;
            double above = 0.0;
            for (int k = 0; k < 3; k++) {
                above += axis[k] * (o[k] - v[0][k]) / length;
            }
            CHECK_BELOW(above, 1e-4); /* the net is built from points moved by 1e-5 rad, to break ties */
        }
        double dots = 1.0; /* [Van Oosterom, Strackee 1983] */
        for (int k = 0; k < 3; k++) {
            dots += v[0][k] * v[1][k] + v[1][k] * v[2][k] + v[2][k] * v[0][k];
        }
        solid_angle += 2.0 * atan2(determinant(v[0], v[1], v[2]), dots);
    }
    CHECK_NEAR(solid_angle, 4.0 * PI, 1e-6);
}

/* ------------------------------------------------------------------------------------------------ the head */

/* One frequency of a response that begins at frame 0. */
static void frequency_of(const double *x, size_t frames, double cycles, double out[2])
{
    out[0] = 0.0;
    out[1] = 0.0;
    for (size_t n = 0; n < frames; n++) {
        out[0] += x[n] * cos(2.0 * PI * cycles * (double)n);
        out[1] -= x[n] * sin(2.0 * PI * cycles * (double)n);
    }
}

/* An impulse from every so many a node at a rate, against the file's filter and delay, frequency by frequency.
   @return the worst difference over the largest magnitude of the node, up to `top` of the lower rate */
static double worst_at_nodes(const solo_fixture *f, double rate_hz, double top, uint32_t step)
{
    enum { LATE = 600, FRAMES = 4096 };
    truth t = truth_open(f->blob, f->blob_bytes, rate_hz);
    pn_head_file file;
    assert_int_equal(pn_head_file_open(f->blob, f->blob_bytes, &file), PN_OK);
    static float x[LATE + 1];
    static double ears[EARS * FRAMES];
    static double taps[PN_HEAD_MAX_TAPS];
    double worst = 0.0;
    x[LATE] = 1.0f; /* kernels ring before it */
    for (uint32_t node = 0; node < file.node_count; node += step) {
        double dir[3];
        pn_head_file_get_direction(&file, node, dir);
        const pn_exact_key key = key_at(0.0, dir[0], dir[1], dir[2]);
        pn_exact_source source = source_of(x, LATE + 1, &key, 1);
        source.sample_rate_hz = rate_hz;
        const pn_exact_scene scene = scene_of(&source, 1);
        truth_render_scene(&t, &scene, FRAMES, ears);
        for (uint32_t e = 0; e < EARS; e++) {
            double largest = 0.0;
            double off = 0.0;
            for (uint32_t k = 0; k < file.filter_taps; k++) {
                taps[k] = (double)pn_head_file_get_tap(&file, node, e, k);
            }
            const double ratio = rate_hz / file.sample_rate_hz;
            for (double hz = 100.0; hz < top * fmin(rate_hz, file.sample_rate_hz); hz += 331.0) {
                double wanted[2];
                double got[2];
                frequency_of(taps, file.filter_taps, hz / file.sample_rate_hz, wanted);
                frequency_of(ears + e * FRAMES, FRAMES, hz / rate_hz, got);
                const double delay = LATE + pn_head_file_get_delay(&file, node, e) * ratio;
                const double c = cos(2.0 * PI * hz / rate_hz * delay);
                const double s = -sin(2.0 * PI * hz / rate_hz * delay);
                const double re = wanted[0] * c - wanted[1] * s;
                const double im = wanted[0] * s + wanted[1] * c;
                largest = fmax(largest, hypot(re, im));
                off = fmax(off, hypot(got[0] - re, got[1] - im));
            }
            worst = fmax(worst, off / largest);
        }
    }
    truth_close(&t);
    print_message("  %.1f kHz: %.1f dB, the worst of frequencies up to %.2f of the lower rate\n", rate_hz / 1000.0,
                  20.0 * log10(worst), top);
    return 20.0 * log10(worst);
}

static void at_a_node_it_is_the_file_s_filter_and_delay_at_any_rate(void **state)
{
    const uint32_t step = SOLO_SANITIZED ? 240 : 24;
    CHECK_BELOW(worst_at_nodes(*state, 48000.0, 0.49, step), -95.0);
    CHECK_BELOW(worst_at_nodes(*state, 44100.0, 0.47, step), -95.0);
    CHECK_BELOW(worst_at_nodes(*state, 96000.0, 0.47, step), -95.0);
    CHECK_BELOW(worst_at_nodes(*state, 16000.0, 0.47, step), -95.0);
}

/* ------------------------------------------------------------------------------------------------ motion */

/* Frequency of a clean tone: the phase's regression line over Hann-weighted stretches, in cents from the expected. */
static double cents_off(const double *x, size_t frames, double expected_hz)
{
    enum { PIECES = 40 };
    const size_t piece = frames / PIECES;
    double phase[PIECES];
    double unwrapped = 0.0;
    double sum_tt = 0.0;
    double sum_tp = 0.0;
    for (size_t i = 0; i < PIECES; i++) {
        double re = 0.0;
        double im = 0.0;
        for (size_t n = 0; n < piece; n++) {
            const double hann = 0.5 - 0.5 * cos(2.0 * PI * ((double)n + 0.5) / (double)piece);
            const double angle = 2.0 * PI * expected_hz / RATE_HZ * (double)(i * piece + n);
            re += hann * x[i * piece + n] * cos(angle);
            im -= hann * x[i * piece + n] * sin(angle);
        }
        phase[i] = atan2(im, re);
        if (i > 0) {
            unwrapped += remainder(phase[i] - phase[i - 1], 2.0 * PI);
        }
        const double at = (double)i - 0.5 * (PIECES - 1);
        sum_tt += at * at;
        sum_tp += at * unwrapped;
    }
    const double off_hz = sum_tp / sum_tt / (2.0 * PI) * RATE_HZ / (double)piece;
    return 1200.0 * log2((expected_hz + off_hz) / expected_hz);
}

static void a_tone_s_pitch_follows_doppler_s_law_to_a_hundredth_of_a_cent(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = 48000, SKIP = 24000 };
    const double hz = 1000.0;
    const double c = PN_EXACT_SPEED_OF_SOUND_M_S;
    static const double speeds_m_s[] = {-100.0, -30.0, -1.0, 1.0, 30.0, 100.0}; /* away */
    static float x[FRAMES];
    static double ears[EARS * FRAMES];
    double worst = 0.0;
    for (size_t n = 0; n < FRAMES; n++) {
        x[n] = (float)(0.5 * sin(2.0 * PI * hz * (double)n / RATE_HZ));
    }
    for (size_t i = 0; i < sizeof speeds_m_s / sizeof speeds_m_s[0]; i += SOLO_SANITIZED ? 4 : 1) {
        const double v = speeds_m_s[i];
        const double far = v < 0.0 ? 130.0 : 5.0;
        for (int listener_moves = 0; listener_moves < 2; listener_moves++) {
            const pn_exact_key moving[] = {key_at(0.0, 0.0, 0.0, listener_moves ? far : -far),
                                           key_at(1.0, 0.0, 0.0, listener_moves ? far + v : -far - v)};
            const pn_exact_key resting = key_at(0.0, 0.0, 0.0, 0.0);
            pn_exact_source source = source_of(x, FRAMES, listener_moves ? &resting : moving, listener_moves ? 1 : 2);
            source.flags = PN_SOURCE_DOPPLER;
            pn_exact_scene scene = scene_of(&source, 1);
            scene.listener = (pn_exact_motion){listener_moves ? moving : &resting, listener_moves ? 2 : 1, NULL, NULL};
            truth_render_scene(&f->truth, &scene, FRAMES, ears);
            const double expected = listener_moves ? hz * (1.0 - v / c) : hz / (1.0 + v / c);
            worst = fmax(worst, fabs(cents_off(ears + SKIP, FRAMES - SKIP - 1024, expected)));
        }
    }
    print_message("  1 kHz, source or listener at 1 to 100 m/s: %.5f cents at worst  (<= 0.01)\n", worst);
    CHECK_BELOW(worst, 0.01);
}

static void a_fly_by_s_level_is_the_distance_law_at_the_place_it_is_heard_from(void **state)
{
    /* Without and with Doppler. Seen from beside at (0, 0, -h), moving along x at v: what is heard at t was emitted at
       the root of (c (t - t'))^2 = h^2 + (x0 + v t')^2. The same path without a law is the unit. */
    const solo_fixture *f = *state;
    enum { FRAMES = 24000 };
    const double h = 2.0;
    const double x0 = -7.0;
    const double v = 30.0;
    const double c = PN_EXACT_SPEED_OF_SOUND_M_S;
    const pn_exact_key keys[] = {key_at(0.0, x0, 0.0, -h), key_at(1.0, x0 + v, 0.0, -h)};
    float *x = noise_of(FRAMES, 4);
    static double ears[2][EARS * FRAMES];
    for (int doppler = 0; doppler < 2; doppler++) {
        for (int law = 0; law < 2; law++) {
            pn_exact_source source = source_of(x, FRAMES, keys, 2);
            source.flags = doppler ? PN_SOURCE_DOPPLER : 0;
            source.distance_model = law ? PN_DISTANCE_INVERSE : PN_DISTANCE_NONE;
            const pn_exact_scene scene = scene_of(&source, 1);
            truth_render_scene(&f->truth, &scene, FRAMES, ears[law]);
        }
        double worst = 0.0;
        for (size_t n = 4000; n < FRAMES; n++) {
            const double t = (double)n / RATE_HZ;
            double emitted = t;
            if (doppler) {
                const double a = c * c - v * v;
                const double b = -(c * c * t + v * x0);
                emitted = (-b - sqrt(b * b - a * (c * c * t * t - h * h - x0 * x0))) / a;
            }
            const double r = hypot(h, x0 + v * emitted);
            for (size_t e = 0; e < EARS; e++) {
                const double unit = ears[0][e * FRAMES + n];
                worst = fabs(unit) < 1e-3 ? worst : fmax(worst, fabs(ears[1][e * FRAMES + n] * r / unit - 1.0));
            }
        }
        print_message("  %s Doppler: level off by %.1e at worst\n", doppler ? "with" : "without", worst);
        CHECK_BELOW(worst, 1e-9);
    }
    free(x);
}

static void a_clip_at_its_own_rate_is_the_same_tone(void **state)
{
    /* From 22.05 kHz, looped: 100 whole periods, which have no seam. */
    const solo_fixture *f = *state;
    enum { CLIP = 2205, FRAMES = 24000 };
    static float slow[CLIP];
    static float fast[4800];
    static double ears[2][EARS * FRAMES];
    const pn_exact_key key = key_at(0.0, 0.6, 0.3, -0.9);
    for (size_t n = 0; n < CLIP; n++) {
        slow[n] = (float)(0.5 * sin(2.0 * PI * 1000.0 * (double)n / 22050.0));
    }
    for (size_t n = 0; n < 4800; n++) {
        fast[n] = (float)(0.5 * sin(2.0 * PI * 1000.0 * (double)n / RATE_HZ));
    }
    for (int i = 0; i < 2; i++) {
        pn_exact_source source = source_of(i == 0 ? fast : slow, i == 0 ? 4800 : CLIP, &key, 1);
        source.sample_rate_hz = i == 0 ? RATE_HZ : 22050.0;
        source.flags = PN_SOURCE_LOOP;
        source.start_s = 0.01;
        const pn_exact_scene scene = scene_of(&source, 1);
        truth_render_scene(&f->truth, &scene, FRAMES, ears[i]);
    }
    const double db = difference_db(ears[0] + 2000, ears[1] + 2000, FRAMES - 2000);
    print_message("  %.1f dB\n", db);
    CHECK_BELOW(db, -100.0);
}

static void a_jump_to_the_same_place_changes_nothing_and_one_elsewhere_ends_there(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = 9600 };
    float *x = noise_of(FRAMES, 12);
    static double plain[EARS * FRAMES];
    static double jumped[EARS * FRAMES];
    static double there[EARS * FRAMES];
    const pn_exact_key still[] = {key_at(0.0, 1.0, 0.0, -1.0)};
    const pn_exact_key other[] = {key_at(0.0, -1.0, 0.5, 0.3)};
    const pn_exact_key again[] = {key_at(0.0, 1.0, 0.0, -1.0), key_at(0.05, 1.0, 0.0, -1.0),
                                  key_at(0.05, 1.0, 0.0, -1.0)};
    const pn_exact_key away[] = {key_at(0.0, 1.0, 0.0, -1.0), key_at(0.05, 1.0, 0.0, -1.0),
                                 key_at(0.05, -1.0, 0.5, 0.3)};
    const struct {
        const pn_exact_key *keys;
        uint32_t count;
        double *ears;
    } takes[] = {{still, 1, plain}, {again, 3, jumped}, {other, 1, there}};
    for (size_t i = 0; i < 3; i++) {
        const pn_exact_source source = source_of(x, FRAMES, takes[i].keys, takes[i].count);
        const pn_exact_scene scene = scene_of(&source, 1);
        truth_render_scene(&f->truth, &scene, FRAMES, takes[i].ears);
    }
    CHECK_BELOW(difference_db(plain, jumped, EARS * FRAMES), -280.0);
    const pn_exact_source source = source_of(x, FRAMES, away, 3);
    const pn_exact_scene scene = scene_of(&source, 1);
    truth_render_scene(&f->truth, &scene, FRAMES, jumped);
    enum { JUMP = 2400, ENDS = JUMP + 128 };
    for (size_t e = 0; e < EARS; e++) {
        /* What is emitted fades, and the delays' kernel sees the corners of the fade from both sides. */
        CHECK_BELOW(difference_db(plain + e * FRAMES, jumped + e * FRAMES, JUMP), -100.0);
        CHECK_BELOW(
            difference_db(there + e * FRAMES + ENDS + 256, jumped + e * FRAMES + ENDS + 256, FRAMES - ENDS - 256),
            -100.0);
    }
    free(x);
}

/* ------------------------------------------------------------------------------------------------ colour */

/* The level of a coloured source over that of a plain one at a frequency, dB: tones, after everything has rung out. */
static double coloured_db(const solo_fixture *f, const pn_exact_source *coloured, double hz, uint32_t ear)
{
    enum { FRAMES = 19200, FROM = 9600 };
    static float x[FRAMES];
    static double ears[EARS * FRAMES];
    double level[2];
    for (size_t n = 0; n < FRAMES; n++) {
        x[n] = (float)(0.5 * sin(2.0 * PI * hz * (double)n / RATE_HZ));
    }
    for (int i = 0; i < 2; i++) {
        pn_exact_source source = *coloured;
        if (i == 0) {
            source.flags = 0;
            memset(source.directivity, 0, sizeof source.directivity);
        }
        source.samples = x;
        source.frames = FRAMES;
        const pn_exact_scene scene = scene_of(&source, 1);
        truth_render_scene(&f->truth, &scene, FRAMES, ears);
        double part[2];
        frequency_of(ears + ear * FRAMES + FROM, FRAMES - FROM, hz / RATE_HZ, part);
        level[i] = hypot(part[0], part[1]);
    }
    return 20.0 * log10(level[1] / level[0]);
}

static void air_is_the_standard_s_at_any_frequency(void **state)
{
    const pn_air air = pn_air_default();
    const pn_exact_key key = key_at(0.0, 60.0, 0.0, -80.0);
    pn_exact_source source = source_of(NULL, 0, &key, 1);
    source.flags = PN_SOURCE_AIR;
    double worst = 0.0;
    for (double hz = 250.0; hz <= 16000.0; hz *= SOLO_SANITIZED ? 8.0 : 2.0) {
        worst = fmax(worst, fabs(coloured_db(*state, &source, hz, 0) + 100.0 * pn_air_absorption_db_m(&air, hz)));
    }
    print_message("  100 m, 250 Hz to 16 kHz: off by %.4f dB at worst\n", worst);
    CHECK_BELOW(worst, 0.01);
}

static void directivity_is_its_formula_at_the_bands_centres(void **state)
{
    const pn_exact_key key = {.pose = {.position_m = {0.0, 0.0, -2.0},
                                       .world_from_own = {0.0, sin(0.5), 0.0, cos(0.5)}}}; /* turned by one radian */
    pn_exact_source source = source_of(NULL, 0, &key, 1);
    const double cosine = -cos(1.0); /* it looks ahead, and away from the listener */
    double worst = 0.0;
    source.directivity_power = 1.5;
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        source.directivity[band] = 0.1 + 0.08 * band;
    }
    for (int band = 1; band < PN_EXACT_BANDS; band += SOLO_SANITIZED ? 3 : 1) {
        const double a = source.directivity[band];
        const double due = 1.5 * 20.0 * log10(fabs((1.0 - a) + a * cosine));
        worst = fmax(worst, fabs(coloured_db(*state, &source, 125.0 * (1 << band), 1) - due));
    }
    print_message("  250 Hz to 16 kHz: off by %.4f dB at worst\n", worst);
    CHECK_BELOW(worst, 0.01);
}

/* A coloured source that moves as fast as any: an arm's length away, twice around a second, turning to and fro. */
static void busy_path(const void *state, double time_s, pn_exact_pose *pose)
{
    (void)state;
    const double angle = 4.0 * PI * time_s;
    pose->position_m[0] = 0.6 * sin(angle);
    pose->position_m[1] = 0.1;
    pose->position_m[2] = -0.6 * cos(angle);
    pose->world_from_own[1] = sin(3.0 * time_s);
    pose->world_from_own[3] = cos(3.0 * time_s);
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        pose->occlusion[band] = 0.5 + 0.05 * band * sin(20.0 * time_s);
    }
}

static void colour_at_every_sixteenth_frame_is_as_good_as_at_every_frame(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = SOLO_SANITIZED ? 1024 : 4096 };
    float *x = noise_of(FRAMES, 21);
    static double ears[2][EARS * 4096];
    pn_exact_source source = source_of(x, FRAMES, NULL, 0);
    source.motion = (pn_exact_motion){.path = busy_path};
    source.flags = PN_SOURCE_NEAR_FIELD | PN_SOURCE_AIR;
    source.directivity[5] = 0.4;
    source.directivity[6] = 0.5;
    for (int i = 0; i < 2; i++) {
        pn_exact_scene scene = scene_of(&source, 1);
        scene.colour_step = i == 0 ? 1 : scene.colour_step;
        truth_render_scene(&f->truth, &scene, FRAMES, ears[i]);
    }
    const double db = difference_db(ears[0], ears[1], EARS * FRAMES);
    print_message("  at an arm's length, 720 degrees a second: %.1f dB\n", db);
    CHECK_BELOW(db, -90.0);
    free(x);
}

/* ------------------------------------------------------------------------------------------------ the engine's laws */

/* One record for both; numbers that a float holds. @return difference at rest, dB */
static double engine_differs_db(const solo_fixture *f, solo *r, const pn_scene_source *record)
{
    enum { FRAMES = 96 * PN_HOP_FRAMES, SKIP = 64 * PN_HOP_FRAMES }; /* after occlusion's 60 ms */
    static float ears[EARS * FRAMES];
    static double wanted[EARS * FRAMES];
    static float x[FRAMES];
    static double speech[FRAMES];
    metrics_speech_noise(speech, FRAMES, RATE_HZ, 33);
    for (size_t n = 0; n < FRAMES; n++) {
        x[n] = (float)speech[n];
    }
    r->scene.source[0] = *record;
    solo_restart(r);
    for (size_t at = 0; at < FRAMES; at += PN_HOP_FRAMES) {
        solo_hop(r, x + at, ears + at, FRAMES);
    }
    pn_exact_key key = {.pose = AHEAD};
    for (int i = 0; i < 3; i++) {
        key.pose.position_m[i] = (double)record->position_m[i];
    }
    for (int i = 0; i < 4; i++) {
        key.pose.world_from_own[i] = (double)record->world_from_source[i];
    }
    pn_exact_source source = source_of(x, FRAMES, &key, 1);
    source.flags = record->flags;
    source.gain = (double)record->gain;
    source.distance_model = record->distance_model;
    source.ref_distance_m = (double)record->ref_distance_m;
    source.max_distance_m = (double)record->max_distance_m;
    source.rolloff_factor = (double)record->rolloff_factor;
    source.cone_inner_rad = (double)record->cone_inner_rad;
    source.cone_outer_rad = (double)record->cone_outer_rad;
    source.cone_outer_gain = (double)record->cone_outer_gain;
    source.directivity_power = (double)record->directivity_power;
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        source.directivity[band] = (double)record->directivity[band];
        key.pose.occlusion[band] = (double)record->occlusion[band];
    }
    const pn_exact_scene scene = scene_of(&source, 1);
    truth_render_scene(&f->truth, &scene, FRAMES, wanted);
    double worst = -999.0;
    for (size_t e = 0; e < EARS; e++) {
        const size_t from = e * FRAMES + SKIP;
        worst = fmax(worst, metrics_esr_db(wanted + from, ears + from, FRAMES - SKIP - 512));
    }
    return worst;
}

static void the_engine_at_rest_obeys_the_same_laws(void **state)
{
    /* Without colour the engine's filters leak -94 dB at worst (test_motion.c). Its Doppler kernel of 16 taps rolls off
       above 16 kHz. Inside the head its diotic filter, of full length and delayed, reaches beyond the transform. With
       colour it multiplies spectra of 256 points, which is what a response that rings longer than that differs by. */
    const solo_fixture *f = *state;
    solo r = solo_open(f->blob, f->blob_bytes, RATE_HZ, 1);
    pn_scene_source base = r.scene.source[0];
    base.directivity_power = 1.0f;
    base.position_m[0] = 1.25f;
    base.position_m[1] = 0.5f;
    base.position_m[2] = -2.0f;
    base.world_from_source[1] = sinf(0.4f);
    base.world_from_source[3] = cosf(0.4f);
    enum { CASES = 11 };
    const char *names[CASES] = {"linear",          "inverse",   "exponential", "cone",        "head-locked", "Doppler",
                                "inside the head", "air, 50 m", "occlusion",   "directivity", "near field"};
    double bounds[CASES] = {-88.0, -88.0, -88.0, -88.0, -88.0, -55.0, -55.0, -50.0, -35.0, -40.0, -45.0};
    pn_scene_source cases[CASES];
    for (int i = 0; i < CASES; i++) {
        cases[i] = base;
        cases[i].distance_model = i < 3 ? (uint32_t)i + 1 : PN_DISTANCE_INVERSE;
    }
    cases[0].max_distance_m = 10.0f;
    cases[0].rolloff_factor = 0.75f;
    cases[2].rolloff_factor = 1.5f;
    cases[3].cone_inner_rad = 1.0f;
    cases[3].cone_outer_rad = 5.5f;
    cases[3].cone_outer_gain = 0.25f;
    cases[4].flags |= PN_SOURCE_HEAD_LOCKED;
    cases[5].flags |= PN_SOURCE_DOPPLER;
    memcpy(cases[6].position_m, (float[3]){0.03f, 0.02f, -0.04f}, sizeof cases[6].position_m);
    cases[7].flags |= PN_SOURCE_AIR;
    memcpy(cases[7].position_m, (float[3]){30.0f, 0.0f, -40.0f}, sizeof cases[7].position_m);
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        cases[8].occlusion[band] = 0.2f + 0.08f * (float)band;
        cases[9].directivity[band] = 0.06f * (float)band;
    }
    cases[10].flags |= PN_SOURCE_NEAR_FIELD;
    memcpy(cases[10].position_m, (float[3]){0.35f, 0.05f, -0.2f}, sizeof cases[10].position_m);
    int missed = 0;
    for (int i = 0; i < CASES; i += SOLO_SANITIZED ? 3 : 1) {
        const double db = engine_differs_db(f, &r, &cases[i]);
        print_message("  %-16s %6.1f dB  (<= %.0f)\n", names[i], db, bounds[i]);
        missed += !(db <= bounds[i]);
    }
    solo_close(&r);
    assert_int_equal(missed, 0);
}

static void the_limiter_is_the_engine_s(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = 9600 };
    float *x = noise_of(FRAMES, 51);
    static double ears[2][EARS * FRAMES];
    static float single[EARS * FRAMES];
    const pn_exact_key key = key_at(0.0, 1.0, 0.0, 0.0);
    const pn_exact_source source = source_of(x, FRAMES, &key, 1);
    for (int limited = 0; limited < 2; limited++) {
        pn_exact_scene scene = scene_of(&source, 1);
        scene.gain = 4.0;
        scene.limiter = limited == 1;
        truth_render_scene(&f->truth, &scene, FRAMES, ears[limited]);
    }
    for (size_t i = 0; i < EARS * FRAMES; i++) {
        single[i] = (float)ears[0][i];
    }
    pn_limiter limiter;
    pn_limiter_init(&limiter, RATE_HZ);
    limiter.amount = 1.0f; /* on from the start */
    pn_limiter_process(&limiter, true, single, single + FRAMES, FRAMES);
    CHECK_BELOW(metrics_esr_db(ears[1], single, EARS * FRAMES), -95.0); /* its release is a float */
    CHECK_ABOVE(difference_db(ears[0], ears[1], EARS * FRAMES), -20.0);
    free(x);
}

/* ------------------------------------------------------------------------------------------------ the renderer */

static void any_number_of_frames_at_a_time_gives_the_same_bits(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = 5000 };
    float *x = noise_of(FRAMES, 71);
    const pn_exact_key keys[] = {key_at(0.0, 3.0, 0.0, -1.0), key_at(0.05, -1.0, 1.0, -1.0),
                                 key_at(0.05, -1.0, 1.0, 1.0), key_at(0.1, 0.3, 0.0, 0.1)};
    pn_exact_source sources[2] = {source_of(x, FRAMES, keys, 4), source_of(x, FRAMES, keys, 4)};
    sources[0].flags = PN_SOURCE_DOPPLER;
    sources[1].flags = PN_SOURCE_AIR | PN_SOURCE_NEAR_FIELD;
    pn_exact_scene scene = scene_of(sources, 2);
    scene.limiter = true;
    static double whole[EARS * FRAMES];
    static double parts[EARS * FRAMES];
    truth_render_scene(&f->truth, &scene, FRAMES, whole);
    static const uint32_t blocks[] = {1, 127, 1024, 1500};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        size_t needed = 0;
        pn_exact *exact = NULL;
        assert_int_equal(pn_exact_size(&scene, f->truth.head, &needed), PN_OK);
        void *memory = head_memory(needed);
        assert_int_equal(pn_exact_init(memory, needed, &scene, f->truth.head, &exact), PN_OK);
        for (uint32_t at = 0; at < FRAMES; at += blocks[i]) {
            const uint32_t now = FRAMES - at < blocks[i] ? FRAMES - at : blocks[i];
            pn_exact_render(exact, parts + at, parts + FRAMES + at, now);
        }
        free(memory);
        assert_memory_equal(whole, parts, sizeof whole);
    }
    free(x);
}

static void sources_add_up(void **state)
{
    const solo_fixture *f = *state;
    enum { FRAMES = 3000 };
    float *x = noise_of(FRAMES, 81);
    const pn_exact_key keys[] = {key_at(0.0, 1.0, 0.0, -1.0), key_at(0.06, -1.0, 1.0, -1.0)};
    pn_exact_source sources[2] = {source_of(x, FRAMES, keys, 2), source_of(x + 500, FRAMES - 500, keys, 1)};
    static double ears[3][EARS * FRAMES];
    for (int i = 0; i < 3; i++) {
        const pn_exact_scene scene = scene_of(sources + (i == 1), i == 2 ? 2 : 1);
        truth_render_scene(&f->truth, &scene, FRAMES, ears[i]);
    }
    for (size_t i = 0; i < EARS * FRAMES; i++) {
        ears[0][i] += ears[1][i];
    }
    assert_memory_equal(ears[0], ears[2], sizeof ears[0]);
    free(x);
}

static void impossible_scenes_are_refused(void **state)
{
    const solo_fixture *f = *state;
    static const float x[4] = {1.0f, 0.0f, 0.0f, 0.0f};
    pn_exact_key keys[3] = {key_at(0.0, 1.0, 0.0, 0.0), key_at(1.0, 2.0, 0.0, 0.0), key_at(2.0, 2.0, 0.0, 0.0)};
    const pn_exact_source good = source_of(x, 4, keys, 3);
    pn_exact_source bad[9];
    pn_exact_key back[2] = {keys[1], keys[0]};
    pn_exact_key thrice[3] = {keys[0], keys[0], keys[0]};
    pn_exact_key fast[2] = {key_at(0.0, 0.0, 0.0, 0.0), key_at(1.0, 343.0, 0.0, 0.0)};
    pn_exact_key flat[1] = {{.pose = {.position_m = {1.0, 0.0, 0.0}}}};
    size_t bytes = 1;
    for (size_t i = 0; i < 9; i++) {
        bad[i] = good;
    }
    bad[0].samples = NULL;
    bad[1].gain = NAN;
    bad[2].sample_rate_hz = 0.0;
    bad[3].motion = (pn_exact_motion){.keys = back, .key_count = 2};
    bad[4].motion = (pn_exact_motion){.keys = thrice, .key_count = 3};
    bad[5].motion = (pn_exact_motion){.keys = flat, .key_count = 1};
    bad[6].motion = (pn_exact_motion){.keys = fast, .key_count = 2};
    bad[6].flags = PN_SOURCE_DOPPLER;
    bad[7].motion = (pn_exact_motion){0};
    bad[8].directivity[3] = 1.5;
    for (size_t i = 0; i < 9; i++) {
        const pn_exact_scene scene = scene_of(&bad[i], 1);
        assert_int_equal(pn_exact_size(&scene, f->truth.head, &bytes), PN_ERROR_ARGUMENT);
        assert_int_equal(bytes, 0);
    }
    pn_exact_scene scene = scene_of(&good, 1);
    pn_exact *exact = (pn_exact *)&bytes;
    char little[64];
    assert_int_equal(pn_exact_size(&scene, f->truth.head, &bytes), PN_OK);
    assert_int_equal(pn_exact_init(little, sizeof little, &scene, f->truth.head, &exact), PN_ERROR_MEMORY);
    assert_null(exact);
    scene.colour_step = 3;
    assert_int_equal(pn_exact_size(&scene, f->truth.head, &bytes), PN_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_case_is_its_definition_written_as_loops),
        cmocka_unit_test(the_net_is_one_that_the_directions_allow_and_covers_the_sphere_once),
        cmocka_unit_test(at_a_node_it_is_the_file_s_filter_and_delay_at_any_rate),
        cmocka_unit_test(a_tone_s_pitch_follows_doppler_s_law_to_a_hundredth_of_a_cent),
        cmocka_unit_test(a_fly_by_s_level_is_the_distance_law_at_the_place_it_is_heard_from),
        cmocka_unit_test(a_clip_at_its_own_rate_is_the_same_tone),
        cmocka_unit_test(a_jump_to_the_same_place_changes_nothing_and_one_elsewhere_ends_there),
        cmocka_unit_test(air_is_the_standard_s_at_any_frequency),
        cmocka_unit_test(directivity_is_its_formula_at_the_bands_centres),
        cmocka_unit_test(colour_at_every_sixteenth_frame_is_as_good_as_at_every_frame),
        cmocka_unit_test(the_engine_at_rest_obeys_the_same_laws),
        cmocka_unit_test(the_limiter_is_the_engine_s),
        cmocka_unit_test(any_number_of_frames_at_a_time_gives_the_same_bits),
        cmocka_unit_test(sources_add_up),
        cmocka_unit_test(impossible_scenes_are_refused),
    };
    return cmocka_run_group_tests(tests, solo_set_up, solo_tear_down);
}
