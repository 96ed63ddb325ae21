// SPDX-License-Identifier: MIT
/** A dense LINN of the published size (LINN-R2, 149,574 parameters) with seeded random weights, as a model file. */

/** in, out of each perceptron's layers, as models/FORMAT.md names them. */
const PARTS = {
  pose: [19, 192, 192, 64],
  freq: [21, 192, 192, 64],
  fuse: [64, 128, 64, 4],
};

/** @typedef {{ shape: number[], values: Float32Array }} Tensor */

/**
 * The tensors by name: weights and biases uniform within 1 / sqrt(inputs), as PyTorch begins.
 * @returns {Record<string, Tensor>}
 */
export function randomDense() {
  let state = 1;
  /** @param {number[]} shape @param {number} size */
  const random = (shape, size) => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return size * ((state >>> 8) / 8388608 - 1);
    }),
  });
  /** @type {Record<string, Tensor>} */
  const tensors = {
    offset_s: { shape: [1], values: Float32Array.of(0) },
    range: { shape: [2], values: Float32Array.of(0.3, 4) },
    mouth: { shape: [3], values: Float32Array.of(0.09, 0, -0.2) },
  };
  for (let i = 0; i < 4; i++) {
    const inputs = i === 0 ? 7 : 64;
    tensors[`warp.conv.${i}.weight`] = random([64, inputs, 2], 1 / Math.sqrt(2 * inputs));
    tensors[`warp.conv.${i}.bias`] = random([64], 1 / Math.sqrt(2 * inputs));
  }
  tensors['warp.out.weight'] = random([2, 64], 1 / 8);
  tensors['warp.out.bias'] = random([2], 1 / 8);
  for (const [part, sizes] of Object.entries(PARTS)) {
    for (let i = 0; i < 3; i++) {
      const size = 1 / Math.sqrt(sizes[i]);
      tensors[`${part}.${i}.weight`] = random([sizes[i + 1], sizes[i]], size);
      tensors[`${part}.${i}.bias`] = random([sizes[i + 1]], size);
    }
  }
  return tensors;
}

/**
 * A safetensors file.
 * @param {Record<string, Tensor>} tensors
 * @returns {Uint8Array}
 */
export function modelFile(tensors) {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, values }]) => {
    const start = end;
    end += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify({
    __metadata__: {
      format: 'pinna-linn-dense', version: '1', sample_rate_hz: '48000', frame: '1024', hop: '512',
      distance_law: 'none', name: 'random', license: 'MIT', citation: '', source: 'random weights',
    },
    ...Object.fromEntries(entries),
  }));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
