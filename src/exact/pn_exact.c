/* SPDX-License-Identifier: MIT */
/* The reference renderer, as pn_exact.h defines it: one source over one stretch of frames at a time. Stretches lie on a
   fixed grid, so that how many frames are asked for at a time decides nothing. */
#include "exact/pn_exact.h"

#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "exact/pn_exact_colour.h"
#include "exact/pn_exact_head.h"
#include "exact/pn_exact_motion.h"
#include "exact/pn_exact_sinc.h"
#include "exact/pn_exact_view.h"

#define PI 3.14159265358979323846
#define LIMITER_KNEE 0.7
#define LIMITER_RELEASE_S 0.060

/* A retarded time is found to this, 1e-9 of a turn at 20 kHz. */
#define RETARDED_S 1e-14

enum {
    EARS = 2,
    CORNERS = 3,
    SIGNALS = CORNERS + 1, /* the three neighbours' filters, and the diotic one */
    VARIANTS = 2,          /* colour at the interval's start, and at its end */
    STRETCH = 1024,
    HALF = PN_EXACT_SINC_HALF,
    TAPS = PN_EXACT_SINC_TAPS,
    MOST_FIXED_POINTS = 24,
    BISECTIONS = 64,
};

typedef struct voice {
    pn_exact_source source;
    pn_exact_legs legs;
    double start_frame;
    bool delayed; /* Doppler */
    bool may_colour;
} voice;

/* A source at one frame. */
typedef struct instant {
    pn_exact_view view;
    pn_exact_around around[EARS];
    double delay[EARS]; /* frames */
    double listening;   /* the listener's leg's share */
} instant;

struct pn_exact {
    const pn_exact_head *head;
    pn_exact_scene scene;
    pn_exact_legs listener;
    voice *voices; /* [source_count] */
    double rate_hz;

    int64_t begin;        /* frame at which the stretch begins */
    uint32_t next_source; /* of the stretch; source_count: it is mixed */
    bool finished;        /* and limited */
    uint32_t given;       /* frames of it */
    double envelope;      /* of the limiter */
    double *mix;          /* [EARS][STRETCH] */

    uint32_t longest;  /* delay of the head, whole frames */
    uint32_t back;     /* frames before the stretch that are needed of the heard signal */
    uint32_t ahead;    /* and after it */
    double *lag_s;     /* [1 + back + STRETCH + ahead + 1] between emission and hearing, from one frame earlier on */
    double *heard;     /* [back + STRETCH + ahead] d */
    instant *instants; /* [STRETCH] */
    pn_exact_colour *colours; /* [STRETCH / colour_step + 1] */
    double *passed;           /* [EARS][VARIANTS][back + STRETCH + ahead] d, coloured */
    double *filtered;         /* [VARIANTS][SIGNALS][longest + STRETCH + TAPS] */

    void *palette_memory; /* NULL: no source is ever coloured */
    bool palette_ready;
    pn_exact_palette palette;
    double *spectrum; /* [re, im][size] of the heard signal */
    double *product;  /* [re, im][size] */
    double *tint;     /* [VARIANTS][re, im][size / 2 + 1] */
};

pn_exact_source pn_exact_source_default(void)
{
    return (pn_exact_source){
        .sample_rate_hz = 48000.0,
        .gain = 1.0,
        .distance_model = PN_DISTANCE_INVERSE,
        .ref_distance_m = 1.0,
        .max_distance_m = 10000.0,
        .rolloff_factor = 1.0,
        .cone_inner_rad = 2.0 * PI,
        .cone_outer_rad = 2.0 * PI,
        .directivity_power = 1.0,
    };
}

static const pn_exact_key at_origin = {.pose = {.world_from_own = {0.0, 0.0, 0.0, 1.0}}};

pn_exact_scene pn_exact_scene_default(void)
{
    return (pn_exact_scene){
        .gain = 1.0,
        .listener = {.keys = &at_origin, .key_count = 1},
        .colour_step = 16,
    };
}

/* ------------------------------------------------------------------------------------------------ what is possible */

static bool within(double value, double least, double most)
{
    return value >= least && value <= most; /* false for NaN */
}

