// SPDX-License-Identifier: MIT
/** The wasm module through its host, in Node. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { PinnaError } from '../../web/errors.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { Scene, SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';

/** @param {string} path */
const read = (path) => fs.readFileSync(new URL(`../../${path}`, import.meta.url));
const simd = new WebAssembly.Module(read('web/dist/pinna.wasm'));
const scalar = new WebAssembly.Module(read('web/dist/pinna-scalar.wasm'));
const headBlob = read('models/kemar/kemar.safetensors');

/** @typedef {Partial<import('../../web/shared/engine-host.js').BootOptions>} Options */

/** @param {WebAssembly.Module} [module] @param {Options} [options] */
function boot(module = simd, options = {}) {
  const host = new EngineHost(module);
  host.boot({ headBlob, sampleRate: 48000, maxSources: 4, blockFrames: 128, maxBlockFrames: 128, ...options });
  return host;
}

/** A scene of two sources, one of which loops a clip. */
function scene() {
  const writer = new SceneWriter(4);
  writer.openSource(0);
  writer.setSourcePosition(0, 1, 0.3, -1);
  writer.setSourceBuffer(0, 1);
  writer.setSourceFlag(0, SourceFlag.LOOP, true);
  writer.startSource(0, 0, 0);
  writer.openSource(2);
  writer.setSourcePosition(2, -1, 0, 0.5);
  writer.commit();
  return writer;
}

const clip = Float32Array.from({ length: 5000 }, (_, n) => Math.sin(n * n * 1e-3));

/** @param {EngineHost} host @param {number} blocks @param {(block: number) => void} [between] */
function render(host, blocks, between = () => {}) {
  const out = new Float32Array(blocks * 256);
  for (let block = 0; block < blocks; block++) {
    between(block);
    const input = host.input(2);
    for (let i = 0; i < 128; i++) {
      input[i] = Math.sin((block * 128 + i) * 0.05);
    }
    host.live[2] = 1;
    host.process(128);
    out.set(host.left, block * 256);
    out.set(host.right, block * 256 + 128);
  }
  return out;
}

test('both_modules_pass_their_self_test_and_read_this_layout', () => {
  for (const module of [simd, scalar]) {
    const host = new EngineHost(module);
    assert.equal(host.selfTest(), true);
    assert.equal(host.sceneVersion, Scene.VERSION);
  }
});

test('the_scalar_module_gives_the_same_bits_as_the_simd_module', () => {
  const [a, b] = [simd, scalar].map((module) => {
    const host = boot(module);
    host.setBuffer(1, clip);
    const writer = scene();
    host.applyScene(writer.bytes);
    return render(host, 60, (block) => {
      writer.setSourcePosition(0, Math.cos(block / 9), 0.3, -1);
      writer.setListenerPose(0, 0, 0, 0, Math.sin(block / 40), 0, Math.cos(block / 40));
      host.applyScene(writer.bytes);
    });
  });
  assert.deepEqual(new Uint8Array(a.buffer), new Uint8Array(b.buffer));
});

test('a_clip_that_makes_memory_grow_in_the_middle_changes_nothing_that_is_heard', () => {
  const renders = [false, true].map((grow) => {
    const host = boot();
    host.setBuffer(1, clip);
    host.applyScene(scene().bytes);
    const before = host.memoryBytes;
    const out = render(host, 40, (block) => {
      if (grow && block === 20) {
        host.setBuffer(2, new Float32Array(4e6));
        assert.ok(host.memoryBytes > before + 15e6, 'memory grew');
      }
    });
    assert.equal(host.stats.frames, 40 * 128);
    return out;
  });
  assert.deepEqual(renders[1], renders[0]);
});

