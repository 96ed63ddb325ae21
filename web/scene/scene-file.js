// SPDX-License-Identifier: MIT
/**
 * Reads a scene file: text or an object in, a complete and valid scene out, or the first thing that is wrong with it.
 *
 * Runs in a page and in Node. Paths in the scene are left as they are written: who loads them knows what they are
 * relative to.
 */

import { occlusionBands } from '../shared/physics.js';
import { faultIn } from './json-fault.js';
import { SceneError, checkAgainst, shown } from './schema-check.js';
import { SCENE_SCHEMA } from './scene-schema.js';

export { SceneError };

/** @typedef {import('../shared/physics.js').DirectivityName} DirectivityName */
/** @typedef {import('../shared/scene-writer.js').TierName} TierName */

/**
 * @typedef {object} ScenePose
 * @property {number} t seconds
 * @property {[number, number, number]} position metres
 * @property {[number, number, number, number]} orientation unit quaternion x y z w
 * @property {readonly number[]} [occlusion] of each band; of a source's poses only
 */

/**
 * @typedef {object} SceneSource
 * @property {string} id
 * @property {string} audio path of a WAV file
 * @property {number} startS
 * @property {boolean} loop
 * @property {number} gain
 * @property {boolean} headLocked
 * @property {boolean} doppler
 * @property {boolean} nearField
 * @property {boolean} air
 * @property {number | number[]} occlusion of poses that say nothing else
 * @property {DirectivityName | number | number[]} directivity
 * @property {number} directivityPower
 * @property {number} radius
 * @property {TierName} tier
 * @property {ScenePose[]} poses
 * @property {{ model: 'none' | 'linear' | 'inverse' | 'exponential', refDistance: number, maxDistance: number,
 *   rolloffFactor: number }} distance
 * @property {{ innerAngle: number, outerAngle: number, outerGain: number }} cone degrees, degrees, linear
 */

/**
 * @typedef {object} SceneSoundfield
 * @property {string} id
 * @property {string} audio path of a WAV file
 * @property {number} order 1 to 3; 0 = the file's
 * @property {number} startS
 * @property {boolean} loop
 * @property {number} gain
 * @property {boolean} headLocked
 * @property {ScenePose[]} poses
 */

/**
 * @typedef {object} Scene
 * @property {1} pinna
 * @property {number} sampleRate
 * @property {number} durationS
 * @property {string} renderer
 * @property {string} hrtf
 * @property {string} model
 * @property {number} gain
 * @property {boolean} limiter
 * @property {import('../equalizer.js').Timbre} [timbre]
 * @property {{ poses: ScenePose[] }} listener
 * @property {SceneSource[]} sources
 * @property {SceneSoundfield[]} soundfields
 */

/** How far a quaternion's length may be from 1: five written digits are enough, an Euler angle is found out. */
const QUATERNION_LENGTH_TOLERANCE = 0.01;

/**
 * Completes poses in place: what is left out is as before, quaternions are normalised.
 *
 * @param {{ t: number, position?: number[], orientation?: number[], occlusion?: number | readonly number[] }[]} poses
 * @param {string} path
 * @param {number[] | undefined} firstPosition of a first pose that has none; undefined if it must have one
 * @param {number | number[]} [firstOcclusion] of a first pose that has none; undefined of a listener
 */
function completePoses(poses, path, firstPosition, firstOcclusion) {
  let position = firstPosition;
  let occlusion = firstOcclusion === undefined ? undefined : occlusionBands(firstOcclusion, []);
  let orientation = [0, 0, 0, 1];
  poses.forEach((pose, i) => {
    const at = `${path}[${i}]`;
    if (i > 0 && pose.t < poses[i - 1].t) {
      throw new SceneError(`${at}.t is ${pose.t} after ${poses[i - 1].t}; times must not go back`);
    }
    if (i > 1 && pose.t === poses[i - 2].t) {
      throw new SceneError(`${at}.t is ${pose.t} for the third time; a jump is two poses at one time`);
    }
    position = pose.position ?? position;
    if (position === undefined) {
      throw new SceneError(`${at} has no "position"; the first pose needs one`);
    }
    if (pose.orientation !== undefined) {
      const length = Math.hypot(...pose.orientation);
      if (Math.abs(length - 1) > QUATERNION_LENGTH_TOLERANCE) {
        throw new SceneError(`${at}.orientation is ${shown(pose.orientation)}; it must be a unit quaternion x y z w, ` +
          `and its length is ${Number(length.toPrecision(4))}`);
      }
      orientation = pose.orientation.map((x) => x / length);
    }
    pose.position = position;
    pose.orientation = orientation;
    if (occlusion !== undefined) {
      occlusion = pose.occlusion === undefined ? occlusion : occlusionBands(pose.occlusion, []);
      pose.occlusion = occlusion;
    }
  });
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parseJson(text) {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    return JSON.parse(plain);
  } catch (error) {
    const before = plain.slice(0, faultIn(plain)).split('\n');
    const reason = /** @type {Error} */ (error).message.replace(/\s+/g, ' ');
    throw new SceneError(`not valid JSON at line ${before.length}, column ${before[before.length - 1].length + 1} ` +
      `(${reason}); mend the text there`);
  }
}

/**
 * @param {string | object} scene JSON text, or what it parses to
 * @returns {Scene} with every default filled in
 * @throws {SceneError} naming the path, the value and the mend
 */
export function parseScene(scene) {
  const raw = typeof scene === 'string' ? parseJson(scene) : scene;
  if (typeof raw === 'object' && raw !== null && 'pinna' in raw && Number.isInteger(raw.pinna) && raw.pinna !== 1) {
    throw new SceneError(`this is a scene of version ${raw.pinna}; this pinna reads version 1`);
  }
  const parsed = checkAgainst(raw, SCENE_SCHEMA);
  completePoses(parsed.listener.poses, 'listener.poses', [0, 0, 0]);
  if (parsed.sources.length + parsed.soundfields.length === 0) {
    throw new SceneError('sources has 0 entries; it must have at least 1, or soundfields must');
  }
  /** @type {Map<string, string>} */
  const ids = new Map();
  /** @param {{ id?: string }} named @param {string} path @param {string} otherwise */
  const name = (named, path, otherwise) => {
    named.id ??= otherwise;
    const twin = ids.get(named.id);
    if (twin !== undefined) {
      throw new SceneError(`${path}.id is ${shown(named.id)}, as in ${twin}; ids must be distinct`);
    }
    ids.set(named.id, path);
  };
  parsed.soundfields.forEach((/** @type {any} */ field, /** @type {number} */ i) => {
    name(field, `soundfields[${i}]`, `soundfield ${i + 1}`);
    completePoses(field.poses, `soundfields[${i}].poses`, [0, 0, 0]);
  });
  parsed.sources.forEach((/** @type {any} */ source, /** @type {number} */ i) => {
    const path = `sources[${i}]`;
    name(source, path, `source ${i + 1}`);
    completePoses(source.poses, `${path}.poses`, undefined, source.occlusion);
    if (source.cone.innerAngle > source.cone.outerAngle) {
      throw new SceneError(`${path}.cone.innerAngle is ${source.cone.innerAngle}; ` +
        `it must be at most outerAngle, ${source.cone.outerAngle}`);
    }
  });
  return parsed;
}
