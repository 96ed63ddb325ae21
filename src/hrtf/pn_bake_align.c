/* SPDX-License-Identifier: MIT */
#include "hrtf/pn_bake_align.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

/* Frames at 48 kHz by which an onset may change per radian: twice a head's radius, on the far side, and more; and what
   a rearranged loudspeaker adds. */
#define FRAMES_PER_RAD 20.0
#define FRAMES_BESIDES 3.0

#define ANCHOR 1e-3         /* weight of an onset beside a pair of likeness 1 */
#define DOUBT_FRAMES 0.5    /* a pair this far off the fit has half its weight */
#define FALSE_FRAMES 3.0    /* and so has an onset this far off */

enum { ROUNDS = 6, CG_STEPS = 300, NEWTON_STEPS = 5, MOST_RANGE = 24, MOST_OFFSET = 96 };

void pn_align_place(pn_arena *arena, size_t max_nodes, pn_align *out)
{
    pn_fft_f64_place(arena, PN_ALIGN_SIZE, &out->fft);
    out->excerpts = PN_TAKE(arena, float, 2 * max_nodes * PN_ALIGN_EXCERPT_FRAMES);
    out->begins = PN_TAKE(arena, double, 2 * max_nodes);
    out->pairs = PN_TAKE(arena, pn_align_pair, max_nodes * PN_ALIGN_NEIGHBOURS);
    out->here_re = PN_TAKE(arena, double, PN_ALIGN_SIZE);
    out->here_im = PN_TAKE(arena, double, PN_ALIGN_SIZE);
    out->there_re = PN_TAKE(arena, double, PN_ALIGN_SIZE);
    out->there_im = PN_TAKE(arena, double, PN_ALIGN_SIZE);
    out->unknown = PN_TAKE(arena, double, max_nodes);
    out->residual = PN_TAKE(arena, double, max_nodes);
    out->direction = PN_TAKE(arena, double, max_nodes);
    out->product = PN_TAKE(arena, double, max_nodes);
    out->anchors = PN_TAKE(arena, double, max_nodes);
    out->weights = PN_TAKE(arena, double, max_nodes *PN_ALIGN_NEIGHBOURS);
}

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* What a bin weighs: half whitened, and falling above 6 kHz. Leaving out every other KEMAR direction, this gave the
   smallest ITD errors (5.7 us mean, 55 at most; plain correlation 6.9 and 128) at the LSD of the best. */
static double emphasis(size_t bin, double magnitude)
{
    const double octaves = (double)bin * (48000.0 / PN_ALIGN_SIZE) / 6000.0;
    const double fourth = octaves * octaves * octaves * octaves;
    return magnitude > 0.0 ? 1.0 / (sqrt(magnitude) * (1.0 + fourth * fourth)) : 0.0;
}

/* A node's excerpt as a spectrum. */
static void transform(const pn_align *state, size_t row, double *re, double *im)
{
    const float *excerpt = state->excerpts + row * PN_ALIGN_EXCERPT_FRAMES;
    memset(re, 0, PN_ALIGN_SIZE * sizeof(double));
    memset(im, 0, PN_ALIGN_SIZE * sizeof(double));
    for (size_t i = 0; i < PN_ALIGN_EXCERPT_FRAMES; i++) {
        re[i] = (double)excerpt[i];
    }
    pn_fft_f64_forward(&state->fft, re, im);
}

/* The correlation's value and derivatives at a lag, from its spectrum. */
static double correlate(const double *re, const double *im, double lag, double *first, double *second)
{
    double value = re[0];
    *first = 0.0;
    *second = 0.0;
    for (size_t k = 1; k < PN_ALIGN_SIZE / 2; k++) {
        const double omega = 2.0 * PI * (double)k / PN_ALIGN_SIZE;
        const double c = cos(omega * lag);
        const double s = sin(omega * lag);
        const double real = re[k] * c - im[k] * s;
        const double imag = re[k] * s + im[k] * c;
        value += 2.0 * real;
        *first -= 2.0 * omega * imag;
        *second -= 2.0 * omega * omega * real;
    }
    return value / PN_ALIGN_SIZE;
}

/* The lag, within `range` of `centre`, at which `here` follows `there` best; their likeness there, 0 to 1. */
static double best_lag(pn_align *state, double centre, double range, double *likeness)
{
    double *re = state->there_re; /* becomes the correlation's spectrum, then the correlation */
    double *im = state->there_im;
    double spectrum_re[PN_ALIGN_SIZE / 2 + 1];
    double spectrum_im[PN_ALIGN_SIZE / 2 + 1];
    double first = 0.0;
    double second = 0.0;
    double most = 0.0;
    for (size_t k = 0; k < PN_ALIGN_SIZE; k++) {
        const double real = state->here_re[k] * re[k] + state->here_im[k] * im[k];
        const double imag = state->here_im[k] * re[k] - state->here_re[k] * im[k];
        const double magnitude = sqrt(real * real + imag * imag);
        const double weight = emphasis(k <= PN_ALIGN_SIZE / 2 ? k : PN_ALIGN_SIZE - k, magnitude);
        re[k] = weight * real;
        im[k] = weight * imag;
        most += weight * magnitude / PN_ALIGN_SIZE;
    }
    memcpy(spectrum_re, re, sizeof spectrum_re);
    memcpy(spectrum_im, im, sizeof spectrum_im);
    pn_fft_f64_inverse(&state->fft, re, im);
    ptrdiff_t best = (ptrdiff_t)ceil(centre - range);
    for (ptrdiff_t lag = best; (double)lag <= centre + range; lag++) {
        if (re[(size_t)(lag + PN_ALIGN_SIZE) % PN_ALIGN_SIZE] > re[(size_t)(best + PN_ALIGN_SIZE) % PN_ALIGN_SIZE]) {
            best = lag;
        }
    }
    double lag = (double)best;
    for (int i = 0; i < NEWTON_STEPS; i++) {
        (void)correlate(spectrum_re, spectrum_im, lag, &first, &second);
        lag += second < 0.0 ? fmax(-0.25, fmin(0.25, -first / second)) : 0.0;
    }
    const double value = correlate(spectrum_re, spectrum_im, lag, &first, &second);
    *likeness = most > 0.0 ? fmax(0.0, value / most) : 0.0;
    return lag;
}

