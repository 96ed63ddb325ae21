// SPDX-License-Identifier: MIT
/** Starting a context that the browser may hold back. */

/** A browser that holds audio back leaves resume() unanswered; after so long the user is told. */
const RESUME_MS = 1500;

/** One that allows it may still have a device to open. */
const ALLOWED_MS = 10000;

/**
 * Asks a context to run; to be called in the handler of a gesture, before anything is awaited. Never rejects: the
 * context's state tells.
 *
 * @param {AudioContext} context
 * @returns {Promise<void>}
 */
export function resumeOrGiveUp(context) {
  return Promise.race([
    context.resume().catch(() => {}),
    new Promise((/** @type {(value: void) => void} */ resolve) =>
      setTimeout(resolve, isAllowed() ? ALLOWED_MS : RESUME_MS)),
  ]);
}

/** Whether the browser says that sound needs no further gesture. */
function isAllowed() {
  const { getAutoplayPolicy, userActivation } = /** @type {{ getAutoplayPolicy?: (type: string) => string,
    userActivation?: { isActive: boolean } }} */ (/** @type {unknown} */ (navigator));
  return userActivation?.isActive === true || getAutoplayPolicy?.call(navigator, 'audiocontext') === 'allowed';
}
