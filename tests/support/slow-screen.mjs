// SPDX-License-Identifier: MIT
/**
 * A screen that shows few pictures a second: without a graphics card each costs as much as many tests' sound.
 *
 * To be run in a page before anything else, as Playwright's init scripts are; it is complete in itself.
 */

/** @param {number} [hz]  pictures a second at most */
export function slowScreen(hz = 20) {
  const next = requestAnimationFrame.bind(globalThis);
  /** @type {Map<number, FrameRequestCallback>} */
  const waiting = new Map();
  let asked = 0;
  let drawnMs = -Infinity;
  const draw = (/** @type {number} */ nowMs) => {
    drawnMs = nowMs;
    const all = [...waiting.values()];
    waiting.clear();
    for (const callback of all) {
      try {
        callback(nowMs);
      } catch (error) {
        reportError(error);
      }
    }
  };
  globalThis.requestAnimationFrame = (callback) => {
    if (waiting.size === 0) {
      setTimeout(() => next(draw), drawnMs + 1000 / hz - performance.now());
    }
    waiting.set(++asked, callback);
    return asked;
  };
  globalThis.cancelAnimationFrame = (handle) => {
    waiting.delete(handle);
  };
}
