// SPDX-License-Identifier: MIT
/** The performance check without a browser: its reference, its files, its budget, its report, and its errors. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { compareReports, holdToBudget } from '../../web/perf/compare.js';
import { connectWebSocket, makeFrame, parseFrame } from '../../web/perf/drivers/web-socket.js';
import { METRICS } from '../../web/perf/metrics.js';
import { BUDGET_SCHEMA, PERF_SCHEMA, checkBudget, checkReport } from '../../web/perf/perf-schema.js';
import { circle, distanceDb, samplesHash } from '../../web/perf/reference-scene.js';
import { referenceBytes, renderReference } from '../../web/perf/reference-render.js';
import { comparisonSection, reportPage } from '../../web/perf/report.js';
import { stolenTime } from '../../web/perf/stolen-time.js';
import { comparisonTable, reportTable } from '../../web/perf/text-table.js';
import { ROOT, temporaryFolder } from './cli-support.mjs';

/** Each ear of the reference moves and is loud enough to be compared. */
const LEAST_RMS = 0.005;

/** @param {object} [changes] @returns {import('../../web/perf/check.js').BrowserResult} */
function result(changes = {}) {
  return {
    browser: 'Chromium 156.0', engine: 'chromium', date: '2026-11-21T12:00:00.000Z', quick: false, durationS: 100,
    surroundings: { userAgent: 'x', platform: 'Linux', cores: 2, language: 'en', pixelRatio: 1 },
    capabilities: { simd: true, webgpu: false },
    correctness: { hash: '0', referenceHash: '0', identical: true, distanceDb: -400 },
    startUp: { runs: 5, firstMs: 150, least: { modulesMs: 40, engineMs: 60, soundMs: 20, totalMs: 120, outputMs: 30 },
      medianMs: 140 },
    throughput: [
      { renderer: 'pinna', motion: 'rest', sources: 64, seconds: 10, rounds: 4, load: 0.02, loadMedian: 0.021,
        sourceUs: 0.8, sourcesPerCore: 3200 },
      { renderer: 'panner', motion: 'rest', sources: 64, seconds: 10, rounds: 4, load: 0.1, loadMedian: 0.11,
        sourceUs: 4, sourcesPerCore: 640 },
    ],
    stability: {
      latency: { baseMs: 10, outputMs: 32, engineFrames: 0, sampleRateHz: 48000, quantumFrames: 128 },
      rows: [
        { renderer: 'pinna', sources: 64, jank: false, seconds: 5, lostMs: 0, underruns: 0, counted: 'browser',
          stable: true, load: 0.08, loadWorst: 0.1, longestMs: 2 },
        { renderer: 'pinna', sources: 1024, jank: false, seconds: 5, lostMs: 900, underruns: 30, counted: 'browser',
          stable: false, load: 0.99, loadWorst: 1, longestMs: 9 },
        { renderer: 'pinna', sources: 64, jank: true, seconds: 5, lostMs: 0, underruns: 0, counted: 'browser',
          stable: true, load: 0.08, loadWorst: 0.1, longestMs: 2 },
      ],
    },
    problems: [], ...changes,
  };
}

/** @param {object[]} browsers @returns {import('../../web/perf/perf-schema.js').PerfReport} */
function report(...browsers) {
  return /** @type {any} */ ({ format: 'pinna-perf', version: 1, pinna: '0.1.0', date: '2026-11-21T12:00:00.000Z',
    machine: 'a <machine>', browsers: browsers.length > 0 ? browsers : [result()] });
}

/** @param {object[]} rules */
function budget(...rules) {
  return checkBudget({ format: 'pinna-perf-budget', version: 1, rules });
}

/** @param {string} folder @param {...string} args */
function perf(folder, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'web/cli/pinna.js'), 'perf', ...args],
    { cwd: folder, encoding: 'utf8', timeout: 30000 });
  return { status, stdout, stderr };
}

