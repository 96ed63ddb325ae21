// SPDX-License-Identifier: MIT
/**
 * The files of the BinauralSpeech data set (Richard et al. 2021) as a scene: a talker walking round a fixed head.
 *
 * A row holds x y z qx qy qz qw of the talker's marker in metres, 120 rows a second; a row may begin with its index,
 * and rows may then be left out. The data set's axes are x forward, y RIGHT, z up: a left-handed triple, which is why
 * the mouth's offset is turned by the inverse of the row's quaternion. Copy the procedure, do not correct it.
 */

import { CliError } from './errors.js';

const ROWS_PER_SECOND = 120;
const COLUMNS = 7;
/** From the talker's marker to the mouth, in the talker's own axes, metres. */
const MOUTH = [0.09, 0, -0.2];
/** Midway between the ears, seen from the marker on the receiver's head, metres. */
const HEAD_CENTRE = [0, 0, -0.22];

/**
 * @param {readonly number[]} row x y z qx qy qz qw
 * @param {readonly number[]} [offset] of the mouth from the marker, in the talker's own axes
 * @returns {number[]} the mouth in the data set's axes
 */
export function mouthPosition(row, offset = MOUTH) {
  const [x, y, z] = row;
  let q = row.slice(3, 7);
  if (q.every((component) => component === 0)) {
    q = [1, 1, 1, 1];
  }
  const length = Math.hypot(...q);
  const [ux, uy, uz] = q.map((component) => -component / length);
  const w = q[3] / length;
  const [mx, my, mz] = offset;
  const tx = 2 * (uy * mz - uz * my);
  const ty = 2 * (uz * mx - ux * mz);
  const tz = 2 * (ux * my - uy * mx);
  return [
    x + mx + w * tx + (uy * tz - uz * ty),
    y + my + w * ty + (uz * tx - ux * tz),
    z + mz + w * tz + (ux * ty - uy * tx),
  ];
}

/**
 * @param {readonly number[]} p x forward, y right, z up
 * @returns {number[]} +x right, +y up, -z ahead
 */
function toEngineAxes([forward, right, up]) {
  return [right, up, -forward];
}

/**
 * A row's quaternion for the engine. Axes map by a reflection, which turns the sign of the vector part, and rows hold
 * the inverse, which turns it back.
 *
 * @param {readonly number[]} row
 * @returns {number[]} unit length; the talker's mouth points along -z
 */
export function talkerOrientation(row) {
  const q = row.slice(3, 7).every((component) => component === 0) ? [1, 1, 1, 1] : row.slice(3, 7);
  const [x, y, z, w] = q.map((component) => component / Math.hypot(...q));
  return [y, z, -x, w];
}

/**
 * @param {string} text
 * @param {string} name of the file, for messages
 * @returns {{ index: number, row: number[] }[]} in order, at least one
 * @throws {CliError}
 */
export function parsePositions(text, name) {
  /** @type {{ index: number, row: number[] }[]} */
  const rows = [];
  let columns = 0;
  text.split(/\r?\n/).forEach((line, i) => {
    const words = line.trim().split(/[\s,]+/);
    if (words.length === 1 && words[0] === '') {
      return;
    }
    const at = `${name}, line ${i + 1}`;
    columns ||= words.length;
    if ((columns !== COLUMNS && columns !== COLUMNS + 1) || words.length !== columns) {
      const wanted = columns === COLUMNS || columns === COLUMNS + 1 ? `the ${columns} of the lines before` :
        '7 (x y z qx qy qz qw), or 8 with the row\'s index first';
      throw new CliError(`${at}: has ${words.length} numbers`, `each line must have ${wanted}`);
    }
    const numbers = words.map(Number);
    const bad = numbers.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) {
      throw new CliError(`${at}: "${words[bad]}" is not a finite number`, 'mend the line');
    }
    const indexed = columns === COLUMNS + 1;
    const index = indexed ? numbers[0] : rows.length;
    const last = rows[rows.length - 1];
    if (!Number.isInteger(index) || index < 0 || (last !== undefined && index <= last.index)) {
      throw new CliError(`${at}: its row index is ${words[0]}`, 'indices must be whole numbers and increase');
    }
    rows.push({ index, row: indexed ? numbers.slice(1) : numbers });
  });
  if (rows.length === 0) {
    throw new CliError(`${name}: it has no rows`, 'each line must have x y z qx qy qz qw');
  }
  return rows;
}

/**
 * @typedef {object} Talker  what a model knows of one, where it is not the data set's
 * @property {readonly number[]} [mouth]  its offset from the marker
 * @property {boolean} [turned]  which way the talker faces counts
 * @property {number} [gain]
 * @property {object} [distance]  of the scene's source
 */

/**
 * @param {string} audio path of the mono file
 * @param {{ index: number, row: number[] }[]} rows
 * @param {number} sampleRate
 * @param {number} durationS
 * @param {Talker} [talker]
 * @returns {object} for parseScene: real propagation from the talker's mouth to the head
 */
export function binauralSpeechScene(audio, rows, sampleRate, durationS, talker = {}) {
  return {
    pinna: 1,
    sampleRate,
    durationS,
    listener: { poses: [{ t: 0, position: toEngineAxes(HEAD_CENTRE) }] },
    sources: [{
      id: 'talker',
      audio,
      doppler: true,
      gain: talker.gain ?? 1,
      distance: talker.distance ?? { model: 'inverse', refDistance: 1 },
      poses: rows.map(({ index, row }) => ({
        t: index / ROWS_PER_SECOND,
        position: toEngineAxes(mouthPosition(row, talker.mouth)),
        ...(talker.turned ? { orientation: talkerOrientation(row) } : {}),
      })),
    }],
  };
}
