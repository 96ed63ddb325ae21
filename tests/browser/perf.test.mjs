// SPDX-License-Identifier: MIT
/** The performance check in miniature: by the command in two browsers, by a WebDriver endpoint, and in its page. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { whyMissing } from '../../web/perf/drivers/browsers.js';
import { startScreen } from '../../web/perf/drivers/desk.js';
import { HEAR_CONSOLE } from '../../web/perf/drivers/hear-console.js';
import { Program, freePort } from '../../web/perf/drivers/processes.js';
import { webDriverCall } from '../../web/perf/drivers/web-driver.js';
import { findMiniBrowser, findWebKit } from '../../web/perf/drivers/webkit.js';
import { checkReport } from '../../web/perf/perf-schema.js';
import { serve } from '../../web/tools/serve.mjs';
import { browserTest } from '../support/browsers.mjs';
import { ROOT, temporaryFolder } from '../web/cli-support.mjs';

const LIMIT_MS = 180000;

/** The figure; on one build of the arithmetic it is the same bits. */
const AGREEMENT_DB = -100;

/**
 * Runs the command to its end.
 *
 * @param {string} folder
 * @param {string[]} args
 * @param {(said: string, child: import('node:child_process').ChildProcess) => void} [onSaid]  told what it said so far
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
function perf(folder, args, onSaid) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, 'web/cli/pinna.js'), 'perf', ...args], { cwd: folder });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => { stdout += text; });
    child.stderr.on('data', (text) => {
      stderr += text;
      onSaid?.(stderr, child);
    });
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** @param {string} folder @param {string} file */
function reportIn(folder, file) {
  return checkReport(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
}

/** @param {import('../../web/perf/check.js').BrowserResult} result */
function computesWhatNodeDoes({ browser, correctness, problems }) {
  assert.ok(correctness, `${browser}: ${problems.map(({ message }) => message).join('; ')}`);
  console.log(`# ${browser}: ${correctness.distanceDb} dB, ${correctness.identical ? 'the same bits' : 'other bits'}`);
  assert.ok(correctness.distanceDb <= AGREEMENT_DB, `${browser}: ${correctness.distanceDb} dB`);
}

const skip = whyMissing('chromium') ?? whyMissing('firefox') ?? whyMissing('webkit') ?? false;

test('three_browsers_compute_what_node_does_and_start_and_the_budget_answers', { timeout: LIMIT_MS, skip },
  async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'budget.json'), JSON.stringify({
      format: 'pinna-perf-budget', version: 1, rules: [
        { metric: 'correctness.distanceDb', max: AGREEMENT_DB },
        { metric: 'startUp.totalMs', max: 20000 },
        { metric: 'startUp.modulesMs', max: 0, browser: 'firefox' },
      ],
    }));
    const { status, stdout, stderr } = await perf(folder, ['--quick', '--browsers', 'chromium,firefox,webkit',
      '--stages', 'capabilities,correctness,startUp', '--json', 'out.json', '--html', 'out.html', '--budget',
      'budget.json', '--note', 'A test.']);
    const report = reportIn(folder, 'out.json');
    report.browsers.forEach(computesWhatNodeDoes);
    assert.deepEqual(report.browsers.map(({ engine }) => engine), ['chromium', 'firefox', 'webkit']);
    for (const { browser, startUp, capabilities, problems } of report.browsers) {
      assert.deepEqual(problems, [], browser);
      assert.ok(startUp && startUp.least.totalMs > 1 && startUp.least.totalMs <= startUp.medianMs, browser);
      const { modulesMs, engineMs, soundMs, totalMs } = startUp.least;
      assert.ok(Math.abs(modulesMs + engineMs + soundMs - totalMs) < 0.01);
      assert.deepEqual([capabilities.audioWorklet, capabilities.simd, capabilities.isolated], [true, true, true]);
    }
    // The third rule cannot hold.
    assert.equal(status, 1, stderr);
    assert.match(stdout, /over budget: Firefox [\d.]+: startUp\.modulesMs is/);
    assert.match(stdout, /budget: 6 held, 1 did not/);
    assert.match(fs.readFileSync(path.join(folder, 'out.html'), 'utf8'), /A test\.[^]*WebKitGTK/);
  });

