// SPDX-License-Identifier: MIT
/**
 * One engine in one AudioWorkletNode, and the objects by which a page tells it what to render.
 *
 * The page writes into a scene snapshot; once per turn of the event loop, if anything changed, the snapshot goes to
 * the audio thread (transport.js). What cannot be a snapshot (audio clips, statistics, the end of a playback) goes by
 * messages (shared/protocol.js).
 */
import { attachXR } from './adapters/xr.js';
import { ClipStore } from './clips.js';
import { rememberPinna } from './contexts.js';
import { PinnaError, shown } from './errors.js';
import { DEFAULT_FIELD, HeadOffice, firstHead } from './heads/head-office.js';
import { PinnaListener } from './listener.js';
import { ABORTED, givenWasm, loadSoundfieldWasm, loadWasm, throwIfAborted } from './loader.js';
import { elementInput } from './media/element.js';
import { watchInterruptions } from './media/interruptions.js';
import { streamInput } from './media/stream.js';
import { unlock } from './media/unlock.js';
import { outputLatency } from './output-latency.js';
import { RENDERERS, headKindOf, linnFormOf, loadLinn, withoutLinn } from './renderers.js';
import { engineExports, resample } from './shared/engine-calls.js';
import { LinnForm, SOUNDFIELD_CHANNELS } from './shared/engine-host.js';
import { Scene } from './shared/layout.gen.js';
import { LISTENER_INPUTS, POSE_CHANNELS } from './shared/pose-inputs.js';
import { MAX_SOUNDFIELDS, PROCESSOR_NAME } from './shared/protocol.js';
import { Measure, Report } from './shared/report.js';
import { SceneWriter, sceneBytes } from './shared/scene-writer.js';
import { readStats } from './shared/stats.js';
import { PinnaSource } from './source.js';
import { canShareMemory, messageTransport, sharedTransport } from './transport.js';
import { boolean, integer, knownOptions, number, oneOf } from './validate.js';

/** @typedef {import('./shared/protocol.js').ProcessorOptions} ProcessorOptions */
/** @typedef {import('./shared/protocol.js').ToProcessor} ToProcessor */
/** @typedef {import('./shared/protocol.js').FromProcessor} FromProcessor */
/** @typedef {import('./transport.js').Transport} Transport */
/** @typedef {import('./source.js').SourceOptions} SourceOptions */
/** @typedef {import('./soundfield.js').PinnaSoundfield} PinnaSoundfield */
/** @typedef {import('./soundfield.js').SoundfieldOptions} SoundfieldOptions */
/** @typedef {import('./renderers.js').RendererName} RendererName */
/** @typedef {import('./heads/load.js').HeadLike} HeadLike */
/** @typedef {import('./heads/prepare.js').HeadProgress} HeadProgress */
/** @typedef {import('./heads/report-baked.js').HeadReport} HeadReport */

/**
 * @typedef {object} PinnaOptions
 * @property {number} [maxSources]   sources at a time, 1 to 4096; 64
 * @property {number} [maxInputs]    of them that may be fed by an AudioNode; the others play buffers, and are made with
 *   one. A browser takes its time for each input, used or not: thousands of sources want few; all
 * @property {number} [maxBuffers]   audio clips at a time; as many as sources
 * @property {'high' | 'balanced' | 'low'} [quality]  how many sources may have filters of their own, where
 *   maxExactSources does not say: all, 256 or 16; 'balanced'
 * @property {number} [maxExactSources]  that have filters of their own while the machine keeps up; the others, the
 *   quietest, are mixed from shared filters; 256
 * @property {RendererName} [renderer]  how sources reach the ears; 'hrtf', a measured head
 * @property {HeadLike} [model]  of 'linn': another LINN field model (models/FORMAT.md) than the one that ships with
 *   pinna
 * @property {boolean} [linnDense]   load the dense LINN for setRenderer, even if `renderer` does not need it; false
 * @property {HeadLike} [hrtf]       whose head: 'default', or a SOFA file or a baked one, as URL, File, Blob or bytes
 * @property {number} [spacingDeg]   of a SOFA file: directions further apart get others between them; 3 to 15,
 *   0 = none; 5
 * @property {'auto' | 'extend' | 'keep'} [lowFrequency]  of a SOFA file: what becomes of the octaves below 200 Hz,
 *   which loudspeakers hardly radiate: carried on from above, kept, or carried on where the set needs it; 'auto'
 * @property {boolean} [diffuseField]  of a SOFA file: equalised to the diffuse field; false
 * @property {(progress: HeadProgress) => void} [onProgress]  while a SOFA file is baked, which takes seconds
 * @property {number} [dopplerMaxDistance]  metres over which sound may take its time; memory grows with it; 50
 * @property {boolean} [limiter]     a soft limiter on the sum; false
 * @property {number} [gain]         of the sum, linear; 1
 * @property {string | URL} [packageUrl]  of a copy of pinna's package folder, or of its web/dist and models, where a
 *   bundler does not carry them along; the addresses below come before it
 * @property {string | URL} [workletUrl]  of pinna.worklet.js, where a bundler or a policy moves it
 * @property {string | URL} [wasmUrl]     of pinna.wasm
 * @property {string | URL} [scalarWasmUrl]  of pinna-scalar.wasm, for machines without correct SIMD
 * @property {string | URL} [linnWasmUrl]    of pinna-linn.wasm, in place of the former where there is a dense LINN
 * @property {string | URL} [linnModelUrl]   of the dense LINN; models/linn/kemar-dense.safetensors
 * @property {string | URL} [soundfieldWasmUrl]  of pinna-soundfield.wasm, which createSoundfield loads
 * @property {WebAssembly.Module} [wasmModule]  compiled already, instead of the URLs
 * @property {string | URL} [headUrl]     of the default head
 * @property {string | URL} [bakeWorkerUrl]  of dist/bake-worker.js, which bakes SOFA files
 * @property {string | URL} [bakeWasmUrl]    of pinna-bake.wasm, which it runs
 * @property {string | URL} [h5wasmUrl]      of dist/h5wasm.js, by which it reads them
 * @property {boolean} [sharedMemory]  false = send the scene by messages even where memory could be shared
 * @property {boolean} [resumeInterrupted]  when the system took the sound away (a call, a locked screen), ask for it
 *   until it is back; true
 * @property {AbortSignal} [signal]
 */

