// SPDX-License-Identifier: MIT
/** What is written in a player's tag, read: any text may stand there. */
import { PlayerError } from './error.js';

/** @typedef {import('./programme.js').Kind} Kind */

/** @type {readonly Kind[]} */
const KINDS = ['auto', 'mono', 'stereo', 'ambisonic', 'scene'];

const DEFAULT_SPREAD_DEG = 30;

/** @param {Element} element @returns {URL} @throws {PlayerError} 'source' */
export function addressOf(element) {
  const src = element.getAttribute('src');
  if (!src) {
    throw new PlayerError('source', 'this player has no src: give it the address of a sound or a scene file');
  }
  try {
    return new URL(src, document.baseURI);
  } catch (error) {
    throw new PlayerError('source', `src="${src}" is not an address`, error);
  }
}

/** As media elements give it: whole where it can be, as it is written elsewhere. @param {Element} element */
export function srcOf(element) {
  const src = element.getAttribute('src');
  try {
    return src ? new URL(src, document.baseURI).href : '';
  } catch {
    return src ?? '';
  }
}

/** @param {Element} element @returns {Kind} */
export function kindOf(element) {
  return KINDS.find((kind) => kind === element.getAttribute('kind')) ?? 'auto';
}

/** @param {Element} element @returns {number | null} null = by the channels */
export function orderOf(element) {
  const order = Number(element.getAttribute('order'));
  return Number.isInteger(order) && order >= 1 ? order : null;
}

/** @param {Element} element @returns {number} degrees */
export function spreadOf(element) {
  const spread = Number.parseFloat(element.getAttribute('spread') ?? '');
  return Number.isFinite(spread) ? Math.max(0, Math.min(180, spread)) : DEFAULT_SPREAD_DEG;
}

/** @param {Element} element @returns {URL | null} of a head's file; null = none is named */
export function headOf(element) {
  const hrtf = element.getAttribute('hrtf');
  return hrtf === null ? null : new URL(hrtf, document.baseURI);
}

/** Its label, or the name of its file. @param {Element} element */
export function titleOf(element) {
  const src = srcOf(element);
  const { pathname } = URL.canParse?.(src) ? new URL(src) : { pathname: '' };
  const file = decodeURIComponent(pathname.split('/').pop() ?? '').replace(/\.[^.]+$/, '').replaceAll(/[-_]+/g, ' ');
  return element.getAttribute('label') || file || 'Audio player';
}
