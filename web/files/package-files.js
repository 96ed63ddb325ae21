// SPDX-License-Identifier: MIT
/**
 * pinna's own files at their addresses: where the package has them, or where a copy of it is.
 *
 * Problem  bundlers move files. They know those that are written as new URL('…', import.meta.url), in so many words.
 * Method   all addresses are in this module, written out (but for one). Seen from web/files, where it lies, and from
 *          web/dist, where the bundle that contains it lies, they are the same.
 */
import { shown } from '../errors.js';

/** @typedef {import('./files.js').OwnFiles} OwnFiles */
/** @typedef {import('./files.js').OwnPath} OwnPath */

/** @type {Readonly<Record<OwnPath, () => URL>>} */
const ADDRESSES = Object.freeze({
  'web/dist/pinna.wasm': () => new URL('../dist/pinna.wasm', import.meta.url),
  'web/dist/pinna-scalar.wasm': () => new URL('../dist/pinna-scalar.wasm', import.meta.url),
  'web/dist/pinna-linn.wasm': () => new URL('../dist/pinna-linn.wasm', import.meta.url),
  'web/dist/pinna-linn-relaxed.wasm': () => new URL('../dist/pinna-linn-relaxed.wasm', import.meta.url),
  'web/dist/pinna-soundfield.wasm': () => new URL('../dist/pinna-soundfield.wasm', import.meta.url),
  'web/dist/pinna-bake.wasm': () => new URL('../dist/pinna-bake.wasm', import.meta.url),
  // Not written out: bundlers would carry its four megabytes into every page's build. Who needs it names it.
  'web/dist/h5wasm.js': () => new URL('h5wasm.js', ADDRESSES['web/dist/pinna-bake.wasm']()),
  'models/kemar/kemar.safetensors': () => new URL('../../models/kemar/kemar.safetensors', import.meta.url),
  'models/linn/kemar-field.safetensors': () => new URL('../../models/linn/kemar-field.safetensors', import.meta.url),
  'models/linn/kemar-dense.safetensors': () => new URL('../../models/linn/kemar-dense.safetensors', import.meta.url),
});

/** Beside this module, or where a bundler carried them. @type {OwnFiles} */
const beside = {
  at: (path) => ADDRESSES[path](),
  workletUrl: () => new URL('../dist/pinna.worklet.js', import.meta.url),
  bakeWorker: () => new Worker(new URL('../dist/bake-worker.js', import.meta.url), { type: 'module' }),
};

/**
 * @param {string | URL} [packageUrl]  of a copy of the package's folder, against the page; else the package itself
 * @returns {OwnFiles}
 * @throws {TypeError} where it is no address
 */
export function packageFiles(packageUrl) {
  if (packageUrl === undefined) {
    return beside;
  }
  const page = globalThis.document?.baseURI ?? globalThis.location?.href;
  /** @type {URL} */
  let folder;
  try {
    folder = new URL(String(packageUrl).replace(/\/?$/, '/'), page);
  } catch {
    throw new TypeError(`packageUrl must be the address of a folder, not ${shown(packageUrl)}`);
  }
  return {
    at: (path) => new URL(path, folder),
    workletUrl: () => new URL('web/dist/pinna.worklet.js', folder),
    bakeWorker: () => new Worker(new URL('web/dist/bake-worker.js', folder), { type: 'module' }),
  };
}
