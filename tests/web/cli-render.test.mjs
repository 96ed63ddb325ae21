// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { PINNA, differenceDb, energy, lagOf, levelDifferenceDb, peakOf, pinna, readWav, refused, render, speak,
  temporaryFolder, works, writeMono, writeScene } from './cli-support.mjs';

const folder = temporaryFolder();
const RATE = 48000;
const SPEED_OF_SOUND_M_S = 343;
/** The largest interaural delay of a head, with room: 0.9 ms. */
const ITD_RANGE = Math.ceil(0.0009 * RATE);
const HOP = 128;
/** What a transform's rounding leaves of a full-scale sound before it begins. */
const SILENCE = 1e-6;
/** Two ways to the same samples, each in float: rounding only. */
const SAME_DB = -100;

speak(folder, 'voice.wav');
writeMono(folder, 'click.wav', RATE, [1]);
writeMono(folder, 'noise.wav', RATE, noise(RATE / 2));

/** @param {number} frames @returns {number[]} the same each time */
function noise(frames) {
  let seed = 1;
  return Array.from({ length: frames }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed / 0x80000000 - 1) * 0.25;
  });
}

/** @param {number} degrees to the left @returns {[number, number, number, number]} */
function yaw(degrees) {
  return [0, Math.sin(degrees * Math.PI / 360), 0, Math.cos(degrees * Math.PI / 360)];
}

/**
 * @param {object} source
 * @param {object} [rest]
 */
function one(source, rest = {}) {
  const plain = { audio: 'noise.wav', poses: [{ t: 0, position: [0, 0, -1] }] };
  return { durationS: 1, sources: [{ ...plain, ...source }], ...rest };
}

/** @param {number[]} position */
const at = (position) => ({ poses: [{ t: 0, position }] });

/** A talker on a circle from the left over the front to the right, in 3 s. */
const CIRCLE = Array.from({ length: 31 }, (_, i) => {
  const angle = Math.PI * (1 - i / 30);
  return { t: i / 10, position: [Math.cos(angle), 0, -Math.sin(angle)] };
});

test('a spoken sentence walks from the left ear to the right: level and delay say so, at every moment', () => {
  const { left, right, frames, sampleRateHz } = render(folder, {
    durationS: 3,
    sources: [{ audio: 'voice.wav', loop: true, gain: 0.25, poses: CIRCLE }],
  });
  assert.deepEqual([frames, sampleRateHz], [3 * RATE, RATE]);
  for (const x of [left, right]) {
    assert.ok(x.every(Number.isFinite));
    assert.ok(peakOf(x) > 0.02 && peakOf(x) < 1, `peak ${peakOf(x)}`);
  }
  const half = RATE / 2;
  const ild = [0, 1, 2, 3, 4, 5].map((k) => levelDifferenceDb(left, right, k * half, (k + 1) * half));
  const itd = [0, 1, 2, 3, 4, 5].map((k) => lagOf(left, right, k * half, (k + 1) * half, ITD_RANGE) / RATE * 1e6);
  assert.ok(ild[0] > 4 && ild[1] > 1 && ild[4] < -1 && ild[5] < -4, `ILD ${ild}`);
  assert.ok(itd[0] > 400 && itd[0] < 850 && itd[5] < -400 && itd[5] > -850, `ITD ${itd}`);
  assert.ok(itd.every((x, k) => k === 0 || x < itd[k - 1]), `ITD ${itd}`);
});

