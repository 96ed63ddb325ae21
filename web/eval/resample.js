// SPDX-License-Identifier: MIT
/**
 * Another sample rate, for metrics that are defined at one: a windowed sinc, evaluated only where it is needed.
 *
 * The kernel is the default of scipy.signal.resample_poly (Kaiser 5, ten samples of the slower rate on each side, unity
 * at 0 Hz), so that anybody can make the same signal.
 */

const KAISER_BETA = 5;
const REACH = 10;

export const RESAMPLER = `windowed sinc, Kaiser ${KAISER_BETA}, ${REACH} samples of the slower rate each side`;

/** @param {number} x @returns {number} the modified Bessel function of order 0 */
function bessel0(x) {
  let sum = 1;
  for (let k = 1, term = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** @param {number} a @param {number} b */
function commonDivisor(a, b) {
  while (b !== 0) {
    [a, b] = [b, a % b];
  }
  return a;
}

/**
 * @param {ArrayLike<number>} x [frames]
 * @param {number} fromHz whole
 * @param {number} toHz   whole
 * @returns {Float64Array} [ceil(frames x toHz / fromHz)], its first sample at the time of the first of `x`
 */
export function resampled(x, fromHz, toHz) {
  const common = commonDivisor(fromHz, toHz);
  const up = toHz / common;
  const down = fromHz / common;
  if (up === down) {
    return Float64Array.from(x);
  }
  const slower = Math.max(up, down);
  const half = REACH * slower;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const t = (i - half) / slower;
    const sinc = i === half ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    return sinc * bessel0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - ((i - half) / half) ** 2)));
  });
  const gain = up / taps.reduce((sum, tap) => sum + tap, 0);
  return Float64Array.from({ length: Math.ceil(x.length * up / down) }, (_, m) => {
    const at = m * down;
    const first = Math.max(0, Math.ceil((at - half) / up));
    const last = Math.min(x.length - 1, Math.floor((at + half) / up));
    let sum = 0;
    for (let n = first; n <= last; n++) {
      sum += x[n] * taps[at - n * up + half];
    }
    return gain * sum;
  });
}
