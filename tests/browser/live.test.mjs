// SPDX-License-Identifier: MIT
/** A running AudioContext in Chromium: sound, statistics, events, the end. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { launch, open, test } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * Runs a function in a fresh page.
 *
 * @template T
 * @param {(w: any) => Promise<T>} body
 * @param {import('../../web/tools/serve.mjs').ServeOptions} [options]
 */
async function inPage(body, options) {
  const session = await open(browser, options);
  await session.page.evaluate(() => {
    const w = /** @type {any} */ (globalThis);
    w.sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    w.level = async (/** @type {AudioNode} */ node, /** @type {number} */ ms) => {
      const analyser = node.context.createAnalyser();
      analyser.fftSize = 2048;
      node.connect(analyser);
      await w.sleep(ms);
      const x = new Float32Array(2048);
      analyser.getFloatTimeDomainData(x);
      node.disconnect(analyser);
      return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    };
  });
  try {
    const result = await session.page.evaluate(`(${body.toString()})(globalThis)`);
    assert.deepEqual(session.problems, []);
    return /** @type {T} */ (result);
  } finally {
    await session.close();
  }
}

for (const isolation of [true, false]) {
  test(`with${isolation ? '' : 'out'}_isolation_a_turning_head_is_heard_and_its_statistics_arrive`, async () => {
    const stats = await inPage(async (w) => {
      const context = new AudioContext();
      const pinna = await w.pinnaModule.createPinna(context);
      pinna.connect(context.destination);
      const source = pinna.createSource({ position: [1, 0, -1], buffer: w.noise(20000), loop: true, autoplay: true });
      await source.loaded;
      const end = performance.now() + 2500;
      let moving = 0;
      while (performance.now() < end) {
        moving = Math.max(moving, pinna.stats.sources.moving);
        const angle = performance.now() / 500;
        pinna.listener.setPose([0, 0, 0], [0, Math.sin(angle), 0, Math.cos(angle)]);
        await new Promise(requestAnimationFrame);
      }
      const { stats } = pinna;
      const level = await w.level(pinna.node, 100);
      pinna.dispose();
      return { ...stats, level, moving };
    }, { isolation });
    assert.equal(stats.transport, isolation ? 'shared' : 'message');
    assert.ok(stats.frames > 44100, `${stats.frames} frames`);
    assert.ok(stats.scenes.applied > 20, `${stats.scenes.applied} scenes`);
    assert.equal(stats.scenes.refused, 0);
    assert.deepEqual({ ...stats.sources, moving: stats.moving }, { active: 1, sounding: 1, moving: 1, bulk: 0,
      linnDense: 0, linnFir: 0, max: 64 });
    assert.equal(stats.latency.algorithmFrames, 0);
    assert.ok(stats.load.p99 < 0.5 && stats.load.worst < 0.9, JSON.stringify(stats.load));
    assert.equal(stats.starvedFrames, 0);
    assert.ok(stats.level > 0.005, `level ${stats.level}`);
    assert.ok(stats.memoryBytes <= 8e6, `${stats.memoryBytes} bytes for 64 sources`);
  });
}

test('dispose_stops_the_processor_and_later_use_is_refused', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context);
    pinna.connect(context.destination);
    const source = pinna.createSource({ position: [1, 0, -1], buffer: w.noise(20000), loop: true, autoplay: true });
    await source.loaded;
    const before = await w.level(pinna.node, 200);
    /** @type {any[]} */
    const answers = [];
    pinna.node.port.addEventListener('message', (/** @type {MessageEvent} */ e) => answers.push(e.data?.type));
    const states = [];
    pinna.addEventListener('statechange', () => states.push(pinna.state));
    pinna.dispose();
    const gain = context.createGain();
    pinna.node.connect(gain);
    gain.connect(context.destination);
    const afterwards = await w.level(gain, 200);
    const refusals = [() => pinna.createSource(), () => source.setPosition(0, 0, 0), () => pinna.flush(),
      () => pinna.listener.setPosition(1, 2, 3)].map((use) => {
      try {
        use();
        return 'nothing';
      } catch (error) {
        return /** @type {Error} */ (error).message;
      }
    });
    pinna.dispose();
    return { before, afterwards, refusals, states, answers };
  });
  assert.ok(result.before > 0.005);
  assert.equal(result.afterwards, 0, 'not a sample after dispose');
  assert.deepEqual(result.answers, ['disposed']);
  assert.deepEqual(result.states, ['disposed']);
  assert.match(result.refusals[0], /this pinna was disposed of: make another with createPinna/);
  assert.match(result.refusals[1], /this source was disposed of/);
  assert.match(result.refusals[2], /disposed of/);
  assert.match(result.refusals[3], /disposed of/);
});

