// SPDX-License-Identifier: MIT
/** What goes wrong while an engine runs, as its page hears of it. */

/** @typedef {import('./errors.js').PinnaError} PinnaError */

/** Of an 'error' event. */
export class PinnaErrorEvent extends Event {
  /** @param {PinnaError} error */
  constructor(error) {
    super('error');
    this.error = error;
  }
}
