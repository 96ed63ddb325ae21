// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import test from 'node:test';

import { CliError } from '../../web/cli/errors.js';
import { interleaveStereo, monoOf, parseWav, stereoHeader } from '../../web/cli/wav.js';

/** @param {(string | number[])[]} parts texts and bytes */
function bytesOf(...parts) {
  return Uint8Array.from(parts.flatMap((part) =>
    typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part));
}

/** @param {number} n */
const u16 = (n) => [n & 255, (n >> 8) & 255];
/** @param {number} n */
const u32 = (n) => [...u16(n & 0xffff), ...u16(Math.floor(n / 65536))];

/**
 * @param {string} kind
 * @param {Uint8Array} body
 * @param {number} [statedBytes]
 */
function chunk(kind, body, statedBytes = body.length) {
  return bytesOf(kind, u32(statedBytes), [...body], body.length % 2 ? [0] : []);
}

/**
 * @param {object} format
 * @param {number} format.tag
 * @param {number} format.channels
 * @param {number} [format.rate]
 * @param {number} format.bits
 * @param {number} [format.block]
 */
function formatBody({ tag, channels, rate = 48000, bits, block = channels * bits / 8 }) {
  return bytesOf(u16(tag), u16(channels), u32(rate), u32(rate * block), u16(block), u16(bits));
}

/** @param {Uint8Array[]} chunks */
function riff(...chunks) {
  const body = bytesOf('WAVE', ...chunks.map((c) => [...c]));
  return bytesOf('RIFF', u32(body.length), [...body]);
}

const PCM16_MONO = formatBody({ tag: 1, channels: 1, bits: 16 });
const VALUES = [0, 0.5, -0.5, -1, 0.25, 0.999];

/**
 * @param {number} tag
 * @param {number} bits
 * @param {readonly number[]} values
 */
function encode(tag, bits, values) {
  const view = new DataView(new ArrayBuffer(values.length * bits / 8));
  values.forEach((value, i) => {
    if (tag === 3) {
      bits === 32 ? view.setFloat32(i * 4, value, true) : view.setFloat64(i * 8, value, true);
    } else if (bits === 24) {
      const whole = Math.round(value * 0x800000);
      view.setUint16(i * 3, whole & 0xffff, true);
      view.setInt8(i * 3 + 2, whole >> 16);
    } else if (bits === 16) {
      view.setInt16(i * 2, Math.round(value * 0x8000), true);
    } else {
      view.setInt32(i * 4, Math.round(value * 0x80000000), true);
    }
  });
  return new Uint8Array(view.buffer);
}

for (const [tag, bits] of [[1, 16], [1, 24], [1, 32], [3, 32], [3, 64]]) {
  test(`${tag === 1 ? 'PCM' : 'float'} of ${bits} bits is read to within half a step`, () => {
    const bytes = riff(chunk('fmt ', formatBody({ tag, channels: 2, bits })), chunk('data', encode(tag, bits, VALUES)));
    const wav = parseWav(bytes, 'a.wav');
    assert.equal(wav.frames, 3);
    assert.equal(wav.sampleRateHz, 48000);
    const step = tag === 3 ? 2 ** -24 : 2 ** -Math.min(bits, 25);
    VALUES.forEach((value, i) => {
      assert.ok(Math.abs(wav.channels[i % 2][i >> 1] - value) <= step, `sample ${i}: ${wav.channels[i % 2][i >> 1]}`);
    });
  });
}

test('the real format is found inside WAVE_FORMAT_EXTENSIBLE', () => {
  const tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
  const body = bytesOf([...formatBody({ tag: 0xfffe, channels: 1, bits: 24 })], u16(22), u16(24), u32(4), u16(1), tail);
  const wav = parseWav(riff(chunk('fmt ', body), chunk('data', encode(1, 24, [0.5]))), 'a.wav');
  assert.equal(wav.format, 'PCM 24 bit');
  assert.equal(wav.channels[0][0], 0.5);
  const alien = bytesOf([...body.subarray(0, 26)], tail.map((byte) => byte ^ 1));
  assert.throws(() => parseWav(riff(chunk('fmt ', alien)), 'a.wav'), /sub-format is not plain PCM or float/);
});

test('chunks that are not needed, and of odd length, are stepped over', () => {
  const bytes = riff(chunk('LIST', bytesOf('abc')), chunk('fmt ', PCM16_MONO), chunk('junk', bytesOf([1])),
    chunk('data', encode(1, 16, [0.5, -0.5])));
  assert.deepEqual([...parseWav(bytes, 'a.wav').channels[0]], [0.5, -0.5]);
});

