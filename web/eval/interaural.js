// SPDX-License-Identifier: MIT
/**
 * Differences between the ears: level and time, frame by frame, and the energy of the whole.
 *
 * Frames in which the reference says nothing are skipped. ITD is the lag of the largest cross-correlation, positive
 * where the left ear is later; once plainly, where the loudest partials decide, and once with all frequencies alike
 * (PHAT [Knapp, Carter 1976]). The correlation is looked at four times a sample, by zero-padding its spectrum.
 */

import { fft, inverseFft } from './fft.js';
import { REPORT_EVERY } from './metric.js';

const FRAME_S = 0.04;
const HOP_S = 0.02;
const MOST_ITD_S = 0.001;
const FINER = 4;
/** Frames quieter than this against the reference's loudest are skipped. */
const SILENCE_DB = -40;
/** Added to each energy, a mean square: -100 dB of full scale. */
const ENERGY_FLOOR = 1e-10;
/** Of a bin's product against the largest: where nothing is, there is no phase. */
const PHAT_FLOOR = 1e-12;

/** @type {import('./metric.js').Family} */
export const interaural = {
  key: 'interaural',
  title: 'Between the ears',
  parameters: {
    frameS: FRAME_S,
    hopS: HOP_S,
    skipped: `frames ${-SILENCE_DB} dB and more below the reference's loudest, both ears' energy`,
    energyFloor: ENERGY_FLOOR,
    itd: `lag of the largest cross-correlation within ${1000 * MOST_ITD_S} ms, in ${FINER}ths of a sample; ` +
      'plain, and whitened (PHAT)',
    energyRatio: '|10 log10(E_L / E_R) - the same of the output|, over the whole and as the mean over frames',
  },
  shortest: 0,
  metrics: [
    { key: 'ildDb', name: 'ILD error', unit: 'dB', digits: 2, better: 'lower' },
    { key: 'itdUs', name: 'ITD error', unit: 'us', digits: 1, better: 'lower' },
    { key: 'itdPhatUs', name: 'ITD error, PHAT', unit: 'us', digits: 1, better: 'lower' },
    { key: 'energyRatioDb', name: 'Left-right energy ratio error', unit: 'dB', digits: 2, better: 'lower' },
  ],
  measure(reference, output, sampleRateHz, report) {
    const { length } = reference[0];
    const frame = Math.min(length, Math.round(FRAME_S * sampleRateHz));
    const hop = Math.max(1, Math.round(HOP_S * sampleRateHz));
    const begins = Array.from({ length: Math.floor((length - frame) / hop) + 1 }, (_, i) => i * hop);
    const energies = begins.map((begin) => energiesOf(reference, begin, frame));
    const loudest = Math.max(...energies.map(([left, right]) => left + right));
    const correlator = new Correlator(frame, Math.round(MOST_ITD_S * sampleRateHz * FINER));
    let level = 0;
    let plain = 0;
    let phat = 0;
    let counted = 0;
    begins.forEach((begin, i) => {
      const [left, right] = energies[i];
      if (left + right > loudest * 10 ** (SILENCE_DB / 10)) {
        const got = energiesOf(output, begin, frame);
        level += Math.abs(ratioDb(left, right) - ratioDb(got[0], got[1]));
        const truly = correlator.lags(reference, begin);
        const made = correlator.lags(output, begin);
        plain += Math.abs(truly.plain - made.plain);
        phat += Math.abs(truly.phat - made.phat);
        counted++;
      }
      if (i % REPORT_EVERY === 0) {
        report?.(i / begins.length);
      }
    });
    const usPerLag = 1e6 / (FINER * sampleRateHz);
    const whole = [reference, output].map((ears) => energiesOf(ears, 0, length));
    return {
      ildDb: level / counted,
      itdUs: usPerLag * plain / counted,
      itdPhatUs: usPerLag * phat / counted,
      energyRatioDb: Math.abs(ratioDb(whole[0][0], whole[0][1]) - ratioDb(whole[1][0], whole[1][1])),
    };
  },
};

/** Mean squares of both ears. @param {import('./metric.js').Ears} ears @param {number} begin @param {number} frames */
function energiesOf(ears, begin, frames) {
  return ears.map((ear) => {
    let sum = 0;
    for (let n = begin; n < begin + frames; n++) {
      sum += ear[n] * ear[n];
    }
    return sum / frames;
  });
}

/** @param {number} left @param {number} right mean squares */
function ratioDb(left, right) {
  return 10 * Math.log10((left + ENERGY_FLOOR) / (right + ENERGY_FLOOR));
}

class Correlator {
  /**
   * @param {number} frame samples that are compared
   * @param {number} most  lags, in FINER-ths of a sample
   */
  constructor(frame, most) {
    this.frame = frame;
    this.most = most;
    this.size = 1;
    while (this.size < 2 * frame) {
      this.size *= 2;
    }
    this.re = new Float64Array(this.size);
    this.im = new Float64Array(this.size);
    this.fineRe = new Float64Array(FINER * this.size);
    this.fineIm = new Float64Array(FINER * this.size);
  }

  /**
   * @param {import('./metric.js').Ears} ears
   * @param {number} begin
   * @returns {{ plain: number, phat: number }} in FINER-ths of a sample, left's lateness
   */
  lags([left, right], begin) {
    const { frame, size, re, im, fineRe, fineIm } = this;
    re.fill(0);
    im.fill(0);
    for (let n = 0; n < frame; n++) {
      re[n] = left[begin + n];
      im[n] = right[begin + n];
    }
    fft(re, im);
    // Both correlations come back from one transform: the plain one as its real part, the whitened as its imaginary.
    fineRe.fill(0);
    fineIm.fill(0);
    const crossRe = new Float64Array(size / 2);
    const crossIm = new Float64Array(size / 2);
    let largest = 0;
    for (let k = 0; k < size / 2; k++) {
      const j = (size - k) & (size - 1);
      const a = 0.5 * (re[k] + re[j]);
      const b = 0.5 * (im[k] - im[j]);
      const c = 0.5 * (im[k] + im[j]);
      const d = 0.5 * (re[j] - re[k]);
      crossRe[k] = a * c + b * d;
      crossIm[k] = b * c - a * d;
      largest = Math.max(largest, Math.sqrt(crossRe[k] * crossRe[k] + crossIm[k] * crossIm[k]));
    }
    for (let k = 0; k < size / 2; k++) {
      const weight = Math.sqrt(crossRe[k] * crossRe[k] + crossIm[k] * crossIm[k]);
      const white = weight > PHAT_FLOOR * largest ? 1 / weight : 0;
      const [r, m] = [crossRe[k], crossIm[k]];
      fineRe[k] = r - white * m;
      fineIm[k] = m + white * r;
      if (k > 0) {
        fineRe[FINER * size - k] = r + white * m;
        fineIm[FINER * size - k] = -m + white * r;
      }
    }
    inverseFft(fineRe, fineIm);
    return { plain: this.#largest(fineRe), phat: this.#largest(fineIm) };
  }

  /** The lag nearest to none where several are as large. @param {Float64Array} correlation */
  #largest(correlation) {
    let best = 0;
    for (let lag = 1; lag <= this.most; lag++) {
      for (const one of [lag, -lag]) {
        best = Number(correlation.at(one)) > Number(correlation.at(best)) ? one : best;
      }
    }
    return best;
  }
}
