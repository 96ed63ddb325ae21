// SPDX-License-Identifier: MIT
/**
 * The three browsers for tests: Chromium, Firefox and WebKitGTK, by the drivers of web/perf/drivers.
 *
 *     for (const name of LOCAL_BROWSERS) {
 *       browserTest(name, 'a_claim_in_words', async (browser, t) => { ... });
 *     }
 *
 * Each such test starts a browser of its own and ends it. Where a browser is missing the test is skipped and says what
 * would mend that.
 */
import test from 'node:test';
import { LOCAL_BROWSERS, launchBrowser, whyMissing } from '../../web/perf/drivers/browsers.js';

export { LOCAL_BROWSERS };

/** A browser that never answers is a failure, not a wait. */
const LIMIT_MS = 120000;

/**
 * @param {import('../../web/perf/drivers/browsers.js').LocalBrowser} name
 * @param {string} claim  its name goes before it
 * @param {(browser: import('../../web/perf/drivers/browsers.js').Browser, t: import('node:test').TestContext) =>
 *   Promise<void>} body
 * @param {import('../../web/perf/drivers/browsers.js').LaunchOptions & { limitMs?: number }} [options]
 */
export function browserTest(name, claim, body, { limitMs = LIMIT_MS, ...options } = {}) {
  test(`${name}_${claim}`, { timeout: limitMs, skip: whyMissing(name) ?? false }, async (t) => {
    const browser = await launchBrowser(name, options);
    try {
      await body(browser, t);
    } finally {
      await browser.close();
    }
  });
}
