/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_decoder.h"

#include <math.h>
#include <string.h>

#include "base/pn_arena.h"
#include "base/pn_hop.h"
#include "dsp/pn_fft.h"
#include "hrtf/pn_bake_sphere.h"
#include "simd/pn_simd.h"

enum {
    EARS = 2,
    LANES = 4,
    POINTS = 240,           /* directions, 13 degrees apart; whole vectors. With 480, LSD 0.02 dB better */
    FINER = 4,              /* transforms are so much longer than the renderer's */
    ROUNDS = 4,             /* with 1, LSD below the border 0.4 dB worse; with 9, 0.1 dB better */
    ORDERS = PN_HARMONICS_ORDER,
    CHANNELS = 4 + 9 + 16,  /* of all orders */
    SIGNALS = CHANNELS * EARS,
    FADE_IN = 4,            /* frames, at the ends of what a hop can hold */
    FADE_OUT = 16,
};

/* The border of the orders, where an ear's distance from the middle is about the order in radians. */
static const double BORDER_HZ = 546.0;
static const double LOWEST_BORDER_HZ = 1000.0;

/* Of the way to the head's own diffuse field. All of it takes 0.7 to 1.2 dB of LSD from single directions, none leaves
   orders 1 and 2 an interaural coherence that is 0.6 too high; half costs 0.3 to 0.5 dB and leaves 0.3. */
static const double DIFFUSE_SHARE = 0.5;

static const double NOTHING = 1e-30;

/* A signal is what one ear hears of one channel: [channel][ear]. */
typedef struct scratch {
    pn_fft4 *fft;
    pn_fft4 *fine;
    uint32_t fine_frames;
    uint32_t fine_bins;
    uint32_t middle;    /* frames: of all responses; spectra are as if it were time 0 */
    uint32_t hint;
    float *pair;
    pn_f32x4 *spectrum; /* [fine_frames + 2] */
    pn_f32x4 *time;     /* [fine_frames] */
    float *basis;       /* [PN_HARMONICS_CHANNELS][POINTS] */
    double *weight;     /* [EARS][POINTS] of an error */
    float *project;     /* [SIGNALS][POINTS] from directions to coefficients */
    double *normal;     /* [PN_HARMONICS_CHANNELS ^ 2] */
    double *sides;      /* [POINTS][PN_HARMONICS_CHANNELS] */
    float *level;       /* [fine_bins][EARS][POINTS] magnitudes of the head */
    double *power;      /* [EARS][fine_bins] mean over directions */
    double *cross;      /* [re, im][fine_bins] mean of left times conjugate right */
    float *responses;   /* [SIGNALS][fft_frames] in time */
    float *plain;       /* [SIGNALS][re, im][fine_bins] least squares */
    float *spectra;     /* [SIGNALS][re, im][fine_bins] */
    float *target;      /* [re, im][POINTS] */
} scratch;

/* The first of an order's channels among all. */
static uint32_t first_of(uint32_t order)
{
    return order == 1 ? 0 : (order == 2 ? 4 : 13);
}

const float *pn_decoder_filter(const pn_decoder *decoder, uint32_t order, uint32_t channel)
{
    const float *filters = (const float *)(const void *)((const char *)decoder + decoder->filters_at);
    return filters + (size_t)(first_of(order) + channel) * 4 * decoder->bins_padded;
}

static pn_vec3 direction(uint32_t point)
{
    double dir[3];
    pn_fibonacci_dir(point, POINTS, dir);
    return (pn_vec3){(float)dir[0], (float)dir[1], (float)dir[2]};
}

static pn_hrtf_key key_at(const pn_hrtf *set, pn_vec3 dir)
{
    const bool field = pn_hrtf_is_field(set);
    const float far = set->distance_m > set->farthest_m ? set->farthest_m : set->distance_m;
    return (pn_hrtf_key){
        .ear_dirs = {dir, dir},
        .gain = 1.0f,
        .distance_m = field ? (far > set->nearest_m ? far : set->nearest_m) : 0.0f,
        .facing = field ? pn_vec3_scale(dir, -1.0f) : (pn_vec3){0.0f, 0.0f, 0.0f},
    };
}

