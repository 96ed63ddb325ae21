// SPDX-License-Identifier: MIT
/**
 * The metrics against a second opinion (tests/neural/golden.py: numpy and scipy), against what theory says, and against
 * published figures of real recordings, where this machine has them.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { RESPONSE_FAMILIES, SOUND_FAMILIES, clampedEars, measure } from '../../web/eval/compare.js';
import { fft, inverseFft } from '../../web/eval/fft.js';
import { itdUs } from '../../web/eval/hrtf.js';
import { interaural } from '../../web/eval/interaural.js';
import { resampled } from '../../web/eval/resample.js';
import { binauralSpeech } from '../../web/eval/binaural-speech.js';
import { mrstft } from '../../web/eval/mrstft.js';
import { itdS } from '../fidelity/metrics.mjs';
import { ROOT, readWav } from './cli-support.mjs';

const RATE = 48000;

/** @param {number} actual @param {number} wanted @param {number} within @param {string} [what] */
function near(actual, wanted, within, what = '') {
  assert.ok(Math.abs(actual - wanted) <= within, `${what}: ${actual} is not within ${within} of ${wanted}`);
}

// The signals of golden.py

/** @param {number} seed @param {number} frames */
function noise(seed, frames) {
  let state = seed;
  return Float64Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  });
}

/** @param {Float64Array} x */
function smoothed(x) {
  let last = 0;
  return x.map((sample) => last = 0.75 * last + 0.25 * sample);
}

/** @param {Float64Array} x @param {number} frames */
function delayed(x, frames) {
  return x.map((_, n) => n < frames ? 0 : x[n - frames]);
}

/** @param {number} frames */
function recordings(frames) {
  const sound = smoothed(noise(1, frames)).map((x, n) => {
    const swell = 0.05 + 0.95 * Math.abs(n % 12000 / 6000 - 1);
    return x * (n >= 20000 && n < 26000 ? swell * 0.0001 : swell);
  });
  const hiss = noise(2, frames).map((x) => x * 0.001);
  const other = noise(3, frames).map((x) => x * 0.002);
  const right = delayed(sound, 13);
  const [early, late] = [delayed(sound, 2), delayed(sound, 9)];
  return {
    reference: [sound.map((x, n) => Math.fround(x + hiss[n])), right.map((x, n) => Math.fround(0.625 * x + hiss[n]))],
    output: [early.map((x, n) => Math.fround(0.875 * x + other[n])), late.map((x) => Math.fround(0.75 * x))],
  };
}

/** @param {number} frames */
function responses(frames) {
  const response = (/** @type {number} */ seed, /** @type {number} */ onset, /** @type {number} */ gain) =>
    delayed(noise(seed, frames).map((x, n) => x * (gain / (1 + n / 8) ** 2)), onset);
  const reference = [response(11, 30, 1), response(12, 47, 0.5)];
  const error = [response(13, 30, 0.125), response(14, 47, 0.125)];
  const output = [delayed(reference[0], 1), reference[1]].map((ear, e) =>
    ear.map((x, n) => Math.fround(x * 0.875 + error[e][n])));
  return { reference: reference.map((ear) => ear.map(Math.fround)), output };
}

const GOLDEN = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests/neural/golden.json'), 'utf8'));
/** Of double-precision sums of some 10^7 terms in another order. */
const SECOND_OPINION = 1e-9;

for (const { kind, sampleRateHz, frames, metrics } of GOLDEN) {
  test(`every_metric_of_${kind}_at_${sampleRateHz}_hz_is_what_numpy_and_scipy_say`, () => {
    const { reference, output } = kind === 'recordings' ? recordings(frames) : responses(frames);
    const said = measure(kind === 'recordings' ? SOUND_FAMILIES : RESPONSE_FAMILIES, reference, output, sampleRateHz);
    assert.deepEqual(Object.keys(said).sort(), Object.keys(metrics).sort());
    for (const [key, wanted] of Object.entries(metrics)) {
      near(said[key], wanted, SECOND_OPINION * Math.max(1, Math.abs(wanted)), key);
    }
  });
}

test('a_transform_of_any_size_is_its_definition_and_goes_back', () => {
  for (const size of [1, 2, 4, 8, 32, 64, 3, 12, 100, 105, 331, 662, 720]) {
    const re = noise(5, size);
    const im = noise(6, size);
    const [x, y] = [re.slice(), im.slice()];
    fft(x, y);
    for (let k = 0; k < size; k++) {
      let [r, m] = [0, 0];
      for (let n = 0; n < size; n++) {
        const angle = -2 * Math.PI * (k * n % size) / size;
        r += re[n] * Math.cos(angle) - im[n] * Math.sin(angle);
        m += re[n] * Math.sin(angle) + im[n] * Math.cos(angle);
      }
      near(Math.hypot(x[k] - r, y[k] - m), 0, 1e-12 * size, `bin ${k} of ${size}`);
    }
    inverseFft(x, y);
    near(Math.max(...x.map((v, n) => Math.hypot(v - re[n], y[n] - im[n]))), 0, 1e-13 * size);
  }
});

test('a_recording_is_at_no_distance_from_itself', () => {
  const { reference } = recordings(30000);
  const said = measure(SOUND_FAMILIES, reference, reference, RATE);
  for (const [key, value] of Object.entries(said)) {
    if (key === 'snrDb') {
      assert.ok(value > 10);
    } else {
      near(value, 0, 1e-12, key);
    }
  }
  const pair = responses(700).reference;
  const responsesSaid = measure(RESPONSE_FAMILIES, pair, pair, RATE);
  near(responsesSaid.lsdDb, 0, 0);
  near(responsesSaid.pcc, 1, 1e-12);
  assert.equal(responsesSaid.sdrDb, Infinity);
});

