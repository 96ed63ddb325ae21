// SPDX-License-Identifier: MIT
/**
 * A LINN field model (models/FORMAT.md, form C), to tell people what is in it and to draw what it does. The engine has
 * its own reader and its own network, in C; this one is written from the format alone, in double precision.
 */
import { openSafetensors, tensor } from './baked-head.js';
import { HeadError } from './head-error.js';

const FORMAT = 'pinna-linn-field';
const SOUND_M_S = 343;
const OCTAVES = 4;
const FEATURES = 40;
/** An ear's gain for all stays within 12 dB, in nepers; what the network adds to a delay, within half a millisecond. */
const GAIN_LIMIT = Math.log(10) / 20 * 12;
const DELAY_LIMIT_S = 0.5e-3;
/** For those who ask for a head: so many directions, at the distance that measured ones have. */
const DIRECTIONS = 600;
const HEAD_DISTANCE_M = 1.4;

/** @typedef {[number, number, number]} Vec3  head space: +x right, +y up, -z ahead */

/**
 * @typedef {object} FieldModel
 * @property {Record<string, string>} metadata
 * @property {number} sampleRateHz  of the basis filters
 * @property {number} leadFrames    before their onset
 * @property {number} hidden
 * @property {number} bases
 * @property {number} taps
 * @property {number} parameters    of the network and the basis
 * @property {[number, number]} rangeM  distances that it tells apart
 * @property {Float32Array} basis   [bases][taps]
 * @property {(positionM: Vec3, forward: Vec3) => FieldAnswer} at
 */

/**
 * @typedef {object} FieldAnswer
 * @property {[Float64Array, Float64Array]} gains  of the basis filters, left and right
 * @property {[number, number]} delaysS
 */

/** What a file's header calls it. @param {Uint8Array} bytes @param {string} file @returns {unknown} */
export function formatOf(bytes, file) {
  return openSafetensors(bytes, file).header.__metadata__?.format;
}

/** Whether a file's header calls it a field model. @param {Uint8Array} bytes @param {string} file */
export function isFieldModel(bytes, file) {
  return formatOf(bytes, file) === FORMAT;
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file for messages
 * @returns {FieldModel}
 * @throws {HeadError}
 */
export function readFieldModel(bytes, file) {
  const { header, data } = openSafetensors(bytes, file);
  const metadata = header.__metadata__ ?? {};
  if (metadata.format !== FORMAT || metadata.version !== '1') {
    throw new HeadError(file, `not a LINN field model that can be read (format "${metadata.format ?? 'none'}", ` +
      `version "${metadata.version ?? 'none'}"; "${FORMAT}" and "1" can)`,
    'name one, as models/linn/kemar-field.safetensors is');
  }
  /** @param {string} name @param {(number | undefined)[]} shape */
  const read = (name, shape) => tensor(header, data, name, 'F32', shape, file);
  const { values: basis, shape: [bases, taps] } = read('basis', [undefined, undefined]);
  const { shape: [hidden] } = read('mlp.0.weight', [undefined, FEATURES]);
  const sizes = [FEATURES, hidden, hidden, 2 * bases + 4];
  const layers = [0, 1, 2].map((layer) => ({
    weight: read(`mlp.${layer}.weight`, [sizes[layer + 1], sizes[layer]]).values,
    bias: read(`mlp.${layer}.bias`, [sizes[layer + 1]]).values,
  }));
  const { values: ears } = read('ears', [2, 3]);
  const { values: [offsetS] } = read('offset_s', [1]);
  const { values: [nearest, farthest] } = read('range', [2]);
  const sampleRateHz = Number(metadata.sample_rate_hz);
  const leadFrames = Number(metadata.lead_frames);
  if (!(sampleRateHz >= 8000 && sampleRateHz <= 192000) || !(leadFrames >= 0 && leadFrames < taps)) {
    throw new HeadError(file, `its rate is "${metadata.sample_rate_hz}" and its lead "${metadata.lead_frames}" frames`,
      'export the model again');
  }
  return {
    metadata,
    sampleRateHz,
    leadFrames,
    hidden,
    bases,
    taps,
    parameters: basis.length + layers.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0),
    rangeM: [nearest, farthest],
    basis,
    at(positionM, forward) {
      const length = Math.hypot(...positionM);
      const r = Math.min(Math.max(length, nearest), farthest);
      const d = /** @type {Vec3} */ (positionM.map((x) => x / length));
      const o = layers.reduce((x, { weight, bias }, layer) => dense(weight, bias, x, layer < 2),
        featuresOf(d, r, forward));
      /** @param {0 | 1} ear */
      const gains = (ear) => {
        const level = Math.exp(GAIN_LIMIT * Math.tanh(o[2 * bases + 2 + ear] / GAIN_LIMIT));
        return o.slice(ear * bases, (ear + 1) * bases).map((w) => w * level);
      };
      /** @param {0 | 1} ear */
      const delayS = (ear) => {
        const path = Math.hypot(...d.map((x, i) => x * r - ears[3 * ear + i]));
        return offsetS + (path - r) / SOUND_M_S + DELAY_LIMIT_S * Math.tanh(o[2 * bases + ear]);
      };
      return { gains: [gains(0), gains(1)], delaysS: [delayS(0), delayS(1)] };
    },
  };
}

