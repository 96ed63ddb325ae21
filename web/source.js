// SPDX-License-Identifier: MIT
/** Something that sounds, at a place. */
import { shown } from './errors.js';
import { SourceFlag } from './shared/layout.gen.js';
import { DIRECTIVITIES, directivityBands, occlusionBands } from './shared/physics.js';
import { BANDS, DISTANCE_MODELS, TIERS } from './shared/scene-writer.js';
import { boolean, knownOptions, number, oneOf, orientationArguments, positionArguments, quaternion, vector3 }
  from './validate.js';

/** @typedef {import('./validate.js').Vector3Like} Vector3Like */
/** @typedef {import('./validate.js').QuaternionLike} QuaternionLike */
/** @typedef {import('./shared/scene-writer.js').DistanceModel} DistanceModel */
/** @typedef {import('./shared/scene-writer.js').TierName} TierName */
/** @typedef {import('./engine/core.js').Core} Core */

/** @typedef {import('./shared/physics.js').Bands} Bands */
/** @typedef {import('./shared/physics.js').DirectivityName} DirectivityName */

/**
 * @typedef {object} SourceOptions
 * @property {Vector3Like} [position]     metres; [0, 0, 0]
 * @property {QuaternionLike} [orientation]  x y z w; the source faces its own -z, which matters with a cone
 * @property {number} [gain]              linear; 1
 * @property {AudioBuffer | Float32Array | null} [buffer]  a clip that the engine plays itself. A copy is taken; an
 *   AudioBuffer is resampled and summed to mono (stereo at -6 dB each), a Float32Array is mono at the context's rate.
 * @property {boolean} [autoplay]         start() at once; false
 * @property {boolean} [loop]             false
 * @property {number} [loopStart]         seconds within the buffer; 0
 * @property {number} [loopEnd]           seconds within the buffer; 0 = its end
 * @property {boolean} [headLocked]       position and orientation are relative to the head; false
 * @property {boolean} [doppler]          sound takes its time to arrive, so motion is heard as pitch; false
 * @property {DistanceModel} [distanceModel]  'inverse', as in PannerNode; 'none' has no attenuation
 * @property {number} [refDistance]       metres; 1
 * @property {number} [maxDistance]       metres; 10000
 * @property {number} [rolloffFactor]     1
 * @property {number} [coneInnerAngle]    degrees, full angle; 360
 * @property {number} [coneOuterAngle]    degrees, full angle; 360
 * @property {number} [coneOuterGain]     linear; 0
 * @property {boolean} [nearField]        nearer than the head was measured (1.4 m), its shadow grows and each ear sees
 *   the source in a direction of its own; false
 * @property {boolean} [air]              air swallows high frequencies over distance (20 degrees, 50 % humidity); false
 * @property {Bands} [occlusion]          what stands between. One number: 0 = nothing, 1 = no sound gets past, and high
 *   frequencies are lost first (shared/physics.js has the curve). Eight numbers: what is taken of the amplitude in each
 *   octave band from 125 Hz to 16 kHz. Changes are smoothed; 0
 * @property {Bands | DirectivityName} [directivity]  where the source emits around its -z: 0 = everywhere, 0.5 = a
 *   cardioid, 1 = a figure of eight, for all bands or eight of them; or 'voice'; 'omni'
 * @property {number} [directivityPower]  narrows it: the pattern to this power; 1
 * @property {number} [radius]            metres: it fills a ball of this size (a choir, a river, a crowd) and is heard
 *   as wide as that is seen from where the listener is, and all around within it; 0 = a point
 * @property {TierName} [tier]            'exact' has filters of its own always, 'bulk' is mixed from shared filters;
 *   'auto' lets the engine choose
 */

const DEFAULTS = Object.freeze({
  gain: 1,
  loop: false,
  loopStart: 0,
  loopEnd: 0,
  headLocked: false,
  doppler: false,
  distanceModel: /** @type {DistanceModel} */ ('inverse'),
  refDistance: 1,
  maxDistance: 10000,
  rolloffFactor: 1,
  coneInnerAngle: 360,
  coneOuterAngle: 360,
  coneOuterGain: 0,
  nearField: false,
  air: false,
  occlusion: /** @type {OwnBands} */ (0),
  directivity: /** @type {OwnBands | DirectivityName} */ ('omni'),
  directivityPower: 1,
  radius: 0,
  tier: /** @type {TierName} */ ('auto'),
});

/** One number for all bands, or a copy of one for each. @typedef {number | Float64Array} OwnBands */

