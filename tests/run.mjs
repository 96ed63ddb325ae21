// SPDX-License-Identifier: MIT
/**
 * `npm test`: sets the machine up, builds, and runs every test there is.
 *
 *     npm test                            everything
 *     npm test -- native-gcc structure    these stages only
 *     npm test -- --list                  their names
 *
 * No stage stops the others. The last line sums all runners up; the exit code is 1 if anything failed. Whole outputs
 * are kept in .build/logs.
 */
import fs from 'node:fs';
import path from 'node:path';
import { build, buildWithCMake } from '../web/tools/build.mjs';
import { check } from '../web/tools/check.mjs';
import { cFiles, formatted } from '../web/tools/format.mjs';
import { ROOT, ToolError, asProgram, onPath, run, withLock } from '../web/tools/process.mjs';
import { setup } from '../web/tools/setup.mjs';
import { makeSounds } from '../web/tools/sounds.mjs';
import { runDoors } from './fuzz/run.mjs';

/**
 * @typedef {object} Result
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} output  shown when something failed
 */

/** @typedef {(name: string) => Promise<Result>} Stage */

/**
 * One build of the library and its tests, and one run of all cmocka programs.
 * @param {string[]} options  CMake's
 * @returns {Stage}
 */
function native(options) {
  return async (name) => {
    await withLock(name, () => buildWithCMake(name, options));
    const { code, output } = await run('ctest', ['--test-dir', path.join('.build', name), '-V', '-j', '2'], {
      heartbeat: name,
      log: log(name),
    });
    return countCtest(code, output);
  };
}

/**
 * Sums the cmocka tests up. A program that ended without its summary (a crash, a sanitizer's finding) is one failure.
 * @param {number} code
 * @param {string} output
 * @returns {Result}
 */
