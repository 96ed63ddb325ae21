// SPDX-License-Identifier: MIT
/**
 * A headset (emulated, behind the real navigator.xr) turns; the sound of a source that stands still must move, by the
 * right differences between the ears and at the right time.
 *
 * The measured head answers what is right: the baked file's own responses, without the engine.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { cues, readHead, responses } from '../support/ears.mjs';
import { launch, open, samplesIn, test } from './harness.mjs';

const RATE = 48000;

/** A held pose against the measurement: within what differs between two half seconds of noise. */
const HELD_ITD_US = 6;
const HELD_ILD_DB = 0.35;

/** Sound and picture: two frames of the headset. */
const MAX_LAG_S = 0.033;

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** In the page: a headset, a session, an engine with one source ahead, a recorder. */
async function enter() {
  const w = /** @type {any} */ (globalThis);
  // @ts-ignore a page's own URL
  const { XRDevice, metaQuest3 } = await import('/node_modules/iwer/build/iwer.module.js');
  // @ts-ignore a page's own URL
  const { Header, Scene } = await import('/web/shared/layout.gen.js');
  const device = new XRDevice(metaQuest3);
  device.installRuntime({ forceInstall: true });
  const gl = /** @type {any} */ (document.createElement('canvas').getContext('webgl2', { xrCompatible: true }));
  const session = await /** @type {any} */ (navigator).xr.requestSession('immersive-vr',
    { requiredFeatures: ['local-floor'] });
  session.updateRenderState({ baseLayer: new w.XRWebGLLayer(session, gl) });
  const space = await session.requestReferenceSpace('local-floor');

  const context = new AudioContext({ sampleRate: 48000 });
  const pinna = await w.pinnaModule.createPinna(context,
    { maxSources: 4, timbre: 'measured', sharedMemory: w.useSharedMemory });
  pinna.connect(context.destination);
  const source = pinna.createSource({ position: [0, 1.6, -2], buffer: w.noise(48000), loop: true, autoplay: true });
  await source.loaded;

  const recorderUrl = URL.createObjectURL(new Blob([`registerProcessor('recorder', class extends AudioWorkletProcessor {
    process(inputs) {
      if (inputs[0].length === 2) {
        this.port.postMessage([currentFrame, inputs[0][0].slice(), inputs[0][1].slice()]);
      }
      return true;
    }
  });`], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(recorderUrl);
  const recorder = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 1, channelCount: 2 });
  pinna.node.connect(recorder);
  recorder.connect(context.destination);
  /** @type {any[]} */
  const blocks = [];
  recorder.port.onmessage = (event) => blocks.push(event.data);

  const setYaw = (/** @type {number} */ yaw) => device.quaternion.set(0, Math.sin(yaw / 2), 0, Math.cos(yaw / 2));
  setYaw(0);
  const attachment = pinna.attachXR(session, space);
  Object.assign(w, { device, session, space, context, pinna, source, blocks, attachment, setYaw });
  w.sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** What was recorded between two context times. */
  w.recorded = (/** @type {number} */ from, /** @type {number} */ to) => {
    const first = Math.round(from * 48000);
    const out = [new Float32Array(Math.round(to * 48000) - first), new Float32Array(Math.round(to * 48000) - first)];
    for (const [frame, left, right] of blocks) {
      for (let i = 0; i < left.length; i++) {
        const at = frame + i - first;
        if (at >= 0 && at < out[0].length) {
          out[0][at] = left[i];
          out[1][at] = right[i];
        }
      }
    }
    return out.map(w.samplesOut);
  };
  /** The next half second, settled. */
  w.hold = async () => {
    await w.sleep(300);
    const from = context.currentTime;
    await w.sleep(700);
    return w.recorded(from, from + 0.5);
  };
  w.headerOf = (/** @type {Uint8Array} */ bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return {
      teleport: view.getUint32(Header.listenerTeleport, true),
      predict: (view.getUint32(Header.flags, true) & Scene.PREDICT) !== 0,
      yaw: 2 * Math.atan2(view.getFloat32(Header.listenerWorldFromHead + 4, true),
        view.getFloat32(Header.listenerWorldFromHead + 12, true)),
    };
  };
}

