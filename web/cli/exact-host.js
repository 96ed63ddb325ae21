// SPDX-License-Identifier: MIT
/**
 * pinna-exact.wasm (wasm/exact_exports.c), the reference renderer, in Node: scenes as the parser has them in, doubles
 * out. Its only caller.
 */

import { PinnaError } from '../errors.js';
import { SourceFlag, Status } from '../shared/layout.gen.js';
import { directivityBands } from '../shared/physics.js';
import { BANDS, DISTANCE_MODELS } from '../shared/scene-writer.js';

/** @typedef {import('../scene/scene-file.js').Scene} Scene */
/** @typedef {import('../scene/scene-file.js').SceneSource} SceneSource */
/** @typedef {import('../scene/scene-file.js').ScenePose} ScenePose */

/**
 * @typedef {object} ExactExports
 * @property {WebAssembly.Memory} memory
 * @property {(() => void)=} _initialize
 * @property {(bytes: number) => number} pinna_alloc
 * @property {(address: number) => void} pinna_free
 * @property {(status: number) => number} pinna_status_text
 * @property {(blob: number, blobBytes: number, sampleRateHz: number) => number} pinna_exact_head
 * @property {(sourceCount: number, gain: number, limiter: number) => number} pinna_exact_begin
 * @property {(keys: number, count: number) => void} pinna_exact_listener
 * @property {(i: number, samples: number, frames: number, keys: number, count: number, numbers: number) => void
 *   } pinna_exact_source
 * @property {() => number} pinna_exact_open
 * @property {() => number} pinna_exact_work
 * @property {(frames: number) => void} pinna_exact_render
 * @property {() => number} pinna_exact_output
 * @property {() => void} pinna_exact_end
 */

/**
 * @typedef {object} ExactClip
 * @property {Float32Array} samples mono
 * @property {number} sampleRateHz its own
 */

/** The most frames that `render` gives at a time. */
export const EXACT_BLOCK_FRAMES = 1024;

const RADIANS = Math.PI / 180;
/** Doubles of a key: time, position, orientation, occlusion. */
const KEY_NUMBERS = 8 + BANDS;

/** A listener has nothing before it. */
const OPEN = Object.freeze(new Array(BANDS).fill(0));

/** @param {SceneSource} source */
function flagsOf(source) {
  return (source.headLocked ? SourceFlag.HEAD_LOCKED : 0) | (source.doppler ? SourceFlag.DOPPLER : 0) |
    (source.loop ? SourceFlag.LOOP : 0) | (source.nearField ? SourceFlag.NEAR_FIELD : 0) |
    (source.air ? SourceFlag.AIR : 0);
}

export class ExactHost {
  /** @type {number[]} addresses to give back */
  #taken = [];

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { exports } = new WebAssembly.Instance(module, {});
    this.wasm = /** @type {ExactExports} */ (/** @type {unknown} */ (exports));
    this.wasm._initialize?.();
  }

  /**
   * @param {Uint8Array} blob a baked head (models/FORMAT.md)
   * @param {number} sampleRate of what is rendered
   * @throws {PinnaError}
   */
  setHead(blob, sampleRate) {
    const at = this.#take(blob.length);
    new Uint8Array(this.wasm.memory.buffer).set(blob, at);
    const status = this.wasm.pinna_exact_head(at, blob.length, sampleRate);
    this.#giveBack();
    this.#check(status);
  }

  /**
   * Begins a scene, at its first frame; the head must be there.
   *
   * @param {Scene} scene as parseScene has it
   * @param {readonly ExactClip[]} clips
   * @param {readonly number[]} clipOf each source: an index into clips
   * @throws {PinnaError}
   */
  open(scene, clips, clipOf) {
    const { wasm } = this;
    this.close();
    this.#check(wasm.pinna_exact_begin(scene.sources.length, scene.gain, scene.limiter ? 1 : 0));
    const samples = clips.map((clip) => {
      const at = this.#take(clip.samples.length * 4);
      new Float32Array(wasm.memory.buffer, at, clip.samples.length).set(clip.samples);
      return at;
    });
    wasm.pinna_exact_listener(this.#placeKeys(scene.listener.poses), scene.listener.poses.length);
    scene.sources.forEach((source, i) => {
      const clip = clips[clipOf[i]];
      const { distance, cone } = source;
      const numbers = this.#placeNumbers([
        clip.sampleRateHz, source.startS, flagsOf(source), source.gain, DISTANCE_MODELS[distance.model],
        distance.refDistance, distance.maxDistance, distance.rolloffFactor, cone.innerAngle * RADIANS,
        cone.outerAngle * RADIANS, cone.outerGain, source.directivityPower, ...directivityBands(source.directivity, []),
      ]);
      const keys = this.#placeKeys(source.poses);
      wasm.pinna_exact_source(i, samples[clipOf[i]], clip.samples.length, keys, source.poses.length, numbers);
    });
    this.#check(wasm.pinna_exact_open());
  }

  /** Does a part of what `render` would do; some milliseconds to a tenth of a second. @returns {boolean} whether any */
  work() {
    return this.wasm.pinna_exact_work() === 1;
  }

  /**
   * The next frames.
   *
   * @param {number} frames at most EXACT_BLOCK_FRAMES
   * @returns {[Float64Array, Float64Array]} left, right: views, until the next call
   */
  render(frames) {
    this.wasm.pinna_exact_render(frames);
    const at = this.wasm.pinna_exact_output() >>> 0;
    const { buffer } = this.wasm.memory;
    return [new Float64Array(buffer, at, frames), new Float64Array(buffer, at + 8 * EXACT_BLOCK_FRAMES, frames)];
  }

  /** Forgets the scene; the head stays. */
  close() {
    this.wasm.pinna_exact_end();
    this.#giveBack();
  }

  /** @param {number} bytes @returns {number} address */
  #take(bytes) {
    const at = this.wasm.pinna_alloc(bytes) >>> 0;
    if (at === 0) {
      throw new PinnaError('memory', 'not enough memory for the scene; use shorter clips or fewer');
    }
    this.#taken.push(at);
    return at;
  }

  #giveBack() {
    this.#taken.splice(0).forEach((at) => this.wasm.pinna_free(at));
  }

  /** @param {readonly number[]} numbers @returns {number} address */
  #placeNumbers(numbers) {
    const at = this.#take(numbers.length * 8);
    new Float64Array(this.wasm.memory.buffer, at, numbers.length).set(numbers);
    return at;
  }

  /** @param {readonly ScenePose[]} poses @returns {number} address */
  #placeKeys(poses) {
    const at = this.#take(poses.length * KEY_NUMBERS * 8);
    const keys = new Float64Array(this.wasm.memory.buffer, at, poses.length * KEY_NUMBERS);
    poses.forEach((pose, i) => {
      keys.set([pose.t, ...pose.position, ...pose.orientation, ...pose.occlusion ?? OPEN], i * KEY_NUMBERS);
    });
    return at;
  }

  /** @param {number} status */
  #check(status) {
    if (status !== Status.OK) {
      const memory = new Uint8Array(this.wasm.memory.buffer);
      const from = this.wasm.pinna_status_text(status) >>> 0;
      const text = new TextDecoder().decode(memory.slice(from, memory.indexOf(0, from)));
      throw new PinnaError(status === Status.ERROR_MEMORY ? 'memory' : 'argument', text);
    }
  }
}
