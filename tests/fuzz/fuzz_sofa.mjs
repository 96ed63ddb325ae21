// SPDX-License-Identifier: MIT
/**
 * Any bytes as a SOFA file: read by h5wasm, checked, now and then baked; refused with a reason, or good.
 *
 * Half of the inputs are good files with changed bytes; the others are sound HDF5 files whose variables, shapes,
 * attributes and numbers are made up. Malformed files that crashed other readers are changed too, where they lie beside
 * the repository.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as h5wasm from 'h5wasm';
import { Baker } from '../../web/heads/baker.js';
import { readBakedHead } from '../../web/heads/baked-head.js';
import { headFacts } from '../../web/heads/head-info.js';
import { HeadError } from '../../web/heads/head-error.js';
import { readSofa } from '../../web/heads/sofa.js';
import { ROOT } from '../../web/tools/process.mjs';
import { ring, sofaBytes, sphere } from '../support/sofa-file.mjs';
import { mutated } from './mutate.mjs';

const HOSTILE = path.join(ROOT, '../shared/data/sofa/hostile');
/** One good input in so many is baked: it takes a hundred times as long as reading. */
const BAKED = 25;

/** @returns {Promise<Uint8Array[]>} */
async function seeds() {
  const made = await Promise.all([{ count: 8 }, { directions: ring(6) }, { count: 12, cartesian: true, delayed: true },
    { directions: sphere(9), rateHz: 44100, convention: 'GeneralFIR' }].map((wishes) => sofaBytes(wishes)));
  const hostile = fs.existsSync(HOSTILE) ? fs.readdirSync(HOSTILE).map((name) =>
    new Uint8Array(fs.readFileSync(path.join(HOSTILE, name)))) : [];
  return [...made, ...hostile];
}

let readers = 0;

/**
 * The HDF5 library once more, as a page that was reloaded has it: one that broke stays broken.
 *
 * @returns {Promise<typeof import('h5wasm')>}
 */
async function freshReader() {
  const from = path.dirname(fileURLToPath(import.meta.resolve('h5wasm')));
  readers += 1;
  const to = path.join(ROOT, '.build/fuzz/fuzz_sofa', `h5wasm-${process.pid}-${readers}`);
  fs.mkdirSync(to, { recursive: true });
  fs.writeFileSync(path.join(to, 'package.json'), '{"type":"module"}');
  ['hdf5_hl.js', 'hdf5_util.js'].forEach((name) => fs.copyFileSync(path.join(from, name), path.join(to, name)));
  const library = await import(pathToFileURL(path.join(to, 'hdf5_hl.js')).href);
  await library.ready;
  fs.rmSync(to, { recursive: true });
  return library;
}

