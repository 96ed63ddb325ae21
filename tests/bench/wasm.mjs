// SPDX-License-Identifier: MIT
/**
 * What the engine costs in wasm, in this Node: block by block through the engine host, as the worklet calls it; its
 * kernels; its memory; and ten minutes of a busy scene.
 *
 * The cases, the paths and the method are those of bench_engine.c: a block is worth its least time over the rounds.
 */
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { noise } from './noise.js';

const SAMPLE_RATE = 48000;
const QUANTUM = 128;
const CLIPS = 16;
const CLIP_FRAMES = 48000;
const WARM_UP = 100;
const TURN_RAD = 0.0042;

export const SOURCE_COUNTS = [1, 16, 64, 256, 1024];
export const MOTIONS = ['static', 'moving', 'moving+doppler'];
export const INPUTS = ['clip', 'live'];

/** The scalar module is measured for comparison only. */
const SCALAR_SOURCES = 64;

/** @typedef {{ sources: number, motion: string, input: string }} Case */
/** @typedef {{ test: Case, module: string, host: EngineHost, least: Float64Array, longest: number }} Timed */

/** @param {string} name  in web/dist */
function compiled(name) {
  return new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist', `${name}.wasm`)));
}

/**
 * Each source circles at its own height, 1.5 to 2.5 m away, at 90 degrees a second.
 * @param {SceneWriter} writer
 * @param {number} block
 */
function placeSources(writer, block) {
  for (let i = 0; i < writer.maxSources; i++) {
    const angle = 0.7 * i + TURN_RAD * block;
    const up = 0.8 * Math.sin(i);
    const flat = Math.sqrt(1 - up * up);
    const r = 2 + 0.5 * Math.sin(0.3 * i + 0.005 * block);
    writer.setSourcePosition(i, r * flat * Math.sin(angle), r * up, -r * flat * Math.cos(angle));
  }
}

/** @param {Case} test */
function sceneOf({ sources, motion, input }) {
  const writer = new SceneWriter(sources);
  for (let i = 0; i < sources; i++) {
    writer.openSource(i);
    writer.setSourceFlag(i, SourceFlag.LOOP, true);
    writer.setSourceFlag(i, SourceFlag.DOPPLER, motion === 'moving+doppler');
    writer.setSourceGain(i, 1 / sources);
    if (input === 'clip') {
      writer.setSourceBuffer(i, 1 + i % CLIPS);
      writer.startSource(i, 0, 0.01 * (i % 97));
    }
  }
  placeSources(writer, 0);
  writer.commit();
  return writer;
}

/**
 * One round of a case. What is timed is what the worklet does in a block: a new scene where there is one, the inputs,
 * the block itself.
 *
 * @param {Timed} timed
 * @param {Float32Array[]} sound
 */
function runCase(timed, sound) {
  const { host, test, least } = timed;
  const { sources, motion } = test;
  const live = test.input === 'live';
  const inputs = sound.map((clip) => [0, 1, 2, 3].map((part) => clip.subarray(part * QUANTUM, (part + 1) * QUANTUM)));
  host.reset();
  for (let i = 0; i < CLIPS && !live; i++) {
    host.setBuffer(i + 1, sound[i]);
  }
  const writer = sceneOf(test);
  host.applyScene(writer.bytes);
  for (let block = 0; block < WARM_UP + least.length; block++) {
    if (motion !== 'static') {
      placeSources(writer, block);
    }
    const start = performance.now();
    if (motion !== 'static') {
      host.applyScene(writer.bytes);
    }
    for (let i = 0; i < sources; i++) {
      if (live) {
        host.input(i).set(inputs[i % CLIPS][block % 4]);
        host.live[i] = 1;
      } else {
        host.live[i] = 0;
      }
    }
    host.process(QUANTUM);
    const took = performance.now() - start;
    if (block >= WARM_UP) {
      const at = block - WARM_UP;
      least[at] = Math.min(least[at], took);
      timed.longest = Math.max(timed.longest, took);
    }
  }
  const { sourcesSounding, sourcesMoving, peak } = host.stats;
  if (sourcesSounding !== sources || sourcesMoving !== (motion === 'static' ? 0 : sources) || !(peak[0] > 0)) {
    throw new ToolError(`${sources} ${motion} sources: the case did not do what it is named for`);
  }
}

