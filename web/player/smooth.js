// SPDX-License-Identifier: MIT
/** Levels that change without a click. */

/** The time constant: quick, and no zipper. */
const SMOOTH_S = 0.015;

/** What each was last asked for: a timeline that grows with every picture would slow the browser down. */
const wanted = new WeakMap();

/**
 * @param {GainNode} node
 * @param {number} to  linear
 * @param {boolean} [atOnce]  before anything sounds
 */
export function smooth(node, to, atOnce = false) {
  if (wanted.get(node) === to) {
    return;
  }
  wanted.set(node, to);
  const { context, gain } = node;
  gain.cancelScheduledValues(context.currentTime);
  if (atOnce) {
    gain.value = to;
  } else {
    gain.setTargetAtTime(to, context.currentTime, SMOOTH_S);
  }
}
