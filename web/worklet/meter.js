// SPDX-License-Identifier: MIT
/**
 * Measures of the audio thread by the only clock that it has, Date.now().
 *
 * Its ticks of a millisecond are coarse but unbiased: differences added up over many blocks give the cost of one.
 * In V8 each reading makes a number on the heap, so the cost of a block is measured only while the page looks at the
 * statistics; the watch for underruns reads the clock ten times a second.
 *
 * Underruns  the sound's clock falls behind the wall's. Blocks come in bursts, so the lag of one block says little;
 *            the smallest lag of a second does. What it grows by from one second to the next was lost. The two clocks
 *            run apart by less than a thousandth, which stays below the threshold.
 */
import { Measure } from '../shared/report.js';

const LOOK_EVERY_S = 0.1;
const WINDOW_S = 1;

/** Start-up gaps of 0.7 to 1.4 s were seen in browsers; they are no underruns. */
const SETTLE_S = 2;

/** Growth of a second's smallest lag that counts: well above the clock's millisecond and a burst's jitter. */
const LOST_MS = 15;

/** Index of each number that the watch keeps; in a typed array, so that writing one never allocates. */
const State = Object.freeze({ anchorMs: 0, anchorFrame: 1, lookFrame: 2, windowFrame: 3, smallest: 4, before: 5 });
const STATE_COUNT = 6;

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
      state[State.lookFrame] = frame;
      state[State.windowFrame] = frame + this.settleFrames;
      state[State.smallest] = Infinity;
      state[State.before] = Infinity;
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
    const lost = state[State.smallest] - state[State.before];
    if (lost > LOST_MS) {
      this.measures[Measure.underruns] += 1;
      this.measures[Measure.lostMs] += lost;
    }
    state[State.before] = state[State.smallest];
    state[State.smallest] = Infinity;
    state[State.windowFrame] = frame + this.windowFrames;
  }
}
