// SPDX-License-Identifier: MIT
/**
 * The audio thread's side of pinna: brings inputs and the newest scene to the engine and its two ears to the output.
 *
 * `process` runs every few milliseconds for hours, so nothing in it allocates: no literals, closures, spread,
 * destructuring of arrays, `subarray` or exceptions. Everything that can fail happens in the constructor or in a
 * message, and is answered by a message.
 */
import { PinnaError } from '../errors.js';
import { EngineHost, LinnForm } from '../shared/engine-host.js';
import { sceneBytes } from '../shared/scene-writer.js';
import { LatestSlotReader } from '../shared/latest-slot.js';
import { PROCESSOR_NAME } from '../shared/protocol.js';
import { Measure, Report } from '../shared/report.js';
import { Governor } from './governor.js';
import { Meter } from './meter.js';
import { PoseReader } from './poses.js';
import { RightEar } from './stereo.js';

/** @typedef {import('../shared/protocol.js').ProcessorOptions} ProcessorOptions */
/** @typedef {import('../shared/protocol.js').ToProcessor} ToProcessor */
/** @typedef {import('../shared/protocol.js').FromProcessor} FromProcessor */

/** What Web Audio's blocks have where nobody says otherwise. */
const USUAL_QUANTUM = 128;

/** As many sources as the engine's own limit has. */
const USUAL_EXACT_SOURCES = 256;

const REPORT_EVERY_S = 0.25;

/** How often the engine is asked which playbacks ended, and how many sources it has in which tier. */
const ENDED_EVERY_S = 0.02;

/** Index of each number that `process` keeps; in a typed array, so that writing one never allocates. */
const State = Object.freeze({ nextFrame: 0, reportFrame: 1, endedFrame: 2 });

class PinnaProcessor extends AudioWorkletProcessor {
  /** @type {EngineHost | null} null = failed or disposed: the processor has ended */
  #host = null;

  /** @type {LatestSlotReader | null} null = snapshots come as messages */
  #reader = null;

  /** @type {PoseReader | null} null = poses are the scene's */
  #poses = null;

  /** @type {RightEar | null} where poses come as sound: what renders a second channel */
  #second = null;

  /** Slots, the first ones, that have an input. */
  #inputs = 0;

  /** Of the first of two inputs that are for two ears already; past them all = there are none. */
  #ears = Infinity;

  #sceneArrived = false;
  #quantum = USUAL_QUANTUM;
  #reportFrames = Math.round(REPORT_EVERY_S * sampleRate);
  #endedFrames = Math.round(ENDED_EVERY_S * sampleRate);
  #state = new Float64Array([-1, 0, 0]);
  #report;
  #meter;
  #governor;

  /** Sources with filters of their own. */
  #exact = 0;

  /** @param {{ processorOptions: ProcessorOptions }} options */
  constructor({ processorOptions: options }) {
    super();
    this.#report = new Report(options.maxSources);
    this.#meter = new Meter(this.#report.measures, options.live, sampleRate);
    this.#governor = new Governor(options.maxExactSources ?? USUAL_EXACT_SOURCES, options.live, sampleRate);
    this.port.onmessage = (event) => this.#receive(event.data);
    try {
      this.#boot(options);
    } catch (error) {
      this.#host = null;
      this.#send({ type: 'failed', ...described(error) });
    }
  }

  /** @param {ProcessorOptions} options */
  #boot(options) {
    const { wasmModule = new WebAssembly.Module(/** @type {ArrayBuffer} */ (options.wasmBytes)) } = options;
    const host = new EngineHost(wasmModule);
    // A newer scope knows its quantum itself; where neither it nor the page does, there is only one size.
    const { renderQuantumSize = 0 } = /** @type {{ renderQuantumSize?: number }} */ (globalThis);
    this.#quantum = renderQuantumSize || options.quantum || USUAL_QUANTUM;
    host.boot({
      headBlob: options.headBlob,
      headImage: options.headImage,
      sampleRate,
      maxSources: options.maxSources,
      maxBuffers: options.maxBuffers,
      blockFrames: this.#quantum,
      maxBlockFrames: this.#quantum,
      dopplerMaxM: options.dopplerMaxM,
    });
    host.setExactLimit(this.#governor.limit);
    if (options.soundfields) {
      host.bootSoundfields(options.soundfields);
    }
    this.#inputs = options.inputs ?? options.maxSources;
    this.#ears = options.earInputs ? this.#inputs : Infinity;
    if (options.linnBlob) {
      loadLinn(host, options.linnBlob);
      host.setLinnForm(options.linnForm ?? LinnForm.OFF);
    }
    if (options.sceneMemory) {
      this.#reader = new LatestSlotReader(options.sceneMemory, sceneBytes(options.maxSources));
    }
    if (options.poseInputs) {
      this.#poses = new PoseReader(options.maxSources, options.live);
      this.#second = new RightEar(wasmModule, host, sampleRate, options.live);
    }
    this.#host = host;
    this.#send({ type: 'ready', quantum: this.#quantum, latencyFrames: host.latencyFrames });
  }