static bool source_is_sound(const pn_exact_source *s)
{
    bool sound = s->samples != NULL && s->frames > 0 && within(s->sample_rate_hz, 1.0, 1e6) &&
                 within(s->start_s, 0.0, 1e9) && within(s->gain, -1e6, 1e6) &&
                 s->distance_model <= PN_DISTANCE_EXPONENTIAL && within(s->ref_distance_m, 0.0, 1e9) &&
                 within(s->max_distance_m, 0.0, 1e9) && within(s->rolloff_factor, 0.0, 1e6) &&
                 within(s->cone_inner_rad, 0.0, 6.2832) && within(s->cone_outer_rad, 0.0, 6.2832) &&
                 s->cone_inner_rad <= s->cone_outer_rad && within(s->cone_outer_gain, 0.0, 1e6) &&
                 within(s->directivity_power, 0.0, 1e3);
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        sound = sound && within(s->directivity[band], 0.0, 1.0);
    }
    return sound && pn_exact_motion_is_sound(&s->motion, (s->flags & PN_SOURCE_DOPPLER) != 0);
}

static pn_status check(const pn_exact_scene *scene, const pn_exact_head *head)
{
    bool delayed = false;
    if (scene == NULL || head == NULL || scene->source_count > PN_EXACT_MOST_SOURCES ||
        (scene->source_count > 0 && scene->sources == NULL) || !within(scene->gain, -1e6, 1e6) ||
        scene->colour_step < 1 || scene->colour_step > STRETCH || STRETCH % scene->colour_step != 0) {
        return PN_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < scene->source_count; i++) {
        const uint32_t flags = scene->sources[i].flags;
        delayed = delayed || ((flags & PN_SOURCE_DOPPLER) != 0 && (flags & PN_SOURCE_HEAD_LOCKED) == 0);
        if (!source_is_sound(&scene->sources[i])) {
            return PN_ERROR_ARGUMENT;
        }
    }
    return pn_exact_motion_is_sound(&scene->listener, delayed) ? PN_OK : PN_ERROR_ARGUMENT;
}

static bool may_colour(const pn_exact_source *s)
{
    bool some = (s->flags & (PN_SOURCE_AIR | PN_SOURCE_NEAR_FIELD)) != 0 || s->motion.key_count == 0;
    for (int band = 0; band < PN_EXACT_BANDS; band++) {
        some = some || s->directivity[band] > 0.0;
        for (uint32_t i = 0; i < s->motion.key_count && !some; i++) {
            some = s->motion.keys[i].pose.occlusion[band] > 0.0;
        }
    }
    return some;
}

/* ------------------------------------------------------------------------------------------------ placing */

/* Measures with a null base, places otherwise. */
static pn_exact *place(pn_arena *arena, const pn_exact_scene *scene, const pn_exact_head *head)
{
    pn_exact *exact = PN_TAKE(arena, pn_exact, 1);
    voice *voices = PN_TAKE(arena, voice, scene->source_count);
    pn_exact_legs listener;
    bool colours_any = false;
    pn_exact_legs_place(arena, &scene->listener, &listener);
    for (uint32_t i = 0; i < scene->source_count; i++) {
        const pn_exact_source *source = &scene->sources[i];
        pn_exact_legs legs;
        pn_exact_legs_place(arena, &source->motion, &legs);
        colours_any = colours_any || may_colour(source);
        if (voices != NULL) {
            voices[i] = (voice){
                .source = *source,
                .legs = legs,
                .start_frame = floor(source->start_s * head->sample_rate_hz + 0.5),
                .delayed = (source->flags & PN_SOURCE_DOPPLER) != 0,
                .may_colour = may_colour(source),
            };
        }
    }
    const uint32_t longest = (uint32_t)ceil(head->longest_delay);
    const uint32_t ahead = HALF + head->lead;
    uint32_t back = longest + HALF + head->taps;
    pn_exact_palette palette = {0};
    void *palette_memory = NULL;
    double *spectrum = NULL;
    double *product = NULL;
    double *tint = NULL;
    if (colours_any) {
        pn_arena measure = {0};
        pn_exact_palette_place(&measure, head->sample_rate_hz, STRETCH + back + ahead, &palette);
        palette_memory = PN_TAKE(arena, unsigned char, measure.peak);
        spectrum = PN_TAKE(arena, double, 2 * palette.size);
        product = PN_TAKE(arena, double, 2 * palette.size);
        tint = PN_TAKE(arena, double, VARIANTS * 2 * (palette.size / 2 + 1));
        back = (uint32_t)palette.size;
    }
    const size_t window = (size_t)back + STRETCH + ahead;
    double *mix = PN_TAKE(arena, double, (size_t)EARS *STRETCH);
    double *lag_s = PN_TAKE(arena, double, window + 2);
    double *heard = PN_TAKE(arena, double, window);
    instant *instants = PN_TAKE(arena, instant, STRETCH);
    pn_exact_colour *colours = PN_TAKE(arena, pn_exact_colour, STRETCH / scene->colour_step + 1);
    double *passed = colours_any ? PN_TAKE(arena, double, EARS *VARIANTS *window) : NULL;
    double *filtered = PN_TAKE(arena, double, (size_t)VARIANTS *SIGNALS *(longest + STRETCH + TAPS));
    if (exact != NULL) {
        *exact = (pn_exact){
            .head = head,
            .scene = *scene,
            .listener = listener,
            .voices = voices,
            .rate_hz = head->sample_rate_hz,
            .mix = mix,
            .longest = longest,
            .back = back,
            .ahead = ahead,
            .lag_s = lag_s,
            .heard = heard,
            .instants = instants,
            .colours = colours,
            .passed = passed,
            .filtered = filtered,
            .palette_memory = palette_memory,
            .spectrum = spectrum,
            .product = product,
            .tint = tint,
        };
        memset(mix, 0, (size_t)EARS * STRETCH * sizeof *mix);
    }
    return exact;
}

