// SPDX-License-Identifier: MIT
/** Measured heads from files: SOFA, and baked ones. */

import { readBakedHead as readBaked } from '../heads/baked-head.js';
import { readSofa as readSofaBytes } from '../heads/sofa.js';
import { engineSays } from './engine.js';
import { readInput } from './files.js';

/** @typedef {import('../heads/sofa.js').MeasuredHead} MeasuredHead */
/** @typedef {import('../heads/baked-head.js').BakedHead} BakedHead */

/**
 * @param {string} file
 * @returns {Promise<MeasuredHead>}
 * @throws {import('./errors.js').CliError} with the reason why it cannot be used
 */
export async function readSofa(file) {
  const bytes = readInput(file);
  return engineSays('', async () => readSofaBytes(await import('h5wasm'), bytes, file));
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
