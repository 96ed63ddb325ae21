// SPDX-License-Identifier: MIT
/** The tables of `npm run bench -- --only nn`. */
import { short, table } from './report.mjs';

const FRAME_NS = 512 / 48000 * 1e9;

/** @typedef {import('./nn.mjs').NnRow} NnRow */
/** @typedef {{ native: NnRow[], wasm: Awaited<ReturnType<typeof import('./nn.mjs').benchWasm>> }} NnFigures */

/** @param {number} ns */
function time(ns) {
  return ns >= 1000 ? `${short(ns / 1000)} us` : `${short(ns)} ns`;
}

/** @param {NnRow[]} rows */
function kernels(rows) {
  const limits = rows.filter((row) => row.name.startsWith('limit'));
  const limit = Math.min(...limits.map((row) => row.ns));
  const rest = rows.filter((row) => !row.name.startsWith('limit'));
  return `Multiply-adds in registers, the faster of two loops: ${short(0.5 / limit)} GMAC/s (${
    limits.map(({ name, ns }) => `${name.slice(name.indexOf(' ') + 1)} ${short(0.5 / ns)}`).join(', ')}).\n\n` + table(
    ['kernel', 'a', 'kMAC', 'floor us', 'least', '% of limit', 'p50', 'p99', 'worst'],
    rest.map(({ name, unit, flops, ns, p50_ns: p50, p99_ns: p99, worst_ns: worst }) => [
      name, unit, flops ? short(flops / 2000) : '', flops ? short(flops * limit / 1000) : '', time(ns),
      flops ? short(100 * flops * limit / ns) : '', time(p50), time(p99), time(worst),
    ]),
  );
}

/** @param {NnRow[]} rows */
function realTime(rows) {
  const whole = /** @type {NnRow} */ (rows.find((row) => row.name.startsWith('LINN-R2 whole')));
  return `The dense LINN's real-time factor, one moving talker, both ears, one thread: ${
    (whole.ns / FRAME_NS).toFixed(3)} least, ${(whole.p50_ns / FRAME_NS).toFixed(3)} median.`;
}

/**
 * @param {NnFigures} figures
 * @returns {string} Markdown
 */
export function nnReport({ native, wasm: { kernels: wasm, fusion, field } }) {
  /** @type {[string, typeof fusion][]} */
  const beside = [['513 points of the fusion network', fusion], ['one source of the field network', field]];
  return `${[
    '## Neural kernels, wasm in Node',
    'A sample is the mean over 0.3 ms or one call; percentiles and worst are with whatever else the machine did. ' +
      'Only the networks\' multiply-adds count as operations: activations, transforms and encodings are overhead.',
    kernels(wasm), realTime(wasm),
    '## Beside onnxruntime-web',
    `Turn by turn in one process and thread with onnxruntime-web ${fusion.version}, which agrees to ` +
      `${Math.max(fusion.error, field.error).toExponential(1)} of the peak:`,
    table(
      ['', 'pinna', 'p50', 'onnxruntime-web', 'p50', 'times longer', 'p50'],
      beside.map(([name, { own, other }]) => [
        name, time(own.ns), time(own.p50_ns), time(other.ns), time(other.p50_ns),
        short(other.ns / own.ns), short(other.p50_ns / own.p50_ns),
      ]),
    ),
    '## Neural kernels, native', kernels(native), realTime(native),
  ].join('\n\n')}\n`;
}
