// SPDX-License-Identifier: MIT
/**
 * On which device a pinna is heard.
 *
 * Problem  AudioContext.setSinkId is Chromium's only (2026); Firefox can send media elements to a device.
 * Method   the context where it can; else what would go to context.destination goes through a MediaStream into an
 *          <audio> on that device, some tens of milliseconds later.
 */
import { shown } from '../errors.js';

/** Marks a browser in which nothing can be chosen. */
const NO_CHOICE = Symbol('no choice');

/** @typedef {AudioContext & { setSinkId?: (id: string | { type: 'none' }) => Promise<void> }} SinkContext */

/** What stands in for a context's destination. @typedef {{ node: MediaStreamAudioDestinationNode,
 *   element: HTMLAudioElement }} Detour */

export class OutputDevice {
  #context;
  #node;
  #heard;
  #failure;
  /** @type {Detour | null} */
  #detour = null;

  /**
   * @param {BaseAudioContext} context
   * @param {AudioNode} node  the pinna's
   * @param {() => boolean} heard  whether it goes to the context's destination, or to what stands in for it
   * @param {(message: string, cause?: unknown) => Error} failure  makes the error; this module is loaded apart
   */
  constructor(context, node, heard, failure) {
    this.#context = /** @type {SinkContext} */ (context);
    this.#node = node;
    this.#heard = heard;
    this.#failure = failure;
  }

  /** Where what was to go to a node goes. @param {AudioNode} destination */
  inPlaceOf(destination) {
    return destination === this.#context.destination && this.#detour ? this.#detour.node : destination;
  }

  /**
   * @param {string | { type: 'none' }} device  a deviceId of enumerateDevices(), '' = the system's, { type: 'none' } =
   *   none, where the browser knows that
   * @throws {Error} of `failure`
   */
  async choose(device) {
    if (typeof device !== 'string' && device?.type !== 'none') {
      throw new TypeError(`setOutputDevice takes a deviceId, "" or { type: "none" }, not ${shown(device)}`);
    }
    try {
      if (typeof this.#context.setSinkId === 'function') {
        await this.#context.setSinkId(device);
      } else if (device === '') {
        this.#leaveDetour();
      } else {
        await this.#takeDetour(device);
      }
    } catch (error) {
      throw this.#failure(`the output device ${shown(device)} could not be used (${error}): ${mendOf(error)}`, error);
    }
  }

  /** Lets go of what plays. */
  dispose() {
    this.#detour?.element.pause();
    this.#detour = null;
  }

  /** @param {string | { type: 'none' }} device */
  async #takeDetour(device) {
    if (typeof this.#context.createMediaStreamDestination !== 'function' || typeof device !== 'string' ||
        typeof globalThis.HTMLMediaElement?.prototype.setSinkId !== 'function') {
      throw new Error('this browser has no AudioContext.setSinkId and no HTMLMediaElement.setSinkId',
        { cause: NO_CHOICE });
    }
    const detour = this.#detour ?? this.#makeDetour();
    await detour.element.setSinkId(device);
    await detour.element.play();
    if (this.#detour === null) {
      this.#reroute(this.#context.destination, detour.node);
      this.#detour = detour;
    }
  }

  #makeDetour() {
    const node = this.#context.createMediaStreamDestination();
    const element = new Audio();
    element.srcObject = node.stream;
    return { node, element };
  }

  #leaveDetour() {
    if (this.#detour) {
      this.#reroute(this.#detour.node, this.#context.destination);
      this.dispose();
    }
  }

  /** @param {AudioNode} from @param {AudioNode} to */
  #reroute(from, to) {
    if (this.#heard()) {
      this.#node.connect(to);
      this.#node.disconnect(from);
    }
  }
}

/** @param {unknown} error */
function mendOf(error) {
  const { name, cause } = /** @type {Error} */ (error);
  return name === 'NotFoundError' ?
    'deviceIds change between pages and sessions: take one of navigator.mediaDevices.enumerateDevices() now' :
    name === 'NotAllowedError' || name === 'SecurityError' ?
      'ask for the device first, by navigator.mediaDevices.selectAudioOutput() or getUserMedia({ audio: true }), and ' +
      'see that the page\'s Permissions-Policy allows speaker-selection' :
      cause === NO_CHOICE ? 'the system\'s settings can choose' : 'the former one is used on';
}
