// SPDX-License-Identifier: MIT
/**
 * pinna's worklet beside the browser's own PannerNode, in one page of one Chromium.
 *
 * Method   what is compared is the time that the rendering thread ran, as Linux counts it: other programs and the
 *          page's own thread are not in it. Renders are done in rounds, in an order drawn anew for each, and the least
 *          and the median over the rounds are compared. A cost is that of the graph less that of its base: the same
 *          sounds and the same interruptions without any panning. Where there is no such count (elsewhere than on
 *          Linux), it is the time of the whole render less that of the page's callbacks.
 */
import fs from 'node:fs';
import { launch } from '../browser/harness.mjs';
import { ToolError } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';

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
/** @typedef {{ ms: number[], callbacksMs: number[] }} Times of the rendering thread, and of the page's callbacks */

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
    ['worklet', ['static']],
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

/**
 * Milliseconds that each rendering thread of the browser's pages has run, by thread; empty where nobody counts.
 * @param {number[]} processes
 */
export function threadTimes(processes) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const process of processes) {
    try {
      for (const thread of fs.readdirSync(`/proc/${process}/task`)) {
        const folder = `/proc/${process}/task/${thread}`;
        if (fs.readFileSync(`${folder}/comm`, 'utf8').startsWith('Offline Audio')) {
          times.set(thread, Number(fs.readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6);
        }
      }
    } catch {
      // A thread or a process that ended between the list and the look.
    }
  }
  return times;
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
  const server = await serve({ pages: { '/bench.html': PAGE } });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${server.url}/bench.html`);
    await page.waitForFunction('window.ready === true', null, { timeout: 60000 });
    const devtools = await browser.newBrowserCDPSession();
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
    const processes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    let counted = true;
    /** @param {Job} job @returns {Promise<{ ms: number, callbacksMs: number }>} */
    const render = async (job) => {
      await page.evaluate(`window.bench.prepareJob(${JSON.stringify(job)})`);
      const before = threadTimes(processes);
      /** @type {{ ms: number, callbacksMs: number }} */
      const wall = await page.evaluate('window.bench.render()');
      const ran = [...threadTimes(processes)].reduce((sum, [thread, ms]) => sum + ms - (before.get(thread) ?? 0), 0);
      counted &&= ran > 0;
      return { ms: ran > 0 ? ran : wall.ms - wall.callbacksMs, callbacksMs: wall.callbacksMs };
    };
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
    return {
      version: browser.version(),
      seconds,
      rounds,
      counted,
      rows: counts.flatMap((sources) => summarise(times, sources, seconds)),
    };
  } finally {
    await browser.close();
    await server.close();
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
  const workletUs = cost('worklet', 'static').least_us * sources;
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
    return {
      sources, motion: native, base_us: baseUs, worklet_us: workletUs, panner, live: ratio(live), clip: ratio(clip),
    };
  });
}
