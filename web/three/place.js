// SPDX-License-Identifier: MIT
/** Where a three.js object is in the world. three's axes are pinna's: +x right, +y up, -z ahead, metres. */
import { Quaternion, Vector3 } from 'three';

/** The place of the last object that was asked for. */
export const position = new Vector3();
export const rotation = new Quaternion();
const scale = new Vector3();

/**
 * Fills `position` and `rotation` from an object's world matrix; scale is left out.
 *
 * @param {import('three').Object3D} object
 * @returns {boolean} false: its matrix is no place (a scale of zero, or not numbers)
 */
export function place(object) {
  const { matrixWorld } = object;
  matrixWorld.decompose(position, rotation, scale);
  return Number.isFinite(position.x + position.y + position.z) && Math.abs(matrixWorld.determinant()) > 0;
}
