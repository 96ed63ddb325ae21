// SPDX-License-Identifier: MIT
/** Systems judged on clips: each figure the mean over clips, weighted by their lengths, as in the literature. */
import { SOUND_FAMILIES, clampedEars, measure } from '../../web/eval/compare.js';
import { openClip } from './clips.mjs';
import { delayFitted, levelFitted } from './systems.mjs';

/** @typedef {import('./systems.mjs').System} System */

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {string} [why]
 * @property {import('./cost.mjs').Cost} [cost]
 * @property {Record<string, number>} [metrics]  means over clips
 * @property {Record<string, Record<string, number>>} [clips]  by the clip's name
 * @property {number} [realTimeFactor]  of the engine in wasm
 */

/**
 * @param {import('./clips.mjs').Clip[]} clips
 * @param {(clip: import('./clips.mjs').Clip) => Promise<System[]>} systemsOf
 * @param {(text: string) => void} progress
 * @returns {Promise<{ rows: Row[], seconds: number }>}
 */
export async function judge(clips, systemsOf, progress) {
  /** @type {Map<string, Row & { frames: number }>} */
  const rows = new Map();
  let seconds = 0;
  /**
   * @param {{ key: string, name: string, cost?: import('./cost.mjs').Cost, realTimeFactor?: number }} what
   * @param {import('./clips.mjs').OpenClip} clip
   * @param {import('./systems.mjs').Rendered} made
   */
  const add = ({ key, name, cost, realTimeFactor }, clip, { ears }) => {
    const row = rows.get(key) ?? { key, name, cost, realTimeFactor, metrics: {}, clips: {}, frames: 0 };
    rows.set(key, row);
    const frames = Math.min(clip.frames, ears[0].length);
    const got = measure(SOUND_FAMILIES, clip.ears.map((ear) => ear.subarray(0, frames)),
      clampedEars(ears, frames).ears, clip.sampleRateHz);
    const { metrics = {}, clips: each = {} } = row;
    each[clip.name] = got;
    for (const [figure, value] of Object.entries(got)) {
      metrics[figure] = ((metrics[figure] ?? 0) * row.frames + value * frames) / (row.frames + frames);
    }
    row.frames += frames;
  };
  for (const [i, listed] of clips.entries()) {
    const clip = openClip(listed);
    seconds += clip.frames / clip.sampleRateHz;
    for (const system of await systemsOf(listed)) {
      progress(`clip ${i + 1} of ${clips.length}, ${clip.name}: ${system.name}`);
      if (system.render === undefined) {
        rows.set(system.key, { ...system, frames: 0 });
        continue;
      }
      const made = await system.render(clip);
      add(system, clip, made);
      if (system.fitted) {
        add({ key: `${system.key}-fitted`, name: `${system.name}, level fitted to each clip` }, clip,
          { ears: levelFitted(clip.ears, made.ears) });
      }
      if (system.shifted) {
        add({ key: `${system.key}-shifted`, name: `${system.name}, delay fitted to each clip` }, clip,
          delayFitted(clip.ears, made.ears));
      }
    }
  }
  return { rows: [...rows.values()].map(({ frames, ...row }) => row), seconds };
}
