// SPDX-License-Identifier: MIT
/** Reads a baked head (models/FORMAT.md) to tell people what is in it. The engine has its own reader, in C. */

import { HeadError } from './head-error.js';

const MAX_HEADER_BYTES = 1 << 20;
const MAX_DIRECTIONS = 16384;
const MAX_TAPS = 1024;

/** @typedef {import('./sofa.js').MeasuredHead} MeasuredHead */

/**
 * @typedef {MeasuredHead & { metadata: Record<string, string>, made: MadeOf | null }} BakedHead
 */

/**
 * What baking made of a set.
 *
 * @typedef {object} MadeOf
 * @property {number} measured  directions
 * @property {number} filled    added in holes
 * @property {number} between   added between measured ones
 * @property {boolean} lowExtended   carried on below 200 Hz
 * @property {boolean} diffuseField  equalised to it
 */

/** @type {Record<string, { bytes: number, read: (view: DataView, at: number) => number }>} */
const TYPES = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  I16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
};

/**
 * @param {Uint8Array} bytes
 * @param {string} file for messages
 * @returns {{ header: Record<string, any>, data: Uint8Array }}
 */
export function openSafetensors(bytes, file) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || bytes[8] !== 0x7b) {
    throw new HeadError(file, `neither a SOFA file nor a safetensors file`,
      'name a .sofa or a baked .safetensors file');
  }
  if (length > bytes.length - 8) {
    throw new HeadError(file, `truncated in its header`, 'get the file again');
  }
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
    if (typeof header === 'object' && header !== null) {
      return { header, data: bytes.subarray(8 + length) };
    }
  } catch {
    // Said below: not text, not JSON and not an object are the same to the user.
  }
  throw new HeadError(file, `its safetensors header is not valid JSON`, 'get the file again');
}

/**
 * @param {Record<string, any>} header
 * @param {Uint8Array} data
 * @param {string} name
 * @param {string} dtype
 * @param {(number | undefined)[]} wanted shape; undefined = any
 * @param {string} file
 * @returns {{ values: Float32Array, shape: number[] }}
 */
export function tensor(header, data, name, dtype, wanted, file) {
  const { dtype: found, shape, data_offsets: offsets } = header[name] ?? {};
  const fits = found === dtype && Array.isArray(shape) && shape.length === wanted.length &&
    shape.every((n, i) => Number.isInteger(n) && n > 0 && n <= MAX_DIRECTIONS && n === (wanted[i] ?? n));
  if (!fits) {
    throw new HeadError(file, `its tensor "${name}" is ${found === undefined ? 'missing' : `${found} [${shape}]`}; ` +
      `it must be ${dtype} [${wanted.map((n) => n ?? 'any').join(', ')}]`, 'bake the head again');
  }
  const count = shape.reduce((/** @type {number} */ product, /** @type {number} */ n) => product * n, 1);
  const [from, to] = Array.isArray(offsets) ? offsets : [];
  if (!Number.isInteger(from) || from < 0 || to - from !== count * TYPES[dtype].bytes || to > data.length) {
    throw new HeadError(file, `truncated, its tensor "${name}" is not all there`, 'get the file again');
  }
  const view = new DataView(data.buffer, data.byteOffset + from, to - from);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = TYPES[dtype].read(view, i * TYPES[dtype].bytes);
  }
  if (!values.every(Number.isFinite)) {
    throw new HeadError(file, `its tensor "${name}" holds numbers that are not finite`, 'get the file again');
  }
  return { values, shape };
}

/**
 * @param {Record<string, string>} metadata
 * @param {number} count  directions in the file
 * @returns {MadeOf | null} null = it does not tell, or not the truth
 */
function madeOf(metadata, count) {
  const [measured, filled, between] = ['measured', 'filled', 'between'].map((key) =>
    /^\d{1,5}$/.test(metadata[key]) ? Number(metadata[key]) : NaN);
  return measured + filled + between !== count ? null : {
    measured,
    filled,
    between,
    lowExtended: String(metadata.low_frequency).startsWith('extended'),
    diffuseField: metadata.diffuse_field === 'equalised',
  };
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file for messages
 * @returns {BakedHead}
 * @throws {HeadError}
 */
export function readBakedHead(bytes, file) {
  const { header, data } = openSafetensors(bytes, file);
  const metadata = header.__metadata__ ?? {};
  if (metadata.format === 'pinna-linn-dense') {
    throw new HeadError(file, 'a dense LINN, which renders beside a head and is none',
      'use it with the renderer linn-dense');
  }
  if (metadata.format !== 'pinna-hrtf' || metadata.version !== '1') {
    throw new HeadError(file, `a safetensors file, but not a head that pinna baked (format ` +
      `"${metadata.format ?? 'none'}", version "${metadata.version ?? 'none'}"; "pinna-hrtf" and "1" can be read)`,
    'bake one with: pinna hrtf FILE.sofa --bake OUT.safetensors');
  }
  const { values: directions, shape: [count] } = tensor(header, data, 'directions', 'F32', [undefined, 3], file);
  const filters = tensor(header, data, 'filters', 'I16', [count, 2, undefined], file);
  const { values: scales } = tensor(header, data, 'scales', 'F32', [count, 2], file);
  const { values: delays } = tensor(header, data, 'delays', 'F32', [count, 2], file);
  const taps = filters.shape[2];
  const sampleRateHz = Number(metadata.sample_rate_hz);
  if (!(sampleRateHz >= 8000 && sampleRateHz <= 192000) || taps > MAX_TAPS) {
    throw new HeadError(file, `its rate is "${metadata.sample_rate_hz}" and its filters have ${taps} taps`,
      'bake the head again');
  }
  for (let i = 0; i < filters.values.length; i++) {
    filters.values[i] *= scales[Math.floor(i / taps)];
  }
  return {
    name: metadata.name ?? 'not stated',
    license: metadata.license ?? 'not stated',
    citation: metadata.citation ?? '',
    convention: 'pinna-hrtf 1',
    sampleRateHz,
    count,
    taps,
    directions,
    filters: filters.values,
    delays,
    distanceM: Number(metadata.distance_m ?? NaN),
    remarks: [],
    metadata,
    made: madeOf(metadata, count),
  };
}
