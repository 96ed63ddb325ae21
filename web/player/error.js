// SPDX-License-Identifier: MIT
/** What goes wrong in a player. */

/**
 * @typedef {'source' | 'network' | 'not-found' | 'cors' | 'decode' | 'channels' | 'order' | 'scene' | 'captions'
 *   | 'sensor' | 'engine' | 'aborted'} PlayerErrorCode
 */

/** Its message names the cause and the mend. */
export class PlayerError extends Error {
  /**
   * @param {PlayerErrorCode} code
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PlayerError';
    this.code = code;
  }
}
