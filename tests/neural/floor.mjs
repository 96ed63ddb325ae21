// SPDX-License-Identifier: MIT
/**
 * The least that one moving source costs alone, counted: why form C, which is asked to cost a thousandth of real time,
 * does so only in company.
 *
 * Counted are multiplications and additions of a hop of 128 frames, in the engine's own algorithm
 * (src/render/pn_tier1.h) with transforms of 256 points; operations of the kernels are those of
 * tests/bench/kernels.c. The floor is what they take at the rate at which wasm multiplies and adds in registers.
 */
import { readHeader } from './cost.mjs';

const HOPS_PER_SECOND = 375;
/** Of one lane of a transform. */
const TRANSFORM = 5056;
const LANES = 4;
/** Filters of the hop's start and end, both ears. */
const PRODUCTS = 4128;
const CROSSFADE = 1800;
/** The parts that any head has. */
const CONVOLUTION = 3;
const BINS = 129;
/** A delay as a phase ramp: a complex product to turn a bin, and one to go on. */
const RAMP = 12;
/** Three neighbours' filters mixed, and the ramp. */
const FILTERS_OF_A_HEAD = 5676;
/** Measured by `npm run bench`, one thread (tests/bench/RESULTS.md). */
export const OPERATIONS_PER_SECOND = 15.4e9;

/**
 * @param {string} field  path of form C's model
 * @returns {{ part: string, operations: number }[]}  of a hop
 */
export function partsOfOneSource(field) {
  const { tensors } = readHeader(field);
  const sizeOf = (/** @type {string} */ name) => tensors[name].shape.reduce((a, b) => a * b);
  const network = [0, 1, 2].reduce((sum, layer) => sum + sizeOf(`mlp.${layer}.weight`), 0);
  return [
    { part: 'the sound\'s transform, four lanes for one source', operations: LANES * TRANSFORM },
    { part: 'products with the filters of the hop\'s start and end', operations: PRODUCTS },
    { part: 'back: two ears, start and end, and the crossfade', operations: LANES * TRANSFORM + CROSSFADE },
    { part: 'the network', operations: 2 * network },
    { part: 'both ears\' filters, mixed of the shared spectra, and delays',
      operations: 2 * 2 * 2 * tensors.basis.shape[0] * BINS + 2 * BINS * RAMP },
  ];
}

/** How much of one thread so many operations a hop take at least. @param {number} operations */
export function leastFactor(operations) {
  return operations * HOPS_PER_SECOND / OPERATIONS_PER_SECOND;
}

/**
 * @param {string} field
 * @param {{ head?: number, field?: number }} measured  real-time factors
 * @returns {import('./tables.mjs').Table}
 */
export function floorTable(field, measured) {
  const parts = partsOfOneSource(field);
  const convolution = parts.slice(0, CONVOLUTION).reduce((sum, { operations }) => sum + operations, 0);
  const all = parts.reduce((sum, { operations }) => sum + operations, 0);
  const line = (/** @type {string} */ name, /** @type {number} */ operations, /** @type {number} */ got) =>
    [name, operations.toLocaleString('en-US'), leastFactor(operations).toFixed(5), got > 0 ? got.toFixed(5) : '-'];
  return {
    title: 'What one source alone costs at least',
    note: 'Multiplications and additions in a hop of 128 frames, and the real-time factor of so many at the ' +
      `${OPERATIONS_PER_SECOND / 1e9} G a second that wasm does in registers here (npm run bench). A thousandth of ` +
      'real time is 2.7 µs a hop: to convolve one moving source takes more than that before there are any filters, ' +
      'and the network takes six tenths of it. In company the four lanes and the way back are shared: form C costs ' +
      '.0008 a source where there are 64 (npm run bench -- --only linn).',
    head: ['', 'operations a hop', 'RTF at the limit', 'RTF measured'],
    rows: [
      ...parts.map(({ part, operations }) => line(part, operations, 0)),
      line('a measured head: the first three, and 5,676 for its filters', convolution + FILTERS_OF_A_HEAD,
        measured.head ?? 0),
      line('form C: all five', all, measured.field ?? 0),
    ],
  };
}
