// SPDX-License-Identifier: MIT
/**
 * pinna/inline: pinna with its worklet, its wasm and its default head in the code, for pages where nothing can lie
 * beside a script. Importing it does nothing.
 */
import { startPinna } from '../start.js';
import { inlineFiles } from './inline-files.js';

// What ../index.js exports, but its createPinna: named, so that none of that is beside it in a bundle.
export { ambisonicGains } from '../ambisonics.js';
export { PinnaError } from '../errors.js';
export { PinnaListener } from '../listener.js';
export { unlock } from '../media/unlock.js';
export { Pinna } from '../pinna.js';
export { PinnaSource } from '../source.js';

/** @typedef {import('../soundfield.js').PinnaSoundfield} PinnaSoundfield */

/**
 * Starts an engine in a context, without fetching anything. A Content-Security-Policy must allow
 * `script-src blob: 'wasm-unsafe-eval'`; or, without `blob:`, give workletUrl.
 *
 * The dense LINN, soundfields and the baking of SOFA files are not in it: they need linnWasmUrl and linnModelUrl,
 * soundfieldWasmUrl, and bakeWasmUrl and h5wasmUrl.
 *
 * @param {BaseAudioContext} context  an AudioContext or an OfflineAudioContext, at 8000 to 192000 Hz
 * @param {Omit<import('../pinna.js').PinnaOptions, 'packageUrl'>} [options]
 * @returns {Promise<import('../pinna.js').Pinna>}  rejects with a PinnaError that names the cause and the mend
 */
export async function createPinna(context, options = {}) {
  if (/** @type {import('../pinna-options.js').PinnaOptions | null} */ (options)?.packageUrl !== undefined) {
    throw new TypeError('pinna/inline has its files in its code and takes no packageUrl: leave it out, name single ' +
      'files (linnWasmUrl, soundfieldWasmUrl ...), or import createPinna from "pinna"');
  }
  return startPinna(context, options, inlineFiles);
}
