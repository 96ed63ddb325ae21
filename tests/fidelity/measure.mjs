// SPDX-License-Identifier: MIT
/**
 * What a renderer's responses say: against the measured head (`compareResponses`), in motion (`measureMotion`), and
 * by themselves (`describeResponses`).
 *
 * One gain, the same for all directions, ears and figures, is fitted: the levels of heads are normalised.
 */
import { FRAMES, RATE_HZ } from './heads.mjs';
import { sagittal, sensitive } from './localisation.mjs';
import { Colouration } from './loudness.mjs';
import {
  bandPower, binsOf, clickDb, erbToHz, esrDb, firstAbove, hzToErb, ildDb, itdS, levelDb, lsdDb, powerSpectrum, seeded,
  solidAngles, splatterDb, summarise,
} from './metrics.mjs';

/** @typedef {[Float64Array, Float64Array]} Ears */

export const NARROW_HZ = /** @type {const} */ ([200, 16000]);
export const WIDE_HZ = /** @type {const} */ ([20, 20000]);
const HOP = 128;
const MS = 1000 / RATE_HZ;

/** Both ears' power spectra. @param {Ears} ears */
function powersOf(ears) {
  return ears.map((ear) => powerSpectrum(ear, FRAMES));
}

/** What comparing needs of the measured head, once for all renderers. @param {import('./heads.mjs').Yardstick} head */
export function prepare(head) {
  return {
    head,
    weights: solidAngles(head.directions),
    powers: head.windowed.map(powersOf),
    whole: head.whole.map(powersOf),
    itdsS: head.windowed.map(([left, right]) => itdS(left, right, RATE_HZ)),
  };
}

/** @typedef {ReturnType<typeof prepare>} Truth */

/**
 * The power gain that makes the mean level difference zero.
 *
 * @param {Float64Array[][]} wanted
 * @param {Float64Array[][]} got
 */
function fittedGain(wanted, got) {
  let sum = 0;
  let terms = 0;
  wanted.forEach((ears, i) => ears.forEach((power, e) => {
    const { first, last } = binsOf(power, RATE_HZ, ...NARROW_HZ);
    for (let k = first; k <= last; k++) {
      sum += Math.log(got[i][e][k] / power[k]);
      terms++;
    }
  }));
  return Math.exp(sum / terms);
}

/**
 * Both sets alike but for direction: what all directions have in common, the mean over the sphere of their levels at
 * each frequency and ear, is taken out of their difference.
 *
 * @param {Truth} truth
 * @param {Float64Array[][]} got
 * @returns {Float64Array[][]}
 */
function withoutCommon(truth, got) {
  const common = [0, 1].map((e) => truth.powers[0][e].map((_, k) =>
    Math.exp(got.reduce((sum, ears, i) =>
      sum + truth.weights[i] * Math.log((ears[e][k] + 1e-20) / (truth.powers[i][e][k] + 1e-20)), 0))));
  return got.map((ears) => ears.map((power, e) => power.map((p, k) => p / common[e][k])));
}

/**
 * Level of the energy over the sphere against the measured, in the auditory band where it is furthest off.
 *
 * @param {Truth} truth
 * @param {Float64Array[][]} got
 */
function diffuseDb(truth, got) {
  const lowest = Math.ceil(hzToErb(NARROW_HZ[0]));
  const bands = Math.floor(hzToErb(NARROW_HZ[1])) - lowest;
  let worst = 0;
  for (let e = 0; e < 2; e++) {
    for (let band = 0; band < bands; band++) {
      const [low, high] = [erbToHz(lowest + band), erbToHz(lowest + band + 1)];
      const energy = (/** @type {Float64Array[][]} */ set) =>
        set.reduce((sum, ears, i) => sum + truth.weights[i] * bandPower(ears[e], RATE_HZ, low, high), 0);
      const off = levelDb(energy(got) / energy(truth.powers));
      worst = Math.abs(off) > Math.abs(worst) ? off : worst;
    }
  }
  return worst;
}

/**
 * @param {Truth} truth
 * @param {Ears[]} rendered  one for each of the head's directions
 */
