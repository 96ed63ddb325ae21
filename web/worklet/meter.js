// SPDX-License-Identifier: MIT
/**
 * Measures of the audio thread by the only clock that it has, Date.now().
 *
 * Its ticks of a millisecond are coarse but unbiased: differences added up over many blocks give the cost of one.
 * In V8 each reading makes a number on the heap, so the cost of a block is measured only while the page looks at the
 * statistics; the watch for underruns reads the clock five times a second.
 *
 * Underruns  the sound's clock falls behind the wall's and stays there. Blocks come in bursts, so the lag of one block
 *            says little; the smallest lag of a window does. Two windows in a row that lie above the usual lag mean
 *            lost sound. The usual lag follows slowly, because the two clocks never run quite alike.
 */
import { Measure } from '../shared/report.js';

const LOOK_EVERY_S = 0.2;
const WINDOW_S = 2;

/** Start-up gaps of 0.7 to 1.4 s were seen in browsers; they are no underruns. */
const SETTLE_S = 2;

/** Growth of the lag that counts: well above the clock's millisecond and a burst's jitter. */
const LOST_MS = 15;

/** How far the usual lag follows in a window: a thousandth, more than clocks differ by. */
const FOLLOW_MS = 2;

/** Index of each number that the watch keeps; in a typed array, so that writing one never allocates. */
const State = Object.freeze({
  anchorMs: 0, anchorFrame: 1, lookFrame: 2, windowFrame: 3, smallest: 4, before: 5, usual: 6,
});
const STATE_COUNT = 7;

export class Meter {
  /**
   * @param {Float64Array} measures  of the report
   * @param {boolean} live           whether there are deadlines to miss
   * @param {number} sampleRate
   */
  constructor(measures, live, sampleRate) {
    this.measures = measures;
    this.live = live;
    this.msPerFrame = 1000 / sampleRate;
    this.lookFrames = Math.round(LOOK_EVERY_S * sampleRate);
    this.windowFrames = Math.round(WINDOW_S * sampleRate);
    this.settleFrames = Math.round(SETTLE_S * sampleRate);
    this.watching = false;
    this.anchored = false;
    this.state = new Float64Array(STATE_COUNT);
  }

  /** Forgets where the clocks stood: after a pause of the context. */
  anchor() {
    this.anchored = false;
  }

  /**
   * Adds the cost of a block.
   *
   * @param {number} beginMs  Date.now() before it
   * @param {number} frames
   */
  add(beginMs, frames) {
    const { measures } = this;
    const ms = Date.now() - beginMs;
    measures[Measure.busyMs] += ms;
    measures[Measure.meteredFrames] += frames;
    if (ms > measures[Measure.longestMs]) {
      measures[Measure.longestMs] = ms;
    }
  }

  /**
   * Looks for underruns.
   *
   * @param {number} frame  of the block on the context's clock
   */
  look(frame) {
    if (!this.live) {
      return;
    }
    const { state } = this;
    if (!this.anchored) {
      this.anchored = true;
      state[State.anchorMs] = Date.now();
      state[State.anchorFrame] = frame;
      state[State.lookFrame] = frame + this.settleFrames;
      state[State.windowFrame] = frame + this.settleFrames + this.windowFrames;
      state[State.smallest] = Infinity;
      state[State.before] = -Infinity;
      state[State.usual] = Infinity;
      return;
    }
    if (frame < state[State.lookFrame]) {
      return;
    }
    state[State.lookFrame] = frame + this.lookFrames;
    const lag = Date.now() - state[State.anchorMs] - (frame - state[State.anchorFrame]) * this.msPerFrame;
    if (lag < state[State.smallest]) {
      state[State.smallest] = lag;
    }
    if (frame < state[State.windowFrame]) {
      return;
    }
    const { smallest, before, usual } = State;
    const lost = Math.min(state[smallest], state[before]) - state[usual];
    if (lost > LOST_MS) {
      this.measures[Measure.underruns] += 1;
      this.measures[Measure.lostMs] += lost;
      state[usual] += lost;
    } else {
      state[usual] = Math.min(state[smallest], state[usual] + FOLLOW_MS);
    }
    state[before] = state[smallest];
    state[State.smallest] = Infinity;
    state[State.windowFrame] = frame + this.windowFrames;
  }
}
