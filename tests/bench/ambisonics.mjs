// SPDX-License-Identifier: MIT
/**
 * What soundfields cost in wasm, block by block as the worklet calls the engine; and one of order 3 in a page of
 * Chromium beside resonance-audio, which is the other that browsers have for it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { launch } from '../browser/harness.mjs';
import { threadTimes } from './chromium.mjs';
import { short, table } from './report.mjs';

const SAMPLE_RATE = 48000;
const QUANTUM = 128;
const BUDGET_US = 1e6 * QUANTUM / SAMPLE_RATE;
const BLOCKS = 750;
const TURN_RAD = 0.0042;

/** @type {{ order: number, fields: number, turning: boolean }[]} */
const CASES = [1, 2, 3].flatMap((order) => [false, true].map((turning) => ({ order, fields: 1, turning })))
  .concat([{ order: 3, fields: 8, turning: true }, { order: 0, fields: 0, turning: false }]);

/** Multiply-adds of a block: rotation (twice while it turns), products with both ears' filters, transforms. */
function operations({ order, fields, turning }) {
  const channels = (order + 1) ** 2;
  const rows = [...Array(order + 1).keys()].reduce((sum, n) => sum + (2 * n + 1) ** 2, 0);
  const turns = turning ? 2 * 13 * 16 * 3 + 13 * (rows - 1) : 0;
  return fields === 0 ? { turn: 0, product: 0, transforms: 0 } : {
    turn: fields * ((turning ? 2 : 1) * rows * QUANTUM + turns),
    product: channels * 129 * 2 * 4,
    transforms: Math.ceil(channels / 4),
  };
}

