// SPDX-License-Identifier: MIT
/**
 * WAV files: read what recorders, editors and text-to-speech write, write 32-bit float stereo.
 *
 * Problem  headers lie: sizes of truncated, streamed (size unknown when written) and padded files, chunks in any order
 *          and of odd length, the real format hidden in WAVE_FORMAT_EXTENSIBLE.
 * Method   walk the chunks by their sizes, check every size against the bytes that exist, and name what is wrong.
 *          A data size of 0x7ffff000 and more is how streaming writers say "to the end of the file".
 *
 * Source   Microsoft, "Multiple channel audio data and WAVE files", 2007 (WAVE_FORMAT_EXTENSIBLE).
 */

import { CliError } from './errors.js';

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
/** The last 14 bytes of every sub-format GUID that stands for a plain format tag. */
const SUBFORMAT_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
const STREAMED_BYTES = 0x7ffff000;
const MAX_CHANNELS = 1024;
const MAX_RATE_HZ = 1_000_000;
const READABLE = 'PCM of 16, 24 or 32 bits and float of 32 or 64 bits can be read';
const CONVERT = `${READABLE}; convert it, for example with: ffmpeg -i IN -c:a pcm_f32le OUT.wav`;

/**
 * @typedef {object} Wav
 * @property {number} sampleRateHz
 * @property {number} frames
 * @property {Float32Array[]} channels linear, full scale = 1
 * @property {string} format for people: "PCM 16 bit", "float 32 bit"
 */

/**
 * @typedef {object} WavFormat
 * @property {number} tag FORMAT_PCM or FORMAT_FLOAT
 * @property {number} channels
 * @property {number} sampleRateHz
 * @property {number} bits per sample
 */

/**
 * @param {DataView} view
 * @param {number} at
 * @returns {string} four characters
 */
function fourCharacters(view, at) {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/**
 * @param {DataView} view
 * @param {number} at first byte of the chunk's body
 * @param {number} bytes of the body
 * @param {string} name of the file
 * @returns {WavFormat}
 */
function readFormat(view, at, bytes, name) {
  if (bytes < 16) {
    throw new CliError(`${name}: its format chunk has ${bytes} bytes where 16 are the least`, 'export the file again');
  }
  let tag = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const sampleRateHz = view.getUint32(at + 4, true);
  const blockBytes = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (tag === FORMAT_EXTENSIBLE) {
    if (bytes < 40) {
      throw new CliError(`${name}: its extensible format chunk has ${bytes} bytes where 40 are the least`,
        'export the file again');
    }
    if (SUBFORMAT_TAIL.some((byte, i) => view.getUint8(at + 26 + i) !== byte)) {
      throw new CliError(`${name}: its extensible sub-format is not plain PCM or float`, CONVERT);
    }
    tag = view.getUint16(at + 24, true);
  }
  const readable = (tag === FORMAT_PCM && [16, 24, 32].includes(bits)) ||
    (tag === FORMAT_FLOAT && [32, 64].includes(bits));
  if (!readable) {
    const kind = tag === FORMAT_PCM ? 'PCM' : tag === FORMAT_FLOAT ? 'float' : `format 0x${tag.toString(16)}`;
    throw new CliError(`${name}: its samples are ${kind} of ${bits} bits`, CONVERT);
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new CliError(`${name}: its header says ${channels} channels`, 'export the file again');
  }
  if (sampleRateHz < 1 || sampleRateHz > MAX_RATE_HZ) {
    throw new CliError(`${name}: its header says ${sampleRateHz} samples a second`, 'export the file again');
  }
  if (blockBytes !== channels * bits / 8) {
    throw new CliError(`${name}: its header says ${blockBytes} bytes a frame, ` +
      `but ${channels} x ${bits} bits make ${channels * bits / 8}`, 'export the file again');
  }
  return { tag, channels, sampleRateHz, bits };
}

/**
 * @param {WavFormat} format
 * @returns {(view: DataView, at: number) => number} reads one sample as a linear amplitude
 */
function sampleReader({ tag, bits }) {
  if (tag === FORMAT_FLOAT) {
    return bits === 32 ? (view, at) => view.getFloat32(at, true) : (view, at) => view.getFloat64(at, true);
  }
  switch (bits) {
    case 16:
      return (view, at) => view.getInt16(at, true) / 0x8000;
    case 24:
      return (view, at) => (view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) / 0x800000;
    default:
      return (view, at) => view.getInt32(at, true) / 0x80000000;
  }
}

/**
 * @param {Uint8Array} bytes the whole file
 * @param {string} name of the file, for messages
 * @returns {Wav}
 * @throws {CliError} naming what is wrong with the file
 */
export function parseWav(bytes, name) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.byteLength;
  if (end < 12) {
    throw new CliError(`${name}: ${end} bytes are too few for a WAV file`, 'check that the file is complete');
  }
  const riff = fourCharacters(view, 0);
  if (riff === 'RF64' || riff === 'RIFX' || riff === 'FORM' || riff === 'fLaC' || riff === 'OggS') {
    throw new CliError(`${name}: this is a ${riff} file, not a WAV (RIFF) file`, CONVERT);
  }
  if (riff !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') {
    throw new CliError(`${name}: not a WAV file (it does not start with RIFF and WAVE)`, CONVERT);
  }
  /** @type {WavFormat | undefined} */
  let format;
  let at = 12;
  while (at + 8 <= end) {
    const kind = fourCharacters(view, at);
    let size = view.getUint32(at + 4, true);
    at += 8;
    if (kind === 'data') {
      if (size >= STREAMED_BYTES && size > end - at) {
        size = end - at;
      }
      if (format === undefined) {
        throw new CliError(`${name}: its samples come before their format`, 'export the file again');
      }
      if (size > end - at) {
        throw new CliError(`${name}: truncated, its header promises ${size} bytes of samples and ${end - at} are there`,
          'copy the file again');
      }
      return readSamples(view, at, size, format, name);
    }
    if (size > end - at) {
      throw new CliError(`${name}: truncated in its "${kind.replace(/[^ -~]/g, '?')}" chunk ` +
        `(${size} bytes promised, ${end - at} there)`, 'copy the file again');
    }
    if (kind === 'fmt ') {
      format = readFormat(view, at, size, name);
    }
    at += size + size % 2;
  }
  throw new CliError(`${name}: it has no samples (no "data" chunk)`, 'check that the file is complete');
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} bytes
 * @param {WavFormat} format
 * @param {string} name
 * @returns {Wav}
 */
