// SPDX-License-Identifier: MIT
/** An ambisonic file as a programme: a field of sound around the head, which stays as it is while the head turns. */
import { playBuffer } from './take.js';

/** @typedef {import('./programme.js').Programme} Programme */

const REACH_M = 2.5;

/** Frames of which the picture shows the loudness. */
const GLIMPSE = 2048;

/** The quietest that it shows, dB. */
const FLOOR_DB = -36;

/**
 * @param {AudioBuffer} buffer  of 4, 9 or 16 channels, ACN and SN3D
 * @param {number} order        1 to what it holds
 * @returns {Programme}
 *
 * Space    Channels 0 to 3 are W, Y (left), Z (up) and X (ahead). The plain mix is two cardioids that look left and
 *          right: (W + Y) / 2 and (W - Y) / 2. Loudness by direction is that of cardioids in the plane of the ears.
 */
export function soundfieldProgramme(buffer, order) {
  const used = (order + 1) ** 2;
  /** @type {AudioNode | null} */
  let input = null;
  /** @type {AnalyserNode[]} of W, Y and X */
  let taps = [];
  const glimpses = [0, 1, 2].map(() => new Float32Array(GLIMPSE));

  return {
    kind: 'ambisonic',
    words: `Ambisonic, order ${order}`,
    durationS: buffer.duration,
    voices: [],
    reachM: REACH_M,
    layers: [{
      channels: [buffer.getChannelData(0)], sampleRateHz: buffer.sampleRate, startS: 0, loop: false, gain: 1,
    }],
    engine: { maxSources: 1 },

    async connect({ context, pinna, plain }) {
      const channels = /** @type {const} */ ({ channelCountMode: 'explicit', channelInterpretation: 'discrete' });
      const field = await pinna.createSoundfield({ order: /** @type {1 | 2 | 3} */ (order) });
      const all = new GainNode(context, { channelCount: buffer.numberOfChannels, ...channels });
      const some = new GainNode(context, { channelCount: used, ...channels });
      all.connect(some).connect(field.input);
      const split = new ChannelSplitterNode(context, { numberOfOutputs: 4 });
      const merge = new ChannelMergerNode(context, { numberOfInputs: 2 });
      all.connect(split);
      [1, -1].forEach((sign, ear) => {
        [[0, 0.5], [1, 0.5 * sign]].forEach(([channel, gain]) => {
          const part = new GainNode(context, { gain });
          split.connect(part, channel);
          part.connect(merge, 0, ear);
        });
      });
      merge.connect(plain);
      // Some browsers render only what leads to the destination.
      const nothing = new GainNode(context, { gain: 0 });
      nothing.connect(plain);
      taps = [0, 1, 3].map((channel) => {
        const tap = new AnalyserNode(context, { fftSize: GLIMPSE });
        split.connect(tap, channel);
        tap.connect(nothing);
        return tap;
      });
      input = all;
    },

    start: (when, offsetS, loop) => playBuffer(buffer, /** @type {AudioNode} */ (input), { when, offsetS, loop }),

    place: () => {},

    at: () => false,

    glow(out) {
      taps.forEach((tap, i) => tap.getFloatTimeDomainData(glimpses[i]));
      const [w, y, x] = glimpses;
      let [ww, wy, wx, yy, xx, xy] = [0, 0, 0, 0, 0, 0];
      for (let i = 0; i < GLIMPSE; i++) {
        ww += w[i] * w[i];
        wy += w[i] * y[i];
        wx += w[i] * x[i];
        yy += y[i] * y[i];
        xx += x[i] * x[i];
        xy += x[i] * y[i];
      }
      for (let i = 0; i < out.length; i++) {
        const angle = 2 * Math.PI * i / out.length;
        // Clockwise from ahead: y, which is left, is negative at the right.
        const [c, s] = [Math.cos(angle), -Math.sin(angle)];
        const power = (ww + c * c * xx + s * s * yy + 2 * (c * wx + s * wy + c * s * xy)) / (4 * GLIMPSE);
        out[i] = Math.max(0, Math.min(1, 1 - 10 * Math.log10(power + 1e-12) / FLOOR_DB));
      }
    },
  };
}
