// SPDX-License-Identifier: MIT
/**
 * Every example, opened and set going in Chromium, Firefox and WebKitGTK: nothing to complain of in any console.
 *
 * New examples are found by themselves; one whose button is not #play says here what it is.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { ROOT } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { makeSounds } from '../../web/tools/sounds.mjs';
import { browserTest } from '../support/browsers.mjs';
import { SAYS, listenToWebKit, whyNoWebKitConsole } from '../support/webkit-console.mjs';
import { OF_THE_MACHINE } from './harness.mjs';

const EXAMPLES = fs.readdirSync(path.join(ROOT, 'examples')).filter((name) => /^\d\d-/.test(name)).sort();

/** What sets an example going, and what tells that it goes. @type {Record<string, { press: string, going: string }>} */
const OTHER_BUTTONS = {
  '05-performance-check': { press: '#play', going: '#play[data-state="running"]' },
  // Its buttons are within its elements: pressing them is for the player's own tests.
  '06-player': { press: 'pinna-player', going: 'pinna-player' },
};
const USUAL = { press: '#play', going: '#play[data-state="playing"]' };

/** Goes on for so long after it began: what a page complains of, it does not always at once. */
const LISTEN_MS = 1000;

/** Scenes in three dimensions are drawn in software here. */
const START_MS = 60000;
const LIMIT_MS = 280000;

/** @param {string} name */
function buttonOf(name) {
  return OTHER_BUTTONS[name] ?? USUAL;
}

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

before(async () => {
  await makeSounds();
  server = await serve();
});

after(() => server.close());

for (const browserName of /** @type {const} */ (['chromium', 'firefox'])) {
  browserTest(browserName, 'has_nothing_to_complain_of_in_any_example', async (browser, t) => {
    for (const name of ['', ...EXAMPLES]) {
      await t.test(name || 'the_list', async () => {
        const page = await browser.newPage({ width: 800, height: 600, tolerate: OF_THE_MACHINE });
        await page.goto(`${server.url}/examples/${name}${name && '/'}`);
        if (name !== '') {
          const { press, going } = buttonOf(name);
          await page.waitFor((/** @type {string} */ selector) => document.querySelector(selector) !== null, START_MS,
            press);
          await page.click(press);
          await page.waitFor((/** @type {string} */ selector) => {
            const problem = document.querySelector('#problem, [role="alert"]:not([hidden])');
            if (problem instanceof HTMLElement && !problem.hidden && problem.innerText.trim() !== '') {
              throw new Error(problem.innerText);
            }
            return document.querySelector(selector) !== null;
          }, START_MS, going).catch(async (error) => {
            const { state, status } = await page.evaluate((/** @type {string} */ selector) => ({
              state: document.querySelector(selector)?.outerHTML,
              status: document.querySelector('#status')?.textContent,
            }), press);
            throw new Error(`${error.message}\n${state}\n${status}\n${(await page.complaints()).join('\n')}`);
          });
        }
        await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
        assert.deepEqual(await page.complaints(), []);
        await page.close();
      });
    }
    // A window: Firefox draws no WebGL without one.
  }, { sound: true, window: browserName === 'firefox', limitMs: LIMIT_MS });
}

/**
 * In the page: presses, waits, and tells.
 *
 * @param {{ press: string, going: string, says: string, listenMs: number }} wishes
 */
function pressAndTell({ press, going, says, listenMs }) {
  const began = Date.now();
  const done = (/** @type {string} */ word) => setTimeout(() => console.log(`${says} ${word}`), listenMs);
  let pressed = false;
  const look = setInterval(() => {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(press));
    if (button !== null && !pressed && document.readyState === 'complete') {
      pressed = true;
      // Modules have run by now; what they wait for before they listen is waited for too.
      setTimeout(() => button.click(), 500);
    }
    if (document.querySelector(going) !== null) {
      clearInterval(look);
      done('done');
    } else if (Date.now() - began > 50000) {
      clearInterval(look);
      done(`failed ${document.querySelector('#problem')?.textContent ?? ''}`);
    }
  }, 100);
}

for (const name of EXAMPLES) {
  test(`webkits_own_console_has_no_complaint_of_${name.replaceAll('-', '_')}`,
    { timeout: 2 * START_MS, skip: whyNoWebKitConsole() }, async () => {
      const wishes = JSON.stringify({ ...buttonOf(name), says: SAYS, listenMs: LISTEN_MS });
      const own = await serve({ inject: `(${pressAndTell.toString()})(${wishes});` });
      try {
        const { complaints, said } = await listenToWebKit(`${own.url}/examples/${name}/`, START_MS);
        assert.deepEqual(said, ['done']);
        assert.deepEqual(complaints, []);
      } finally {
        await own.close();
      }
    });
}

test('the_console_of_webkit_is_heard_at_all', { timeout: START_MS, skip: whyNoWebKitConsole() }, async () => {
  const own = await serve({ pages: { '/loud.html': '<!doctype html><title>loud</title><script>' +
    `console.warn('a warning'); setTimeout(() => { console.log('${SAYS} done'); }, 500); throw new Error('an error');` +
    '</script>' } });
  try {
    const { complaints, said } = await listenToWebKit(`${own.url}/loud.html`, 30000);
    assert.deepEqual(said, ['done']);
    assert.equal(complaints.length, 2, complaints.join('\n'));
  } finally {
    await own.close();
  }
});
