// SPDX-License-Identifier: MIT
import { PinnaError } from '../errors.js';

/** Why a head cannot be used, and what to do about it. */
export class HeadError extends PinnaError {
  /**
   * @param {string} file    its name, as the user knows it
   * @param {string} reason  what is wrong, with the name and value of what is wrong
   * @param {string} [mend]  what to do about it
   */
  constructor(file, reason, mend) {
    super('head-refused', mend ? `${file}: ${reason}; ${mend}` : `${file}: ${reason}`);
  }
}