/* Two directions' filters, in time: lanes first left, first right, second left, second right. */
static void ask_head(scratch *s, const pn_hrtf *set, uint32_t point)
{
    const uint32_t bins = set->bins_padded;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        if (lane % EARS == 0) {
            const pn_hrtf_key key = key_at(set, direction(point + lane / EARS));
            pn_hrtf_filter_at(set, &key, &s->hint, s->pair);
        }
        const float *re = s->pair + (size_t)(lane % EARS) * 2 * bins;
        for (uint32_t k = 0; k <= set->fft_frames / 2; k++) {
            s->spectrum[2 * k][lane] = re[k];
            s->spectrum[2 * k + 1][lane] = re[bins + k];
        }
    }
    pn_fft4_inverse(s->fft, s->spectrum, s->time);
    memset(s->time + set->fft_frames, 0, (s->fine_frames - set->fft_frames) * sizeof *s->time);
}

/* What an error weighs: less where the head is loud, so that its far side is not left to chance. Weighed alike, LSD is
   0.4 dB and the interaural level 0.1 dB worse. */
static void weigh(scratch *s, const pn_hrtf *set)
{
    for (uint32_t point = 0; point < POINTS; point += 2) {
        double energy[LANES] = {NOTHING, NOTHING, NOTHING, NOTHING};
        ask_head(s, set, point);
        for (uint32_t n = 0; n < set->fft_frames; n++) {
            for (uint32_t lane = 0; lane < LANES; lane++) {
                energy[lane] += (double)(s->time[n][lane] * s->time[n][lane]);
            }
        }
        for (uint32_t lane = 0; lane < LANES; lane++) {
            s->weight[(lane % EARS) * POINTS + point + lane / EARS] = 1.0 / sqrt(energy[lane]);
        }
    }
}

/* For an ear and an order, the weighed least-squares way from directions to coefficients. */
static void project_fill(scratch *s, uint32_t order, uint32_t ear)
{
    const uint32_t n = pn_harmonics_channels(order);
    const double *weight = s->weight + (size_t)ear * POINTS;
    for (uint32_t i = 0; i < n * n; i++) {
        double sum = 0.0;
        for (uint32_t point = 0; point < POINTS; point++) {
            sum += weight[point] * (double)s->basis[i / n * POINTS + point] * (double)s->basis[i % n * POINTS + point];
        }
        s->normal[i] = sum;
    }
    for (uint32_t i = 0; i < POINTS * n; i++) {
        s->sides[i] = weight[i / n] * (double)s->basis[i % n * POINTS + i / n];
    }
    (void)pn_solve_spd(s->normal, n, s->sides, POINTS); /* even directions: always definite */
    for (uint32_t i = 0; i < POINTS * n; i++) {
        s->project[((size_t)(first_of(order) + i % n) * EARS + ear) * POINTS + i / n] = (float)s->sides[i];
    }
}

static void basis_fill(scratch *s)
{
    for (uint32_t point = 0; point < POINTS; point++) {
        float gains[PN_HARMONICS_CHANNELS];
        pn_harmonics_at(direction(point), gains);
        for (uint32_t c = 0; c < PN_HARMONICS_CHANNELS; c++) {
            s->basis[c * POINTS + point] = gains[c];
        }
    }
}

/* All directions: their least-squares responses, magnitudes, and what diffuse sound is like. */
static void listen_around(scratch *s, const pn_hrtf *set)
{
    const uint32_t frames = set->fft_frames;
    double energy = NOTHING;
    double moment = 0.0;
    memset(s->responses, 0, (size_t)SIGNALS * frames * sizeof *s->responses);
    memset(s->power, 0, (size_t)EARS * s->fine_bins * sizeof *s->power);
    memset(s->cross, 0, (size_t)2 * s->fine_bins * sizeof *s->cross);
    for (uint32_t point = 0; point < POINTS; point += 2) {
        ask_head(s, set, point);
        for (uint32_t i = 0; i < SIGNALS; i++) {
            const float *by = s->project + (size_t)i * POINTS + point;
            float *sum = s->responses + (size_t)i * frames;
            for (uint32_t n = 0; n < frames; n++) {
                sum[n] += by[0] * s->time[n][i % EARS] + by[1] * s->time[n][EARS + i % EARS];
            }
        }
        for (uint32_t n = 0; n < frames; n++) {
            const double square = (double)pn_f32x4_sum(s->time[n] * s->time[n]);
            energy += square;
            moment += square * n;
        }
        pn_fft4_forward(s->fine, s->time, s->spectrum);
        for (uint32_t k = 0; k < s->fine_bins; k++) {
            const pn_f32x4 re = s->spectrum[2 * k];
            const pn_f32x4 im = s->spectrum[2 * k + 1];
            for (uint32_t lane = 0; lane < LANES; lane++) {
                const float square = re[lane] * re[lane] + im[lane] * im[lane];
                s->level[((size_t)k * EARS + lane % EARS) * POINTS + point + lane / EARS] = sqrtf(square);
                s->power[(lane % EARS) * s->fine_bins + k] += (double)square / POINTS;
            }
            for (uint32_t left = 0; left < LANES; left += EARS) {
                s->cross[k] += (double)(re[left] * re[left + 1] + im[left] * im[left + 1]) / POINTS;
                s->cross[s->fine_bins + k] += (double)(im[left] * re[left + 1] - re[left] * im[left + 1]) / POINTS;
            }
        }
    }
    s->middle = (uint32_t)(moment / energy + 0.5);
}

