// SPDX-License-Identifier: MIT
/**
 * The performance check, in the page: every stage in turn, with progress, until it is done or cancelled.
 *
 * The example page and `npx pinna perf` both run this.
 */
import { findCapabilities, findSurroundings } from './capabilities.js';
import { checkCorrectness } from './correctness.js';
import { NoiseMeter } from './noise.js';
import { measureStability } from './stability.js';
import { STAGES, STAGE_KEYS } from './stages.js';
import { measureStartUp } from './start-up.js';
import { measureThroughput } from './throughput.js';

/** @typedef {import('./stages.js').StageKey} StageKey */
/** @typedef {import('./stages.js').LivePart} LivePart */

/**
 * @typedef {object} Progress
 * @property {StageKey} stage
 * @property {string} title
 * @property {string} text      what is going on in it
 * @property {number} fraction  of the whole, 0 to 1
 * @property {LivePart} [part]  of the live stage
 */

/**
 * @typedef {object} BrowserResult
 * @property {string} browser   name and version
 * @property {'chromium' | 'firefox' | 'webkit' | 'other'} engine
 * @property {string} date      ISO 8601
 * @property {boolean} quick
 * @property {number} durationS of the check
 * @property {import('./capabilities.js').Surroundings} surroundings
 * @property {Record<string, boolean>} capabilities
 * @property {import('./correctness.js').Correctness} [correctness]
 * @property {import('./start-up.js').StartUp} [startUp]
 * @property {import('./throughput.js').ThroughputRow[]} [throughput]
 * @property {import('./stability.js').Stability} [stability]
 * @property {import('./noise.js').Noise} [noise]  of the machine, meanwhile
 * @property {{ stage: string, message: string }[]} problems  what could not be measured, and why
 * @property {import('./breakdowns.js').Breakdown[]} [breakdowns]  of the page or the browser; results of before they
 *   were counted have none
 */

/** The check was cancelled. */
export class CancelledError extends Error {
  constructor() {
    super('the check was cancelled');
    this.name = 'CancelledError';
  }
}

/**
 * @param {object} [wishes]
 * @param {boolean} [wishes.quick]    half a minute instead of a few
 * @param {readonly StageKey[]} [wishes.stages]  all
 * @param {number} [wishes.most]      live sources
 * @param {string | null} [wishes.resonanceUrl]  of resonance-audio's script; null leaves it out
 * @param {string | URL} [wishes.referenceUrl]  of what Node rendered; dist/perf-reference.f32
 * @param {import('../pinna.js').PinnaOptions} [wishes.options]  of createPinna
 * @param {readonly LivePart[]} [wishes.parts]  of the live stage; all
 * @param {import('./stability.js').Stability} [wishes.earlier]  live rows of a page that broke down, to go on behind
 * @param {(progress: Progress, soFar: BrowserResult) => void} [wishes.onProgress]
 * @param {AbortSignal} [wishes.signal]
 * @returns {Promise<BrowserResult>}
 * @throws {CancelledError}
 */
