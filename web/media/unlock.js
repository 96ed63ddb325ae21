// SPDX-License-Identifier: MIT
/** Starts a context at the first gesture: browsers keep pages silent until someone has touched them. */
import { PinnaError, shown } from '../errors.js';
import { knownOptions } from '../validate.js';

/** What browsers count as a gesture; which of them differs. */
const GESTURES = Object.freeze(['pointerup', 'mousedown', 'touchend', 'keydown']);

/**
 * @typedef {object} UnlockOptions
 * @property {EventTarget} [target]  where gestures are waited for; the document
 * @property {AbortSignal} [signal]  stops waiting
 */

/**
 * Resumes a context as soon as it may, which is at once on a page that was touched already, else at the first gesture.
 * It listens until the context runs and leaves no listener behind.
 *
 * @param {BaseAudioContext} context  an AudioContext
 * @param {UnlockOptions} [options]
 * @returns {Promise<void>}  resolves when it runs; rejects with a PinnaError 'context-closed' or 'aborted'
 */
export async function unlock(context, options = {}) {
  knownOptions(options, ['target', 'signal'], 'unlock');
  const live = /** @type {AudioContext} */ (context);
  if (typeof live?.resume !== 'function' || typeof live.close !== 'function') {
    throw new TypeError(`unlock needs an AudioContext, not ${shown(context)}`);
  }
  const { target = globalThis.document, signal } = options;
  const over = new AbortController();
  try {
    await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
      const look = () => {
        if (live.state === 'running') {
          resolve();
        } else if (live.state === 'closed') {
          reject(new PinnaError('context-closed', 'the AudioContext was closed: make a new one'));
        } else if (signal?.aborted) {
          reject(new PinnaError('aborted', 'unlock was aborted by its signal', signal.reason));
        }
      };
      // A gesture that the browser does not count leaves the context as it is; the next one may do.
      const tryIt = () => {
        live.resume().then(look, () => {});
      };
      const listen = { capture: true, signal: over.signal };
      GESTURES.forEach((type) => target.addEventListener(type, tryIt, listen));
      live.addEventListener('statechange', look, listen);
      signal?.addEventListener('abort', look, listen);
      look();
      // Without a gesture yet, asking would only have the browser complain.
      if (globalThis.navigator?.userActivation?.hasBeenActive) {
        tryIt();
      }
    });
  } finally {
    over.abort();
  }
}