test('the same scene gives the same bits at quanta of 1, 64, 128, 441 and 1024 frames', () => {
  writeScene(folder, 'quanta.json', {
    durationS: 1.2345,
    listener: {
      poses: [{ t: 0 }, { t: 0.4, orientation: yaw(90) }, { t: 1, position: [0.3, 0, 0], orientation: yaw(-20) }],
    },
    sources: [
      { audio: 'voice.wav', poses: [{ t: 0, position: [-2, 0, 0] }, { t: 1, position: [2, 1, -1] }], doppler: true },
      { audio: 'noise.wav', startS: 0.1237, loop: true, poses: [{ t: 0, position: [1, 0, 0], orientation: yaw(0) },
        { t: 0.5, position: [1, 0, 0], orientation: yaw(180) }, { t: 0.5, position: [0, 0, 1] }],
      cone: { innerAngle: 30, outerAngle: 200, outerGain: 0.1 } },
      { audio: 'voice.wav', startS: 0.5, headLocked: true, ...at([0, 0, 0]) },
    ],
  });
  const outputs = [1, 64, 128, 441, 1024].map((quantum) => {
    works(folder, 'render', 'quanta.json', '-o', 'q.wav', '--quantum', `${quantum}`);
    return fs.readFileSync(path.join(folder, 'q.wav'));
  });
  assert.equal(readWav(folder, 'q.wav').frames, Math.round(1.2345 * RATE));
  assert.ok(peakOf(readWav(folder, 'q.wav').left) > 0.01);
  outputs.forEach((output, i) => assert.ok(output.equals(outputs[0]), `quantum number ${i}`));
});

test('a source on the left is louder and earlier in the left ear, and from the right in the right', () => {
  for (const side of [-1, 1]) {
    const { left, right } = render(folder, one({ audio: 'voice.wav', ...at([side, 0, 0]) }));
    const [near, far] = side < 0 ? [left, right] : [right, left];
    assert.ok(levelDifferenceDb(near, far) > 6);
    const itd = lagOf(near, far, 0, near.length, ITD_RANGE) / RATE * 1e6;
    assert.ok(itd > 500 && itd < 850, `${itd} us`);
  }
});

test('who looks to the left hears what is ahead in the world on the right', () => {
  const turned = render(folder, one({}, { listener: { poses: [{ t: 0, orientation: yaw(90) }] } }));
  const moved = render(folder, one(at([1, 0, 0])));
  assert.ok(levelDifferenceDb(turned.right, turned.left) > 6);
  assert.ok(differenceDb(moved.right, turned.right) < SAME_DB);
});

test('a head-locked source does not care where the listener goes', () => {
  const source = { headLocked: true, ...at([1, 0.2, -1]) };
  const still = render(folder, one(source));
  const moving = render(folder, one(source, {
    listener: { poses: [{ t: 0 }, { t: 1, position: [5, 1, 2], orientation: yaw(170) }] },
  }));
  assert.ok(differenceDb(still.left, moving.left) < SAME_DB);
  assert.ok(differenceDb(still.right, moving.right) < SAME_DB);
});

test('with Doppler a sound arrives after distance / 343 m/s, without it at once', () => {
  const metres = 34.3;
  const source = { audio: 'click.wav', ...at([0, 0, -metres]), distance: { model: 'none' } };
  const now = render(folder, one(source));
  const later = render(folder, one({ ...source, doppler: true }));
  const frames = lagOf(now.left, later.left, 0, RATE / 10, RATE / 5);
  assert.equal(frames, Math.round(metres / SPEED_OF_SOUND_M_S * RATE));
});

test('an approaching source with Doppler sounds higher by 1 / (1 - v / c), without Doppler it does not', () => {
  const hz = 1000;
  writeMono(folder, 'tone.wav', RATE, Array.from({ length: RATE }, (_, i) => Math.sin(2 * Math.PI * hz * i / RATE)));
  const source = { audio: 'tone.wav', distance: { model: 'none' },
    poses: [{ t: 0, position: [0, 0, -40] }, { t: 1, position: [0, 0, -10] }] };
  for (const [doppler, expected] of [[false, hz], [true, hz / (1 - 30 / SPEED_OF_SOUND_M_S)]]) {
    const { left } = render(folder, one({ ...source, doppler }));
    let [first, last, crossings] = [0, 0, 0];
    for (let i = RATE * 0.3; i < RATE * 0.9; i++) {
      if (left[i - 1] < 0 && left[i] >= 0) {
        last = i - left[i] / (left[i] - left[i - 1]);
        first ||= last;
        crossings++;
      }
    }
    const measured = (crossings - 1) / (last - first) * RATE;
    assert.ok(Math.abs(measured - expected) < 0.01, `${measured} Hz, not ${expected}`);
  }
});

