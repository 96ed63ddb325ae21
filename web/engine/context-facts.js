// SPDX-License-Identifier: MIT
/** What a context must be, and what it tells of itself. */
import { PinnaError, shown } from '../errors.js';

const MIN_RATE_HZ = 8000;
const MAX_RATE_HZ = 192000;

/** Refuses what no engine can run in. @param {BaseAudioContext} context @throws {TypeError | PinnaError} */
export function checkContext(context) {
  if (typeof context?.sampleRate !== 'number') {
    throw new TypeError(`createPinna needs an AudioContext or an OfflineAudioContext, not ${shown(context)}`);
  }
  if (context.state === 'closed') {
    throw new PinnaError('context-closed', 'the AudioContext is closed: make a new one');
  }
  if (context.sampleRate < MIN_RATE_HZ || context.sampleRate > MAX_RATE_HZ) {
    throw new PinnaError('sample-rate', `the context runs at ${context.sampleRate} Hz, and pinna renders at ` +
      `${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz: make it with { sampleRate: 48000 }`);
  }
  if (!context.audioWorklet) {
    throw new PinnaError('no-audio-worklet', globalThis.isSecureContext === false
      ? 'AudioWorklet exists only on secure pages: serve this one by https, or from localhost'
      : 'this browser has no AudioWorklet: use a newer one');
  }
}

/** @param {BaseAudioContext} context */
export function isOffline(context) {
  return typeof OfflineAudioContext === 'function' && context instanceof OfflineAudioContext;
}

/** Frames per block, where the context tells. @param {BaseAudioContext} context */
export function quantumOf(context) {
  return /** @type {{ renderQuantumSize?: number }} */ (context).renderQuantumSize ?? 0;
}
