// SPDX-License-Identifier: MIT
/** The picture of a soundfield: how loud it is from where, rising at once and falling slowly. */

/** Directions, clockwise from ahead. */
const DIRECTIONS = 48;

/** It falls by so much from picture to picture. */
const FALL = 0.88;

/** What is fainter than this is not seen. */
const FAINT = 0.01;

export class Bloom {
  #now = new Float32Array(DIRECTIONS);
  #shown = new Float32Array(DIRECTIONS);

  /**
   * @param {import('./programme.js').Programme['glow'] | null} glow  null = nothing sounds
   * @returns {ArrayLike<number>} 0 to 1
   */
  next(glow) {
    this.#now.fill(0);
    glow?.(this.#now);
    for (let i = 0; i < DIRECTIONS; i++) {
      this.#shown[i] = Math.max(this.#now[i], FALL * this.#shown[i]);
    }
    return this.#shown;
  }

  /** There is still something to be seen. */
  get fading() {
    return this.#shown.some((level) => level > FAINT);
  }
}
