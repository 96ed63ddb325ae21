// SPDX-License-Identifier: MIT
/** Measured heads from files: SOFA, and baked ones. */

import { readBakedHead as readBaked } from '../heads/baked-head.js';
import { loadH5wasm } from '../heads/h5wasm.js';
import { readSofa as readSofaBytes } from '../heads/sofa.js';
import { engineSays } from './engine.js';
import { readInput } from './files.js';

const H5WASM = new URL('../dist/h5wasm.js', import.meta.url).href;

/** @typedef {import('../heads/sofa.js').MeasuredHead} MeasuredHead */
/** @typedef {import('../heads/baked-head.js').BakedHead} BakedHead */

/**
 * @param {string} file
 * @returns {Promise<MeasuredHead>}
 * @throws {import('./errors.js').CliError} with the reason why it cannot be used
 */
export async function readSofa(file) {
  const bytes = readInput(file);
  return engineSays('', async () => readSofaBytes(await loadH5wasm(H5WASM), bytes, file));
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file for messages
 * @returns {BakedHead}
 * @throws {import('./errors.js').CliError}
 */
export function readBakedHead(bytes, file) {
  return engineSays('', () => readBaked(bytes, file));
}
