// SPDX-License-Identifier: MIT
/** Ambisonic sound: a whole sound field around the listener, recorded or mixed, that stands still as the head turns. */
import { shown } from './errors.js';
import { SourceFlag } from './shared/layout.gen.js';
import { boolean, integer, knownOptions, number, oneOf, orientationArguments, quaternion } from './validate.js';

/** @typedef {import('./validate.js').QuaternionLike} QuaternionLike */
/** @typedef {import('./engine/core.js').Core} Core */

/**
 * @typedef {object} SoundfieldOptions
 * @property {AudioBuffer | null} [buffer]  4, 9 or 16 channels: AmbiX, which is ACN order and SN3D norm
 * @property {1 | 2 | 3} [order]           of `input`; the buffer's, if there is one. A lower one leaves channels away
 * @property {'ambix'} [format]            the only one: FuMa and N3D are to be converted before
 * @property {number} [gain]               linear; 1
 * @property {QuaternionLike} [orientation]  x y z w, how the field is turned in the world: not turned, its X is ahead
 *   (-z), its Y left (-x), its Z up (+y)
 * @property {boolean} [autoplay]          start() at once; false
 * @property {boolean} [loop]              false
 * @property {boolean} [headLocked]        it turns with the head; false
 */

const OPTION_NAMES = Object.freeze(['buffer', 'order', 'format', 'gain', 'orientation', 'autoplay', 'loop',
  'headLocked']);

export const MAX_ORDER = 3;

/** A playback is faded out over so long when it is stopped. */
const FADE_S = 0.005;

/** What other numbers of channels are, and what to do with them. @type {Readonly<Record<number, string>>} */
const OTHERS = Object.freeze({
  1: 'mono: pinna.createSource({ buffer }) puts it somewhere',
  2: 'stereo: a pinna.createSource() for each channel, at -30 and 30 degrees, puts it before the listener',
  3: 'ambisonics without height, or W X Y of it: add a silent channel for Z, in ACN order W Y Z X',
  5: 'ambisonics of mixed orders: fill the missing channels up with silence to 9, in ACN order',
  6: '5.1: a pinna.createSource() for each loudspeaker, where it stands, puts it around the listener',
  7: 'ambisonics of mixed orders: fill the missing channels up with silence to 16, in ACN order',
  8: '7.1, or ambisonics of mixed orders: a pinna.createSource() for each loudspeaker, or fill up to 9 or 16 channels',
  11: 'ambisonics of mixed orders: fill the missing channels up with silence to 16, in ACN order',
});

/** @param {number} order */
export function channelsOf(order) {
  return (order + 1) ** 2;
}

/**
 * The order that a number of channels makes.
 *
 * @param {number} channels
 * @param {string} name  of the argument
 * @returns {number}
 */
export function orderOf(channels, name) {
  const order = Math.sqrt(channels) - 1;
  if (Number.isInteger(order) && order >= 1 && order <= MAX_ORDER) {
    return order;
  }
  if (Number.isInteger(order) && order > MAX_ORDER) {
    throw new RangeError(`${name} has ${channels} channels, ambisonics of order ${order}, and pinna decodes up to ` +
      `order ${MAX_ORDER}: pass the first ${channelsOf(MAX_ORDER)} channels, which are order ${MAX_ORDER}`);
  }
  throw new RangeError(`${name} must have 4, 9 or 16 channels (ambisonics of order 1, 2 or 3), and has ${channels}` +
    `${OTHERS[channels] ? `, which is ${OTHERS[channels]}` : ''}`);
}

/**
 * Whether a value is an AudioBuffer, of whatever window it came from.
 *
 * @param {unknown} value
 * @returns {value is AudioBuffer}
 */
function isAudioBuffer(value) {
  const buffer = /** @type {AudioBuffer | null} */ (value);
  return typeof buffer === 'object' && buffer !== null && typeof buffer.getChannelData === 'function' &&
    typeof buffer.sampleRate === 'number';
}

/** @param {unknown} value @returns {AudioBuffer | null} */
function checkBuffer(value) {
  if (value === null || value === undefined) {
    return null;
  }
  if (!isAudioBuffer(value)) {
    throw new TypeError(`buffer must be an AudioBuffer, not ${shown(value)}`);
  }
  orderOf(value.numberOfChannels, 'buffer');
  return value;
}

