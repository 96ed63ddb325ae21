// SPDX-License-Identifier: MIT
/**
 * The example pages as a visitor meets them: opened, pressed, dragged, typed at and listened to in a real Chromium.
 *
 * What is heard is tapped where a page hands its sound to the destination, so the pages know nothing of it.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { ROOT } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { SOUNDS, makeSounds } from '../../web/tools/sounds.mjs';
import { OF_THE_MACHINE } from './harness.mjs';

/** That play; the others have tests of their own. */
const EXAMPLES = ['01-five-lines', '02-orbit', '03-webxr', '04-linn'];
const OTHERS = ['05-performance-check', '06-player'];

/** Long enough for a page to load its sounds and start on a busy machine. */
const START_MS = 60000;

/** What is measured at once: 0.74 s at 44.1 kHz, three bursts of the page's noise; and where speech passes, 0.19 s. */
const MEASURE_FRAMES = 32768;
const GLIMPSE_FRAMES = 8192;

/** Drawing in software is dear: the scene in three dimensions is visited through a small window. */
const SMALL = { width: 640, height: 480 };

/** Quieter than this is silence: a sixteen-bit sound's last bit. */
const SILENCE = 2 ** -15;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let isolated;
/** @type {Awaited<ReturnType<typeof serve>>} */
let plain;

before(async () => {
  await makeSounds();
  isolated = await serve();
  plain = await serve({ isolation: false });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    // Its microphone beeps. Sound starts by the test's own clicks: nothing is allowed beforehand.
    args: ['--no-sandbox', '--use-fake-device-for-media-stream'],
  });
});

after(async () => {
  await browser?.close();
  await isolated?.close();
  await plain?.close();
});

/** In the page, before anything else: listens to what goes to the destination. @param {number} usualFrames */
function tapEars(usualFrames) {
  /** @type {(this: AudioNode, ...args: any[]) => any} */
  const connect = AudioNode.prototype.connect;
  /** @type {AnalyserNode[]} */
  let taps = [];
  /** @type {ChannelSplitterNode | undefined} */
  let split;
  AudioNode.prototype.connect = function tapped(/** @type {any[]} */ ...args) {
    if (args[0] instanceof AudioDestinationNode) {
      Object.assign(globalThis, { heardContext: this.context });
      if (split?.context !== this.context) {
        const ears = split = this.context.createChannelSplitter(2);
        taps = [0, 1].map((channel) => {
          const tap = this.context.createAnalyser();
          connect.call(ears, tap, channel);
          return tap;
        });
      }
      connect.call(this, split); // with whatever else goes there: a page may have more than one way
    }
    return connect.apply(this, args);
  };
  Object.assign(globalThis, {
    earsRms: (frames = usualFrames) => taps.map((tap) => {
      tap.fftSize = frames;
      const samples = new Float32Array(tap.fftSize);
      tap.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    }),
  });
}

/**
 * Opens a page as a visitor.
 *
 * @param {string} where  below examples/
 * @param {{ isolation?: boolean, context?: import('playwright-core').BrowserContextOptions,
 *   prepare?: (page: import('playwright-core').Page) => Promise<unknown> }} [options]
 */
async function visit(where, { isolation = true, context: wishes = {}, prepare } = {}) {
  const viewport = where.startsWith('03') ? SMALL : { width: 1280, height: 800 };
  const context = await browser.newContext({ viewport, ...wishes });
  const page = await context.newPage();
  page.setDefaultTimeout(START_MS);
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type()) && !OF_THE_MACHINE.test(message.text())) {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  await page.addInitScript(tapEars, MEASURE_FRAMES);
  await prepare?.(page);
  const { url } = isolation ? isolated : plain;
  await page.goto(`${url}/examples/${where}`);
  const status = () => page.locator('#status').textContent();
  return {
    page,
    context,
    complaints,
    status,
    /** Presses play and waits for sound. */
    play: async () => {
      await page.click('#play');
      await page.locator('#play:is([data-state="playing"], [data-state="failed"])').waitFor();
      assert.match(await status() ?? '', /^Playing/, await page.locator('#problem').innerText());
    },
    /** Both ears after the tap has been filled anew. */
    hear: async () => {
      await page.waitForTimeout(850);
      return /** @type {[number, number]} */ (await page.evaluate('earsRms()'));
    },
    /** Whether something is heard within a few seconds: even a spoken sentence has rests. */
    sounds: async () => {
      await page.waitForFunction('Math.min(...earsRms()) > 0.001', null, { timeout: 15000 });
    },
    close: () => context.close(),
  };
}

