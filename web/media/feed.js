// SPDX-License-Identifier: MIT
/** A source that a stream or an element feeds: it ends with them, and lets them go when it is disposed of. */

/** @typedef {import('../source.js').PinnaSource} PinnaSource */
/** @typedef {import('../source.js').SourceOptions} SourceOptions */

/** Of a source's options, those that a live sound has no use for. */
const CLIP_OPTIONS = /** @type {const} */ (['buffer', 'autoplay', 'loop', 'loopStart', 'loopEnd']);

/**
 * @param {SourceOptions} options
 * @param {string} name  of the method, for the error
 * @throws {TypeError} where one is of clips
 */
export function checkLiveOptions(options, name) {
  const clip = CLIP_OPTIONS.find((option) => options?.[option] !== undefined);
  if (clip) {
    throw new TypeError(`${name} has no option "${clip}": that is for a source with a buffer`);
  }
}

/**
 * @param {PinnaSource} source  disposed of where it cannot be fed
 * @param {() => import('./stream.js').MediaInput} takeIn
 * @returns {PinnaSource} the source
 */
export function feed(source, takeIn) {
  try {
    const media = takeIn();
    const input = source.input;
    media.node.connect(input);
    media.ended(() => source.dispatchEvent(new Event('ended')));
    source._whenDisposed(() => {
      media.node.disconnect(input);
      media.release();
    });
  } catch (error) {
    source.dispose();
    throw error;
  }
  return source;
}
