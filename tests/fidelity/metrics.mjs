// SPDX-License-Identifier: MIT
/**
 * Yardsticks for rendered sound, in double precision: the same definitions as tests/support/metrics.c.
 *
 * Levels are in dB, 20 log10 of amplitude; -999 stands for silence. Powers are those of `powerSpectrum`.
 */

const SILENCE_DB = -999;

/** @param {number} power */
export function levelDb(power) {
  return power > 0 ? 10 * Math.log10(power) : SILENCE_DB;
}

/** @type {Map<number, { cosines: Float64Array, sines: Float64Array }>} */
const twiddles = new Map();

/** @param {number} size */
function twiddlesOf(size) {
  let found = twiddles.get(size);
  if (found === undefined) {
    found = {
      cosines: Float64Array.from({ length: size / 2 }, (_, k) => Math.cos(2 * Math.PI * k / size)),
      sines: Float64Array.from({ length: size / 2 }, (_, k) => Math.sin(2 * Math.PI * k / size)),
    };
    twiddles.set(size, found);
  }
  return found;
}

/**
 * In place, X[k] = sum x[n] e^(-2 pi i k n / size); the inverse is scaled by 1 / size.
 *
 * @param {Float64Array} re  of a power of two
 * @param {Float64Array} im
 * @param {boolean} [inverse]
 */
export function fft(re, im, inverse = false) {
  const size = re.length;
  const { cosines, sines } = twiddlesOf(size);
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) {
      j ^= bit;
    }
    j ^= bit;
    if (i < j) {
      const [r, m] = [re[i], im[i]];
      re[i] = re[j];
      im[i] = im[j];
      re[j] = r;
      im[j] = m;
    }
  }
  const sense = inverse ? 1 : -1;
  for (let span = 2; span <= size; span *= 2) {
    const stride = size / span;
    for (let start = 0; start < size; start += span) {
      for (let k = 0; k < span / 2; k++) {
        const a = start + k;
        const b = a + span / 2;
        const c = cosines[k * stride];
        const s = sense * sines[k * stride];
        const r = re[b] * c - im[b] * s;
        const m = re[b] * s + im[b] * c;
        re[b] = re[a] - r;
        im[b] = im[a] - m;
        re[a] += r;
        im[a] += m;
      }
    }
  }
  if (inverse) {
    for (let i = 0; i < size; i++) {
      re[i] /= size;
      im[i] /= size;
    }
  }
}

/**
 * @param {ArrayLike<number>} x  zero-padded or cut to `size`
 * @param {number} size  a power of two
 * @returns {Float64Array} [size / 2 + 1]
 */
export function powerSpectrum(x, size) {
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let n = 0; n < Math.min(x.length, size); n++) {
    re[n] = x[n];
  }
  fft(re, im);
  return Float64Array.from({ length: size / 2 + 1 }, (_, k) => re[k] * re[k] + im[k] * im[k]);
}

/**
 * The bins of a band, both ends included.
 *
 * @param {Float64Array} power
 * @param {number} rateHz
 * @param {number} lowHz
 * @param {number} highHz
 */
export function binsOf(power, rateHz, lowHz, highHz) {
  const size = 2 * (power.length - 1);
  const first = Math.max(1, Math.ceil(lowHz * size / rateHz - 1e-9));
  const last = Math.min(power.length - 1, Math.floor(highHz * size / rateHz + 1e-9));
  return { first, last };
}

/**
 * Log-spectral distance: rms over the bins of the band of the level difference.
 *
 * @param {Float64Array} wanted @param {Float64Array} got
 * @param {number} rateHz @param {number} lowHz @param {number} highHz
 */
export function lsdDb(wanted, got, rateHz, lowHz, highHz) {
  const { first, last } = binsOf(wanted, rateHz, lowHz, highHz);
  let sum = 0;
  for (let k = first; k <= last; k++) {
    const d = levelDb(got[k]) - levelDb(wanted[k]);
    sum += d * d;
  }
  return Math.sqrt(sum / (last - first + 1));
}

/** @param {Float64Array} power @param {number} rateHz @param {number} lowHz @param {number} highHz */
export function bandPower(power, rateHz, lowHz, highHz) {
  const { first, last } = binsOf(power, rateHz, lowHz, highHz);
  let sum = 0;
  for (let k = first; k <= last; k++) {
    sum += power[k];
  }
  return sum;
}

/**
 * Level of the left ear over the right's.
 *
 * @param {Float64Array} left @param {Float64Array} right
 * @param {number} rateHz
 */
export function ildDb(left, right, rateHz) {
  return levelDb(bandPower(left, rateHz, 200, 16000) / bandPower(right, rateHz, 200, 16000));
}

