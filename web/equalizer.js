// SPDX-License-Identifier: MIT
/**
 * What is done to the sum's timbre, the same for both ears: as the ear expects it of headphones, and as a page wishes.
 */
import { SECTION_KINDS } from './shared/scene-writer.js';
import { knownOptions, number, oneOf } from './validate.js';

/**
 * A shelf or a bell, with the response of Web Audio's BiquadFilterNode of that type.
 *
 * @typedef {object} EqualizerSection
 * @property {'lowshelf' | 'peaking' | 'highshelf'} type
 * @property {number} frequency  Hz, 10 to 24000
 * @property {number} gain       dB, -40 to 40
 * @property {number} [Q]        0.05 to 50; 1, and for shelves √½, which is the one that Web Audio's have
 */

/** @typedef {'natural' | 'measured'} Timbre  evened out, as headphones expect it; as it was in the measured ear */

/** @type {readonly Timbre[]} */
export const TIMBRES = Object.freeze(['natural', 'measured']);

/** That a page may add. */
export const MOST_SECTIONS = 12;

const TYPES = /** @type {EqualizerSection['type'][]} */ (Object.keys(SECTION_KINDS));

/**
 * What the heads and networks of KEMAR that ship with pinna have in common in all directions, taken out: their level in
 * the diffuse field is even within 1 dB from 63 Hz to 8 kHz behind it (tests/web/timbre.test.mjs).
 *
 * @type {readonly Readonly<Required<EqualizerSection>>[]}
 */
export const NATURAL = Object.freeze([
  { type: 'lowshelf', frequency: 150, gain: 7.5, Q: Math.SQRT1_2 },
  { type: 'lowshelf', frequency: 1300, gain: 11, Q: Math.SQRT1_2 },
  { type: 'peaking', frequency: 2350, gain: -11, Q: 1.8 },
]);

/**
 * @param {unknown} sections
 * @returns {Required<EqualizerSection>[]}  a copy
 * @throws {TypeError | RangeError} that names what is wrong
 */
export function checkEqualizer(sections) {
  if (!Array.isArray(sections)) {
    throw new TypeError('equalizer must be a list of sections, such as [{ type: \'peaking\', frequency: 105, ' +
      'gain: 5.4, Q: 0.7 }]');
  }
  if (sections.length > MOST_SECTIONS) {
    throw new RangeError(`equalizer may have ${MOST_SECTIONS} sections, not ${sections.length}`);
  }
  return sections.map((section, i) => {
    const name = `equalizer[${i}]`;
    knownOptions(section, ['type', 'frequency', 'gain', 'Q'], name);
    const type = oneOf(section.type, `${name}.type`, TYPES);
    return {
      type,
      frequency: number(section.frequency, `${name}.frequency`, 10, 24000),
      gain: number(section.gain, `${name}.gain`, -40, 40),
      Q: number(section.Q ?? (type === 'peaking' ? 1 : Math.SQRT1_2), `${name}.Q`, 0.05, 50),
    };
  });
}
