// SPDX-License-Identifier: MIT
/**
 * One browser's check, to its end: what a crash or a hang leaves is kept, and a fresh browser goes on.
 *
 * Method   stages run in their order in one page. Where it crashes, or says nothing for longer than its stage may, the
 *          browser is ended and a fresh one does what is left, from the stage on at which it broke down: the live stage
 *          behind the rows that it has. What breaks down a second time is left out: a stage, or of the live stage a
 *          part (see LIVE_PARTS). After MOST_BREAKDOWNS the check ends, so it cannot loop.
 *
 * A rejected idea: a fresh page in the same browser. Classic WebDriver ends a session with its page, a browser that
 * lost a page is not what the other stages were measured in, and to start another takes a second or two.
 */
import { MOST_BREAKDOWNS } from './breakdowns.js';
import { followPage } from './follow-page.js';
import { joinedNoise } from './noise.js';
import { LIVE_PARTS, STAGES, STAGE_KEYS } from './stages.js';

/** @typedef {import('./check.js').BrowserResult} BrowserResult */
/** @typedef {import('./check.js').Progress} Progress */
/** @typedef {import('./drivers/browsers.js').Browser} Browser */
/** @typedef {import('./stages.js').StageKey} StageKey */
/** @typedef {import('./stages.js').LivePart} LivePart */

/**
 * @typedef {object} Wishes
 * @property {boolean} [quick]
 * @property {readonly StageKey[]} [stages]
 * @property {number} [most]               live sources
 * @property {string | null} resonanceUrl
 */

/** What is left to do. @typedef {{ stages: StageKey[], parts: readonly LivePart[] }} Left */

/**
 * @param {() => Promise<Browser>} open  starts a fresh one
 * @param {string} url                   of the page with driven-page.js
 * @param {Wishes} wishes
 * @param {object} options
 * @param {number} [options.stageLimitS]  after so long without news a stage hangs; by default as STAGES says
 * @param {(browser: string, progress: Progress, fraction: number) => void} [options.onProgress]
 * @param {(browser: string, breakdown: import('./breakdowns.js').Breakdown) => void} [options.onBreakdown]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<BrowserResult>}
 * @throws {Error} when it was cancelled, or the first browser did not start or show the page
 */
export async function checkBrowser(open, url, { quick = false, stages = STAGE_KEYS, ...wishes },
  { stageLimitS, onProgress, onBreakdown, signal }) {
  /** @type {BrowserResult | null} */
  let result = null;
  /** @type {import('./breakdowns.js').Breakdown[]} */
  const breakdowns = [];
  /** @type {Set<string>} */
  const broken = new Set();
  /** @type {Left} */
  let left = { stages: STAGE_KEYS.filter((key) => stages.includes(key)), parts: LIVE_PARTS };
  const weigh = (/** @type {readonly StageKey[]} */ of) => STAGES.filter(({ key }) => of.includes(key))
    .reduce((sum, stage) => sum + (quick ? stage.quick : stage.full), 0);
  const whole = weigh(left.stages);
  let name = '';
  while (left.stages.length > 0) {
    const done = 1 - weigh(left.stages) / whole;
    /** @type {Awaited<ReturnType<typeof followPage>>} */
    let end = { soFar: null, progress: null, broken: null };
    /** @type {Browser | null} */
    let browser = null;
    try {
      browser = await open();
      const { kind, version } = browser;
      name = browser.name;
      end = await followPage(await browser.newPage(), url, {
        ...wishes, quick, stages: left.stages, parts: left.parts, earlier: result?.stability,
      }, {
        signal,
        silentMs: (stage) => 1000 *
          (stageLimitS ?? STAGES.find(({ key }) => key === (stage ?? left.stages[0]))?.silentS ?? Infinity),
        onProgress: (progress) => onProgress?.(name, progress, done + progress.fraction * (1 - done)),
      });
      if (end.soFar !== null) {
        result = joined(result, { ...end.soFar, browser: `${name} ${version}`.trim(), engine: kind });
      }
    } catch (error) {
      // One that does not start again is as good as one that crashed at once.
      if (result === null || signal?.aborted) {
        throw error;
      }
      end.broken = error instanceof Error ? error.message : String(error);
    } finally {
      await browser?.close().catch(() => {
        // What was measured counts; a browser that does not close well has been ended.
      });
    }
    if (result === null) {
      throw new Error(`${name}: ${end.broken}`);
    }
    if (end.broken === null) {
      break;
    }
    const stage = end.progress?.stage ?? left.stages[0];
    const part = stage !== 'stability' ? undefined : end.progress?.part ?? left.parts[0];
    const again = !broken.has(`${stage} ${part}`);
    broken.add(`${stage} ${part}`);
    left = after(left, stage, part, again);
    /** @type {import('./breakdowns.js').Breakdown} */
    const breakdown = {
      stage, at: end.progress?.text ?? '', message: end.broken.split('\n', 1)[0].replace(/\.$/, ''),
      outcome: breakdowns.length + 1 === MOST_BREAKDOWNS ? 'ended' : again ? 'again' : 'left',
    };
    breakdowns.push(breakdown);
    onBreakdown?.(name, breakdown);
    if (breakdown.outcome === 'ended') {
      break;
    }
  }
  if (result === null) {
    throw new Error('there is nothing to check');
  }
  return { ...result, breakdowns };
}

/**
 * @param {Left} left
 * @param {StageKey} stage             that broke down
 * @param {LivePart | undefined} part  of it
 * @param {boolean} again              it is tried again
 * @returns {Left}
 */
function after({ stages, parts }, stage, part, again) {
  const from = stages.indexOf(stage);
  if (part !== undefined) {
    const rest = parts.slice(parts.indexOf(part) + (again ? 0 : 1));
    return rest.length > 0 ? { stages: stages.slice(from), parts: rest } : { stages: [], parts };
  }
  return { stages: stages.slice(from + (again ? 0 : 1)), parts };
}

/**
 * What two pages measured of one browser: what the later one has not stays.
 *
 * @param {BrowserResult | null} before
 * @param {BrowserResult} now
 * @returns {BrowserResult}
 */
function joined(before, now) {
  if (before === null) {
    return now;
  }
  const rows = [...before.throughput ?? []];
  for (const row of now.throughput ?? []) {
    const at = rows.findIndex(({ renderer, motion, sources }) =>
      renderer === row.renderer && motion === row.motion && sources === row.sources);
    rows.splice(at < 0 ? rows.length : at, at < 0 ? 0 : 1, row);
  }
  const known = new Set(before.problems.map(({ stage, message }) => `${stage} ${message}`));
  return {
    ...before,
    capabilities: { ...before.capabilities, ...now.capabilities },
    correctness: now.correctness ?? before.correctness,
    startUp: now.startUp ?? before.startUp,
    throughput: before.throughput || now.throughput ? rows : undefined,
    stability: now.stability ?? before.stability,
    durationS: before.durationS + now.durationS,
    noise: joinedNoise(before.noise, now.noise),
    problems: [...before.problems, ...now.problems.filter(({ stage, message }) => !known.has(`${stage} ${message}`))],
  };
}
