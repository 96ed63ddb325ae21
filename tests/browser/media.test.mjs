// SPDX-License-Identifier: MIT
/** Streams, media elements, autoplay, interruptions and output devices, in a real Chromium with fake devices. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { after, before } from 'node:test';
import { launch, open, test } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
});
after(() => browser.close());

/** In the page: an engine that sounds, and what measures its ears. @param {object} [options] */
async function begin(options) {
  const w = /** @type {any} */ (globalThis);
  const context = new AudioContext({ sampleRate: 48000 });
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 4, timbre: 'measured', ...options });
  pinna.connect(context.destination);
  w.sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** Levels of a two-channel node over some time, dB. */
  w.levels = async (/** @type {AudioNode} */ node, ms = 400) => {
    const splitter = new ChannelSplitterNode(node.context, { numberOfOutputs: 2 });
    const meters = [0, 1].map((channel) => {
      const meter = new AnalyserNode(node.context, { fftSize: 2048 });
      splitter.connect(meter, channel);
      return meter;
    });
    node.connect(splitter);
    const sums = [0, 0];
    const data = new Float32Array(2048);
    const end = performance.now() + ms;
    let rounds = 0;
    while (performance.now() < end) {
      await w.sleep(45);
      meters.forEach((meter, ear) => {
        meter.getFloatTimeDomainData(data);
        sums[ear] += data.reduce((sum, x) => sum + x * x, 0) / data.length;
      });
      rounds += 1;
    }
    node.disconnect(splitter);
    return sums.map((sum) => 10 * Math.log10(sum / rounds + 1e-30));
  };
  /** Someone who talks without end: a stream of noise from another context. */
  w.talker = () => {
    const other = new AudioContext({ sampleRate: 48000 });
    const buffer = new AudioBuffer({ length: 48000, sampleRate: 48000 });
    buffer.copyToChannel(w.noise(48000), 0);
    const noise = new AudioBufferSourceNode(other, { buffer, loop: true });
    const sink = new MediaStreamAudioDestinationNode(other, { channelCount: 1 });
    noise.connect(sink);
    noise.start();
    return sink.stream;
  };
  w.errorOf = async (/** @type {() => unknown} */ body) => {
    try {
      await body();
      return null;
    } catch (error) {
      const { name, code, message } = /** @type {any} */ (error);
      return { name, code, message };
    }
  };
  Object.assign(w, { context, pinna });
}

/** @param {Parameters<typeof open>[1] & { options?: object, in?: import('playwright-core').Browser }} [how] */
async function enter(how = {}) {
  const session = await open(how.in ?? browser, how);
  await session.page.evaluate(begin, how.options ?? {});
  return {
    ...session,
    /** Runs in the page. @param {string} body of an async function @returns {Promise<any>} */
    run: (body) => session.page.evaluate(`(async () => { const w = globalThis; ${body} })()`),
    /** Nothing was complained of. */
    end: async () => {
      assert.deepEqual(session.problems, []);
      await session.close();
    },
  };
}

/** In the page: a real connection to itself; `w.remote` is what arrives. */
const CONNECT = `
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate);
  const arrived = new Promise((resolve) => { there.ontrack = ({ streams }) => resolve(streams[0]); });
  const local = w.talker();
  local.getTracks().forEach((track) => here.addTrack(track, local));
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  w.remote = await arrived;
  w.here = here; w.there = there;`;

test('a_remote_webrtc_stream_is_heard_from_where_its_source_is', async (t) => {
  const page = await enter();
  const result = await page.run(`${CONNECT}
    const plain = new MediaStreamAudioSourceNode(w.context, { mediaStream: w.remote });
    const mono = new GainNode(w.context);
    plain.connect(mono);
    await w.sleep(1000);
    const [without] = await w.levels(mono);
    plain.disconnect();
    const source = w.pinna.addMediaStream(w.remote, { position: [-1, 0, 0] });
    await w.sleep(1000);
    const left = await w.levels(w.pinna.node);
    source.setPosition(1, 0, 0);
    await w.sleep(300);
    const right = await w.levels(w.pinna.node);
    source.dispose();
    await w.sleep(300);
    const over = await w.levels(w.pinna.node);
    return { without, left, right, over, tracks: w.remote.getAudioTracks().map((track) => track.readyState),
      sources: w.pinna.sources.length };`);
  t.diagnostic(`a MediaStreamAudioSourceNode alone gets ${result.without.toFixed(0)} dB; at the ears ` +
    `${result.left.map((/** @type {number} */ x) => x.toFixed(1))} dB from the left`);
  assert.ok(result.left[0] > -50, 'the left ear hears it');
  assert.ok(result.left[0] > result.left[1] + 6, `${result.left} dB from the left`);
  assert.ok(result.right[1] > result.right[0] + 6, `${result.right} dB from the right`);
  assert.ok(Math.max(...result.over) < -120, 'disposed of, it is silent');
  assert.deepEqual(result.tracks, ['live'], 'the stream itself goes on');
  assert.equal(result.sources, 0);
  await page.end();
});

