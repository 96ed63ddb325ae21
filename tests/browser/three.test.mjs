// SPDX-License-Identifier: MIT
/** pinna/three with the real three.js in a real Chromium: on a rig in WebXR, and what AudioBufferSourceNodes play. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { anyRotation, assertAgreement, random, wanted } from '../support/frames.mjs';
import { bundled } from '../support/bundle.mjs';
import { launch, open, test } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {string} */
let script;
before(async () => {
  browser = await launch();
  script = await bundled(`
    import * as THREE from 'three';
    import { XRDevice, metaQuest3 } from 'iwer';
    import { PinnaAudio, PinnaListener } from './web/three/index.js';
    Object.assign(globalThis, { THREE, XRDevice, metaQuest3, PinnaAudio, PinnaListener, threeReady: true });`);
});
after(() => browser.close());

async function enter() {
  const session = await open(browser);
  await session.page.addScriptTag({ content: script, type: 'module' });
  await session.page.waitForFunction('window.threeReady === true', null, { timeout: 20000 });
  await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    const context = new AudioContext({ sampleRate: 48000 });
    w.pinna = await w.pinnaModule.createPinna(context, { maxSources: 4 });
    w.pinna.connect(context.destination);
    w.context = context;
    w.listener = new w.PinnaListener(w.pinna);
    w.sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    /** The frequency of what is heard, by the loudest bin and its neighbours, Hz; 0 = silence. */
    w.pitch = () => {
      const meter = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      w.pinna.node.connect(meter);
      return w.sleep(350).then(() => {
        const db = new Float32Array(meter.frequencyBinCount);
        meter.getFloatFrequencyData(db);
        w.pinna.node.disconnect(meter);
        const top = db.indexOf(Math.max(...db));
        const [a, b, c] = [db[top - 1], db[top], db[top + 1]];
        return b < -100 ? 0 : (top + 0.5 * (a - c) / (a - 2 * b + c)) * 48000 / 8192;
      });
    };
    w.tone = new AudioBuffer({ length: 96000, sampleRate: 48000 });
    w.tone.copyToChannel(Float32Array.from({ length: 96000 }, (_, i) => 0.5 * Math.sin(Math.PI * i / 48)), 0);
  });
  return {
    ...session,
    /** Runs in the page. @param {string} body of an async function @returns {Promise<any>} */
    run: (body, argument = null) =>
      session.page.evaluate(`(async (given) => { const w = globalThis; ${body} })(${JSON.stringify(argument)})`),
  };
}

