// SPDX-License-Identifier: MIT
/**
 * The example pages as a visitor meets them: opened, pressed, dragged, typed at and listened to in a real Chromium.
 *
 *     receiveVisitors();                                     // of a test file: starts a browser and a server for it
 *     test('a_claim_in_words', async () => {
 *       const visitor = await visit('02-orbit/');
 *       await visitor.play();
 *       await heard(visitor, (ears) => leftOverRight(ears) > 3, 'left is louder');
 *       await visitor.close();
 *     });
 *
 * What is heard is tapped where a page hands its sound to the destination, so the pages know nothing of it.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { serve } from '../../web/tools/serve.mjs';
import { makeSounds } from '../../web/tools/sounds.mjs';
import { slowScreen } from '../support/slow-screen.mjs';
import { OF_THE_MACHINE } from './harness.mjs';

/** Long enough for a page to load its sounds and start on a busy machine. */
const START_MS = 60000;

/** What is measured at once: 0.74 s at 44.1 kHz, three bursts of the page's noise; and where speech passes, 0.19 s. */
const MEASURE_FRAMES = 32768;
export const GLIMPSE_FRAMES = 8192;

/** Drawing in software is dear: the scene in three dimensions is visited through a small window. */
const SMALL = { width: 640, height: 480 };

/** Quieter than this is silence: a sixteen-bit sound's last bit. */
export const SILENCE = 2 ** -15;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let isolated;
/** @type {Awaited<ReturnType<typeof serve>>} */
let plain;

/** Starts a browser and two servers before the tests of a file, and ends them after. */
export function receiveVisitors() {
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
}

/**
 * In the page, before anything else: listens to what goes to the destination, above 1.5 kHz, where the head casts a
 * shadow. Below, both ears have the same level.
 *
 * @param {number} usualFrames
 */
function tapEars(usualFrames) {
  /** @type {(this: AudioNode, ...args: any[]) => any} */
  const connect = AudioNode.prototype.connect;
  /** @type {AnalyserNode[]} */
  let taps = [];
  /** @type {BiquadFilterNode | undefined} */
  let high;
  AudioNode.prototype.connect = function tapped(/** @type {any[]} */ ...args) {
    if (args[0] instanceof AudioDestinationNode) {
      Object.assign(globalThis, { heardContext: this.context });
      if (high?.context !== this.context) {
        high = new BiquadFilterNode(this.context, { type: 'highpass', frequency: 1500 });
        const ears = this.context.createChannelSplitter(2);
        connect.call(high, ears);
        taps = [0, 1].map((channel) => {
          const tap = this.context.createAnalyser();
          connect.call(ears, tap, channel);
          return tap;
        });
      }
      connect.call(this, high); // with whatever else goes there: a page may have more than one way
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
export async function visit(where, { isolation = true, context: wishes = {}, prepare } = {}) {
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
  await page.addInitScript(slowScreen);
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
export function leftOverRight([left, right]) {
  return 20 * Math.log10((left + 1e-9) / (right + 1e-9));
}

/**
 * Measures again until the ears agree with the claim or time is up: a moving picture takes a while on a busy machine.
 *
 * @param {Visit} visitor
 * @param {(ears: [number, number]) => boolean} claim
 * @param {string} words
 */
export async function heard(visitor, claim, words) {
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
export async function loudness(visitor, ear) {
  let most = 0;
  for (let i = 0; i < 3; i++) {
    most = Math.max(most, (await visitor.hear())[ear]);
  }
  return most;
}

/**
 * By the mouse, in a picture of the page.
 *
 * @param {Visit} visitor
 * @param {{ x: number, y: number }} from  CSS pixels of the page
 * @param {{ x: number, y: number }} to
 */
export async function drag({ page }, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
}
