// SPDX-License-Identifier: MIT
/** A scene file as a programme: its sources on their ways, and the listener on theirs. */
import { Trajectory } from '../scene/trajectory.js';
import { SceneError, parseScene } from '../scene/scene-file.js';
import { longestDopplerPath } from '../scene/scene-player.js';
import { distanceGain } from './distance.js';
import { PlayerError } from './error.js';
import { smooth } from './smooth.js';
import { makeVoice } from './stage.js';
import { playBuffer } from './take.js';
import { COLOURS } from './view.js';

/** @typedef {import('./programme.js').Programme} Programme */
/** @typedef {import('./space.js').Vector} Vector */
/** @typedef {import('./space.js').Quaternion} Quaternion */
/** @typedef {import('../scene/scene-file.js').Scene} Scene */

/** Corners of a drawn way. */
const CORNERS = 120;

/** What the view shows beyond the farthest source. */
const MARGIN = 1.15;

/** At most; a source that is further waits at the edge. */
const MOST_REACH_M = 12;

/** The renderers of scene files that play live; others are for the command line, and the default stands in. */
const LIVE = ['hrtf', 'linn', 'linn-dense', 'linn-fir'];

/** Engines take so many metres of Doppler at least. */
const LEAST_DOPPLER_M = 1;

/**
 * @param {string} text  of the file
 * @param {URL} url      of the file; what it names is relative to it
 * @param {{ signal: AbortSignal, onProgress: (done: number) => void,
 *   load: (url: URL, options: { signal: AbortSignal }) => Promise<AudioBuffer> }} options
 * @returns {Promise<Programme>}
 * @throws {PlayerError}
 */
export async function sceneProgramme(text, url, { signal, onProgress, load }) {
  const scene = parse(text, url);
  // A file that several sources play is loaded once.
  /** @type {Map<string, Promise<AudioBuffer>>} */
  const files = new Map();
  let loaded = 0;
  const buffers = await Promise.all(scene.sources.map(async ({ audio }) => {
    const { href } = new URL(audio, url);
    if (!files.has(href)) {
      files.set(href, load(new URL(href), { signal }).then((buffer) => {
        loaded += 1;
        onProgress(loaded / new Set(scene.sources.map((source) => source.audio)).size);
        return buffer;
      }));
    }
    return /** @type {Promise<AudioBuffer>} */ (files.get(href));
  }));
  return build(scene, buffers, url);
}

/** @param {string} text @param {URL} url @returns {Scene} */
function parse(text, url) {
  try {
    return parseScene(text);
  } catch (error) {
    if (error instanceof SceneError) {
      const name = url.pathname.split('/').pop();
      throw new PlayerError('scene', `the scene ${name} cannot be used: ${error.message}`, error);
    }
    throw error;
  }
}

