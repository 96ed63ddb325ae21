// SPDX-License-Identifier: MIT
/**
 * pinna/player: importing it defines `<pinna-player>`, in pages; in Node it does nothing.
 */
import { PinnaPlayerElement } from './element.js';

export { PlayerError } from './error.js';
export { PinnaPlayerElement };

/** @typedef {import('./error.js').PlayerErrorCode} PlayerErrorCode */
/** @typedef {import('./state.js').PlayerState} PlayerState */
/** @typedef {import('./programme.js').Kind} Kind */

if (globalThis.customElements && !customElements.get('pinna-player')) {
  customElements.define('pinna-player', PinnaPlayerElement);
}
