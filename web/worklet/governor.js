// SPDX-License-Identifier: MIT
/**
 * Keeps the audio thread from overrunning: when rendering takes too much of the time, fewer sources have filters of
 * their own; when there is room again, more.
 *
 * Method   the cost of blocks is added up over a tenth of a second (Date.now() ticks in milliseconds, without bias).
 *          Above HIGH the limit falls at once, to what should bring the load to GOAL. Below LOW for a while it rises by
 *          an eighth. A rise that had to be taken back doubles the while, so that it does not pump.
 * Garbage  each reading of the clock makes a number on the heap, so nothing is measured as long as so few sources have
 *          filters of their own that no machine minds.
 */

const WINDOW_S = 0.1;
const HIGH = 0.7;
const GOAL = 0.5;
const LOW = 0.4;

/** Fewer sources with filters of their own are never worth a measurement. */
const FEW = 24;

/** Seconds of low load before the limit rises: at first, and at most. */
const PATIENCE_S = 1;
const MOST_PATIENCE_S = 32;

/** A cut so soon after a rise takes the rise back. */
const REGRET_S = 4;

/** Index of each number that is kept; in a typed array, so that writing one never allocates. */
const State = Object.freeze({ busyMs: 0, frames: 1, calmFrames: 2, patienceFrames: 3, sinceRise: 4 });
const STATE_COUNT = 5;

export class Governor {
  /**
   * @param {number} most        sources that may have filters of their own when there is time
   * @param {boolean} live       whether there are deadlines to miss
   * @param {number} sampleRate
   */
  constructor(most, live, sampleRate) {
    this.most = most;
    this.live = live;
    this.sampleRate = sampleRate;
    /** How many may have filters of their own now. */
    this.limit = most;
    /** Whether blocks are to be measured. */
    this.watching = false;
    this.state = new Float64Array(STATE_COUNT);
    this.state[State.patienceFrames] = PATIENCE_S * sampleRate;
    this.state[State.sinceRise] = Infinity;
  }

  /**
   * Takes note of how many sources have filters of their own.
   *
   * @param {number} exact
   */
  see(exact) {
    this.watching = this.live && (exact >= FEW || this.limit < this.most);
  }

  /**
   * Adds the cost of a block.
   *
   * @param {number} ms
   * @param {number} frames
   * @param {number} exact  sources with filters of their own
   * @returns {boolean} whether `limit` has changed
   */
  add(ms, frames, exact) {
    const { state } = this;
    state[State.busyMs] += ms;
    state[State.frames] += frames;
    state[State.sinceRise] += frames;
    if (state[State.frames] < WINDOW_S * this.sampleRate) {
      return false;
    }
    const load = state[State.busyMs] / 1000 * this.sampleRate / state[State.frames];
    const window = state[State.frames];
    state[State.busyMs] = 0;
    state[State.frames] = 0;
    if (load > HIGH) {
      return this.#cut(Math.floor(Math.min(exact, this.limit) * GOAL / load));
    }
    state[State.calmFrames] = load < LOW ? state[State.calmFrames] + window : 0;
    if (this.limit < this.most && state[State.calmFrames] >= state[State.patienceFrames]) {
      state[State.calmFrames] = 0;
      state[State.sinceRise] = 0;
      this.limit = Math.min(this.most, this.limit + Math.max(4, this.limit >> 3));
      return true;
    }
    return false;
  }

  /** @param {number} limit */
  #cut(limit) {
    const { state } = this;
    const { sampleRate } = this;
    state[State.calmFrames] = 0;
    const regretted = state[State.sinceRise] < REGRET_S * sampleRate;
    const patience = regretted ? 2 * state[State.patienceFrames] : PATIENCE_S * sampleRate;
    state[State.patienceFrames] = Math.min(patience, MOST_PATIENCE_S * sampleRate);
    state[State.sinceRise] = Infinity;
    const changed = limit < this.limit;
    this.limit = Math.min(limit, this.limit);
    return changed;
  }
}
