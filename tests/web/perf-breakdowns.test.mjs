// SPDX-License-Identifier: MIT
/**
 * What a check does when pages crash or hang, case by case: a browser of this file's plays them, faster than any could.
 * tests/browser/perf.test.mjs has the real one.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { MOST_BREAKDOWNS } from '../../web/perf/breakdowns.js';
import { checkBrowser } from '../../web/perf/keep-going.js';
import { LIVE_PARTS, STAGE_KEYS } from '../../web/perf/stages.js';

/** @typedef {import('../../web/perf/check.js').BrowserResult} BrowserResult */
/** @typedef {{ quick: boolean, stages: string[], parts: string[], earlier?: object }} Given */

/** A stage hangs after so long. */
const LIMIT_S = 1.2;

/** @param {Partial<BrowserResult>} [found] @returns {BrowserResult} */
function result(found = {}) {
  return {
    browser: 'x', engine: 'other', date: '2026-11-21T12:00:00.000Z', quick: false, durationS: 10,
    surroundings: { userAgent: 'x', cores: 2, language: 'en', pixelRatio: 1 }, capabilities: {}, problems: [],
    breakdowns: [], ...found,
  };
}

/**
 * @param {string} renderer
 * @param {number} sources
 * @returns {any}
 */
function row(renderer, sources) {
  return { renderer, sources, jank: false, seconds: 5, lostMs: 0, underruns: 0, counted: 'clock', stable: true };
}

/**
 * What one browser plays: what its page tells each time that it is asked; at the end it crashes, unless it was done.
 *
 * @typedef {{ stage: string, text?: string, part?: string, soFar?: Partial<BrowserResult>, done?: true,
 *   hangs?: true, stumbles?: true }[]} Play
 */

/**
 * Checks a browser that plays these, one after the other.
 *
 * @param {(Play | Error)[]} plays  an Error: it does not start
 * @param {object} [wishes]
 */
async function check(plays, wishes = {}) {
  /** @type {Given[]} */
  const given = [];
  let opened = 0;
  let closed = 0;
  const open = async () => {
    const play = plays[opened++];
    if (play instanceof Error || play === undefined) {
      throw play ?? new Error('too many browsers');
    }
    let at = 0;
    let stumbled = false;
    const state = () => {
      const { stage, text = '', part, soFar, done } = play[Math.min(at, play.length - 1)];
      return { progress: { stage, title: stage, text, part, fraction: 0.5 }, soFar: result(soFar), error: null,
        result: done ? result(soFar) : null };
    };
    /** @type {any} */
    const page = {
      goto: async () => {},
      waitFor: async () => true,
      evaluate: (/** @type {unknown} */ _code, /** @type {Given} */ wish) => {
        if (wish) {
          given.push(wish);
          return Promise.resolve(state());
        }
        const now = play[at];
        if (now?.hangs) {
          return new Promise(() => {});
        }
        if (now?.stumbles && !stumbled) {
          stumbled = true;
          return Promise.reject(new Error('the connection stumbled'));
        }
        at += 1;
        return at < play.length || play[play.length - 1].done ? Promise.resolve(state()) :
          Promise.reject(new Error('gone.\nand more'));
      },
    };
    return /** @type {any} */ ({ kind: 'webkit', name: 'Played', version: '1', newPage: async () => page,
      close: async () => { closed += 1; } });
  };
  const found = await checkBrowser(open, 'http://x/', { resonanceUrl: null, ...wishes }, { stageLimitS: LIMIT_S });
  return { found, given, opened, closed };
}

/** @param {BrowserResult} found */
function told({ breakdowns = [] }) {
  return breakdowns.map(({ stage, at, outcome }) => `${stage} ${at} ${outcome}`);
}

