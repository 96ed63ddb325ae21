// SPDX-License-Identifier: MIT
/** pinna-bake.wasm (wasm/bake_exports.c): bakes measured heads and changes the rate of clips. Its only caller. */

import { Status } from '../shared/layout.gen.js';
import { LOW_FREQUENCY, bakeWishes } from './bake-wishes.js';
import { HeadError } from './head-error.js';

/**
 * @typedef {object} BakeExports
 * @property {WebAssembly.Memory} memory
 * @property {(() => void)=} _initialize
 * @property {(bytes: number) => number} pinna_alloc
 * @property {(address: number) => void} pinna_free
 * @property {(status: number) => number} pinna_status_text
 * @property {(which: number, text: number) => void} pinna_bake_set_text
 * @property {(spacingDeg: number, low: number, diffuseField: number) => void} pinna_bake_set_options
 * @property {(directions: number, responses: number, delays: number, count: number, frames: number,
 *   sampleRateHz: number) => number} pinna_bake_begin
 * @property {() => number} pinna_bake_step
 * @property {() => number} pinna_bake_status
 * @property {() => number} pinna_bake_file
 * @property {() => number} pinna_bake_file_bytes
 * @property {() => number} pinna_bake_report
 * @property {() => void} pinna_bake_end
 * @property {(frames: number, fromHz: number, toHz: number) => number} pinna_resample_frames
 * @property {(input: number, frames: number, fromHz: number, toHz: number, out: number) => void} pinna_resample
 */

/**
 * @typedef {object} BakeReport
 * @property {number} measured directions used
 * @property {number} filled directions added in holes, where there were none
 * @property {number} between directions added between measured ones
 * @property {number} duplicates measurements left out: their direction was there
 * @property {number} silent measurements left out: an ear heard nothing
 * @property {number} outliers onsets that their neighbours overruled
 * @property {number} gainDb that set the level
 * @property {number} lowDeviationDb rms below 200 Hz, of what a head is known to do there
 * @property {boolean} lowExtended the set was carried on below 200 Hz
 * @property {boolean} diffuseField the set was equalised to the diffuse field
 */

/** Metadata of a baked file is held to 4 kB in all. */
const MAX_TEXT_CHARACTERS = 600;

/** Work between two looks at the clock is some milliseconds; so much is done at a stretch. */
const STRETCH_MS = 8;

/** What the engine believes: others are a unit's mistake, or were never filled in. */
const DISTANCES_M = Object.freeze({ least: 0.2, most: 100 });

/** @param {number} distanceM @returns {string} as the file has it; empty where the engine's own guess is better */
function distanceText(distanceM) {
  return distanceM >= DISTANCES_M.least && distanceM <= DISTANCES_M.most ? distanceM.toFixed(3) : '';
}