function readSamples(view, at, bytes, format, name) {
  const sampleBytes = format.bits / 8;
  const frames = Math.floor(bytes / (sampleBytes * format.channels));
  if (frames === 0) {
    throw new CliError(`${name}: it holds no samples`, 'check that the file is complete');
  }
  const read = sampleReader(format);
  /** @type {Float32Array[]} */
  const channels = [];
  for (let c = 0; c < format.channels; c++) {
    const samples = new Float32Array(frames);
    for (let i = 0; i < frames; i++) {
      samples[i] = read(view, at + (i * format.channels + c) * sampleBytes);
    }
    const bad = samples.findIndex((sample) => !Number.isFinite(sample));
    if (bad >= 0) {
      throw new CliError(`${name}: sample ${bad} of channel ${c + 1} is ${samples[bad]}, not a finite number`,
        'export the file again');
    }
    channels.push(samples);
  }
  const kind = format.tag === FORMAT_PCM ? 'PCM' : 'float';
  return { sampleRateHz: format.sampleRateHz, frames, channels, format: `${kind} ${format.bits} bit` };
}

/**
 * A point source is mono: several channels become their mean.
 *
 * @param {Wav} wav
 * @returns {Float32Array}
 */
export function monoOf(wav) {
  if (wav.channels.length === 1) {
    return wav.channels[0];
  }
  const mono = new Float32Array(wav.frames);
  for (let i = 0; i < wav.frames; i++) {
    let sum = 0;
    for (const channel of wav.channels) {
      sum += channel[i];
    }
    mono[i] = sum / wav.channels.length;
  }
  return mono;
}

/** Bytes before the samples of a file that `stereoHeader` describes. */
export const STEREO_HEADER_BYTES = 58;

/** Frames that a stereo float WAV can hold: sizes in RIFF are 32-bit. */
export const STEREO_MAX_FRAMES = Math.floor((0xffffffff - STEREO_HEADER_BYTES) / 8);

/**
 * The header of a 32-bit float stereo WAV, with the fact chunk that non-PCM files must have.
 *
 * @param {number} sampleRateHz
 * @param {number} frames
 * @returns {Uint8Array}
 */
export function stereoHeader(sampleRateHz, frames) {
  const header = new Uint8Array(STEREO_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const dataBytes = frames * 8;
  /** @type {(at: number, text: string) => void} */
  const write = (at, text) => {
    for (let i = 0; i < 4; i++) {
      header[at + i] = text.charCodeAt(i);
    }
  };
  write(0, 'RIFF');
  view.setUint32(4, STEREO_HEADER_BYTES - 8 + dataBytes, true);
  write(8, 'WAVE');
  write(12, 'fmt ');
  view.setUint32(16, 18, true);
  view.setUint16(20, FORMAT_FLOAT, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 8, true);
  view.setUint16(32, 8, true);
  view.setUint16(34, 32, true);
  view.setUint16(36, 0, true);
  write(38, 'fact');
  view.setUint32(42, 4, true);
  view.setUint32(46, frames, true);
  write(50, 'data');
  view.setUint32(54, dataBytes, true);
  return header;
}

/**
 * @param {Float32Array} left
 * @param {Float32Array} right
 * @param {Uint8Array} out [frames * 8] little-endian pairs, whatever the machine
 * @param {number} frames
 */
export function interleaveStereo(left, right, out, frames) {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  for (let i = 0; i < frames; i++) {
    view.setFloat32(i * 8, left[i], true);
    view.setFloat32(i * 8 + 4, right[i], true);
  }
}