pn_status pn_exact_size(const pn_exact_scene *scene, const pn_exact_head *head, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    const pn_status status = check(scene, head);
    if (status == PN_OK) {
        place(&arena, scene, head);
        *out_bytes = arena.peak;
    }
    return status;
}

pn_status pn_exact_init(void *memory, size_t bytes, const pn_exact_scene *scene, const pn_exact_head *head,
                        pn_exact **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_exact_size(scene, head, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, scene, head);
    return PN_OK;
}

/* ------------------------------------------------------------------------------------------------ times and places */

static double seconds_of(const pn_exact *exact, int64_t local)
{
    return (double)(exact->begin + local) / exact->rate_hz;
}

/* Smooth at both ends: a corner would be a click. */
static double risen(double since_s)
{
    const double x = fmax(0.0, fmin(1.0, since_s / PN_EXACT_JUMP_S));
    return x * x * (3.0 - 2.0 * x);
}

/* The share of a leg at a time: shares of all legs sum to 1. */
static double share(const pn_exact_legs *legs, uint32_t leg, double time_s)
{
    return risen(time_s - pn_exact_legs_begin_s(legs, leg)) - risen(time_s - pn_exact_legs_begin_s(legs, leg + 1));
}

static bool sounds_between(const pn_exact_legs *legs, uint32_t leg, double from_s, double to_s)
{
    return to_s > pn_exact_legs_begin_s(legs, leg) && from_s < pn_exact_legs_begin_s(legs, leg + 1) + PN_EXACT_JUMP_S;
}

static void pose_at(const pn_exact_legs *legs, uint32_t leg, double time_s, pn_exact_pose *out)
{
    pn_exact_legs_at(legs, leg, fmax(0.0, time_s), out);
}

/* How long the sound that is heard at a time was on its way: the root of |head(t) - source(t - lag)| - c lag. */
static double retarded(const voice *v, uint32_t leg, const pn_exact_pose *head, double time_s, double guess_s)
{
    pn_exact_pose own;
    double lag_s = guess_s;
    for (int i = 0; i < MOST_FIXED_POINTS; i++) { /* each gains a digit at a tenth of the speed of sound */
        pose_at(&v->legs, leg, time_s - lag_s, &own);
        const double next_s = pn_exact_distance(&v->source, head, &own) / PN_EXACT_SPEED_OF_SOUND_M_S;
        const double change_s = fabs(next_s - lag_s);
        lag_s = next_s;
        if (change_s < RETARDED_S) {
            return lag_s;
        }
    }
    double low_s = 0.0;
    double high_s = fmax(lag_s, 1e-3);
    for (int i = 0; i < BISECTIONS; i++) {
        pose_at(&v->legs, leg, time_s - high_s, &own);
        if (pn_exact_distance(&v->source, head, &own) < PN_EXACT_SPEED_OF_SOUND_M_S * high_s) {
            break;
        }
        low_s = high_s;
        high_s *= 2.0;
    }
    for (int i = 0; i < BISECTIONS; i++) {
        lag_s = 0.5 * (low_s + high_s);
        pose_at(&v->legs, leg, time_s - lag_s, &own);
        if (pn_exact_distance(&v->source, head, &own) > PN_EXACT_SPEED_OF_SOUND_M_S * lag_s) {
            low_s = lag_s;
        } else {
            high_s = lag_s;
        }
    }
    return lag_s;
}