test('clips_come_in_pieces_and_are_freed', () => {
  const host = boot();
  const whole = boot();
  whole.setBuffer(1, clip);
  host.openBuffer(1, clip.length);
  assert.equal(host.writeBuffer(1, 0, clip.subarray(0, 3000)), false);
  assert.equal(host.writeBuffer(1, 3000, clip.subarray(3000)), true);
  host.applyScene(scene().bytes);
  whole.applyScene(scene().bytes);
  assert.deepEqual(render(host, 20), render(whole, 20));
  host.setBuffer(2, new Float32Array(1e6));
  const grown = host.memoryBytes;
  for (let i = 0; i < 50; i++) {
    host.setBuffer(2, new Float32Array(1e6));
  }
  host.clearBuffer(2);
  host.setBuffer(3, new Float32Array(1e6));
  assert.equal(host.memoryBytes, grown, 'fifty clips in one place took the memory of one');
});

test('wrong_buffers_are_refused', () => {
  const host = boot();
  for (const use of [() => host.setBuffer(0, clip), () => host.setBuffer(5, clip), () => host.setBuffer(1.5, clip),
    () => host.setBuffer(1, new Float32Array(0)), () => host.writeBuffer(2, 0, clip)]) {
    assert.throws(use, (error) => error instanceof PinnaError && error.code === 'buffer');
  }
  assert.throws(() => host.openBuffer(1, 2 ** 30), (error) => error instanceof PinnaError && error.code === 'memory' &&
    /no memory for an audio clip of 1073741824 frames/.test(error.message));
  host.applyScene(scene().bytes);
  assert.ok(render(host, 4).every(Number.isFinite), 'it renders on');
});

test('what_boot_refuses_it_refuses_with_the_engines_own_words', () => {
  /** @type {[Options, string][]} */
  const cases = [
    [{ sampleRate: 3000 }, 'sample-rate'],
    [{ sampleRate: 400000 }, 'sample-rate'],
    [{ headBlob: headBlob.subarray(0, 5000) }, 'file-truncated'],
    [{ headBlob: new Uint8Array(0) }, 'file-truncated'],
    [{ maxSources: 0 }, 'argument'],
  ];
  for (const [options, code] of cases) {
    assert.throws(() => boot(simd, options), (error) => {
      assert.ok(error instanceof PinnaError);
      assert.equal(error.code, code);
      assert.match(error.message, /^[a-z].{15,}/, 'a sentence');
      return true;
    });
  }
});

test('an_engine_is_booted_once', () => {
  const host = boot();
  assert.throws(() => host.boot({ headBlob, sampleRate: 48000 }), /make a new EngineHost/);
});

test('reset_is_silence_without_sources_and_without_clips', () => {
  const host = boot();
  host.setBuffer(1, clip);
  host.applyScene(scene().bytes);
  const first = render(host, 20);
  host.reset();
  assert.ok(render(host, 4).every((x) => x === 0));
  host.reset();
  host.setBuffer(1, clip);
  host.applyScene(scene().bytes);
  assert.deepEqual(render(host, 20), first);
});

test('memory_for_64_sources_is_at_most_8_mb_and_for_1024_at_most_48_mb', (t) => {
  const bytes = [64, 1024].map((maxSources) => boot(simd, { maxSources }).memoryBytes);
  t.diagnostic(`${bytes}`);
  assert.ok(bytes[0] <= 8e6);
  assert.ok(bytes[1] <= 48e6);
});

test('a_host_that_adopts_another_goes_on_as_it_would_also_with_a_head_that_came_in_between', () => {
  const first = boot();
  const built = new EngineHost(simd).buildHead(headBlob, 48000);
  first.setBuffer(1, clip);
  first.applyScene(scene().bytes);
  render(first, 37);
  const twin = new EngineHost(simd);
  twin.match(first);
  twin.adopt(first);
  // Half a head is there already; the rest comes to both.
  first.openHead(built.length);
  first.writeHead(0, built.subarray(0, 1000));
  render(first, 5);
  twin.match(first);
  twin.adopt(first);
  for (const host of [first, twin]) {
    host.writeHead(1000, built.subarray(1000));
  }
  const went = render(first, 60);
  assert.deepEqual(render(twin, 60), went);
  assert.ok(went.some((x) => Math.abs(x) > 0.01));
  // From here on they are two.
  first.applyScene(new SceneWriter(4).bytes);
  render(first, 10);
  assert.ok(render(first, 1).every((x) => x === 0) && render(twin, 1).some((x) => x !== 0));
});
