// SPDX-License-Identifier: MIT
/**
 * What sources cost, offline: how many one core renders in real time.
 *
 * Method   an OfflineAudioContext renders as fast as one core allows. A short render tells how long the measured ones
 *          may be; jobs take turns, so that a disturbance meets all alike, and the least time counts, because other
 *          programs only add to it. What the page's own callbacks take is left out; the players that feed the sources
 *          are in it, for every renderer alike.
 */
import { QUANTA_PER_S, RATE_HZ, buildGraph } from './graphs.js';
import { MOTION_NAMES, RENDERER_NAMES } from './renderer-names.js';

/** Wall time that a measured render should take. */
const GOAL_S = { quick: 0.25, full: 0.8 };
const ROUNDS = { quick: 2, full: 4 };
const TRIAL_S = 0.25;
const LEAST_S = 0.25;
const MOST_S = 10;

/** A render that takes longer hangs. */
const LIMIT_MS = 60000;

/** Rendering while the browser's HRTF is loaded is silent, or never ends. */
const DATABASE_MS = 1500;

/** @typedef {import('./graphs.js').RendererKey} RendererKey */
/** @typedef {import('./graphs.js').Motion} Motion */

/**
 * @typedef {object} ThroughputRow
 * @property {RendererKey} renderer
 * @property {Motion} motion
 * @property {number} sources
 * @property {number} seconds         of sound in each render
 * @property {number} rounds
 * @property {number} load            share of real time, the least of the rounds
 * @property {number} loadMedian
 * @property {number} sourceUs        a source and block of 128 frames, microseconds
 * @property {number} sourcesPerCore  that would fill one core: sources / load
 */

/** @type {PannerNode | null} keeps the browser's HRTF loaded while the page lives */
let keeper = null;

/** To be awaited before anything is rendered with PannerNodes. */
export async function loadPannerDatabase() {
  if (keeper === null) {
    keeper = new PannerNode(new OfflineAudioContext(2, 128, RATE_HZ), { panningModel: 'HRTF' });
    await new Promise((resolve) => setTimeout(resolve, DATABASE_MS));
  }
}

/**
 * Which jobs a browser can do: not every one interrupts an offline context, and resonance-audio moves by value only.
 *
 * @param {{ peers: import('./graphs.js').Peers, counts: number[] }} wishes
 * @returns {{ renderer: RendererKey, motion: Motion, sources: number }[]}
 */
export function possibleJobs({ peers, counts }) {
  const suspends = 'suspend' in OfflineAudioContext.prototype;
  /** @type {RendererKey[]} */
  const renderers = ['pinna', 'panner', ...(peers.ResonanceAudio ? [/** @type {const} */ ('resonance')] : [])];
  /** @type {Motion[]} */
  const motions = ['rest', ...(suspends ? [/** @type {const} */ ('frames')] : []), 'automated'];
  return counts.flatMap((sources) => renderers.flatMap((renderer) => motions
    .filter((motion) => renderer !== 'resonance' || motion !== 'automated')
    .map((motion) => ({ renderer, motion, sources }))));
}

/**
 * @param {{ renderer: RendererKey, motion: Motion, sources: number, seconds: number }} job
 * @param {Parameters<typeof buildGraph>[2]} tools
 * @returns {Promise<number>} seconds on the wall, without the page's callbacks
 */
async function renderOnce(job, tools) {
  const context = new OfflineAudioContext(2, Math.round(job.seconds * RATE_HZ), RATE_HZ);
  const callbacksMs = await buildGraph(context, job, tools);
  const began = performance.now();
  const rendered = await withLimit(context.startRendering(), `${job.renderer} ${job.motion}`);
  const tookS = (performance.now() - began - callbacksMs()) / 1000;
  const left = rendered.getChannelData(0).subarray(-RATE_HZ / 8);
  const level = Math.sqrt(left.reduce((sum, x) => sum + x * x, 0) / left.length);
  if (!(level > 1e-6 && level < 100)) {
    throw new Error(`what ${job.renderer} rendered is silent or broken (rms ${level})`);
  }
  return tookS;
}

/** @template T @param {Promise<T>} work @param {string} what @returns {Promise<T>} */
function withLimit(work, what) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let limit;
  return Promise.race([work, new Promise((_, reject) => {
    limit = setTimeout(() => reject(new Error(`${what} did not end in ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  })]).finally(() => clearTimeout(limit));
}

/**
 * @param {object} wishes
 * @param {boolean} wishes.quick
 * @param {number[]} wishes.counts  sources at a time
 * @param {Parameters<typeof buildGraph>[2]} wishes.tools
 * @param {(fraction: number, text: string) => void} wishes.onProgress  throws to end it
 * @param {(message: string) => void} wishes.onProblem
 * @param {(rows: ThroughputRow[]) => void} [wishes.onRows]  after each: a page that breaks down leaves them
 * @returns {Promise<ThroughputRow[]>}
 */
export async function measureThroughput({ quick, counts, tools, onProgress, onProblem, onRows }) {
  await loadPannerDatabase();
  const speed = quick ? 'quick' : 'full';
  const rounds = ROUNDS[speed];
  const jobs = possibleJobs({ peers: tools.peers, counts }).map((job) =>
    ({ ...job, seconds: TRIAL_S, loads: /** @type {number[]} */ ([]) }));
  const total = jobs.length * (rounds + 1);
  let done = 0;
  /** @type {Set<object>} */
  const broken = new Set();
  for (let round = 0; round <= rounds; round++) {
    for (const job of jobs) {
      const what = `${RENDERER_NAMES[job.renderer]} ${MOTION_NAMES[job.motion]}`;
      onProgress(done++ / total, `${what}, ${job.sources} sources`);
      if (broken.has(job)) {
        continue;
      }
      try {
        const load = await renderOnce(job, tools) / job.seconds;
        if (round === 0) {
          job.seconds = Math.min(MOST_S, Math.max(LEAST_S, GOAL_S[speed] / load));
        } else {
          job.loads.push(load);
          onRows?.(rowsOf(jobs));
        }
      } catch (error) {
        broken.add(job);
        onProblem(`${what}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  return rowsOf(jobs);
}

/**
 * @param {{ renderer: RendererKey, motion: Motion, sources: number, seconds: number, loads: number[] }[]} jobs
 * @returns {ThroughputRow[]} of those that were measured
 */
function rowsOf(jobs) {
  return jobs.filter(({ loads }) => loads.length > 0).map(({ renderer, motion, sources, seconds, loads }) => {
    const sorted = [...loads].sort((a, b) => a - b);
    const load = Math.max(sorted[0], 1e-9);
    return {
      renderer, motion, sources, seconds, rounds: loads.length, load, loadMedian: sorted[sorted.length >> 1],
      sourceUs: load * 1e6 / (QUANTA_PER_S * sources), sourcesPerCore: sources / load,
    };
  });
}
