// SPDX-License-Identifier: MIT
/** A blind comparison, A/B/X: what is drawn by lot, what was answered, and what chance would have done. */

/** @typedef {'A' | 'B'} Side */
/** @typedef {{ x: Side, answer: Side }} Trial */

/**
 * How often guessing does at least as well: the upper tail of the binomial distribution of fair coins.
 *
 * @param {number} right
 * @param {number} trials
 * @returns {number} 0 to 1
 */
export function chance(right, trials) {
  // From the likeliest to the least: each term of the row from its neighbour, halved as often as there are coins.
  let term = 0.5 ** trials;
  let sum = 0;
  for (let k = trials; k >= right; k--) {
    sum += term;
    term *= k / (trials - k + 1);
  }
  return Math.min(1, sum);
}

export class BlindTest {
  /** @type {Trial[]} */
  trials = [];
  /** @type {Side} what X is now */
  x;

  #random;

  /** @param {() => number} [random]  uniform in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
    this.x = this.#draw();
  }

  #draw() {
    return this.#random() < 0.5 ? 'A' : 'B';
  }

  /**
   * Takes an answer and draws the next X.
   *
   * @param {Side} answer
   * @returns {boolean} whether it was right
   */
  answer(answer) {
    const { x } = this;
    this.trials.push({ x, answer });
    this.x = this.#draw();
    return x === answer;
  }

  /** Answers that were right. */
  get right() {
    return this.trials.filter(({ x, answer }) => x === answer).length;
  }

  /** How often guessing does at least as well. */
  get p() {
    return chance(this.right, this.trials.length);
  }

  /** The score in words. */
  get words() {
    const { length } = this.trials;
    if (length === 0) {
      return 'No answer yet.';
    }
    const { p, right } = this;
    const shown = p >= 0.1 ? p.toFixed(2) : p >= 0.001 ? p.toFixed(3) : '< 0.001';
    const verdict = p < 0.05 ? 'You hear a difference.' :
      length < 5 ? 'Five in a row, and chance is unlikely.' : 'Guessing does as well too often to tell.';
    return `${right} of ${length} right, p = ${shown}. ${verdict}`.replace('= <', '<');
  }
}
