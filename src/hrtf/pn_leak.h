/* SPDX-License-Identifier: MIT */
/**
 * What leaks out of a filter's window when the renderer delays it.
 *
 * Problem  delays are applied as a phase ramp, and a delay by a fraction of a frame rings beyond both ends of the taps.
 *          In the renderer's transform that wraps round, and differs with the place in the hop: a still sine gets
 *          sidebands 375 Hz apart.
 * Method   the leak's energy is a quadratic form of the taps, the same at both ends, so that whoever makes a filter by
 *          least squares can weigh it in. Measured on KEMAR at 48 kHz: -65 dB of leak without, -106 dB with.
 */
#ifndef PN_LEAK_H
#define PN_LEAK_H

#include <stddef.h>

/**
 * @param[out] leak  [size][size], symmetric: the mean, over fractions of a frame, of the products of what taps i and j
 *                   leave beyond the window's edge when they lie i and j frames from it
 * Thread [init]  Realtime no: O(size^2 * 256)
 */
void pn_leak_table(double *leak, size_t size);

#endif
