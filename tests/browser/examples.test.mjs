// SPDX-License-Identifier: MIT
/** The example pages, all of them: the list, the phone, what is missing or refused told in words; and the first. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../../web/tools/process.mjs';
import { GLIMPSE_FRAMES, leftOverRight, receiveVisitors, visit } from './visitor.mjs';

/** That play; the others have tests of their own. */
const EXAMPLES = ['01-five-lines', '02-orbit', '03-webxr', '04-linn'];
const OTHERS = ['05-performance-check', '06-player'];

receiveVisitors();

test('the_list_names_every_example_in_one_sentence_and_each_link_opens', async () => {
  const folders = fs.readdirSync(path.join(ROOT, 'examples')).filter((name) => /^\d\d-/.test(name)).sort();
  assert.deepEqual(folders, [...EXAMPLES, ...OTHERS].sort());
  const visitor = await visit('');
  const links = await visitor.page.locator('.list a').evaluateAll((anchors) =>
    anchors.map((anchor) => ({
      href: anchor.getAttribute('href'), words: anchor.querySelector('strong + span')?.textContent,
    })));
  assert.deepEqual(links.map(({ href }) => href), folders.map((folder) => `${folder}/`));
  for (const { href, words } of links) {
    assert.match(words ?? '', /^[A-Z][^.]+\.$/s);
    assert.equal((await visitor.page.request.get(new URL(href, visitor.page.url()).href)).status(), 200);
  }
  assert.match(await visitor.page.locator('.hint').innerText(), /headphones/);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('no_page_is_wider_than_the_screen_of_a_phone_or_a_desktop', async () => {
  for (const where of ['', ...EXAMPLES, ...OTHERS]) {
    const visitor = await visit(where && `${where}/`);
    for (const viewport of [{ width: 320, height: 640 }, { width: 390, height: 844 }, { width: 1280, height: 800 }]) {
      await visitor.page.setViewportSize(viewport);
      await visitor.page.waitForTimeout(200);
      const width = await visitor.page.evaluate('document.documentElement.scrollWidth');
      assert.ok(width <= viewport.width, `${where || 'the list'} is ${width} px wide on ${viewport.width}`);
    }
    await visitor.close();
  }
});

for (const isolation of [true, false]) {
  for (const where of EXAMPLES) {
    const how = isolation ? 'with_cross_origin_isolation' : 'without_cross_origin_isolation';
    test(`${where.replaceAll('-', '_')}_plays_without_a_complaint_${how}`, async () => {
      const visitor = await visit(`${where}/`, { isolation });
      assert.equal(await visitor.page.evaluate('crossOriginIsolated'), isolation);
      await visitor.play();
      await visitor.sounds();
      assert.match(await visitor.status() ?? '', /^Playing/);
      assert.equal(await visitor.page.locator('#problem').isVisible(), false);
      await visitor.page.click('#play');
      await visitor.page.locator('#play[data-state="paused"]').waitFor();
      assert.equal(await visitor.status(), 'Paused.');
      await visitor.play();
      await visitor.sounds();
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    });
  }
}

test('a_missing_wasm_is_told_in_words_on_every_page_and_trying_again_mends_it', async () => {
  for (const where of EXAMPLES) {
    const visitor = await visit(`${where}/`, {
      prepare: (page) => page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: 'gone' })),
    });
    await visitor.page.click('#play');
    const panel = visitor.page.locator('#problem');
    await panel.waitFor();
    assert.match(await panel.innerText(), /pinna(-linn)?\.wasm[^]*npm run build[^]*Code: wasm-missing/);
    assert.equal(await panel.getAttribute('role'), 'alert');
    await visitor.page.unroute('**/*.wasm');
    await panel.getByRole('button', { name: 'Try again' }).click();
    await visitor.page.locator('#play[data-state="playing"]').waitFor();
    await visitor.sounds();
    assert.equal(await panel.isVisible(), false);
    await visitor.close();
  }
});

test('a_browser_without_audio_worklets_is_told_so_in_words', async () => {
  for (const where of ['01-five-lines', '02-orbit']) {
    const visitor = await visit(`${where}/`, {
      prepare: (page) => page.addInitScript(() => {
        Reflect.deleteProperty(BaseAudioContext.prototype, 'audioWorklet');
      }),
    });
    await visitor.page.click('#play');
    await visitor.page.locator('#problem').waitFor();
    assert.match(await visitor.page.locator('#problem').innerText(), /AudioWorklet[^]*Code: no-audio-worklet/);
    await visitor.close();
  }
});

test('missing_sounds_are_told_in_words_that_name_npm_start', async () => {
  for (const where of ['01-five-lines', '02-orbit']) {
    const visitor = await visit(`${where}/`, {
      prepare: (page) => page.route('**/sounds/*.wav', (route) => route.fulfill({ status: 404, body: 'gone' })),
    });
    await visitor.page.click('#play');
    await visitor.page.locator('#problem').waitFor();
    assert.match(await visitor.page.locator('#problem').innerText(), /\.wav is not there \(404\): npm start/);
    await visitor.close();
  }
});

test('a_context_that_the_system_suspends_is_told_in_words_and_one_press_brings_it_back', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  await visitor.page.evaluate('heardContext.suspend()');
  await visitor.page.locator('#play[data-state="blocked"]').waitFor();
  assert.match(await visitor.status() ?? '', /holds the sound back until you allow it: press the button/);
  await visitor.page.getByRole('button', { name: 'Let it sound' }).click();
  await visitor.page.locator('#play[data-state="playing"]').waitFor();
  await visitor.sounds();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_five_lines_on_the_page_are_the_lines_that_run', async () => {
  const visitor = await visit('01-five-lines/');
  await visitor.page.locator('#code .line').first().waitFor();
  const shown = (await visitor.page.locator('#code .line').allTextContents()).map((line) => line.trim());
  const file = fs.readFileSync(path.join(ROOT, 'examples/01-five-lines/five-lines.js'), 'utf8');
  const code = file.replace(/\/\*[^]*?\*\/|\/\/.*/g, '').split('\n').map((line) => line.trim()).filter(Boolean);
  // All that the page leaves out is the function's frame.
  assert.deepEqual(code.filter((line) => !/^(export async function .*|return pinna;|\})$/.test(line)), shown);
  assert.equal(shown.length, 5);
  await visitor.close();
});

test('the_voice_of_the_five_lines_is_heard_where_the_picture_shows_it', async () => {
  const visitor = await visit('01-five-lines/');
  await visitor.play();
  for (const [side, sign] of /** @type {const} */ ([['left', 1], ['right', -1]])) {
    let told = 0;
    // A rest of the sentence may fall on the place; the next round has another word there.
    for (let round = 0; round < 6 && told === 0; round++) {
      await visitor.page.waitForFunction((word) => document.getElementById('where')?.textContent === word, side);
      await visitor.page.waitForTimeout(450);
      const ears = /** @type {[number, number]} */ (await visitor.page.evaluate(`earsRms(${GLIMPSE_FRAMES})`));
      told = Math.max(...ears) > 0.003 ? leftOverRight(ears) : 0;
      await visitor.page.waitForFunction((word) => document.getElementById('where')?.textContent !== word, side);
    }
    assert.ok(sign * told > 3, `the voice on the ${side}: left is ${told.toFixed(1)} dB above right`);
  }
  await visitor.close();
});