test('the_built_reference_is_what_this_node_renders_and_both_ears_hear_it', () => {
  const wasm = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna.wasm')));
  const head = fs.readFileSync(path.join(ROOT, 'models/kemar/kemar.safetensors'));
  const ears = renderReference(wasm, head);
  const built = fs.readFileSync(path.join(ROOT, 'web/dist/perf-reference.f32'));
  assert.ok(built.equals(referenceBytes(ears)), 'web/dist/perf-reference.f32 is stale: npm run build');
  for (const ear of ears) {
    const rms = Math.sqrt(ear.reduce((sum, x) => sum + x * x, 0) / ear.length);
    assert.ok(rms > LEAST_RMS && rms < 1, `rms ${rms}`);
  }
  assert.ok(distanceDb([ears[1], ears[0]], [...ears]) > -20);
});

test('the_distance_is_that_of_the_definition_and_one_bit_changes_the_hash', () => {
  const reference = [Float32Array.of(1, 0, 0, 0), Float32Array.of(0, 1, 0, 0)];
  assert.equal(distanceDb(reference, reference), -Infinity);
  const off = [Float32Array.of(1, 0, 0.001, 0), Float32Array.of(0, 1, 0, 0)];
  assert.ok(Math.abs(distanceDb(off, reference) + 10 * Math.log10(2e6)) < 1e-3);
  assert.equal(distanceDb([Float32Array.of(NaN, 0, 0, 0), reference[1]], reference), Infinity);
  const other = [reference[0].slice(), reference[1].slice()];
  new Uint32Array(other[1].buffer)[1] ^= 1;
  assert.notEqual(samplesHash(other), samplesHash(reference));
});

test('the_circle_is_one_and_turns_clockwise_from_ahead', () => {
  for (let i = -20; i <= 20; i++) {
    const [x, y] = circle(i / 16);
    assert.ok(Math.abs(Math.hypot(x, y) - 1) < 1e-15);
    // Between quarters its speed is not even, which matters to nobody; at them it is where the sine is.
    if (i % 4 === 0) {
      assert.ok(Math.abs(x - Math.sin(i * Math.PI / 8)) < 1e-12 && Math.abs(y - Math.cos(i * Math.PI / 8)) < 1e-12);
    }
  }
});

test('the_schema_files_are_what_the_code_obeys', () => {
  for (const [name, schema] of /** @type {const} */ ([['perf', PERF_SCHEMA], ['budget', BUDGET_SCHEMA]])) {
    const file = JSON.parse(fs.readFileSync(path.join(ROOT, `web/perf/${name}.schema.json`), 'utf8'));
    assert.deepEqual(file, JSON.parse(JSON.stringify(schema)), `web/perf/${name}.schema.json`);
  }
});

test('a_report_is_refused_by_name_for_what_is_wrong_in_it', () => {
  assert.deepEqual(checkReport(report()), report());
  const wrong = (/** @type {any} */ changes) => () => checkReport(report(result(changes)));
  assert.throws(wrong({ engine: 'netscape' }), /report\.browsers\[0\]\.engine is "netscape"/);
  assert.throws(wrong({ correctness: { hash: '0', referenceHash: '0', identical: true, distanceDb: NaN } }),
    /correctness\.distanceDb is NaN; it must be a finite number/);
  assert.throws(wrong({ throughput: [{ ...result().throughput?.[0], load: -1 }] }), /throughput\[0\]\.load is -1/);
  assert.throws(wrong({ extra: 1 }), /extra is not known/);
  assert.throws(() => checkReport({ ...report(), version: 2 }), /report\.version is 2; it must be 1/);
});

