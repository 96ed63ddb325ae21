// SPDX-License-Identifier: MIT
/**
 * The scene by which hosts are compared: eight sources in motion around a turning head, a third of a second.
 *
 * All of it is made by additions, products and quotients, which IEEE 754 defines to the bit: the sine of one browser is
 * not that of another. It comes to the engine as sound (shared/pose-inputs.js), because not every browser can interrupt
 * an OfflineAudioContext to move things.
 */
import { LISTENER_FORWARD, POSE_CHANNELS, SOUND_RIGHT, SOURCE_POSITION } from '../shared/pose-inputs.js';

export const REFERENCE_RATE_HZ = 48000;
export const REFERENCE_FRAMES = 16384;
export const REFERENCE_QUANTUM = 128;

/** @typedef {import('../source.js').SourceOptions} SourceOptions */

/**
 * What each source is, and how it moves: turns around the listener in the time of the scene, radius and height in
 * metres.
 *
 * @type {readonly { turns: number, radius: number, height: number, options: SourceOptions }[]}
 */
const SOURCES = Object.freeze([
  { turns: 1, radius: 1.5, height: 0, options: { tier: 'exact' } },
  { turns: -1, radius: 2, height: 1.25, options: { tier: 'exact' } },
  { turns: 2, radius: 3, height: -1, options: { tier: 'bulk' } },
  { turns: 0.5, radius: 0.5, height: 0.125, options: { tier: 'exact', nearField: true } },
  { turns: 0.25, radius: 40, height: 5, options: { tier: 'exact', air: true, rolloffFactor: 0.25 } },
  { turns: -0.5, radius: 2.5, height: 0.5, options: { tier: 'exact', occlusion: 0.5 } },
  { turns: 0.125, radius: 4, height: 0, options: { tier: 'exact', radius: 1.5 } },
  { turns: 0, radius: 1, height: 2, options: { tier: 'bulk', distanceModel: 'linear', maxDistance: 20 } },
]);

export const REFERENCE_SOURCES = SOURCES.length;

/** @param {number} slot @returns {SourceOptions} */
export function referenceOptions(slot) {
  return { gain: 0.25, ...SOURCES[slot].options };
}

/**
 * A point of the unit circle, by arithmetic that every machine does alike: a quarter turn is what the rational
 * parametrisation covers well, and quarters follow each other by a swap.
 *
 * @param {number} turns
 * @returns {[number, number]}  of 0, 0.25, 0.5 turns: [0, 1], [1, 0], [0, -1]
 */
export function circle(turns) {
  const quarters = 4 * (turns - Math.floor(turns));
  const quarter = Math.floor(quarters);
  const t = quarters - quarter;
  const [x, y] = [2 * t / (1 + t * t), (1 - t * t) / (1 + t * t)];
  return quarter === 0 ? [x, y] : quarter === 1 ? [y, -x] : quarter === 2 ? [-x, -y] : [-y, x];
}

/** A seeded noise. @param {number} seed @param {number} frames @returns {Float32Array<ArrayBuffer>} */
export function referenceNoise(seed, frames) {
  const out = new Float32Array(frames);
  let state = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state >>> 8) / 8388608 - 1;
  }
  return out;
}

/** @returns {Float32Array<ArrayBuffer>[]} [POSE_CHANNELS][REFERENCE_FRAMES] */
function silentChannels() {
  return Array.from({ length: POSE_CHANNELS }, () => new Float32Array(REFERENCE_FRAMES));
}

/**
 * A source's input: its sound and its pose.
 *
 * @param {number} slot
 * @returns {Float32Array<ArrayBuffer>[]}
 */
export function referenceInput(slot) {
  const { turns, radius, height } = SOURCES[slot];
  const channels = silentChannels();
  channels[0].set(referenceNoise(slot + 1, REFERENCE_FRAMES));
  channels[SOUND_RIGHT].set(channels[0]);
  for (let i = 0; i < REFERENCE_FRAMES; i++) {
    const [x, ahead] = circle(slot / 8 + turns * i / REFERENCE_FRAMES);
    channels[SOURCE_POSITION][i] = radius * x;
    channels[SOURCE_POSITION + 1][i] = height;
    channels[SOURCE_POSITION + 2][i] = -radius * ahead;
  }
  return channels;
}

/**
 * The listener's two inputs: it looks around, level, over a quarter turn.
 *
 * @returns {Float32Array<ArrayBuffer>[][]} [2][POSE_CHANNELS][REFERENCE_FRAMES]
 */
export function referenceListener() {
  const inputs = [silentChannels(), silentChannels()];
  for (let i = 0; i < REFERENCE_FRAMES; i++) {
    const [x, ahead] = circle(0.25 * i / REFERENCE_FRAMES);
    inputs[0][LISTENER_FORWARD][i] = x;
    inputs[0][LISTENER_FORWARD + 2][i] = -ahead;
    inputs[1][1][i] = 1;
  }
  return inputs;
}

/**
 * Energy of the difference over that of the reference, both ears.
 *
 * @param {readonly Float32Array[]} ears       [2][frames]
 * @param {readonly Float32Array[]} reference  [2][frames]
 * @returns {number}  dB; -Infinity for the same samples, Infinity for what is not a number
 */
export function distanceDb(ears, reference) {
  let off = 0;
  let all = 0;
  reference.forEach((ear, e) => {
    for (let i = 0; i < ear.length; i++) {
      off += (ears[e][i] - ear[i]) ** 2;
      all += ear[i] ** 2;
    }
  });
  return Number.isNaN(off) ? Infinity : off === 0 ? -Infinity : 10 * Math.log10(off / all);
}

/**
 * FNV-1a of the samples' bits: short, and the same in every language.
 *
 * @param {readonly Float32Array[]} ears
 * @returns {string} eight hexadecimal digits
 */
export function samplesHash(ears) {
  let hash = 0x811c9dc5;
  for (const ear of ears) {
    const bits = new Uint8Array(ear.buffer, ear.byteOffset, ear.byteLength);
    for (let i = 0; i < bits.length; i++) {
      hash = Math.imul(hash ^ bits[i], 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
