// SPDX-License-Identifier: MIT
/**
 * One instance of pinna.wasm (wasm/exports.c) with typed views of its memory. The only caller of its exports, but for
 * engine-calls.js.
 *
 * It runs in an AudioWorkletGlobalScope and in Node alike, so it uses nothing that either lacks. What is called per
 * block (`apply`, `process`, `pullStats`, the views) allocates nothing; views are renewed when memory grows, which
 * only `boot`, `setBuffer`, `setHead` and their like make it do: fetch views anew after those.
 */
import { PinnaError } from '../errors.js';
import { computesRightly, resample, takeMemory } from './engine-calls.js';
import { Stats, Status } from './layout.gen.js';
import { readStats } from './stats.js';

/** @typedef {import('../errors.js').PinnaErrorCode} PinnaErrorCode */

/**
 * The exports of wasm/exports.c; addresses are 32-bit and may read as negative.
 *
 * @typedef {object} EngineExports
 * @property {WebAssembly.Memory} memory
 * @property {(() => void)=} _initialize
 * @property {(bytes: number) => number} pinna_alloc
 * @property {(address: number) => void} pinna_free
 * @property {() => number} pinna_selftest
 * @property {() => number} pinna_selftest_expected
 * @property {() => number} pinna_scene_version
 * @property {(head: number, headBytes: number, sampleRateHz: number, maxSources: number, maxBuffers: number,
 *   blockFrames: number, maxBlockFrames: number, dopplerMaxM: number) => number} pinna_boot
 * @property {(blob: number, blobBytes: number, sampleRateHz: number) => number} pinna_head_build
 * @property {() => number} pinna_head_built
 * @property {(head: number) => number} pinna_head_bytes
 * @property {() => number} pinna_head
 * @property {(head: number, bytes: number) => number} pinna_head_use
 * @property {(status: number) => number} pinna_status_text
 * @property {() => number} pinna_scene
 * @property {() => number} pinna_scene_bytes
 * @property {() => number} pinna_inputs
 * @property {() => number} pinna_live
 * @property {() => number} pinna_output
 * @property {() => number} pinna_ears
 * @property {() => void} pinna_ears_ready
 * @property {() => void} pinna_apply
 * @property {(frames: number) => void} pinna_process
 * @property {(sources: number) => void} pinna_set_exact_limit
 * @property {() => number} pinna_frames_to_hop
 * @property {(frame: number) => void} pinna_set_clock
 * @property {(number: number, samples: number, frames: number) => void} pinna_set_buffer
 * @property {() => void} pinna_reset
 * @property {() => number} pinna_latency_frames
 * @property {() => number} pinna_stats
 * @property {() => number} pinna_ended
 * @property {((blob: number, blobBytes: number, sampleRateHz: number) => number)=} pinna_linn_load  of pinna-linn.wasm
 * @property {((form: number) => void)=} pinna_linn_form
 * @property {(() => number)=} pinna_linn_selftest  1 = its arithmetic is right
 * @property {((count: number) => number)=} pinna_soundfields_boot  of pinna-soundfield.wasm
 * @property {(() => number)=} pinna_soundfields_inputs
 * @property {(() => number)=} pinna_soundfields_live
 * @property {(() => void)=} pinna_soundfields_ready
 * @property {(frames: number, fromHz: number, toHz: number) => number} pinna_resample_frames
 * @property {(input: number, frames: number, fromHz: number, toHz: number, out: number) => void} pinna_resample
 */

/**
 * @typedef {object} BootOptions
 * @property {ArrayBuffer | Uint8Array} [headBlob]  a baked head (models/FORMAT.md), which takes its time to build; or
 * @property {Uint8Array} [headImage]  what buildHead of a host of the same wasm made, at the same rate
 * @property {number} sampleRate      8000 to 192000
 * @property {number} [maxSources]    64
 * @property {number} [maxBuffers]    as many as sources
 * @property {number} [blockFrames]   every block is a multiple of it; 0 = any lengths, at the price of latency
 * @property {number} [maxBlockFrames]  1024; the longest block
 * @property {number} [dopplerMaxM]   50
 */

