// SPDX-License-Identifier: MIT
/**
 * How long it takes from the first request for the module that pages load to the first sound.
 *
 * Each start asks for the module under a new address, so it is fetched, compiled and evaluated anew, and knows nothing
 * of the former. A rejected idea: a frame for each start. To take away a frame that had an AudioContext ended the
 * page's process in WebKitGTK 2.50.
 */
import { outputLatency } from '../output-latency.js';

/** The module that pages load, whole. It is built, so its types are those of what it is built from. */
const SHIPPED = new URL('../dist/pinna.js', import.meta.url);

/** Between two looks at whether something sounds. */
const LOOK_MS = 1;
const LIMIT_MS = 15000;

/** Not to be heard. */
const QUIET = 0.001;

/**
 * Parts of the time in milliseconds: fetching and evaluating the module; making the context, fetching and compiling the
 * engine and building the head in the worklet; and until the first sample leaves the engine. `outputMs` is what the
 * browser reports from there to the ear, and is not in the total.
 *
 * @typedef {{ modulesMs: number, engineMs: number, soundMs: number, totalMs: number, outputMs: number }} StartUpTimes
 */

/**
 * @typedef {object} StartUp
 * @property {number} runs
 * @property {number} firstMs       of the first run: what a visitor waits, where the server is far
 * @property {StartUpTimes} least   the run with the least total
 * @property {number} medianMs      of the totals
 */

/**
 * @param {object} wishes
 * @param {number} wishes.runs
 * @param {import('../pinna.js').PinnaOptions} wishes.options
 * @param {(fraction: number, text: string) => void} wishes.onProgress
 * @returns {Promise<StartUp>}
 */
export async function measureStartUp({ runs, options, onProgress }) {
  /** @type {StartUpTimes[]} */
  const all = [];
  for (let run = 0; run < runs; run++) {
    onProgress(run / runs, `start ${run + 1} of ${runs}`);
    all.push(await startUp(options));
  }
  const firstMs = all[0].totalMs;
  all.sort((a, b) => a.totalMs - b.totalMs);
  return { runs, firstMs, least: all[0], medianMs: all[runs >> 1].totalMs };
}

let starts = 0;

/** @param {import('../pinna.js').PinnaOptions} options @returns {Promise<StartUpTimes>} */
async function startUp(options) {
  const url = new URL(SHIPPED);
  url.searchParams.set('start', `${Date.now()}-${starts++}`);
  const began = performance.now();
  const { createPinna } = /** @type {typeof import('../index.js')} */ (await import(url.href));
  const modules = performance.now();
  const context = new AudioContext({ latencyHint: 'interactive' });
  try {
    const pinna = await createPinna(context, options);
    const engine = performance.now();
    const ears = new AnalyserNode(context, { fftSize: 2048 });
    const quiet = new GainNode(context, { gain: QUIET });
    pinna.connect(ears);
    ears.connect(quiet).connect(context.destination);
    const buffer = Float32Array.from({ length: context.sampleRate }, (_, i) => Math.sin(i * 0.06));
    pinna.createSource({ position: [1, 0, -1], buffer, loop: true, autoplay: true });
    const heard = new Float32Array(ears.fftSize);
    for (;;) {
      ears.getFloatTimeDomainData(heard);
      const now = performance.now();
      if (heard.some((sample) => Math.abs(sample) > 1e-4)) {
        pinna.dispose();
        return {
          modulesMs: modules - began, engineMs: engine - modules, soundMs: now - engine, totalMs: now - began,
          outputMs: 1000 * outputLatency(context),
        };
      }
      if (now - engine > LIMIT_MS) {
        throw new Error(`nothing sounded in ${LIMIT_MS / 1000} s: the context is ${context.state}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    await context.close();
  }
}
