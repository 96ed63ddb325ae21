// SPDX-License-Identifier: MIT
/** pinna/xr: the head of a WebXR session, for pages that follow it themselves. Importing it does nothing. */
export { listenerFromFrame } from '../adapters/xr.js';
export { ContextClock } from '../clock.js';

/** @typedef {import('../adapters/xr.js').XRAttachment} XRAttachment */

/**
 * Follows the head of a session until it ends: `pinna.attachXR` as a function.
 *
 * @param {import('../pinna.js').Pinna} pinna
 * @param {XRSession} session
 * @param {XRReferenceSpace} referenceSpace  the listener's world: the one in which sources are placed
 * @returns {XRAttachment}
 * @throws {TypeError} where they are something else
 */
export function attachXR(pinna, session, referenceSpace) {
  return pinna.attachXR(session, referenceSpace);
}
