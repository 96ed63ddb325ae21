// SPDX-License-Identifier: MIT
/**
 * What a measured head offers: which directions, which time differences between the ears, how loud.
 *
 * The sphere is probed at a spiral of nearly equal areas (Swinbank and Purser 2006): each probe belongs to its nearest
 * measurement, so that crowded directions count for no more than their share of the sphere.
 */

const PROBES = 10000;
const BAND_LOW_HZ = 200;
const BAND_HIGH_HZ = 16000;
const BAND_LINES = 80;
/** Long responses from many directions are sampled: a second of work is enough for a level. */
const MAX_STEPS = 1e9;
/** An onset is where a response first reaches this part of its peak. */
const ONSET_PART = 0.1;
const DEGREES = 180 / Math.PI;

/**
 * @typedef {object} HeadInfo
 * @property {number} itdMinUs of all directions; positive = the left ear hears it later: the source is at the right
 * @property {number} itdMaxUs
 * @property {number} elevationMinDeg
 * @property {number} elevationMaxDeg
 * @property {number} holeDeg the farthest that any direction is from a measured one
 * @property {[number, number]} holeAt azimuth (positive to the left) and elevation of that direction, degrees
 * @property {number} levelDb power over the sphere, both ears and 200 Hz to 16 kHz; 0 = a unit impulse in each ear
 */

/**
 * @param {import('./sofa.js').MeasuredHead} head
 * @returns {HeadInfo}
 */
function headInfo(head) {
  const { count, directions } = head;
  const { share, holeDeg, holeAt } = probeSphere(directions, count);
  const elevations = Array.from({ length: count }, (_, i) =>
    Math.atan2(directions[i * 3 + 1], Math.hypot(directions[i * 3], directions[i * 3 + 2])) * DEGREES);
  const itds = Array.from({ length: count }, (_, i) => interauralDelayUs(head, i));
  let power = 0;
  let area = 0;
  const every = Math.ceil(count * 2 * head.taps * BAND_LINES / MAX_STEPS);
  for (let i = 0; i < count; i += every) {
    power += share[i] * (bandPower(head, i * 2) + bandPower(head, i * 2 + 1)) / 2;
    area += share[i];
  }
  return {
    itdMinUs: least(itds),
    itdMaxUs: -least(itds.map((itd) => -itd)),
    elevationMinDeg: least(elevations),
    elevationMaxDeg: -least(elevations.map((elevation) => -elevation)),
    holeDeg,
    holeAt,
    levelDb: 10 * Math.log10(power / area),
  };
}

/**
 * What is told of a head, on the command line and by the API.
 *
 * @typedef {object} HeadFacts
 * @property {string} name
 * @property {string} license
 * @property {string} citation
 * @property {string} convention   of the SOFA file; 'pinna-hrtf 1' for a baked one
 * @property {number} directions   a baked file's include those that baking added
 * @property {number} sampleRateHz of the responses
 * @property {number} taps         of each response
 * @property {[number, number]} itdUs  least and greatest; positive = the source is at the right
 * @property {[number, number]} elevationDeg  lowest and highest
 * @property {{ radiusDeg: number, azimuthDeg: number, elevationDeg: number }} largestHole  how far its middle is from
 *   the nearest direction, and where it is; azimuths are positive to the left
 * @property {number} levelDb      power over the sphere; 0 = a unit impulse in each ear
 * @property {string[]} remarks    what was unusual
 */

/**
 * @param {import('./sofa.js').MeasuredHead} head
 * @returns {HeadFacts}
 */
export function headFacts(head) {
  const info = headInfo(head);
  return {
    name: head.name,
    license: head.license,
    citation: head.citation,
    convention: head.convention,
    directions: head.count,
    sampleRateHz: head.sampleRateHz,
    taps: head.taps,
    itdUs: [info.itdMinUs, info.itdMaxUs],
    elevationDeg: [info.elevationMinDeg, info.elevationMaxDeg],
    largestHole: { radiusDeg: info.holeDeg, azimuthDeg: info.holeAt[0], elevationDeg: info.holeAt[1] },
    levelDb: info.levelDb,
    remarks: head.remarks,
  };
}

/** @param {readonly number[]} values */
function least(values) {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

/**
 * @param {Float32Array} directions [count][3]
 * @param {number} count
 * @returns {{ share: Float64Array, holeDeg: number, holeAt: [number, number] }} share of the sphere of each direction
 */
function probeSphere(directions, count) {
  const share = new Float64Array(count);
  let worstCosine = 1;
  /** @type {[number, number]} */
  let holeAt = [0, 0];
  const turn = Math.PI * (3 - Math.sqrt(5));
  for (let k = 0; k < PROBES; k++) {
    const y = 1 - (2 * k + 1) / PROBES;
    const flat = Math.sqrt(1 - y * y);
    const x = flat * Math.sin(k * turn);
    const z = flat * Math.cos(k * turn);
    let nearest = 0;
    let cosine = -Infinity;
    for (let i = 0; i < count; i++) {
      const c = x * directions[i * 3] + y * directions[i * 3 + 1] + z * directions[i * 3 + 2];
      if (c > cosine) {
        cosine = c;
        nearest = i;
      }
    }
    share[nearest] += 1 / PROBES;
    if (cosine < worstCosine) {
      worstCosine = cosine;
      holeAt = [Math.atan2(-x, -z) * DEGREES, Math.atan2(y, flat) * DEGREES];
    }
  }
  return { share, holeDeg: Math.acos(Math.min(1, worstCosine)) * DEGREES, holeAt };
}

/**
 * @param {import('./sofa.js').MeasuredHead} head
 * @param {number} row direction * 2 + ear
 * @returns {number} frames from time zero to the onset
 */
function onset({ filters, delays, taps }, row) {
  const response = filters.subarray(row * taps, (row + 1) * taps);
  let peak = 0;
  for (const sample of response) {
    peak = Math.max(peak, Math.abs(sample));
  }
  const wanted = peak * ONSET_PART;
  let i = 0;
  while (i < taps - 1 && Math.abs(response[i]) < wanted) {
    i++;
  }
  const before = i === 0 ? 0 : Math.abs(response[i - 1]);
  const step = Math.abs(response[i]) - before;
  return delays[row] + i - (step > 0 ? (Math.abs(response[i]) - wanted) / step : 0);
}

/**
 * @param {import('./sofa.js').MeasuredHead} head
 * @param {number} i direction
 * @returns {number}
 */
function interauralDelayUs(head, i) {
  return (onset(head, i * 2) - onset(head, i * 2 + 1)) / head.sampleRateHz * 1e6;
}

/**
 * Mean power of a response's spectrum in the band, by Goertzel's recurrence at evenly spaced frequencies.
 *
 * @param {import('./sofa.js').MeasuredHead} head
 * @param {number} row direction * 2 + ear
 */
function bandPower({ filters, taps, sampleRateHz }, row) {
  const high = Math.min(BAND_HIGH_HZ, 0.45 * sampleRateHz);
  let power = 0;
  for (let line = 0; line < BAND_LINES; line++) {
    const hz = BAND_LOW_HZ + (high - BAND_LOW_HZ) * (line + 0.5) / BAND_LINES;
    const c = 2 * Math.cos(2 * Math.PI * hz / sampleRateHz);
    let s1 = 0;
    let s2 = 0;
    for (let n = row * taps; n < (row + 1) * taps; n++) {
      const s0 = filters[n] + c * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    power += s1 * s1 + s2 * s2 - c * s1 * s2;
  }
  return power / BAND_LINES;
}