test('a click from a moving source arrives when the path says, to the sample', () => {
  const source = { audio: 'click.wav', distance: { model: 'none' } };
  const onset = render(folder, one({ ...source, ...at([0, 0, -40]) })).left;
  const poses = [{ t: 0, position: [0, 0, -40] }, { t: 1, position: [0, 0, -10] }];
  for (const startS of [0.05, 0.31, 0.5]) {
    const { left } = render(folder, one({ ...source, startS, poses, doppler: true }));
    const heardS = startS + (40 - 30 * startS) / SPEED_OF_SOUND_M_S;
    assert.equal(lagOf(onset, left, 0, 256, RATE), Math.round(heardS * RATE));
  }
});

test('startS is kept to the sample: silence before, the same sound after', () => {
  const early = render(folder, one({}));
  for (const [startS, shift] of [[0.4, 19200], [0.33335, 16001]]) {
    const late = render(folder, one({ startS }));
    assert.equal(energy(late.left, 0, shift - shift % HOP), 0, 'exact up to the hop that it starts in');
    assert.ok(peakOf(late.left.subarray(0, shift)) < SILENCE);
    assert.ok(differenceDb(early.left.subarray(0, RATE - shift), late.left.subarray(shift)) < SAME_DB);
  }
  // At a whole number of hops even the rounding is the same.
  const late = render(folder, one({ startS: 0.4 }));
  assert.deepEqual(late.left.subarray(19200), early.left.subarray(0, RATE - 19200));
});

test('a looped sound comes again and again, one that is not ends in exact zeros', () => {
  const turn = 25000;
  writeMono(folder, 'turn.wav', RATE, noise(turn));
  const looped = render(folder, one({ audio: 'turn.wav', loop: true }, { durationS: 2 }));
  // The first turn begins in silence, the later ones in the tail of the turn before.
  assert.ok(differenceDb(looped.left.subarray(turn, 2 * turn), looped.left.subarray(2 * turn, 3 * turn)) < SAME_DB);
  const once = render(folder, one({}, { durationS: 2 }));
  const half = RATE / 2;
  assert.ok(energy(once.left, 0, half) > 1);
  assert.equal(energy(once.left, half + RATE / 10), 0);
});

test('gains and distances have the documented decibels', () => {
  const base = energy(render(folder, one({})).left);
  /** @type {(source: object, rest?: object) => number} */
  const decibels = (source, rest) => 10 * Math.log10(energy(render(folder, one(source, rest)).left) / base);
  /** @type {(x: number, y: number) => void} */
  const near = (x, y) => assert.ok(Math.abs(x - y) < 0.01, `${x} dB, not ${y}`);
  near(decibels({ gain: 0.5 }), 20 * Math.log10(0.5));
  near(decibels({}, { gain: 0.25 }), 20 * Math.log10(0.25));
  near(decibels(at([0, 0, -4])), 20 * Math.log10(1 / 4));
  near(decibels({ ...at([0, 0, -4]), distance: { model: 'none' } }), 0);
  near(decibels({ ...at([0, 0, -4]), distance: { rolloffFactor: 0.5 } }), 20 * Math.log10(1 / 2.5));
  near(decibels({ ...at([0, 0, -4]), distance: { model: 'linear', maxDistance: 7 } }), 20 * Math.log10(0.5));
  near(decibels({ ...at([0, 0, -4]), distance: { model: 'exponential', rolloffFactor: 2 } }), 20 * Math.log10(1 / 16));
});

/** dB of a whole signal. @param {ArrayLike<number>} x @param {number} hz @param {number} rateHz */
function levelAt(x, hz, rateHz) {
  let [re, im] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    re += x[i] * Math.cos(2 * Math.PI * hz / rateHz * i);
    im -= x[i] * Math.sin(2 * Math.PI * hz / rateHz * i);
  }
  return 10 * Math.log10(re * re + im * im);
}