static double lag_at(const pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg, int64_t local,
                     double guess_s)
{
    pn_exact_pose head;
    pose_at(&exact->listener, head_leg, seconds_of(exact, local), &head);
    return retarded(v, leg, &head, seconds_of(exact, local), guess_s);
}

/* Whether what a leg emits can be heard on a listener's leg in this stretch. */
static bool audible(const pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg)
{
    double from_s = seconds_of(exact, -(int64_t)exact->back - 1);
    double to_s = seconds_of(exact, STRETCH + (int64_t)exact->ahead + 1);
    if (v->delayed) {
        from_s -= lag_at(exact, v, leg, head_leg, -(int64_t)exact->back - 1, 0.0);
        to_s -= lag_at(exact, v, leg, head_leg, STRETCH + (int64_t)exact->ahead + 1, 0.0);
    }
    return sounds_between(&v->legs, leg, from_s, to_s);
}

/* ------------------------------------------------------------------------------------------------ the heard signal */

/* @return whether there is any */
static bool fill_heard(pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg)
{
    const pn_exact_source *s = &v->source;
    const double ratio = s->sample_rate_hz / exact->rate_hz;
    const int64_t window = (int64_t)exact->back + STRETCH + exact->ahead;
    const int64_t first = -(int64_t)exact->back;
    double lag_s = 0.0;
    bool any = false;
    for (int64_t i = -1; i <= window; i++) {
        lag_s = v->delayed ? lag_at(exact, v, leg, head_leg, first + i, lag_s) : 0.0;
        exact->lag_s[i + 1] = lag_s;
    }
    for (int64_t i = 0; i < window; i++) {
        const double frame = (double)(exact->begin + first + i) - v->start_frame;
        const double lag = exact->lag_s[i + 1] * exact->rate_hz;
        const double step = 1.0 + 0.5 * (exact->lag_s[i] - exact->lag_s[i + 2]) * exact->rate_hz;
        const double emitted = share(&v->legs, leg, seconds_of(exact, first + i) - exact->lag_s[i + 1]);
        exact->heard[i] = emitted == 0.0 ? 0.0
                                         : emitted * pn_exact_sinc_read(&exact->head->sinc, s->samples, s->frames,
                                                                        (s->flags & PN_SOURCE_LOOP) != 0,
                                                                        (frame - lag) * ratio, step * ratio);
        any = any || exact->heard[i] != 0.0;
    }
    return any;
}

/* ------------------------------------------------------------------------------------------------ directions */

static void poses_at(const pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg, int64_t local,
                     pn_exact_pose *head, pn_exact_pose *own)
{
    const double time_s = seconds_of(exact, local);
    pose_at(&exact->listener, head_leg, time_s, head);
    pose_at(&v->legs, leg, time_s - exact->lag_s[local + exact->back + 1], own);
}

static void fill_instants(pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg)
{
    const bool locked = (v->source.flags & PN_SOURCE_HEAD_LOCKED) != 0;
    uint32_t near[EARS] = {0, 0};
    for (uint32_t n = 0; n < STRETCH; n++) {
        pn_exact_pose head;
        pn_exact_pose own;
        instant *now = &exact->instants[n];
        poses_at(exact, v, leg, head_leg, n, &head, &own);
        pn_exact_view_of(&v->source, exact->head->distance_m, &head, &own, &now->view);
        now->listening = locked ? 1.0 : share(&exact->listener, head_leg, seconds_of(exact, n));
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const bool same =
                ear == 1 && memcmp(now->view.ear_dirs[0], now->view.ear_dirs[1], sizeof now->view.ear_dirs[0]) == 0;
            now->around[ear] =
                same ? now->around[0] : pn_exact_head_find(exact->head, now->view.ear_dirs[ear], near[ear]);
            near[ear] = now->around[ear].triangle;
            const double own_delay = pn_exact_head_delay(exact->head, &now->around[ear], ear);
            now->delay[ear] = own_delay + (exact->head->diotic_delay - own_delay) * now->view.nearness;
        }
    }
}

