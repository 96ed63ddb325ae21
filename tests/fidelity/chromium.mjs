// SPDX-License-Identifier: MIT
/**
 * Two peers in a real Chromium: its own PannerNode, and resonance-audio (npm, exactly 1.0.0, its last release; a
 * development dependency for this comparison only).
 */
import { launch } from '../browser/harness.mjs';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { FRAMES } from './heads.mjs';

const CURVE_POINTS = 2001;
/** Directions given to the page at a time, so that progress can be told. */
const PORTION = 160;

const PAGE = `<!doctype html><meta charset="utf-8"><title>fidelity</title>
<script src="/node_modules/resonance-audio/build/resonance-audio.min.js"></script>
<script type="module">
  import * as peers from '/tests/fidelity/chromium-page.js';
  window.peers = peers;
  await peers.prepare();
  window.ready = true;
</script>`;

/** @typedef {import('./engine.mjs').Ears} Ears */
/** @typedef {import('./engine.mjs').Path} Path */

/** @param {string} text  base64 of floats */
function samplesIn(text) {
  const bytes = Buffer.from(text, 'base64');
  return Float64Array.from(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)));
}

/** One of the page's renderers. */
export class PeerRenderer {
  /**
   * @param {import('playwright-core').Page} page
   * @param {'panner' | 'resonance'} kind
   * @param {(text: string) => void} progress
   */
  constructor(page, kind, progress) {
    this.page = page;
    this.kind = kind;
    this.progress = progress;
  }

  /**
   * @param {ArrayLike<number>[]} directions
   * @param {number} [frames]
   * @returns {Promise<Ears[]>}
   */
  async impulses(directions, frames = FRAMES) {
    /** @type {Ears[]} */
    const out = [];
    for (let from = 0; from < directions.length; from += PORTION) {
      this.progress(`${this.kind}: ${from} of ${directions.length} directions`);
      const some = directions.slice(from, from + PORTION).map((d) => Array.from(d));
      const heard = samplesIn(await this.page.evaluate(
        `window.peers.${this.kind}Impulses(${JSON.stringify(some)}, ${frames})`));
      some.forEach((_, i) => out.push(/** @type {Ears} */ ([0, 1].map((e) =>
        heard.slice((2 * i + e) * frames, (2 * i + e + 1) * frames)))));
    }
    return out;
  }

  /**
   * @param {ArrayLike<number>} signal
   * @param {Path} path
   * @param {number} [jumpFrame]
   * @returns {Promise<Ears>}
   */
  async render(signal, path, jumpFrame = -1) {
    this.progress(`${this.kind}: moving`);
    const points = jumpFrame >= 0 ? [path(0), path(jumpFrame)] :
      Array.from({ length: CURVE_POINTS }, (_, i) => path(i / (CURVE_POINTS - 1) * signal.length));
    const job = { signal: Array.from(signal), path: points.map((p) => Array.from(p)), jumpFrame };
    const heard = samplesIn(await this.page.evaluate(`window.peers.${this.kind}Render(${JSON.stringify(job)})`));
    return [heard.subarray(0, signal.length), heard.subarray(signal.length)];
  }
}

/**
 * @template T
 * @param {(text: string) => void} progress
 * @param {(renderers: { panner: PeerRenderer, resonance: PeerRenderer }, version: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPeers(progress, work) {
  const server = await serve({ root: ROOT, pages: { '/fidelity.html': PAGE } });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${server.url}/fidelity.html`);
    await page.waitForFunction('window.ready === true', null, { timeout: 60000 });
    const result = await work({
      panner: new PeerRenderer(page, 'panner', progress),
      resonance: new PeerRenderer(page, 'resonance', progress),
    }, browser.version());
    if (problems.length > 0) {
      throw new ToolError(`the page had errors:\n${problems.join('\n')}`);
    }
    return result;
  } finally {
    await browser.close();
    await server.close();
  }
}

