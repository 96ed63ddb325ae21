// SPDX-License-Identifier: MIT
/**
 * What a performance check and a budget look like as files, as JSON Schemas (draft 2020-12).
 *
 * `perf.schema.json` and `budget.schema.json` beside this are these objects written out, for editors and other
 * languages; a test keeps them equal. Objects by name (capabilities) are open; everything else is closed.
 */
import { SceneError, checkAgainst } from '../scene/schema-check.js';
import { OUTCOMES } from './breakdowns.js';
import { METRICS } from './metrics.js';
import { STAGE_KEYS } from './stages.js';

/** @typedef {import('../scene/schema-check.js').Schema} Schema */
/** @typedef {import('./check.js').BrowserResult} BrowserResult */

/**
 * @typedef {object} PerfReport
 * @property {'pinna-perf'} format
 * @property {1} version
 * @property {string} pinna    its version
 * @property {string} date     ISO 8601
 * @property {string} machine  in words
 * @property {string} [note]   of whoever ran it
 * @property {BrowserResult[]} browsers
 */

/**
 * @typedef {object} Budget
 * @property {'pinna-perf-budget'} format
 * @property {1} version
 * @property {BudgetRule[]} rules
 */

/**
 * @typedef {object} BudgetRule
 * @property {string} metric
 * @property {'any' | BrowserResult['engine']} [browser]  'any': of every browser in the report; default
 * @property {number} [min]
 * @property {number} [max]
 * @property {boolean} [optional]  it holds too where it was not measured
 */

/** @param {Record<string, Schema>} properties @param {string[]} [optional] @returns {Schema} */
function closed(properties, optional = []) {
  return {
    type: 'object', additionalProperties: false,
    required: Object.keys(properties).filter((key) => !optional.includes(key)), properties,
  };
}

/** @type {Schema} */
const text = { type: 'string' };
/** @type {Schema} */
const flag = { type: 'boolean' };
/** @type {Schema} */
const number = { type: 'number' };
/** @type {Schema} */
const amount = { type: 'number', minimum: 0 };
/** @type {Schema} */
const count = { type: 'integer', minimum: 0 };
/** @type {readonly string[]} */
const ENGINES = ['chromium', 'firefox', 'webkit', 'other'];

/** @type {Schema} */
const browser = closed({
  browser: { description: 'Name and version.', type: 'string', minLength: 1 },
  engine: { enum: ENGINES },
  date: text,
  quick: { description: 'Half a minute instead of a few: rougher.', type: 'boolean' },
  durationS: amount,
  surroundings: closed({
    userAgent: text, platform: text, cores: count, language: text, pixelRatio: amount,
  }, ['platform']),
  capabilities: { description: 'What the browser has, by name; true or false.', type: 'object' },
  correctness: closed({
    hash: { description: 'FNV-1a of what this browser rendered, left then right.', type: 'string' },
    referenceHash: { description: 'The same of what Node rendered.', type: 'string' },
    identical: flag,
    distanceDb: { description: 'Energy of the difference over that of the reference; -400 for the same bits.',
      type: 'number', minimum: -400, maximum: 400 },
  }),
  startUp: closed({
    runs: count,
    firstMs: amount,
    least: closed({ modulesMs: amount, engineMs: amount, soundMs: amount, totalMs: amount, outputMs: amount }),
    medianMs: amount,
  }),
  throughput: {
    type: 'array',
    items: closed({
      renderer: { enum: ['pinna', 'panner', 'resonance'] }, motion: { enum: ['rest', 'frames', 'automated'] },
      sources: count, seconds: amount, rounds: count,
      load: { description: 'Share of real time that one core takes: the least of the rounds.', ...amount },
      loadMedian: amount, sourceUs: amount, sourcesPerCore: amount,
    }),
  },
  stability: closed({
    latency: closed({ baseMs: amount, outputMs: amount, engineFrames: count, sampleRateHz: amount,
      quantumFrames: count }, ['engineFrames']),
    rows: {
      type: 'array',
      items: closed({
        renderer: { enum: ['pinna', 'panner'] }, sources: count,
        jank: { description: 'The page was busy nine tenths of the time.', type: 'boolean' },
        seconds: amount, lostMs: amount, underruns: count, counted: { enum: ['browser', 'clock'] }, stable: flag,
        load: amount, loadWorst: amount, longestMs: amount,
      }, ['load', 'loadWorst', 'longestMs']),
    },
  }),
  noise: {
    description: 'What others took from threads that only computed, between the measurements.',
    ...closed({
      probes: count, stolen: { description: 'Share of the time.', type: 'number', minimum: 0, maximum: 1 },
      worst: { description: 'The same of the worst probe.', type: 'number', minimum: 0, maximum: 1 },
      longestMs: { description: 'At a stretch.', ...amount },
    }),
  },
  problems: { description: 'What could not be measured, and why.', type: 'array',
    items: closed({ stage: text, message: text }) },
  breakdowns: {
    description: 'Each time that the page or the browser crashed or hung; a fresh browser went on.',
    type: 'array',
    items: closed({
      stage: { enum: STAGE_KEYS },
      at: { description: 'What it was at in the stage.', type: 'string' },
      message: text,
      outcome: { description: 'What was done: it was tried again, left out, or the check ended.', enum: OUTCOMES },
    }),
  },
}, ['correctness', 'startUp', 'throughput', 'stability', 'noise', 'breakdowns']);

/** @type {Schema & { $schema: string, title: string }} */
export const PERF_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'pinna performance check, version 1',
  ...closed({
    format: { const: 'pinna-perf' }, version: { const: 1 }, pinna: text, date: text, machine: text, note: text,
    browsers: { type: 'array', items: browser },
  }, ['note']),
};

/** @type {Schema & { $schema: string, title: string }} */
export const BUDGET_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Budget of a pinna performance check, version 1',
  ...closed({
    format: { const: 'pinna-perf-budget' }, version: { const: 1 },
    rules: {
      type: 'array', minItems: 1,
      items: closed({
        metric: { enum: METRICS.map(({ key }) => key) },
        browser: { enum: ['any', ...ENGINES], default: 'any' },
        min: number, max: number,
        optional: { description: 'It holds too where it was not measured.', type: 'boolean', default: false },
      }, ['browser', 'min', 'max', 'optional']),
    },
  }),
};

/**
 * @param {unknown} raw
 * @returns {PerfReport}
 * @throws {Error} that names what is wrong
 */
export function checkReport(raw) {
  return checked(raw, PERF_SCHEMA, 'report');
}

/**
 * @param {unknown} raw
 * @returns {Budget}
 * @throws {Error} that names what is wrong
 */
export function checkBudget(raw) {
  const budget = /** @type {Budget} */ (checked(raw, BUDGET_SCHEMA, 'budget'));
  budget.rules.forEach(({ min, max, metric }, i) => {
    if (min === undefined && max === undefined) {
      throw new Error(`budget.rules[${i}] (${metric}) has neither "min" nor "max"; add one`);
    }
  });
  return budget;
}

/** @param {unknown} raw @param {Schema} schema @param {string} name @returns {any} */
function checked(raw, schema, name) {
  try {
    return checkAgainst(raw, schema, name);
  } catch (error) {
    throw error instanceof SceneError ? new Error(error.message) : error;
  }
}
