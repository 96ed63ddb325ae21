// SPDX-License-Identifier: MIT
/** A scene file as a programme: its sources on their ways, the soundfields around, and the listener on theirs. */
import { Trajectory } from '../scene/trajectory.js';
import { SceneError, parseScene } from '../scene/scene-file.js';
import { longestDopplerPath } from '../scene/scene-player.js';
import { MAX_SOUNDFIELDS } from '../shared/protocol.js';
import { distanceGain } from './distance.js';
import { PlayerError } from './error.js';
import { Field, powersAsGlow } from './field.js';
import { COLOURS } from './picture.js';
import { smooth } from './smooth.js';
import { multiply } from './space.js';
import { makeVoice } from './stage.js';
import { playBuffer } from './take.js';

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
  const wanted = [...scene.sources, ...scene.soundfields].map(({ audio }) => new URL(audio, url).href);
  // A file that several of them play is loaded once.
  /** @type {Map<string, Promise<AudioBuffer>>} */
  const files = new Map();
  let loaded = 0;
  for (const href of new Set(wanted)) {
    files.set(href, load(new URL(href), { signal }).then((buffer) => {
      loaded += 1;
      onProgress(loaded / files.size);
      return buffer;
    }));
  }
  const buffers = await Promise.all(wanted.map((href) => /** @type {Promise<AudioBuffer>} */ (files.get(href))));
  return build(scene, buffers, url);
}

/** @param {string} text @param {URL} url @returns {Scene} */
function parse(text, url) {
  const cannot = `the scene ${url.pathname.split('/').pop()} cannot be used`;
  try {
    const scene = parseScene(text);
    if (scene.soundfields.length > MAX_SOUNDFIELDS) {
      throw new PlayerError('scene', `${cannot}: it has ${scene.soundfields.length} soundfields, and pages play ` +
        `${MAX_SOUNDFIELDS}: mix several into one`);
    }
    return scene;
  } catch (error) {
    throw error instanceof SceneError ? new PlayerError('scene', `${cannot}: ${error.message}`, error) : error;
  }
}

/**
 * The order of which a soundfield is heard.
 *
 * @param {import('../scene/scene-file.js').SceneSoundfield} field
 * @param {AudioBuffer} buffer
 */
function orderOf({ id, audio, order }, { numberOfChannels }) {
  const most = [4, 9, 16].indexOf(numberOfChannels) + 1;
  const has = `the file ${audio} of "${id}" has ${numberOfChannels} channel${numberOfChannels === 1 ? '' : 's'}`;
  if (most === 0) {
    throw new PlayerError('channels', `${has}, and a soundfield of order 1, 2 or 3 has 4, 9 or 16 (ACN, SN3D): check ` +
      'the file, or make it one of the scene\'s sources');
  }
  if (order > most) {
    throw new PlayerError('order', `${has}, which is ambisonic order ${most}, and "order": ${order} was asked for: ` +
      'leave it out');
  }
  return order || most;
}

/**
 * @param {Scene} scene
 * @param {AudioBuffer[]} buffers  of its sources, then of its soundfields
 * @param {URL} url
 * @returns {Programme}
 */
