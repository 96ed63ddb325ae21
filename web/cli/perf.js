// SPDX-License-Identifier: MIT
/** `pinna perf`: the performance check in browsers, as a table, JSON and a report; compared, and held to a budget. */

import fs from 'node:fs';

import { breakdownText } from '../perf/breakdowns.js';
import { STAGE_KEYS } from '../perf/stages.js';
import { compareReports, holdToBudget } from '../perf/compare.js';
import { BrowserMissingError, LOCAL_BROWSERS, whyMissing } from '../perf/drivers/browsers.js';
import { WebDriverError } from '../perf/drivers/web-driver.js';
import { checkBudget, checkReport } from '../perf/perf-schema.js';
import { comparisonSection, reportPage } from '../perf/report.js';
import { browsersHere, describeMachine, runLocally, runRemotely } from '../perf/run.js';
import { comparisonTable, reportTable } from '../perf/text-table.js';
import { suggestion } from '../scene/suggest.js';
import { parseArgs } from './args.js';
import { CliError } from './errors.js';
import { OutputFile, readInput } from './files.js';
import { Progress } from './progress.js';

/** @typedef {import('../perf/perf-schema.js').PerfReport} PerfReport */
/** @typedef {import('../perf/drivers/browsers.js').LocalBrowser} LocalBrowser */

export const PERF_HELP = `pinna perf [options]
pinna perf --compare A.json B.json [--html OUT.html]

Checks pinna in browsers: whether they compute what Node does, what they have, how soon they sound, how many sources
they carry offline and live, beside the browser's own PannerNode and resonance-audio.

  --browsers LIST       of ${LOCAL_BROWSERS.join(', ')}, with commas; those that are here
  --webdriver URL       instead: a browser behind a W3C WebDriver endpoint (chromedriver, geckodriver, safaridriver, a
                        grid, a device farm), with its path and user:password@ if it wants them
  --browser NAME        of that: its browserName
  --capabilities FILE   of that: more capabilities, as a JSON object
  --page-url URL        of that: how it reaches this machine's pages, such as a tunnel.
                        AudioWorklet wants https, or localhost
  --listen ADDRESS      of that: where pages are served; 127.0.0.1
  --port PORT           of that: and at which port; any
  --quick               half a minute a browser instead of a few minutes: rougher
  --stages LIST         of ${STAGE_KEYS.join(', ')}; all
  --most N              live sources, at most
  --stage-limit S       a stage without news for so long hangs; one or two minutes, as it is
  --no-isolation        pages without shared memory
  --window              show the browsers
  --note TEXT           goes into the report
  --json FILE           the results (web/perf/perf.schema.json)
  --html FILE           a report with charts, which needs nothing else
  --budget FILE         rules for the figures (web/perf/budget.schema.json); exit status 1 where one does not hold
  --from FILE           takes earlier results instead of running: for --html and --budget
  --compare             two files of results beside each other

A browser that crashes or hangs is started afresh for what is left; the results say so, and a budget can hold it
(check.breakdowns).

Exit status: 0; 1 when the budget does not hold; 2 when something was wrong with the call or the machine, or it
was cancelled.
`;

/** @type {Record<string, import('./args.js').OptionSpec>} */
const OPTIONS = {
  browsers: { kind: 'text' },
  webdriver: { kind: 'text' },
  browser: { kind: 'text' },
  capabilities: { kind: 'text' },
  'page-url': { kind: 'text' },
  listen: { kind: 'text' },
  port: { kind: 'number', min: 1, max: 65535, whole: true },
  quick: { kind: 'flag' },
  stages: { kind: 'text' },
  most: { kind: 'number', min: 16, max: 4096, whole: true },
  'stage-limit': { kind: 'number', min: 1, max: 3600 },
  'no-isolation': { kind: 'flag' },
  window: { kind: 'flag' },
  note: { kind: 'text' },
  json: { kind: 'text' },
  html: { kind: 'text' },
  budget: { kind: 'text' },
  from: { kind: 'text' },
  compare: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
};

/** What is of use without a run: beside two results, and beside earlier ones. */
const WITH_COMPARE = ['compare', 'html'];
const WITH_FROM = ['from', 'json', 'html', 'budget'];

const EXIT_OVER_BUDGET = 1;
const EXIT_WRONG = 2;
const EXIT_INTERRUPTED = 130;

