// SPDX-License-Identifier: MIT
/** Any text as a scene file: refused with a SceneError, or played, with finite numbers in every snapshot. */
import { ScenePlayer, longestDopplerPath } from '../../web/scene/scene-player.js';
import { SceneError, parseScene } from '../../web/scene/scene-file.js';
import { mutated, mutatedTree } from './mutate.mjs';

const MOST_SOURCES = 64;

const WHOLE = {
  pinna: 1, durationS: 2, gain: 0.5, limiter: true,
  listener: { poses: [{ t: 0, position: [0, 1.6, 0], orientation: [0, 0, 0, 1] },
    { t: 1, position: [1, 1.6, 0], orientation: [0, 0.7071, 0, 0.7071] }] },
  sources: [
    { id: 'a', audio: 'a.wav', gain: 1, loop: true, startS: 0.5, doppler: true, nearField: true, air: true,
      distance: { model: 'inverse', refDistance: 1, maxDistance: 100, rolloffFactor: 1 },
      cone: { innerAngle: 90, outerAngle: 180, outerGain: 0.2 }, tier: 'auto', headLocked: false,
      poses: [{ t: 0, position: [1, 0, -1] }, { t: 2, position: [-1, 0, -1], occlusion: 0.5 }] },
    { audio: 'b.wav', poses: [{ t: 0, position: [0, 2, 0] }] },
  ],
};
const SMALL = { pinna: 1, durationS: 1, sources: [{ audio: 'v.wav', poses: [{ t: 0, position: [-1, 0, 0] }] }] };

/**
 * @param {string} text
 * @returns {string}
 */
function take(text) {
  let scene;
  try {
    scene = parseScene(text);
  } catch (error) {
    if (error instanceof SceneError && error.message.length > 10 && !error.message.includes('\n')) {
      return `refused: ${error.message.replace(/[-+]?\d[\d.e+-]*/g, '#').slice(0, 48)}`;
    }
    throw error;
  }
  if (scene.sources.length > MOST_SOURCES) {
    return 'long';
  }
  const player = new ScenePlayer(scene, scene.sources.map((_, i) => i + 1));
  for (const t of [0, 0.25, 1, 1.999, 1e6]) {
    const { buffer, byteOffset, byteLength } = player.at(t);
    const values = new Float32Array(buffer, byteOffset, Math.floor(byteLength / 4));
    if (values.length === 0) {
      throw new Error('a snapshot without bytes');
    }
  }
  if (!(longestDopplerPath(scene) >= 0)) {
    throw new Error(`longestDopplerPath is ${longestDopplerPath(scene)}`);
  }
  return 'played';
}

/** @returns {Promise<import('./door.mjs').Door>} */
export async function open() {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return {
    next: async (rng) => {
      const whole = rng.pick([WHOLE, SMALL]);
      return rng.below(2) === 0 ? mutated(rng, encoder.encode(JSON.stringify(whole, null, rng.below(2)))) :
        encoder.encode(JSON.stringify(mutatedTree(rng, whole)));
    },
    take: async (bytes) => take(decoder.decode(bytes)),
    end: async () => {
      if (take(JSON.stringify(WHOLE)) !== 'played') {
        throw new Error('a good scene is not played any more');
      }
    },
  };
}
