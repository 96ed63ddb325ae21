// SPDX-License-Identifier: MIT
/** A scene is drawn on when its sound has failed: what follows it asks first. */

/** @param {import('../pinna.js').Pinna} pinna @returns {boolean} whether it still takes poses */
export function usable({ state }) {
  return state !== 'failed' && state !== 'disposed' && state !== 'closed';
}
