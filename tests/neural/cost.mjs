// SPDX-License-Identifier: MIT
/**
 * What a LINN model costs, counted from the shapes of its tensors.
 *
 * A MAC is one multiplication and one addition. Counted are the networks and what they mix, for one source, both ears;
 * activations are not, nor the filtering itself, which costs form C the same as a measured head.
 */
import fs from 'node:fs';
import { ToolError } from '../../web/tools/process.mjs';

const ROWS_PER_SECOND = 120;

/** @typedef {Record<string, { shape: number[] }>} Tensors */

/**
 * @param {string} file a safetensors file
 * @returns {{ tensors: Tensors, metadata: Record<string, string>, bytes: number }}
 */
export function readHeader(file) {
  const bytes = fs.readFileSync(file);
  const length = bytes.length >= 8 ? Number(bytes.readBigUInt64LE(0)) : Infinity;
  if (!(length <= bytes.length - 8)) {
    throw new ToolError(`${file}: not a safetensors file.`);
  }
  const { __metadata__: metadata = {}, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'));
  return { tensors, metadata, bytes: bytes.length };
}

/** @param {readonly number[]} shape */
function product(shape) {
  return shape.reduce((all, n) => all * n, 1);
}

/**
 * Of all weight tensors whose name begins so: multiplications of one evaluation.
 *
 * @param {Tensors} tensors
 * @param {string} prefix
 */
function multiplications(tensors, prefix) {
  return Object.entries(tensors).filter(([name]) => name.startsWith(prefix) && name.endsWith('.weight'))
    .reduce((sum, [, { shape }]) => sum + product(shape), 0);
}

/** What training chose: constants of geometry are no parameters. @param {Tensors} tensors */
function parameterCount(tensors) {
  return Object.entries(tensors).filter(([name]) => /\.(weight|bias)$|^basis$/.test(name))
    .reduce((sum, [, { shape }]) => sum + product(shape), 0);
}

/**
 * @typedef {object} Cost
 * @property {number} parameters
 * @property {number} weightBytes of all tensors
 * @property {number} macsPerSecond
 * @property {string} counted  how the last was counted
 */

/**
 * @param {string} file
 * @param {'linn' | 'linn-dense' | 'linn-fir'} form
 * @param {{ ticksPerSecond: number, bins: number }} control  how often the network is asked, and at how many bins
 * @returns {Cost}
 */
export function costOf(file, form, { ticksPerSecond, bins }) {
  const { tensors } = readHeader(file);
  const parameters = parameterCount(tensors);
  const weightBytes = 4 * Object.values(tensors).reduce((sum, { shape }) => sum + product(shape), 0);
  if (form === 'linn') {
    const mixing = 2 * product(tensors.basis.shape);
    return {
      parameters,
      weightBytes,
      macsPerSecond: ticksPerSecond * (multiplications(tensors, 'mlp.') + mixing),
      counted: `network and mixing of ${tensors.basis.shape.join(' x ')} taps for both ears, ` +
        `${round(ticksPerSecond)} times a second`,
    };
  }
  // The product of the two codes, element by element, is the first thing that a point costs.
  const perPoint = multiplications(tensors, 'fuse.') + tensors['fuse.0.weight'].shape[1];
  return {
    parameters,
    weightBytes,
    macsPerSecond: ROWS_PER_SECOND * multiplications(tensors, 'warp.') +
      ticksPerSecond * (multiplications(tensors, 'pose.') + bins * perPoint),
    counted: `warp ${ROWS_PER_SECOND} times, pose network and ${bins} bins ${round(ticksPerSecond)} times a second; ` +
      'the frequency network is a table',
  };
}

/** @param {number} x */
function round(x) {
  return Number(x.toFixed(2));
}
