// SPDX-License-Identifier: MIT
/** Finds a head for the engine: the built-in one, a baked file, or a SOFA file that is baked on the fly. */

import { fileURLToPath } from 'node:url';

import { isFieldModel } from '../heads/field-model.js';
import { looksLikeSofa } from '../heads/sofa-signature.js';
import { bakeHead } from './baker.js';
import { engineSays } from './engine.js';
import { CliError } from './errors.js';
import { readInput } from './files.js';
import { readSofa } from './sofa.js';

/** The head that ships with pinna. */
export const DEFAULT_HEAD = fileURLToPath(new URL('../../models/kemar/kemar.safetensors', import.meta.url));

/** The LINN field model that ships with pinna: the same head, learned by a network. */
export const DEFAULT_FIELD = fileURLToPath(new URL('../../models/linn/kemar-field.safetensors', import.meta.url));

/**
 * A field model for the renderer linn.
 *
 * @param {string | undefined} name  of a file; the one that ships with pinna without one
 * @returns {Uint8Array}
 * @throws {CliError}
 */
export function loadField(name) {
  const file = name ?? DEFAULT_FIELD;
  const bytes = readInput(file);
  if (!engineSays('', () => isFieldModel(bytes, file))) {
    throw new CliError(`${file}: it is not a LINN field model`, 'a head goes with --hrtf, a dense LINN with ' +
      '--renderer linn-dense');
  }
  return bytes;
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
