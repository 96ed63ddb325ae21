// SPDX-License-Identifier: MIT
/** What is in a file that the engine takes as a head: measured and baked, or learned by a network. */
import { readBakedHead } from './baked-head.js';
import { isFieldModel, measureField, readFieldModel } from './field-model.js';
import { headFacts } from './head-info.js';

/**
 * @typedef {object} NetworkFacts
 * @property {number} parameters  of the network and of the filters that it mixes
 * @property {number} hidden
 * @property {number} bases       filters that it mixes
 * @property {[number, number]} distanceM  that it tells apart; both the same = none
 */

/**
 * `network`: null = measured. `made`: what a baked file says of itself; null = it does not tell.
 *
 * @typedef {import('./head-info.js').HeadFacts & { network: NetworkFacts | null,
 *   made?: import('./baked-head.js').MadeOf | null }} ModelFacts
 */

/**
 * @param {Uint8Array} bytes
 * @param {string} file for messages
 * @returns {ModelFacts}  of a network: `directions` is 0, for it knows all, and the largest hole is none
 * @throws {import('./head-error.js').HeadError}
 */
export function modelFacts(bytes, file) {
  if (!isFieldModel(bytes, file)) {
    const head = readBakedHead(bytes, file);
    return { ...headFacts(head), network: null, made: head.made };
  }
  const field = readFieldModel(bytes, file);
  const { parameters, hidden, bases, rangeM } = field;
  return {
    ...headFacts(measureField(field)),
    directions: 0,
    elevationDeg: [-90, 90],
    largestHole: { radiusDeg: 0, azimuthDeg: 0, elevationDeg: 0 },
    network: { parameters, hidden, bases, distanceM: rangeM },
  };
}
