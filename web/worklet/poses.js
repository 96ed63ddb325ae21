// SPDX-License-Identifier: MIT
/**
 * Poses that come as sound (shared/pose-inputs.js), written into the scene before the engine takes it.
 *
 * What is read is a block's last sample: the engine reaches a pose at its block's end. Nothing here allocates once
 * memory no longer grows.
 */
import { Header, Source } from '../shared/layout.gen.js';
import { LISTENER_FORWARD, LISTENER_POSITION, SOURCE_FORWARD, SOURCE_POSITION } from '../shared/pose-inputs.js';

/** The engine refuses what lies farther; Web Audio does not. */
const FARTHEST_M = 1e6;

/** Shorter vectors have no direction. */
const SHORTEST = 1e-12;

/** Numbers kept of each source: position and orientation as they came. */
const OWN = 6;

/** Numbers kept of the listener: position, forward, up. */
const LISTENER = 9;

const NO_CONE_RAD = 2 * Math.PI;

const HEADER_WORDS = Header.bytes / 4;
const SOURCE_WORDS = Source.bytes / 4;

export class PoseReader {
  #maxSources;
  #every;
  #began = false;
  #own;
  #listener = Float32Array.of(0, 0, 0, 0, 0, -1, 0, 1, 0);
  #head = Float32Array.of(0, 0, 0, 1);
  #live;
  #jumps;
  #cones;
  /** @type {Uint8Array | null} the scene that the views below are of */
  #block = null;
  /** @type {Float32Array} */
  #words = new Float32Array(0);
  /** @type {Uint32Array} */
  #counts = new Uint32Array(0);

  /**
   * @param {number} maxSources
   * @param {boolean} live  false: the scene is to be taken at every block, so that each pose is reached in its own
   *   block; live, poses that come now and then are travelled to
   */
  constructor(maxSources, live) {
    this.#maxSources = maxSources;
    this.#every = !live;
    this.#own = new Float32Array(maxSources * OWN);
    this.#live = new Uint8Array(maxSources);
    this.#jumps = new Uint32Array(maxSources);
    this.#cones = new Float32Array(maxSources).fill(NO_CONE_RAD);
  }

  /**
   * Brings the poses of a block into the scene.
   *
   * @param {Uint8Array} scene  the engine's, with the newest snapshot in it
   * @param {Float32Array[][]} inputs  [maxSources + 2]
   * @param {boolean} arrived   the snapshot is new
   * @returns {boolean} whether the engine is to take the scene
   */
  read(scene, inputs, arrived) {
    if (scene !== this.#block) {
      this.#block = scene;
      this.#words = new Float32Array(scene.buffer, scene.byteOffset, scene.byteLength >> 2);
      this.#counts = new Uint32Array(scene.buffer, scene.byteOffset, scene.byteLength >> 2);
    }
    this.#began = this.#began || arrived;
    if (!this.#began) {
      return false;
    }
    let changed = this.#readListener(inputs) || arrived || this.#every;
    if (changed) {
      this.#writeListener();
    }
    for (let slot = 0; slot < this.#maxSources; slot++) {
      const at = HEADER_WORDS + slot * SOURCE_WORDS;
      if (arrived) {
        this.#cones[slot] = this.#words[at + (Source.coneInnerRad >> 2)];
      }
      if (this.#readSource(slot, inputs[slot]) || arrived) {
        this.#writeSource(slot, at);
        changed = true;
      }
    }
    return changed;
  }

  /** @param {Float32Array[][]} inputs */
  #readListener(inputs) {
    const first = inputs[this.#maxSources];
    const second = inputs[this.#maxSources + 1];
    if (first.length === 0 || second.length === 0) {
      return false;
    }
    const kept = this.#listener;
    const last = first[0].length - 1;
    let changed = false;
    for (let i = 0; i < LISTENER; i++) {
      const value = i < 6 ? first[i][last] : second[i - 6][last];
      if (value !== kept[i]) {
        kept[i] = value;
        changed = true;
      }
    }
    return changed;
  }

  /**
   * @param {number} slot
   * @param {Float32Array[]} channels
   */
  #readSource(slot, channels) {
    if (channels.length === 0) {
      this.#live[slot] = 0;
      return false;
    }
    const kept = this.#own;
    const last = channels[0].length - 1;
    let changed = false;
    for (let i = 0; i < OWN; i++) {
      const value = channels[SOURCE_POSITION + i][last];
      if (value !== kept[slot * OWN + i]) {
        kept[slot * OWN + i] = value;
        changed = true;
      }
    }
    if (this.#live[slot] === 0) {
      // Somebody else's sound begins, elsewhere.
      this.#live[slot] = 1;
      this.#jumps[slot] += 1;
      changed = true;
    }
    return changed;
  }

