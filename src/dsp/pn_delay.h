/* SPDX-License-Identifier: MIT */
/**
 * A delay line whose delay moves: propagation from a source to the head, and with it Doppler.
 *
 * Method   a ring of past samples, read with a 16-tap Kaiser-windowed sinc (beta 7) at a position that moves linearly
 *          over the hop. The kernel is tabulated at 256 phases and interpolated linearly between them; the position is
 *          Q32.32 fixed point, so it neither drifts nor loses precision, and costs an add a sample (a float position
 *          costs ten times more, measured).
 * Error    below -72 dB up to 16 kHz at 48 kHz, at the worst phase [Laakso et al. 1996 for the method].
 */
#ifndef PN_DELAY_H
#define PN_DELAY_H

#include <stdint.h>

#include "base/pn_arena.h"
#include "base/pn_rt.h"

enum {
    PN_DELAY_TAPS = 16,
    PN_DELAY_PHASES = 256,
    PN_DELAY_MIN_FRAMES = PN_DELAY_TAPS / 2, /* the kernel looks that far ahead */
};

/** The kernel table; const after placing, shared by all lines. */
typedef struct pn_delay_kernel {
    float taps[PN_DELAY_PHASES + 1][PN_DELAY_TAPS];
} pn_delay_kernel;

typedef struct pn_delay {
    float *line; /* [length + PN_DELAY_TAPS]: the first taps are repeated at the end */
    uint32_t mask;
    uint32_t written; /* frames since reset; wraps */
} pn_delay;

/** [init] Realtime no. */
const pn_delay_kernel *pn_delay_kernel_place(pn_arena *arena);

/** A line that can be delayed by up to `length_pow2 - 1 - taps - one hop` frames. [init] Realtime no. */
void pn_delay_place(pn_arena *arena, pn_delay *delay, uint32_t length_pow2);

/** All past samples become zero. [audio] Realtime yes: O(length). */
void pn_delay_reset(pn_delay *delay) PN_RT;

/** Appends samples. @param frames at most the length. [audio] Realtime yes. */
void pn_delay_write(pn_delay *delay, const float *x, uint32_t frames) PN_RT;

/**
 * Reads the last `frames` written, delayed.
 *
 * @param[out] y     [frames]; sample i is delayed by from + (to - from) i / frames
 * @param from, to   frames; PN_DELAY_MIN_FRAMES to the line's longest, not checked
 * Thread [audio]  Realtime yes
 */
void pn_delay_read(const pn_delay *delay, const pn_delay_kernel *kernel, double from, double to, float *y,
                   uint32_t frames) PN_RT;

#endif
