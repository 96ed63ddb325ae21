// SPDX-License-Identifier: MIT
/** A sound, as an object of a three.js scene. */
import { Object3D } from 'three';
import { Place } from '../adapters/place.js';
import { Playback } from '../adapters/playback.js';

/** @typedef {import('./listener.js').PinnaListener} PinnaListener */

/** Between the object and the source, one at a time. */
const turned = new Float64Array(4);

/**
 * In THREE.PositionalAudio's place, with its methods; what pinna can do beyond them is at `source` (Doppler, near
 * field, directivity, occlusion). Not there: getOutput(), because all sounds leave pinna as one.
 */
export class PinnaAudio extends Object3D {
  #place = new Place();
  #playback;

  /** @param {PinnaListener} listener */
  constructor(listener) {
    super();
    this.type = 'PinnaAudio';
    this.listener = listener;
    this.context = listener.context;
    /** The source of pinna's that sounds. */
    this.source = listener.pinna.createSource();
    this.#playback = new Playback(this.source, this.context, () => this.onEnded());
    /** Started when the buffer comes. */
    this.autoplay = false;
  }

  get buffer() {
    return this.#playback.buffer;
  }

  get isPlaying() {
    return this.#playback.isPlaying;
  }

  /** onEnded() as THREE.Audio has it sets this. */
  set isPlaying(value) {
    this.#playback.isPlaying = value;
  }

  /** Whether play, pause and stop do something: false for live sounds. */
  get hasPlaybackControl() {
    return this.#playback.hasPlaybackControl;
  }

  get sourceType() {
    return this.#playback.sourceType;
  }

  /** Where in the buffer play() begins, seconds. */
  get offset() {
    return this.#playback.offset;
  }

  set offset(value) {
    this.#playback.offset = value;
  }

  /** How much of the buffer is played, seconds; undefined = to its end. */
  get duration() {
    return this.#playback.duration;
  }

  set duration(value) {
    this.#playback.duration = value;
  }

  // What sounds

  /** @param {AudioBuffer} buffer */
  setBuffer(buffer) {
    this.#playback.setBuffer(buffer);
    if (this.autoplay) {
      this.play();
    }
    return this;
  }

  /** Any node of the same context. @param {AudioNode} node */
  setNodeSource(node) {
    this.#playback.setNode(node, 'audioNode');
    return this;
  }

  /** @param {HTMLMediaElement} element  of the page's origin, or with CORS headers */
  setMediaElementSource(element) {
    const { node, release } = this.listener.pinna._elementInput(element);
    this.#playback.setNode(node, 'mediaNode', release);
    return this;
  }

  /** @param {MediaStream} stream  a microphone, or someone else over WebRTC */
  setMediaStreamSource(stream) {
    const { node, release } = this.listener.pinna._streamInput(stream);
    this.#playback.setNode(node, 'mediaStreamNode', release);
    return this;
  }

  // Playback of a buffer

  /** @param {number} [delay]  seconds */
  play(delay = 0) {
    this.#playback.play(delay);
    return this;
  }

  /** play() goes on from here. */
  pause() {
    this.#playback.pause();
    return this;
  }

  /** @param {number} [delay]  seconds */
  stop(delay = 0) {
    this.#playback.stop(delay);
    return this;
  }

  /** Called when a buffer has played to its end; to be replaced. */
  onEnded() {
    this.isPlaying = false;
  }

  getPlaybackRate() {
    return this.#playback.rate;
  }

  /**
   * At another rate than 1 the browser's AudioBufferSourceNode plays the buffer, not the engine.
   *
   * @param {number} value
   */
  setPlaybackRate(value) {
    if (this.hasPlaybackControl) {
      this.#playback.rate = value;
    }
    return this;
  }

  getDetune() {
    return this.#playback.detune;
  }

  /** As setPlaybackRate. @param {number} value  cents */
  setDetune(value) {
    this.#playback.detune = value;
    return this;
  }

  getFilters() {
    return this.#playback.filters;
  }

  /** Through which the sound goes before it is placed. @param {AudioNode[]} filters  of the same context */
  setFilters(filters) {
    this.#playback.filters = filters ?? [];
    return this;
  }

  getFilter() {
    return this.getFilters()[0];
  }

  /** @param {AudioNode} [filter] */
  setFilter(filter) {
    return this.setFilters(filter ? [filter] : []);
  }

  getLoop() {
    return this.source.loop;
  }

  /** @param {boolean} value */
  setLoop(value) {
    this.source.loop = value;
    this.#playback.syncLoop();
    return this;
  }

  /** @param {number} value  seconds */
  setLoopStart(value) {
    this.source.loopStart = value;
    this.#playback.syncLoop();
    return this;
  }

  /** @param {number} value  seconds; 0 = the buffer's end */
  setLoopEnd(value) {
    this.source.loopEnd = value;
    this.#playback.syncLoop();
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
    this.#playback.dispose();
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
    const first = !this.#place.known;
    if (this.source.disposed || !this.#place.follow(this.matrixWorld.elements)) {
      return;
    }
    this.source.setPosition(this.#place.position);
    this.source.setOrientation(this.#place.aboutFace(turned));
    if (first) {
      this.source.teleport();
    }
  }
}