/** @typedef {ReturnType<typeof checkSoundfield>} CheckedSoundfield */

/** @param {SoundfieldOptions} options */
export function checkSoundfield(options) {
  knownOptions(options, OPTION_NAMES, 'createSoundfield');
  const format = String(options.format ?? 'ambix').toLowerCase();
  if (format === 'fuma' || format === 'n3d') {
    throw new TypeError(`format must be "ambix" (ACN order, SN3D norm), not "${options.format}": ` + (format === 'fuma'
      ? 'of order 1, bring W X Y Z into the order W Y Z X and multiply W by 1.4142'
      : 'multiply the channels of order n by 1 / sqrt(2 n + 1)'));
  }
  oneOf(options.format ?? 'ambix', 'format', ['ambix']);
  const buffer = checkBuffer(options.buffer);
  const most = buffer ? orderOf(buffer.numberOfChannels, 'buffer') : MAX_ORDER;
  if (!buffer && options.order === undefined) {
    throw new TypeError('createSoundfield needs a buffer, or the order of what will be connected to its input: ' +
      '{ order: 1 } for 4 channels, 2 for 9, 3 for 16');
  }
  const order = integer(options.order ?? most, 'order', 1, MAX_ORDER);
  if (order > most) {
    throw new RangeError(`the buffer's ${buffer?.numberOfChannels} channels are of order ${most}, not of ${order}`);
  }
  const autoplay = boolean(options.autoplay ?? false, 'autoplay');
  if (autoplay && !buffer) {
    throw new TypeError('autoplay needs a buffer');
  }
  return {
    buffer,
    order,
    autoplay,
    gain: number(options.gain ?? 1, 'gain'),
    orientation: quaternion(options.orientation ?? [0, 0, 0, 1], 'soundfield orientation'),
    loop: boolean(options.loop ?? false, 'loop'),
    headLocked: boolean(options.headLocked ?? false, 'headLocked'),
  };
}

/** Made by pinna.createSoundfield(). Dispatches 'ended' when its buffer has played to the end or was stopped. */
export class PinnaSoundfield extends EventTarget {
  #core;
  #slot;
  #order;
  #input;
  #gain;
  #orientation;
  #headLocked;
  #loop;
  /** @type {AudioBuffer | null} */
  #buffer;
  /** @type {{ node: AudioBufferSourceNode, fade: GainNode } | null} */
  #playback = null;
  #disposed = false;
  #dispose = () => this.dispose();

