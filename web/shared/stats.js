// SPDX-License-Identifier: MIT
/** Reads pn_stats (src/scene/pn_stats.h) into an object with JavaScript's names. */
import { Stats } from './layout.gen.js';

const LITTLE = true;

/**
 * @typedef {object} EngineStats
 * @property {number} frames           rendered since the start
 * @property {number} sourcesActive    slots in use
 * @property {number} sourcesSounding  of these, those that were not silent
 * @property {number} sourcesMoving    of these, those whose filter changed
 * @property {number} sourcesBulk      of those that sound, mixed from shared filters
 * @property {number} sourcesFrames    of those that sound, the dense LINN's in form A
 * @property {number} sourcesFir       of those that sound, the dense LINN's in form B
 * @property {number} scenesApplied    snapshots taken
 * @property {number} scenesRefused    snapshots with a wrong magic, version or size
 * @property {number} valuesMended     impossible numbers in a scene, replaced
 * @property {number} samplesMended    non-finite input samples, set to zero
 * @property {number} latencyFrames    of partial hops, 0 when every block is a whole number of hops; and of the dense
 *   LINN in form A
 * @property {number} starvedFrames    output frames missing because the block length changed
 * @property {[number, number]} peak   left and right, of the last hop, linear
 * @property {number} limiterGain      1 = untouched
 * @property {number} poseAgeS         from the listener's pose to where it is heard
 */

/**
 * @param {DataView} view  at least Stats.bytes long
 * @returns {EngineStats}
 */
export function readStats(view) {
  return {
    frames: view.getFloat64(Stats.frames, LITTLE),
    sourcesActive: view.getUint32(Stats.sourcesActive, LITTLE),
    sourcesSounding: view.getUint32(Stats.sourcesSounding, LITTLE),
    sourcesMoving: view.getUint32(Stats.sourcesMoving, LITTLE),
    sourcesBulk: view.getUint32(Stats.sourcesBulk, LITTLE),
    sourcesFrames: view.getUint32(Stats.sourcesFrames, LITTLE),
    sourcesFir: view.getUint32(Stats.sourcesFir, LITTLE),
    scenesApplied: view.getUint32(Stats.scenesApplied, LITTLE),
    scenesRefused: view.getUint32(Stats.scenesRefused, LITTLE),
    valuesMended: view.getUint32(Stats.valuesMended, LITTLE),
    samplesMended: view.getUint32(Stats.samplesMended, LITTLE),
    latencyFrames: view.getUint32(Stats.latencyFrames, LITTLE),
    starvedFrames: view.getUint32(Stats.starvedFrames, LITTLE),
    peak: [view.getFloat32(Stats.peak, LITTLE), view.getFloat32(Stats.peak + 4, LITTLE)],
    limiterGain: view.getFloat32(Stats.limiterGain, LITTLE),
    poseAgeS: view.getFloat32(Stats.poseAgeS, LITTLE),
  };
}