test('every_metric_reads_its_figure_and_none_where_it_was_not_measured', () => {
  assert.equal(new Set(METRICS.map(({ key }) => key)).size, METRICS.length);
  const values = Object.fromEntries(METRICS.map(({ key, value }) => [key, value(result())]));
  assert.equal(values['correctness.distanceDb'], -400);
  assert.equal(values['startUp.totalMs'], 120);
  assert.equal(values['throughput.pinna.rest'], 3200);
  assert.equal(values['ratio.rest'], 5);
  assert.equal(values['live.pinna.sources'], 64);
  assert.equal(values['live.pinna.load64'], 8);
  assert.equal(values['live.pinna.jankLostMs'], 0);
  assert.equal(values['throughput.panner.automated'], undefined);
  const empty = result({ correctness: undefined, startUp: undefined, throughput: undefined, stability: undefined });
  assert.deepEqual(METRICS.filter(({ value }) => value(empty) !== undefined), []);
});

test('a_budget_holds_fails_or_is_not_measured_rule_by_rule', () => {
  const firefox = result({ browser: 'Firefox 153', engine: 'firefox', startUp: undefined });
  const { held, breaches } = holdToBudget(report(result(), firefox), budget(
    { metric: 'correctness.distanceDb', max: -100 },
    { metric: 'startUp.totalMs', max: 100, browser: 'chromium' },
    { metric: 'startUp.totalMs', max: 100, browser: 'firefox' },
    { metric: 'startUp.totalMs', max: 100, browser: 'firefox', optional: true },
    { metric: 'ratio.rest', min: 2, max: 6 },
    { metric: 'live.pinna.sources', min: 64, browser: 'webkit' }));
  assert.equal(held, 5);
  assert.deepEqual(breaches.map(({ browser, message }) => `${browser}: ${message}`), [
    'Chromium 156.0: startUp.totalMs is 120 ms, and must be at most 100',
    'Firefox 153: startUp.totalMs was not measured',
    'webkit: live.pinna.sources: no such browser was checked',
  ]);
  assert.throws(() => budget({ metric: 'startUp.total', max: 1 }), /rules\[0\]\.metric is "startUp.total"/);
  assert.throws(() => budget({ metric: 'startUp.totalMs' }), /has neither "min" nor "max"/);
});

test('two_reports_are_compared_browser_by_browser_and_noise_is_no_change', () => {
  const slower = result({ startUp: { ...result().startUp, least: { ...result().startUp?.least, totalMs: 240,
    modulesMs: 42 } }, correctness: { hash: '1', referenceHash: '0', identical: false, distanceDb: -120 } });
  const { differences, unmatched, remarks } = compareReports(
    report(result(), result({ browser: 'Firefox 150', engine: 'firefox' })),
    report(slower, result({ browser: 'WebKit 2', engine: 'webkit' })));
  const verdict = (/** @type {string} */ key) => differences.find(({ metric }) => metric.key === key)?.verdict;
  assert.equal(verdict('startUp.totalMs'), 'worse');
  assert.equal(verdict('startUp.modulesMs'), 'same');
  assert.equal(verdict('correctness.distanceDb'), 'worse');
  assert.equal(verdict('throughput.pinna.rest'), 'same');
  assert.deepEqual(unmatched, ['WebKit 2 is only in the second', 'Firefox 150 is only in the first']);
  assert.match(comparisonTable({ differences, unmatched, remarks }),
    /Module to first sound, ms +120 +240 +\+100 % +worse/);
  assert.match(comparisonSection({ differences, unmatched, remarks }, { before: 'a', after: 'b' }),
    /class="worse">\+100 %/);
});

