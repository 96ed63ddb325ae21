// SPDX-License-Identifier: MIT
/**
 * Encoding: the gains that put a mono sound somewhere in an ambisonic sound field.
 *
 * As src/math/pn_harmonics.h: ACN order, SN3D norm, harmonics as polynomials of X = -z ahead, Y = -x left, Z = y up
 * [Nachbar, Zotter, Deleflie, Sontacchi 2011, AmbiX].
 */
import { integer, vector3 } from './validate.js';

/** @typedef {import('./validate.js').Vector3Like} Vector3Like */

/**
 * @param {Vector3Like} direction  of any length but 0, pinna's axes: +x right, +y up, -z ahead
 * @param {number} [order]  1 to 3
 * @returns {number[]}  4, 9 or 16 gains, in ACN order with SN3D norm: multiply the sound with each for that channel
 * @throws {TypeError | RangeError}
 */
export function ambisonicGains(direction, order = 3) {
  const [right, up, behind] = vector3(direction, 'direction');
  integer(order, 'order', 1, 3);
  const length = Math.hypot(right, up, behind);
  if (!(length > 0)) {
    throw new RangeError('direction must have a length: [0, 0, -1] is ahead');
  }
  const [x, y, z] = [-behind / length, -right / length, up / length];
  return [
    1, y, z, x,
    Math.sqrt(3) * x * y, Math.sqrt(3) * y * z, (3 * z * z - 1) / 2, Math.sqrt(3) * x * z,
    Math.sqrt(3) / 2 * (x * x - y * y),
    Math.sqrt(5 / 8) * y * (3 * x * x - y * y), Math.sqrt(15) * x * y * z, Math.sqrt(3 / 8) * y * (5 * z * z - 1),
    z * (5 * z * z - 3) / 2, Math.sqrt(3 / 8) * x * (5 * z * z - 1), Math.sqrt(15) / 2 * z * (x * x - y * y),
    Math.sqrt(5 / 8) * x * (x * x - 3 * y * y),
  ].slice(0, (order + 1) ** 2);
}
