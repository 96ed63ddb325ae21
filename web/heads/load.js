// SPDX-License-Identifier: MIT
/** Whose head: from what a page names to what the engine takes. */
import { PinnaError, shown } from '../errors.js';
import { InlineFile } from '../files/files.js';
import { ABORTED, fetchBytes, fetchModule, throwIfAborted } from '../loader.js';
import { looksLikeSofa } from './sofa-signature.js';

/** @typedef {import('./prepare.js').HeadProgress} HeadProgress */
/** @typedef {import('./prepare.js').PreparedHead} PreparedHead */
/** @typedef {import('./bake-worker.js').BakeAnswer} BakeAnswer */

/** @typedef {'default' | string | URL | Blob | ArrayBuffer | Uint8Array} HeadLike  a baked head or a SOFA file */

/**
 * @typedef {object} HeadUrls
 * @property {import('../files/files.js').OwnFiles} files  where they are that no address names
 * @property {string | URL} [headUrl]  of the default head
 * @property {string | URL} [bakeWorkerUrl]  of dist/bake-worker.js, where a bundler or a policy moves it
 * @property {string | URL} [bakeWasmUrl]    of pinna-bake.wasm
 * @property {string | URL} [h5wasmUrl]      of h5wasm, which reads SOFA files
 */

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
 * The bytes of what a page calls a head, and a name for them.
 *
 * @param {HeadLike | InlineFile} head
 * @param {HeadUrls} urls
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ bytes: Uint8Array<ArrayBuffer>, name: string }>}
 */
export async function headBytes(head, { headUrl, files }, signal) {
  if (head instanceof ArrayBuffer) {
    return { bytes: new Uint8Array(head.slice(0)), name: 'the head' };
  }
  if (head instanceof Uint8Array) {
    return { bytes: new Uint8Array(head), name: 'the head' };
  }
  if (typeof Blob === 'function' && head instanceof Blob) {
    const { name = 'the head' } = /** @type {Partial<File>} */ (head);
    try {
      return { bytes: new Uint8Array(await head.arrayBuffer()), name };
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      throw new PinnaError('head-missing', `${name} cannot be read (${reason}): choose the file again`, error);
    } finally {
      throwIfAborted(signal);
    }
  }
  if (typeof head !== 'string' && !(head instanceof URL) && !(head instanceof InlineFile)) {
    throw new TypeError('hrtf must be \'default\', a URL, a File or Blob, or the bytes of a SOFA file or a baked ' +
      `head, not ${shown(head)}`);
  }
  const isDefault = head === 'default';
  const url = isDefault ? headUrl ?? files.at('models/kemar/kemar.safetensors') : head;
  const bytes = await fetchBytes(url, 'head-missing', isDefault ? 'the baked head' : 'the head', isDefault
    ? 'serve pinna\'s models folder beside web, or pass headUrl or packageUrl'
    : 'check the hrtf option', signal);
  return { bytes: new Uint8Array(bytes), name: String(url) };
}

/**
 * Reads, bakes and builds a head; in a worker, or in slices on this thread where there can be none.
 *
 * @param {{ bytes: Uint8Array<ArrayBuffer>, name: string }} head  taken away from the caller
 * @param {LoadOptions} options
 * @returns {Promise<PreparedHead>}
 * @throws {PinnaError} with the reason why it cannot be used
 */
export async function loadHead({ bytes, name }, options) {
  const { urls, engine, sampleRateHz, wishes, signal, onProgress = () => {} } = options;
  const sofa = looksLikeSofa(bytes);
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