const OPTION_NAMES = Object.freeze(['maxSources', 'maxInputs', 'maxBuffers', 'quality', 'maxExactSources', 'renderer',
  'hrtf', 'model', 'spacingDeg', 'lowFrequency', 'diffuseField', 'linnDense', 'linnWasmUrl', 'linnModelUrl',
  'dopplerMaxDistance', 'limiter', 'gain', 'packageUrl', 'workletUrl', 'wasmUrl', 'scalarWasmUrl', 'soundfieldWasmUrl',
  'wasmModule', 'headUrl', 'onProgress', 'bakeWorkerUrl', 'bakeWasmUrl', 'h5wasmUrl', 'sharedMemory',
  'resumeInterrupted', 'signal']);

/** Of a source's options, those that a live sound has no use for. */
const CLIP_OPTIONS = /** @type {const} */ (['buffer', 'autoplay', 'loop', 'loopStart', 'loopEnd']);

const MIN_RATE_HZ = 8000;
const MAX_RATE_HZ = 192000;
const MAX_SOURCES = 4096;

/** Inputs after the sources', for what is rendered for two ears already. */
const EAR_INPUTS = 2;

/** What each quality allows the exact tier. */
const EXACT_SOURCES = Object.freeze({ high: MAX_SOURCES, balanced: 256, low: 16 });
const QUALITIES = /** @type {(keyof typeof EXACT_SOURCES)[]} */ (Object.keys(EXACT_SOURCES));

/** Statistics are sent for so long after the page last looked at them. */
const WATCH_MS = 5000;

/** Load is averaged over windows of this length, because the clock behind it ticks in milliseconds. */
const LOAD_WINDOW_S = 1;

/** Windows that are kept. */
const LOAD_WINDOWS = 60;

/**
 * A processor that answers nothing for so long starts only when its context does: some browsers hold it back until a
 * gesture. Messages wait for it, and what goes wrong then is an 'error' event.
 */
const READY_MS = 5000;

/** @typedef {'running' | 'suspended' | 'interrupted' | 'closed' | 'failed' | 'disposed'} PinnaState */

/**
 * @typedef {object} PinnaStats
 * @property {{ mean: number, p50: number, p99: number, worst: number, longestBlockMs: number }} load  share of the
 *   time that the engine takes, 1 = all of it, over the seconds of the last minute. Measured only while the page reads
 *   `stats`, so zero in the first second of that.
 * @property {number} underruns     times that sound was missing
 * @property {number} lostS         how much of it in all
 * @property {number} poseAgeS      from the listener's pose to where it is heard; 0 without prediction
 * @property {{ algorithmFrames: number, algorithmS: number, outputS: number }} latency  added by the engine, which is
 *   1024 frames with 'linn-dense'; and from its output to the ear: as the browser tells, its baseLatency where it does
 *   not (Firefox on Linux is not asked: its page may freeze)
 * @property {{ active: number, sounding: number, moving: number, bulk: number, linnDense: number, linnFir: number,
 *   max: number }} sources
 * @property {[number, number]} peak  left and right, of the last moment, linear
 * @property {number} limiterGain   1 = untouched
 * @property {{ applied: number, refused: number }} scenes
 * @property {{ values: number, samples: number }} mended  impossible numbers that were replaced
 * @property {number} starvedFrames  missing because the browser changed its block length
 * @property {number} frames        rendered
 * @property {number} quantumFrames  of one block
 * @property {number} memoryBytes   of the wasm instance
 * @property {'shared' | 'message'} transport
 */

/** Of an 'error' event. */
export class PinnaErrorEvent extends Event {
  /** @param {PinnaError} error */
  constructor(error) {
    super('error');
    this.error = error;
  }
}

/**
 * What listener, sources and adapters share with their pinna.
 *
 * @typedef {object} Core
 * @property {BaseAudioContext} context
 * @property {AudioWorkletNode} node
 * @property {number} inputs  slots, the first ones, that have one
 * @property {SceneWriter} writer
 * @property {ClipStore} clips
 * @property {boolean} offline
 * @property {Set<() => void>} detachments  what dispose() detaches
 * @property {() => void} changed          the scene is to be sent
 * @property {() => void} requireUsable    throws after dispose()
 * @property {() => number} outputLatencyS
 * @property {(slot: number) => void} freed
 */

/**
 * What createPinna does, whatever its own files are (create.js, inline/index.js).
 *
 * @param {BaseAudioContext} context
 * @param {PinnaOptions} options
 * @param {import('./files/files.js').OwnFiles} files  that no option names
 * @returns {Promise<Pinna>}  rejects with a PinnaError that names the cause and the mend
 */
