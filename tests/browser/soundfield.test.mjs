// SPDX-License-Identifier: MIT
/** Soundfields in Chromium: the page's samples are Node's, left is left, and what is wrong is said. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before } from 'node:test';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { inFreshPage, launch, noise, samplesIn, test } from './harness.mjs';

const RATE = 48000;
const FRAMES = 12800;
/** As many as the page's engine for soundfields has. */
const SLOTS = 8;
/** When the scene changes: frames, whole blocks. */
const STEPS = [3840, 7680];

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * Two fields, orders 3 and 1, one of them locked to the head; the head and the first field turn.
 *
 * @param {{ rate: number, frames: number, steps: number[] }} wishes
 */
async function renderInPage({ rate, frames, steps }) {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, frames, rate);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, gain: 0.8, timbre: 'measured' });
  pinna.connect(context.destination);
  const sound = (/** @type {number} */ channels) => {
    const buffer = new AudioBuffer({ length: frames, numberOfChannels: channels, sampleRate: rate });
    for (let c = 0; c < channels; c++) {
      buffer.copyToChannel(w.noise(frames, 10 * channels + c), c);
    }
    return buffer;
  };
  const field = await pinna.createSoundfield({ buffer: sound(16), autoplay: true, orientation: [0, 0.6, 0, 0.8] });
  const fixed = await pinna.createSoundfield({ order: 1, gain: 0.5, headLocked: true });
  const live = new AudioBufferSourceNode(context, { buffer: sound(4) });
  live.connect(fixed.input);
  live.start();
  await pinna.flush();
  steps.forEach((frame, i) => {
    context.suspend(frame / rate).then(async () => {
      field.setOrientation(0.28, 0, 0, 0.96);
      field.gain = 0.5 + i;
      pinna.listener.setOrientation([0.1 + 0.2 * i, 0.5, 0.2, 0.8]);
      await pinna.flush();
      context.resume();
    });
  });
  const rendered = await context.startRendering();
  return {
    left: w.samplesOut(rendered.getChannelData(0)), right: w.samplesOut(rendered.getChannelData(1)),
    orders: [field.order, fixed.order],
  };
}

/** The same by the engine in Node. */
function renderInNode() {
  const host = new EngineHost(new WebAssembly.Module(
    fs.readFileSync(new URL('../../web/dist/pinna-soundfield.wasm', import.meta.url))));
  host.boot({
    headBlob: fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url)),
    sampleRate: RATE, maxSources: SLOTS, maxBuffers: 1, blockFrames: 128, maxBlockFrames: 128, dopplerMaxM: 1,
  });
  host.bootSoundfields(SLOTS);
  const scene = new SceneWriter(SLOTS);
  [3, 1].forEach((order, slot) => {
    scene.openSource(slot);
    scene.setSourceFlag(slot, SourceFlag.SOUNDFIELD, true);
    scene.setSourceOrder(slot, order);
  });
  scene.setSourceOrientation(0, 0, 0.6, 0, 0.8);
  scene.setSourceGain(1, 0.5);
  scene.setSourceFlag(1, SourceFlag.HEAD_LOCKED, true);
  host.setClock(0);
  scene.commit();
  host.applyScene(scene.bytes);
  const sound = [16, 4].map((channels) => Array.from({ length: channels }, (_, c) => noise(FRAMES, 10 * channels + c)));
  const left = new Float32Array(FRAMES);
  const right = new Float32Array(FRAMES);
  for (let frame = 0; frame < FRAMES; frame += 128) {
    const i = STEPS.indexOf(frame);
    if (i >= 0) {
      const q = [0.1 + 0.2 * i, 0.5, 0.2, 0.8];
      const length = Math.hypot(...q);
      scene.setSourceOrientation(0, 0.28, 0, 0, 0.96);
      scene.setSourceGain(0, 0.5 + i);
      scene.setListenerPose(0, 0, 0, q[0] / length, q[1] / length, q[2] / length, q[3] / length);
      scene.commit();
      host.applyScene(scene.bytes);
    }
    sound.forEach((channels, slot) => {
      channels.forEach((samples, c) => host.fieldInput(slot, c).set(samples.subarray(frame, frame + 128)));
      host.fieldLive[slot] = channels.length;
    });
    host.process(128);
    left.set(host.left.map((x) => x * Math.fround(0.8)), frame);
    right.set(host.right.map((x) => x * Math.fround(0.8)), frame);
  }
  return { left, right };
}

