// SPDX-License-Identifier: MIT
/** How loud it is at the two ears, as a meter shows it. */

/** The quietest that the level meters show, dB. */
const FLOOR_DB = -54;

/** How fast a level falls, dB per second. */
const FALL_DB = 40;

/** Listens to what a node sends to the ears. */
export class Ears {
  #taps;
  #samples = new Float32Array(1024);
  #levels = [FLOOR_DB, FLOOR_DB];
  #then = performance.now();

  /** @param {AudioNode} node  of two channels */
  constructor(node) {
    const { context } = node;
    const split = context.createChannelSplitter(2);
    node.connect(split);
    // Some browsers render only what leads to the destination.
    const nothing = new GainNode(context, { gain: 0 });
    nothing.connect(context.destination);
    this.#taps = [0, 1].map((channel) => {
      const tap = context.createAnalyser();
      tap.fftSize = this.#samples.length;
      split.connect(tap, channel);
      tap.connect(nothing);
      return tap;
    });
  }

  /** Left and right, 0 (nothing) to 1 (full scale); rises at once and falls slowly. */
  levels() {
    const now = performance.now();
    const fall = FALL_DB * (now - this.#then) / 1000;
    this.#then = now;
    this.#levels = this.#taps.map((tap, ear) => {
      tap.getFloatTimeDomainData(this.#samples);
      const peak = this.#samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      return Math.max(FLOOR_DB, 20 * Math.log10(peak + 1e-9), this.#levels[ear] - fall);
    });
    return this.#levels.map((db) => Math.min(1, 1 - db / FLOOR_DB));
  }
}
