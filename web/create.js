// SPDX-License-Identifier: MIT
import { packageFiles } from './files/package-files.js';
import { startPinna } from './start.js';

/**
 * Starts an engine in a context.
 *
 * @param {BaseAudioContext} context  an AudioContext or an OfflineAudioContext, at 8000 to 192000 Hz
 * @param {import('./pinna.js').PinnaOptions} [options]
 * @returns {Promise<import('./pinna.js').Pinna>}  rejects with a PinnaError that names the cause and the mend
 */
export async function createPinna(context, options = {}) {
  return startPinna(context, options, packageFiles(options?.packageUrl));
}
