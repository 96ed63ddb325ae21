// SPDX-License-Identifier: MIT
/**
 * An engine as a page has it: the objects and methods by which it is told what to render.
 *
 * What they do lies behind them, in engine/ and in the modules that it names.
 */
import { attachXR } from './adapters/xr.js';
import { connectEars, fieldEngine, posedEngine } from './engine/beside.js';
import { Engine } from './engine/engine.js';
import { NATURAL, TIMBRES, checkEqualizer } from './equalizer.js';
import { PinnaError } from './errors.js';
import { PinnaListener } from './listener.js';
import { elementInput } from './media/element.js';
import { checkLiveOptions, feed } from './media/feed.js';
import { streamInput } from './media/stream.js';
import { unlock } from './media/unlock.js';
import { RENDERERS, headKindOf, linnFormOf, withoutLinn } from './renderers.js';
import { LinnForm } from './shared/engine-host.js';
import { Scene } from './shared/layout.gen.js';
import { MAX_SOUNDFIELDS } from './shared/protocol.js';
import { PinnaSource, hasBuffer } from './source.js';
import { boolean, knownOptions, number, oneOf } from './validate.js';

/** @typedef {import('./engine/engine.js').EngineParts} EngineParts */
/** @typedef {import('./error-event.js').PinnaErrorEvent} PinnaErrorEvent */
/** @typedef {import('./equalizer.js').EqualizerSection} EqualizerSection */
/** @typedef {import('./engine/statistics.js').PinnaStats} PinnaStats */
/** @typedef {import('./pinna-options.js').PinnaOptions} PinnaOptions */
/** @typedef {import('./source.js').SourceOptions} SourceOptions */
/** @typedef {import('./soundfield.js').PinnaSoundfield} PinnaSoundfield */
/** @typedef {import('./soundfield.js').SoundfieldOptions} SoundfieldOptions */
/** @typedef {import('./renderers.js').RendererName} RendererName */
/** @typedef {import('./heads/load.js').HeadLike} HeadLike */
/** @typedef {import('./heads/prepare.js').HeadProgress} HeadProgress */
/** @typedef {import('./heads/report-baked.js').HeadReport} HeadReport */

/** @typedef {'running' | 'suspended' | 'interrupted' | 'closed' | 'failed' | 'disposed'} PinnaState */

/** Only createPinna makes a Pinna. */
const secret = Symbol('createPinna');

/** For createPinna. @param {EngineParts} parts @returns {Pinna} */
export function makePinna(parts) {
  return new Pinna(secret, parts);
}

/**
 * An engine. Dispatches 'statechange', 'interrupted' and 'resumed' (the system took the sound away, and it is back),
 * and 'error' (a PinnaErrorEvent).
 */
export class Pinna extends EventTarget {
  #engine;
  #core;
  #gain;
  #limiter;
  /** @type {import('./equalizer.js').Timbre} */
  #timbre;
  #equalizer;
  #renderer;
  /** Whether it goes to the context's destination. */
  #heard = false;
  /** @type {import('./media/output.js').OutputDevice | null} once one was chosen */
  #output = null;
  /** @type {{ hrtf: HeadLike, options: object } | null} set later than the first */
  #laterHead = null;
  /** @type {Set<Pinna>} */
  #siblings = new Set();
  /** @type {Promise<Pinna> | null} the sibling that renders soundfields */
  #fieldSibling = null;
  /** @type {Pinna | null} the same, when it is there */
  #fields = null;

