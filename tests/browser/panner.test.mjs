// SPDX-License-Identifier: MIT
/** pinna/panner in Chromium: the subtests of tests/panner, what automation renders, and the shim. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import nodeTest, { after, before } from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { subtestsInPage } from '../panner/page.mjs';
import { launch, noise, open, samplesIn, test } from './harness.mjs';

const SUBTESTS_MS = 280000;

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

nodeTest('a_panner_of_pinnas_does_what_the_specification_asks', { timeout: SUBTESTS_MS }, async () => {
  const session = await open(browser);
  const rows = await session.page.evaluate(subtestsInPage, 'pinna');
  assert.deepEqual(rows.filter((row) => row.error !== null), []);
  assert.ok(rows.length > 250, `${rows.length} subtests ran`);
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('each_channel_of_a_stereo_sound_is_heard_by_its_ear_to_the_bit_also_after_mono_and_before_it', async () => {
  const frames = 3 * 48000;
  const session = await open(browser);
  const out = await session.page.evaluate(async (length) => {
    const w = /** @type {any} */ (globalThis);
    // @ts-ignore a page's own URL
    const { PinnaPannerNode, flushPanners } = await import('/web/panner/index.js');
    // Mono, then for a moment two sounds, then mono for longer than the second engine is kept.
    const mono = w.noise(length, 1);
    const other = w.noise(length, 2);
    const right = Float32Array.from(mono);
    right.set(other.subarray(20001, 40000), 20001);
    const render = async (/** @type {Float32Array[]} */ channels) => {
      const context = new OfflineAudioContext(2, length, 48000);
      await w.pinnaModule.createPinna(context, { maxSources: 1 });
      const panner = new PinnaPannerNode(context, { panningModel: 'HRTF', positionZ: -1 });
      panner.positionX.setValueAtTime(-2, 0).linearRampToValueAtTime(2, length / 48000);
      const buffer = new AudioBuffer({ length, sampleRate: 48000, numberOfChannels: channels.length });
      channels.forEach((channel, i) => buffer.copyToChannel(channel, i));
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(panner).connect(context.destination);
      source.start();
      await flushPanners(context);
      const rendered = await context.startRendering();
      return [0, 1].map((c) => w.samplesOut(rendered.getChannelData(c)));
    };
    return [await render([mono, right]), await render([mono]), await render([right])];
  }, frames);
  assert.deepEqual(session.problems, []);
  await session.close();
  const [both, left, right] = out.map((channels) => channels.map(samplesIn));
  const differs = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => a.findIndex((x, i) => x !== b[i]);
  assert.ok(differs(left[1], right[1]) >= 20001 - 128, 'the channels do differ, from the block on where they begin to');
  assert.equal(differs(both[0], left[0]), -1, 'the left ear hears the left channel');
  assert.equal(differs(both[1], right[1]), -1, 'the right ear hears the right channel');
});

for (const isolation of [true, false]) {
  test(`${isolation ? 'with' : 'without'}_shared_memory_a_ramp_is_rendered_as_by_the_engine_moved_at_every_block`,
    async () => {
      const frames = 188 * 128;
      const session = await open(browser, { isolation });
      const out = await session.page.evaluate(async (length) => {
        const w = /** @type {any} */ (globalThis);
        // @ts-ignore a page's own URL
        const { PinnaPannerNode, flushPanners, listenerOf } = await import('/web/panner/index.js');
        const context = new OfflineAudioContext(2, length, 48000);
        await w.pinnaModule.createPinna(context, { maxSources: 1 });
        const panner = new PinnaPannerNode(context, { panningModel: 'HRTF', positionY: 0.5, positionZ: -1 });
        panner.positionX.setValueAtTime(-4, 0).linearRampToValueAtTime(4, 0.5);
        listenerOf(context).positionZ.setValueAtTime(0, 0).linearRampToValueAtTime(1, 0.5);
        const buffer = new AudioBuffer({ length, sampleRate: 48000 });
        buffer.copyToChannel(w.noise(length), 0);
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(panner).connect(context.destination);
        source.start();
        await flushPanners(context);
        const rendered = await context.startRendering();
        // The same ramps as sound: what the browser makes of them.
        const plain = new OfflineAudioContext(2, length, 48000);
        const merger = new ChannelMergerNode(plain, { numberOfInputs: 2 });
        [[-4, 4], [0, 1]].forEach(([from, to], i) => {
          const node = new ConstantSourceNode(plain);
          node.offset.setValueAtTime(from, 0).linearRampToValueAtTime(to, 0.5);
          node.connect(merger, 0, i);
          node.start();
        });
        merger.connect(plain.destination);
        const ramps = await plain.startRendering();
        return [rendered, ramps].map((sound) => [0, 1].map((c) => w.samplesOut(sound.getChannelData(c))));
      }, frames);
      assert.deepEqual(session.problems, []);
      await session.close();
      const [got, ramps] = out.map((channels) => channels.map(samplesIn));
      assert.ok(Math.abs(ramps[0][12000]) < 1e-3 && ramps[1][23999] > 0.999, 'the ramps are ramps');
      const wanted = rampInNode(frames, ramps);
      [0, 1].forEach((ear) => {
        assert.ok(wanted[ear].some((x) => Math.abs(x) > 0.05));
        const other = got[ear].findIndex((x, i) => x !== wanted[ear][i]);
        assert.equal(other, -1, `sample ${other} of ear ${ear} is ${got[ear][other]}, not ${wanted[ear][other]}`);
      });
    });
}

/**
 * The same by the engine in Node, moved at every block to where the ramps are at its end.
 *
 * @param {number} frames
 * @param {Float32Array[]} ramps  the source's x, the listener's z
 */
