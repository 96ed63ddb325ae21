// SPDX-License-Identifier: MIT
/** What becomes of a clip before the engine gets it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { toMono } from '../../web/clips.js';
import { EngineHost } from '../../web/shared/engine-host.js';

const wasm = new WebAssembly.Module(fs.readFileSync(new URL('../../web/dist/pinna.wasm', import.meta.url)));

/** As a page does it. @type {import('../../web/clips.js').Resample} */
const resample = (samples, fromHz, toHz) => new EngineHost(wasm).resample(samples, fromHz, toHz);

/** @param {number[][]} channels @param {number} sampleRate */
function audioBuffer(channels, sampleRate) {
  const data = channels.map((channel) => Float32Array.from(channel));
  return /** @type {AudioBuffer} */ (/** @type {unknown} */ ({
    numberOfChannels: data.length, length: data[0].length, sampleRate,
    getChannelData: (/** @type {number} */ c) => data[c],
  }));
}

test('stereo_becomes_mono_at_half_of_each_channel', () => {
  assert.deepEqual([...toMono(audioBuffer([[1, 0, 0.5], [0, 1, 0.5]], 48000), 48000, resample)], [0.5, 0.5, 0.5]);
});

test('a_clip_is_a_copy', () => {
  const mine = Float32Array.of(1, 2, 3);
  const clip = toMono(mine, 48000, resample);
  mine[0] = 9;
  assert.deepEqual([...clip], [1, 2, 3]);
});

/** Error of a resampled sine against the sine itself, dB, without the clip's ends. */
const RESAMPLE_MAX_DB = -80;

for (const [from, to] of [[44100, 48000], [48000, 44100], [22050, 48000], [96000, 48000], [16000, 44100]]) {
  test(`a_sine_resampled_from_${from}_to_${to}_is_the_sine_at_the_new_rate`, () => {
    for (const hz of [100, 1000, 0.8 * Math.min(from, to) / 2]) {
      const input = Float32Array.from({ length: from / 5 }, (_, n) => Math.sin(2 * Math.PI * hz * n / from));
      const output = resample(input, from, to);
      assert.equal(output.length, to / 5);
      let error = 0;
      let power = 0;
      const edge = Math.ceil(80 * to / Math.min(from, to));
      for (let n = edge; n < output.length - edge; n++) {
        const wanted = Math.sin(2 * Math.PI * hz * n / to);
        error += (output[n] - wanted) ** 2;
        power += wanted ** 2;
      }
      const db = 10 * Math.log10(error / power);
      assert.ok(db < RESAMPLE_MAX_DB, `${hz} Hz: ${db.toFixed(1)} dB`);
    }
  });
}

test('what_lies_above_the_new_nyquist_frequency_is_gone', () => {
  const input = Float32Array.from({ length: 48000 }, (_, n) => Math.sin(2 * Math.PI * 11000 * n / 48000));
  const output = resample(input, 48000, 16000).subarray(200, -200);
  const rms = Math.sqrt(output.reduce((sum, x) => sum + x * x, 0) / output.length);
  assert.ok(20 * Math.log10(rms) < RESAMPLE_MAX_DB, `${20 * Math.log10(rms)} dB`);
});
