// SPDX-License-Identifier: MIT
/**
 * `npm run panner`: the subtests of suite.js against the browser's PannerNode and against pinna's.
 *
 *     npm run panner              in Chromium; prints what fails
 *     npm run panner -- --write   and writes tests/panner/RESULTS.md
 */
import fs from 'node:fs';
import { build } from '../../web/tools/build.mjs';
import { asProgram } from '../../web/tools/process.mjs';
import { setup } from '../../web/tools/setup.mjs';
import { launch, open } from '../browser/harness.mjs';
import { subtestsInPage } from './page.mjs';

const RESULTS = new URL('RESULTS.md', import.meta.url);

/** @typedef {import('./page.mjs').Row} Row */

asProgram(import.meta.url, async () => {
  await setup(['build', 'browser']);
  await build();
  const browser = await launch();
  /** @type {Record<string, Row[]>} */
  const rows = {};
  try {
    for (const which of /** @type {const} */ (['native', 'pinna'])) {
      const started = Date.now();
      const session = await open(browser);
      rows[which] = await session.page.evaluate(subtestsInPage, which);
      await session.close();
      console.log(`${which}: ${passes(rows[which])} of ${rows[which].length} pass, ` +
        `${((Date.now() - started) / 1000).toFixed(0)} s`);
      for (const { group, name, error } of rows[which].filter((row) => row.error !== null)) {
        console.log(`  ✖ ${group}: ${name}: ${error}`);
      }
    }
    if (process.argv.includes('--write')) {
      fs.writeFileSync(RESULTS, report(rows, `Chromium ${browser.version()}`));
    }
  } finally {
    await browser.close();
  }
});

/** @param {Row[]} rows */
function passes(rows) {
  return rows.filter((row) => row.error === null).length;
}

/** @param {Record<string, Row[]>} rows @param {string} browser */
function report({ native, pinna }, browser) {
  const groups = [...new Set(native.map((row) => row.group))];
  /** @param {Row[]} rows @param {string} group */
  const share = (rows, group) => {
    const own = rows.filter((row) => row.group === group);
    return `${passes(own)} / ${own.length}`;
  };
  /** @param {Row[]} rows */
  const failures = (rows) => {
    const bad = rows.filter((row) => row.error !== null);
    return bad.length === 0 ? ['None.'] : bad.map((row) => `- ${row.group}: ${row.name}: ${row.error}`);
  };
  return [
    '# PannerNode: the browser\'s and pinna\'s', '',
    `\`npm run panner -- --write\`, ${new Date().toISOString().slice(0, 10)}, ${browser}. The subtests are this ` +
    'project\'s own,',
    'from the Web Audio API 1.1 (`suite.js`): the web-platform-tests were not to be had where it is made.', '',
    '| subtests | browser\'s | pinna\'s |', '|---|---|---|',
    ...groups.map((group) => `| ${group} | ${share(native, group)} | ${share(pinna, group)} |`),
    `| all | ${passes(native)} / ${native.length} | ${passes(pinna)} / ${pinna.length} |`, '',
    '## What fails of the browser\'s', '', ...failures(native), '', '## What fails of pinna\'s', '', ...failures(pinna),
    '',
  ].join('\n');
}