/**
 * A sound HDF5 file of unsound contents.
 *
 * @param {import('./mutate.mjs').Random} rng
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function madeUp(rng) {
  const { FS } = await h5wasm.ready;
  const place = '/made-up.sofa';
  const file = new h5wasm.File(place, 'w');
  const odd = (/** @type {any} */ usual, /** @type {readonly any[]} */ others) =>
    rng.below(6) === 0 ? rng.pick(others) : usual;
  const count = odd(6, [0, 1, 3, 4, 5, 40]);
  const ears = odd(2, [1, 3, 0]);
  const taps = odd(32, [1, 15, 16, 64, 300]);
  const numbers = (/** @type {number} */ n) => {
    const values = Array.from({ length: n }, () => odd(rng.below(2000) / 1000 - 1, [0, 1, -1, 1e-9]));
    if (n > 0 && rng.below(8) === 0) {
      values[rng.below(n)] = rng.pick([NaN, Infinity, 1e300, -1e38, 1e-45, 1e38]);
    }
    return values;
  };
  const write = (/** @type {string} */ name, /** @type {number[]} */ shape, /** @type {Record<string, any>} */ attrs,
    /** @type {number[] | undefined} */ data = undefined) => {
    if (rng.below(25) === 0) {
      return;
    }
    const size = odd(shape, [[...shape, 1], shape.slice(1), [...shape].reverse(), [1], shape.map((n) => n + 1)]);
    const total = size.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const values = data !== undefined && data.length === total ? data : numbers(total);
    const text = rng.below(40) === 0;
    const set = file.create_dataset({ name, shape: size, dtype: text ? undefined : odd('<d', ['<f', '<i', '<h', '<B']),
      data: text ? values.map(String) : values });
    Object.entries(attrs).forEach(([key, value]) => set?.create_attribute(key, value));
  };
  Object.entries({ Conventions: 'SOFA', SOFAConventions: odd('SimpleFreeFieldHRIR', ['GeneralFIR', 'GeneralTF', '', 7]),
    DataType: odd('FIR', ['TF', 'FIR-E', 3]), RoomType: odd('free field', ['reverberant', 1]),
    DatabaseName: odd('Made', ['\u0000', 'é'.repeat(2000), '']), License: 'CC0' })
    .forEach(([key, value]) => rng.below(30) !== 0 && file.create_attribute(key, value));
  write('Data.IR', [count, ears, taps], {});
  write('Data.Delay', odd([1, 2], [[count, 2], [2], [count, 1], [2, count]]), {},
    rng.below(2) === 0 ? [0, 0] : undefined);
  write('Data.SamplingRate', odd([1], [[count], [2]]), { Units: 'hertz' },
    [odd(48000, [0, -1, 44100, 7999, 192001, NaN, 1e30])]);
  const type = odd('spherical', ['cartesian', 'polar', 4]);
  write('SourcePosition', odd([count, 3], [[1, 3], [3, count], [count, 2]]),
    { Type: type, Units: odd('degree, degree, metre', ['radian, radian, metre', 'metre', '']) });
  write('ListenerPosition', [1, 3], { Type: odd('cartesian', ['spherical']) }, [0, 0, 0]);
  write('ListenerView', odd([1, 3], [[count, 3], [3]]), { Type: odd('cartesian', ['spherical']) }, [1, 0, 0]);
  write('ListenerUp', [1, 3], {}, odd([0, 0, 1], [[1, 0, 0], [0, 0, 0]]));
  file.close();
  const bytes = new Uint8Array(FS.readFile(place));
  FS.unlink(place);
  return bytes;
}

/**
 * @returns {Promise<import('./door.mjs').Door>}
 */
export async function open() {
  const from = await seeds();
  const good = from[0];
  const module = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-bake.wasm')));
  let baker = new Baker(module);
  let reader = await freshReader();
  let accepted = 0;
  /** @param {Uint8Array} bytes @param {boolean} bake */
  const read = async (bytes, bake) => {
    const head = await readSofa(reader, bytes, 'it');
    const facts = headFacts(head);
    if (!Number.isFinite(facts.largestHole.radiusDeg) || !head.filters.every(Number.isFinite) ||
      !head.directions.every(Number.isFinite) || !head.delays.every(Number.isFinite)) {
      throw new Error('a head with numbers that are not finite was accepted');
    }
    if (bake) {
      const { blob } = await baker.bake(head, 'it', 'fuzz', () => {}, { spacingDeg: accepted % 3 === 0 ? 12 : 0,
        diffuseField: accepted % 2 === 0, lowFrequency: 'auto' });
      readBakedHead(blob, 'it');
      return 'baked';
    }
    return 'read';
  };
  return {
    next: async (rng) => rng.below(2) === 0 ? madeUp(rng) : mutated(rng, rng.pick(from)),
    take: async (bytes) => {
      try {
        accepted++;
        return await read(bytes, accepted % BAKED === 0);
      } catch (error) {
        if (error instanceof HeadError && /^it: .{10,}/.test(error.message)) {
          if (await read(good, false).catch((/** @type {Error} */ { message }) => message) !== 'read') {
            await assert.rejects(read(good, false), /^PinnaError: it: cannot be read: an earlier file/);
            reader = await freshReader();
          }
          return `refused: ${error.message.replace(/[-+]?\d[\d.e+-]*/g, '#').slice(4, 64)}`;
        }
        if (error instanceof WebAssembly.RuntimeError) {
          baker = new Baker(module);
        }
        throw error;
      }
    },
    end: async () => {
      if (await read(good, true) !== 'baked') {
        throw new Error('a good file is not read any more');
      }
    },
  };
}
