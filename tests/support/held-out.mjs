// SPDX-License-Identifier: MIT
/** Measured heads with some of their directions taken out, and what simpler renderers make of the gaps. */
import { FRAMES } from '../fidelity/heads.mjs';
import { fft, firstAbove } from '../fidelity/metrics.mjs';

/** @typedef {import('./measured.mjs').Ears} Ears */

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const cosine = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {ArrayLike<number>[]} directions @param {ArrayLike<number>} wanted @returns {number} which it is */
export function nearest(directions, wanted) {
  let best = 0;
  for (let i = 1; i < directions.length; i++) {
    best = cosine(directions[i], wanted) > cosine(directions[best], wanted) ? i : best;
  }
  return best;
}

/**
 * The measured head with some of its directions.
 *
 * @param {import('../../web/heads/sofa.js').MeasuredHead} head
 * @param {number[]} kept
 */
export function thinned(head, kept) {
  const pick = (/** @type {Float32Array} */ all, /** @type {number} */ width) =>
    Float32Array.from(kept.flatMap((i) => Array.from(all.subarray(i * width, (i + 1) * width))));
  return {
    ...head,
    count: kept.length,
    directions: pick(head.directions, 3),
    filters: pick(head.filters, 2 * head.taps),
    delays: pick(head.delays, 2),
  };
}

/** @param {Float64Array} x  a response @returns {{ delay: number, re: Float64Array, im: Float64Array }} */
function takenApart(x) {
  const at = firstAbove(x, -20);
  const re = new Float64Array(FRAMES);
  re.set(x.subarray(Math.floor(at)));
  const im = new Float64Array(FRAMES);
  fft(re, im);
  return { delay: Math.floor(at), re, im };
}

/**
 * Blink's FFTFrame::InterpolateFrequencyComponents, and HRTFKernel's blend of delays.
 *
 * @param {ReturnType<typeof takenApart>} a
 * @param {ReturnType<typeof takenApart>} b
 * @param {number} x  0 = a, 1 = b
 * @returns {Float64Array}
 */
function blended(a, b, x) {
  const re = new Float64Array(FRAMES);
  const im = new Float64Array(FRAMES);
  re[0] = (1 - x) * a.re[0] + x * b.re[0];
  re[FRAMES / 2] = (1 - x) * a.re[FRAMES / 2] + x * b.re[FRAMES / 2];
  let phase = 0;
  let lastA = 0;
  let lastB = 0;
  const wrapped = (/** @type {number} */ angle) => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
  // Blink transforms 256 frames at 44.1 kHz; its exception for low bins is kept at the same frequency.
  const fine = FRAMES / 256;
  for (let k = 1; k < FRAMES / 2; k++) {
    const [ma, mb] = [Math.hypot(a.re[k], a.im[k]), Math.hypot(b.re[k], b.im[k])];
    const [da, db] = [20 * Math.log10(ma), 20 * Math.log10(mb)];
    let [s1, s2] = [1 - x, x];
    const threshold = k > 16 * fine ? 5 : 2;
    if (da - db < -threshold && da < 0) {
      s1 = s1 ** 0.75;
      s2 = 1 - s1;
    } else if (da - db > threshold && db < 0) {
      s2 = s2 ** 0.75;
      s1 = 1 - s2;
    }
    const size = 10 ** (0.05 * (s1 * da + s2 * db));
    const [pa, pb] = [Math.atan2(a.im[k], a.re[k]), Math.atan2(b.im[k], b.re[k])];
    const [ga, gb] = [wrapped(pa - lastA), wrapped(pb - lastB)];
    [lastA, lastB] = [pa, pb];
    let blend = s1 * ga + s2 * gb;
    if (ga - gb > Math.PI) {
      blend = s1 * ga + s2 * (2 * Math.PI + gb);
    } else if (gb - ga > Math.PI) {
      blend = s1 * (2 * Math.PI + ga) + s2 * gb;
    }
    phase = wrapped(phase + blend);
    re[k] = size * Math.cos(phase);
    im[k] = size * Math.sin(phase);
    re[FRAMES - k] = re[k];
    im[FRAMES - k] = -im[k];
  }
  fft(re, im, true);
  const delay = Math.round((1 - x) * a.delay + x * b.delay);
  const out = new Float64Array(FRAMES);
  out.set(re.subarray(0, FRAMES / 2), delay);
  return out;
}

/**
 * The rule of Chromium's PannerNode (Blink's HRTFDatabase, HRTFElevation, HRTFKernel and FFTFrame) on a grid of 15 by
 * 15 degrees of the nearest measurements.
 *
 * @param {ArrayLike<number>[]} directions
 * @param {Ears[]} responses
 */
export function panner(directions, responses) {
  /** @type {Map<number, ReturnType<typeof takenApart>[]>} */
  const apart = new Map();
  /** @param {number} azimuth  clockwise, degrees @param {number} elevation */
  const node = (azimuth, elevation) => {
    const [a, e] = [azimuth * Math.PI / 180, elevation * Math.PI / 180];
    const at = nearest(directions, [Math.cos(e) * Math.sin(a), Math.sin(e), -Math.cos(e) * Math.cos(a)]);
    const known = apart.get(at) ?? responses[at].map(takenApart);
    apart.set(at, known);
    return known;
  };
  return (/** @type {ArrayLike<number>} */ [x, y, z]) => {
    const azimuth = (Math.atan2(x, -z) * 180 / Math.PI + 360) % 360;
    const elevation = Math.max(-45, Math.floor(Math.asin(Math.max(-1, Math.min(1, y))) * 180 / Math.PI / 15) * 15);
    const place = Math.floor(azimuth / 1.875) / 8;
    const [from, to] = [node(15 * Math.floor(place), elevation), node(15 * (Math.floor(place) + 1), elevation)];
    return /** @type {Ears} */ ([0, 1].map((e) => blended(from[e], to[e], place % 1)));
  };
}
