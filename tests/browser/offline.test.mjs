// SPDX-License-Identifier: MIT
/** OfflineAudioContext in Chromium: the same samples with and without shared memory, and in Node. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before } from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { launch, noise, open, samplesIn, test } from './harness.mjs';

const FRAMES = 24000;
/** When the scene changes, and to what: frames, each a whole number of blocks of 128. */
const STEPS = [3840, 7680, 11520, 15360];

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * The scene of this file in the page: a clip that moves, a stereo live input, a head-locked source with a cone, a
 * moving source with Doppler, a turning head.
 *
 * @param {{ sampleRate: number, frames: number, steps: number[] }} wishes
 */
async function renderInPage({ sampleRate, frames, steps }) {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, frames, sampleRate);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 8 });
  pinna.connect(context.destination);
  const clip = pinna.createSource({ position: [1, 0.5, -1], buffer: w.noise(12000, 1), loop: true, loopStart: 0.05 });
  const live = pinna.createSource({ position: [-2, 0, 0], gain: 0.5 });
  pinna.createSource({
    position: [0, 0, -1.5], headLocked: true, orientation: [0, 1, 0, 0], coneInnerAngle: 60, coneOuterAngle: 180,
    coneOuterGain: 0.25, buffer: w.noise(9000, 2), autoplay: true,
  });
  const flying = pinna.createSource({
    position: [5, 0, -5], doppler: true, distanceModel: 'linear', maxDistance: 20, buffer: w.noise(30000, 3),
    autoplay: true,
  });
  clip.start(0.02, 0.01);
  const node = context.createBufferSource();
  node.buffer = new AudioBuffer({ length: frames, numberOfChannels: 2, sampleRate });
  node.buffer.copyToChannel(w.noise(frames, 4), 0);
  node.buffer.copyToChannel(w.noise(frames, 5), 1);
  node.connect(live.input);
  node.start();
  await Promise.all(pinna.sources.map((/** @type {any} */ s) => s.loaded));
  await pinna.flush();
  steps.forEach((frame, i) => {
    context.suspend(frame / sampleRate).then(async () => {
      clip.setPosition(1 - i, 0.5, -1);
      flying.setPosition({ x: 5 - 2 * i, y: 0, z: -5 });
      live.gain = 0.5 + 0.1 * i;
      pinna.listener.setOrientation(0, Math.sin(0.1 * i), 0, Math.cos(0.1 * i));
      await pinna.flush();
      context.resume();
    });
  });
  const rendered = await context.startRendering();
  return {
    left: w.samplesOut(rendered.getChannelData(0)),
    right: w.samplesOut(rendered.getChannelData(1)),
    transport: pinna.stats.transport,
  };
}

/** The same scene by the engine in Node. @param {{ sampleRate: number, frames: number, steps: number[] }} wishes */
function renderInNode({ sampleRate, frames, steps }) {
  const wasm = fs.readFileSync(new URL('../../web/dist/pinna.wasm', import.meta.url));
  const host = new EngineHost(new WebAssembly.Module(wasm));
  host.boot({
    headBlob: fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url)),
    sampleRate, maxSources: 8, blockFrames: 128, maxBlockFrames: 128,
  });
  const scene = new SceneWriter(8);
  scene.setEqualizer(NATURAL); // createPinna's default
  [[1, 0.5, -1], [-2, 0, 0], [0, 0, -1.5], [5, 0, -5]].forEach(([x, y, z], slot) => {
    scene.openSource(slot);
    scene.setSourcePosition(slot, x, y, z);
  });
  host.setBuffer(1, noise(12000, 1));
  host.setBuffer(2, noise(9000, 2));
  host.setBuffer(3, noise(30000, 3));
  scene.setSourceBuffer(0, 1);
  scene.setSourceFlag(0, SourceFlag.LOOP, true);
  scene.setSourceLoop(0, 0.05, 0);
  scene.startSource(0, 0.02, 0.01);
  scene.setSourceGain(1, 0.5);
  scene.setSourceBuffer(2, 2);
  scene.setSourceFlag(2, SourceFlag.HEAD_LOCKED, true);
  scene.setSourceOrientation(2, 0, 1, 0, 0);
  scene.setSourceCone(2, Math.PI / 3, Math.PI, 0.25);
  scene.startSource(2, 0, 0);
  scene.setSourceBuffer(3, 3);
  scene.setSourceFlag(3, SourceFlag.DOPPLER, true);
  scene.setSourceDistance(3, 'linear', 1, 20, 1);
  scene.startSource(3, 0, 0);
  scene.commit();
  host.setClock(0);
  host.applyScene(scene.bytes);
  const [a, b] = [noise(frames, 4), noise(frames, 5)];
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame += 128) {
    const i = steps.indexOf(frame);
    if (i >= 0) {
      scene.setSourcePosition(0, 1 - i, 0.5, -1);
      scene.setSourcePosition(3, 5 - 2 * i, 0, -5);
      scene.setSourceGain(1, 0.5 + 0.1 * i);
      const length = Math.hypot(Math.sin(0.1 * i), Math.cos(0.1 * i));
      scene.setListenerPose(0, 0, 0, 0, Math.sin(0.1 * i) / length, 0, Math.cos(0.1 * i) / length);
      scene.commit();
      host.applyScene(scene.bytes);
    }
    const count = Math.min(128, frames - frame);
    const input = host.input(1);
    for (let n = 0; n < 128; n++) {
      input[n] = frame + n < frames ? Math.fround(0.5 * Math.fround(a[frame + n] + b[frame + n])) : 0;
    }
    host.live[1] = 1;
    host.process(128);
    left.set(host.left.subarray(0, count), frame);
    right.set(host.right.subarray(0, count), frame);
  }
  return { left, right };
}