/* From responses to spectra. */
static void spectra_fill(scratch *s, uint32_t frames)
{
    for (uint32_t first = 0; first < SIGNALS; first += LANES) {
        memset(s->time, 0, s->fine_frames * sizeof *s->time);
        for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
            const float *response = s->responses + (size_t)(first + lane) * frames;
            for (uint32_t n = 0; n < frames; n++) {
                s->time[(n + s->fine_frames - s->middle) % s->fine_frames][lane] = response[n];
            }
        }
        pn_fft4_forward(s->fine, s->time, s->spectrum);
        for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
            float *out = s->spectra + (size_t)(first + lane) * 2 * s->fine_bins;
            for (uint32_t k = 0; k < s->fine_bins; k++) {
                out[k] = s->spectrum[2 * k][lane];
                out[s->fine_bins + k] = s->spectrum[2 * k + 1][lane];
            }
        }
    }
}

/* And back, cut to what a hop of overlap-save can hold. */
static void responses_fill(scratch *s, uint32_t frames)
{
    const uint32_t longest = frames - PN_HOP_FRAMES + 1;
    for (uint32_t first = 0; first < SIGNALS; first += LANES) {
        memset(s->spectrum, 0, (s->fine_frames + 2) * sizeof *s->spectrum);
        for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
            const float *from = s->spectra + (size_t)(first + lane) * 2 * s->fine_bins;
            for (uint32_t k = 0; k < s->fine_bins; k++) {
                s->spectrum[2 * k][lane] = from[k];
                s->spectrum[2 * k + 1][lane] = from[s->fine_bins + k];
            }
        }
        pn_fft4_inverse(s->fine, s->spectrum, s->time);
        for (uint32_t n = 0; n < frames; n++) {
            const float in = n < FADE_IN ? ((float)n + 1.0f) / (FADE_IN + 1) : 1.0f;
            const float out = n + FADE_OUT >= longest ? (float)(longest - n) / (FADE_OUT + 1) : 1.0f;
            const float gain = n < longest ? in * out / (float)s->fine_frames : 0.0f;
            for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
                s->responses[(size_t)(first + lane) * frames + n] =
                    gain * s->time[(n + s->fine_frames - s->middle) % s->fine_frames][lane];
            }
        }
    }
}