test('what_was_measured_before_a_crash_is_kept_and_the_stage_is_tried_once_more', async () => {
  const startUp = /** @type {any} */ ({ runs: 2 });
  const { found, given, opened, closed } = await check([
    [{ stage: 'startUp', soFar: { capabilities: { simd: true } } }, { stage: 'throughput', text: 'a',
      soFar: { capabilities: { simd: true }, startUp, problems: [{ stage: 'x', message: 'y' }],
        throughput: /** @type {any} */ ([{ renderer: 'pinna', motion: 'rest', sources: 16, load: 1 },
          { renderer: 'panner', motion: 'rest', sources: 16, load: 3 }]) } }],
    [{ stage: 'throughput' }, { stage: 'stability', done: true, soFar: { problems: [{ stage: 'x', message: 'y' }],
      throughput: /** @type {any} */ ([{ renderer: 'pinna', motion: 'rest', sources: 16, load: 2 }]) } }],
  ], { quick: true });
  assert.deepEqual(told(found), ['throughput a again']);
  assert.equal(found.breakdowns?.[0].message, 'gone');
  assert.deepEqual(given.map(({ stages }) => stages), [STAGE_KEYS, ['throughput', 'stability']]);
  assert.deepEqual([found.browser, found.engine, found.durationS], ['Played 1', 'webkit', 20]);
  assert.deepEqual([found.capabilities, found.startUp, found.problems],
    [{ simd: true }, startUp, [{ stage: 'x', message: 'y' }]]);
  assert.deepEqual(found.throughput?.map(({ load }) => load), [2, 3]);
  assert.deepEqual([opened, closed], [2, 2]);
});

test('a_part_of_the_live_stage_that_crashes_twice_is_left_out_and_the_next_goes_on_behind_its_rows', async () => {
  const latency = { baseMs: 1, outputMs: 2, sampleRateHz: 48000, quantumFrames: 128 };
  const had = { stability: { latency, rows: [row('pinna', 16), row('pinna', 32)] } };
  const all = { stability: { latency, rows: [...had.stability.rows, row('panner', 16)] } };
  const { found, given } = await check([
    [{ stage: 'stability', text: 'b', part: 'pinna' }, { stage: 'stability', text: 'c', part: 'pinna', soFar: had }],
    [{ stage: 'stability', text: 'c', part: 'pinna', soFar: had }],
    [{ stage: 'stability', text: 'd', part: 'panner', soFar: had }, { stage: 'stability', done: true, soFar: all }],
  ], { stages: ['stability'] });
  assert.deepEqual(told(found), ['stability c again', 'stability c left']);
  assert.deepEqual(given.map(({ parts }) => parts), [LIVE_PARTS, LIVE_PARTS, LIVE_PARTS.slice(1)]);
  assert.deepEqual(given.map(({ earlier }) => earlier), [undefined, had.stability, had.stability]);
  assert.deepEqual(found.stability, all.stability);
});

test('a_page_that_hangs_is_left_after_its_limit_and_one_that_stumbles_is_not', async () => {
  const { found, opened } = await check([
    [{ stage: 'correctness' }, { stage: 'correctness', text: 'x', hangs: true }],
    // It answers, and has no news.
    Array.from({ length: 40 }, () => ({ stage: 'correctness', text: 'x' })),
    [{ stage: 'startUp', stumbles: true }, { stage: 'startUp', done: true }],
  ]);
  assert.deepEqual(told(found), ['correctness x again', 'correctness x left']);
  assert.deepEqual(found.breakdowns?.map(({ message }) => message),
    Array.from({ length: 2 }, () => `nothing was heard of it for ${LIMIT_S} s`));
  assert.equal(opened, 3);
});

test('a_browser_that_breaks_down_for_ever_is_given_up_and_one_that_never_starts_is_an_error', async () => {
  const { found, opened, closed } = await check(Array.from({ length: 20 }, (_, i) =>
    i === 2 ? new Error('it did not start') : [{ stage: STAGE_KEYS[Math.min(4, i)], text: String(i) }]));
  assert.equal(opened, MOST_BREAKDOWNS);
  assert.equal(closed, MOST_BREAKDOWNS - 1);
  assert.deepEqual(told(found),
    ['capabilities 0 again', 'correctness 1 again', 'correctness  left', 'throughput 3 ended']);
  assert.equal(found.breakdowns?.[2].message, 'it did not start');
  await assert.rejects(check([new Error('no screen')]), /^Error: no screen$/);
});
