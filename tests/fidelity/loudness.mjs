// SPDX-License-Identifier: MIT
/** Predicted binaural colouration (PBC): differences of loudness as ears weigh them [McKenzie et al. 2022]. */

/** ISO 226:2003, table 1: Hz, exponent, transfer in dB, threshold in dB. */
const ISO226 = [
  [20, 0.532, -31.6, 78.5], [25, 0.506, -27.2, 68.7], [31.5, 0.480, -23.0, 59.5], [40, 0.455, -19.1, 51.1],
  [50, 0.432, -15.9, 44.0], [63, 0.409, -13.0, 37.5], [80, 0.387, -10.3, 31.5], [100, 0.367, -8.1, 26.5],
  [125, 0.349, -6.2, 22.1], [160, 0.330, -4.5, 17.9], [200, 0.315, -3.1, 14.4], [250, 0.301, -2.0, 11.4],
  [315, 0.288, -1.1, 8.6], [400, 0.276, -0.4, 6.2], [500, 0.267, 0.0, 4.4], [630, 0.259, 0.3, 3.0],
  [800, 0.253, 0.5, 2.2], [1000, 0.250, 0.0, 2.4], [1250, 0.246, -2.7, 3.5], [1600, 0.244, -4.1, 1.7],
  [2000, 0.243, -1.0, -1.3], [2500, 0.243, 1.7, -4.2], [3150, 0.243, 2.5, -6.0], [4000, 0.242, 1.2, -5.4],
  [5000, 0.242, -2.1, -1.5], [6300, 0.245, -7.1, 6.0], [8000, 0.254, -11.2, 12.6], [10000, 0.271, -10.7, 13.9],
  [12500, 0.301, -3.1, 12.3],
];

const MOST_PHON = 90;
const MEAN_DB = 75;

/**
 * The equal-loudness contour at the standard's frequencies.
 *
 * @param {number} phon
 * @returns {number[]} dB
 */
function contour(phon) {
  return ISO226.map(([, exponent, transfer, threshold]) => {
    const a = 4.47e-3 * (10 ** (0.025 * phon) - 1.15) + (0.4 * 10 ** ((threshold + transfer) / 10 - 9)) ** exponent;
    return 10 / exponent * Math.log10(a) - transfer + 94;
  });
}

/**
 * Sound pressure that is as loud as so many phon at 1 kHz; extended to 20 kHz with the value at 20 Hz, and between
 * the standard's frequencies by monotone cubics over their logarithm.
 *
 * @param {number} hz
 * @param {number} phon
 */
export function equalLoudnessDb(hz, phon) {
  return interpolator(phon)(hz);
}

/** @param {number} phon */
function interpolator(phon) {
  const levels = contour(phon);
  const xs = [...ISO226.map(([hz]) => Math.log(hz)), Math.log(20000)];
  const ys = [...levels, levels[0]];
  const steps = xs.slice(1).map((x, i) => x - xs[i]);
  const slopes = steps.map((step, i) => (ys[i + 1] - ys[i]) / step);
  // Fritsch and Carlson's weighted harmonic mean keeps every piece monotone.
  const tangents = xs.map((_, i) => {
    if (i === 0 || i === xs.length - 1) {
      return slopes[Math.min(i, slopes.length - 1)];
    }
    const [a, b] = [slopes[i - 1], slopes[i]];
    const [w, v] = [2 * steps[i] + steps[i - 1], steps[i] + 2 * steps[i - 1]];
    return a * b <= 0 ? 0 : (w + v) / (w / a + v / b);
  });
  return (/** @type {number} */ hz) => {
    const x = Math.min(Math.max(Math.log(hz), xs[0]), xs[xs.length - 1]);
    let i = 0;
    while (i < steps.length - 1 && x > xs[i + 1]) {
      i++;
    }
    const t = (x - xs[i]) / steps[i];
    const [t2, t3] = [t * t, t * t * t];
    return (2 * t3 - 3 * t2 + 1) * ys[i] + (t3 - 2 * t2 + t) * steps[i] * tangents[i] +
      (3 * t2 - 2 * t3) * ys[i + 1] + (t3 - t2) * steps[i] * tangents[i + 1];
  };
}

