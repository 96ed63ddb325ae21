// SPDX-License-Identifier: MIT
/**
 * Which context time a moment of performance.now() is.
 *
 * Method   the offset between the two clocks is constant but for drift; each reading of it is late by up to a hardware
 *          buffer, because currentTime moves in steps. Readings are averaged, and a jump (the context was paused, the
 *          output device changed) starts the average anew.
 */

/** A reading that differs by more than this is a jump, not jitter. */
const JUMP_S = 0.1;

/** Share of a new reading in the average. */
const NEW = 0.05;

export class ContextClock {
  #context;
  #offsetS = NaN;

  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * The context time (as currentTime has it) at a moment.
   *
   * @param {number} performanceMs  as performance.now() or an animation frame has it
   * @returns {number} seconds
   */
  contextTimeAt(performanceMs) {
    const reading = this.#context.currentTime - performance.now() / 1000;
    if (!(Math.abs(reading - this.#offsetS) < JUMP_S)) {
      this.#offsetS = reading;
    }
    this.#offsetS += NEW * (reading - this.#offsetS);
    return performanceMs / 1000 + this.#offsetS;
  }
}