/** @typedef {Awaited<ReturnType<typeof visit>>} Visit */

/** How much louder left is than right, dB. @param {[number, number]} ears */
function leftOverRight([left, right]) {
  return 20 * Math.log10((left + 1e-9) / (right + 1e-9));
}

/**
 * Measures again until the ears agree with the claim or time is up: a moving picture takes a while on a busy machine.
 *
 * @param {Visit} visitor
 * @param {(ears: [number, number]) => boolean} claim
 * @param {string} words
 */
async function heard(visitor, claim, words) {
  /** @type {[number, number]} */
  let ears = [0, 0];
  for (let tries = 0; tries < 8; tries++) {
    ears = await visitor.hear();
    if (claim(ears)) {
      return ears;
    }
  }
  return assert.fail(`${words}; heard ${ears.map((rms) => rms.toFixed(5)).join(' left, ')} right`);
}

/**
 * The loudest of a few measurements: what a busy machine leaves out of one is in another.
 *
 * @param {Visit} visitor
 * @param {0 | 1} ear
 */
async function loudness(visitor, ear) {
  let most = 0;
  for (let i = 0; i < 3; i++) {
    most = Math.max(most, (await visitor.hear())[ear]);
  }
  return most;
}

// The list

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
    assert.equal((await visitor.page.request.get(`${isolated.url}/examples/${href}`)).status(), 200);
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

// Every page

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

// 01

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

// 02

/** Only the noise sounds, straight ahead at 1.5 m, and nothing moves by itself. @param {Visit} visitor */
async function onlyNoise(visitor) {
  const { page } = visitor;
  await page.locator('#moving').uncheck();
  for (const name of ['Voice', 'Tabla', 'Guitar', 'Bell']) {
    await page.getByRole('button', { name: `Mute ${name}` }).click();
  }
  await page.getByRole('button', { name: 'Mute Noise' }).click();
  const noise = page.locator('#view-top .handle').filter({ hasText: 'Noise' });
  await noise.focus();
  await noise.press('Home');
  return noise;
}

/** The middle of a view in the page, and its pixels per metre. @param {Visit} visitor @param {string} view */
async function middle(visitor, view) {
  const box = await visitor.page.locator(view).boundingBox();
  assert.ok(box);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, metre: box.width / 8.48 };
}

/** @param {Visit} visitor @param {{ x: number, y: number }} from @param {{ x: number, y: number }} to */
async function drag({ page }, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
}

test('orbit_reports_what_sounds_and_by_which_way_poses_travel', async () => {
  for (const isolation of [true, false]) {
    const visitor = await visit('02-orbit/', { isolation });
    await visitor.play();
    const stat = (/** @type {string} */ name) => visitor.page.locator(`[data-stat="${name}"]`);
    await stat('sounding').filter({ hasText: '4 of 6' }).waitFor();
    assert.equal(await stat('transport').textContent(), isolation ? 'shared memory' : 'messages');
    assert.match(await stat('p50').textContent() ?? '', /^(< )?[\d.]+ %$/);
    assert.match(await stat('latency').textContent() ?? '', /^0 \+ \d+ ms$/);
    assert.match(await visitor.page.locator('.load-bar').getAttribute('aria-valuenow') ?? '', /^\d+\.\d$/);
    await visitor.close();
  }
});