/**
 * @param {Uint8Array} headBlob
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
export function benchEngine(headBlob, quick, progress) {
  const sound = Array.from({ length: CLIPS }, (_, i) => noise(CLIP_FRAMES, i + 1));
  /** @type {Timed[]} */
  const all = [];
  for (const module of ['pinna', 'pinna-scalar']) {
    const code = compiled(module);
    for (const sources of SOURCE_COUNTS.filter((count) => module === 'pinna' || count === SCALAR_SOURCES)) {
      const host = new EngineHost(code);
      if (!host.selfTest()) {
        throw new ToolError(`${module}.wasm fails its self-test on this machine`);
      }
      host.boot({
        headBlob,
        sampleRate: SAMPLE_RATE,
        maxSources: sources,
        maxBuffers: CLIPS,
        blockFrames: QUANTUM,
        maxBlockFrames: QUANTUM,
      });
      const blocks = sources > 64 ? 400 : quick ? 500 : 2000;
      for (const motion of MOTIONS) {
        for (const input of INPUTS) {
          const least = new Float64Array(blocks).fill(Infinity);
          all.push({ test: { sources, motion, input }, module, host, least, longest: 0 });
        }
      }
    }
  }
  const rounds = quick ? 3 : 7;
  for (let round = 0; round < rounds; round++) {
    progress(`engine in wasm, round ${round + 1} of ${rounds}`);
    for (const timed of all) {
      // The first round is also the compiler's: its figures are forgotten.
      runCase(timed, sound);
      if (round === 0) {
        timed.least.fill(Infinity);
        timed.longest = 0;
        runCase(timed, sound);
      }
    }
  }
  return all.map(({ test, module, least, longest }) => {
    least.sort();
    /** @param {number} share */
    const us = (share) => 1000 * least[Math.min(least.length - 1, Math.floor(share * least.length))];
    return { ...test, module, p50_us: us(0.5), p99_us: us(0.99), worst_us: us(1), longest_us: 1000 * longest };
  });
}

/**
 * @typedef {object} Kernels
 * @property {WebAssembly.Memory} memory
 * @property {() => void} _initialize
 * @property {(bytes: number) => number} bench_alloc
 * @property {(head: number, bytes: number) => number} bench_init
 * @property {() => number} bench_count
 * @property {(index: number) => number} bench_name
 * @property {(index: number) => number} bench_unit
 * @property {(index: number) => number} bench_units
 * @property {(index: number) => number} bench_flops
 * @property {(index: number, calls: number) => void} bench_run
 */

/**
 * @param {string} file  a module of kernels.c
 * @param {Uint8Array} headBlob
 * @param {boolean} quick
 */
export function benchKernels(file, headBlob, quick) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), {});
  const kernels = /** @type {Kernels} */ (/** @type {unknown} */ (instance.exports));
  kernels._initialize();
  const head = kernels.bench_alloc(headBlob.length);
  new Uint8Array(kernels.memory.buffer).set(headBlob, head);
  if (!kernels.bench_init(head, headBlob.length)) {
    throw new ToolError('the kernels refuse the head');
  }
  /** @param {number} at */
  const text = (at) => {
    const bytes = new Uint8Array(kernels.memory.buffer, at);
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
  };
  const rows = Array.from({ length: kernels.bench_count() }, (_, index) => ({
    index, calls: 1, least: Infinity, name: text(kernels.bench_name(index)), unit: text(kernels.bench_unit(index)),
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
      row.calls = time(row) < 0.3 ? row.calls * 2 : row.calls;
    }
  }
  for (let round = 0; round < (quick ? 100 : 500); round++) {
    for (const row of rows) {
      row.least = Math.min(row.least, time(row) / row.calls);
    }
  }
  return rows.map(({ name, unit, flops, least, units }) => ({ name, unit, flops, ns: 1e6 * least / units }));
}