function countCtest(code, output) {
  /** @type {Map<string, { passed: number, failed: number, skipped: number }>} */
  const programs = new Map();
  for (const line of output.split('\n')) {
    const match = /^(\d+): \[ +(PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)/.exec(line);
    if (match) {
      const counts = programs.get(match[1]) ?? { passed: 0, failed: 0, skipped: 0 };
      counts[/** @type {'passed'} */ (match[2].toLowerCase())] = Number(match[3]);
      programs.set(match[1], counts);
    }
  }
  const result = { passed: 0, failed: 0, skipped: 0, output };
  let bad = 0;
  for (const line of output.split('\n')) {
    const match = /^ *\d+\/\d+ Test +#(\d+): (\S+) \.+ *(.*?) +[\d.]+ sec/.exec(line);
    if (match) {
      const counts = programs.get(match[1]) ?? { passed: 0, failed: 0, skipped: 0 };
      const failed = !match[3].startsWith('Passed');
      bad += failed ? 1 : 0;
      result.passed += counts.passed;
      result.skipped += counts.skipped;
      result.failed += failed ? Math.max(counts.failed, 1) : counts.failed;
    }
  }
  if ((code !== 0 && bad === 0) || result.passed + result.failed === 0) {
    result.failed += 1;
  }
  result.output = failures(output);
  return result;
}

/**
 * What ctest printed about the programs that failed, without the others.
 * @param {string} output
 */
function failures(output) {
  const verdicts = output.matchAll(/^ *\d+\/\d+ Test +#(\d+): \S+ \.+ *\**(?!Passed)\w/gm);
  const bad = new Set([...verdicts].map((match) => match[1]));
  const kept = output.split('\n').filter((line) => {
    const match = /^(\d+): /.exec(line) ?? /Test +#(\d+):/.exec(line);
    return match ? bad.has(match[1]) && !/\[ +(RUN|OK) +\]/.test(line) : false;
  });
  return kept.length > 0 ? kept.join('\n') : output;
}

/** A file that takes longer than this hangs. */
const FILE_LIMIT_SECONDS = 300;

/** A test that failed may leave a server open: with this, its file ends all the same once the last test has. */
const FORCE_EXIT = '--test-force-exit';

/** @returns {Promise<string[]>}  what Node knows of it: 20.14 and newer */
async function forceExit() {
  const { output } = await run(process.execPath, ['--help']);
  return output.includes(FORCE_EXIT) ? [FORCE_EXIT] : [];
}

/**
 * Browser tests that wait until something is so, two files at a time, the longest first: a busy machine only makes them
 * slower. The rest measure how long things take, and have the machine to themselves.
 */
const PATIENT = ['heads', 'player-states', 'example-orbit', 'examples', 'consoles', 'player', 'example-webxr',
  'adapters', 'panner', 'errors', 'example-linn', 'three', 'offline', 'soundfield', 'linn',
  'linn-field', 'timbre', 'three-hosts'];

/**
 * Files of Node's own test runner, each in a process of its own.
 * @param {string} folder  below tests/
 * @param {number} atOnce  1 for tests that must have the machine to themselves
 * @param {string[]} [patient]  names of files that go before the others, two at once
 * @returns {Stage}
 */
function node(folder, atOnce, patient = []) {
  return async (name) => {
    const home = path.join(ROOT, 'tests', folder);
    const all = (fs.existsSync(home) ? fs.readdirSync(home) : []).filter((file) => file.endsWith('.test.mjs')).sort();
    if (all.length === 0) {
      return { passed: 0, failed: 1, skipped: 0, output: `tests/${folder} holds no *.test.mjs` };
    }
    const first = patient.map((file) => `${file}.test.mjs`);
    const rest = all.filter((file) => !first.includes(file));
    const options = [...await forceExit(), '--test-reporter=spec'];
    const sum = { passed: 0, failed: 0, skipped: 0, output: '' };
    const worker = async (/** @type {string[]} */ files) => {
      for (let file = files.shift(); file !== undefined; file = files.shift()) {
        const started = Date.now();
        const { code, output } = await run(process.execPath, [...options, path.join(home, file)], {
          heartbeat: `${name} ${file}`,
          log: log(`${name}-${path.basename(file, '.test.mjs')}`),
          limitSeconds: FILE_LIMIT_SECONDS,
          env: { NODE_TEST_CONTEXT: undefined, FORCE_COLOR: '0' },
        });
        const counts = countNode(code, output);
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        sum.skipped += counts.skipped;
        sum.output += counts.failed > 0 ? `${file}\n${counts.output}\n` : '';
        console.log(`    ${counts.failed > 0 ? '✖' : '✔'} ${file}  ${seconds(started)}, ${summary(counts)}`);
      }
    };
    await Promise.all([worker(first), worker(first)]);
    await Promise.all(Array.from({ length: atOnce }, () => worker(rest)));
    return sum;
  };
}

/**
 * @param {number} code
 * @param {string} output
 * @returns {Result}
 */
function countNode(code, output) {
  /** @param {string} word */
  const number = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const result = {
    passed: number('pass'),
    failed: number('fail') + number('cancelled'),
    skipped: number('skipped') + number('todo'),
    output: output
      .slice(Math.max(0, output.indexOf('✖ failing tests:')))
      .split('\n')
      .filter((line) => !line.includes('node:internal/'))
      .join('\n'),
  };
  if ((code !== 0 && result.failed === 0) || result.passed + result.failed + result.skipped === 0) {
    result.failed += 1;
    result.output = output;
  }
  return result;
}

/** @type {Stage} */
async function types() {
  const { ok, output } = await check();
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, output };
}

/** @type {Stage} */
async function format() {
  if (!onPath('clang-format')) {
    return { passed: 0, failed: 0, skipped: 1, output: '' };
  }
  const wrong = [];
  for (const file of cFiles()) {
    const { before, after } = await formatted(file);
    if (before !== after) {
      const lines = after.split('\n');
      const line = before.split('\n').findIndex((text, index) => text !== lines[index]) + 1;
      wrong.push(`${file}:${line}: clang-format writes this differently; npm run format mends it`);
    }
  }
  const good = wrong.length === 0;
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, output: wrong.join('\n') };
}

