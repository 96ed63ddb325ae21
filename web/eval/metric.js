// SPDX-License-Identifier: MIT
/**
 * What every family of metrics looks like, and what they share.
 *
 * A family compares two binaural signals of one length and one rate, the reference and the output, both ears as
 * double- or single-precision samples with full scale at 1. A figure that has no meaning for the signals at hand (an
 * error relative to a silent reference) is NaN.
 */

/** @typedef {ArrayLike<number>[]} Ears left and right, of one length */

/**
 * @typedef {object} Metric
 * @property {string} key    in JSON
 * @property {string} name   in tables
 * @property {string} unit   in tables; empty for a plain number
 * @property {number} digits after the point, in tables
 * @property {'lower' | 'higher'} better
 */

/** @typedef {(fraction: number) => void} Report how much of a family is done, 0 to 1 */

/**
 * @typedef {object} Family
 * @property {string} key
 * @property {string} title
 * @property {Record<string, string | number>} parameters all that a reader needs to compute the same
 * @property {number} shortest frames that signals must be longer than, at 48 kHz or whatever their rate
 * @property {readonly Metric[]} metrics
 * @property {(reference: Ears, output: Ears, sampleRateHz: number, report?: Report) => Record<string, number>} measure
 *   by the metrics' keys
 */

/**
 * @param {Ears} ears
 * @returns {number} the mean of both ears' squared samples
 */
export function meanSquare(ears) {
  let sum = 0;
  for (const ear of ears) {
    for (let n = 0; n < ear.length; n++) {
      sum += ear[n] * ear[n];
    }
  }
  return sum / (ears.length * ears[0].length);
}

/**
 * The smaller of two turns from one angle to another.
 *
 * @param {number} difference of two angles, each within half a turn of zero, rad
 * @returns {number} 0 to pi
 */
export function smallerAngle(difference) {
  const size = Math.abs(difference);
  return size > Math.PI ? 2 * Math.PI - size : size;
}

/** Frames between two reports. */
export const REPORT_EVERY = 64;
