// SPDX-License-Identifier: MIT
/**
 * From a context's output to the ear, without freezing the page.
 *
 * Problem  in Firefox on Linux the first reading of AudioContext.outputLatency, while sound runs, can stop page and
 *          sound for good: the getter holds the lock of the audio graph while it asks the sound server's thread, which
 *          waits for the audio callback, which waits for that lock. Seen in stacks of Firefox 153 with PulseAudio; one
 *          reading at a time by chance within the first 0.2 s froze 6 pages of 18, none of 40 without it.
 * Method   there it is not read. getOutputTimestamp() takes the same lock.
 */

/** Firefox for X11 and Wayland calls both X11. On other systems its sound server has another thread. */
const FREEZES = /\(X11;.*\bFirefox\//;

/**
 * Whether it may be read in this browser.
 *
 * @param {string} [userAgent]
 */
export function tellsOutputLatency(userAgent = globalThis.navigator?.userAgent ?? '') {
  return !FREEZES.test(userAgent);
}

/**
 * Seconds; main thread, any time. Where the browser does not tell: its baseLatency, 0 without one, and for contexts
 * that do not play live.
 *
 * @param {BaseAudioContext} context
 * @returns {number}
 */
export function outputLatency(context) {
  const live = /** @type {Partial<AudioContext>} */ (context);
  return (tellsOutputLatency() && live.outputLatency) || live.baseLatency || 0;
}