/** @param {Float32Array} a @param {Float32Array} b */
function assertSameSamples(a, b) {
  assert.equal(a.length, b.length);
  const bad = a.findIndex((x, i) => !Object.is(x, b[i]) && !(x === 0 && b[i] === 0));
  assert.equal(bad, -1, `sample ${bad}: ${a[bad]} and ${b[bad]}`);
}

/** @param {Float32Array} x */
const rms = (x) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

/** @param {{ sampleRate: number, isolation: boolean }} wishes */
async function renderIn({ sampleRate, isolation }) {
  const session = await open(browser, { isolation });
  const result = await session.page.evaluate(renderInPage, { sampleRate, frames: FRAMES, steps: STEPS });
  assert.deepEqual(session.problems, []);
  await session.close();
  return { ...result, left: samplesIn(result.left), right: samplesIn(result.right) };
}

for (const sampleRate of [48000, 44100]) {
  test(`at_${sampleRate}_hz_a_page_with_shared_memory_one_without_and_node_give_the_same_samples`, async () => {
    const isolated = await renderIn({ sampleRate, isolation: true });
    const plain = await renderIn({ sampleRate, isolation: false });
    const inNode = renderInNode({ sampleRate, frames: FRAMES, steps: STEPS });
    assert.equal(isolated.transport, 'shared');
    assert.equal(plain.transport, 'message');
    assert.ok(rms(inNode.left) > 0.01 && rms(inNode.right) > 0.01, 'there is sound to compare');
    assertSameSamples(isolated.left, plain.left);
    assertSameSamples(isolated.right, plain.right);
    assertSameSamples(isolated.left, inNode.left);
    assertSameSamples(isolated.right, inNode.right);
  });
}

test('blocks_of_256_and_480_frames_give_the_samples_of_128_once_the_reported_latency_is_taken_out', async () => {
  const session = await open(browser);
  const renders = await session.page.evaluate(async (quanta) => {
    const w = /** @type {any} */ (globalThis);
    const results = [];
    for (const quantum of quanta) {
      const options = { numberOfChannels: 2, length: 12000, sampleRate: 48000, renderSizeHint: quantum };
      const context = new OfflineAudioContext(/** @type {any} */ (options));
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2 });
      pinna.connect(context.destination);
      const source = pinna.createSource({ position: [1, 0, -1], buffer: w.noise(10000), autoplay: true });
      await source.loaded;
      await pinna.flush();
      const rendered = await context.startRendering();
      results.push({
        samples: w.samplesOut(rendered.getChannelData(1)),
        quantum: pinna.stats.quantumFrames,
        latency: pinna.stats.latency.algorithmFrames,
        actual: /** @type {any} */ (context).renderQuantumSize,
      });
    }
    return results;
  }, [128, 256, 480]);
  const [usual, ...others] = renders.map((r) => ({ ...r, samples: samplesIn(r.samples) }));
  assert.equal(usual.latency, 0);
  for (const other of others) {
    assert.equal(other.quantum, other.actual, 'the processor knows the size of its blocks');
    const { latency } = other;
    assertSameSamples(other.samples.subarray(latency), usual.samples.subarray(0, usual.samples.length - latency));
  }
  assert.equal(others[0].quantum, 256, 'this Chromium renders in blocks of 256 on request');
  assert.equal(others[0].latency, 0);
  await session.close();
});