test('a_clip_that_ended_says_so_once_and_can_be_started_again', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context);
    pinna.connect(context.destination);
    const source = pinna.createSource({ buffer: w.noise(4410), position: [0, 0, -1] });
    let ended = 0;
    source.addEventListener('ended', () => {
      ended += 1;
    });
    const counts = [];
    for (let i = 0; i < 2; i++) {
      source.start();
      counts.push([source.playing, ended]);
      await w.sleep(500);
      counts.push([source.playing, ended]);
    }
    source.loop = true;
    source.start();
    await w.sleep(400);
    counts.push([source.playing, ended]);
    source.stop();
    await w.sleep(300);
    counts.push([source.playing, ended]);
    pinna.dispose();
    return counts;
  });
  assert.deepEqual(result, [[true, 0], [false, 1], [true, 1], [false, 2], [true, 2], [false, 3]]);
});

test('bad_arguments_are_refused_by_name_and_the_scene_keeps_its_last_good_values', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2 });
    pinna.connect(context.destination);
    const source = pinna.createSource({ position: [1, 2, 3] });
    const attempts = {
      nan: () => source.setPosition(NaN, 0, 0),
      two: () => source.setPosition([1, 2]),
      text: () => source.setPosition('1', 2, 3),
      huge: () => source.setPosition(1e39, 0, 0),
      object: () => source.setPosition({ x: 1, y: undefined, z: 3 }),
      quaternion: () => pinna.listener.setPose([0, 0, 0], [0, 0, 0, 0]),
      listener: () => pinna.listener.setPose([0, Infinity, 0], [0, 0, 0, 1]),
      gain: () => { source.gain = 'loud'; },
      model: () => { source.distanceModel = 'cubic'; },
      cone: () => { source.coneInnerAngle = 400; },
      option: () => pinna.createSource({ postion: [0, 0, 0] }),
      buffer: () => pinna.createSource({ buffer: 'bee.wav' }),
      falsy: () => pinna.createSource({ buffer: false }),
      empty: () => pinna.createSource({ buffer: '' }),
      velocity: () => pinna.listener.setPose([1, 0, 0], [0, 0, 0, 1], { velocity: { linear: [1, 0, 0] } }),
      speed: () => pinna.listener.setPose([1, 0, 0], [0, 0, 0, 1], { time: 0, velocity: { angular: 0 } }),
      start: () => source.start(),
      many: () => { pinna.createSource(); pinna.createSource(); },
    };
    /** @type {Record<string, string>} */
    const errors = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        attempt();
        errors[name] = 'nothing';
      } catch (error) {
        errors[name] = `${/** @type {Error} */ (error).name}: ${/** @type {Error} */ (error).message}`;
      }
    }
    await pinna.flush();
    const kept = { position: source.position, gain: source.gain, model: source.distanceModel, listener:
      pinna.listener.position, sources: pinna.sources.length, mended: pinna.stats.mended.values };
    pinna.dispose();
    return { errors, kept };
  });
  const { errors } = result;
  assert.equal(errors.nan, 'TypeError: source position x must be a finite number, not NaN');
  assert.equal(errors.two, 'TypeError: source position must have 3 numbers, not 2: [1, 2]');
  assert.equal(errors.text, 'TypeError: source position x must be a finite number, not "1"');
  assert.match(errors.huge, /^RangeError: source position x must be within the range of a 32-bit float/);
  assert.equal(errors.object, 'TypeError: source position.y must be a finite number, not undefined');
  assert.match(errors.quaternion, /^TypeError: listener orientation must be a rotation/);
  assert.equal(errors.listener, 'TypeError: listener position[1] must be a finite number, not Infinity');
  assert.equal(errors.gain, 'TypeError: gain must be a finite number, not "loud"');
  assert.equal(errors.model,
    'TypeError: distanceModel must be one of "none", "linear", "inverse", "exponential", not "cubic"');
  assert.equal(errors.cone, 'RangeError: coneInnerAngle must be between 0 and 360, not 400');
  assert.match(errors.option, /^TypeError: createSource has no option "postion"/);
  assert.equal(errors.buffer, 'TypeError: buffer must be an AudioBuffer or a Float32Array, not "bee.wav"');
  assert.equal(errors.falsy, 'TypeError: buffer must be an AudioBuffer or a Float32Array, not false');
  assert.equal(errors.empty, 'TypeError: buffer must be an AudioBuffer or a Float32Array, not ""');
  assert.equal(errors.velocity,
    'TypeError: velocity is for predicting, which needs the pose\'s time: pass { time }, or leave it out');
  assert.match(errors.speed, /^TypeError: angular velocity must be 3 numbers/);
  assert.match(errors.start, /^TypeError: this source has no buffer to start/);
  assert.match(errors.many, /^RangeError: all 2 sources are in use \(maxSources\).*maxSources: 4/);
  assert.deepEqual(result.kept,
    { position: [1, 2, 3], gain: 1, model: 'inverse', listener: [0, 0, 0], sources: 2, mended: 0 });
});

