// SPDX-License-Identifier: MIT
/**
 * One engine in one AudioWorkletNode: its life, and what it and the page say to each other.
 *
 * The page writes into a scene snapshot (scene-sender.js). What cannot be a snapshot (audio clips, heads, statistics,
 * the end of a playback) goes by messages (shared/protocol.js), which meet here.
 */
import { ClipStore } from '../clips.js';
import { PinnaErrorEvent } from '../error-event.js';
import { PinnaError } from '../errors.js';
import { HeadOffice } from '../heads/head-office.js';
import { watchInterruptions } from '../media/interruptions.js';
import { outputLatency } from '../output-latency.js';
import { engineExports, resample } from '../shared/engine-calls.js';
import { isOffline } from './context-facts.js';
import { failedBoot } from './node.js';
import { SceneSender } from './scene-sender.js';
import { SourceSlots } from './source-slots.js';
import { Statistics } from './statistics.js';

/** @typedef {import('../shared/protocol.js').ToProcessor} ToProcessor */
/** @typedef {import('../shared/protocol.js').FromProcessor} FromProcessor */

/**
 * @typedef {import('../pinna-options.js').CheckedOptions & { recipe: import('./node.js').Recipe } &
 *   Pick<import('../heads/head-office.js').HeadHome, 'head' | 'engine' | 'urls' | 'hrtf' | 'bake'>} EngineWishes
 */

/**
 * What an engine is made of, when its node runs.
 *
 * @typedef {object} EngineParts
 * @property {BaseAudioContext} context
 * @property {import('./node.js').Started} started
 * @property {import('../transport.js').Transport | null} transport  of its scene; null = messages
 * @property {EngineWishes} wishes
 */

export class Engine {
  #events;
  /** @type {'ok' | 'failed' | 'disposed'} */
  #life = 'ok';

  /** To the processor, if it lives. @param {ToProcessor} message @param {Transferable[]} [transfer] */
  post = (message, transfer = []) => {
    if (this.#life === 'ok') {
      this.core.node.port.postMessage(message, transfer);
    }
  };

  /** @throws {PinnaError} where it has ended */
  requireUsable = () => {
    if (this.#life === 'disposed') {
      throw new PinnaError('disposed', 'this pinna was disposed of: make another with createPinna(context)');
    }
    if (this.#life === 'failed') {
      throw new PinnaError('processor-failed',
        'this pinna\'s audio processor failed: dispose() of it and make another');
    }
    const { context, offline } = this.core;
    if (context.state === 'closed' && !offline) {
      throw new PinnaError('context-closed', 'the AudioContext was closed: make a new one, and a new pinna');
    }
  };

