// SPDX-License-Identifier: MIT
/**
 * Where a listener who knows the measured head would hear what is rendered.
 *
 * Sagittal: baumgartner2014 [Baumgartner, Majdak, Laback 2014] of the Auditory Modeling Toolbox: positive spectral
 * gradients compared along the polar angle of one lateral slice. All around: barumerli2023 [Barumerli et al. 2023]
 * with little noise and no prior, as a fine gauge rather than a model of people.
 */
import { erbToHz, hzToErb, ildDb, levelDb, seeded } from './metrics.mjs';

const LOW_HZ = 700;
const HIGH_HZ = 18000;
const SLICES_DEG = [-40, -20, 0, 20, 40];
const SLICE_HALF_DEG = 4;
const LEAST_IN_SLICE = 8;
const GAMMA_PER_DB = 6;
const SENSITIVITY_DB = 0.7;
const EAR_SLOPE_DEG = 13;
const RESPONSE_DEG = 17;
const POLAR_STEP_DEG = 5;
const DEG = 180 / Math.PI;

/** @typedef {Float64Array[]} EarPowers  left, right */

/** Lateral to the right, polar 0 ahead, 90 above, 180 behind; degrees. @param {ArrayLike<number>} v */
export function horizontalPolar(v) {
  const polar = Math.atan2(v[1], -v[2]) * DEG;
  return { lateral: Math.asin(Math.max(-1, Math.min(1, v[0]))) * DEG, polar: polar < -90 ? polar + 360 : polar };
}

/** Filters of the inner ear, 1 ERB apart. */
class Ear {
  /** @param {number} bins @param {number} rateHz */
  constructor(bins, rateHz) {
    const lowest = hzToErb(LOW_HZ);
    const count = Math.floor(hzToErb(HIGH_HZ) - lowest) + 1;
    this.bands = Array.from({ length: count }, (_, i) => {
      const centre = erbToHz(lowest + i);
      const width = 1.019 * (24.7 + 0.108 * centre);
      return Float64Array.from({ length: bins }, (_, k) =>
        (1 + ((rateHz * k / (2 * (bins - 1)) - centre) / width) ** 2) ** -4);
    });
  }

  /** Positive gradients from band to band, dB. @param {Float64Array} power */
  gradients(power) {
    const levels = this.bands.map((band) => levelDb(band.reduce((sum, weight, k) => sum + weight * power[k], 0)));
    return Float64Array.from({ length: levels.length - 1 }, (_, i) => Math.max(0, levels[i + 1] - levels[i]));
  }
}

/** @param {Float64Array} a @param {Float64Array} b */
function meanDistance(a, b) {
  return a.reduce((sum, x, i) => sum + Math.abs(x - b[i]), 0) / a.length;
}

/** @param {number} a @param {number} b  degrees @returns {number} -180 to 180 */
function turn(a, b) {
  return ((a - b + 540) % 360 + 360) % 360 - 180;
}

/**
 * What one slice says.
 *
 * @param {{ polar: number, wanted: Float64Array[], got: Float64Array[] }[]} slice  gradients, by polar angle
 * @param {number} lateral
 */
function slicePrediction(slice, lateral) {
  const kappa = 1 / ((RESPONSE_DEG / Math.cos(lateral / DEG)) / DEG) ** 2;
  const [low, high] = [slice[0].polar, slice[slice.length - 1].polar];
  const steps = Math.floor((high - low) / POLAR_STEP_DEG);
  const grid = Array.from({ length: steps + 1 }, (_, i) => low + i * POLAR_STEP_DEG);
  const leftWeight = 1 / (1 + Math.exp(lateral / EAR_SLOPE_DEG));
  let quadrant = 0;
  let square = 0;
  let local = 0;
  for (const target of slice) {
    const similar = slice.map(({ wanted }) => [leftWeight, 1 - leftWeight].reduce((sum, weight, e) => {
      const distance = meanDistance(target.got[e], wanted[e]);
      return sum + weight * (1 - 1 / (1 + Math.exp(-GAMMA_PER_DB * (distance - SENSITIVITY_DB))));
    }, 0));
    const fine = grid.map((polar) => {
      let i = 0;
      while (i < slice.length - 2 && slice[i + 1].polar < polar) {
        i++;
      }
      const t = (polar - slice[i].polar) / (slice[i + 1].polar - slice[i].polar);
      return similar[i] + t * (similar[i + 1] - similar[i]);
    });
    const heard = grid.map((polar) => grid.reduce((sum, from, i) =>
      sum + fine[i] * Math.exp(kappa * (Math.cos((polar - from) / DEG) - 1)), 0));
    const all = heard.reduce((sum, p) => sum + p, 0);
    grid.forEach((polar, i) => {
      const off = turn(polar, target.polar);
      const p = all > 0 ? heard[i] / all : 1 / grid.length;
      if (Math.abs(off) >= 90) {
        quadrant += p;
      } else {
        square += p * off * off;
        local += p;
      }
    });
  }
  return { quadrant, square, local, targets: slice.length };
}

