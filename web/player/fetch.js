// SPDX-License-Identifier: MIT
/** Files from the network, with progress, and with reasons where they do not come. */
import { PlayerError } from './error.js';

/**
 * @param {URL} url
 * @param {{ signal?: AbortSignal, onProgress?: (done: number) => void }} [options]  done: 0 to 1 where the server tells
 *   the file's length
 * @returns {Promise<ArrayBuffer>}
 * @throws {PlayerError} 'network', 'cors' or 'not-found'
 */
export async function fetchBytes(url, { signal, onProgress } = {}) {
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    throw await whyNot(url, error, signal);
  }
  if (!response.ok) {
    throw new PlayerError('not-found', `${url} is not there (the server answers ${response.status}): check the ` +
      'address in src');
  }
  const length = Number(response.headers.get('content-length'));
  // Of a compressed answer the length is not that of what arrives.
  const known = length > 0 && !response.headers.get('content-encoding');
  if (!response.body || !onProgress || !known) {
    return response.arrayBuffer().catch((error) => {
      throw broken(url, error, signal);
    });
  }
  const reader = response.body.getReader();
  let bytes = new Uint8Array(length);
  let filled = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (filled + part.value.length > bytes.length) {
        const longer = new Uint8Array(2 * (filled + part.value.length));
        longer.set(bytes.subarray(0, filled));
        bytes = longer;
      }
      bytes.set(part.value, filled);
      filled += part.value.length;
      onProgress(Math.min(1, filled / length));
    }
  } catch (error) {
    throw broken(url, error, signal);
  }
  return filled === bytes.length ? bytes.buffer : bytes.buffer.slice(0, filled);
}

/** @param {URL} url @param {unknown} cause @param {AbortSignal} [signal] */
function broken(url, cause, signal) {
  return signal?.aborted
    ? aborted(signal) : new PlayerError('network', `the connection ended in the middle of ${url}: try again`, cause);
}

/** @param {AbortSignal} signal */
export function aborted(signal) {
  return new PlayerError('aborted', 'loading was given up for another source', signal.reason);
}

/**
 * Browsers do not tell a page why a fetch failed. If another site's server answers where nothing is to be read, it is
 * its permission that is missing.
 *
 * @param {URL} url
 * @param {unknown} cause
 * @param {AbortSignal} [signal]
 */
async function whyNot(url, cause, signal) {
  if (signal?.aborted) {
    return aborted(signal);
  }
  const { origin, protocol } = globalThis.location;
  if (protocol === 'https:' && url.protocol === 'http:') {
    return new PlayerError('network', `${url} cannot be loaded: this page came by https, and browsers then refuse ` +
      'files by http. Serve the file by https', cause);
  }
  if (url.origin !== origin) {
    const answers = await fetch(url, { method: 'HEAD', mode: 'no-cors', signal }).then(() => true, () => false);
    if (answers) {
      return new PlayerError('cors', `${url.origin} does not let other sites read ${url.pathname}: let it send the ` +
        `header "Access-Control-Allow-Origin: ${origin === 'null' ? '*' : origin}" with the file, or serve the file ` +
        'from this site', cause);
    }
  }
  return new PlayerError('network', `${url} could not be reached: check the address and the connection, and that the ` +
    'page\'s Content-Security-Policy allows it in connect-src', cause);
}