export async function startPinna(context, options, files) {
  const wishes = checkOptions(options);
  checkContext(context);
  const { signal } = options;
  throwIfAborted(signal);
  const workletUrl = options.workletUrl ?? files.workletUrl();
  const [{ wasm, model }, head] = await Promise.all([
    wishes.linnDense ? loadLinn(options, files, !isOffline(context), signal) : loadPlain(options, files),
    wishes.renderer === 'linn' ?
      firstHead({ ...options, files, hrtf: options.model ?? files.at(DEFAULT_FIELD) }, context.sampleRate, 'linn') :
      firstHead({ ...options, files }, context.sampleRate),
    addWorklet(context, workletUrl, signal),
  ]);
  throwIfAborted(signal);

  const shared = wishes.sharedMemory && canShareMemory();
  /** @type {ProcessorOptions} */
  const common = {
    headBlob: head.blob.buffer,
    linnBlob: model,
    linnForm: linnFormOf(wishes.renderer),
    maxSources: wishes.maxSources,
    inputs: wishes.maxInputs,
    maxBuffers: wishes.maxBuffers,
    maxExactSources: wishes.maxExactSources,
    dopplerMaxM: wishes.dopplerMaxDistance,
    quantum: quantumOf(context),
    live: !isOffline(context),
    earInputs: true,
  };
  // What a scope cannot be given differs between browsers; the next attempt asks for less.
  const attempts = [
    { wasmModule: wasm.module, shared },
    { wasmModule: wasm.module, shared: false },
    { wasmBytes: wasm.bytes, shared: false },
  ].filter((attempt, i) => (i !== 1 || shared) && (attempt.wasmModule || attempt.wasmBytes));
  let failure;
  for (const { shared: memory, ...code } of attempts) {
    const transport = memory ? sharedTransport(sceneBytes(wishes.maxSources)) : null;
    try {
      const started = await startNode(context, { ...common, ...code, sceneMemory: transport?.memory }, workletUrl,
        signal);
      const pinna = new Pinna(secret, context, started, transport, {
        ...wishes, head, engine: wasm.module, urls: { ...options, files }, hrtf: options.hrtf,
        recipe: { ...common, ...code, shared: memory, workletUrl },
      });
      if (signal?.aborted) {
        pinna.dispose();
        throwIfAborted(signal);
      }
      rememberPinna(context, pinna);
      return pinna;
    } catch (error) {
      if (error instanceof PinnaError && error.code !== 'processor-failed') {
        throw error;
      }
      failure = error;
    }
  }
  throw failure;
}

/**
 * @param {PinnaOptions} options
 * @param {import('./files/files.js').OwnFiles} files
 * @returns {Promise<{ wasm: import('./loader.js').Wasm, model?: ArrayBuffer }>}
 */
async function loadPlain({ wasmModule, wasmUrl, scalarWasmUrl }, files) {
  const wasm = wasmModule ? givenWasm(wasmModule) : await loadWasm(
    wasmUrl ?? files.at('web/dist/pinna.wasm'), scalarWasmUrl ?? files.at('web/dist/pinna-scalar.wasm'));
  return { wasm };
}

/** @param {PinnaOptions} options */
function checkOptions(options) {
  knownOptions(options, OPTION_NAMES, 'createPinna');
  const maxSources = integer(options.maxSources ?? 64, 'maxSources', 1, MAX_SOURCES);
  const renderer = oneOf(options.renderer ?? 'hrtf', 'renderer', RENDERERS);
  if (options.model !== undefined && renderer !== 'linn') {
    throw new TypeError('model is of the renderer \'linn\': add renderer: \'linn\'');
  }
  const quality = oneOf(options.quality ?? 'balanced', 'quality', QUALITIES);
  return {
    maxSources,
    renderer,
    linnDense: boolean(options.linnDense ?? false, 'linnDense') || linnFormOf(renderer) !== LinnForm.OFF,
    maxInputs: integer(options.maxInputs ?? maxSources, 'maxInputs', 0, maxSources),
    maxBuffers: integer(options.maxBuffers ?? maxSources, 'maxBuffers', 1, MAX_SOURCES),
    maxExactSources: integer(options.maxExactSources ?? EXACT_SOURCES[quality], 'maxExactSources', 0, MAX_SOURCES),
    dopplerMaxDistance: number(options.dopplerMaxDistance ?? 50, 'dopplerMaxDistance', 1, 10000),
    limiter: boolean(options.limiter ?? false, 'limiter'),
    gain: number(options.gain ?? 1, 'gain'),
    sharedMemory: boolean(options.sharedMemory ?? true, 'sharedMemory'),
    resumeInterrupted: boolean(options.resumeInterrupted ?? true, 'resumeInterrupted'),
  };
}

/** @param {BaseAudioContext} context */
function checkContext(context) {
  if (typeof context?.sampleRate !== 'number') {
    throw new TypeError(`createPinna needs an AudioContext or an OfflineAudioContext, not ${shown(context)}`);
  }
  if (context.state === 'closed') {
    throw new PinnaError('context-closed', 'the AudioContext is closed: make a new one');
  }
  if (context.sampleRate < MIN_RATE_HZ || context.sampleRate > MAX_RATE_HZ) {
    throw new PinnaError('sample-rate', `the context runs at ${context.sampleRate} Hz, and pinna renders at ` +
      `${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz: make it with { sampleRate: 48000 }`);
  }
  if (!context.audioWorklet) {
    throw new PinnaError('no-audio-worklet', globalThis.isSecureContext === false
      ? 'AudioWorklet exists only on secure pages: serve this one by https, or from localhost'
      : 'this browser has no AudioWorklet: use a newer one');
  }
}

