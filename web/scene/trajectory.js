// SPDX-License-Identifier: MIT
/**
 * A pose as a function of time: positions and occlusion linear, orientations slerp between the poses of a scene; still
 * outside them.
 *
 * Source   Shoemake 1985, "Animating rotation with quaternion curves" (slerp).
 */
import { BANDS } from '../shared/scene-writer.js';

/** Above this cosine the arc is a straight line to double precision's purposes, and slerp's quotient is ill-defined. */
const STRAIGHT_COSINE = 1 - 1e-9;

/**
 * @param {readonly number[]} a unit quaternion
 * @param {readonly number[]} b unit quaternion
 * @param {number} f 0 to 1
 * @param {Float64Array | number[]} out [4] the shorter way from a to b
 */
export function slerp(a, b, f, out) {
  let cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const sign = cosine < 0 ? -1 : 1;
  cosine *= sign;
  let fromA = 1 - f;
  let fromB = f;
  if (cosine < STRAIGHT_COSINE) {
    const angle = Math.acos(cosine);
    const sine = Math.sin(angle);
    fromA = Math.sin((1 - f) * angle) / sine;
    fromB = Math.sin(f * angle) / sine;
  }
  fromB *= sign;
  for (let i = 0; i < 4; i++) {
    out[i] = fromA * a[i] + fromB * b[i];
  }
}

/** A path through poses. Evaluating it allocates nothing. */
export class Trajectory {
  /** @param {readonly import('./scene-file.js').ScenePose[]} poses in order of time, at least one */
  constructor(poses) {
    this.poses = poses;
    /** Metres; of the last `at`. */
    this.position = new Float64Array(3);
    /** Unit quaternion x y z w; of the last `at`. */
    this.orientation = new Float64Array(4);
    /** Of each band; of the last `at`. Stays 0 where poses have none. */
    this.occlusion = new Float64Array(BANDS);
    /** Jumps passed up to and including the time of the last `at`. */
    this.jumps = 0;
    /** Index of the last pose at or before the time, so that forward evaluation does not search. */
    this.segment = 0;
    this.jumpsBefore = new Uint32Array(poses.length);
    for (let i = 1; i < poses.length; i++) {
      this.jumpsBefore[i] = this.jumpsBefore[i - 1] + (poses[i].t === poses[i - 1].t ? 1 : 0);
    }
    this.at(0);
  }

  /**
   * Evaluates the path; the result is in `position`, `orientation`, `occlusion` and `jumps`.
   *
   * @param {number} t seconds
   * @param {boolean} [justBefore] at a jump it is not there yet
   */
  at(t, justBefore = false) {
    const { poses } = this;
    let i = this.segment;
    while (i + 1 < poses.length && (poses[i + 1].t < t || (poses[i + 1].t === t && !justBefore))) {
      i++;
    }
    while (i > 0 && (poses[i].t > t || (poses[i].t === t && justBefore))) {
      i--;
    }
    this.segment = i;
    this.jumps = this.jumpsBefore[i];
    const a = poses[i];
    const b = poses[Math.min(i + 1, poses.length - 1)];
    const f = t <= a.t || b.t === a.t ? 0 : (t - a.t) / (b.t - a.t);
    for (let k = 0; k < 3; k++) {
      this.position[k] = a.position[k] + f * (b.position[k] - a.position[k]);
    }
    slerp(a.orientation, b.orientation, f, this.orientation);
    if (a.occlusion !== undefined && b.occlusion !== undefined) {
      for (let band = 0; band < BANDS; band++) {
        this.occlusion[band] = a.occlusion[band] + f * (b.occlusion[band] - a.occlusion[band]);
      }
    }
  }
}

/**
 * The farthest that a source gets from the listener: the difference of two piecewise linear paths is farthest at one
 * of their corners.
 *
 * @param {readonly import('./scene-file.js').ScenePose[]} a
 * @param {readonly import('./scene-file.js').ScenePose[]} b
 * @returns {number} metres
 */
export function farthestDistance(a, b) {
  const pathA = new Trajectory(a);
  const pathB = new Trajectory(b);
  let farthest = 0;
  for (const { t } of [...a, ...b]) {
    for (const justBefore of [false, true]) {
      pathA.at(t, justBefore);
      pathB.at(t, justBefore);
      const [x, y, z] = pathA.position;
      farthest = Math.max(farthest, Math.hypot(x - pathB.position[0], y - pathB.position[1], z - pathB.position[2]));
    }
  }
  return farthest;
}
