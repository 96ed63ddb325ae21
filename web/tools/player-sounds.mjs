// SPDX-License-Identifier: MIT
/**
 * Files for the player's example and tests, composed of the other sounds: music for two loudspeakers, and a soundfield
 * of third order (ACN, SN3D).
 */
import fs from 'node:fs';
import path from 'node:path';
import { monoOf, parseWav } from '../cli/wav.js';

const RATE_HZ = 48000;

/** Of a file that is repeated: it ends where it began. */
const DUO_S = 21.348;
const FIELD_S = 10.674;

export const PLAYER_SOUNDS = ['player-duo.wav', 'player-field.wav'];

/**
 * A WAV file of 16 bits.
 *
 * @param {readonly ArrayLike<number>[]} channels  -1 to 1
 * @param {number} [rateHz]
 * @returns {Buffer}
 */
export function wavOf(channels, rateHz = RATE_HZ) {
  const [count, frames] = [channels.length, channels[0].length];
  const bytes = Buffer.alloc(44 + 2 * count * frames);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(count, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(2 * count * rateHz, 28);
  bytes.writeUInt16LE(2 * count, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let i = 0, at = 44; i < frames; i++) {
    for (let c = 0; c < count; c++, at += 2) {
      bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(32767 * channels[c][i]))), at);
    }
  }
  return bytes;
}

/**
 * A direction's gains in a soundfield of third order.
 *
 * @param {number} x  ahead, of a unit vector in ambisonic axes
 * @param {number} y  left
 * @param {number} z  up
 * @returns {number[]} [16] ACN, SN3D
 *
 * Source   Daniel 2000, "Représentation de champs acoustiques", table 3.2, in the order of ACN.
 */
export function encode(x, y, z) {
  const [r3, r15, r38, r58] = [Math.sqrt(3), Math.sqrt(15), Math.sqrt(3 / 8), Math.sqrt(5 / 8)];
  return [
    1, y, z, x,
    r3 * x * y, r3 * y * z, (3 * z * z - 1) / 2, r3 * x * z, r3 / 2 * (x * x - y * y),
    r58 * y * (3 * x * x - y * y), r15 * x * y * z, r38 * y * (5 * z * z - 1), z * (5 * z * z - 3) / 2,
    r38 * x * (5 * z * z - 1), r15 / 2 * z * (x * x - y * y), r58 * x * (x * x - 3 * y * y),
  ];
}

/** Makes what is missing. @param {string} folder  with the other sounds */
export function makePlayerSounds(folder) {
  const wanted = PLAYER_SOUNDS.filter((file) => !fs.existsSync(path.join(folder, file)));
  if (wanted.length === 0) {
    return;
  }
  /** @param {string} file */
  const sound = (file) => monoOf(parseWav(fs.readFileSync(path.join(folder, file)), file));
  const tabla = sound('loop-tabla.wav');
  const guitar = sound('guit-em9.wav');
  const bell = sound('perc-bell.wav');
  const piano = sound('ambi-piano.wav');
  const made = {
    'player-duo.wav': () => duo(tabla, guitar, piano),
    'player-field.wav': () => field(tabla, guitar, bell),
  };
  for (const file of wanted) {
    fs.writeFileSync(path.join(folder, file), wavOf(made[/** @type {keyof typeof made} */ (file)]()));
  }
}

/** @param {Float32Array} tabla @param {Float32Array} guitar @param {Float32Array} piano */
function duo(tabla, guitar, piano) {
  const frames = Math.round(DUO_S * RATE_HZ);
  const out = [new Float32Array(frames), new Float32Array(frames)];
  /** @param {Float32Array} samples @param {number} startS @param {number} pan  -1 to 1 @param {number} gain */
  const put = (samples, startS, pan, gain) => {
    const angle = (pan + 1) * Math.PI / 4;
    const first = Math.round(startS * RATE_HZ);
    const last = Math.min(frames, first + samples.length);
    for (let i = first; i < last; i++) {
      out[0][i] += gain * Math.cos(angle) * samples[i - first];
      out[1][i] += gain * Math.sin(angle) * samples[i - first];
    }
  };
  put(tabla, 0, 0.35, 0.5);
  put(tabla, tabla.length / RATE_HZ, 0.35, 0.5);
  put(guitar, 0.2, -0.7, 0.55);
  put(guitar, 10.9, -0.7, 0.55);
  [3.1, 8.2, 13.8, 18].forEach((startS, i) => put(piano, startS, i % 2 === 0 ? 0.85 : -0.2, 0.45));
  return out;
}

/** A tabla that circles, a guitar at the left, bells behind and above. @param {Float32Array[]} sounds */
function field(...[tabla, guitar, bell]) {
  const frames = Math.round(FIELD_S * RATE_HZ);
  const out = Array.from({ length: 16 }, () => new Float32Array(frames));
  /**
   * @param {Float32Array} samples
   * @param {number} startS
   * @param {number} gain
   * @param {(s: number) => [number, number]} at  azimuth to the left and elevation, radians, at a second
   */
  const put = (samples, startS, gain, at) => {
    const first = Math.round(startS * RATE_HZ);
    for (let i = 0; i < samples.length && first + i < frames; i++) {
      const [azimuth, elevation] = at((first + i) / RATE_HZ);
      const flat = Math.cos(elevation);
      const gains = encode(flat * Math.cos(azimuth), flat * Math.sin(azimuth), Math.sin(elevation));
      gains.forEach((g, c) => {
        out[c][first + i] += gain * g * samples[i];
      });
    }
  };
  put(tabla, 0, 0.5, (s) => [-2 * Math.PI * s / FIELD_S, 0]);
  put(guitar, 0.3, 0.3, () => [Math.PI / 2, 0]);
  put(bell, 2.5, 0.25, () => [Math.PI, 0.6]);
  return out;
}
