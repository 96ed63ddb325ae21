// SPDX-License-Identifier: MIT
/** Which head an engine has, measured or learned by a network (LINN), and how it gets another. */
import { PinnaError, shown } from '../errors.js';
import { bakeWishes, refuseWishes } from './bake-wishes.js';
import { formatOf, isFieldModel } from './field-model.js';
import { HeadError } from './head-error.js';
import { headBytes } from './load.js';
import { looksLikeSofa } from './sofa-signature.js';

/** @typedef {import('./load.js').HeadLike} HeadLike */
/** @typedef {import('../files/files.js').InlineFile} InlineFile */
/** @typedef {import('./load.js').HeadUrls} HeadUrls */
/** @typedef {import('./prepare.js').HeadProgress} HeadProgress */
/** @typedef {import('./report-baked.js').HeadReport} HeadReport */

/**
 * @typedef {object} FirstHead
 * @property {Uint8Array<ArrayBuffer>} blob  a baked head, or a field model
 * @property {() => Promise<HeadReport>} report
 * @property {HeadKind} kind
 * @property {boolean} own  it ships with pinna
 */

/** @typedef {'hrtf' | 'linn'} HeadKind  measured; a LINN field model */

/**
 * @typedef {object} HeadHome
 * @property {FirstHead} head
 * @property {WebAssembly.Module} engine
 * @property {HeadUrls} urls
 * @property {HeadLike} [hrtf]  the measured head to go to, where none has been yet
 * @property {Required<BakeWishes>} bake  how, if it is a SOFA file
 * @property {number} sampleRateHz
 * @property {(message: import('../shared/protocol.js').ToProcessor, transfer: Transferable[]) => void} post
 */

/** @type {Readonly<Record<HeadKind, string>>} */
const KIND_NAMES = Object.freeze({ hrtf: 'a measured head', linn: 'a LINN field model' });

/** @type {Readonly<Record<HeadKind, string>>} */
const MENDS = Object.freeze({
  hrtf: 'load it with setHrtf(), or setRenderer(\'hrtf\')',
  linn: 'load it with setRenderer(\'linn\', { model })',
});

/** What the audio thread copies at a time: some tens of microseconds. */
const PIECE_BYTES = 1 << 18;

/** @typedef {import('./bake-wishes.js').BakeWishes} BakeWishes */

/** @typedef {BakeWishes & { signal?: AbortSignal, onProgress?: (progress: HeadProgress) => void }} ChangeOptions */

/**
 * @param {Uint8Array} bytes
 * @param {string} name
 * @param {HeadKind} wanted  what a file counts as that cannot be read: the engine will say what is wrong with it
 * @returns {HeadKind}
 */
function kindOf(bytes, name, wanted) {
  if (looksLikeSofa(bytes)) {
    return 'hrtf';
  }
  let format;
  try {
    format = formatOf(bytes, name);
  } catch (error) {
    if (error instanceof HeadError) {
      return wanted;
    }
    throw error;
  }
  if (format === 'pinna-linn-dense') {
    throw new PinnaError('model-refused', `${name}: a dense LINN, which renders beside a head and is none; use it ` +
      'with createPinna(context, { renderer: \'linn-dense\', linnModelUrl })');
  }
  return isFieldModel(bytes, name) ? 'linn' : 'hrtf';
}

/** What most pages never need. */
const workshop = () => import('./workshop.js');

/** Whether it ships with pinna. @param {HeadLike | InlineFile} head @param {HeadUrls} urls */
function isOwn(head, { files }) {
  return head === 'default' || String(head) === String(files.at(DEFAULT_FIELD));
}

/** @param {HeadKind} kind @param {HeadKind} wanted @param {string} name @throws {PinnaError} */
function checkKind(kind, wanted, name) {
  if (kind !== wanted) {
    throw new PinnaError('model-refused', `${name}: ${KIND_NAMES[kind]}, and not ${KIND_NAMES[wanted]}; ` +
      MENDS[kind]);
  }
}

/** @param {Required<BakeWishes>} wishes @param {string} name  of what is no SOFA file @throws {TypeError} */
function refuseBaked(wishes, name) {
  refuseWishes(wishes, `${name} is none`);
}

/** The field model that ships with pinna. @type {import('../files/files.js').OwnPath} */
export const DEFAULT_FIELD = 'models/linn/kemar-field.safetensors';

/**
 * The head that an engine starts with.
 *
 * @param {HeadUrls & { hrtf?: HeadLike | InlineFile, bake: Required<BakeWishes>, signal?: AbortSignal,
 *   onProgress?: (progress: HeadProgress) => void }} options
 * @param {number} sampleRateHz
 * @param {HeadKind} [wanted]  else it is refused
 * @returns {Promise<FirstHead>}
 */
export async function firstHead({ hrtf = 'default', bake: wishes, signal, onProgress, ...urls }, sampleRateHz,
  wanted) {
  checkProgress(onProgress);
  const named = await headBytes(hrtf, urls, signal);
  if (!looksLikeSofa(named.bytes)) {
    const kind = kindOf(named.bytes, named.name, wanted ?? 'hrtf');
    checkKind(kind, wanted ?? kind, named.name);
    refuseBaked(wishes, named.name);
    /** @type {Promise<HeadReport> | undefined} reckoned when it is asked for: it takes a moment */
    let report;
    return {
      blob: named.bytes,
      kind,
      own: isOwn(hrtf, urls),
      report: () => {
        report ??= workshop().then(({ reportHere }) => reportHere(named.bytes, named.name));
        return report;
      },
    };
  }
  checkKind('hrtf', wanted ?? 'hrtf', named.name);
  const { loadHead } = await workshop();
  const { blob, report } = await loadHead(named, true,
    { urls, engine: null, sampleRateHz, wishes, signal, onProgress });
  return { blob, kind: 'hrtf', own: false, report: async () => report };
}

