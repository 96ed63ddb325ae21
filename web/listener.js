// SPDX-License-Identifier: MIT
/** The one who hears: where their head is, and where it looks. */
import { Scene } from './shared/layout.gen.js';
import { knownOptions, number, boolean, orientationArguments, positionArguments, quaternion, vector3 }
  from './validate.js';

/** @typedef {import('./validate.js').Vector3Like} Vector3Like */
/** @typedef {import('./validate.js').QuaternionLike} QuaternionLike */
/** @typedef {import('./engine/core.js').Core} Core */

/**
 * @typedef {object} PoseOptions
 * @property {number} [time]  context time, in seconds, at which the head has this pose. With it the engine predicts
 *   the pose of the moment at which each sound is heard, and smooths the tracker's jitter; without it poses are
 *   travelled to as they come.
 * @property {boolean} [teleport]  jump there by a short crossfade instead of travelling
 * @property {{ linear?: Vector3Like | null, angular?: Vector3Like | null }} [velocity]  in the world, metres and
 *   radians a second, if the tracker measures it; it is estimated otherwise. Of poses with a time
 */

const POSE_OPTIONS = Object.freeze(['time', 'teleport', 'velocity']);
const VELOCITY_OPTIONS = Object.freeze(['linear', 'angular']);

export class PinnaListener {
  #core;
  #position = [0, 0, 0];
  #orientation = [0, 0, 0, 1];

  /** @param {Core} core @ignore */
  constructor(core) {
    this.#core = core;
  }

  /** Where the head is, metres; a copy. @returns {number[]} */
  get position() {
    return [...this.#position];
  }

  /**
   * Writes the head's position into a vector and returns it: as `position`, without a copy for every call.
   *
   * @template {{ [index: number]: number }} T
   * @param {T} out  [3] metres
   * @returns {T}
   */
  getPosition(out) {
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = this.#position[axis];
    }
    return out;
  }

  /** How the head is turned, x y z w; a copy. @returns {number[]} */
  get orientation() {
    return [...this.#orientation];
  }

  /**
   * Moves and turns the head.
   *
   * @param {Vector3Like} position  metres
   * @param {QuaternionLike} orientation  x y z w; [0, 0, 0, 1] looks along -z, with +y up
   * @param {PoseOptions} [options]
   */
  setPose(position, orientation, options = {}) {
    const core = this.#core;
    core.requireUsable();
    knownOptions(options, POSE_OPTIONS, 'listener.setPose');
    const p = vector3(position, 'listener position');
    const q = quaternion(orientation, 'listener orientation');
    const time = options.time === undefined ? null : number(options.time, 'listener pose time');
    const teleport = options.teleport !== undefined && boolean(options.teleport, 'teleport');
    const velocity = options.velocity ?? {};
    knownOptions(velocity, VELOCITY_OPTIONS, 'velocity');
    const angular = (velocity.angular ?? null) === null ? null : vector3(velocity.angular, 'angular velocity');
    const linear = (velocity.linear ?? null) === null ? null : vector3(velocity.linear, 'linear velocity');
    if (time === null && (angular ?? linear) !== null) {
      throw new TypeError('velocity is for predicting, which needs the pose\'s time: pass { time }, or leave it out');
    }

    this.#position = p;
    this.#orientation = q;
    const { writer } = core;
    writer.setListenerPose(p[0], p[1], p[2], q[0], q[1], q[2], q[3]);
    writer.setAngularVelocity(angular);
    writer.setLinearVelocity(linear);
    writer.setFlag(Scene.PREDICT, time !== null);
    if (time !== null) {
      writer.setPoseTime(time);
      writer.setOutputLatency(core.outputLatencyS());
    }
    if (teleport) {
      writer.teleportListener();
    }
    core.changed();
  }

  /**
   * Moves the head and leaves it turned as it is.
   *
   * @param {[x: number, y: number, z: number] | [position: Vector3Like]} position  metres
   */
  setPosition(...position) {
    this.setPose(positionArguments(position, 'listener position'), this.#orientation);
  }

  /**
   * Turns the head and leaves it where it is.
   *
   * @param {[x: number, y: number, z: number, w: number] | [orientation: QuaternionLike]} orientation
   */
  setOrientation(...orientation) {
    this.setPose(this.#position, orientationArguments(orientation, 'listener orientation'));
  }

  /** The head's present pose is jumped to, not travelled to. */
  teleport() {
    this.#core.requireUsable();
    this.#core.writer.teleportListener();
    this.#core.changed();
  }
}
