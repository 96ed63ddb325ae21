// SPDX-License-Identifier: MIT
/**
 * The reference scene rendered without a browser: by the same wasm, block by block, as the worklet does it.
 */
import { EngineHost } from '../shared/engine-host.js';
import { SceneWriter } from '../shared/scene-writer.js';
import { PinnaSource } from '../source.js';
import { PoseReader } from '../worklet/poses.js';
import {
  REFERENCE_FRAMES, REFERENCE_QUANTUM, REFERENCE_RATE_HZ, REFERENCE_SOURCES, referenceInput, referenceListener,
  referenceOptions,
} from './reference-scene.js';

/**
 * @param {WebAssembly.Module} wasm  pinna.wasm
 * @param {Uint8Array} head          the default head
 * @returns {[Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>]} left, right
 */
export function renderReference(wasm, head) {
  const host = new EngineHost(wasm);
  host.boot({ headBlob: head, sampleRate: REFERENCE_RATE_HZ, maxSources: REFERENCE_SOURCES, maxBuffers: 1,
    blockFrames: REFERENCE_QUANTUM, maxBlockFrames: REFERENCE_QUANTUM, dopplerMaxM: 1 });
  const writer = new SceneWriter(REFERENCE_SOURCES);
  // Sources write the scene as they do in a page; nothing else of a page is needed.
  const core = /** @type {any} */ ({ writer, changed() {}, requireUsable() {} });
  for (let slot = 0; slot < REFERENCE_SOURCES; slot++) {
    new PinnaSource(core, slot, referenceOptions(slot));
  }
  writer.commit();
  host.scene.set(writer.bytes);
  const poses = new PoseReader(REFERENCE_SOURCES, false);
  const inputs = [...Array.from({ length: REFERENCE_SOURCES }, (_, slot) => referenceInput(slot)),
    ...referenceListener()];
  const left = new Float32Array(REFERENCE_FRAMES);
  const right = new Float32Array(REFERENCE_FRAMES);
  host.setClock(0);
  for (let at = 0; at < REFERENCE_FRAMES; at += REFERENCE_QUANTUM) {
    const blocks = inputs.map((channels) => channels.map((channel) => channel.subarray(at, at + REFERENCE_QUANTUM)));
    if (poses.read(host.scene, blocks, at === 0)) {
      host.apply();
    }
    for (let slot = 0; slot < REFERENCE_SOURCES; slot++) {
      host.input(slot).set(blocks[slot][0]);
      host.live[slot] = 1;
    }
    host.process(REFERENCE_QUANTUM);
    left.set(host.left.subarray(0, REFERENCE_QUANTUM), at);
    right.set(host.right.subarray(0, REFERENCE_QUANTUM), at);
  }
  return [left, right];
}

/** Both ears one after the other, as the built file holds them. @param {readonly Float32Array[]} ears */
export function referenceBytes([left, right]) {
  const out = new Float32Array(left.length + right.length);
  out.set(left, 0);
  out.set(right, left.length);
  return new Uint8Array(out.buffer);
}
