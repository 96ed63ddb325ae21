// SPDX-License-Identifier: MIT
/** The figures of a check that are compared, tabulated and held to budgets: one list for all of them. */
import { MOTION_NAMES, RENDERER_NAMES } from './renderer-names.js';

/** @typedef {import('./check.js').BrowserResult} BrowserResult */

/**
 * @typedef {object} Metric
 * @property {string} key
 * @property {string} group
 * @property {string} name
 * @property {string} unit
 * @property {number} digits
 * @property {'higher' | 'lower'} better
 * @property {boolean} [timed]  it differs from run to run with what else the machine does
 * @property {number} [slack]   it differs by so much without a meaning, in its unit
 * @property {(result: BrowserResult) => number | undefined} value  undefined where it was not measured
 */

/** @type {readonly ('rest' | 'frames' | 'automated')[]} */
const MOTIONS = ['rest', 'frames', 'automated'];

/**
 * Sources for one core, of the largest number that was tried.
 *
 * @param {BrowserResult} result
 * @param {string} renderer
 * @param {string} motion
 */
export function throughputRow(result, renderer, motion) {
  return (result.throughput ?? []).filter((row) => row.renderer === renderer && row.motion === motion)
    .sort((a, b) => b.sources - a.sources)[0];
}

/** @param {BrowserResult} result @param {string} renderer @param {boolean} jank */
export function liveRows(result, renderer, jank) {
  return (result.stability?.rows ?? []).filter((row) => row.renderer === renderer && row.jank === jank);
}

/** @param {BrowserResult} result @param {string} renderer */
function mostStable(result, renderer) {
  const rows = liveRows(result, renderer, false);
  return rows.length > 0 ? Math.max(0, ...rows.filter(({ stable }) => stable).map(({ sources }) => sources)) :
    undefined;
}

/** Where others take so much of a thread's time, beyond what browsers do themselves, timed figures say less. */
export const NOISY_PERCENT = 15;

/** @type {readonly Metric[]} */
export const METRICS = Object.freeze([
  { key: 'check.breakdowns', group: 'Check', name: 'Page or browser broke down', unit: 'times', digits: 0,
    better: 'lower', value: ({ breakdowns }) => breakdowns?.length },
  { key: 'check.stolen', group: 'Check', name: 'Noise: time that others took', unit: '%', digits: 1, better: 'lower',
    timed: true, slack: NOISY_PERCENT, value: ({ noise }) => percent(noise?.stolen) },
  { key: 'correctness.distanceDb', group: 'Correctness', name: 'Distance from Node', unit: 'dB', digits: 1,
    better: 'lower', value: ({ correctness }) => correctness?.distanceDb },
  { key: 'startUp.totalMs', group: 'Start', name: 'Module to first sound', unit: 'ms', digits: 0,
    better: 'lower', timed: true, value: ({ startUp }) => startUp?.least.totalMs },
  { key: 'startUp.firstMs', group: 'Start', name: 'the same, the first time', unit: 'ms', digits: 0, better: 'lower',
    timed: true, value: ({ startUp }) => startUp?.firstMs },
  { key: 'startUp.modulesMs', group: 'Start', name: 'of it, the module', unit: 'ms', digits: 0, better: 'lower',
    timed: true, value: ({ startUp }) => startUp?.least.modulesMs },
  { key: 'startUp.engineMs', group: 'Start', name: 'of it, context and engine', unit: 'ms', digits: 0,
    better: 'lower', timed: true, value: ({ startUp }) => startUp?.least.engineMs },
  { key: 'startUp.soundMs', group: 'Start', name: 'of it, until it sounds', unit: 'ms', digits: 0, better: 'lower',
    timed: true, value: ({ startUp }) => startUp?.least.soundMs },
  ...Object.entries(RENDERER_NAMES).flatMap(([renderer, rendererName]) => MOTIONS
    .filter((motion) => renderer !== 'resonance' || motion !== 'automated')
    .map((motion) => /** @type {Metric} */ ({
      key: `throughput.${renderer}.${motion}`, group: 'Sources for one core, offline',
      name: `${rendererName}, ${MOTION_NAMES[motion]}`, unit: 'sources', digits: 0, better: 'higher', timed: true,
      value: (result) => throughputRow(result, renderer, motion)?.sourcesPerCore,
    }))),
  ...(['rest', 'frames', 'automated']).map((motion) => /** @type {Metric} */ ({
    key: `ratio.${motion}`, group: 'Beside PannerNode', unit: 'times', digits: 1, better: 'higher', timed: true,
    name: `pinna for one PannerNode, ${MOTION_NAMES[/** @type {'rest'} */ (motion)]}`,
    value: (result) => {
      const [own, peer] = ['pinna', 'panner'].map((renderer) => throughputRow(result, renderer, motion));
      return own && peer && own.sourcesPerCore / peer.sourcesPerCore;
    },
  })),
  { key: 'live.pinna.sources', group: 'Live', name: 'Moving sources without a gap', unit: 'sources', digits: 0,
    better: 'higher', timed: true, value: (result) => mostStable(result, 'pinna') },
  { key: 'live.panner.sources', group: 'Live', name: 'the same of PannerNode', unit: 'sources', digits: 0,
    better: 'higher', timed: true, value: (result) => mostStable(result, 'panner') },
  { key: 'live.pinna.load64', group: 'Live', name: 'Load of 64 moving sources', unit: '%', digits: 1, better: 'lower',
    timed: true, value: (result) => percent(liveRows(result, 'pinna', false)
      .find(({ sources }) => sources === 64)?.load) },
  { key: 'live.pinna.jankLostMs', group: 'Live', name: 'Sound lost while the page is busy', unit: 'ms', digits: 0,
    better: 'lower', timed: true, value: (result) => liveRows(result, 'pinna', true)[0]?.lostMs },
  { key: 'latency.outputMs', group: 'Latency', name: 'Output, as the browser reports', unit: 'ms', digits: 1,
    better: 'lower', value: ({ stability }) => stability?.latency.outputMs || undefined },
  { key: 'latency.baseMs', group: 'Latency', name: 'Base, as the browser reports', unit: 'ms', digits: 1,
    better: 'lower', value: ({ stability }) => stability?.latency.baseMs },
  { key: 'latency.engineFrames', group: 'Latency', name: 'Added by pinna', unit: 'frames', digits: 0,
    better: 'lower', value: ({ stability }) => stability?.latency.engineFrames },
]);

/** @param {number | undefined} share */
function percent(share) {
  return share === undefined ? undefined : 100 * share;
}

/**
 * A figure as it is read: with its digits, and words for the extremes.
 *
 * @param {Metric} metric
 * @param {number | undefined} value
 */
export function written(metric, value) {
  if (value === undefined) {
    return '–';
  }
  if (metric.key === 'correctness.distanceDb' && value <= -400) {
    return 'same bits';
  }
  return value.toLocaleString('en-GB', { minimumFractionDigits: metric.digits, maximumFractionDigits: metric.digits });
}