/** @param {boolean} [shared] */
async function enterXR(shared = true) {
  const opened = await open(browser);
  await opened.page.evaluate((value) => {
    /** @type {any} */ (globalThis).useSharedMemory = value;
  }, shared);
  await opened.page.evaluate(enter);
  return {
    ...opened,
    /** Runs in the page. @param {string} body of an async function with the page's globals */
    run: (body) => opened.page.evaluate(`(async () => { const w = globalThis; ${body} })()`),
  };
}

/** @param {string[]} recording */
function cuesOf(recording) {
  const [left, right] = recording.map(samplesIn);
  return cues(left, right, RATE);
}

const head = readHead();

/** By the measurement: the source straight ahead, the head turned left by yaw. @param {number} yawRad */
function wanted(yawRad) {
  const { ears, offRad } = responses(head, [Math.sin(yawRad), 0, -Math.cos(yawRad)]);
  assert.ok(offRad < 0.01, 'this direction was measured');
  return cues(ears[0], ears[1], head.sampleRate);
}

test('a_turned_head_hears_a_still_source_with_the_measured_heads_differences_between_the_ears', async (t) => {
  const xr = await enterXR();
  for (const degrees of [0, 30, 60, -45]) {
    const yaw = degrees * Math.PI / 180;
    await xr.run(`setYaw(${yaw})`);
    const heard = cuesOf(/** @type {any} */ (await xr.run('return w.hold()')));
    const right = wanted(yaw);
    t.diagnostic(`${degrees} degrees: ITD ${heard.itdUs.toFixed(1)} of ${right.itdUs.toFixed(1)} us, ` +
      `ILD ${heard.ildDb.toFixed(2)} of ${right.ildDb.toFixed(2)} dB`);
    assert.ok(Math.abs(heard.itdUs - right.itdUs) < HELD_ITD_US, `ITD at ${degrees} degrees`);
    assert.ok(Math.abs(heard.ildDb - right.ildDb) < HELD_ILD_DB, `ILD at ${degrees} degrees`);
  }
  const counts = /** @type {any} */ (await xr.run(`return { frames: attachment.frames, tracking: attachment.tracking,
    poseAge: pinna.stats.poseAgeS, refused: pinna.stats.scenes.refused }`));
  assert.ok(counts.frames > 60 && counts.tracking);
  assert.deepEqual(xr.problems, []);
  await xr.close();
});

test('a_turning_head_is_heard_where_it_is_when_the_sound_reaches_the_ear', async (t) => {
  const xr = await enterXR();
  const result = /** @type {any} */ (await xr.run(`
    await w.sleep(1500);
    // Out and back, slow enough to measure and quick enough to lag: 60 degrees within a second.
    const poses = [];
    const offsets = [];
    const start = performance.now() + 300;
    const yawAt = (ms) => {
      const t = Math.min(Math.max((ms - start) / 1000, 0), 2);
      return Math.PI / 3 * (0.5 - 0.5 * Math.cos(Math.PI * t));
    };
    await new Promise((resolve) => {
      const onFrame = (now, frame) => {
        const q = frame.getViewerPose(w.space).transform.orientation;
        poses.push([frame.predictedDisplayTime, 2 * Math.atan2(q.y, q.w)]);
        offsets.push(w.context.currentTime - performance.now() / 1000);
        setYaw(yawAt(performance.now()));
        if (now < start + 2300) w.session.requestAnimationFrame(onFrame); else resolve();
      };
      w.session.requestAnimationFrame(onFrame);
    });
    await w.sleep(300);
    offsets.sort((a, b) => a - b);
    const offset = offsets[offsets.length >> 1];
    const from = start / 1000 + offset;
    return { poses: poses.map(([ms, yaw]) => [ms / 1000 + offset, yaw]), from, latency: w.context.outputLatency,
      recording: w.recorded(from, from + 2) };`));
  const [left, right] = result.recording.map(samplesIn);
  // The time difference by yaw, from the measurement.
  const table = Array.from({ length: 14 }, (_, i) => wanted((i - 1) * 5 * Math.PI / 180).itdUs);
  const yawOf = (/** @type {number} */ itdUs) => {
    const i = Math.max(1, table.findIndex((itd) => itd > itdUs));
    return ((i - 2) + (itdUs - table[i - 1]) / (table[i] - table[i - 1])) * 5 * Math.PI / 180;
  };
  const window = Math.round(0.02 * RATE);
  /** @type {{ time: number, yaw: number }[]} what is heard, at the middle of each window */
  const heard = [];
  for (let n = 0; n + window <= left.length; n += window) {
    const { itdUs } = cues(left.subarray(n, n + window), right.subarray(n, n + window), RATE);
    heard.push({ time: result.from + (n + window / 2) / RATE, yaw: yawOf(itdUs) });
  }
  const poseAt = (/** @type {number} */ time) => {
    const i = result.poses.findIndex((/** @type {number[]} */ p) => p[0] > time);
    const [a, b] = [result.poses[i - 1], result.poses[i]];
    return a[1] + (b[1] - a[1]) * (time - a[0]) / (b[0] - a[0]);
  };
  // What is rendered for a context time reaches the ear an output latency later.
  const error = (/** @type {number} */ lag) => Math.sqrt(heard.reduce((sum, { time, yaw }) =>
    sum + (yaw - poseAt(time + result.latency - lag)) ** 2, 0) / heard.length) * 180 / Math.PI;
  let best = -0.1;
  for (let lag = -0.1; lag <= 0.15; lag += 0.001) {
    best = error(lag) < error(best) ? lag : best;
  }
  t.diagnostic(`sound lags behind the head by ${(best * 1000).toFixed(0)} ms; there it is ${error(best).toFixed(2)} ` +
    `degrees off (rms), without shifting ${error(0).toFixed(2)}; output latency ${result.latency * 1000} ms`);
  assert.ok(Math.max(...heard.map((h) => h.yaw)) > 0.95, 'the whole turn was heard');
  assert.ok(Math.abs(best) < MAX_LAG_S, `lag ${best} s`);
  assert.ok(error(0) < 2.5, `${error(0)} degrees`);
  assert.deepEqual(xr.problems, []);
  await xr.close();
});

