// SPDX-License-Identifier: MIT
/** When a player looks at what it does: before each picture, or by a timer where nobody looks and it plays. */

/** Of a page that is not looked at, sources move so often. */
const HIDDEN_MS = 100;

export class Pulse {
  #wants;
  #draw;
  #step;
  #frame = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /**
   * @param {() => { shown: boolean, playing: boolean }} wants  whether there is something to draw on; and to hear
   * @param {() => void} draw
   * @param {() => void} step
   */
  constructor(wants, draw, step) {
    this.#wants = wants;
    this.#draw = draw;
    this.#step = step;
  }

  /** Asks for one more look, however often it is called. */
  beat() {
    const hidden = globalThis.document?.visibilityState === 'hidden';
    const { shown, playing } = this.#wants();
    clearInterval(this.#ticking);
    if (hidden && playing) {
      this.#ticking = setInterval(this.#step, HIDDEN_MS);
    } else if (!hidden && this.#frame === 0 && shown) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw();
      });
    }
  }
}
