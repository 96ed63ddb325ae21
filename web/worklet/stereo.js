// SPDX-License-Identifier: MIT
/**
 * Stereo sounds of panners: each channel is for one ear [Web Audio API 1.1, Panner Channel Limitations].
 *
 * Problem  an engine's sources are mono, and both ears hear all of each.
 * Method   a second engine like the first gets the right channels; of the first the left ear is heard, of the second
 *          the right. While all sounds are mono, which costs a look at each, there is only the first. The second
 *          begins as the first's copy, bit for bit, before the block in which channels first differ, and ends when
 *          they have been the same for longer than anything in an engine rings: neither is to be heard. Live it is
 *          made with the first, so that nothing is made while sound is rendered; offline when it is needed, because
 *          browsers give a page room for some dozens of wasm memories only.
 */
import { EngineHost } from '../shared/engine-host.js';
import { SOUND_RIGHT } from '../shared/pose-inputs.js';

/** Far longer than filters and delays without Doppler, which panners have not. */
const HOLD_S = 1;

export class RightEar {
  #module;
  /** @type {EngineHost | null} */
  #host = null;
  #left = 0;
  #holdFrames;

  /**
   * @param {WebAssembly.Module} module
   * @param {EngineHost} first  booted
   * @param {number} sampleRate
   * @param {boolean} live
   */
  constructor(module, first, sampleRate, live) {
    this.#module = module;
    this.#holdFrames = HOLD_S * sampleRate;
    if (live) {
      // Adopted here too, because the first time makes views.
      this.#made(first).adopt(first);
    }
  }

  /** The second engine; null while the first is enough. */
  get host() {
    return this.#left > 0 ? this.#host : null;
  }

  /** Both ears hear the left channels until the next block: in one of another length. */
  end() {
    this.#left = 0;
  }

  /** After whatever made the first engine's memory grow. @param {EngineHost} first */
  match(first) {
    this.#host?.match(first);
  }

  /** @param {EngineHost} first */
  #made(first) {
    if (this.#host === null) {
      this.#host = new EngineHost(this.#module);
      this.#host.match(first);
    }
    return this.#host;
  }

  /**
   * Before a block, before the first engine knows anything of it.
   *
   * @param {EngineHost} first
   * @param {Float32Array[][]} inputs
   * @param {number} frames
   */
  look(first, inputs, frames) {
    for (let slot = 0; slot < first.maxSources; slot++) {
      const channels = inputs[slot];
      if (channels.length > SOUND_RIGHT && differ(channels[0], channels[SOUND_RIGHT])) {
        if (this.#left === 0) {
          this.#made(first).adopt(first);
        }
        this.#left = this.#holdFrames;
        return;
      }
    }
    this.#left = Math.max(this.#left - frames, 0);
  }

  /**
   * Brings the scene and the right channels of a block.
   *
   * @param {EngineHost} first
   * @param {Float32Array[][]} inputs
   * @param {boolean} changed  the scene is to be taken
   */
  feed(first, inputs, changed) {
    const host = this.#made(first);
    if (changed) {
      host.scene.set(first.scene);
      host.apply();
    }
    for (let slot = 0; slot < host.maxSources; slot++) {
      const channels = inputs[slot];
      host.live[slot] = channels.length > 0 ? 1 : 0;
      if (channels.length > 0) {
        host.input(slot).set(channels[SOUND_RIGHT]);
      }
    }
  }
}

/** @param {Float32Array} a @param {Float32Array} b */
function differ(a, b) {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) {
      return true;
    }
  }
  return false;
}
