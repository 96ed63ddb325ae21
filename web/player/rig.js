// SPDX-License-Identifier: MIT
/**
 * A player's sound from its engine to the destination.
 *
 *     engine ────────► spatial ──┐             ┌─► as it is ─┐
 *     plain ─► delay ─► plain ───┴─► together ─┤             ├─► volume ─► destination
 *                                              └─► one ──────┘
 *
 * Spatial strength mixes both by amplitude. The plain mix waits for as long as the head's filters do, as well as one
 * delay can: in the middle the nearer ear of a loudspeaker at 30 degrees, from 60 Hz to 8 kHz, has no dip deeper than
 * 7 dB, which without the delay would be 12 dB and more.
 */
import { Ears } from './ears.js';
import { smooth } from './smooth.js';

/** How late the default head's filters are, seconds; measured, of 8 to 48 frames those with the shallowest dips. */
const HEAD_LATE_S = 22 / 48000;

export class Rig {
  #spatial;
  #plain;
  #asItIs;
  #one;
  #volume;
  #strength = 1;
  #mono = false;

  /** @param {import('../pinna.js').Pinna} pinna */
  constructor(pinna) {
    const context = /** @type {AudioContext} */ (pinna.context);
    this.pinna = pinna;
    this.context = context;
    const two = /** @type {const} */ ({ channelCount: 2, channelCountMode: 'explicit' });
    this.#spatial = new GainNode(context);
    /** Where programmes send their plain mix: two channels, or one for both ears. */
    this.plain = new DelayNode(context, { delayTime: HEAD_LATE_S, maxDelayTime: 0.01, ...two });
    this.#plain = new GainNode(context, { gain: 0 });
    const together = new GainNode(context, two);
    this.#asItIs = new GainNode(context);
    const sum = new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' });
    this.#one = new GainNode(context, { gain: 0 });
    this.#volume = new GainNode(context, two);
    pinna.connect(this.#spatial).connect(together);
    this.plain.connect(this.#plain).connect(together);
    together.connect(this.#asItIs).connect(this.#volume);
    together.connect(sum).connect(this.#one).connect(this.#volume);
    this.#volume.connect(context.destination);
    this.ears = new Ears(this.#volume);
  }

  /** @param {number} value  0 = the plain mix, 1 = all of it around the head @param {boolean} [atOnce] */
  setStrength(value, atOnce) {
    this.#strength = value;
    this.#mix(atOnce);
  }

  /** @param {boolean} on  both ears hear the plain mix, summed @param {boolean} [atOnce] */
  setMono(on, atOnce) {
    this.#mono = on;
    this.#mix(atOnce);
  }

  /** @param {number} value  linear @param {boolean} [atOnce] */
  setVolume(value, atOnce) {
    smooth(this.#volume, value, atOnce);
  }

  /** @param {boolean} [atOnce] */
  #mix(atOnce) {
    const spatial = this.#mono ? 0 : this.#strength;
    smooth(this.#spatial, spatial, atOnce);
    smooth(this.#plain, 1 - spatial, atOnce);
    smooth(this.#asItIs, this.#mono ? 0 : 1, atOnce);
    smooth(this.#one, this.#mono ? 1 : 0, atOnce);
  }

  dispose() {
    this.#volume.disconnect();
    this.pinna.dispose();
  }
}