test('a_stream_ends_with_its_tracks_and_may_come_again', async () => {
  const page = await enter();
  const result = await page.run(`
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const first = w.pinna.addMediaStream(stream);
    first.dispose();
    const source = w.pinna.addMediaStream(stream, { position: [0, 0, -1], gain: 0.5 });
    await w.sleep(1200);
    const heard = await w.levels(w.pinna.node, 1500);
    // A track that the page itself stops tells nobody; one whose sender is gone does.
    const ended = new Promise((resolve) => source.addEventListener('ended', () => resolve('ended')));
    const [track] = stream.getAudioTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
    return { heard, gain: source.gain, event: await Promise.race([ended, w.sleep(2000)]) };`);
  assert.ok(Math.min(...result.heard) > -60, `the fake microphone beeps: ${result.heard} dB`);
  assert.equal(result.gain, 0.5);
  assert.equal(result.event, 'ended');
  await page.end();
});

test('a_stream_without_sound_and_other_wrong_arguments_are_named_and_leave_no_source', async () => {
  const page = await enter();
  const result = await page.run(`
    const video = await navigator.mediaDevices.getUserMedia({ video: true });
    const stream = w.talker();
    const offline = await w.pinnaModule.createPinna(new OfflineAudioContext(2, 128, 48000), { maxSources: 1 });
    return { errors: await Promise.all([
      () => w.pinna.addMediaStream(video),
      () => w.pinna.addMediaStream('microphone'),
      () => w.pinna.addMediaStream(stream, { loop: true }),
      () => w.pinna.addMediaStream(stream, { positon: [0, 0, 0] }),
      () => offline.addMediaStream(stream),
      () => w.pinna.addMediaElement('audio'),
    ].map(w.errorOf)), sources: w.pinna.sources.length };`);
  const wanted = [/no audio track: wait for one/, /needs a MediaStream, not "microphone"/, /has no option "loop"/,
    /has no option "positon"/, /OfflineAudioContext has no streams/, /needs an <audio> or a <video>.*not "audio"/];
  wanted.forEach((pattern, i) => {
    assert.equal(result.errors[i]?.name, 'TypeError');
    assert.match(result.errors[i].message, pattern);
  });
  assert.equal(result.sources, 0);
  await page.end();
});

/** In the page: an element with a second of noise at the given address, or at one of its own. */
const ELEMENT = `
  w.wav = () => {
    const samples = Int16Array.from(w.noise(48000), (x) => 32767 * x);
    const head = new DataView(new ArrayBuffer(44));
    const text = (at, word) => [...word].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)));
    text(0, 'RIFF'); head.setUint32(4, 36 + 96000, true); text(8, 'WAVEfmt '); head.setUint32(16, 16, true);
    head.setUint16(20, 1, true); head.setUint16(22, 1, true); head.setUint32(24, 48000, true);
    head.setUint32(28, 96000, true); head.setUint16(32, 2, true); head.setUint16(34, 16, true);
    text(36, 'data'); head.setUint32(40, 96000, true);
    return URL.createObjectURL(new Blob([head.buffer, samples], { type: 'audio/wav' }));
  };
  w.element = (src, crossOrigin = null) => {
    const element = new Audio();
    element.crossOrigin = crossOrigin;
    element.src = src;
    return element;
  };`;