test('without_tracking_the_head_stays_where_it_was_and_is_found_again_by_a_jump', async () => {
  const xr = await enterXR(false);
  await xr.run(`w.sent = []; const { port } = w.pinna.node; const post = port.postMessage.bind(port);
    port.postMessage = (message, transfer) => {
      if (message instanceof ArrayBuffer) w.sent.push(w.headerOf(new Uint8Array(message)));
      post(message, transfer);
    };
    setYaw(Math.PI / 6); await w.sleep(300);`);
  const result = /** @type {any} */ (await xr.run(`
    const before = w.sent.at(-1);
    const frame = w.XRFrame.prototype; const { getViewerPose } = frame;
    frame.getViewerPose = () => null;
    await w.sleep(100);
    const lost = w.sent.at(-1); const tracking = w.attachment.tracking;
    setYaw(0);
    const held = await w.hold();
    frame.getViewerPose = getViewerPose;
    await w.sleep(200);
    return { before, lost, tracking, held, found: w.sent.at(-1), again: w.attachment.tracking };`));
  assert.equal(result.before.predict, true);
  assert.equal(result.tracking, false);
  assert.equal(result.lost.predict, false, 'nothing is extrapolated from a pose that is not measured');
  const right = wanted(Math.PI / 6);
  assert.ok(Math.abs(cuesOf(result.held).itdUs - right.itdUs) < HELD_ITD_US, 'the last pose is held');
  assert.equal(result.again, true);
  assert.equal(result.found.teleport, result.before.teleport + 1, 'one jump');
  assert.ok(Math.abs(result.found.yaw) < 1e-3);
  assert.equal(result.found.predict, true);
  assert.deepEqual(xr.problems, []);
  await xr.close();
});

test('a_reset_of_the_reference_space_is_a_jump_and_the_end_of_the_session_keeps_the_last_pose', async () => {
  const xr = await enterXR(false);
  const result = /** @type {any} */ (await xr.run(`w.sent = []; const { port } = w.pinna.node;
    const post = port.postMessage.bind(port);
    port.postMessage = (message, transfer) => {
      if (message instanceof ArrayBuffer) w.sent.push(w.headerOf(new Uint8Array(message)));
      post(message, transfer);
    };
    setYaw(Math.PI / 4); await w.sleep(300);
    const before = w.sent.at(-1);
    w.device.recenter();
    await w.sleep(300);
    const reset = w.sent.at(-1);
    setYaw(Math.PI / 6); await w.sleep(300);
    await w.session.end();
    await w.sleep(200);
    const ended = w.sent.at(-1); const count = w.sent.length;
    await w.sleep(200);
    return { before, reset, ended, more: w.sent.length - count, attached: w.attachment.attached,
      state: w.pinna.state, held: await w.hold() };`));
  assert.equal(result.reset.teleport, result.before.teleport + 1, 'one jump');
  assert.ok(Math.abs(result.reset.yaw) < 0.01, 'recentred');
  assert.equal(result.attached, false);
  assert.equal(result.ended.predict, false);
  assert.equal(result.more, 0, 'nothing more is sent');
  assert.equal(result.state, 'running');
  assert.ok(Math.abs(cuesOf(result.held).itdUs - cues(.../** @type {[any, any]} */ (earsAt(result.ended.yaw)), RATE)
    .itdUs) < HELD_ITD_US, 'the last pose is heard on');
  assert.deepEqual(xr.problems, []);
  await xr.close();
});