/** Every door for half a minute. @type {Stage} */
async function fuzz(name) {
  const doors = await runDoors({ seconds: 30, show: false });
  const bad = doors.filter(({ ok }) => !ok);
  fs.mkdirSync(path.dirname(log(name)), { recursive: true });
  fs.writeFileSync(log(name), doors.map(({ door, output }) => `── ${door}\n${output}\n`).join(''));
  doors.forEach(({ ok, said }) => console.log(`    ${ok ? '✔' : '✖'} ${said}`));
  return { passed: doors.length - bad.length, failed: bad.length, skipped: 0,
    output: bad.map(({ door, output }) => `${door}\n${output}`).join('\n') };
}

/** @type {Record<string, Stage>} */
const STAGES = {
  'native-gcc': native(['-DCMAKE_C_COMPILER=gcc']),
  'native-clang': native(['-DCMAKE_C_COMPILER=clang']),
  'native-sanitized': native(['-DCMAKE_C_COMPILER=gcc', '-DPN_SANITIZE=ON']),
  structure: node('structure', 1),
  types,
  format,
  fuzz,
  web: node('web', 2),
  training: node('training', 1),
  browser: node('browser', 1, PATIENT),
  consumers: node('consumers', 2),
};

/** A stage that runs beside another: fuzzing takes its time whatever else there is to do. */
const BESIDE = /** @type {Record<string, string | undefined>} */ ({ fuzz: 'training' });

/** @param {string} name */
function log(name) {
  return path.join(ROOT, '.build/logs', `${name}.log`);
}

/** @param {number} started */
function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/** @param {{ passed: number, failed: number, skipped: number }} counts */
function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  if (args.includes('--list')) {
    console.log(Object.keys(STAGES).join('\n'));
    return;
  }
  const unknown = args.filter((name) => !Object.hasOwn(STAGES, name));
  if (unknown.length > 0) {
    throw new ToolError(`${unknown.join(', ')}: no such stage; there are ${Object.keys(STAGES).join(', ')}.`, 2);
  }
  const names = args.length > 0 ? args : Object.keys(STAGES);
  const started = Date.now();
  console.log('── set-up and build');
  await setup(['build', 'sounds', 'native', 'browser', 'training']);
  const total = { passed: 0, failed: 0, skipped: 0 };
  // A module that does not build fails here once; the stages that do not need it still run.
  const prepared = await attempt(async () => {
    await build();
    await makeSounds();
    return { passed: 1, failed: 0, skipped: 0, output: '' };
  });
  report('set-up and build', prepared, started, total);
  /** @type {Map<string, { started: number, result: Promise<Result> }>} */
  const running = new Map();
  const begin = (/** @type {string} */ name) => {
    const stage = running.get(name) ?? { started: Date.now(), result: attempt(() => STAGES[name](name)) };
    running.set(name, stage);
    return stage;
  };
  for (const name of names) {
    console.log(`── ${name}`);
    const beside = BESIDE[name];
    if (beside !== undefined && names.includes(beside)) {
      begin(beside);
    }
    const stage = begin(name);
    report(name, await stage.result, stage.started, total);
  }
  console.log(`── all in ${seconds(started)}`);
  console.log(summary(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
});

/**
 * @param {() => Promise<Result>} stage
 * @returns {Promise<Result>}
 */
async function attempt(stage) {
  try {
    return await stage();
  } catch (error) {
    const output = error instanceof ToolError ? error.message : String(/** @type {Error} */ (error).stack);
    return { passed: 0, failed: 1, skipped: 0, output };
  }
}

/**
 * @param {string} name
 * @param {Result} result
 * @param {number} started
 * @param {{ passed: number, failed: number, skipped: number }} total
 */
function report(name, result, started, total) {
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped;
  if (result.failed > 0) {
    console.log(result.output.trimEnd());
  }
  console.log(`${result.failed > 0 ? '✖' : '✔'} ${name}  ${seconds(started)}, ${summary(result)}`);
}