/** @param {number} phon */
export function sone(phon) {
  return 2 ** ((phon - 40) / 10);
}

/** Loudness of spectra, at the bins of one size of spectrum from 20 Hz to 20 kHz. */
export class Colouration {
  /**
   * @param {number} bins
   * @param {number} rateHz
   */
  constructor(bins, rateHz) {
    const hzOf = (/** @type {number} */ k) => rateHz * k / (2 * (bins - 1));
    this.first = Math.ceil(20 / hzOf(1));
    this.last = Math.floor(20000 / hzOf(1));
    const interpolators = Array.from({ length: MOST_PHON + 1 }, (_, phon) => interpolator(phon));
    /** What the ear takes off a level at a bin. */
    this.loss = Array.from({ length: bins }, (_, k) =>
      Float64Array.from(interpolators, (at, phon) => at(Math.max(20, hzOf(k))) - phon));
    this.weights = Float64Array.from({ length: bins }, (_, k) => 1 / (0.108 * hzOf(k) + 24.7));
  }

  /** @param {number} k  bin @param {number} db */
  soneAt(k, db) {
    const level = Math.min(MOST_PHON, Math.max(0, db));
    const i = Math.min(MOST_PHON - 1, Math.floor(level));
    const loss = this.loss[k][i] + (level - i) * (this.loss[k][i + 1] - this.loss[k][i]);
    return sone(db - loss);
  }

  /**
   * @param {Float64Array} wanted @param {Float64Array} got  powers
   * @param {number} shiftDb   that brings the wanted set's mean to 75 dB
   * @param {number} normDb    more of it for `got`
   * @returns {number} sone
   */
  distance(wanted, got, shiftDb, normDb) {
    let sum = 0;
    let all = 0;
    for (let k = this.first; k <= this.last; k++) {
      const a = this.soneAt(k, 10 * Math.log10(wanted[k] + 1e-12) + shiftDb);
      const b = this.soneAt(k, 10 * Math.log10(got[k] + 1e-12) + shiftDb + normDb);
      sum += this.weights[k] * Math.abs(b - a);
      all += this.weights[k];
    }
    return sum / all;
  }

  /**
   * PBC of every direction, mean of both ears, after the one gain that makes its mean least.
   *
   * @param {Float64Array[][]} wanted  [direction][ear] powers
   * @param {Float64Array[][]} got
   * @param {ArrayLike<number>} weights  of the directions
   * @returns {number[]} sone
   */
  ofSet(wanted, got, weights) {
    let level = 0;
    let bins = 0;
    wanted.forEach((ears) => ears.forEach((power) => {
      for (let k = this.first; k <= this.last; k++) {
        level += 10 * Math.log10(power[k] + 1e-12);
        bins++;
      }
    }));
    const shift = MEAN_DB - level / bins;
    const at = (/** @type {number} */ norm, /** @type {number} */ i) =>
      0.5 * [0, 1].reduce((sum, e) => sum + this.distance(wanted[i][e], got[i][e], shift, norm), 0);
    const step = Math.max(1, Math.floor(wanted.length / 60));
    const mean = (/** @type {number} */ norm) => {
      let sum = 0;
      for (let i = 0; i < wanted.length; i += step) {
        sum += weights[i] * at(norm, i);
      }
      return sum;
    };
    // Golden section: the mean has one lowest point over the gain.
    const golden = (Math.sqrt(5) - 1) / 2;
    let [low, high] = [-6, 6];
    for (let i = 0; i < 16; i++) {
      const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
      [low, high] = mean(a) < mean(b) ? [low, b] : [a, high];
    }
    return wanted.map((_, i) => at(0.5 * (low + high), i));
  }
}
