// SPDX-License-Identifier: MIT
/** Seeded noise. @param {number} frames @param {number} seed */
export function noise(frames, seed) {
  const out = new Float32Array(frames);
  let state = seed;
  for (let i = 0; i < frames; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = 0.5 * ((state >>> 8) / 8388608 - 1);
  }
  return out;
}
