// SPDX-License-Identifier: MIT
/** How loud a source is at a distance: Web Audio's models, as the engine has them. */

/**
 * @typedef {object} DistanceLaw
 * @property {'none' | 'linear' | 'inverse' | 'exponential'} model
 * @property {number} refDistance  metres
 * @property {number} maxDistance  metres
 * @property {number} rolloffFactor
 */

/**
 * @param {DistanceLaw} law
 * @param {number} metres
 * @returns {number} linear
 *
 * Source   Web Audio API 1.1, section "Distance Effects".
 */
export function distanceGain({ model, refDistance, maxDistance, rolloffFactor }, metres) {
  if (model === 'none' || (refDistance === 0 && model !== 'linear')) {
    return model === 'none' ? 1 : 0;
  }
  if (model === 'linear') {
    const [near, far] = [Math.min(refDistance, maxDistance), Math.max(refDistance, maxDistance)];
    const factor = Math.min(1, rolloffFactor);
    return near === far ? 1 - factor : 1 - factor * (Math.max(near, Math.min(far, metres)) - near) / (far - near);
  }
  const away = Math.max(metres, refDistance);
  return model === 'inverse'
    ? refDistance / (refDistance + rolloffFactor * (away - refDistance))
    : (away / refDistance) ** -rolloffFactor;
}
