// SPDX-License-Identifier: MIT
/**
 * Short-time spectra of a pair of ears, one frame at a time, so that an hour needs no more memory than a second.
 *
 * Frames are centred on multiples of the hop; beyond both ends the signal is mirrored without repeating its last
 * sample ("reflect"); windows are periodic Hann, zero-padded on both sides to the size; spectra are one-sided and not
 * scaled: what torch.stft does with center = True.
 */

import { fft } from './fft.js';

/**
 * @typedef {object} StftShape
 * @property {number} size   of the transform, a power of two
 * @property {number} hop    frames of sound between frames of the picture
 * @property {number} window length of the Hann window, at most `size`
 */

/**
 * One frame of both ears: bins 0 to size / 2.
 *
 * @typedef {object} EarSpectra
 * @property {Float64Array[]} re [ear][size / 2 + 1]
 * @property {Float64Array[]} im [ear][size / 2 + 1]
 */

/** @param {number} length @returns {Float64Array} periodic: the next sample would be the first again */
export function periodicHann(length) {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos(2 * Math.PI * n / length));
}

/** @param {number} n @param {number} length @returns {number} where a place outside a signal is mirrored to */
function mirrored(n, length) {
  const last = length - 1;
  const inside = n < 0 ? -n : n;
  return inside > last ? 2 * last - inside : inside;
}

/** Transforms both ears at once, as the real and the imaginary part of one signal. */
export class Stft {
  /** @param {StftShape} shape */
  constructor({ size, hop, window }) {
    this.size = size;
    this.hop = hop;
    this.bins = size / 2 + 1;
    this.window = new Float64Array(size);
    this.window.set(periodicHann(window), Math.floor((size - window) / 2));
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
  }

  /** @param {number} length of a signal @returns {number} its frames */
  frames(length) {
    return Math.floor(length / this.hop) + 1;
  }

  /** Signals must be longer than this. @returns {number} */
  get shortest() {
    return this.size / 2;
  }

  /** @returns {EarSpectra} to be filled by `frame` */
  spectra() {
    const half = () => [0, 1].map(() => new Float64Array(this.bins));
    return { re: half(), im: half() };
  }

  /**
   * @param {ArrayLike<number>[]} ears two signals of one length, above `shortest`
   * @param {number} index 0 to frames(length) - 1
   * @param {EarSpectra} out
   */
  frame([left, right], index, out) {
    const { size, bins, re, im, window } = this;
    const begin = index * this.hop - size / 2;
    const { length } = left;
    const inside = begin >= 0 && begin + size <= length;
    for (let i = 0; i < size; i++) {
      const n = inside ? begin + i : mirrored(begin + i, length);
      re[i] = left[n] * window[i];
      im[i] = right[n] * window[i];
    }
    fft(re, im);
    for (let k = 0; k < bins; k++) {
      const j = (size - k) & (size - 1);
      out.re[0][k] = 0.5 * (re[k] + re[j]);
      out.im[0][k] = 0.5 * (im[k] - im[j]);
      out.re[1][k] = 0.5 * (im[k] + im[j]);
      out.im[1][k] = 0.5 * (re[j] - re[k]);
    }
  }
}
