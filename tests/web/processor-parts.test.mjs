// SPDX-License-Identifier: MIT
/** Blocks that are longer than the page announced: the worklet file that browsers get, in Node. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { loadWorklet } from '../support/worklet-scope.mjs';

const RATE_HZ = 48000;
const QUANTUM = 128;
const FRAMES = 12 * QUANTUM;

/** Slots: a soundfield of first order, and a source. */
const SOURCES = 2;

/** What each input has: four channels, one, and one for each ear. */
const CHANNELS = [4, 1, 1, 1];

/** @param {number} input @param {number} channel */
function sound(input, channel) {
  return Float32Array.from({ length: FRAMES }, (_, n) => 0.1 * Math.sin(n * (0.01 + 0.013 * input + 0.007 * channel)));
}

function scene() {
  const writer = new SceneWriter(SOURCES);
  writer.openSource(0);
  writer.setSourceFlag(0, SourceFlag.SOUNDFIELD, true);
  writer.setSourceOrder(0, 1);
  writer.openSource(1);
  writer.setSourcePosition(1, 1, 0, -1);
  writer.commit();
  return writer.bytes.slice();
}

/**
 * Both ears of the same sound, asked for in blocks of some length.
 *
 * @param {Awaited<ReturnType<typeof loadWorklet>>} worklet
 * @param {number} block
 */
async function render(worklet, block) {
  const head = fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url));
  const wasm = fs.readFileSync(new URL('../../web/dist/pinna-soundfield.wasm', import.meta.url));
  const { processor, port, close } = worklet.construct({
    wasmModule: new WebAssembly.Module(wasm),
    headBlob: /** @type {ArrayBuffer} */ (head.buffer.slice(head.byteOffset, head.byteOffset + head.byteLength)),
    maxSources: SOURCES, maxBuffers: 1, dopplerMaxM: 1, quantum: QUANTUM, live: false,
    soundfields: 1, earInputs: true,
  });
  const { buffer } = scene();
  const back = new Promise((resolve) => port.on('message', (message) =>
    message instanceof ArrayBuffer && resolve(undefined)));
  port.postMessage(buffer, [buffer]);
  await back;
  const scope = /** @type {any} */ (globalThis);
  scope.currentFrame = 0;
  const ears = [new Float32Array(FRAMES), new Float32Array(FRAMES)];
  for (let from = 0; from < FRAMES; from += block) {
    const inputs = CHANNELS.map((count, input) => Array.from({ length: count }, (_, channel) =>
      sound(input, channel).slice(from, from + block)));
    const outputs = [ears.map(() => new Float32Array(block))];
    assert.ok(processor.process(inputs, outputs));
    outputs[0].forEach((samples, ear) => ears[ear].set(samples, from));
    scope.currentFrame += block;
  }
  close();
  return ears;
}

test('blocks_that_are_longer_than_announced_give_the_bits_of_those_that_are_not', async () => {
  const worklet = await loadWorklet(RATE_HZ);
  const usual = await render(worklet, QUANTUM);
  assert.ok(Math.hypot(...usual[0]) > 1 && Math.hypot(...usual[1]) > 1, 'there is sound to compare');
  for (const quanta of [2, 3, 12]) {
    assert.deepEqual(await render(worklet, quanta * QUANTUM), usual, `${quanta} quanta at a time`);
  }
});
