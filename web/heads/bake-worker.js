// SPDX-License-Identifier: MIT
/**
 * A module worker that prepares one head and is then ended by the page. Says 'started' first, so that the page can tell
 * a worker that was kept from loading from one that failed at its work. A page that may have no worker imports the same
 * file instead: it is one, with everything in it, apart from what all pages load.
 */
import { PinnaError } from '../errors.js';
import { fetchModule } from '../loader.js';
import { prepareHead } from './prepare.js';

export { prepareHead } from './prepare.js';
export { reportBaked } from './report-baked.js';

/** Progress is told no more often than this. */
const TELL_MS = 50;

/**
 * @typedef {object} BakeOrder
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {string} name
 * @property {WebAssembly.Module | null} engine
 * @property {number} sampleRateHz
 * @property {string} [bakeWasmUrl]  where the file is a measurement
 * @property {string} [h5wasmUrl]
 * @property {import('./bake-wishes.js').BakeWishes} [wishes]
 */

/**
 * @typedef {{ type: 'started' }
 *   | { type: 'progress', progress: import('./prepare.js').HeadProgress }
 *   | { type: 'done', head: import('./prepare.js').PreparedHead }
 *   | { type: 'failed', code: import('../errors.js').PinnaErrorCode, message: string }} BakeAnswer
 */

/** @param {BakeAnswer} message @param {Transferable[]} [transfer] */
function answer(message, transfer = []) {
  globalThis.postMessage(message, /** @type {any} */ (transfer));
}

/** @param {BakeOrder} order */
async function work({ bytes, bakeWasmUrl, ...order }) {
  let toldMs = -Infinity;
  try {
    const head = await prepareHead(bytes, {
      ...order,
      bakeModule: () => fetchModule(bakeWasmUrl ?? ''),
      onProgress: (progress) => {
        if (performance.now() - toldMs > TELL_MS || progress.done === 1) {
          toldMs = performance.now();
          answer({ type: 'progress', progress });
        }
      },
    });
    answer({ type: 'done', head }, [head.blob.buffer, ...(head.image ? [head.image.buffer] : [])]);
  } catch (error) {
    answer({
      type: 'failed',
      code: error instanceof PinnaError ? error.code : 'internal',
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

if (globalThis.document === undefined && typeof globalThis.postMessage === 'function') {
  globalThis.onmessage = (/** @type {MessageEvent<BakeOrder>} */ { data }) => work(data);
  answer({ type: 'started' });
}
