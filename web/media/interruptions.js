// SPDX-License-Identifier: MIT
/**
 * What to do when the system takes the sound away: a phone call, another app, a screen that is locked.
 *
 * Problem  iOS (and newer Chromium) puts a context into the state 'interrupted'. When the interruption is over it
 *          often stays there, or falls to 'suspended', until the page asks; asked too early it refuses.
 * Method   from 'interrupted' on the context is asked again and again, whenever the page comes back into sight and at
 *          every gesture, until it runs. A context that the page itself suspended is never touched.
 */

/** How often a context that does not come back is asked. */
const ASK_EVERY_MS = 500;

const OCCASIONS = Object.freeze(['visibilitychange', 'pageshow', 'focus', 'pointerup', 'touchend', 'keydown']);

/**
 * Watches a context until its signal aborts.
 *
 * @param {AudioContext} context
 * @param {object} home
 * @param {() => void} home.interrupted  called when the system takes the sound away
 * @param {() => void} home.resumed      called when it is back
 * @param {boolean} home.resume          whether to ask for it
 * @param {AbortSignal} home.signal
 */
export function watchInterruptions(context, { interrupted, resumed, resume, signal }) {
  /** While one lasts: ends asking. @type {AbortController | null} */
  let asking = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  const ask = () => {
    if (globalThis.document?.visibilityState !== 'hidden') {
      context.resume().catch(() => {
        // Not yet; asked again by the timer and at the next occasion.
      });
    }
  };

  const end = () => {
    asking?.abort();
    asking = null;
    clearInterval(timer);
  };

  const onState = () => {
    const state = /** @type {string} */ (context.state);
    if (state === 'interrupted' && asking === null) {
      asking = new AbortController();
      interrupted();
      if (resume && !signal.aborted) {
        const listen = { capture: true, signal: asking.signal };
        OCCASIONS.forEach((type) => globalThis.addEventListener?.(type, ask, listen));
        timer = setInterval(ask, ASK_EVERY_MS);
      }
    } else if (asking !== null && (state === 'running' || state === 'closed')) {
      end();
      if (state === 'running') {
        resumed();
      }
    }
  };

  context.addEventListener('statechange', onState, { signal });
  signal.addEventListener('abort', end);
  onState();
}
