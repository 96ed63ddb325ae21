// SPDX-License-Identifier: MIT
/** What a check consists of. */

/** @typedef {'capabilities' | 'correctness' | 'startUp' | 'throughput' | 'stability'} StageKey */

/**
 * Names, shares of the time, and after how many seconds without news of it a stage counts as hanging: twice what its
 * longest step takes where a machine is slow.
 *
 * @type {readonly { key: StageKey, title: string, quick: number, full: number, silentS: number }[]}
 */
export const STAGES = Object.freeze([
  { key: 'capabilities', title: 'What the browser has', quick: 1, full: 1, silentS: 60 },
  { key: 'correctness', title: 'Whether it computes what Node does', quick: 1, full: 1, silentS: 90 },
  { key: 'startUp', title: 'From nothing to the first sound', quick: 3, full: 3, silentS: 90 },
  { key: 'throughput', title: 'Sources for one core', quick: 9, full: 40, silentS: 120 },
  { key: 'stability', title: 'Live with more and more sources', quick: 18, full: 100, silentS: 90 },
]);

/** @type {readonly StageKey[]} */
export const STAGE_KEYS = Object.freeze(STAGES.map(({ key }) => key));

/** @typedef {'pinna' | 'pinna busy' | 'panner' | 'panner busy'} LivePart */

/**
 * What the live stage consists of: more and more sources, then a busy page, for each renderer. A check that goes on
 * after a breakdown leaves one of them out, and not the stage.
 *
 * @type {readonly LivePart[]}
 */
export const LIVE_PARTS = Object.freeze(/** @type {const} */ (['pinna', 'pinna busy', 'panner', 'panner busy']));

/** @param {string} key */
export function stageTitle(key) {
  return STAGES.find((stage) => stage.key === key)?.title ?? key;
}
