// SPDX-License-Identifier: MIT
/**
 * The head as a telephone is turned: DeviceOrientationEvent in, quaternions out.
 *
 * Method  the event's angles are intrinsic turns about z (alpha), x (beta) and y (gamma) of a device that lies flat;
 *         in pinna's axes that is y, x, -z. The camera side looks ahead, so the device is tipped by -90° about x, and
 *         the screen's own turn is taken off. [W3C Device Orientation, section "Worked example"]
 */
import { about, inverse, multiply, rotate } from './space.js';

/** @typedef {import('./space.js').Quaternion} Quaternion */

const DEGREE = Math.PI / 180;

/** A phone without a compass or gyroscope sends nothing; after so long that is said. */
const SILENCE_MS = 2000;

/**
 * Asks for the sensor where the system wants to be asked; to be called in the handler of a gesture.
 *
 * @param {(orientation: Quaternion, timeMs: number) => void} turned
 * @param {(error: Error) => void} failed  nothing comes from the sensor
 * @returns {Promise<() => void>} stops; rejects with an error in words
 */
export async function followPhone(turned, failed) {
  if (typeof DeviceOrientationEvent !== 'function') {
    throw new Error(globalThis.isSecureContext === false
      ? 'motion sensors are open to secure pages only: serve this one by https, or from localhost'
      : 'this browser gives pages no motion sensors: turn the head with the mouse, a finger or the arrow keys');
  }
  const ask = /** @type {{ requestPermission?: () => Promise<string> }} */ (
    /** @type {unknown} */ (DeviceOrientationEvent)).requestPermission;
  if (typeof ask === 'function' && await ask.call(DeviceOrientationEvent) !== 'granted') {
    throw new Error('the motion sensors were not allowed: reload the page to be asked again');
  }
  /** @type {Quaternion | null} undoes the direction in which it was first held */
  let straight = null;
  const onOrientation = (/** @type {DeviceOrientationEvent} */ event) => {
    const { alpha, beta, gamma } = event;
    if (alpha === null || beta === null || gamma === null) {
      return;
    }
    clearTimeout(silence);
    const screenAngle = (globalThis.screen?.orientation?.angle ?? 0) * DEGREE;
    const device = multiply(multiply(about([0, 1, 0], alpha * DEGREE), about([1, 0, 0], beta * DEGREE)),
      about([0, 0, 1], -gamma * DEGREE));
    const held = multiply(multiply(device, about([1, 0, 0], -Math.PI / 2)), about([0, 0, 1], -screenAngle));
    if (straight === null) {
      const forward = rotate(held, [0, 0, -1]);
      straight = inverse(about([0, 1, 0], Math.atan2(-forward[0], -forward[2])));
    }
    turned(multiply(straight, held), event.timeStamp);
  };
  const stop = () => {
    clearTimeout(silence);
    removeEventListener('deviceorientation', onOrientation);
  };
  const silence = setTimeout(() => {
    stop();
    failed(new Error('no motion sensor answers here: turn the head with the mouse, a finger or the arrow keys'));
  }, SILENCE_MS);
  addEventListener('deviceorientation', onOrientation);
  return stop;
}
