// SPDX-License-Identifier: MIT
/** The dense LINN in Chromium: Node's samples, changed to and from while it plays, refused with a mend. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before } from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { EngineHost, LinnForm } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { inFreshPage, launch, noise, samplesIn, test } from './harness.mjs';

const FRAMES = 12800;
const LATE = 1024;
const MODEL = '/tests/golden/linn/random-dense.safetensors';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** @param {{ renderer: string, model: string, frames: number }} wishes */
async function renderInPage({ renderer, model, frames }) {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, frames, 48000);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, renderer, linnModelUrl: model });
  pinna.connect(context.destination);
  const voice = pinna.createSource({
    position: [1, 0.5, -1], orientation: [0, 0.6, 0, 0.8], buffer: w.noise(9000, 1), loop: true, autoplay: true,
  });
  await voice.loaded;
  await pinna.flush();
  context.suspend(4096 / 48000).then(async () => {
    voice.setPosition(-1, 0, -0.5);
    await pinna.flush();
    context.resume();
  });
  const rendered = await context.startRendering();
  const { stats } = pinna;
  return {
    left: w.samplesOut(rendered.getChannelData(0)),
    right: w.samplesOut(rendered.getChannelData(1)),
    latency: stats.latency.algorithmFrames,
    renderer: pinna.renderer,
  };
}

/** @param {number} form */
function renderInNode(form) {
  const at = (/** @type {string} */ file) => fs.readFileSync(new URL(`../../${file}`, import.meta.url));
  const host = new EngineHost(new WebAssembly.Module(at('web/dist/pinna-linn.wasm')));
  host.boot({ headBlob: at('models/kemar/kemar.safetensors'), sampleRate: 48000, maxSources: 2, blockFrames: 128,
    maxBlockFrames: 128 });
  host.loadLinn(at(MODEL.slice(1)));
  host.setLinnForm(form);
  const scene = new SceneWriter(2);
  scene.setEqualizer(NATURAL); // createPinna's default
  host.setBuffer(1, noise(9000, 1));
  scene.openSource(0);
  scene.setSourcePosition(0, 1, 0.5, -1);
  scene.setSourceOrientation(0, 0, 0.6, 0, 0.8);
  scene.setSourceBuffer(0, 1);
  scene.setSourceFlag(0, 8, true);
  scene.startSource(0, 0, 0);
  scene.commit();
  host.applyScene(scene.bytes);
  const out = [new Float32Array(FRAMES), new Float32Array(FRAMES)];
  for (let frame = 0; frame < FRAMES; frame += 128) {
    if (frame === 4096) {
      scene.setSourcePosition(0, -1, 0, -0.5);
      scene.commit();
      host.applyScene(scene.bytes);
    }
    host.process(128);
    out[0].set(host.left, frame);
    out[1].set(host.right, frame);
  }
  return out;
}

for (const [renderer, form, late] of /** @type {const} */ ([['linn-dense', LinnForm.FRAMES, LATE],
  ['linn-fir', LinnForm.FIR, 0]])) {
  test(`${renderer} gives Node's samples in Chromium, and says that it is ${late} frames late`, async () => {
    const page = await inFreshPage(browser, renderInPage, { renderer, model: MODEL, frames: FRAMES });
    assert.equal(page.renderer, renderer);
    assert.equal(page.latency, late);
    const [left, right] = renderInNode(form);
    assert.deepEqual(samplesIn(page.left), left);
    assert.deepEqual(samplesIn(page.right), right);
    assert.ok(left.subarray(late, late + 2048).some((x) => Math.abs(x) > 0.01));
  });
}

test('renderers change while they play, without a gap, and the latency is said', async () => {
  const { latencies, sources, silent, looks, load } = await inFreshPage(browser, async (model) => {
    const w = /** @type {any} */ (globalThis);
    const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const context = new AudioContext({ sampleRate: 48000 });
    const pinna = await w.pinnaModule.createPinna(context, { linnDense: true, linnModelUrl: model });
    pinna.connect(context.destination);
    const analyser = context.createAnalyser();
    pinna.node.connect(analyser);
    const source = pinna.createSource({ position: [1, 0, -1], buffer: w.noise(48000), loop: true, autoplay: true });
    await source.loaded;
    pinna.stats;
    await sleep(500);
    const latencies = [];
    const sources = [];
    let [silent, looks] = [0, 0];
    const listening = setInterval(() => {
      const x = new Float32Array(256);
      analyser.getFloatTimeDomainData(x);
      silent += x.every((v) => v === 0) ? 1 : 0;
      looks += 1;
    }, 5);
    for (const name of ['linn-dense', 'linn-fir', 'hrtf', 'linn-dense', 'hrtf']) {
      await pinna.setRenderer(name);
      await sleep(400);
      latencies.push(pinna.stats.latency.algorithmFrames);
      sources.push([pinna.stats.sources.linnDense, pinna.stats.sources.linnFir]);
    }
    clearInterval(listening);
    const { load } = pinna.stats;
    pinna.dispose();
    await context.close();
    return { latencies, sources, silent, looks, load };
  }, MODEL);
  assert.deepEqual(latencies, [LATE, 0, 0, LATE, 0]);
  assert.deepEqual(sources, [[1, 0], [0, 1], [0, 0], [1, 0], [0, 0]]);
  assert.equal(silent, 0);
  assert.ok(looks > 50, `${looks}`);
  assert.ok(load.worst < 1, JSON.stringify(load));
});

test('what cannot be had is refused with its mend', async () => {
  const failures = await inFreshPage(browser, async (model) => {
    const w = /** @type {any} */ (globalThis);
    const failure = (/** @type {Promise<any>} */ promise) => promise.then(
      () => ['none', 'it went well'], (error) => [error.code ?? error.name, error.message]);
    const make = (/** @type {object} */ options) =>
      w.pinnaModule.createPinna(new OfflineAudioContext(2, 128, 48000), options);
    const plain = await make({});
    const module = await WebAssembly.compileStreaming(fetch('/web/dist/pinna.wasm'));
    return [
      await failure(plain.setRenderer('linn-dense')),
      await failure(plain.setRenderer('wavenet')),
      await failure(make({ renderer: 'linn-dense', linnModelUrl: '/nowhere.safetensors' })),
      await failure(make({ renderer: 'linn-dense', linnModelUrl: '/models/kemar/kemar.safetensors' })),
      await failure(make({ renderer: 'linn-fir', linnModelUrl: model, wasmModule: module })),
      await failure(make({ linnDense: true, linnWasmUrl: '/web/dist/pinna.wasm', linnModelUrl: model })),
    ];
  }, MODEL);
  assert.deepEqual(failures.map(([code]) => code),
    ['renderer', 'TypeError', 'model-missing', 'model-refused', 'renderer', 'renderer']);
  assert.match(failures[0][1], /started without the dense LINN, which "linn-dense" needs: createPinna\(context, \{ /);
  assert.match(failures[2][1], /the dense LINN is not at .*nowhere\.safetensors \(HTTP 404 .*check the linnModelUrl/);
  assert.match(failures[3][1], /the dense LINN is not one: .*linnModelUrl must name a file as models\/FORMAT\.md/);
  assert.match(failures[4][1], /wasmModule has no dense LINN: use pinna-linn\.wasm/);
  assert.match(failures[5][1], /pinna\.wasm has no dense LINN/);
});
