// SPDX-License-Identifier: MIT
/** What every renderer's output ends in: a stereo WAV file, and a line about it. */

import { interleaveStereo, stereoHeader } from './wav.js';

/** Frames that are collected before they are written, and the most that come at a time. */
const BUFFER_FRAMES = 2048;

/** @typedef {import('./files.js').OutputFile} OutputFile */

/**
 * @typedef {object} Recorder
 * @property {(left: ArrayLike<number>, right: ArrayLike<number>, frames: number) => void} keep
 * @property {() => { peak: number }} finish
 */

/**
 * @param {OutputFile} file
 * @param {number} rateHz
 * @param {number} frames in all
 * @param {number} skip frames at the start that are not kept
 * @returns {Recorder}
 */
export function recordStereo(file, rateHz, frames, skip) {
  const buffer = new Uint8Array(BUFFER_FRAMES * 8);
  const cutLeft = new Float32Array(BUFFER_FRAMES);
  const cutRight = new Float32Array(BUFFER_FRAMES);
  let filled = 0;
  let position = -skip;
  let peak = 0;
  file.write(stereoHeader(rateHz, frames));
  const flush = () => {
    file.write(buffer.subarray(0, filled * 8));
    filled = 0;
  };
  return {
    keep(left, right, count) {
      const from = Math.max(0, -position);
      const to = Math.min(count, frames - position);
      position += count;
      if (to <= from) {
        return;
      }
      const n = to - from;
      for (let i = 0; i < n; i++) {
        cutLeft[i] = left[from + i];
        cutRight[i] = right[from + i];
        peak = Math.max(peak, Math.abs(cutLeft[i]), Math.abs(cutRight[i]));
      }
      if (filled + n > BUFFER_FRAMES) {
        flush();
      }
      interleaveStereo(cutLeft, cutRight, buffer.subarray(filled * 8), n);
      filled += n;
    },
    finish() {
      flush();
      return { peak };
    },
  };
}

/** @param {number} speed */
function timesReal(speed) {
  return speed < 10 ? speed.toPrecision(2) : speed.toFixed(0);
}

/**
 * @param {string} output
 * @param {number} durationS
 * @param {number} rateHz
 * @param {number} peak
 * @param {number} renderMs
 * @returns {string}
 */
export function summary(output, durationS, rateHz, peak, renderMs) {
  const level = peak === 0 ? 'silent' : `peak ${(20 * Math.log10(peak)).toFixed(1)} dBFS`;
  const over = peak > 1 ?
    ' (above full scale: this file keeps it, players clip it; lower "gain" or set "limiter")' : '';
  return `${output}: ${durationS.toFixed(3)} s at ${rateHz} Hz, ${level}${over}, ` +
    `rendered in ${(renderMs / 1000).toFixed(2)} s (${timesReal(durationS * 1000 / renderMs)}x real time)\n`;
}