test('a_webdriver_endpoint_is_used_by_its_address', { timeout: LIMIT_MS, skip: whyMissing('webkit') ?? false },
  async () => {
    const folder = temporaryFolder();
    const screen = await startScreen();
    const port = await freePort();
    const pages = await freePort();
    const driver = new Program(/** @type {string} */ (findWebKit()), [`--port=${port}`], { ...screen?.env });
    const endpoint = `http://127.0.0.1:${port}`;
    try {
      await driver.started(() => webDriverCall(endpoint, 'GET', '/status').then(() => true, () => false), 30000);
      fs.writeFileSync(path.join(folder, 'capabilities.json'), JSON.stringify({ 'webkitgtk:browserOptions': {
        binary: findMiniBrowser(), args: ['--automation', '--autoplay-policy=allow'] } }));
      const { status, stdout, stderr } = await perf(folder, ['--quick', '--webdriver', endpoint, '--browser',
        'MiniBrowser', '--capabilities', 'capabilities.json', '--stages', 'capabilities,correctness',
        '--json', 'r.json', '--listen', '0.0.0.0', '--port', String(pages),
        '--page-url', `http://localhost:${pages}/`]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /MiniBrowser 2\./);
      const [result] = reportIn(folder, 'r.json').browsers;
      assert.equal(result.engine, 'webkit');
      computesWhatNodeDoes(result);
      // And once more: the session was given back.
      const refused = await perf(folder, ['--webdriver', endpoint, '--browser', 'netscape']);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, /^pinna: session not created: /m);
    } finally {
      await driver.end();
      await screen?.close();
    }
  });

test('an_interrupted_check_ends_its_browser_and_writes_nothing', { timeout: LIMIT_MS, skip: whyMissing('chromium') },
  async () => {
    const folder = temporaryFolder();
    let interrupted = false;
    const { status, stderr } = await perf(folder, ['--quick', '--browsers', 'chromium', '--json', 'out.json'],
      (said, child) => {
        if (!interrupted && /Chromium: From nothing/.test(said)) {
          interrupted = true;
          child.kill('SIGINT');
        }
      });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /pinna: cancelled; nothing was written/);
    assert.deepEqual(fs.readdirSync(folder), []);
  });

/** The processes that a process started, and theirs. @param {number} ancestor */
function descendants(ancestor) {
  const all = fs.readdirSync('/proc').filter((id) => /^\d+$/.test(id)).flatMap((id) => {
    try {
      const parent = Number(/\) \w (\d+) /.exec(fs.readFileSync(`/proc/${id}/stat`, 'utf8'))?.[1]);
      return [{ id: Number(id), parent, command: fs.readFileSync(`/proc/${id}/cmdline`, 'utf8') }];
    } catch {
      return []; // ended meanwhile
    }
  });
  const family = new Set([ancestor]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    all.filter(({ parent }) => family.has(parent)).forEach(({ id }) => family.add(id));
  }
  return all.filter(({ id }) => id !== ancestor && family.has(id));
}

test('a_stage_whose_page_crashes_twice_is_left_out_and_fresh_browsers_measure_the_rest',
  { timeout: LIMIT_MS, skip: whyMissing('chromium') ?? (process.platform !== 'linux' && 'needs /proc') }, async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'budget.json'), JSON.stringify({
      format: 'pinna-perf-budget', version: 1, rules: [
        { metric: 'check.breakdowns', max: 1 }, { metric: 'latency.engineFrames', max: 0 },
        { metric: 'throughput.pinna.rest', min: 1, optional: true },
      ],
    }));
    let killed = 0;
    const { status, stdout, stderr } = await perf(folder, ['--quick', '--browsers', 'chromium', '--stages',
      'capabilities,throughput,stability', '--most', '32', '--json', 'out.json', '--html', 'out.html', '--budget',
      'budget.json'], (said, child) => {
      if (said.split('Sources for one core\n').length - 1 > killed) {
        killed += 1;
        descendants(child.pid ?? 0).filter(({ command }) => command.includes('--type=renderer')).forEach(({ id }) => {
          try {
            process.kill(id, 'SIGKILL');
          } catch {
            // It had ended.
          }
        });
      }
    });
    const [{ breakdowns, throughput, stability, capabilities, problems }] = reportIn(folder, 'out.json').browsers;
    assert.equal(killed, 2, stderr);
    assert.deepEqual(breakdowns, ['again', 'left'].map((outcome) =>
      ({ stage: 'throughput', at: '', message: 'the page crashed', outcome })));
    assert.equal(throughput, undefined);
    assert.equal(capabilities.audioWorklet, true);
    assert.deepEqual([stability?.rows[0].renderer, stability?.rows[0].sources], ['pinna', 32]);
    assert.ok(stability?.rows.some(({ renderer }) => renderer === 'panner'));
    assert.deepEqual(problems, []);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /Chromium broke down in “Sources for one core”: the page crashed\. A fresh browser tried/);
    assert.match(stdout, /over budget: Chromium [\d.]+: check\.breakdowns is 2 times, and must be at most 1/);
    assert.match(stdout, /budget: 2 held, 1 did not/);
    assert.match(fs.readFileSync(path.join(folder, 'out.html'), 'utf8').replaceAll('\n', ' '),
      /<h2>Broke down<\/h2>.*the page crashed\. It was the second time: left out\./);
  });