test('a_media_element_is_heard_from_where_its_source_is_and_may_come_again', async () => {
  const page = await enter();
  const result = await page.run(`${ELEMENT}
    const element = w.element(w.wav());
    w.pinna.addMediaElement(element).dispose();
    const source = w.pinna.addMediaElement(element, { position: [1, 0, 0] });
    const ended = new Promise((resolve) => source.addEventListener('ended', () => resolve('ended')));
    await element.play();
    const right = await w.levels(w.pinna.node);
    const event = await Promise.race([ended, w.sleep(5000)]);
    source.dispose();
    element.loop = true;
    await element.play();
    const over = await w.levels(w.pinna.node);
    return { right, event, over };`);
  assert.ok(result.right[1] > -40 && result.right[1] > result.right[0] + 6, `${result.right} dB`);
  assert.equal(result.event, 'ended');
  assert.ok(Math.max(...result.over) < -120);
  await page.end();
});

test('an_element_that_another_graph_has_is_refused_with_the_mend', async () => {
  const page = await enter();
  const result = await page.run(`${ELEMENT}
    const [own, foreign] = [w.element(w.wav()), w.element(w.wav())];
    w.context.createMediaElementSource(own);
    const other = new AudioContext();
    const second = await w.pinnaModule.createPinna(other, { maxSources: 1 });
    second.addMediaElement(foreign);
    return { errors: await Promise.all([own, foreign].map((element) => w.errorOf(() =>
      w.pinna.addMediaElement(element)))), sources: w.pinna.sources.length };`);
  for (const error of result.errors) {
    assert.equal(error?.code, 'media-taken');
    assert.match(error.message, /pass that node to source\.input, or use another element/);
  }
  assert.match(result.errors[1].message, /of another AudioContext/);
  assert.equal(result.sources, 0);
  await page.end();
});

