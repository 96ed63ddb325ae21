// SPDX-License-Identifier: MIT
/**
 * Measured heads as yardsticks: SOFA files at the engine's rate, whole and windowed.
 *
 * The windowed response is what a renderer is asked for: 2.9 ms from 0.17 ms before the onset, with a cosine fade of
 * 0.25 ms at the end (tests/golden/test_measured.c); what is later in the file is mostly the measuring set-up.
 * Files that are nobody's to give away are looked for in a folder beside the repository, and left out without it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { PinnaError } from '../../web/errors.js';
import { Baker } from '../../web/heads/baker.js';
import { readSofa } from '../../web/heads/sofa.js';
import { ROOT, ToolError } from '../../web/tools/process.mjs';

export const RATE_HZ = 48000;
/** Of a response, at RATE_HZ. */
export const FRAMES = 1024;

const WINDOW_S = 2.9e-3;
const BEFORE_ONSET_S = 0.17e-3;
const FADE_S = 0.25e-3;
const ONSET_LEVEL = 0.1;
const ONSET_FINER = 8;
const KERNEL_HALF = 32;
const KERNEL_BETA = 9;

const BESIDE = path.join(ROOT, '..', 'shared', 'data', 'sofa');

/** @typedef {{ key: string, name: string, file: string, baked: string | null }} HeadFile */

/** @type {HeadFile[]} */
export const HEADS = [
  {
    key: 'kemar',
    name: 'MIT KEMAR, normal pinna',
    file: '/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa',
    baked: path.join(ROOT, 'models/kemar/kemar.safetensors'),
  },
  { key: 'ku100', name: 'KU100 dummy head', file: path.join(BESIDE, 'FHK_HRIR_L2354.sofa'), baked: null },
  { key: 'human', name: 'A human (SONICOM example)', file: path.join(BESIDE, 'SONICOM_example_1.sofa'), baked: null },
];

/** @param {number} x */
function bessel0(x) {
  let sum = 1;
  for (let k = 1, term = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const KERNEL_STEPS = 512;
/** Half of a Kaiser window, by KERNEL_STEPS a frame. */
const kaiser = Float64Array.from({ length: KERNEL_HALF * KERNEL_STEPS + 2 }, (_, i) =>
  bessel0(KERNEL_BETA * Math.sqrt(Math.max(0, 1 - (i / (KERNEL_HALF * KERNEL_STEPS)) ** 2))) / bessel0(KERNEL_BETA));

/**
 * The band-limited signal at a place between samples.
 *
 * @param {ArrayLike<number>} x
 * @param {number} at     frames
 * @param {number} cut    of the signal's own band, at most 1
 */
export function sampleAt(x, at, cut = 1) {
  const reach = KERNEL_HALF / cut;
  let sum = 0;
  for (let n = Math.max(0, Math.ceil(at - reach)); n <= Math.min(x.length - 1, Math.floor(at + reach)); n++) {
    const d = (at - n) * cut;
    const place = Math.abs(d) * KERNEL_STEPS;
    const i = Math.floor(place);
    const window = kaiser[i] + (place - i) * (kaiser[i + 1] - kaiser[i]);
    sum += x[n] * window * (Math.abs(d) < 1e-9 ? 1 : Math.sin(Math.PI * d) / (Math.PI * d));
  }
  return sum * cut;
}

/** Onset, with an eighth of a frame's resolution. @param {ArrayLike<number>} x */
function onsetOf(x) {
  let largest = 0;
  for (let n = 1; n < x.length; n++) {
    largest = Math.abs(x[n]) > Math.abs(x[largest]) ? n : largest;
  }
  let peak = 0;
  for (let i = -ONSET_FINER; i <= ONSET_FINER; i++) {
    peak = Math.max(peak, Math.abs(sampleAt(x, largest + i / ONSET_FINER)));
  }
  let at = 0;
  while (Math.abs(x[at]) < ONSET_LEVEL * peak) {
    at++;
  }
  for (let i = -2 * ONSET_FINER; i < 0; i++) {
    if (Math.abs(sampleAt(x, at + i / ONSET_FINER)) >= ONSET_LEVEL * peak) {
      return at + i / ONSET_FINER;
    }
  }
  return at;
}

/** @param {Float64Array} x  at RATE_HZ */
function windowed(x) {
  const begin = onsetOf(x) - BEFORE_ONSET_S * RATE_HZ;
  const end = begin + WINDOW_S * RATE_HZ;
  const fade = FADE_S * RATE_HZ;
  return x.map((sample, n) => {
    if (n < begin || n >= end) {
      return 0;
    }
    return end - n < fade ? sample * (0.5 - 0.5 * Math.cos(Math.PI * (end - n) / fade)) : sample;
  });
}

/**
 * @typedef {object} Yardstick
 * @property {string} key
 * @property {string} name
 * @property {Uint8Array} blob  what pinna loads
 * @property {Float64Array[]} directions  unit vectors, +x right, +y up, -z ahead
 * @property {[Float64Array, Float64Array][]} whole     [direction] both ears, [FRAMES] at RATE_HZ
 * @property {[Float64Array, Float64Array][]} windowed  likewise
 */

/**
 * Refusals of a head without the stack that faults of the program come with.
 *
 * @template T
 * @param {Promise<T>} work
 */
function said(work) {
  return work.catch((error) => {
    throw error instanceof PinnaError ? new ToolError(error.message) : error;
  });
}

/**
 * @param {HeadFile} head
 * @param {number} step  every which direction is used
 * @param {(text: string) => void} progress
 * @returns {Promise<Yardstick>}
 */
export async function openHead(head, step, progress) {
  progress(`${head.name}: reading`);
  const file = path.basename(head.file);
  const measured = await said(readSofa(await import('h5wasm'), fs.readFileSync(head.file), file));
  let blob;
  if (head.baked === null) {
    const baker = new Baker(new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-bake.wasm'))));
    blob = (await said(baker.bake(measured, file, 'npm run fidelity', (done) => {
      progress(`${head.name}: baking, ${Math.round(100 * done)} %`);
    }, { lowFrequency: 'keep' }))).blob; // the measurement is the yardstick, as far down as it goes
  } else {
    blob = fs.readFileSync(head.baked);
  }
  const { taps, count, filters, delays, sampleRateHz } = measured;
  /** @type {Yardstick} */
  const out = { key: head.key, name: head.name, blob, directions: [], whole: [], windowed: [] };
  const ratio = sampleRateHz / RATE_HZ;
  for (let i = 0; i < count; i += step) {
    if (i % 50 === 0) {
      progress(`${head.name}: resampling, ${i} of ${count}`);
    }
    const ears = [0, 1].map((e) => {
      const response = filters.subarray((2 * i + e) * taps, (2 * i + e + 1) * taps);
      const delay = delays[2 * i + e];
      if (ratio === 1 && delay === 0) {
        return Float64Array.from({ length: FRAMES }, (_, n) => response[n] ?? 0);
      }
      // A filter keeps its spectrum, not its samples.
      return Float64Array.from({ length: FRAMES }, (_, n) =>
        sampleAt(response, n * ratio - delay, Math.min(1, 1 / ratio)) * ratio);
    });
    out.directions.push(Float64Array.from(measured.directions.subarray(3 * i, 3 * i + 3)));
    out.whole.push(/** @type {[Float64Array, Float64Array]} */ (ears));
    out.windowed.push([windowed(ears[0]), windowed(ears[1])]);
  }
  return out;
}

/** @returns {HeadFile[]} those that this machine has */
export function presentHeads() {
  return HEADS.filter(({ file }) => fs.existsSync(file));
}
