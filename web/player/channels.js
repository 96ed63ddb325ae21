// SPDX-License-Identifier: MIT
/** A mono or stereo file as a programme: one source ahead, or two loudspeakers. */
import { distanceGain } from './distance.js';
import { COLOURS } from './picture.js';
import { smooth } from './smooth.js';
import { fromAngles } from './space.js';
import { makeVoice } from './stage.js';
import { playBuffer } from './take.js';

/** @typedef {import('./programme.js').Programme} Programme */

/** How far loudspeakers stand, metres: there they are as loud as the file. */
const SPEAKERS_M = 1.5;

const REACH_M = 2.5;

const LAW = Object.freeze({ model: /** @type {const} */ ('inverse'), refDistance: SPEAKERS_M, maxDistance: 10000,
  rolloffFactor: 1 });

/**
 * @param {AudioBuffer} buffer  of one or two channels
 * @param {number} spreadDeg    of a stereo file's loudspeakers, either side of straight ahead
 * @returns {Programme}
 */
export function channelProgramme(buffer, spreadDeg) {
  const stereo = buffer.numberOfChannels === 2;
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  /** @param {number} degrees  clockwise */
  const at = (degrees) => fromAngles(degrees * Math.PI / 180, 0, SPEAKERS_M);
  const voices = stereo
    ? [{ name: 'Left', homePlace: at(-spreadDeg) }, { name: 'Right', homePlace: at(spreadDeg) }]
    : [{ name: 'Sound', homePlace: at(0) }];
  const stageVoices = voices.map((voice, i) => makeVoice(i, voice, COLOURS));

  /** @type {import('../source.js').PinnaSource[]} */
  let sources = [];
  /** @type {GainNode[]} */
  let plain = [];
  /** @type {AudioNode | null} */
  let input = null;

  return {
    kind: stereo ? 'stereo' : 'mono',
    words: stereo ? 'Stereo' : 'Mono',
    durationS: buffer.duration,
    voices: stageVoices,
    reachM: REACH_M,
    layers: [{ channels, sampleRateHz: buffer.sampleRate, startS: 0, loop: false, gain: 1 }],
    engine: { maxSources: stageVoices.length },

    async connect({ context, pinna, plain: plainMix }) {
      const split = new ChannelSplitterNode(context, { numberOfOutputs: stageVoices.length });
      const merge = new ChannelMergerNode(context, { numberOfInputs: 2 });
      sources = stageVoices.map((voice, i) => {
        const source = pinna.createSource({ position: voice.place, refDistance: LAW.refDistance, tier: 'exact' });
        split.connect(source.input, i);
        return source;
      });
      plain = stageVoices.map((_, i) => {
        const gain = new GainNode(context);
        split.connect(gain, i);
        if (stereo) {
          gain.connect(merge, 0, i);
        } else {
          gain.connect(plainMix);
        }
        return gain;
      });
      if (stereo) {
        merge.connect(plainMix);
      }
      input = split;
    },

    start: (when, offsetS, loop) => playBuffer(buffer, /** @type {AudioNode} */ (input), { when, offsetS, loop }),

    place(stage) {
      stageVoices.forEach((voice, i) => {
        const gain = voice.muted ? 0 : 1;
        sources[i].gain = gain;
        sources[i].setPosition(voice.place);
        smooth(plain[i], gain * distanceGain(LAW, Math.hypot(...stage.headPlace(voice))));
      });
    },

    at: () => false,

    /** @param {number} degrees */
    spread(degrees) {
      if (stereo) {
        [-degrees, degrees].forEach((angle, i) => {
          stageVoices[i].homePlace = at(angle);
          if (!stageVoices[i].moved) {
            stageVoices[i].place = at(angle);
          }
        });
      }
    },
  };
}