/** @param {BaseAudioContext} context */
function isOffline(context) {
  return typeof OfflineAudioContext === 'function' && context instanceof OfflineAudioContext;
}

/** Frames per block, where the context tells. @param {BaseAudioContext} context */
function quantumOf(context) {
  return /** @type {{ renderQuantumSize?: number }} */ (context).renderQuantumSize ?? 0;
}

/**
 * @param {BaseAudioContext} context
 * @param {string | URL} url
 * @param {AbortSignal} [signal]
 */
async function addWorklet(context, url, signal) {
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    throwIfAborted(signal);
    throw new PinnaError('worklet-blocked', `the worklet script could not be loaded from ${url} ` +
      `(${error instanceof Error ? error.message : error}): check that the file is there and served as JavaScript ` +
      '("npm run build" makes it; workletUrl says where it is), with CORS headers if it is on another origin, and ' +
      'that the page\'s Content-Security-Policy allows it in script-src', error);
  }
}

/**
 * A running processor's node.
 *
 * @typedef {object} Started
 * @property {AudioWorkletNode} node
 * @property {Promise<{ quantum: number, latencyFrames: number }>} ready
 */

/**
 * How an engine was started, and another like it is.
 *
 * @typedef {ProcessorOptions & { shared: boolean, workletUrl: string | URL }} Recipe
 */

/**
 * @param {BaseAudioContext} context
 * @param {ProcessorOptions} processorOptions
 * @param {string | URL} workletUrl
 * @returns {Started}
 */
function makeNode(context, processorOptions, workletUrl) {
  /** @type {AudioWorkletNode} */
  let node;
  const { maxSources, inputs = maxSources, poseInputs: posed = false, earInputs = false, soundfields = 0 } =
    processorOptions;
  try {
    node = new AudioWorkletNode(context, PROCESSOR_NAME, {
      numberOfInputs: inputs + (posed ? LISTENER_INPUTS : 0) + (earInputs ? EAR_INPUTS : 0),
      numberOfOutputs: 1,
      outputChannelCount: [2],
      channelCount: soundfields > 0 ? SOUNDFIELD_CHANNELS : posed ? POSE_CHANNELS : 1,
      channelCountMode: soundfields > 0 ? 'clamped-max' : 'explicit', // fields bring as many as their order has
      channelInterpretation: posed || soundfields > 0 ? 'discrete' : 'speakers',
      processorOptions,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidStateError') {
      throw new PinnaError('layout-version', `${workletUrl} is of another version of pinna than this page's ` +
        'JavaScript: deploy both together, and clear caches between', error);
    }
    throw new PinnaError('processor-failed', `the AudioWorkletNode could not be made (${error}): reload the page`,
      error);
  }
  /** @type {Promise<{ quantum: number, latencyFrames: number }>} */
  const ready = new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => {
      if (data.type === 'ready') {
        resolve(data);
      } else if (data.type === 'failed') {
        reject(failedBoot(data));
      }
    };
    node.onprocessorerror = () => reject(new PinnaError('processor-failed',
      'the audio processor could not start in this browser: reload the page, or use a newer browser'));
  });
  ready.catch(() => {});
  return { node, ready };
}

/**
 * @param {BaseAudioContext} context
 * @param {ProcessorOptions} processorOptions
 * @param {string | URL} workletUrl
 * @param {AbortSignal} [signal]
 * @returns {Promise<Started>}
 */
async function startNode(context, processorOptions, workletUrl, signal) {
  const { node, ready } = makeNode(context, processorOptions, workletUrl);
  /** @type {Promise<unknown>[]} */
  const ends = [ready, new Promise((resolve) => setTimeout(resolve, READY_MS))];
  const onAbort = new AbortController();
  ends.push(new Promise((_, reject) => signal?.addEventListener('abort',
    () => reject(new PinnaError('aborted', ABORTED, signal.reason)), { signal: onAbort.signal })));
  try {
    await Promise.race(ends);
  } catch (error) {
    node.port.postMessage({ type: 'dispose' });
    node.port.close();
    throw error;
  } finally {
    onAbort.abort();
  }
  return { node, ready };
}

/** @param {Extract<FromProcessor, { type: 'failed' }>} data */
function failedBoot({ code, message }) {
  const mend = code === 'model-refused' ? ': linnModelUrl must name a file as models/FORMAT.md describes them' :
    code.startsWith('file-') ? ': the head must be a file that pinna baked, complete and unchanged' : '';
  return new PinnaError(code, `the engine could not start: ${message}${mend}`);
}

/** Only createPinna makes a Pinna. */
const secret = Symbol('createPinna');

/**
 * An engine. Dispatches 'statechange', 'interrupted' and 'resumed' (the system took the sound away, and it is back),
 * and 'error' (a PinnaErrorEvent).
 */
export class Pinna extends EventTarget {
  /** @type {Core} */
  #core;
  /** @type {Transport} */
  #transport;
  #writer;
  #maxSources;
  /** @type {(PinnaSource | null)[]} */
  #sources;
  /** @type {number[]} free slots, the one that rested longest first */
  #freeSlots;
  /** @type {'ok' | 'failed' | 'disposed'} */
  #life = 'ok';
  #dirty = false;
  #scheduled = false;
  #gain;
  #limiter;
  #wishes;
  #quantum = 0;
  #latencyFrames = 0;
  #renderer;
  #linnDense;
  #shared;

