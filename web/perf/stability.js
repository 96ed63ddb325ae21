// SPDX-License-Identifier: MIT
/**
 * How many moving sources play live without a gap, and what becomes of them while the page is busy.
 *
 * Method   everything moves because the head turns sixty times a second. The number of sources rises until sound is
 *          lost. Lost is what the browser says was lost (playbackStats); where it says nothing, the time by which the
 *          context's clock fell behind the wall's. Then the page is kept busy, with as many sources as played well.
 */
import { createPinna } from '../create.js';
import { outputLatency } from '../output-latency.js';
import { buildPanners, noise, place } from './graphs.js';
import { RENDERER_NAMES } from './renderer-names.js';
import { LIVE_PARTS } from './stages.js';

/** The quick ones end where the worklet's clock, of whole milliseconds, sees the load: shorter blocks hide from it. */
const COUNTS = { quick: [32, 64, 256], full: [16, 32, 64, 128, 256, 512, 1024, 2048] };

/** The start of a context is not what is measured: gaps of over a second were seen there. */
const SETTLE_MS = { quick: 700, full: 1500 };
const MEASURE_MS = { quick: 1500, full: 5000 };

/** By how much the context's clock may seem late: it moves in steps of what the output takes at a time. */
const CLOCK_MS = 60;

/** The page, when it is busy: so long of every period. */
const JANK_MS = 180;
const JANK_PERIOD_MS = 200;
const JANK_SOURCES = 64;

/** Not to be heard, and not nothing: nobody may leave it out. */
const QUIET = 0.001;

/** A context that does not start within so long has no output device, or waits for a gesture. */
const START_MS = 6000;

/** @typedef {'pinna' | 'panner'} LiveRenderer */
/** @typedef {import('./stages.js').LivePart} LivePart */

/**
 * @typedef {object} StabilityRow
 * @property {LiveRenderer} renderer
 * @property {number} sources
 * @property {boolean} jank       the page was busy nine tenths of the time
 * @property {number} seconds     measured
 * @property {number} lostMs      sound that was missing
 * @property {number} underruns   how often
 * @property {'browser' | 'clock'} counted  who says so
 * @property {boolean} stable     nothing was missing
 * @property {number} [load]      share of the time that rendering took: pinna only
 * @property {number} [loadWorst] of any second
 * @property {number} [longestMs] the longest block, by a clock of whole milliseconds
 */

/**
 * @typedef {object} Latency
 * @property {number} baseMs      AudioContext.baseLatency
 * @property {number} outputMs    from there to the ear; baseMs where the browser does not tell
 * @property {number} [engineFrames]  that pinna adds; absent where pinna did not play
 * @property {number} sampleRateHz  that the context had when nobody asked for one
 * @property {number} quantumFrames
 */

/** @typedef {{ latency: Latency, rows: StabilityRow[] }} Stability */

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns {Promise<AudioContext>} running */
async function liveContext() {
  const context = new AudioContext({ latencyHint: 'interactive' });
  const began = performance.now();
  context.resume().catch(() => {
    // Its state tells.
  });
  while (context.state !== 'running' || context.currentTime === 0) {
    if (performance.now() - began > START_MS) {
      const { state } = context;
      await context.close();
      throw new Error(state === 'running' ? 'the context runs, and its clock stands still: no output device?' :
        `the context stays ${state}: there is no output device, or the page may not sound without a gesture`);
    }
    await sleep(20);
  }
  return context;
}

/**
 * A scene that plays and turns.
 *
 * @typedef {{ stats: () => import('../pinna.js').PinnaStats | null, end: () => Promise<void> }} Playing
 */

/**
 * @param {AudioContext} context
 * @param {LiveRenderer} renderer
 * @param {number} sources
 * @param {import('../pinna.js').PinnaOptions} options
 * @returns {Promise<Playing>}
 */
