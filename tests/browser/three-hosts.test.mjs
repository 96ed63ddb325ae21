// SPDX-License-Identifier: MIT
/** One scene, three hosts: the command line, a page's OfflineAudioContext with the worklet, and the native library. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { buildWithCMake } from '../../web/tools/build.mjs';
import { withLock } from '../../web/tools/process.mjs';
import { ROOT, readWav, speak, temporaryFolder, works, writeMono, writeScene } from '../web/cli-support.mjs';
import { launch, open, samplesIn, test } from './harness.mjs';

const RATE = 48000;
const HOP = 128;
const DURATION_S = 1;
/** The figure. What is measured is printed: on one build of the arithmetic, the same bits. */
const AGREEMENT_DB = -100;
const BUILD = 'native-gcc';

/** A spoken sentence that circles the head once and rises, while the head turns away from it. */
const LISTENER = [
  { t: 0, position: [0, 0, 0], orientation: [0, 0, 0, 1] },
  { t: 1, position: [0, 0, 0], orientation: [0, Math.SQRT1_2, 0, Math.SQRT1_2] },
];
const PATH = Array.from({ length: 13 }, (_, i) => {
  const angle = 2 * Math.PI * i / 12;
  const position = [1.5 * Math.sin(angle), i / 12 - 0.3, -1.5 * Math.cos(angle)];
  return { t: i / 12, position, orientation: [0, 0, 0, 1] };
});

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
  await withLock(BUILD, () => buildWithCMake(BUILD, ['-DCMAKE_C_COMPILER=gcc'], ['pn_replay']));
});
after(() => browser.close());

/**
 * Renders in the page: the clip is played by the engine, the path is followed block by block.
 *
 * @param {{ clip: number[], rate: number, frames: number, hop: number, path: any[], listener: any[] }} wishes
 */
async function renderInPage({ clip, rate, frames, hop, path: poses, listener }) {
  const w = /** @type {any} */ (globalThis);
  const { Trajectory } = await import(/** @type {any} */ ('/web/scene/trajectory.js'));
  const context = new OfflineAudioContext(2, frames, rate);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 1, timbre: 'measured' });
  pinna.connect(context.destination);
  const source = pinna.createSource({ buffer: new Float32Array(clip) });
  const voice = new Trajectory(poses);
  const head = new Trajectory(listener);
  /** @param {number} t */
  const at = (t) => {
    voice.at(t);
    head.at(t);
    source.setPosition(...voice.position);
    pinna.listener.setPose([0, 0, 0], [...head.orientation]);
    return pinna.flush();
  };
  source.start();
  await source.loaded;
  await at(0);
  await at(hop / rate);
  for (let frame = hop; frame < frames; frame += hop) {
    context.suspend(frame / rate).then(() => at((frame + hop) / rate)).then(() => context.resume());
  }
  const rendered = await context.startRendering();
  return { left: w.samplesOut(rendered.getChannelData(0)), right: w.samplesOut(rendered.getChannelData(1)) };
}

/** Energy of the difference over that of the reference, dB. @param {Float32Array} a @param {Float32Array} b */
function distanceDb(a, b) {
  let off = 0;
  let all = 0;
  for (let i = 0; i < b.length; i++) {
    off += (a[i] - b[i]) ** 2;
    all += b[i] ** 2;
  }
  return off === 0 ? -Infinity : 10 * Math.log10(off / all);
}

test('a_spoken_sentence_around_the_head_is_the_same_from_the_command_line_a_page_and_the_native_library', async () => {
  const folder = temporaryFolder();
  speak(folder, 'spoken.wav', 'All around you.');
  // At the scene's rate, so that no host resamples: the sentence as the command line itself renders it to mono.
  const scene = (/** @type {any} */ more) => ({ sampleRate: RATE, durationS: DURATION_S, ...more });
  writeScene(folder, 'plain.json', scene({
    sources: [{ audio: 'spoken.wav', poses: [{ t: 0, position: [0, 0, 0] }] }],
  }));
  works(folder, 'render', 'plain.json', '-o', 'plain.wav');
  const clip = readWav(folder, 'plain.wav').left;
  writeMono(folder, 'voice.wav', RATE, clip);
  writeScene(folder, 'scene.json', scene({
    listener: { poses: LISTENER }, sources: [{ audio: 'voice.wav', poses: PATH }],
  }));

  works(folder, 'render', 'scene.json', '-o', 'cli.wav', '--dump-replay', 'session.replay');
  const cli = readWav(folder, 'cli.wav');
  const frames = DURATION_S * RATE;
  assert.equal(cli.frames, frames);

  const replay = path.join(ROOT, '.build', BUILD, 'tests/pn_replay');
  const { status, stderr } = spawnSync(replay, ['session.replay', 'native.f32'], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const raw = fs.readFileSync(path.join(folder, 'native.f32'));
  const native = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  const ear = (/** @type {number} */ e) => native.filter((_, i) => i % 2 === e);

  const session = await open(browser);
  const page = await session.page.evaluate(renderInPage,
    { clip: [...clip], rate: RATE, frames, hop: HOP, path: PATH, listener: LISTENER });
  assert.deepEqual(session.problems, []);
  await session.close();

  const loud = Math.max(...cli.left.map(Math.abs), ...cli.right.map(Math.abs));
  assert.ok(loud > 0.05 && loud < 1, `the sentence peaks at ${loud}`);
  for (const [name, distance] of /** @type {[string, number][]} */ ([
    ['native to command line, left', distanceDb(ear(0), cli.left)],
    ['native to command line, right', distanceDb(ear(1), cli.right)],
    ['page to command line, left', distanceDb(samplesIn(page.left), cli.left)],
    ['page to command line, right', distanceDb(samplesIn(page.right), cli.right)],
  ])) {
    console.log(`# ${name}: ${distance} dB`);
    assert.ok(distance <= AGREEMENT_DB, `${name}: ${distance} dB`);
  }
});
