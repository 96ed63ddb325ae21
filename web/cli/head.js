// SPDX-License-Identifier: MIT
/** Finds a head for the engine: the built-in one, a baked file, or a SOFA file that is baked on the fly. */

import { fileURLToPath } from 'node:url';

import { bakeHead } from './baker.js';
import { readInput } from './files.js';
import { readSofa } from './sofa.js';

/** The head that ships with pinna. */
export const DEFAULT_HEAD = fileURLToPath(new URL('../../models/kemar/kemar.safetensors', import.meta.url));

/**
 * @param {Uint8Array} bytes of a file
 * @returns {boolean} whether it is HDF5, with or without a user block, or its older kin netCDF
 */
export function looksLikeSofa(bytes) {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  return start === '\x89HDF' || start.startsWith('CDF') ||
    (bytes.length > 516 && String.fromCharCode(...bytes.subarray(512, 516)) === '\x89HDF');
}

/**
 * @param {string} which 'default' or a path
 * @returns {Promise<Uint8Array>} a baked head, for the engine to check
 */
export async function loadHead(which) {
  const file = which === 'default' ? DEFAULT_HEAD : which;
  const bytes = readInput(file);
  return looksLikeSofa(bytes) || /\.sofa$/i.test(file) ? (await bakeHead(await readSofa(file), file)).blob : bytes;
}
