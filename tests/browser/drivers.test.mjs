// SPDX-License-Identifier: MIT
/** The drivers do in every browser what they promise: the same page, the same answers, and nothing left behind. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test, { after, before } from 'node:test';
import { serve } from '../../web/tools/serve.mjs';
import { launchBrowser, whyMissing } from '../../web/perf/drivers/browsers.js';
import { HEAR_CONSOLE } from '../../web/perf/drivers/hear-console.js';
import { LOCAL_BROWSERS, browserTest } from '../support/browsers.mjs';

const QUIET = `<!doctype html><meta charset="utf-8"><title>quiet</title><link rel="icon" href="data:,">
<style>button { margin: 200px } @media (max-width: 600px) { body { background: rgb(0 128 0) } }</style>
<div style="height: 3000px"></div><button id="press">press</button>
<script>
  document.querySelector('#press').addEventListener('click', (event) => {
    window.pressed = { trusted: event.isTrusted, active: navigator.userActivation?.hasBeenActive };
  });
</script>`;

const LOUD = `<!doctype html><meta charset="utf-8"><title>loud</title><link rel="icon" href="data:,">
<script>
  console.log('only told');
  console.warn('a warning of the page');
  console.error('an error of the page', 7);
  setTimeout(() => { throw new Error('nobody caught this'); });
  fetch('/not-here.json');
  setTimeout(() => { window.said = true; }, 300);
</script>`;

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

before(async () => {
  server = await serve({ inject: HEAR_CONSOLE, pages: { '/quiet.html': QUIET, '/loud.html': LOUD } });
});

after(() => server.close());

for (const name of LOCAL_BROWSERS) {
  browserTest(name, 'runs_functions_in_the_page_and_brings_their_answers_and_errors_back', async (browser) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/quiet.html`);
    assert.equal(await page.evaluate('document.title'), 'quiet');
    assert.deepEqual(await page.evaluate(async (/** @type {any} */ a, /** @type {string} */ b) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { a, b: `${b}“ü”` };
    }, { list: [1, null, 'x'] }, 'text'), { a: { list: [1, null, 'x'] }, b: 'text“ü”' });
    // Longer than the frames and packets that it comes in.
    assert.equal((await page.evaluate('"pinna".repeat(200000)')).length, 1000000);
    await assert.rejects(page.evaluate(() => { throw new RangeError('too far'); }), /in the page: RangeError: too far/);
    await assert.rejects(page.waitFor('window.never', 200), /not in 0.2 s: window.never/);
    assert.equal(await page.waitFor('document.title === "quiet" && 5'), 5);
    assert.equal(await page.evaluate('crossOriginIsolated'), true);
    assert.deepEqual(await page.complaints(), []);
    assert.match(browser.version, /^\d+\./);
    assert.equal(browser.kind, name);
  });

  browserTest(name, 'presses_as_a_person_does_and_takes_pictures_at_the_size_that_was_asked_for', async (browser) => {
    const page = await browser.newPage({ width: 1000, height: 600 });
    await page.goto(`${server.url}/quiet.html`);
    assert.deepEqual(await page.evaluate('[innerWidth, innerHeight]'), [1000, 600]);
    await page.click('#press');
    const pressed = await page.waitFor('window.pressed');
    assert.equal(pressed.trusted, true);
    assert.notEqual(pressed.active, false);
    await page.resize(500, 500);
    assert.equal(await page.waitFor('innerWidth === 500 && getComputedStyle(document.body).backgroundColor'),
      'rgb(0, 128, 0)');
    const picture = await page.screenshot();
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [500, 500]);
  });

  browserTest(name, 'hears_warnings_errors_what_nobody_caught_and_what_is_missing', async (browser) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/loud.html`);
    await page.waitFor('window.said');
    await page.waitFor('new Promise((resolve) => setTimeout(() => resolve(true), 200))');
    const heard = (await page.complaints()).join('\n');
    assert.match(heard, /warn[^:]*: a warning of the page/);
    assert.match(heard, /error: an error of the page 7/);
    assert.match(heard, /nobody caught this/);
    assert.match(heard, /not-here\.json.*404|404.*not-here\.json/s);
    assert.doesNotMatch(heard, /only told/);
    await page.close();
    const next = await browser.newPage({ tolerate: /a warning of|nobody|404/ });
    await next.goto(`${server.url}/loud.html`);
    await next.waitFor('window.said');
    await next.waitFor('new Promise((resolve) => setTimeout(() => resolve(true), 200))');
    const left = await next.complaints();
    assert.ok(left.length > 0 && left.every((text) => /an error of the page/.test(text)), left.join('\n'));
  });

  browserTest(name, 'plays_sound_without_a_gesture_in_real_time', async (browser) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/quiet.html`);
    const { ranS, wallS } = await page.evaluate(async () => {
      const context = new AudioContext();
      await context.resume();
      const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
      // Starting may take a second and a half.
      await sleep(1500);
      const [from, began] = [context.currentTime, performance.now()];
      await sleep(1500);
      const result = { ranS: context.currentTime - from, wallS: (performance.now() - began) / 1000 };
      await context.close();
      return result;
    });
    assert.ok(ranS > 0.5 * wallS && ranS < 1.5 * wallS, `${ranS} s of sound in ${wallS} s`);
  }, { sound: true });
}

test('a_browser_that_is_not_there_is_named_with_the_mend', async () => {
  const saved = { PATH: process.env.PATH, CHROMIUM: process.env.CHROMIUM };
  process.env.PATH = '/nowhere';
  delete process.env.CHROMIUM;
  try {
    assert.match(whyMissing('firefox') ?? '', /firefox is not on this machine; install Firefox .*firefox-esr/);
    await assert.rejects(launchBrowser('chromium'), /chromium is not on this machine; install Chromium/);
  } finally {
    Object.assign(process.env, saved.CHROMIUM === undefined ? { PATH: saved.PATH } : saved);
  }
});

test('an_ended_browser_leaves_no_process_and_no_folder', { skip: whyMissing('firefox') ?? false }, async () => {
  const browser = await launchBrowser('firefox', { sound: true });
  const ours = () => fs.readdirSync('/proc').filter((id) => /^\d+$/.test(id)).filter((id) => {
    try {
      return /\/pinna-(firefox|sound)-/.test(fs.readFileSync(`/proc/${id}/cmdline`, 'utf8')) &&
        belongsTo(Number(id), process.pid);
    } catch {
      return false; // ended meanwhile
    }
  });
  const folders = ours().map((id) => {
    const command = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return /(\/\S*\/pinna-(firefox|sound)-\w+)/.exec(command)?.[1];
  });
  assert.ok(folders.length > 0 && folders.every((folder) => folder && fs.existsSync(folder)));
  await browser.close();
  assert.deepEqual(ours(), []);
  assert.deepEqual(folders.filter((folder) => folder && fs.existsSync(folder)), []);
});

/** Whether a process descends from another. @param {number} id @param {number} ancestor @returns {boolean} */
function belongsTo(id, ancestor) {
  if (id <= 1) {
    return false;
  }
  const parent = Number(/\) \w (\d+) /.exec(fs.readFileSync(`/proc/${id}/stat`, 'utf8'))?.[1] ?? 0);
  return parent === ancestor || belongsTo(parent, ancestor);
}
