// SPDX-License-Identifier: MIT
/**
 * Distances between spectrograms, as work on binaural sound from pictures reports them.
 *
 * Source   the evaluation code of Gao and Grauman, "2.5D visual sound", 2019 (STFT), and of Xu et al., "Visually
 *          informed binaural audio generation without binaural audios", 2021 (Mag, D-Phase).
 *
 * "Mag" is offered twice: as that code has it, |S - S'|^2, which is twice the STFT distance, and as its name has it.
 */

import { REPORT_EVERY, smallerAngle } from './metric.js';
import { RESAMPLER, resampled } from './resample.js';
import { Stft } from './stft.js';

const RATE_HZ = 16000;
const SHAPE = { size: 512, hop: 160, window: 400 };

/** @type {import('./metric.js').Family} */
export const stftDistance = {
  key: 'stftDistance',
  title: 'Spectrogram distances',
  parameters: {
    sampleRateHz: RATE_HZ,
    resampler: RESAMPLER,
    stft: `${SHAPE.size} points, periodic Hann ${SHAPE.window}, hop ${SHAPE.hop}, centred, reflected`,
    stftDistance: 'per ear the mean over bins, frames, real and imaginary parts of the squared difference; ears summed',
    magCoded: 'mean |S - S\'|^2, ears summed',
    magNamed: 'mean (|S| - |S\'|)^2, ears summed',
    dPhase: 'mean absolute angle between the spectra of left - right, all bins, rad',
    scaling: 'none',
  },
  // At three times the rate.
  shortest: 3 * SHAPE.size / 2,
  metrics: [
    { key: 'stft', name: 'STFT distance', unit: '', digits: 4, better: 'lower' },
    { key: 'magCoded', name: 'Mag, as coded', unit: '', digits: 4, better: 'lower' },
    { key: 'magNamed', name: 'Mag, by name', unit: '', digits: 4, better: 'lower' },
    { key: 'dPhaseRad', name: 'D-Phase', unit: 'rad', digits: 3, better: 'lower' },
  ],
  measure(reference, output, sampleRateHz, report) {
    const stft = new Stft(SHAPE);
    const atRate = (/** @type {import('./metric.js').Ears} */ ears) =>
      ears.map((ear) => resampled(ear, sampleRateHz, RATE_HZ));
    const truth = atRate(reference);
    const made = atRate(output);
    const frames = stft.frames(truth[0].length);
    const wanted = stft.spectra();
    const got = stft.spectra();
    let squared = 0;
    let magnitudes = 0;
    let angles = 0;
    for (let f = 0; f < frames; f++) {
      stft.frame(truth, f, wanted);
      stft.frame(made, f, got);
      for (let e = 0; e < 2; e++) {
        const [a, b, c, d] = [wanted.re[e], wanted.im[e], got.re[e], got.im[e]];
        for (let k = 0; k < stft.bins; k++) {
          squared += (a[k] - c[k]) ** 2 + (b[k] - d[k]) ** 2;
          magnitudes += (Math.sqrt(a[k] * a[k] + b[k] * b[k]) - Math.sqrt(c[k] * c[k] + d[k] * d[k])) ** 2;
        }
      }
      for (let k = 0; k < stft.bins; k++) {
        const truly = Math.atan2(wanted.im[0][k] - wanted.im[1][k], wanted.re[0][k] - wanted.re[1][k]);
        angles += smallerAngle(truly - Math.atan2(got.im[0][k] - got.im[1][k], got.re[0][k] - got.re[1][k]));
      }
      if (f % REPORT_EVERY === 0) {
        report?.(f / frames);
      }
    }
    const points = frames * stft.bins;
    return {
      stft: squared / (2 * points),
      magCoded: squared / points,
      magNamed: magnitudes / points,
      dPhaseRad: angles / points,
    };
  },
};
