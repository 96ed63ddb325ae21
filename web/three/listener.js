// SPDX-License-Identifier: MIT
/** The one who hears, as an object of a three.js scene. */
import { Object3D } from 'three';
import { worldFromHead } from '../adapters/eyes.js';
import { Place } from '../adapters/place.js';
import { usable } from '../adapters/usable.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */

/**
 * In THREE.AudioListener's place: `camera.add(new PinnaListener(pinna))`. Follows whatever it hangs on, cameras in
 * WebXR included, under any parents, rolled or not. For a headset pinna.attachXR(session, space) is better still: it
 * predicts the head to the moment at which it hears; add no PinnaListener then.
 */
export class PinnaListener extends Object3D {
  #place = new Place();

  /** @param {Pinna} pinna */
  constructor(pinna) {
    super();
    this.type = 'PinnaListener';
    this.pinna = pinna;
    this.context = pinna.context;
    /**
     * A renderer's `xr`, where this hangs on the camera that it renders: while a session presents, the head is between
     * the eyes then, and not where three puts that camera.
     *
     * @type {import('../adapters/eyes.js').XRManager | null}
     */
    this.xr = null;
    // Hung up anew, it may be anywhere, and somebody else may have moved the head meanwhile.
    this.addEventListener('added', () => {
      this.#place.known = false;
    });
  }

  /** Of everything, linear. */
  getMasterVolume() {
    return this.pinna.gain;
  }

  /** @param {number} value  linear */
  setMasterVolume(value) {
    this.pinna.gain = value;
    return this;
  }

  /**
   * For three: brings the head where this object is.
   *
   * @param {boolean} [force]
   * @override
   */
  updateMatrixWorld(force) {
    super.updateMatrixWorld(force);
    const first = !this.#place.known;
    if (usable(this.pinna) && this.#place.follow(worldFromHead(this.xr, this.matrixWorld.elements))) {
      this.pinna.listener.setPose(this.#place.position, this.#place.orientation, { teleport: first });
    }
  }
}
