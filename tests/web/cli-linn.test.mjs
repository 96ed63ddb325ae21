// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { binauralSpeechScene, mouthPosition, talkerOrientation } from '../../web/cli/binaural-speech.js';
import { ROOT, energy, lagOf, readWav, refused, temporaryFolder, works, writeMono } from './cli-support.mjs';

const folder = temporaryFolder();
const RATE = 48000;
const HEAD = path.join(ROOT, 'models/kemar/kemar.safetensors');
const GOLDEN = path.join(ROOT, 'tests/golden/linn');
const RANDOM = path.join(GOLDEN, 'random-dense.safetensors');

/** @param {string} file @returns {Record<string, { values: Float32Array, shape: number[] }>} */
function tensors(file) {
  const bytes = fs.readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
  return Object.fromEntries(Object.entries(header).filter(([name]) => name !== '__metadata__')
    .map(([name, { data_offsets: [from, to], shape }]) => [name, {
      shape,
      values: Float32Array.from({ length: (to - from) / 4 },
        (_, i) => bytes.readFloatLE(8 + headerBytes + from + 4 * i)),
    }]));
}

/** Largest error over the largest magnitude. @param {ArrayLike<number>} got @param {ArrayLike<number>} wanted */
function relative(got, wanted, count = wanted.length) {
  let [error, peak] = [0, 0];
  for (let i = 0; i < count; i++) {
    error = Math.max(error, Math.abs(got[i] - wanted[i]));
    peak = Math.max(peak, Math.abs(wanted[i]));
  }
  return error / peak;
}

/** FNV-1a over the samples' bits. @param {Float32Array[]} parts */
function digestOf(parts) {
  let digest = 2166136261;
  for (const part of parts) {
    for (const byte of new Uint8Array(part.buffer, part.byteOffset, part.byteLength)) {
      digest = Math.imul(digest ^ byte, 16777619) >>> 0;
    }
  }
  return digest;
}

/** @param {string} name @param {ArrayLike<number>} rows */
function writeRows(name, rows) {
  const lines = [];
  for (let i = 0; i < rows.length; i += 7) {
    lines.push(Array.prototype.slice.call(rows, i, i + 7).map(String).join(' '));
  }
  fs.writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
  return name;
}

test('form A in wasm is the trainer\'s, from files to file, to 1e-5, and native code\'s bit for bit', () => {
  const { mono, rows, audio } = tensors(path.join(GOLDEN, 'random-dense-vectors.safetensors'));
  const frames = mono.values.length;
  writeMono(folder, 'mono.wav', RATE, Array.from(mono.values));
  writeRows('rows.txt', rows.values);
  works(folder, 'render', '--mono', 'mono.wav', '--positions', 'rows.txt', '-o', 'a.wav', '--renderer', 'linn-dense',
    '--model', RANDOM);
  const out = readWav(folder, 'a.wav');
  assert.equal(out.frames, frames);
  // The trainer's recording ends in the middle of the last frame's window; here silence follows it.
  const counted = frames - 512;
  assert.ok(relative(out.left, audio.values, counted) < 1e-5);
  assert.ok(relative(out.right, audio.values.subarray(frames), counted) < 1e-5);
  const native = /RANDOM_AUDIO = (0x[0-9a-f]+)/.exec(
    fs.readFileSync(path.join(ROOT, 'tests/golden/test_linn_dense.c'), 'utf8'))?.[1];
  assert.equal(digestOf([out.left, out.right].map((ear) => Float32Array.from(ear))), Number(native));
});

test('a row is where and how the engine has it: mouth, direction of the face, and back', () => {
  const row = [0.4, -0.7, 0.1, 0.1, -0.2, 0.6, 0.76];
  const scene = /** @type {any} */ (binauralSpeechScene('a.wav', [{ index: 0, row }], RATE, 1,
    { mouth: [0.05, 0.01, -0.12], turned: true }));
  const [pose] = scene.sources[0].poses;
  const [f, r, u] = mouthPosition(row, [0.05, 0.01, -0.12]);
  assert.deepEqual(pose.position, [r, u, -f]);
  // The face: +x of the talker, turned by the row's inverse, is -z turned by the engine's quaternion.
  const face = mouthPosition([0, 0, 0, ...row.slice(3)], [1, 0, 0]);
  const [x, y, z, w] = talkerOrientation(row);
  const engine = [-2 * (x * z + w * y), -2 * (y * z - w * x), -(1 - 2 * (x * x + y * y))];
  [face[1], face[2], -face[0]].forEach((v, k) => assert.ok(Math.abs(v - engine[k]) < 1e-12));
});

test('forms A and B of a scene agree in time, and neither is the measured head', () => {
  const seed = { state: 1 };
  const noise = Array.from({ length: RATE }, () => {
    seed.state = (Math.imul(seed.state, 1664525) + 1013904223) >>> 0;
    return 0.3 * ((seed.state >>> 8) / 8388608 - 1);
  });
  writeMono(folder, 'noise.wav', RATE, noise);
  fs.writeFileSync(path.join(folder, 's.json'), JSON.stringify({
    pinna: 1, sampleRate: RATE, durationS: 1,
    sources: [{
      id: 'a', audio: 'noise.wav', poses: [{ t: 0, position: [1, 0.2, -0.4] }, { t: 1, position: [1, 0, 0.6] }],
    }],
  }));
  const [a, b, head] = ['linn-dense', 'linn-fir', 'hrtf'].map((renderer) => {
    const model = renderer === 'hrtf' ? [] : ['--model', RANDOM];
    works(folder, 'render', 's.json', '-o', 'o.wav', '--renderer', renderer, ...model);
    return readWav(folder, 'o.wav').left;
  });
  assert.equal(a.length, RATE);
  // The random model's offset is negative: form B is late by what its filters need before their peaks, 24 to 32 frames.
  const late = lagOf(a, b, 8192, 40000, 64);
  assert.ok(late >= 20 && late <= 32, `${late}`);
  assert.ok(energy(a) > 0 && energy(b) > 0);
  assert.ok(energy(b.map((x, i) => x - head[i])) > 0.1 * energy(head));
});

