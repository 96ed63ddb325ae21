// SPDX-License-Identifier: MIT
/** pinna-soundfield.wasm in Node, and the processor that hosts it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { channelsOf, orderOf } from '../../web/soundfield.js';

/** @param {string} path */
const read = (path) => fs.readFileSync(new URL(`../../${path}`, import.meta.url));
const module = new WebAssembly.Module(read('web/dist/pinna-soundfield.wasm'));
const headBlob = read('models/kemar/kemar.safetensors');
const FIELDS = 3;

/** @param {WebAssembly.Module} [wasm] @param {number} [sampleRate] */
function boot(wasm = module, sampleRate = 48000) {
  const host = new EngineHost(wasm);
  host.boot({ headBlob, sampleRate, maxSources: FIELDS, blockFrames: 128, maxBlockFrames: 128 });
  return host;
}

/** Fields of orders 1 to 3. */
function fields() {
  const writer = new SceneWriter(FIELDS);
  for (let slot = 0; slot < FIELDS; slot++) {
    writer.openSource(slot);
    writer.setSourceFlag(slot, SourceFlag.SOUNDFIELD, true);
    writer.setSourceOrder(slot, slot + 1);
  }
  return writer;
}

test('wasm_renders_the_bits_of_the_native_engine', () => {
  // The scene of tests/golden/test_soundfield.c, whose hash gcc and clang have.
  const expected = /SOUNDFIELD_EXPECTED (0x[0-9a-f]{8})u/.exec(String(read('tests/golden/test_soundfield.c')))?.[1];
  const host = boot();
  host.bootSoundfields(FIELDS);
  const scene = fields();
  scene.setSourceFlag(2, SourceFlag.HEAD_LOCKED, true);
  let seed = 1;
  let hash = 2166136261;
  for (let hop = 0; hop < 100; hop++) {
    const a = hop / 64;
    scene.setSourceOrientation(0, 0.5, a, -0.25, 1);
    scene.setSourceOrientation(2, a, 0.25, 0.5, 0.75);
    scene.setSourceGain(1, hop < 50 ? 1 : 0.5);
    scene.setListenerPose(0, 0, 0, 0.125, Math.fround(a * a), 0.5, 1);
    host.applyScene(scene.bytes);
    for (let slot = 0; slot < FIELDS; slot++) {
      for (let channel = 0; channel < 16; channel++) {
        const input = host.fieldInput(slot, channel);
        for (let n = 0; n < 128; n++) {
          seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
          input[n] = ((seed >>> 16) - 32768) / 65536;
        }
      }
      host.fieldLive[slot] = hop < 90 ? channelsOf(slot + 1) : 0;
    }
    host.process(128);
    for (const ear of [host.left, host.right]) {
      for (const byte of new Uint8Array(ear.buffer, ear.byteOffset, 512)) {
        hash = Math.imul(hash ^ byte, 16777619) >>> 0;
      }
    }
  }
  assert.equal(`0x${hash.toString(16).padStart(8, '0')}`, expected);
});

test('a_built_head_brings_its_decoder_and_is_refused_where_it_is_not_whole', () => {
  const image = boot().buildHead(headBlob, 48000);
  const host = boot();
  host.bootSoundfields(FIELDS);
  const { length } = new EngineHost(new WebAssembly.Module(read('web/dist/pinna.wasm'))).buildHead(headBlob, 48000);
  assert.ok(image.length > length + 50000, `${image.length} bytes, ${length} without`);
  host.setHead(image);
  assert.throws(() => host.setHead(image.slice(0, length)), { code: 'file-truncated' });
  assert.throws(() => host.setHead(image.slice(0, 48)), { code: 'file-truncated' });
  assert.throws(() => boot(module, 44100).setHead(image), { code: 'sample-rate' });
});

test('only_its_own_module_has_soundfields_and_only_once', () => {
  const plain = boot(new WebAssembly.Module(read('web/dist/pinna.wasm')));
  assert.equal(plain.canSoundfields, false);
  assert.throws(() => plain.bootSoundfields(1), /pinna-soundfield\.wasm/);
  const host = boot();
  assert.equal(host.canSoundfields, true);
  assert.throws(() => host.bootSoundfields(65), { code: 'argument' });
  host.bootSoundfields(FIELDS);
  assert.throws(() => host.bootSoundfields(FIELDS), { code: 'argument' });
});

test('an_engine_without_soundfields_keeps_a_slot_of_one_silent', () => {
  const host = boot(new WebAssembly.Module(read('web/dist/pinna.wasm')));
  host.applyScene(fields().bytes);
  host.input(0).fill(0.5);
  host.live[0] = 1;
  host.process(128);
  assert.ok(host.left.every((x) => x === 0));
});

test('orders_are_told_by_their_channels_and_others_are_named', () => {
  assert.deepEqual([4, 9, 16].map((channels) => orderOf(channels, 'buffer')), [1, 2, 3]);
  for (const [channels, mend] of /** @type {[number, RegExp][]} */ ([
    [1, /mono: pinna\.createSource/], [2, /stereo/], [6, /5\.1/], [8, /7\.1/], [11, /mixed orders/],
    [25, /order 4.*first 16 channels/], [64, /order 7/], [0, /4, 9 or 16 channels/], [10, /has 10$/],
  ])) {
    assert.throws(() => orderOf(channels, 'buffer'), mend);
  }
});