test('a source with a cone is quieter behind its back', () => {
  const cone = { innerAngle: 60, outerAngle: 120, outerGain: 0.25 };
  const facing = render(folder, one({ cone, poses: [{ t: 0, position: [0, 0, -1], orientation: yaw(180) }] }));
  const away = render(folder, one({ cone }));
  const plain = render(folder, one({}));
  assert.ok(differenceDb(plain.left, facing.left) < SAME_DB);
  assert.ok(Math.abs(10 * Math.log10(energy(away.left) / energy(plain.left)) - 20 * Math.log10(0.25)) < 0.01);
});

test('the limiter keeps a loud scene within full scale', () => {
  const loud = { gain: 20, startS: 0.1 };
  assert.ok(peakOf(render(folder, one(loud)).left) > 1);
  const { left, right } = render(folder, one(loud, { limiter: true }));
  assert.ok(peakOf(left) <= 1 && peakOf(right) <= 1);
  assert.ok(peakOf(left) > 0.5);
});

test('the natural timbre lifts the lows and leaves the highs at every rate, said by the scene or by the call', () => {
  for (const sampleRate of [44100, 48000, 96000]) {
    const scene = one({ audio: 'click.wav' }, { sampleRate });
    const measured = render(folder, { ...scene, timbre: 'measured' });
    const natural = render(folder, { ...scene, timbre: 'natural' });
    const called = render(folder, scene, '--timbre', 'natural');
    assert.deepEqual(render(folder, scene).left, measured.left);
    assert.deepEqual(called.left, natural.left);
    assert.deepEqual(called.right, natural.right);
    for (const [hz, wanted] of [[20, 18.5], [16000, 0]]) {
      const lift = levelAt(natural.left, hz, sampleRate) - levelAt(measured.left, hz, sampleRate);
      assert.ok(Math.abs(lift - wanted) < 0.3, `${lift} dB at ${hz} Hz`);
    }
  }
  writeScene(folder, 'plain.json', one({}));
  refused(folder, /^pinna: --timbre natural is given, and it is known of the heads that ship with pinna only; /,
    'render', 'plain.json', '-o', 'o.wav', '--timbre', 'natural', '--hrtf', 'own.safetensors');
  refused(folder, /^pinna: plain\.json: timbre is "natural", and the renderer exact is there to measure; /, 'render',
    'plain.json', '-o', 'o.wav', '--timbre', 'natural', '--renderer', 'exact');
});

test('at every rate a tone keeps its frequency, its level and its length', () => {
  const hz = 997;
  const source = { audio: 'tone997.wav', ...at([-1, 0, 0]) };
  /** @type {number[]} */
  const levels = [];
  for (const [fileHz, outputHz] of [[48000, 48000], [22050, 48000], [96000, 44100], [44100, 96000], [48000, 16000]]) {
    const tone = Array.from({ length: fileHz }, (_, i) => Math.sin(2 * Math.PI * hz * i / fileHz));
    writeMono(folder, 'tone997.wav', fileHz, tone);
    const { left, frames, sampleRateHz } = render(folder, one(source), '--rate', `${outputHz}`);
    assert.deepEqual([frames, sampleRateHz], [outputHz, outputHz]);
    let [re, im, total] = [0, 0, 0];
    const window = { from: Math.round(outputHz * 0.2), to: Math.round(outputHz * 0.8) };
    for (let i = window.from; i < window.to; i++) {
      re += left[i] * Math.cos(2 * Math.PI * hz * i / outputHz);
      im += left[i] * Math.sin(2 * Math.PI * hz * i / outputHz);
      total += left[i] * left[i];
    }
    const n = window.to - window.from;
    assert.ok((re * re + im * im) * 2 / n / total > 0.999, `${fileHz} to ${outputHz}: all of it is the tone`);
    levels.push(10 * Math.log10(total / n));
  }
  // At 16 kHz a head's guard is under three frames, and its filters are fitted, not cut (tests/property/test_rates.c).
  const atLowRate = /** @type {number} */ (levels.pop());
  assert.ok(Math.max(...levels) - Math.min(...levels) < 0.02, `levels ${levels}`);
  assert.ok(Math.abs(atLowRate - levels[0]) < 0.4, `level at 16 kHz ${atLowRate}, else ${levels[0]}`);
});