async function play(context, renderer, sources, options) {
  const quiet = new GainNode(context, { gain: QUIET });
  quiet.connect(context.destination);
  /** @type {(t: number) => void} */
  let turn;
  /** @type {import('../pinna.js').Pinna | null} */
  let pinna = null;
  if (renderer === 'pinna') {
    const engine = await createPinna(context, {
      ...options, maxSources: sources, maxBuffers: 4, maxExactSources: sources, dopplerMaxDistance: 1,
    });
    pinna = engine;
    engine.connect(quiet);
    const clips = [1, 2, 3, 4].map((seed) => noise(context, seed, 1 / sources));
    const all = Array.from({ length: sources }, (_, i) => engine.createSource({
      position: place(i, 0), tier: 'exact', buffer: clips[i % 4], loop: true, autoplay: true,
    }));
    await Promise.all(all.map((source) => source.loaded));
    turn = (t) => engine.listener.setPose([0, 0, 0], [0, Math.sin(t / 2), 0, Math.cos(t / 2)]);
  } else {
    buildPanners(context, sources, 0, quiet);
    const { listener } = context;
    turn = (t) => {
      if (listener.forwardX) {
        listener.forwardX.value = -Math.sin(t);
        listener.forwardZ.value = -Math.cos(t);
      } else {
        listener.setOrientation(-Math.sin(t), 0, -Math.cos(t), 0, 1, 0);
      }
    };
  }
  const timer = setInterval(() => turn(performance.now() / 1000), 16);
  return {
    stats: () => pinna?.stats ?? null,
    end: async () => {
      clearInterval(timer);
      pinna?.dispose();
      quiet.disconnect();
    },
  };
}

/** What was lost so far. @param {AudioContext} context @returns {{ lostMs: number, underruns: number } | null} */
function told(context) {
  const { playbackStats } = /** @type {{ playbackStats?: { underrunEvents: number, underrunDuration: number } }} */ (
    context);
  return playbackStats ?
    { lostMs: 1000 * playbackStats.underrunDuration, underruns: playbackStats.underrunEvents } : null;
}

/** Keeps the page's thread busy. @param {number} forMs */
async function janky(forMs) {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const until = performance.now() + JANK_MS;
    while (performance.now() < until) {
      // Whatever a page does for so long.
    }
    await sleep(JANK_PERIOD_MS - JANK_MS);
  }
}

/**
 * @param {{ renderer: LiveRenderer, sources: number, jank: boolean, quick: boolean,
 *   options: import('../pinna.js').PinnaOptions, onLatency?: (latency: Latency) => void }} job
 * @returns {Promise<StabilityRow>}
 */
async function measure({ renderer, sources, jank, quick, options, onLatency }) {
  const speed = quick ? 'quick' : 'full';
  const context = await liveContext();
  try {
    const playing = await play(context, renderer, sources, options);
    // Looked at from the beginning: loads are of whole seconds.
    playing.stats();
    await sleep(SETTLE_MS[speed]);
    const before = told(context);
    const [audio, wall] = [context.currentTime, performance.now()];
    const forMs = MEASURE_MS[speed];
    if (jank) {
      await janky(forMs);
    } else {
      for (let at = 0; at < forMs; at += 250) {
        await sleep(250);
        playing.stats();
      }
    }
    // A page that was busy learns late how far the sound is.
    await sleep(50);
    const seconds = (performance.now() - wall) / 1000;
    const behindMs = 1000 * (seconds - (context.currentTime - audio));
    const after = told(context);
    const clockMs = behindMs > CLOCK_MS ? behindMs : 0;
    const lostMs = before && after ? after.lostMs - before.lostMs : clockMs;
    const underruns = before && after ? after.underruns - before.underruns : clockMs > 0 ? 1 : 0;
    const stats = playing.stats();
    onLatency?.({
      baseMs: 1000 * (context.baseLatency ?? 0), outputMs: 1000 * outputLatency(context),
      ...(stats ? { engineFrames: stats.latency.algorithmFrames } : {}), sampleRateHz: context.sampleRate,
      quantumFrames: stats?.quantumFrames || 128,
    });
    await playing.end();
    const metered = stats && stats.load.mean > 0 ?
      { load: stats.load.mean, loadWorst: stats.load.worst, longestMs: stats.load.longestBlockMs } : {};
    return {
      renderer, sources, jank, seconds, lostMs, underruns, counted: before ? 'browser' : 'clock',
      // A browser that counts may still stop its clock for a device that is not there.
      stable: underruns === 0 && clockMs === 0, ...metered,
    };
  } finally {
    await context.close();
  }
}

