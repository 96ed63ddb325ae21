// SPDX-License-Identifier: MIT
/** Scene files with soundfields, on the command line: a voice that is encoded, turned and heard. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { ambisonicGains } from '../../web/ambisonics.js';
import { differenceDb, energy, levelDifferenceDb, readWav, refused, render, speak, temporaryFolder, works, writeMono,
  writeScene } from './cli-support.mjs';

const folder = temporaryFolder();
/** Two ways to the same samples, each in float: rounding only. */
const SAME_DB = -100;

speak(folder, 'voice.wav');
const { channels: [voice], sampleRateHz: rate } = readWav(folder, 'voice.wav');
const seconds = Math.floor(10 * voice.length / rate) / 10;

/** @param {string} name @param {number[][]} directions @param {number} order  0 = without the last channel */
function encode(name, directions, order = 3) {
  const gains = directions.map((direction) => ambisonicGains(direction, order || 1));
  const count = gains[0].length - (order === 0 ? 1 : 0);
  const all = new Float32Array(voice.length * count);
  voice.forEach((x, n) => {
    for (let c = 0; c < count; c++) {
      // Each direction hears the voice a little later than the one before.
      all[n * count + c] = gains.reduce((sum, g, i) => sum + g[c] * (i === 0 ? x : voice[n - 4410 * i] ?? 0), 0);
    }
  });
  writeMono(folder, name, rate, all);
  const file = path.join(folder, name);
  const bytes = fs.readFileSync(file);
  bytes.writeUInt16LE(count, 22);
  bytes.writeUInt32LE(rate * 4 * count, 28);
  bytes.writeUInt16LE(4 * count, 32);
  fs.writeFileSync(file, bytes);
  return name;
}

encode('left.wav', [[-1, 0, 0]]);
encode('around.wav', [[-1, 0, 0], [0, 0, 1], [1, 0.5, -1]]);
encode('order1.wav', [[-1, 0, 0]], 1);
encode('three.wav', [[-1, 0, 0]], 0);

/** @param {object} field @param {object} [rest] */
const one = (field, rest = {}) => ({ durationS: seconds, sources: [], soundfields: [{ audio: 'left.wav', ...field }],
  ...rest });

/** @param {number} degrees to the left @returns {[number, number, number, number]} */
const yaw = (degrees) => [0, Math.sin(degrees * Math.PI / 360), 0, Math.cos(degrees * Math.PI / 360)];

test('an encoded voice is heard where a source is, as loud and on the same side', () => {
  const source = render(folder, { durationS: seconds, sources: [{ audio: 'voice.wav',
    poses: [{ t: 0, position: [-1, 0, 0] }] }] });
  const field = render(folder, one({}));
  for (const ear of /** @type {const} */ (['left', 'right'])) {
    const db = 10 * Math.log10(energy(field[ear]) / energy(source[ear]));
    assert.ok(Math.abs(db) < 2, `${ear}: ${db} dB`); // one direction; tests/reference/test_soundfield.c has the mean
  }
  const [of, by] = [source, field].map(({ left, right }) => levelDifferenceDb(left, right));
  assert.ok(of > 5 && Math.abs(of - by) < 2, `${of} and ${by} dB`);
});

test('a head that turns to the voice, and a field that turns away, put it ahead', () => {
  const head = render(folder, one({}, { listener: { poses: [{ t: 0, orientation: yaw(90) }] } }));
  const field = render(folder, one({ poses: [{ t: 0, orientation: yaw(-90) }] }));
  assert.ok(Math.abs(levelDifferenceDb(head.left, head.right)) < 0.5);
  assert.ok(differenceDb(head.left, field.left) < SAME_DB);
  assert.ok(differenceDb(head.right, field.right) < SAME_DB);
  const locked = render(folder, one({ headLocked: true }, { listener: { poses: [{ t: 0, orientation: yaw(90) }] } }));
  assert.ok(levelDifferenceDb(locked.left, locked.right) > 5);
});

test('fields and sources add up, whatever the block is', () => {
  const turning = { poses: [{ t: 0, orientation: yaw(0) }, { t: 2, orientation: yaw(170) }] };
  const parts = [
    { soundfields: [{ audio: 'around.wav', startS: 0.3, loop: true, gain: 0.5, ...turning }], sources: [] },
    { soundfields: [{ audio: 'left.wav', order: 1 }], sources: [] },
    { soundfields: [], sources: [{ audio: 'voice.wav', poses: [{ t: 0, position: [0, 1, -1] }] }] },
  ];
  const scene = { durationS: seconds, listener: turning };
  const heard = parts.map((part) => render(folder, { ...scene, ...part }));
  const all = { ...scene, soundfields: parts.flatMap((p) => p.soundfields), sources: parts.flatMap((p) => p.sources) };
  const whole = render(folder, all);
  const sum = whole.left.map((_, i) => heard.reduce((total, { left }) => total + left[i], 0));
  assert.ok(heard.every(({ left }) => energy(left) > 0));
  assert.ok(differenceDb(sum, whole.left) < SAME_DB);
  const odd = render(folder, all, '--quantum', '77');
  assert.deepEqual(odd.left, whole.left);
  assert.deepEqual(odd.right, whole.right);
});

test('a field that loops sounds to the end, one that does not ends', () => {
  const long = { durationS: 2 * seconds + 1 };
  const [looped, once] = [true, false].map((loop) => render(folder, one({ loop }, long)));
  const late = Math.round((seconds + 0.5) * 48000);
  assert.ok(energy(looped.left, late) > 0.3 * energy(looped.left, 0, late));
  assert.equal(energy(once.left, late), 0);
});

test('files that are no ambisonics, and renderers without soundfields, are refused', () => {
  writeScene(folder, 'mono.json', one({ audio: 'voice.wav' }));
  refused(folder, /voice\.wav must have 4, 9 or 16 channels.*has 1, which is mono/, 'render', 'mono.json',
    '-o', 'x.wav');
  writeScene(folder, 'three.json', one({ audio: 'three.wav' }));
  refused(folder, /has 3, which is ambisonics without height/, 'render', 'three.json', '-o', 'x.wav');
  writeScene(folder, 'high.json', one({ audio: 'order1.wav', order: 2 }));
  refused(folder, /of order 1, not 2; leave "order" out/, 'render', 'high.json', '-o', 'x.wav');
  writeScene(folder, 'good.json', one({}));
  refused(folder, /"exact" has no soundfields; add: --renderer hrtf/, 'render', 'good.json', '-o', 'x.wav',
    '--renderer', 'exact');
  refused(folder, /left\.wav: the output is also an input/, 'render', 'good.json', '-o', 'left.wav');
  works(folder, 'render', 'good.json', '-o', 'x.wav', '--rate', '44100');
});

test('gains are refused without a direction or for other orders', () => {
  assert.throws(() => ambisonicGains([0, 0, 0]), /must have a length/);
  assert.throws(() => ambisonicGains([0, 0, -1], 4), /order must be between 1 and 3/);
  assert.deepEqual(ambisonicGains([-2, 0, 0], 1).map((x) => x + 0), [1, 1, 0, 0]);
});