export async function runCheck({ quick = false, stages = STAGE_KEYS, most, resonanceUrl = null,
  referenceUrl = new URL('../dist/perf-reference.f32', import.meta.url), options = {}, parts, earlier,
  onProgress, signal } = {}) {
  const began = performance.now();
  const chosen = STAGES.filter(({ key }) => stages.includes(key));
  const weight = (/** @type {typeof STAGES[number]} */ stage) => quick ? stage.quick : stage.full;
  const whole = chosen.reduce((sum, stage) => sum + weight(stage), 0);
  /** @type {BrowserResult} */
  const result = {
    ...browserOf(navigator.userAgent), date: new Date().toISOString(), quick, durationS: 0,
    surroundings: findSurroundings(), capabilities: {}, problems: [], breakdowns: [],
  };
  const noise = new NoiseMeter(quick);
  signal?.addEventListener('abort', () => noise.end());
  const listen = async () => {
    await noise.probe();
    result.noise = noise.found;
  };
  let before = 0;
  for (const stage of chosen) {
    /** @type {(fraction: number, text: string, part?: LivePart) => void} */
    const step = (fraction, text, part) => {
      if (signal?.aborted) {
        throw new CancelledError();
      }
      result.durationS = (performance.now() - began) / 1000;
      onProgress?.({
        stage: stage.key, title: stage.title, text, part, fraction: (before + weight(stage) * fraction) / whole,
      }, result);
    };
    const problem = (/** @type {string} */ message) => {
      if (signal?.aborted) {
        throw new CancelledError();
      }
      result.problems.push({ stage: stage.key, message });
    };
    step(0, '');
    await listen();
    try {
      switch (stage.key) {
        case 'capabilities':
          result.capabilities = await findCapabilities();
          break;
        case 'correctness':
          result.correctness = await checkCorrectness(referenceUrl, options);
          break;
        case 'startUp':
          result.startUp = await measureStartUp({ runs: quick ? 2 : 5, options, onProgress: step });
          break;
        case 'throughput':
          result.throughput = await measureThroughput({
            quick, counts: quick ? [16] : [16, 64], onProgress: step, onProblem: problem,
            tools: { options, peers: await loadPeers(resonanceUrl, problem) },
            onRows: (rows) => { result.throughput = rows; },
          });
          break;
        default:
          result.stability = await measureStability({
            quick, most, options, parts, earlier, onProgress: step, onProblem: problem, onQuiet: listen,
            onRow: (soFar) => { result.stability = soFar; },
          });
      }
    } catch (error) {
      if (error instanceof CancelledError || signal?.aborted) {
        throw new CancelledError();
      }
      problem(error instanceof Error ? error.message : String(error));
    }
    before += weight(stage);
  }
  noise.end();
  onProgress?.({ stage: chosen[chosen.length - 1].key, title: 'Done', text: '', fraction: 1 }, result);
  result.durationS = (performance.now() - began) / 1000;
  return result;
}

/**
 * @param {string | null} url
 * @param {(message: string) => void} onProblem
 * @returns {Promise<import('./graphs.js').Peers>}
 */
async function loadPeers(url, onProblem) {
  const scope = /** @type {{ ResonanceAudio?: any }} */ (globalThis);
  if (url === null || scope.ResonanceAudio) {
    return { ResonanceAudio: scope.ResonanceAudio };
  }
  const script = document.createElement('script');
  script.src = url;
  const loaded = new Promise((resolve) => {
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
  });
  document.head.append(script);
  if (!(await loaded) || !scope.ResonanceAudio) {
    onProblem(`resonance-audio is not at ${url}, so it is not compared`);
  }
  return { ResonanceAudio: scope.ResonanceAudio };
}

/**
 * Name and engine by the user agent: for people who read a report, not for decisions.
 *
 * @param {string} userAgent
 * @returns {{ browser: string, engine: BrowserResult['engine'] }}
 */
export function browserOf(userAgent) {
  const known = /** @type {const} */ ([
    [/\bEdg\/([\d.]+)/, 'Edge', 'chromium'], [/\bOPR\/([\d.]+)/, 'Opera', 'chromium'],
    [/\bOculusBrowser\/([\d.]+)/, 'Quest Browser', 'chromium'],
    [/\bSamsungBrowser\/([\d.]+)/, 'Samsung Internet', 'chromium'],
    [/\b(?:Headless)?Chrom(?:e|ium)\/([\d.]+)/, 'Chromium', 'chromium'], [/\bFirefox\/([\d.]+)/, 'Firefox', 'firefox'],
    [/\bVersion\/([\d.]+)[^]*\bSafari\//, /\bMac|iPhone|iPad/.test(userAgent) ? 'Safari' : 'WebKit', 'webkit'],
    [/\bAppleWebKit\/([\d.]+)/, 'WebKit', 'webkit'],
  ]);
  for (const [pattern, name, engine] of known) {
    const match = pattern.exec(userAgent);
    if (match) {
      return { browser: `${name} ${match[1]}`, engine };
    }
  }
  return { browser: 'another browser', engine: 'other' };
}
