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
import { openSession, perceptronModel } from './onnx.mjs';

const POINTS = 513;
const CODE = 64;
const OUTPUTS = 4;
/** In the table of nn_kernels.c. */
const DENSE_OUTPUTS = 4;
const FIELD = 9;
const FIELD_SIZES = [40, 64, 64, 36];
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
 *   nn_field_weight: (layer: number) => number, nn_field_x: () => number, nn_field_y: () => number,
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
 * The same network by onnxruntime-web, turn by turn with ours, on the same input.
 *
 * @param {object} about
 * @param {Uint8Array} about.model   ONNX
 * @param {() => Float32Array} about.input   of the call before
 * @param {() => Float32Array} about.output  likewise, as the model has it
 * @param {(calls: number) => void} about.run
 * @param {number} about.calls  of ours that are timed together
 * @param {boolean} quick
 */
async function besideOnnx({ model, input, output, run, calls }, quick) {
  const session = await openSession(model);
  run(1);
  const tensor = session.tensor(input());
  const theirs = await session.run(tensor);
  const ours = output();
  const peak = Math.max(...ours.map(Math.abs));
  const error = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]))) / peak;
  if (!(error <= SAME) || theirs.length !== ours.length) {
    throw new ToolError(`onnxruntime-web computes something else: off by ${error} of the peak`);
  }
  const own = [];
  const other = [];
  const rounds = quick ? 100 : 500;
  for (let round = -50; round < rounds; round++) {
    const start = performance.now();
    run(calls);
    const between = performance.now();
    await session.run(tensor);
    const end = performance.now();
    if (round >= 0) {
      own.push((between - start) / calls);
      other.push(end - between);
    }
  }
  return { version: session.version, error, own: summary(own, 1e6), other: summary(other, 1e6) };
}

/**
 * All points of a frame at once.
 *
 * @param {NnKernels} kernels
 * @param {ReturnType<typeof randomDense>} tensors
 * @param {boolean} quick
 */
function fusionBesideOnnx(kernels, tensors, quick) {
  const { buffer } = kernels.memory;
  const stride = kernels.nn_table_stride();
  const ours = new Float32Array(buffer, kernels.nn_table(), CODE * stride);
  const table = Float32Array.from({ length: POINTS * CODE }, (_, i) => ours[i % CODE * stride + Math.floor(i / CODE)]);
  const across = kernels.nn_outputs_stride();
  const outputs = new Float32Array(buffer, kernels.nn_outputs(), OUTPUTS * across);
  const layers = [0, 1, 2].map((i) => ({ weight: tensors[`fuse.${i}.weight`], bias: tensors[`fuse.${i}.bias`] }));
  return besideOnnx({
    model: perceptronModel(layers, { shape: [POINTS, CODE], values: table }),
    input: () => new Float32Array(buffer, kernels.nn_code(), CODE).slice(),
    output: () => Float32Array.from({ length: POINTS * OUTPUTS }, (_, i) =>
      outputs[i % OUTPUTS * across + Math.floor(i / OUTPUTS)]),
    run: (calls) => kernels.bench_run(DENSE_OUTPUTS, calls),
    calls: 1,
  }, quick);
}

/**
 * One source of form C.
 *
 * @param {NnKernels} kernels
 * @param {boolean} quick
 */
function fieldBesideOnnx(kernels, quick) {
  const { buffer } = kernels.memory;
  const layers = [0, 1, 2].map((i) => {
    const shape = [FIELD_SIZES[i + 1], FIELD_SIZES[i]];
    return { weight: { shape, values: new Float32Array(buffer, kernels.nn_field_weight(i), shape[0] * shape[1]) } };
  });
  return besideOnnx({
    model: perceptronModel(layers),
    input: () => new Float32Array(buffer, kernels.nn_field_x(), FIELD_SIZES[0]).slice(),
    output: () => new Float32Array(buffer, kernels.nn_field_y(), FIELD_SIZES[3]).slice(),
    run: (calls) => kernels.bench_run(FIELD, calls),
    calls: 100,
  }, quick);
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
  return {
    kernels: timeKernels(kernels, quick),
    fusion: await fusionBesideOnnx(kernels, tensors, quick),
    field: await fieldBesideOnnx(kernels, quick),
  };
}