test('sources_that_play_buffers_need_no_inputs_and_sound_the_same_without', async () => {
  const session = await open(browser);
  const renders = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    const results = [];
    for (const maxInputs of [undefined, 1]) {
      const context = new OfflineAudioContext(2, 12000, 48000);
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 4, maxInputs });
      pinna.connect(context.destination);
      const live = pinna.createSource({ position: [-1, 0, 0] });
      const clips = [1, 2].map((seed) => pinna.createSource({
        position: [seed, 0, -1], buffer: w.noise(5000 * seed, seed), loop: true, autoplay: true,
      }));
      const node = context.createBufferSource();
      node.buffer = new AudioBuffer({ length: 12000, numberOfChannels: 1, sampleRate: 48000 });
      node.buffer.copyToChannel(w.noise(12000, 4), 0);
      node.connect(live.input);
      node.start();
      await Promise.all(clips.map((source) => source.loaded));
      /** @type {string[]} */
      const errors = [];
      for (const attempt of [() => clips[0].input, () => pinna.createSource()]) {
        try {
          attempt();
        } catch (error) {
          errors.push(String(error));
        }
      }
      await pinna.flush();
      const buffer = new AudioBuffer({ length: 6000, numberOfChannels: 4, sampleRate: 48000 });
      buffer.copyToChannel(w.noise(6000, 5), 0);
      await (await pinna.createSoundfield({ buffer, autoplay: true })).loaded;
      await pinna.flush();
      const rendered = await context.startRendering();
      results.push({
        samples: w.samplesOut(rendered.getChannelData(0)), inputs: pinna.node.numberOfInputs, errors,
      });
    }
    return results;
  });
  const [all, few] = renders;
  assertSameSamples(samplesIn(few.samples), samplesIn(all.samples));
  assert.deepEqual([all.inputs, few.inputs], [4 + 2, 1 + 2], 'two of them are for ears');
  assert.deepEqual(all.errors, []);
  assert.match(few.errors[0], /^RangeError: this source has no input: .* sources 1 have one \(maxInputs\)/);
  assert.match(few.errors[1], /^RangeError: all 1 sources with an input are in use \(maxInputs\).*maxInputs: 3/);
  await session.close();
});

test('every_rate_from_8000_to_192000_hz_renders', async () => {
  const session = await open(browser);
  const levels = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    /** @type {Record<number, number>} */
    const result = {};
    for (const sampleRate of [8000, 11025, 22050, 32000, 88200, 96000, 192000]) {
      const context = new OfflineAudioContext(2, sampleRate / 5, sampleRate);
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
      pinna.connect(context.destination);
      const tone = Float32Array.from({ length: sampleRate / 5 },
        (_, n) => Math.sin(2 * Math.PI * 500 * n / sampleRate));
      const source = pinna.createSource({ position: [0, 0, -1], buffer: tone, autoplay: true });
      await source.loaded;
      await pinna.flush();
      const out = (await context.startRendering()).getChannelData(0).subarray(sampleRate / 20, sampleRate / 8);
      result[sampleRate] = Math.sqrt(out.reduce((sum, x) => sum + x * x, 0) / out.length);
    }
    return result;
  });
  const all = Object.values(levels);
  // A tone of 500 Hz from ahead is as loud at one rate as at another: half a decibel.
  assert.ok(20 * Math.log10(Math.max(...all) / Math.min(...all)) < 0.5, JSON.stringify(levels));
  await session.close();
});

test('scenes_by_messages_in_a_page_that_could_share_memory_sound_the_same', async () => {
  const session = await open(browser);
  const outputs = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    const results = [];
    for (const sharedMemory of [true, false]) {
      const context = new OfflineAudioContext(2, 4800, 48000);
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, sharedMemory });
      pinna.connect(context.destination);
      const source = pinna.createSource({ position: [1, 0, 0], buffer: w.noise(4000), autoplay: true });
      await source.loaded;
      await pinna.flush();
      results.push(w.samplesOut((await context.startRendering()).getChannelData(1)));
    }
    return results;
  });
  assert.equal(outputs[0], outputs[1]);
  assert.ok(rms(samplesIn(outputs[0])) > 0.01);
  await session.close();
});

test('quality_says_how_many_sources_have_filters_of_their_own', async () => {
  const session = await open(browser);
  const bulk = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    /** @type {Record<string, number>} */
    const found = {};
    for (const quality of ['high', 'balanced', 'low']) {
      const context = new OfflineAudioContext(2, 4800, 48000);
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 20, quality });
      pinna.connect(context.destination);
      const buffer = w.noise(4800);
      for (let i = 0; i < 20; i++) {
        pinna.createSource({ position: [Math.sin(i), 0, -Math.cos(i)], buffer, autoplay: true });
      }
      await pinna.flush();
      context.suspend(2400 / 48000).then(async () => {
        await pinna.flush();
        found[quality] = pinna.stats.sources.bulk;
        context.resume();
      });
      await context.startRendering();
    }
    return found;
  });
  await session.close();
  assert.deepEqual([bulk.high, bulk.balanced], [0, 0]);
  assert.equal(bulk.low, 4);
});
