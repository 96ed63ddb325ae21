// SPDX-License-Identifier: MIT
/**
 * What the neural kernels cost natively and in wasm, beside the multiply-adds that they need; and the dense network
 * beside onnxruntime-web, in the same process.
 *
 * Method   a sample is the mean over so many calls that the clock does not matter; kernels take turns, sample by
 *          sample, and so do the two libraries, so that what else the machine does meets all of them.
 */
import fs from 'node:fs';
import path from 'node:path';
import { buildWithCMake } from '../../web/tools/build.mjs';
import { ROOT, ToolError, must, withLock } from '../../web/tools/process.mjs';
import { modelFile, randomDense } from './linn-model.mjs';
import { fusionModel, openSession } from './onnx.mjs';

const POINTS = 513;
const CODE = 64;
const OUTPUTS = 4;
/** In the table of nn_kernels.c. */
const DENSE_OUTPUTS = 4;
const SAMPLE_MS = 0.3;
/** Both libraries compute in floats; sums of 128 products of numbers near 1 differ in the sixth digit. */
const SAME = 1e-5;

/**
 * @typedef {object} NnRow
 * @property {string} name
 * @property {string} unit      what one of is timed
 * @property {number} flops     multiply-adds, twice; 0 = not counted
 * @property {number} ns        least
 * @property {number} p50_ns
 * @property {number} p99_ns
 * @property {number} worst_ns  with whatever else the machine did meanwhile
 */

/**
 * @typedef {import('./wasm.mjs').Kernels & {
 *   nn_code: () => number, nn_table: () => number, nn_table_stride: () => number,
 *   nn_outputs: () => number, nn_outputs_stride: () => number,
 * }} NnKernels
 */

/**
 * Least, median, 99th percentile and worst.
 * @param {number[]} samples  sorted in place
 * @param {number} scale
 */
function summary(samples, scale) {
  samples.sort((a, b) => a - b);
  /** @param {number} share */
  const at = (share) => scale * samples[Math.min(samples.length - 1, Math.floor(share * samples.length))];
  return { ns: at(0), p50_ns: at(0.5), p99_ns: at(0.99), worst_ns: at(1) };
}

/** @param {boolean} quick @returns {Promise<NnRow[]>} */
export async function benchNative(quick) {
  await withLock('native-gcc', () =>
    buildWithCMake('native-gcc', ['-DCMAKE_C_COMPILER=gcc'], ['pinna_bench_nn']));
  const model = path.join(ROOT, '.build/native-gcc/random-dense.safetensors');
  fs.writeFileSync(model, modelFile(randomDense()));
  const program = path.join(ROOT, '.build/native-gcc/tests/pinna_bench_nn');
  const output = await must('pinna_bench_nn', program, [model, ...(quick ? ['--quick'] : [])]);
  return output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

/**
 * @param {NnKernels} kernels
 * @param {boolean} quick
 * @returns {NnRow[]}
 */
function timeKernels(kernels, quick) {
  /** @param {number} at */
  const text = (at) => {
    const bytes = new Uint8Array(kernels.memory.buffer, at);
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
  };
  const rows = Array.from({ length: kernels.bench_count() }, (_, index) => ({
    index, calls: 1, samples: /** @type {number[]} */ ([]),
    name: text(kernels.bench_name(index)), unit: text(kernels.bench_unit(index)),
    flops: kernels.bench_flops(index), units: kernels.bench_units(index),
  }));
  /** @param {(typeof rows)[0]} row */
  const time = ({ index, calls }) => {
    const start = performance.now();
    kernels.bench_run(index, calls);
    return performance.now() - start;
  };
  for (const row of rows) {
    // Long enough for the optimising compiler to have come and gone.
    for (const end = performance.now() + 150; performance.now() < end;) {
      row.calls = time(row) < SAMPLE_MS ? row.calls * 2 : row.calls;
    }
  }
  for (let round = 0; round < (quick ? 100 : 500); round++) {
    for (const row of rows) {
      row.samples.push(time(row) / row.calls);
    }
  }
  return rows.map(({ name, unit, flops, units, samples }) => ({
    name, unit, flops, ...summary(samples, 1e6 / units),
  }));
}

/**
 * The same network by onnxruntime-web, turn by turn with ours, on the same pose.
 *
 * @param {NnKernels} kernels
 * @param {ReturnType<typeof randomDense>} tensors
 * @param {boolean} quick
 */
async function besideOnnx(kernels, tensors, quick) {
  const { buffer } = kernels.memory;
  const stride = kernels.nn_table_stride();
  const ours = new Float32Array(buffer, kernels.nn_table(), CODE * stride);
  const table = Float32Array.from({ length: POINTS * CODE }, (_, i) => ours[i % CODE * stride + Math.floor(i / CODE)]);
  const session = await openSession(fusionModel(tensors, table, POINTS));
  const code = session.tensor(new Float32Array(buffer, kernels.nn_code(), CODE).slice());
  kernels.bench_run(DENSE_OUTPUTS, 1);
  const theirs = await session.run(code);
  const outputs = new Float32Array(buffer, kernels.nn_outputs(), OUTPUTS * kernels.nn_outputs_stride());
  let error = 0;
  let peak = 0;
  for (let i = 0; i < POINTS * OUTPUTS; i++) {
    const own = outputs[i % OUTPUTS * kernels.nn_outputs_stride() + Math.floor(i / OUTPUTS)];
    error = Math.max(error, Math.abs(own - theirs[i]));
    peak = Math.max(peak, Math.abs(own));
  }
  if (!(error <= SAME * peak) || theirs.length !== POINTS * OUTPUTS) {
    throw new ToolError(`onnxruntime-web computes something else: off by ${error} of ${peak}`);
  }
  const own = [];
  const other = [];
  const rounds = quick ? 100 : 500;
  for (let round = -50; round < rounds; round++) {
    const start = performance.now();
    kernels.bench_run(DENSE_OUTPUTS, 1);
    const between = performance.now();
    await session.run(code);
    const end = performance.now();
    if (round >= 0) {
      own.push(between - start);
      other.push(end - between);
    }
  }
  return { version: session.version, error: error / peak, own: summary(own, 1e6), other: summary(other, 1e6) };
}

/**
 * @param {string} file  bench-nn.wasm
 * @param {boolean} quick
 */
export async function benchWasm(file, quick) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), {});
  const kernels = /** @type {NnKernels} */ (/** @type {unknown} */ (instance.exports));
  const tensors = randomDense();
  const blob = modelFile(tensors);
  kernels._initialize();
  const at = kernels.bench_alloc(blob.length);
  new Uint8Array(kernels.memory.buffer).set(blob, at);
  if (!kernels.bench_init(at, blob.length)) {
    throw new ToolError('the kernels refuse the model');
  }
  return { kernels: timeKernels(kernels, quick), onnx: await besideOnnx(kernels, tensors, quick) };
}