/** How the dense LINN renders: pn_linn_form in src/pn.h. */
export const LinnForm = Object.freeze({ OFF: 0, FRAMES: 1, FIR: 2 });

/** Channels of a sound field of the highest order: PN_SOUNDFIELD_CHANNELS in src/pn.h. */
export const SOUNDFIELD_CHANNELS = 16;

const CODE_OF_STATUS = /** @type {Record<number, PinnaErrorCode>} */ ({
  [Status.ERROR_ARGUMENT]: 'argument',
  [Status.ERROR_SAMPLE_RATE]: 'sample-rate',
  [Status.ERROR_MEMORY]: 'memory',
  [Status.ERROR_FILE_TRUNCATED]: 'file-truncated',
  [Status.ERROR_FILE_FORMAT]: 'file-format',
  [Status.ERROR_FILE_VERSION]: 'file-version',
  [Status.ERROR_FILE_SHAPE]: 'file-shape',
  [Status.ERROR_FILE_VALUE]: 'file-value',
  [Status.ERROR_GEOMETRY]: 'geometry',
  [Status.ERROR_FILE_DAMAGED]: 'file-damaged',
});

export class EngineHost {
  /** @type {EngineExports} */
  #wasm;

  /** @type {ArrayBufferLike | null} the memory that the views below are of */
  #viewed = null;

  /** @type {Float32Array[]} */
  #inputs = [];

  /** @type {Float32Array[]} [soundfields * SOUNDFIELD_CHANNELS] */
  #fieldInputs = [];

  /** @type {Map<number, { address: number, frames: number }>} clips by their numbers */
  #buffers = new Map();

  /** A head that is arriving in pieces; address 0 = none. */
  #arriving = { address: 0, bytes: 0 };

  /** @type {number[]} addresses of heads that were in use until the last `releaseHeads` or later */
  #retired = [];

  /** How many of them were so before the last `releaseHeads`. */
  #rested = 0;

  #booted = false;

  /** All of memory, where another host is matched. */
  #bytes = new Uint8Array(0);

  /**
   * @param {WebAssembly.Module | WebAssembly.Instance} wasm  an instance must not have been booted
   */
  constructor(wasm) {
    const instance = wasm instanceof WebAssembly.Instance ? wasm : new WebAssembly.Instance(wasm, {});
    this.#wasm = /** @type {EngineExports} */ (/** @type {unknown} */ (instance.exports));
    if (wasm !== instance) {
      this.#wasm._initialize?.();
    }
    this.maxSources = 0;
    /** Slots, the first ones, that may hold sound fields. */
    this.soundfields = 0;
    this.maxBuffers = 0;
    this.maxBlockFrames = 0;
    this.sampleRate = 0;
    const none = new Uint8Array(0);
    /** The scene that `apply` reads: write a whole snapshot here. */
    this.scene = none;
    /** [maxSources] 1 = `input(slot)` holds samples for the next block. */
    this.live = none;
    /** [soundfields] how many channels `fieldInput` holds for the next block. */
    this.fieldLive = none;
    /** What is for two ears already: set `earsLive` with it, and the next block adds it before gain and limiter. */
    this.leftEar = new Float32Array(0);
    this.rightEar = new Float32Array(0);
    this.earsLive = false;
    /** [maxBlockFrames] what `process` rendered. */
    this.left = new Float32Array(0);
    /** [maxBlockFrames] what `process` rendered. */
    this.right = new Float32Array(0);
    /** The pn_stats of the last `pullStats`. */
    this.statsBytes = none;
    /** The same, as words. */
    this.statsWords = new Uint32Array(0);
    /** [maxSources] the last play token that ended in each slot, of the last `pullEnded`. */
    this.ended = new Uint32Array(0);
  }