  /**
   * @param {symbol} key
   * @param {EngineParts} parts
   * @ignore
   */
  constructor(key, parts) {
    super();
    if (key !== secret) {
      throw new TypeError('a Pinna is made by createPinna(context)');
    }
    this.#engine = new Engine(parts, this, (urgent) => {
      if (this.#fields !== null) {
        this.#lead(this.#fields, urgent);
      }
    });
    this.#core = this.#engine.core;
    const { gain, limiter, renderer, timbre, equalizer } = parts.wishes;
    this.#gain = gain;
    this.#limiter = limiter;
    this.#timbre = timbre;
    this.#equalizer = equalizer;
    this.#renderer = renderer;
    /** The listener. */
    this.listener = new PinnaListener(this.#core);
    const { writer } = this.#core;
    writer.setGain(gain);
    writer.setFlag(Scene.LIMITER, limiter);
    this.#equalize();
  }

  /** The context that it runs in. */
  get context() {
    return this.#core.context;
  }

  /** Its node: two channels out, one input per source. */
  get node() {
    return this.#core.node;
  }

  /**
   * Connects the two ears to a node, such as context.destination.
   *
   * @template {AudioNode} T
   * @param {T} destination
   * @returns {T}
   */
  connect(destination) {
    this.#requireUsable();
    this.#heard ||= /** @type {AudioNode} */ (destination) === this.context.destination;
    this.node.connect(this.#output?.inPlaceOf(destination) ?? destination);
    return destination;
  }

  /** @param {AudioNode} [destination]  all, without one */
  disconnect(destination) {
    this.#heard &&= destination !== undefined && destination !== this.context.destination;
    if (destination) {
      this.node.disconnect(this.#output?.inPlaceOf(destination) ?? destination);
    } else {
      this.node.disconnect();
    }
  }

  /**
   * Chooses the device on which what is connected to context.destination is heard. Where only media elements can be
   * sent to a device (Firefox) the sound takes that way, some tens of milliseconds later, if it was connected by
   * connect() of this object.
   *
   * @param {string | { type: 'none' }} device  a deviceId of navigator.mediaDevices.enumerateDevices(); '' = the
   *   system's; { type: 'none' } = silence at full speed, where the browser knows that
   * @returns {Promise<void>}  rejects with a PinnaError 'output-device' that says why and what to do; the former device
   *   stays
   */
  async setOutputDevice(device) {
    this.#requireUsable();
    const { OutputDevice } = await import('./media/output.js');
    this.#requireUsable();
    this.#output ??= new OutputDevice(this.context, this.node, () => this.#heard,
      (message, cause) => new PinnaError('output-device', message, cause));
    await this.#output.choose(device);
  }

  /** 'failed' and 'disposed' are final; the others are the context's. @returns {PinnaState} */
  get state() {
    const { life } = this.#engine;
    return life === 'ok' ? /** @type {PinnaState} */ (this.context.state) : life;
  }

  /** Of the sum, linear. */
  get gain() {
    return this.#gain;
  }

  set gain(value) {
    this.#requireUsable();
    this.#gain = number(value, 'gain');
    this.#core.writer.setGain(this.#gain);
    this.#core.changed();
  }

  /** A soft limiter on the sum: for scenes that may grow louder than full scale. */
  get limiter() {
    return this.#limiter;
  }

  set limiter(value) {
    this.#requireUsable();
    this.#limiter = boolean(value, 'limiter');
    this.#core.writer.setFlag(Scene.LIMITER, this.#limiter);
    this.#core.changed();
  }

  /**
   * How the heads that ship with pinna sound: 'natural', even as headphones expect it, or 'measured', as it was in the
   * dummy's ear. Heads of your own stay as they are.
   */
  get timbre() {
    return this.#timbre;
  }

  set timbre(value) {
    this.#requireUsable();
    this.#timbre = oneOf(value, 'timbre', TIMBRES);
    this.#equalize();
  }

  /** Shelves and bells on the sum, behind `timbre`'s: of your headphones, say. @returns {EqualizerSection[]} */
  get equalizer() {
    return this.#equalizer.map((section) => ({ ...section }));
  }

  set equalizer(sections) {
    this.#requireUsable();
    this.#equalizer = checkEqualizer(sections);
    this.#equalize();
  }

  /** The curve of this timbre, head and equaliser, here and in the engines of panners. */
  #equalize() {
    const natural = this.#timbre === 'natural' && this.#engine.heads.now.own;
    this.#core.writer.setEqualizer([...natural ? NATURAL : [], ...this.#equalizer]);
    this.#core.changed();
    for (const sibling of this.#siblings) {
      if (sibling.#engine.wishes.recipe.poseInputs) { // a soundfields' engine goes through this one
        sibling.#timbre = this.#timbre;
        sibling.#equalizer = this.#equalizer;
        sibling.#equalize();
      }
    }
  }

  /** The sources that are not disposed of. @returns {PinnaSource[]} */
  get sources() {
    return this.#engine.slots.sources;
  }

  /**
   * Adds a source.
   *
   * @param {SourceOptions} [options]
   * @returns {PinnaSource}
   */
  createSource(options = {}) {
    this.#requireUsable();
    const { slots } = this.#engine;
    const slot = slots.find(!hasBuffer(options));
    const source = new PinnaSource(this.#core, slot, options);
    slots.take(slot, source);
    return source;
  }

  /**
   * Adds a soundfield: ambisonic sound around the listener, that stands still in the world as the head turns. The
   * first one loads pinna-soundfield.wasm and starts an engine beside this one, whose sound comes out with it. That
   * takes the audio thread some ten milliseconds: the time for it is before anything sounds.
   *
   * It is decoded for the measured head, whatever the renderer, and never late.
   *
   * @param {SoundfieldOptions} options
   * @returns {Promise<PinnaSoundfield>}  rejects with a TypeError or RangeError for wrong options, with a PinnaError
   *   that names the cause and the mend otherwise
   */
  async createSoundfield(options) {
    this.#requireUsable();
    // Loaded by those who have one, as setOutputDevice's is: every page pays for what all pages load.
    const { PinnaSoundfield, checkSoundfield } = await import('./soundfield.js');
    const checked = checkSoundfield(options);
    this.#fieldSibling ??= this.#startFields();
    try {
      this.#fields = await this.#fieldSibling;
    } catch (error) {
      this.#fieldSibling = null;
      throw error;
    }
    this.#requireUsable();
    this.#lead(this.#fields, false); // what changed while it started
    return this.#fields.#addField(PinnaSoundfield, checked);
  }

  /**
   * @param {typeof import('./soundfield.js').PinnaSoundfield} Soundfield
   * @param {import('./soundfield.js').CheckedSoundfield} checked
   */
  #addField(Soundfield, checked) {
    this.#requireUsable();
    const { slots } = this.#engine;
    const slot = slots.next;
    if (slot === undefined) {
      throw new RangeError(`all ${MAX_SOUNDFIELDS} soundfields are in use: dispose() of one, or mix several into one`);
    }
    const field = new Soundfield(this.#core, slot, checked);
    slots.take(slot, null);
    return field;
  }

  /**
   * Another engine like this one, for soundfields: it follows this one's listener, and what it renders is added to this
   * one's sources, before gain and limiter.
   *
   * @returns {Promise<Pinna>}
   */
  async #startFields() {
    const { heads } = this.#engine;
    const parts = await fieldEngine(this.#engine);
    const sibling = this.#adopt(parts);
    sibling.addEventListener('error', (event) =>
      this.#engine.report(/** @type {PinnaErrorEvent} */ (event).error));
    this.#requireUsable();
    this.#lead(sibling, true);
    connectEars(sibling.node, this.#engine);
    if (heads.now !== parts.wishes.head) { // it was changed in the meantime
      await sibling.setHrtf(heads.now.blob.slice());
    }
    return sibling;
  }

  /** An engine beside this one, which ends with it. @param {EngineParts} parts */
  #adopt(parts) {
    const sibling = makePinna(parts);
    this.#siblings.add(sibling);
    if (this.#engine.life === 'ok') {
      this.#core.detachments.add(() => sibling.dispose());
    } else { // this one ended while the other started
      sibling.dispose();
    }
    return sibling;
  }

  /** Another engine hears with this one's listener. @param {Pinna} other @param {boolean} urgent */
  #lead(other, urgent) {
    other.#engine.scene.follow(this.#core.writer, urgent);
  }

  /**
   * Adds a source that is fed by a stream: a microphone, or someone else over WebRTC. Its first audio track is heard.
   *
   * Remote streams, which Chromium leaves silent in Web Audio unless an element plays them too, are heard. The source
   * dispatches 'ended' when the tracks have ended, and dispose() of it lets go of the stream without stopping it.
   *
   * @param {MediaStream} stream  with an audio track
   * @param {SourceOptions} [options]  without buffer and what belongs to one
   * @returns {PinnaSource}
   */
  addMediaStream(stream, options = {}) {
    this.#requireUsable();
    checkLiveOptions(options, 'addMediaStream');
    return feed(this.createSource(options), () => this._streamInput(stream));
  }

  /**
   * Adds a source that is fed by an <audio> or <video> element, which is played and stopped as before, and from now on
   * is heard through pinna only. The source dispatches 'ended' when the element does.
   *
   * @param {HTMLMediaElement} element  media of another origin need crossorigin="anonymous" and CORS headers
   * @param {SourceOptions} [options]  without buffer and what belongs to one
   * @returns {PinnaSource}
   * @throws {PinnaError} 'media-tainted' where browsers would give silence, 'media-taken' where another graph has the
   *   element, 'media-failed' where it cannot play. What becomes wrong later, with another src, is an 'error' event.
   */
  addMediaElement(element, options = {}) {
    this.#requireUsable();
    checkLiveOptions(options, 'addMediaElement');
    return feed(this.createSource(options), () => this._elementInput(element));
  }

  /** For adapters, which have a source already. @param {MediaStream} stream @ignore */
  _streamInput(stream) {
    return streamInput(this.context, stream);
  }

  /** For adapters, which have a source already. @param {HTMLMediaElement} element @ignore */
  _elementInput(element) {
    return elementInput(this.context, element, (error) => this.#engine.report(error));
  }

  /**
   * Follows the head of a WebXR session, until it ends.
   *
   * @param {XRSession} session
   * @param {XRReferenceSpace} referenceSpace  in which sources are placed
   */
  attachXR(session, referenceSpace) {
    this.#requireUsable();
    return attachXR(this, this.#core, session, referenceSpace);
  }

  /**
   * Changes to another head while playing, without a gap. Settles when it is heard from; a later call takes the place
   * of one that is still at work, which is then refused as 'aborted'.
   *
   * A SOFA file is read and baked first, which takes seconds, in a worker; the sound goes on with the former head.
   *
   * @param {HeadLike} hrtf  'default', or a SOFA file or a baked one, as URL, File, Blob or bytes
   * @param {import('./heads/head-office.js').ChangeOptions} [options]  how a SOFA file is baked, as for createPinna;
   *   with a baked one they are refused
   * @returns {Promise<void>}  rejects with a PinnaError that names the cause and the mend; the former head stays
   */
  async setHrtf(hrtf, options = {}) {
    this.#requireUsable();
    knownOptions(options, ['signal', 'onProgress', 'spacingDeg', 'lowFrequency', 'diffuseField'], 'setHrtf');
    await this.#engine.heads.change(hrtf, options);
    this.#equalize();
    this.#laterHead = { hrtf, options: { ...options, signal: undefined, onProgress: undefined } };
    for (const sibling of this.#siblings) {
      await sibling.setHrtf(hrtf, { ...options, onProgress: undefined });
    }
  }

  /** How sources reach the ears. @returns {RendererName} */
  get renderer() {
    return linnFormOf(this.#renderer) === LinnForm.OFF ? this.#engine.heads.kind : this.#renderer;
  }

  /**
   * Changes how sources reach the ears while they play; they cross over. Settles when the audio thread does it, and
   * `stats.latency` is then the new one.
   *
   * 'hrtf' and 'linn' go back to the last measured head and the last field model, or to those that ship with pinna;
   * they are built beside the sound, in a worker, as by setHrtf.
   *
   * @param {RendererName} name
   * @param {object} [options]
   * @param {HeadLike} [options.model]  of 'linn': a LINN field model, as URL, File, Blob or bytes
   * @param {AbortSignal} [options.signal]
   * @param {(progress: HeadProgress) => void} [options.onProgress]
   * @returns {Promise<void>}  rejects with 'renderer' where what it needs was not loaded (the linnDense option), with
   *   'model-refused' where the file is of another kind; the former renderer stays
   */
  async setRenderer(name, options = {}) {
    this.#requireUsable();
    oneOf(name, 'renderer', RENDERERS);
    knownOptions(options, ['model', 'signal', 'onProgress'], 'setRenderer');
    if (options.model !== undefined && name !== 'linn') {
      throw new TypeError('model is of the renderer \'linn\': setRenderer(\'linn\', { model })');
    }
    if (linnFormOf(name) !== LinnForm.OFF && !this.#engine.wishes.linnDense) {
      throw withoutLinn(name);
    }
    const kind = headKindOf(name);
    if (kind !== null) {
      await this.#engine.heads.changeKind(kind, options.model, options);
      this.#equalize();
    }
    this.#renderer = name;
    this.#engine.post({ type: 'renderer', linnForm: linnFormOf(name) });
    await this.flush();
  }

  /**
   * The head in use: whose, under which licence, from how many directions, how late and how loud.
   *
   * @returns {Promise<HeadReport>}
   */
  async describeHead() {
    return this.#engine.heads.report();
  }

  /**
   * For panners: another engine like this one in the same context, at once, whose poses come as sound
   * (shared/pose-inputs.js). It ends with this one.
   *
   * @param {number} maxSources
   * @returns {Pinna}
   * @ignore
   */
  _posedSibling(maxSources) {
    this.#requireUsable();
    const sibling = this.#adopt(posedEngine(this.#engine, maxSources));
    this.#equalize(); // as it is now
    if (this.#laterHead !== null) {
      sibling.setHrtf(this.#laterHead.hrtf, this.#laterHead.options).catch((error) => this.#engine.report(error));
    }
    return sibling;
  }

  /** Sends the scene now, instead of at the end of this turn of the event loop. */
  commit() {
    this.#engine.scene.send(false);
  }

  /**
   * Sends the scene and settles when the audio thread has it, and everything sent before. What is rendered after that
   * is rendered with it: for an OfflineAudioContext, before startRendering() and in suspend().
   *
   * @returns {Promise<void>}
   */
  flush() {
    this.#requireUsable();
    const own = this.#engine.scene.flush();
    return this.#fields ? Promise.all([own, this.#fields.flush()]).then(() => {}) : own;
  }

  /**
   * Starts the context, which browsers allow only after a gesture of the user.
   *
   * @returns {Promise<void>}
   */
  async resume() {
    this.#requireUsable();
    const context = /** @type {Partial<AudioContext>} */ (this.context);
    await context.resume?.();
  }

  /**
   * Starts the context at the user's first gesture; `unlock(context)` is the same with a promise.
   *
   * @param {EventTarget} [target]  where gestures are waited for; the document
   * @returns {() => void} stops waiting
   */
  unlock(target = globalThis.document) {
    this.#requireUsable();
    const over = new AbortController();
    const stop = () => {
      over.abort();
      this.#core.detachments.delete(stop);
    };
    this.#core.detachments.add(stop);
    unlock(this.context, { target, signal: over.signal }).then(stop, stop);
    return stop;
  }

  /**
   * How it is doing; up to a quarter of a second old while it is looked at regularly. Its cost is measured only while
   * it is looked at, because measuring makes garbage on the audio thread.
   *
   * @returns {PinnaStats}
   */
  get stats() {
    return this.#engine.statistics.look();
  }

  /** Ends the processor and frees everything. Sources and listener cannot be used afterwards. */
  dispose() {
    if (this.#engine.dispose()) {
      this.#output?.dispose();
      this.dispatchEvent(new Event('statechange'));
    }
  }

  #requireUsable() {
    this.#engine.requireUsable();
  }
}
