// SPDX-License-Identifier: MIT
/**
 * PannerNode's interface with pinna's sound [Web Audio API 1.1, PannerNode].
 *
 * It is an AudioNode of the browser's (a GainNode of gain 1, as which other nodes connect to it); position and
 * orientation are AudioParams of the browser's; what is not audio (the distance model, cones, ranges and their errors)
 * is held by a PannerNode of the browser's, which also renders 'equalpower'. Rendered by pinna: 'HRTF', of stereo each
 * channel for its ear, each pose reached at the end of its block.
 */
import { POSE_CHANNELS, SOUND_RIGHT, SOURCE_POSITION } from '../shared/pose-inputs.js';
import { requireArguments, listenerOf } from './listener.js';
import { leavePlace, takePlace } from './mixes.js';
import { MovingParams } from './moving-params.js';

/** Position, and the way the source faces. */
const DEFAULTS = Object.freeze([0, 0, 0, 1, 0, 0]);

const PARAM_NAMES = /** @type {const} */ (['positionX', 'positionY', 'positionZ', 'orientationX', 'orientationY',
  'orientationZ']);

/** Farther, the engine takes no numbers. */
const FARTHEST_M = 1e6;
const STEEPEST = 1e3;

/** Where there is no Web Audio, importing this does nothing, and making a panner throws. */
const Base = /** @type {typeof GainNode} */ (globalThis.GainNode ?? class {
  constructor() {
    throw new TypeError('there is no Web Audio here');
  }
});

/** The browser's own, also after installPanner. */
export const NativePanner = /** @type {typeof PannerNode} */ (globalThis.PannerNode);

/** @typedef {{ to: AudioNode | AudioParam, output: number, input: number }} Connection */

/** A PannerNode whose 'HRTF' is pinna's. Its context needs a pinna: await createPinna(context) before. */
export class PinnaPannerNode extends Base {
  #native;
  #outlet;
  /** Mono on both, stereo as it is. */
  #ears;
  #merger;
  #params;
  /** @type {PanningModelType} */
  #model = 'equalpower';
  /** @type {Connection[]} */
  #connections = [];
  /** @type {{ kind: 'none' } | { kind: 'native' } | { kind: 'engine', mix: import('./mixes.js').Mix,
   *   source: import('../source.js').PinnaSource, target: AudioNode }} */
  #route = { kind: 'none' };

