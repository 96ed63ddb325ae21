// SPDX-License-Identifier: MIT
/**
 * What stands between a source and the listener: walls as boxes and triangle meshes, and how much gets through and
 * around them.
 *
 *     const walls = new LineOfSight();
 *     walls.addBox({ center: [0, 1.5, -3], size: [4, 3, 0.2], transmission: 0.1 });
 *     const following = followOcclusion(pinna.listener, [bee, car], walls.between);
 *
 * With three.js, a mesh is:
 *
 *     const { geometry, matrixWorld } = mesh;
 *     walls.addMesh({ positions: geometry.attributes.position.array, indices: geometry.index?.array,
 *       matrix: matrixWorld.elements, transmission: 0.1 });
 *
 * Method   several rays, to points of a disk around the source, are averaged: as a source goes behind an edge, it
 *          fades and does not switch. An obstacle in a ray's way lets through what its material transmits, and what
 *          bends around it if it is a box: Maekawa's thin screen [Maekawa 1968], 10 lg(3 + 20 N) dB with N = 2 d f / c
 *          and d the detour of the shortest way around, 24 dB at most, and what the longer way costs. Through and
 *          around add as powers; obstacles behind one another multiply.
 * Limits   nothing is reflected. Every triangle of a mesh near a ray is tested: give walls, not furniture.
 *
 * Looking creates no objects; adding and moving obstacles does.
 */
import { shown } from '../errors.js';
import { BAND_HZ, OCCLUSION_POWERS } from '../shared/physics.js';
import { BANDS } from '../shared/scene-writer.js';
import { integer, knownOptions, number, quaternion, vector3 } from '../validate.js';

/** @typedef {import('../shared/physics.js').Bands} Bands */
/** @typedef {import('../validate.js').Vector3Like} Vector3Like */
/** @typedef {import('../validate.js').QuaternionLike} QuaternionLike */

const SPEED_OF_SOUND_M_S = 343;
const LEAST_DIFFRACTED = 10 ** (-24 / 20);
/** 20 N of each band for a detour of a metre. */
const FRESNEL_20 = Object.freeze(BAND_HZ.map((hz) => 20 * 2 * hz / SPEED_OF_SOUND_M_S));
/** Hits nearer than this share of the way to either end do not count: a source may lie on a wall. */
const END_MARGIN = 1e-6;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/**
 * @typedef {object} LineOfSightOptions
 * @property {number} [rays]         to a source, 1 to 64; 9
 * @property {number} [radius]       of the disk around the source that they reach, metres; 0.25
 * @property {boolean} [diffraction] sound bends around boxes; true
 */

/**
 * An axis-aligned box by `min` and `max`, or any by `center`, `size` and `orientation`.
 *
 * @typedef {object} BoxOptions
 * @property {Vector3Like} [min]
 * @property {Vector3Like} [max]
 * @property {Vector3Like} [center]
 * @property {Vector3Like} [size]
 * @property {QuaternionLike} [orientation]
 * @property {Bands} [transmission]  amplitude that gets through: 0 = none, 1 = all. One number holds at 1 kHz, with
 *   more below and less above as for a source's occlusion; eight numbers are those of the octave bands; 0
 */

/**
 * Triangles. They are not copied; after changing positions call update().
 *
 * @typedef {object} MeshOptions
 * @property {ArrayLike<number>} positions  x y z of each vertex, metres
 * @property {ArrayLike<number> | null} [indices]  three vertices of each triangle; without, in their order
 * @property {ArrayLike<number>} [matrix]   world from mesh, 16 numbers, column by column
 * @property {Bands} [transmission]         see BoxOptions; a ray is weakened once, however often it crosses the mesh; 0
 */

/**
 * Something that was added. `enabled` takes it out of the way, such as a door that opens.
 *
 * @typedef {object} Obstacle
 * @property {boolean} enabled
 * @property {(transmission: Bands) => void} setTransmission
 */

/** @typedef {Obstacle & { setPose: (center: Vector3Like, orientation?: QuaternionLike) => void }} Box */
/** @typedef {Obstacle & { setMatrix: (matrix: ArrayLike<number>) => void, update: () => void }} Mesh */

/**
 * @param {unknown} value
 * @param {Float64Array} out  [BANDS] amplitudes
 */
