// SPDX-License-Identifier: MIT
/** The check in a page that Node drives: started, asked how far it is, and cancelled from there. */
import { runCheck } from './check.js';

const abort = new AbortController();

/** @typedef {import('./check.js').BrowserResult} BrowserResult */

/** @type {{ progress: import('./check.js').Progress | null, soFar: BrowserResult | null, result: BrowserResult | null,
 *   error: string | null }} */
const state = { progress: null, soFar: null, result: null, error: null };

Object.assign(globalThis, {
  pinnaPerf: {
    /** @param {Parameters<typeof runCheck>[0]} wishes @returns {typeof state} with the first progress in it */
    start: (wishes) => {
      runCheck({
        ...wishes, signal: abort.signal,
        onProgress: (progress, soFar) => {
          state.progress = progress;
          state.soFar = soFar;
          const text = document.querySelector('#text');
          const bar = document.querySelector('#bar');
          if (text && bar instanceof HTMLProgressElement) {
            text.textContent = `${progress.title}${progress.text ? `: ${progress.text}` : ''}`;
            bar.value = progress.fraction;
          }
        },
      }).then((result) => {
        state.result = result;
      }, (error) => {
        state.error = error instanceof Error ? error.message : String(error);
      });
      return state;
    },
    state: () => state,
    cancel: () => abort.abort(),
  },
});
