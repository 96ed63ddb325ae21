// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { binauralSpeechScene, mouthPosition, parsePositions } from '../../web/cli/binaural-speech.js';
import { ROOT, energy, lagOf, levelDifferenceDb, peakOf, readWav, refused, speak, temporaryFolder, works,
  writeMono } from './cli-support.mjs';

const folder = temporaryFolder();
const RATE = 48000;
const ROWS_PER_SECOND = 120;
const ITD_RANGE = 48;
const RECORDINGS = path.join(ROOT, '../shared/data/binaural_speech');

/**
 * @param {string} name
 * @param {number} rows
 * @param {(t: number) => number[]} position of the marker in the data set's axes
 */
function writePositions(name, rows, position, quaternion = [0, 0, 0, 1]) {
  const lines = Array.from({ length: rows }, (_, i) =>
    [...position(i / ROWS_PER_SECOND), ...quaternion].map((x) => x.toFixed(7)).join(' '));
  fs.writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
  return name;
}

test('the mouth is where the data set\'s own procedure puts it', () => {
  // Row 0 of a published segment, worked through by hand in double precision.
  const row = [-0.553345, -0.473461, -0.390724, -0.044021, 0.019873, 0.083147, 0.995366];
  const mouth = mouthPosition(row);
  [0.0980609, 0.0018113, -0.1961652].forEach((offset, k) =>
    assert.ok(Math.abs(mouth[k] - row[k] - offset) < 1e-6, `${mouth}`));
  const distances = [-0.08, 0.08].map((ear) => Math.hypot(mouth[0], mouth[1] - ear, mouth[2] + 0.22));
  assert.ok(Math.abs(distances[0] - 0.7037618) < 1e-6 && Math.abs(distances[1] - 0.803871) < 1e-6, `${distances}`);
});

test('a quaternion of zeros is the one that the data set\'s code makes of it', () => {
  assert.deepEqual(mouthPosition([1, 2, 3, 0, 0, 0, 0]), mouthPosition([1, 2, 3, 0.5, 0.5, 0.5, 0.5]));
});

test('axes: ahead, right and up of the data set become -z, +x and +y; the head centre is between the ears', () => {
  const [forward, right, up] = [1.5, 0.25, 0.75];
  const row = [forward - 0.09, right, up + 0.2 - 0.22, 0, 0, 0, 1];
  const scene = /** @type {any} */ (binauralSpeechScene('a.wav', [{ index: 240, row }], RATE, 1));
  const { t, position } = scene.sources[0].poses[0];
  const head = scene.listener.poses[0].position;
  assert.equal(t, 2);
  [right, up, -forward].forEach((x, k) => assert.ok(Math.abs(position[k] - head[k] - x) < 1e-12));
});

test('rows may begin with their index, and be left out', () => {
  const plain = parsePositions('1 2 3 0 0 0 1\n\n4 5 6 0 0 0 1\r\n', 'p.txt');
  assert.deepEqual(plain.map(({ index }) => index), [0, 1]);
  const indexed = parsePositions('0 1 2 3 0 0 0 1\n12 4 5 6 0 0 0 1\n', 'p.txt');
  assert.deepEqual(indexed, [{ index: 0, row: [1, 2, 3, 0, 0, 0, 1] }, { index: 12, row: [4, 5, 6, 0, 0, 0, 1] }]);
});

test('a talker who passes from left to right is heard to, at the rate and for the length of the mono file', () => {
  speak(folder, 'voice.wav');
  const { sampleRateHz, frames } = readWav(folder, 'voice.wav');
  const seconds = frames / sampleRateHz;
  // The mouth is 9 cm ahead of the marker and 2 cm above the ears' height.
  writePositions('pass.txt', Math.ceil(seconds * ROWS_PER_SECOND),
    (t) => [-0.09, 1.2 * (2 * t / seconds - 1), 0]);
  const talker = ['render', '--mono', 'voice.wav', '--positions', 'pass.txt'];
  const said = works(folder, ...talker, '-o', 'pass.wav', '--rate', '48000');
  assert.match(said, /^pass\.wav: /);
  const { left, right, ...out } = readWav(folder, 'pass.wav');
  assert.deepEqual([out.sampleRateHz, out.frames], [RATE, Math.round(seconds * RATE)]);
  assert.ok(left.every(Number.isFinite) && right.every(Number.isFinite));
  const third = Math.floor(out.frames / 3);
  assert.ok(levelDifferenceDb(left, right, 0, third) > 5);
  assert.ok(levelDifferenceDb(left, right, 2 * third, 3 * third) < -5);
  assert.ok(lagOf(left, right, 0, third, ITD_RANGE) > 15);
  assert.ok(lagOf(left, right, 2 * third, 3 * third, ITD_RANGE) < -15);
  works(folder, ...talker, '-o', 'own.wav');
  const own = readWav(folder, 'own.wav');
  assert.deepEqual([own.sampleRateHz, own.frames], [sampleRateHz, frames]);
});