export class Baker {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { exports } = new WebAssembly.Instance(module, {});
    this.wasm = /** @type {BakeExports} */ (/** @type {unknown} */ (exports));
    this.wasm._initialize?.();
    /** @type {number[]} addresses to give back */
    this.taken = [];
  }

  /**
   * @param {number} bytes
   * @param {string} what for the message
   * @returns {number} address
   */
  take(bytes, what) {
    const address = this.wasm.pinna_alloc(bytes) >>> 0;
    if (address === 0) {
      throw new HeadError(what, `no memory for ${bytes} bytes`, 'use a shorter file');
    }
    this.taken.push(address);
    return address;
  }

  /**
   * @param {Float32Array} values
   * @param {string} what
   * @returns {number} address
   */
  place(values, what) {
    const address = this.take(values.length * 4, what);
    new Float32Array(this.wasm.memory.buffer, address, values.length).set(values);
    return address;
  }

  /**
   * @param {string} text
   * @param {string} what
   * @returns {number} address of the text as C has it
   */
  placeText(text, what) {
    const bytes = new TextEncoder().encode(`${text.replaceAll('\0', ' ').slice(0, MAX_TEXT_CHARACTERS)}\0`);
    const address = this.take(bytes.length, what);
    new Uint8Array(this.wasm.memory.buffer, address, bytes.length).set(bytes);
    return address;
  }

  /** @param {number} status @returns {string} */
  statusText(status) {
    const memory = new Uint8Array(this.wasm.memory.buffer);
    const from = this.wasm.pinna_status_text(status) >>> 0;
    return new TextDecoder().decode(memory.slice(from, memory.indexOf(0, from)));
  }

  giveBack() {
    for (const address of this.taken.splice(0)) {
      this.wasm.pinna_free(address);
    }
  }


  /**
   * @param {import('./sofa.js').MeasuredHead} head
   * @param {string} file that it was read from
   * @param {string} by   who bakes, for the file's metadata
   * @param {(done: number) => void | Promise<void>} breathe  called every few milliseconds, with progress from 0 to 1
   * @param {import('./bake-wishes.js').BakeWishes} [wishes]
   * @returns {Promise<{ blob: Uint8Array, report: BakeReport }>}
   * @throws {HeadError}
   */
  async bake(head, file, by, breathe, wishes) {
    const { wasm } = this;
    const { spacingDeg, lowFrequency, diffuseField } = bakeWishes(wishes);
    try {
      const texts = [head.name, head.license, head.citation, file.split(/[\\/]/).pop() ?? '', by,
        distanceText(head.distanceM)];
      texts.forEach((text, which) =>
        wasm.pinna_bake_set_text(which, text === '' ? 0 : this.placeText(text, file)));
      const addresses = [head.directions, head.filters, head.delays].map((values) => this.place(values, file));
      const [directions, responses, delays] = addresses;
      wasm.pinna_bake_set_options(spacingDeg, LOW_FREQUENCY.indexOf(lowFrequency), diffuseField ? 1 : 0);
      this.#check(file, wasm.pinna_bake_begin(directions, responses, delays, head.count, head.taps,
        head.sampleRateHz));
      for (let done = 0; done < 1;) {
        const until = performance.now() + STRETCH_MS;
        while (done < 1 && performance.now() < until) {
          done = wasm.pinna_bake_step();
        }
        await breathe(done);
      }
      this.#check(file, wasm.pinna_bake_status());
      const at = wasm.pinna_bake_file() >>> 0;
      const blob = new Uint8Array(wasm.memory.buffer).slice(at, at + wasm.pinna_bake_file_bytes());
      const values = new Float64Array(wasm.memory.buffer, wasm.pinna_bake_report() >>> 0, 16);
      const [, , , , , , gainDb, measured, filled, duplicates, silent, outliers, between,
        lowDeviationDb, extended] = values;
      return { blob, report: { measured, filled, between, duplicates, silent, outliers, gainDb, lowDeviationDb,
        lowExtended: extended === 1, diffuseField } };
    } finally {
      wasm.pinna_bake_end();
      [0, 1, 2, 3, 4, 5].forEach((which) => wasm.pinna_bake_set_text(which, 0));
      this.giveBack();
    }
  }

  /**
   * @param {string} file
   * @param {number} status
   */
  #check(file, status) {
    if (status !== Status.OK) {
      throw new HeadError(file, this.statusText(status));
    }
  }

  /**
   * @param {Float32Array} samples
   * @param {number} fromHz
   * @param {number} toHz
   * @param {string} file that they come from
   * @returns {Float32Array} amplitudes and timing kept
   * @throws {HeadError}
   */
  resample(samples, fromHz, toHz, file) {
    const { wasm } = this;
    const frames = wasm.pinna_resample_frames(samples.length, fromHz, toHz);
    if (frames === 0) {
      throw new HeadError(file, `its rate is ${fromHz} Hz, too far from the output's ${toHz} Hz`,
        'convert it to a rate near that');
    }
    try {
      const input = this.place(samples, file);
      const out = this.take(frames * 4, file);
      wasm.pinna_resample(input, samples.length, fromHz, toHz, out);
      return new Float32Array(wasm.memory.buffer, out, frames).slice();
    } finally {
      this.giveBack();
    }
  }
}
