// SPDX-License-Identifier: MIT
/**
 * The shipped engine (pinna.wasm) as a renderer under test: one source, from rest at each measurement.
 *
 * A position is given with every hop, as a page that follows the frame clock closely would.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EngineHost } from '../../web/shared/engine-host.js';
import { Hop } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { FRAMES, RATE_HZ } from './heads.mjs';

/** @typedef {[Float64Array, Float64Array]} Ears */
/** @typedef {(frame: number) => ArrayLike<number>} Path  direction at a frame; unit vectors */

export class EngineRenderer {
  /**
   * @param {'exact' | 'bulk'} tier
   * @param {Uint8Array} blob
   */
  constructor(tier, blob) {
    const file = path.join(ROOT, 'web/dist/pinna.wasm');
    this.host = new EngineHost(new WebAssembly.Module(fs.readFileSync(file)));
    if (!this.host.selfTest()) {
      throw new ToolError('pinna.wasm computes wrongly on this machine.');
    }
    this.host.boot({ headBlob: blob, sampleRate: RATE_HZ, maxSources: 1, blockFrames: Hop.FRAMES,
      maxBlockFrames: Hop.FRAMES });
    this.writer = new SceneWriter(1);
    this.writer.openSource(0);
    this.writer.setSourceTier(0, tier);
  }

  /** @param {ArrayLike<number>} direction */
  #place(direction) {
    this.writer.setSourcePosition(0, direction[0], direction[1], direction[2]);
    this.writer.commit();
    this.host.applyScene(this.writer.bytes);
  }

  /**
   * @param {ArrayLike<number>} signal  of whole hops
   * @param {Path} path
   * @param {number} [jumpFrame]  the hop in which the direction is jumped to, not travelled to
   * @returns {Ears}
   */
  render(signal, path, jumpFrame = -1) {
    const { host } = this;
    const left = new Float64Array(signal.length);
    const right = new Float64Array(signal.length);
    host.reset();
    this.#place(path(0));
    host.live[0] = 1;
    for (let at = 0; at < signal.length; at += Hop.FRAMES) {
      if (at === jumpFrame) {
        this.writer.teleportSource(0);
      }
      this.#place(path(at + (jumpFrame < 0 ? Hop.FRAMES : 0)));
      const input = host.input(0);
      for (let n = 0; n < Hop.FRAMES; n++) {
        input[n] = signal[at + n];
      }
      host.process(Hop.FRAMES);
      left.set(host.left.subarray(0, Hop.FRAMES), at);
      right.set(host.right.subarray(0, Hop.FRAMES), at);
    }
    return [left, right];
  }

  /**
   * @param {ArrayLike<number>[]} directions
   * @param {number} [frames]
   * @returns {Ears[]}
   */
  impulses(directions, frames = FRAMES) {
    const signal = new Float64Array(frames);
    signal[0] = 1;
    return directions.map((direction) => this.render(signal, () => direction));
  }
}
