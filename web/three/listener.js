// SPDX-License-Identifier: MIT
/** The one who hears, as an object of a three.js scene. */
import { Object3D } from 'three';
import { place, position, rotation } from './place.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */

/**
 * In THREE.AudioListener's place: `camera.add(new PinnaListener(pinna))`. Follows whatever it hangs on, cameras in
 * WebXR included, under any parents, rolled or not. For a headset pinna.attachXR(session, space) is better still: it
 * predicts the head to the moment at which it hears; add no PinnaListener then.
 */
export class PinnaListener extends Object3D {
  #placed = false;

  /** @param {Pinna} pinna */
  constructor(pinna) {
    super();
    this.type = 'PinnaListener';
    this.pinna = pinna;
    this.context = pinna.context;
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
    if (place(this)) {
      this.pinna.listener.setPose(position, rotation, { teleport: !this.#placed });
      this.#placed = true;
    }
  }
}