  #writeListener() {
    const kept = this.#listener;
    const words = this.#words;
    for (let i = 0; i < 3; i++) {
      words[(Header.listenerPositionM >> 2) + i] = within(kept[LISTENER_POSITION + i]);
    }
    this.#turn(kept[LISTENER_FORWARD], kept[LISTENER_FORWARD + 1], kept[LISTENER_FORWARD + 2], kept[6], kept[7],
      kept[8]);
    for (let i = 0; i < 4; i++) {
      words[(Header.listenerWorldFromHead >> 2) + i] = this.#head[i];
    }
  }

  /**
   * @param {number} slot
   * @param {number} at  the record's first word
   */
  #writeSource(slot, at) {
    const own = this.#own;
    const words = this.#words;
    const from = slot * OWN;
    for (let i = 0; i < 3; i++) {
      words[at + (Source.positionM >> 2) + i] = within(own[from + i]);
    }
    const to = SOURCE_FORWARD - SOURCE_POSITION + from;
    const length = Math.hypot(own[to], own[to + 1], own[to + 2]);
    // A source without direction has no cone [Web Audio API, Sound Cones].
    const directed = length > SHORTEST;
    words[at + (Source.coneInnerRad >> 2)] = directed ? this.#cones[slot] : NO_CONE_RAD;
    if (directed) {
      // The shortest turn from -z to f: (-z x f, 1 - z.f).
      const x = own[to + 1] / length;
      const y = -own[to] / length;
      const w = 1 - own[to + 2] / length;
      const size = Math.sqrt(x * x + y * y + w * w);
      const turned = at + (Source.worldFromSource >> 2);
      words[turned] = size > 1e-6 ? x / size : 0;
      words[turned + 1] = size > 1e-6 ? y / size : 1;
      words[turned + 2] = 0;
      words[turned + 3] = size > 1e-6 ? w / size : 0;
    }
    this.#counts[at + (Source.teleport >> 2)] = this.#jumps[slot];
  }

  /**
   * The head that looks along f with u up, as a quaternion. Where f and u are one line, it stays as it was.
   *
   * @param {number} fx @param {number} fy @param {number} fz
   * @param {number} ux @param {number} uy @param {number} uz
   */
  #turn(fx, fy, fz, ux, uy, uz) {
    const forward = Math.hypot(fx, fy, fz);
    let rx = fy * uz - fz * uy;
    let ry = fz * ux - fx * uz;
    let rz = fx * uy - fy * ux;
    const right = Math.hypot(rx, ry, rz);
    if (!(right > 1e-6 * forward * Math.hypot(ux, uy, uz)) || !(right < Infinity)) {
      return;
    }
    rx /= right;
    ry /= right;
    rz /= right;
    const bx = -fx / forward;
    const by = -fy / forward;
    const bz = -fz / forward;
    // The true up is back x right; the matrix has right, up and back as its columns.
    const vx = by * rz - bz * ry;
    const vy = bz * rx - bx * rz;
    const vz = bx * ry - by * rx;
    const q = this.#head;
    // The largest of the four is a root, the others follow from it [Shepperd 1978].
    const trace = rx + vy + bz;
    if (trace >= rx && trace >= vy && trace >= bz) {
      const s = 2 * Math.sqrt(1 + trace);
      q[0] = (vz - by) / s;
      q[1] = (bx - rz) / s;
      q[2] = (ry - vx) / s;
      q[3] = s / 4;
    } else if (rx >= vy && rx >= bz) {
      const s = 2 * Math.sqrt(1 + rx - vy - bz);
      q[0] = s / 4;
      q[1] = (vx + ry) / s;
      q[2] = (bx + rz) / s;
      q[3] = (vz - by) / s;
    } else if (vy >= bz) {
      const s = 2 * Math.sqrt(1 + vy - rx - bz);
      q[0] = (vx + ry) / s;
      q[1] = s / 4;
      q[2] = (by + vz) / s;
      q[3] = (bx - rz) / s;
    } else {
      const s = 2 * Math.sqrt(1 + bz - rx - vy);
      q[0] = (bx + rz) / s;
      q[1] = (by + vz) / s;
      q[2] = s / 4;
      q[3] = (ry - vx) / s;
    }
  }
}

/** @param {number} metres */
function within(metres) {
  return metres > FARTHEST_M ? FARTHEST_M : metres < -FARTHEST_M ? -FARTHEST_M : metres;
}