function transmissionBands(value, out) {
  if (typeof value === 'number') {
    number(value, 'transmission', 0, 1);
    for (let band = 0; band < BANDS; band++) {
      out[band] = Math.pow(value, OCCLUSION_POWERS[band]);
    }
    return;
  }
  const list = /** @type {ArrayLike<unknown> | null} */ (value);
  if (typeof value !== 'object' || list === null || list.length !== BANDS) {
    throw new TypeError(`transmission must be a number, or ${BANDS} of them for the octave bands from 125 Hz, ` +
      `not ${shown(value)}`);
  }
  for (let band = 0; band < BANDS; band++) {
    number(list[band], `transmission[${band}]`, 0, 1);
  }
  out.set(/** @type {ArrayLike<number>} */ (list));
}

/** Results in metres, Infinity if there is no way: a number that is returned may be put on the heap, these are not. */
const DETOUR = new Float64Array(1);
const TAUT = new Float64Array(2);

/** What boxes and meshes share: a place of their own, into which rays are brought. */
class Solid {
  enabled = true;
  /** Own from world, three rows of four. */
  ownFromWorld = new Float64Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  through = new Float64Array(BANDS);
  /** The ray in the solid's own space, from and to. */
  from = new Float64Array(3);
  to = new Float64Array(3);

  /** @param {Bands} transmission */
  setTransmission(transmission) {
    transmissionBands(transmission, this.through);
  }

  /** @param {Float64Array} world @param {Float64Array} own */
  bring(world, own) {
    const m = this.ownFromWorld;
    for (let row = 0; row < 3; row++) {
      own[row] = m[4 * row] * world[0] + m[4 * row + 1] * world[1] + m[4 * row + 2] * world[2] + m[4 * row + 3];
    }
  }

  /**
   * @param {Float64Array} listener
   * @param {Float64Array} end
   * @returns {boolean} whether the solid is in the ray's way; then DETOUR[0] is the way around it over the straight one
   */
  blocks(listener, end) {
    this.bring(listener, this.from);
    this.bring(end, this.to);
    return false;
  }
}

/** The corners of a rectangle and both ends, between which a string is pulled taut; shared, used at once. */
const HULL_U = new Float64Array(6);
const HULL_V = new Float64Array(6);

class BoxSolid extends Solid {
  half = new Float64Array(3);
  bends = true;

  /**
   * @param {Vector3Like} center
   * @param {QuaternionLike} [orientation]
   */
  setPose(center, orientation = [0, 0, 0, 1]) {
    const c = vector3(center, 'box center');
    const [x, y, z, w] = quaternion(orientation, 'box orientation');
    const m = this.ownFromWorld;
    // The transposed matrix of the rotation: own from world.
    m[0] = 1 - 2 * (y * y + z * z);
    m[1] = 2 * (x * y + w * z);
    m[2] = 2 * (x * z - w * y);
    m[4] = 2 * (x * y - w * z);
    m[5] = 1 - 2 * (x * x + z * z);
    m[6] = 2 * (y * z + w * x);
    m[8] = 2 * (x * z + w * y);
    m[9] = 2 * (y * z - w * x);
    m[10] = 1 - 2 * (x * x + y * y);
    for (let row = 0; row < 3; row++) {
      m[4 * row + 3] = -(m[4 * row] * c[0] + m[4 * row + 1] * c[1] + m[4 * row + 2] * c[2]);
    }
  }

  /**
   * @override
   * @param {Float64Array} listener @param {Float64Array} end
   */
  blocks(listener, end) {
    super.blocks(listener, end);
    const { from, to, half } = this;
    DETOUR[0] = Infinity;
    if (!crossesBox(from, to, half)) {
      return false;
    }
    if (!this.bends) {
      return true;
    }
    for (let axis = 0; axis < 3; axis++) {
      const a = (axis + 1) % 3;
      const b = (axis + 2) % 3;
      aroundRectangle(from[a], from[b], to[a], to[b], half[a], half[b]);
      const flat = Math.min(TAUT[0], TAUT[1]);
      const along = to[axis] - from[axis];
      // Around a bar, the way on its unrolled sides is straight.
      DETOUR[0] = Math.min(DETOUR[0], Math.sqrt(flat * flat + along * along));
    }
    const x = to[0] - from[0];
    const y = to[1] - from[1];
    const z = to[2] - from[2];
    DETOUR[0] -= Math.sqrt(x * x + y * y + z * z);
    return true;
  }
}

