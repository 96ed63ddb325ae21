// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { interleaveStereo, stereoHeader } from '../../web/cli/wav.js';
import { pinna, refused, speak, temporaryFolder, works, writeMono, writeScene } from './cli-support.mjs';

const folder = temporaryFolder();
const RATE = 48000;

/**
 * @param {string} name
 * @param {number} sampleRateHz
 * @param {(n: number) => [number, number]} sample
 * @param {number} frames
 */
function writeStereo(name, sampleRateHz, sample, frames) {
  const ears = [0, 1].map((e) => Float32Array.from({ length: frames }, (_, n) => sample(n)[e]));
  const body = new Uint8Array(frames * 8);
  interleaveStereo(ears[0], ears[1], body, frames);
  fs.writeFileSync(path.join(folder, name), Buffer.concat([stereoHeader(sampleRateHz, frames), body]));
  return name;
}

/** @type {(gain: number) => (n: number) => [number, number]} */
const wave = (gain) => (n) => [gain * Math.sin(0.05 * n), gain * Math.sin(0.07 * n)];
writeStereo('reference.wav', RATE, wave(0.5), 24000);
writeStereo('same.wav', RATE, wave(0.5), 24000);
writeStereo('softer.wav', RATE, wave(0.25), 24000);
writeStereo('shorter.wav', RATE, wave(0.5), 20000);
writeStereo('loud.wav', RATE, wave(1.5), 24000);
writeStereo('other-rate.wav', 44100, wave(0.5), 24000);
writeStereo('tiny.wav', RATE, wave(0.5), 1024);
writeMono(folder, 'mono.wav', RATE, Array.from({ length: 24000 }, (_, n) => 0.5 * Math.sin(0.05 * n)));

/** @param {...string} args @returns {any} */
const json = (...args) => JSON.parse(works(folder, 'eval', ...args, '--json'));

test('the_same_file_is_at_no_distance_and_a_softer_one_at_a_known_one', () => {
  const { reference, outputs, units, parameters } = json('reference.wav', 'same.wav', 'softer.wav');
  assert.deepEqual(reference, { file: 'reference.wav', sampleRateHz: RATE, frames: 24000 });
  assert.deepEqual(outputs.map(({ file, notes }) => [file, notes]), [['same.wav', []], ['softer.wav', []]]);
  assert.equal(outputs[0].metrics.l2x1000, 0);
  assert.ok(Math.abs(outputs[1].metrics.l2x1000 - 1000 * 0.0625 / 2) < 0.05);
  assert.equal(outputs[1].metrics.ildDb < 1e-3, true);
  assert.equal(units.phaseRad, 'rad');
  for (const family of ['binauralSpeech', 'mrstft', 'interaural', 'stftDistance', 'envelope', 'snr']) {
    assert.ok(Object.keys(parameters[family]).length > 0);
  }
});

test('the_table_has_a_column_for_each_output_and_says_parameters_when_asked', () => {
  const table = works(folder, 'eval', 'reference.wav', 'same.wav', 'softer.wav');
  assert.match(table, /^reference {5}reference\.wav: 24000 frames \(0\.500 s\) at 48000 Hz$/m);
  assert.match(table, /^output 1 {6}same\.wav$/m);
  assert.match(table, /^BinauralSpeech +output 1 +output 2$/m);
  assert.match(table, /^ {2}Wave L2 x 1000 +0\.0000 +31\.\d{4}$/m);
  assert.match(table, /^ {2}SNR \(higher is better\) +\d+\.\d\d +\S+ dB$/m);
  assert.doesNotMatch(table, /periodic Hann/);
  assert.match(works(folder, 'eval', 'reference.wav', 'same.wav', '--parameters'),
    /stft: 2048 points, periodic Hann 1920, hop 480, centred, reflected/);
});

test('of_files_of_two_lengths_the_common_beginning_is_compared_and_a_note_says_so', () => {
  for (const files of [['reference.wav', 'shorter.wav'], ['shorter.wav', 'reference.wav']]) {
    const [{ comparedFrames, metrics, notes }] = json(...files).outputs;
    assert.equal(comparedFrames, 20000);
    assert.equal(metrics.l2x1000, 0);
    assert.match(notes[0], /^has 2\d000 frames \(0\.\d{3} s\), the reference 2\d000 frames .*: the common beginning/);
  }
});

test('samples_beyond_full_scale_are_clamped_and_a_note_says_how_many', () => {
  const [{ notes }] = json('reference.wav', 'loud.wav').outputs;
  assert.match(notes[0], /^\d+ samples beyond full scale were clamped$/);
});

test('one_channel_is_heard_in_both_ears_when_asked', () => {
  const [{ notes, metrics }] = json('reference.wav', 'mono.wav', '--mono-twice').outputs;
  assert.deepEqual(notes, ['one channel, heard in both ears']);
  assert.ok(metrics.l2x1000 > 0);
});

test('impulse_responses_get_the_figures_of_hrtfs', () => {
  const [{ metrics }] = json('tiny.wav', 'tiny.wav', '--responses').outputs;
  assert.equal(metrics.lsdDb, 0);
  // JSON has no infinity.
  assert.equal(metrics.sdrDb, 'Infinity');
});

test('a_rendering_of_the_command_line_can_be_judged_against_another', () => {
  speak(folder, 'voice.wav');
  for (const [name, x] of /** @type {const} */ ([['left', -2], ['near-left', -1.9], ['right', 2]])) {
    writeScene(folder, `${name}.json`, { sampleRate: RATE, durationS: 1.5,
      sources: [{ id: 'a', audio: 'voice.wav', poses: [{ t: 0, position: [x, 0, -1] }] }] });
    works(folder, 'render', `${name}.json`, '-o', `${name}.wav`);
  }
  const [near, far] = json('left.wav', 'near-left.wav', 'right.wav').outputs.map(({ metrics }) => metrics);
  for (const key of ['l2x1000', 'ildDb', 'itdUs', 'energyRatioDb']) {
    assert.ok(near[key] < 0.2 * far[key], `${key}: ${near[key]} and ${far[key]}`);
  }
});

/** @type {[string, RegExp, string[]][]} */
const WRONG = [
  ['another rate',
    /^pinna: other-rate\.wav: its rate is 44100 Hz, and 48000 Hz that of reference\.wav; .*--rate 48000$/m,
    ['reference.wav', 'other-rate.wav']],
  ['one channel', /^pinna: mono\.wav: has 1 channel where both ears make 2; .* --mono-twice$/m,
    ['reference.wav', 'mono.wav']],
  ['too few frames',
    /^pinna: tiny\.wav: has 1024 frames \(0\.021 s\); more than 1024 frames are needed, or --responses/,
    ['reference.wav', 'tiny.wav']],
  ['no output', /^pinna: eval wants a reference and at least one output, and is given 1 file; see pinna eval --help$/m,
    ['reference.wav']],
  ['a file that is not there', /^pinna: gone\.wav: no such file; /, ['reference.wav', 'gone.wav']],
  ['an unknown option', /^pinna: option --jsn is not known; did you mean .*--json/, ['a.wav', 'b.wav', '--jsn']],
];

for (const [what, message, args] of WRONG) {
  test(`${what.replaceAll(' ', '_')}_is_refused_in_one_line`, () => refused(folder, message, 'eval', ...args));
}

test('help_names_every_option', () => {
  const help = works(folder, 'eval', '--help');
  for (const option of ['--responses', '--mono-twice', '--parameters', '--json']) {
    assert.ok(help.includes(option));
  }
  assert.match(pinna(folder, '--help').stdout, /pinna eval REFERENCE\.wav OUTPUT\.wav/);
});
