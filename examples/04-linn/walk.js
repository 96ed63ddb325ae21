// SPDX-License-Identifier: MIT
/** Where a talker walks, and which way he faces: once round the listener, now nearer, now further. */
import { about } from '../shared/space.js';

/** @typedef {import('../shared/space.js').Vector} Vector */
/** @typedef {import('../shared/space.js').Quaternion} Quaternion */

const SPEED_M_S = 0.9;
/** Of his direction: how much he turns to whom he speaks to. */
const TOWARDS = 0.45;

/** The room, metres: right and left, ahead and behind of the listener. */
export const ROOM = Object.freeze({ halfWidth: 2.5, halfDepth: 2.15 });

/**
 * @param {number} angle  clockwise from ahead, radians
 * @returns {number} metres from the listener
 */
function radius(angle) {
  return 1.3 + 0.42 * Math.cos(2 * angle - 0.5) + 0.17 * Math.sin(3 * angle);
}

/** @param {number} angle @returns {Vector} on the path, at the height of the ears */
export function placeAt(angle) {
  const r = radius(angle);
  return [r * Math.sin(angle), 0, -r * Math.cos(angle)];
}

/**
 * A step along the path.
 *
 * @param {number} angle
 * @param {number} seconds
 * @returns {number} the new angle
 */
export function walkOn(angle, seconds) {
  const near = 1e-3;
  const [from, to] = [placeAt(angle), placeAt(angle + near)];
  const metresPerRadian = Math.hypot(to[0] - from[0], to[2] - from[2]) / near;
  return (angle + SPEED_M_S * seconds / metresPerRadian) % (2 * Math.PI);
}

/** @param {number} angle @returns {number} which way he faces, clockwise from ahead, radians */
export function facingAt(angle) {
  const near = 1e-3;
  const [from, to] = [placeAt(angle), placeAt(angle + near)];
  const walk = [(to[0] - from[0]) / near, (to[2] - from[2]) / near];
  const size = Math.hypot(walk[0], walk[1]);
  const r = Math.hypot(from[0], from[2]);
  const x = (1 - TOWARDS) * walk[0] / size - TOWARDS * from[0] / r;
  const z = (1 - TOWARDS) * walk[1] / size - TOWARDS * from[2] / r;
  return Math.atan2(x, -z);
}

/** @param {number} clockwise radians from ahead @returns {Quaternion} of somebody who faces so */
export function turned(clockwise) {
  return about([0, 1, 0], -clockwise);
}
