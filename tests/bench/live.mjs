// SPDX-License-Identifier: MIT
/**
 * How many moving sources a live AudioContext in Chromium carries without an underrun.
 *
 *     node tests/bench/live.mjs [--seconds 60] [--sources 256] [--tier bulk] [--renderer linn]
 *
 * All sources play a clip inside the engine, and all move, because the head turns at 60 degrees a second (sixty scenes
 * a second are written and taken). The governor is told to leave the tiers alone: each source asks for its own.
 *
 * load      share of the time that the audio thread renders: the mean, and the quantiles over windows of a second
 * longest   the longest single quantum, in ticks of Date.now(); other programs that interrupted it are in it
 * underruns as the browser counts them (AudioContext.playbackStats), else as pinna's own watch does
 */
import { launch, open } from '../browser/harness.mjs';
import { ToolError, asProgram } from '../../web/tools/process.mjs';

/** @typedef {{ tier: 'exact' | 'bulk', sources: number, renderer?: string }} Case */

/** @type {Case[]} */
const CASES = [
  { tier: 'exact', sources: 256 },
  { tier: 'bulk', sources: 1024 },
  { tier: 'bulk', sources: 2048 },
  { tier: 'bulk', sources: 4096 },
];

/** In the page. */
async function play(/** @type {any} */ { tier, sources, seconds, renderer }) {
  const w = /** @type {any} */ (globalThis);
  const context = /** @type {any} */ (new AudioContext({ sampleRate: 48000, latencyHint: 'playback' }));
  const pinna = await w.pinnaModule.createPinna(context, {
    maxSources: sources, maxInputs: 0, maxBuffers: 4, dopplerMaxDistance: 1, renderer,
  });
  pinna.connect(context.destination);
  const clips = [1, 2, 3, 4].map((seed) => w.noise(48000, seed));
  const made = [];
  for (let i = 0; i < sources; i++) {
    const angle = i * 2.399963;
    const up = 1.6 * (i + 0.5) / sources - 0.8;
    made.push(pinna.createSource({
      position: [2 * Math.sin(angle), 2 * up, -2 * Math.cos(angle)],
      gain: 1 / sources, tier, buffer: clips[i % 4], loop: true, autoplay: true,
    }));
  }
  await Promise.all(made.map((source) => source.loaded));
  const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let turning = true;
  const turn = async () => {
    while (turning) {
      const half = performance.now() / 1000 * Math.PI / 6;
      pinna.listener.setPose([0, 0, 0], [0, Math.sin(half), 0, Math.cos(half)]);
      await sleep(16);
    }
  };
  const turned = turn();
  await sleep(4000); // the start is not what is measured
  const before = pinna.stats;
  const began = performance.now();
  let moving = 0;
  let bulk = 0;
  while (performance.now() - began < seconds * 1000) {
    await sleep(250);
    const { stats } = pinna;
    moving = Math.max(moving, stats.sources.moving);
    bulk = Math.max(bulk, stats.sources.bulk);
  }
  const after = pinna.stats;
  turning = false;
  await turned;
  const counted = Boolean(context.playbackStats);
  await pinna.dispose();
  await context.close();
  return {
    load: after.load, moving, bulk, counted,
    underruns: after.underruns - before.underruns,
    lostS: after.lostS - before.lostS,
    playedS: (after.frames - before.frames) / 48000,
  };
}

/**
 * @param {Case} wish
 * @param {number} seconds
 */
export async function live({ tier, sources, renderer = 'hrtf' }, seconds) {
  const browser = await launch();
  try {
    const session = await open(browser);
    const wishes = JSON.stringify({ tier, sources, seconds, renderer });
    const result = await session.page.evaluate(`(${play.toString()})(${wishes})`);
    await session.close();
    return /** @type {Awaited<ReturnType<typeof play>>} */ (result);
  } finally {
    await browser.close();
  }
}

async function main() {
  const args = process.argv.slice(2);
  const value = (/** @type {string} */ name) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const seconds = Number(value('--seconds') ?? 60);
  const tier = value('--tier');
  const sources = value('--sources');
  const renderer = value('--renderer');
  if (!(seconds > 0)) {
    throw new ToolError('usage: node tests/bench/live.mjs [--seconds 60] [--sources N] [--tier exact|bulk] ' +
      '[--renderer hrtf|linn]', 2);
  }
  const cases = tier || sources || renderer
    ? [/** @type {Case} */ ({ tier: tier ?? 'bulk', sources: Number(sources ?? (renderer ? 64 : 1024)), renderer })]
    : CASES;
  console.log('tier   sources  moving   load mean   p50    p99   worst s  longest quantum  underruns   lost');
  for (const wish of cases) {
    const { load, moving, underruns, lostS, counted } = await live(wish, seconds);
    const percent = (/** @type {number} */ x) => `${(100 * x).toFixed(0)} %`.padStart(6);
    console.log(`${wish.tier.padEnd(6)} ${String(wish.sources).padStart(7)} ${String(moving).padStart(7)}    ` +
      `${percent(load.mean)} ${percent(load.p50)} ${percent(load.p99)}  ${percent(load.worst)}  ` +
      `${`${load.longestBlockMs} ms`.padStart(13)}  ${String(underruns).padStart(8)}${counted ? '' : ' (own)'}  ` +
      `${lostS.toFixed(2)} s`);
  }
}

asProgram(import.meta.url, main);