/**
 * Whether a segment goes through a box around the origin [slabs].
 *
 * @param {Float64Array} from @param {Float64Array} to @param {Float64Array} half
 */
function crossesBox(from, to, half) {
  let enters = END_MARGIN;
  let leaves = 1 - END_MARGIN;
  for (let axis = 0; axis < 3; axis++) {
    const step = to[axis] - from[axis];
    if (step === 0) {
      if (Math.abs(from[axis]) >= half[axis]) {
        return false;
      }
    } else {
      const one = (-half[axis] - from[axis]) / step;
      const other = (half[axis] - from[axis]) / step;
      enters = Math.max(enters, Math.min(one, other));
      leaves = Math.min(leaves, Math.max(one, other));
    }
  }
  return enters < leaves;
}

/**
 * Both ways around a rectangle about the origin, from a point outside to another, into TAUT: along the convex hull of
 * both points and its corners [Jarvis 1973]. Infinity if a point lies within.
 *
 * @param {number} fromU @param {number} fromV @param {number} toU @param {number} toV
 * @param {number} halfU @param {number} halfV
 */
function aroundRectangle(fromU, fromV, toU, toV, halfU, halfV) {
  if ((Math.abs(fromU) < halfU && Math.abs(fromV) < halfV) || (Math.abs(toU) < halfU && Math.abs(toV) < halfV)) {
    TAUT.fill(Infinity);
    return;
  }
  HULL_U[0] = fromU;
  HULL_V[0] = fromV;
  HULL_U[1] = toU;
  HULL_V[1] = toV;
  for (let corner = 0; corner < 4; corner++) {
    HULL_U[2 + corner] = corner & 1 ? halfU : -halfU;
    HULL_V[2 + corner] = corner & 2 ? halfV : -halfV;
  }
  pullTaut(1, 0);
  pullTaut(-1, 1);
}

/**
 * The hull from point 0 to point 1, one way round: its length into TAUT.
 *
 * @param {number} turn  1 = all other points lie to the left, -1 = to the right
 * @param {number} result  where in TAUT
 */
function pullTaut(turn, result) {
  TAUT[result] = 0;
  let at = 0;
  for (let steps = 0; steps < 6 && at !== 1; steps++) {
    let next = at === 0 ? 1 : 0;
    for (let candidate = 1; candidate < 6; candidate++) {
      if (candidate === at || candidate === next) {
        continue;
      }
      const u = HULL_U[next] - HULL_U[at];
      const v = HULL_V[next] - HULL_V[at];
      const cu = HULL_U[candidate] - HULL_U[at];
      const cv = HULL_V[candidate] - HULL_V[at];
      const side = turn * (u * cv - v * cu);
      if (side < 0 || (side === 0 && cu * cu + cv * cv > u * u + v * v)) {
        next = candidate;
      }
    }
    const u = HULL_U[next] - HULL_U[at];
    const v = HULL_V[next] - HULL_V[at];
    TAUT[result] += Math.sqrt(u * u + v * v);
    at = next;
  }
  if (at !== 1) {
    TAUT[result] = Infinity;
  }
}

class MeshSolid extends Solid {
  /** @type {ArrayLike<number>} */
  positions = [];
  /** @type {ArrayLike<number> | null} */
  indices = null;
  low = new Float64Array(3);
  high = new Float64Array(3);
  triangles = 0;

  update() {
    const { positions, indices, low, high } = this;
    low.fill(Infinity);
    high.fill(-Infinity);
    this.triangles = Math.floor((indices ?? positions).length / (indices ? 3 : 9));
    for (let i = 0; i < 3 * this.triangles; i++) {
      const vertex = indices ? indices[i] : i;
      for (let axis = 0; axis < 3; axis++) {
        const x = number(positions[3 * vertex + axis], `mesh positions[${3 * vertex + axis}]`);
        low[axis] = Math.min(low[axis], x);
        high[axis] = Math.max(high[axis], x);
      }
    }
  }

