// SPDX-License-Identifier: MIT
/** The dense LINN for the command line: its model file, and a recording rendered as the published systems do it. */

import { fileURLToPath } from 'node:url';

import { EngineHost } from '../shared/engine-host.js';
import { Status } from '../shared/layout.gen.js';
import { compileModule } from './engine.js';
import { CliError } from './errors.js';
import { readInput } from './files.js';

/** The dense model that ships with pinna. */
const DEFAULT_MODEL = fileURLToPath(new URL('../../models/linn/kemar-dense.safetensors', import.meta.url));

const WASM = 'pinna-linn.wasm';
const BLOCK_FRAMES = 1024;
const ROW_NUMBERS = 7;

/** That recordings are rendered at. */
export const LINN_RATE_HZ = 48000;

/**
 * @typedef {object} LinnModel
 * @property {string} file
 * @property {Uint8Array} blob
 * @property {number[]} mouth  from the talker's marker, talker's axes, metres
 * @property {[number, number]} range  of the mouth's distance, metres
 * @property {boolean} overDistance  the sound was divided by it in training
 */

/**
 * @param {string | undefined} name of a file; the model that ships with pinna without one
 * @returns {LinnModel}  what the command line must know of it; the engine checks it
 */
export function readLinnModel(name) {
  const file = name ?? DEFAULT_MODEL;
  const blob = readInput(file);
  try {
    const headerBytes = Number(blob.readBigUInt64LE(0));
    const header = JSON.parse(blob.toString('utf8', 8, 8 + headerBytes));
    /** @param {string} key @returns {number[] | undefined} */
    const numbers = (key) => {
      const { data_offsets: [from, to] = [0, 0] } = header[key] ?? {};
      return to === 0 ? undefined : Array.from({ length: (to - from) / 4 },
        (_, i) => blob.readFloatLE(8 + headerBytes + from + 4 * i));
    };
    const [nearest, farthest] = numbers('range') ?? [];
    if (nearest === undefined || farthest === undefined || header.__metadata__.format !== 'pinna-linn-dense') {
      throw new CliError('');
    }
    return {
      file,
      blob,
      mouth: numbers('mouth') ?? [0.09, 0, -0.2],
      range: [nearest, farthest],
      overDistance: header.__metadata__.distance_law === 'inverse',
    };
  } catch {
    throw new CliError(`${file}: it is not a dense LINN`, 'name a file as models/FORMAT.md describes them, ' +
      'with: --model FILE');
  }
}

/** @returns {Promise<WebAssembly.Instance>} of the wasm with the dense LINN, not booted */
async function instantiate() {
  const module = await compileModule(WASM);
  if (module === undefined) {
    throw new CliError(`this Node refuses ${WASM}`, 'use a current Node, and build again with: npm run build');
  }
  const instance = new WebAssembly.Instance(module, {});
  /** @type {{ _initialize?: () => void }} */ (instance.exports)._initialize?.();
  return instance;
}

/**
 * An engine that can render with a dense LINN.
 *
 * @returns {Promise<EngineHost>} not booted
 * @throws {CliError}
 */
export async function loadLinnEngine() {
  const host = new EngineHost(await instantiate());
  if (!host.selfTest()) {
    throw new CliError(`${WASM} computes wrongly here: its SIMD is broken`, 'render with --renderer hrtf');
  }
  return host;
}

/**
 * @typedef {object} TalkerExports
 * @property {WebAssembly.Memory} memory
 * @property {(bytes: number) => number} pinna_alloc
 * @property {(address: number) => void} pinna_free
 * @property {(blob: number, blobBytes: number, rowCount: number) => number} pinna_talker_open
 * @property {() => number} pinna_talker_rows
 * @property {() => number} pinna_talker_input
 * @property {() => number} pinna_talker_output
 * @property {() => number} pinna_talker_latency
 * @property {() => void} pinna_talker_process
 * @property {(status: number) => number} pinna_status_text
 */

/**
 * Form A in parity mode: rows as they are, held for 400 samples, linear interpolation; its latency is taken off.
 *
 * @param {LinnModel} model
 * @param {readonly (readonly number[])[]} rows  120 a second, x y z qx qy qz qw
 * @param {Float32Array} mono  48 kHz
 * @param {number} frames  to render
 * @param {(left: Float32Array, right: Float32Array, count: number) => void} keep
 * @param {(done: number) => void | Promise<void>} progress
 */
export async function renderTalker(model, rows, mono, frames, keep, progress) {
  const instance = await instantiate();
  const wasm = /** @type {TalkerExports} */ (/** @type {unknown} */ (instance.exports));
  const address = wasm.pinna_alloc(model.blob.length);
  new Uint8Array(wasm.memory.buffer).set(model.blob, address);
  const status = wasm.pinna_talker_open(address, model.blob.length, rows.length);
  wasm.pinna_free(address);
  if (status !== Status.OK) {
    throw new CliError(`${model.file}: ${new EngineHost(instance).statusText(status)}`);
  }
  const { buffer } = wasm.memory;
  new Float64Array(buffer, wasm.pinna_talker_rows(), rows.length * ROW_NUMBERS).set(rows.flat());
  const input = new Float32Array(buffer, wasm.pinna_talker_input(), BLOCK_FRAMES);
  const output = wasm.pinna_talker_output();
  const left = new Float32Array(buffer, output, BLOCK_FRAMES);
  const right = new Float32Array(buffer, output + BLOCK_FRAMES * 4, BLOCK_FRAMES);
  const late = wasm.pinna_talker_latency();
  for (let done = 0; done < frames + late; done += BLOCK_FRAMES) {
    input.fill(0);
    input.set(mono.subarray(Math.min(done, mono.length), done + BLOCK_FRAMES));
    wasm.pinna_talker_process();
    const from = Math.max(0, late - done);
    if (from < BLOCK_FRAMES) {
      keep(left.subarray(from), right.subarray(from), Math.min(BLOCK_FRAMES - from, frames + late - done - from));
    }
    await progress(done);
  }
}
