// SPDX-License-Identifier: MIT
/** The figures of `npm run eval:neural` as rows of text, for the terminal, Markdown and the page alike. */
import path from 'node:path';
import { ROOT } from '../../web/tools/process.mjs';
import { floorTable } from './floor.mjs';
import { PUBLISHED, PUBLISHED_COST } from './published.mjs';

/** @typedef {import('./run.mjs').Figures} Figures */
/** @typedef {import('./judge.mjs').Row} Row */

const FIELD = path.join(ROOT, 'models/linn/kemar-field.safetensors');

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string} note
 * @property {string[]} head
 * @property {string[][]} rows
 */

/** Columns of sound: the metric's key, its heading, digits. @type {readonly [string, string, number][]} */
const COLUMNS = [
  ['l2x1000', 'L2 x 10³', 3], ['amplitude', 'Amp', 4], ['phaseRad', 'Phase', 3], ['mrstft', 'MRSTFT', 3],
  ['ildDb', 'ILD dB', 2], ['itdUs', 'ITD µs', 0], ['energyRatioDb', 'LRE dB', 2], ['stft', 'STFT', 4],
  ['dPhaseRad', 'D-Phase', 3], ['env', 'ENV', 4], ['snrDb', 'SNR dB ↑', 2],
];

/** Thousands apart, or a shorter unit. @param {number} x */
function count(x) {
  return Math.round(x).toLocaleString('en-US');
}

/** @param {number} x multiply-adds a second */
function macs(x) {
  return x >= 1e9 ? `${(x / 1e9).toFixed(2)} G` : `${(x / 1e6).toFixed(2)} M`;
}

/** @param {number | undefined} x */
function factor(x) {
  return x === undefined ? '-' : x < 0.01 ? x.toFixed(5) : x.toFixed(3);
}

/** @param {number | undefined} x @param {number} digits */
function fixed(x, digits) {
  return x === undefined || !Number.isFinite(x) ? '-' : x.toFixed(digits);
}

/** @param {Row} row */
function soundRow({ name, why, cost, metrics, realTimeFactor, key }) {
  const published = key === 'nfs' ? PUBLISHED_COST.NFS : key === 'warpnet' ? PUBLISHED_COST.WarpNet : undefined;
  const price = cost ?? published;
  const front = [name, price ? count(price.parameters) : '-', price ? macs(price.macsPerSecond) : '-',
    factor(realTimeFactor)];
  return why === undefined ? [...front, ...COLUMNS.map(([metric, , digits]) => fixed(metrics?.[metric], digits))] :
    [...front, why, ...COLUMNS.slice(1).map(() => '')];
}

/** @param {Figures} figures @returns {Table[]} */
export function tables(figures) {
  /** @type {Table[]} */
  const out = figures.sets.map(({ title, note, clips, seconds, rows }) => ({
    title,
    note: `${note} ${clips} clips, ${seconds.toFixed(0)} s in all; means weighted by length. Lower is better, ` +
      'but for SNR. Real-time factor: the whole engine in wasm, one moving source, one thread. MACs of the ' +
      'networks and what they mix.',
    head: ['System', 'Parameters', 'MAC/s', 'RTF', ...COLUMNS.map(([, name]) => name)],
    rows: rows.map(soundRow),
  }));
  if (figures.anechoic !== undefined) {
    /** @param {import('../support/measured.mjs').Summary} summary @param {number} digits */
    const pair = ({ mean, p95 }, digits) => `${mean.toFixed(digits)} (${p95.toFixed(digits)})`;
    out.push({
      title: 'The anechoic field between measurements',
      note: `${figures.anechoic.directions} directions of KEMAR, every fifth, that were kept out of training and out ` +
        'of the thinned head; against the measurement windowed to 2.9 ms, one gain fitted. Mean (95th percentile).',
      head: ['System', 'Parameters', 'LSD 0.2-16 kHz, dB', 'LSD 20 Hz-20 kHz, dB', 'ITD error, µs', 'ILD error, dB'],
      rows: figures.anechoic.rows.map(({ name, why, cost, compared }) => compared === undefined ?
        [name, '-', why ?? '', '', '', ''] :
        [name, cost ? count(cost.parameters) : '-', pair(compared.lsdDb, 2), pair(compared.lsdWideDb, 2),
          pair(compared.itdUs, 1), pair(compared.ildDb, 2)]),
    });
    const factorOf = (/** @type {string} */ key) => figures.sets.flatMap(({ rows }) => rows)
      .find((row) => row.key === key)?.realTimeFactor;
    out.push(floorTable(FIELD, { head: factorOf('dsp'), field: factorOf('linn') }));
  }
  if (figures.real !== undefined) {
    out.push(realTable(figures.real));
  }
  return out;
}

/**
 * Ours beside the published systems on the same clips.
 *
 * @param {import('./run.mjs').RealFigures} real
 * @returns {Table}
 */
function realTable({ rows, clips, note, measured }) {
  const cell = (/** @type {readonly number[] | undefined} */ trio) =>
    trio === undefined ? '-' : `${trio[0].toFixed(3)} / ${trio[1].toFixed(4)} / ${trio[2].toFixed(3)}`;
  const mean = (/** @type {(readonly number[] | undefined)[]} */ trios) => trios.some((trio) => trio === undefined) ?
    undefined : [0, 1, 2].map((k) => trios.reduce((sum, trio) => sum + Number(trio?.[k]), 0) / trios.length);
  const published = Object.keys(PUBLISHED[clips[0]] ?? {}).map((name) => {
    const each = clips.map((clip) => PUBLISHED[clip]?.[name]);
    return [`${name}, published`, ...each.map(cell), cell(mean(each)), '-'];
  });
  const ours = rows.filter(({ clips: each }) => each !== undefined).map(({ name, clips: each = {}, metrics = {} }) => {
    const trios = clips.map((clip) => each[clip] === undefined ? undefined :
      [each[clip].l2x1000, each[clip].amplitude, each[clip].phaseRad]);
    return [name, ...trios.map(cell), cell(mean(trios)), fixed(metrics.mrstft, 3)];
  });
  const absent = rows.filter(({ why, key }) => why !== undefined && key !== 'nfs' && key !== 'warpnet')
    .map(({ name, why }) => [name, ...clips.map(() => '-'), String(why), '-']);
  return {
    title: 'Real recordings',
    note: `${note} Measured ${measured}.`,
    head: ['System', ...clips, 'mean', 'MRSTFT'],
    rows: [...ours, ...absent, ...published],
  };
}

/** @param {Table} table */
export function markdown({ title, note, head, rows }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, i) => i === 0 ? '---' : '---:').join('|')}|`;
  return [`## ${title}`, '', note, '', line(head), rule, ...rows.map(line), ''].join('\n');
}

/** @param {Table} table for a terminal */
export function plain({ title, note, head, rows }) {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => i > 0 && row[i + 1] === '' ? 0 :
    row[i].length)));
  const line = (/** @type {string[]} */ cells) => cells.map((text, i) =>
    i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join('  ').trimEnd();
  return [title, note, '', line(head), ...rows.map(line), ''].join('\n');
}
