// SPDX-License-Identifier: MIT
/**
 * What a source of the bulk tier costs in wasm, beside one of the exact tier in the same run: in this Node, or in
 * Chromium, whose V8 is newer.
 *
 *     node tests/bench/bulk.mjs [--degrees 60] [--chromium]
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, ToolError, asProgram } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { launch } from '../browser/harness.mjs';
import { optionsOf } from '../support/report-program.mjs';
import { QUANTUM, measureBulk } from './bulk-cases.js';

/** A source at K = 8: 512 products and sums of four lanes for the mixture, 256 and 192 for two delays; two a clock. */
const OPERATIONS = 2 * 512 + 256 + 192;

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title><script type="module">
  import { measureBulk } from '/tests/bench/bulk-cases.js';
  const bytes = async (file) => (await fetch(file)).arrayBuffer();
  window.measure = async (degrees) => measureBulk(await WebAssembly.compile(await bytes('/web/dist/pinna.wasm')),
    new Uint8Array(await bytes('/models/kemar/kemar.safetensors')), degrees);
</script>`;

/** @param {number} degrees @returns {Promise<import('./bulk-cases.js').Row[]>} */
async function inChromium(degrees) {
  const server = await serve({ pages: { '/bulk.html': PAGE } });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/bulk.html`);
    await page.waitForFunction('window.measure !== undefined');
    return await page.evaluate(`measure(${degrees})`);
  } finally {
    await browser.close();
    await server.close();
  }
}

asProgram(import.meta.url, async () => {
  const { flags, values } = optionsOf(process.argv.slice(2), ['chromium'], ['degrees']);
  const degrees = Number(values.degrees.at(-1) ?? 60);
  if (!(degrees > 0)) {
    throw new ToolError('--degrees takes how many a second, more than 0.', 2);
  }
  const read = (/** @type {string} */ file) => new Uint8Array(fs.readFileSync(path.join(ROOT, file)));
  const rows = flags.has('chromium') ? await inChromium(degrees) :
    measureBulk(new WebAssembly.Module(read('web/dist/pinna.wasm')), read('models/kemar/kemar.safetensors'), degrees);
  console.log(`us per source and quantum of ${QUANTUM} frames, all moving at ${degrees} degrees a second, K = 8, in ` +
    `${flags.has('chromium') ? 'Chromium' : `Node ${process.versions.node}`}`);
  for (const { name, p50, p99, worst, longest, scene } of rows) {
    const [half, most, last, all, applied] = [p50, p99, worst, longest, scene].map((us) => us.toFixed(3));
    console.log(`${name}  p50 ${half}  p99 ${most}  worst ${last}  longest of all ${all}; a scene ${applied}`);
  }
  console.log(`the floor of a bulk source: ${OPERATIONS} operations of four lanes, two a clock: ` +
    `${(OPERATIONS / 2 / 3400).toFixed(2)} at 3.4 GHz`);
});
