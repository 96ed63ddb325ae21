// SPDX-License-Identifier: MIT
/** What a check consists of. */

/** @typedef {'capabilities' | 'correctness' | 'startUp' | 'throughput' | 'stability'} StageKey */

/**
 * Names, and shares of the time.
 *
 * @type {readonly { key: StageKey, title: string, quick: number, full: number }[]}
 */
export const STAGES = Object.freeze([
  { key: 'capabilities', title: 'What the browser has', quick: 1, full: 1 },
  { key: 'correctness', title: 'Whether it computes what Node does', quick: 1, full: 1 },
  { key: 'startUp', title: 'From nothing to the first sound', quick: 3, full: 3 },
  { key: 'throughput', title: 'Sources for one core', quick: 9, full: 40 },
  { key: 'stability', title: 'Live with more and more sources', quick: 18, full: 100 },
]);

/** @type {readonly StageKey[]} */
export const STAGE_KEYS = Object.freeze(STAGES.map(({ key }) => key));
