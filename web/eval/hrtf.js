// SPDX-License-Identifier: MIT
/**
 * How far a pair of impulse responses is from another: the figures that papers on HRTFs report.
 *
 * Source   definitions collected from Engel et al. 2023 (SAM), Hogg et al. 2024 (LAP challenge) and Masuyama et al.
 *          2024 (NIIRF); the ITD by Andreopoulou and Katz 2017 (MaxIACCe). Ears are averaged. "LRE" stands for two
 *          things in the literature, so both are given, under names of their own.
 */

import { fft, inverseFft } from './fft.js';

const LEAST_SIZE = 1024;
const WIDE_HZ = /** @type {const} */ ([20, 20000]);
const NARROW_HZ = /** @type {const} */ ([200, 16000]);
const LOW_PASS_HZ = 3000;
const LOW_PASS_SECTIONS = 5;
const ITD_FINER = 8;
const MOST_ITD_S = 0.0015;
/** Levels below this are taken as this: a response of exact zeros has no level. */
const FLOOR_DB = -200;

/** @type {import('./metric.js').Family} */
export const hrtf = {
  key: 'hrtf',
  title: 'Impulse responses',
  parameters: {
    spectrum: `zero-padded to a power of two of at least ${LEAST_SIZE}; levels no less than ${FLOOR_DB} dB`,
    bandHz: `${NARROW_HZ.join(' to ')} for all but the wide LSD (${WIDE_HZ.join(' to ')}), both ends included`,
    lsd: 'root of the mean squared level difference, per ear, then the ears\' mean',
    sde: 'mean absolute level difference (also called LMD)',
    lreComplex: 'mean of 20 log10(|H - H\'| / |H|)',
    lreRelative: 'sum |dB(H) - dB(H\')| / sum |dB(H)|',
    rmse: 'of the samples, both ears; mae likewise',
    sdr: '10 log10(sum x^2 / sum (x - x\')^2) of the samples, both ears',
    pcc: 'correlation of |H| and |H\'| over the band, the ears\' mean',
    itd: `lag of the largest cross-correlation of the Hilbert envelopes after a Butterworth low-pass of order ` +
      `${2 * LOW_PASS_SECTIONS} at ${LOW_PASS_HZ} Hz, within ${1000 * MOST_ITD_S} ms, in ${ITD_FINER}ths of a sample`,
    ild: 'ratio of the ears\' rms over all samples',
  },
  shortest: 0,
  metrics: [
    { key: 'lsdDb', name: 'LSD, 200 Hz-16 kHz', unit: 'dB', digits: 2, better: 'lower' },
    { key: 'lsdWideDb', name: 'LSD, 20 Hz-20 kHz', unit: 'dB', digits: 2, better: 'lower' },
    { key: 'sdeDb', name: 'SDE (LMD)', unit: 'dB', digits: 2, better: 'lower' },
    { key: 'lreComplexDb', name: 'LRE, complex', unit: 'dB', digits: 2, better: 'lower' },
    { key: 'lreRelative', name: 'LRE, of levels', unit: '', digits: 3, better: 'lower' },
    { key: 'rmse', name: 'RMSE', unit: '', digits: 5, better: 'lower' },
    { key: 'mae', name: 'MAE', unit: '', digits: 5, better: 'lower' },
    { key: 'sdrDb', name: 'SDR', unit: 'dB', digits: 2, better: 'higher' },
    { key: 'pcc', name: 'PCC', unit: '', digits: 4, better: 'higher' },
    { key: 'itdDifferenceUs', name: 'ITD difference', unit: 'us', digits: 1, better: 'lower' },
    { key: 'ildDifferenceDb', name: 'ILD difference', unit: 'dB', digits: 2, better: 'lower' },
  ],
  measure(reference, output, sampleRateHz) {
    const wide = [0, 1].map((e) => compared(reference[e], output[e], sampleRateHz, WIDE_HZ));
    const narrow = [0, 1].map((e) => compared(reference[e], output[e], sampleRateHz, NARROW_HZ));
    const mean = (/** @type {number[]} */ [left, right]) => 0.5 * (left + right);
    let squares = 0;
    let absolutes = 0;
    let signal = 0;
    for (let e = 0; e < 2; e++) {
      for (let n = 0; n < reference[e].length; n++) {
        const difference = reference[e][n] - output[e][n];
        squares += difference * difference;
        absolutes += Math.abs(difference);
        signal += reference[e][n] ** 2;
      }
    }
    const samples = 2 * reference[0].length;
    const sum = (/** @type {(one: ReturnType<typeof compared>) => number} */ of) => of(narrow[0]) + of(narrow[1]);
    return {
      lsdDb: mean(narrow.map(({ lsd }) => lsd)),
      lsdWideDb: mean(wide.map(({ lsd }) => lsd)),
      sdeDb: mean(narrow.map(({ sde }) => sde)),
      lreComplexDb: mean(narrow.map(({ relative }) => relative)),
      lreRelative: sum((ear) => ear.sde * ear.bins) / sum((ear) => ear.level * ear.bins),
      rmse: Math.sqrt(squares / samples),
      mae: absolutes / samples,
      sdrDb: 10 * Math.log10(signal / squares),
      pcc: mean(narrow.map(({ pcc }) => pcc)),
      itdDifferenceUs: Math.abs(itdUs(reference, sampleRateHz) - itdUs(output, sampleRateHz)),
      ildDifferenceDb: Math.abs(ildDb(reference) - ildDb(output)),
    };
  },
};

