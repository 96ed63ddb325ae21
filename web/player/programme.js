// SPDX-License-Identifier: MIT
/** From what `src` names to a programme: what it is decides, not what it is called. */
import { channelProgramme } from './channels.js';
import { decodeSound } from './decode.js';
import { PlayerError } from './error.js';
import { fetchBytes } from './fetch.js';
import { sceneProgramme } from './scene.js';
import { soundfieldProgramme } from './soundfield.js';

/**
 * Something to be played: what there is to hear and to see, and how an engine is fed with it.
 *
 * @typedef {object} Programme
 * @property {'mono' | 'stereo' | 'ambisonic' | 'scene'} kind
 * @property {string} words        what it is, for a label
 * @property {number} durationS
 * @property {import('./stage.js').PlayerVoice[]} voices
 * @property {number} reachM       how far a view should show, metres
 * @property {import('./peaks.js').Layer[]} layers
 * @property {import('../pinna.js').PinnaOptions} engine  what it needs
 * @property {(rig: import('./rig.js').Rig) => Promise<void>} connect  once; before the following
 * @property {import('./transport.js').Start} start
 * @property {(stage: import('./stage.js').PlayerStage) => void} place  the engine is told where everything is
 * @property {(atS: number, stage: import('./stage.js').PlayerStage, jump: boolean) => boolean} at  the programme's own
 *   motion; false = it has none
 * @property {(degrees: number) => void} [spread]  of loudspeakers
 * @property {(out: Float32Array) => void} [glow]  loudness by direction, clockwise from ahead, 0 to 1
 */

/** @typedef {'auto' | 'mono' | 'stereo' | 'ambisonic' | 'scene'} Kind */

/**
 * @typedef {object} Wishes
 * @property {Kind} kind
 * @property {number | null} order  of ambisonic sound; null = by its channels
 * @property {number} spreadDeg
 * @property {AbortSignal} signal
 * @property {(done: number) => void} onProgress  0 to 1
 */

/** Of all the work of loading, the part that is fetching. */
const FETCHED = 0.8;

/**
 * @param {URL} url
 * @param {Wishes} wishes
 * @returns {Promise<Programme>}
 * @throws {PlayerError}
 */
export async function loadProgramme(url, wishes) {
  const { kind, signal, onProgress } = wishes;
  const bytes = await fetchBytes(url, { signal, onProgress: (done) => onProgress(FETCHED * done) });
  onProgress(FETCHED);
  if (kind === 'scene' || (kind === 'auto' && looksLikeText(bytes))) {
    return sceneProgramme(new TextDecoder().decode(bytes), url, {
      ...wishes, onProgress: (done) => onProgress(FETCHED + (1 - FETCHED) * done), load: loadSound,
    });
  }
  const buffer = await decodeSound(bytes, url);
  onProgress(1);
  return soundProgramme(buffer, url, wishes);
}

/** @param {URL} url @param {{ signal: AbortSignal }} options @returns {Promise<AudioBuffer>} */
async function loadSound(url, { signal }) {
  return decodeSound(await fetchBytes(url, { signal }), url);
}

/** @param {AudioBuffer} buffer @param {URL} url @param {Wishes} wishes @returns {Programme} */
function soundProgramme(buffer, url, { kind, order, spreadDeg }) {
  const count = buffer.numberOfChannels;
  const name = url.pathname.split('/').pop() || url.href;
  const has = `the file ${name} has ${count} channel${count === 1 ? '' : 's'}`;
  const fields = [4, 9, 16];
  if (kind === 'ambisonic' || (kind === 'auto' && (fields.includes(count) || order !== null))) {
    if (!fields.includes(count)) {
      throw new PlayerError('channels', `${has}, and ambisonic sound of order 1, 2 or 3 has 4, 9 or 16 (ACN, SN3D): ` +
        'check the file, or leave out kind and order');
    }
    const most = Math.sqrt(count) - 1;
    if (order !== null && order > most) {
      throw new PlayerError('order', `${has}, which is ambisonic order ${most}, and order="${order}" was asked for: ` +
        `say order="${most}" or leave it out`);
    }
    return soundfieldProgramme(buffer, order ?? most);
  }
  const wanted = kind === 'mono' ? 1 : kind === 'stereo' ? 2 : count;
  if (wanted !== count || count > 2) {
    const heard = 'a player plays 1 (mono), 2 (stereo) and 4, 9 or 16 channels (ambisonic)';
    throw new PlayerError('channels', kind === 'auto'
      ? `${has}; ${heard}: mix it down, or make a scene file of its channels`
      : `${has}, and kind="${kind}" was asked for: leave kind out, or check the file`);
  }
  return channelProgramme(buffer, spreadDeg);
}

/** A scene is text that begins with a brace; no sound does. @param {ArrayBuffer} bytes */
function looksLikeText(bytes) {
  return /^\uFEFF?\s*\{/.test(new TextDecoder().decode(bytes.slice(0, 256)));
}
