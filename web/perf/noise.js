// SPDX-License-Identifier: MIT
/**
 * How noisy the machine is during a check: the share of time that others take from threads that only compute.
 *
 * Method   between measurements, when nothing plays, the page's thread and a worker look at the clock without a pause,
 *          as a page and its audio thread would be busy, and count by how much it jumps. A browser with the machine
 *          for itself takes some of it: 1 % in Chromium, 3 % in WebKitGTK, 13 % in Firefox; on two cores with a load of
 *          five others it was 27 to 72 %.
 *
 * A rejected idea: how late an idle timer is. Who wakes after a sleep is served first: timers were 0.4 ms late where
 * computing threads lost 56 % of their time.
 */
import { stolenTime } from './stolen-time.js';

const PROBE_MS = { quick: 60, full: 150 };

/** What was measured before has ended, and its memory is tidied up. */
const SETTLE_MS = 40;

/** A worker that does not answer is none. */
const ANSWER_MS = 5000;

/**
 * @typedef {object} Noise
 * @property {number} probes     between measurements
 * @property {number} stolen     share of the time, 0 to 1
 * @property {number} worst      of any probe
 * @property {number} longestMs  at a stretch
 */

export class NoiseMeter {
  #ms;
  /** @type {Worker | null} */
  #worker = null;
  #probes = 0;
  #sum = 0;
  #worst = 0;
  #longestMs = 0;
  #broken = false;

  /** @param {boolean} quick */
  constructor(quick) {
    this.#ms = PROBE_MS[quick ? 'quick' : 'full'];
  }

  /** What was found so far; undefined where nothing can be. @returns {Noise | undefined} */
  get found() {
    return this.#probes === 0 ? undefined :
      { probes: this.#probes, stolen: this.#sum / this.#probes, worst: this.#worst, longestMs: this.#longestMs };
  }

  /** Looks for a moment. Nothing else should be going on in the page. */
  async probe() {
    if (this.#broken) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    try {
      // On a single core the two would be each other's noise.
      const beside = navigator.hardwareConcurrency > 1 ? this.#ask() : null;
      const found = [stolenTime(this.#ms), ...beside ? [await beside] : []];
      const share = found.reduce((sum, { ms, stolenMs }) => sum + stolenMs / ms, 0) / found.length;
      this.#probes += 1;
      this.#sum += share;
      this.#worst = Math.max(this.#worst, share);
      this.#longestMs = Math.max(this.#longestMs, ...found.map(({ longestMs }) => longestMs));
    } catch {
      // A page that may have no worker has no second thread to lose time either: the figure is left out.
      this.#broken = true;
      this.end();
    }
  }

  end() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** @returns {Promise<ReturnType<typeof stolenTime>>} */
  #ask() {
    const worker = this.#worker ??= new Worker(new URL('./noise-worker.js', import.meta.url), { type: 'module' });
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error('no answer')), ANSWER_MS);
      worker.onmessage = ({ data }) => {
        clearTimeout(limit);
        resolve(data);
      };
      worker.onerror = () => {
        clearTimeout(limit);
        reject(new Error('no worker'));
      };
      worker.postMessage(this.#ms);
    });
  }
}

/**
 * The noise of two parts of a check.
 *
 * @param {Noise | undefined} a
 * @param {Noise | undefined} b
 * @returns {Noise | undefined}
 */
export function joinedNoise(a, b) {
  if (!a || !b) {
    return a ?? b;
  }
  const probes = a.probes + b.probes;
  return {
    probes, stolen: (a.stolen * a.probes + b.stolen * b.probes) / probes, worst: Math.max(a.worst, b.worst),
    longestMs: Math.max(a.longestMs, b.longestMs),
  };
}