test('--tail renders on after the end, and changes nothing before it', () => {
  const short = render(folder, one({}, { durationS: 0.4 }));
  const long = render(folder, one({}, { durationS: 0.4 }), '--tail', '0.25');
  assert.deepEqual([short.frames, long.frames], [0.4 * RATE, 0.65 * RATE]);
  assert.deepEqual(long.left.subarray(0, short.frames), short.left);
});

test('paths are relative to the scene file, and files that are used twice are read once', () => {
  const inner = path.join(folder, 'inner');
  fs.mkdirSync(inner, { recursive: true });
  writeScene(inner, 'up.json', one({ audio: '../noise.wav' }));
  const said = works(folder, 'render', path.join('inner', 'up.json'), '-o', path.join('inner', 'up.wav'));
  assert.match(said, /1\.000 s at 48000 Hz/);
  assert.ok(energy(readWav(inner, 'up.wav').left) > 0);
});

test('the summary names duration, rate, peak and speed, and warns above full scale', () => {
  writeScene(folder, 'sum.json', one({}));
  assert.match(works(folder, 'render', 'sum.json', '-o', 'sum.wav'),
    /^sum\.wav: 1\.000 s at 48000 Hz, peak -?\d+\.\d dBFS, rendered in \d+\.\d\d s \(\d+x real time\)\n$/);
  writeScene(folder, 'sum.json', one({ gain: 50 }));
  assert.match(works(folder, 'render', 'sum.json', '-o', 'sum.wav'), /above full scale/);
  writeScene(folder, 'sum.json', one({ startS: 9 }));
  assert.match(works(folder, 'render', 'sum.json', '-o', 'sum.wav'), /, silent, /);
});

test('on a terminal there is progress, and afterwards no trace of it', () => {
  const circle = CIRCLE.map(({ t, position }) => ({ t: t * 40, position }));
  const source = { audio: 'voice.wav', loop: true, poses: circle };
  writeScene(folder, 'long.json', { durationS: 120, sources: Array.from({ length: 16 }, () => source) });
  const words = [process.execPath, PINNA, 'render', 'long.json', '-o', 'long.wav'];
  const command = words.map((word) => `'${word}'`).join(' ');
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder, encoding: 'utf8' });
  assert.match(stdout, /rendering \d+ %, \d+x real time/);
  assert.match(stdout, /\x1b\[K/);
  assert.match(stdout, /long\.wav: 120\.000 s/);
});