function rampInNode(frames, ramps) {
  const wasm = fs.readFileSync(new URL('../../web/dist/pinna.wasm', import.meta.url));
  const host = new EngineHost(new WebAssembly.Module(wasm));
  host.boot({
    headBlob: fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url)),
    sampleRate: 48000, maxSources: 1, blockFrames: 128, maxBlockFrames: 128,
  });
  const scene = new SceneWriter(1);
  scene.setEqualizer(NATURAL); // createPinna's default
  scene.openSource(0);
  scene.setSourceTier(0, 'exact');
  const sound = noise(frames);
  const ears = [new Float32Array(frames), new Float32Array(frames)];
  for (let frame = 0; frame < frames; frame += 128) {
    const last = Math.min(frame + 127, frames - 1);
    scene.setSourcePosition(0, ramps[0][last], 0.5, -1);
    scene.setListenerPose(0, 0, ramps[1][last], 0, 0, 0, 1);
    scene.commit();
    host.applyScene(scene.bytes);
    const count = Math.min(128, frames - frame);
    const input = host.input(0).fill(0);
    input.set(sound.subarray(frame, frame + count));
    host.live[0] = 1;
    host.process(128);
    ears[0].set(host.left.subarray(0, count), frame);
    ears[1].set(host.right.subarray(0, count), frame);
  }
  return ears;
}

test('installed_in_a_context_code_for_web_audio_gets_pinnas_panner_there_and_nowhere_else_until_it_is_undone',
  async () => {
    const session = await open(browser);
    const found = await session.page.evaluate(async () => {
      const w = /** @type {any} */ (globalThis);
      // @ts-ignore a page's own URL
      const { PinnaPannerNode, installPanner } = await import('/web/panner/index.js');
      const context = new OfflineAudioContext(2, 12000, 48000);
      const other = new OfflineAudioContext(2, 128, 48000);
      const native = PannerNode;
      context.listener.positionX.value = 3;
      const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
      const undo = installPanner(context, pinna);
      // From here on: code that knows Web Audio only, and awaits nothing.
      const { listener } = context;
      const listenerX = listener.positionX.value;
      const panner = context.createPanner();
      panner.panningModel = 'HRTF';
      panner.setPosition(4, 0, 0);
      const second = new PannerNode(context, { panningModel: 'HRTF', positionX: 2, distanceModel: 'linear' });
      const volume = context.createGain();
      const buffer = context.createBuffer(1, 12000, 48000);
      buffer.copyToChannel(w.noise(12000), 0);
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(panner).connect(volume).connect(context.destination);
      source.start();
      const rendering = context.startRendering();
      const kinds = [panner, second].map((node) => node instanceof PinnaPannerNode && node instanceof PannerNode);
      const elsewhere = [other.createPanner(), new PannerNode(other)].map((node) => node instanceof PinnaPannerNode);
      const out = await rendering;
      const [left, right] = [0, 1].map((ear) =>
        Math.sqrt(out.getChannelData(ear).subarray(1024).reduce((sum, x) => sum + x * x, 0)));
      undo();
      const after = new OfflineAudioContext(2, 128, 48000);
      return {
        listenerX, kinds, elsewhere, left, right,
        undone: PannerNode === native && !(after.createPanner() instanceof PinnaPannerNode) &&
          !(context.createPanner() instanceof PinnaPannerNode) && context.listener instanceof AudioListener,
      };
    });
    assert.equal(found.listenerX, 3, 'the listener stays where it was');
    assert.deepEqual(found.kinds, [true, true]);
    assert.deepEqual(found.elsewhere, [false, false]);
    assert.ok(found.right > 1.5 * found.left && found.left > 0.1, `${found.left} left, ${found.right} right`);
    assert.ok(found.undone);
    assert.deepEqual(session.problems, []);
    await session.close();
  });

test('panners_of_one_way_out_share_an_engine_and_what_they_leave_is_used_again', async () => {
  const session = await open(browser);
  const found = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    // @ts-ignore a page's own URL
    const { PinnaPannerNode } = await import('/web/panner/index.js');
    const context = new OfflineAudioContext(2, 128, 48000);
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
    let engines = 0;
    const { _posedSibling } = pinna;
    pinna._posedSibling = (/** @type {number} */ n) => {
      engines += 1;
      return _posedSibling.call(pinna, n);
    };
    const panners = Array.from({ length: 16 }, () => new PinnaPannerNode(context, { panningModel: 'HRTF' }));
    panners.forEach((panner) => panner.connect(context.destination));
    const shared = engines;
    const alone = new PinnaPannerNode(context, { panningModel: 'HRTF' });
    alone.connect(context.createGain()).connect(context.destination);
    const second = engines;
    alone.disconnect();
    panners[3].disconnect();
    new PinnaPannerNode(context, { panningModel: 'HRTF' }).connect(context.destination);
    const again = engines;
    pinna.dispose();
    panners.forEach((panner) => {
      panner.refDistance = 2;
      panner.disconnect();
    });
    return { shared, second, again };
  });
  assert.deepEqual(found, { shared: 1, second: 2, again: 2 });
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('a_panner_in_a_context_without_pinna_says_what_it_needs_when_it_is_to_be_heard', async () => {
  const session = await open(browser);
  const message = await session.page.evaluate(async () => {
    // @ts-ignore a page's own URL
    const { PinnaPannerNode } = await import('/web/panner/index.js');
    const context = new OfflineAudioContext(2, 128, 48000);
    try {
      new PinnaPannerNode(context, { panningModel: 'HRTF' }).connect(context.destination);
      return 'nothing';
    } catch (error) {
      return String(error);
    }
  });
  assert.match(message, /await createPinna\(context\) first/);
  await session.close();
});