test('dragging_a_source_from_side_to_side_moves_it_from_ear_to_ear', async () => {
  for (const isolation of [true, false]) {
    const visitor = await visit('02-orbit/', { isolation });
    await visitor.play();
    await onlyNoise(visitor);
    const { x, y, metre } = await middle(visitor, '#view-top');
    await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 2.5, 'ahead, both ears are alike');
    await drag(visitor, { x, y: y - 1.5 * metre }, { x: x - 1.5 * metre, y });
    await heard(visitor, (ears) => leftOverRight(ears) > 6, 'on the left, the left ear is louder');
    await drag(visitor, { x: x - 1.5 * metre, y }, { x: x + 1.5 * metre, y });
    await heard(visitor, (ears) => leftOverRight(ears) < -6, 'on the right, the right ear is louder');
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
});

test('a_finger_drags_a_source_as_a_mouse_does', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true, viewport: { width: 820, height: 1180 } } });
  await visitor.play();
  await onlyNoise(visitor);
  const { x, y, metre } = await middle(visitor, '#view-top');
  const finger = await visitor.context.newCDPSession(visitor.page);
  const touch = (/** @type {string} */ type, /** @type {{ x: number, y: number }[]} */ touchPoints) =>
    finger.send('Input.dispatchTouchEvent', { type: /** @type {'touchMove'} */ (type), touchPoints });
  await touch('touchStart', [{ x, y: y - 1.5 * metre }]);
  for (let i = 1; i <= 10; i++) {
    await touch('touchMove', [{ x: x - 0.15 * i * metre, y: y - (1.5 - 0.15 * i) * metre }]);
  }
  await touch('touchEnd', []);
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'a finger put it on the left');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('keys_move_a_source_round_the_head_as_a_drag_does_and_space_mutes_it', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  const noise = await onlyNoise(visitor);
  const { page } = visitor;
  const place = () => noise.getAttribute('aria-label');
  for (let i = 0; i < 3; i++) {
    await noise.press('Shift+ArrowLeft');
    await noise.press('Shift+ArrowDown');
  }
  assert.equal(await place(), 'Noise: left, 1.5 m');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'keys put it on the left');
  for (let i = 0; i < 6; i++) {
    await noise.press('Shift+ArrowRight');
  }
  assert.equal(await place(), 'Noise: right, 1.5 m');
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'keys put it on the right');
  const near = await loudness(visitor, 1);
  for (let i = 0; i < 3; i++) {
    await noise.press('Shift++');
  }
  assert.equal(await place(), 'Noise: right, 3.0 m');
  // Twice as far is half as loud (the inverse law); the noise itself varies by a decibel.
  await heard(visitor, (ears) => ears[1] < 0.65 * near, 'it is further away');
  const ratio = near / await loudness(visitor, 1);
  assert.ok(Math.abs(ratio - 2) < 0.3, `twice as far is ${ratio.toFixed(2)} times quieter, not 2`);
  await noise.press('-');
  assert.equal(await place(), 'Noise: right, 2.9 m');
  for (let i = 0; i < 5; i++) {
    await noise.press('PageUp');
  }
  assert.match(await place() ?? '', /^Noise: right, 2\.9 m, 0\.5 m up$/);
  await page.locator('#live').filter({ hasText: '0.5 m up' }).waitFor({ state: 'attached' });
  await noise.press(' ');
  assert.match(await place() ?? '', /, muted$/);
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'muted, nothing sounds');
  await page.locator('[data-stat="sounding"]').filter({ hasText: '0 of 6' }).waitFor();
  await noise.press(' ');
  await heard(visitor, (ears) => Math.max(...ears) > 0.005, 'it sounds again');
  await noise.press('Delete');
  assert.equal(await page.locator('#sources li').count(), 5);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('tab_reaches_every_source_with_a_visible_focus', async () => {
  const visitor = await visit('02-orbit/');
  const { page } = visitor;
  /** @type {string[]} */
  const reached = [];
  for (let i = 0; i < 60 && reached.length < 7; i++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      const inView = element.closest('#view-top') !== null;
      return { inView, label: element.getAttribute('aria-label') ?? '',
        outline: parseFloat(getComputedStyle(element).outlineWidth) };
    });
    if (focus.inView) {
      assert.ok(focus.outline >= 2, `${focus.label} shows no focus`);
      reached.push(focus.label.split(':')[0]);
    }
  }
  assert.deepEqual(reached.sort(), ['Bell', 'Guitar', 'Noise', 'Piano', 'Tabla', 'Voice', 'Your head']);
  await visitor.close();
});