/** @param {ArrayLike<number>} x @param {number} size */
function spectrumOf(x, size) {
  const re = new Float64Array(size);
  re.set(x);
  const im = new Float64Array(size);
  fft(re, im);
  return { re, im };
}

/** @param {number} power */
function levelDb(power) {
  return Math.max(FLOOR_DB, 10 * Math.log10(power));
}

/**
 * One ear's spectra over a band.
 *
 * @param {ArrayLike<number>} wanted
 * @param {ArrayLike<number>} got
 * @param {number} sampleRateHz
 * @param {readonly [number, number]} bandHz
 */
function compared(wanted, got, sampleRateHz, [lowHz, highHz]) {
  let size = LEAST_SIZE;
  while (size < wanted.length) {
    size *= 2;
  }
  const a = spectrumOf(wanted, size);
  const b = spectrumOf(got, size);
  const first = Math.ceil(lowHz * size / sampleRateHz - 1e-9);
  const last = Math.min(size / 2, Math.floor(highHz * size / sampleRateHz + 1e-9));
  const bins = last - first + 1;
  let [squares, absolutes, levels, relative] = [0, 0, 0, 0];
  const sizes = [new Float64Array(bins), new Float64Array(bins)];
  for (let k = first; k <= last; k++) {
    const x = a.re[k] ** 2 + a.im[k] ** 2;
    const y = b.re[k] ** 2 + b.im[k] ** 2;
    const difference = levelDb(x) - levelDb(y);
    squares += difference * difference;
    absolutes += Math.abs(difference);
    levels += Math.abs(levelDb(x));
    relative += levelDb((a.re[k] - b.re[k]) ** 2 + (a.im[k] - b.im[k]) ** 2) - levelDb(x);
    sizes[0][k - first] = Math.sqrt(x);
    sizes[1][k - first] = Math.sqrt(y);
  }
  return {
    bins,
    lsd: Math.sqrt(squares / bins),
    sde: absolutes / bins,
    level: levels / bins,
    relative: relative / bins,
    pcc: correlation(sizes[0], sizes[1]),
  };
}

/** @param {Float64Array} a @param {Float64Array} b */
function correlation(a, b) {
  const mean = (/** @type {Float64Array} */ x) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** @param {import('./metric.js').Ears} ears */
function ildDb(ears) {
  const [left, right] = ears.map((ear) => {
    let sum = 0;
    for (let n = 0; n < ear.length; n++) {
      sum += ear[n] * ear[n];
    }
    return sum;
  });
  return 10 * Math.log10(left / right);
}

/** Butterworth as second-order sections, bilinear, in place. @param {Float64Array} x @param {number} sampleRateHz */
function lowPass(x, sampleRateHz) {
  const k = Math.tan(Math.PI * LOW_PASS_HZ / sampleRateHz);
  for (let section = 0; section < LOW_PASS_SECTIONS; section++) {
    const inverseQ = 2 * Math.sin(Math.PI * (2 * section + 1) / (4 * LOW_PASS_SECTIONS));
    const norm = 1 / (1 + k * inverseQ + k * k);
    const b0 = k * k * norm;
    const a1 = 2 * (k * k - 1) * norm;
    const a2 = (1 - k * inverseQ + k * k) * norm;
    let s1 = 0;
    let s2 = 0;
    for (let n = 0; n < x.length; n++) {
      const input = x[n];
      const y = b0 * input + s1;
      s1 = 2 * b0 * input - a1 * y + s2;
      s2 = b0 * input - a2 * y;
      x[n] = y;
    }
  }
}

/**
 * @param {import('./metric.js').Ears} ears
 * @param {number} sampleRateHz
 * @returns {number} microseconds by which the left ear is later
 */
export function itdUs(ears, sampleRateHz) {
  let size = 2;
  while (size < 2 * ears[0].length) {
    size *= 2;
  }
  const [left, right] = ears.map((ear) => {
    const re = new Float64Array(size);
    re.set(ear);
    lowPass(re, sampleRateHz);
    const im = new Float64Array(size);
    fft(re, im);
    for (let k = 1; k < size; k++) {
      const keep = 2 * k < size ? 2 : 2 * k === size ? 1 : 0;
      re[k] *= keep;
      im[k] *= keep;
    }
    inverseFft(re, im);
    // The second half is the room that keeps the correlation from wrapping round.
    return spectrumOf(re.map((x, n) => n < size / 2 ? Math.hypot(x, im[n]) : 0), size);
  });
  const re = new Float64Array(ITD_FINER * size);
  const im = new Float64Array(ITD_FINER * size);
  for (let k = 0; k < size / 2; k++) {
    re[k] = left.re[k] * right.re[k] + left.im[k] * right.im[k];
    im[k] = left.im[k] * right.re[k] - left.re[k] * right.im[k];
    if (k > 0) {
      re[ITD_FINER * size - k] = re[k];
      im[ITD_FINER * size - k] = -im[k];
    }
  }
  inverseFft(re, im);
  const most = Math.floor(MOST_ITD_S * sampleRateHz * ITD_FINER);
  let best = 0;
  for (let lag = 1; lag <= most; lag++) {
    for (const one of [lag, -lag]) {
      best = Number(re.at(one)) > Number(re.at(best)) ? one : best;
    }
  }
  return 1e6 * best / (ITD_FINER * sampleRateHz);
}
