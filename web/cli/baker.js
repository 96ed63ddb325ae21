// SPDX-License-Identifier: MIT
/** Baking measured heads and changing the rate of clips, on the command line. */

import { Baker } from '../heads/baker.js';
import { compileModule, engineSays } from './engine.js';
import { CliError } from './errors.js';
import { Progress } from './progress.js';

/** @typedef {import('../heads/baker.js').BakeReport} BakeReport */

/** @type {Promise<Baker> | undefined} one module for all heads and clips of a command */
let loading;

/** @returns {Promise<Baker>} */
function loadBaker() {
  loading ??= (async () => {
    const module = await compileModule('pinna-bake.wasm');
    if (module === undefined) {
      throw new CliError('pinna-bake.wasm is refused by this host', 'use a Node with WebAssembly SIMD: 20 or newer');
    }
    return new Baker(module);
  })();
  return loading;
}

/**
 * @param {import('../heads/sofa.js').MeasuredHead} head
 * @param {string} file that it was read from
 * @param {import('../heads/bake-wishes.js').BakeWishes} [wishes]
 * @returns {Promise<{ blob: Uint8Array, report: BakeReport }>}
 * @throws {CliError}
 */
export async function bakeHead(head, file, wishes) {
  const baker = await loadBaker();
  const progress = new Progress('baking');
  try {
    return await engineSays('', () => baker.bake(head, file, 'pinna hrtf --bake', (done) => {
      progress.update(done);
      // Lets an interrupt in.
      return new Promise((resolve) => setImmediate(resolve));
    }, wishes));
  } finally {
    progress.done();
  }
}

/**
 * @param {Float32Array} samples
 * @param {number} fromHz
 * @param {number} toHz
 * @param {string} file that they come from
 * @returns {Promise<Float32Array>} amplitudes and timing kept
 * @throws {CliError}
 */
export async function resampleClip(samples, fromHz, toHz, file) {
  if (fromHz === toHz) {
    return samples;
  }
  const baker = await loadBaker();
  return engineSays('', () => baker.resample(samples, fromHz, toHz, file));
}
