// SPDX-License-Identifier: MIT
/**
 * Runs the real processor for a number of blocks and prints what happened, as JSON.
 *
 * Four sources play a clip and two take live input, or are soundfields; then two ears are added as well. All of them
 * move, and the head turns: another thread publishes scenes all the time, as a page would.
 */
import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { Measure, Report } from '../../web/shared/report.js';
import { LatestSlotWriter, createLatestSlot } from '../../web/shared/latest-slot.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter, sceneBytes } from '../../web/shared/scene-writer.js';
import { readStats } from '../../web/shared/stats.js';
import { loadWorklet } from './worklet-scope.mjs';

const RATE = 48000;
const QUANTUM = 128;
const SOURCES = 6;
const LIVE = 2;
/** Of the live inputs where they are soundfields. */
const ORDERS = [1, 3];
const WARM_UP_BLOCKS = 30000;

if (isMainThread) {
  await main(JSON.parse(process.argv[2]));
} else {
  move(workerData.memory, workerData.stop, workerData.fields);
}

/**
 * The page's side: a new scene every millisecond.
 *
 * @param {SharedArrayBuffer} memory
 * @param {Int32Array} stop
 * @param {boolean} fields
 */
function move(memory, stop, fields) {
  const slot = new LatestSlotWriter(memory, sceneBytes(SOURCES));
  const scene = new SceneWriter(SOURCES);
  for (let i = 0; i < SOURCES; i++) {
    scene.openSource(i);
    if (i >= LIVE) {
      scene.setSourceBuffer(i, 1);
      scene.setSourceFlag(i, 8, true);
      scene.startSource(i, 0, 0.01 * i);
    } else if (fields) {
      scene.setSourceFlag(i, SourceFlag.SOUNDFIELD, true);
      scene.setSourceOrder(i, ORDERS[i]);
    }
  }
  for (let n = 0; Atomics.wait(stop, 0, 0, 1) === 'timed-out'; n++) {
    for (let i = 0; i < SOURCES; i++) {
      const angle = i + n * 0.01 * (i + 1);
      scene.setSourcePosition(i, 2 * Math.sin(angle), Math.sin(angle * 0.37), -2 * Math.cos(angle));
      scene.setSourceOrientation(i, 0, Math.sin(angle), 0, Math.cos(angle));
    }
    scene.setListenerPose(0, 0, 0, 0, Math.sin(n * 0.003), 0, Math.cos(n * 0.003));
    scene.commit();
    slot.publish(scene.bytes);
  }
}

