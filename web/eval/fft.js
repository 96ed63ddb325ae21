// SPDX-License-Identifier: MIT
/**
 * Discrete Fourier transforms in double precision, of any size.
 *
 * Problem  metrics are compared with other people's to the fourth digit, and some of them transform a whole clip, whose
 *          length is what it is.
 * Method   powers of two: iterative, decimation in time, two steps of two at once; factors of 3, 5 and 7 by recursion;
 *          what is left as a convolution with a chirp [Bluestein 1970], which is exact, not zero-padded.
 *
 * Not for the audio thread: it allocates.
 */

/** @typedef {{ size: number, reversed: Uint32Array, cosines: Float64Array, sines: Float64Array }} Plan */
/**
 * @typedef {object} Chirp
 * @property {number} inner size of the convolution
 * @property {Float64Array} re spectrum of the chirp
 * @property {Float64Array} im
 * @property {Float64Array} cosines
 * @property {Float64Array} sines
 */

/** @type {Map<number, Plan>} */
const plans = new Map();

/** @param {number} size a power of two @returns {Plan} */
function planOf(size) {
  let plan = plans.get(size);
  if (plan === undefined) {
    const reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      reversed[i] = (reversed[i >> 1] >> 1) | ((i & 1) === 1 ? size >> 1 : 0);
    }
    const cosines = new Float64Array(size / 2 + 1);
    const sines = new Float64Array(size / 2 + 1);
    for (let k = 0; k <= size / 2; k++) {
      cosines[k] = Math.cos(2 * Math.PI * k / size);
      sines[k] = Math.sin(2 * Math.PI * k / size);
    }
    plan = { size, reversed, cosines, sines };
    plans.set(size, plan);
  }
  return plan;
}

/**
 * In place, forward.
 *
 * @param {Float64Array} re [N], N a power of two
 * @param {Float64Array} im [N]
 */
function forwardPowerOfTwo(re, im) {
  const { size, reversed, cosines, sines } = planOf(re.length);
  for (let i = 0; i < size; i++) {
    const j = reversed[i];
    if (i < j) {
      const r = re[i];
      const m = im[i];
      re[i] = re[j];
      im[i] = im[j];
      re[j] = r;
      im[j] = m;
    }
  }
  let span = 1;
  if ((Math.log2(size) & 1) === 1) {
    for (let a = 0; a < size; a += 2) {
      const r = re[a + 1];
      const m = im[a + 1];
      re[a + 1] = re[a] - r;
      im[a + 1] = im[a] - m;
      re[a] += r;
      im[a] += m;
    }
    span = 2;
  }
  for (; span < size; span *= 4) {
    const near = size / (4 * span);
    const far = 2 * near;
    for (let k = 0; k < span; k++) {
      const c1 = cosines[k * far];
      const s1 = -sines[k * far];
      const c2 = cosines[k * near];
      const s2 = -sines[k * near];
      for (let a = k; a < size; a += 4 * span) {
        const b = a + span;
        const c = b + span;
        const d = c + span;
        let r = re[b] * c1 - im[b] * s1;
        let m = re[b] * s1 + im[b] * c1;
        const re0 = re[a] + r;
        const im0 = im[a] + m;
        const re1 = re[a] - r;
        const im1 = im[a] - m;
        r = re[d] * c1 - im[d] * s1;
        m = re[d] * s1 + im[d] * c1;
        let x = re[c] + r;
        let y = im[c] + m;
        const re2 = x * c2 - y * s2;
        const im2 = x * s2 + y * c2;
        x = re[c] - r;
        y = im[c] - m;
        // A quarter turn further: times -i.
        const re3 = x * s2 + y * c2;
        const im3 = y * s2 - x * c2;
        re[a] = re0 + re2;
        im[a] = im0 + im2;
        re[c] = re0 - re2;
        im[c] = im0 - im2;
        re[b] = re1 + re3;
        im[b] = im1 + im3;
        re[d] = re1 - re3;
        im[d] = im1 - im3;
      }
    }
  }
}

/** @type {Map<number, Chirp>} the last few; a clip's is as large as four clips */
const chirps = new Map();
const CHIRPS_KEPT = 2;

