// SPDX-License-Identifier: MIT
/** The dense LINN with fused multiply-adds: the loader takes it where it is right, and it renders the same sound. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import v8 from 'node:v8';
import { EngineHost, LinnForm } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 has it behind a flag, later ones without

const { loadLinnWasm } = await import('../../web/simd-loader.js');

const DIST = new URL('../../web/dist/', import.meta.url);
const PLAIN = new URL('pinna-linn.wasm', DIST);
const RELAXED = new URL('pinna-linn-relaxed.wasm', DIST);
const QUANTUM = 128;
const BLOCKS = 200;
/** Fused products differ from others in the last of 24 bits, a few of which add up over 192 inputs and four layers. */
const SAME_SOUND_DB = -100;

/** @param {(url: URL) => Uint8Array} bytesOf  what lies at an address @param {() => Promise<void>} run */
async function withFiles(bytesOf, run) {
  const real = globalThis.fetch;
  globalThis.fetch = async (url) => new Response(/** @type {any} */ (bytesOf(new URL(String(url)))));
  try {
    await run();
  } finally {
    globalThis.fetch = real;
  }
}

/** @param {WebAssembly.Module} module @returns {Float32Array}  both ears, one after the other */
function render(module) {
  const host = new EngineHost(module);
  host.boot({
    headBlob: fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url)),
    sampleRate: 48000,
    maxSources: 1,
    blockFrames: QUANTUM,
    maxBlockFrames: QUANTUM,
  });
  host.loadLinn(fs.readFileSync(new URL('../../models/linn/kemar-dense.safetensors', import.meta.url)));
  host.setLinnForm(LinnForm.FRAMES);
  const writer = new SceneWriter(1);
  writer.openSource(0);
  const out = new Float32Array(2 * BLOCKS * QUANTUM);
  let state = 1;
  for (let block = 0; block < BLOCKS; block++) {
    writer.setSourcePosition(0, Math.sin(0.01 * block), 0, -Math.cos(0.01 * block));
    writer.commit();
    host.applyScene(writer.bytes);
    const input = host.input(0);
    for (let i = 0; i < QUANTUM; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      input[i] = state / 4294967296 - 0.5;
    }
    host.live[0] = 1;
    host.process(QUANTUM);
    out.set(host.left.subarray(0, QUANTUM), block * QUANTUM);
    out.set(host.right.subarray(0, QUANTUM), (BLOCKS + block) * QUANTUM);
  }
  return out;
}

test('fused_products_render_the_same_sound', () => {
  const [plain, relaxed] = [PLAIN, RELAXED].map((url) => render(new WebAssembly.Module(fs.readFileSync(url))));
  let error = 0;
  let power = 0;
  for (let i = 0; i < plain.length; i++) {
    error += (plain[i] - relaxed[i]) ** 2;
    power += plain[i] ** 2;
  }
  assert.ok(power > 0);
  const db = 10 * Math.log10(error / power);
  console.log(`  difference ${db.toFixed(1)} dB`);
  assert.ok(db < SAME_SOUND_DB, `${db} dB`);
});

test('the_loader_takes_the_relaxed_module_where_it_is_right', async () => {
  await withFiles((url) => fs.readFileSync(url), async () => {
    const wasm = await loadLinnWasm(PLAIN, undefined, RELAXED);
    assert.equal(wasm.bytes?.byteLength, fs.statSync(RELAXED).size);
  });
});

test('the_loader_takes_the_plain_module_where_the_relaxed_one_is_missing_or_wrong', async () => {
  const other = fs.readFileSync(new URL('pinna-bake.wasm', DIST));
  const wrong = [new Uint8Array(), new TextEncoder().encode('<html>'), other];
  for (const bytes of wrong) {
    await withFiles((url) => (url.href === RELAXED.href ? bytes : fs.readFileSync(url)), async () => {
      const wasm = await loadLinnWasm(PLAIN, undefined, RELAXED);
      assert.equal(wasm.bytes?.byteLength, fs.statSync(PLAIN).size);
    });
  }
});
