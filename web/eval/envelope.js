// SPDX-License-Identifier: MIT
/**
 * The distance between envelopes over time.
 *
 * Source   the evaluation code of Gao and Grauman, "2.5D visual sound", 2019: the rms difference of the magnitudes of
 *          the analytic signals (Hilbert) of the whole clip, the ears' summed.
 */

import { fft, inverseFft } from './fft.js';

/** @type {import('./metric.js').Family} */
export const envelope = {
  key: 'envelope',
  title: 'Envelope',
  parameters: { envelope: 'magnitude of the analytic signal of the whole clip; rms difference, ears summed' },
  shortest: 0,
  metrics: [{ key: 'env', name: 'ENV', unit: '', digits: 4, better: 'lower' }],
  measure(reference, output, _sampleRateHz, report) {
    const truth = envelopes(reference);
    report?.(0.5);
    const made = envelopes(output);
    let env = 0;
    for (let e = 0; e < 2; e++) {
      let sum = 0;
      for (let n = 0; n < truth[e].length; n++) {
        sum += (truth[e][n] - made[e][n]) ** 2;
      }
      env += Math.sqrt(sum / truth[e].length);
    }
    return { env };
  },
};

/**
 * Both ears at once: the quarter turn is linear and real, so it may be taken of left + i right.
 *
 * @param {import('./metric.js').Ears} ears
 * @returns {Float64Array[]}
 */
function envelopes(ears) {
  const { length } = ears[0];
  const re = Float64Array.from(ears[0]);
  const im = Float64Array.from(ears[1]);
  fft(re, im);
  for (let k = 0; k < length; k++) {
    // Times -i for positive frequencies, i for negative ones; 0 Hz and Nyquist have no quarter turn.
    const sense = k === 0 || 2 * k === length ? 0 : 2 * k < length ? 1 : -1;
    const r = re[k];
    re[k] = sense * im[k];
    im[k] = -sense * r;
  }
  inverseFft(re, im);
  return [re, im].map((turned, e) => turned.map((x, n) => Math.sqrt(x * x + ears[e][n] * ears[e][n])));
}
