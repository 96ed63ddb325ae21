// SPDX-License-Identifier: MIT
/**
 * Where an object of a scene graph is, from its world matrix.
 *
 * Problem  frameworks scale, shear and mirror; an ear only stands somewhere and is turned. What a matrix decomposition
 *          gives for a sheared matrix is no rotation, and a camera in a mirrored group has its ears exchanged.
 * Method   kept are the position, whither the object looks (exactly) and what is up (as nearly as a head can): the
 *          axes are made square by Gram and Schmidt, z first, and x follows from them. The quaternion is Shepperd's,
 *          which divides by the largest of its four numbers ["Quaternion from rotation matrix", J. Guidance 1 (1978)].
 */

/** Shorter, an axis shows nowhere. */
const SHORTEST = 1e-12;

/** Follows a matrix. Nothing is allocated while it does. */
export class Place {
  /** Metres, in pinna's axes: +x right, +y up, -z ahead. */
  position = new Float64Array(3);
  /** x y z w. */
  orientation = Float64Array.of(0, 0, 0, 1);
  /** Whether the object was anywhere yet. */
  known = false;
  #leftHanded;
  #seen = new Float64Array(16);

  /** @param {boolean} [leftHanded]  the framework's axes: +x right, +y up, +z ahead */
  constructor(leftHanded = false) {
    this.#leftHanded = leftHanded;
  }

  /**
   * @param {ArrayLike<number>} matrix  [16] world from object; translation in 12 to 14
   * @returns {boolean} whether there is a new place; not where nothing changed, and not where the matrix is no place
   *   (not numbers, or scaled to nothing)
   */
  follow(matrix) {
    let changed = !this.known;
    for (let i = 0; i < 16; i++) {
      changed ||= matrix[i] !== this.#seen[i];
      this.#seen[i] = matrix[i];
    }
    return changed && this.#read(matrix);
  }

  /** @param {ArrayLike<number>} m */
  #read(m) {
    // Mirrored along z, left-handed axes are pinna's: ahead stays ahead, right stays right.
    const s = this.#leftHanded ? -1 : 1;
    const lengthZ = Math.hypot(m[8], m[9], m[10]);
    const [zx, zy, zz] = [s * m[8] / lengthZ, s * m[9] / lengthZ, m[10] / lengthZ];
    const along = zx * m[4] + zy * m[5] + s * zz * m[6];
    let [yx, yy, yz] = [m[4] - along * zx, m[5] - along * zy, s * m[6] - along * zz];
    const lengthY = Math.hypot(yx, yy, yz);
    if (!(lengthZ > SHORTEST && lengthY > SHORTEST && Number.isFinite(lengthZ + lengthY + m[12] + m[13] + m[14]))) {
      return false;
    }
    yx /= lengthY;
    yy /= lengthY;
    yz /= lengthY;
    this.position[0] = m[12];
    this.position[1] = m[13];
    this.position[2] = s * m[14];
    fillQuaternion(this.orientation, yy * zz - yz * zy, yz * zx - yx * zz, yx * zy - yy * zx, yx, yy, yz, zx, zy, zz);
    this.known = true;
    return true;
  }

  /**
   * The orientation of what sounds along the object's +z, as three.js has it; pinna's sources face -z.
   *
   * @param {Float64Array} out  [4] x y z w
   */
  aboutFace(out) {
    const [x, y, z, w] = this.orientation;
    out[0] = -z;
    out[1] = w;
    out[2] = x;
    out[3] = -y;
    return out;
  }
}

/**
 * From the axes of a rotation.
 *
 * @param {Float64Array} out  [4] x y z w
 * @param {number} xx @param {number} xy @param {number} xz  where its x axis points
 * @param {number} yx @param {number} yy @param {number} yz
 * @param {number} zx @param {number} zy @param {number} zz
 */
function fillQuaternion(out, xx, xy, xz, yx, yy, yz, zx, zy, zz) {
  const trace = xx + yy + zz;
  if (trace >= xx && trace >= yy && trace >= zz) {
    const t = 2 * Math.sqrt(1 + trace);
    set(out, (yz - zy) / t, (zx - xz) / t, (xy - yx) / t, t / 4);
  } else if (xx >= yy && xx >= zz) {
    const t = 2 * Math.sqrt(1 + xx - yy - zz);
    set(out, t / 4, (yx + xy) / t, (zx + xz) / t, (yz - zy) / t);
  } else if (yy >= zz) {
    const t = 2 * Math.sqrt(1 + yy - xx - zz);
    set(out, (yx + xy) / t, t / 4, (zy + yz) / t, (zx - xz) / t);
  } else {
    const t = 2 * Math.sqrt(1 + zz - xx - yy);
    set(out, (zx + xz) / t, (zy + yz) / t, t / 4, (xy - yx) / t);
  }
}

/** @param {Float64Array} out @param {number} x @param {number} y @param {number} z @param {number} w */
function set(out, x, y, z, w) {
  out[0] = x;
  out[1] = y;
  out[2] = z;
  out[3] = w;
}