test('media_of_another_origin_are_refused_where_browsers_would_give_silence_and_heard_with_cors', async () => {
  const sound = fs.readFileSync(new URL('../../examples/sounds/loop-tabla.wav', import.meta.url));
  const server = http.createServer(({ url }, response) => {
    const headers = url === '/open.wav' ? { 'access-control-allow-origin': '*' } : {};
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': sound.length, ...headers });
    response.end(sound);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const page = await enter({ isolation: false });
  try {
    const result = await page.run(`${ELEMENT}
      const foreign = 'http://127.0.0.1:${port}';
      const errors = [];
      w.pinna.addEventListener('error', ({ error }) => errors.push({ code: error.code, message: error.message }));
      const tainted = await w.errorOf(() => w.pinna.addMediaElement(w.element(foreign + '/open.wav')));
      const left = w.pinna.sources.length;
      const good = w.element(foreign + '/open.wav', 'anonymous');
      const source = w.pinna.addMediaElement(good, { position: [0, 0, -1] });
      good.loop = true;
      await good.play();
      const heard = await w.levels(w.pinna.node, 1500);
      // Without the server's word an element with crossorigin fails, later.
      const closed = w.element(foreign + '/closed.wav', 'anonymous');
      w.pinna.addMediaElement(closed);
      await closed.play().catch(() => {});
      await w.sleep(200);
      const late = errors.splice(0);
      // Another address in the same element.
      good.pause();
      good.crossOrigin = null;
      good.src = foreign + '/open.wav';
      await w.sleep(500);
      return { tainted, left, heard, late, changed: errors, play: good.error };`);
    assert.equal(result.tainted?.code, 'media-tainted');
    assert.match(result.tainted.message, /crossorigin="anonymous".*127\.0\.0\.1:\d+ send Access-Control-Allow-Origin/);
    assert.equal(result.left, 0);
    assert.ok(Math.min(...result.heard) > -60, `${result.heard} dB`);
    assert.equal(result.late[0]?.code, 'media-failed');
    assert.match(result.late[0].message, /Access-Control-Allow-Origin for http:\/\/127\.0\.0\.1/);
    assert.equal(result.changed[0]?.code, 'media-tainted');
    await page.end();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('unlock_waits_for_the_first_gesture_and_leaves_no_listener', async () => {
  const strict = await launch(['--autoplay-policy=document-user-activation-required']);
  try {
    const session = await open(strict);
    const page = await strict.newPage();
    /** @type {string[]} */
    const spoken = [];
    page.on('console', (message) => spoken.push(message.text()));
    await page.goto(`${session.url}/test.html`);
    const debug = await page.context().newCDPSession(page);
    // Not page.evaluate, which counts as a gesture.
    const run = async (/** @type {string} */ body) => {
      const { result, exceptionDetails } = await debug.send('Runtime.evaluate', {
        expression: `(async () => { ${body} })()`, awaitPromise: true, returnByValue: true, userGesture: false,
      });
      assert.equal(exceptionDetails, undefined);
      return result.value;
    };
    const listeners = async () => {
      const { result } = await debug.send('Runtime.evaluate', { expression: 'document' });
      const found = await debug.send('DOMDebugger.getEventListeners', { objectId: String(result.objectId) });
      return found.listeners.map(({ type }) => type).sort();
    };
    await run(`while (!window.ready) await new Promise((resolve) => setTimeout(resolve, 50));
      window.context = new AudioContext();
      window.log = [];
      const left = new AbortController();
      pinnaModule.unlock(context).then(() => log.push('runs: ' + context.state));
      pinnaModule.unlock(context, { signal: left.signal }).catch((error) => log.push(error.code));
      left.abort();`);
    assert.deepEqual(await listeners(), ['keydown', 'mousedown', 'pointerup', 'touchend']);
    await page.waitForTimeout(300);
    assert.deepEqual(await run('return log'), ['aborted']);
    await page.mouse.click(50, 50);
    await page.waitForTimeout(1000);
    assert.deepEqual(await run('return log'), ['aborted', 'runs: running']);
    assert.deepEqual(await listeners(), []);
    // On a page that was touched it is at once; a closed context is told.
    const later = await run(`const context = new AudioContext();
      await context.suspend();
      await pinnaModule.unlock(context);
      const { state } = context;
      await context.close();
      return [state, await pinnaModule.unlock(context).catch((error) => error.code)];`);
    assert.deepEqual(later, ['running', 'context-closed']);
    assert.deepEqual(spoken.filter((text) => !/was not allowed to start/.test(text)), []);
    assert.ok(spoken.length <= 1, 'the browser complains of the context that was made, not of being asked');
    await session.close();
  } finally {
    await strict.close();
  }
});

/**
 * In the page: the system takes the sound away. No desktop browser does that, so the state's name is put on a context
 * that is really suspended, and taken off when someone resumes it after the interruption.
 */
const INTERRUPT = `
  w.interrupt = async () => {
    await w.context.suspend();
    w.over = false; w.asked = 0;
    Object.defineProperty(w.context, 'state', { value: 'interrupted', configurable: true });
    w.context.resume = async () => {
      w.asked += 1;
      if (!w.over) throw new DOMException('interrupted', 'InvalidStateError');
      delete w.context.state; delete w.context.resume;
      await w.context.resume();
    };
    w.context.dispatchEvent(new Event('statechange'));
  };
  w.heard = [];
  for (const type of ['interrupted', 'resumed']) w.pinna.addEventListener(type, () => w.heard.push(type));`;

test('an_interruption_is_told_and_the_sound_comes_back_by_itself_when_it_is_over', async () => {
  const page = await enter();
  const result = await page.run(`${INTERRUPT}
    const source = w.pinna.createSource({ buffer: w.noise(48000), loop: true, autoplay: true, position: [0, 0, -1] });
    await w.interrupt();
    await w.sleep(1200);
    const during = { asked: w.asked, state: w.pinna.state, heard: [...w.heard] };
    w.over = true;
    await w.sleep(900);
    const levels = await w.levels(w.pinna.node);
    const asked = w.asked;
    // What the page itself suspends stays so.
    await w.context.suspend();
    await w.sleep(1200);
    return { during, levels, state: w.context.state, more: w.asked - asked, heard: w.heard };`);
  assert.ok(result.during.asked >= 2, `asked ${result.during.asked} times`);
  assert.equal(result.during.state, 'interrupted');
  assert.deepEqual(result.during.heard, ['interrupted']);
  assert.deepEqual(result.heard, ['interrupted', 'resumed']);
  assert.ok(Math.min(...result.levels) > -50, `${result.levels} dB`);
  assert.equal(result.state, 'suspended');
  assert.equal(result.more, 0);
  await page.end();
});

test('where_the_page_wants_to_resume_by_itself_an_interruption_is_told_only', async () => {
  const page = await enter({ options: { resumeInterrupted: false } });
  const result = await page.run(`${INTERRUPT}
    await w.interrupt();
    w.over = true;
    await w.sleep(1200);
    const asked = w.asked;
    await w.pinna.resume();
    await w.sleep(200);
    return { asked, heard: w.heard };`);
  assert.deepEqual(result, { asked: 0, heard: ['interrupted', 'resumed'] });
  await page.end();
});

test('an_output_device_is_chosen_by_the_context_and_a_wrong_one_is_refused_with_the_mend', async () => {
  const page = await enter();
  const result = await page.run(`
    await navigator.mediaDevices.getUserMedia({ audio: true });
    const outputs = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'audiooutput');
    const { deviceId } = outputs.at(-1);
    await w.pinna.setOutputDevice(deviceId);
    const chosen = w.context.sinkId === deviceId;
    const unknown = await w.errorOf(() => w.pinna.setOutputDevice('nowhere'));
    const kept = w.context.sinkId === deviceId;
    await w.pinna.setOutputDevice('');
    const wrong = await w.errorOf(() => w.pinna.setOutputDevice(3));
    return { count: outputs.length, chosen, unknown, kept, back: w.context.sinkId, wrong };`);
  assert.ok(result.count > 1, 'there are fake devices');
  assert.ok(result.chosen);
  assert.equal(result.unknown?.code, 'output-device');
  assert.match(result.unknown.message, /take one of navigator\.mediaDevices\.enumerateDevices\(\) now/);
  assert.ok(result.kept);
  assert.equal(result.back, '');
  assert.match(result.wrong.message, /takes a deviceId, "" or \{ type: "none" \}, not 3/);
  await page.end();
});

test('where_only_elements_can_be_sent_to_a_device_the_sound_takes_that_way_and_back', async () => {
  const page = await enter();
  const result = await page.run(`
    delete AudioContext.prototype.setSinkId;
    await navigator.mediaDevices.getUserMedia({ audio: true });
    const outputs = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'audiooutput');
    const { deviceId } = outputs.at(-1);
    const elements = [];
    const { setSinkId } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.setSinkId = function (id) { elements.push(this); return setSinkId.call(this, id); };
    w.pinna.createSource({ buffer: w.noise(48000), loop: true, autoplay: true, position: [-1, 0, 0] });
    // What the destination gets, as a node before it can tell.
    const connected = new Set();
    const { connect, disconnect } = AudioNode.prototype;
    w.pinna.node.connect = function (to, ...more) { connected.add(to); return connect.call(this, to, ...more); };
    w.pinna.node.disconnect = function (to, ...more) {
      connected.delete(to);
      return disconnect.call(this, to, ...more);
    };
    w.pinna.disconnect(w.context.destination);
    w.pinna.connect(w.context.destination);
    await w.pinna.setOutputDevice(deviceId);
    const [element] = elements;
    const away = { sinkId: element.sinkId === deviceId, paused: element.paused,
      destination: connected.has(w.context.destination) };
    const listening = new AudioContext({ sampleRate: 48000 });
    const tap = new MediaStreamAudioSourceNode(listening, { mediaStream: element.srcObject });
    await w.sleep(500);
    const levels = await w.levels(tap);
    const unknown = await w.errorOf(() => w.pinna.setOutputDevice('nowhere'));
    await w.pinna.setOutputDevice('');
    const back = { paused: element.paused, destination: connected.has(w.context.destination) };
    delete HTMLMediaElement.prototype.setSinkId;
    const neither = await w.errorOf(() => w.pinna.setOutputDevice(deviceId));
    return { away, levels, unknown, back, neither };`);
  assert.deepEqual(result.away, { sinkId: true, paused: false, destination: false });
  assert.ok(result.levels[0] > -50 && result.levels[0] > result.levels[1] + 6, `${result.levels} dB`);
  assert.equal(result.unknown?.code, 'output-device');
  assert.deepEqual(result.back, { paused: true, destination: true });
  assert.equal(result.neither?.code, 'output-device');
  assert.match(result.neither.message, /has no AudioContext\.setSinkId .* the system's settings can choose/);
  await page.end();
});
