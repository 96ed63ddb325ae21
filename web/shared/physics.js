// SPDX-License-Identifier: MIT
/**
 * What one number, or a name, says about eight octave bands: the only place where it is defined.
 *
 * The page, the scene file and the line of sight share it. Nothing here makes garbage.
 */
import { BANDS } from './scene-writer.js';

/** Centres of the bands, Hz. */
export const BAND_HZ = Object.freeze([125, 250, 500, 1000, 2000, 4000, 8000, 16000]);

/**
 * One number of occlusion lets (1 - x)^p of the amplitude through in each band: at 1 kHz just 1 - x, lower notes get
 * around things more easily and higher ones less. So 0.5 takes 4, 6 and 14 dB at 125 Hz, 1 and 16 kHz; 1 takes all.
 */
export const OCCLUSION_POWERS = Object.freeze([0.7, 0.7, 0.8, 1, 1.3, 1.6, 2, 2.4]);

/**
 * Directivity by name. `voice` is all around below 500 Hz and narrows to 8 kHz, where 20 dB less arrive behind a head
 * than before it; a full cardioid (0.5) would leave nothing at all there.
 */
export const DIRECTIVITIES = Object.freeze({
  omni: Object.freeze([0, 0, 0, 0, 0, 0, 0, 0]),
  voice: Object.freeze([0, 0, 0.09, 0.18, 0.27, 0.36, 0.45, 0.45]),
});

/** @typedef {keyof typeof DIRECTIVITIES} DirectivityName */

/** One number for all bands, or one for each, from 125 Hz to 16 kHz. @typedef {number | ArrayLike<number>} Bands */

/**
 * Occlusion of each band.
 *
 * @template {Float64Array | number[]} T
 * @param {Bands} value  0 = all passes, 1 = nothing
 * @param {T} out  [BANDS]
 * @returns {T} out
 */
export function occlusionBands(value, out) {
  for (let band = 0; band < BANDS; band++) {
    out[band] = typeof value === 'number' ? 1 - Math.pow(1 - value, OCCLUSION_POWERS[band]) : value[band];
  }
  return out;
}

/**
 * Directivity of each band.
 *
 * @template {Float64Array | number[]} T
 * @param {Bands | DirectivityName} value  0 = all around, 0.5 = cardioid, 1 = figure of eight
 * @param {T} out  [BANDS]
 * @returns {T} out
 */
export function directivityBands(value, out) {
  const bands = typeof value === 'string' ? DIRECTIVITIES[value] : value;
  for (let band = 0; band < BANDS; band++) {
    out[band] = typeof bands === 'number' ? bands : bands[band];
  }
  return out;
}
