// SPDX-License-Identifier: MIT
/**
 * An <audio> or <video> element as a node.
 *
 * Problem  an element whose media come from another origin without CORS gives Web Audio silence, without an error; and
 *          an element can be taken into a graph only once, for ever.
 * Method   origins are looked at here, and what would be silent is said; nodes are kept for whoever comes again.
 */
import { PinnaError, shown } from '../errors.js';

/** @typedef {import('./stream.js').MediaInput} MediaInput */

/** @type {WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>} */
const nodes = new WeakMap();

/**
 * @param {BaseAudioContext} context
 * @param {HTMLMediaElement} element
 * @param {(error: PinnaError) => void} report  of what goes wrong later, with another src
 * @returns {MediaInput}
 * @throws {TypeError | PinnaError} 'media-tainted' where it would be silent, 'media-taken' where another graph has it,
 *   'media-failed' where it cannot play
 */
export function elementInput(context, element, report) {
  const live = /** @type {Partial<AudioContext>} */ (context);
  if (typeof live.createMediaElementSource !== 'function') {
    throw new TypeError('addMediaElement needs a pinna in an AudioContext: an OfflineAudioContext plays no elements');
  }
  if (typeof HTMLMediaElement !== 'function' || !(element instanceof HTMLMediaElement)) {
    throw new TypeError(`addMediaElement needs an <audio> or a <video> element, not ${shown(element)}`);
  }
  const fault = faultOf(element);
  if (fault) {
    throw fault;
  }
  const node = nodeOf(/** @type {AudioContext} */ (context), element);
  const over = new AbortController();
  const listen = { signal: over.signal };
  const look = () => {
    const found = faultOf(element);
    if (found) {
      report(found);
    }
  };
  element.addEventListener('loadstart', look, listen);
  element.addEventListener('error', look, listen);
  // Of several <source>s: when one is chosen. The choice before it failed is no failure.
  element.addEventListener('loadedmetadata', look, listen);
  return {
    node,
    ended: (listener) => element.addEventListener('ended', listener, listen),
    release: () => over.abort(),
  };
}

/** @param {AudioContext} context @param {HTMLMediaElement} element */
function nodeOf(context, element) {
  const known = nodes.get(element);
  if (known?.context === context) {
    return known;
  }
  try {
    const node = context.createMediaElementSource(element);
    nodes.set(element, node);
    return node;
  } catch (error) {
    throw new PinnaError('media-taken', 'this element belongs to another audio graph already ' +
      `(${known ? 'of another AudioContext' : 'createMediaElementSource was called for it'}), and browsers let go of ` +
      'none: pass that node to source.input, or use another element', error);
  }
}

/** Why nothing will be heard. @param {HTMLMediaElement} element @returns {PinnaError | null} */
function faultOf(element) {
  const foreign = foreignUrl(element);
  if (foreign && element.crossOrigin === null) {
    return new PinnaError('media-tainted', `${foreign.href} is of another origin, and without CORS browsers give Web ` +
      'Audio silence in its place: set crossorigin="anonymous" on the element before its src, and have ' +
      `${foreign.host} send Access-Control-Allow-Origin`);
  }
  if (element.error) {
    const cors = foreign ? `; where its server does not send Access-Control-Allow-Origin for ${location.origin}, an ` +
      'element with crossorigin="anonymous" fails like this' : '';
    return new PinnaError('media-failed', `the element cannot play ${element.currentSrc || element.src} ` +
      `(${element.error.message || `code ${element.error.code}`}): check the address and the format${cors}`);
  }
  return null;
}

/** The media's address, where it is of another origin. @param {HTMLMediaElement} element */
function foreignUrl(element) {
  const address = element.currentSrc || element.src;
  if (element.srcObject || !address) {
    return null;
  }
  const url = new URL(address, document.baseURI);
  return /^https?:$/.test(url.protocol) && url.origin !== location.origin ? url : null;
}