/* The nearest other nodes, nearest first, by insertion. */
static size_t find_neighbours(const double *head_dirs, size_t count, size_t node, pn_align_pair *pairs)
{
    const double *dir = head_dirs + 3 * node;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const double cosine = dot3(head_dirs + 3 * i, dir);
        size_t at = found;
        if (i == node ||
            (found == PN_ALIGN_NEIGHBOURS && cosine <= dot3(head_dirs + 3 * (size_t)pairs[found - 1].other, dir))) {
            continue;
        }
        found += found < PN_ALIGN_NEIGHBOURS;
        at = found - 1;
        for (; at > 0 && dot3(head_dirs + 3 * (size_t)pairs[at - 1].other, dir) < cosine; at--) {
            pairs[at].other = pairs[at - 1].other;
        }
        pairs[at].other = (uint32_t)i;
    }
    return found;
}

void pn_align_compare(pn_align *state, const double *head_dirs, size_t count, size_t node)
{
    pn_align_pair *pairs = state->pairs + node * PN_ALIGN_NEIGHBOURS;
    memset(pairs, 0, PN_ALIGN_NEIGHBOURS * sizeof *pairs);
    const size_t found = find_neighbours(head_dirs, count, node, pairs);
    for (size_t ear = 0; ear < 2; ear++) {
        const size_t here = 2 * node + ear;
        transform(state, here, state->here_re, state->here_im);
        for (size_t i = 0; i < found; i++) {
            const size_t there = 2 * (size_t)pairs[i].other + ear;
            transform(state, there, state->there_re, state->there_im);
            const double angle = acos(fmin(1.0, dot3(head_dirs + 3 * node, head_dirs + 3 * (there / 2))));
            const double range = fmin(MOST_RANGE, FRAMES_BESIDES + FRAMES_PER_RAD * angle);
            const double offset = state->begins[here] - state->begins[there];
            double likeness = 0.0;
            const double lag = best_lag(state, fmax(-MOST_OFFSET, fmin(MOST_OFFSET, -offset)), range, &likeness);
            pairs[i].lag[ear] = (float)(lag + offset);
            pairs[i].likeness[ear] = (float)(likeness * likeness * likeness * likeness);
        }
    }
}

/* out = (anchor + weighted graph Laplacian) x */
static void apply(const pn_align *state, size_t count, const double *x, double *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = state->anchors[i] * x[i];
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < PN_ALIGN_NEIGHBOURS; k++) {
            const size_t other = state->pairs[i * PN_ALIGN_NEIGHBOURS + k].other;
            const double pull = state->weights[i * PN_ALIGN_NEIGHBOURS + k] * (x[i] - x[other]);
            out[i] += pull;
            out[other] -= pull;
        }
    }
}

static double inner(const double *a, const double *b, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* `residual` holds the right side on entry. */
static void solve_graph(pn_align *state, size_t count)
{
    double *x = state->unknown;
    double *r = state->residual;
    double *p = state->direction;
    double *q = state->product;
    apply(state, count, x, q);
    for (size_t i = 0; i < count; i++) {
        r[i] -= q[i];
        p[i] = r[i];
    }
    double square = inner(r, r, count);
    const double enough = 1e-20 * (double)count;
    for (int step = 0; step < CG_STEPS && square > enough; step++) {
        apply(state, count, p, q);
        const double alpha = square / inner(p, q, count);
        for (size_t i = 0; i < count; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * q[i];
        }
        const double next = inner(r, r, count);
        for (size_t i = 0; i < count; i++) {
            p[i] = r[i] + next / square * p[i];
        }
        square = next;
    }
}

static void solve_ear(pn_align *state, size_t count, size_t ear, double *delays)
{
    for (size_t i = 0; i < count; i++) {
        state->unknown[i] = delays[2 * i + ear];
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            const double off = (state->unknown[i] - delays[2 * i + ear]) / FALSE_FRAMES;
            state->anchors[i] = ANCHOR / (1.0 + off * off);
            state->residual[i] = state->anchors[i] * delays[2 * i + ear];
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < PN_ALIGN_NEIGHBOURS; k++) {
                const pn_align_pair *pair = &state->pairs[i * PN_ALIGN_NEIGHBOURS + k];
                const double lag = (double)pair->lag[ear];
                const double off = (state->unknown[i] - state->unknown[pair->other] - lag) / DOUBT_FRAMES;
                const double doubt = round == 0 ? 0.0 : off * off;
                const double weight = (double)pair->likeness[ear] / (1.0 + doubt);
                state->weights[i * PN_ALIGN_NEIGHBOURS + k] = weight;
                state->residual[i] += weight * lag;
                state->residual[pair->other] -= weight * lag;
            }
        }
        solve_graph(state, count);
    }
    for (size_t i = 0; i < count; i++) {
        delays[2 * i + ear] = state->unknown[i];
    }
}

void pn_align_solve(pn_align *state, size_t count, double *delays)
{
    for (size_t ear = 0; ear < 2; ear++) {
        solve_ear(state, count, ear, delays);
    }
}
