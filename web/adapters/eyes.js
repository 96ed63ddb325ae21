// SPDX-License-Identifier: MIT
/**
 * The head in three.js' WebXR.
 *
 * Problem  while a session presents, three's camera is where one picture would hold both eyes': some centimetres
 *          behind them, and turned as the left one, which many headsets have turned outwards.
 * Method   the mean of the eyes' matrices, which Place makes square.
 */

/**
 * What of a renderer's `xr` is used.
 *
 * @typedef {object} XRManager
 * @property {boolean} isPresenting
 * @property {() => { cameras: readonly { matrixWorld: { elements: ArrayLike<number> } }[] }} getCamera
 */

/** The last mean. */
const mean = new Float64Array(16);

/**
 * @param {XRManager | null | undefined} xr
 * @param {ArrayLike<number>} elsewise  [16] world from camera, for when no session presents
 * @returns {ArrayLike<number>} [16] world from head; until the next call
 */
export function worldFromHead(xr, elsewise) {
  const eyes = xr?.isPresenting ? xr.getCamera().cameras : [];
  if (eyes.length === 0) {
    return elsewise;
  }
  for (let i = 0; i < 16; i++) {
    mean[i] = 0;
    for (const { matrixWorld } of eyes) {
      mean[i] += matrixWorld.elements[i] / eyes.length;
    }
  }
  return mean;
}
