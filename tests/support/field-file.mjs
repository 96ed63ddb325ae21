// SPDX-License-Identifier: MIT
/** A LINN field model (models/FORMAT.md) with seeded random weights, of any size: for tests of all but its sound. */

/**
 * @typedef {object} FieldFileOptions
 * @property {number} [hidden]
 * @property {number} [bases]
 * @property {number} [taps]
 * @property {number} [seed]
 * @property {Record<string, string>} [metadata]  overrides
 * @property {(tensors: Record<string, { shape: number[], values: Float32Array }>) => void} [spoil]  before writing
 */

/** @param {FieldFileOptions} [options] @returns {Uint8Array<ArrayBuffer>} */
export function fieldFile({ hidden = 80, bases = 16, taps = 64, seed = 1, metadata = {}, spoil } = {}) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 8388608 - 1;
  };
  /** @type {Record<string, { shape: number[], values: Float32Array }>} */
  const tensors = {};
  /** @param {string} name @param {number[]} shape @param {(i: number) => number} value */
  const add = (name, shape, value) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1)).map((_, i) => value(i));
    tensors[name] = { shape, values };
  };
  const lead = 8;
  add('basis', [bases, taps], (i) => i % taps < lead ? 0 : random() * Math.exp(-(i % taps - lead) / 6));
  add('ears', [2, 3], (i) => i % 3 === 0 ? (i === 0 ? -0.0875 : 0.0875) : 0);
  add('offset_s', [1], () => 0.3e-3);
  add('range', [2], (i) => i === 0 ? 0.2 : 4);
  let inputs = 40;
  [hidden, hidden, 2 * bases + 4].forEach((outputs, layer) => {
    add(`mlp.${layer}.weight`, [outputs, inputs], () => random() * 1.5 / Math.sqrt(inputs));
    add(`mlp.${layer}.bias`, [outputs], () => random() * 0.2);
    inputs = outputs;
  });
  spoil?.(tensors);
  /** @type {Record<string, object>} */
  const header = {
    __metadata__: {
      format: 'pinna-linn-field', version: '1', sample_rate_hz: '48000', lead_frames: String(lead),
      name: 'random weights', license: 'none', citation: '', source: `seed ${seed}`, ...metadata,
    },
  };
  let at = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text.padEnd(text.length + (8 - text.length % 8) % 8));
  const bytes = new Uint8Array(8 + json.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  at = 8 + json.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer), at);
    at += values.byteLength;
  }
  return bytes;
}
