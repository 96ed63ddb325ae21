// SPDX-License-Identifier: MIT
/** Whose head: from what a page names to its bytes. What is made of them is beside, in workshop.js. */
import { PinnaError, shown } from '../errors.js';
import { InlineFile } from '../files/files.js';
import { fetchBytes, throwIfAborted } from '../loader.js';

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
