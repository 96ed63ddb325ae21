// SPDX-License-Identifier: MIT
/** Records what the engine is fed, in the format of tests/support/replay.h, for a native replay to be compared with. */

const VERSION = 1;
const KIND = Object.freeze({ head: 1, clip: 2, apply: 3, process: 4, end: 5 });
const LITTLE = true;

/**
 * @typedef {object} EngineConfig
 * @property {number} sampleRate
 * @property {number} maxSources
 * @property {number} maxBuffers
 * @property {number} blockFrames
 * @property {number} maxBlockFrames
 * @property {number} dopplerMaxM
 */

export class ReplayWriter {
  /**
   * @param {import('./files.js').OutputFile} file
   * @param {EngineConfig} config
   */
  constructor(file, config) {
    this.file = file;
    const header = new Uint8Array(48);
    const view = new DataView(header.buffer);
    header.set(new TextEncoder().encode('PNREPLAY'));
    view.setUint32(8, VERSION, LITTLE);
    view.setFloat64(16, config.sampleRate, LITTLE);
    view.setUint32(24, config.maxSources, LITTLE);
    view.setUint32(28, config.maxBuffers, LITTLE);
    view.setUint32(32, config.blockFrames, LITTLE);
    view.setUint32(36, config.maxBlockFrames, LITTLE);
    view.setFloat32(40, config.dopplerMaxM, LITTLE);
    file.write(header);
  }

  /** @param {Uint8Array} blob the baked head */
  head(blob) {
    this.#record(KIND.head, blob);
  }

  /**
   * @param {number} number of the clip, from 1
   * @param {Float32Array} samples
   */
  clip(number, samples) {
    const body = new Uint8Array(8 + samples.length * 4);
    const view = new DataView(body.buffer);
    view.setUint32(0, number, LITTLE);
    view.setUint32(4, samples.length, LITTLE);
    for (let i = 0; i < samples.length; i++) {
      view.setFloat32(8 + i * 4, samples[i], LITTLE);
    }
    this.#record(KIND.clip, body);
  }

  /** @param {Uint8Array} snapshot */
  apply(snapshot) {
    this.#record(KIND.apply, snapshot);
  }

  /** @param {number} frames */
  process(frames) {
    const body = new Uint8Array(4);
    new DataView(body.buffer).setUint32(0, frames, LITTLE);
    this.#record(KIND.process, body);
  }

  /**
   * @param {number} skipped frames at the start that were not kept
   * @param {number} kept frames
   */
  end(skipped, kept) {
    const body = new Uint8Array(16);
    const view = new DataView(body.buffer);
    view.setBigUint64(0, BigInt(skipped), LITTLE);
    view.setBigUint64(8, BigInt(kept), LITTLE);
    this.#record(KIND.end, body);
  }

  /**
   * @param {number} kind
   * @param {Uint8Array} body
   */
  #record(kind, body) {
    const record = new Uint8Array(8 + Math.ceil(body.length / 8) * 8);
    const view = new DataView(record.buffer);
    view.setUint32(0, kind, LITTLE);
    view.setUint32(4, body.length, LITTLE);
    record.set(body, 8);
    this.file.write(record);
  }
}