/**
 * @param {string} written
 * @param {readonly string[]} known
 * @param {string} what
 * @returns {any[]}
 */
function listOf(written, known, what) {
  const names = written.split(',').map((name) => name.trim()).filter(Boolean);
  if (names.length === 0) {
    throw new CliError(`the list of ${what}s is empty`, `there are ${known.join(', ')}`);
  }
  for (const name of names) {
    if (!known.includes(name)) {
      throw new CliError(`${what} "${name}" is not known`, suggestion(name, known));
    }
  }
  return [...new Set(names)];
}

/**
 * @template T
 * @param {string} file
 * @param {(raw: unknown) => T} check
 * @returns {T}
 */
function readJson(file, check) {
  const text = readInput(file).toString('utf8');
  try {
    return check(JSON.parse(text));
  } catch (error) {
    throw new CliError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {string} file @param {string} text */
function write(file, text) {
  const output = new OutputFile(file);
  output.write(Buffer.from(text));
  output.commit();
}

/**
 * Options that would be ignored are refused.
 *
 * @param {ReturnType<typeof parseArgs>} parsed
 * @param {readonly string[]} useful
 * @param {string} why  the others are not
 */
function refuseOthers({ texts, numbers, flags }, useful, why) {
  const other = Object.keys({ ...texts, ...numbers, ...flags }).find((name) => !useful.includes(name));
  if (other !== undefined) {
    throw new CliError(`--${other} is given, and ${why}`, 'leave it out');
  }
}

/** @param {string[]} files @param {string | undefined} html */
function compare(files, html) {
  if (files.length !== 2) {
    throw new CliError(`--compare wants two files of results, and is given ${files.length}`, 'see pinna perf --help');
  }
  const [before, after] = files.map((file) => readJson(file, checkReport));
  const comparison = compareReports(before, after);
  process.stdout.write(comparisonTable(comparison));
  if (html !== undefined) {
    const [first, second] = [before, after].map(({ date }, i) => `${files[i]}, ${date.slice(0, 10)}`);
    write(html, reportPage(after, comparisonSection(comparison, { before: first, after: second })));
  }
}

/**
 * @param {ReturnType<typeof parseArgs>} parsed
 * @returns {Promise<PerfReport>}
 */
async function run({ texts, numbers, flags }) {
  const { webdriver, browser, capabilities: capabilitiesFile } = texts;
  for (const name of ['browser', 'capabilities', 'page-url', 'listen']) {
    if (texts[name] !== undefined && webdriver === undefined) {
      throw new CliError(`--${name} is of a browser behind an endpoint`, 'add: --webdriver URL');
    }
  }
  if (webdriver !== undefined && (texts.browsers !== undefined || flags.window)) {
    throw new CliError(`--${flags.window ? 'window' : 'browsers'} is of the browsers on this machine, and ` +
      '--webdriver takes one behind an endpoint', 'leave one of them out');
  }
  if (webdriver !== undefined && (!URL.canParse(webdriver) || !/^https?:/.test(webdriver))) {
    throw new CliError(`--webdriver is "${webdriver}"`, 'it must be a URL, such as http://127.0.0.1:4444');
  }
  if (texts['page-url'] !== undefined && !URL.canParse(texts['page-url'])) {
    throw new CliError(`--page-url is "${texts['page-url']}"`, 'it must be a URL, such as https://example.com');
  }
  const stages = texts.stages === undefined ? undefined : listOf(texts.stages, STAGE_KEYS, 'stage');
  if (numbers.most !== undefined && stages !== undefined && !stages.includes('stability')) {
    throw new CliError('--most is of live sources, and none play live in these stages',
      'leave it out, or add stability to --stages');
  }
  const progress = new Progress('checking');
  const abort = new AbortController();
  const cancel = () => {
    // Whoever asks twice does not wait for the browser.
    if (abort.signal.aborted) {
      process.exit(EXIT_INTERRUPTED);
    }
    abort.abort();
  };
  process.on('SIGINT', cancel);
  let told = '';
  /** @type {import('../perf/run.js').RunOptions} */
  const options = {
    quick: flags.quick, stages, most: numbers.most, isolation: !flags['no-isolation'], window: flags.window,
    listen: texts.listen, port: numbers.port, pageUrl: texts['page-url'], signal: abort.signal,
    stageLimitS: numbers['stage-limit'],
    onBreakdown: (browser, breakdown) => {
      progress.done();
      told = '';
      process.stderr.write(`${browser} ${breakdownText(breakdown)}\n`);
    },
    onFailure: (browser, error) => {
      progress.done();
      process.stderr.write(`${browser} was not checked: ${error.message}\n`);
      process.exitCode = EXIT_WRONG;
    },
    onProgress: (text, fraction) => {
      progress.update(fraction, `, ${text}`);
      // Logs get a line for each stage.
      const stage = text.split(',', 1)[0];
      if (!process.stderr.isTTY && stage !== told) {
        told = stage;
        process.stderr.write(`${stage}\n`);
      }
    },
  };
  try {
    const browsers = webdriver !== undefined ?
      [await runRemotely(webdriver, {
        ...(browser === undefined ? {} : { browserName: browser }),
        ...(capabilitiesFile === undefined ? {} : readJson(capabilitiesFile, objectOnly)),
      }, options)] :
      await runLocally(localBrowsers(texts.browsers), options);
    const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    return checkReport({
      format: 'pinna-perf', version: 1, pinna: version, date: new Date().toISOString(),
      machine: webdriver === undefined ? describeMachine() : describeFarMachine(browsers[0]),
      ...(texts.note === undefined ? {} : { note: texts.note }), browsers,
    });
  } catch (error) {
    if (abort.signal.aborted) {
      throw new CliError('cancelled', 'nothing was written');
    }
    if (error instanceof BrowserMissingError || error instanceof WebDriverError) {
      throw new CliError(error.message);
    }
    throw error;
  } finally {
    process.removeListener('SIGINT', cancel);
    progress.done();
  }
}

/** What a browser elsewhere tells of its machine. @param {import('../perf/check.js').BrowserResult} result */
function describeFarMachine({ surroundings: { platform, cores } }) {
  return `${platform ?? 'another machine'}${cores > 0 ? `, ${cores} cores` : ''}`;
}

/** @param {unknown} raw @returns {object} */
function objectOnly(raw) {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('it must be an object {...} of capabilities');
  }
  return raw;
}

/** @param {string | undefined} written @returns {LocalBrowser[]} */
function localBrowsers(written) {
  if (written !== undefined) {
    const names = /** @type {LocalBrowser[]} */ (listOf(written, LOCAL_BROWSERS, 'browser'));
    const missing = names.map((name) => whyMissing(name)).find((why) => why !== undefined);
    if (missing !== undefined) {
      throw new CliError(missing);
    }
    return names;
  }
  const here = browsersHere();
  if (here.length === 0) {
    throw new CliError('no browser is on this machine', 'install Chromium, Firefox or WebKitGTK (Debian: apt-get ' +
      'install chromium firefox-esr), say where one is (CHROMIUM=, FIREFOX=), or name an endpoint with --webdriver');
  }
  return here;
}

/**
 * @param {readonly string[]} args after `perf`
 * @returns {Promise<void>}
 */
export async function perfCommand(args) {
  const parsed = parseArgs(args, OPTIONS, 'pinna perf --help');
  const { texts, flags, rest } = parsed;
  if (flags.help) {
    process.stdout.write(PERF_HELP);
    return;
  }
  if (flags.compare) {
    refuseOthers(parsed, WITH_COMPARE, '--compare only reads two results; it goes with --html');
    compare(rest, texts.html);
    return;
  }
  if (rest.length > 0) {
    throw new CliError(`perf does not know what "${rest[0]}" is for`, 'see pinna perf --help');
  }
  if (texts.from !== undefined) {
    refuseOthers(parsed, WITH_FROM, '--from runs nothing; it goes with --json, --html and --budget');
  }
  // A budget that cannot be read is told before the minutes that the check takes.
  const budget = texts.budget === undefined ? undefined : readJson(texts.budget, checkBudget);
  const report = texts.from === undefined ? await run(parsed) : readJson(texts.from, checkReport);
  process.stdout.write(reportTable(report));
  if (texts.json !== undefined) {
    write(texts.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (texts.html !== undefined) {
    write(texts.html, reportPage(report));
  }
  if (budget !== undefined) {
    const { held, breaches } = holdToBudget(report, budget);
    breaches.forEach(({ browser, message }) => process.stdout.write(`over budget: ${browser}: ${message}\n`));
    process.stdout.write(`budget: ${held} held, ${breaches.length} did not\n`);
    process.exitCode ||= breaches.length > 0 ? EXIT_OVER_BUDGET : 0;
  }
}
