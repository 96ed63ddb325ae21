// SPDX-License-Identifier: MIT
/** Parts of the player that need no browser. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { captionAt, parseCaptions } from '../../web/player/captions.js';
import { distanceGain } from '../../web/player/distance.js';
import { Field, powersAsGlow } from '../../web/player/field.js';
import { PARTS, waveform } from '../../web/player/peaks.js';
import { fromAngles } from '../../web/player/space.js';
import { PlayerStage, makeVoice } from '../../web/player/stage.js';
import { stateOf } from '../../web/player/state.js';
import { clock, inWords, timeInWords } from '../../web/player/words.js';

test('captions_are_read_with_their_times_speakers_and_signs', () => {
  const cues = parseCaptions('\uFEFFWEBVTT a title\r\n\r\nNOTE nothing\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n' +
    'second\r\n00:02.500 --> 01:00:03.000 align:start\r\n<v.loud Bob Smith>one <i>and</i>\r\ntwo &lt;3\r\n\r\n' +
    '00:01.000 --> 00:03.000\r\nfirst\r\n\r\n00:05.000 --> 00:04.000\r\nbackwards\r\n\r\nbroken --> 1\r\nx', 'a.vtt');
  assert.deepEqual(cues, [
    { startS: 1, endS: 3, text: 'first' },
    { startS: 2.5, endS: 3603, text: 'Bob Smith: one and\ntwo <3' },
  ]);
  assert.equal(captionAt(cues, 0.99), '');
  assert.equal(captionAt(cues, 1), 'first');
  assert.equal(captionAt(cues, 2.7), 'first\nBob Smith: one and\ntwo <3');
  assert.equal(captionAt(cues, 3603), '');
});

test('what_is_no_webvtt_is_refused_by_name', () => {
  assert.throws(() => parseCaptions('1\n00:00:01,000 --> 00:00:02,000\nsubrip', 'talk.srt'),
    { code: 'captions', message: /talk\.srt is not a WebVTT file: its first line must be WEBVTT/ });
});

test('a_waveform_is_loud_where_the_sound_is_in_all_layers_and_rounds', async () => {
  const sampleRateHz = 1000;
  const once = new Float32Array(1000).fill(0.5);
  const round = new Float32Array(100).fill(0);
  round.fill(1, 50);
  const parts = await waveform([
    { channels: [once], sampleRateHz, startS: 2, loop: false, gain: 1 },
    { channels: [round], sampleRateHz, startS: 4, loop: true, gain: 0.5 },
  ], 6, {});
  assert.equal(parts.length, PARTS);
  const at = (/** @type {number} */ s) => parts[Math.floor(s / 6 * PARTS + 0.5)];
  assert.deepEqual([0, 1.9, 3.1, 3.9, 4.01].map(at), [0, 0, 0, 0, 0]);
  [2.1, 2.9, 4.06, 4.17, 5.96].forEach((s) => assert.ok(Math.abs(at(s) - 1) < 1e-6, `${s} s: ${at(s)}`));
});

test('a_waveform_of_silence_is_flat_and_one_that_is_given_up_ends', async () => {
  const layer = { channels: [new Float32Array(600)], sampleRateHz: 100, startS: 0, loop: false, gain: 1 };
  assert.ok((await waveform([layer], 6, {})).every((part) => part === 0));
  const abort = new AbortController();
  const long = { ...layer, channels: [new Float32Array(5e6).fill(1)], sampleRateHz: 48000 };
  let told = 0;
  await waveform([long], 5e6 / 48000, { signal: abort.signal, onProgress: () => {
    told += 1;
    abort.abort();
  } });
  assert.equal(told, 1);
});

test('a_picture_of_a_soundfield_is_brightest_where_it_sounds_from_however_it_is_turned', () => {
  const frames = 2048;
  /** A plane wave from x y z, in first order. @param {number[]} from @param {number} gain */
  const fieldFrom = ([x, y, z], gain) => {
    const channels = [1, -x, y, -z].map((level) => Float32Array.from({ length: frames }, (_, n) =>
      level * Math.sin(n / 7) / 2));
    const taps = channels.map((samples) => ({
      getFloatTimeDomainData: (/** @type {Float32Array} */ out) => out.set(samples),
    }));
    return new Field(/** @type {any} */ (null), /** @type {any} */ (null), /** @type {any} */ (taps), gain);
  };
  const brightest = (/** @type {Float32Array} */ out) => 360 * out.indexOf(Math.max(...out)) / out.length;
  const glow = (/** @type {[Field, import('../../web/player/space.js').Quaternion][]} */ ...fields) => {
    const out = new Float32Array(48);
    fields.forEach(([field, turned]) => field.addPower(out, turned));
    powersAsGlow(out);
    return out;
  };
  const left = fieldFrom([-1, 0, 0], 1);
  assert.equal(brightest(glow([left, [0, 0, 0, 1]])), 270);
  // A quarter to the left: what was at the left is behind.
  assert.equal(brightest(glow([left, [0, Math.SQRT1_2, 0, Math.SQRT1_2]])), 180);
  // Rolled a quarter to the right: what was below is at the left.
  assert.equal(brightest(glow([fieldFrom([0, -1, 0], 1), [0, 0, -Math.SQRT1_2, Math.SQRT1_2]])), 270);
  // The power of a sine of amplitude 0.5 is 1/8, of its opposite direction nothing; 36 dB below full scale is black.
  const out = glow([left, [0, 0, 0, 1]]);
  assert.ok(Math.abs(out[36] - (1 - 10 * Math.log10(8) / 36)) < 1e-3, `${out[36]}`);
  assert.equal(out[12], 0);
  const quieter = glow([fieldFrom([-1, 0, 0], 0.5), [0, 0, 0, 1]])[36];
  assert.ok(Math.abs(out[36] - quieter - 20 * Math.log10(2) / 36) < 1e-3);
  const two = glow([left, [0, 0, 0, 1]], [left, [0, 0, 0, 1]])[36];
  assert.ok(Math.abs(two - out[36] - 10 * Math.log10(2) / 36) < 1e-3);
});