test('errors_of_known_size_are_found', () => {
  const { reference } = recordings(48000);
  const [left, right] = reference;
  const turnedDown = interaural.measure(reference, [left, right.map((x) => 0.5 * x)], RATE);
  near(turnedDown.ildDb, 20 * Math.log10(2), 1e-3);
  near(turnedDown.energyRatioDb, 20 * Math.log10(2), 1e-3);
  near(turnedDown.itdUs, 0, 0);
  const later = interaural.measure(reference, [delayed(left, 6), right], RATE);
  near(later.itdUs, 6e6 / RATE, 0.3);
  const inverted = binauralSpeech.measure(reference, reference.map((ear) => ear.map((x) => -x)), RATE);
  near(inverted.phaseRad, Math.PI, 1e-9);
  near(inverted.amplitude, 0, 1e-12);
  near(inverted.l2x1000, 4000 * (left.reduce((s, x) => s + x * x, 0) + right.reduce((s, x) => s + x * x, 0)) / 96000,
    1e-9);
  const double = responses(700).reference;
  const louder = measure(RESPONSE_FAMILIES, double, double.map((ear) => ear.map((x) => 2 * x)), RATE);
  near(louder.lsdDb, 20 * Math.log10(2), 1e-9);
  near(louder.lsdWideDb, 20 * Math.log10(2), 1e-9);
  near(louder.lreComplexDb, 0, 1e-9);
});

test('signals_that_have_nothing_in_common_have_the_phase_error_of_chance', () => {
  const noises = [7, 8, 9, 10].map((seed) => noise(seed, 4 * RATE));
  near(binauralSpeech.measure(noises.slice(0, 2), noises.slice(2), RATE).phaseRad, Math.PI / 2, 0.01);
});

test('silence_is_measured_without_a_fault_and_what_has_no_meaning_is_not_a_number', () => {
  const { reference } = recordings(20000);
  const silence = [0, 1].map(() => new Float64Array(20000));
  const quiet = measure(SOUND_FAMILIES, reference, silence, RATE);
  assert.ok(Number.isNaN(quiet.phaseRad));
  assert.equal(quiet.mrstftConvergence < 1.01, true);
  const nothing = measure(SOUND_FAMILIES, silence, reference, RATE);
  assert.ok(Number.isNaN(nothing.ildDb) && Number.isNaN(nothing.phaseRad));
  assert.ok(nothing.l2x1000 > 0);
});

test('the_itd_of_a_response_is_that_of_the_fidelity_report', () => {
  const { reference, output } = responses(700);
  // Eighths of a sample against a parabola through them.
  for (const ears of [reference, output]) {
    near(itdUs(ears, RATE), 1e6 * itdS(ears[0], ears[1], RATE), 0.5 * 1e6 / (8 * RATE) + 0.5);
  }
});

test('a_resampled_tone_is_the_tone_and_what_the_new_rate_cannot_hold_is_gone', () => {
  const tone = (/** @type {number} */ hz, /** @type {number} */ rate, /** @type {number} */ frames) =>
    Float64Array.from({ length: frames }, (_, n) => Math.sin(2 * Math.PI * hz * n / rate));
  for (const rate of [44100, 48000]) {
    const got = resampled(tone(1000, rate, rate), rate, 16000);
    assert.equal(got.length, 16000);
    const wanted = tone(1000, 16000, 16000);
    near(Math.max(...got.subarray(100, 15900).map((x, n) => Math.abs(x - wanted[n + 100]))), 0, 2e-3);
    near(Math.max(...resampled(tone(11000, rate, rate), rate, 16000).subarray(100, 15900).map(Math.abs)), 0, 2e-3);
  }
});

test('what_is_beyond_full_scale_is_clamped_and_counted', () => {
  const { ears, clamped } = clampedEars([[0.5, 2, -3], [1, -1, 0]], 3);
  assert.deepEqual(ears.map((ear) => [...ear]), [[0.5, 1, -1], [1, -1, 0]]);
  assert.equal(clamped, 2);
});

// Real recordings: L2 x 1000, amplitude, phase of the mono signal in both ears, as published and re-measured elsewhere.

const RECORDINGS = path.join(ROOT, '../shared/data/binaural_speech');
/** @type {[string, number, number, number, number | undefined][]} */
const MONO_TWICE = [
  ['subject2_segment_1', 0.804, 0.0460, 1.558, 2.103],
  ['subject3_segment_6', 1.025, 0.0522, 1.564, undefined],
  ['subject4_segment_6', 0.971, 0.0580, 1.563, undefined],
];

for (const [clip, l2, amplitude, phase, multi] of MONO_TWICE) {
  const there = fs.existsSync(path.join(RECORDINGS, `${clip}.binaural.wav`));
  test(`${clip}_with_the_mono_signal_in_both_ears_scores_what_the_table_says`,
    { skip: there ? false : 'the BinauralSpeech recordings are not on this machine' }, () => {
      const { channels } = readWav(RECORDINGS, `${clip}.binaural.wav`);
      const mono = readWav(RECORDINGS, `${clip}.mono.wav`).left;
      const said = binauralSpeech.measure(channels, [mono, mono], RATE);
      near(said.l2x1000, l2, 0.0005 + 1e-6, 'L2 x 1000');
      near(said.amplitude, amplitude, 0.00005 + 1e-7, 'amplitude');
      near(said.phaseRad, phase, 0.0005 + 1e-6, 'phase');
      if (multi !== undefined) {
        near(mrstft.measure(channels, [mono, mono], RATE).mrstft, multi, 0.0005 + 1e-6, 'MRSTFT');
      }
    });
}
