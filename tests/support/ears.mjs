// SPDX-License-Identifier: MIT
/**
 * What two ears tell about a direction, from samples or from a baked head's own responses: the differences of time and
 * level. In double precision and independent of the engine.
 */
import fs from 'node:fs';

const HEAD = new URL('../../models/kemar/kemar.safetensors', import.meta.url);

/** Half the length of the interpolating sinc, samples. */
const SINC_HALF = 32;

/** Low-pass for the time difference: the ears use it below some 1.5 kHz, and there it has one peak. */
const LOWPASS_HZ = 1500;
const LOWPASS_HALF = 64;

/** @param {number} x */
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** @param {number} x  -1 to 1 */
const hann = (x) => 0.5 + 0.5 * Math.cos(Math.PI * x);

/** The baked head (models/FORMAT.md), read without the engine. */
export function readHead() {
  const bytes = fs.readFileSync(HEAD);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
  /** @param {string} name */
  const tensor = (name) => {
    const [from, to] = header[name].data_offsets;
    const copy = bytes.buffer.slice(bytes.byteOffset + 8 + headerBytes + from, bytes.byteOffset + 8 + headerBytes + to);
    return header[name].dtype === 'I16' ? new Int16Array(copy) : new Float32Array(copy);
  };
  return {
    sampleRate: Number(header.__metadata__.sample_rate_hz),
    taps: /** @type {number} */ (header.filters.shape[2]),
    directions: tensor('directions'),
    filters: tensor('filters'),
    scales: tensor('scales'),
    delays: tensor('delays'),
  };
}

/**
 * The responses of both ears at the node that lies nearest to a direction.
 *
 * @param {ReturnType<typeof readHead>} head
 * @param {number[]} direction  unit vector, head space
 */
export function responses(head, direction) {
  let best = 0;
  let cosine = -2;
  for (let n = 0; n * 3 < head.directions.length; n++) {
    const c = direction.reduce((sum, x, i) => sum + x * head.directions[n * 3 + i], 0);
    if (c > cosine) {
      cosine = c;
      best = n;
    }
  }
  return {
    offRad: Math.acos(Math.min(1, cosine)),
    ears: [0, 1].map((ear) => {
      const delay = head.delays[best * 2 + ear];
      const scale = head.scales[best * 2 + ear];
      const out = new Float64Array(head.taps + Math.ceil(delay) + 2 * SINC_HALF);
      for (let k = 0; k < head.taps; k++) {
        const tap = head.filters[(best * 2 + ear) * head.taps + k] * scale;
        const at = SINC_HALF + k + delay;
        for (let n = Math.ceil(at - SINC_HALF); n < at + SINC_HALF && n < out.length; n++) {
          out[n] += tap * sinc(n - at) * hann((n - at) / SINC_HALF);
        }
      }
      return out;
    }),
  };
}

/** @param {ArrayLike<number>} x @param {number} sampleRate */
function lowpass(x, sampleRate) {
  const fc = 2 * LOWPASS_HZ / sampleRate;
  const out = new Float64Array(x.length);
  for (let n = 0; n < x.length; n++) {
    let sum = 0;
    for (let k = -LOWPASS_HALF; k <= LOWPASS_HALF; k++) {
      const at = n - k;
      if (at >= 0 && at < x.length) {
        sum += x[at] * fc * sinc(fc * k) * hann(k / (LOWPASS_HALF + 1));
      }
    }
    out[n] = sum;
  }
  return out;
}

/** @param {ArrayLike<number>} x */
const energy = (x) => Array.prototype.reduce.call(x, (/** @type {any} */ sum, v) => sum + v * v, 0);

/**
 * Differences between the ears of a broadband sound.
 *
 * @param {ArrayLike<number>} left
 * @param {ArrayLike<number>} right
 * @param {number} sampleRate
 * @returns {{ itdUs: number, ildDb: number }} positive: the right ear hears it earlier, and louder
 */
export function cues(left, right, sampleRate) {
  const l = lowpass(left, sampleRate);
  const r = lowpass(right, sampleRate);
  const span = Math.ceil(0.001 * sampleRate);
  const reach = span + SINC_HALF;
  const correlation = new Float64Array(2 * reach + 1);
  for (let lag = -reach; lag <= reach; lag++) {
    let sum = 0;
    for (let n = Math.max(0, -lag); n < Math.min(r.length, l.length - lag); n++) {
      sum += r[n] * l[n + lag];
    }
    correlation[lag + reach] = sum;
  }
  const at = (/** @type {number} */ lag) => {
    let sum = 0;
    for (let k = Math.ceil(lag - SINC_HALF); k < lag + SINC_HALF; k++) {
      sum += (correlation[k + reach] ?? 0) * sinc(lag - k) * hann((lag - k) / SINC_HALF);
    }
    return sum;
  };
  let peak = -span;
  for (let lag = -span; lag <= span; lag++) {
    if (correlation[lag + reach] > correlation[peak + reach]) {
      peak = lag;
    }
  }
  let best = peak;
  for (let lag = peak - 1; lag <= peak + 1; lag += 0.01) {
    if (at(lag) > at(best)) {
      best = lag;
    }
  }
  return {
    itdUs: best / sampleRate * 1e6,
    ildDb: 10 * Math.log10(/** @type {any} */ (energy(right)) / /** @type {any} */ (energy(left))),
  };
}
