// SPDX-License-Identifier: MIT
/**
 * Fetches and compiles the modules that need SIMD: with the dense LINN, with soundfields. Pages that have neither never
 * load this.
 */
import { PinnaError } from './errors.js';
import { compile, fetchBytes, fetchWasm, givenWasm, once, passesSelfTest, trusted } from './loader.js';
import { hasRelaxedSimd, hasSimd } from './wasm-features.js';

/** @typedef {import('./files/files.js').FileLike} FileLike */
/** @typedef {import('./loader.js').Wasm} Wasm */

/**
 * @typedef {object} LinnUrls
 * @property {string | URL} [linnWasmUrl]   of pinna-linn.wasm
 * @property {string | URL} [linnModelUrl]  of a dense LINN (models/FORMAT.md)
 * @property {WebAssembly.Module} [wasmModule]
 */

/**
 * What an engine needs to render with the dense LINN.
 *
 * @param {LinnUrls} urls
 * @param {import('./files/files.js').OwnFiles} files
 * @param {boolean} live  else the bits must be those of every other host, and fused products are not used
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ wasm: Wasm, model: ArrayBuffer }>}
 * @throws {PinnaError} 'wasm-missing', 'wasm-refused', 'wasm-wrong', 'model-missing', 'renderer'
 */
export async function loadLinn({ linnWasmUrl, linnModelUrl, wasmModule }, files, live, signal) {
  const modelUrl = linnModelUrl ?? files.at('models/linn/kemar-dense.safetensors');
  const [wasm, model] = await Promise.all([
    loadLinnWasm(linnWasmUrl ?? files.at('web/dist/pinna-linn.wasm'), wasmModule,
      live && !linnWasmUrl ? files.at('web/dist/pinna-linn-relaxed.wasm') : undefined),
    fetchBytes(modelUrl, 'model-missing', 'the dense LINN', linnModelUrl === undefined
      ? 'serve pinna\'s models folder beside web, or pass linnModelUrl or packageUrl'
      : 'check the linnModelUrl option', signal),
  ]);
  return { wasm, model };
}

/** Of what has no scalar twin. @param {string} what @throws {PinnaError} */
function requireSimd(what) {
  if (!hasSimd()) {
    throw new PinnaError('wasm-refused', `${what} SIMD in WebAssembly, which this browser does not have; sources ` +
      'with a measured head sound without it: use a newer browser, or leave this out here');
  }
}

/**
 * pinna-linn-relaxed.wasm, where it can run and its arithmetic is right.
 *
 * @param {FileLike} url
 * @returns {Promise<Wasm | null>}
 */
async function loadRelaxed(url) {
  try {
    if (!hasRelaxedSimd()) {
      return null;
    }
    const wasm = await compile(await fetchWasm(url), url);
    return passesSelfTest(wasm.module) ? wasm : null;
  } catch { // the other module is as good, only slower
    return null;
  }
}

/**
 * pinna-linn.wasm, which has no scalar twin: without SIMD it would be too slow.
 *
 * @param {FileLike} url
 * @param {WebAssembly.Module} [given]  compiled already, instead
 * @param {FileLike} [relaxedUrl]   of its faster twin, to be preferred; its last bits are each machine's own
 * @returns {Promise<Wasm>}
 * @throws {PinnaError}
 */
export async function loadLinnWasm(url, given, relaxedUrl) {
  if (!given) {
    requireSimd('the dense LINN needs');
  }
  const relaxed = relaxedUrl && !given ? await loadRelaxed(relaxedUrl) : null;
  if (relaxed) {
    return relaxed;
  }
  const wasm = given ? givenWasm(given) : await compile(await fetchWasm(url, 'linnWasmUrl'), url);
  if (!WebAssembly.Module.exports(wasm.module).some(({ name }) => name === 'pinna_linn_load')) {
    throw new PinnaError('renderer', `${given ? 'wasmModule' : url} has no dense LINN: use pinna-linn.wasm`);
  }
  return trusted(wasm, given ? 'wasmModule' : url);
}

/**
 * pinna-soundfield.wasm, which has no scalar twin: a browser without correct SIMD has no soundfields.
 *
 * @param {FileLike} url
 * @returns {Promise<Wasm>}
 * @throws {PinnaError} 'wasm-missing', 'wasm-refused', 'wasm-wrong', 'renderer'
 */
export function loadSoundfieldWasm(url) {
  return once(String(url), () => loadSoundfields(url));
}

/** @param {FileLike} url */
async function loadSoundfields(url) {
  requireSimd('soundfields need');
  const wasm = await compile(await fetchWasm(url, 'soundfieldWasmUrl'), url);
  if (!WebAssembly.Module.exports(wasm.module).some(({ name }) => name === 'pinna_soundfields_boot')) {
    throw new PinnaError('renderer', `${url} has no soundfields: use pinna-soundfield.wasm`);
  }
  return trusted(wasm, url);
}
