// SPDX-License-Identifier: MIT
/** The ambisonic files of a scene, and how they come to the engine block by block. */
import { channelsOf, orderOf } from '../soundfield.js';
import { resampleClip } from './baker.js';
import { CliError } from './errors.js';
import { readInput } from './files.js';
import { parseWav } from './wav.js';

/** @typedef {import('../scene/scene-file.js').SceneSoundfield} SceneSoundfield */

/**
 * @typedef {object} FieldClip
 * @property {Float32Array[]} channels  at the engine's rate, as many as the order has
 * @property {number} startFrame
 * @property {boolean} loop
 */

/**
 * Reads a scene's ambisonic files, and says in the scene which order each has.
 *
 * @param {SceneSoundfield[]} soundfields  `order` is filled in
 * @param {string[]} paths  of their files
 * @param {number} rateHz
 * @returns {Promise<FieldClip[]>}
 * @throws {CliError}
 */
export async function loadFieldClips(soundfields, paths, rateHz) {
  return Promise.all(soundfields.map(async (field, i) => {
    const file = paths[i];
    const wav = parseWav(readInput(file), file);
    let order;
    try {
      order = orderOf(wav.channels.length, file);
    } catch (error) {
      throw error instanceof RangeError ? new CliError(error.message, 'as a source, it is put at one place') : error;
    }
    if (field.order > order) {
      throw new CliError(`${file}: its ${wav.channels.length} channels are of order ${order}, not ${field.order}`,
        'leave "order" out');
    }
    field.order = field.order || order;
    const channels = wav.channels.slice(0, channelsOf(field.order));
    return {
      channels: await Promise.all(channels.map((samples) => resampleClip(samples, wav.sampleRateHz, rateHz, file))),
      startFrame: Math.round(field.startS * rateHz),
      loop: field.loop,
    };
  }));
}

/**
 * Writes the next block of every field.
 *
 * @param {import('../shared/engine-host.js').EngineHost} host
 * @param {readonly FieldClip[]} clips
 * @param {number} frame  of the scene, the block's first
 * @param {number} frames
 */
export function feedFields(host, clips, frame, frames) {
  clips.forEach(({ channels, startFrame, loop }, slot) => {
    const { length } = channels[0];
    const from = frame - startFrame;
    const sounds = from + frames > 0 && (loop || from < length);
    host.fieldLive[slot] = sounds ? channels.length : 0;
    for (let c = 0; sounds && c < channels.length; c++) {
      const input = host.fieldInput(slot, c);
      for (let n = 0; n < frames; n++) {
        const at = loop && from + n >= 0 ? (from + n) % length : from + n;
        input[n] = at >= 0 && at < length ? channels[c][at] : 0;
      }
    }
  });
}
