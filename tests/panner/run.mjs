// SPDX-License-Identifier: MIT
/**
 * `npm run panner`: the subtests of suite.js against the browsers' PannerNodes and against pinna's in them.
 *
 *     npm run panner                      in Chromium and Firefox, where they are; prints what fails
 *     npm run panner -- --browser firefox in this one
 *     npm run panner -- --write           and writes tests/panner/RESULTS.md
 */
import fs from 'node:fs';
import { launchBrowser, whyMissing } from '../../web/perf/drivers/browsers.js';
import { build } from '../../web/tools/build.mjs';
import { ToolError, asProgram } from '../../web/tools/process.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { setup } from '../../web/tools/setup.mjs';
import { subtestsInPage } from './page.mjs';

const RESULTS = new URL('RESULTS.md', import.meta.url);

const BROWSERS = /** @type {const} */ (['chromium', 'firefox']);

/** Subtests of one subject take a minute or two. */
const LIMIT_MS = 400000;

/** Why a subtest fails, by what it says; the first that fits. @type {[RegExp, string][]} */
const REASONS = [
  [/automationRate is undefined/, 'the browser has no AudioParam.automationRate (its params are all a-rate)'],
  [/cancelAndHoldAtTime is not a function/, 'the browser has no AudioParam.cancelAndHoldAtTime'],
  [/listener: .*(not an AudioParam|is undefined)|listener.positionZ is undefined/,
    'the browser\'s AudioListener has methods only, no AudioParams'],
  [/equalpower: the listener's position can be automated/,
    'the browser renders \'equalpower\', and its own listener cannot be automated'],
  [/equalpower: ref 10, max 2/, 'the browser renders \'equalpower\', and does not order refDistance and maxDistance'],
  [/HRTF: ref 10, max 2/, 'the browser does not order refDistance and maxDistance'],
  [/setPosition and setOrientation set the params/,
    'the params do not show what the methods set before something is rendered'],
  [/makes no click/, 'the step from block to block is heard'],
  [/HRTF: setValueAtTime moves the source/, 'a new place is reached some blocks later'],
];

/** @typedef {import('./page.mjs').Row} Row */
/** @typedef {{ name: string, native: Row[], pinna: Row[] }} Outcome  of a browser */

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf('--browser');
  const only = at >= 0 ? args[at + 1] : undefined;
  await setup(['build', 'browser']);
  await build();
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const name of BROWSERS.filter((browser) => only === undefined || browser === only)) {
    const missing = whyMissing(name);
    if (missing) {
      console.log(missing);
    } else {
      outcomes.push(await runIn(name));
    }
  }
  if (outcomes.length === 0) {
    throw new ToolError('there is no browser to run in', 2);
  }
  if (args.includes('--write')) {
    fs.writeFileSync(RESULTS, report(outcomes));
  }
});

/** @param {'chromium' | 'firefox'} name @returns {Promise<Outcome>} */
async function runIn(name) {
  const empty = '<!doctype html><meta charset="utf-8"><title>panner</title>';
  const server = await serve({ pages: { '/panner.html': empty } });
  const browser = await launchBrowser(name);
  /** @param {'native' | 'pinna'} which @returns {Promise<Row[]>} */
  const rowsOf = async (which) => {
    const started = Date.now();
    const page = await browser.newPage();
    await page.goto(`${server.url}/panner.html`);
    // Not one long answer: protocols have limits.
    await page.evaluate(`void (${subtestsInPage.toString()})('${which}').then(
      (rows) => { globalThis.outcome = { rows }; },
      (error) => { globalThis.outcome = { error: String(error) }; })`);
    const { rows, error } = await page.waitFor('globalThis.outcome', LIMIT_MS);
    await page.close();
    if (error) {
      throw new ToolError(`${name}, ${which}: ${error}`);
    }
    console.log(`${name}, ${which}: ${passes(rows)} of ${rows.length} pass, ` +
      `${((Date.now() - started) / 1000).toFixed(0)} s`);
    for (const row of failed(rows)) {
      console.log(`  ✖ ${row.group}: ${row.name}: ${row.error}`);
    }
    return rows;
  };
  try {
    return { name: `${browser.name} ${browser.version}`, native: await rowsOf('native'), pinna: await rowsOf('pinna') };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** @param {Row[]} rows */
function passes(rows) {
  return rows.filter((row) => row.error === null).length;
}

/** @param {Row[]} rows */
function failed(rows) {
  return rows.filter((row) => row.error !== null);
}

/** What fails, by its reason. @param {Row[]} rows */
function reasons(rows) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const { group, name, error } of failed(rows)) {
    const line = `${group}: ${name}: ${error}`;
    const reason = REASONS.find(([pattern]) => pattern.test(line))?.[1] ?? 'not known';
    found.set(reason, [...found.get(reason) ?? [], line]);
  }
  return [...found].flatMap(([reason, lines]) => [`- ${reason}:`, ...lines.map((line) => `  - ${line}`)]);
}

/** @param {Outcome[]} outcomes */
function report(outcomes) {
  const columns = outcomes.flatMap(({ name, native, pinna }) =>
    [{ title: `${name}'s own`, rows: native }, { title: `pinna's in ${name}`, rows: pinna }]);
  const groups = [...new Set(columns.flatMap(({ rows }) => rows.map((row) => row.group)))];
  /** @param {(rows: Row[]) => string} cell */
  const line = (cell) => columns.map(({ rows }) => cell(rows)).join(' | ');
  /** @param {Row[]} rows @param {string} group */
  const share = (rows, group) => {
    const own = rows.filter((row) => row.group === group);
    return `${passes(own)} / ${own.length}`;
  };
  return [
    '# PannerNode: the browsers\' and pinna\'s', '',
    `\`npm run panner -- --write\`, ${new Date().toISOString().slice(0, 10)}. The subtests are this project's own,`,
    'from the Web Audio API 1.1 (`suite.js`): the web-platform-tests were not to be had where it is made.', '',
    `| subtests | ${columns.map(({ title }) => title).join(' | ')} |`, `|---${'|---'.repeat(columns.length)}|`,
    ...groups.map((group) => `| ${group} | ${line((rows) => share(rows, group))} |`),
    `| all | ${line((rows) => `${passes(rows)} / ${rows.length}`)} |`,
    ...columns.flatMap(({ title, rows }) => ['', `## What fails: ${title}`, '',
      ...failed(rows).length === 0 ? ['Nothing.'] : reasons(rows)]),
    '',
  ].join('\n');
}