/** @param {import('../../web/perf/check.js').BrowserResult} result */
function measuresSourcesBesideThePeers({ throughput = [], stability, noise, problems }) {
  assert.deepEqual(problems, []);
  // Before each stage, and before each live row.
  assert.ok(noise && noise.probes >= 5 + (stability?.rows.length ?? 0) && noise.stolen < 1, JSON.stringify(noise));
  assert.deepEqual(throughput.map(({ renderer, motion }) => `${renderer} ${motion}`).sort(), [
    'panner automated', 'panner frames', 'panner rest', 'pinna automated', 'pinna frames', 'pinna rest',
    'resonance frames', 'resonance rest',
  ]);
  for (const { renderer, load, loadMedian, sourceUs, sourcesPerCore, sources } of throughput) {
    assert.ok(load > 0 && load <= loadMedian, renderer);
    assert.ok(Math.abs(sourcesPerCore * load / sources - 1) < 1e-9);
    assert.ok(Math.abs(sourceUs * 375 * sourcesPerCore / 1e6 - 1) < 1e-9);
  }
  const rows = stability?.rows ?? [];
  assert.deepEqual([rows[0].renderer, rows[0].sources, rows[0].jank], ['pinna', 32, false]);
  assert.ok(rows.some(({ renderer }) => renderer === 'panner'));
  assert.ok(rows.every(({ counted, seconds }) => counted === 'browser' && seconds > 1));
  // Few sources' blocks hide from the clock, and where sound was lost there are no more.
  const calm = rows.filter(({ renderer, jank }) => renderer === 'pinna' && !jank);
  assert.ok(calm.some(({ load = 0 }) => load > 0.001 && load < 1) || !calm[calm.length - 1].stable,
    JSON.stringify(calm));
  assert.equal(stability?.latency.engineFrames, 0);
  assert.equal(stability?.latency.quantumFrames, 128);
}

browserTest('chromium', 'tells_each_live_row_at_once_so_that_a_page_that_breaks_down_leaves_them', async (browser) => {
  const server = await serve();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/examples/`);
    const told = await page.evaluate(async () => {
      const { measureStability } = await import(/** @type {string} */ ('/web/perf/stability.js'));
      /** @type {string[][]} */
      const told = [];
      const nothing = () => {};
      await measureStability({
        quick: true, most: 32, options: {}, onProgress: nothing, onProblem: nothing,
        onRow: (/** @type {import('../../web/perf/stability.js').Stability} */ { rows, latency }) =>
          told.push(rows.map(({ renderer, jank }) => `${renderer} ${jank} ${latency.quantumFrames}`)),
      });
      return told;
    });
    const rows = ['pinna false 128', 'pinna true 128', 'panner false 128', 'panner true 128'];
    assert.deepEqual(told, rows.map((_, i) => rows.slice(0, i + 1)));
  } finally {
    await server.close();
  }
}, { sound: true });

browserTest('chromium', 'cancels_the_check_of_the_page_and_runs_it_to_its_end_and_saves_it', async (browser) => {
  const server = await serve({ inject: HEAR_CONSOLE });
  try {
    const page = await browser.newPage({ width: 390, height: 844 });
    await page.goto(`${server.url}/examples/05-performance-check/`);
    await page.click('#play');
    await page.waitFor('document.querySelector("#play").dataset.state === "running"');
    await page.click('#play');
    await page.waitFor('document.querySelector("#status").textContent === "Cancelled."', 30000);
    await page.click('#play');
    await page.waitFor('["done", "failed"].includes(document.querySelector("#play").dataset.state)', 150000);
    assert.match(await page.evaluate('document.querySelector("#status").textContent'), /^Done in \d+ seconds/);
    assert.equal(await page.evaluate('document.querySelectorAll("#results .verdict").length'), 1);
    assert.match(await page.evaluate('document.querySelector("#results").innerText'), /same bits/);
    // Nothing of it is wider than a phone.
    assert.ok(await page.evaluate('document.documentElement.scrollWidth') <= 390);
    await page.evaluate(() => {
      const original = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        Object.assign(globalThis, { saved: blob });
        return original.call(URL, blob);
      };
    });
    await page.click('#save-json');
    const report = checkReport(JSON.parse(await page.evaluate('saved.text()')));
    measuresSourcesBesideThePeers(report.browsers[0]);
    await page.click('#save-html');
    assert.match(await page.evaluate('saved.text()'), /^<!doctype html>[^]*same bits/);
    assert.deepEqual(await page.complaints(), []);
  } finally {
    await server.close();
  }
}, { sound: true, limitMs: LIMIT_MS });