/** @param {Scene} scene @param {AudioBuffer[]} buffers @param {URL} url @returns {Programme} */
function build(scene, buffers, url) {
  const { durationS } = scene;
  const listener = new Trajectory(scene.listener.poses);
  const paths = scene.sources.map((source) => new Trajectory(source.poses));
  const voices = scene.sources.map((source, i) => makeVoice(i, {
    name: source.id, homePlace: vector(paths[i].position), headLocked: source.headLocked, way: way(paths[i], durationS),
  }, COLOURS));
  const jumps = new Uint32Array(paths.length + 1);
  let fresh = true;

  /** @type {import('../source.js').PinnaSource[]} */
  let sources = [];
  /** @type {GainNode[]} */
  let inputs = [];
  /** @type {GainNode[]} */
  let plain = [];

  return {
    kind: 'scene',
    words: `Scene, ${scene.sources.length} source${scene.sources.length === 1 ? '' : 's'}`,
    durationS,
    voices,
    reachM: reach(scene, paths, listener),
    layers: scene.sources.map(({ startS, loop, gain }, i) => ({
      channels: Array.from({ length: buffers[i].numberOfChannels }, (_, c) => buffers[i].getChannelData(c)),
      sampleRateHz: buffers[i].sampleRate, startS, loop, gain,
    })),
    engine: {
      maxSources: scene.sources.length,
      gain: scene.gain,
      limiter: scene.limiter,
      dopplerMaxDistance: Math.max(LEAST_DOPPLER_M, longestDopplerPath(scene)),
      ...(LIVE.includes(scene.renderer)
        ? { renderer: /** @type {import('../renderers.js').RendererName} */ (scene.renderer) } : {}),
      ...(scene.hrtf === 'default' ? {} : { hrtf: new URL(scene.hrtf, url).href }),
    },

    async connect(rig) {
      const { context, pinna } = rig;
      const total = new GainNode(context, { gain: scene.gain });
      total.connect(rig.plain);
      sources = scene.sources.map((source, i) => pinna.createSource({
        position: voices[i].place,
        gain: source.gain,
        headLocked: source.headLocked,
        doppler: source.doppler,
        nearField: source.nearField,
        air: source.air,
        directivity: source.directivity,
        directivityPower: source.directivityPower,
        radius: source.radius,
        tier: source.tier,
        distanceModel: source.distance.model,
        refDistance: source.distance.refDistance,
        maxDistance: source.distance.maxDistance,
        rolloffFactor: source.distance.rolloffFactor,
        coneInnerAngle: source.cone.innerAngle,
        coneOuterAngle: source.cone.outerAngle,
        coneOuterGain: source.cone.outerGain,
      }));
      // What the engine takes is the mean of the channels, as on the command line.
      inputs = sources.map(() => new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' }));
      plain = sources.map(() => new GainNode(context));
      inputs.forEach((input, i) => {
        input.connect(sources[i].input);
        input.connect(plain[i]).connect(total);
      });
    },

    start(when, offsetS) {
      const takes = scene.sources.flatMap(({ startS, loop }, i) => {
        const buffer = buffers[i];
        const into = offsetS - startS;
        if (!loop && into >= buffer.duration) {
          return [];
        }
        const times = {
          when: when + Math.max(0, -into),
          offsetS: loop ? Math.max(0, into) % buffer.duration : Math.max(0, into),
          loop,
          endS: when + durationS - offsetS,
        };
        return startS < durationS ? [playBuffer(buffer, inputs[i], times)] : [];
      });
      return { stop: (at) => takes.forEach((take) => take.stop(at)), loop: () => false };
    },

    at(atS, stage, jump) {
      listener.at(atS);
      stage.origin = vector(listener.position);
      const [x, y, z, w] = listener.orientation;
      stage.facing = [x, y, z, w];
      voices.forEach((voice, i) => {
        paths[i].at(atS);
        voice.homePlace = vector(paths[i].position);
        if (!voice.moved) {
          voice.place = voice.homePlace;
        }
        if (sources.length > 0) {
          sources[i].setOrientation(paths[i].orientation);
          sources[i].occlusion = paths[i].occlusion;
        }
      });
      if (sources.length > 0) {
        const leap = jump || fresh;
        fresh = false;
        voices.forEach((voice, i) => {
          if (!voice.moved && (leap || jumps[i + 1] !== paths[i].jumps)) {
            sources[i].teleport(voice.place);
          }
        });
      }
      paths.forEach((path, i) => {
        jumps[i + 1] = path.jumps;
      });
      return true;
    },

    place(stage) {
      voices.forEach((voice, i) => {
        const { gain, distance } = scene.sources[i];
        const level = voice.muted ? 0 : gain;
        sources[i].gain = level;
        sources[i].setPosition(voice.place);
        smooth(plain[i], level * distanceGain(distance, Math.hypot(...stage.headPlace(voice))));
      });
    },
  };
}

/** @param {ArrayLike<number>} xyz @returns {Vector} */
function vector(xyz) {
  return [xyz[0], xyz[1], xyz[2]];
}

/** The way of one that moves, in its own frame. @param {Trajectory} path @param {number} durationS */
function way(path, durationS) {
  if (path.poses.length < 2) {
    return null;
  }
  const corners = Array.from({ length: CORNERS + 1 }, (_, i) => {
    path.at(durationS * i / CORNERS);
    return vector(path.position);
  });
  path.at(0);
  return corners;
}

/**
 * How far sources get from the listener.
 *
 * @param {Scene} scene
 * @param {Trajectory[]} paths
 * @param {Trajectory} listener
 */
function reach(scene, paths, listener) {
  let farthest = 1;
  for (let i = 0; i <= CORNERS; i++) {
    const t = scene.durationS * i / CORNERS;
    listener.at(t);
    paths.forEach((path, k) => {
      path.at(t);
      const from = scene.sources[k].headLocked ? [0, 0, 0] : listener.position;
      farthest = Math.max(farthest, Math.hypot(path.position[0] - from[0], path.position[2] - from[2]));
    });
  }
  listener.at(0);
  paths.forEach((path) => path.at(0));
  return Math.min(MOST_REACH_M, Math.ceil(2 * MARGIN * farthest) / 2);
}
