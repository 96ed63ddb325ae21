// SPDX-License-Identifier: MIT
/**
 * Reads measured heads from SOFA files (AES69): who was measured, from where, with which impulse responses.
 *
 * Problem  files in use stretch the standard: receivers labelled the wrong way round, one delay or one per
 *          measurement, cartesian or spherical positions, a listener that turned instead of the loudspeaker, and files
 *          cut off or made up.
 * Method   HDF5 is h5wasm's business. Every shape, unit and number that is used is checked before it is. Directions
 *          are those of the source seen from the listener's own view and up. Which receiver is the left ear is decided
 *          by the sound: it is the one that gets more of it from the left.
 */

import { heapFault } from './hdf5-heap.js';
import { HeadError } from './head-error.js';
import { hasSignature, isClassic } from './sofa-signature.js';

/** As many as can be baked, with room for the directions that baking adds. */
const MAX_DIRECTIONS = 15000;
const MIN_DIRECTIONS = 4;
/** Of one variable: h5wasm's memory holds them twice. */
const MAX_SAMPLES = 1 << 26;
/** What a float can hold. */
const MAX_VALUE = 3.4e38;
const MIN_TAPS = 16;
const MAX_TAPS = 65536;
const MIN_RATE_HZ = 8000;
const MAX_RATE_HZ = 192000;
/** Longest delay that is believed: 0.2 s is a source 70 m away. */
const MAX_DELAY_S = 0.2;
const CONVENTIONS = ['SimpleFreeFieldHRIR', 'GeneralFIR'];
const OTHER_CONVENTION = `heads of the conventions ${CONVENTIONS.join(' and ')} can be read`;

/**
 * @typedef {object} MeasuredHead
 * @property {string} name
 * @property {string} license
 * @property {string} citation
 * @property {string} convention
 * @property {number} sampleRateHz
 * @property {number} count directions
 * @property {number} taps
 * @property {Float32Array} directions [count][3] unit vectors, +x right, +y up, -z ahead
 * @property {Float32Array} filters [count][2][taps] left, right
 * @property {Float32Array} delays [count][2] frames, to be added before each filter
 * @property {number} distanceM of its sources, on the average; NaN where it is not said
 * @property {string[]} remarks what was unusual
 */

/** @typedef {import('h5wasm').File} HdfFile */
/** @typedef {typeof import('h5wasm')} H5wasm */
/** @typedef {{ values: Float64Array, shape: number[] }} HdfArray */

/** Where a file lies in h5wasm's own memory; one is read at a time. */
const PLACE = '/pinna.sofa';

/** Bytes of a file: h5wasm's memory holds them beside what is read. */
const MAX_BYTES = 2 ** 30;

/** Libraries that a damaged file led out of their memory: what they say of other files is not to be believed. */
const broken = new WeakSet();

/**
 * @param {H5wasm} h5wasm
 * @param {Uint8Array} bytes of the file
 * @param {string} file for messages
 * @returns {Promise<MeasuredHead>}
 * @throws {HeadError} with the reason why it cannot be used
 */