/**
 * @param {object} wishes
 * @param {boolean} wishes.quick
 * @param {number} [wishes.most]  sources; as many as a device plays, 256 at most when quick
 * @param {import('../pinna.js').PinnaOptions} wishes.options
 * @param {(fraction: number, text: string, part: LivePart) => void} wishes.onProgress
 * @param {(message: string) => void} wishes.onProblem
 * @param {(soFar: Stability) => void} [wishes.onRow]  after each: a page that breaks down leaves them
 * @param {() => Promise<void>} [wishes.onQuiet]  awaited before each: nothing plays
 * @param {readonly LivePart[]} [wishes.parts]  all
 * @param {Stability} [wishes.earlier]  of a page that broke down: its rows are kept, and it is gone on behind them
 * @returns {Promise<Stability>}
 */
export async function measureStability({ quick, most = Infinity, options, onProgress, onProblem, onRow,
  onQuiet = async () => {}, parts = LIVE_PARTS, earlier }) {
  const rows = [...earlier?.rows ?? []];
  let latency = earlier?.latency;
  const onLatency = (/** @type {Latency} */ found) => { latency ??= found; };
  const keep = (/** @type {StabilityRow} */ row) => {
    const at = rows.findIndex(({ renderer, sources, jank }) =>
      renderer === row.renderer && sources === row.sources && jank === row.jank);
    rows.splice(at < 0 ? rows.length : at, at < 0 ? 0 : 1, row);
    if (latency !== undefined) {
      onRow?.({ latency, rows });
    }
  };
  const counts = COUNTS[quick ? 'quick' : 'full'].filter((count) => count <= most);
  const renderers = /** @type {LiveRenderer[]} */ (['pinna', 'panner']);
  const steps = renderers.length * (counts.length + 1);
  for (const [r, renderer] of renderers.entries()) {
    const from = r * (counts.length + 1);
    const name = RENDERER_NAMES[renderer];
    const steady = () => rows.filter((row) => row.renderer === renderer && !row.jank && row.stable)
      .map(({ sources }) => sources);
    try {
      const had = steady();
      for (const [i, sources] of parts.includes(renderer) ? counts.entries() : []) {
        if (had.includes(sources)) {
          continue;
        }
        const job = { renderer, sources, jank: false, quick, options, onLatency };
        onProgress((from + i) / steps, `${name}, ${sources} moving sources`, renderer);
        await onQuiet();
        const row = await measure(job);
        keep(row);
        // One failure may be another program's: a second try decides.
        if (!row.stable) {
          onProgress((from + i) / steps, `${name}, ${sources} moving sources, a second time`, renderer);
          await onQuiet();
          const again = await measure(job);
          if (!again.stable) {
            break;
          }
          keep(again);
        }
      }
      const sources = Math.max(0, ...steady().filter((count) => count <= JANK_SOURCES));
      if (sources > 0 && parts.includes(`${renderer} busy`)) {
        onProgress((from + counts.length) / steps, `${name}, ${sources} moving sources, page busy`,
          `${renderer} busy`);
        await onQuiet();
        keep(await measure({ renderer, sources, jank: true, quick, options, onLatency }));
      }
    } catch (error) {
      onProblem(`${name}, live: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (latency === undefined) {
    throw new Error('no context played');
  }
  return { latency, rows };
}
