// SPDX-License-Identifier: MIT
/** The reference renderer (pinna-exact.wasm) as a renderer under test, with a position for every frame. */
import fs from 'node:fs';
import path from 'node:path';
import { EXACT_BLOCK_FRAMES, ExactHost } from '../../web/cli/exact-host.js';
import { parseScene } from '../../web/scene/scene-file.js';
import { ROOT } from '../../web/tools/process.mjs';
import { FRAMES, RATE_HZ } from './heads.mjs';

/** @typedef {import('./engine.mjs').Ears} Ears */
/** @typedef {import('./engine.mjs').Path} Path */

export class ReferenceRenderer {
  /** @param {Uint8Array} blob */
  constructor(blob) {
    this.host = new ExactHost(new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-exact.wasm'))));
    this.host.setHead(blob, RATE_HZ);
  }

  /**
   * @param {ArrayLike<number>} signal
   * @param {{ t: number, position: number[] }[]} poses
   * @returns {Ears}
   */
  #render(signal, poses) {
    const { host } = this;
    const scene = parseScene({ pinna: 1, durationS: 1, sources: [{ audio: 'signal', poses }] });
    host.open(scene, [{ samples: Float32Array.from(signal), sampleRateHz: RATE_HZ }], [0]);
    const ears = /** @type {Ears} */ ([new Float64Array(signal.length), new Float64Array(signal.length)]);
    for (let at = 0; at < signal.length; at += EXACT_BLOCK_FRAMES) {
      const rendered = host.render(Math.min(EXACT_BLOCK_FRAMES, signal.length - at));
      rendered.forEach((ear, e) => ears[e].set(ear, at));
    }
    host.close();
    return ears;
  }

  /**
   * @param {ArrayLike<number>} signal
   * @param {Path} path
   * @param {number} [jumpFrame]  the frame in which the direction is jumped to, not travelled to
   * @returns {Ears}
   */
  render(signal, path, jumpFrame = -1) {
    const poses = [];
    for (let n = 0; n <= signal.length; n++) {
      if (n === jumpFrame) {
        poses.push({ t: n / RATE_HZ, position: Array.from(path(n - 1)) });
      }
      poses.push({ t: n / RATE_HZ, position: Array.from(path(n)) });
    }
    return this.#render(signal, poses);
  }

  /**
   * @param {ArrayLike<number>[]} directions
   * @param {number} [frames]
   * @returns {Ears[]}
   */
  impulses(directions, frames = FRAMES) {
    const signal = new Float64Array(frames);
    signal[0] = 1;
    return directions.map((direction) => this.#render(signal, [{ t: 0, position: Array.from(direction) }]));
  }
}