test('the_view_from_the_right_changes_height_and_depth_and_keeps_the_side', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  const noise = await onlyNoise(visitor);
  const { x, y, metre } = await middle(visitor, '#view-side');
  await drag(visitor, { x: x + 1.5 * metre, y }, { x: x - metre, y: y - 1.5 * metre });
  await visitor.page.locator('#view-top [aria-label="Noise: behind, 1.8 m, 1.5 m up"]').waitFor();
  // The keys go on where the mouse left it.
  assert.equal(await noise.evaluate((element) => element === document.activeElement), true);
  await visitor.close();
});

test('sliders_and_switches_change_the_chosen_source', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const detail = page.locator('#detail');
  await detail.getByLabel('Direction').fill('-90');
  await page.locator('#view-top [aria-label="Noise: left, 1.5 m"]').waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'the slider put it on the left');
  const loud = await loudness(visitor, 0);
  await detail.getByLabel('Gain').fill('0.4');
  await heard(visitor, (ears) => ears[0] < 0.65 * loud, 'it is quieter');
  const ratio = loud / await loudness(visitor, 0);
  assert.ok(Math.abs(ratio - 2) < 0.3, `half the gain is ${ratio.toFixed(2)} times quieter, not 2`);
  // Head-locked, it stays at the left ear however the head is turned.
  await detail.getByLabel('Head-locked').check();
  await page.locator('#turn').fill('180');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'it turned with the head');
  await detail.getByLabel('Head-locked').uncheck();
  await page.locator('#turn').fill('0');
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'let go, it stays where it was, now on the right');
  await detail.getByLabel('Doppler').check();
  await page.locator('#limiter').uncheck();
  await page.locator('#volume').fill('0');
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'without volume nothing sounds');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('turning_the_head_by_mouse_and_by_keys_turns_what_is_heard', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const { x, y, metre } = await middle(visitor, '#view-top');
  // The nose is taken and led to the right: what was ahead is now on the left.
  await page.mouse.move(x, y - 12);
  await page.mouse.down();
  await page.mouse.move(x + 1.5 * metre, y - 1.5 * metre, { steps: 6 });
  await page.mouse.move(x + 2 * metre, y, { steps: 6 });
  await page.mouse.up();
  await page.locator('#head-words').filter({ hasText: '90° to the right' }).waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'the head looks right');
  const head = page.locator('#view-top .head');
  await head.focus();
  await head.press('Home');
  for (let i = 0; i < 18; i++) {
    await head.press('ArrowLeft');
  }
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'keys turned it to the left');
  await page.locator('#straight').click();
  await drag(visitor, { x: x - 2 * metre, y: y + 3 * metre }, { x: x - 2 * metre + 225, y: y + 3 * metre });
  await page.locator('#head-words').filter({ hasText: '90° to the right' }).waitFor();
  await visitor.close();
});

test('a_telephone_that_is_turned_turns_the_head', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true, viewport: { width: 820, height: 1180 } } });
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const sensor = await visitor.context.newCDPSession(page);
  const hold = (/** @type {number} */ alpha) =>
    sensor.send('DeviceOrientation.setDeviceOrientationOverride', { alpha, beta: 90, gamma: 0 });
  await hold(30);
  await page.locator('#phone').click();
  await page.locator('#phone[aria-pressed="true"]').waitFor();
  await hold(30);
  await page.waitForTimeout(300);
  // Anticlockwise, seen from above, by a right angle in steps that a hand could make.
  for (let i = 1; i <= 30; i++) {
    await hold(30 + 3 * i);
    await page.waitForTimeout(16);
  }
  await page.locator('#head-words').filter({ hasText: '90° to the left' }).waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'what was ahead is on the right');
  await page.locator('#phone').click();
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 2.5, 'let go, the head looks ahead again');
  await visitor.close();
});

