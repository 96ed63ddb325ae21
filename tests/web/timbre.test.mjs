// SPDX-License-Identifier: MIT
/** The natural timbre: its filters against the default head, and the guide's figures of both. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { openSafetensors, tensor } from '../../web/heads/baked-head.js';
import { ROOT } from '../../web/tools/process.mjs';

const HEAD = 'models/kemar/kemar.safetensors';
const GUIDE = 'web/docs/heads.md';
const RATE_HZ = 48000;
const BANDS_HZ = [63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000];
const PER_BAND = 12;
const DIRECTIONS = 1000;

/** The guide's figures have one decimal, and are of a finer grid. */
const ROUNDING_DB = 0.15;

/** Frequencies of an octave band. @param {number} centreHz */
function within(centreHz) {
  return Array.from({ length: PER_BAND }, (_, i) => centreHz * 2 ** ((i + 0.5) / PER_BAND - 0.5))
    .filter((hz) => hz < 20000);
}

/** Power of a response at a frequency. @param {ArrayLike<number>} h @param {number} hz */
function power(h, hz) {
  const step = 2 * Math.PI * hz / RATE_HZ;
  let [re, im] = [0, 0];
  for (let i = 0; i < h.length; i++) {
    re += h[i] * Math.cos(step * i);
    im -= h[i] * Math.sin(step * i);
  }
  return re * re + im * im;
}

/** Mean power over the sphere and both ears, by frequency. @returns {(hz: number) => number} */
function diffuse() {
  const { header, data } = openSafetensors(fs.readFileSync(path.join(ROOT, HEAD)), HEAD);
  const { values: at, shape: [count] } = tensor(header, data, 'directions', 'F32', [undefined, 3], HEAD);
  const { values, shape: [, , taps] } = tensor(header, data, 'filters', 'I16', [count, 2, undefined], HEAD);
  const { values: scales } = tensor(header, data, 'scales', 'F32', [count, 2], HEAD);
  // Each node counts by how much of the sphere is nearest to it.
  const share = new Float64Array(count);
  for (let i = 0; i < DIRECTIONS; i++) {
    const y = 1 - 2 * (i + 0.5) / DIRECTIONS;
    const flat = Math.sqrt(1 - y * y);
    const angle = i * Math.PI * (3 - Math.sqrt(5));
    const [x, z] = [flat * Math.cos(angle), flat * Math.sin(angle)];
    let nearest = 0;
    let best = -Infinity;
    for (let n = 0; n < count; n++) {
      const cosine = at[3 * n] * x + at[3 * n + 1] * y + at[3 * n + 2] * z;
      if (cosine > best) {
        [nearest, best] = [n, cosine];
      }
    }
    share[nearest] += 1 / DIRECTIONS;
  }
  return (hz) => share.reduce((sum, part, n) => sum + [0, 1].reduce((ears, ear) => {
    const row = 2 * n + ear;
    return ears + (part === 0 ? 0 :
      part / 2 * scales[row] ** 2 * power(values.subarray(row * taps, (row + 1) * taps), hz));
  }, 0), 0);
}

/**
 * A BiquadFilterNode's power. [Web Audio API, "Filters Characteristics"]
 *
 * @param {string} type
 * @param {number} frequency @param {number} gain @param {number} Q @param {number} hz
 */
function filtered(type, frequency, gain, Q, hz) {
  const A = 10 ** (gain / 40);
  const w = 2 * Math.PI * frequency / RATE_HZ;
  const [c, s] = [Math.cos(w), Math.sin(w)];
  if (type === 'peaking') {
    const alpha = s / (2 * Q);
    return power([1 + alpha * A, -2 * c, 1 - alpha * A], hz) / power([1 + alpha / A, -2 * c, 1 - alpha / A], hz);
  }
  assert.equal(type, 'lowshelf');
  const slope = s * Math.SQRT2 * Math.sqrt(A);
  return power([A * (A + 1 - (A - 1) * c + slope), 2 * A * (A - 1 - (A + 1) * c), A * (A + 1 - (A - 1) * c - slope)],
    hz) / power([A + 1 + (A - 1) * c + slope, -2 * (A - 1 + (A + 1) * c), A + 1 + (A - 1) * c - slope], hz);
}

/** A column of the guide's table, one level a band. @param {string} guide @param {string} name */
function figures(guide, name) {
  const rows = guide.split('\n').filter((line) => line.startsWith('|')).map((line) =>
    line.split('|').map((cell) => cell.trim()));
  const column = rows[0].indexOf(name);
  assert.ok(column > 0, name);
  assert.deepEqual(rows.slice(2).map((row) => row[1]), ['63', '125', '250', '500', '1k', '2k', '4k', '8k', '16k']);
  return rows.slice(2).map((row) => Number(row[column].replace('−', '-')));
}

test('the_natural_timbre_makes_the_default_head_even_and_the_guides_figures_are_true', () => {
  const guide = fs.readFileSync(path.join(ROOT, GUIDE), 'utf8');
  const head = diffuse();
  const levels = BANDS_HZ.map((band) => {
    const parts = within(band).map((hz) => {
      const before = head(hz);
      return { before, after: NATURAL.reduce((p, { type, frequency, gain, Q }) =>
        p * filtered(type, frequency, gain, Q, hz), before) };
    });
    const decibels = (/** @type {'before' | 'after'} */ when) =>
      10 * Math.log10(parts.reduce((sum, part) => sum + part[when], 0) / parts.length);
    return { before: decibels('before'), after: decibels('after') };
  });
  const even = levels.filter((_, i) => BANDS_HZ[i] <= 8000).map(({ after }) => after);
  assert.ok(Math.max(...even) - Math.min(...even) < 1, `${even}`);
  figures(guide, '`measured`').forEach((wanted, i) =>
    assert.ok(Math.abs(wanted - levels[i].before) < ROUNDING_DB, `${BANDS_HZ[i]} Hz: ${levels[i].before} dB`));
  figures(guide, '`natural`').forEach((wanted, i) =>
    assert.ok(Math.abs(wanted - levels[i].after) < ROUNDING_DB, `${BANDS_HZ[i]} Hz: ${levels[i].after} dB`));
});