test('an interrupted render leaves nothing behind, and what was there stays', async () => {
  writeScene(folder, 'stop.json', { durationS: 3600, sources: [{ audio: 'voice.wav', loop: true, poses: CIRCLE }] });
  fs.writeFileSync(path.join(folder, 'stop.wav'), 'precious');
  const child = spawn(process.execPath, [PINNA, 'render', 'stop.json', '-o', 'stop.wav'], { cwd: folder });
  const part = () => fs.readdirSync(folder).filter((name) => name.endsWith('.part'));
  while (part().length === 0 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  assert.deepEqual(part(), []);
  assert.equal(fs.readFileSync(path.join(folder, 'stop.wav'), 'utf8'), 'precious');
});

test('a failed render leaves an older output as it was', () => {
  fs.writeFileSync(path.join(folder, 'old.wav'), 'precious');
  writeScene(folder, 'bad.json', one({ gain: 'loud' }));
  refused(folder, /^pinna: bad\.json: sources\[0\]\.gain is "loud"; /, 'render', 'bad.json', '-o', 'old.wav');
  assert.equal(fs.readFileSync(path.join(folder, 'old.wav'), 'utf8'), 'precious');
});

/** @type {[string, RegExp, string[]][]} */
const WRONG_CALLS = [
  ['no output', /^pinna: render has no output file; name it with: -o OUT\.wav$/m, ['render', 's.json']],
  ['no scene', /^pinna: render wants one scene file, and is given 0; /, ['render', '-o', 'o.wav']],
  ['two scenes', /^pinna: render wants one scene file, and is given 2; /, ['render', 'a', 'b', '-o', 'o.wav']],
  ['an unknown command', /^pinna: command rendre is not known; did you mean "render"\?/, ['rendre']],
  ['an unknown option of all', /^pinna: option --versoin is not known; did you mean "--version"\?/, ['--versoin']],
  ['an unknown option', /^pinna: option --quantums is not known; did you mean "--quantum"\? \(pinna render --help/,
    ['render', 's.json', '-o', 'o.wav', '--quantums', '3']],
  ['an option without its value', /^pinna: --rate has no value; /, ['render', 's.json', '-o', 'o.wav', '--rate']],
  ['an option for a value', /^pinna: -o has no value; /, ['render', 's.json', '-o', '--rate', '48000']],
  ['an option twice', /^pinna: -o is given twice; /, ['render', 's.json', '-o', 'a.wav', '-o', 'b.wav']],
  ['a rate in words', /^pinna: --rate is "fast"; it must be a whole number from 8000 to 192000$/m,
    ['render', 's.json', '-o', 'o.wav', '--rate', 'fast']],
  ['a rate of 3 kHz', /^pinna: --rate is "3000"; it must be a whole number from 8000 to 192000$/m,
    ['render', 's.json', '-o', 'o.wav', '--rate=3000']],
  ['no frames in a quantum', /^pinna: --quantum is "0"; /, ['render', 's.json', '-o', 'o.wav', '--quantum', '0']],
  ['a renderer that does not exist',
    /^pinna: renderer "wavenet" does not exist; known: hrtf, default, exact, linn, linn-dense, linn-fir$/m,
    ['render', 's.json', '-o', 'o.wav', '--renderer', 'wavenet']],
  ['a timbre that does not exist', /^pinna: timbre "warm" does not exist; it is natural or measured$/m,
    ['render', 's.json', '-o', 'o.wav', '--timbre', 'warm']],
  ['a scene that is not there', /^pinna: none\.json: no such file; check the path$/m,
    ['render', 'none.json', '-o', 'o.wav']],
  ['a scene that is a folder', /^pinna: \.: is a folder, not a file; /, ['render', '.', '-o', 'o.wav']],
  ['positions without a voice', /^pinna: --positions is given without --mono; give both$/m,
    ['render', '--positions', 'a.txt', '-o', 'o.wav']],
  ['an output into no folder', /^pinna: nowhere\/o\.wav: its folder does not exist; /,
    ['render', 's.json', '-o', 'nowhere/o.wav']],
  ['an output that is a folder', /^pinna: inner: is a folder, not a file; /, ['render', 's.json', '-o', 'inner']],
  ['an output that is the input', /^pinna: \.\/noise\.wav: the output is also an input; name another output$/m,
    ['render', 's.json', '-o', './noise.wav']],
  ['a head that is not there', /^pinna: none\.sofa: no such file; /,
    ['render', 's.json', '-o', 'o.wav', '--hrtf', 'none.sofa']],
  ['a head that is a sound', /^pinna: noise\.wav: .*safetensors/,
    ['render', 's.json', '-o', 'o.wav', '--hrtf', 'noise.wav']],
];

for (const [what, message, args] of WRONG_CALLS) {
  test(`${what}: refused in one line, exit 2, nothing written`, () => {
    fs.mkdirSync(path.join(folder, 'inner'), { recursive: true });
    writeScene(folder, 's.json', one({}));
    refused(folder, message, ...args);
  });
}

/** @type {[string, RegExp, object | string][]} */
const WRONG_SCENES = [
  ['a broken JSON', /^pinna: s\.json: not valid JSON at line 2, column 15 \(/, '{ "pinna": 1,\n "durationS": NaN }'],
  ['a mistyped key', /^pinna: s\.json: sources\[0\]\.dopler is not known; did you mean "doppler"\?$/m,
    one({ dopler: true })],
  ['a sound that is not there', /^pinna: none\.wav: no such file; /, one({ audio: 'none.wav' })],
  ['a sound that is text', /^pinna: s\.json: not a WAV file/, one({ audio: 's.json' })],
  ['a truncated sound', /^pinna: cut\.wav: truncated, its header promises 96000 bytes of samples and 956 are there; /,
    one({ audio: 'cut.wav' })],
  ['a position that is no number',
    /^pinna: s\.json: sources\[0\]\.poses\[0\]\.position\[2\] is null; it must be a finite number$/m,
    one(at([0, 0, NaN]))],
  ['a rate of 3 kHz', /^pinna: s\.json: sampleRate is 3000; it must be at least 8000$/m,
    one({}, { sampleRate: 3000 })],
  ['an unknown renderer',
    /^pinna: s\.json: renderer is "wavenet"; it must be .*"exact", "linn", "linn-dense" or "linn-fir"$/m,
    one({}, { renderer: 'wavenet' })],
  ['a Doppler path of two kilometres', /^pinna: s\.json: a source with doppler gets 2000\.0 m away from the listener; /,
    one({ doppler: true, ...at([2000, 0, 0]) })],
  ['more sound than a WAV file holds',
    /^pinna: s\.json: 100000 seconds at 48000 Hz do not fit into a WAV file; at most 11184 /,
    one({}, { durationS: 100000 })],
  ['a truncated head', /^pinna: cut\.safetensors: /, one({}, { hrtf: 'cut.safetensors' })],
  ['a head with flipped bits', /^pinna: flipped\.safetensors: /, one({}, { hrtf: 'flipped.safetensors' })],
];

for (const [what, message, scene] of WRONG_SCENES) {
  test(`${what} in a scene: refused in one line, exit 2, nothing written`, () => {
    const head = fs.readFileSync(path.join(path.dirname(PINNA), '../../models/kemar/kemar.safetensors'));
    fs.writeFileSync(path.join(folder, 'cut.safetensors'), head.subarray(0, head.length / 2));
    // Every bit of a direction set is a number that is none.
    const flipped = Buffer.from(head);
    const headerBytes = Number(head.readBigUInt64LE(0));
    const { directions } = JSON.parse(head.toString('utf8', 8, 8 + headerBytes));
    flipped.fill(0xff, 8 + headerBytes + directions.data_offsets[0], 8 + headerBytes + directions.data_offsets[0] + 12);
    fs.writeFileSync(path.join(folder, 'flipped.safetensors'), flipped);
    fs.writeFileSync(path.join(folder, 'cut.wav'), fs.readFileSync(path.join(folder, 'noise.wav')).subarray(0, 1000));
    const text = typeof scene === 'string' ? scene : JSON.stringify({ pinna: 1, ...scene });
    fs.writeFileSync(path.join(folder, 's.json'), text);
    refused(folder, message, 'render', 's.json', '-o', 'o.wav');
  });
}

test('help and version are there, for everything and for each command', () => {
  assert.match(works(folder, '--help'), /pinna render SCENE\.json[\s\S]*pinna hrtf/);
  assert.equal(works(folder), works(folder, '--help'));
  assert.match(works(folder, 'render', '--help'), /--positions TX\.txt[\s\S]*--dump-replay/);
  assert.match(works(folder, 'hrtf', '--help'), /--bake OUT\.safetensors/);
  const { version } = JSON.parse(fs.readFileSync(path.join(path.dirname(PINNA), '../../package.json'), 'utf8'));
  assert.equal(works(folder, '--version'), `${version}\n`);
  assert.equal(pinna(folder, 'render', '-h').code, 0);
});
