// SPDX-License-Identifier: MIT
/** Looking around and walking without a headset: drags and keys make a pose. */
import { about, headTurn, rotate } from '../shared/space.js';

/** @typedef {import('../shared/space.js').Vector} Vector */
/** @typedef {import('../shared/space.js').Quaternion} Quaternion */

const EYES_M = 1.6;

/** Radians a pixel. */
const DRAG = 0.0035;

/** While a key is down: radians and metres a second. */
const TURN = 1.4;
const WALK = 1.4;

/** How far one may walk from the middle. */
const REACH_M = 5;

/** Left and right, up and down, forth and back, sideways. @type {Record<string, [number, number, number, number]>} */
const KEYS = {
  ArrowLeft: [1, 0, 0, 0],
  ArrowRight: [-1, 0, 0, 0],
  ArrowUp: [0, 1, 0, 0],
  ArrowDown: [0, -1, 0, 0],
  KeyW: [0, 0, 1, 0],
  KeyS: [0, 0, -1, 0],
  KeyA: [0, 0, 0, -1],
  KeyD: [0, 0, 0, 1],
};

export class Look {
  yaw = 0;
  pitch = 0;
  /** @type {Vector} */
  position = [0, EYES_M, 0];
  /** @type {Set<string>} */
  #down = new Set();

  /** @param {HTMLElement} element  focusable */
  constructor(element) {
    // Not movementX: for fingers not every browser has it.
    let [beforeX, beforeY] = [0, 0];
    element.addEventListener('pointerdown', (event) => {
      if (event.isPrimary && event.button === 0) {
        element.setPointerCapture(event.pointerId);
        [beforeX, beforeY] = [event.clientX, event.clientY];
      }
    });
    element.addEventListener('pointermove', (event) => {
      if (event.isPrimary && element.hasPointerCapture(event.pointerId)) {
        // As if the picture were pulled along.
        this.#turn(DRAG * (event.clientX - beforeX), DRAG * (event.clientY - beforeY));
        [beforeX, beforeY] = [event.clientX, event.clientY];
      }
    });
    element.addEventListener('keydown', (event) => {
      if (Object.hasOwn(KEYS, event.code) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        this.#down.add(event.code);
      }
    });
    element.addEventListener('keyup', (event) => this.#down.delete(event.code));
    element.addEventListener('blur', () => this.#down.clear());
  }

  /** @returns {Quaternion} */
  get orientation() {
    return headTurn(this.yaw, this.pitch);
  }

  /** Lets the keys that are down take effect. @param {number} seconds */
  advance(seconds) {
    for (const code of this.#down) {
      const [left, up, forth, right] = KEYS[code];
      this.#turn(left * TURN * seconds, up * TURN * seconds);
      const [dx, , dz] = rotate(about([0, 1, 0], this.yaw), [right * WALK * seconds, 0, -forth * WALK * seconds]);
      const x = this.position[0] + dx;
      const z = this.position[2] + dz;
      const shorten = Math.min(1, REACH_M / (Math.hypot(x, z) || 1));
      this.position = [x * shorten, EYES_M, z * shorten];
    }
  }

  /** @param {number} left @param {number} up */
  #turn(left, up) {
    this.yaw += left;
    this.pitch = Math.max(-1.5, Math.min(1.5, this.pitch + up));
  }
}
