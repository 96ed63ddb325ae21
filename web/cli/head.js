// SPDX-License-Identifier: MIT
/** Finds a head for the engine: the built-in one, a baked file, or a SOFA file that is baked on the fly. */

import { fileURLToPath } from 'node:url';

import { looksLikeSofa } from '../heads/sofa.js';
import { bakeHead } from './baker.js';
import { readInput } from './files.js';
import { readSofa } from './sofa.js';

/** The head that ships with pinna. */
export const DEFAULT_HEAD = fileURLToPath(new URL('../../models/kemar/kemar.safetensors', import.meta.url));

/**
 * @param {string} which 'default' or a path
 * @returns {Promise<Uint8Array>} a baked head, for the engine to check
 */
export async function loadHead(which) {
  const file = which === 'default' ? DEFAULT_HEAD : which;
  const bytes = readInput(file);
  return looksLikeSofa(bytes) || /\.sofa$/i.test(file) ? (await bakeHead(await readSofa(file), file)).blob : bytes;
}