export function compareResponses(truth, rendered) {
  const { directions } = truth.head;
  const raw = rendered.map(powersOf);
  const gain = fittedGain(truth.powers, raw);
  const got = raw.map((ears) => ears.map((power) => power.map((p) => p / gain)));
  const itdsS = rendered.map(([left, right]) => itdS(left, right, RATE_HZ));
  /** @type {Record<'narrow' | 'wide' | 'ipsi' | 'contra' | 'directional' | 'wholeFile', number[]>} */
  const lsd = { narrow: [], wide: [], ipsi: [], contra: [], directional: [], wholeFile: [] };
  const directional = withoutCommon(truth, got);
  /** @type {number[]} */
  const ild = [];
  got.forEach((ears, i) => {
    /** @param {Float64Array[][]} set @param {number} e @param {readonly [number, number]} band */
    const of = (set, e, band) => lsdDb(set[i][e], ears[e], RATE_HZ, ...band);
    const narrow = [of(truth.powers, 0, NARROW_HZ), of(truth.powers, 1, NARROW_HZ)];
    lsd.narrow.push((narrow[0] + narrow[1]) / 2);
    lsd.wide.push((of(truth.powers, 0, WIDE_HZ) + of(truth.powers, 1, WIDE_HZ)) / 2);
    lsd.directional.push([0, 1].reduce((sum, e) =>
      sum + lsdDb(truth.powers[i][e], directional[i][e], RATE_HZ, ...NARROW_HZ) / 2, 0));
    lsd.wholeFile.push((of(truth.whole, 0, NARROW_HZ) + of(truth.whole, 1, NARROW_HZ)) / 2);
    if (Math.abs(directions[i][0]) > 0.05) {
      const near = directions[i][0] < 0 ? 0 : 1;
      lsd.ipsi.push(narrow[near]);
      lsd.contra.push(narrow[1 - near]);
    }
    ild.push(ildDb(ears[0], ears[1], RATE_HZ) - ildDb(truth.powers[i][0], truth.powers[i][1], RATE_HZ));
  });
  const itd = itdsS.map((s, i) => 1e6 * (s - truth.itdsS[i]));
  const pbc = new Colouration(FRAMES / 2 + 1, RATE_HZ).ofSet(truth.powers, got, truth.weights);
  return {
    directions: directions.length,
    gainDb: levelDb(gain),
    lsdDb: Object.fromEntries(Object.entries(lsd).map(([key, values]) => [key, summarise(values)])),
    itdUs: summarise(itd),
    ildDb: summarise(ild),
    pbcSone: summarise(pbc, truth.weights),
    sagittal: sagittal(directions, truth.powers, got, RATE_HZ),
    sensitive: sensitive(directions, truth.powers, got, { wanted: truth.itdsS, got: itdsS }, RATE_HZ),
    diffuseDb: diffuseDb(truth, got),
    plots: { lsdDb: lsd.narrow, itdUs: itd, ildDb: ild },
  };
}

/** What the models say of the measured head itself. @param {Truth} truth */
export function listenerItself(truth) {
  const { powers, itdsS, head: { directions } } = truth;
  return {
    sagittal: sagittal(directions, powers, powers, RATE_HZ),
    sensitive: sensitive(directions, powers, powers, { wanted: itdsS, got: itdsS }, RATE_HZ),
  };
}

/** From below to above ahead, every 5 degrees. */
export const RISING = Array.from({ length: 27 }, (_, i) => {
  const up = (-40 + 5 * i) * Math.PI / 180;
  return [0, Math.sin(up), -Math.cos(up)];
});

/** Round the head at ear height, every 5 degrees. */
export const ROUND = Array.from({ length: 72 }, (_, i) => {
  const turn = 5 * i * Math.PI / 180;
  return [Math.sin(turn), 0, -Math.cos(turn)];
});

/** A step up that changes the spectrum by less is not rendered. */
const HEARD_STEP_DB = 0.1;

/**
 * What needs no head to compare with.
 *
 * @param {Ears[]} rising  at RISING
 * @param {Ears[]} round   at ROUND
 */
export function describeResponses(rising, round) {
  const front = round[0];
  const powers = rising.map(powersOf);
  const steps = powers.slice(1).map((ears, i) => lsdDb(powers[i][0], ears[0], RATE_HZ, ...NARROW_HZ));
  const levels = round.map((ears) => {
    const [left, right] = powersOf(ears);
    return levelDb(bandPower(left, RATE_HZ, ...NARROW_HZ) + bandPower(right, RATE_HZ, ...NARROW_HZ));
  });
  const arrival = Math.min(...front.map((ear) => firstAbove(ear, -60)));
  return {
    arrivalFrames: arrival,
    arrivalMs: arrival * MS,
    elevationSteps: steps.length,
    elevationStepsHeard: steps.filter((db) => db > HEARD_STEP_DB).length,
    elevationLargestStepDb: Math.max(...steps),
    levelRangeDb: Math.max(...levels) - Math.min(...levels),
    itdMaxUs: 1e6 * Math.max(...round.map(([left, right]) => Math.abs(itdS(left, right, RATE_HZ)))),
    ildMaxDb: Math.max(...round.map((ears) => {
      const [left, right] = powersOf(ears);
      return Math.abs(ildDb(left, right, RATE_HZ));
    })),
  };
}

// Motion

