// SPDX-License-Identifier: MIT
/**
 * What a page asks of pinna.wasm itself, without an engine: whether it computes rightly, and clips at other rates.
 * Apart from engine-host.js, of which pages need no more than this.
 */
import { PinnaError } from '../errors.js';

/** @typedef {import('./engine-host.js').EngineExports} EngineExports */

/** More can never be had, and would not fit the numbers that sizes are reckoned with. */
const MEMORY_LIMIT_BYTES = 2 ** 31 - 65536;

/**
 * @param {WebAssembly.Module} module  pinna.wasm, or one with the same exports
 * @returns {EngineExports} of a new instance
 */
export function engineExports(module) {
  const { exports } = new WebAssembly.Instance(module, {});
  const wasm = /** @type {EngineExports} */ (/** @type {unknown} */ (exports));
  wasm._initialize?.();
  return wasm;
}

/** Whether its arithmetic is right; where it is not, use pinna-scalar.wasm. @param {EngineExports} wasm */
export function computesRightly(wasm) {
  return wasm.pinna_selftest() === wasm.pinna_selftest_expected() && wasm.pinna_linn_selftest?.() !== 0;
}

/**
 * @param {EngineExports} wasm
 * @param {number} bytes
 * @param {string} what  for the error
 * @returns {number} an address
 * @throws {PinnaError} 'memory'
 */
export function takeMemory(wasm, bytes, what) {
  const address = bytes <= MEMORY_LIMIT_BYTES ? wasm.pinna_alloc(bytes) >>> 0 : 0;
  if (address === 0) {
    throw new PinnaError('memory', `no memory for ${what} (${bytes} bytes) beside the ` +
      `${wasm.memory.buffer.byteLength} bytes in use: use fewer or shorter buffers, or fewer sources`);
  }
  return address;
}

/**
 * A clip at another rate. Needs no boot; its memory is taken and given back.
 *
 * @param {EngineExports} wasm
 * @param {Float32Array} samples
 * @param {number} fromHz
 * @param {number} toHz
 * @returns {Float32Array} new memory
 * @throws {PinnaError} 'buffer', 'memory'
 */
export function resample(wasm, samples, fromHz, toHz) {
  const frames = wasm.pinna_resample_frames(samples.length, fromHz, toHz) >>> 0;
  if (frames === 0) {
    throw new PinnaError('buffer', `a clip at ${fromHz} Hz cannot be brought to ${toHz} Hz: at most 24 times the ` +
      'rate, or a 24th');
  }
  const input = takeMemory(wasm, samples.length * 4, 'a clip to be resampled');
  const output = takeMemory(wasm, frames * 4, 'a resampled clip');
  new Float32Array(wasm.memory.buffer, input, samples.length).set(samples);
  wasm.pinna_resample(input, samples.length, fromHz, toHz, output);
  const result = new Float32Array(wasm.memory.buffer, output, frames).slice();
  wasm.pinna_free(input);
  wasm.pinna_free(output);
  return result;
}