test('a size of "unknown", as streaming writers leave it, means to the end of the file', () => {
  for (const size of [0x7ffff000, 0xffffffff]) {
    const bytes = riff(chunk('fmt ', PCM16_MONO), chunk('data', encode(1, 16, [0.5, -0.5]), size));
    assert.equal(parseWav(bytes, 'a.wav').frames, 2);
  }
});

test('several channels become their mean', () => {
  const bytes = riff(chunk('fmt ', formatBody({ tag: 3, channels: 4, bits: 32 })),
    chunk('data', encode(3, 32, [1, 0.5, 0.25, 0.25, -1, 0, 0, 0])));
  assert.deepEqual([...monoOf(parseWav(bytes, 'a.wav'))], [0.5, -0.25]);
});

test('what stereoHeader and interleaveStereo write is read back exactly', () => {
  const left = Float32Array.of(0.1, -2.5, 3e-8);
  const right = Float32Array.of(1, 0, -0.7);
  const samples = new Uint8Array(24);
  interleaveStereo(left, right, samples, 3);
  const wav = parseWav(bytesOf([...stereoHeader(44100, 3)], [...samples]), 'out.wav');
  assert.deepEqual([wav.sampleRateHz, wav.format], [44100, 'float 32 bit']);
  assert.deepEqual(wav.channels, [left, right]);
});

const GOOD = riff(chunk('fmt ', PCM16_MONO), chunk('data', encode(1, 16, VALUES)));

/** @type {[string, Uint8Array, RegExp][]} */
const REFUSALS = [
  ['an empty file', new Uint8Array(0), /^a\.wav: 0 bytes are too few for a WAV file; /],
  ['text', bytesOf('this is no sound at all'), /^a\.wav: not a WAV file/],
  ['a FLAC file', bytesOf('fLaC, and then twelve bytes'), /^a\.wav: this is a fLaC file, not a WAV/],
  ['8-bit samples', riff(chunk('fmt ', formatBody({ tag: 1, channels: 1, bits: 8 }))), /samples are PCM of 8 bits; /],
  ['mu-law samples', riff(chunk('fmt ', formatBody({ tag: 7, channels: 1, bits: 8 }))),
    /samples are format 0x7 of 8 bits/],
  ['no channels', riff(chunk('fmt ', formatBody({ tag: 1, channels: 0, bits: 16 }))), /header says 0 channels/],
  ['no rate', riff(chunk('fmt ', formatBody({ tag: 1, channels: 1, bits: 16, rate: 0 }))),
    /header says 0 samples a second/],
  ['a wrong frame size', riff(chunk('fmt ', formatBody({ tag: 1, channels: 2, bits: 16, block: 2 }))),
    /header says 2 bytes a frame, but 2 x 16 bits make 4/],
  ['a short format chunk', riff(chunk('fmt ', PCM16_MONO.subarray(0, 8))),
    /format chunk has 8 bytes where 16 are the least/],
  ['samples before their format', riff(chunk('data', encode(1, 16, VALUES))), /samples come before their format/],
  ['no samples', riff(chunk('fmt ', PCM16_MONO)), /no samples \(no "data" chunk\)/],
  ['an empty data chunk', riff(chunk('fmt ', PCM16_MONO), chunk('data', new Uint8Array(0))), /it holds no samples/],
  ['a data chunk that lies', riff(chunk('fmt ', PCM16_MONO), chunk('data', encode(1, 16, VALUES), 4000)),
    /truncated, its header promises 4000 bytes of samples and 12 are there; copy the file again/],
  ['another chunk that lies', riff(chunk('LIST', bytesOf('abcd'), 1e6)),
    /truncated in its "LIST" chunk \(1000000 bytes promised, 4 there\)/],
  ['a sample that is no number', riff(chunk('fmt ', formatBody({ tag: 3, channels: 1, bits: 32 })),
    chunk('data', encode(3, 32, [0, NaN]))), /sample 1 of channel 1 is NaN, not a finite number/],
];

for (const [what, bytes, message] of REFUSALS) {
  test(`${what}: refused, with the reason`, () => {
    assert.throws(() => parseWav(bytes, 'a.wav'), (error) => error instanceof CliError && message.test(error.message));
  });
}

test('a file cut at any byte is read or refused by name, and never crashes', () => {
  for (let length = 0; length < GOOD.length; length++) {
    assert.throws(() => parseWav(GOOD.subarray(0, length), 'a.wav'), (error) =>
      error instanceof CliError && error.message.startsWith('a.wav: ') && !error.message.includes('\n'));
  }
  assert.equal(parseWav(GOOD, 'a.wav').frames, VALUES.length);
});
