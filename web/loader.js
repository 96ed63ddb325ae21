// SPDX-License-Identifier: MIT
/**
 * Fetches and compiles what the processor needs, and says precisely what is wrong when it cannot.
 */
import { PinnaError } from './errors.js';
import { InlineFile } from './files/files.js';
import { computesRightly, engineExports } from './shared/engine-calls.js';

/** @typedef {import('./errors.js').PinnaErrorCode} PinnaErrorCode */
/** @typedef {import('./files/files.js').FileLike} FileLike */

/**
 * A compiled module and its bytes, for scopes that a module cannot be cloned into.
 *
 * @typedef {object} Wasm
 * @property {WebAssembly.Module} module
 * @property {ArrayBuffer} [bytes]
 */

export const ABORTED = 'aborted by its signal';

/** Compiled modules by URL: a second createPinna neither fetches nor compiles. @type {Map<string, Promise<Wasm>>} */
const compiled = new Map();

/**
 * @param {FileLike} url
 * @param {PinnaErrorCode} code  of the error
 * @param {string} what          for the error
 * @param {string} mend          for the error
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchBytes(url, code, what, mend, signal) {
  if (url instanceof InlineFile) {
    return url.bytes();
  }
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    throwIfAborted(signal);
    throw new PinnaError(code, `${what} could not be fetched from ${url} (${message(error)}): check the network and ` +
      `the page's Content-Security-Policy (connect-src), or ${mend}`, error);
  }
  if (!response.ok) {
    throw new PinnaError(code, `${what} is not at ${url} (HTTP ${response.status} ${response.statusText}): ${mend}`);
  }
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throwIfAborted(signal);
    throw new PinnaError(code, `${what} broke off while it was read from ${url} (${message(error)}): try again`, error);
  }
}

/** @param {AbortSignal | undefined} signal */
export function throwIfAborted(signal) {
  if (signal?.aborted) {
    throw new PinnaError('aborted', ABORTED, signal.reason);
  }
}

/** @param {unknown} error */
function message(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The wasm whose arithmetic is right on this machine: SIMD, or scalar where SIMD is missing or (as on some phones)
 * accepted but wrong.
 *
 * @param {FileLike} simdUrl
 * @param {FileLike} scalarUrl
 * @returns {Promise<Wasm>}
 */
export function loadWasm(simdUrl, scalarUrl) {
  return once(`${simdUrl} ${scalarUrl}`, () => chooseWasm(simdUrl, scalarUrl));
}

/** @param {string} key  the addresses @param {() => Promise<Wasm>} load @returns {Promise<Wasm>} */
export function once(key, load) {
  const known = compiled.get(key);
  if (known) {
    return known;
  }
  const promise = load();
  compiled.set(key, promise);
  promise.catch(() => compiled.delete(key));
  return promise;
}

/** @param {FileLike} simdUrl @param {FileLike} scalarUrl */
async function chooseWasm(simdUrl, scalarUrl) {
  if (typeof WebAssembly !== 'object') {
    throw new PinnaError('wasm-refused', 'this browser has no WebAssembly: use a newer one');
  }
  const simd = await fetchWasm(simdUrl);
  if (!isWasm(simd) || WebAssembly.validate(simd)) {
    const wasm = await compile(simd, simdUrl);
    if (passesSelfTest(wasm.module)) {
      return wasm;
    }
  }
  return trusted(await compile(await fetchWasm(scalarUrl), scalarUrl), scalarUrl);
}

/** Whether the bytes begin as a wasm module does. @param {ArrayBuffer} bytes */
function isWasm(bytes) {
  return bytes.byteLength >= 8 && new DataView(bytes).getUint32(0) === 0x0061736d;
}

/** @param {FileLike} url @param {string} option  that says where it is */
export function fetchWasm(url, option = 'wasmUrl') {
  return fetchBytes(url, 'wasm-missing', 'pinna\'s wasm', `run "npm run build", or pass ${option}`);
}

/**
 * @param {ArrayBuffer} bytes
 * @param {FileLike} url
 * @returns {Promise<Wasm>}
 */
export async function compile(bytes, url) {
  try {
    return { module: await WebAssembly.compile(bytes), bytes };
  } catch (error) {
    const text = message(error);
    if (/disallowed|unsafe-eval|Content Security|blocked by CSP/i.test(text)) {
      throw new PinnaError('wasm-refused', `the page's Content-Security-Policy refuses to compile wasm (${text}): ` +
        'add \'wasm-unsafe-eval\' to script-src', error);
    }
    throw new PinnaError('wasm-refused', `${url} is not a wasm module that this browser accepts (${text}): serve ` +
      'pinna\'s own file, unchanged', error);
  }
}

/**
 * pinna-bake.wasm, which heads need only when they are measurements.
 *
 * @param {FileLike} url
 * @returns {Promise<WebAssembly.Module>}
 */
export async function fetchModule(url) {
  const bytes = await fetchBytes(url, 'wasm-missing', 'pinna\'s wasm for baking',
    'run "npm run build", or pass bakeWasmUrl');
  return (await compile(bytes, url)).module;
}

/** @param {WebAssembly.Module} module */
export function passesSelfTest(module) {
  try {
    return computesRightly(engineExports(module));
  } catch {
    return false;
  }
}

/** @param {Wasm} wasm @param {FileLike} url @throws {PinnaError} where it computes wrongly */
export function trusted(wasm, url) {
  if (!passesSelfTest(wasm.module)) {
    throw new PinnaError('wasm-wrong', `${url} fails its self-test: it is not pinna's file, or this machine's ` +
      'floating point does not follow IEEE 754');
  }
  return wasm;
}

/**
 * A module that the host compiled itself.
 *
 * @param {WebAssembly.Module} module
 * @returns {Wasm}
 */
export function givenWasm(module) {
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError('wasmModule must be a WebAssembly.Module');
  }
  return trusted({ module }, 'wasmModule');
}