test('distance_laws_are_those_of_web_audio', () => {
  const law = { refDistance: 1, maxDistance: 10, rolloffFactor: 1 };
  assert.equal(distanceGain({ ...law, model: 'inverse' }, 4), 0.25);
  assert.equal(distanceGain({ ...law, model: 'inverse' }, 0.5), 1);
  assert.equal(distanceGain({ ...law, model: 'exponential', rolloffFactor: 2 }, 4), 1 / 16);
  assert.equal(distanceGain({ ...law, model: 'linear' }, 5.5), 0.5);
  assert.equal(distanceGain({ ...law, model: 'linear' }, 99), 0);
  assert.equal(distanceGain({ ...law, model: 'none' }, 99), 1);
  assert.equal(distanceGain({ ...law, model: 'inverse', refDistance: 0 }, 2), 0);
});

test('of_all_that_is_true_of_a_player_the_most_pressing_is_told', () => {
  const facts = { failed: false, blocked: false, playing: false, loading: false, loaded: false, starting: false,
    ended: false, named: false };
  assert.equal(stateOf(facts), 'empty');
  // Each in the order in which one of them hides those before it; what is loaded was being loaded.
  /** @type {[keyof typeof facts, string][]} */
  const rising = [['named', 'idle'], ['loading', 'loading'], ['loaded', 'paused'], ['ended', 'ended'],
    ['starting', 'starting'], ['playing', 'playing'], ['blocked', 'blocked'], ['failed', 'error']];
  for (const [fact, state] of rising) {
    facts[fact] = true;
    assert.equal(stateOf(facts), state);
  }
  assert.equal(stateOf({ ...facts, failed: false, blocked: false, playing: false, loaded: false }), 'loading');
});

test('times_are_written_as_clocks_and_said_as_words', () => {
  assert.deepEqual([0, 7.9, 61, 3723, NaN].map(clock), ['0:00', '0:07', '1:01', '1:02:03', '0:00']);
  assert.equal(timeInWords(3661), '1 hour 1 minute 1 second');
  assert.equal(timeInWords(0), '0 seconds');
  assert.equal(inWords(new Error('the file is not there')), 'The file is not there.');
  assert.equal(inWords(new Error('https://a.b/c is not there')), 'https://a.b/c is not there.');
});

test('a_stage_keeps_places_through_a_turned_and_travelling_listener', () => {
  const stage = new PlayerStage();
  const free = makeVoice(0, { name: 'free', homePlace: [0, 0, -2] }, 8);
  const worn = makeVoice(1, { name: 'worn', homePlace: [1, 0, 0], headLocked: true }, 8);
  stage.show([free, worn], 3);
  stage.turnHead(Math.PI / 2, 0);
  /** @param {number[]} a @param {number[]} b */
  const near = (a, b) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 1e-12, `${a} is not ${b}`));
  near(stage.roomPlace(free), [0, 0, -2]);
  near(stage.headPlace(free), [2, 0, 0]);
  near(stage.headPlace(worn), [1, 0, 0]);
  near(stage.roomPlace(worn), [0, 0, -1]);
  stage.origin = [1, 0, 0];
  near(stage.roomPlace(free), [-1, 0, -2]);
  for (const voice of [free, worn]) {
    stage.moveTo(voice, [0.5, 0.25, -1]);
    near(stage.roomPlace(voice), [0.5, 0.25, -1]);
    assert.ok(voice.moved);
    stage.moveTo(voice, [99, 0, 0]);
    near(stage.roomPlace(voice), [3, 0, 0]);
    stage.home(voice);
    near(voice.place, voice.homePlace);
  }
  near(fromAngles(Math.PI / 2, 0, 2), [2, 0, 0]);
});
