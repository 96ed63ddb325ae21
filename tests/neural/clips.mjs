// SPDX-License-Identifier: MIT
/**
 * Clips to judge renderers by: what a talker said, what two ears heard of it, and where the talker was.
 *
 * Two layouts are known, at any depth of a folder: the BinauralSpeech data set's (mono.wav, binaural.wav and
 * tx_positions.txt in a folder of each sequence), and the same three as NAME.mono.wav, NAME.binaural.wav and
 * NAME.positions.txt.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parsePositions } from '../../web/cli/binaural-speech.js';
import { monoOf, parseWav } from '../../web/cli/wav.js';
import { ToolError } from '../../web/tools/process.mjs';

/**
 * @typedef {object} Clip
 * @property {string} name
 * @property {string} mono       paths
 * @property {string} binaural
 * @property {string} positions
 */

/** @param {string} folder @returns {Clip[]} by name */
export function clipsIn(folder) {
  if (!fs.existsSync(folder)) {
    throw new ToolError(`${folder}: no such folder; name one with mono.wav, binaural.wav and tx_positions.txt.`, 2);
  }
  /** @type {Clip[]} */
  const found = [];
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file));
  const all = new Set(files);
  for (const mono of files.filter((file) => /(^|[\\/.])mono\.wav$/.test(file))) {
    const stem = mono.slice(0, -'mono.wav'.length);
    const binaural = `${stem}binaural.wav`;
    const positions = [`${stem}tx_positions.txt`, `${stem}positions.txt`].find((file) => all.has(file));
    if (all.has(binaural) && positions !== undefined) {
      const name = path.relative(folder, stem).replace(/[\\/.]+$/, '') || path.basename(folder);
      found.push({ name, mono, binaural, positions });
    }
  }
  if (found.length === 0) {
    throw new ToolError(`${folder}: holds no clip; one is mono.wav, binaural.wav and tx_positions.txt in a folder, ` +
      'or NAME.mono.wav, NAME.binaural.wav and NAME.positions.txt.', 2);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** @param {string} file */
export function readWav(file) {
  return parseWav(fs.readFileSync(file), file);
}

/** Opened: samples, and a row of positions for each 1/120 s. @param {Clip} clip */
export function openClip(clip) {
  const mono = readWav(clip.mono);
  const binaural = readWav(clip.binaural);
  const { sampleRateHz } = binaural;
  if (binaural.channels.length !== 2 || mono.sampleRateHz !== sampleRateHz) {
    throw new ToolError(`${clip.name}: wants a mono and a binaural file of one rate; has ${mono.sampleRateHz} Hz and ` +
      `${binaural.channels.length} channels at ${sampleRateHz} Hz.`);
  }
  const frames = Math.min(mono.frames, binaural.frames);
  const rows = parsePositions(fs.readFileSync(clip.positions, 'utf8'), clip.positions);
  return {
    ...clip,
    sampleRateHz,
    frames,
    mono: monoOf(mono).subarray(0, frames),
    ears: binaural.channels.map((ear) => ear.subarray(0, frames)),
    rows: everyRow(rows, Math.ceil(frames * 120 / sampleRateHz)),
    files: clip,
  };
}

/** @typedef {ReturnType<typeof openClip>} OpenClip */

/**
 * Rows that were left out, between their neighbours; the last holds.
 *
 * @param {{ index: number, row: number[] }[]} rows
 * @param {number} count
 */
export function everyRow(rows, count) {
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    while (at + 1 < rows.length && rows[at + 1].index <= i) {
      at++;
    }
    const [from, to] = [rows[at], rows[Math.min(at + 1, rows.length - 1)]];
    const share = to.index > from.index ? Math.max(0, (i - from.index) / (to.index - from.index)) : 0;
    const near = from.row.slice(3).reduce((sum, x, k) => sum + x * to.row[3 + k], 0) < 0 ? -1 : 1;
    return from.row.map((x, k) => x + share * ((k < 3 ? 1 : near) * to.row[k] - x));
  });
}