/* One bin of one ear of an order: the head's magnitudes with the phase that the decoder has at bin `from` now. */
static void carry_on(scratch *s, uint32_t order, uint32_t ear, uint32_t k, uint32_t from)
{
    const uint32_t n = pn_harmonics_channels(order);
    const float *level = s->level + ((size_t)k * EARS + ear) * POINTS;
    float *spectra = s->spectra + ((size_t)first_of(order) * EARS + ear) * 2 * s->fine_bins;
    const size_t next = (size_t)EARS * 2 * s->fine_bins;
    for (uint32_t point = 0; point < POINTS; point += LANES) {
        pn_f32x4 re = pn_f32x4_splat(0.0f);
        pn_f32x4 im = pn_f32x4_splat(0.0f);
        for (uint32_t c = 0; c < n; c++) {
            const pn_f32x4 y = pn_f32x4_load(s->basis + (size_t)c * POINTS + point);
            re += y * pn_f32x4_splat(spectra[c * next + from]);
            im += y * pn_f32x4_splat(spectra[c * next + s->fine_bins + from]);
        }
        const pn_f32x4 square = re * re + im * im;
        pn_f32x4 gain;
        for (int lane = 0; lane < LANES; lane++) {
            gain[lane] = square[lane] > 0.0f ? level[point + (uint32_t)lane] / sqrtf(square[lane]) : 0.0f;
        }
        pn_f32x4_store(s->target + point, re * gain);
        pn_f32x4_store(s->target + POINTS + point, im * gain);
    }
    for (uint32_t c = 0; c < n; c++) {
        const float *by = s->project + ((size_t)(first_of(order) + c) * EARS + ear) * POINTS;
        pn_f32x4 re = pn_f32x4_splat(0.0f);
        pn_f32x4 im = pn_f32x4_splat(0.0f);
        for (uint32_t point = 0; point < POINTS; point += LANES) {
            const pn_f32x4 p = pn_f32x4_load(by + point);
            re += p * pn_f32x4_load(s->target + point);
            im += p * pn_f32x4_load(s->target + POINTS + point);
        }
        spectra[c * next + k] = pn_f32x4_sum(re);
        spectra[c * next + s->fine_bins + k] = pn_f32x4_sum(im);
    }
}

typedef struct complex64 {
    double re, im;
} complex64;

