// SPDX-License-Identifier: MIT
/**
 * Signal-to-noise ratio of peak-normalised signals.
 *
 * Source   the evaluation code of Xu et al. 2021: 10 log10((mean y^2 + 1e-4) / (mean (y - y')^2 + 1e-4)), each signal
 *          first divided by its own peak over both ears.
 */

import { meanSquare } from './metric.js';

const FLOOR = 1e-4;

/** @type {import('./metric.js').Family} */
export const snr = {
  key: 'snr',
  title: 'Signal to noise',
  parameters: { snr: `each signal over its own peak; mean squares over both ears, ${FLOOR} added to each` },
  shortest: 0,
  metrics: [{ key: 'snrDb', name: 'SNR', unit: 'dB', digits: 2, better: 'higher' }],
  measure(reference, output) {
    const truth = normalised(reference);
    const made = normalised(output);
    const error = truth.map((ear, e) => ear.map((x, n) => x - made[e][n]));
    return { snrDb: 10 * Math.log10((meanSquare(truth) + FLOOR) / (meanSquare(error) + FLOOR)) };
  },
};

/** @param {import('./metric.js').Ears} ears @returns {Float64Array[]} silence stays silence */
function normalised(ears) {
  let peak = 0;
  for (const ear of ears) {
    for (let n = 0; n < ear.length; n++) {
      peak = Math.max(peak, Math.abs(ear[n]));
    }
  }
  const gain = peak > 0 ? 1 / peak : 1;
  return ears.map((ear) => Float64Array.from(ear).map((x) => x * gain));
}