/** @param {{ blocks: number, dispose?: number, watch?: number, fields?: number }} wishes */
async function main(wishes) {
  const worklet = await loadWorklet(RATE);
  const memory = createLatestSlot(sceneBytes(SOURCES));
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const head = fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url));
  const wasm = fs.readFileSync(new URL(`../../web/dist/pinna${wishes.fields ? '-soundfield' : ''}.wasm`,
    import.meta.url));
  const { processor, port, close } = worklet.construct({
    wasmModule: new WebAssembly.Module(wasm),
    headBlob: /** @type {ArrayBuffer} */ (head.buffer.slice(head.byteOffset, head.byteOffset + head.byteLength)),
    maxSources: SOURCES,
    maxBuffers: 1,
    dopplerMaxM: 50,
    quantum: QUANTUM,
    live: true,
    sceneMemory: memory,
    ...wishes.fields ? { soundfields: LIVE, earInputs: true } : {},
  });
  /** @type {any[]} */
  const messages = [];
  port.on('message', (message) => messages.push(message));

  const clip = Float32Array.from({ length: RATE }, (_, n) => 0.3 * Math.sin(n * n * 1e-4));
  port.postMessage({ type: 'clip', number: 1, frames: clip.length, offset: 0, samples: clip });
  await arrival(messages, (m) => m.type === 'clip');
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { memory, stop, fields: !!wishes.fields } });
  await new Promise((resolve) => worker.once('online', resolve));

  if (wishes.watch) {
    port.postMessage({ type: 'watch', on: true });
  }

  /** @param {number} i */
  const channelsOf = (i) => (i < LIVE ? (wishes.fields ? (ORDERS[i] + 1) ** 2 : 1) : i < SOURCES ? 0 : 1);
  const inputs = Array.from({ length: SOURCES + (wishes.fields ? 2 : 0) }, (_, i) =>
    Array.from({ length: channelsOf(i) }, () =>
      Float32Array.from({ length: QUANTUM }, (__, n) => 0.2 * Math.sin(n * Math.PI * (i + 1) / 32))));
  const left = new Float32Array(QUANTUM);
  const right = new Float32Array(QUANTUM);
  const outputs = [[left, right]];
  const sums = new Float64Array(2);

  run(processor, inputs, outputs, sums, WARM_UP_BLOCKS);
  const before = await report(port, messages);
  /** @type {PerformanceEntry[]} */
  const collections = [];
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
  /** @type {any} */ (globalThis).gc();
  await new Promise((resolve) => setTimeout(resolve, 100));
  sums.fill(0);
  const heapBefore = process.memoryUsage().heapUsed;
  const started = performance.now();
  run(processor, inputs, outputs, sums, wishes.blocks);
  const ended = performance.now();
  const heapGrowthBytes = process.memoryUsage().heapUsed - heapBefore;
  // What was collected is told by a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 100));
  // V8 also tidies up by itself when a process rests, as this one does before and after.
  const counted = collections.filter(({ startTime }) => startTime >= started && startTime <= ended).length;
  const after = await report(port, messages);

  let afterDispose;
  if (wishes.dispose) {
    port.postMessage({ type: 'dispose' });
    await arrival(messages, (m) => m.type === 'disposed');
    afterDispose = { returned: processor.process(inputs, outputs), answered: true };
  }
  Atomics.store(stop, 0, 1);
  Atomics.notify(stop, 0);
  await worker.terminate();
  close();
  console.log(JSON.stringify({
    blocks: (after.stats.frames - before.stats.frames) / QUANTUM,
    collections: counted,
    microsecondsPerBlock: (ended - started) * 1000 / wishes.blocks,
    heapGrowthBytes,
    wasmBytesBefore: before.wasmBytes,
    wasmBytesAfter: after.wasmBytes,
    scenesApplied: after.stats.scenesApplied - before.stats.scenesApplied,
    scenesRefused: after.stats.scenesRefused,
    nonFinite: sums[1],
    rms: Math.sqrt(sums[0] / (2 * QUANTUM * wishes.blocks)),
    afterDispose,
  }));
}

/**
 * Calls process as a browser does: the frame first, the same arrays again.
 *
 * @param {any} processor
 * @param {Float32Array[][]} inputs
 * @param {Float32Array[][]} outputs
 * @param {Float64Array} sums  energy, blocks that were not finite
 * @param {number} blocks
 */
function run(processor, inputs, outputs, sums, blocks) {
  const scope = /** @type {any} */ (globalThis);
  const left = outputs[0][0];
  const right = outputs[0][1];
  for (let block = 0; block < blocks; block++) {
    if (!processor.process(inputs, outputs)) {
      throw new Error('the processor ended');
    }
    scope.currentFrame += QUANTUM;
    addEnergy(left, right, sums);
  }
}

/** @param {Float32Array} left @param {Float32Array} right @param {Float64Array} sums */
function addEnergy(left, right, sums) {
  let energy = 0;
  for (let i = 0; i < left.length; i++) {
    energy += left[i] * left[i] + right[i] * right[i];
  }
  if (Number.isFinite(energy)) {
    sums[0] += energy;
  } else {
    sums[1] += 1;
  }
}

/**
 * @param {any[]} messages
 * @param {(message: any) => boolean} wanted
 */
async function arrival(messages, wanted) {
  for (let tries = 0; tries < 1000; tries++) {
    const index = messages.findIndex(wanted);
    if (index >= 0) {
      return messages.splice(index, 1)[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('the processor did not answer');
}

/**
 * @param {import('node:worker_threads').MessagePort} port
 * @param {any[]} messages
 */
async function report(port, messages) {
  messages.length = 0;
  port.postMessage({ type: 'flush', id: 1 });
  await arrival(messages, (m) => m.type === 'flushed');
  const bytes = messages.find((m) => m instanceof Uint8Array);
  const { measures, stats } = new Report(SOURCES, bytes);
  return {
    stats: readStats(new DataView(stats.buffer, stats.byteOffset, stats.byteLength)),
    wasmBytes: measures[Measure.memoryBytes],
  };
}