test('soundfields_in_a_page_give_the_samples_of_node', async () => {
  const page = await inFreshPage(browser, renderInPage, { rate: RATE, frames: FRAMES, steps: STEPS });
  assert.deepEqual(page.orders, [3, 1]);
  const node = renderInNode();
  for (const ear of /** @type {const} */ (['left', 'right'])) {
    const samples = samplesIn(page[ear]);
    assert.ok(samples.some((x) => Math.abs(x) > 0.1));
    const bad = samples.findIndex((x, i) => !Object.is(x, node[ear][i]) && !(x === 0 && node[ear][i] === 0));
    assert.equal(bad, -1, `${ear} sample ${bad}: ${samples[bad]} and ${node[ear][bad]}`);
  }
});

/** A plane wave from one side, order 1; turned by a head or a field, after a change of heads. */
async function renderSides() {
  const w = /** @type {any} */ (globalThis);
  const levels = [];
  for (const turn of ['none', 'head', 'field', 'locked', 'other head']) {
    const context = new OfflineAudioContext(2, 9600, 48000);
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
    pinna.connect(context.destination);
    const buffer = new AudioBuffer({ length: 9600, numberOfChannels: 4, sampleRate: 48000 });
    buffer.copyToChannel(w.noise(9600, 3), 0);
    buffer.copyToChannel(w.noise(9600, 3), 1); // Y: from the left
    const field = await pinna.createSoundfield({ buffer, autoplay: true, headLocked: turn === 'locked' });
    const half = Math.SQRT1_2;
    if (turn === 'head' || turn === 'locked') { // to the right: what was on the left is behind
      pinna.listener.setOrientation([0, -half, 0, half]);
    } else if (turn === 'field') { // half around
      field.setOrientation(0, 1, 0, 0);
    } else if (turn === 'other head') {
      await pinna.setHrtf('default');
    }
    await pinna.flush();
    const rendered = await context.startRendering();
    const rms = [0, 1].map((ear) => Math.sqrt(rendered.getChannelData(ear).slice(4800)
      .reduce((/** @type {number} */ sum, /** @type {number} */ x) => sum + x * x, 0) / 4800));
    levels.push(20 * Math.log10(rms[0] / rms[1]));
    pinna.dispose();
  }
  return levels;
}

test('left_is_left_and_turns_with_the_head_and_with_the_field', async () => {
  const [none, head, field, locked, other] = await inFreshPage(browser, renderSides, undefined);
  assert.ok(none > 3, `from the left ${none} dB`);
  assert.ok(Math.abs(head) < 2, `from behind ${head} dB`);
  assert.ok(field < -3, `from the right ${field} dB`);
  assert.ok(Math.abs(locked - none) < 1e-6, `locked ${locked} dB`);
  assert.ok(Math.abs(other - none) < 1e-6, `after a change of heads ${other} dB`);
});

/** A field and a source, each about as loud as may be, with the limiter. @returns {Promise<number[]>} peaks */
async function renderLoud() {
  const w = /** @type {any} */ (globalThis);
  const peaks = [];
  for (const limiter of [false, true]) {
    const context = new OfflineAudioContext(2, 24000, 48000);
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1, limiter, gain: 6 });
    pinna.connect(context.destination);
    const sine = Float32Array.from({ length: 24000 }, (_, n) => 0.9 * Math.sin(n * 0.05));
    const buffer = new AudioBuffer({ length: 24000, numberOfChannels: 4, sampleRate: 48000 });
    buffer.copyToChannel(sine, 0);
    await pinna.createSoundfield({ buffer, autoplay: true });
    await pinna.createSource({ buffer: sine, position: [0, 0, -1], autoplay: true }).loaded;
    await pinna.flush();
    const rendered = await context.startRendering();
    peaks.push(rendered.getChannelData(0).subarray(12000).reduce((/** @type {number} */ m, /** @type {number} */ x) =>
      Math.max(m, Math.abs(x)), 0));
  }
  return peaks;
}

