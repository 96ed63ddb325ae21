// SPDX-License-Identifier: MIT
/** What of WebAssembly a host accepts; whether it also computes rightly there, the modules' self-tests find out. */

/** (func (result v128) i8x16.popcnt (i8x16.splat)) */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11];

/** (func (result v128) f32x4.relaxed_madd of three splats) */
const RELAXED_SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 1, 253, 17,
  65, 1, 253, 17, 65, 1, 253, 17, 253, 133, 2, 11];

/** @param {number[]} bytes */
function accepts(bytes) {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(bytes));
}

/** @returns {boolean} */
export function hasSimd() {
  return accepts(SIMD);
}

/** @returns {boolean} */
export function hasRelaxedSimd() {
  return accepts(RELAXED_SIMD);
}