  /**
   * @param {BaseAudioContext} context
   * @param {PannerOptions} [options]
   * @throws {TypeError | RangeError | DOMException} as PannerNode's constructor does
   */
  constructor(context, options) {
    super(context);
    // The browser would load its own head for 'HRTF'.
    const wanted = options?.panningModel;
    const hrtf = wanted !== undefined && String(wanted) === 'HRTF';
    this.#native = new NativePanner(context, hrtf ? { ...options, panningModel: 'equalpower' } : options);
    this.#model = hrtf ? 'HRTF' : 'equalpower';
    super.channelCount = this.#native.channelCount;
    super.channelCountMode = this.#native.channelCountMode;
    super.channelInterpretation = this.#native.channelInterpretation;
    this.#outlet = new GainNode(context);
    this.#merger = new ChannelMergerNode(context, { numberOfInputs: POSE_CHANNELS });
    this.#ears = new GainNode(context, { channelCount: 2, channelCountMode: 'explicit' });
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    this.#ears.connect(splitter);
    splitter.connect(this.#merger, 0, 0);
    splitter.connect(this.#merger, 1, SOUND_RIGHT);
    this.#params = new MovingParams(context, DEFAULTS);
    this.#params.nodes.forEach((node, i) => {
      const native = this.#native[PARAM_NAMES[i]];
      this.#params.at(i).value = native.value;
      native.value = 0;
      node.connect(this.#merger, 0, SOURCE_POSITION + i);
    });
  }

  /** Metres: an AudioParam, sample by sample. */
  get positionX() {
    return this.#params.at(0);
  }

  get positionY() {
    return this.#params.at(1);
  }

  get positionZ() {
    return this.#params.at(2);
  }

  /** Whither the source faces; any length. */
  get orientationX() {
    return this.#params.at(3);
  }

  get orientationY() {
    return this.#params.at(4);
  }

  get orientationZ() {
    return this.#params.at(5);
  }

  /** @returns {PanningModelType} 'HRTF' is pinna's, 'equalpower' (the default, as in Web Audio) the browser's */
  get panningModel() {
    return this.#model;
  }

  set panningModel(value) {
    const model = String(value);
    // An unknown name is ignored, as by every attribute of an enumeration's type.
    if (model === 'HRTF' || model === 'equalpower') {
      this.#model = model;
      this.#reroute();
    }
  }

  /** @returns {DistanceModelType} */
  get distanceModel() {
    return this.#native.distanceModel;
  }

  set distanceModel(value) {
    this.#native.distanceModel = value;
    this.#tell();
  }

  /** Metres; a negative one is a RangeError. */
  get refDistance() {
    return this.#native.refDistance;
  }

  set refDistance(value) {
    this.#native.refDistance = value;
    this.#tell();
  }

  /** Metres; zero and less are a RangeError. */
  get maxDistance() {
    return this.#native.maxDistance;
  }

  set maxDistance(value) {
    this.#native.maxDistance = value;
    this.#tell();
  }

  /** A negative one is a RangeError; 'linear' uses at most 1. */
  get rolloffFactor() {
    return this.#native.rolloffFactor;
  }

  set rolloffFactor(value) {
    this.#native.rolloffFactor = value;
    this.#tell();
  }

  /** Degrees, full angle. */
  get coneInnerAngle() {
    return this.#native.coneInnerAngle;
  }

  set coneInnerAngle(value) {
    this.#native.coneInnerAngle = value;
    this.#tell();
  }

  /** Degrees, full angle. */
  get coneOuterAngle() {
    return this.#native.coneOuterAngle;
  }

  set coneOuterAngle(value) {
    this.#native.coneOuterAngle = value;
    this.#tell();
  }

  /** Linear; outside 0 to 1 it is an InvalidStateError. */
  get coneOuterGain() {
    return this.#native.coneOuterGain;
  }

  set coneOuterGain(value) {
    this.#native.coneOuterGain = value;
    this.#tell();
  }

  /** 1 or 2; more is a NotSupportedError. @override */
  get channelCount() {
    return super.channelCount;
  }

  /** @override */
  set channelCount(value) {
    this.#native.channelCount = value;
    super.channelCount = value;
  }

  /** 'clamped-max' or 'explicit'; 'max' is a NotSupportedError. @override */
  get channelCountMode() {
    return super.channelCountMode;
  }

  /** @override */
  set channelCountMode(value) {
    this.#native.channelCountMode = value;
    super.channelCountMode = value;
  }

  /**
   * As in Web Audio; deprecated there.
   *
   * @param {number} x @param {number} y @param {number} z  metres
   */
  setPosition(x, y, z) {
    requireArguments(arguments.length, 3, 'setPosition\' on \'PannerNode');
    this.#params.set(0, [x, y, z], 'setPosition\' on \'PannerNode');
  }

  /**
   * As in Web Audio; deprecated there.
   *
   * @param {number} x @param {number} y @param {number} z  whither the source faces
   */
  setOrientation(x, y, z) {
    requireArguments(arguments.length, 3, 'setOrientation\' on \'PannerNode');
    this.#params.set(3, [x, y, z], 'setOrientation\' on \'PannerNode');
  }

  /**
   * As every AudioNode's. Panners whose one connection is to the same node share an engine, which is far cheaper than
   * one for each.
   *
   * @param {any} to  AudioNode or AudioParam
   * @param {number} [output]
   * @param {number} [input]
   * @returns {any} the node, where it is one
   * @override
   */
  connect(to, output = 0, input = 0) {
    const result = to instanceof AudioParam ? this.#outlet.connect(to, output)
      : this.#outlet.connect(to, output, input);
    const same = (/** @type {Connection} */ c) => c.to === to && c.output === output && c.input === input;
    if (!this.#connections.some(same)) {
      this.#connections.push({ to, output, input });
      this.#reroute();
    }
    return result;
  }

  /**
   * As every AudioNode's. A panner without connections takes no time and no place in an engine.
   *
   * @param {any} [to]  AudioNode, AudioParam, or the number of an output; everything, without
   * @param {number} [output]
   * @param {number} [input]
   * @override
   */
  disconnect(to, output, input) {
    const args = /** @type {[AudioNode, number, number]} */ ([...arguments]);
    this.#outlet.disconnect(...args);
    this.#connections = this.#connections.filter((c) => !(to === undefined || typeof to === 'number' ||
      (c.to === to && (output === undefined || c.output === output) && (input === undefined || c.input === input))));
    this.#reroute();
  }

  /** Brings sound and poses to whoever renders them now. */
  #reroute() {
    const wanted = this.#connections.length === 0 ? 'none' : this.#model === 'HRTF' ? 'engine' : 'native';
    const [first] = this.#connections;
    const shared = this.#connections.length === 1 && first.input === 0 && first.to instanceof AudioNode &&
      !(first.to instanceof AudioWorkletNode);
    const target = shared ? /** @type {AudioNode} */ (first.to) : this.#outlet;
    const route = this.#route;
    if (route.kind === wanted && (route.kind !== 'engine' || route.target === target)) {
      return;
    }
    this.#leave();
    if (wanted === 'native') {
      listenerOf(this.context)._driveNative();
      this.#params.nodes.forEach((node, i) => node.connect(this.#native[PARAM_NAMES[i]]));
      super.connect(this.#native);
      this.#native.connect(this.#outlet);
      this.#route = { kind: 'native' };
    } else if (wanted === 'engine') {
      const mix = takePlace(this.context, target, !shared);
      const source = mix.pinna.createSource({ tier: 'exact' });
      super.connect(this.#ears);
      this.#merger.connect(source.input);
      this.#route = { kind: 'engine', mix, source, target };
      this.#tell();
    }
  }

  #leave() {
    const route = this.#route;
    this.#route = { kind: 'none' };
    if (route.kind !== 'none') {
      super.disconnect();
    }
    if (route.kind === 'native') {
      this.#native.disconnect();
      this.#params.nodes.forEach((node, i) => node.disconnect(this.#native[PARAM_NAMES[i]]));
    } else if (route.kind === 'engine') {
      this.#merger.disconnect();
      if (!route.source.disposed) {
        route.source.dispose();
        route.mix.pinna.commit();
      }
      leavePlace(route.mix);
    }
  }

  /** What is not audio goes to the engine at once. */
  #tell() {
    const route = this.#route;
    if (route.kind !== 'engine' || route.source.disposed) {
      return;
    }
    const native = this.#native;
    const { source } = route;
    source.distanceModel = native.distanceModel;
    source.refDistance = Math.min(native.refDistance, FARTHEST_M);
    source.maxDistance = Math.max(Math.min(native.maxDistance, FARTHEST_M), 1e-6);
    source.rolloffFactor = Math.min(native.rolloffFactor, STEEPEST);
    source.coneInnerAngle = Math.min(Math.abs(native.coneInnerAngle), 360);
    source.coneOuterAngle = Math.min(Math.abs(native.coneOuterAngle), 360);
    source.coneOuterGain = native.coneOuterGain;
    route.mix.pinna.commit();
  }
}

/**
 * A panner for code that wrote context.createPanner().
 *
 * @param {BaseAudioContext} context
 * @returns {PinnaPannerNode}
 */
export function createPanner(context) {
  return new PinnaPannerNode(context);
}
