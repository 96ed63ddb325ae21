// SPDX-License-Identifier: MIT
/** Whether this browser renders what Node does: the reference scene through the worklet, offline. */
import { createPinna } from '../create.js';
import { LISTENER_INPUTS, POSE_CHANNELS } from '../shared/pose-inputs.js';
import {
  REFERENCE_FRAMES, REFERENCE_RATE_HZ, REFERENCE_SOURCES, distanceDb, referenceInput, referenceListener,
  referenceOptions, samplesHash,
} from './reference-scene.js';

/**
 * @typedef {object} Correctness
 * @property {string} hash            of what this browser rendered
 * @property {string} referenceHash   of what Node rendered
 * @property {boolean} identical      whether these are the same bits
 * @property {number} distanceDb      energy of the difference over that of the reference; -400 for the same bits
 */

/** Stands for minus infinity, which JSON does not have. */
export const SAME_DB = -400;

/** Stands for what is not even a number. */
const BROKEN_DB = 400;

/**
 * @param {string | URL} referenceUrl  of the file that the build made
 * @param {import('../pinna.js').PinnaOptions} options
 * @returns {Promise<Correctness>}
 */
export async function checkCorrectness(referenceUrl, options) {
  const answer = await fetch(referenceUrl);
  if (!answer.ok) {
    throw new Error(`the reference is not at ${referenceUrl} (HTTP ${answer.status}): run "npm run build"`);
  }
  const samples = new Float32Array(await answer.arrayBuffer());
  const reference = [samples.subarray(0, samples.length / 2), samples.subarray(samples.length / 2)];
  const ears = await renderInWorklet(options);
  const hash = samplesHash(ears);
  const referenceHash = samplesHash(reference);
  const db = distanceDb(ears, reference);
  return {
    hash, referenceHash, identical: hash === referenceHash, distanceDb: Math.max(SAME_DB, Math.min(BROKEN_DB, db)),
  };
}

/** @param {import('../pinna.js').PinnaOptions} options @returns {Promise<Float32Array[]>} [2][REFERENCE_FRAMES] */
async function renderInWorklet(options) {
  const context = new OfflineAudioContext(2, REFERENCE_FRAMES, REFERENCE_RATE_HZ);
  const owner = await createPinna(context, { timbre: 'measured', ...options, maxSources: 1 });
  const pinna = owner._posedSibling(REFERENCE_SOURCES);
  pinna.connect(context.destination);
  for (let slot = 0; slot < REFERENCE_SOURCES; slot++) {
    pinna.createSource(referenceOptions(slot));
  }
  const inputs = [...Array.from({ length: REFERENCE_SOURCES }, (_, slot) => referenceInput(slot)),
    ...referenceListener()];
  if (inputs.length !== pinna.node.numberOfInputs || inputs.length !== REFERENCE_SOURCES + LISTENER_INPUTS) {
    throw new Error('the engine has other inputs than the reference');
  }
  inputs.forEach((channels, i) => {
    const buffer = context.createBuffer(POSE_CHANNELS, REFERENCE_FRAMES, REFERENCE_RATE_HZ);
    channels.forEach((channel, c) => buffer.copyToChannel(channel, c));
    const player = new AudioBufferSourceNode(context, { buffer });
    player.connect(pinna.node, 0, i);
    player.start();
  });
  await pinna.flush();
  const rendered = await context.startRendering();
  return [0, 1].map((channel) => rendered.getChannelData(channel).slice());
}
