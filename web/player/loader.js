// SPDX-License-Identifier: MIT
/** The loading of one programme: once, given up where another is wanted. */
import { aborted } from './fetch.js';
import { loadProgramme } from './programme.js';

/** @typedef {import('./programme.js').Programme} Programme */
/** @typedef {import('./programme.js').Wishes} Wishes */

export class Loader {
  #address;
  #wishes;
  #progressed;
  #abort = new AbortController();

  /** 0 to 1. */
  progress = 0;

  /** What is loaded. @type {Programme | null} */
  programme = null;

  /**
   * @param {() => URL} address  throws where there is none
   * @param {() => Omit<Wishes, 'signal' | 'onProgress'>} wishes
   * @param {() => void} progressed
   */
  constructor(address, wishes, progressed) {
    this.#address = address;
    this.#wishes = wishes;
    this.#progressed = progressed;
  }

  /** Aborted when this programme is given up. */
  get signal() {
    return this.#abort.signal;
  }

  /** To be called once. @returns {Promise<Programme>} rejects with a PlayerError */
  async load() {
    const { signal } = this;
    const programme = await loadProgramme(this.#address(), {
      ...this.#wishes(), signal,
      onProgress: (done) => {
        if (!signal.aborted) {
          this.progress = done;
          this.#progressed();
        }
      },
    });
    this.check();
    this.programme = programme;
    return programme;
  }

  /** @throws {PlayerError} 'aborted' */
  check() {
    if (this.signal.aborted) {
      throw aborted(this.signal);
    }
  }

  giveUp() {
    this.#abort.abort();
    this.programme = null;
  }
}