const ITD_FRAMES = 1024;
const ITD_SIZE = 2 * ITD_FRAMES;
const ITD_FINER = 8;
const ITD_SECTIONS = 5;
const ITD_MOST_S = 0.0015;

/** Butterworth of order 10 as five second-order sections, bilinear. @param {Float64Array} x @param {number} rateHz */
function lowPass3k(x, rateHz) {
  const k = Math.tan(Math.PI * 3000 / rateHz);
  for (let section = 0; section < ITD_SECTIONS; section++) {
    const inverseQ = 2 * Math.sin(Math.PI * (2 * section + 1) / (4 * ITD_SECTIONS));
    const norm = 1 / (1 + k * inverseQ + k * k);
    const b0 = k * k * norm;
    const a1 = 2 * (k * k - 1) * norm;
    const a2 = (1 - k * inverseQ + k * k) * norm;
    let s1 = 0;
    let s2 = 0;
    for (let n = 0; n < ITD_FRAMES; n++) {
      const input = x[n];
      const y = b0 * input + s1;
      s1 = 2 * b0 * input - a1 * y + s2;
      s2 = b0 * input - a2 * y;
      x[n] = y;
    }
  }
}

/** The spectrum of the envelope (Hilbert) of a low-passed ear. @param {ArrayLike<number>} ear @param {number} rateHz */
function envelopeSpectrum(ear, rateHz) {
  const re = new Float64Array(ITD_SIZE);
  const im = new Float64Array(ITD_SIZE);
  for (let n = 0; n < Math.min(ear.length, ITD_FRAMES); n++) {
    re[n] = ear[n];
  }
  lowPass3k(re, rateHz);
  fft(re, im);
  for (let k = 1; k < ITD_SIZE; k++) {
    const keep = k < ITD_SIZE / 2 ? 2 : (k === ITD_SIZE / 2 ? 1 : 0);
    re[k] *= keep;
    im[k] *= keep;
  }
  fft(re, im, true);
  for (let n = 0; n < ITD_SIZE; n++) {
    // The second half is the room that keeps the correlation from wrapping round.
    re[n] = n < ITD_FRAMES ? Math.hypot(re[n], im[n]) : 0;
    im[n] = 0;
  }
  fft(re, im);
  return { re, im };
}

/**
 * Interaural time difference, positive where the left ear is later: the lag at which the envelopes of both ears after
 * a low-pass at 3 kHz correlate best [Andreopoulou, Katz 2017, MaxIACCe]; eight lags a frame and a parabola through
 * the highest three.
 *
 * @param {ArrayLike<number>} left  what lies beyond 1024 frames is not looked at
 * @param {ArrayLike<number>} right
 * @param {number} rateHz
 * @returns {number} seconds
 */
export function itdS(left, right, rateHz) {
  const l = envelopeSpectrum(left, rateHz);
  const r = envelopeSpectrum(right, rateHz);
  const re = new Float64Array(ITD_SIZE);
  const im = new Float64Array(ITD_SIZE);
  for (let k = 0; k < ITD_SIZE; k++) {
    re[k] = l.re[k] * r.re[k] + l.im[k] * r.im[k];
    im[k] = l.im[k] * r.re[k] - l.re[k] * r.im[k];
  }
  const crossRe = re.slice();
  const crossIm = im.slice();
  fft(re, im, true);
  const most = Math.floor(ITD_MOST_S * rateHz);
  let best = 0;
  for (let lag = -most; lag <= most; lag++) {
    if (re[(lag + ITD_SIZE) % ITD_SIZE] > re[(best + ITD_SIZE) % ITD_SIZE]) {
      best = lag;
    }
  }
  // The correlation between whole lags: the sum that zero-padding of the spectrum would evaluate.
  const at = (/** @type {number} */ lag) => {
    const angle = 2 * Math.PI * lag / ITD_SIZE;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    let [x, y, sum] = [1, 0, 0.5 * crossRe[0]];
    for (let k = 1; k < ITD_SIZE / 2; k++) {
      const next = x * c - y * s;
      y = x * s + y * c;
      x = next;
      sum += crossRe[k] * x - crossIm[k] * y;
    }
    return sum;
  };
  const fine = Float64Array.from({ length: 2 * ITD_FINER + 3 }, (_, i) => at(best + (i - ITD_FINER - 1) / ITD_FINER));
  let top = 1;
  for (let i = 1; i < fine.length - 1; i++) {
    top = fine[i] > fine[top] ? i : top;
  }
  const bend = fine[top - 1] - 2 * fine[top] + fine[top + 1];
  const part = bend < 0 ? 0.5 * (fine[top - 1] - fine[top + 1]) / bend : 0;
  return (best + (top - ITD_FINER - 1 + part) / ITD_FINER) / rateHz;
}