/** @param {Float32Array} weight @param {Float32Array} bias @param {Float64Array} x @param {boolean} silu */
function dense(weight, bias, x, silu) {
  return Float64Array.from(bias, (b, o) => {
    let sum = b;
    for (let i = 0; i < x.length; i++) {
      sum += weight[o * x.length + i] * x[i];
    }
    return silu ? sum / (1 + Math.exp(-sum)) : sum;
  });
}

/** @param {Vec3} d @param {number} r @param {Vec3} f */
function featuresOf(d, r, f) {
  const c = -(f[0] * d[0] + f[1] * d[1] + f[2] * d[2]);
  const elevation = Math.asin(Math.min(1, Math.max(-1, d[1])));
  const features = [...d, 1 / r, Math.log(r), c, f[1] + c * d[1], f[2] * d[0] - f[0] * d[2]];
  for (let octave = 0; octave < OCTAVES; octave++) {
    const angles = d.map((x) => 2 ** octave * Math.PI * x);
    features.push(...angles.map(Math.sin), ...angles.map(Math.cos));
  }
  for (let octave = 0; octave < OCTAVES; octave++) {
    features.push(Math.sin(2 ** octave * elevation), Math.cos(2 ** octave * elevation));
  }
  return Float64Array.from(features);
}

/**
 * The model as a measurement would see it: many directions, sources that face the head.
 *
 * @param {FieldModel} field
 * @returns {import('./sofa.js').MeasuredHead}
 */
export function measureField(field) {
  const { metadata, bases, taps, basis, sampleRateHz } = field;
  const [nearest, farthest] = field.rangeM;
  const r = Math.min(Math.max(HEAD_DISTANCE_M, nearest), farthest);
  const directions = new Float32Array(3 * DIRECTIONS);
  const filters = new Float32Array(2 * DIRECTIONS * taps);
  const delays = new Float32Array(2 * DIRECTIONS);
  for (let i = 0; i < DIRECTIONS; i++) {
    const y = 1 - (2 * i + 1) / DIRECTIONS;
    const turn = i * Math.PI * (3 - Math.sqrt(5));
    const flat = Math.sqrt(1 - y * y);
    const d = /** @type {Vec3} */ ([flat * Math.sin(turn), y, flat * Math.cos(turn)]);
    const facing = /** @type {Vec3} */ (d.map((x) => -x));
    const { gains, delaysS } = field.at(/** @type {Vec3} */ (d.map((x) => x * r)), facing);
    directions.set(d, 3 * i);
    for (let ear = 0; ear < 2; ear++) {
      const row = 2 * i + ear;
      delays[row] = delaysS[ear] * sampleRateHz;
      for (let k = 0; k < bases; k++) {
        for (let t = 0; t < taps; t++) {
          filters[row * taps + t] += gains[ear][k] * basis[k * taps + t];
        }
      }
    }
  }
  return {
    name: metadata.name ?? 'not stated',
    license: metadata.license ?? 'not stated',
    citation: metadata.citation ?? '',
    convention: `${FORMAT} 1`,
    sampleRateHz,
    count: DIRECTIONS,
    taps,
    directions,
    filters,
    delays,
    distanceM: r,
    remarks: [],
  };
}
