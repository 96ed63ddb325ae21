// SPDX-License-Identifier: MIT
/**
 * Audio clips that the engine plays by itself: made mono, brought to the context's rate, sent once however many
 * sources play them, and freed when none does.
 */
import { PinnaError, shown } from './errors.js';

/** A message carries so many frames: copying them takes the audio thread some 20 µs. */
const PIECE_FRAMES = 32768;

/** How long the last source of a clip may still be fading out. */
const FADE_MS = 100;

/**
 * @typedef {object} Clip
 * @property {number} number           by which the scene names it
 * @property {AudioBuffer | Float32Array} sound  what it was made of
 * @property {number} durationS
 * @property {number} users            sources that hold it
 * @property {Promise<void>} loaded    the engine has it
 * @property {() => void} resolve
 * @property {(error: PinnaError) => void} reject
 */

/** @typedef {(samples: Float32Array, fromHz: number, toHz: number) => Float32Array} Resample */

/**
 * The clip as the engine plays it: one channel, at its rate.
 *
 * Channels are summed as Web Audio does it: stereo at half (-6 dB) each, four channels at a quarter each, 5.1 by its
 * formula; others are averaged.
 *
 * @param {AudioBuffer | Float32Array} sound  a Float32Array is mono and at the context's rate already
 * @param {number} sampleRate
 * @param {Resample} resample
 * @returns {Float32Array} new memory
 */
export function toMono(sound, sampleRate, resample) {
  if (sound instanceof Float32Array) {
    return sound.slice();
  }
  const channels = sound.numberOfChannels;
  const weights = channels === 6
    ? [Math.SQRT1_2, Math.SQRT1_2, 1, 0, 0.5, 0.5]
    : new Array(channels).fill(1 / channels);
  const mono = new Float32Array(sound.length);
  weights.forEach((weight, channel) => {
    const samples = sound.getChannelData(channel);
    for (let i = 0; i < mono.length; i++) {
      mono[i] += weight * samples[i];
    }
  });
  return sound.sampleRate === sampleRate ? mono : resample(mono, sound.sampleRate, sampleRate);
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

export class ClipStore {
  /** @type {Map<AudioBuffer | Float32Array, Clip>} */
  #bySound = new Map();

  /** @type {Map<number, Clip>} */
  #byNumber = new Map();

  #maxBuffers;
  #sampleRate;
  #post;
  #fadedOut;
  #resample;

  /**
   * @param {number} maxBuffers
   * @param {number} sampleRate
   * @param {(message: import('./shared/protocol.js').ToProcessor, transfer: Transferable[]) => void} post
   * @param {() => Promise<void>} fadedOut  settles when the engine has seen the present scene
   * @param {Resample} resample
   */
  constructor(maxBuffers, sampleRate, post, fadedOut, resample) {
    this.#maxBuffers = maxBuffers;
    this.#sampleRate = sampleRate;
    this.#post = post;
    this.#fadedOut = fadedOut;
    this.#resample = resample;
  }

  /**
   * The clip of a sound; to be released once by each who acquired it.
   *
   * @param {unknown} sound
   * @param {string} name  of the argument
   * @returns {Clip}
   */
  acquire(sound, name) {
    if (!(sound instanceof Float32Array) && !isAudioBuffer(sound)) {
      throw new TypeError(`${name} must be an AudioBuffer or a Float32Array, not ${shown(sound)}`);
    }
    if (sound.length === 0) {
      throw new RangeError(`${name} must have at least one frame`);
    }
    const clip = this.#bySound.get(sound) ?? this.#send(sound, name);
    clip.users += 1;
    return clip;
  }

  /** @param {Clip} clip */
  release(clip) {
    clip.users -= 1;
    if (clip.users === 0) {
      this.#dropLater(clip);
    }
  }

  /**
   * The processor has a clip, or could not take it.
   *
   * @param {number} number
   * @param {PinnaError | null} error
   */
  answered(number, error) {
    const clip = this.#byNumber.get(number);
    if (clip && error) {
      this.#bySound.delete(clip.sound);
      clip.reject(error);
    } else {
      clip?.resolve();
    }
  }

  /** Nothing will be answered any more. @param {PinnaError} error */
  fail(error) {
    for (const clip of this.#byNumber.values()) {
      clip.reject(error);
    }
  }

  /**
   * @param {AudioBuffer | Float32Array} sound
   * @param {string} name
   * @returns {Clip}
   */
  #send(sound, name) {
    let number = 1;
    while (this.#byNumber.has(number)) {
      number += 1;
    }
    if (number > this.#maxBuffers) {
      throw new RangeError(`${name}: all ${this.#maxBuffers} buffers are in use; dispose() of sources that no longer ` +
        `play, or createPinna(context, { maxBuffers: ${2 * this.#maxBuffers} })`);
    }
    const samples = toMono(sound, this.#sampleRate, this.#resample);
    /** @type {Partial<Clip>} */
    const deferred = {};
    const loaded = new Promise((resolve, reject) => {
      deferred.resolve = () => resolve(undefined);
      deferred.reject = reject;
    });
    // Whoever does not wait for it hears of a failure by the 'error' event.
    loaded.catch(() => {});
    const clip = /** @type {Clip} */ ({
      ...deferred, number, sound, durationS: samples.length / this.#sampleRate, users: 0, loaded,
    });
    this.#bySound.set(sound, clip);
    this.#byNumber.set(number, clip);
    for (let offset = 0; offset < samples.length; offset += PIECE_FRAMES) {
      const piece = samples.slice(offset, offset + PIECE_FRAMES);
      this.#post({ type: 'clip', number, frames: samples.length, offset, samples: piece }, [piece.buffer]);
    }
    return clip;
  }

  /** @param {Clip} clip */
  async #dropLater(clip) {
    try {
      await this.#fadedOut();
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, FADE_MS));
    if (clip.users === 0 && this.#byNumber.get(clip.number) === clip) {
      this.#byNumber.delete(clip.number);
      if (this.#bySound.get(clip.sound) === clip) {
        this.#bySound.delete(clip.sound);
      }
      this.#post({ type: 'drop', number: clip.number }, []);
    }
  }
}
