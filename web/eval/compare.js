// SPDX-License-Identifier: MIT
/** All families of metrics, and what two recordings must have in common to be compared. */

import { binauralSpeech } from './binaural-speech.js';
import { envelope } from './envelope.js';
import { hrtf } from './hrtf.js';
import { interaural } from './interaural.js';
import { mrstft } from './mrstft.js';
import { snr } from './snr.js';
import { stftDistance } from './stft-distance.js';

/** @typedef {import('./metric.js').Family} Family */

/** For sound. @type {readonly Family[]} */
export const SOUND_FAMILIES = [binauralSpeech, mrstft, interaural, stftDistance, envelope, snr];
/** For impulse responses. @type {readonly Family[]} */
export const RESPONSE_FAMILIES = [hrtf];

/**
 * Both ears of an output as they are compared: cut to the length, and clamped to full scale as the evaluation of the
 * BinauralSpeech data set does.
 *
 * @param {readonly ArrayLike<number>[]} ears
 * @param {number} frames
 * @returns {{ ears: Float64Array[], clamped: number }} `clamped` samples, of both ears
 */
export function clampedEars(ears, frames) {
  let clamped = 0;
  const kept = ears.map((ear) => {
    const out = new Float64Array(frames);
    for (let n = 0; n < frames; n++) {
      clamped += Math.abs(ear[n]) > 1 ? 1 : 0;
      out[n] = Math.min(1, Math.max(-1, ear[n]));
    }
    return out;
  });
  return { ears: kept, clamped };
}

/**
 * @param {readonly Family[]} families
 * @param {readonly ArrayLike<number>[]} reference left and right, full scale = 1
 * @param {readonly ArrayLike<number>[]} output    likewise, of the same rate and length
 * @param {number} sampleRateHz
 * @param {import('./metric.js').Report} [report]
 * @returns {Record<string, number>} by the metrics' keys; NaN where a figure has no meaning
 */
export function measure(families, reference, output, sampleRateHz, report) {
  return Object.assign({}, ...families.map((family, i) => {
    const values = family.measure([...reference], [...output], sampleRateHz,
      (done) => report?.((i + done) / families.length));
    report?.((i + 1) / families.length);
    return values;
  }));
}

/** @param {readonly Family[]} families @returns {number} frames that signals must be longer than */
export function shortestOf(families) {
  return Math.max(...families.map(({ shortest }) => shortest));
}
