// SPDX-License-Identifier: MIT
/**
 * The one AudioContext that all players of a page share; it rests while none of them plays.
 *
 * Browsers allow only a few contexts, and each keeps a device open. Engines are not shared: each player has a head and
 * a volume of its own, and an engine costs little: 0.5 % of a core for one player of a stereo file, 1.1 % for four,
 * and 3.7 MB each (node tests/player/cost.mjs; 2 cores, disturbed).
 */

/** Files are decoded to it, and the default head is measured at it: nothing is resampled twice. */
export const RATE_HZ = 48000;

/** The context rests when nothing has played for so long: a device that opens at every press would click. */
const REST_MS = 4000;

/** @type {AudioContext | null} */
let shared = null;
/** @type {Set<object>} */
const users = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;

/** @returns {AudioContext} made at the first call, which should be in the handler of a gesture */
export function pageContext() {
  if (typeof AudioContext !== 'function') {
    throw new TypeError('this browser has no Web Audio (AudioContext): use a current Chromium, Firefox or Safari');
  }
  if (shared === null || shared.state === 'closed') {
    shared = new AudioContext({ latencyHint: 'interactive', sampleRate: RATE_HZ });
  }
  return shared;
}

/** It sounds, or is about to. @param {object} user */
export function uses(user) {
  clearTimeout(resting);
  users.add(user);
}

/** It sounds no longer. @param {object} user */
export function rests(user) {
  if (users.delete(user) && users.size === 0) {
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (users.size === 0 && shared?.state === 'running') {
        shared.suspend().catch(() => {});
      }
    }, REST_MS);
  }
}
