// SPDX-License-Identifier: MIT
/**
 * Errors that name their cause and their mend.
 *
 * Wrong arguments are a TypeError or a RangeError, as in Web Audio; everything that depends on the world (files,
 * networks, browsers, memory) is a PinnaError with a `code` to branch on.
 */

/**
 * @typedef {'no-audio-worklet' | 'worklet-blocked' | 'wasm-missing' | 'wasm-refused' | 'wasm-wrong' | 'head-missing'
 *   | 'head-refused' | 'h5wasm-missing' | 'renderer' | 'model-missing' | 'model-refused'
 *   | 'layout-version' | 'argument' | 'sample-rate' | 'memory' | 'file-truncated' | 'file-format' | 'file-version'
 *   | 'file-shape' | 'file-value' | 'file-damaged' | 'geometry' | 'buffer' | 'context-closed' | 'processor-failed'
 *   | 'media-tainted' | 'media-taken' | 'media-failed' | 'output-device' | 'disposed' | 'aborted'
 *   | 'internal'} PinnaErrorCode
 */

export class PinnaError extends Error {
  /**
   * @param {PinnaErrorCode} code
   * @param {string} message    what happened, and what to do about it
   * @param {unknown} [cause]   the error underneath
   */
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PinnaError';
    this.code = code;
  }
}

/**
 * A value as an error message shows it: short, and with its type where that is the point.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function shown(value) {
  if (typeof value === 'string') {
    return `"${value}"`;
  }
  if (typeof value === 'function') {
    return 'a function';
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = /** @type {ArrayLike<unknown>} */ (/** @type {unknown} */ (value));
    const head = Array.prototype.slice.call(items, 0, 4).map(shown).join(', ');
    return `[${head}${items.length > 4 ? ', …' : ''}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `an ${value.constructor?.name ?? 'object'}`;
  }
  return String(value);
}
