// SPDX-License-Identifier: MIT
/** How near a renderer comes to measured responses, over a set of directions; one gain for all is fitted. */
import { ildDb, itdS, lsdDb, powerSpectrum } from '../fidelity/metrics.mjs';
import { FRAMES, RATE_HZ } from '../fidelity/heads.mjs';

/** @typedef {[Float64Array, Float64Array]} Ears */
/** @typedef {{ mean: number, p95: number, worst: number }} Summary */

const NARROW_HZ = /** @type {const} */ ([200, 16000]);
const WIDE_HZ = /** @type {const} */ ([20, 20000]);

/** @param {number[]} values @returns {Summary} of magnitudes */
export function summarise(values) {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return {
    mean: sorted.reduce((sum, v) => sum + v, 0) / sorted.length,
    p95: sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))],
    worst: sorted[sorted.length - 1],
  };
}

/**
 * @param {Ears[]} wanted
 * @param {Ears[]} got
 * @returns {{ lsdDb: Summary, lsdWideDb: Summary, ildDb: Summary, itdUs: Summary, gainDb: number }} LSD 200 Hz to
 *   16 kHz and 20 Hz to 20 kHz, both ears' mean
 */
export function compare(wanted, got) {
  const powers = [wanted, got].map((set) => set.map((ears) => ears.map((ear) => powerSpectrum(ear, FRAMES))));
  let sum = 0;
  let terms = 0;
  const first = Math.ceil(NARROW_HZ[0] * FRAMES / RATE_HZ);
  const last = Math.floor(NARROW_HZ[1] * FRAMES / RATE_HZ);
  powers[0].forEach((ears, i) => ears.forEach((power, e) => {
    for (let k = first; k <= last; k++) {
      sum += Math.log(powers[1][i][e][k] / power[k]);
      terms += 1;
    }
  }));
  const gain = Math.exp(sum / terms);
  const lsd = { narrow: /** @type {number[]} */ ([]), wide: /** @type {number[]} */ ([]) };
  const ild = /** @type {number[]} */ ([]);
  const itd = /** @type {number[]} */ ([]);
  powers[0].forEach((ears, i) => {
    const scaled = ears.map((power) => power.map((p) => p * gain));
    const of = (/** @type {readonly [number, number]} */ band) => (lsdDb(scaled[0], powers[1][i][0], RATE_HZ, ...band) +
      lsdDb(scaled[1], powers[1][i][1], RATE_HZ, ...band)) / 2;
    lsd.narrow.push(of(NARROW_HZ));
    lsd.wide.push(of(WIDE_HZ));
    ild.push(ildDb(powers[1][i][0], powers[1][i][1], RATE_HZ) - ildDb(ears[0], ears[1], RATE_HZ));
    itd.push(1e6 * (itdS(got[i][0], got[i][1], RATE_HZ) - itdS(wanted[i][0], wanted[i][1], RATE_HZ)));
  });
  return { lsdDb: summarise(lsd.narrow), lsdWideDb: summarise(lsd.wide), ildDb: summarise(ild), itdUs: summarise(itd),
    gainDb: 10 * Math.log10(gain) };
}

/**
 * @param {string} name
 * @param {ReturnType<typeof compare>} c
 */
export function row(name, { lsdDb: lsd, lsdWideDb: wide, ildDb: ild, itdUs: itd }) {
  const cell = (/** @type {Summary} */ { mean, p95 }, /** @type {number} */ digits) =>
    `${mean.toFixed(digits).padStart(7)} ${p95.toFixed(digits).padStart(7)}`;
  return `${name.padEnd(44)} ${cell(lsd, 2)}  ${cell(wide, 2)}  ${cell(ild, 2)}  ${cell(itd, 1)}`;
}

export const HEADING = `${''.padEnd(44)} ${'LSD 0.2-16 kHz'.padStart(15)}  ${'LSD 20-20k'.padStart(15)}  ` +
  `${'ILD, dB'.padStart(15)}  ${'ITD, us'.padStart(15)}\n${''.padEnd(44)}${'    mean     p95 '.repeat(4)}`;
