// SPDX-License-Identifier: MIT
/** What a browser has of what spatial audio can use. Nothing here asks for a permission. */
import { tellsOutputLatency } from '../output-latency.js';
import { hasRelaxedSimd, hasSimd } from '../wasm-features.js';

/**
 * @typedef {object} Capability
 * @property {string} name   for people
 * @property {string} gives  what pinna or a page does with it
 */

/** @type {Readonly<Record<string, Capability>>} */
export const CAPABILITIES = Object.freeze({
  secureContext: { name: 'Secure context', gives: 'AudioWorklet exists only there' },
  audioWorklet: { name: 'AudioWorklet', gives: 'pinna runs in it' },
  simd: { name: 'WebAssembly SIMD', gives: 'pinna.wasm; without it pinna-scalar.wasm' },
  relaxedSimd: { name: 'Relaxed SIMD', gives: 'a faster dense LINN' },
  isolated: { name: 'Cross-origin isolated', gives: 'shared memory may exist' },
  sharedMemory: { name: 'SharedArrayBuffer', gives: 'poses without messages' },
  outputLatency: { name: 'outputLatency', gives: 'poses predicted to when they are heard' },
  playbackStats: { name: 'playbackStats', gives: 'underruns as the browser counts them' },
  setSinkId: { name: 'setSinkId', gives: 'a choice of output devices' },
  renderSizeHint: { name: 'renderSizeHint', gives: 'blocks of other lengths than 128' },
  offlineSuspend: { name: 'OfflineAudioContext.suspend', gives: 'scenes that move while they render offline' },
  listenerParams: { name: 'AudioListener.positionX', gives: 'automated listeners of Web Audio' },
  webxr: { name: 'WebXR', gives: 'headsets' },
  immersiveVr: { name: 'immersive-vr', gives: 'a headset is there' },
  deviceOrientation: { name: 'DeviceOrientation', gives: 'the head\'s turn from a phone' },
  webgl2: { name: 'WebGL 2', gives: 'scenes in three dimensions' },
  webgpu: { name: 'WebGPU', gives: 'not used' },
});

/** @param {any} type @param {string} name  of a member of its instances */
function has(type, name) {
  return typeof type === 'function' && name in type.prototype;
}

/** Whether the option is read at all: where it is not, nobody asks for its value. */
function readsSizeHint() {
  let read = false;
  try {
    new OfflineAudioContext(/** @type {any} */ ({
      numberOfChannels: 1, length: 128, sampleRate: 48000,
      get renderSizeHint() {
        read = true;
        return 'default';
      },
    }));
  } catch {
    // What it makes of the value is not the question.
  }
  return read;
}

async function hasHeadset() {
  try {
    return Boolean(await navigator.xr?.isSessionSupported('immersive-vr'));
  } catch {
    return false;
  }
}

/** @returns {Promise<Record<string, boolean>>} by the names of CAPABILITIES */
export async function findCapabilities() {
  const scope = /** @type {any} */ (globalThis);
  return {
    secureContext: isSecureContext,
    audioWorklet: typeof AudioWorkletNode === 'function',
    simd: hasSimd(),
    relaxedSimd: hasRelaxedSimd(),
    isolated: scope.crossOriginIsolated === true,
    sharedMemory: typeof SharedArrayBuffer === 'function',
    outputLatency: has(scope.AudioContext, 'outputLatency') && tellsOutputLatency(),
    playbackStats: has(scope.AudioContext, 'playbackStats'),
    setSinkId: has(scope.AudioContext, 'setSinkId'),
    renderSizeHint: readsSizeHint(),
    offlineSuspend: has(scope.OfflineAudioContext, 'suspend'),
    listenerParams: has(scope.AudioListener, 'positionX'),
    webxr: 'xr' in navigator,
    immersiveVr: await hasHeadset(),
    deviceOrientation: 'DeviceOrientationEvent' in scope,
    webgl2: Boolean(document.createElement('canvas').getContext('webgl2')),
    webgpu: 'gpu' in navigator,
  };
}

/**
 * @typedef {object} Surroundings
 * @property {string} userAgent
 * @property {string} [platform]
 * @property {number} cores       logical, as the browser tells; 0 where it does not
 * @property {string} language
 * @property {number} pixelRatio
 */

/** @returns {Surroundings} */
export function findSurroundings() {
  const { userAgentData } = /** @type {{ userAgentData?: { platform: string } }} */ (navigator);
  return {
    userAgent: navigator.userAgent,
    platform: userAgentData?.platform || navigator.platform || undefined,
    cores: navigator.hardwareConcurrency ?? 0,
    language: navigator.language,
    pixelRatio: devicePixelRatio,
  };
}
