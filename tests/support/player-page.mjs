// SPDX-License-Identifier: MIT
/**
 * Pages with players on them, and sounds whose every sample is known.
 *
 * Sounds are served below /media/ by the browser's own interception, so that nothing is written anywhere.
 */
import { chromium } from 'playwright-core';
import { serve } from '../../web/tools/serve.mjs';
import { encode, wavOf } from '../../web/tools/player-sounds.mjs';
import { slowScreen } from './slow-screen.mjs';

export const RATE_HZ = 48000;

/** A Chromium that plays without a gesture: what a test of Playwright's does in a page counts as one anyway. */
export function launchForPlayers() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
}

/** A seeded noise. @param {number} frames @param {number} [seed] @param {number} [gain] */
export function noiseOf(frames, seed = 1, gain = 0.5) {
  const out = new Float32Array(frames);
  let s = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    out[i] = (s / 4294967296 - 0.5) * gain;
  }
  return out;
}

/** Sounds for tests by name. @type {Record<string, () => Float32Array[]>} */
const MEDIA = {
  'mono.wav': () => [noiseOf(4 * RATE_HZ)],
  'stereo.wav': () => [noiseOf(4 * RATE_HZ), noiseOf(4 * RATE_HZ, 7)],
  'left.wav': () => [noiseOf(4 * RATE_HZ), new Float32Array(4 * RATE_HZ)],
  'short.wav': () => [noiseOf(RATE_HZ / 2)],
  // From the left, in third order; ambisonic axes: ahead, left, up.
  'field.wav': () => encode(0, 1, 0).map((gain) => noiseOf(2 * RATE_HZ).map((x) => gain * x)),
  'six.wav': () => Array.from({ length: 6 }, (_, c) => noiseOf(RATE_HZ / 4, c + 1)),
  'ticks.wav': () => [ticks(4)],
  'round.wav': () => [ticks(1)],
};

/** One sample of each tenth of a second is not zero: 0.1 at 0 s, 0.11 at 0.1 s and so on. @param {number} seconds */
function ticks(seconds) {
  const out = new Float32Array(seconds * RATE_HZ);
  for (let k = 0; k < 10 * seconds; k++) {
    out[k * RATE_HZ / 10] = 0.1 + 0.01 * k;
  }
  return out;
}

/** @type {Map<string, Buffer>} */
const made = new Map();

/** @param {string} name */
function media(name) {
  const make = MEDIA[name];
  if (make && !made.has(name)) {
    made.set(name, wavOf(make()));
  }
  return made.get(name);
}

/**
 * Opens a page with the given body.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} body
 * @param {{ isolation?: boolean, csp?: string, head?: string, files?: Record<string, string | Buffer>,
 *   context?: import('playwright-core').BrowserContextOptions,
 *   pages?: Record<string, string>, hold?: Promise<unknown>, tap?: boolean }} [options]  files: others below /media/;
 *   hold: what is below /media/ waits for it; tap: false = nothing can be recorded
 */
export async function openPlayers(browser, body, options = {}) {
  const { isolation = false, csp, head = '', files = {}, pages = {}, hold, tap = true } = options;
  const server = await serve({
    isolation, csp, pages: {
      '/players.html': `<!doctype html><html lang="en"><meta charset="utf-8"><title>players</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}
<script type="module" src="/web/player/index.js"></script><main><h1>Players</h1>${body}</main></html>`,
      ...pages,
    },
  });
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options.context });
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  await page.addInitScript(slowScreen);
  if (tap) {
    await page.addInitScript(tapPage);
  }
  await page.route(({ pathname }) => pathname.startsWith('/media/'), async (route) => {
    const name = new URL(route.request().url()).pathname.split('/media/')[1];
    await hold;
    const bytes = files[name] ?? media(name);
    await (bytes === undefined ? route.fulfill({ status: 404, body: 'not here' }) : route.fulfill({
      body: bytes, headers: { 'content-type': name.endsWith('.wav') ? 'audio/wav' : 'text/plain',
        'cross-origin-resource-policy': 'cross-origin' },
    }).catch(() => {}));
  });
  await page.goto(`${server.url}/players.html`);
  await page.waitForFunction('customElements.get("pinna-player") !== undefined');
  return {
    page,
    url: server.url,
    complaints,
    /** Waits until a player is in a state. @param {string} state @param {string} [which]  a selector */
    state: (state, which = 'pinna-player') => page.waitForFunction(
      ([wanted, selector]) => /** @type {any} */ (document.querySelector(selector)).state === wanted, [state, which],
      { timeout: 30000 }),
    close: async () => {
      await context.close();
      await server.close();
    },
  };
}

/**
 * In the page, before anything else: can record what goes to the destination, with the context's clock.
 *
 * `record(seconds)` resolves to { startFrame, left, right } of the next seconds.
 */
function tapPage() {
  const { connect } = AudioNode.prototype;
  /** @type {GainNode | null} */
  let sum = null;
  /** @type {Promise<AudioWorkletNode> | null} */
  let tap = null;
  const code = `registerProcessor('tap', class extends AudioWorkletProcessor {
    process([input]) {
      const left = input[0] ? input[0].slice() : new Float32Array(128);
      this.port.postMessage([currentFrame, left, input[1] ? input[1].slice() : left]);
      return true;
    }
  });`;
  /** @type {(this: AudioNode, ...args: any[]) => any} */
  const tapped = function tapped(...args) {
    if (args[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      const { context } = this;
      if (sum === null || sum.context !== context) {
        sum = new GainNode(context, { channelCount: 2, channelCountMode: 'explicit' });
        tap = context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
          .then(() => {
            const node = new AudioWorkletNode(context, 'tap', { channelCount: 2, channelCountMode: 'explicit' });
            connect.call(/** @type {GainNode} */ (sum), node);
            connect.call(node, context.destination);
            return node;
          });
        // A page whose policy forbids this tap can be pressed, if not recorded.
        tap.catch(() => {});
      }
      connect.call(this, sum);
    }
    return connect.apply(this, /** @type {any} */ (args));
  };
  AudioNode.prototype.connect = /** @type {any} */ (tapped);
  Object.assign(globalThis, {
    record: async (/** @type {number} */ seconds) => {
      const node = await tap;
      if (node === null) {
        throw new Error('nothing goes to a destination');
      }
      const blocks = Math.ceil(seconds * node.context.sampleRate / 128);
      // What a busy page has not received yet is of the past.
      const fromFrame = node.context.currentTime * node.context.sampleRate;
      /** @type {[number, Float32Array, Float32Array][]} */
      const heard = [];
      await new Promise((resolve) => {
        node.port.onmessage = ({ data }) => {
          if (data[0] >= fromFrame) {
            heard.push(data);
          }
          if (heard.length === blocks) {
            node.port.onmessage = null;
            resolve(undefined);
          }
        };
      });
      return {
        startFrame: heard[0][0],
        left: heard.flatMap(([, left]) => [...left]),
        right: heard.flatMap(([, , right]) => [...right]),
      };
    },
    rms: async (/** @type {number} */ seconds) => {
      const { left, right } = await /** @type {any} */ (globalThis).record(seconds);
      return [left, right].map((samples) =>
        Math.sqrt(samples.reduce((/** @type {number} */ sum2, /** @type {number} */ x) => sum2 + x * x, 0) /
          samples.length));
    },
  });
}