/**
 * Bytes of wasm memory with an engine for so many sources, as a page has it.
 * @param {Uint8Array} headBlob
 */
export function measureMemory(headBlob) {
  const code = compiled('pinna');
  return [64, 1024].map((maxSources) => {
    const host = new EngineHost(code);
    host.boot({ headBlob, sampleRate: SAMPLE_RATE, maxSources, blockFrames: QUANTUM, maxBlockFrames: QUANTUM });
    return { sources: maxSources, wasm_bytes: host.memoryBytes };
  });
}

const SOAK_SOURCES = 16;
const SOAK_S = 600;

/**
 * Ten minutes of sound: moving sources, clips that come and go, sources that are replaced.
 * @param {Uint8Array} headBlob
 * @param {(text: string) => void} progress
 */
export function soak(headBlob, progress) {
  v8.setFlagsFromString('--expose-gc');
  /** @type {() => void} */
  const collect = vm.runInNewContext('gc');
  const host = new EngineHost(compiled('pinna'));
  host.boot({
    headBlob,
    sampleRate: SAMPLE_RATE,
    maxSources: SOAK_SOURCES,
    blockFrames: QUANTUM,
    maxBlockFrames: QUANTUM,
  });
  const writer = sceneOf({ sources: SOAK_SOURCES, motion: 'moving+doppler', input: 'clip' });
  const clip = noise(CLIP_FRAMES, 1);
  const short = clip.subarray(0, 7777);
  for (let i = 0; i < SOAK_SOURCES; i++) {
    host.setBuffer(i + 1, clip); // as much as there will ever be at once
  }
  host.applyScene(writer.bytes);
  const blocks = SOAK_S * SAMPLE_RATE / QUANTUM;
  const everyS = Math.round(SAMPLE_RATE / QUANTUM);
  /** @returns {{ wasm: number, heap: number }} */
  const memory = () => {
    collect();
    return { wasm: host.memoryBytes, heap: process.memoryUsage().heapUsed };
  };
  const began = memory();
  let heapBegan = began.heap;
  let peak = 0;
  const start = performance.now();
  for (let block = 0; block < blocks; block++) {
    placeSources(writer, block);
    if (block % everyS === 0) {
      // Once a second a source gives way to another, with a clip of another length.
      const slot = block / everyS % SOAK_SOURCES;
      host.setBuffer(slot + 1, block / everyS % 3 ? clip : short);
      writer.openSource(slot);
      writer.setSourceFlag(slot, SourceFlag.LOOP, true);
      writer.setSourceBuffer(slot, slot + 1);
      writer.startSource(slot, block * QUANTUM / SAMPLE_RATE, 0);
    }
    writer.commit();
    host.applyScene(writer.bytes);
    host.process(QUANTUM);
    peak = Math.max(peak, host.left[block % QUANTUM]);
    if (block === 60 * everyS) {
      heapBegan = memory().heap; // by now everything has been compiled
    }
    if (block % (100 * everyS) === 0) {
      progress(`ten minutes, ${Math.round(100 * block / blocks)} %`);
    }
  }
  const tookS = (performance.now() - start) / 1000;
  const ended = memory();
  if (!(peak > 0)) {
    throw new ToolError('ten minutes of silence: the run did not do what it is named for');
  }
  return {
    seconds: SOAK_S,
    sources: SOAK_SOURCES,
    took_s: tookS,
    times_real_time: SOAK_S / tookS,
    wasm_bytes_began: began.wasm,
    wasm_bytes_ended: ended.wasm,
    heap_bytes_began: heapBegan,
    heap_bytes_ended: ended.heap,
  };
}