export async function readSofa(h5wasm, bytes, file) {
  checkBytes(bytes, file);
  if (broken.has(h5wasm)) {
    throw new HeadError(file, 'cannot be read: an earlier file, itself damaged, broke the HDF5 library of this thread',
      'reload the page, or start the program again');
  }
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its own stack of errors to the console.
  module.activate_throwing_error_handler?.();
  /** @type {HdfFile | undefined} */
  let hdf;
  try {
    module.FS.writeFile(PLACE, bytes);
    hdf = new h5wasm.File(PLACE, 'r');
    return new SofaReader(hdf, file).head();
  } catch (error) {
    if (error instanceof HeadError) {
      throw error;
    }
    if (error instanceof WebAssembly.RuntimeError) {
      broken.add(h5wasm);
      throw new HeadError(file, `it, or a damaged file that was read before it, broke the HDF5 library ` +
        `(${error.message})`, 'reload the page, or start the program again, and try it once more');
    }
    throw new HeadError(file, `not a sound HDF5 file (${rootCause(error)})`, 'get the file again');
  } finally {
    try {
      hdf?.close();
      module.FS.unlink(PLACE);
    } catch {
      // A file that is broken may also refuse to close; it was opened for reading only.
    }
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 */
function checkBytes(bytes, file) {
  if (!hasSignature(bytes)) {
    throw isClassic(bytes) ?
      new HeadError(file, 'a classic netCDF file; SOFA files are HDF5', 'convert it with: nccopy -k nc4 IN OUT') :
      new HeadError(file, 'not a SOFA file (no HDF5 signature)', 'name a .sofa file');
  }
  if (bytes.length > MAX_BYTES) {
    throw new HeadError(file, `it has ${bytes.length} bytes; ${MAX_BYTES} can be read`, 'use a smaller set');
  }
  const fault = heapFault(bytes);
  if (fault >= 0) {
    throw new HeadError(file, `not a sound HDF5 file (its heap of texts is damaged at byte ${fault})`,
      'get the file again');
  }
}

/**
 * @param {unknown} error whose message may be HDF5's stack, a line `#n: file line m in function(): what` for each call
 * @returns {string} what the innermost call said
 */
function rootCause(error) {
  const lines = String(/** @type {Error} */ (error)?.message ?? error).split('\n');
  const calls = lines.filter((line) => /^\s*#\d+:/.test(line));
  return (calls.length > 0 ? calls[calls.length - 1].replace(/^.*?\(\): /, '') : lines[0]).trim();
}

/** One open file. */
class SofaReader {
  /**
   * @param {HdfFile} hdf
   * @param {string} file
   */
  constructor(hdf, file) {
    this.hdf = hdf;
    this.file = file;
    /** @type {string[]} */
    this.remarks = [];
  }

  /** @returns {MeasuredHead} */
  head() {
    const convention = this.#convention();
    const ir = this.#array('Data.IR', 3);
    const [count, receivers, taps] = ir.shape;
    if (receivers !== 2) {
      throw this.#refused(`it has ${receivers} receivers, not two ears`);
    }
    if (count < MIN_DIRECTIONS || count > MAX_DIRECTIONS) {
      throw this.#refused(`it has ${count} directions; ${MIN_DIRECTIONS} to ${MAX_DIRECTIONS} can be used`);
    }
    if (taps < MIN_TAPS || taps > MAX_TAPS) {
      throw this.#refused(`its responses have ${taps} taps; ${MIN_TAPS} to ${MAX_TAPS} can be used`);
    }
    const sampleRateHz = this.#sampleRate();
    const { directions, distanceM } = this.#directions(count);
    const delays = this.#delays(count, sampleRateHz);
    const filters = Float32Array.from(ir.values);
    this.#leftFirst(directions, filters, delays, taps);
    return {
      name: this.#name(),
      license: this.#text('License') ?? 'not stated',
      citation: this.#text('References') ?? this.#text('AuthorContact') ?? '',
      convention,
      sampleRateHz,
      count,
      taps,
      directions,
      filters,
      delays,
      distanceM,
      remarks: this.remarks,
    };
  }

  /**
   * @param {string} reason
   * @param {string} [mend]
   */
  #refused(reason, mend = 'use another file') {
    return new HeadError(this.file, reason, mend);
  }

  /**
   * @param {string} name
   * @returns {string | undefined} an attribute of the file; undefined if it is missing or empty
   */
  #text(name) {
    const value = this.hdf.attrs[name]?.value;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  #name() {
    const words = [this.#text('DatabaseName'), this.#text('ListenerShortName')].filter(Boolean);
    return words.length > 0 ? words.join(' ') : this.#text('Title') ?? 'not stated';
  }

  /** @returns {string} */
  #convention() {
    const convention = this.#text('SOFAConventions');
    if (convention === undefined) {
      throw this.#refused('an HDF5 file without SOFAConventions, so not a SOFA file', 'name a .sofa file');
    }
    const dataType = this.#text('DataType') ?? 'FIR';
    if (dataType !== 'FIR') {
      throw this.#refused(`its data are of type ${dataType}, not impulse responses (FIR)`,
        `export it as ${CONVENTIONS[0]}`);
    }
    if (!CONVENTIONS.includes(convention)) {
      throw this.#refused(`its convention is ${convention}`, OTHER_CONVENTION);
    }
    const room = this.#text('RoomType');
    if (room !== undefined && room.toLowerCase() !== 'free field') {
      this.remarks.push(`measured in a room (${room}), not in the free field`);
    }
    return convention;
  }

  /**
   * @param {string} name
   * @param {number} dimensions
   * @returns {HdfArray}
   */
  #array(name, dimensions) {
    const array = this.#optional(name);
    if (array === undefined) {
      throw this.#refused(`it has no ${name}`);
    }
    if (array.shape.length !== dimensions) {
      throw this.#refused(`its ${name} has the shape ${array.shape.join(' x ')}; ${dimensions} dimensions are needed`);
    }
    return array;
  }

  /**
   * @param {string} name
   * @returns {HdfArray | undefined} undefined if it is missing
   */
  #optional(name) {
    if (!this.hdf.keys().includes(name)) {
      return undefined;
    }
    const set = /** @type {import('h5wasm').Dataset} */ (this.hdf.get(name));
    const { shape } = set;
    const samples = shape?.reduce((product, n) => product * n, 1) ?? 0;
    if (!Array.isArray(shape) || samples === 0) {
      throw this.#refused(`its ${name} is empty`);
    }
    if (samples > MAX_SAMPLES) {
      throw this.#refused(`its ${name} has the shape ${shape.join(' x ')}, which is too large`);
    }
    const { value } = set;
    if (!ArrayBuffer.isView(value) || value instanceof DataView || value.byteLength === 0) {
      throw this.#refused(`its ${name} does not hold numbers`);
    }
    const values = Float64Array.from(/** @type {ArrayLike<number>} */ (/** @type {unknown} */ (value)), Number);
    const bad = values.findIndex((x) => !(Math.abs(x) <= MAX_VALUE));
    if (values.length !== samples || bad >= 0) {
      throw this.#refused(bad >= 0 ? `its ${name} holds ${values[bad]} at place ${bad}` : `its ${name} is cut off`);
    }
    return { values, shape };
  }

  /** @returns {number} */
  #sampleRate() {
    const { values } = this.#optional('Data.SamplingRate') ?? { values: new Float64Array() };
    if (values.length === 0 || values.some((rate) => rate !== values[0])) {
      throw this.#refused(values.length === 0 ? 'it has no Data.SamplingRate' : 'its responses have several rates');
    }
    if (values[0] < MIN_RATE_HZ || values[0] > MAX_RATE_HZ) {
      throw this.#refused(`its rate is ${values[0]} Hz; ${MIN_RATE_HZ} to ${MAX_RATE_HZ} can be used`);
    }
    return values[0];
  }

  /**
   * @param {string} name
   * @param {string} attribute
   * @returns {string}
   */
  #unit(name, attribute) {
    const set = /** @type {import('h5wasm').Dataset} */ (this.hdf.get(name));
    const value = set.attrs[attribute]?.value;
    return typeof value === 'string' ? value.toLowerCase() : '';
  }

  /**
   * Places or axes in the file's cartesian frame: x ahead, y left, z up.
   *
   * @param {string} name
   * @param {number} count of measurements; the file may give one vector for all
   * @param {number[] | undefined} fallback
   * @returns {(i: number) => number[]} the vector of a measurement
   */
  #vectors(name, count, fallback) {
    const array = this.#optional(name);
    if (array === undefined && fallback !== undefined) {
      return () => fallback;
    }
    const [rows, columns] = array?.shape ?? [];
    if (array === undefined || columns !== 3 || (rows !== 1 && rows !== count)) {
      throw this.#refused(array === undefined ? `it has no ${name}` :
        `its ${name} has the shape ${array.shape.join(' x ')}, and there are ${count} measurements`);
    }
    const spherical = this.#unit(name, 'Type') === 'spherical';
    const unit = this.#unit(name, 'Units').startsWith('radian') ? 1 : Math.PI / 180;
    return (i) => {
      const at = rows === 1 ? 0 : i * 3;
      const [a, b, c] = array.values.subarray(at, at + 3);
      if (!spherical) {
        return [a, b, c];
      }
      const flat = c * Math.cos(b * unit);
      return [flat * Math.cos(a * unit), flat * Math.sin(a * unit), c * Math.sin(b * unit)];
    };
  }

  /**
   * @param {number} count
   * @returns {{ directions: Float32Array, distanceM: number }}
   */
  #directions(count) {
    const source = this.#vectors('SourcePosition', count, undefined);
    const listener = this.#vectors('ListenerPosition', count, [0, 0, 0]);
    const view = this.#vectors('ListenerView', count, [1, 0, 0]);
    const up = this.#vectors('ListenerUp', count, [0, 0, 1]);
    const directions = new Float32Array(count * 3);
    let distanceM = 0;
    for (let i = 0; i < count; i++) {
      const ahead = unitVector(view(i));
      const above = up(i);
      const left = unitVector([
        above[1] * ahead[2] - above[2] * ahead[1],
        above[2] * ahead[0] - above[0] * ahead[2],
        above[0] * ahead[1] - above[1] * ahead[0],
      ]);
      const top = [
        ahead[1] * left[2] - ahead[2] * left[1],
        ahead[2] * left[0] - ahead[0] * left[2],
        ahead[0] * left[1] - ahead[1] * left[0],
      ];
      const from = listener(i);
      const away = source(i).map((x, k) => x - from[k]);
      const seen = unitVector(away);
      distanceM += Math.hypot(...away) / count;
      directions[i * 3] = -dot(seen, left);
      directions[i * 3 + 1] = dot(seen, top);
      directions[i * 3 + 2] = -dot(seen, ahead);
      if (!Number.isFinite(directions[i * 3] + directions[i * 3 + 1] + directions[i * 3 + 2])) {
        throw this.#refused(`measurement ${i} has no direction: its source is where its listener is, ` +
          'or its view and up are parallel');
      }
    }
    return { directions, distanceM };
  }

  /**
   * @param {number} count
   * @param {number} sampleRateHz
   * @returns {Float32Array} [count][2]
   */
  #delays(count, sampleRateHz) {
    const array = this.#optional('Data.Delay');
    const delays = new Float32Array(count * 2);
    if (array === undefined) {
      return delays;
    }
    const rows = array.values.length / 2;
    if (array.shape[1] !== 2 || (rows !== 1 && rows !== count)) {
      throw this.#refused(`its Data.Delay has the shape ${array.shape.join(' x ')}, ` +
        `and there are ${count} measurements`);
    }
    for (let i = 0; i < delays.length; i++) {
      delays[i] = array.values[rows === 1 ? i % 2 : i];
      if (delays[i] < 0 || delays[i] > MAX_DELAY_S * sampleRateHz) {
        throw this.#refused(`its Data.Delay holds ${delays[i]} samples; ` +
          `0 to ${MAX_DELAY_S * sampleRateHz} can be believed`);
      }
    }
    return delays;
  }

  /**
   * Swaps the receivers where the first one is the right ear.
   *
   * @param {Float32Array} directions
   * @param {Float32Array} filters
   * @param {Float32Array} delays
   * @param {number} taps
   */
  #leftFirst(directions, filters, delays, taps) {
    const count = delays.length / 2;
    let leftness = 0;
    for (let i = 0; i < count; i++) {
      const first = energy(filters.subarray(i * 2 * taps, (i * 2 + 1) * taps));
      const second = energy(filters.subarray((i * 2 + 1) * taps, (i + 1) * 2 * taps));
      if (first + second > 0) {
        leftness += -directions[i * 3] * (first - second) / (first + second);
      }
    }
    if (leftness >= 0) {
      return;
    }
    this.remarks.push('its first receiver is the right ear, by the sound; swapped');
    for (let i = 0; i < count; i++) {
      const [first, second] = [i * 2 * taps, (i * 2 + 1) * taps];
      const kept = filters.slice(first, second);
      filters.copyWithin(first, second, second + taps);
      filters.set(kept, second);
      [delays[i * 2], delays[i * 2 + 1]] = [delays[i * 2 + 1], delays[i * 2]];
    }
  }
}

/** @param {readonly number[]} v */
function unitVector(v) {
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** @param {Float32Array} x */
function energy(x) {
  let sum = 0;
  for (const sample of x) {
    sum += sample * sample;
  }
  return sum;
}
