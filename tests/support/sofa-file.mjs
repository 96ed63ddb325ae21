// SPDX-License-Identifier: MIT
/** SOFA files made of formulas, written by the HDF5 library itself. */
import * as h5wasm from 'h5wasm';

const RATE_HZ = 48000;
const TAPS = 96;
const EAR_M = 0.0875;
const DEGREES = 180 / Math.PI;

/**
 * Directions spread evenly over the sphere, in SOFA's axes: x ahead, y left, z up.
 *
 * @param {number} count
 * @returns {number[][]}
 */
export function sphere(count) {
  return Array.from({ length: count }, (_, k) => {
    const z = 1 - (2 * k + 1) / count;
    const turn = k * Math.PI * (3 - Math.sqrt(5));
    return [Math.sqrt(1 - z * z) * Math.cos(turn), Math.sqrt(1 - z * z) * Math.sin(turn), z];
  });
}

/**
 * A ring at ear height, `count` directions.
 *
 * @param {number} count
 * @returns {number[][]}
 */
export function ring(count) {
  return Array.from({ length: count }, (_, k) =>
    [Math.cos(2 * Math.PI * k / count), Math.sin(2 * Math.PI * k / count), 0]);
}

/**
 * A rigid sphere's first-order head: each ear later and quieter as the source goes round it, and a short tail.
 *
 * @param {number[]} direction
 * @param {number} rateHz
 * @returns {{ frames: number, gain: number }[]} left, right
 */
export function ears([, y], rateHz = RATE_HZ) {
  return [y, -y].map((towards) => {
    const angle = Math.acos(Math.max(-1, Math.min(1, towards)));
    const path = angle < Math.PI / 2 ? -Math.cos(angle) : angle - Math.PI / 2;
    return { frames: Math.round(EAR_M * (1 + path) / 343 * rateHz), gain: 0.6 + 0.4 * towards };
  });
}

/**
 * @typedef {object} SofaWishes
 * @property {number} [count]           directions over the sphere
 * @property {number[][]} [directions]  instead
 * @property {number} [rateHz]
 * @property {string} [convention]
 * @property {boolean} [cartesian]
 * @property {boolean} [delayed]        onsets in Data.Delay, per measurement
 */

let files = 0;

/**
 * @param {SofaWishes} [wishes]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function sofaBytes({ count = 200, directions = sphere(count), rateHz = RATE_HZ,
  convention = 'SimpleFreeFieldHRIR', cartesian = false, delayed = false } = {}) {
  const { FS } = await h5wasm.ready;
  files += 1;
  const place = `/made-${files}.sofa`;
  const file = new h5wasm.File(place, 'w');
  Object.entries({ Conventions: 'SOFA', SOFAConventions: convention, DataType: 'FIR', RoomType: 'free field',
    DatabaseName: 'Spheres', ListenerShortName: 'S1', License: 'CC0', References: 'none but this test' })
    .forEach(([key, value]) => file.create_attribute(key, value));
  const taps = Math.ceil(TAPS * rateHz / RATE_HZ);
  const heads = directions.map((direction) => ears(direction, rateHz));
  const response = (/** @type {number} */ at, /** @type {number} */ gain) => {
    const out = new Array(taps).fill(0);
    [1, -0.35, 0.2, -0.1].forEach((x, i) => { out[at + i] = gain * x; });
    return out;
  };
  /**
   * @param {string} name
   * @param {number[]} data
   * @param {number[]} shape
   * @param {Record<string, string>} [attributes]
   */
  const write = (name, data, shape, attributes = {}) => {
    const set = file.create_dataset({ name, data, shape, dtype: '<d' });
    Object.entries(attributes).forEach(([key, value]) => set?.create_attribute(key, value));
  };
  const responses = heads.flat().flatMap(({ frames, gain }) => response(delayed ? 8 : 8 + frames, gain));
  write('Data.IR', responses, [directions.length, 2, taps]);
  if (delayed) {
    write('Data.Delay', heads.flatMap((head) => head.map(({ frames }) => frames)), [directions.length, 2]);
  } else {
    write('Data.Delay', [0, 0], [1, 2]);
  }
  write('Data.SamplingRate', [rateHz], [1], { Units: 'hertz' });
  write('SourcePosition', directions.flatMap(([x, y, z]) => cartesian ? [1.5 * x, 1.5 * y, 1.5 * z] :
    [Math.atan2(y, x) * DEGREES, Math.asin(z) * DEGREES, 1.5]), [directions.length, 3],
  cartesian ? { Type: 'cartesian', Units: 'metre' } : { Type: 'spherical', Units: 'degree, degree, metre' });
  write('ListenerPosition', [0, 0, 0], [1, 3], { Type: 'cartesian', Units: 'metre' });
  write('ListenerView', [1, 0, 0], [1, 3], { Type: 'cartesian', Units: 'metre' });
  write('ListenerUp', [0, 0, 1], [1, 3]);
  file.close();
  const bytes = new Uint8Array(FS.readFile(place));
  FS.unlink(place);
  return bytes;
}
