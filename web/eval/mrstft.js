// SPDX-License-Identifier: MIT
/**
 * The multi-resolution spectral distance, as auraloss computes it by default.
 *
 * Source   Yamamoto et al. 2020 by way of auraloss, MultiResolutionSTFTLoss: for each resolution spectral convergence
 *          (over all ears and frames at once) and the mean difference of logarithms; then the mean of the three.
 *
 * Because of the logarithm, silence in place of a faint noise floor costs more than an audible error.
 */

import { REPORT_EVERY } from './metric.js';
import { Stft } from './stft.js';

const SHAPES = [
  { size: 1024, hop: 120, window: 600 },
  { size: 2048, hop: 240, window: 1200 },
  { size: 512, hop: 50, window: 240 },
];
const POWER_FLOOR = 1e-8;

/** @type {import('./metric.js').Family} */
export const mrstft = {
  key: 'mrstft',
  title: 'Multi-resolution STFT',
  parameters: {
    stft: `${SHAPES.map(({ size, hop, window }) => `${size}/${hop}/${window}`).join(', ')} ` +
      '(points/hop/periodic Hann), centred, reflected',
    magnitude: `sqrt(max(re^2 + im^2, ${POWER_FLOOR}))`,
    value: 'mean over the three of spectral convergence + mean |difference of natural logarithms|',
  },
  shortest: Math.max(...SHAPES.map(({ size }) => size / 2)),
  metrics: [
    { key: 'mrstft', name: 'MRSTFT', unit: '', digits: 3, better: 'lower' },
    { key: 'mrstftConvergence', name: '  its spectral convergence', unit: '', digits: 3, better: 'lower' },
    { key: 'mrstftLog', name: '  its log difference', unit: '', digits: 3, better: 'lower' },
  ],
  measure(reference, output, _sampleRateHz, report) {
    let convergence = 0;
    let log = 0;
    SHAPES.forEach((shape, i) => {
      const one = atResolution(shape, reference, output, (done) => report?.((i + done) / SHAPES.length));
      convergence += one.convergence / SHAPES.length;
      log += one.log / SHAPES.length;
    });
    return { mrstft: convergence + log, mrstftConvergence: convergence, mrstftLog: log };
  },
};

/**
 * @param {import('./stft.js').StftShape} shape
 * @param {import('./metric.js').Ears} reference
 * @param {import('./metric.js').Ears} output
 * @param {import('./metric.js').Report} report
 */
function atResolution(shape, reference, output, report) {
  const stft = new Stft(shape);
  const frames = stft.frames(reference[0].length);
  const wanted = stft.spectra();
  const got = stft.spectra();
  let difference = 0;
  let whole = 0;
  let logs = 0;
  for (let f = 0; f < frames; f++) {
    stft.frame(reference, f, wanted);
    stft.frame(output, f, got);
    for (let e = 0; e < 2; e++) {
      const [a, b, c, d] = [wanted.re[e], wanted.im[e], got.re[e], got.im[e]];
      for (let k = 0; k < stft.bins; k++) {
        const x = Math.max(a[k] * a[k] + b[k] * b[k], POWER_FLOOR);
        const y = Math.max(c[k] * c[k] + d[k] * d[k], POWER_FLOOR);
        const apart = Math.sqrt(x) - Math.sqrt(y);
        difference += apart * apart;
        whole += x;
        logs += 0.5 * Math.abs(Math.log(x / y));
      }
    }
    if (f % REPORT_EVERY === 0) {
      report(f / frames);
    }
  }
  return { convergence: Math.sqrt(difference / whole), log: logs / (2 * frames * stft.bins) };
}
