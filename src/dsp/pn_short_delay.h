/* SPDX-License-Identifier: MIT */
/**
 * Four taps that delay by a fraction of a frame, for those who can afford to put back what they take away.
 *
 * Problem  thousands of signals are each delayed by a fraction that moves. A windowed sinc of so few taps is neither
 *          flat nor the same at all fractions: what changes with the fraction is heard as noise when the delay moves.
 * Method   generalised interpolation [Thevenaz, Blu, Unser 2000]: the kernel need not pass through the samples. A plain
 *          Kaiser window (beta 8.2), without a sinc, dims the treble alike at all fractions, and its images, which are
 *          what differs, lie in the window's stop band. Whoever filters the sum of all signals afterwards divides by
 *          the mean response once for all of them.
 * Error    at the worst fraction, relative to the mean response, 48 kHz: -64 dB at 2 kHz, -53 at 8, -50 at 14, -39 at
 *          16, -28 at 18, -18 dB at 20 kHz. Six taps of a sinc under a Kaiser window of 4: -49, -44, -32, -20, -13, -7.
 */
#ifndef PN_SHORT_DELAY_H
#define PN_SHORT_DELAY_H

enum {
    PN_SHORT_DELAY_TAPS = 4,
    PN_SHORT_DELAY_AHEAD = 2 /* frames that the kernel looks ahead of the place between samples */
};

/**
 * The kernel for a place between two samples, of sum 1.
 *
 * @param      fraction  0 to 1, from the second tap's sample to the third's
 * @param[out] taps      [PN_SHORT_DELAY_TAPS] weights of the samples around the place
 * Thread [init]  Realtime yes, without libm but for sqrt: the same bits everywhere
 */
void pn_short_delay_taps(double fraction, double *taps);

#endif