  #onContextState = () => {
    const { context, offline } = this.core;
    this.post({ type: 'anchor' });
    // An OfflineAudioContext closes when it is done; its statistics are still of interest.
    if (context.state === 'closed' && !offline) {
      this.#abandon(new PinnaError('context-closed', 'the AudioContext was closed: make a new one, and a new pinna'));
    }
    this.#dispatch('statechange');
  };

  /**
   * @param {EngineParts} parts
   * @param {EventTarget} events  gets 'statechange', 'interrupted', 'resumed' and 'error'
   * @param {(urgent: boolean) => void} sent  after each scene
   */
  constructor({ context, started: { node, ready }, transport, wishes }, events, sent) {
    const { maxSources, maxInputs } = wishes;
    const offline = isOffline(context);
    this.#events = events;
    this.wishes = wishes;
    this.scene = new SceneSender({ maxSources, transport, port: node.port, post: this.post, sent });
    this.slots = new SourceSlots(maxSources, maxInputs);
    this.statistics = new Statistics({ context, maxSources, transport: transport ? 'shared' : 'message',
      watch: (on) => this.post({ type: 'watch', on }) });
    /** @type {import('./core.js').Core} */
    this.core = {
      context,
      node,
      offline,
      inputs: maxInputs,
      writer: this.scene.writer,
      clips: new ClipStore(wishes.maxBuffers, context.sampleRate, this.post,
        () => {
          this.requireUsable();
          return this.scene.flush();
        },
        (samples, fromHz, toHz) => resample(engineExports(wishes.engine), samples, fromHz, toHz)),
      detachments: new Set(),
      changed: () => this.scene.changed(),
      requireUsable: this.requireUsable,
      outputLatencyS: () => outputLatency(context),
      freed: (slot) => this.slots.release(slot),
    };
    this.heads = new HeadOffice({ ...wishes, sampleRateHz: context.sampleRate, post: this.post });
    node.port.onmessage = ({ data }) => this.#receive(data);
    node.onprocessorerror = () => this.#fail(new PinnaError('processor-failed',
      'the audio processor stopped with an error: dispose() of this pinna and create another'));
    ready.then((data) => this.statistics.started(data), (error) => this.#fail(error));
    context.addEventListener('statechange', this.#onContextState);
    if (!offline) {
      const over = new AbortController();
      this.core.detachments.add(() => over.abort());
      watchInterruptions(/** @type {AudioContext} */ (context), {
        interrupted: () => this.#dispatch('interrupted'),
        resumed: () => this.#dispatch('resumed'),
        resume: wishes.resumeInterrupted,
        signal: over.signal,
      });
    }
  }

  /** 'failed' and 'disposed' are final. */
  get life() {
    return this.#life;
  }

  /** Something went wrong, and the engine goes on. @param {PinnaError} error */
  report(error) {
    this.#events.dispatchEvent(new PinnaErrorEvent(error));
  }

  /** Ends the processor and frees everything. @returns {boolean} false = it was so already */
  dispose() {
    if (this.#life === 'disposed') {
      return false;
    }
    this.post({ type: 'dispose' });
    this.#abandon(new PinnaError('disposed', 'this pinna was disposed of'));
    this.#life = 'disposed';
    const { context, node } = this.core;
    context.removeEventListener('statechange', this.#onContextState);
    node.onprocessorerror = null;
    node.disconnect();
    return true;
  }

  /** Whoever waits for the processor waits no longer. @param {PinnaError} error */
  #abandon(error) {
    const { clips, detachments } = this.core;
    [...detachments].forEach((detach) => detach());
    this.slots.sources.forEach((source) => source.dispose());
    clips.fail(error);
    this.heads.fail(error);
    this.scene.end(error);
  }

  /** @param {PinnaError} error */
  #fail(error) {
    if (this.#life !== 'ok') {
      return;
    }
    this.#abandon(error);
    this.#life = 'failed';
    this.#dispatch('statechange');
    this.report(error);
  }

  /** @param {string} type  of a plain event */
  #dispatch(type) {
    this.#events.dispatchEvent(new Event(type));
  }

  /** @param {ArrayBuffer | Uint8Array | FromProcessor} data */
  #receive(data) {
    if (data instanceof ArrayBuffer) {
      this.scene.returned(data);
    } else if (data instanceof Uint8Array) {
      this.slots.ended(this.statistics.received(data));
    } else if (data.type === 'clip') {
      const error = data.error && new PinnaError(data.error.code, data.error.message);
      this.core.clips.answered(data.number, error);
      if (error) {
        this.report(error);
      }
    } else if (data.type === 'head') {
      this.heads.answered(data.turn, data.error && new PinnaError(data.error.code, data.error.message));
    } else if (data.type === 'renderer') {
      this.statistics.latencyFrames = data.latencyFrames;
    } else if (data.type === 'flushed') {
      this.scene.flushed(data.id);
    } else if (data.type === 'disposed') {
      this.core.node.port.close();
    } else if (data.type === 'failed') {
      this.#fail(failedBoot(data));
    } else if (data.type === 'ready') {
      this.statistics.started(data);
    }
  }
}
