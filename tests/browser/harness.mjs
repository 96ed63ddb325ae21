// SPDX-License-Identifier: MIT
/**
 * A real Chromium on pages of the project's own server.
 *
 * Code under test runs in the page: `page.evaluate` of a function that gets `pinna`, the module, as a global. What
 * comes back is plain data; samples travel as Float32Arrays in base64.
 */
import assert from 'node:assert/strict';
import nodeTest from 'node:test';
import { chromium } from 'playwright-core';
import { serve } from '../../web/tools/serve.mjs';

/** A name of this machine that browsers do not trust, unlike 127.0.0.1. */
export const INSECURE_HOST = 'insecure.test';

/** What drawing in software says to those who take pictures of it: of this machine, not of the page. */
export const OF_THE_MACHINE = /GL Driver Message \(OpenGL, Performance.*GPU stall due to ReadPixels/;

const PAGE = `<!doctype html><meta charset="utf-8"><title>test</title>
<script type="module" nonce="test">
  import * as module from '/web/index.js';
  window.pinnaModule = module;
  window.samplesOut = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };
  // A seeded noise: the same in the page and in Node.
  window.noise = (frames, seed = 1) => {
    const out = new Float32Array(frames);
    let s = seed >>> 0;
    for (let i = 0; i < frames; i++) {
      s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
      out[i] = (s / 4294967296 - 0.5) * 0.5;
    }
    return out;
  };
  window.ready = true;
</script>`;

/**
 * A test that ends in a minute, or when it is told to: a page that never answers is a failure, not a wait.
 *
 * @param {string} name
 * @param {(t: import('node:test').TestContext) => Promise<void>} body
 * @param {number} [limitMs]
 */
export function test(name, body, limitMs = 60000) {
  nodeTest(name, { timeout: limitMs }, body);
}

/** The page's noise. @param {number} frames @param {number} [seed] */
export function noise(frames, seed = 1) {
  const out = new Float32Array(frames);
  let s = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    out[i] = (s / 4294967296 - 0.5) * 0.5;
  }
  return out;
}

/** @param {string} text  of the page's samplesOut */
export function samplesIn(text) {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/**
 * A Chromium that plays without a gesture; its output device is its own silent one.
 *
 * @param {string[]} [args]  more of the command line; the last of two that disagree counts
 */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required',
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`, ...args],
  });
}

/**
 * A page that has imported pinna.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('../../web/tools/serve.mjs').ServeOptions & { host?: string }} [options]
 */
export async function open(browser, options = {}) {
  const server = await serve({ ...options, pages: { '/test.html': PAGE, ...options.pages } });
  const page = await browser.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`http://${options.host ?? '127.0.0.1'}:${server.port}/test.html`);
  await page.waitForFunction('window.ready === true', null, { timeout: 30000 });
  return {
    page,
    url: server.url,
    /** Errors that nobody caught in the page. */
    problems,
    close: async () => {
      await page.close();
      await server.close();
    },
  };
}

/**
 * Runs a function in a fresh page, which must have nothing to complain of.
 *
 * @template T, A
 * @param {import('playwright-core').Browser} browser
 * @param {(argument: A) => Promise<T>} body
 * @param {A} argument
 * @returns {Promise<T>}
 */
export async function inFreshPage(browser, body, argument) {
  const session = await open(browser);
  try {
    const result = await session.page.evaluate(/** @type {any} */ (body), argument);
    assert.deepEqual(session.problems, []);
    return result;
  } finally {
    await session.close();
  }
}