test('two_runs_on_a_machine_that_was_not_as_noisy_are_compared_with_a_remark', () => {
  const noisy = (/** @type {number} */ stolen, /** @type {boolean} */ quick = false) =>
    report(result({ noise: { probes: 9, stolen, worst: stolen, longestMs: 4 }, quick }));
  const { differences, unmatched, remarks } = compareReports(noisy(0.02), noisy(0.31));
  assert.equal(differences.find(({ metric }) => metric.key === 'check.stolen')?.verdict, 'worse');
  assert.equal(remarks.length, 1);
  assert.match(remarks[0], /noisier in the second run\. Others took 2 % of a computing thread’s time in the first/);
  assert.match(comparisonTable({ differences, unmatched, remarks }), /noisier in the second run/);
  assert.match(comparisonSection({ differences, unmatched, remarks }, { before: 'a', after: 'b' }),
    /class="remark">.*, 31 % in the second/);
  assert.match(reportPage(noisy(0.31)), /<dt>Time that other programs took<\/dt>\s*<dd class="worse">31\.0 %<\/dd>/);
  assert.match(compareReports(noisy(0.31), noisy(0.02)).remarks[0], /noisier in the first run/);
  const alike = compareReports(noisy(0.02), noisy(0.14));
  assert.deepEqual([alike.remarks, alike.differences.filter(({ verdict }) => verdict !== 'same')], [[], []]);
  assert.match(compareReports(noisy(0.02, true), noisy(0.02)).remarks[0], /the first run was a quick one/);
});

test('time_that_a_thread_was_kept_from_is_told_from_the_steps_of_its_clock', () => {
  // A clock that is looked at every 10 us, shows steps, and runs on while the thread does not.
  const clock = (/** @type {number} */ stepMs, /** @type {[number, number][]} */ gaps) => {
    let us = 0;
    return () => {
      us += 10;
      const [at, forMs] = gaps[0] ?? [Infinity, 0];
      if (us >= 1000 * at) {
        gaps.shift();
        us += 1000 * forMs;
      }
      return Math.floor(us / (1000 * stepMs)) * stepMs;
    };
  };
  for (const stepMs of [0.02, 0.1, 1]) {
    assert.deepEqual({ ...stolenTime(100, clock(stepMs, [])), ms: 0 }, { ms: 0, stolenMs: 0, longestMs: 0 });
    const { ms, stolenMs, longestMs } = stolenTime(100, clock(stepMs, [[10, 4], [50, 30]]));
    assert.ok(Math.abs(stolenMs - 34) <= 2 * stepMs + 0.1 && Math.abs(longestMs - 30) <= stepMs + 0.1, `${stolenMs}`);
    assert.ok(ms >= 100 && ms < 102);
  }
});

test('the_report_needs_nothing_else_escapes_what_it_is_given_and_has_no_long_line', () => {
  const html = reportPage(report(result(), result({
    browser: 'Fire<b>fox 1', engine: 'firefox', problems: [{ stage: 'x', message: '<script>alert(1)</script>' }],
  })));
  assert.doesNotMatch(html.replace('<link rel="icon" href="data:,">', ''),
    /<script|<b>|src=|url\(|@import|<link|<machine>/);
  assert.match(html, /Fire&#60;b&#62;fox 1/);
  assert.match(html, /<svg[^]*aria-label="Sources for one core in Chromium/);
  assert.deepEqual(html.split('\n').filter((line) => line.length > 120), []);
  // Every element that is opened is closed.
  const open = [];
  for (const [, end, name, self] of html.replace(/<!--[^]*?-->|<!doctype[^>]*>|<style>[^]*?<\/style>/g, '')
    .matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
    if (end) {
      assert.equal(open.pop(), name);
    } else if (!self && !['meta', 'br', 'link'].includes(name)) {
      open.push(name);
    }
  }
  assert.deepEqual(open, []);
  assert.match(reportTable(report()), /Distance from Node, dB +same bits\n/);
});

test('the_command_reads_results_again_compares_them_and_answers_a_budget_by_its_exit_status', () => {
  const folder = temporaryFolder();
  const file = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    fs.writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  file('a.json', report());
  file('good.json', { format: 'pinna-perf-budget', version: 1, rules: [{ metric: 'ratio.rest', min: 2 }] });
  file('bad.json', { format: 'pinna-perf-budget', version: 1, rules: [{ metric: 'ratio.rest', min: 20 }] });
  file('broken.json', '{');
  const good = perf(folder, '--from', 'a.json', '--budget', 'good.json', '--html', 'out.html');
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /budget: 1 held, 0 did not/);
  assert.match(fs.readFileSync(path.join(folder, 'out.html'), 'utf8'), /<h1>pinna performance check/);
  const bad = perf(folder, '--from', 'a.json', '--budget', 'bad.json');
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /over budget: Chromium 156\.0: ratio\.rest is 5\.0 times, and must be at least 20/);
  const compared = perf(folder, '--compare', 'a.json', 'a.json', '--html', 'both.html');
  assert.equal(compared.status, 0, compared.stderr);
  assert.match(compared.stdout, /Output, as the browser reports, ms +32\.0 +32\.0 +0 %/);
  assert.match(fs.readFileSync(path.join(folder, 'both.html'), 'utf8'), /<h2>Compared/);
  const broken = perf(folder, '--from', 'broken.json');
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /^pinna: broken\.json: .*JSON/);
  assert.match(perf(folder, '--budget', 'none.json').stderr, /^pinna: none\.json: no such file/);
});