  /** @param {ArrayLike<number>} matrix */
  setMatrix(matrix) {
    if (typeof matrix !== 'object' || matrix === null || matrix.length !== 16) {
      throw new TypeError(`mesh matrix must be 16 numbers, column by column, not ${shown(matrix)}`);
    }
    for (let i = 0; i < 16; i++) {
      number(matrix[i], `mesh matrix[${i}]`);
    }
    invertAffine(matrix, this.ownFromWorld);
  }

  /**
   * @override
   * @param {Float64Array} listener @param {Float64Array} end
   */
  blocks(listener, end) {
    super.blocks(listener, end);
    const { from, to, low, high } = this;
    for (let axis = 0; axis < 3; axis++) {
      if (Math.max(from[axis], to[axis]) < low[axis] || Math.min(from[axis], to[axis]) > high[axis]) {
        return false;
      }
    }
    for (let triangle = 0; triangle < this.triangles; triangle++) {
      if (this.#crosses(3 * triangle)) {
        DETOUR[0] = Infinity;
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the ray goes through a triangle, from either side [Moeller, Trumbore 1997].
   *
   * @param {number} first  of its vertices
   */
  #crosses(first) {
    const { positions: p, indices, from, to } = this;
    const a = 3 * (indices ? indices[first] : first);
    const b = 3 * (indices ? indices[first + 1] : first + 1);
    const c = 3 * (indices ? indices[first + 2] : first + 2);
    const dx = to[0] - from[0];
    const dy = to[1] - from[1];
    const dz = to[2] - from[2];
    const e1x = p[b] - p[a];
    const e1y = p[b + 1] - p[a + 1];
    const e1z = p[b + 2] - p[a + 2];
    const e2x = p[c] - p[a];
    const e2y = p[c + 1] - p[a + 1];
    const e2z = p[c + 2] - p[a + 2];
    const hx = dy * e2z - dz * e2y;
    const hy = dz * e2x - dx * e2z;
    const hz = dx * e2y - dy * e2x;
    const volume = e1x * hx + e1y * hy + e1z * hz;
    if (volume === 0) {
      return false;
    }
    const sx = from[0] - p[a];
    const sy = from[1] - p[a + 1];
    const sz = from[2] - p[a + 2];
    const u = (sx * hx + sy * hy + sz * hz) / volume;
    const qx = sy * e1z - sz * e1y;
    const qy = sz * e1x - sx * e1z;
    const qz = sx * e1y - sy * e1x;
    const v = (dx * qx + dy * qy + dz * qz) / volume;
    const t = (e2x * qx + e2y * qy + e2z * qz) / volume;
    return u >= 0 && v >= 0 && u + v <= 1 && t > END_MARGIN && t < 1 - END_MARGIN;
  }
}

/**
 * @param {ArrayLike<number>} m    [16] column by column, affine
 * @param {Float64Array} out       [12] its inverse, row by row
 */
function invertAffine(m, out) {
  const [a, d, g] = [m[0], m[1], m[2]];
  const [b, e, h] = [m[4], m[5], m[6]];
  const [c, f, i] = [m[8], m[9], m[10]];
  const volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (volume === 0) {
    throw new RangeError('mesh matrix flattens the mesh: it has no inverse');
  }
  const rows = [
    e * i - f * h, c * h - b * i, b * f - c * e,
    f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d,
  ];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      out[4 * row + column] = rows[3 * row + column] / volume;
    }
    out[4 * row + 3] = -(out[4 * row] * m[12] + out[4 * row + 1] * m[13] + out[4 * row + 2] * m[14]);
  }
}

const LINE_OPTIONS = Object.freeze(['rays', 'radius', 'diffraction']);
const BOX_OPTIONS = Object.freeze(['min', 'max', 'center', 'size', 'orientation', 'transmission']);
const MESH_OPTIONS = Object.freeze(['positions', 'indices', 'matrix', 'transmission']);

/** Obstacles, and how much of a source they leave. */
export class LineOfSight {
  #rays;
  #radius;
  #diffraction;
  /** @type {Solid[]} */
  #solids = [];
  #ray = new Float64Array(BANDS);
  #end = new Float64Array(3);
  #listener = new Float64Array(3);
  #source = new Float64Array(3);
  #asked = [new Float64Array(3), new Float64Array(3)];
  #between = new Float64Array(BANDS);

