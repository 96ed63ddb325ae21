// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { buildWithCMake } from '../../web/tools/build.mjs';
import { withLock } from '../../web/tools/process.mjs';
import { ROOT, peakOf, readWav, speak, temporaryFolder, works, writeScene } from './cli-support.mjs';

const BUILD = 'native-gcc';
const REPLAY = path.join(ROOT, '.build', BUILD, 'tests/pn_replay');
const folder = temporaryFolder();

/** @param {number} degrees to the left @returns {[number, number, number, number]} */
function yaw(degrees) {
  return [0, Math.sin(degrees * Math.PI / 360), 0, Math.cos(degrees * Math.PI / 360)];
}

test.before(() => withLock(BUILD, () => buildWithCMake(BUILD, ['-DCMAKE_C_COMPILER=gcc'], ['pn_replay'])));

test('the native engine renders a recorded session to the same bits as wasm, at any quantum and rate', () => {
  speak(folder, 'voice.wav');
  writeScene(folder, 'scene.json', {
    durationS: 2,
    limiter: true,
    listener: { poses: [{ t: 0 }, { t: 1, orientation: yaw(120) }, { t: 1, position: [0, 0.5, 0] }, { t: 2 }] },
    sources: [
      { audio: 'voice.wav', poses: [{ t: 0, position: [-3, 0, -1] }, { t: 2, position: [4, 1, 0] }], doppler: true },
      { audio: 'voice.wav', startS: 0.3, loop: true, cone: { innerAngle: 40, outerAngle: 150, outerGain: 0.2 },
        poses: [{ t: 0, position: [1, 0, 0] }, { t: 2, position: [1, 0, 0], orientation: yaw(200) }] },
      { audio: 'voice.wav', headLocked: true, gain: 0.5, poses: [{ t: 0, position: [0, 0, 0] }] },
    ],
  });
  for (const [quantum, rate, renderer] of [['128', '48000', 'linn'], ['64', '44100', 'linn'],
    ['128', '48000', 'hrtf'], ['441', '48000', 'hrtf'], ['64', '44100', 'hrtf'], ['128', '96000', 'hrtf']]) {
    works(folder, 'render', 'scene.json', '-o', 'out.wav', '--quantum', quantum, '--rate', rate,
      '--renderer', renderer, '--dump-replay', 'session.replay');
    const { status, stderr } = spawnSync(REPLAY, ['session.replay', 'native.f32'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const wav = fs.readFileSync(path.join(folder, 'out.wav'));
    const native = fs.readFileSync(path.join(folder, 'native.f32'));
    const { frames, left } = readWav(folder, 'out.wav');
    assert.equal(frames, 2 * Number(rate));
    assert.ok(peakOf(left) > 0.05);
    assert.ok(wav.subarray(wav.length - frames * 8).equals(native), `quantum ${quantum}, rate ${rate}, ${renderer}`);
  }
});

test('a recording that is cut off or altered is refused by the native replay', () => {
  const whole = fs.readFileSync(path.join(folder, 'session.replay'));
  const wrongMagic = Buffer.from(whole);
  wrongMagic[0] ^= 1;
  const wrongKind = Buffer.from(whole);
  wrongKind.writeUInt32LE(9, 48);
  for (const [what, bytes, message] of /** @type {[string, Buffer, RegExp][]} */ ([
    ['nothing', Buffer.alloc(0), /cannot be read/],
    ['a header', whole.subarray(0, 40), /not a recording/],
    ['no records', whole.subarray(0, 48), /truncated between records/],
    ['no end', whole.subarray(0, whole.length - 24), /truncated between records/],
    ['half', whole.subarray(0, whole.length / 2), /truncated/],
    ['another magic', wrongMagic, /not a recording/],
    ['another first record', wrongKind, /first record is not a head/],
  ])) {
    fs.writeFileSync(path.join(folder, 'bad.replay'), bytes);
    const { status, stderr } = spawnSync(REPLAY, ['bad.replay', 'bad.f32'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 2, what);
    assert.match(stderr, message, what);
    assert.ok(!fs.existsSync(path.join(folder, 'bad.f32')));
  }
});