test('without_a_motion_sensor_the_page_says_so', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true } });
  await visitor.page.locator('#phone').click();
  await visitor.page.locator('#trouble').waitFor();
  assert.match(await visitor.page.locator('#trouble').innerText(), /No motion sensor answers here/);
  await visitor.close();
});

test('less_motion_is_respected_until_the_user_asks_for_it', async () => {
  const visitor = await visit('02-orbit/', { context: { reducedMotion: 'reduce' } });
  const { page } = visitor;
  await visitor.play();
  assert.equal(await page.locator('#moving').isChecked(), false);
  assert.ok(await page.locator('#calm').isVisible());
  const voice = page.locator('#sources li').filter({ hasText: 'Voice' }).locator('.place');
  const place = await voice.textContent();
  await page.waitForTimeout(1500);
  assert.equal(await voice.textContent(), place);
  await page.locator('#moving').check();
  await page.waitForFunction((before) => document.querySelector('#sources .place')?.textContent !== before, place);
  await visitor.close();
});

test('the_users_own_file_becomes_a_source_by_picker_and_by_drop_and_others_are_refused_in_words', async () => {
  const visitor = await visit('02-orbit/');
  const { page } = visitor;
  await page.locator('#file').setInputFiles(path.join(SOUNDS, 'loop-safari.wav'));
  const added = page.locator('#sources li').filter({ hasText: 'loop-safari' });
  await added.waitFor();
  // Choosing a file is a gesture: the page plays.
  await page.locator('[data-stat="sounding"]').filter({ hasText: '5 of 7' }).waitFor();
  await page.locator('#file').setInputFiles({
    name: 'notes.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('no sound'),
  });
  await page.locator('#trouble').waitFor();
  assert.match(await page.locator('#trouble').innerText(), /“notes\.mp3” is not a sound that this browser can decode/);
  assert.equal(await page.locator('#sources li').count(), 7);
  await page.locator('#trouble').getByRole('button', { name: 'Close' }).click();
  const wav = fs.readFileSync(path.join(SOUNDS, 'say-front-left.wav')).toString('base64');
  await page.evaluate((text) => {
    const carried = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], 'dropped.wav', { type: 'audio/wav' }));
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
    }
  }, wav);
  await page.locator('#sources li').filter({ hasText: 'dropped' }).waitFor();
  await page.locator('#more').selectOption({ label: 'Choir' });
  await page.locator('#sources li').filter({ hasText: 'Choir' }).waitFor();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_microphone_becomes_a_source_when_allowed', async () => {
  const visitor = await visit('02-orbit/', { context: { permissions: ['microphone'] } });
  const { page } = visitor;
  await visitor.play();
  await onlyNoise(visitor);
  await page.getByRole('button', { name: 'Mute Noise' }).click();
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'nothing sounds before');
  await page.locator('#microphone').click();
  await page.locator('#sources li').filter({ hasText: 'Microphone' }).waitFor();
  // Chromium's own microphone beeps once a second.
  await page.waitForFunction('Math.max(...earsRms()) > 0.002', null, { timeout: 15000 });
  await page.locator('#detail').getByRole('button', { name: 'Remove' }).click();
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'removed, it is silent');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('a_refused_microphone_is_told_in_words', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.page.locator('#microphone').click();
  await visitor.page.locator('#trouble').waitFor();
  assert.match(await visitor.page.locator('#trouble').innerText(), /microphone was not allowed: allow it/);
  assert.equal(await visitor.page.locator('#sources li').count(), 6);
  await visitor.close();
});

// 03

