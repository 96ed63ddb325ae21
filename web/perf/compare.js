// SPDX-License-Identifier: MIT
/** Two checks beside each other, and a check against a budget. */
import { METRICS, NOISY_PERCENT, written } from './metrics.js';

/** @typedef {import('./perf-schema.js').PerfReport} PerfReport */
/** @typedef {import('./perf-schema.js').Budget} Budget */
/** @typedef {import('./metrics.js').Metric} Metric */
/** @typedef {import('./check.js').BrowserResult} BrowserResult */

/** Timed figures differ by so much between two runs of the same code. */
export const NOISE = 0.1;

/**
 * @typedef {object} Difference
 * @property {string} browser   as the second report names it
 * @property {Metric} metric
 * @property {number} before
 * @property {number} after
 * @property {number} change    (after - before) / |before|; 0 where both are 0
 * @property {'better' | 'worse' | 'same'} verdict  beyond the noise of timed figures
 */

/**
 * @param {PerfReport} before
 * @param {PerfReport} after
 * @returns {{ differences: Difference[], unmatched: string[], remarks: string[] }} of browsers with the same engine;
 *   those without a partner, in words; and what makes two of them hard to compare
 */
export function compareReports(before, after) {
  /** @type {Difference[]} */
  const differences = [];
  /** @type {string[]} */
  const unmatched = [];
  /** @type {string[]} */
  const remarks = [];
  const left = [...before.browsers];
  for (const result of after.browsers) {
    const at = left.findIndex(({ engine }) => engine === result.engine);
    if (at < 0) {
      unmatched.push(`${result.browser} is only in the second`);
      continue;
    }
    const [former] = left.splice(at, 1);
    remarks.push(...remarksOn(former, result));
    for (const metric of METRICS) {
      const [a, b] = [metric.value(former), metric.value(result)];
      if (a !== undefined && b !== undefined) {
        differences.push({ browser: result.browser, metric, before: a, after: b, ...judge(metric, a, b) });
      }
    }
  }
  left.forEach(({ browser }) => unmatched.push(`${browser} is only in the first`));
  return { differences, unmatched, remarks };
}

/** @param {BrowserResult} before @param {BrowserResult} after @returns {string[]} */
function remarksOn(before, after) {
  const remarks = [];
  const [a, b] = [before, after].map(({ noise }) => noise && 100 * noise.stolen);
  if (a !== undefined && b !== undefined && Math.abs(a - b) > NOISY_PERCENT) {
    remarks.push(`${after.browser}: the machine was noisier in the ${a > b ? 'first' : 'second'} run. Others took ` +
      `${a.toFixed(0)} % of a computing thread’s time in the first, ${b.toFixed(0)} % in the second: timed figures ` +
      'differ for that alone.');
  }
  if (before.quick !== after.quick) {
    remarks.push(`${after.browser}: the ${before.quick ? 'first' : 'second'} run was a quick one, with rougher ` +
      'figures.');
  }
  return remarks;
}

/** @param {Metric} metric @param {number} a @param {number} b @returns {Pick<Difference, 'change' | 'verdict'>} */
function judge(metric, a, b) {
  const change = a === b ? 0 : a === 0 ? Math.sign(b) : (b - a) / Math.abs(a);
  const least = metric.timed ? NOISE : 0;
  const up = metric.better === 'higher' ? change : -change;
  const same = Math.abs(change) <= least || Math.abs(b - a) <= (metric.slack ?? 0);
  return { change, verdict: same ? 'same' : up > 0 ? 'better' : 'worse' };
}

/**
 * @typedef {object} Breach
 * @property {string} browser
 * @property {string} message
 */

/**
 * @param {PerfReport} report
 * @param {Budget} budget
 * @returns {{ held: number, breaches: Breach[] }}
 */
export function holdToBudget(report, budget) {
  /** @type {Breach[]} */
  const breaches = [];
  let held = 0;
  for (const { metric: key, browser = 'any', min, max, optional } of budget.rules) {
    const metric = /** @type {Metric} */ (METRICS.find((known) => known.key === key));
    const of = report.browsers.filter(({ engine }) => browser === 'any' || engine === browser);
    if (of.length === 0 && !optional) {
      breaches.push({ browser, message: `${key}: no such browser was checked` });
    }
    for (const result of of) {
      const value = metric.value(result);
      const wish = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`]
        .filter(Boolean).join(' and ');
      if (value === undefined ? optional : value >= (min ?? -Infinity) && value <= (max ?? Infinity)) {
        held += 1;
      } else {
        breaches.push({ browser: result.browser, message: value === undefined ? `${key} was not measured` :
          `${key} is ${written(metric, value)} ${metric.unit}, and must be ${wish}` });
      }
    }
  }
  return { held, breaches };
}
