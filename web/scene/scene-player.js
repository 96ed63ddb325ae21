// SPDX-License-Identifier: MIT
/**
 * A scene and a time make a snapshot: what the command line, the examples and the tests feed to the engine.
 *
 * The scene's soundfields have the first slots, its sources those after them. Jumps in a path become teleports, so that
 * the engine does not travel through them.
 */

import { Scene as SceneBits, SourceFlag } from '../shared/layout.gen.js';
import { directivityBands } from '../shared/physics.js';
import { SceneWriter } from '../shared/scene-writer.js';
import { Trajectory, farthestDistance } from './trajectory.js';

/** @typedef {import('./scene-file.js').Scene} Scene */

const RADIANS = Math.PI / 180;

export class ScenePlayer {
  /**
   * @param {Scene} scene as parseScene has it
   * @param {readonly number[]} buffers the engine's number of each source's clip, from 1; 0 = it has live input
   * @param {number} [clockS] where on the host's clock the scene begins
   */
  constructor(scene, buffers, clockS = 0) {
    /** Slot of the first source. */
    this.first = scene.soundfields.length;
    this.writer = new SceneWriter(this.first + scene.sources.length);
    this.listener = new Trajectory(scene.listener.poses);
    this.sources = scene.sources.map((source) => new Trajectory(source.poses));
    this.soundfields = scene.soundfields.map((field) => new Trajectory(field.poses));
    this.jumps = new Uint32Array(scene.sources.length + 1);
    const { writer } = this;
    writer.setGain(scene.gain);
    writer.setFlag(SceneBits.LIMITER, scene.limiter);
    scene.soundfields.forEach((field, slot) => {
      writer.openSource(slot);
      writer.setSourceFlag(slot, SourceFlag.SOUNDFIELD, true);
      writer.setSourceFlag(slot, SourceFlag.HEAD_LOCKED, field.headLocked);
      writer.setSourceOrder(slot, field.order);
      writer.setSourceGain(slot, field.gain);
    });
    scene.sources.forEach((source, i) => {
      const { distance, cone } = source;
      const slot = this.first + i;
      writer.openSource(slot);
      writer.setSourceFlag(slot, SourceFlag.HEAD_LOCKED, source.headLocked);
      writer.setSourceFlag(slot, SourceFlag.DOPPLER, source.doppler);
      writer.setSourceFlag(slot, SourceFlag.LOOP, source.loop);
      writer.setSourceFlag(slot, SourceFlag.NEAR_FIELD, source.nearField);
      writer.setSourceFlag(slot, SourceFlag.AIR, source.air);
      writer.setSourceGain(slot, source.gain);
      writer.setSourceDirectivity(slot, directivityBands(source.directivity, []), source.directivityPower);
      writer.setSourceRadius(slot, source.radius);
      writer.setSourceTier(slot, source.tier);
      writer.setSourceDistance(slot, distance.model, distance.refDistance, distance.maxDistance,
        distance.rolloffFactor);
      writer.setSourceCone(slot, cone.innerAngle * RADIANS, cone.outerAngle * RADIANS, cone.outerGain);
      if (buffers[i] > 0) {
        writer.setSourceBuffer(slot, buffers[i]);
        writer.startSource(slot, clockS + source.startS, 0);
      }
    });
    this.listener.at(0);
    this.sources.forEach((path) => path.at(0));
    this.#countJumps();
  }

  /**
   * The snapshot at a time; allocates nothing.
   *
   * @param {number} t seconds from the start of the scene
   * @returns {Uint8Array} the same bytes each time, overwritten by the next call
   */
  at(t) {
    const { writer, listener } = this;
    listener.at(t);
    const p = listener.position;
    const q = listener.orientation;
    writer.setListenerPose(p[0], p[1], p[2], q[0], q[1], q[2], q[3]);
    for (let slot = 0; slot < this.first; slot++) {
      const path = this.soundfields[slot];
      path.at(t);
      const fq = path.orientation;
      writer.setSourceOrientation(slot, fq[0], fq[1], fq[2], fq[3]);
    }
    for (let i = 0; i < this.sources.length; i++) {
      const slot = this.first + i;
      const path = this.sources[i];
      path.at(t);
      const sp = path.position;
      const sq = path.orientation;
      writer.setSourcePosition(slot, sp[0], sp[1], sp[2]);
      writer.setSourceOrientation(slot, sq[0], sq[1], sq[2], sq[3]);
      writer.setSourceOcclusion(slot, path.occlusion);
      if (path.jumps !== this.jumps[i + 1]) {
        writer.teleportSource(slot);
      }
    }
    if (listener.jumps !== this.jumps[0]) {
      writer.teleportListener();
    }
    this.#countJumps();
    writer.commit();
    return writer.bytes;
  }

  #countJumps() {
    this.jumps[0] = this.listener.jumps;
    for (let slot = 0; slot < this.sources.length; slot++) {
      this.jumps[slot + 1] = this.sources[slot].jumps;
    }
  }
}

/**
 * The longest path that a source with Doppler has in a scene: what `dopplerMaxM` of the engine must hold.
 *
 * @param {Scene} scene
 * @returns {number} metres; 0 when no source has Doppler
 */
export function longestDopplerPath(scene) {
  let longest = 0;
  for (const source of scene.sources) {
    if (source.doppler) {
      const from = source.headLocked ? [{ ...scene.listener.poses[0], position: ORIGIN }] : scene.listener.poses;
      longest = Math.max(longest, farthestDistance(source.poses, from));
    }
  }
  return longest;
}

/** @type {[number, number, number]} */
const ORIGIN = [0, 0, 0];