test('what_is_wrong_with_a_call_is_said_in_one_line_with_the_mend', () => {
  const folder = temporaryFolder();
  /** @type {[string[], RegExp][]} */
  const cases = [
    [['--browsers', 'chromuim'], /browser "chromuim" is not known; did you mean "chromium"/],
    [['--stages', ','], /the list of stages is empty/],
    [['--browser', 'safari'], /--browser is of a browser behind an endpoint; add: --webdriver URL/],
    [['--webdriver', 'localhost:4444'], /--webdriver is "localhost:4444"; it must be a URL/],
    [['--webdriver', 'http://127.0.0.1:9'], /http:\/\/127\.0\.0\.1:9 does not answer \(/],
    [['--compare', 'a.json'], /--compare wants two files/],
    [['--compare', 'a.json', 'b.json', '--budget', 'c.json'], /--budget is given, and --compare only reads two resul/],
    [['--from', 'a.json', '--quick'], /--quick is given, and --from runs nothing; .*; leave it out/],
    [['--webdriver', 'http://127.0.0.1:9', '--browsers', 'firefox'], /--browsers is of the browsers on this machine/],
    [['--webdriver', 'http://127.0.0.1:9', '--window'], /--window is of the browsers on this machine/],
    [['--most', '64', '--stages', 'startUp'], /--most is of live sources, and none play live in these stages; leave/],
    [['some.json'], /perf does not know what "some.json" is for/],
  ];
  for (const [args, words] of cases) {
    const { status, stderr } = perf(folder, ...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, words);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'web/cli/pinna.js'), 'perf'],
    { cwd: folder, encoding: 'utf8', env: { PATH: '/nowhere' } });
  assert.equal(status, 2);
  assert.match(stderr, /^pinna: no browser is on this machine; install Chromium, Firefox or WebKitGTK/);
});

test('an_endpoint_that_is_no_webdriver_is_told_apart_from_one_that_refuses', async () => {
  const server = http.createServer((request, response) => {
    if (request.url === '/wd/session') {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ value: { error: 'session not created', message: 'no such device\nstack' } }));
    } else {
      response.end('<h1>hello</h1>');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  const { webDriverCall } = await import('../../web/perf/drivers/web-driver.js');
  await assert.rejects(webDriverCall(`http://127.0.0.1:${port}/wd`, 'POST', '/session', {}),
    { code: 'session not created', message: 'session not created: no such device' });
  await assert.rejects(webDriverCall(`http://me:secret@127.0.0.1:${port}`, 'GET', '/status'), (error) =>
    error instanceof Error && /no JSON: is it a WebDriver endpoint/.test(error.message) &&
    !error.message.includes('secret'));
  server.closeAllConnections();
  server.close();
});