static bool colourless(const pn_exact_colour *colour)
{
    static const pn_exact_colour none;
    return memcmp(colour, &none, sizeof none) == 0;
}

/* @return whether any of the stretch is coloured */
static bool fill_colours(pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg)
{
    const uint32_t step = exact->scene.colour_step;
    bool any = false;
    for (uint32_t k = 0; k <= STRETCH / step && v->may_colour; k++) {
        pn_exact_pose head;
        pn_exact_pose own;
        pn_exact_view view;
        poses_at(exact, v, leg, head_leg, (int64_t)k * step, &head, &own);
        pn_exact_view_of(&v->source, exact->head->distance_m, &head, &own, &view);
        pn_exact_colour_of(&v->source, exact->head->distance_m, &head, &own, &view, &exact->colours[k]);
        any = any || !colourless(&exact->colours[k]);
    }
    if (any && !exact->palette_ready) {
        pn_arena arena = {.base = exact->palette_memory};
        pn_exact_palette_place(&arena, exact->rate_hz,
                               STRETCH + exact->longest + HALF + exact->head->taps + exact->ahead, &exact->palette);
        exact->palette_ready = true;
    }
    return any;
}

static bool same_colour(const pn_exact_colour *a, const pn_exact_colour *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* The heard signal up to local frame `end` through an ear's colours `from` and `to`, into passed[ear]: the two real
   results are the parts of one complex one. */
static void colour_ear(pn_exact *exact, uint32_t ear, const pn_exact_colour *from, const pn_exact_colour *to,
                       int64_t end)
{
    const size_t size = exact->palette.size;
    const size_t bins = size / 2 + 1;
    const double *in_re = exact->spectrum;
    const double *in_im = exact->spectrum + size;
    double *re = exact->product;
    double *im = exact->product + size;
    const bool moves = !same_colour(from, to);
    double *a_re = exact->tint;
    double *a_im = a_re + bins;
    double *b_re = a_im + bins;
    double *b_im = b_re + bins;
    pn_exact_palette_mix(&exact->palette, from, ear, a_re, a_im);
    if (moves) {
        pn_exact_palette_mix(&exact->palette, to, ear, b_re, b_im);
    }
    for (size_t k = 0; k < size; k++) {
        const size_t at = k < bins ? k : size - k;
        const double sign = k < bins ? 1.0 : -1.0;
        double c_re = a_re[at];
        double c_im = sign * a_im[at];
        if (moves) {
            c_re -= sign * b_im[at];
            c_im += b_re[at];
        }
        re[k] = in_re[k] * c_re - in_im[k] * c_im;
        im[k] = in_re[k] * c_im + in_im[k] * c_re;
    }
    pn_fft_f64_inverse(&exact->palette.fft, re, im);
    const size_t window = (size_t)exact->back + STRETCH + exact->ahead;
    double *out = exact->passed + (size_t)ear * VARIANTS * window;
    const size_t to_window = (size_t)(end + (int64_t)exact->ahead + exact->back);
    memcpy(out + to_window - size, re, size * sizeof *re);
    if (moves) {
        memcpy(out + window + to_window - size, im, size * sizeof *im);
    }
}

static void colour_interval(pn_exact *exact, const pn_exact_colour *from, const pn_exact_colour *to, int64_t end)
{
    const size_t size = exact->palette.size;
    const size_t window = (size_t)exact->back + STRETCH + exact->ahead;
    memcpy(exact->spectrum, exact->heard + (end + (int64_t)exact->ahead + exact->back) - size,
           size * sizeof *exact->spectrum);
    memset(exact->spectrum + size, 0, size * sizeof *exact->spectrum);
    pn_fft_f64_forward(&exact->palette.fft, exact->spectrum, exact->spectrum + size);
    colour_ear(exact, 0, from, to, end);
    if (memcmp(from->log_gain[0], from->log_gain[1], sizeof from->log_gain[0]) == 0 &&
        memcmp(to->log_gain[0], to->log_gain[1], sizeof to->log_gain[0]) == 0) {
        memcpy(exact->passed + VARIANTS * window, exact->passed, VARIANTS * window * sizeof *exact->passed);
    } else {
        colour_ear(exact, 1, from, to, end);
    }
}

/* ------------------------------------------------------------------------------------------------ the ears */

/* Frames [begin, end) of the stretch: one triangle, one ear, and colour between two. */
typedef struct run {
    uint32_t begin;
    uint32_t end;
    uint32_t ear;
    const double *signal[VARIANTS]; /* [back + STRETCH + ahead]; the second NULL where colour rests */
    uint32_t interval_begin;        /* of the colour */
    uint32_t interval_frames;
} run;

static const double *taps_of(const pn_exact_head *head, const run *r, const instant *at, uint32_t signal)
{
    if (signal == CORNERS) {
        return head->diotic;
    }
    const uint32_t node = head->triangles[at->around[r->ear].triangle].node[signal];
    return head->filters + ((size_t)EARS * node + r->ear) * head->taps;
}

static void render_run(pn_exact *exact, const run *r)
{
    const pn_exact_head *head = exact->head;
    const instant *at = exact->instants;
    const size_t room = (size_t)exact->longest + STRETCH + TAPS;
    const int64_t from = (int64_t)r->begin - exact->longest - HALF;
    const int64_t count = (int64_t)r->end + HALF - from;
    bool inside = false;
    double weights[TAPS];
    double weighed = -1.0; /* the delay that they are for */
    int64_t whole = 0;
    for (uint32_t n = r->begin; n < r->end; n++) {
        inside = inside || at[n].view.nearness > 0.0;
    }
    for (uint32_t variant = 0; variant < VARIANTS && r->signal[variant] != NULL; variant++) {
        for (uint32_t signal = 0; signal < (inside ? SIGNALS : CORNERS); signal++) {
            const double *taps = taps_of(head, r, &at[r->begin], signal);
            double *out = exact->filtered + ((size_t)variant * SIGNALS + signal) * room;
            for (int64_t i = 0; i < count; i++) {
                const double *newest = r->signal[variant] + exact->back + from + i + head->lead;
                out[i] = pn_exact_inner(taps, newest, -1, head->taps);
            }
        }
    }
    for (uint32_t n = r->begin; n < r->end; n++) {
        const instant *now = &at[n];
        if (now->delay[r->ear] != weighed) {
            weighed = now->delay[r->ear];
            whole = pn_exact_sinc_weights(&head->sinc, -weighed, weights);
        }
        const double later = ((double)n - r->interval_begin) / r->interval_frames;
        const double own = 1.0 - now->view.nearness;
        double sum = 0.0;
        for (uint32_t variant = 0; variant < VARIANTS && r->signal[variant] != NULL; variant++) {
            const double part = r->signal[1] == NULL ? 1.0 : (variant == 0 ? 1.0 - later : later);
            for (uint32_t signal = 0; signal < (inside ? SIGNALS : CORNERS); signal++) {
                const double *u = exact->filtered + ((size_t)variant * SIGNALS + signal) * room + (n + whole - from);
                const double weight = signal == CORNERS ? now->view.nearness : own * now->around[r->ear].weight[signal];
                sum += weight == 0.0 ? 0.0 : part * weight * pn_exact_inner(weights, u, 1, TAPS);
            }
        }
        exact->mix[(size_t)r->ear * STRETCH + n] += now->listening * now->view.gain * sum;
    }
}

static void render_interval(pn_exact *exact, run r, uint32_t end)
{
    for (uint32_t begin = r.begin; begin < end; begin = r.end) {
        const uint32_t triangle = exact->instants[begin].around[r.ear].triangle;
        r.begin = begin;
        r.end = begin + 1;
        while (r.end < end && exact->instants[r.end].around[r.ear].triangle == triangle) {
            r.end++;
        }
        render_run(exact, &r);
    }
}

static void render_legs(pn_exact *exact, const voice *v, uint32_t leg, uint32_t head_leg)
{
    if (!fill_heard(exact, v, leg, head_leg)) {
        return;
    }
    fill_instants(exact, v, leg, head_leg);
    if (!fill_colours(exact, v, leg, head_leg)) {
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const run all = {.ear = ear, .signal = {exact->heard, NULL}, .interval_frames = STRETCH};
            render_interval(exact, all, STRETCH);
        }
        return;
    }
    const uint32_t step = exact->scene.colour_step;
    const size_t window = (size_t)exact->back + STRETCH + exact->ahead;
    for (uint32_t begin = 0; begin < STRETCH;) {
        const pn_exact_colour *from = &exact->colours[begin / step];
        const bool moves = !same_colour(from, from + 1);
        uint32_t end = begin + step;
        while (!moves && end < STRETCH && same_colour(from, &exact->colours[end / step + 1])) {
            end += step;
        }
        colour_interval(exact, from, from + 1, end);
        for (uint32_t ear = 0; ear < EARS; ear++) {
            const double *passed = exact->passed + (size_t)ear * VARIANTS * window;
            const run part = {.begin = begin,
                              .ear = ear,
                              .signal = {passed, moves ? passed + window : NULL},
                              .interval_begin = begin,
                              .interval_frames = end - begin};
            render_interval(exact, part, end);
        }
        begin = end;
    }
}

