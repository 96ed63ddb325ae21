// SPDX-License-Identifier: MIT
/**
 * What LINN costs in wasm, live, dense (forms A and B) and as a field in the head's place (C): sources that move with
 * every block, both ears, 48 kHz, block by block as the worklet calls the engine. A block is worth its least time over
 * the rounds.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EngineHost, LinnForm } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { short, table } from './report.mjs';

const SAMPLE_RATE = 48000;
const QUANTUM = 128;
const BUDGET_MS = 1000 * QUANTUM / SAMPLE_RATE;
/** Both forms repeat what they do every four blocks: each block of a round must do the same as in the round before. */
const BLOCKS = 3 * 4 * 188;
const METRES = 1.5;
const TURN_RAD = 0.0042;

/** @type {{ form: 'A' | 'B' | 'C', sources: number, moving: boolean }[]} */
const CASES = [
  { form: 'A', sources: 1, moving: true },
  { form: 'A', sources: 4, moving: true },
  { form: 'A', sources: 1, moving: false },
  { form: 'B', sources: 1, moving: true },
  { form: 'B', sources: 16, moving: true },
  { form: 'B', sources: 1, moving: false },
  { form: 'C', sources: 1, moving: true },
  { form: 'C', sources: 64, moving: true },
  { form: 'C', sources: 64, moving: false },
];

/** The full size (models/FORMAT.md): in, out, taps. @type {[string, number, number, number][]} */
const LAYERS = [
  ['warp.conv.0', 7, 64, 2], ['warp.conv.1', 64, 64, 2], ['warp.conv.2', 64, 64, 2], ['warp.conv.3', 64, 64, 2],
  ['warp.out', 64, 2, 0],
  ['pose.0', 19, 192, 0], ['pose.1', 192, 192, 0], ['pose.2', 192, 64, 0],
  ['freq.0', 21, 192, 0], ['freq.1', 192, 192, 0], ['freq.2', 192, 64, 0],
  ['fuse.0', 64, 128, 0], ['fuse.1', 128, 64, 0], ['fuse.2', 64, 4, 0],
];

/** A dense model of 149,574 random numbers: cost does not depend on what they are. */
export function randomModel() {
  /** @type {Record<string, unknown>} */
  const header = {
    __metadata__: {
      format: 'pinna-linn-dense', version: '1', sample_rate_hz: '48000', frame: '1024', hop: '512',
      distance_law: 'none',
    },
  };
  /** @type {Float32Array[]} */
  const parts = [];
  let [bytes, state] = [0, 1];
  /** @param {string} name @param {number[]} shape @param {(i: number) => number} value */
  const add = (name, shape, value) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i));
    header[name] = { dtype: 'F32', shape, data_offsets: [bytes, bytes + values.byteLength] };
    bytes += values.byteLength;
    parts.push(values);
  };
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 8388608 - 1;
  };
  for (const [name, inputs, outputs, taps] of LAYERS) {
    const size = 1 / Math.sqrt(inputs * (taps || 1));
    add(`${name}.bias`, [outputs], () => size * random());
    add(`${name}.weight`, taps ? [outputs, inputs, taps] : [outputs, inputs], () => size * random());
  }
  add('offset_s', [1], () => 0.0005);
  add('range', [2], (i) => (i === 0 ? 0.3 : 3));
  const text = JSON.stringify(header);
  const start = Buffer.alloc(8);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  start.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([start, padded, ...parts.map((values) => Buffer.from(values.buffer))]);
}

/** @typedef {{ host: EngineHost, writer: SceneWriter, least: Float64Array, longest: number }} Timed */

/**
 * @param {Timed} timed
 * @param {boolean} moving
 * @param {Float32Array} sound
 */