test('a_window_gets_its_size_where_the_window_manager_takes_its_time', async (t) => {
  // Pages tell their former size at first, then one on the way, as WebKitGTK's do on a busy machine; the window has 38
  // pixels above the page.
  let [now, before, changed] = [[1024, 730], [1024, 730], 0];
  const inner = () => {
    const ms = performance.now() - changed;
    const [wide, high] = ms < 70 ? before : ms < 110 ? [now[0], now[1] + 38] : now;
    return [wide, high - 38];
  };
  const server = http.createServer(async (request, response) => {
    const { width, height } = JSON.parse(await text(request) || '{}');
    const answer = /** @type {Record<string, () => unknown>} */ ({
      '/session': () => ({ sessionId: 's', capabilities: { browserName: 'MiniBrowser' } }),
      '/session/s/window/rect': () => {
        [before, now, changed] = [now, [Math.max(width, 320), Math.max(height, 100)], performance.now()];
        return null;
      },
      '/session/s/execute/async': () => JSON.stringify({ value: inner() }),
    })[request.url ?? ''];
    response.end(JSON.stringify({ value: answer?.() ?? null }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  const { connectWebDriver } = await import('../../web/perf/drivers/web-driver.js');
  const browser = await connectWebDriver({ endpoint: `http://127.0.0.1:${port}`, capabilities: {} });
  const page = await browser.newPage({ width: 1000, height: 600 });
  assert.deepEqual(inner(), [1000, 600]);
  for (const size of [[500, 500], [1280, 720], [500, 500]]) {
    await page.resize(size[0], size[1]);
    assert.deepEqual(inner(), size);
  }
  await assert.rejects(page.resize(200, 500),
    /this browser's window shows 320 x 500 pixels at the nearest to 200 x 500/);
  await browser.close();
});

test('frames_of_every_length_come_back_whole_and_part_of_one_is_no_frame', () => {
  for (const length of [0, 1, 125, 126, 127, 65535, 65536, 200000]) {
    const payload = Buffer.alloc(length, 'pinna ');
    const frame = makeFrame(1, payload);
    const masked = parseFrame(frame);
    // What a client sends is masked: the mask and the payload behind the header.
    const header = length < 126 ? 2 : length < 65536 ? 4 : 10;
    const mask = frame.subarray(header, header + 4);
    const plain = frame.subarray(header + 4).map((byte, i) => byte ^ mask[i & 3]);
    assert.ok(payload.equals(Buffer.from(plain)));
    assert.equal(frame[1] & 0x80, 0x80);
    assert.equal(masked?.opcode, 1);
    // A server's frame is the same without the mask.
    const server = Buffer.concat([frame.subarray(0, header), payload]);
    server[1] &= 0x7f;
    assert.ok(parseFrame(server)?.payload.equals(payload));
    assert.equal(parseFrame(server.subarray(0, server.length - 1)), null);
  }
});

test('a_message_in_pieces_arrives_whole_and_a_ping_is_answered', async () => {
  /** @type {Buffer[]} */
  const heard = [];
  const server = net.createServer((socket) => {
    socket.once('data', async (request) => {
      socket.on('data', (bytes) => heard.push(bytes));
      const key = /Sec-WebSocket-Key: (\S+)/.exec(String(request))?.[1];
      const { createHash } = await import('node:crypto');
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const frame = (/** @type {number} */ first, /** @type {string} */ text) =>
        Buffer.concat([Buffer.from([first, text.length]), Buffer.from(text)]);
      const all = Buffer.concat([
        Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: ${accept}\r\n\r\n`),
        frame(0x01, '{"a":'), frame(0x89, 'ping'), frame(0x80, '1}'), frame(0x81, 'second'),
      ]);
      // Byte by byte, as a network may.
      for (const byte of all) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  const client = await connectWebSocket(`ws://127.0.0.1:${port}/x`);
  /** @type {string[]} */
  const messages = [];
  const done = new Promise((resolve) => {
    client.onMessage = (text) => {
      messages.push(text);
      if (messages.length === 2) {
        resolve(undefined);
      }
    };
  });
  try {
    await done;
    assert.deepEqual(messages, ['{"a":1}', 'second']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(Buffer.concat(heard)[0], 0x8a);
  } finally {
    client.close();
    server.close();
  }
});
