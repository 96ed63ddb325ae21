// SPDX-License-Identifier: MIT
/**
 * The three figures that every system for the BinauralSpeech data set is compared by.
 *
 * Source   the evaluation code of Richard et al., "Neural synthesis of binaural speech from mono audio", ICLR 2021.
 *          What papers call the amplitude's "L2" is, in that code, the mean absolute difference.
 *
 * The phase counts bins in which both signals have something to say: |re| + |im| above a fifth of the reference's
 * mean, over all bins, frames and ears of what is compared, so the figure of a part of a clip is not the clip's.
 */

import { REPORT_EVERY, smallerAngle } from './metric.js';
import { Stft } from './stft.js';

const SHAPE = { size: 2048, hop: 480, window: 1920 };
const ENERGY_THRESHOLD = 0.2;

/** @type {import('./metric.js').Family} */
export const binauralSpeech = {
  key: 'binauralSpeech',
  title: 'BinauralSpeech',
  parameters: {
    l2: 'mean squared difference x 1000',
    stft: `${SHAPE.size} points, periodic Hann ${SHAPE.window}, hop ${SHAPE.hop}, centred, reflected`,
    amplitude: 'mean absolute difference of magnitudes',
    phase: `mean absolute angle where |re| + |im| of both is above ${ENERGY_THRESHOLD} x the reference's mean, rad`,
  },
  shortest: SHAPE.size / 2,
  metrics: [
    { key: 'l2x1000', name: 'Wave L2 x 1000', unit: '', digits: 4, better: 'lower' },
    { key: 'amplitude', name: 'Amplitude error', unit: '', digits: 4, better: 'lower' },
    { key: 'phaseRad', name: 'Phase error', unit: 'rad', digits: 3, better: 'lower' },
  ],
  measure(reference, output, _sampleRateHz, report) {
    const stft = new Stft(SHAPE);
    const frames = stft.frames(reference[0].length);
    const wanted = stft.spectra();
    const got = stft.spectra();
    let energy = 0;
    for (let f = 0; f < frames; f++) {
      stft.frame(reference, f, wanted);
      for (let e = 0; e < 2; e++) {
        const re = wanted.re[e];
        const im = wanted.im[e];
        for (let k = 0; k < stft.bins; k++) {
          energy += Math.abs(re[k]) + Math.abs(im[k]);
        }
      }
    }
    const threshold = ENERGY_THRESHOLD * energy / (2 * frames * stft.bins);
    let amplitude = 0;
    let phase = 0;
    let kept = 0;
    for (let f = 0; f < frames; f++) {
      stft.frame(reference, f, wanted);
      stft.frame(output, f, got);
      for (let e = 0; e < 2; e++) {
        const [a, b, c, d] = [wanted.re[e], wanted.im[e], got.re[e], got.im[e]];
        for (let k = 0; k < stft.bins; k++) {
          amplitude += Math.abs(Math.sqrt(a[k] * a[k] + b[k] * b[k]) - Math.sqrt(c[k] * c[k] + d[k] * d[k]));
          if (Math.abs(a[k]) + Math.abs(b[k]) > threshold && Math.abs(c[k]) + Math.abs(d[k]) > threshold) {
            phase += smallerAngle(Math.atan2(b[k], a[k]) - Math.atan2(d[k], c[k]));
            kept++;
          }
        }
      }
      if (f % REPORT_EVERY === 0) {
        report?.(f / frames);
      }
    }
    return {
      l2x1000: 1000 * meanSquaredDifference(reference, output),
      amplitude: amplitude / (2 * frames * stft.bins),
      phaseRad: phase / kept,
    };
  },
};

/** @param {import('./metric.js').Ears} a @param {import('./metric.js').Ears} b */
function meanSquaredDifference(a, b) {
  let sum = 0;
  for (let e = 0; e < 2; e++) {
    for (let n = 0; n < a[e].length; n++) {
      sum += (a[e][n] - b[e][n]) ** 2;
    }
  }
  return sum / (2 * a[0].length);
}