test('a scene names its model, as a path beside itself; one on the command line goes before it', () => {
  writeMono(folder, 'noise.wav', RATE, Array.from({ length: 4800 }, (_, i) => Math.sin(0.3 * i * i)));
  const rendered = (/** @type {string | undefined} */ model, /** @type {string[]} */ ...args) => {
    fs.writeFileSync(path.join(folder, 'm.json'), JSON.stringify({
      pinna: 1, sampleRate: RATE, durationS: 0.1, renderer: 'linn', ...(model === undefined ? {} : { model }),
      sources: [{ id: 'a', audio: 'noise.wav', poses: [{ t: 0, position: [1, 0.2, -0.4] }] }],
    }));
    works(folder, 'render', 'm.json', '-o', 'm.wav', ...args);
    return readWav(folder, 'm.wav').left;
  };
  const field = path.join(GOLDEN, 'random-field.safetensors');
  fs.copyFileSync(field, path.join(folder, 'own.safetensors'));
  const [shipped, own, given] = [rendered(undefined), rendered('own.safetensors'),
    rendered('nowhere.safetensors', '--model', field)];
  assert.deepEqual(own, given);
  assert.notDeepEqual(own, shipped);
  refused(folder, /^pinna: .*nowhere\.safetensors: /m, 'render', 'm.json', '-o', 'm.wav');
});

test('live, poses move with every sample: near what they do in steps, and not the same', () => {
  const frames = RATE / 2;
  writeMono(folder, 'mono.wav', RATE, Array.from({ length: frames }, (_, i) => 0.5 * Math.sin(0.1 * i)));
  writeRows('rows.txt', Array.from({ length: 61 }, (_, i) => [1 + 0.002 * i, -0.5 + 0.004 * i, 0, 0, 0, 0.1, 0.99])
    .flat());
  const talker = ['render', '--mono', 'mono.wav', '--positions', 'rows.txt', '-o', 'l.wav', '--model', RANDOM];
  const [steps, live] = [[], ['--live']].map((flag) => {
    works(folder, ...talker, '--renderer', 'linn-dense', ...flag);
    return readWav(folder, 'l.wav').left;
  });
  assert.equal(live.length, frames);
  const apart = energy(live.map((x, i) => x - steps[i])) / energy(steps);
  assert.ok(apart > 1e-6 && apart < 0.5, `${apart}`);
  refused(folder, /^pinna: --live is given, and nothing here renders in another way than live; it goes with /m,
    ...talker, '--renderer', 'linn-fir', '--live');
});

test('rows that are left out lie straight between the others', () => {
  const path7 = (/** @type {number} */ i) => [1 + 0.002 * i, -0.5 + 0.004 * i, 0, 0, 0, 0.1, 0.99];
  writeMono(folder, 'tone.wav', RATE, Array.from({ length: RATE / 2 }, (_, i) => 0.5 * Math.sin(0.1 * i)));
  const all = Array.from({ length: 61 }, (_, i) => i);
  fs.writeFileSync(path.join(folder, 'full.txt'), all.map((i) => path7(i).join(' ')).join('\n'));
  fs.writeFileSync(path.join(folder, 'sparse.txt'),
    all.filter((i) => i % 20 === 0).map((i) => [i, ...path7(i)].join(' ')).join('\n'));
  const [full, sparse] = ['full', 'sparse'].map((name) => {
    works(folder, 'render', '--mono', 'tone.wav', '--positions', `${name}.txt`, '-o', 'o.wav',
      '--renderer', 'linn-dense', '--model', RANDOM);
    return readWav(folder, 'o.wav').left;
  });
  assert.ok(energy(full.map((x, i) => x - sparse[i])) < 1e-9 * energy(full));
});

test('a model that is none, and a model for a renderer without one, are refused with a mend', () => {
  writeMono(folder, 'short.wav', RATE, [0, 1, 0]);
  writeRows('one.txt', [1, 0, 0, 0, 0, 0, 1]);
  fs.writeFileSync(path.join(folder, 'none.safetensors'), 'nothing');
  const talker = ['render', '--mono', 'short.wav', '--positions', 'one.txt', '-o', 'o.wav'];
  refused(folder, /^pinna: none\.safetensors: it is not a dense LINN; name a file /m,
    ...talker, '--renderer', 'linn-fir', '--model', 'none.safetensors');
  refused(folder, /^pinna: .*random-field\.safetensors: it is not a dense LINN; /m,
    ...talker, '--renderer', 'linn-dense', '--model', path.join(GOLDEN, 'random-field.safetensors'));
  refused(folder, /^pinna: --model is given, and "default" renders without one; add: --renderer linn or linn-dense/m,
    ...talker, '--model', RANDOM);
  for (const [renderer, ...model] of [['linn'], ['linn-dense', '--model', RANDOM]]) {
    refused(folder, new RegExp(`^pinna: --hrtf is given, and "${renderer}" renders with a network in`), ...talker,
      '--renderer', renderer, ...model, '--hrtf', HEAD);
  }
  refused(folder, /^pinna: short\.wav: linn-dense renders rows as they are at 48000 Hz, without a replay; add: /m,
    ...talker, '--renderer', 'linn-dense', '--model', RANDOM, '--rate', '44100');
});
