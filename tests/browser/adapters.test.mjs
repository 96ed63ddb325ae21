// SPDX-License-Identifier: MIT
/** pinna/r3f and pinna/aframe with the real libraries in a real Chromium: where things are, and what is heard. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { anyRotation, anyScene, assertAgreement, random, wanted } from '../support/frames.mjs';
import { bundled } from '../support/bundle.mjs';
import { installed } from '../support/packages.mjs';
import { launch, open, test } from './harness.mjs';

/** Cameras of three.js look along -z, and its sounds along +z. */
const FRAME = { ahead: [0, 0, -1], faces: [0, 0, 1] };
const SCENES = 60;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {string} */
let home;
before(async () => {
  home = await installed('adapters');
  browser = await launch();
}, { timeout: 180000 });
after(() => browser?.close());

/** In the page: what both tests use. */
function tools() {
  const w = /** @type {any} */ (globalThis);
  w.sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** The picture is drawn twice: once with what was set, and all that follows from it. */
  w.frames = async () => {
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  w.poses = () => {
    const pose = (/** @type {any} */ { position, orientation }) => ({ position, orientation });
    return { ears: pose(w.pinna.listener), sound: pose(w.pinna.sources[0]) };
  };
  /** Levels of the ears over some time, dB, where the head casts a shadow. */
  w.levels = async (ms = 500) => {
    const { context, node } = w.pinna;
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    const meters = [0, 1].map((ear) => {
      const meter = new AnalyserNode(context, { fftSize: 4096 });
      splitter.connect(meter, ear);
      return meter;
    });
    const high = new BiquadFilterNode(context, { type: 'highpass', frequency: 1500 });
    node.connect(high).connect(splitter);
    const sums = [0, 0];
    const data = new Float32Array(4096);
    for (const end = performance.now() + ms; performance.now() < end;) {
      await w.sleep(50);
      meters.forEach((meter, ear) => {
        meter.getFloatTimeDomainData(data);
        sums[ear] += data.reduce((sum, x) => sum + x * x, 0);
      });
    }
    node.disconnect(high);
    return sums.map((sum) => 10 * Math.log10(sum + 1e-30));
  };
}

/** @param {(page: import('playwright-core').Page) => Promise<void>} prepare */
async function enter(prepare) {
  const session = await open(browser);
  await session.page.evaluate(tools);
  await prepare(session.page);
  return {
    ...session,
    /** Runs in the page. @param {string} body of an async function @returns {Promise<any>} */
    run: (body, argument = null) =>
      session.page.evaluate(`(async (given) => { const w = globalThis; ${body} })(${JSON.stringify(argument)})`),
  };
}

/** Random scenes, put up by the page's `show`, agree with what the engine has. @param {any} session */
async function assertScenesAgree(session) {
  const next = random(11);
  for (let i = 0; i < SCENES; i++) {
    const plan = anyScene(next);
    const { ears, sound } = await session.run('await w.show(given); await w.frames(); return w.poses();', plan);
    assertAgreement(ears, sound, wanted(plan, FRAME), `scene ${i}`);
  }
}

/** Somewhere plain. @param {number[]} sound */
const plain = (sound) => {
  const here = { position: [0, 0, 0], rotation: [0, 0, 0, 1], scale: 1 };
  return { ears: [here, here], sound: [here, here, { ...here, position: sound }] };
};

/** @param {any} session */
async function assertLeftIsLeft(session) {
  for (const [x, name] of /** @type {const} */ ([[-1, 'left'], [1, 'right']])) {
    const levels = await session.run('await w.show(given); await w.sleep(200); return w.levels();',
      plain([x, 0, -0.3]));
    const more = x < 0 ? levels[0] - levels[1] : levels[1] - levels[0];
    assert.ok(more > 6 && Math.max(...levels) > -40, `${name}: ${levels} dB`);
  }
}

const REACT = `
  import { Canvas } from '@react-three/fiber';
  import { StrictMode, Suspense, createElement as h, useRef } from 'react';
  import { createRoot } from 'react-dom/client';
  import { PinnaEngine, PinnaListener, PinnaSound, usePinna } from './web/r3f/index.js';
  const w = globalThis;
  const at = ({ position, rotation, scale }) => ({ position, quaternion: rotation, scale });
  function Ears({ steps }) {
    const head = useRef(null);
    return h('group', at(steps[0]), h('group', { ...at(steps[1]), ref: head }), h(PinnaListener, { object: head }));
  }
  function Tell() {
    w.inContext = usePinna();
    return null;
  }
  w.begin = async (promise) => {
    const root = createRoot(document.body.appendChild(document.createElement('div')));
    const engine = promise ? new Promise((resolve) => setTimeout(() => resolve(w.pinna), 200)) : w.pinna;
    w.render = (children) => root.render(h(StrictMode, null, h(Canvas, { onCreated: ({ camera }) => {
      w.camera = camera;
    } }, h(Suspense, null, h(PinnaEngine, { pinna: engine }, h(Tell), children)))));
    w.show = async ({ ears, sound }, props = {}) => {
      w.render([h(Ears, { steps: ears, key: 1 }), h('group', { ...at(sound[0]), key: 2 }, h('group', at(sound[1]),
        h(PinnaSound, { ...at(sound[2]), buffer: w.buffer, autoplay: true, loop: true,
          ref: (audio) => { w.audio = audio; }, ...props })))]);
      for (let i = 0; i < 100 && w.pinna.sources.length === 0; i++) await w.sleep(30);
    };
    w.end = () => root.unmount();
  };
  w.h = h; w.PinnaListener = PinnaListener;
  w.reactReady = true;`;

async function enterReact() {
  const script = await bundled(REACT, [home]);
  return enter(async (page) => {
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction('window.reactReady === true', null, { timeout: 20000 });
    await page.evaluate(async () => {
      const w = /** @type {any} */ (globalThis);
      const context = new AudioContext({ sampleRate: 48000 });
      w.pinna = await w.pinnaModule.createPinna(context, { maxSources: 4 });
      w.pinna.connect(context.destination);
      w.buffer = new AudioBuffer({ length: 48000, sampleRate: 48000 });
      w.buffer.copyToChannel(w.noise(48000), 0);
    });
  });
}

test('in_react_three_fiber_the_engine_has_a_sound_and_its_cone_where_they_are_and_left_is_left', async () => {
  const session = await enterReact();
  await session.run('await w.begin(false);');
  await assertScenesAgree(session);
  await assertLeftIsLeft(session);
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('in_react_three_fiber_what_is_taken_away_is_silent_and_leaves_no_source_though_effects_run_twice', async () => {
  const session = await enterReact();
  const result = await session.run(`await w.begin(true);
    await w.show(given);
    await w.sleep(300);
    const one = w.pinna.sources.length;
    const same = w.inContext === w.pinna && w.audio?.source === w.pinna.sources[0];
    await w.show(given, { volume: 0.5, refDistance: 2, cone: [90, 180, 0.25], distanceModel: 'linear' });
    await w.sleep(200);
    const { gain, refDistance, coneOuterGain, distanceModel, playing } = w.pinna.sources[0];
    w.render([]);
    await w.sleep(300);
    const none = w.pinna.sources.length;
    const levels = await w.levels(300);
    // The default camera hears where nothing else does.
    w.render([w.h(w.PinnaListener, { key: 3 })]);
    await w.sleep(200);
    w.camera.position.set(3, 4, 5);
    await w.sleep(200);
    const { position } = w.pinna.listener;
    w.end();
    await w.sleep(200);
    return { one, same, set: { gain, refDistance, coneOuterGain, distanceModel, playing }, none, levels, position,
      children: w.camera.children.length };`, plain([1, 0, 0]));
  assert.equal(result.one, 1);
  assert.ok(result.same);
  assert.deepEqual(result.set, { gain: 0.5, refDistance: 2, coneOuterGain: 0.25, distanceModel: 'linear',
    playing: true });
  assert.equal(result.none, 0);
  assert.ok(Math.max(...result.levels) < -120, `${result.levels} dB`);
  assert.deepEqual(result.position, [3, 4, 5]);
  assert.equal(result.children, 0);
  assert.deepEqual(session.problems, []);
  await session.close();
});

/** @param {boolean} [headset]  an emulated one is there before A-Frame looks */
async function enterAFrame(headset = false) {
  const folder = path.join(home, 'node_modules/aframe/dist');
  const file = fs.readdirSync(folder).find((name) => /^aframe-v[\d.]+\.min\.js$/.test(name));
  return enter(async (page) => {
    if (headset) {
      await page.evaluate(async () => {
        // @ts-ignore a page's own URL
        const { XRDevice, metaQuest3 } = await import('/node_modules/iwer/build/iwer.module.js');
        const device = new XRDevice(metaQuest3);
        device.stereoEnabled = true;
        device.installRuntime({ forceInstall: true });
        /** @type {any} */ (globalThis).device = device;
      });
    }
    await page.addScriptTag({ path: path.join(folder, String(file)) });
    await page.evaluate(async () => {
      const w = /** @type {any} */ (globalThis);
      // @ts-ignore a page's own URL
      const { registerPinna } = await import('/web/aframe/index.js');
      registerPinna(w.AFRAME);
      document.body.innerHTML = `<a-scene pinna="maxSources: 8" xr-mode-ui="enabled: false"
          loading-screen="enabled: false">
        <a-entity id="rig"><a-entity id="head" camera look-controls="enabled: false" wasd-controls="enabled: false">
          </a-entity></a-entity>
        <a-entity id="outer"><a-entity id="inner"><a-entity id="thing"
          pinna-sound="src: url(/examples/sounds/loop-tabla.wav); autoplay: true; loop: true; on: knock; stopOn: hush">
          </a-entity></a-entity></a-entity></a-scene>`;
      const scene = /** @type {any} */ (document.querySelector('a-scene'));
      const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
      await new Promise((resolve) => byId('thing').addEventListener('sound-loaded', resolve));
      w.pinna = scene.systems.pinna.pinna;
      w.show = (/** @type {any} */ { ears, sound }) => {
        const put = (/** @type {string} */ id, /** @type {any} */ { position, rotation, scale }) => {
          const { object3D } = byId(id);
          object3D.position.fromArray(position);
          object3D.quaternion.fromArray(rotation);
          object3D.scale.setScalar(scale);
        };
        ['rig', 'head'].forEach((id, i) => put(id, ears[i]));
        ['outer', 'inner', 'thing'].forEach((id, i) => put(id, sound[i]));
      };
      Object.assign(w, { scene, byId });
    });
  });
}

test('in_a_frame_the_engine_has_a_sound_and_its_cone_where_they_are_and_left_is_left', async () => {
  const session = await enterAFrame();
  await assertScenesAgree(session);
  await assertLeftIsLeft(session);
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('in_a_frame_attributes_events_and_removal_reach_the_engine_as_those_of_the_component_sound', async () => {
  const session = await enterAFrame();
  const result = await session.run(`
    const thing = w.byId('thing');
    thing.setAttribute('pinna-sound', 'volume: 0.5; refDistance: 2; distanceModel: linear; loop: false');
    await w.frames();
    const { gain, refDistance, distanceModel, loop, playing } = w.pinna.sources[0];
    thing.emit('hush');
    await w.sleep(200);
    const hushed = await w.levels(300);
    const ended = new Promise((resolve) => thing.addEventListener('sound-ended', () => resolve('ended')));
    thing.emit('knock');
    await w.sleep(50);
    const knocked = await w.levels(300);
    const event = await Promise.race([ended, w.sleep(20000)]);
    // In the camera's place.
    const ears = document.createElement('a-entity');
    ears.setAttribute('pinna-listener', '');
    ears.setAttribute('position', '1 2 3');
    w.scene.appendChild(ears);
    await w.sleep(300);
    const { position } = w.pinna.listener;
    ears.remove();
    thing.remove();
    await w.sleep(200);
    return { set: { gain, refDistance, distanceModel, loop, playing }, hushed, knocked, event, position,
      sources: w.pinna.sources.length, camera: w.pinna.listener.position };`);
  assert.deepEqual(result.set, { gain: 0.5, refDistance: 2, distanceModel: 'linear', loop: false, playing: true });
  assert.ok(Math.max(...result.hushed) < -120, `${result.hushed} dB`);
  assert.ok(Math.max(...result.knocked) > -60, `${result.knocked} dB`);
  assert.equal(result.event, 'ended');
  assert.deepEqual(result.position, [1, 2, 3]);
  assert.equal(result.sources, 0);
  assert.notDeepEqual(result.camera, [1, 2, 3], 'the camera hears again');
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('in_a_frame_a_headset_on_a_rig_hears_from_between_its_eyes', async () => {
  const session = await enterAFrame(true);
  await session.run('await w.scene.enterVR(); await w.sleep(500);');
  assert.ok(await session.run('return w.scene.renderer.xr.isPresenting'));
  const next = random(31);
  const step = () => ({ position: [next(), next(), next()], rotation: anyRotation(next), scale: 1 });
  for (let i = 0; i < 15; i++) {
    const plan = { ears: [step(), step()], sound: [step(), step(), step()] };
    const { ears, sound } = await session.run(`
      w.show(given);
      w.device.position.set(...given.ears[1].position);
      w.device.quaternion.set(...given.ears[1].rotation);
      await w.sleep(120);
      return w.poses();`, plan);
    assertAgreement(ears, sound, wanted(plan, FRAME), `pose ${i}`);
  }
  assert.deepEqual(session.problems, []);
  await session.close();
});