static void render_source(pn_exact *exact, const voice *v)
{
    const bool locked = (v->source.flags & PN_SOURCE_HEAD_LOCKED) != 0; /* what the head does is all one */
    for (uint32_t head_leg = 0; head_leg < (locked ? 1 : exact->listener.count); head_leg++) {
        if (!locked && !sounds_between(&exact->listener, head_leg, seconds_of(exact, 0), seconds_of(exact, STRETCH))) {
            continue;
        }
        for (uint32_t leg = 0; leg < v->legs.count; leg++) {
            if (audible(exact, v, leg, head_leg)) {
                render_legs(exact, v, leg, head_leg);
            }
        }
    }
}

/* ------------------------------------------------------------------------------------------------ the sum */

/* As dsp/pn_limiter.h, without the ramps of a switch. */
static void limit(pn_exact *exact)
{
    const double release = exp(-1.0 / (LIMITER_RELEASE_S * exact->rate_hz));
    for (uint32_t n = 0; n < STRETCH; n++) {
        const double peak = fmax(fabs(exact->mix[n]), fabs(exact->mix[STRETCH + n]));
        exact->envelope = fmax(peak, exact->envelope * release);
        if (exact->envelope > LIMITER_KNEE) {
            const double over = (exact->envelope - LIMITER_KNEE) / (1.0 - LIMITER_KNEE);
            const double level = LIMITER_KNEE + (1.0 - LIMITER_KNEE) * over / (1.0 + over);
            exact->mix[n] *= level / exact->envelope;
            exact->mix[STRETCH + n] *= level / exact->envelope;
        }
    }
}

