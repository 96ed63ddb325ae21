// SPDX-License-Identifier: MIT
/** Errors and times in words. */

/**
 * An error in words: pinna's messages name the cause and the mend already.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function inWords(error) {
  if (error instanceof Error && error.message) {
    // The product writes itself small, and so do addresses.
    const { message } = error;
    const begin = /^(pinna|https?:)/.test(message) ? message[0] : message[0].toUpperCase();
    return begin + message.slice(1) + (/[.!?]$/.test(message) ? '' : '.');
  }
  return String(error);
}

/**
 * A time as a clock shows it: 0:07, 12:30, 1:02:03.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function clock(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * A time as it is spoken: "1 minute 4 seconds".
 *
 * @param {number} seconds
 * @returns {string}
 */
export function timeInWords(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const parts = [[Math.floor(whole / 3600), 'hour'], [Math.floor(whole / 60) % 60, 'minute'], [whole % 60, 'second']]
    .filter(([count]) => count !== 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return parts.join(' ') || '0 seconds';
}