export const SPEEDS_DEG_S = [30, 90, 360];
export const MOVE_FRAMES = 188 * HOP;
/** The part of a move that is looked at: after the longest response, and before a motion that lags ends. */
const SETTLED = 4096;
export const TONE_HZ = 6000;
export const TONE_FRAMES = SETTLED + 16384;
const BESIDE_HZ = 150;
export const CLICK_HZ = 220;
export const JUMP_FRAME = 64 * HOP;
const JUMP_FRAMES = 24 * HOP;
export const CLICK_FRAMES = 160 * HOP;
const ARC_FROM_DEG = 10;
const ARC_TILT = Math.PI / 6;

/** A great circle tilted by 30 degrees. @param {number} deg  from its lowest point ahead */
export function arcAt(deg) {
  const a = (ARC_FROM_DEG + deg) * Math.PI / 180;
  return [Math.sin(a) * Math.cos(ARC_TILT), Math.sin(a) * Math.sin(ARC_TILT), -Math.cos(a)];
}

/** @param {number} azimuthDeg  to the right */
export function level(azimuthDeg) {
  const a = azimuthDeg * Math.PI / 180;
  return [Math.sin(a), 0, -Math.cos(a)];
}

export const JUMP_DEG = /** @type {const} */ ([60, -60]);

/** @param {number} frames */
export function noise(frames) {
  const random = seeded(7);
  return Float64Array.from({ length: frames }, () => 0.25 * random());
}

/** @param {number} frames @param {number} hz */
export function tone(frames, hz) {
  return Float64Array.from({ length: frames }, (_, n) => 0.25 * Math.sin(2 * Math.PI * hz * n / RATE_HZ));
}

/** Degrees of the arc that the fastest move covers. */
export const ARC_DEG = SPEEDS_DEG_S[SPEEDS_DEG_S.length - 1] * MOVE_FRAMES / RATE_HZ;

/** Frames without the silence at the end. @param {Float64Array} x */
function soundingFrames(x) {
  let frames = x.length;
  while (frames > 0 && x[frames - 1] === 0) {
    frames--;
  }
  return frames;
}

/**
 * The same renderer held still at every sample's direction: its own responses along the arc, between which is
 * interpolated.
 *
 * @param {Float64Array} signal
 * @param {number} speedDegS
 * @param {Ears[]} arc      responses, every `stepDeg`
 * @param {number} stepDeg
 * @returns {Ears}
 */
function heldStill(signal, speedDegS, arc, stepDeg) {
  const taps = Math.max(...arc.filter((_, i) => i % 16 === 0).flat().map(soundingFrames));
  return /** @type {Ears} */ ([0, 1].map((e) => {
    const out = new Float64Array(signal.length);
    for (let n = 0; n < signal.length; n++) {
      const place = speedDegS * n / RATE_HZ / stepDeg;
      const i = Math.min(arc.length - 2, Math.floor(place));
      const part = place - i;
      const [before, after] = [arc[i][e], arc[i + 1][e]];
      let sum = 0;
      for (let k = 0; k < taps && k <= n; k++) {
        sum += (before[k] + part * (after[k] - before[k])) * signal[n - k];
      }
      out[n] = sum;
    }
    return out;
  }));
}

/**
 * @param {{ moves: Ears[], defined: Ears[] | { arc: Ears[], stepDeg: number }, tone: Ears, jump: Ears }} rendered
 *   moves by SPEEDS_DEG_S, of `noise`, and as they should be, or the responses to make that of; the tone at 90 degrees
 *   a second along the arc; the tone that jumps
 */
export function measureMotion({ moves, defined, tone: moved, jump }) {
  const signal = noise(MOVE_FRAMES);
  const errors = moves.map((ears, i) => {
    if (defined === moves) {
      return NaN; // it is the definition
    }
    const still = Array.isArray(defined) ? defined[i] :
      heldStill(signal, SPEEDS_DEG_S[i], defined.arc, defined.stepDeg);
    // The definition looks ahead, beyond the end.
    const settled = (/** @type {Float64Array} */ ear) => ear.subarray(SETTLED, MOVE_FRAMES - SETTLED / 4);
    return esrDb([...settled(still[0]), ...settled(still[1])], [...settled(ears[0]), ...settled(ears[1])]);
  });
  return {
    errorDb: Object.fromEntries(SPEEDS_DEG_S.map((speed, i) => [speed, errors[i]])),
    splatterDb: Math.max(...moved.map((ear) => splatterDb(ear.subarray(SETTLED), RATE_HZ, TONE_HZ, BESIDE_HZ))),
    clickDb: Math.max(...jump.map((ear) => clickDb(ear.subarray(2048), JUMP_FRAME - 2048,
      JUMP_FRAME - 2048 + JUMP_FRAMES))),
  };
}
