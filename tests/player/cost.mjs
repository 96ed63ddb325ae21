// SPDX-License-Identifier: MIT
/**
 * What players of one page cost, in a real Chromium: each has an engine of its own, and all share a context.
 *
 *     node tests/player/cost.mjs
 */
import { asProgram } from '../../web/tools/process.mjs';
import { launchForPlayers, openPlayers } from '../support/player-page.mjs';

const COUNTS = [1, 2, 4, 8];

asProgram(import.meta.url, async () => {
  const browser = await launchForPlayers();
  console.log('players  first sound of the last, ms  load of all playing, p50  wasm memory, MB');
  for (const count of COUNTS) {
    const { page, close } = await openPlayers(browser,
      '<pinna-player src="/media/stereo.wav" loop></pinna-player>'.repeat(count), { tap: false });
    const row = await page.evaluate(async () => {
      const players = /** @type {any[]} */ ([...document.querySelectorAll('pinna-player')]);
      players.forEach((player) => player.load());
      let startMs = 0;
      for (const player of players) {
        while (player.state !== 'paused') {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const then = performance.now();
        await player.play();
        startMs = performance.now() - then;
      }
      const watch = async (/** @type {number} */ ms) => {
        for (const end = performance.now() + ms; performance.now() < end;) {
          players.forEach((player) => player.pinna.stats);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      };
      await watch(4000);
      const load = players.reduce((sum, player) => sum + player.pinna.stats.load.p50, 0);
      const memory = players.reduce((sum, player) => sum + player.pinna.stats.memoryBytes, 0) / 1e6;
      return { startMs, load, memory };
    });
    console.log(`${String(count).padStart(7)}  ${row.startMs.toFixed(0).padStart(28)}  ` +
      `${`${(100 * row.load).toFixed(2)} %`.padStart(23)}  ${row.memory.toFixed(1).padStart(15)}`);
    await close();
  }
  await browser.close();
});
