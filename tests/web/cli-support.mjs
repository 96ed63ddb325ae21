// SPDX-License-Identifier: MIT
/** Runs the real command in folders of its own, on real speech, and measures what comes out. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseWav } from '../../web/cli/wav.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PINNA = path.join(ROOT, 'web/cli/pinna.js');

/** @returns {string} a folder that is removed at the end of the process */
export function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-cli-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * @param {string} cwd
 * @param {...string} args
 */
export function pinna(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PINNA, ...args], { cwd, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/**
 * @param {string} folder
 * @param {...string} args that must succeed
 * @returns {string} standard output
 */
export function works(folder, ...args) {
  const { code, stdout, stderr } = pinna(folder, ...args);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '', 'standard error is for terminals and failures');
  return stdout;
}

/**
 * @param {string} folder
 * @param {RegExp} message
 * @param {...string} args that must be refused: one line, exit 2, and no file more than before
 */
export function refused(folder, message, ...args) {
  const before = fs.readdirSync(folder);
  const { code, stdout, stderr } = pinna(folder, ...args);
  assert.match(stderr, message);
  assert.match(stderr, /^pinna: [^\n]+\n$/);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.deepEqual(fs.readdirSync(folder), before);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} [text]
 * @returns {string} the name: a WAV file of espeak-ng speaking, as it writes it (22,050 Hz, 16 bits)
 */
export function speak(folder, name, text = 'She sells sea shells, while I walk around you from ear to ear.') {
  execFileSync('espeak-ng', ['-v', 'en-gb', '-w', path.join(folder, name), text]);
  return name;
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {number} sampleRateHz
 * @param {ArrayLike<number>} samples
 * @returns {string} the name: a mono float WAV file
 */
export function writeMono(folder, name, sampleRateHz, samples) {
  const bytes = Buffer.alloc(44 + samples.length * 4);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 4, 40);
  for (let i = 0; i < samples.length; i++) {
    bytes.writeFloatLE(samples[i], 44 + i * 4);
  }
  fs.writeFileSync(path.join(folder, name), bytes);
  return name;
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {object} scene
 * @returns {string} the name
 */
export function writeScene(folder, name, scene) {
  fs.writeFileSync(path.join(folder, name), JSON.stringify({ pinna: 1, ...scene }));
  return name;
}

/**
 * @param {string} folder
 * @param {string} name
 */
export function readWav(folder, name) {
  const wav = parseWav(fs.readFileSync(path.join(folder, name)), name);
  return { ...wav, left: wav.channels[0], right: wav.channels[1] };
}

/**
 * @param {string} folder
 * @param {object} scene
 * @param {...string} options
 */
export function render(folder, scene, ...options) {
  writeScene(folder, 'scene.json', scene);
  works(folder, 'render', 'scene.json', '-o', 'out.wav', ...options);
  return readWav(folder, 'out.wav');
}

/** @param {ArrayLike<number>} x @param {number} [from] @param {number} [to] */
export function energy(x, from = 0, to = x.length) {
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += x[i] * x[i];
  }
  return sum;
}

/** @param {ArrayLike<number>} x */
export function peakOf(x) {
  let peak = 0;
  for (let i = 0; i < x.length; i++) {
    peak = Math.max(peak, Math.abs(x[i]));
  }
  return peak;
}

/**
 * @param {ArrayLike<number>} left
 * @param {ArrayLike<number>} right
 * @param {number} from
 * @param {number} to
 * @returns {number} level difference in dB, positive = left louder
 */
export function levelDifferenceDb(left, right, from = 0, to = left.length) {
  return 10 * Math.log10(energy(left, from, to) / energy(right, from, to));
}

/**
 * Where two signals fit best.
 *
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} from
 * @param {number} to
 * @param {number} range frames
 * @returns {number} frames by which b is later
 */
export function lagOf(a, b, from, to, range) {
  let best = 0;
  let most = -Infinity;
  for (let lag = -range; lag <= range; lag++) {
    let sum = 0;
    for (let i = Math.max(from, -lag, 0); i < Math.min(to, b.length - lag); i++) {
      sum += a[i] * b[i + lag];
    }
    if (sum > most) {
      most = sum;
      best = lag;
    }
  }
  return best;
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @returns {number} dB of the difference against a
 */
export function differenceDb(a, b) {
  assert.equal(a.length, b.length);
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
  }
  return 10 * Math.log10(difference / energy(a));
}
