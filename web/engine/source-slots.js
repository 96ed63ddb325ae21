// SPDX-License-Identifier: MIT
/** The places of an engine's scene, and which source has which. */
import { MAX_SOURCES } from '../pinna-options.js';

/** @typedef {import('../source.js').PinnaSource} PinnaSource */

export class SourceSlots {
  #count;
  #inputs;
  /** @type {(PinnaSource | null)[]} */
  #sources;
  /** @type {number[]} the one that rested longest first */
  #free;

  /**
   * @param {number} count
   * @param {number} inputs  slots, the first ones, that have one
   */
  constructor(count, inputs) {
    this.#count = count;
    this.#inputs = inputs;
    this.#sources = new Array(count).fill(null);
    this.#free = this.#sources.map((_, slot) => slot);
  }

  /** The sources that have one. @returns {PinnaSource[]} */
  get sources() {
    return /** @type {PinnaSource[]} */ (this.#sources.filter(Boolean));
  }

  /** The next free one, with an input or without. @returns {number | undefined} */
  get next() {
    return this.#free[0];
  }

  /**
   * A free one: with an input, unless its source is made with a buffer and there is another.
   *
   * @param {boolean} needsInput
   * @returns {number}
   * @throws {RangeError} where none is left, with the option that makes more
   */
  find(needsInput) {
    if (this.#free.length === 0) {
      throw new RangeError(`all ${this.#count} sources are in use (maxSources): dispose() of one, or ` +
        `createPinna(context, { maxSources: ${Math.min(2 * this.#count, MAX_SOURCES)} })`);
    }
    const inputs = this.#inputs;
    if (inputs === this.#count) {
      return this.#free[0];
    }
    const slot = this.#free.find((free) => free < inputs === needsInput);
    if (slot === undefined && needsInput) {
      throw new RangeError(`all ${inputs} sources with an input are in use (maxInputs): dispose() of one, make this ` +
        `one with a buffer, or createPinna(context, { maxInputs: ${Math.min(2 * inputs + 1, this.#count)} })`);
    }
    return slot ?? this.#free[0];
  }

  /**
   * @param {number} slot  a free one
   * @param {PinnaSource | null} source  null = taken, but not by a source
   */
  take(slot, source) {
    this.#free.splice(this.#free.indexOf(slot), 1);
    this.#sources[slot] = source;
  }

  /** @param {number} slot */
  release(slot) {
    this.#sources[slot] = null;
    this.#free.push(slot);
  }

  /** @param {Uint32Array} tokens  of the last playback that ended in each; 0 = none */
  ended(tokens) {
    for (let slot = 0; slot < tokens.length; slot++) {
      if (tokens[slot] !== 0) {
        this.#sources[slot]?._ended(tokens[slot]);
      }
    }
  }
}
