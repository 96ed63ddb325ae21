// SPDX-License-Identifier: MIT
/** A check as a table for terminals. */
import { breakdownText } from './breakdowns.js';
import { CAPABILITIES } from './capabilities.js';
import { METRICS, written } from './metrics.js';

/** @typedef {import('./perf-schema.js').PerfReport} PerfReport */

const NAME_WIDTH = 56;

/** @param {PerfReport} report @returns {string} ends in a line's end */
export function reportTable(report) {
  const { browsers } = report;
  const width = Math.max(14, ...browsers.map(({ browser }) => browser.length + 2));
  const lines = [
    `pinna ${report.pinna} on ${report.machine}, ${report.date.slice(0, 10)}` +
      `${browsers.some(({ quick }) => quick) ? ', quick' : ''}`,
    '', ' '.repeat(NAME_WIDTH) + browsers.map(({ browser }) => browser.padStart(width)).join(''),
  ];
  let group = '';
  for (const metric of METRICS) {
    const values = browsers.map((result) => metric.value(result));
    if (values.every((value) => value === undefined)) {
      continue;
    }
    if (metric.group !== group) {
      ({ group } = metric);
      lines.push(group);
    }
    lines.push(`  ${metric.name}, ${metric.unit}`.padEnd(NAME_WIDTH) +
      values.map((value) => written(metric, value).padStart(width)).join(''));
  }
  const has = lines.push('Has');
  for (const [key, { name }] of Object.entries(CAPABILITIES)) {
    const cells = browsers.map(({ capabilities }) => key in capabilities ? (capabilities[key] ? 'yes' : 'no') : '–');
    if (cells.some((cell) => cell !== '–')) {
      lines.push(`  ${name}`.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(width)).join(''));
    }
  }
  if (lines.length === has) {
    lines.pop();
  }
  for (const { browser, breakdowns = [], problems } of browsers) {
    lines.push(...breakdowns.map((breakdown) => `${browser} ${breakdownText(breakdown)}`),
      ...problems.map(({ message }) => `${browser}: ${message}`));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * @param {ReturnType<typeof import('./compare.js').compareReports>} comparison
 * @returns {string}
 */
export function comparisonTable({ differences, unmatched, remarks }) {
  const lines = [];
  let browser = '';
  for (const { browser: of, metric, before, after, change, verdict } of differences) {
    if (of !== browser) {
      browser = of;
      lines.push(...(lines.length > 0 ? [''] : []), browser.padEnd(NAME_WIDTH) +
        ['first', 'second', 'change'].map((title) => title.padStart(12)).join(''));
    }
    const percent = `${change > 0 ? '+' : ''}${(100 * change).toFixed(0)} %`;
    lines.push(`  ${metric.name}, ${metric.unit}`.padEnd(NAME_WIDTH) + written(metric, before).padStart(12) +
      written(metric, after).padStart(12) + percent.padStart(12) + (verdict === 'same' ? '' : `  ${verdict}`));
  }
  return `${[...lines, ...unmatched, ...remarks].join('\n')}\n`;
}
