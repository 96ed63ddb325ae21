// SPDX-License-Identifier: MIT
/**
 * Runs the check in browsers, from Node: serves the page, opens it, follows its progress, and collects the results.
 */
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { serve } from '../cli/server.js';
import { LOCAL_BROWSERS, launchBrowser, whyMissing } from './drivers/browsers.js';
import { connectWebDriver } from './drivers/web-driver.js';

/** @typedef {import('./check.js').BrowserResult} BrowserResult */
/** @typedef {import('./drivers/browsers.js').Browser} Browser */
/** @typedef {import('./drivers/browsers.js').LocalBrowser} LocalBrowser */

const POLL_MS = 250;

/** A page that tells no progress for so long hangs. */
const SILENT_MS = 180000;

/** The page that is opened: it does nothing until it is told to. */
const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>pinna performance check</title><link rel="icon" href="data:,">
<style>body { font: 18px/1.5 system-ui, sans-serif; padding: 2rem; color-scheme: light dark }
progress { width: 100% }</style>
<h1>pinna performance check</h1><p id="text">Waiting for Node.</p><progress id="bar" max="1" value="0"></progress>
<script type="module" src="/web/perf/driven-page.js"></script></html>`;

/**
 * @typedef {object} RunOptions
 * @property {boolean} [quick]
 * @property {readonly import('./stages.js').StageKey[]} [stages]
 * @property {number} [most]        live sources
 * @property {boolean} [isolation]  cross-origin isolated pages; true
 * @property {boolean} [window]     show the browsers
 * @property {string} [listen]      address to serve at, for browsers elsewhere; 127.0.0.1
 * @property {number} [port]        and at which port; any
 * @property {string} [pageUrl]     the server as browsers elsewhere reach it
 * @property {(text: string, fraction: number) => void} [onProgress]
 * @property {AbortSignal} [signal]
 */

/** @typedef {{ url: string, close: () => Promise<void> }} Site */

/** resonance-audio, where the project has it: it is compared, and not needed. */
function findResonance() {
  try {
    const file = fileURLToPath(import.meta.resolve('resonance-audio/build/resonance-audio.min.js'));
    return fs.existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The site that the check runs on.
 *
 * @param {RunOptions} options
 * @returns {Promise<Site & { resonance: boolean }>}
 */
async function openSite({ isolation, listen, port, pageUrl }) {
  const resonance = findResonance();
  const server = await serve({
    isolation, listen, port, pages: { '/pinna-perf.html': PAGE },
    files: resonance ? { '/resonance-audio.js': resonance } : {},
  });
  return { url: pageUrl?.replace(/\/$/, '') ?? server.url, close: server.close, resonance: resonance !== undefined };
}

/**
 * The check in one browser, which is closed afterwards.
 *
 * @param {Browser} browser
 * @param {Site & { resonance: boolean }} site
 * @param {RunOptions} options
 * @returns {Promise<BrowserResult>}
 * @throws {Error} when it was aborted, or the page broke down
 */
async function runIn(browser, site, { quick = false, stages, most, onProgress, signal }) {
  /** @type {BrowserResult | null} what a page that breaks down leaves */
  let soFar = null;
  const named = (/** @type {BrowserResult} */ result) =>
    ({ ...result, browser: `${browser.name} ${browser.version}`.trim(), engine: browser.kind });
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}/pinna-perf.html`);
    await page.waitFor('globalThis.pinnaPerf !== undefined');
    await page.evaluate((/** @type {any} */ wishes) => {
      /** @type {any} */ (globalThis).pinnaPerf.start(wishes);
    }, { quick, stages, most, resonanceUrl: site.resonance ? '/resonance-audio.js' : null });
    let last = '';
    let heardAt = Date.now();
    for (;;) {
      const state = await page.evaluate('globalThis.pinnaPerf.state()').catch((error) => {
        if (soFar === null) {
          throw error;
        }
        return { error: `the page broke down (${error.message})` };
      });
      soFar = state.soFar ?? soFar;
      const said = JSON.stringify(state.progress ?? null);
      if (state.progress && said !== last) {
        last = said;
        heardAt = Date.now();
      }
      if (state.result) {
        return named(state.result);
      }
      const silent = Date.now() - heardAt > SILENT_MS;
      if (state.error || silent) {
        const message = state.error ?? `nothing happened for ${SILENT_MS / 1000} s`;
        if (soFar === null) {
          throw new Error(`${browser.name}: ${message}`);
        }
        const { stage = 'check', text = '' } = JSON.parse(last || '{}');
        return named({ ...soFar, problems: [...soFar.problems,
          { stage, message: `${message}${text ? `, at: ${text}` : ''}; nothing was measured after that` }] });
      }
      if (signal?.aborted) {
        await page.evaluate('globalThis.pinnaPerf.cancel()');
        throw new Error('cancelled');
      }
      if (state.progress) {
        onProgress?.(`${browser.name}: ${state.progress.title}${state.progress.text ? `, ${state.progress.text}` : ''}`,
          state.progress.fraction);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await browser.close().catch(() => {
      // What was measured counts; a browser that does not close well has been ended.
    });
  }
}

/**
 * The check in browsers of this machine, one after the other.
 *
 * @param {readonly LocalBrowser[]} names
 * @param {RunOptions} [options]
 * @returns {Promise<BrowserResult[]>}
 */
export async function runLocally(names, options = {}) {
  const site = await openSite(options);
  try {
    /** @type {BrowserResult[]} */
    const results = [];
    for (const [i, name] of names.entries()) {
      const browser = await launchBrowser(name, { sound: true, window: options.window });
      results.push(await runIn(browser, site, { ...options,
        onProgress: (text, fraction) => options.onProgress?.(text, (i + fraction) / names.length) }));
    }
    return results;
  } finally {
    await site.close();
  }
}

/**
 * The check in a browser behind a WebDriver endpoint.
 *
 * @param {string} endpoint
 * @param {object} capabilities
 * @param {RunOptions} [options]
 * @returns {Promise<BrowserResult>}
 */
export async function runRemotely(endpoint, capabilities, options = {}) {
  const site = await openSite(options);
  try {
    return await runIn(await connectWebDriver({ endpoint, capabilities }), site, options);
  } finally {
    await site.close();
  }
}

/** Browsers that are here; all of them where none is asked for. @returns {LocalBrowser[]} */
export function browsersHere() {
  return LOCAL_BROWSERS.filter((name) => whyMissing(name) === undefined);
}

/** This machine, in words. */
export function describeMachine() {
  const [cpu] = os.cpus();
  return `${cpu?.model.trim().replace(/\s+/g, ' ') ?? 'unknown processor'}, ${os.cpus().length} cores, ` +
    `${os.type()} ${os.release().split('-', 1)[0]}`;
}
