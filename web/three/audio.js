// SPDX-License-Identifier: MIT
/** A sound, as an object of a three.js scene. */
import { Object3D, Quaternion } from 'three';
import { place, position, rotation } from './place.js';

/** @typedef {import('./listener.js').PinnaListener} PinnaListener */

/** three's sounds face +z, pinna's -z: half a turn about y. */
const ABOUT = new Quaternion().set(0, 1, 0, 0);

/**
 * In THREE.PositionalAudio's place, with its methods; what pinna can do beyond them is at `source` (Doppler, near
 * field, directivity, occlusion). Not there: filters, detune and playback rate.
 */
export class PinnaAudio extends Object3D {
  #placed = false;
  /** Seconds of the clip that were heard before the last pause. */
  #progressS = 0;
  #startedS = 0;
  #duration = 0;
  /** @type {AudioNode | null} */
  #node = null;

  /** @param {PinnaListener} listener */
  constructor(listener) {
    super();
    this.type = 'PinnaAudio';
    this.listener = listener;
    this.context = listener.context;
    /** The source of pinna's that sounds. */
    this.source = listener.pinna.createSource();
    this.source.addEventListener('ended', () => {
      // A pause ends it for the engine only.
      if (this.isPlaying) {
        this.onEnded();
      }
    });
    /** @type {AudioBuffer | null} */
    this.buffer = null;
    /** Started when the buffer comes. */
    this.autoplay = false;
    this.isPlaying = false;
    /** Whether play, pause and stop do something: false for live sounds. */
    this.hasPlaybackControl = true;
    this.sourceType = 'empty';
    /** Where in the buffer play() begins, seconds. */
    this.offset = 0;
  }

  // What sounds

  /** @param {AudioBuffer} buffer */
  setBuffer(buffer) {
    this.#unplug();
    this.buffer = buffer;
    this.#duration = buffer.duration;
    this.source.buffer = buffer;
    this.sourceType = 'buffer';
    this.hasPlaybackControl = true;
    this.#progressS = 0;
    if (this.autoplay) {
      this.play();
    }
    return this;
  }

  /** Any node of the same context. @param {AudioNode} node */
  setNodeSource(node) {
    return this.#plug(node, 'audioNode');
  }

  /** @param {HTMLMediaElement} element  of the page's origin, or with CORS headers */
  setMediaElementSource(element) {
    const context = /** @type {AudioContext} */ (this.context);
    return this.#plug(context.createMediaElementSource(element), 'mediaNode');
  }

  /** @param {MediaStream} stream */
  setMediaStreamSource(stream) {
    const context = /** @type {AudioContext} */ (this.context);
    return this.#plug(context.createMediaStreamSource(stream), 'mediaStreamNode');
  }

  // Playback of a buffer

  /** @param {number} [delay]  seconds */
  play(delay = 0) {
    if (this.isPlaying || !this.hasPlaybackControl || this.buffer === null) {
      return this;
    }
    this.#startedS = this.context.currentTime + delay;
    this.source.start(delay > 0 ? this.#startedS : 0, this.#progressS + this.offset);
    this.isPlaying = true;
    return this;
  }

  /** play() goes on from here. */
  pause() {
    if (this.isPlaying && this.hasPlaybackControl) {
      this.#progressS += Math.max(this.context.currentTime - this.#startedS, 0);
      const { loop, loopStart, loopEnd } = this.source;
      const end = loopEnd || this.#duration;
      if (loop && this.offset + this.#progressS > end) {
        const length = end - loopStart;
        this.#progressS = loopStart + (this.offset + this.#progressS - loopStart) % length - this.offset;
      }
      this.isPlaying = false;
      this.source.stop();
    }
    return this;
  }

  /** @param {number} [delay]  seconds */
  stop(delay = 0) {
    this.#progressS = 0;
    if (this.hasPlaybackControl && this.isPlaying) {
      this.source.stop(delay > 0 ? this.context.currentTime + delay : 0);
      this.isPlaying = false;
    }
    return this;
  }

  /** Called when a buffer has played to its end; to be replaced. */
  onEnded() {
    this.isPlaying = false;
    this.#progressS = 0;
  }

  getLoop() {
    return this.source.loop;
  }

  /** @param {boolean} value */
  setLoop(value) {
    this.source.loop = value;
    return this;
  }

  /** @param {number} value  seconds */
  setLoopStart(value) {
    this.source.loopStart = value;
    return this;
  }

  /** @param {number} value  seconds; 0 = the buffer's end */
  setLoopEnd(value) {
    this.source.loopEnd = value;
    return this;
  }

  // How it sounds

  /** Linear. */
  getVolume() {
    return this.source.gain;
  }

  /** @param {number} value  linear */
  setVolume(value) {
    this.source.gain = value;
    return this;
  }

  getRefDistance() {
    return this.source.refDistance;
  }

  /** @param {number} value  metres */
  setRefDistance(value) {
    this.source.refDistance = value;
    return this;
  }

  getRolloffFactor() {
    return this.source.rolloffFactor;
  }

  /** @param {number} value */
  setRolloffFactor(value) {
    this.source.rolloffFactor = value;
    return this;
  }

  getDistanceModel() {
    return this.source.distanceModel;
  }

  /** @param {import('../shared/scene-writer.js').DistanceModel} value */
  setDistanceModel(value) {
    this.source.distanceModel = value;
    return this;
  }

  getMaxDistance() {
    return this.source.maxDistance;
  }

  /** @param {number} value  metres */
  setMaxDistance(value) {
    this.source.maxDistance = value;
    return this;
  }

  /**
   * The cone opens along the object's +z, as THREE.PositionalAudio's does.
   *
   * @param {number} innerAngle  degrees, full angle
   * @param {number} outerAngle  degrees, full angle
   * @param {number} outerGain   linear
   */
  setDirectionalCone(innerAngle, outerAngle, outerGain) {
    this.source.coneInnerAngle = innerAngle;
    this.source.coneOuterAngle = outerAngle;
    this.source.coneOuterGain = outerGain;
    return this;
  }

  /** Silences it, takes it out of the scene, and gives its place in the engine to others. */
  dispose() {
    this.#unplug();
    this.isPlaying = false;
    this.source.dispose();
    this.removeFromParent();
  }

  /**
   * For three: brings the sound where this object is; the first time without travelling there.
   *
   * @param {boolean} [force]
   * @override
   */
  updateMatrixWorld(force) {
    super.updateMatrixWorld(force);
    if (this.source.disposed || !place(this)) {
      return;
    }
    this.source.setPosition(position);
    this.source.setOrientation(rotation.multiply(ABOUT));
    if (!this.#placed) {
      this.#placed = true;
      this.source.teleport();
    }
  }

  /** @param {AudioNode} node @param {string} type */
  #plug(node, type) {
    this.#unplug();
    this.stop();
    node.connect(this.source.input);
    this.#node = node;
    this.sourceType = type;
    this.hasPlaybackControl = false;
    return this;
  }

  #unplug() {
    this.#node?.disconnect(this.source.input);
    this.#node = null;
  }
}