  /** Whether this host's arithmetic is right; where it is not, use pinna-scalar.wasm. */
  selfTest() {
    return computesRightly(this.#wasm);
  }

  /** The version of the scene layout that the wasm reads. */
  get sceneVersion() {
    return this.#wasm.pinna_scene_version();
  }

  /**
   * Makes room to `adopt` another host, so that adopting allocates nothing; again whenever that one's memory grew.
   *
   * @param {EngineHost} other  of the same wasm
   */
  match(other) {
    const pages = (other.memoryBytes - this.memoryBytes) / 65536;
    if (pages > 0) {
      this.#wasm.memory.grow(pages);
    }
    this.#bytes = new Uint8Array(this.#wasm.memory.buffer);
    other.#bytes = new Uint8Array(other.#wasm.memory.buffer);
  }

  /**
   * Becomes another host, to the bit: what both render from here on differs as their inputs do.
   *
   * @param {EngineHost} other  that was matched
   */
  adopt(other) {
    this.#bytes.set(other.#bytes);
    this.#booted = true;
    this.#arriving.address = other.#arriving.address;
    this.#arriving.bytes = other.#arriving.bytes;
    this.#retired.length = 0;
    for (let i = 0; i < other.#retired.length; i++) {
      this.#retired.push(other.#retired[i]);
    }
    this.#rested = other.#rested;
    this.maxSources = other.maxSources;
    this.maxBlockFrames = other.maxBlockFrames;
    this.sampleRate = other.sampleRate;
    this.#renewViews();
  }

  /** Bytes of wasm memory. */
  get memoryBytes() {
    return this.#wasm.memory.buffer.byteLength;
  }

  /**
   * Builds the head and the engine. Once.
   *
   * @param {BootOptions} options
   * @throws {PinnaError} with the engine's own words
   */
  boot({ headBlob, headImage, sampleRate, maxSources = 64, maxBuffers = maxSources, blockFrames = 0,
    maxBlockFrames = 1024, dopplerMaxM = 50 }) {
    if (this.#booted) {
      throw new PinnaError('internal', 'the engine was booted before; make a new EngineHost');
    }
    const wasm = this.#wasm;
    const head = headImage ? this.#put(headImage) :
      this.#build(headBlob instanceof Uint8Array ? headBlob : new Uint8Array(headBlob ?? []), sampleRate);
    const bytes = headImage ? headImage.length : wasm.pinna_head_bytes(head);
    this.#check(wasm.pinna_boot(head, bytes, sampleRate, maxSources, maxBuffers, blockFrames, maxBlockFrames,
      dopplerMaxM));
    this.#booted = true;
    this.maxSources = maxSources;
    this.maxBuffers = maxBuffers;
    this.maxBlockFrames = maxBlockFrames;
    this.sampleRate = sampleRate;
    this.#renewViews();
  }

  /**
   * Builds a head for `setHead` of any host of the same wasm at the same rate; it needs no boot. Slow.
   *
   * @param {Uint8Array} blob  a baked head (models/FORMAT.md)
   * @param {number} sampleRate
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {PinnaError} with the engine's own words
   */
  buildHead(blob, sampleRate) {
    const wasm = this.#wasm;
    const built = this.#build(blob, sampleRate);
    const image = new Uint8Array(wasm.memory.buffer).slice(built, built + wasm.pinna_head_bytes(built));
    wasm.pinna_free(built);
    if (this.#booted) {
      this.#renewViews();
    }
    return image;
  }

  /** @param {Uint8Array} bytes  of the head @returns {number} address of a copy */
  #put(bytes) {
    const address = this.#take(bytes.length, 'the head');
    new Uint8Array(this.#wasm.memory.buffer).set(bytes, address);
    return address;
  }

  /** @param {Uint8Array} blob @param {number} sampleRate @returns {number} address of the built head */
  #build(blob, sampleRate) {
    const wasm = this.#wasm;
    const address = this.#put(blob);
    const status = wasm.pinna_head_build(address, blob.length, sampleRate);
    wasm.pinna_free(address);
    this.#check(status);
    return wasm.pinna_head_built() >>> 0;
  }

  /**
   * Renders with another head from the next hop on, crossing over within it; memory may grow.
   *
   * @param {Uint8Array} image  of buildHead
   * @throws {PinnaError} and the former head stays
   */
  setHead(image) {
    this.openHead(image.byteLength);
    this.writeHead(0, image);
  }

  /**
   * Reserves memory for a head that comes in pieces, and forgets one that has not come whole; memory may grow.
   *
   * @param {number} bytes
   * @throws {PinnaError} 'memory'
   */
  openHead(bytes) {
    this.#forgetArriving();
    this.#arriving = { address: this.#take(bytes, 'the head'), bytes };
    this.#renewViews();
  }

  /**
   * Writes a piece of an opened head; with the last byte the engine has it.
   *
   * @param {number} offset  bytes before this piece; pieces come in order
   * @param {Uint8Array} piece
   * @returns {boolean} whether the head is in use
   * @throws {PinnaError} and the former head stays
   */
  writeHead(offset, piece) {
    const wasm = this.#wasm;
    const { address, bytes } = this.#arriving;
    if (address === 0 || offset + piece.length > bytes) {
      throw new PinnaError('argument', `no head was opened for ${offset + piece.length} bytes`);
    }
    new Uint8Array(wasm.memory.buffer).set(piece, address + offset);
    if (offset + piece.length < bytes) {
      return false;
    }
    const former = wasm.pinna_head();
    const status = wasm.pinna_head_use(address, bytes);
    if (status === Status.OK) {
      this.#retired.push(former);
      this.#arriving = { address: 0, bytes: 0 };
      return true;
    }
    this.#forgetArriving();
    if (status === Status.ERROR_FILE_SHAPE) {
      throw new PinnaError('file-shape', 'the head has filters of another length than the one in use, or no basis ' +
        'filters where that has some: bake both with the same version of pinna');
    }
    this.#check(status);
    return false;
  }

  /** Whether this wasm holds the dense LINN: pinna-linn.wasm does. */
  get canLoadLinn() {
    return this.#wasm.pinna_linn_load !== undefined;
  }

  /**
   * Loads a dense LINN, off; once, after boot. Slow: some ten milliseconds.
   *
   * @param {Uint8Array} blob  models/FORMAT.md, pinna-linn-dense
   * @throws {PinnaError} with the engine's own words
   */
  loadLinn(blob) {
    const wasm = this.#wasm;
    if (wasm.pinna_linn_load === undefined || !this.#booted) {
      throw new PinnaError('renderer', 'this wasm has no dense LINN: use pinna-linn.wasm');
    }
    const address = this.#take(blob.byteLength, 'the dense LINN');
    new Uint8Array(wasm.memory.buffer).set(blob, address);
    const status = wasm.pinna_linn_load(address, blob.byteLength, this.sampleRate);
    wasm.pinna_free(address);
    this.#renewViews();
    this.#check(status);
  }

  /** How a loaded LINN renders from the next hop on. @param {number} form  of LinnForm */
  setLinnForm(form) {
    this.#wasm.pinna_linn_form?.(form);
  }

  /** Whether this wasm renders sound fields: pinna-soundfield.wasm does. */
  get canSoundfields() {
    return this.#wasm.pinna_soundfields_boot !== undefined;
  }

  /**
   * Lets the first slots hold sound fields; once, after boot.
   *
   * @param {number} count  1 to 64
   * @throws {PinnaError}
   */
  bootSoundfields(count) {
    const wasm = this.#wasm;
    if (wasm.pinna_soundfields_boot === undefined || !this.#booted) {
      throw new PinnaError('renderer', 'this wasm has no sound fields: use pinna-soundfield.wasm');
    }
    this.#check(wasm.pinna_soundfields_boot(count));
    this.soundfields = count;
    this.#viewed = null;
    this.#renewViews();
  }

  /**
   * Where a channel of a sound field goes; set `fieldLive[slot]` to the number of channels with it.
   *
   * @param {number} slot
   * @param {number} channel
   * @returns {Float32Array} [maxBlockFrames]
   */
  fieldInput(slot, channel) {
    return this.#fieldInputs[slot * SOUNDFIELD_CHANNELS + channel];
  }

  #forgetArriving() {
    if (this.#arriving.address !== 0) {
      this.#wasm.pinna_free(this.#arriving.address);
      this.#arriving = { address: 0, bytes: 0 };
    }
  }

  /**
   * Frees heads that were out of use at the last call already; to be called now and then, with at least two windows of
   * the engine's transform (10 ms) rendered between two calls: what was mixed for a head rings out through it.
   */
  releaseHeads() {
    if (this.#retired.length === 0) {
      return;
    }
    for (; this.#rested > 0; this.#rested--) {
      this.#wasm.pinna_free(/** @type {number} */ (this.#retired.shift()));
    }
    this.#rested = this.#retired.length;
  }

  /** @param {number} status @throws {PinnaError} unless OK */
  #check(status) {
    if (status !== Status.OK) {
      throw new PinnaError(CODE_OF_STATUS[status] ?? 'internal', this.statusText(status));
    }
  }

  /**
   * A clip at another rate. Needs no boot; its memory is taken and given back.
   *
   * @param {Float32Array} samples
   * @param {number} fromHz
   * @param {number} toHz
   * @returns {Float32Array} new memory
   */
  resample(samples, fromHz, toHz) {
    return resample(this.#wasm, samples, fromHz, toHz);
  }

  /**
   * The sentence of a pn_status.
   *
   * @param {number} status
   */
  statusText(status) {
    const memory = new Uint8Array(this.#wasm.memory.buffer);
    let text = '';
    for (let at = this.#wasm.pinna_status_text(status) >>> 0; memory[at] !== 0; at++) {
      text += String.fromCharCode(memory[at]);
    }
    return text;
  }

  /**
   * Takes a snapshot.
   *
   * @param {Uint8Array} bytes  as SceneWriter has them, of the same maxSources
   */
  applyScene(bytes) {
    this.scene.set(bytes);
    this.#wasm.pinna_apply();
  }

  /** Takes the snapshot that was written to `scene`. */
  apply() {
    this.#wasm.pinna_apply();
  }

  /**
   * Where a slot's live input goes; set `live[slot]` to 1 with it.
   *
   * @param {number} slot
   * @returns {Float32Array} [maxBlockFrames]
   */
  input(slot) {
    return this.#inputs[slot];
  }

  /**
   * Renders a block into `left` and `right`.
   *
   * @param {number} frames  1 to maxBlockFrames
   */
  process(frames) {
    if (this.soundfields > 0) {
      this.#wasm.pinna_soundfields_ready?.();
    }
    if (this.earsLive) {
      this.#wasm.pinna_ears_ready();
    }
    this.#wasm.pinna_process(frames);
  }

  /** How many sources may have filters of their own; the others share some. @param {number} sources */
  setExactLimit(sources) {
    this.#wasm.pinna_set_exact_limit(sources);
  }

  /** Frames until the next hop is rendered, 1 to 128. */
  get framesToHop() {
    return this.#wasm.pinna_frames_to_hop();
  }

  /** Frames that `process` delays everything by. */
  get latencyFrames() {
    return this.#wasm.pinna_latency_frames();
  }

  /** @param {number} frame  the host clock of the next frame that `process` is given */
  setClock(frame) {
    this.#wasm.pinna_set_clock(frame);
  }

  /**
   * Gives the engine an audio clip; memory may grow, so never call it while rendering a block.
   *
   * @param {number} number   1 to maxBuffers
   * @param {Float32Array} samples  mono, at the engine's rate; copied
   * @throws {PinnaError} 'memory', 'buffer'
   */
  setBuffer(number, samples) {
    this.openBuffer(number, samples.length);
    this.writeBuffer(number, 0, samples);
  }

  /**
   * Reserves memory for a clip that comes in pieces; memory may grow.
   *
   * @param {number} number   1 to maxBuffers
   * @param {number} frames
   * @throws {PinnaError} 'memory', 'buffer'
   */
  openBuffer(number, frames) {
    if (!Number.isInteger(number) || number < 1 || number > this.maxBuffers) {
      throw new PinnaError('buffer', `there is no buffer number ${number}: maxBuffers is ${this.maxBuffers}`);
    }
    if (frames < 1) {
      throw new PinnaError('buffer', 'a buffer must have at least one frame');
    }
    this.clearBuffer(number);
    const address = this.#take(frames * 4, `an audio clip of ${frames} frames`);
    this.#buffers.set(number, { address, frames });
    this.#renewViews();
  }

  /**
   * Writes a piece of an opened clip; with the last frame of it the engine has the clip.
   *
   * @param {number} number
   * @param {number} offset  frames before this piece; pieces come in order
   * @param {Float32Array} samples
   * @returns {boolean} whether the clip is complete
   */
  writeBuffer(number, offset, samples) {
    const clip = this.#buffers.get(number);
    if (clip === undefined || offset + samples.length > clip.frames) {
      throw new PinnaError('buffer', `buffer ${number} was not opened for ${offset + samples.length} frames`);
    }
    new Float32Array(this.#wasm.memory.buffer, clip.address + offset * 4, samples.length).set(samples);
    if (offset + samples.length < clip.frames) {
      return false;
    }
    this.#wasm.pinna_set_buffer(number, clip.address, clip.frames);
    return true;
  }

  /** Takes a clip back at once and frees it. @param {number} number */
  clearBuffer(number) {
    const old = this.#buffers.get(number);
    if (old !== undefined) {
      this.#wasm.pinna_set_buffer(number, 0, 0);
      this.#wasm.pinna_free(old.address);
      this.#buffers.delete(number);
    }
  }

  /** Silence, frame 0, no sources, no buffers. */
  reset() {
    this.#wasm.pinna_reset();
    for (const { address } of this.#buffers.values()) {
      this.#wasm.pinna_free(address);
    }
    this.#buffers.clear();
  }

  /** Refreshes `statsBytes`. */
  pullStats() {
    this.#wasm.pinna_stats();
  }

  /** Refreshes `ended`. */
  pullEnded() {
    this.#wasm.pinna_ended();
  }

  /** Refreshes the statistics. @returns {number} sources that sound with filters of their own */
  countExact() {
    this.#wasm.pinna_stats();
    return this.statsWords[Stats.sourcesSounding >> 2] - this.statsWords[Stats.sourcesBulk >> 2];
  }

  /** The engine's statistics as an object. */
  get stats() {
    this.pullStats();
    return readStats(new DataView(this.statsBytes.buffer, this.statsBytes.byteOffset, Stats.bytes));
  }

  /**
   * @param {number} bytes
   * @param {string} what  for the error
   * @returns {number} an address
   */
  #take(bytes, what) {
    return takeMemory(this.#wasm, bytes, what);
  }

  #renewViews() {
    const wasm = this.#wasm;
    const { buffer } = wasm.memory;
    if (this.#viewed === buffer) {
      return;
    }
    this.#viewed = buffer;
    const { maxSources, maxBlockFrames } = this;
    this.scene = new Uint8Array(buffer, wasm.pinna_scene() >>> 0, wasm.pinna_scene_bytes());
    this.live = new Uint8Array(buffer, wasm.pinna_live() >>> 0, maxSources);
    const output = wasm.pinna_output() >>> 0;
    this.left = new Float32Array(buffer, output, maxBlockFrames);
    this.right = new Float32Array(buffer, output + maxBlockFrames * 4, maxBlockFrames);
    const ears = wasm.pinna_ears() >>> 0;
    this.leftEar = new Float32Array(buffer, ears, maxBlockFrames);
    this.rightEar = new Float32Array(buffer, ears + maxBlockFrames * 4, maxBlockFrames);
    this.statsBytes = new Uint8Array(buffer, wasm.pinna_stats() >>> 0, Stats.bytes);
    this.statsWords = new Uint32Array(buffer, wasm.pinna_stats() >>> 0, Stats.bytes / 4);
    this.ended = new Uint32Array(buffer, wasm.pinna_ended() >>> 0, maxSources);
    const inputs = wasm.pinna_inputs() >>> 0;
    this.#inputs = [];
    for (let slot = 0; slot < maxSources; slot++) {
      this.#inputs.push(new Float32Array(buffer, inputs + slot * maxBlockFrames * 4, maxBlockFrames));
    }
    if (this.soundfields > 0) {
      this.fieldLive = new Uint8Array(buffer, (wasm.pinna_soundfields_live?.() ?? 0) >>> 0, this.soundfields);
      const fields = (wasm.pinna_soundfields_inputs?.() ?? 0) >>> 0;
      this.#fieldInputs = [];
      for (let i = 0; i < this.soundfields * SOUNDFIELD_CHANNELS; i++) {
        this.#fieldInputs.push(new Float32Array(buffer, fields + i * maxBlockFrames * 4, maxBlockFrames));
      }
    }
  }
}
