// SPDX-License-Identifier: MIT
/** How a measured head is to be baked. */
import { shown } from '../errors.js';

/**
 * @typedef {object} BakeWishes
 * @property {number} [spacingDeg]  measured directions further apart than this get others between them, so that three
 *   neighbours are enough while playing; 3 to 15 degrees; 0 = none; 5 unless told otherwise
 * @property {'auto' | 'extend' | 'keep'} [lowFrequency]  what becomes of the octaves below 200 Hz, which loudspeakers
 *   hardly radiate: carried on from above as a head does it ('extend'), left ('keep'), or carried on where the set
 *   needs it ('auto', unless told otherwise)
 * @property {boolean} [diffuseField]  equalised so that sound from everywhere has a flat spectrum, as headphones with a
 *   diffuse-field target expect; false unless told otherwise
 */

export const LOW_FREQUENCY = Object.freeze(['auto', 'extend', 'keep']);
/** @type {Readonly<Required<BakeWishes>>} */
const DEFAULTS = Object.freeze({ spacingDeg: 5, lowFrequency: 'auto', diffuseField: false });

/**
 * @param {unknown} wishes
 * @returns {Required<BakeWishes>}
 * @throws {TypeError | RangeError} that names what is wrong
 */
export function bakeWishes(wishes = {}) {
  const { spacingDeg = DEFAULTS.spacingDeg, lowFrequency = DEFAULTS.lowFrequency,
    diffuseField = DEFAULTS.diffuseField } = /** @type {BakeWishes} */ (wishes);
  if (typeof spacingDeg !== 'number' || !(spacingDeg === 0 || (spacingDeg >= 3 && spacingDeg <= 15))) {
    throw new RangeError(`spacingDeg must be 0 or 3 to 15, not ${shown(spacingDeg)}`);
  }
  if (!LOW_FREQUENCY.includes(lowFrequency)) {
    throw new RangeError(`lowFrequency must be one of ${LOW_FREQUENCY.join(', ')}, not ${shown(lowFrequency)}`);
  }
  if (typeof diffuseField !== 'boolean') {
    throw new TypeError(`diffuseField must be true or false, not ${shown(diffuseField)}`);
  }
  return { spacingDeg, lowFrequency, diffuseField };
}

/**
 * Refuses wishes where nothing is baked: they would be ignored.
 *
 * @param {Required<BakeWishes>} wishes
 * @param {string} why  nothing is
 * @throws {TypeError}
 */
export function refuseWishes(wishes, why) {
  const keys = /** @type {(keyof BakeWishes)[]} */ (Object.keys(DEFAULTS));
  const name = keys.find((key) => wishes[key] !== DEFAULTS[key]);
  if (name) {
    throw new TypeError(`${name} is for baking a SOFA file, and ${why}: pass one as hrtf, or leave ${name} out`);
  }
}
