// SPDX-License-Identifier: MIT
/** The shape of a sound for the eye: how loud it is in each of many equal parts of its time. */

/** Parts of a waveform: more than a timeline has bars. */
export const PARTS = 600;

/** Samples that are read before others get their turn: a few milliseconds. */
const STEP = 1 << 18;

/**
 * @typedef {object} Layer  something that sounds in a programme
 * @property {readonly Float32Array[]} channels
 * @property {number} sampleRateHz
 * @property {number} startS  in the programme
 * @property {boolean} loop   to the programme's end
 * @property {number} gain    linear
 */

/**
 * Loudness over time: the root mean square of each part, all layers' powers summed, the loudest part 1.
 *
 * @param {readonly Layer[]} layers
 * @param {number} durationS
 * @param {{ signal?: AbortSignal, onProgress?: (parts: Float32Array, done: number) => void }} [options]  told now and
 *   then: what is known by now, and how far it is, 0 to 1
 * @returns {Promise<Float32Array>} [PARTS]
 */
export async function waveform(layers, durationS, { signal, onProgress } = {}) {
  const power = new Float64Array(PARTS);
  const partS = durationS / PARTS;
  let read = 0;
  for (let part = 0; part < PARTS && !signal?.aborted; part++) {
    for (const layer of layers) {
      power[part] += partPower(layer, part * partS, (part + 1) * partS);
      read += layer.channels.length * layer.sampleRateHz * partS;
    }
    if (read > STEP) {
      read = 0;
      onProgress?.(shape(power), (part + 1) / PARTS);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return shape(power);
}

/** @param {Layer} layer @param {number} fromS @param {number} toS */
function partPower({ channels, sampleRateHz, startS, loop, gain }, fromS, toS) {
  const { length } = channels[0];
  const first = Math.round((fromS - startS) * sampleRateHz);
  const last = Math.round((toS - startS) * sampleRateHz);
  if (last <= 0 || (!loop && first >= length)) {
    return 0;
  }
  let sum = 0;
  for (const samples of channels) {
    if (loop) {
      for (let i = Math.max(0, first); i < last; i++) {
        sum += samples[i % length] ** 2;
      }
    } else {
      const end = Math.min(length, last);
      for (let i = Math.max(0, first); i < end; i++) {
        sum += samples[i] ** 2;
      }
    }
  }
  return gain * gain * sum / Math.max(1, last - first) / channels.length;
}

/** @param {Float64Array} power */
function shape(power) {
  const most = power.reduce((a, b) => Math.max(a, b), 0);
  return Float32Array.from(power, (p) => (most > 0 ? Math.sqrt(p / most) : 0));
}
