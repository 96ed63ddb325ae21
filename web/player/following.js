// SPDX-License-Identifier: MIT
/** The head as the device has it that is held, or worn: while it is followed, nothing else turns it. */
import { PlayerError } from './error.js';
import { followPhone } from './phone.js';

export class Following {
  #stage;
  #engine;
  #changed;
  /** @type {(() => void) | null} */
  #stop = null;

  /**
   * @param {import('./stage.js').PlayerStage} stage
   * @param {() => import('../pinna.js').Pinna | null} engine  the one that sounds now
   * @param {() => void} changed
   */
  constructor(stage, engine, changed) {
    this.#stage = stage;
    this.#engine = engine;
    this.#changed = changed;
  }

  get on() {
    return this.#stop !== null;
  }

  /**
   * To be called in the handler of a gesture: some systems ask.
   *
   * @param {(error: unknown) => void} failed  at once, or when the sensor falls silent
   * @returns {Promise<void>} rejects with a PlayerError where there is no sensor, or it is not allowed
   */
  async start(failed) {
    const end = (/** @type {unknown} */ error) => {
      failed(error);
      this.stop();
    };
    try {
      this.#stop = await followPhone((orientation, timeMs) => this.#turn(orientation, timeMs), end);
      this.#changed();
    } catch (error) {
      end(error);
      throw new PlayerError('sensor', error instanceof Error ? error.message : String(error), error);
    }
  }

  stop() {
    this.#stop?.();
    this.#stop = null;
    this.#stage.follow(null);
    this.#changed();
  }

  /** @param {import('./space.js').Quaternion} orientation @param {number} timeMs */
  #turn(orientation, timeMs) {
    this.#stage.follow(orientation);
    const pinna = this.#engine();
    if (pinna?.state === 'running') {
      const time = Math.max(0, pinna.context.currentTime + (timeMs - performance.now()) / 1000);
      pinna.listener.setPose(this.#stage.origin, this.#stage.head, { time });
    }
  }
}

/** A device that is held has a sensor; whether it answers is found when it is asked. */
export function mayFollow() {
  return typeof globalThis.DeviceOrientationEvent === 'function' &&
    globalThis.matchMedia?.('(pointer: coarse)').matches === true;
}