/** @param {number} size @returns {Chirp} */
function chirpOf(size) {
  let chirp = chirps.get(size);
  if (chirp === undefined) {
    let inner = 1;
    while (inner < 2 * size - 1) {
      inner *= 2;
    }
    const cosines = new Float64Array(size);
    const sines = new Float64Array(size);
    const re = new Float64Array(inner);
    const im = new Float64Array(inner);
    for (let n = 0, square = 0; n < size; n++) {
      cosines[n] = Math.cos(Math.PI * square / size);
      sines[n] = Math.sin(Math.PI * square / size);
      re[n] = cosines[n];
      im[n] = sines[n];
      re[(inner - n) % inner] = cosines[n];
      im[(inner - n) % inner] = sines[n];
      // (n + 1)^2 modulo 2 size: the square itself would lose its last bits.
      square = (square + 2 * n + 1) % (2 * size);
    }
    forwardPowerOfTwo(re, im);
    chirp = { inner, re, im, cosines, sines };
    if (chirps.size === CHIRPS_KEPT) {
      chirps.delete(/** @type {number} */ (chirps.keys().next().value));
    }
    chirps.set(size, chirp);
  }
  return chirp;
}

/** @param {Float64Array} re [N] @param {Float64Array} im [N] in place, forward */
function forwardByChirp(re, im) {
  const size = re.length;
  const chirp = chirpOf(size);
  const r = new Float64Array(chirp.inner);
  const m = new Float64Array(chirp.inner);
  for (let n = 0; n < size; n++) {
    r[n] = re[n] * chirp.cosines[n] + im[n] * chirp.sines[n];
    m[n] = im[n] * chirp.cosines[n] - re[n] * chirp.sines[n];
  }
  forwardPowerOfTwo(r, m);
  for (let k = 0; k < chirp.inner; k++) {
    const product = r[k] * chirp.re[k] - m[k] * chirp.im[k];
    // Conjugated, so that the forward transform inverts it.
    m[k] = -(r[k] * chirp.im[k] + m[k] * chirp.re[k]);
    r[k] = product;
  }
  forwardPowerOfTwo(r, m);
  for (let k = 0; k < size; k++) {
    const x = r[k] / chirp.inner;
    const y = -m[k] / chirp.inner;
    re[k] = x * chirp.cosines[k] + y * chirp.sines[k];
    im[k] = y * chirp.cosines[k] - x * chirp.sines[k];
  }
}

const SMALL_FACTORS = [3, 5, 7];
/** Above this the angles of a whole transform are not kept. */
const ANGLES_KEPT = 1 << 16;

/** @type {Map<number, { cosines: Float64Array, sines: Float64Array }>} by size */
const angles = new Map();

/** @param {number} size */
function anglesOf(size) {
  let found = angles.get(size);
  if (found === undefined) {
    found = { cosines: new Float64Array(size), sines: new Float64Array(size) };
    for (let k = 0; k < size; k++) {
      found.cosines[k] = Math.cos(2 * Math.PI * k / size);
      found.sines[k] = Math.sin(2 * Math.PI * k / size);
    }
    if (size <= ANGLES_KEPT) {
      angles.set(size, found);
    }
  }
  return found;
}

/**
 * In place, forward, any size: every `factor`-th sample by itself, then put together [Cooley, Tukey 1965].
 *
 * @param {Float64Array} re [N]
 * @param {Float64Array} im [N]
 */
function forwardAnySize(re, im) {
  const size = re.length;
  if ((size & (size - 1)) === 0) {
    forwardPowerOfTwo(re, im);
    return;
  }
  const factor = SMALL_FACTORS.find((small) => size % small === 0);
  if (factor === undefined) {
    forwardByChirp(re, im);
    return;
  }
  const part = size / factor;
  const partsRe = new Float64Array(size);
  const partsIm = new Float64Array(size);
  for (let p = 0; p < factor; p++) {
    const r = partsRe.subarray(p * part, (p + 1) * part);
    const m = partsIm.subarray(p * part, (p + 1) * part);
    for (let n = 0; n < part; n++) {
      r[n] = re[n * factor + p];
      m[n] = im[n * factor + p];
    }
    forwardAnySize(r, m);
  }
  const { cosines, sines } = anglesOf(size);
  for (let k = 0; k < size; k++) {
    let x = 0;
    let y = 0;
    for (let p = 0, at = k % part, turn = 0; p < factor; p++, at += part) {
      x += partsRe[at] * cosines[turn] + partsIm[at] * sines[turn];
      y += partsIm[at] * cosines[turn] - partsRe[at] * sines[turn];
      turn += k;
      turn -= turn >= size ? size : 0;
    }
    re[k] = x;
    im[k] = y;
  }
}

/**
 * In place: X[k] = sum x[n] e^(-2 pi i k n / N).
 *
 * @param {Float64Array} re [N], N at least 1
 * @param {Float64Array} im [N]
 */
export function fft(re, im) {
  forwardAnySize(re, im);
}

/**
 * In place: the inverse of `fft`, divided by N.
 *
 * @param {Float64Array} re [N]
 * @param {Float64Array} im [N]
 */
export function inverseFft(re, im) {
  fft(im, re);
  for (let n = 0; n < re.length; n++) {
    re[n] /= re.length;
    im[n] /= re.length;
  }
}
