// SPDX-License-Identifier: MIT
/**
 * Turning and naming directions. pinna's axes: right-handed, +x right, +y up, -z ahead, metres, quaternions x y z w.
 */

/** @typedef {[x: number, y: number, z: number]} Vector */
/** @typedef {[x: number, y: number, z: number, w: number]} Quaternion */

/**
 * a, then b seen from a's frame.
 *
 * @param {Quaternion} a
 * @param {Quaternion} b
 * @returns {Quaternion}
 */
export function multiply([ax, ay, az, aw], [bx, by, bz, bw]) {
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

/** @param {Quaternion} q @returns {Quaternion} */
export function inverse([x, y, z, w]) {
  return [-x, -y, -z, w];
}

/** @param {Quaternion} q @param {Vector} v @returns {Vector} */
export function rotate([x, y, z, w], [vx, vy, vz]) {
  const tx = 2 * (y * vz - z * vy);
  const ty = 2 * (z * vx - x * vz);
  const tz = 2 * (x * vy - y * vx);
  return [
    vx + w * tx + y * tz - z * ty,
    vy + w * ty + z * tx - x * tz,
    vz + w * tz + x * ty - y * tx,
  ];
}

/** @param {Vector} axis  of length 1 @param {number} angle @returns {Quaternion} */
export function about([x, y, z], angle) {
  const s = Math.sin(angle / 2);
  return [x * s, y * s, z * s, Math.cos(angle / 2)];
}

/**
 * A head that is turned to the left by yaw, then raised by pitch.
 *
 * @param {number} yaw    radians
 * @param {number} pitch  radians
 * @returns {Quaternion}
 */
export function headTurn(yaw, pitch) {
  return multiply(about([0, 1, 0], yaw), about([1, 0, 0], pitch));
}

/** @param {Vector} v */
export function length([x, y, z]) {
  return Math.hypot(x, y, z);
}

/** Clockwise from ahead, as a compass. @param {Vector} v @returns {number} radians, -π to π */
export function azimuth([x, , z]) {
  return Math.atan2(x, -z);
}

/** Above the ears. @param {Vector} v @returns {number} radians */
export function elevation([x, y, z]) {
  return Math.atan2(y, Math.hypot(x, z));
}

/**
 * @param {number} clockwise  radians from ahead
 * @param {number} up         radians
 * @param {number} metres
 * @returns {Vector}
 */
export function fromAngles(clockwise, up, metres) {
  const flat = Math.cos(up) * metres;
  return [flat * Math.sin(clockwise), Math.sin(up) * metres, -flat * Math.cos(clockwise)];
}

const SECTORS = ['ahead', 'ahead right', 'right', 'behind right', 'behind', 'behind left', 'left', 'ahead left'];

/** Nearer than this a source has no direction, metres. */
const INSIDE_M = 0.05;

/** @param {Vector} v @returns {string} such as "ahead left" */
export function directionInWords(v) {
  const metres = length(v);
  if (metres < INSIDE_M) {
    return 'inside the head';
  }
  if (Math.hypot(v[0], v[2]) < 0.2 * metres) {
    return v[1] > 0 ? 'above' : 'below';
  }
  return SECTORS[(Math.round(azimuth(v) / (Math.PI / 4)) + 8) % 8];
}

/**
 * A place relative to the head in words: "ahead left, 1.4 m, 0.5 m up".
 *
 * @param {Vector} v
 * @returns {string}
 */
export function placeInWords(v) {
  const metres = length(v);
  const where = directionInWords(v);
  if (metres < INSIDE_M) {
    return where;
  }
  const height = Math.abs(v[1]) < 0.05 || where === 'above' || where === 'below'
    ? '' : `, ${Math.abs(v[1]).toFixed(1)} m ${v[1] > 0 ? 'up' : 'down'}`;
  return `${where}, ${metres.toFixed(1)} m${height}`;
}

/**
 * The same for the eye, where room is scarce: "ahead left 1.4 m ↑0.5".
 *
 * @param {Vector} v
 * @returns {string}
 */
export function placeInBrief(v) {
  return placeInWords(v).replace(/, (\d\.\d) m up$/, ' ↑$1').replace(/, (\d\.\d) m down$/, ' ↓$1').replace(',', '');
}