/** @param {unknown} onProgress */
function checkProgress(onProgress) {
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError(`onProgress must be a function, not ${shown(onProgress)}`);
  }
}

export class HeadOffice {
  #home;

  /** @type {FirstHead} in use */
  #now;

  /** @type {Partial<Record<HeadKind, FirstHead>>} the last of each kind: to go back to */
  #known;

  /** Number of the change at work; messages of others are of no interest any more. */
  #turn = 0;

  /** @type {AbortController | null} of the change at work */
  #work = null;

  /** @type {{ resolve: () => void, reject: (error: unknown) => void } | null} waits for the audio thread's answer */
  #waiting = null;

  /** @param {HeadHome} home */
  constructor(home) {
    this.#home = home;
    this.#now = home.head;
    this.#known = { [home.head.kind]: home.head };
  }

  /** @returns {Promise<HeadReport>} of what is in use */
  report() {
    return this.#now.report();
  }

  /** @returns {FirstHead} in use, for another engine to start with */
  get now() {
    return this.#now;
  }

  /**
   * What is in use, built for another engine; in a worker, where there can be one.
   *
   * @param {WebAssembly.Module} engine
   * @returns {Promise<Uint8Array<ArrayBuffer>>}  for EngineHost.boot
   */
  async imageFor(engine) {
    const { urls, sampleRateHz } = this.#home;
    const head = { bytes: this.#now.blob.slice(), name: 'the head' };
    const { loadHead } = await workshop();
    const { image } = await loadHead(head, false, { urls, engine, sampleRateHz, wishes: bakeWishes({}) });
    return /** @type {Uint8Array<ArrayBuffer>} */ (image);
  }

  /** @returns {HeadKind} of what is in use */
  get kind() {
    return this.#now.kind;
  }

  /**
   * The last head of a kind, or what ships with pinna, or another.
   *
   * @param {HeadKind} kind
   * @param {HeadLike} [model]
   * @param {{ signal?: AbortSignal, onProgress?: (progress: HeadProgress) => void }} [options]
   */
  async changeKind(kind, model, { signal, onProgress } = {}) {
    if (model === undefined && this.kind === kind) {
      return;
    }
    const first = kind === 'linn' ? this.#home.urls.files.at(DEFAULT_FIELD) : this.#home.hrtf ?? 'default';
    const known = model === undefined ? this.#known[kind] : undefined;
    const bake = kind === 'hrtf' && !known ? this.#home.bake : {};
    await this.change(model ?? first, { ...bake, signal, onProgress }, kind, known);
  }

  /**
   * @param {HeadLike | InlineFile} hrtf
   * @param {ChangeOptions} options
   * @param {HeadKind} [wanted]  else it is refused
   * @param {FirstHead} [known]  instead of `hrtf`
   */
  async change(hrtf, { signal, onProgress, ...bake }, wanted, known) {
    checkProgress(onProgress);
    const wishes = bakeWishes(bake);
    this.fail(new PinnaError('aborted', 'a later setHrtf or setRenderer took the place of this one'));
    this.#turn += 1;
    const turn = this.#turn;
    const work = new AbortController();
    this.#work = work;
    const onAbort = () => work.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) {
      onAbort();
    }
    const { urls, engine, sampleRateHz } = this.#home;
    try {
      onProgress?.({ stage: 'fetch', done: 0 });
      const named = known ? { bytes: known.blob.slice(), name: 'the head' } :
        await headBytes(hrtf, urls, work.signal);
      const { name } = named;
      const kind = kindOf(named.bytes, name, wanted ?? 'hrtf');
      checkKind(kind, wanted ?? kind, name);
      if (!looksLikeSofa(named.bytes)) {
        refuseBaked(wishes, name);
      }
      const { loadHead } = await workshop();
      const loaded = await loadHead(named, looksLikeSofa(named.bytes),
        { urls, engine, sampleRateHz, wishes, signal: work.signal, onProgress });
      await this.#send(turn, /** @type {Uint8Array<ArrayBuffer>} */ (loaded.image), work.signal);
      this.#now = known ?? { blob: loaded.blob, kind, own: isOwn(hrtf, urls), report: async () => loaded.report };
      this.#known[kind] = this.#now;
    } catch (error) {
      // Whoever took its place said why.
      throw work.signal.reason instanceof PinnaError ? work.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (this.#turn === turn) {
        this.#work = null;
      }
    }
  }

  /**
   * The audio thread has a piece, or could not take it.
   *
   * @param {number} turn
   * @param {PinnaError | null} error
   */
  answered(turn, error) {
    if (turn === this.#turn && this.#waiting) {
      const { resolve, reject } = this.#waiting;
      this.#waiting = null;
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    }
  }

  /** Ends the change at work. @param {PinnaError} error */
  fail(error) {
    this.#work?.abort(error);
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  /**
   * @param {number} turn
   * @param {Uint8Array<ArrayBuffer>} image
   * @param {AbortSignal} signal
   */
  async #send(turn, image, signal) {
    for (let offset = 0; offset < image.length; offset += PIECE_BYTES) {
      if (signal.aborted) {
        throw new PinnaError('aborted', 'aborted by its signal', signal.reason);
      }
      const piece = image.slice(offset, offset + PIECE_BYTES);
      await new Promise((resolve, reject) => {
        this.#waiting = { resolve: () => resolve(undefined), reject };
        this.#home.post({ type: 'head', turn, bytes: image.length, offset, piece }, [piece.buffer]);
      });
    }
  }
}
