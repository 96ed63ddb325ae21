// SPDX-License-Identifier: MIT
/** `pinna render --renderer exact`: a scene through the reference renderer. */

import { SCENE_SCHEMA } from '../scene/scene-schema.js';
import { engineSays, compileModule } from './engine.js';
import { CliError } from './errors.js';
import { EXACT_BLOCK_FRAMES, ExactHost } from './exact-host.js';
import { Progress } from './progress.js';

/** @typedef {import('../scene/scene-file.js').Scene} Scene */
/** @typedef {import('../scene/scene-file.js').ScenePose} ScenePose */

const SOUND_M_S = 343;
/** Work at a stretch before an interrupt is let in. */
const BREATH_MS = 50;

/**
 * All that a scene may say and this renderer obeys. `tier` is how the engine saves time, `renderer`, `hrtf` and
 * `durationS` are the caller's.
 */
const KNOWN = Object.freeze({
  scene: ['$schema', 'pinna', 'sampleRate', 'durationS', 'renderer', 'hrtf', 'gain', 'limiter', 'timbre', 'listener',
    'sources'],
  source: ['id', 'audio', 'startS', 'loop', 'gain', 'headLocked', 'doppler', 'nearField', 'air', 'occlusion',
    'directivity', 'directivityPower', 'tier', 'poses', 'distance', 'cone'],
});

/** Why it does not know something, where that is not plain. @type {Record<string, string | undefined>} */
const REASONS = { radius: ' because its sources are points' };

/** @typedef {import('../scene/schema-check.js').Schema} Schema */

/**
 * What others than this renderer obey may be there, as long as it says nothing.
 *
 * @param {object} thing
 * @param {readonly string[]} known
 * @param {Schema | undefined} schema  of the thing
 * @param {string} where
 */
function refuseUnknown(thing, known, schema, where) {
  for (const [key, value] of Object.entries(thing)) {
    const silent = value === undefined || JSON.stringify(value) === JSON.stringify(schema?.properties?.[key]?.default);
    if (!known.includes(key) && !silent) {
      throw new CliError(`${where}${key} is ${JSON.stringify(value)}, and the renderer exact knows no ${key}` +
        `${REASONS[key] ?? ''}`,
        'leave it out, or use --renderer hrtf');
    }
  }
}

/**
 * @param {readonly ScenePose[]} poses
 * @param {string} where
 */
function refuseSupersonic(poses, where) {
  for (let i = 1; i < poses.length; i++) {
    const [a, b] = [poses[i - 1], poses[i]];
    const way = Math.hypot(...b.position.map((x, axis) => x - a.position[axis]));
    if (b.t > a.t && way >= SOUND_M_S * (b.t - a.t)) {
      const speed = (way / (b.t - a.t)).toFixed(0);
      throw new CliError(`${where} moves at ${speed} m/s from ${a.t} s to ${b.t} s, and sound at ${SOUND_M_S} m/s`,
        'with doppler it must stay slower: slow it down, make it a jump, or leave doppler off');
    }
  }
}

/**
 * @param {Scene} scene
 * @param {string} name of it, for messages
 * @throws {CliError} what in it cannot be rendered
 */
export function checkForExact(scene, name) {
  refuseUnknown(scene, KNOWN.scene, SCENE_SCHEMA, `${name}: `);
  if (scene.timbre === 'natural') {
    throw new CliError(`${name}: timbre is "natural", and the renderer exact is there to measure`,
      'say "measured", or use --renderer hrtf');
  }
  scene.sources.forEach((source, i) => {
    refuseUnknown(source, KNOWN.source, SCENE_SCHEMA.properties?.sources.items, `${name}: sources[${i}].`);
    if (source.doppler) {
      refuseSupersonic(source.poses, `${name}: sources[${i}]`);
    }
  });
  if (scene.sources.some(({ doppler, headLocked }) => doppler && !headLocked)) {
    refuseSupersonic(scene.listener.poses, `${name}: the listener`);
  }
}

/** @param {number} ms @returns {string} */
function timeLeft(ms) {
  const s = Math.ceil(ms / 1000);
  return s < 60 ? `${s} s left` : `${Math.floor(s / 60)} min ${s % 60} s left`;
}

/**
 * @param {object} task
 * @param {Scene} task.scene checked
 * @param {string} task.name of it, for messages
 * @param {string} task.headName likewise
 * @param {Uint8Array} task.headBlob
 * @param {import('./exact-host.js').ExactClip[]} task.clips
 * @param {number[]} task.clipOf each source
 * @param {number} task.frames
 * @param {(left: Float64Array, right: Float64Array, frames: number) => void} task.keep
 * @returns {Promise<number>} milliseconds that it took
 */
export async function renderExact({ scene, name, headName, headBlob, clips, clipOf, frames, keep }) {
  const module = await compileModule('pinna-exact.wasm');
  if (module === undefined) {
    throw new CliError('pinna-exact.wasm is refused by this host', 'use a Node with WebAssembly SIMD: 20 or newer');
  }
  const host = new ExactHost(module);
  engineSays(headName, () => host.setHead(headBlob, scene.sampleRate));
  engineSays(name, () => host.open(scene, clips, clipOf));
  const progress = new Progress('rendering');
  const startMs = performance.now();
  let breathMs = startMs;
  const breathe = async (/** @type {number} */ done) => {
    const nowMs = performance.now();
    if (nowMs - breathMs < BREATH_MS) {
      return;
    }
    const spentMs = nowMs - startMs;
    const left = done > 0 ? `, ${timeLeft(spentMs * (frames / done - 1))}` : '';
    progress.update(done / frames, `, ${(done / scene.sampleRate / spentMs * 1000).toPrecision(2)}x real time${left}`);
    await new Promise((resolve) => setImmediate(resolve));
    breathMs = performance.now();
  };
  try {
    for (let done = 0; done < frames;) {
      while (host.work()) {
        await breathe(done);
      }
      const now = Math.min(EXACT_BLOCK_FRAMES, frames - done);
      const [left, right] = host.render(now);
      keep(left, right, now);
      done += now;
      await breathe(done);
    }
  } finally {
    progress.done();
    host.close();
  }
  return performance.now() - startMs;
}
