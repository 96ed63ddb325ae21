// SPDX-License-Identifier: MIT
/** How sources reach the ears: the renderers that a page can name, and what each needs. */
import { PinnaError } from './errors.js';
import { LinnForm } from './shared/engine-host.js';

/**
 * 'hrtf': a measured head. 'linn': a network in its place (LINN-F), which also hears how far sources are and which way
 * they face, as far as it learned to. 'linn-dense': the dense LINN on short-time spectra, 1024 frames late, four
 * sources, more as 'linn-fir'. 'linn-fir': its gains as short filters, not late, 32 sources, more by the head.
 *
 * @typedef {'hrtf' | 'linn' | 'linn-dense' | 'linn-fir'} RendererName
 */

/** @type {readonly RendererName[]} */
export const RENDERERS = Object.freeze(['hrtf', 'linn', 'linn-dense', 'linn-fir']);

/** @type {Readonly<Record<RendererName, number>>} */
const FORMS = Object.freeze({
  'hrtf': LinnForm.OFF, 'linn': LinnForm.OFF, 'linn-dense': LinnForm.FRAMES, 'linn-fir': LinnForm.FIR,
});

/**
 * What must be in the head's place.
 *
 * @param {RendererName} name
 * @returns {import('./heads/head-office.js').HeadKind | null}  null = whatever is
 */
export function headKindOf(name) {
  return name === 'hrtf' || name === 'linn' ? name : null;
}

/** @param {RendererName} name @returns {number}  of LinnForm */
export function linnFormOf(name) {
  return FORMS[name];
}

/**
 * @param {RendererName} name
 * @returns {PinnaError}
 */
export function withoutLinn(name) {
  return new PinnaError('renderer', `this pinna was started without the dense LINN, which "${name}" needs: ` +
    `createPinna(context, { renderer: "${name}" }), or { linnDense: true } to begin with another`);
}
