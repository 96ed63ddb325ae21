// SPDX-License-Identifier: MIT
/** Seeded changes to bytes and to JSON, for doors that libFuzzer cannot open. */

/** Mulberry32. @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  const bits = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (/** @type {number} */ n) => Math.floor(bits() / 2 ** 32 * n);
  return {
    bits,
    below,
    /** @template T @param {readonly T[]} items @returns {T} */
    pick: (items) => items[below(items.length)],
  };
}

/** @typedef {ReturnType<typeof random>} Random */

/** Numbers at the edges of what fields of files hold. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * Flips, overwrites, cuts, copies within, and numbers at their edges.
 *
 * @param {Random} rng
 * @param {Uint8Array} from
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function mutated(rng, from) {
  let bytes = new Uint8Array(from);
  if (rng.below(10) === 0) {
    bytes = bytes.slice(0, rng.below(bytes.length + 1));
  }
  for (let n = 1 + rng.below(6); n > 0 && bytes.length > 8; n--) {
    // Half of the changes go where the structure is, most often at the beginning.
    const at = rng.below(rng.below(2) === 0 ? Math.min(bytes.length, 4096) : bytes.length);
    switch (rng.below(5)) {
      case 0: bytes[at] ^= 1 << rng.below(8); break;
      case 1: bytes[at] = rng.bits() & 255; break;
      case 2: bytes.copyWithin(at, rng.below(bytes.length), rng.below(bytes.length) + 1); break;
      case 3: bytes.fill(rng.pick([0, 255]), at, at + 1 + rng.below(16)); break;
      default: {
        const width = rng.pick([1, 2, 4, 8]);
        const value = BigInt(rng.pick(EDGES));
        for (let i = 0; i < width && at + i < bytes.length; i++) {
          bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
        }
      }
    }
  }
  return bytes;
}

const ODD = [null, true, '', 'x'.repeat(300), 0, -0, -1, 1e308, -1e308, 1e-320, 0.1, 4097, 2 ** 53, [], {}, [[[[]]]],
  [1, 2], [0, 0, 0], [1e308, 1e308, -1e308], [0, 0, 0, 0], '__proto__', 'constructor', '\u0000', '\ud800'];

/**
 * A tree with some of its places changed.
 *
 * @param {Random} rng
 * @param {any} value  JSON
 * @param {number} [chance]  one place in so many
 * @returns {any}
 */
export function mutatedTree(rng, value, chance = 25) {
  if (rng.below(chance) === 0) {
    return rng.pick(ODD);
  }
  if (Array.isArray(value)) {
    const out = value.map((item) => mutatedTree(rng, item, chance));
    if (out.length > 0 && rng.below(chance) === 0) {
      out.splice(rng.below(out.length), rng.below(2), rng.pick(out), rng.pick(ODD));
    }
    return out;
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).filter(() => rng.below(chance * 2) !== 0)
      .map(([key, item]) => [rng.below(chance * 4) === 0 ? `${key}x` : key, mutatedTree(rng, item, chance)]));
  }
  return value;
}