  /**
   * @param {Core} core
   * @param {number} slot
   * @param {CheckedSoundfield} checked
   * @ignore
   */
  constructor(core, slot, checked) {
    super();
    this.#core = core;
    this.#slot = slot;
    this.#order = checked.order;
    this.#gain = checked.gain;
    this.#orientation = checked.orientation;
    this.#headLocked = checked.headLocked;
    this.#loop = checked.loop;
    this.#buffer = checked.buffer;
    const { context, node, writer } = core;
    this.#input = new GainNode(context, {
      channelCount: channelsOf(this.#order), channelCountMode: 'explicit', channelInterpretation: 'discrete',
    });
    this.#input.connect(node, 0, slot);
    writer.openSource(slot);
    writer.setSourceFlag(slot, SourceFlag.SOUNDFIELD, true);
    writer.setSourceOrder(slot, this.#order);
    writer.setSourceGain(slot, this.#gain);
    writer.setSourceFlag(slot, SourceFlag.HEAD_LOCKED, this.#headLocked);
    this.#writeOrientation();
    core.changed();
    core.detachments.add(this.#dispose);
    if (checked.autoplay) {
      this.start();
    }
  }

  /** Where ambisonic sound goes in: 4, 9 or 16 channels in ACN order with SN3D norm. @returns {AudioNode} */
  get input() {
    this.#requireUsable();
    return this.#input;
  }

  /** 1, 2 or 3. */
  get order() {
    return this.#order;
  }

  /** Whether dispose() was called. */
  get disposed() {
    return this.#disposed;
  }

  /** Linear. */
  get gain() {
    return this.#gain;
  }

  set gain(value) {
    this.#requireUsable();
    this.#gain = number(value, 'gain');
    this.#core.writer.setSourceGain(this.#slot, this.#gain);
    this.#core.changed();
  }

  /** It turns with the head. */
  get headLocked() {
    return this.#headLocked;
  }

  set headLocked(value) {
    this.#requireUsable();
    this.#headLocked = boolean(value, 'headLocked');
    this.#core.writer.setSourceFlag(this.#slot, SourceFlag.HEAD_LOCKED, this.#headLocked);
    this.#core.changed();
  }

  /** x y z w; a copy. @returns {number[]} */
  get orientation() {
    return [...this.#orientation];
  }

  /**
   * Turns the field in the world, within milliseconds and without a click.
   *
   * @param {[x: number, y: number, z: number, w: number] | [orientation: QuaternionLike]} orientation
   */
  setOrientation(...orientation) {
    this.#requireUsable();
    this.#orientation = orientationArguments(orientation, 'soundfield orientation');
    this.#writeOrientation();
    this.#core.changed();
  }

  // The buffer

  /** @returns {AudioBuffer | null} */
  get buffer() {
    return this.#buffer;
  }

  /** The next start() plays it. @param {AudioBuffer | null} value  of the field's order, or a higher one */
  set buffer(value) {
    this.#requireUsable();
    const buffer = checkBuffer(value);
    if (buffer && orderOf(buffer.numberOfChannels, 'buffer') < this.#order) {
      throw new RangeError(`the buffer's ${buffer.numberOfChannels} channels are of a lower order than this ` +
        `soundfield's ${this.#order}: make another with createSoundfield({ buffer })`);
    }
    this.#buffer = buffer;
  }

  /** From the buffer's end back to its beginning, for ever. */
  get loop() {
    return this.#loop;
  }

  set loop(value) {
    this.#requireUsable();
    this.#loop = boolean(value, 'loop');
    if (this.#playback) {
      this.#playback.node.loop = this.#loop;
    }
  }

  /** Started, and not known to have ended. */
  get playing() {
    return this.#playback !== null;
  }

  /**
   * Plays the buffer, from the beginning if it was playing. May be called any number of times.
   *
   * @param {number} [when]    context time in seconds; in the past = at once
   * @param {number} [offset]  where in the buffer, seconds
   */
  start(when = 0, offset = 0) {
    this.#requireUsable();
    number(when, 'start time', 0, Infinity);
    number(offset, 'start offset', 0, Infinity);
    if (this.#buffer === null) {
      throw new TypeError('this soundfield has no buffer to start: set soundfield.buffer, or connect to ' +
        'soundfield.input');
    }
    const { context } = this.#core;
    this.#end(when);
    const node = new AudioBufferSourceNode(context, { buffer: this.#buffer, loop: this.#loop });
    const fade = new GainNode(context, { channelInterpretation: 'discrete' });
    const playback = { node, fade };
    node.connect(fade).connect(this.#input);
    node.onended = () => {
      fade.disconnect();
      if (this.#playback === playback) {
        this.#playback = null;
        this.dispatchEvent(new Event('ended'));
      }
    };
    node.start(when, offset);
    this.#playback = playback;
  }

  /**
   * @param {number} [when]  context time in seconds; in the past = at once
   */
  stop(when = 0) {
    this.#requireUsable();
    number(when, 'stop time', 0, Infinity);
    this.#end(when);
  }

  /** Silences the field and gives its place to others. It cannot be used afterwards. */
  dispose() {
    if (this.#disposed) {
      return;
    }
    this.#disposed = true;
    this.#core.detachments.delete(this.#dispose);
    this.#end(0);
    this.#playback = null;
    this.#core.writer.closeSource(this.#slot);
    this.#core.changed();
    this.#input.disconnect();
    this.#core.freed(this.#slot);
  }

  /** Fades the playback out, if there is one. @param {number} when */
  #end(when) {
    if (this.#playback === null) {
      return;
    }
    const { node, fade } = this.#playback;
    const at = Math.max(when, this.#core.context.currentTime);
    fade.gain.cancelScheduledValues(at);
    fade.gain.setValueAtTime(1, at);
    fade.gain.linearRampToValueAtTime(0, at + FADE_S);
    node.stop(at + FADE_S);
  }

  #requireUsable() {
    if (this.#disposed) {
      throw new TypeError('this soundfield was disposed of: make a new one with pinna.createSoundfield()');
    }
    this.#core.requireUsable();
  }

  #writeOrientation() {
    const [x, y, z, w] = this.#orientation;
    this.#core.writer.setSourceOrientation(this.#slot, x, y, z, w);
  }
}