function runRound(timed, moving, sound) {
  const { host, writer, least } = timed;
  for (let block = 0; block < least.length; block++) {
    for (let i = 0; i < writer.maxSources; i++) {
      const angle = 0.7 * i + (moving ? TURN_RAD * block : 0);
      writer.setSourcePosition(i, METRES * Math.sin(angle), 0.1 * i, -METRES * Math.cos(angle));
      host.input(i).set(sound.subarray(block % 64 * QUANTUM, (block % 64 + 1) * QUANTUM));
      host.live[i] = 1;
    }
    writer.commit();
    const began = performance.now();
    host.applyScene(writer.bytes);
    host.process(QUANTUM);
    const took = performance.now() - began;
    least[block] = Math.min(least[block], took);
    timed.longest = Math.max(timed.longest, took);
  }
}

/**
 * @param {Uint8Array} head
 * @param {boolean} quick
 * @param {(text: string) => void} progress
 */
export function benchLinn(head, quick, progress) {
  const [dense, plain] = ['pinna-linn', 'pinna'].map((name) =>
    new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist', `${name}.wasm`))));
  const field = fs.readFileSync(path.join(ROOT, 'models/linn/kemar-field.safetensors'));
  const model = randomModel();
  const sound = Float32Array.from({ length: 64 * QUANTUM }, () => Math.random() - 0.5);
  const rounds = quick ? 4 : 12;
  const timed = CASES.map(({ form, sources }) => {
    const host = new EngineHost(form === 'C' ? plain : dense);
    host.boot({ headBlob: form === 'C' ? field : head, sampleRate: SAMPLE_RATE, maxSources: sources,
      blockFrames: QUANTUM, maxBlockFrames: QUANTUM });
    if (form !== 'C') {
      host.loadLinn(model);
      host.setLinnForm(form === 'A' ? LinnForm.FRAMES : LinnForm.FIR);
    }
    const writer = new SceneWriter(sources);
    for (let i = 0; i < sources; i++) {
      writer.openSource(i);
      writer.setSourceGain(i, 1 / sources);
    }
    return { host, writer, least: new Float64Array(quick ? BLOCKS / 3 : BLOCKS).fill(Infinity), longest: 0 };
  });
  for (let round = 0; round <= rounds; round++) {
    progress(`dense LINN in wasm, round ${round} of ${rounds}`);
    timed.forEach((one, i) => {
      runRound(one, CASES[i].moving, sound);
      if (round === 0) { // the compiler's
        one.least.fill(Infinity);
        one.longest = 0;
      }
    });
  }
  return timed.map(({ host, least, longest }, i) => {
    const { sourcesFrames, sourcesFir, sourcesBulk, sourcesSounding, peak } = host.stats;
    const { form, sources } = CASES[i];
    // A few of form C have filters of their own, and many are mixed.
    const mixed = form === 'C' && sources > 1 ? sources : 0;
    const heard = { A: sourcesFrames, B: sourcesFir, C: sourcesSounding }[form];
    if (heard !== sources || sourcesBulk !== mixed || !(peak[0] > 0)) {
      throw new ToolError(`form ${form} with ${sources}: the case did not do what it is named for`);
    }
    least.sort();
    /** @param {number} share */
    const us = (share) => 1000 * least[Math.min(least.length - 1, Math.floor(share * least.length))];
    const mean = least.reduce((sum, ms) => sum + ms, 0) / least.length;
    return { ...CASES[i], rtf: mean / BUDGET_MS / sources, p50_us: us(0.5), p99_us: us(0.99), worst_us: us(1),
      longest_us: 1000 * longest, wasm_bytes: host.memoryBytes };
  });
}

/** @param {ReturnType<typeof benchLinn>} rows */
export function linnReport(rows) {
  return `### LINN live in wasm: A, B dense (LINN-R2, 149,574 parameters), C the field (13,700)\n\n${table(
    ['form', 'sources', 'motion', 'real-time factor a source', 'block p50 us', 'p99', 'worst', 'worst % of budget'],
    rows.map((row) => [row.form, String(row.sources), row.moving ? 'moving' : 'at rest', row.rtf.toFixed(4),
      short(row.p50_us), short(row.p99_us), short(row.worst_us), short(row.worst_us / 10 / BUDGET_MS)]),
  )}\n`;
}
