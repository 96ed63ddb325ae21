// SPDX-License-Identifier: MIT
/** Which engine a context has, for code that is given a context only. */

/** @typedef {import('./pinna.js').Pinna} Pinna */

/** @type {WeakMap<BaseAudioContext, Pinna>} the newest that createPinna made */
const pinnas = new WeakMap();

/** @type {WeakSet<object>} all that it made */
const made = new WeakSet();

/**
 * @param {BaseAudioContext} context
 * @param {Pinna} pinna
 */
export function rememberPinna(context, pinna) {
  pinnas.set(context, pinna);
  made.add(pinna);
}

/** @param {unknown} value @returns {value is Pinna} */
export function isPinna(value) {
  return typeof value === 'object' && value !== null && made.has(value);
}

/**
 * @param {BaseAudioContext} context
 * @returns {Pinna | undefined}
 */
export function pinnaOf(context) {
  return pinnas.get(context);
}
