// SPDX-License-Identifier: MIT
/**
 * Pictures of the player in each state, at phone and desktop size, light and dark: to be looked at.
 *
 *     node tests/player/shots.mjs [--out .build/player-shots] [state ...]
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, asProgram } from '../../web/tools/process.mjs';
import { launchBrowser } from '../../web/perf/drivers/browsers.js';
import { serve } from '../../web/tools/serve.mjs';
import { makeSounds } from '../../web/tools/sounds.mjs';
import { launchForPlayers, openPlayers } from '../support/player-page.mjs';

/** @typedef {Awaited<ReturnType<typeof openPlayers>>} Opened */

const DUO = '/examples/sounds/player-duo.wav';
const WALK = 'src="/examples/06-player/walk.json" captions="/examples/06-player/walk.vtt" label="A walk with a guide"';

/** How to bring a player into each state. */
const STATES = {
  idle: { html: `<pinna-player preload="none" src="${DUO}" label="Duo for tabla and guitar"></pinna-player>` },
  loading: { html: '<pinna-player src="/media/stereo.wav" label="Duo for tabla and guitar"></pinna-player>', hold: true,
    to: async (/** @type {Opened} */ { page, state }) => {
      await state('loading');
      await page.waitForTimeout(300);
    } },
  paused: { html: `<pinna-player src="${DUO}" label="Duo for tabla and guitar"></pinna-player>`,
    to: async (/** @type {Opened} */ { state, page }) => {
      await state('paused');
      await page.waitForTimeout(500);
    } },
  playing: { html: `<pinna-player ${WALK}></pinna-player>`,
    to: async (/** @type {Opened} */ { page, state }) => {
      await state('paused');
      await page.evaluate(() => {
        const player = /** @type {any} */ (document.querySelector('pinna-player'));
        player.currentTime = 4;
        return player.play();
      });
      await page.waitForTimeout(1500);
    } },
  field: { html: '<pinna-player src="/examples/sounds/player-field.wav" label="In the middle of it"></pinna-player>',
    to: async (/** @type {Opened} */ { page, state }) => {
      await state('paused');
      await page.evaluate(() => /** @type {any} */ (document.querySelector('pinna-player')).play());
      await page.waitForTimeout(3500);
    } },
  moved: { html: `<pinna-player src="${DUO}" label="Duo for tabla and guitar" loop strength="0.6"></pinna-player>`,
    to: async (/** @type {Opened} */ { page, state }) => {
      await state('paused');
      await page.evaluate(() => {
        const player = /** @type {any} */ (document.querySelector('pinna-player'));
        player.moveSource('Left', [-1.2, 0.6, 0.8]);
        player.turnHead(-0.6);
        player.muted = true;
        player.currentTime = 9;
      });
      await page.locator('pinna-player').getByRole('button', { name: /^Left/ }).focus();
      await page.waitForTimeout(500);
    } },
  ended: { html: `<pinna-player src="${DUO}" label="Duo for tabla and guitar"></pinna-player>`,
    to: async (/** @type {Opened} */ { page, state }) => {
      await state('paused');
      await page.evaluate(() => {
        const player = /** @type {any} */ (document.querySelector('pinna-player'));
        player.currentTime = player.duration - 0.3;
        return player.play();
      });
      await state('ended');
      await page.waitForTimeout(700);
    } },
  error: { html: '<pinna-player src="/media/six.wav" label="Six channels"></pinna-player>',
    to: async (/** @type {Opened} */ { state, page }) => {
      await state('error');
      await page.waitForTimeout(300);
    } },
};

const SIZES = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1000, height: 460 }, deviceScaleFactor: 1 },
};

/**
 * What it looks like where sound is held back: by a driver whose looking does not count as a gesture.
 *
 * @param {string} out
 */
async function blocked(out) {
  const server = await serve({
    isolation: false, pages: {
      '/blocked.html': `<!doctype html><html lang="en"><meta charset="utf-8"><title>blocked</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body{margin:20px;background:#f1eee7}@media(prefers-color-scheme:dark){body{background:#0c0e12}}</style>
<script type="module" src="/web/player/index.js"></script>
<pinna-player autoplay src="${DUO}" label="Duo for tabla and guitar"></pinna-player></html>`,
    },
  });
  const browser = await launchBrowser('chromium', { autoplay: false });
  for (const [size, { viewport }] of Object.entries(SIZES)) {
    for (const dark of [false, true]) {
      const page = await browser.newPage({ ...viewport, dark });
      await page.goto(`${server.url}/blocked.html`);
      await page.waitFor('document.querySelector("pinna-player").state === "blocked"');
      fs.writeFileSync(path.join(out, `blocked-${size}-${dark ? 'dark' : 'light'}.png`), await page.screenshot());
      await page.close();
    }
  }
  await browser.close();
  await server.close();
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf('--out');
  const out = path.resolve(at < 0 ? path.join(ROOT, '.build/player-shots') : args.splice(at, 2)[1]);
  fs.mkdirSync(out, { recursive: true });
  await makeSounds();
  if (args.length === 0 || args.includes('blocked')) {
    await blocked(out);
  }
  for (const [name, { html, to, hold }] of Object.entries(STATES)) {
    if (args.length > 0 && !args.includes(name)) {
      continue;
    }
    const browser = await launchForPlayers();
    for (const [size, context] of Object.entries(SIZES)) {
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        /** @type {() => void} */
        let release = () => {};
        const held = hold ? new Promise((resolve) => {
          release = () => resolve(undefined);
        }) : undefined;
        const opened = await openPlayers(browser, html, {
          context: { ...context, colorScheme }, hold: held,
          head: '<style>body{margin:20px;background:#f1eee7}h1{display:none}main{max-width:60rem}' +
            '@media(prefers-color-scheme:dark){body{background:#0c0e12}}</style>',
        });
        await to?.(opened);
        await opened.page.screenshot({ path: path.join(out, `${name}-${size}-${colorScheme}.png`) });
        release();
        opened.complaints.forEach((complaint) => console.log(`${name} ${size} ${colorScheme}: ${complaint}`));
        await opened.close();
      }
    }
    await browser.close();
  }
  console.log(out);
});