  /** @param {LineOfSightOptions} [options] */
  constructor(options = {}) {
    knownOptions(options, LINE_OPTIONS, 'LineOfSight');
    this.#rays = integer(options.rays ?? 9, 'rays', 1, 64);
    this.#radius = number(options.radius ?? 0.25, 'radius', 0);
    this.#diffraction = options.diffraction ?? true;
    /**
     * For followOcclusion: what stands between a listener and a source. The bands are overwritten by the next call.
     *
     * @param {Placed} listener
     * @param {Placed} source
     * @returns {Float64Array}
     */
    this.between = (listener, source) =>
      this.occlusion(listener.getPosition(this.#asked[0]), source.getPosition(this.#asked[1]), this.#between);
  }

  /**
   * @param {BoxOptions} options
   * @returns {Box}
   */
  addBox(options) {
    knownOptions(options, BOX_OPTIONS, 'addBox');
    const box = new BoxSolid();
    if (options.min !== undefined || options.max !== undefined) {
      const min = vector3(options.min, 'box min');
      const max = vector3(options.max, 'box max');
      if (options.center !== undefined || options.size !== undefined || options.orientation !== undefined) {
        throw new TypeError('a box has either min and max, or center, size and orientation');
      }
      for (let axis = 0; axis < 3; axis++) {
        box.half[axis] = number((max[axis] - min[axis]) / 2, `half of box max[${axis}] - min[${axis}]`, 0);
      }
      box.setPose(min.map((low, axis) => (low + max[axis]) / 2));
    } else {
      const size = vector3(options.size, 'box size');
      for (let axis = 0; axis < 3; axis++) {
        box.half[axis] = number(size[axis], `box size[${axis}]`, 0) / 2;
      }
      box.setPose(/** @type {Vector3Like} */ (options.center), options.orientation);
    }
    box.setTransmission(options.transmission ?? 0);
    box.bends = this.#diffraction;
    this.#solids.push(box);
    return box;
  }

  /**
   * @param {MeshOptions} options
   * @returns {Mesh}
   */
  addMesh(options) {
    knownOptions(options, MESH_OPTIONS, 'addMesh');
    const { positions, indices = null } = options;
    if (typeof positions?.length !== 'number' || positions.length % 3 !== 0) {
      throw new TypeError(`mesh positions must be x y z of each vertex, not ${shown(positions)}`);
    }
    if ((indices ?? positions).length % (indices ? 3 : 9) !== 0) {
      throw new TypeError(`mesh ${indices ? 'indices' : 'positions'} must be whole triangles, and they are ` +
        `${(indices ?? positions).length} numbers`);
    }
    for (let i = 0; i < (indices?.length ?? 0); i++) {
      integer(indices?.[i], `mesh indices[${i}]`, 0, positions.length / 3 - 1);
    }
    const mesh = new MeshSolid();
    mesh.positions = positions;
    mesh.indices = indices;
    if (options.matrix !== undefined) {
      mesh.setMatrix(options.matrix);
    }
    mesh.setTransmission(options.transmission ?? 0);
    mesh.update();
    this.#solids.push(mesh);
    return mesh;
  }

  /** @param {Obstacle} obstacle  that was added; any other is none of its business */
  remove(obstacle) {
    const at = this.#solids.indexOf(/** @type {Solid} */ (obstacle));
    if (at >= 0) {
      this.#solids.splice(at, 1);
    }
  }

  /**
   * What obstacles take of a source, in each octave band: what its `occlusion` may be set to.
   *
   * @template {Float64Array | number[]} T
   * @param {ArrayLike<number>} listener  metres
   * @param {ArrayLike<number>} source    metres
   * @param {T} out  [8]
   * @returns {T} out: 0 = all passes, 1 = nothing
   */
  occlusion(listener, source, out) {
    const ray = this.#ray;
    for (let band = 0; band < BANDS; band++) {
      out[band] = 0;
    }
    for (let axis = 0; axis < 3; axis++) { // of one kind, whatever they came as
      this.#listener[axis] = listener[axis];
      this.#source[axis] = source[axis];
    }
    if (this.#solids.length === 0) {
      return out;
    }
    for (let i = 0; i < this.#rays; i++) {
      this.#aim(i);
      this.#follow(ray);
      for (let band = 0; band < BANDS; band++) {
        out[band] += ray[band];
      }
    }
    for (let band = 0; band < BANDS; band++) {
      out[band] = Math.min(Math.max(1 - out[band] / this.#rays, 0), 1); // sums round
    }
    return out;
  }

  /**
   * The end of a ray: the source itself, then points of a spiral on the disk that faces the listener [Vogel 1979].
   *
   * @param {number} i
   */
  #aim(i) {
    const end = this.#end;
    const listener = this.#listener;
    const source = this.#source;
    const dx = source[0] - listener[0];
    const dy = source[1] - listener[1];
    const dz = source[2] - listener[2];
    const far = Math.sqrt(dx * dx + dy * dy + dz * dz);
    end[0] = source[0];
    end[1] = source[1];
    end[2] = source[2];
    if (i === 0 || far === 0) {
      return;
    }
    // No wider than the way is long: from beside a source, everything of it is seen.
    const radius = Math.min(this.#radius, far / 2) * Math.sqrt(i / (this.#rays - 1));
    const x = dx / far;
    const y = dy / far;
    const z = dz / far;
    // Two vectors across [Frisvad 2012, Duff et al. 2017].
    const sign = z < 0 ? -1 : 1;
    const a = -1 / (sign + z);
    const b = x * y * a;
    const c = radius * Math.cos(GOLDEN_ANGLE * i);
    const s = radius * Math.sin(GOLDEN_ANGLE * i);
    end[0] += c * (1 + sign * x * x * a) + s * b;
    end[1] += c * sign * b + s * (sign + y * y * a);
    end[2] += c * -sign * x + s * -y;
  }

  /**
   * What a ray brings, in amplitude.
   *
   * @param {Float64Array} amplitudes
   */
  #follow(amplitudes) {
    amplitudes.fill(1);
    const listener = this.#listener;
    const end = this.#end;
    const x = end[0] - listener[0];
    const y = end[1] - listener[1];
    const z = end[2] - listener[2];
    const straight = Math.sqrt(x * x + y * y + z * z);
    for (let i = 0; i < this.#solids.length; i++) {
      const solid = this.#solids[i];
      if (solid.enabled && solid.blocks(listener, end)) {
        const detour = DETOUR[0];
        for (let band = 0; band < BANDS; band++) {
          const screened = Math.max(LEAST_DIFFRACTED, 1 / Math.sqrt(3 + detour * FRESNEL_20[band]));
          const around = screened * straight / (straight + detour); // 0 if there is no way
          const through = solid.through[band];
          amplitudes[band] *= Math.min(1, Math.sqrt(through * through + around * around));
        }
      }
    }
  }
}

/** What has a position. @typedef {{ getPosition: (out: Float64Array) => Float64Array }} Placed */

/**
 * What followOcclusion needs of a source; a PinnaSource has it.
 *
 * @typedef {Placed & { readonly disposed: boolean, readonly headLocked: boolean,
 *   get occlusion(): number | number[], set occlusion(value: Bands) }} Occluded
 */

/**
 * @typedef {object} Following
 * @property {() => void} update  looks at once, whenever it is due
 * @property {() => void} stop    sources keep what they have
 */

/**
 * Keeps the occlusion of sources up to date, at a rate that is far below that of frames: the engine smooths it.
 *
 * Sources that move with the head, and those that were disposed of, are left alone. The list is looked at anew every
 * time, so that sources may be added to it.
 *
 * @template {Placed} L
 * @template {Occluded} S
 * @param {L} listener
 * @param {readonly S[]} sources
 * @param {(listener: L, source: S) => Bands} compute  0 = all passes, 1 = nothing; a LineOfSight's `between`, or yours
 * @param {{ rateHz?: number }} [options]  20
 * @returns {Following}
 */
export function followOcclusion(listener, sources, compute, options = {}) {
  if (typeof compute !== 'function') {
    throw new TypeError(`followOcclusion needs a function of listener and source, not ${shown(compute)}`);
  }
  knownOptions(options, ['rateHz'], 'followOcclusion');
  const rateHz = number(options.rateHz ?? 20, 'rateHz', 0.01, 1000);
  const update = () => {
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i];
      if (!source.disposed && !source.headLocked) {
        source.occlusion = compute(listener, source);
      }
    }
  };
  update();
  const timer = setInterval(update, 1000 / rateHz);
  return { update, stop: () => clearInterval(timer) };
}
