// SPDX-License-Identifier: MIT
import { PinnaError } from '../errors.js';

/**
 * Loads h5wasm, which reads HDF5; only SOFA files need it.
 *
 * No bundler gets to see it: it has four megabytes, and most pages never load it.
 *
 * @param {string} url  absolute
 * @returns {Promise<typeof import('h5wasm')>}
 * @throws {PinnaError} 'h5wasm-missing'
 */
export async function loadH5wasm(url) {
  let found;
  try {
    found = await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  } catch (error) {
    throw new PinnaError('h5wasm-missing', `SOFA files are read with h5wasm, which could not be loaded from ` +
      `${url} (${error instanceof Error ? error.message : error}): serve pinna's web/dist/h5wasm.js, and ` +
      'pass its address as h5wasmUrl if a bundler left it behind; its origin must be allowed by script-src of the ' +
      'Content-Security-Policy. Baked heads do without it: pinna hrtf FILE.sofa ' +
      '--bake OUT.safetensors', error);
  }
  const library = typeof found.File === 'function' ? found : found.default;
  if (typeof library?.File !== 'function' || typeof library.ready?.then !== 'function') {
    throw new PinnaError('h5wasm-missing', `${url} is not h5wasm: h5wasmUrl must be the address of pinna's ` +
      'web/dist/h5wasm.js, or of h5wasm\'s own dist/esm/hdf5_hl.js');
  }
  return library;
}
