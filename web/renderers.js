// SPDX-License-Identifier: MIT
/** How sources reach the ears: the renderers that a page can name, and what each needs. */
import { PinnaError } from './errors.js';
import { fetchBytes, loadLinnWasm } from './loader.js';
import { LinnForm } from './shared/engine-host.js';

/**
 * 'hrtf': a measured head. 'linn': a network in its place (LINN-F), which also hears how far sources are and which way
 * they face, as far as it learned to. 'linn-dense': the dense LINN on short-time spectra, 1024 frames late, four
 * sources, more as 'linn-fir'. 'linn-fir': its gains as short filters, not late, 32 sources, more by the head.
 *
 * @typedef {'hrtf' | 'linn' | 'linn-dense' | 'linn-fir'} RendererName
 */

/** @type {readonly RendererName[]} */
export const RENDERERS = Object.freeze(['hrtf', 'linn', 'linn-dense', 'linn-fir']);

/** @type {Readonly<Record<RendererName, number>>} */
const FORMS = Object.freeze({
  'hrtf': LinnForm.OFF, 'linn': LinnForm.OFF, 'linn-dense': LinnForm.FRAMES, 'linn-fir': LinnForm.FIR,
});

/**
 * What must be in the head's place.
 *
 * @param {RendererName} name
 * @returns {import('./heads/head-office.js').HeadKind | null}  null = whatever is
 */
export function headKindOf(name) {
  return name === 'hrtf' || name === 'linn' ? name : null;
}

/** @param {RendererName} name @returns {number}  of LinnForm */
export function linnFormOf(name) {
  return FORMS[name];
}

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
 * @returns {Promise<{ wasm: import('./loader.js').Wasm, model: ArrayBuffer }>}
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

/**
 * @param {RendererName} name
 * @returns {PinnaError}
 */
export function withoutLinn(name) {
  return new PinnaError('renderer', `this pinna was started without the dense LINN, which "${name}" needs: ` +
    `createPinna(context, { renderer: "${name}" }), or { linnDense: true } to begin with another`);
}
