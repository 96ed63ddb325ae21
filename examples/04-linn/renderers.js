// SPDX-License-Identifier: MIT
/** What can be listened to, and what each of them is made of. */

/** @typedef {'hrtf' | 'linn' | 'linn-dense' | 'bypass'} Renderer */

/**
 * @typedef {object} Choice
 * @property {Renderer} key
 * @property {string} name
 * @property {string} words
 * @property {string} [model]  its file, from the server's root
 * @property {string} [wasm]   what renders it, where that is not pinna.wasm
 */

/** @type {readonly Choice[]} */
export const CHOICES = [
  { key: 'hrtf', name: 'Measured', words: '710 directions of a dummy head',
    model: '/models/kemar/kemar.safetensors' },
  { key: 'linn', name: 'LINN', words: 'a small network: pose to filter',
    model: '/models/linn/kemar-field.safetensors' },
  { key: 'linn-dense', name: 'LINN dense', words: 'a large one: each moment and pitch',
    model: '/models/linn/kemar-dense.safetensors', wasm: '/web/dist/pinna-linn.wasm' },
  { key: 'bypass', name: 'Bypass', words: 'the same voice in both ears' },
];

/** @param {number[]} shape */
function product(shape) {
  return shape.reduce((all, n) => all * n, 1);
}

/**
 * A model's file and what training chose in it.
 *
 * @param {string} url
 * @returns {Promise<{ bytes: ArrayBuffer, parameters: number }>}
 */
export async function fetchModel(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url} is not there (${response.status})`);
  }
  const bytes = await response.arrayBuffer();
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = new TextDecoder().decode(new Uint8Array(bytes, 8, length));
  const { __metadata__: about = {}, ...tensors } = JSON.parse(header);
  const learnt = /^pinna-linn-/.test(about.format) ? /\.(weight|bias)$|^basis$/ : /^$/;
  const parameters = Object.entries(tensors).filter(([name]) => learnt.test(name))
    .reduce((sum, [, { shape }]) => sum + product(shape), 0);
  return { bytes, parameters };
}