  /** Whether it goes to the context's destination. */
  #heard = false;
  /** @type {import('./media/output.js').OutputDevice | null} once one was chosen */
  #output = null;
  #heads;
  /** @type {{ hrtf: HeadLike, options: object } | null} set later than the first */
  #laterHead = null;
  /** @type {Set<Pinna>} */
  #siblings = new Set();
  /** @type {Promise<Pinna> | null} the sibling that renders soundfields */
  #fieldSibling = null;
  /** @type {Pinna | null} the same, when it is there */
  #fields = null;
  #flushes = 0;
  /** @type {Map<number, { resolve: () => void, reject: (error: PinnaError) => void }>} */
  #flushing = new Map();

  #report;
  #meteredFrames = 0;
  #busyMs = 0;
  /** @type {number[]} */
  #loads = [];
  #lookedMs = -Infinity;
  #watched = false;

  #onContextState = () => {
    this.#post({ type: 'anchor' }, []);
    // An OfflineAudioContext closes when it is done; its statistics are still of interest.
    if (this.#core.context.state === 'closed' && !this.#core.offline) {
      this.#abandon(new PinnaError('context-closed', 'the AudioContext was closed: make a new one, and a new pinna'));
    }
    this.dispatchEvent(new Event('statechange'));
  };

  /**
   * @param {symbol} key
   * @param {BaseAudioContext} context
   * @param {Started} started
   * @param {Transport | null} transport  null = messages
   * @param {ReturnType<typeof checkOptions> & Pick<import('./heads/head-office.js').HeadHome,
   *   'head' | 'engine' | 'urls' | 'hrtf'> & { recipe: Recipe }} wishes
   * @ignore
   */
  constructor(key, context, { node, ready }, transport, wishes) {
    super();
    if (key !== secret) {
      throw new TypeError('a Pinna is made by createPinna(context)');
    }
    const { maxSources, maxInputs } = wishes;
    this.#wishes = wishes;
    const offline = isOffline(context);
    this.#maxSources = maxSources;
    this.#writer = new SceneWriter(maxSources);
    this.#shared = transport !== null;
    this.#transport = transport ?? messageTransport(this.#writer.bytes.byteLength, node.port);
    this.#sources = new Array(maxSources).fill(null);
    this.#freeSlots = this.#sources.map((_, slot) => slot);
    this.#report = new Report(maxSources);
    this.#gain = wishes.gain;
    this.#limiter = wishes.limiter;
    this.#renderer = wishes.renderer;
    this.#linnDense = wishes.linnDense;
    this.#core = {
      context,
      node,
      offline,
      inputs: maxInputs,
      writer: this.#writer,
      clips: new ClipStore(wishes.maxBuffers, context.sampleRate, (message, transfer) => this.#post(message, transfer),
        () => this.flush(),
        (samples, fromHz, toHz) => resample(engineExports(wishes.engine), samples, fromHz, toHz)),
      detachments: new Set(),
      changed: () => this.#changed(),
      requireUsable: () => this.#requireUsable(),
      outputLatencyS: () => outputLatency(context),
      freed: (slot) => {
        this.#sources[slot] = null;
        this.#freeSlots.push(slot);
      },
    };
    const { head, engine, urls } = wishes;
    this.#heads = new HeadOffice({
      head, engine, urls, hrtf: wishes.hrtf, sampleRateHz: context.sampleRate,
      post: (message, transfer) => this.#post(message, transfer),
    });
    /** The listener. */
    this.listener = new PinnaListener(this.#core);
    node.port.onmessage = ({ data }) => this.#receive(data);
    node.onprocessorerror = () => this.#fail(new PinnaError('processor-failed',
      'the audio processor stopped with an error: dispose() of this pinna and create another'));
    ready.then((data) => {
      this.#quantum = data.quantum;
      this.#latencyFrames = data.latencyFrames;
    }, (error) => this.#fail(error));
    context.addEventListener('statechange', this.#onContextState);
    if (!offline) {
      const over = new AbortController();
      this.#core.detachments.add(() => over.abort());
      watchInterruptions(/** @type {AudioContext} */ (context), {
        interrupted: () => this.dispatchEvent(new Event('interrupted')),
        resumed: () => this.dispatchEvent(new Event('resumed')),
        resume: wishes.resumeInterrupted,
        signal: over.signal,
      });
    }
    this.#writer.setGain(this.#gain);
    this.#writer.setFlag(Scene.LIMITER, this.#limiter);
    this.#changed();
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
    return this.#life === 'ok' ? /** @type {PinnaState} */ (this.context.state) : this.#life;
  }

  /** Of the sum, linear. */
  get gain() {
    return this.#gain;
  }

  set gain(value) {
    this.#requireUsable();
    this.#gain = number(value, 'gain');
    this.#writer.setGain(this.#gain);
    this.#changed();
  }

  /** A soft limiter on the sum: for scenes that may grow louder than full scale. */
  get limiter() {
    return this.#limiter;
  }

  set limiter(value) {
    this.#requireUsable();
    this.#limiter = boolean(value, 'limiter');
    this.#writer.setFlag(Scene.LIMITER, this.#limiter);
    this.#changed();
  }

  /** The sources that are not disposed of. @returns {PinnaSource[]} */
  get sources() {
    return /** @type {PinnaSource[]} */ (this.#sources.filter(Boolean));
  }

  /**
   * Adds a source.
   *
   * @param {SourceOptions} [options]
   * @returns {PinnaSource}
   */
  createSource(options = {}) {
    this.#requireUsable();
    if (this.#freeSlots.length === 0) {
      throw new RangeError(`all ${this.#maxSources} sources are in use (maxSources): dispose() of one, or ` +
        `createPinna(context, { maxSources: ${Math.min(2 * this.#maxSources, MAX_SOURCES)} })`);
    }
    const at = this.#placeFor(options);
    const slot = this.#freeSlots[at];
    const source = new PinnaSource(this.#core, slot, options);
    this.#freeSlots.splice(at, 1);
    this.#sources[slot] = source;
    return source;
  }

  /**
   * Where in the free slots one is for a source: with an input, unless it is made with a buffer and there is another.
   *
   * @param {SourceOptions} options
   */
  #placeFor(options) {
    const { inputs } = this.#core;
    if (inputs === this.#maxSources) {
      return 0;
    }
    const needsInput = !options?.buffer;
    const at = this.#freeSlots.findIndex((slot) => slot < inputs === needsInput);
    if (at < 0 && needsInput) {
      throw new RangeError(`all ${inputs} sources with an input are in use (maxInputs): dispose() of one, make this ` +
        `one with a buffer, or createPinna(context, { maxInputs: ${Math.min(2 * inputs + 1, this.#maxSources)} })`);
    }
    return Math.max(at, 0);
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
    this.#fields.#follow(this.#writer, false); // what changed while it started
    return this.#fields.#addField(PinnaSoundfield, checked);
  }

  /**
   * @param {typeof import('./soundfield.js').PinnaSoundfield} Soundfield
   * @param {import('./soundfield.js').CheckedSoundfield} checked
   */
  #addField(Soundfield, checked) {
    this.#requireUsable();
    if (this.#freeSlots.length === 0) {
      throw new RangeError(`all ${MAX_SOUNDFIELDS} soundfields are in use: dispose() of one, or mix several into one`);
    }
    const field = new Soundfield(this.#core, this.#freeSlots[0], checked);
    this.#freeSlots.shift();
    return field;
  }

  /**
   * Another engine like this one, for soundfields: it follows this one's listener, and what it renders is added to this
   * one's sources, before gain and limiter.
   *
   * @returns {Promise<Pinna>}
   */
  async #startFields() {
    const { context, node } = this;
    const { soundfieldWasmUrl, files } = /** @type {PinnaOptions & import('./heads/load.js').HeadUrls} */ (
      this.#wishes.urls);
    const wasm = await loadSoundfieldWasm(soundfieldWasmUrl ?? files.at('web/dist/pinna-soundfield.wasm'));
    this.#requireUsable();
    const { shared, workletUrl, ...options } = this.#wishes.recipe;
    const head = this.#heads.now;
    const headImage = await this.#heads.imageFor(wasm.module); // built here: the audio thread is at work
    this.#requireUsable();
    const transport = shared ? sharedTransport(sceneBytes(MAX_SOUNDFIELDS)) : null;
    const recipe = {
      ...options, ...options.wasmModule ? { wasmModule: wasm.module } : { wasmBytes: wasm.bytes },
      headBlob: undefined, headImage, maxSources: MAX_SOUNDFIELDS, inputs: MAX_SOUNDFIELDS, maxBuffers: 1,
      dopplerMaxM: 1,
      soundfields: MAX_SOUNDFIELDS, earInputs: false, linnBlob: undefined, linnForm: LinnForm.OFF,
    };
    const started = await startNode(context, { ...recipe, sceneMemory: transport?.memory }, workletUrl);
    const sibling = new Pinna(secret, context, started, transport, {
      ...this.#wishes, maxSources: MAX_SOUNDFIELDS, maxInputs: MAX_SOUNDFIELDS, maxBuffers: 1, head,
      engine: wasm.module, renderer: 'hrtf', linnDense: false, resumeInterrupted: false, gain: 1, limiter: false,
      recipe: { ...recipe, shared, workletUrl },
    });
    sibling.addEventListener('error', (event) => this.#dispatchError(/** @type {PinnaErrorEvent} */ (event).error));
    this.#siblings.add(sibling);
    this.#core.detachments.add(() => sibling.dispose());
    sibling.#follow(this.#writer, true);
    const ears = new ChannelSplitterNode(context, { numberOfOutputs: EAR_INPUTS });
    sibling.connect(ears);
    for (let ear = 0; ear < EAR_INPUTS; ear++) {
      ears.connect(node, ear, this.#core.inputs + ear);
    }
    if (this.#heads.now !== head) { // it was changed in the meantime
      await sibling.setHrtf(this.#heads.now.blob.slice());
    }
    return sibling;
  }

  /** The listener of another engine. @param {SceneWriter} writer @param {boolean} urgent */
  #follow(writer, urgent) {
    this.#writer.followListener(writer);
    this.#dirty = true;
    this.#publish(urgent);
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
    return this.#addMedia('addMediaStream', () => this._streamInput(stream), options);
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
    return this.#addMedia('addMediaElement', () => this._elementInput(element), options);
  }

  /** For adapters, which have a source already. @param {MediaStream} stream @ignore */
  _streamInput(stream) {
    return streamInput(this.context, stream);
  }

  /** For adapters, which have a source already. @param {HTMLMediaElement} element @ignore */
  _elementInput(element) {
    return elementInput(this.context, element, (error) => this.#dispatchError(error));
  }

  /**
   * @param {string} name  of the method
   * @param {() => import('./media/stream.js').MediaInput} takeIn
   * @param {SourceOptions} options
   */
  #addMedia(name, takeIn, options) {
    const clip = CLIP_OPTIONS.find((option) => options?.[option] !== undefined);
    if (clip) {
      throw new TypeError(`${name} has no option "${clip}": that is for a source with a buffer`);
    }
    const source = this.createSource(options);
    try {
      const media = takeIn();
      const input = source.input;
      media.node.connect(input);
      media.ended(() => source.dispatchEvent(new Event('ended')));
      source._whenDisposed(() => {
        media.node.disconnect(input);
        media.release();
      });
    } catch (error) {
      source.dispose();
      throw error;
    }
    return source;
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
   * @param {import('./heads/head-office.js').ChangeOptions} [options]  how a SOFA file is baked, as for createPinna; a
   *   baked one is taken as it is
   * @returns {Promise<void>}  rejects with a PinnaError that names the cause and the mend; the former head stays
   */
  async setHrtf(hrtf, options = {}) {
    this.#requireUsable();
    knownOptions(options, ['signal', 'onProgress', 'spacingDeg', 'lowFrequency', 'diffuseField'], 'setHrtf');
    await this.#heads.change(hrtf, options);
    this.#laterHead = { hrtf, options: { ...options, signal: undefined, onProgress: undefined } };
    for (const sibling of this.#siblings) {
      await sibling.setHrtf(hrtf, { ...options, onProgress: undefined });
    }
  }

  /** How sources reach the ears. @returns {RendererName} */
  get renderer() {
    return linnFormOf(this.#renderer) === LinnForm.OFF ? this.#heads.kind : this.#renderer;
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
    if (linnFormOf(name) !== LinnForm.OFF && !this.#linnDense) {
      throw withoutLinn(name);
    }
    const kind = headKindOf(name);
    if (kind !== null) {
      await this.#heads.changeKind(kind, options.model, options);
    }
    this.#renderer = name;
    this.#post({ type: 'renderer', linnForm: linnFormOf(name) }, []);
    await this.flush();
  }

  /**
   * The head in use: whose, under which licence, from how many directions, how late and how loud.
   *
   * @returns {Promise<HeadReport>}
   */
  async describeHead() {
    return this.#heads.report();
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
    const { context } = this;
    const { shared, workletUrl, ...options } = this.#wishes.recipe;
    const transport = shared ? sharedTransport(sceneBytes(maxSources)) : null;
    const recipe = {
      ...options, maxSources, inputs: maxSources, maxBuffers: 1, dopplerMaxM: 1, poseInputs: true, earInputs: false,
      linnBlob: undefined, linnForm: LinnForm.OFF,
    };
    const started = makeNode(context, { ...recipe, sceneMemory: transport?.memory }, workletUrl);
    const sibling = new Pinna(secret, context, started, transport, {
      ...this.#wishes, maxSources, maxInputs: maxSources, maxBuffers: 1, gain: 1, limiter: false, renderer: 'hrtf',
      linnDense: false,
      resumeInterrupted: false,
      recipe: { ...recipe, shared, workletUrl },
    });
    this.#siblings.add(sibling);
    this.#core.detachments.add(() => sibling.dispose());
    if (this.#laterHead !== null) {
      sibling.setHrtf(this.#laterHead.hrtf, this.#laterHead.options).catch((error) => this.#dispatchError(error));
    }
    return sibling;
  }

  /** Sends the scene now, instead of at the end of this turn of the event loop. */
  commit() {
    this.#publish(false);
  }

  /**
   * Sends the scene and settles when the audio thread has it, and everything sent before. What is rendered after that
   * is rendered with it: for an OfflineAudioContext, before startRendering() and in suspend().
   *
   * @returns {Promise<void>}
   */
  flush() {
    this.#requireUsable();
    this.#publish(true);
    this.#flushes += 1;
    const id = this.#flushes;
    /** @type {Promise<void>} */
    const own = new Promise((resolve, reject) => {
      this.#flushing.set(id, { resolve, reject });
      this.#post({ type: 'flush', id }, []);
    });
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
    this.#watch();
    const { context } = this;
    const { measures, stats: bytes } = this.#report;
    const engine = readStats(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const playback = /** @type {{ playbackStats?: { underrunEvents: number, underrunDuration: number } }} */ (context)
      .playbackStats;
    const sorted = [...this.#loads].sort((a, b) => a - b);
    const quantile = (/** @type {number} */ q) => sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
    return {
      load: {
        mean: sorted.reduce((sum, load) => sum + load, 0) / (sorted.length || 1),
        p50: quantile(0.5),
        p99: quantile(0.99),
        worst: quantile(1),
        longestBlockMs: measures[Measure.longestMs],
      },
      underruns: playback?.underrunEvents ?? measures[Measure.underruns],
      lostS: playback?.underrunDuration ?? measures[Measure.lostMs] / 1000,
      poseAgeS: engine.poseAgeS,
      latency: {
        algorithmFrames: this.#latencyFrames,
        algorithmS: this.#latencyFrames / context.sampleRate,
        outputS: outputLatency(context),
      },
      sources: {
        active: engine.sourcesActive,
        sounding: engine.sourcesSounding,
        moving: engine.sourcesMoving,
        bulk: engine.sourcesBulk,
        linnDense: engine.sourcesFrames,
        linnFir: engine.sourcesFir,
        max: this.#maxSources,
      },
      peak: engine.peak,
      limiterGain: engine.limiterGain,
      scenes: { applied: engine.scenesApplied, refused: engine.scenesRefused },
      mended: { values: engine.valuesMended, samples: engine.samplesMended },
      starvedFrames: engine.starvedFrames,
      frames: measures[Measure.frames],
      quantumFrames: this.#quantum,
      memoryBytes: measures[Measure.memoryBytes],
      transport: this.#shared ? 'shared' : 'message',
    };
  }

  /** Ends the processor and frees everything. Sources and listener cannot be used afterwards. */
  dispose() {
    if (this.#life === 'disposed') {
      return;
    }
    this.#post({ type: 'dispose' }, []);
    this.#abandon(new PinnaError('disposed', 'this pinna was disposed of'));
    this.#life = 'disposed';
    this.#core.context.removeEventListener('statechange', this.#onContextState);
    this.node.onprocessorerror = null;
    this.node.disconnect();
    this.#output?.dispose();
    this.dispatchEvent(new Event('statechange'));
  }

  /** Whoever waits for the processor waits no longer. @param {PinnaError} error */
  #abandon(error) {
    [...this.#core.detachments].forEach((detach) => detach());
    this.#sources.forEach((source) => source?.dispose());
    this.#core.clips.fail(error);
    this.#heads.fail(error);
    this.#flushing.forEach(({ reject }) => reject(error));
    this.#flushing.clear();
  }

  /** @param {PinnaError} error */
  #fail(error) {
    if (this.#life !== 'ok') {
      return;
    }
    this.#abandon(error);
    this.#life = 'failed';
    this.dispatchEvent(new Event('statechange'));
    this.#dispatchError(error);
  }

  #requireUsable() {
    if (this.#life === 'disposed') {
      throw new PinnaError('disposed', 'this pinna was disposed of: make another with createPinna(context)');
    }
    if (this.#life === 'failed') {
      throw new PinnaError('processor-failed',
        'this pinna\'s audio processor failed: dispose() of it and make another');
    }
    if (this.context.state === 'closed' && !this.#core.offline) {
      throw new PinnaError('context-closed', 'the AudioContext was closed: make a new one, and a new pinna');
    }
  }

  #changed() {
    this.#dirty = true;
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#publish(false);
      });
    }
  }

  /** @param {boolean} urgent */
  #publish(urgent) {
    if (this.#life === 'ok' && (this.#dirty || urgent)) {
      this.#dirty = false;
      this.#writer.commit();
      this.#transport.publish(this.#writer.bytes, urgent);
      if (this.#fields !== null) {
        this.#fields.#follow(this.#writer, urgent);
      }
    }
  }

  #watch() {
    this.#lookedMs = performance.now();
    if (!this.#watched && this.#life === 'ok') {
      this.#watched = true;
      this.#post({ type: 'watch', on: true }, []);
    }
  }

  /** @param {ToProcessor} message @param {Transferable[]} transfer */
  #post(message, transfer) {
    if (this.#life === 'ok') {
      this.node.port.postMessage(message, transfer);
    }
  }

  /** @param {ArrayBuffer | Uint8Array | FromProcessor} data */
  #receive(data) {
    if (data instanceof ArrayBuffer) {
      this.#transport.returned(data);
    } else if (data instanceof Uint8Array) {
      this.#receiveReport(data);
    } else if (data.type === 'clip') {
      const error = data.error && new PinnaError(data.error.code, data.error.message);
      this.#core.clips.answered(data.number, error);
      if (error) {
        this.#dispatchError(error);
      }
    } else if (data.type === 'head') {
      this.#heads.answered(data.turn, data.error && new PinnaError(data.error.code, data.error.message));
    } else if (data.type === 'renderer') {
      this.#latencyFrames = data.latencyFrames;
    } else if (data.type === 'flushed') {
      this.#flushing.get(data.id)?.resolve();
      this.#flushing.delete(data.id);
    } else if (data.type === 'disposed') {
      this.node.port.close();
    } else if (data.type === 'failed') {
      this.#fail(failedBoot(data));
    } else if (data.type === 'ready') {
      this.#quantum = data.quantum;
      this.#latencyFrames = data.latencyFrames;
    }
  }

  /** @param {Uint8Array} bytes */
  #receiveReport(bytes) {
    this.#report = new Report(this.#maxSources, bytes);
    const { measures, ended } = this.#report;
    const frames = measures[Measure.meteredFrames] - this.#meteredFrames;
    if (frames >= LOAD_WINDOW_S * this.context.sampleRate) {
      this.#loads.push((measures[Measure.busyMs] - this.#busyMs) / (1000 * frames / this.context.sampleRate));
      this.#loads.splice(0, this.#loads.length - LOAD_WINDOWS);
      this.#meteredFrames = measures[Measure.meteredFrames];
      this.#busyMs = measures[Measure.busyMs];
    }
    if (this.#watched && performance.now() - this.#lookedMs > WATCH_MS) {
      this.#watched = false;
      this.#post({ type: 'watch', on: false }, []);
    }
    for (let slot = 0; slot < ended.length; slot++) {
      if (ended[slot] !== 0) {
        this.#sources[slot]?._ended(ended[slot]);
      }
    }
  }

  /** @param {PinnaError} error */
  #dispatchError(error) {
    this.dispatchEvent(new PinnaErrorEvent(error));
  }
}