test('sparse indexed rows say the same as full ones on a straight path', () => {
  /** @type {(i: number) => number[]} */
  const row = (i) => [1, -1 + i / ROWS_PER_SECOND, 0.02, 0, 0, 0, 1];
  const rows = Array.from({ length: 121 }, (_, i) => i);
  fs.writeFileSync(path.join(folder, 'full.txt'), rows.map((i) => row(i).join(' ')).join('\n'));
  fs.writeFileSync(path.join(folder, 'sparse.txt'),
    rows.filter((i) => i % 12 === 0).map((i) => [i, ...row(i)].join(' ')).join('\n'));
  writeMono(folder, 'tone.wav', RATE, Array.from({ length: RATE }, (_, i) => Math.sin(i * 0.1) * 0.5));
  const [full, sparse] = ['full', 'sparse'].map((name) => {
    works(folder, 'render', '--mono', 'tone.wav', '--positions', `${name}.txt`, '-o', `${name}.wav`);
    return readWav(folder, `${name}.wav`).left;
  });
  const difference = full.map((x, i) => x - sparse[i]);
  assert.ok(energy(difference) / energy(full) < 1e-10);
});

test('propagation is real: a metre further is 140 samples later and quieter by distance', () => {
  writeMono(folder, 'click.wav', RATE, [1, ...new Array(RATE / 4).fill(0)]);
  const [near, far] = [1, 2].map((metres) => {
    writePositions('click.txt', 30, () => [metres - 0.09, 0, -0.02]);
    works(folder, 'render', '--mono', 'click.wav', '--positions', 'click.txt', '-o', 'click-out.wav');
    return readWav(folder, 'click-out.wav').left;
  });
  assert.equal(lagOf(near, far, 0, RATE / 8, 300), Math.round(RATE / 343));
  assert.ok(Math.abs(10 * Math.log10(energy(far) / energy(near)) - 20 * Math.log10(0.5)) < 0.05);
});

/** @type {[string, string, RegExp][]} */
const WRONG_POSITIONS = [
  ['six numbers', '1 2 3 0 0 1',
    /^pinna: p\.txt, line 1: has 6 numbers; each line must have 7 \(x y z qx qy qz qw\), or 8 /],
  ['lines of two lengths', '1 2 3 0 0 0 1\n0 1 2 3 0 0 0 1',
    /^pinna: p\.txt, line 2: has 8 numbers; .* the 7 of the lines before$/m],
  ['a word', '1 2 x 0 0 0 1', /^pinna: p\.txt, line 1: "x" is not a finite number; mend the line$/m],
  ['NaN', '1 2 NaN 0 0 0 1', /^pinna: p\.txt, line 1: "NaN" is not a finite number; /],
  ['an index that goes back', '5 1 2 3 0 0 0 1\n5 1 2 3 0 0 0 1', /^pinna: p\.txt, line 2: its row index is 5; /],
  ['nothing', '\n', /^pinna: p\.txt: it has no rows; /],
];

for (const [what, text, message] of WRONG_POSITIONS) {
  test(`positions with ${what}: refused in one line, exit 2, nothing written`, () => {
    writeMono(folder, 'click.wav', RATE, [1]);
    fs.writeFileSync(path.join(folder, 'p.txt'), text);
    refused(folder, message, 'render', '--mono', 'click.wav', '--positions', 'p.txt', '-o', 'o.wav');
  });
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function correlation(a, b) {
  const mean = (/** @type {readonly number[]} */ x) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (/** @type {(i: number) => number} */ f) => a.reduce((sum, _, i) => sum + f(i), 0);
  return dot((i) => (a[i] - ma) * (b[i] - mb)) / Math.sqrt(dot((i) => (a[i] - ma) ** 2) * dot((i) => (b[i] - mb) ** 2));
}

for (const clip of ['subject2_segment_1', 'subject3_segment_6', 'subject4_segment_6']) {
  const there = fs.existsSync(path.join(RECORDINGS, `${clip}.positions.txt`));
  test(`${clip}: the rendered talker moves as the recorded one does`,
    { skip: there ? false : 'the BinauralSpeech recordings are not on this machine' }, () => {
      const [mono, positions] = ['mono.wav', 'positions.txt'].map((kind) => path.join(RECORDINGS, `${clip}.${kind}`));
      works(folder, 'render', '--mono', mono, '--positions', positions, '-o', 'talker.wav');
      const rendered = readWav(folder, 'talker.wav');
      const recorded = readWav(RECORDINGS, `${clip}.binaural.wav`);
      assert.equal(rendered.frames, recorded.frames);
      assert.ok(peakOf(rendered.left) > 0.01 && peakOf(rendered.left) < 1);
      // Where the talker speaks: level and delay between the ears, rendered against recorded.
      const step = RATE;
      const loudest = peakOf(recorded.left);
      /** @type {number[][]} */
      const rows = [];
      for (let from = 0; from + step <= recorded.frames; from += step) {
        const to = from + step;
        if (Math.sqrt(energy(recorded.left, from, to) / step) > 0.03 * loudest) {
          rows.push([recorded, rendered].flatMap(({ left, right }) =>
            [levelDifferenceDb(left, right, from, to), lagOf(left, right, from, to, ITD_RANGE)]));
        }
      }
      const column = (/** @type {number} */ k) => rows.map((row) => row[k]);
      assert.ok(rows.length > 10, `${rows.length} stretches of speech`);
      const ild = correlation(column(0), column(2));
      const itd = correlation(column(1), column(3));
      assert.ok(ild > 0.85 && itd > 0.95, `correlation of level ${ild.toFixed(3)}, of delay ${itd.toFixed(3)}`);
    });
}