/** Only the tabla sounds, ahead on the left, and nothing moves by itself. @param {Visit} visitor */
async function onlyTabla({ page }) {
  await page.locator('summary').click();
  await page.locator('#moving').uncheck();
  for (const name of ['Voice', 'Guitar', 'Bell', 'Bee']) {
    await page.locator('#things').getByLabel(name).uncheck();
  }
}

/** Drags the picture to the right, which turns the head to the left by 96 degrees. @param {Visit} visitor */
async function turnLeft(visitor) {
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
}

test('without_a_headset_the_page_says_so_and_the_mouse_turns_the_head', async () => {
  const visitor = await visit('03-webxr/');
  await visitor.page.locator('#xr').filter({ hasText: 'No headset is connected' }).waitFor();
  assert.equal(await visitor.page.locator('#enter').isDisabled(), true);
  await visitor.play();
  await onlyTabla(visitor);
  await heard(visitor, (ears) => leftOverRight(ears) > 3, 'the drum stands on the left');
  await turnLeft(visitor);
  await heard(visitor, (ears) => leftOverRight(ears) < -3, 'the head turned left, the drum is on the right');
  await visitor.page.locator('#world').focus();
  await visitor.page.keyboard.down('ArrowRight');
  await heard(visitor, (ears) => leftOverRight(ears) > 3, 'held, the key turns the head on, until the drum is left');
  await visitor.page.keyboard.up('ArrowRight');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('a_browser_without_webxr_is_told_so', async () => {
  const visitor = await visit('03-webxr/', {
    prepare: (page) => page.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'xr');
    }),
  });
  await visitor.page.locator('#xr').filter({ hasText: 'This browser has no WebXR' }).waitFor();
  await visitor.play();
  await visitor.sounds();
  await visitor.close();
});

