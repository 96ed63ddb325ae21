// SPDX-License-Identifier: MIT
/**
 * From the bytes of a head to what the engine takes, and to what is in it: in a worker, or here. Pages that stay with
 * the head that they start with never load this.
 */
import { PinnaError } from '../errors.js';
import { ABORTED, fetchModule, throwIfAborted } from '../loader.js';

/** @typedef {import('./prepare.js').HeadProgress} HeadProgress */
/** @typedef {import('./prepare.js').PreparedHead} PreparedHead */
/** @typedef {import('./bake-worker.js').BakeAnswer} BakeAnswer */
/** @typedef {import('../files/files.js').InlineFile} InlineFile */
/** @typedef {import('./load.js').HeadUrls} HeadUrls */

/**
 * @typedef {object} LoadOptions
 * @property {HeadUrls} urls
 * @property {WebAssembly.Module | null} engine  null = no image is wanted
 * @property {number} sampleRateHz  of the image
 * @property {import('./bake-wishes.js').BakeWishes} [wishes]  for a SOFA file
 * @property {AbortSignal} [signal]
 * @property {(progress: HeadProgress) => void} [onProgress]
 */

/** A worker that has said nothing for so long is not coming: the main thread does its work. */
const START_MS = 10000;

/** A file of a hundred megabytes takes some seconds. */
const READ_MS = 60000;

/**
 * Reads, bakes and builds a head; in a worker, or in slices on this thread where there can be none.
 *
 * @param {{ bytes: Uint8Array<ArrayBuffer>, name: string }} head  taken away from the caller
 * @param {boolean} sofa  it is a SOFA file
 * @param {LoadOptions} options
 * @returns {Promise<PreparedHead>}
 * @throws {PinnaError} with the reason why it cannot be used
 */
export async function loadHead({ bytes, name }, sofa, options) {
  const { urls, engine, sampleRateHz, wishes, signal, onProgress = () => {} } = options;
  const h5wasmUrl = sofa ? absolute(urls.h5wasmUrl ?? urls.files.at('web/dist/h5wasm.js')) : undefined;
  const bakeWasm = sofa ? urls.bakeWasmUrl ?? urls.files.at('web/dist/pinna-bake.wasm') : '';
  throwIfAborted(signal);
  const worker = await startWorker(urls, signal);
  if (worker !== null) {
    try {
      const bakeWasmUrl = sofa ? absolute(bakeWasm) : undefined;
      const message = { bytes, name, engine, sampleRateHz, bakeWasmUrl, h5wasmUrl, wishes };
      return await order(worker, message, signal, onProgress);
    } finally {
      worker.terminate();
    }
  }
  return prepareHere(bytes, {
    name,
    engine,
    sampleRateHz,
    bakeModule: () => fetchModule(bakeWasm),
    h5wasmUrl,
    wishes,
    onProgress: async (progress) => {
      onProgress(progress);
      await new Promise((resolve) => setTimeout(resolve));
      throwIfAborted(signal);
    },
  });
}

/** @type {typeof import('./prepare.js').prepareHead} */
function prepareHere(bytes, options) {
  return withBakery(({ prepareHead }) => prepareHead(bytes, options));
}

/**
 * What is in a baked head or a field model.
 *
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Promise<import('./report-baked.js').HeadReport>}
 * @throws {PinnaError}
 */
export function reportHere(bytes, name) {
  return withBakery(({ reportBaked }) => reportBaked(bytes, name));
}

/**
 * Runs on this thread what is apart because most pages never need it: a bundle of its own, whose errors are of a class
 * of its own.
 *
 * @template T
 * @param {(bakery: typeof import('./bake-worker.js')) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
async function withBakery(work) {
  const bakery = await import('./bake-worker.js');
  try {
    return await work(bakery);
  } catch (error) {
    const { name, code, message } = /** @type {PinnaError} */ (error);
    throw error instanceof PinnaError || name !== 'PinnaError' ? error : new PinnaError(code, message, error);
  }
}

/** @param {string | URL | InlineFile} url  against the page, as fetch has it; workers have another base */
function absolute(url) {
  return new URL(String(url), globalThis.document?.baseURI ?? globalThis.location?.href).href;
}

/**
 * @param {HeadUrls} urls
 * @param {AbortSignal} [signal]
 * @returns {Promise<Worker | null>} null = this page can have none, because of its browser or its policy
 */
async function startWorker({ bakeWorkerUrl: url, files }, signal) {
  /** @type {Worker | null} */
  let worker;
  try {
    worker = url === undefined ? files.bakeWorker() : new Worker(absolute(url), { type: 'module' });
  } catch {
    return null;
  }
  return worker && answering(worker, signal);
}

/**
 * @param {Worker} worker
 * @param {AbortSignal} [signal]
 * @returns {Promise<Worker | null>}  null = it could not be loaded
 */
async function answering(worker, signal) {
  const listening = new AbortController();
  const { signal: until } = listening;
  try {
    const started = await new Promise((resolve, reject) => {
      worker.addEventListener('message', () => resolve(true), { signal: until });
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        resolve(false);
      }, { signal: until });
      signal?.addEventListener('abort', () => reject(new PinnaError('aborted', ABORTED, signal.reason)),
        { signal: until });
      setTimeout(() => resolve(false), START_MS);
    });
    if (started) {
      return worker;
    }
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    listening.abort();
  }
  worker.terminate();
  return null;
}

/**
 * @param {Worker} worker
 * @param {import('./bake-worker.js').BakeOrder} message
 * @param {AbortSignal | undefined} signal
 * @param {(progress: HeadProgress) => void} onProgress
 * @returns {Promise<PreparedHead>}
 */
function order(worker, message, signal, onProgress) {
  return new Promise((resolve, reject) => {
    // Reading tells nothing until it is done, and there are files in which the HDF5 library never is.
    const watch = setTimeout(() => reject(new PinnaError('head-refused', `${message.name}: reading it has not ended ` +
      `within ${READ_MS / 1000} s; get the file again`)), READ_MS);
    worker.onmessage = ({ data }) => {
      const answer = /** @type {BakeAnswer} */ (data);
      if (answer.type !== 'progress' || answer.progress.stage !== 'read') {
        clearTimeout(watch);
      }
      if (answer.type === 'progress') {
        onProgress(answer.progress);
      } else if (answer.type === 'done') {
        resolve(answer.head);
      } else if (answer.type === 'failed') {
        reject(new PinnaError(answer.code, answer.message));
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new PinnaError('internal', `preparing the head failed (${event.message}): reload the page, or bake the ` +
        'file with: pinna hrtf FILE.sofa --bake OUT.safetensors'));
    };
    signal?.addEventListener('abort', () => reject(new PinnaError('aborted', ABORTED, signal.reason)), { once: true });
    worker.postMessage(message, [message.bytes.buffer]);
  });
}