test('on_the_camera_of_a_rig_in_webxr_a_listener_is_where_the_head_is_wherever_the_rig_goes', async () => {
  const session = await enter();
  await session.run(`
    const device = new XRDevice(metaQuest3);
    device.stereoEnabled = true;
    device.installRuntime({ forceInstall: true });
    const renderer = new THREE.WebGLRenderer({ canvas: document.body.appendChild(document.createElement('canvas')) });
    renderer.xr.enabled = true;
    renderer.xr.setReferenceSpaceType('local-floor');
    const scene = new THREE.Scene();
    const [rig, camera, thing] = [new THREE.Group(), new THREE.PerspectiveCamera(), new THREE.Group()];
    const sound = new PinnaAudio(w.listener);
    scene.add(rig.add(camera.add(w.listener)), thing.add(sound));
    const session = await navigator.xr.requestSession('immersive-vr', { requiredFeatures: ['local-floor'] });
    await renderer.xr.setSession(session);
    w.listener.xr = renderer.xr;
    w.count = 0;
    renderer.setAnimationLoop(() => { w.count += 1; renderer.render(scene, camera); });
    Object.assign(w, { device, rig, thing, sound });`);
  const next = random(21);
  for (let i = 0; i < 20; i++) {
    const near = () => [next(), next(), next()];
    const head = { position: near(), rotation: anyRotation(next), scale: 1 };
    const rig = { position: near(), rotation: anyRotation(next), scale: 1 };
    const thing = { position: near(), rotation: anyRotation(next), scale: 1.5 + next() };
    const poses = await session.run(`
      const { head, rig, thing } = given;
      w.device.position.set(...head.position);
      w.device.quaternion.set(...head.rotation);
      for (const [object, { position, rotation, scale }] of [[w.rig, rig], [w.thing, thing]]) {
        object.position.fromArray(position); object.quaternion.fromArray(rotation); object.scale.setScalar(scale);
      }
      // A pose that is set is seen a frame later.
      for (const end = w.count + 4; w.count < end;) await w.sleep(5);
      const { listener } = w.pinna;
      return { ears: { position: listener.position, orientation: listener.orientation },
        sound: { position: w.sound.source.position, orientation: w.sound.source.orientation } };`,
      { head, rig, thing });
    assertAgreement(poses.ears, poses.sound,
      wanted({ ears: [rig, head], sound: [thing] }, { ahead: [0, 0, -1], faces: [0, 0, 1] }), `pose ${i}`);
  }
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('playback_rate_detune_and_filters_are_heard_also_where_they_change_during_playback', async () => {
  const session = await enter();
  const result = await session.run(`
    const scene = new THREE.Scene();
    const sound = new PinnaAudio(w.listener);
    sound.position.z = -1;
    scene.add(w.listener, sound);
    scene.updateMatrixWorld();
    sound.setBuffer(w.tone).setLoop(true).play();
    await w.sleep(200);
    const heard = { engine: await w.pitch() };
    sound.setPlaybackRate(2);
    await w.sleep(100);
    heard.double = await w.pitch();
    sound.setPlaybackRate(1).setDetune(-1200);
    await w.sleep(100);
    heard.octaveBelow = await w.pitch();
    sound.setDetune(0).setFilter(new BiquadFilterNode(w.context, { type: 'highpass', frequency: 8000, Q: 1 }));
    await w.sleep(100);
    heard.filters = sound.getFilters().length;
    const meter = async () => {
      const node = new AnalyserNode(w.context, { fftSize: 4096 });
      w.pinna.node.connect(node);
      await w.sleep(200);
      const data = new Float32Array(4096);
      node.getFloatTimeDomainData(data);
      w.pinna.node.disconnect(node);
      return 10 * Math.log10(data.reduce((sum, x) => sum + x * x, 0) / 4096);
    };
    const filtered = await meter();
    sound.setFilters([]);
    await w.sleep(100);
    const open = await meter();
    sound.pause();
    await w.sleep(200);
    heard.paused = await w.pitch();
    // By the engine again.
    sound.stop().play();
    await w.sleep(100);
    heard.again = await w.pitch();
    sound.stop();
    // Twice as fast is over in half the time.
    let ended = 0;
    sound.onEnded = () => { ended = w.context.currentTime; sound.isPlaying = false; };
    sound.setLoop(false).setPlaybackRate(4).play();
    const began = w.context.currentTime;
    for (let i = 0; i < 100 && ended === 0; i++) await w.sleep(50);
    return { heard, filtered, open, lasted: ended - began, playing: sound.isPlaying };`);
  const { heard } = result;
  for (const [name, hz] of /** @type {const} */ ([['engine', 500], ['double', 1000], ['octaveBelow', 250],
    ['again', 500]])) {
    assert.ok(Math.abs(heard[name] / hz - 1) < 0.01, `${name}: ${heard[name]} Hz`);
  }
  assert.equal(heard.paused, 0);
  assert.equal(heard.filters, 1);
  assert.ok(result.open - result.filtered > 30, `${result.filtered} dB of ${result.open} dB`);
  assert.ok(result.lasted > 0.4 && result.lasted < 0.8, `2 s at four times the rate lasted ${result.lasted} s`);
  assert.equal(result.playing, false);
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('streams_and_elements_sound_through_a_three_object_and_leave_with_it', async () => {
  const session = await enter();
  const result = await session.run(`
    const other = new AudioContext({ sampleRate: 48000 });
    const oscillator = new OscillatorNode(other, { frequency: 700 });
    const sink = new MediaStreamAudioDestinationNode(other);
    oscillator.connect(sink);
    oscillator.start();
    const element = new Audio('/examples/sounds/loop-tabla.wav');
    element.loop = true;
    const [a, b] = [new PinnaAudio(w.listener), new PinnaAudio(w.listener)];
    a.position.z = b.position.z = -1;
    new THREE.Scene().add(w.listener, a, b).updateMatrixWorld();
    a.setMediaStreamSource(sink.stream);
    await w.sleep(800);
    const stream = await w.pitch();
    a.play();
    const control = [a.hasPlaybackControl, a.isPlaying, a.sourceType];
    a.dispose();
    await w.sleep(100);
    const over = await w.pitch();
    b.setMediaElementSource(element);
    await element.play();
    await w.sleep(200);
    const played = await w.pitch();
    const before = w.pinna.sources.length;
    b.dispose();
    return { stream, control, over, played, before, after: w.pinna.sources.length };`);
  assert.ok(Math.abs(result.stream / 700 - 1) < 0.01, `${result.stream} Hz`);
  assert.deepEqual(result.control, [false, false, 'mediaStreamNode']);
  assert.equal(result.over, 0);
  assert.ok(result.played > 0);
  assert.deepEqual([result.before, result.after], [1, 0]);
  assert.deepEqual(session.problems, []);
  await session.close();
});
