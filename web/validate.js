// SPDX-License-Identifier: MIT
/**
 * Checks of what people pass: each names the argument and the value, and changes nothing.
 */
import { shown } from './errors.js';

/** Largest number that a 32-bit float holds; beyond it the scene would hold an infinity. */
const FLOAT_MAX = 3.4028234663852886e38;

/**
 * A point or direction: three numbers, or an object with x, y and z such as three.js' Vector3.
 *
 * @typedef {ArrayLike<number> | { readonly x: number, readonly y: number, readonly z: number }} Vector3Like
 */

/**
 * A rotation x y z w: four numbers, or an object with x, y, z and w such as three.js' Quaternion.
 *
 * @typedef {ArrayLike<number> | { readonly x: number, readonly y: number, readonly z: number, readonly w: number }}
 *   QuaternionLike
 */

/**
 * @param {unknown} value
 * @param {string} name   of the argument
 * @param {number} [min]
 * @param {number} [max]
 * @returns {number}
 */
export function number(value, name, min = -FLOAT_MAX, max = FLOAT_MAX) {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`${name} must be a finite number, not ${shown(value)}`);
  }
  if (value < min || value > max) {
    throw new RangeError(`${name} must be ${range(min, max)}, not ${value}`);
  }
  return value;
}

/** @param {number} min @param {number} max */
function range(min, max) {
  if (max === FLOAT_MAX || max === Infinity) {
    return min === -FLOAT_MAX ? 'within the range of a 32-bit float' : `at least ${min}`;
  }
  return `between ${min} and ${max}`;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} min
 * @param {number} max
 * @returns {number}
 */
export function integer(value, name, min, max) {
  if (!Number.isInteger(value)) {
    throw new TypeError(`${name} must be a whole number, not ${shown(value)}`);
  }
  return number(value, name, min, max);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {boolean}
 */
export function boolean(value, name) {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${name} must be true or false, not ${shown(value)}`);
  }
  return value;
}

/**
 * @template {string} T
 * @param {unknown} value
 * @param {string} name
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function oneOf(value, name, choices) {
  if (!choices.includes(/** @type {T} */ (value))) {
    throw new TypeError(`${name} must be one of ${choices.map(shown).join(', ')}, not ${shown(value)}`);
  }
  return /** @type {T} */ (value);
}

/**
 * The numbers of a vector.
 *
 * @param {unknown} value
 * @param {string} name
 * @param {readonly string[]} axes  of an object
 * @returns {number[]}
 */
function components(value, name, axes) {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} must be ${axes.length} numbers or an object with ${axes.join(', ')}, ` +
      `not ${shown(value)}`);
  }
  const list = /** @type {Record<string | number, unknown>} */ (/** @type {unknown} */ (value));
  if (typeof list.length === 'number') {
    if (list.length !== axes.length) {
      throw new TypeError(`${name} must have ${axes.length} numbers, not ${list.length}: ${shown(value)}`);
    }
    return axes.map((_, i) => number(list[i], `${name}[${i}]`));
  }
  return axes.map((axis) => number(list[axis], `${name}.${axis}`));
}

const XYZ = Object.freeze(['x', 'y', 'z']);
const XYZW = Object.freeze(['x', 'y', 'z', 'w']);

/**
 * @param {unknown} value
 * @param {string} name
 */
export function vector3(value, name) {
  return components(value, name, XYZ);
}

/**
 * A rotation, brought to length 1.
 *
 * @param {unknown} value
 * @param {string} name
 */
export function quaternion(value, name) {
  const q = components(value, name, XYZW);
  const length = Math.hypot(...q);
  if (!(length > 1e-6)) {
    throw new TypeError(`${name} must be a rotation, and ${shown(value)} is none: pass [0, 0, 0, 1] for "not turned"`);
  }
  return q.map((c) => c / length);
}

/**
 * Three numbers, or one vector: as methods take positions.
 *
 * @param {readonly unknown[]} args  of the method
 * @param {string} name
 */
export function positionArguments(args, name) {
  return args.length === 1 ? vector3(args[0], name) : XYZ.map((axis, i) => number(args[i], `${name} ${axis}`));
}

/**
 * Four numbers, or one rotation.
 *
 * @param {readonly unknown[]} args  of the method
 * @param {string} name
 */
export function orientationArguments(args, name) {
  return quaternion(args.length === 1 ? args[0] : XYZW.map((axis, i) => number(args[i], `${name} ${axis}`)), name);
}

/**
 * Refuses options that do not exist: a misspelt one would otherwise be silently ignored.
 *
 * @param {object} options
 * @param {readonly string[]} known
 * @param {string} name  of the call
 */
export function knownOptions(options, known, name) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${name} takes an object of options, not ${shown(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${name} has no option "${key}"; it has ${known.join(', ')}`);
    }
  }
}
