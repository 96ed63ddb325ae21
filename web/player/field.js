// SPDX-License-Identifier: MIT
/**
 * Ambisonic sound in a player: its way to the engine and to the plain mix, and how loud it is from where.
 *
 * Space    channels 0 to 3 are W, Y (left), Z (up) and X (ahead). The plain mix is two cardioids that look left and
 *          right in the field itself: (W + Y) / 2 and (W - Y) / 2. Loudness by direction is that of cardioids in the
 *          plane of the ears of the room.
 */
import { inverse, rotate } from './space.js';

/** @typedef {import('./space.js').Quaternion} Quaternion */

/** Frames of which a picture shows the loudness. */
const GLIMPSE = 2048;

/** The quietest that a picture shows, dB. */
const FLOOR_DB = -36;

/** W, Y, Z, X. */
const TAPS = 4;

export class Field {
  #taps;
  #gain;
  #glimpses = Array.from({ length: TAPS }, () => new Float32Array(GLIMPSE));
  /** How any two taps go together: the mean of their product. */
  #together = new Float64Array(TAPS * TAPS);

  /**
   * @param {import('../soundfield.js').PinnaSoundfield} sound
   * @param {AudioNode} input
   * @param {AnalyserNode[]} taps
   * @param {number} gain
   */
  constructor(sound, input, taps, gain) {
    this.sound = sound;
    /** Where the file's channels go in. */
    this.input = input;
    this.#taps = taps;
    this.#gain = gain;
  }

  /**
   * @param {import('./rig.js').Rig} rig
   * @param {{ channels: number, order: number, gain?: number, headLocked?: boolean, plain?: AudioNode }} options
   *   channels: of the file; order: of what is heard of it; plain: where the plain mix goes, the rig's
   * @returns {Promise<Field>}
   */
  static async open({ context, pinna, plain: rigPlain }, options) {
    const { channels, order, gain = 1, headLocked = false, plain = rigPlain } = options;
    const discrete = /** @type {const} */ ({ channelCountMode: 'explicit', channelInterpretation: 'discrete' });
    const sound = await pinna.createSoundfield({ order: /** @type {1 | 2 | 3} */ (order), gain, headLocked });
    const all = new GainNode(context, { channelCount: channels, ...discrete });
    const some = new GainNode(context, { channelCount: (order + 1) ** 2, ...discrete });
    all.connect(some).connect(sound.input);
    const split = new ChannelSplitterNode(context, { numberOfOutputs: TAPS });
    const merge = new ChannelMergerNode(context, { numberOfInputs: 2 });
    all.connect(split);
    [1, -1].forEach((sign, ear) => {
      [[0, 0.5 * gain], [1, 0.5 * gain * sign]].forEach(([channel, amount]) => {
        const part = new GainNode(context, { gain: amount });
        split.connect(part, channel);
        part.connect(merge, 0, ear);
      });
    });
    merge.connect(plain);
    // Some browsers render only what leads to the destination.
    const nothing = new GainNode(context, { gain: 0 });
    nothing.connect(plain);
    const taps = Array.from({ length: TAPS }, (_, channel) => {
      const tap = new AnalyserNode(context, { fftSize: GLIMPSE });
      split.connect(tap, channel);
      tap.connect(nothing);
      return tap;
    });
    return new Field(sound, all, taps, gain);
  }

  /**
   * Adds its power by direction.
   *
   * @param {Float32Array} out  directions of the room, clockwise from ahead at even steps
   * @param {Quaternion} turned  as the field is in the room
   */
  addPower(out, turned) {
    const together = this.#together;
    this.#taps.forEach((tap, i) => tap.getFloatTimeDomainData(this.#glimpses[i]));
    for (let i = 0; i < TAPS; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [this.#glimpses[i], this.#glimpses[j]];
        let sum = 0;
        for (let n = 0; n < GLIMPSE; n++) {
          sum += a[n] * b[n];
        }
        together[i * TAPS + j] = together[j * TAPS + i] = sum / GLIMPSE;
      }
    }
    const back = inverse(turned);
    for (let d = 0; d < out.length; d++) {
      const angle = 2 * Math.PI * d / out.length;
      const [right, up, behind] = rotate(back, [Math.sin(angle), 0, -Math.cos(angle)]);
      const cardioid = [1, -right, up, -behind];
      let power = 0;
      for (let i = 0; i < TAPS; i++) {
        for (let j = 0; j < TAPS; j++) {
          power += cardioid[i] * cardioid[j] * together[i * TAPS + j];
        }
      }
      out[d] += this.#gain * this.#gain * power / 4;
    }
  }
}

/** From powers to what a picture shows. @param {Float32Array} out  is changed: 0 to 1 */
export function powersAsGlow(out) {
  for (let d = 0; d < out.length; d++) {
    out[d] = Math.max(0, Math.min(1, 1 - 10 * Math.log10(out[d] + 1e-12) / FLOOR_DB));
  }
}
