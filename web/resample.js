// SPDX-License-Identifier: MIT
/**
 * Sample rate conversion of a whole clip, before it is sent to the engine.
 *
 * Band-limited interpolation [Smith 1984]: each output is a sum over the input with a windowed sinc, whose cutoff is
 * the lower of the two Nyquist rates. A browser's own AudioBufferSourceNode interpolates linearly, which is audible.
 */

/** Zero crossings on each side: with the window below, images lie under -90 dB. */
const ZEROS = 32;
const KAISER_BETA = 9;
/** Of the lower Nyquist rate: where the passband ends. */
const PASSBAND = 0.95;

/** Modified Bessel function of order 0, by its series. @param {number} x */
function bessel0(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** @param {number} a @param {number} b @returns {number} */
function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * @param {Float32Array} input
 * @param {number} fromHz
 * @param {number} toHz
 * @returns {Float32Array}
 */
export function resample(input, fromHz, toHz) {
  // Rates that are not whole numbers are taken to a thousandth of a hertz.
  const scale = Number.isInteger(fromHz) && Number.isInteger(toHz) ? 1 : 1000;
  const from = Math.round(fromHz * scale);
  const to = Math.round(toHz * scale);
  const common = gcd(from, to);
  const up = to / common;
  const down = from / common;
  const cutoff = PASSBAND * Math.min(1, to / from);
  const half = Math.ceil(ZEROS / cutoff);
  const frames = Math.ceil(input.length * to / from);
  const output = new Float32Array(frames);
  /** @type {Map<number, Float64Array>} taps by phase */
  const phases = new Map();
  for (let n = 0; n < frames; n++) {
    const whole = Math.floor(n * down / up);
    const phase = n * down - whole * up;
    let taps = phases.get(phase);
    if (taps === undefined) {
      taps = phaseTaps(phase / up, cutoff, half);
      phases.set(phase, taps);
    }
    const first = whole - half + 1;
    const begin = Math.max(0, -first);
    const end = Math.min(2 * half, input.length - first);
    let sum = 0;
    for (let k = begin; k < end; k++) {
      sum += taps[k] * input[first + k];
    }
    output[n] = sum;
  }
  return output;
}

/**
 * @param {number} fraction  of an input sample by which the output lies after one
 * @param {number} cutoff    of the input's Nyquist rate
 * @param {number} half      taps on each side
 */
function phaseTaps(fraction, cutoff, half) {
  const taps = new Float64Array(2 * half);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) {
    const x = k - half + 1 - fraction;
    const edge = x / half;
    const window = Math.abs(edge) < 1 ? bessel0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / bessel0(KAISER_BETA) : 0;
    const arg = Math.PI * cutoff * x;
    taps[k] = window * (arg === 0 ? 1 : Math.sin(arg) / arg);
    sum += taps[k];
  }
  // Every phase passes a constant alike: otherwise the phases would modulate it.
  return taps.map((tap) => tap / sum);
}
