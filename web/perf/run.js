// SPDX-License-Identifier: MIT
/**
 * Runs the check in browsers, from Node: serves the page that they open, and collects the results.
 */
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { serve } from '../cli/server.js';
import { LOCAL_BROWSERS, launchBrowser, whyMissing } from './drivers/browsers.js';
import { connectWebDriver } from './drivers/web-driver.js';
import { checkBrowser } from './keep-going.js';

/** @typedef {import('./check.js').BrowserResult} BrowserResult */
/** @typedef {import('./drivers/browsers.js').Browser} Browser */
/** @typedef {import('./drivers/browsers.js').LocalBrowser} LocalBrowser */

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
 * @property {number} [stageLimitS]  after so long without news a stage hangs; by default as STAGES says
 * @property {(text: string, fraction: number) => void} [onProgress]
 * @property {(browser: string, breakdown: import('./breakdowns.js').Breakdown) => void} [onBreakdown]
 * @property {(browser: string, error: Error) => void} [onFailure]  of a browser that did not start, or not show the
 *   page, where others are checked as well
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
 * The check in one browser.
 *
 * @param {() => Promise<Browser>} open
 * @param {Site & { resonance: boolean }} site
 * @param {RunOptions} options
 */
function runIn(open, site, { quick, stages, most, stageLimitS, onProgress, onBreakdown, signal }) {
  return checkBrowser(open, `${site.url}/pinna-perf.html`,
    { quick, stages, most, resonanceUrl: site.resonance ? '/resonance-audio.js' : null },
    { stageLimitS, signal, onBreakdown, onProgress: (browser, { title, text }, fraction) =>
      onProgress?.(`${browser}: ${title}${text ? `, ${text}` : ''}`, fraction) });
}

/**
 * The check in browsers of this machine, one after the other.
 *
 * @param {readonly LocalBrowser[]} names
 * @param {RunOptions} [options]
 * @returns {Promise<BrowserResult[]>} of those that could be checked
 * @throws {Error} when none could be
 */
export async function runLocally(names, options = {}) {
  const site = await openSite(options);
  try {
    /** @type {BrowserResult[]} */
    const results = [];
    for (const [i, name] of names.entries()) {
      try {
        results.push(await runIn(() => launchBrowser(name, { sound: true, window: options.window }), site, {
          ...options, onProgress: (text, fraction) => options.onProgress?.(text, (i + fraction) / names.length) }));
      } catch (error) {
        // What others measured counts.
        if (options.signal?.aborted || results.length === 0 && i === names.length - 1 || !(error instanceof Error)) {
          throw error;
        }
        options.onFailure?.(name, error);
      }
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
    return await runIn(() => connectWebDriver({ endpoint, capabilities }), site, options);
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
