// SPDX-License-Identifier: MIT
/** AudioListener's interface for pinna's panners; also where the browser's own lacks AudioParams. */
import { LISTENER_INPUTS } from '../shared/pose-inputs.js';
import { MovingParams } from './moving-params.js';

/** Where a listener is, whither it looks, and what is up [Web Audio API, AudioListener]. */
const DEFAULTS = Object.freeze([0, 0, 0, 0, 0, -1, 0, 1, 0]);

const NAMES = /** @type {const} */ (['positionX', 'positionY', 'positionZ', 'forwardX', 'forwardY', 'forwardZ', 'upX',
  'upY', 'upZ']);

/** Channels of each of an engine's two listener inputs. */
const SPLIT = 6;

/** A context's listener, of whom every panner of pinna's in that context is heard. */
export class PinnaAudioListener {
  #context;
  #params;
  /** @type {ChannelMergerNode[]} */
  #mergers;
  #drivesNative = false;

  /**
   * Use listenerOf(context): a context has one.
   *
   * @param {BaseAudioContext} context
   */
  constructor(context) {
    this.#context = context;
    this.#params = new MovingParams(context, DEFAULTS);
    this.#mergers = [SPLIT, DEFAULTS.length - SPLIT].map((numberOfInputs) =>
      new ChannelMergerNode(context, { numberOfInputs }));
    this.#params.nodes.forEach((node, i) => {
      node.connect(this.#mergers[i < SPLIT ? 0 : 1], 0, i % SPLIT);
    });
  }

  /** Metres. */
  get positionX() {
    return this.#params.at(0);
  }

  get positionY() {
    return this.#params.at(1);
  }

  get positionZ() {
    return this.#params.at(2);
  }

  /** Whither the nose points; any length. */
  get forwardX() {
    return this.#params.at(3);
  }

  get forwardY() {
    return this.#params.at(4);
  }

  get forwardZ() {
    return this.#params.at(5);
  }

  /** Whither the top of the head points; any length. */
  get upX() {
    return this.#params.at(6);
  }

  get upY() {
    return this.#params.at(7);
  }

  get upZ() {
    return this.#params.at(8);
  }

  /**
   * As in Web Audio; deprecated there.
   *
   * @param {number} x @param {number} y @param {number} z  metres
   */
  setPosition(x, y, z) {
    requireArguments(arguments.length, 3, 'setPosition\' on \'AudioListener');
    this.#params.set(0, [x, y, z], 'setPosition\' on \'AudioListener');
    this.#tellOldNative();
  }

  /**
   * As in Web Audio; deprecated there.
   *
   * @param {number} x @param {number} y @param {number} z  whither the nose points
   * @param {number} xUp @param {number} yUp @param {number} zUp
   */
  setOrientation(x, y, z, xUp, yUp, zUp) {
    requireArguments(arguments.length, 6, 'setOrientation\' on \'AudioListener');
    this.#params.set(3, [x, y, z, xUp, yUp, zUp], 'setOrientation\' on \'AudioListener');
    this.#tellOldNative();
  }

  /**
   * For an engine whose poses come as sound.
   *
   * @param {AudioNode} node
   * @param {number} input  the first of two
   * @ignore
   */
  _connect(node, input) {
    for (let i = 0; i < LISTENER_INPUTS; i++) {
      this.#mergers[i].connect(node, 0, input + i);
    }
  }

  /** For 'equalpower': the browser's own listener stands where this one does. @ignore */
  _driveNative() {
    if (this.#drivesNative) {
      return;
    }
    this.#drivesNative = true;
    const native = nativeListenerOf(this.#context);
    if (native.positionX) {
      NAMES.forEach((name, i) => {
        native[name].value = 0;
        this.#params.nodes[i].connect(native[name]);
      });
    } else {
      this.#tellOldNative();
    }
  }

  /** Where the browser's own has no params it follows the methods only. */
  #tellOldNative() {
    const native = nativeListenerOf(this.#context);
    if (this.#drivesNative && !native.positionX) {
      const [px, py, pz, fx, fy, fz, ux, uy, uz] = this.#params.nodes.map((node) => node.offset.value);
      native.setPosition(px, py, pz);
      native.setOrientation(fx, fy, fz, ux, uy, uz);
    }
  }
}

/** @type {WeakMap<BaseAudioContext, PinnaAudioListener>} */
const listeners = new WeakMap();

/**
 * The listener of pinna's panners in a context: what context.listener is to the browser's own.
 *
 * @param {BaseAudioContext} context
 * @returns {PinnaAudioListener}
 */
export function listenerOf(context) {
  let listener = listeners.get(context);
  if (listener === undefined) {
    listener = new PinnaAudioListener(context);
    listeners.set(context, listener);
  }
  return listener;
}

/** The browser's own, also where installPanner put ours before it. @param {BaseAudioContext} context */
export function nativeListenerOf(context) {
  const { get } = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(globalThis.BaseAudioContext.prototype, 'listener'));
  return /** @type {AudioListener} */ (get?.call(context));
}

/**
 * @param {number} given
 * @param {number} needed
 * @param {string} method
 */
export function requireArguments(given, needed, method) {
  if (given < needed) {
    throw new TypeError(`Failed to execute '${method}': ${needed} arguments required, but only ${given} present.`);
  }
}