/**
 * @param {Uint8Array} head
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
export function benchAmbisonics(head, quick, progress) {
  const module = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-soundfield.wasm')));
  const image = new EngineHost(module).buildHead(head, SAMPLE_RATE);
  const sound = Float32Array.from({ length: 64 * QUANTUM }, () => 0.1 * (Math.random() - 0.5));
  const rounds = quick ? 4 : 16;
  const timed = CASES.map(({ order, fields }) => {
    const slots = Math.max(1, fields);
    const host = new EngineHost(module);
    host.boot({ headImage: image, sampleRate: SAMPLE_RATE, maxSources: slots, blockFrames: QUANTUM,
      maxBlockFrames: QUANTUM });
    host.bootSoundfields(slots);
    const writer = new SceneWriter(slots);
    for (let slot = 0; slot < fields; slot++) {
      writer.openSource(slot);
      writer.setSourceFlag(slot, SourceFlag.SOUNDFIELD, true);
      writer.setSourceOrder(slot, order);
    }
    return { host, writer, least: new Float64Array(BLOCKS).fill(Infinity) };
  });
  for (let round = 0; round <= rounds; round++) {
    progress(`soundfields in wasm, round ${round} of ${rounds}`);
    timed.forEach(({ host, writer, least }, i) => {
      const { order, fields, turning } = CASES[i];
      for (let block = 0; block < BLOCKS; block++) {
        for (let slot = 0; slot < fields; slot++) {
          host.fieldLive[slot] = (order + 1) ** 2;
          for (let channel = 0; channel < host.fieldLive[slot]; channel++) {
            const at = (block + slot + 3 * channel) % 64 * QUANTUM;
            host.fieldInput(slot, channel).set(sound.subarray(at, at + QUANTUM));
          }
        }
        const half = turning ? TURN_RAD * block / 2 : 0;
        writer.setListenerPose(0, 0, 0, 0, Math.sin(half), 0, Math.cos(half));
        writer.commit();
        const began = performance.now();
        host.applyScene(writer.bytes);
        host.process(QUANTUM);
        least[block] = Math.min(least[block], performance.now() - began);
      }
      if (round === 0) { // the compiler's
        least.fill(Infinity);
      }
    });
  }
  return timed.map(({ host, least }, i) => {
    if (host.stats.sourcesSounding !== CASES[i].fields) {
      throw new ToolError(`${CASES[i].fields} fields of order ${CASES[i].order}: not all of them sounded`);
    }
    least.sort();
    return { ...CASES[i], ...operations(CASES[i]), p50_us: 1000 * least[BLOCKS >> 1],
      p99_us: 1000 * least[Math.floor(0.99 * BLOCKS)], worst_us: 1000 * least[BLOCKS - 1] };
  });
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title>
<script src="/node_modules/resonance-audio/build/resonance-audio.min.js"></script>
<script type="module">
  import * as bench from '/tests/bench/ambisonics-page.js';
  window.bench = bench;
  window.ready = true;
</script>`;

/**
 * Microseconds a block of 128 frames, less those of a graph that only plays the same 16 channels.
 *
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
export async function benchAmbisonicsInChromium(quick, progress) {
  const seconds = 10;
  const rounds = quick ? 3 : 7;
  const server = await serve({ pages: { '/bench.html': PAGE } });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/bench.html`);
    await page.waitForFunction('window.ready === true', null, { timeout: 60000 });
    const devtools = await browser.newBrowserCDPSession();
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
    const processes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    const jobs = ['base', 'pinna', 'resonance'].flatMap((renderer) => [false, true].map((turning) =>
      ({ renderer, turning, seconds, ms: /** @type {number[]} */ ([]), level: 0 })));
    for (let round = 0; round <= rounds; round++) {
      for (const job of jobs) {
        progress(`soundfields in Chromium, round ${round} of ${rounds}: ${job.renderer}`);
        await page.evaluate(`window.bench.prepareJob(${JSON.stringify(job)})`);
        const before = threadTimes(processes);
        job.level = /** @type {number} */ (await page.evaluate('window.bench.render()'));
        const ran = [...threadTimes(processes)].reduce((sum, [thread, ms]) => sum + ms - (before.get(thread) ?? 0), 0);
        if (!(job.level > 1e-4) || !(ran > 0)) {
          throw new ToolError(`${job.renderer} rendered silence, or its thread's time is not counted here`);
        }
        if (round > 0) { // the compiler's
          job.ms.push(ran);
        }
      }
    }
    const blocks = seconds * SAMPLE_RATE / QUANTUM;
    /** @param {string} renderer @param {boolean} turning */
    const us = (renderer, turning) => 1000 / blocks *
      Math.min(...jobs.filter((job) => job.renderer === renderer && job.turning === turning)[0].ms);
    return ['pinna', 'resonance'].flatMap((renderer) => [false, true].map((turning) =>
      ({ renderer, turning, us: us(renderer, turning) - us('base', turning) })));
  } finally {
    await browser.close();
    await server.close();
  }
}

/**
 * @param {ReturnType<typeof benchAmbisonics>} wasm
 * @param {Awaited<ReturnType<typeof benchAmbisonicsInChromium>>} page
 */
export function ambisonicsReport(wasm, page) {
  return `### Soundfields in wasm: a block of 128 frames\n\n${table(
    ['order', 'fields', 'head', 'p50 us', 'p99', 'worst', '% of budget', 'rotation MAC', 'product MAC', '4-lane FFTs'],
    wasm.map((row) => [row.fields > 0 ? String(row.order) : '-', String(row.fields),
      row.turning ? 'turning' : 'at rest', short(row.p50_us), short(row.p99_us), short(row.worst_us),
      short(100 * row.p50_us / BUDGET_US), String(row.turn), String(row.product), String(row.transforms)]),
  )}\n\n### One soundfield of order 3 in Chromium: a block, less that of playing its 16 channels\n\n${table(
    ['renderer', 'head', 'us'],
    page.map(({ renderer, turning, us }) => [renderer === 'pinna' ? 'pinna' : 'resonance-audio',
      turning ? 'turning' : 'at rest', short(us)]),
  )}\n`;
}
