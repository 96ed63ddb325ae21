// SPDX-License-Identifier: MIT
/** LINN-F in Chromium: Node's samples, taking turns with a measured head while it plays, refused by kind. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before } from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { inFreshPage, launch, noise, samplesIn, test } from './harness.mjs';

const FRAMES = 12800;
const FIELD = '/models/linn/kemar-field.safetensors';
const RANDOM = '/tests/golden/linn/random-field.safetensors';
const HEAD = '/models/kemar/kemar.safetensors';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** @param {{ model?: string, frames: number }} wishes */
async function renderInPage({ model, frames }) {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, frames, 48000);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, renderer: 'linn', model });
  pinna.connect(context.destination);
  const voice = pinna.createSource({
    position: [1, 0.5, -1], orientation: [0, 0.6, 0, 0.8], buffer: w.noise(9000, 1), loop: true, autoplay: true,
  });
  await voice.loaded;
  await pinna.flush();
  const rendered = await context.startRendering();
  const { stats } = pinna;
  return {
    left: w.samplesOut(rendered.getChannelData(0)),
    right: w.samplesOut(rendered.getChannelData(1)),
    latency: stats.latency.algorithmFrames,
    renderer: pinna.renderer,
    network: (await pinna.describeHead()).network,
    name: (await pinna.describeHead()).name,
  };
}

/** @param {string} file @param {typeof NATURAL} timbre */
function renderInNode(file, timbre) {
  const at = (/** @type {string} */ name) => fs.readFileSync(new URL(`../..${name}`, import.meta.url));
  const host = new EngineHost(new WebAssembly.Module(at('/web/dist/pinna.wasm')));
  host.boot({ headBlob: at(file), sampleRate: 48000, maxSources: 2, blockFrames: 128, maxBlockFrames: 128 });
  const scene = new SceneWriter(2);
  scene.setEqualizer(timbre);
  host.setBuffer(1, noise(9000, 1));
  scene.openSource(0);
  scene.setSourcePosition(0, 1, 0.5, -1);
  scene.setSourceOrientation(0, 0, 0.6, 0, 0.8);
  scene.setSourceBuffer(0, 1);
  scene.setSourceFlag(0, 8, true);
  scene.startSource(0, 0, 0);
  scene.commit();
  host.applyScene(scene.bytes);
  const out = { left: new Float32Array(FRAMES), right: new Float32Array(FRAMES) };
  for (let frame = 0; frame < FRAMES; frame += 128) {
    host.process(128);
    out.left.set(host.left, frame);
    out.right.set(host.right, frame);
  }
  return out;
}

test('linn_in_the_page_gives_nodes_samples_without_latency', async () => {
  for (const model of [undefined, RANDOM]) {
    const page = await inFreshPage(browser, renderInPage, { model, frames: FRAMES });
    const node = renderInNode(model ?? FIELD, model === undefined ? NATURAL : []);
    assert.equal(page.renderer, 'linn');
    assert.equal(page.latency, 0);
    assert.ok(page.network.parameters > 1000 && page.name.length > 0);
    assert.ok(node.left.some((x) => x !== 0));
    assert.deepEqual(samplesIn(page.left), node.left);
    assert.deepEqual(samplesIn(page.right), node.right);
  }
});

test('measured_and_learned_heads_take_turns_while_a_tone_plays_without_a_click', async () => {
  const { left, told } = await inFreshPage(browser, async ({ frames, field }) => {
    const w = /** @type {any} */ (globalThis);
    const context = new OfflineAudioContext(2, frames, 48000);
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2 });
    pinna.connect(context.destination);
    const tone = context.createBuffer(1, frames, 48000);
    tone.getChannelData(0).set(Float32Array.from({ length: frames }, (_, i) => 0.5 * Math.sin(i * 0.2 + 0.9)));
    const voice = pinna.createSource({ position: [-1, 0, -1], buffer: tone, autoplay: true });
    await voice.loaded;
    await pinna.flush();
    /** @type {string[]} */
    const told = [pinna.renderer];
    const turns = [
      () => pinna.setRenderer('linn'),
      () => pinna.setRenderer('hrtf'),
      () => pinna.setHrtf(field),
      () => pinna.setRenderer('hrtf'),
    ];
    turns.forEach((turn, i) => context.suspend(4096 * (i + 1) / 48000).then(async () => {
      await turn();
      told.push(pinna.renderer);
      context.resume();
    }));
    const rendered = await context.startRendering();
    return { left: w.samplesOut(rendered.getChannelData(0)), told };
  }, { frames: 24576, field: FIELD });
  assert.deepEqual(told, ['hrtf', 'linn', 'hrtf', 'linn', 'hrtf']);
  const x = samplesIn(left);
  /** Largest second difference. @param {number} from @param {number} to */
  const edge = (from, to) => {
    let most = 0;
    for (let i = from + 1; i < to - 1; i++) {
      most = Math.max(most, Math.abs(x[i + 1] - 2 * x[i] + x[i - 1]));
    }
    return most;
  };
  const rest = Math.max(...[1, 2, 3, 4, 5].map((k) => edge(4096 * k - 1024, 4096 * k)));
  assert.ok(rest > 0.001);
  for (let turn = 1; turn <= 4; turn++) {
    const click = 20 * Math.log10(edge(4096 * turn, 4096 * turn + 1024) / rest);
    assert.ok(click < 3, `turn ${turn}: ${click.toFixed(1)} dB`);
  }
  const level = (/** @type {number} */ from) => Math.max(...x.subarray(from, from + 2048).map(Math.abs));
  const change = 20 * Math.log10(level(4096 + 1024) / level(1024));
  assert.ok(Math.abs(change) < 3, `level changes by ${change.toFixed(1)} dB`);
});

test('a_file_of_another_kind_and_a_renderer_that_is_none_are_refused_with_a_mend', async () => {
  const told = await inFreshPage(browser, async ({ head, dense, random }) => {
    const w = /** @type {any} */ (globalThis);
    const context = new OfflineAudioContext(2, 128, 48000);
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
    /** @param {() => Promise<unknown>} action */
    const reason = (action) => action().then(() => 'accepted',
      (error) => `${error.code ?? error.name}: ${error.message}`);
    const create = (/** @type {any} */ options) => reason(() => w.pinnaModule.createPinna(context, options));
    const bytes = await (await fetch(random)).arrayBuffer();
    return [
      await reason(() => pinna.setRenderer('lin')),
      await reason(() => pinna.setRenderer('linn', { model: head })),
      await reason(() => pinna.setRenderer('linn', { model: dense })),
      await reason(() => pinna.setRenderer('hrtf', { model: random })),
      await create({ renderer: 'linn', model: head }),
      await create({ model: random }),
      pinna.renderer,
      await reason(() => pinna.setRenderer('linn', { model: bytes })),
      pinna.renderer,
    ];
  }, { head: HEAD, dense: '/tests/golden/linn/random-dense.safetensors', random: RANDOM });
  const wanted = [
    /^(RangeError|TypeError): renderer/,
    /^model-refused: .*kemar\.safetensors: a measured head, and not a LINN field model; load it with setHrtf\(\)/,
    /^model-refused: .*random-dense.*: a dense LINN, .*linnModelUrl/,
    /^TypeError: model is of the renderer 'linn'/,
    /^model-refused: .*a measured head/,
    /^TypeError: model is of the renderer 'linn'/,
    /^hrtf$/,
    /^accepted$/,
    /^linn$/,
  ];
  told.forEach((line, i) => assert.match(line, wanted[i]));
});