test('the_limiter_acts_on_the_sum_of_sources_and_soundfields', async () => {
  const [open, limited] = await inFreshPage(browser, renderLoud, undefined);
  assert.ok(open > 1.2, `without: ${open}`);
  assert.ok(limited > 0.5 && limited <= 1, `with: ${limited}`);
});

/** What createSoundfield and its object say of wrong uses. */
async function misuse() {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, 1280, 48000);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
  const buffer = (/** @type {number} */ channels) =>
    new AudioBuffer({ length: 128, numberOfChannels: channels, sampleRate: 48000 });
  /** @type {Record<string, string>} */
  const said = {};
  const attempt = async (/** @type {string} */ name, /** @type {any} */ options) => {
    said[name] = await pinna.createSoundfield(options).then(() => 'accepted',
      (/** @type {any} */ error) => `${error.name} ${error.code ?? ''}: ${error.message}`);
  };
  await attempt('nothing', {});
  await attempt('stereo', { buffer: buffer(2) });
  await attempt('surround', { buffer: buffer(6) });
  await attempt('order 4', { buffer: buffer(25) });
  await attempt('fuma', { buffer: buffer(4), format: 'fuma' });
  await attempt('low', { buffer: buffer(4), order: 2 });
  await attempt('misspelt', { buffer: buffer(4), orde: 2 });
  const fields = [];
  for (let i = 0; i < 8; i++) {
    fields.push(await pinna.createSoundfield({ order: 1 }));
  }
  await attempt('ninth', { order: 1 });
  fields[0].dispose();
  await attempt('again', { order: 1 });
  try {
    fields[1].start();
  } catch (error) {
    said['no buffer'] = String(error);
  }
  try {
    fields[0].gain = 1;
  } catch (error) {
    said['disposed'] = String(error);
  }
  const missing = await w.pinnaModule.createPinna(new OfflineAudioContext(2, 128, 48000),
    { soundfieldWasmUrl: '/nowhere.wasm' });
  said['missing'] = await missing.createSoundfield({ order: 1 }).then(() => 'accepted',
    (/** @type {any} */ error) => `${error.code}: ${error.message}`);
  return said;
}

test('what_a_soundfield_cannot_be_is_refused_with_the_mend', async () => {
  const said = await inFreshPage(browser, misuse, undefined);
  assert.match(said['nothing'], /TypeError.*\{ order: 1 \} for 4 channels/);
  assert.match(said['stereo'], /RangeError.*4, 9 or 16 channels.*has 2.*stereo.*createSource/);
  assert.match(said['surround'], /5\.1.*each loudspeaker/);
  assert.match(said['order 4'], /order 4.*first 16 channels/);
  assert.match(said['fuma'], /W Y Z X.*1\.4142/);
  assert.match(said['low'], /of order 1, not of 2/);
  assert.match(said['misspelt'], /no option "orde"/);
  assert.match(said['ninth'], /all 8 soundfields are in use/);
  assert.equal(said['again'], 'accepted');
  assert.match(said['no buffer'], /no buffer to start/);
  assert.match(said['disposed'], /disposed/);
  assert.match(said['missing'], /wasm-missing.*soundfieldWasmUrl/);
});

/** A pinna that ends while its engine for soundfields starts. */
async function endWhileStarting() {
  const w = /** @type {any} */ (globalThis);
  const context = new AudioContext();
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
  /** @type {Promise<string>} */
  let processor = Promise.resolve('not started');
  const Native = w.AudioWorkletNode;
  w.AudioWorkletNode = class extends Native {
    constructor(/** @type {any[]} */ ...args) {
      super(...args);
      processor = new Promise((resolve) => {
        this.port.addEventListener('message', (/** @type {MessageEvent} */ { data }) =>
          data.type === 'disposed' && resolve('ended'));
        setTimeout(() => resolve('still there'), 3000);
      });
      pinna.dispose();
    }
  };
  const said = await pinna.createSoundfield({ order: 1 }).then(() => 'accepted',
    (/** @type {any} */ { code }) => code);
  w.AudioWorkletNode = Native;
  return { said, processor: await processor };
}

test('a_pinna_that_ends_while_its_soundfields_start_leaves_no_processor_behind', async () => {
  assert.deepEqual(await inFreshPage(browser, endWhileStarting, undefined), { said: 'disposed', processor: 'ended' });
});
