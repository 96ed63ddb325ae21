// SPDX-License-Identifier: MIT
import { PinnaError } from '../errors.js';

/**
 * Loads h5wasm, which reads HDF5; only SOFA files need it.
 *
 * @param {string} [url]  absolute; undefined = 'h5wasm', as a bundler, Node or the page's import map resolve it
 * @returns {Promise<typeof import('h5wasm')>}
 * @throws {PinnaError} 'h5wasm-missing'
 */
export async function loadH5wasm(url) {
  let found;
  try {
    found = await (url === undefined ? import('h5wasm') :
      import(/* @vite-ignore */ /* webpackIgnore: true */ url));
  } catch (error) {
    throw new PinnaError('h5wasm-missing', `SOFA files are read with h5wasm, which could not be loaded from ` +
      `${url ?? '"h5wasm"'} (${error instanceof Error ? error.message : error}): install it (npm install h5wasm) and ` +
      'bundle it, or name it in the page\'s import map, or pass h5wasmUrl, the address of its dist/esm/hdf5_hl.js; ' +
      'its origin must be allowed by the Content-Security-Policy. Baked heads do without it: pinna hrtf FILE.sofa ' +
      '--bake OUT.safetensors', error);
  }
  const library = typeof found.File === 'function' ? found : found.default;
  if (typeof library?.File !== 'function' || typeof library.ready?.then !== 'function') {
    throw new PinnaError('h5wasm-missing', `${url ?? 'h5wasm'} is not h5wasm: h5wasmUrl must be the address of its ` +
      'dist/esm/hdf5_hl.js');
  }
  return library;
}

/** What this page's import map makes of 'h5wasm': workers have no import maps. @returns {string | undefined} */
export function h5wasmOfPage() {
  try {
    return import.meta.resolve?.('h5wasm');
  } catch {
    return undefined;
  }
}