static complex64 times(complex64 a, complex64 b)
{
    return (complex64){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static complex64 plus(complex64 a, complex64 b)
{
    return (complex64){a.re + b.re, a.im + b.im};
}

static complex64 scaled(complex64 a, double by)
{
    return (complex64){a.re * by, a.im * by};
}

static complex64 conjugate(complex64 a)
{
    return (complex64){a.re, -a.im};
}

static double norm(complex64 a)
{
    return a.re * a.re + a.im * a.im;
}

/* The lower triangle K with K K^H = [left, cross; cross*, right]. @return false where there is nothing to speak of */
static bool factor(double left, double right, complex64 cross, double *k00, complex64 *k10, double *k11)
{
    if (!(left > NOTHING)) {
        return false;
    }
    *k00 = sqrt(left);
    *k10 = scaled(conjugate(cross), 1.0 / *k00);
    const double rest = right - norm(*k10);
    if (!(rest > NOTHING + 1e-9 * right)) {
        return false;
    }
    *k11 = sqrt(rest);
    return true;
}

/* One bin of an order: diffuse sound as the head has it, by the least mixing of the two ears, DIFFUSE_SHARE of it. */
static void mend_diffuse(scratch *s, uint32_t order, uint32_t bin)
{
    const uint32_t n = pn_harmonics_channels(order);
    const uint32_t bins = s->fine_bins;
    float *spectra = s->spectra + (size_t)first_of(order) * EARS * 2 * bins + bin;
    double power[EARS] = {0.0, 0.0};
    complex64 cross = {0.0, 0.0};
    for (uint32_t c = 0; c < n; c++) {
        const float *l = spectra + (size_t)c * EARS * 2 * bins;
        const complex64 left = {(double)l[0], (double)l[bins]};
        const complex64 right = {(double)l[2 * bins], (double)l[3 * bins]};
        const double share = 1.0 / (double)(c == 0 ? 1 : (c < 4 ? 3 : (c < 9 ? 5 : 7))); /* SN3D */
        power[0] += share * norm(left);
        power[1] += share * norm(right);
        cross = plus(cross, scaled(times(left, conjugate(right)), share));
    }
    double d00;
    double d11;
    double t00;
    double t11;
    complex64 d10;
    complex64 t10;
    const complex64 wanted = {s->cross[bin], s->cross[bins + bin]};
    if (!factor(power[0], power[1], cross, &d00, &d10, &d11) ||
        !factor(s->power[bin], s->power[bins + bin], wanted, &t00, &t10, &t11)) {
        return;
    }
    /* The unitary matrix nearest to A = T^H D, in closed form: (A + |det A| A^-H) / (sum of its singular values);
       det A is real and positive here. */
    const complex64 a[4] = {
        plus((complex64){t00 * d00, 0.0}, times(conjugate(t10), d10)),
        scaled(conjugate(t10), d11),
        scaled(d10, t11),
        {t11 * d11, 0.0},
    };
    const double determinant = t00 * t11 * d00 * d11;
    const double sum = sqrt(norm(a[0]) + norm(a[1]) + norm(a[2]) + norm(a[3]) + 2.0 * determinant);
    const complex64 q[4] = {
        scaled(plus(a[0], conjugate(a[3])), 1.0 / sum),
        scaled(plus(a[1], scaled(conjugate(a[2]), -1.0)), 1.0 / sum),
        scaled(plus(a[2], scaled(conjugate(a[1]), -1.0)), 1.0 / sum),
        scaled(plus(a[3], conjugate(a[0])), 1.0 / sum),
    };
    /* M = T Q D^-1 */
    const complex64 tq[4] = {
        scaled(q[0], t00),
        scaled(q[1], t00),
        plus(times(t10, q[0]), scaled(q[2], t11)),
        plus(times(t10, q[1]), scaled(q[3], t11)),
    };
    complex64 m[4];
    for (int row = 0; row < 2; row++) {
        m[2 * row + 1] = scaled(tq[2 * row + 1], 1.0 / d11);
        m[2 * row] = scaled(plus(tq[2 * row], scaled(times(m[2 * row + 1], d10), -1.0)), 1.0 / d00);
    }
    for (int i = 0; i < 4; i++) {
        m[i] = scaled(m[i], DIFFUSE_SHARE);
        m[i].re += i % 3 == 0 ? 1.0 - DIFFUSE_SHARE : 0.0;
    }
    for (uint32_t c = 0; c < n; c++) {
        float *l = spectra + (size_t)c * EARS * 2 * bins;
        const complex64 left = {(double)l[0], (double)l[bins]};
        const complex64 right = {(double)l[2 * bins], (double)l[3 * bins]};
        const complex64 new_left = plus(times(m[0], left), times(m[1], right));
        const complex64 new_right = plus(times(m[2], left), times(m[3], right));
        l[0] = (float)new_left.re;
        l[bins] = (float)new_left.im;
        l[2 * bins] = (float)new_right.re;
        l[3 * bins] = (float)new_right.im;
    }
}

/* Sets bins below the border to least squares, the others to magnitudes: at first going up from bin to bin, then again
   from the phases that were left by the cut. */
static void round_of(scratch *s, double rate_hz, bool first_round)
{
    for (uint32_t order = 1; order <= ORDERS; order++) {
        const double border = BORDER_HZ * order > LOWEST_BORDER_HZ ? BORDER_HZ * order : LOWEST_BORDER_HZ;
        const double border_bin = border * s->fine_frames / rate_hz;
        const uint32_t first = border_bin < s->fine_bins - 1 ? (uint32_t)border_bin + 1 : s->fine_bins;
        for (uint32_t i = first_of(order) * EARS * 2; i < (first_of(order) + pn_harmonics_channels(order)) * EARS * 2;
             i++) {
            memcpy(s->spectra + (size_t)i * s->fine_bins, s->plain + (size_t)i * s->fine_bins, first * sizeof(float));
        }
        for (uint32_t k = first; k < s->fine_bins; k++) {
            for (uint32_t ear = 0; ear < EARS; ear++) {
                carry_on(s, order, ear, k, first_round ? k - 1 : k);
            }
        }
    }
}

static void filters_fill(scratch *s, const pn_hrtf *set, float *filters)
{
    const uint32_t frames = set->fft_frames;
    const uint32_t bins = set->bins_padded;
    for (uint32_t first = 0; first < SIGNALS; first += LANES) {
        memset(s->time, 0, frames * sizeof *s->time);
        for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
            for (uint32_t n = 0; n < frames; n++) {
                s->time[n][lane] = s->responses[(size_t)(first + lane) * frames + n] / (float)frames;
            }
        }
        pn_fft4_forward(s->fft, s->time, s->spectrum);
        for (uint32_t lane = 0; lane < LANES && first + lane < SIGNALS; lane++) {
            float *to = filters + (size_t)(first + lane) * 2 * bins;
            memset(to, 0, 2 * bins * sizeof *to);
            for (uint32_t k = 0; k <= frames / 2; k++) {
                to[k] = s->spectrum[2 * k][lane];
                to[bins + k] = s->spectrum[2 * k + 1][lane];
            }
        }
    }
}

/* Measures with a null base, places otherwise; one function so that the two cannot disagree. */
static pn_decoder *place(pn_arena *arena, const pn_hrtf *set)
{
    scratch s = {.fine_frames = FINER * set->fft_frames, .fine_bins = FINER * set->fft_frames / 2 + 1};
    pn_decoder *decoder = PN_TAKE(arena, pn_decoder, 1);
    float *filters = PN_TAKE(arena, float, (size_t)CHANNELS * 4 * set->bins_padded);
    const size_t mark = arena->used;
    s.fft = pn_fft4_place(arena, set->fft_frames);
    s.fine = pn_fft4_place(arena, s.fine_frames);
    s.pair = PN_TAKE(arena, float, (size_t)4 * set->bins_padded);
    s.spectrum = PN_TAKE(arena, pn_f32x4, s.fine_frames + 2);
    s.time = PN_TAKE(arena, pn_f32x4, s.fine_frames);
    s.basis = PN_TAKE(arena, float, PN_HARMONICS_CHANNELS *POINTS);
    s.weight = PN_TAKE(arena, double, EARS *POINTS);
    s.project = PN_TAKE(arena, float, SIGNALS *POINTS);
    s.normal = PN_TAKE(arena, double, PN_HARMONICS_CHANNELS *PN_HARMONICS_CHANNELS);
    s.sides = PN_TAKE(arena, double, PN_HARMONICS_CHANNELS *POINTS);
    s.level = PN_TAKE(arena, float, (size_t)s.fine_bins *EARS *POINTS);
    s.power = PN_TAKE(arena, double, (size_t)EARS *s.fine_bins);
    s.cross = PN_TAKE(arena, double, (size_t)2 * s.fine_bins);
    s.responses = PN_TAKE(arena, float, (size_t)SIGNALS * set->fft_frames);
    s.plain = PN_TAKE(arena, float, (size_t)SIGNALS * 2 * s.fine_bins);
    s.spectra = PN_TAKE(arena, float, (size_t)SIGNALS * 2 * s.fine_bins);
    s.target = PN_TAKE(arena, float, 2 * POINTS);
    pn_arena_release(arena, mark);
    if (decoder == NULL) {
        return NULL;
    }
    *decoder = (pn_decoder){
        .sample_rate_hz = set->sample_rate_hz,
        .bytes = (uint32_t)mark,
        .fft_frames = set->fft_frames,
        .bins_padded = set->bins_padded,
        .filters_at = (uint32_t)((const char *)filters - (const char *)decoder),
    };
    basis_fill(&s);
    weigh(&s, set);
    for (uint32_t i = 0; i < ORDERS * EARS; i++) {
        project_fill(&s, 1 + i / EARS, i % EARS);
    }
    listen_around(&s, set);
    spectra_fill(&s, set->fft_frames);
    memcpy(s.plain, s.spectra, (size_t)SIGNALS * 2 * s.fine_bins * sizeof *s.plain);
    for (int turn = 0; turn < ROUNDS; turn++) {
        if (turn > 0) {
            responses_fill(&s, set->fft_frames);
            spectra_fill(&s, set->fft_frames);
        }
        round_of(&s, set->sample_rate_hz, turn == 0);
    }
    for (uint32_t i = 0; i < ORDERS * s.fine_bins; i++) {
        mend_diffuse(&s, 1 + i / s.fine_bins, i % s.fine_bins);
    }
    responses_fill(&s, set->fft_frames);
    filters_fill(&s, set, filters);
    return decoder;
}

pn_status pn_decoder_size(const pn_hrtf *hrtf, size_t *out_bytes)
{
    pn_arena arena = {0};
    if (out_bytes == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out_bytes = 0;
    if (hrtf == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    (void)place(&arena, hrtf);
    *out_bytes = arena.peak;
    return PN_OK;
}

pn_status pn_decoder_init(void *memory, size_t bytes, const pn_hrtf *hrtf, const pn_decoder **out)
{
    size_t needed = 0;
    if (out == NULL) {
        return PN_ERROR_ARGUMENT;
    }
    *out = NULL;
    const pn_status status = pn_decoder_size(hrtf, &needed);
    if (status != PN_OK) {
        return status;
    }
    if (!pn_arena_fits(memory, bytes, needed)) {
        return PN_ERROR_MEMORY;
    }
    pn_arena arena = {.base = memory};
    *out = place(&arena, hrtf);
    return PN_OK;
}

size_t pn_decoder_bytes(const pn_decoder *decoder)
{
    return decoder->bytes;
}