for (const isolation of [true, false]) {
  test(`in_an_emulated_headset_poses_arrive_and_the_sound_follows_a_head_turn_${
    isolation ? 'with' : 'without'}_isolation`, async () => {
    const visitor = await visit('03-webxr/?emulate=1', { isolation });
    const { page } = visitor;
    await page.locator('#xr').filter({ hasText: 'An emulated headset is ready' }).waitFor();
    await onlyTabla(visitor);
    await page.locator('#enter').click();
    const poses = async () => Number(await page.locator('#xr').getAttribute('data-poses'));
    await page.waitForFunction(() => Number(document.getElementById('xr')?.dataset.poses) > 10);
    assert.match(await page.locator('#xr').textContent() ?? '', /^In VR: tracking, \d+ poses\.$/);
    await heard(visitor, (ears) => leftOverRight(ears) > 3, 'the drum stands on the left');
    const first = await poses();
    await turnLeft(visitor);
    await heard(visitor, (ears) => leftOverRight(ears) < -3, 'the headset turned left, the drum is on the right');
    assert.ok(await poses() > first);
    await page.locator('#enter').filter({ hasText: 'Leave VR' }).click();
    await page.locator('#enter').filter({ hasText: 'Enter VR' }).waitFor();
    await heard(visitor, (ears) => leftOverRight(ears) < -3, 'back on the page the head is turned as it was');
    await page.locator('#enter').click();
    await page.locator('#enter').filter({ hasText: 'Leave VR' }).waitFor();
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
}

// 04

/** The talker stands, in no room. @param {Visit} visitor @param {number} degrees  to the right of ahead */
async function standAt({ page }, degrees) {
  await page.locator('#place').fill(String(degrees));
  await page.locator('#echo').fill('0');
}

test('each_renderer_puts_the_talker_on_his_side_but_bypass_which_puts_him_in_the_middle', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  await visitor.play();
  await standAt(visitor, 270);
  for (const key of ['1', '2', '3']) {
    await page.keyboard.press(key);
    await heard(visitor, (ears) => leftOverRight(ears) > 6, `renderer ${key}: the talker is on the left`);
  }
  await page.keyboard.press('4');
  assert.equal(await visitor.status(), 'Playing: Bypass.');
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 0.1, 'bypass: the same in both ears');
  await page.getByLabel('Measured').first().check({ force: true });
  assert.equal(await visitor.status(), 'Playing: Measured.');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'measured again');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_picture_shows_both_ears_of_the_chosen_renderer_and_the_measured_head_for_comparison', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  const curves = () => page.locator('#pictures .curve').evaluateAll((paths) =>
    paths.map((path) => (path.getAttribute('d') ?? '').split('L').length));
  const cell = (/** @type {string} */ name) => page.locator(`[data-stat="${name}"]`).textContent();
  await page.locator('[data-stat="parameters"]').filter({ hasText: /\d,\d{3}/ }).waitFor();
  // The curves come after the facts: the next time that the picture is drawn.
  await page.waitForFunction(`[...document.querySelectorAll('#pictures .curve')]
    .every((path) => (path.getAttribute('d') ?? '').split('L').length > 100)`);
  assert.match(await cell('bytes') ?? '', /^\d\d kB$/);
  await page.keyboard.press('1');
  assert.equal(await cell('parameters'), 'none');
  assert.equal((await curves()).filter((points) => points > 100).length, 4);
  // The left ear's level moves with the talker.
  const before = await page.locator('#pictures .curve.left:not(.ghost)').first().getAttribute('d');
  await standAt(visitor, 90);
  assert.notEqual(await page.locator('#pictures .curve.left:not(.ghost)').first().getAttribute('d'), before);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_blind_test_hides_what_would_tell_counts_answers_and_gives_everything_back', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  await visitor.play();
  await page.locator('#pick-b').selectOption('hrtf');
  assert.equal(await page.locator('#begin').isDisabled(), true);
  await page.locator('#pick-b').selectOption('bypass');
  await standAt(visitor, 270);
  await page.locator('#begin').click();
  for (const id of ['#filter', '#cost', '#blind-off']) {
    assert.equal(await page.locator(id).isVisible(), false);
  }
  assert.equal(await page.locator('#renderers input').first().isDisabled(), true);
  assert.equal(await visitor.status(), 'Playing: which one, is for you to say.');
  await page.keyboard.press('a');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'A is the measured head');
  await page.keyboard.press('b');
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 0.1, 'B is bypass');
  for (let trial = 1; trial <= 5; trial++) {
    await page.locator('[data-listen="X"]').click();
    const x = Math.abs(leftOverRight(await visitor.hear())) > 3 ? 'A' : 'B';
    await page.locator(`[data-answer="${x}"]`).click();
    assert.equal(await page.locator('#trials li').count(), trial);
  }
  assert.equal(await page.locator('#score').textContent(), '5 of 5 right, p = 0.031. You hear a difference.');
  assert.deepEqual(await page.locator('#trials .right').count(), 5);
  await page.locator('#end').click();
  assert.equal(await page.locator('#filter').isVisible(), true);
  assert.equal(await visitor.status(), 'Playing: LINN.');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_talker_stands_where_motion_is_unwelcome_and_can_be_walked_by_keys_and_by_hand', async () => {
  const visitor = await visit('04-linn/', { context: { reducedMotion: 'reduce' } });
  const { page } = visitor;
  await visitor.play();
  assert.equal(await page.locator('#walking').isChecked(), false);
  assert.ok(await page.locator('#calm').isVisible());
  const where = () => page.locator('#where').textContent();
  const place = await where();
  await page.waitForTimeout(1200);
  assert.equal(await where(), place);
  await page.locator('#place').focus();
  await page.keyboard.press('PageUp');
  await page.waitForFunction((before) => document.getElementById('where')?.textContent !== before, place);
  const box = await page.locator('#room svg').boundingBox();
  const talker = await page.locator('.talker').boundingBox();
  assert.ok(box && talker);
  await page.mouse.move(talker.x + talker.width / 2, talker.y + talker.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.locator('#where').filter({ hasText: /^left,/ }).waitFor();
  await page.keyboard.press('w');
  const before = await where();
  await page.waitForFunction((words) => document.getElementById('where')?.textContent !== words, before);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
