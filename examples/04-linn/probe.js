// SPDX-License-Identifier: MIT
/**
 * What a renderer does to an impulse from a place: the engine's own wasm, rendered on the page's thread beside the one
 * that sounds.
 */
import { EngineHost, LinnForm } from 'pinna/web/shared/engine-host.js';
import { SceneWriter } from 'pinna/web/shared/scene-writer.js';

const QUANTUM = 128;
/** Shown; and rendered, since the dense network is later. */
const FRAMES = 512;
const RENDERED = 2048;
const SIZE = 512;
/** Shown from a little before the first arrival. */
const LEAD_FRAMES = 12;

/**
 * @typedef {object} Filter
 * @property {Float32Array[]} ears   [2][FRAMES] from shortly before the first arrival
 * @property {Float32Array[]} levelsDb  [2][SIZE / 2 + 1]
 * @property {number} binHz
 * @property {number} sampleRateHz
 * @property {number} peak  the largest sample of both
 */

/** @param {Float32Array} x @returns {Float32Array} dB by bin */
function levelsOf(x) {
  const out = new Float32Array(SIZE / 2 + 1);
  for (let k = 0; k <= SIZE / 2; k++) {
    // Goertzel's recurrence: few bins, and no transform to carry along.
    const c = 2 * Math.cos(2 * Math.PI * k / SIZE);
    let s1 = 0;
    let s2 = 0;
    for (let n = 0; n < x.length; n++) {
      const s = x[n] + c * s1 - s2;
      s2 = s1;
      s1 = s;
    }
    const re = s1 - s2 * c / 2;
    const im = s2 * Math.sin(2 * Math.PI * k / SIZE);
    out[k] = 10 * Math.log10(re * re + im * im + 1e-12);
  }
  return out;
}

export class Probe {
  #host;
  #writer = new SceneWriter(1);
  #sampleRateHz;

  /**
   * @param {WebAssembly.Module} module
   * @param {number} sampleRateHz
   * @param {ArrayBuffer} headBlob  a measured head or a field model
   * @param {ArrayBuffer} [denseBlob]  a dense model, which then renders
   */
  constructor(module, sampleRateHz, headBlob, denseBlob) {
    this.#sampleRateHz = sampleRateHz;
    this.#host = new EngineHost(module);
    this.#host.boot({ headBlob, sampleRate: sampleRateHz, maxSources: 1, blockFrames: QUANTUM,
      maxBlockFrames: QUANTUM });
    if (denseBlob !== undefined) {
      this.#host.loadLinn(new Uint8Array(denseBlob));
      this.#host.setLinnForm(LinnForm.FRAMES);
    }
    this.#writer.openSource(0);
  }

  /**
   * @param {import('../shared/space.js').Vector} place  seen from the head, metres
   * @param {import('../shared/space.js').Quaternion} facing
   * @returns {Filter}
   */
  at(place, facing) {
    const host = this.#host;
    const r = Math.hypot(...place);
    host.reset();
    this.#writer.setSourcePosition(0, place[0], place[1], place[2]);
    this.#writer.setSourceOrientation(0, facing[0], facing[1], facing[2], facing[3]);
    this.#writer.commit();
    host.applyScene(this.#writer.bytes);
    host.live[0] = 1;
    const ears = [new Float32Array(RENDERED), new Float32Array(RENDERED)];
    for (let at = 0; at < RENDERED; at += QUANTUM) {
      // As loud as from one metre: the picture is of the filter, not of the distance.
      host.input(0).fill(0);
      host.input(0)[0] = at === 0 ? Math.max(r, 1) : 0;
      host.process(QUANTUM);
      ears[0].set(host.left.subarray(0, QUANTUM), at);
      ears[1].set(host.right.subarray(0, QUANTUM), at);
    }
    return describe(ears, this.#sampleRateHz);
  }
}

/** @param {Float32Array[]} ears @param {number} sampleRateHz @returns {Filter} */
function describe(ears, sampleRateHz) {
  const peak = ears.reduce((most, ear) => ear.reduce((m, x) => Math.max(m, Math.abs(x)), most), 1e-9);
  const first = ears[0].findIndex((x, n) => Math.max(Math.abs(x), Math.abs(ears[1][n])) > 0.05 * peak);
  const begin = Math.max(0, first - LEAD_FRAMES);
  const shown = ears.map((ear) => ear.slice(begin, begin + FRAMES));
  return { ears: shown, levelsDb: shown.map(levelsOf), binHz: sampleRateHz / SIZE, sampleRateHz, peak };
}

/** One impulse, the same in both ears. @param {number} sampleRateHz @returns {Filter} */
export function untouched(sampleRateHz) {
  const ear = new Float32Array(FRAMES);
  ear[LEAD_FRAMES] = 1;
  const levels = levelsOf(ear);
  return { ears: [ear, ear], levelsDb: [levels, levels], binHz: sampleRateHz / SIZE, sampleRateHz, peak: 1 };
}
