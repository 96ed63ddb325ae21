// SPDX-License-Identifier: MIT
/** A page or browser that crashes or hangs in the middle of a check: what is noted of it, and what is done then. */
import { stageTitle } from './stages.js';

/** @typedef {'again' | 'left' | 'ended'} Outcome */

/** @type {readonly Outcome[]} */
export const OUTCOMES = Object.freeze(/** @type {const} */ (['again', 'left', 'ended']));

/**
 * After so many a browser's check ends with what it has: what breaks down so often tells nothing more, and each that
 * hangs takes a minute or two.
 */
export const MOST_BREAKDOWNS = 4;

/**
 * @typedef {object} Breakdown
 * @property {import('./stages.js').StageKey} stage
 * @property {string} at        what it was at in the stage; may be empty
 * @property {string} message   what the browser said, or that it said nothing
 * @property {Outcome} outcome  it was tried again, left out, or the check ended
 */

const WORDS = Object.freeze({
  again: 'A fresh browser tried it again.',
  left: 'It was the second time: left out.',
  ended: 'Nothing was measured after that.',
});

/** @param {Breakdown} breakdown @returns {string} sentences */
export function breakdownText({ stage, at, message, outcome }) {
  return `broke down in “${stageTitle(stage)}”${at === '' ? '' : ` at ${at}`}: ${message}. ${WORDS[outcome]}`;
}
