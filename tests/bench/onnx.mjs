// SPDX-License-Identifier: MIT
/**
 * A perceptron as an ONNX model, and onnxruntime-web to run it.
 *
 * The file is written by hand: an ONNX model is a protocol buffer of a few messages [onnx.proto3: ModelProto 7 = graph,
 * 8 = opset; GraphProto 1 = node, 5 = initializer, 11 = input, 12 = output].
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../web/tools/process.mjs';

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** @param {number} value  0 or more @returns {number[]} */
function varint(value) {
  return value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))];
}

/** @param {number} field @param {number} value */
function number(field, value) {
  return Buffer.from([...varint(field * 8), ...varint(value)]);
}

/** @param {number} field @param {Uint8Array | string} content */
function block(field, content) {
  const bytes = Buffer.from(/** @type {any} */ (content));
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** @param {string} operator @param {string[]} inputs @param {string} output @param {Record<string, number>} [ints] */
function node(operator, inputs, output, ints = {}) {
  const attributes = Object.entries(ints).map(([name, value]) =>
    block(5, Buffer.concat([block(1, name), number(3, value), number(20, ATTRIBUTE_INT)])));
  return block(1, Buffer.concat([...inputs.map((name) => block(1, name)), block(2, output), block(4, operator),
    ...attributes]));
}

/** @param {string} name @param {number[]} shape @param {Float32Array} values */
function initializer(name, shape, values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return block(5, Buffer.concat([...shape.map((size) => number(1, size)), number(2, FLOAT), block(8, name),
    block(9, raw)]));
}

/** @param {number} field @param {string} name @param {number[]} shape */
function value(field, name, shape) {
  const sizes = Buffer.concat(shape.map((size) => block(1, number(1, size))));
  return block(field, Buffer.concat([block(1, name),
    block(2, block(1, Buffer.concat([number(1, FLOAT), block(2, sizes)])))]));
}

/** @typedef {import('./linn-model.mjs').Tensor} Tensor */

/**
 * outputs = a perceptron of `code`, with SiLU, as Sigmoid and Mul, between its layers.
 *
 * @param {{ weight: Tensor, bias?: Tensor }[]} layers  weights [out][in]
 * @param {Tensor} [table]  [points][in]: every row times `code` is an input; without it `code` is the only one
 */
export function perceptronModel(layers, table) {
  const inputs = layers[0].weight.shape[1];
  const parts = table ? [node('Mul', ['code', 'table'], 'x0'), initializer('table', table.shape, table.values)] : [];
  layers.forEach(({ weight, bias }, i) => {
    const last = i === layers.length - 1;
    const output = last ? 'outputs' : `y${i}`;
    const biased = bias ? [`b${i}`] : [];
    parts.push(node('Gemm', [i === 0 && !table ? 'code' : `x${i}`, `w${i}`, ...biased], output, { transB: 1 }));
    parts.push(initializer(`w${i}`, weight.shape, weight.values));
    if (bias) {
      parts.push(initializer(`b${i}`, bias.shape, bias.values));
    }
    if (!last) {
      parts.push(node('Sigmoid', [output], `s${i}`), node('Mul', [output, `s${i}`], `x${i + 1}`));
    }
  });
  parts.push(block(2, 'perceptron'), value(11, 'code', [1, inputs]),
    value(12, 'outputs', [table ? table.shape[0] : 1, layers[layers.length - 1].weight.shape[0]]));
  return Buffer.concat([number(1, IR_VERSION), block(7, Buffer.concat(parts)), block(8, number(2, OPSET))]);
}

/**
 * Ready to run on one thread of wasm, from the package's own files.
 *
 * @param {Uint8Array} model
 */
export async function openSession(model) {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${pathToFileURL(path.join(ROOT, 'node_modules/onnxruntime-web/dist'))}/`;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'], graphOptimizationLevel: 'all',
  });
  return {
    version: ort.env.versions.web ?? '',
    /** @param {Float32Array} code */
    tensor: (code) => new ort.Tensor('float32', code, [1, code.length]),
    /** @param {import('onnxruntime-web').Tensor} code */
    run: async (code) => /** @type {Float32Array} */ ((await session.run({ code })).outputs.data),
  };
}
