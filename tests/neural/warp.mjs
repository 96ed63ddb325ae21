// SPDX-License-Identifier: MIT
/**
 * The baseline "geometric warping": the mono signal at each ear as late as it is far, and nothing else.
 *
 * Source   the published code of Richard et al. 2021: the delay of each row held for a row's length, the read position
 *          clamped to the clip, linear interpolation between samples. The running maximum belongs to the learned warp.
 */
import { mouthPosition } from '../../web/cli/binaural-speech.js';

const ROWS_PER_SECOND = 120;
const SOUND_M_S = 343;
/** Left, right; data set axes, metres. */
const EARS = [[0, -0.08, -0.22], [0, 0.08, -0.22]];

/**
 * @param {readonly number[]} row x y z qx qy qz qw
 * @param {number} sampleRateHz
 * @returns {number[]} delays of the left and the right ear, samples
 */
export function geometricDelays(row, sampleRateHz) {
  const mouth = mouthPosition(row);
  return EARS.map((ear) => Math.hypot(...ear.map((x, k) => mouth[k] - x)) / SOUND_M_S * sampleRateHz);
}

/**
 * @param {ArrayLike<number>} mono
 * @param {readonly number[][]} rows 120 a second, from the first sample on
 * @param {number} sampleRateHz
 * @returns {Float64Array[]} left and right
 */
export function geometricWarp(mono, rows, sampleRateHz) {
  const delays = rows.map((row) => geometricDelays(row, sampleRateHz));
  const last = mono.length - 1;
  return [0, 1].map((ear) => Float64Array.from({ length: mono.length }, (_, n) => {
    const row = Math.min(rows.length - 1, Math.floor(n * ROWS_PER_SECOND / sampleRateHz));
    const at = Math.max(0, Math.min(last, n - delays[row][ear]));
    const before = Math.floor(at);
    const share = at - before;
    return (1 - share) * mono[before] + share * mono[Math.min(last, before + 1)];
  }));
}
