// SPDX-License-Identifier: MIT
/** pinna's own files, within the code. */
import { PinnaError } from '../errors.js';
import { InlineFile } from '../files/files.js';
import { FILES, WORKLET } from './data.gen.js';

/** @typedef {import('../files/files.js').OwnPath} OwnPath */

/** Options that name what is too large to come with the code. @type {Partial<Record<OwnPath, string>>} */
const OPTIONS = Object.freeze({
  'web/dist/pinna-linn.wasm': 'linnWasmUrl',
  'web/dist/pinna-soundfield.wasm': 'soundfieldWasmUrl',
  'web/dist/pinna-bake.wasm': 'bakeWasmUrl',
  'web/dist/h5wasm.js': 'h5wasmUrl',
  'models/linn/kemar-dense.safetensors': 'linnModelUrl',
});

/** Of the worklet; made once, for a page may start many engines. @type {string | undefined} */
let workletUrl;

/** @type {import('../files/files.js').OwnFiles} */
export const inlineFiles = {
  at(path) {
    const text = FILES[path];
    if (text === undefined) {
      throw new PinnaError(path.startsWith('models') ? 'model-missing' : 'wasm-missing',
        `${path} is not in the inline build: pass ${OPTIONS[path]}, its address`);
    }
    return new InlineFile(path, () => decoded(text));
  },
  workletUrl() {
    workletUrl ??= URL.createObjectURL(new Blob([decoded(WORKLET)], { type: 'text/javascript' }));
    return workletUrl;
  },
  bakeWorker: () => null,
};

/** @param {string} text  base64 */
function decoded(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = characters.charCodeAt(i);
  }
  return bytes.buffer;
}