/** @typedef {{ -readonly [K in keyof typeof DEFAULTS]: Widened<(typeof DEFAULTS)[K]> }} Values */

/**
 * @template T
 * @typedef {[T] extends [boolean] ? boolean : [number] extends [T] ? T : [T] extends [number] ? number : T} Widened
 */

const DISTANCE_NAMES = /** @type {DistanceModel[]} */ (Object.keys(DISTANCE_MODELS));

const TIER_NAMES = /** @type {TierName[]} */ (Object.keys(TIERS));

const DIRECTIVITY_NAMES = /** @type {DirectivityName[]} */ (Object.keys(DIRECTIVITIES));

/** Between the value and the writer, one at a time. */
const SCRATCH = new Float64Array(BANDS);

/**
 * A number or a copy of eight.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {unknown} former  overwritten if it is such a copy: whoever changes bands at every frame makes no garbage
 * @returns {OwnBands}
 */
function bands(value, name, former) {
  if (typeof value === 'number') {
    return number(value, name, 0, 1);
  }
  const list = /** @type {ArrayLike<unknown> | null} */ (value);
  if (typeof value !== 'object' || list === null || list.length !== BANDS) {
    throw new TypeError(`${name} must be a number, or ${BANDS} of them for the octave bands from 125 Hz, ` +
      `not ${shown(value)}`);
  }
  for (let band = 0; band < BANDS && !ArrayBuffer.isView(value); band++) {
    number(list[band], `${name}[${band}]`, 0, 1);
  }
  // All kinds of arrays meet here, and what is read from any kind of array is put on the heap: read from one kind.
  SCRATCH.set(/** @type {ArrayLike<number>} */ (list));
  for (let band = 0; band < BANDS; band++) {
    if (!(SCRATCH[band] >= 0 && SCRATCH[band] <= 1)) {
      number(SCRATCH[band], `${name}[${band}]`, 0, 1);
    }
  }
  const own = former instanceof Float64Array ? former : new Float64Array(BANDS);
  own.set(SCRATCH);
  return own;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {unknown} former
 * @returns {OwnBands | DirectivityName}
 */
function directivity(value, name, former) {
  return typeof value === 'string' ? oneOf(value, name, DIRECTIVITY_NAMES) : bands(value, name, former);
}

/**
 * How each value is checked; the former may be used again.
 *
 * @type {{ [K in keyof Values]: (value: unknown, name: string, former: unknown) => Values[K] }}
 */
const CHECKS = {
  gain: (value, name) => number(value, name),
  loop: boolean,
  loopStart: (value, name) => number(value, name, 0, Infinity),
  loopEnd: (value, name) => number(value, name, 0, Infinity),
  headLocked: boolean,
  doppler: boolean,
  distanceModel: (value, name) => oneOf(value, name, DISTANCE_NAMES),
  refDistance: (value, name) => number(value, name, 0),
  maxDistance: (value, name) => number(value, name, 1e-6),
  rolloffFactor: (value, name) => number(value, name, 0),
  coneInnerAngle: (value, name) => number(value, name, 0, 360),
  coneOuterAngle: (value, name) => number(value, name, 0, 360),
  coneOuterGain: (value, name) => number(value, name, 0, 1),
  nearField: boolean,
  air: boolean,
  occlusion: bands,
  directivity,
  directivityPower: (value, name) => number(value, name, 1e-3, 16),
  radius: (value, name) => number(value, name, 0),
  tier: (value, name) => oneOf(value, name, TIER_NAMES),
};

const VALUE_NAMES = /** @type {(keyof Values)[]} */ (Object.keys(DEFAULTS));
const OPTION_NAMES = Object.freeze([...VALUE_NAMES, 'position', 'orientation', 'buffer', 'autoplay']);

/** @param {number} degrees */
function radians(degrees) {
  return degrees * Math.PI / 180;
}

/**
 * Made by pinna.createSource(). Dispatches 'ended' when its clip has played to the end or was stopped.
 */
export class PinnaSource extends EventTarget {
  #core;
  #slot;
  /** @type {number[]} */
  #position;
  /** @type {number[]} */
  #orientation;
  /** @type {Values} */
  #values = { ...DEFAULTS };
  /** @type {import('./clips.js').Clip | null} */
  #clip = null;
  /** @type {GainNode | null} */
  #input = null;
  #token = 0;
  #playing = false;
  #disposed = false;
  /** @type {(() => void)[]} */
  #releases = [];

  /**
   * @param {Core} core
   * @param {number} slot
   * @param {SourceOptions} options
   */
  constructor(core, slot, options) {
    super();
    this.#core = core;
    this.#slot = slot;
    // Everything is checked before anything is written: a refused source leaves no trace.
    const checked = checkOptions(options);
    this.#position = checked.position;
    this.#orientation = checked.orientation;
    Object.assign(this.#values, checked.values);
    this.#clip = hasBuffer(options) ? core.clips.acquire(options.buffer, 'buffer') : null;

    const { writer } = core;
    writer.openSource(slot);
    writer.setSourcePosition(slot, this.#position[0], this.#position[1], this.#position[2]);
    this.#writeOrientation();
    VALUE_NAMES.forEach((name) => this.#write(name));
    writer.setSourceBuffer(slot, this.#clip?.number ?? 0);
    core.changed();
    if (checked.autoplay) {
      this.start();
    }
  }

  /**
   * Where live sound goes in: connect any AudioNode to it. More channels than one are summed to mono.
   *
   * @throws {RangeError} where it has none: see maxInputs
   */
  get input() {
    this.#requireUsable();
    if (this.#slot >= this.#core.inputs) {
      throw new RangeError(`this source has no input: of this pinna's sources ${this.#core.inputs} have one ` +
        '(maxInputs), and it was made with a buffer; make one without for what is connected');
    }
    if (this.#input === null) {
      this.#input = this.#core.context.createGain();
      this.#input.connect(this.#core.node, 0, this.#slot);
    }
    return this.#input;
  }

  /** Whether dispose() was called. */
  get disposed() {
    return this.#disposed;
  }

  // Where

  /** Metres; a copy. @returns {number[]} */
  get position() {
    return [...this.#position];
  }

  /**
   * Writes the source's position into a vector and returns it: as `position`, without a copy for every call.
   *
   * @template {{ [index: number]: number }} T
   * @param {T} out  [3] metres
   * @returns {T}
   */
  getPosition(out) {
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = this.#position[axis];
    }
    return out;
  }

  /** x y z w; a copy. @returns {number[]} */
  get orientation() {
    return [...this.#orientation];
  }

  /**
   * Travels to a position, within milliseconds and without a click.
   *
   * @param {[x: number, y: number, z: number] | [position: Vector3Like]} position  metres
   */
  setPosition(...position) {
    this.#requireUsable();
    this.#position = positionArguments(position, 'source position');
    this.#core.writer.setSourcePosition(this.#slot, this.#position[0], this.#position[1], this.#position[2]);
    this.#core.changed();
  }

  /**
   * @param {[x: number, y: number, z: number, w: number] | [orientation: QuaternionLike]} orientation
   */
  setOrientation(...orientation) {
    this.#requireUsable();
    this.#orientation = orientationArguments(orientation, 'source orientation');
    this.#writeOrientation();
    this.#core.changed();
  }

  /**
   * Jumps to a position by a short crossfade, without travelling and without Doppler. Without a position: whatever was
   * set last is jumped to.
   *
   * @param {[] | [x: number, y: number, z: number] | [position: Vector3Like]} position  metres
   */
  teleport(...position) {
    this.#requireUsable();
    if (position.length > 0) {
      this.setPosition(.../** @type {[Vector3Like]} */ (position));
    }
    this.#core.writer.teleportSource(this.#slot);
    this.#core.changed();
  }

  // How

  /** Linear. */
  get gain() {
    return this.#values.gain;
  }

  set gain(value) {
    this.#set('gain', value);
  }

  /** Position and orientation are relative to the head. */
  get headLocked() {
    return this.#values.headLocked;
  }

  set headLocked(value) {
    this.#set('headLocked', value);
  }

  /** Sound takes its time to arrive. */
  get doppler() {
    return this.#values.doppler;
  }

  set doppler(value) {
    this.#set('doppler', value);
  }

  get distanceModel() {
    return this.#values.distanceModel;
  }

  set distanceModel(value) {
    this.#set('distanceModel', value);
  }

  /** Metres. */
  get refDistance() {
    return this.#values.refDistance;
  }

  set refDistance(value) {
    this.#set('refDistance', value);
  }

  /** Metres. */
  get maxDistance() {
    return this.#values.maxDistance;
  }

  set maxDistance(value) {
    this.#set('maxDistance', value);
  }

  get rolloffFactor() {
    return this.#values.rolloffFactor;
  }

  set rolloffFactor(value) {
    this.#set('rolloffFactor', value);
  }

  /** Degrees, full angle. */
  get coneInnerAngle() {
    return this.#values.coneInnerAngle;
  }

  set coneInnerAngle(value) {
    this.#set('coneInnerAngle', value);
  }

  /** Degrees, full angle. */
  get coneOuterAngle() {
    return this.#values.coneOuterAngle;
  }

  set coneOuterAngle(value) {
    this.#set('coneOuterAngle', value);
  }

  /** Linear. */
  get coneOuterGain() {
    return this.#values.coneOuterGain;
  }

  set coneOuterGain(value) {
    this.#set('coneOuterGain', value);
  }

  /** Metres: the ball that it fills; 0 = a point. */
  get radius() {
    return this.#values.radius;
  }

  set radius(value) {
    this.#set('radius', value);
  }

  /** Nearer than the head was measured, its shadow and parallax are modelled. */
  get nearField() {
    return this.#values.nearField;
  }

  set nearField(value) {
    this.#set('nearField', value);
  }

  /** Air swallows high frequencies over distance. */
  get air() {
    return this.#values.air;
  }

  set air(value) {
    this.#set('air', value);
  }

  /**
   * What stands between: one number, or a copy of one for each octave band.
   *
   * @returns {number | number[]}
   */
  get occlusion() {
    const value = this.#values.occlusion;
    return typeof value === 'number' ? value : Array.from(value);
  }

  /** @param {Bands} value  0 = all passes, 1 = nothing; setting it at every frame makes no garbage */
  set occlusion(value) {
    this.#set('occlusion', value);
  }

  /**
   * Where the source emits around its -z: a name, one number, or a copy of one for each octave band.
   *
   * @returns {DirectivityName | number | number[]}
   */
  get directivity() {
    const value = this.#values.directivity;
    return value instanceof Float64Array ? Array.from(value) : value;
  }

  /** @param {Bands | DirectivityName} value  0 = all around, 0.5 = cardioid, 1 = figure of eight */
  set directivity(value) {
    this.#set('directivity', value);
  }

  /** The pattern to this power. */
  get directivityPower() {
    return this.#values.directivityPower;
  }

  set directivityPower(value) {
    this.#set('directivityPower', value);
  }

  /** 'exact' has filters of its own always, 'bulk' is mixed from shared ones, 'auto' lets the engine choose. */
  get tier() {
    return this.#values.tier;
  }

  set tier(value) {
    this.#set('tier', value);
  }

  // The clip

  /** @returns {AudioBuffer | Float32Array | null} */
  get buffer() {
    return this.#clip?.sound ?? null;
  }

  set buffer(value) {
    this.#requireUsable();
    const clip = value === null ? null : this.#core.clips.acquire(value, 'buffer');
    if (this.#clip) {
      this.#core.clips.release(this.#clip);
    }
    this.#clip = clip;
    this.#core.writer.setSourceBuffer(this.#slot, clip?.number ?? 0);
    this.#core.changed();
  }

  /** The engine has the clip; rejects with a PinnaError if it could not take it. @returns {Promise<void>} */
  get loaded() {
    return this.#clip?.loaded ?? Promise.resolve();
  }

  /** Between loopStart and loopEnd, for ever. */
  get loop() {
    return this.#values.loop;
  }

  set loop(value) {
    this.#set('loop', value);
  }

  /** Seconds within the buffer. */
  get loopStart() {
    return this.#values.loopStart;
  }

  set loopStart(value) {
    this.#set('loopStart', value);
  }

  /** Seconds within the buffer; 0 = its end. */
  get loopEnd() {
    return this.#values.loopEnd;
  }

  set loopEnd(value) {
    this.#set('loopEnd', value);
  }

  /** Started, and not known to have ended. */
  get playing() {
    return this.#playing;
  }

  /**
   * Plays the clip, from the beginning if it was playing. May be called any number of times. A clip that is still
   * under way starts when it arrives.
   *
   * @param {number} [when]    context time in seconds; in the past = at once
   * @param {number} [offset]  where in the clip, seconds
   */
  start(when = 0, offset = 0) {
    this.#requireUsable();
    number(when, 'start time', 0, Infinity);
    number(offset, 'start offset', 0, Infinity);
    if (this.#clip === null) {
      throw new TypeError('this source has no buffer to start: set source.buffer, or connect to source.input');
    }
    this.#token = this.#core.writer.startSource(this.#slot, when, offset);
    this.#playing = true;
    this.#core.changed();
  }

  /**
   * @param {number} [when]  context time in seconds; in the past = at once
   */
  stop(when = 0) {
    this.#requireUsable();
    number(when, 'stop time', 0, Infinity);
    this.#core.writer.stopSource(this.#slot, when);
    this.#core.changed();
  }

  /** Silences the source and gives its place to others. It cannot be used afterwards. */
  dispose() {
    if (this.#disposed) {
      return;
    }
    this.#disposed = true;
    this.#playing = false;
    this.#releases.forEach((release) => release());
    this.#input?.disconnect();
    this.#core.writer.closeSource(this.#slot);
    this.#core.changed();
    if (this.#clip) {
      this.#core.clips.release(this.#clip);
    }
    this.#core.freed(this.#slot);
  }

  /**
   * For pinna: what feeds this source is to be let go with it.
   *
   * @param {() => void} release
   * @ignore
   */
  _whenDisposed(release) {
    this.#releases.push(release);
  }

  /**
   * For pinna: the last playback that ended in this slot.
   *
   * @param {number} token
   * @ignore
   */
  _ended(token) {
    if (this.#playing && token === this.#token) {
      this.#playing = false;
      this.dispatchEvent(new Event('ended'));
    }
  }

  #requireUsable() {
    if (this.#disposed) {
      throw new TypeError('this source was disposed of: make a new one with pinna.createSource()');
    }
    this.#core.requireUsable();
  }

  /**
   * @template {keyof Values} K
   * @param {K} name
   * @param {unknown} value
   */
  #set(name, value) {
    this.#requireUsable();
    this.#values[name] = CHECKS[name](value, name, this.#values[name]);
    this.#write(name);
    this.#core.changed();
  }

  #writeOrientation() {
    const [x, y, z, w] = this.#orientation;
    this.#core.writer.setSourceOrientation(this.#slot, x, y, z, w);
  }

  /** @param {keyof Values} name */
  #write(name) {
    const slot = this.#slot;
    const { writer } = this.#core;
    const v = this.#values;
    switch (name) {
      case 'gain':
        writer.setSourceGain(slot, v.gain);
        break;
      case 'loop':
        writer.setSourceFlag(slot, SourceFlag.LOOP, v.loop);
        break;
      case 'headLocked':
        writer.setSourceFlag(slot, SourceFlag.HEAD_LOCKED, v.headLocked);
        break;
      case 'doppler':
        writer.setSourceFlag(slot, SourceFlag.DOPPLER, v.doppler);
        break;
      case 'nearField':
        writer.setSourceFlag(slot, SourceFlag.NEAR_FIELD, v.nearField);
        break;
      case 'air':
        writer.setSourceFlag(slot, SourceFlag.AIR, v.air);
        break;
      case 'occlusion':
        writer.setSourceOcclusion(slot, occlusionBands(v.occlusion, SCRATCH));
        break;
      case 'directivity':
      case 'directivityPower':
        writer.setSourceDirectivity(slot, directivityBands(v.directivity, SCRATCH), v.directivityPower);
        break;
      case 'radius':
        writer.setSourceRadius(slot, v.radius);
        break;
      case 'tier':
        writer.setSourceTier(slot, v.tier);
        break;
      case 'loopStart':
      case 'loopEnd':
        writer.setSourceLoop(slot, v.loopStart, v.loopEnd);
        break;
      case 'coneInnerAngle':
      case 'coneOuterAngle':
      case 'coneOuterGain':
        writer.setSourceCone(slot, radians(v.coneInnerAngle), radians(v.coneOuterAngle), v.coneOuterGain);
        break;
      default:
        writer.setSourceDistance(slot, v.distanceModel, v.refDistance, v.maxDistance, v.rolloffFactor);
    }
  }
}

/** Whether a source is made with one, right or wrong. @param {SourceOptions} options */
export function hasBuffer(options) {
  return (options?.buffer ?? null) !== null;
}

/** @param {SourceOptions} options */
function checkOptions(options) {
  knownOptions(options, OPTION_NAMES, 'createSource');
  const position = vector3(options.position ?? [0, 0, 0], 'source position');
  const orientation = quaternion(options.orientation ?? [0, 0, 0, 1], 'source orientation');
  const autoplay = options.autoplay !== undefined && boolean(options.autoplay, 'autoplay');
  if (autoplay && !hasBuffer(options)) {
    throw new TypeError('autoplay needs a buffer');
  }
  /** @type {Partial<Record<keyof Values, unknown>>} */
  const values = {};
  for (const name of VALUE_NAMES) {
    if (options[name] !== undefined) {
      values[name] = CHECKS[name](options[name], name, undefined);
    }
  }
  return { position, orientation, autoplay, values };
}