/** @param {number} yaw */
function earsAt(yaw) {
  return responses(head, [Math.sin(yaw), 0, -Math.cos(yaw)]).ears;
}

test('a_context_that_the_system_stops_on_entering_goes_on_and_one_that_the_page_stops_later_does_not', async () => {
  const xr = await enterXR();
  const result = /** @type {any} */ (await xr.run(`
    await w.context.suspend();
    await w.sleep(1000);
    const entering = w.context.state;
    await w.sleep(3000);
    await w.context.suspend();
    await w.sleep(1000);
    const later = w.context.state;
    w.device.updateVisibilityState('hidden'); await w.sleep(200);
    w.device.updateVisibilityState('visible'); await w.sleep(1000);
    return { entering, later, back: w.context.state, attached: w.attachment.attached };`));
  assert.deepEqual(result, { entering: 'running', later: 'suspended', back: 'running', attached: true });
  assert.deepEqual(xr.problems, []);
  await xr.close();
});

test('detach_stops_following_and_wrong_arguments_are_named', async () => {
  const xr = await enterXR();
  const result = /** @type {any} */ (await xr.run(`
    await w.sleep(300);
    w.attachment.detach();
    const frames = w.attachment.frames;
    setYaw(1); await w.sleep(200);
    const wrong = [];
    for (const args of [[null, w.space], [w.session, 'local-floor']]) {
      try { w.pinna.attachXR(...args); } catch (error) { wrong.push(error.message); }
    }
    return { more: w.attachment.frames - frames, wrong, orientation: w.pinna.listener.orientation };`));
  assert.equal(result.more, 0);
  assert.ok(Math.abs(result.orientation[1]) < 1e-6);
  assert.match(result.wrong[0], /^attachXR needs an XRSession, not null/);
  assert.match(result.wrong[1], /^attachXR needs an XRReferenceSpace.*not "local-floor"/);
  await xr.close();
});

test('a_page_with_a_loop_of_its_own_hears_the_same_head_by_the_functions_of_pinna_xr', async () => {
  const xr = await enterXR();
  const told = /** @type {any} */ (await xr.run(`
    const { ContextClock, attachXR, listenerFromFrame } = await import('/web/xr/index.js');
    attachment.detach();
    const clock = new ContextClock(context);
    let tracked = 0;
    const onFrame = (timeMs, frame) => {
      session.requestAnimationFrame(onFrame);
      const pose = listenerFromFrame(pinna, frame, { referenceSpace: space, clock, timeMs, teleport: tracked === 0 });
      tracked += pose ? 1 : 0;
    };
    session.requestAnimationFrame(onFrame);
    setYaw(${30 * Math.PI / 180});
    const held = await w.hold();
    const lost = listenerFromFrame(pinna, { getViewerPose: () => null }, { referenceSpace: space, clock, timeMs: 0 });
    const again = attachXR(pinna, session, space);
    await w.sleep(200);
    return { held, tracked, lost, frames: again.frames };`));
  const heard = cuesOf(told.held);
  const right = wanted(30 * Math.PI / 180);
  assert.ok(Math.abs(heard.itdUs - right.itdUs) < HELD_ITD_US, `${heard.itdUs} us, not ${right.itdUs}`);
  assert.ok(Math.abs(heard.ildDb - right.ildDb) < HELD_ILD_DB, `${heard.ildDb} dB, not ${right.ildDb}`);
  assert.ok(told.tracked > 10, `${told.tracked} frames`);
  assert.equal(told.lost, null);
  assert.ok(told.frames > 2, 'attachXR follows as the method does');
  await xr.close();
});