/** Error to signal. @param {ArrayLike<number>} wanted @param {ArrayLike<number>} got @param {number} [from] */
export function esrDb(wanted, got, from = 0) {
  let error = 0;
  let signal = 0;
  for (let n = from; n < wanted.length; n++) {
    error += (got[n] - wanted[n]) ** 2;
    signal += wanted[n] ** 2;
  }
  return levelDb(error / signal);
}

const SPLATTER_FRAMES = 16384;

/**
 * Energy further than `besideHz` from a sine over the whole, under a 4-term Blackman-Harris window.
 *
 * @param {ArrayLike<number>} x  16384 samples
 * @param {number} rateHz @param {number} toneHz @param {number} besideHz
 */
export function splatterDb(x, rateHz, toneHz, besideHz) {
  const windowed = Float64Array.from({ length: SPLATTER_FRAMES }, (_, n) => {
    const a = 2 * Math.PI * n / SPLATTER_FRAMES;
    return x[n] * (0.35875 - 0.48829 * Math.cos(a) + 0.14128 * Math.cos(2 * a) - 0.01168 * Math.cos(3 * a));
  });
  const power = powerSpectrum(windowed, SPLATTER_FRAMES);
  let all = 0;
  let outside = 0;
  power.forEach((p, k) => {
    all += p;
    outside += Math.abs(rateHz * k / SPLATTER_FRAMES - toneHz) > besideHz ? p : 0;
  });
  return levelDb(outside / all);
}

/**
 * Second differences of a signal, ascending.
 *
 * @param {ArrayLike<number>} x
 * @param {number} from @param {number} to
 */
function bends(x, from, to) {
  const out = new Float64Array(to - from);
  for (let n = from; n < to; n++) {
    out[n - from] = Math.abs(x[n + 1] - 2 * x[n] + x[n - 1]);
  }
  return out.sort();
}

/**
 * Click: the largest second difference at an event over the 99.9th percentile of the louder of before and after it.
 *
 * @param {ArrayLike<number>} x
 * @param {number} from @param {number} to  the event, frames
 */
export function clickDb(x, from, to) {
  const calm = (/** @type {Float64Array} */ sorted) => sorted[Math.floor(0.999 * (sorted.length - 1))];
  const around = Math.max(calm(bends(x, 1, from)), calm(bends(x, to, x.length - 1)));
  const most = bends(x, from, to);
  return 2 * levelDb(most[most.length - 1] / around);
}

/** The first sample above a level relative to the largest. @param {ArrayLike<number>} x @param {number} db */
export function firstAbove(x, db) {
  let peak = 0;
  for (let n = 0; n < x.length; n++) {
    peak = Math.max(peak, Math.abs(x[n]));
  }
  const level = peak * 10 ** (db / 20);
  let n = 0;
  while (n < x.length && Math.abs(x[n]) <= level) {
    n++;
  }
  return n;
}

/** Frequency of an ERB number, and the other way [Glasberg, Moore 1990]. @param {number} erb */
export function erbToHz(erb) {
  return (10 ** (erb / 21.4) - 1) / 0.00437;
}

/** @param {number} hz */
export function hzToErb(hz) {
  return 21.4 * Math.log10(1 + 0.00437 * hz);
}

/**
 * Of magnitudes.
 *
 * @param {number[]} values
 * @param {ArrayLike<number>} [weights]  for the mean
 */
export function summarise(values, weights) {
  const sizes = values.map(Math.abs);
  let sum = 0;
  let all = 0;
  sizes.forEach((value, i) => {
    sum += value * (weights?.[i] ?? 1);
    all += weights?.[i] ?? 1;
  });
  const sorted = [...sizes].sort((a, b) => a - b);
  return {
    mean: sum / all,
    p95: sorted[Math.floor(0.95 * (sorted.length - 1))],
    worst: sorted[sorted.length - 1],
  };
}

/** Seeded noise, uniform in [-1, 1). @param {number} seed */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

/**
 * The part of the sphere that is nearest to each direction, in all 1.
 *
 * @param {ArrayLike<number>[]} directions  unit vectors
 * @param {number} [points]
 */
export function solidAngles(directions, points = 16384) {
  const weights = new Float64Array(directions.length);
  for (let i = 0; i < points; i++) {
    const up = 1 - (2 * i + 1) / points;
    const flat = Math.sqrt(1 - up * up);
    const turn = 2.399963229728653 * i;
    const [x, z] = [flat * Math.sin(turn), -flat * Math.cos(turn)];
    let best = -2;
    let at = 0;
    for (let d = 0; d < directions.length; d++) {
      const v = directions[d];
      const near = x * v[0] + up * v[1] + z * v[2];
      if (near > best) {
        best = near;
        at = d;
      }
    }
    weights[at] += 1 / points;
  }
  return weights;
}
