// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import {
  PINNA, pinna, readWav, refused, speak, temporaryFolder, works, writeMono, writeScene,
} from './cli-support.mjs';

const folder = temporaryFolder();
const HEAD = path.join(import.meta.dirname, '../../models/kemar/kemar.safetensors');
/** Frames at the end in which the reference's kernels already see that the engine's sound goes on. */
const END = 600;

test.before(() => {
  speak(folder, 'voice.wav');
});

/** @param {string} a @param {string} b  of the same length @returns {number} dB of the difference over the first */
function differenceDb(a, b) {
  const [wanted, got] = [readWav(folder, a), readWav(folder, b)];
  assert.equal(got.frames, wanted.frames);
  let error = 0;
  let energy = 0;
  wanted.channels.forEach((channel, c) => channel.subarray(0, wanted.frames - END).forEach((x, i) => {
    error += (got.channels[c][i] - x) ** 2;
    energy += x ** 2;
  }));
  assert.ok(energy > 1, `${a} is silent`);
  return 10 * Math.log10(error / energy);
}

/** @param {object} scene @param {...string} options @returns {number} */
function engineDiffers(scene, ...options) {
  writeScene(folder, 'scene.json', scene);
  works(folder, 'render', 'scene.json', '-o', 'hrtf.wav', ...options);
  works(folder, 'render', 'scene.json', '-o', 'exact.wav', '--renderer', 'exact', ...options);
  return differenceDb('exact.wav', 'hrtf.wav');
}

/** @param {number} hz @param {number} seconds */
function noise(hz, seconds) {
  let seed = 1;
  return Float32Array.from({ length: hz * seconds }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return 0.25 * ((seed >>> 8 & 0xffff) / 32768 - 1);
  });
}

test('the_engine_comes_as_near_to_the_reference_as_its_hops_allow', (t) => {
  writeMono(folder, 'noise.wav', 48000, noise(48000, 1));
  const poses = [{ t: 0, position: [-3, 0, -2] }, { t: 1, position: [2, 1, -2] }];
  const still = [{ t: 0, position: [1.5, 0.5, -1] }];
  for (const [what, scene, most] of /** @type {[string, object, number][]} */ ([
    ['at rest', { sources: [{ audio: 'noise.wav', poses: still }] }, -95],
    ['a source passes at 5 m/s', { sources: [{ audio: 'noise.wav', poses }] }, -60],
    ['the listener passes, with Doppler', { listener: { poses },
      sources: [{ audio: 'noise.wav', doppler: true, poses: [{ t: 0, position: [0, 0, 0] }] }] }, -40],
    ['a cone, head-locked, limited', { limiter: true, gain: 3, sources: [{ audio: 'noise.wav', headLocked: true,
      cone: { innerAngle: 60, outerAngle: 300, outerGain: 0.1 }, poses: still }] }, -95],
    ['near, airy, directed', { sources: [{ audio: 'noise.wav', nearField: true, air: true, directivity: 'voice',
      poses: [{ t: 0, position: [0.4, 0, -0.2] }] }] }, -50],
  ])) {
    const db = engineDiffers({ durationS: 1, ...scene });
    t.diagnostic(`${what}: ${db.toFixed(1)} dB`);
    assert.ok(db <= most, `${what}: ${db} dB, more than ${most}`);
  }
});

test('the_reference_renders_at_any_rate_and_clips_of_any_rate', (t) => {
  const scene = { durationS: 1, sources: [{ audio: 'voice.wav', poses: [{ t: 0, position: [-1, 0, -1] }] }] };
  for (const rate of ['44100', '96000']) {
    const db = engineDiffers(scene, '--rate', rate);
    t.diagnostic(`${rate} Hz: ${db.toFixed(1)} dB`);
    assert.ok(db <= -40, `${rate} Hz: ${db} dB`);
  }
});

test('a_quantum_changes_no_byte_and_a_scene_may_name_the_renderer', () => {
  writeScene(folder, 'named.json', { durationS: 0.2, renderer: 'exact', sources: [
    { audio: 'voice.wav', poses: [{ t: 0, position: [1, 0, 0] }, { t: 0.1, position: [0, 0, -1] },
      { t: 0.1, position: [0, 1, 0] }] }] });
  works(folder, 'render', 'named.json', '-o', 'a.wav', '--quantum', '1');
  works(folder, 'render', 'named.json', '-o', 'b.wav', '--quantum', '4096');
  assert.deepEqual(fs.readFileSync(path.join(folder, 'a.wav')), fs.readFileSync(path.join(folder, 'b.wav')));
});

test('what_it_cannot_render_is_refused_with_a_reason', () => {
  const poses = [{ t: 1, position: [0, 0, 0] }, { t: 2, position: [400, 0, 0] }];
  const call = ['render', 's.json', '-o', 'o.wav', '--renderer', 'exact'];
  writeScene(folder, 's.json', { durationS: 1, sources: [{ audio: 'voice.wav', doppler: true, poses }] });
  refused(folder, /^pinna: s\.json: sources\[0\] moves at 400 m\/s from 1 s to 2 s, and sound at 343 m\/s; with/,
    ...call);
  writeScene(folder, 's.json', { durationS: 1, listener: { poses },
    sources: [{ audio: 'voice.wav', doppler: true, poses: poses.slice(0, 1) }] });
  refused(folder, /^pinna: s\.json: the listener moves at 400 m\/s/, ...call);
  writeScene(folder, 's.json', { durationS: 1, sources: [{ audio: 'voice.wav', poses }] });
  refused(folder, /^pinna: --dump-replay records what the engine is fed, and the renderer exact is none; /, ...call,
    '--dump-replay', 'd.replay');
  writeScene(folder, 's.json', { durationS: 1, sources: [{ audio: 'voice.wav', radius: 2, poses }] });
  refused(folder, /sources\[0\]\.radius is 2, and the renderer exact knows no radius because its .* are points; leave/,
    ...call);
  writeScene(folder, 's.json', { durationS: 1, sources: [{ audio: 'voice.wav', poses }] });
  fs.writeFileSync(path.join(folder, 'cut.safetensors'), fs.readFileSync(HEAD).subarray(0, 1000));
  refused(folder, /^pinna: cut\.safetensors: .*; /, ...call, '--hrtf', 'cut.safetensors');
});

test('an_interrupt_leaves_nothing_half_written', async () => {
  writeScene(folder, 'long.json', { durationS: 3600, sources: [{ audio: 'voice.wav', loop: true, air: true,
    poses: [{ t: 0, position: [1, 0, 0] }, { t: 3600, position: [99, 0, 0] }] }] });
  const child = spawn(process.execPath, [PINNA, 'render', 'long.json', '-o', 'long.wav', '--renderer', 'exact'],
    { cwd: folder });
  const part = () => fs.readdirSync(folder).filter((name) => name.endsWith('.part'));
  while (part().length === 0 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  assert.deepEqual(part(), []);
  assert.equal(fs.existsSync(path.join(folder, 'long.wav')), false);
});

test('the_help_names_it', () => {
  assert.match(pinna(folder, 'render', '--help').stdout, /exact: the reference, double precision/);
});