bool pn_exact_work(pn_exact *exact)
{
    if (exact->finished) {
        return false;
    }
    if (exact->next_source < exact->scene.source_count) {
        render_source(exact, &exact->voices[exact->next_source++]);
        return true;
    }
    for (uint32_t i = 0; i < EARS * STRETCH; i++) {
        exact->mix[i] *= exact->scene.gain;
    }
    if (exact->scene.limiter) {
        limit(exact);
    }
    exact->finished = true;
    return true;
}

void pn_exact_render(pn_exact *exact, double *left, double *right, uint32_t frames)
{
    for (uint32_t done = 0; done < frames;) {
        while (pn_exact_work(exact)) {
        }
        const uint32_t left_over = STRETCH - exact->given;
        const uint32_t now = frames - done < left_over ? frames - done : left_over;
        memcpy(left + done, exact->mix + exact->given, now * sizeof *left);
        memcpy(right + done, exact->mix + STRETCH + exact->given, now * sizeof *right);
        done += now;
        exact->given += now;
        if (exact->given == STRETCH) {
            exact->given = 0;
            exact->begin += STRETCH;
            exact->next_source = 0;
            exact->finished = false;
            memset(exact->mix, 0, (size_t)EARS * STRETCH * sizeof *exact->mix);
        }
    }
}