  /**
   * @param {Float32Array[][]} inputs
   * @param {Float32Array[][]} outputs
   * @returns {boolean} whether to be called again
   */
  process(inputs, outputs) {
    const host = this.#host;
    if (host === null) {
      return false;
    }
    const meter = this.#meter;
    const governor = this.#governor;
    const beginMs = meter.watching || governor.watching ? Date.now() : 0;
    const left = outputs[0][0];
    const right = outputs[0][1];
    const frames = left.length;
    const state = this.#state;
    // Read once, and never currentTime: a fraction is a new number on the heap at each reading.
    const frame = currentFrame;
    const second = this.#second;
    if (second !== null) {
      if (frames === this.#quantum) {
        second.look(host, inputs, frames);
      } else {
        second.end();
      }
    }
    const twin = second === null ? null : second.host;
    if (frame !== state[State.nextFrame]) {
      host.setClock(frame);
      twin?.setClock(frame);
    }
    state[State.nextFrame] = frame + frames;

    const changed = this.#takeScene(host, inputs);
    if (frames === this.#quantum) {
      this.#feed(host, inputs, 0, frames);
      host.process(frames);
      left.set(host.left);
      if (second !== null && twin !== null) {
        second.feed(host, inputs, changed);
        twin.process(frames);
        right.set(twin.right);
      } else {
        right.set(host.right);
      }
    } else {
      this.#processInParts(host, inputs, left, right, frames);
    }

    this.#report.measures[Measure.frames] += frames;
    meter.look(frame);
    if (frame >= state[State.endedFrame]) {
      state[State.endedFrame] = frame + this.#endedFrames;
      host.releaseHeads();
      twin?.releaseHeads();
      this.#lookForEnded(host);
      this.#exact = host.countExact();
      governor.see(this.#exact);
    }
    if (governor.watching && beginMs > 0 && governor.add(Date.now() - beginMs, frames, this.#exact)) {
      host.setExactLimit(governor.limit);
      twin?.setExactLimit(governor.limit);
    }
    if (meter.watching) {
      meter.add(beginMs, frames);
      if (frame >= state[State.reportFrame]) {
        state[State.reportFrame] = frame + this.#reportFrames;
        this.#sendReport(host);
      }
    }
    return true;
  }

  /**
   * A block that is not as long as announced: rare, so sample by sample.
   *
   * @param {EngineHost} host
   * @param {Float32Array[][]} inputs
   * @param {Float32Array} left
   * @param {Float32Array} right
   * @param {number} frames
   */
  #processInParts(host, inputs, left, right, frames) {
    for (let from = 0; from < frames; from += this.#quantum) {
      const count = Math.min(this.#quantum, frames - from);
      this.#feed(host, inputs, from, count);
      host.process(count);
      for (let i = 0; i < count; i++) {
        left[from + i] = host.left[i];
        right[from + i] = host.right[i];
      }
    }
  }

  /**
   * Brings a part of a block to the engine: soundfields, sources, and what is for two ears already.
   *
   * @param {EngineHost} host
   * @param {Float32Array[][]} inputs
   * @param {number} from
   * @param {number} count
   */
  #feed(host, inputs, from, count) {
    const fields = host.soundfields;
    for (let slot = 0; slot < fields; slot++) {
      const channels = inputs[slot];
      host.fieldLive[slot] = channels.length;
      for (let c = 0; c < channels.length; c++) {
        copy(channels[c], from, count, host.fieldInput(slot, c));
      }
    }
    for (let slot = fields; slot < this.#inputs; slot++) {
      const channels = inputs[slot];
      if (channels.length > 0) {
        copy(channels[0], from, count, host.input(slot));
        host.live[slot] = 1;
      } else {
        host.live[slot] = 0;
      }
    }
    const ears = this.#ears;
    host.earsLive = ears + 1 < inputs.length && inputs[ears].length > 0 && inputs[ears + 1].length > 0;
    if (host.earsLive) {
      copy(inputs[ears][0], from, count, host.leftEar);
      copy(inputs[ears + 1][0], from, count, host.rightEar);
    }
  }

  /**
   * @param {EngineHost} host
   * @param {Float32Array[][] | null} inputs  null: between blocks, when poses that come as sound are not there
   * @returns {boolean} whether there was a new one
   */
  #takeScene(host, inputs) {
    if (this.#poses !== null && inputs === null) {
      return false;
    }
    const arrived = this.#reader === null ? this.#sceneArrived : this.#reader.take(host.scene);
    this.#sceneArrived = false;
    const poses = this.#poses;
    const changed = poses !== null && inputs !== null ? poses.read(host.scene, inputs, arrived) : arrived;
    if (changed) {
      host.apply();
    }
    return changed;
  }

