// SPDX-License-Identifier: MIT
/**
 * The files that an engine needs beside its JavaScript, whether they lie at addresses (package-files.js) or came with
 * the code (inline/inline-files.js).
 */

/**
 * From the package's root.
 *
 * @typedef {'web/dist/pinna.wasm' | 'web/dist/pinna-scalar.wasm' | 'web/dist/pinna-linn.wasm'
 *   | 'web/dist/pinna-linn-relaxed.wasm' | 'web/dist/pinna-soundfield.wasm' | 'web/dist/pinna-bake.wasm'
 *   | 'web/dist/h5wasm.js' | 'models/kemar/kemar.safetensors' | 'models/linn/kemar-field.safetensors'
 *   | 'models/linn/kemar-dense.safetensors'} OwnPath
 */

/** @typedef {string | URL | InlineFile} FileLike */

/**
 * @typedef {object} OwnFiles
 * @property {(path: OwnPath) => FileLike} at
 * @property {() => string | URL} workletUrl  of pinna.worklet.js, as addModule takes it
 * @property {() => Worker | null} bakeWorker  started anew; null = there is none. Throws where the page may have none
 */

/** A file that came with the code; its name stands where others have an address. */
export class InlineFile {
  #name;
  #bytes;

  /** @param {string} name @param {() => ArrayBuffer} bytes  made anew at each call */
  constructor(name, bytes) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /** @returns {ArrayBuffer}  the caller's own */
  bytes() {
    return this.#bytes();
  }

  toString() {
    return this.#name;
  }
}
