// SPDX-License-Identifier: MIT
/** The output's latency is told where the browser tells it, and where asking freezes pages nobody asks. */
import assert from 'node:assert/strict';
import { serve } from '../../web/tools/serve.mjs';
import { LOCAL_BROWSERS, browserTest } from '../support/browsers.mjs';

const PAGE = `<!doctype html><meta charset="utf-8"><title>latency</title><link rel="icon" href="data:,">
<script>
  const { prototype } = AudioContext;
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'outputLatency') ?? { get: () => 0 };
  window.asked = 0;
  Object.defineProperty(prototype, 'outputLatency', { configurable: true, get() {
    window.asked++;
    return get.call(this);
  } });
  prototype.getOutputTimestamp = () => {
    window.asked++;
    return {};
  };
</script>
<script type="module">
  import { createPinna } from '/web/index.js';
  window.play = async () => {
    const context = new AudioContext();
    const pinna = await createPinna(context);
    pinna.connect(context.destination);
    const buffer = Float32Array.from({ length: 4800 }, (_, i) => 0.01 * Math.sin(i / 10));
    const source = pinna.createSource({ position: [1, 0, -1], buffer, loop: true, autoplay: true });
    await source.loaded;
    await context.resume();
    const end = performance.now() + 700;
    while (performance.now() < end) {
      pinna.listener.setPose([0, 0, 0], [0, 0, 0, 1], { time: performance.now() });
      void pinna.stats;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { outputS } = pinna.stats.latency;
    const { currentTime } = context;
    await context.close();
    return { asked: window.asked, outputS, currentTime };
  };
</script>`;

for (const name of LOCAL_BROWSERS) {
  const dangerous = name === 'firefox' && process.platform === 'linux';
  browserTest(name, dangerous ? 'is_not_asked_for_its_output_latency_on_linux' : 'is_asked_for_its_output_latency',
    async (browser) => {
      const server = await serve({ pages: { '/latency.html': PAGE } });
      try {
        const page = await browser.newPage();
        await page.goto(`${server.url}/latency.html`);
        await page.waitFor('globalThis.play !== undefined');
        const { asked, outputS, currentTime } = await page.evaluate('play()');
        assert.ok(currentTime > 0);
        assert.ok(outputS >= 0 && outputS < 1);
        assert.equal(asked > 0, !dangerous);
      } finally {
        await server.close();
      }
    }, { sound: true });
}