test('a_source_in_a_slot_that_was_freed_begins_anew_and_clips_are_shared_and_freed', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, maxBuffers: 2 });
    pinna.connect(context.destination);
    const [one, two, three] = [1, 2, 3].map((seed) => w.noise(4000, seed));
    const a = pinna.createSource({ buffer: one, gain: 0.25, loop: true, autoplay: true });
    const b = pinna.createSource({ buffer: one });
    await Promise.all([a.loaded, b.loaded]);
    a.dispose();
    b.dispose();
    const c = pinna.createSource({ buffer: two });
    let full = '';
    await c.loaded;
    try {
      // The clip of a and b may still be fading out; that of c is in use.
      pinna.createSource({ buffer: three });
    } catch (error) {
      full = /** @type {Error} */ (error).message;
    }
    const free = pinna.sources.length;
    await w.sleep(400);
    const d = pinna.createSource({ buffer: three });
    await d.loaded;
    const silent = await w.level(pinna.node, 100);
    const result = { full, free, gain: d.gain, playing: d.playing, silent };
    pinna.dispose();
    return result;
  });
  assert.match(result.full, /^buffer: all 2 buffers are in use/);
  assert.deepEqual({ ...result, full: '' }, { full: '', free: 1, gain: 1, playing: false, silent: 0 });
});

test('a_clip_too_large_for_memory_is_an_error_event_and_the_sound_goes_on', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2 });
    pinna.connect(context.destination);
    const good = pinna.createSource({ buffer: w.noise(20000), loop: true, autoplay: true, position: [0, 0, -1] });
    await good.loaded;
    /** @type {any[]} */
    const events = [];
    pinna.addEventListener('error', (/** @type {any} */ e) => events.push(e.error.code, e.error.message));
    // What a page would send for a clip of more frames than wasm memory holds: the first piece tells its length.
    const samples = new Float32Array(8);
    pinna.node.port.postMessage({ type: 'clip', number: 2, frames: 2 ** 30 - 1, offset: 0, samples });
    await w.sleep(300);
    const level = await w.level(pinna.node, 100);
    const { state } = pinna;
    pinna.dispose();
    return { events, level, state };
  });
  assert.equal(result.events[0], 'memory');
  assert.match(result.events[1], /no memory for an audio clip of 1073741823 frames.*use fewer or shorter buffers/);
  assert.ok(result.level > 0.005);
  assert.equal(result.state, 'running');
});

test('state_follows_the_context_and_a_context_that_closed_is_named', async () => {
  const result = await inPage(async (w) => {
    const context = new AudioContext();
    const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1 });
    /** @type {string[]} */
    const states = [];
    pinna.addEventListener('statechange', () => states.push(pinna.state));
    await w.sleep(100);
    await context.suspend();
    await w.sleep(100);
    await pinna.resume();
    await w.sleep(100);
    await context.close();
    await w.sleep(50);
    let message = '';
    try {
      pinna.createSource();
    } catch (error) {
      message = /** @type {Error} */ (error).message;
    }
    return { states: states.filter((s, i) => s !== states[i - 1]), message };
  });
  assert.deepEqual(result.states.slice(-3), ['suspended', 'running', 'closed']);
  assert.match(result.message, /the AudioContext was closed/);
});

test('two_engines_live_in_one_context', async () => {
  const levels = await inPage(async (w) => {
    const context = new AudioContext();
    const pinnas = [await w.pinnaModule.createPinna(context), await w.pinnaModule.createPinna(context)];
    const levels = [];
    for (const [i, pinna] of pinnas.entries()) {
      pinna.connect(context.destination);
      pinna.createSource({ buffer: w.noise(20000), loop: true, autoplay: true, gain: i + 1, position: [0, 0, -1] });
      await pinna.flush();
    }
    for (const pinna of pinnas) {
      levels.push(await w.level(pinna.node, 300));
    }
    return levels;
  });
  // Twice the gain, by a twentieth of a second of noise each.
  assert.ok(Math.abs(levels[1] / levels[0] - 2) < 0.5, `${levels}`);
});
