// SPDX-License-Identifier: MIT
/**
 * pinna's worklet beside the browser's own PannerNode, in one page of one Chromium.
 *
 * Method   the times of one render scatter by tens of per cent, so all renders are done in rounds, in an order drawn
 *          anew for each, and the least and the median over the rounds are compared. A cost is that of the graph less
 *          that of its base: the same sounds and the same interruptions without any panning.
 */
import { launch, open } from '../browser/harness.mjs';
import { ToolError } from '../../web/tools/process.mjs';

const QUANTA_PER_S = 375;

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title>
<script type="module">
  import * as bench from '/tests/bench/chromium-page.js';
  window.bench = bench;
  await bench.prepare();
  window.ready = true;
</script>`;

/** @typedef {'static' | 'turning' | 'moved' | 'automated'} Motion */
/** @typedef {{ name: string, renderer: string, motion: Motion, sources: number, seconds: number }} Job */
/** @typedef {{ ms: number[], callbacksMs: number[] }} Times */

/**
 * @param {number[]} counts
 * @param {number} seconds  of the longest renders
 * @returns {Job[]}
 */
function jobsFor(counts, seconds) {
  /** @type {[string, Motion[]][]} */
  const kinds = [
    ['empty', ['static', 'moved']],
    ['base', ['static', 'moved']],
    ['panner', ['static', 'turning', 'moved', 'automated']],
    ['pinna-live', ['static', 'turning', 'moved']],
    ['pinna-clip', ['static', 'turning', 'moved']],
  ];
  return counts.flatMap((sources) =>
    kinds.flatMap(([renderer, motions]) =>
      motions.map((motion) => ({ name: `${renderer} ${motion} ${sources}`, renderer, motion, sources, seconds }))));
}

/** @template T @param {T[]} list @param {() => number} random */
function shuffled(list, random) {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
export async function benchChromium(quick, progress) {
  const counts = quick ? [16] : [1, 16, 64];
  const seconds = quick ? 3 : 10;
  const rounds = quick ? 3 : 5;
  const jobs = jobsFor(counts, seconds);
  const browser = await launch();
  try {
    const { page, problems, close } = await open(browser, { pages: { '/bench.html': PAGE }, path: '/bench.html' });
    /** @param {Job} job @returns {Promise<{ ms: number, callbacksMs: number }>} */
    const render = (job) => page.evaluate(`window.bench.render(${JSON.stringify(job)})`);
    /** @type {Map<string, Times>} */
    const times = new Map(jobs.map((job) => [job.name, { ms: [], callbacksMs: [] }]));
    progress('Chromium, warming up');
    for (const job of jobsFor([Math.min(16, counts[counts.length - 1])], 2)) {
      await render(job);
    }
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    for (let round = 0; round < rounds; round++) {
      for (const [at, job] of shuffled(jobs, random).entries()) {
        progress(`Chromium, round ${round + 1} of ${rounds}, ${at + 1} of ${jobs.length}: ${job.name}`);
        const { ms, callbacksMs } = await render(job);
        times.get(job.name)?.ms.push(ms);
        times.get(job.name)?.callbacksMs.push(callbacksMs);
      }
    }
    if (problems.length > 0) {
      throw new ToolError(`the page had errors:\n${problems.join('\n')}`);
    }
    await close();
    return {
      version: browser.version(),
      seconds,
      rounds,
      rows: counts.flatMap((sources) => summarise(times, sources, seconds)),
    };
  } finally {
    await browser.close();
  }
}

/**
 * @param {Map<string, Times>} times
 * @param {number} sources
 * @param {number} seconds
 */
function summarise(times, sources, seconds) {
  const perSource = 1000 / (seconds * QUANTA_PER_S * sources);
  /** @param {string} renderer @param {Motion} motion */
  const timesOf = (renderer, motion) => /** @type {Times} */ (times.get(`${renderer} ${motion} ${sources}`));
  /** Microseconds a source and quantum, less the base. @param {string} renderer @param {Motion} motion */
  const cost = (renderer, motion) => {
    const { ms, callbacksMs } = timesOf(renderer, motion);
    const interrupted = motion === 'turning' || motion === 'moved';
    const base = timesOf(renderer === 'pinna-clip' ? 'empty' : 'base', interrupted ? 'moved' : 'static').ms;
    return {
      least_us: (Math.min(...ms) - Math.min(...base)) * perSource,
      median_us: (median(ms) - median(base)) * perSource,
      // What moving costs the page's own thread, each time that it moves something.
      page_us: interrupted ? 1000 * median(callbacksMs) / (60 * seconds) : 0,
      ms,
    };
  };
  const baseUs = Math.min(...timesOf('base', 'static').ms) * perSource;
  /** @type {[Motion, Motion][]} native, pinna's nearest */
  const pairs = [['static', 'static'], ['turning', 'turning'], ['moved', 'moved'], ['automated', 'moved']];
  return pairs.map(([native, own]) => {
    const panner = cost('panner', native);
    const live = cost('pinna-live', own);
    const clip = cost('pinna-clip', own);
    /** @param {typeof live} mine */
    const ratio = (mine) => ({
      ...mine, ratio_least: mine.least_us / panner.least_us, ratio_median: mine.median_us / panner.median_us,
    });
    return { sources, motion: native, base_us: baseUs, panner, live: ratio(live), clip: ratio(clip) };
  });
}