  /** Reports at once when a playback ended. @param {EngineHost} host */
  #lookForEnded(host) {
    host.pullEnded();
    const { ended } = host;
    const told = this.#report.ended;
    for (let slot = 0; slot < ended.length; slot++) {
      if (ended[slot] !== told[slot]) {
        this.#sendReport(host);
        return;
      }
    }
  }

  /** @param {EngineHost} host */
  #sendReport(host) {
    host.pullStats();
    host.pullEnded();
    this.#report.measures[Measure.memoryBytes] = host.memoryBytes;
    this.#report.stats.set(host.statsBytes);
    this.#report.ended.set(host.ended);
    this.port.postMessage(this.#report.bytes);
  }

  /** @param {ArrayBuffer | ToProcessor} message */
  #receive(message) {
    const host = this.#host;
    if (host === null) {
      return;
    }
    if (message instanceof ArrayBuffer) {
      host.scene.set(new Uint8Array(message));
      this.#sceneArrived = true;
      this.port.postMessage(message, [message]);
      return;
    }
    switch (message.type) {
      case 'clip':
        this.#receiveClip(host, message);
        break;
      case 'drop':
        host.clearBuffer(message.number);
        break;
      case 'head':
        this.#receiveHead(host, message);
        break;
      case 'renderer':
        host.setLinnForm(message.linnForm);
        this.#send({ type: 'renderer', latencyFrames: host.latencyFrames });
        break;
      case 'watch':
        this.#meter.watching = message.on;
        break;
      case 'anchor':
        this.#meter.anchor();
        break;
      case 'flush':
        this.#takeScene(host, null);
        this.#sendReport(host);
        this.#send({ type: 'flushed', id: message.id });
        break;
      case 'dispose':
        this.#host = null;
        this.#reader = null;
        this.#send({ type: 'disposed' });
        this.port.onmessage = null;
        break;
      default:
    }
  }

  /**
   * @param {EngineHost} host
   * @param {Extract<ToProcessor, { type: 'clip' }>} message
   */
  #receiveClip(host, { number, frames, offset, samples }) {
    try {
      if (offset === 0) {
        host.openBuffer(number, frames);
      }
      if (host.writeBuffer(number, offset, samples)) {
        this.#send({ type: 'clip', number, error: null });
      }
    } catch (error) {
      if (offset === 0) {
        this.#send({ type: 'clip', number, error: described(error) });
      }
    }
  }

  /**
   * @param {EngineHost} host
   * @param {Extract<ToProcessor, { type: 'head' }>} message
   */
  #receiveHead(host, { turn, bytes, offset, piece }) {
    try {
      const twin = this.#second?.host;
      if (offset === 0) {
        host.openHead(bytes);
        twin?.openHead(bytes);
        this.#second?.match(host);
      }
      host.writeHead(offset, piece);
      twin?.writeHead(offset, piece);
      this.#send({ type: 'head', turn, error: null });
    } catch (error) {
      this.#send({ type: 'head', turn, error: described(error) });
    }
  }

  /** @param {FromProcessor} message */
  #send(message) {
    this.port.postMessage(message);
  }
}

/**
 * @param {Float32Array} samples
 * @param {number} from
 * @param {number} count
 * @param {Float32Array} target
 */
function copy(samples, from, count, target) {
  if (count === samples.length) {
    target.set(samples);
    return;
  }
  for (let i = 0; i < count; i++) {
    target[i] = samples[from + i];
  }
}

/** @param {EngineHost} host @param {ArrayBuffer} blob @throws {PinnaError} */
function loadLinn(host, blob) {
  try {
    host.loadLinn(new Uint8Array(blob));
  } catch (error) {
    throw error instanceof PinnaError && error.code.startsWith('file-') ? new PinnaError('model-refused',
      `the dense LINN is not one: ${error.message}`, error) : error;
  }
}

/**
 * An error as a message carries it.
 *
 * @param {unknown} error
 * @returns {{ code: import('../errors.js').PinnaErrorCode, message: string }}
 */
function described(error) {
  if (error instanceof PinnaError) {
    return { code: error.code, message: error.message };
  }
  if (error instanceof WebAssembly.CompileError) {
    return { code: 'wasm-refused', message: `the audio thread cannot compile the wasm: ${error.message}` };
  }
  return { code: 'internal', message: String(error) };
}

try {
  registerProcessor(PROCESSOR_NAME, PinnaProcessor);
} catch {
  // The same build was loaded into this context under another URL: the same name means the same processor.
}
