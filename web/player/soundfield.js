// SPDX-License-Identifier: MIT
/** An ambisonic file as a programme: a field of sound around the head, which stays as it is while the head turns. */
import { Field, powersAsGlow } from './field.js';
import { playBuffer } from './take.js';

/** @typedef {import('./programme.js').Programme} Programme */

const REACH_M = 2.5;

/**
 * @param {AudioBuffer} buffer  of 4, 9 or 16 channels, ACN and SN3D
 * @param {number} order        1 to what it holds
 * @returns {Programme}
 */
export function soundfieldProgramme(buffer, order) {
  /** @type {Field | null} */
  let field = null;

  return {
    kind: 'ambisonic',
    words: `Ambisonic, order ${order}`,
    durationS: buffer.duration,
    voices: [],
    reachM: REACH_M,
    layers: [{
      channels: [buffer.getChannelData(0)], sampleRateHz: buffer.sampleRate, startS: 0, loop: false, gain: 1,
    }],
    engine: { maxSources: 1 },

    async connect(rig) {
      field = await Field.open(rig, { channels: buffer.numberOfChannels, order });
    },

    start: (when, offsetS, loop) =>
      playBuffer(buffer, /** @type {Field} */ (field).input, { when, offsetS, loop }),

    place: () => {},

    at: () => false,

    glow(out) {
      field?.addPower(out, [0, 0, 0, 1]);
      powersAsGlow(out);
    },
  };
}