/**
 * Quadrant errors, %, and local polar error, degrees rms, in the lateral slices that the grid has.
 *
 * @param {ArrayLike<number>[]} directions
 * @param {EarPowers[]} wanted  the head that the listener knows
 * @param {EarPowers[]} got
 * @param {number} rateHz
 */
export function sagittal(directions, wanted, got, rateHz) {
  const ear = new Ear(wanted[0][0].length, rateHz);
  const sum = { quadrant: 0, square: 0, local: 0, targets: 0 };
  const places = directions.map(horizontalPolar);
  for (const lateral of SLICES_DEG) {
    const slice = places
      .map((place, i) => ({ ...place, i }))
      .filter((place) => Math.abs(place.lateral - lateral) <= SLICE_HALF_DEG)
      .sort((a, b) => a.polar - b.polar)
      // Of several at one angle, the first: interpolation needs rising ones.
      .filter((place, at, list) => at === 0 || place.polar - list[at - 1].polar > 0.5)
      .map(({ polar, i }) => ({
        polar,
        wanted: wanted[i].map((power) => ear.gradients(power)),
        got: got[i].map((power) => ear.gradients(power)),
      }));
    if (slice.length >= LEAST_IN_SLICE) {
      const said = slicePrediction(slice, lateral);
      sum.quadrant += said.quadrant;
      sum.square += said.square;
      sum.local += said.local;
      sum.targets += said.targets;
    }
  }
  return {
    quadrantPercent: 100 * sum.quadrant / sum.targets,
    polarDeg: Math.sqrt(sum.square / sum.local),
    targets: sum.targets,
  };
}

const ITD_A_US = 32.5;
const ITD_B = 0.095;
const NOISE = { itd: 0.569, ild: 1, spectrum: 1.25 };
const MOTOR_DEG = 2;
const TARGETS = 150;
const DRAWS = 20;

/** A difference of times as the ear resolves it. @param {number} us */
function perceivedItd(us) {
  return Math.sign(us) * (Math.log(ITD_A_US + ITD_B * Math.abs(us)) - Math.log(ITD_A_US)) / ITD_B;
}

/**
 * Lateral error, local polar error (near the median plane) and quadrant errors of a listener with little noise.
 *
 * @param {ArrayLike<number>[]} directions
 * @param {EarPowers[]} wanted @param {EarPowers[]} got
 * @param {{ wanted: number[], got: number[] }} itdsS
 * @param {number} rateHz
 */
export function sensitive(directions, wanted, got, itdsS, rateHz) {
  const ear = new Ear(wanted[0][0].length, rateHz);
  // In units of the noise, so that the likeliest template is the nearest.
  const features = (/** @type {EarPowers} */ ears, /** @type {number} */ itd) => Float64Array.from([
    perceivedItd(1e6 * itd) / NOISE.itd,
    ildDb(ears[0], ears[1], rateHz) / NOISE.ild,
    ...ear.gradients(ears[0]).map((x) => x / NOISE.spectrum),
    ...ear.gradients(ears[1]).map((x) => x / NOISE.spectrum),
  ]);
  const templates = wanted.map((ears, i) => features(ears, itdsS.wanted[i]));
  const random = seeded(2023);
  const normal = () => Math.sqrt(-2 * Math.log(0.5 * random() + 0.5 + 1e-12)) * Math.cos(Math.PI * random());
  const step = Math.max(1, Math.floor(directions.length / TARGETS));
  const sum = { lateral: 0, all: 0, polar: 0, local: 0, quadrant: 0, near: 0 };
  for (let i = 0; i < directions.length; i += step) {
    const target = features(got[i], itdsS.got[i]);
    const place = horizontalPolar(directions[i]);
    for (let draw = 0; draw < DRAWS; draw++) {
      const noisy = target.map((x) => x + normal());
      let best = Infinity;
      let at = 0;
      templates.forEach((template, t) => {
        let distance = 0;
        for (let f = 0; f < noisy.length && distance < best; f++) {
          distance += (noisy[f] - template[f]) ** 2;
        }
        if (distance < best) {
          best = distance;
          at = t;
        }
      });
      const pointed = [0, 1, 2].map((k) => directions[at][k] + MOTOR_DEG / DEG * normal());
      const size = Math.hypot(...pointed);
      const heard = horizontalPolar(pointed.map((x) => x / size));
      sum.lateral += (heard.lateral - place.lateral) ** 2;
      sum.all++;
      if (Math.abs(place.lateral) <= 30) {
        const off = turn(heard.polar, place.polar);
        sum.near++;
        if (Math.abs(off) >= 90) {
          sum.quadrant++;
        } else {
          sum.polar += off * off;
          sum.local++;
        }
      }
    }
  }
  return {
    lateralDeg: Math.sqrt(sum.lateral / sum.all),
    polarDeg: Math.sqrt(sum.polar / sum.local),
    quadrantPercent: 100 * sum.quadrant / sum.near,
  };
}
