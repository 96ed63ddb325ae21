// SPDX-License-Identifier: MIT
/**
 * `npm run bench`: what rendering costs, natively, in wasm, and beside the browser's own PannerNode; and what the
 * neural kernels cost, beside onnxruntime-web.
 *
 *     npm run bench                      everything, some six minutes
 *     npm run bench -- --quick           fewer and shorter rounds, a minute
 *     npm run bench -- --only wasm       native, wasm, nn, linn, ambisonics or chromium; may be
 *                                      repeated
 *     npm run bench -- --no-soak         without the ten minutes of sound
 *     npm run bench -- --json FILE       all figures
 *     npm run bench -- --write           the tables into tests/bench/RESULTS.md
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, buildWithCMake } from '../../web/tools/build.mjs';
import { ROOT, ToolError, asProgram, must, withLock } from '../../web/tools/process.mjs';
import { setup } from '../../web/tools/setup.mjs';
import { circumstancesOf, firstLine, optionsOf, progressLine } from '../support/report-program.mjs';
import { ambisonicsReport, benchAmbisonics, benchAmbisonicsInChromium } from './ambisonics.mjs';
import { benchLinn, linnReport } from './linn.mjs';
import { nnReport } from './nn-report.mjs';
import { report } from './report.mjs';

const HEAD = 'models/kemar/kemar.safetensors';
const RESULTS = 'tests/bench/RESULTS.md';
const PARTS = /** @type {const} */ (['native', 'wasm', 'nn', 'linn', 'ambisonics', 'chromium']);

/** @typedef {(typeof PARTS)[number]} Part */

/** @param {string[]} args */
function readOptions(args) {
  const { flags, values } = optionsOf(args, ['quick', 'soak', 'no-soak', 'write'], ['only', 'json']);
  const only = /** @type {Part[]} */ (values.only);
  const unknown = only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) {
    throw new ToolError(`--only takes ${PARTS.join(', ')}, not ${unknown}.`, 2);
  }
  return {
    quick: flags.has('quick'),
    soak: !flags.has('no-soak'),
    write: flags.has('write'),
    json: values.json.at(-1) ?? '',
    only: only.length > 0 ? only : [...PARTS],
  };
}

/**
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
async function native(quick, progress) {
  progress('building');
  await withLock('native-gcc', () => buildWithCMake('native-gcc', ['-DCMAKE_C_COMPILER=gcc'], ['pinna_bench']));
  progress('native engine and kernels, about a minute');
  const program = path.join(ROOT, '.build/native-gcc/tests/pinna_bench');
  const output = await must('pinna_bench', program, [HEAD, ...(quick ? ['--quick'] : [])]);
  const rows = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  /** @param {string} row */
  const of = (row) => rows.filter((item) => item.row === row);
  return { engine: of('engine'), kernels: of('kernel'), memory: of('memory') };
}

/**
 * @param {{ quick: boolean, soak: boolean }} options
 * @param {(text: string) => void} progress
 */
async function wasm({ quick, soak }, progress) {
  progress('building');
  const modules = ['bench-pinna_simd', 'bench-pinna_plain'];
  await withLock('build', () => buildWithCMake('wasm', wasmOptions(), modules));
  const bench = await import('./wasm.mjs');
  const head = fs.readFileSync(path.join(ROOT, HEAD));
  progress('kernels in wasm');
  const [kernels, scalarKernels] = modules
    .map((name) => bench.benchKernels(path.join(ROOT, '.build/wasm', `${name}.wasm`), head, quick));
  return {
    memory: bench.measureMemory(head),
    kernels,
    scalarKernels,
    soak: soak ? bench.soak(head, progress) : null,
    engine: bench.benchEngine(head, quick, progress),
  };
}

/**
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
async function networks(quick, progress) {
  progress('building');
  await withLock('build', () => buildWithCMake('wasm', wasmOptions(), ['bench-nn']));
  const bench = await import('./nn.mjs');
  progress('neural kernels in wasm, and onnxruntime-web');
  const inWasm = await bench.benchWasm(path.join(ROOT, '.build/wasm/bench-nn.wasm'), quick);
  progress('neural kernels, native');
  return { native: await bench.benchNative(quick), wasm: inWasm };
}

/** What the folder was configured with: the same options configure nothing anew. */
function wasmOptions() {
  return fs.readFileSync(path.join(ROOT, '.build/wasm/configured-with'), 'utf8').split('\n');
}

async function circumstances() {
  const release = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : '';
  return {
    ...await circumstancesOf(['src', 'web', 'wasm']),
    load: os.loadavg().map((load) => load.toFixed(1)).join(' '),
    system: /^PRETTY_NAME="(.*)"/m.exec(release)?.[1] ?? `${os.type()} ${os.release()}`,
    gcc: await firstLine('gcc', ['-dumpfullversion']),
    emcc: (/\d+\.\d+\.\d+/.exec(await firstLine('emcc', ['--version'])) ?? [''])[0],
  };
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  /** @param {Part} part */
  const wants = (part) => options.only.includes(part);
  await setup(['build', ...(wants('native') || wants('nn') ? /** @type {const} */ (['native']) : []),
    ...(wants('chromium') || wants('ambisonics') ? /** @type {const} */ (['browser']) : [])]);
  await build();
  const progress = progressLine();
  const started = Date.now();
  /** @type {import('./report.mjs').Figures & { nn: import('./nn-report.mjs').NnFigures | null,
   *   linn: ReturnType<typeof benchLinn> | null, ambisonics: { wasm: ReturnType<typeof benchAmbisonics>,
 *   page: Awaited<ReturnType<typeof benchAmbisonicsInChromium>> } | null }} */
  const figures = {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    circumstances: await circumstances(),
    native: wants('native') ? await native(options.quick, progress) : null,
    wasm: wants('wasm') ? await wasm(options, progress) : null,
    nn: wants('nn') ? await networks(options.quick, progress) : null,
    linn: wants('linn') ? benchLinn(fs.readFileSync(path.join(ROOT, HEAD)), options.quick, progress) : null,
    ambisonics: wants('ambisonics') ? {
      wasm: benchAmbisonics(fs.readFileSync(path.join(ROOT, HEAD)), options.quick, progress),
      page: await benchAmbisonicsInChromium(options.quick, progress),
    } : null,
    chromium: wants('chromium')
      ? await (await import('./chromium.mjs')).benchChromium(options.quick, progress)
      : null,
    seconds: 0,
  };
  figures.seconds = Math.round((Date.now() - started) / 1000);
  progress('');
  const text = report(figures) + (figures.nn ? `\n${nnReport(figures.nn)}` : '') +
    (figures.linn ? `\n${linnReport(figures.linn)}` : '') +
    (figures.ambisonics ? `\n${ambisonicsReport(figures.ambisonics.wasm, figures.ambisonics.page)}` : '');
  console.log(text);
  if (options.json) {
    fs.writeFileSync(options.json, `${JSON.stringify(figures, null, 1)}\n`);
  }
  if (options.write) {
    fs.writeFileSync(path.join(ROOT, RESULTS), `# What rendering costs\n\n${text}`);
    console.log(`Written to ${RESULTS}`);
  }
});
