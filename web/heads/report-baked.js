// SPDX-License-Identifier: MIT
/** What a page is told of a head. */
import { modelFacts } from './model-facts.js';

/** @typedef {import('./model-facts.js').ModelFacts} ModelFacts */

/**
 * @typedef {object} Baking
 * @property {string} source  the file or URL
 * @property {number | null} measured  directions; null, here and below = a baked file that does not tell
 * @property {number | null} filled    directions that baking added in holes, where nothing was measured
 * @property {number | null} between   directions that baking added between measured ones
 * @property {boolean | null} lowExtended   whether baking carried the set on below 200 Hz
 * @property {boolean | null} diffuseField  whether baking equalised it to the diffuse field
 */

/** @typedef {Omit<ModelFacts, 'made'> & Baking} HeadReport */

/**
 * @param {Uint8Array} blob
 * @param {string} name
 * @returns {HeadReport}
 * @throws {PinnaError}
 */
export function reportBaked(blob, name) {
  const { made, ...facts } = modelFacts(blob, name);
  const untold = { measured: null, filled: null, between: null, lowExtended: null, diffuseField: null };
  return { source: name, ...facts, ...made ?? untold };
}