function build(scene, buffers, url) {
  const { durationS } = scene;
  const sounds = [...scene.sources, ...scene.soundfields];
  const orders = scene.soundfields.map((field, i) => orderOf(field, buffers[scene.sources.length + i]));
  const listener = new Trajectory(scene.listener.poses);
  const paths = scene.sources.map((source) => new Trajectory(source.poses));
  const voices = scene.sources.map((source, i) => makeVoice(i, {
    name: source.id, homePlace: vector(paths[i].position), headLocked: source.headLocked, way: way(paths[i], durationS),
  }, COLOURS));
  const turns = scene.soundfields.map((field) => new Trajectory(field.poses));
  /** How the soundfields are turned in the room. @type {Quaternion[]} */
  const turned = turns.map(() => [0, 0, 0, 1]);
  const jumps = new Uint32Array(paths.length);
  /** What is not where it was a moment ago, nor on the way from there. */
  const leaps = paths.map(() => true);

  /** @type {import('../source.js').PinnaSource[]} */
  let sources = [];
  /** @type {GainNode[]} */
  let inputs = [];
  /** @type {GainNode[]} */
  let plain = [];
  /** @type {Field[]} */
  let fields = [];

  return {
    kind: 'scene',
    words: ['Scene', ...counted(scene.sources.length, 'source'), ...counted(turns.length, 'soundfield')].join(', '),
    durationS,
    voices,
    reachM: reach(scene, paths, listener),
    layers: sounds.map(({ startS, loop, gain }, i) => ({
      // Of a soundfield its W, which is all of it.
      channels: Array.from({ length: i < paths.length ? buffers[i].numberOfChannels : 1 }, (_, c) =>
        buffers[i].getChannelData(c)),
      sampleRateHz: buffers[i].sampleRate, startS, loop, gain,
    })),
    engine: {
      maxSources: Math.max(1, scene.sources.length),
      gain: scene.gain,
      limiter: scene.limiter,
      ...(scene.timbre === undefined ? {} : { timbre: scene.timbre }),
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
      fields = await Promise.all(scene.soundfields.map(({ gain, headLocked }, i) => Field.open(rig, {
        channels: buffers[paths.length + i].numberOfChannels, order: orders[i], gain, headLocked, plain: total,
      })));
    },

    start(when, offsetS) {
      const targets = [...inputs, ...fields.map(({ input }) => input)];
      const takes = sounds.flatMap(({ startS, loop }, i) => {
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
        return startS < durationS ? [playBuffer(buffer, targets[i], times)] : [];
      });
      return { stop: (at) => takes.forEach((take) => take.stop(at)), loop: () => false };
    },

    at(atS, stage, jump) {
      listener.at(atS);
      stage.origin = vector(listener.position);
      stage.facing = quaternion(listener.orientation);
      voices.forEach((voice, i) => {
        const path = paths[i];
        path.at(atS);
        voice.homePlace = vector(path.position);
        if (!voice.moved) {
          voice.place = voice.homePlace;
        }
        leaps[i] ||= !voice.moved && (jump || jumps[i] !== path.jumps);
        jumps[i] = path.jumps;
      });
      turns.forEach((path, i) => {
        path.at(atS);
        const own = quaternion(path.orientation);
        turned[i] = scene.soundfields[i].headLocked ? multiply(stage.head, own) : own;
      });
      return true;
    },

    place(stage) {
      voices.forEach((voice, i) => {
        const { gain, distance } = scene.sources[i];
        const level = voice.muted ? 0 : gain;
        const source = sources[i];
        source.setOrientation(paths[i].orientation);
        source.occlusion = paths[i].occlusion;
        source.gain = level;
        if (leaps[i]) {
          leaps[i] = false;
          source.teleport(voice.place);
        }
        source.setPosition(voice.place);
        smooth(plain[i], level * distanceGain(distance, Math.hypot(...stage.headPlace(voice))));
      });
      fields.forEach(({ sound }, i) => sound.setOrientation(turns[i].orientation));
    },

    ...(turns.length === 0 ? {} : {
      glow: (/** @type {Float32Array} */ out) => {
        fields.forEach((field, i) => field.addPower(out, turned[i]));
        powersAsGlow(out);
      },
    }),
  };
}

/** @param {number} count @param {string} what @returns {string[]} nothing where there are none */
function counted(count, what) {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];
}

/** @param {ArrayLike<number>} xyz @returns {Vector} */
function vector(xyz) {
  return [xyz[0], xyz[1], xyz[2]];
}

/** @param {ArrayLike<number>} xyzw @returns {Quaternion} */
function quaternion(xyzw) {
  return [xyzw[0], xyzw[1], xyzw[2], xyzw[3]];
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
