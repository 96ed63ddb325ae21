// SPDX-License-Identifier: MIT
/** `<pinna-player>` in three browsers: what may differ between engines works in each, and where sound is held back. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { HEAR_CONSOLE } from '../../web/perf/drivers/hear-console.js';
import { serve } from '../../web/tools/serve.mjs';
import { makeSounds } from '../../web/tools/sounds.mjs';
import { LOCAL_BROWSERS, browserTest } from '../support/browsers.mjs';

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>players</title><link rel="icon" href="data:,">
<script>
  // What goes to the destination from each player, in the order in which they play.
  const { connect } = AudioNode.prototype;
  window.heard = [];
  AudioNode.prototype.connect = function (...to) {
    if (to[0] instanceof AudioDestinationNode) {
      const tap = this.context.createAnalyser();
      connect.call(this, tap);
      connect.call(tap, to[0]);
      window.heard.push(tap);
      return to[0];
    }
    return connect.apply(this, to);
  };
</script>
<script type="module" src="/web/player/index.js"></script>
<pinna-player id="duo" src="/examples/sounds/player-duo.wav" loop></pinna-player>
<pinna-player id="walk" src="/examples/06-player/walk.json" captions="/examples/06-player/walk.vtt"></pinna-player>
<pinna-player id="field" src="/examples/sounds/player-field.wav"></pinna-player></html>`;

const HELD_BACK = `<!doctype html><html lang="en"><meta charset="utf-8"><title>held back</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script src="/node_modules/axe-core/axe.min.js"></script>
<script type="module" src="/web/player/index.js"></script><main><h1>One player</h1>
<pinna-player src="/examples/sounds/player-duo.wav" autoplay loop></pinna-player>
<button id="press">press</button></main>
<script type="module">
  const player = document.querySelector('pinna-player');
  document.querySelector('#press').addEventListener('click', () => player.play());
</script></html>`;

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  await makeSounds();
  server = await serve({
    isolation: false, inject: HEAR_CONSOLE, pages: { '/players.html': PAGE, '/held-back.html': HELD_BACK },
  });
});
after(() => server.close());

for (const name of LOCAL_BROWSERS.filter((browser) => browser !== 'chromium')) {
  browserTest(name, 'plays_a_stereo_file_a_scene_with_captions_and_a_soundfield_and_seeks', async (browser) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/players.html`);
    for (const id of ['duo', 'walk', 'field']) {
      const heard = await page.evaluate(async (/** @type {string} */ which) => {
        await customElements.whenDefined('pinna-player');
        const player = /** @type {any} */ (document.getElementById(which));
        player.scrollIntoView();
        await player.play();
        player.currentTime = 4;
        const samples = new Float32Array(2048);
        let peak = 0;
        let caption = '';
        // A browser without a screen may show its next picture late; the caption stays for 4.3 s.
        for (let i = 0; i < 20 || (i < 40 && which === 'walk' && !caption); i++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          caption ||= player.shadowRoot.querySelector('.caption').textContent;
          for (const tap of /** @type {any} */ (globalThis).heard) {
            tap.getFloatTimeDomainData(samples);
            peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), peak);
          }
        }
        const found = {
          peak, caption, state: player.state, at: player.currentTime,
          kind: player.shadowRoot.querySelector('.kind').textContent,
        };
        player.pause();
        return { ...found, paused: player.paused };
      }, id);
      assert.equal(heard.state, 'playing', id);
      assert.ok(heard.peak > 0.01, `${id}: ${heard.peak}`);
      assert.ok(heard.at > 5 && heard.at < 10, `${id} is at ${heard.at} s`);
      assert.ok(heard.paused);
      if (id === 'walk') {
        assert.match(heard.caption, /^Guide: I walk around you/);
      }
      if (id === 'field') {
        assert.match(heard.kind, /^Ambisonic, order 3/);
      }
    }
    assert.deepEqual(await page.complaints(), []);
  }, { sound: true });
}

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  const claim = 'holds_sound_back_until_a_gesture_which_the_player_says_accessibly_and_plays_after';
  browserTest(name, claim, async (browser) => {
    const page = await browser.newPage({ tolerate: /AudioContext was (not allowed to start|prevented from starting)/ });
    await page.goto(`${server.url}/held-back.html`);
    await page.waitFor(() => /** @type {any} */ (document.querySelector('pinna-player')).state === 'blocked');
    const held = await page.evaluate(async () => {
      const player = /** @type {any} */ (document.querySelector('pinna-player'));
      const outcome = await player.play().then(() => 'played', (/** @type {Error} */ error) => error.name);
      return { outcome, paused: player.paused, words: player.shadowRoot.querySelector('.cover').textContent };
    });
    assert.equal(held.outcome, 'NotAllowedError');
    assert.equal(held.paused, true);
    assert.match(held.words, /holds the sound back until you allow it.*Let it sound/);
    assert.deepEqual(await page.evaluate(async () => {
      const { violations } = await /** @type {any} */ (globalThis).axe.run(document);
      return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].failureSummary}`);
    }), []);
    await page.click('#press');
    await page.waitFor(() => /** @type {any} */ (document.querySelector('pinna-player')).state === 'playing');
    await page.waitFor(() => /** @type {any} */ (document.querySelector('pinna-player')).pinna.stats.peak[0] > 0.01);
    assert.deepEqual(await page.complaints(), []);
  }, { sound: true, autoplay: false });
}
