// SPDX-License-Identifier: MIT
/**
 * The same sounds at the same places, rendered by pinna, by the browser's own PannerNodes and by resonance-audio: the
 * graphs whose cost is compared.
 */
import { createPinna } from '../create.js';
import { POSE_CHANNELS, SOUND_RIGHT, SOURCE_POSITION } from '../shared/pose-inputs.js';

export const RATE_HZ = 48000;
export const QUANTUM = 128;
export const QUANTA_PER_S = RATE_HZ / QUANTUM;

const FRAME_S = 1 / 60;
const QUANTUM_S = QUANTUM / RATE_HZ;
const TURN_RAD_S = Math.PI / 2;

/** Of a lap around the listener. */
const LAP_S = 4;

/** Poses that are played as sound take memory: sources share so many, each from another point on. */
const SHARED_PATHS = 4;

/** @typedef {import('./renderer-names.js').RendererKey} RendererKey */
/** @typedef {import('./renderer-names.js').Motion} Motion */

/** Its package has no types. @typedef {any} ResonanceModule */

/**
 * @typedef {object} Peers
 * @property {ResonanceModule} [ResonanceAudio]  the constructor, where it was loaded
 */

/** @param {BaseAudioContext} context @param {number} seed @param {number} amplitude */
export function noise(context, seed, amplitude) {
  const buffer = context.createBuffer(1, RATE_HZ, RATE_HZ);
  const samples = buffer.getChannelData(0);
  let state = seed;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[i] = amplitude * ((state >>> 8) / 8388608 - 1);
  }
  return buffer;
}

/**
 * Where source i is: on a circle of its own, 1.5 to 2.5 m away, at 90 degrees a second; the elevations stay in the
 * range that the browsers' HRTF has.
 *
 * @param {number} i @param {number} t  seconds
 * @returns {[number, number, number]} metres
 */
export function place(i, t) {
  const angle = 0.7 * i + TURN_RAD_S * t;
  const up = 0.6 * Math.sin(i);
  const flat = Math.sqrt(1 - up * up);
  const r = 2 + 0.5 * Math.sin(0.3 * i + TURN_RAD_S * t);
  return [r * flat * Math.sin(angle), r * up, -r * flat * Math.cos(angle)];
}

/** @param {BaseAudioContext} context @param {number} sources */
export function players(context, sources) {
  return Array.from({ length: sources }, (_, i) => {
    const player = new AudioBufferSourceNode(context, { buffer: noise(context, i + 1, 1 / sources), loop: true });
    player.start();
    return player;
  });
}

/**
 * Runs a callback sixty times a second of rendered time, between blocks.
 *
 * @param {OfflineAudioContext} context
 * @param {number} seconds
 * @param {(t: number) => void} callback
 * @returns {() => number} milliseconds that the callbacks took so far
 */
export function everyFrame(context, seconds, callback) {
  let spent = 0;
  for (let frame = 1; frame < 60 * seconds; frame++) {
    const at = Math.floor(frame * FRAME_S / QUANTUM_S) * QUANTUM_S;
    if (at >= seconds) {
      break;
    }
    context.suspend(at).then(() => {
      const start = performance.now();
      callback(at);
      spent += performance.now() - start;
      context.resume();
    });
  }
  return () => spent;
}

/**
 * @param {BaseAudioContext} context
 * @param {number} sources
 * @param {number} seconds  that automation lasts; 0 = none
 * @param {AudioNode} [target]
 * @returns {(t: number) => void} moves them by value
 */
export function buildPanners(context, sources, seconds, target = context.destination) {
  const panners = players(context, sources).map((player, i) => {
    const [positionX, positionY, positionZ] = place(i, 0);
    const panner = new PannerNode(context, { panningModel: 'HRTF', positionX, positionY, positionZ });
    player.connect(panner).connect(target);
    return panner;
  });
  if (seconds > 0) {
    const points = Math.ceil(60 * seconds) + 1;
    panners.forEach((panner, i) => {
      const path = Array.from({ length: points }, (_, k) => place(i, k * seconds / (points - 1)));
      panner.positionX.setValueCurveAtTime(path.map((p) => p[0]), 0, seconds);
      panner.positionY.setValueCurveAtTime(path.map((p) => p[1]), 0, seconds);
      panner.positionZ.setValueCurveAtTime(path.map((p) => p[2]), 0, seconds);
    });
  }
  return (t) => panners.forEach((panner, i) => {
    const p = place(i, t);
    panner.positionX.value = p[0];
    panner.positionY.value = p[1];
    panner.positionZ.value = p[2];
  });
}

/**
 * @param {BaseAudioContext} context
 * @param {number} sources
 * @param {import('../pinna.js').PinnaOptions} options
 * @returns {Promise<(t: number) => void>} moves them
 */
async function buildPinna(context, sources, options) {
  const pinna = await createPinna(context, { ...options, maxSources: sources, maxExactSources: sources });
  pinna.connect(context.destination);
  const inputs = players(context, sources);
  const all = inputs.map((player, i) => {
    const source = pinna.createSource({ position: place(i, 0), tier: 'exact' });
    player.connect(source.input);
    return source;
  });
  await pinna.flush();
  return (t) => {
    all.forEach((source, i) => source.setPosition(place(i, t)));
    pinna.commit();
  };
}

/**
 * pinna with a new pose for every source in every block, played as sound: automation without a page.
 *
 * @param {BaseAudioContext} context
 * @param {number} sources
 * @param {import('../pinna.js').PinnaOptions} options
 */
async function buildPosedPinna(context, sources, options) {
  const owner = await createPinna(context, { ...options, maxSources: 1 });
  const pinna = owner._posedSibling(sources);
  pinna.connect(context.destination);
  const paths = Array.from({ length: Math.min(SHARED_PATHS, sources) }, (_, i) => {
    const frames = LAP_S * RATE_HZ;
    const buffer = context.createBuffer(POSE_CHANNELS, frames, RATE_HZ);
    const sound = noise(context, i + 1, 1 / sources).getChannelData(0);
    const channels = Array.from({ length: POSE_CHANNELS }, () => new Float32Array(frames));
    for (let n = 0; n < frames; n++) {
      channels[0][n] = sound[n % sound.length];
      // Only a block's last sample is read.
      if (n % QUANTUM === QUANTUM - 1) {
        place(i, n / RATE_HZ).forEach((x, axis) => channels[SOURCE_POSITION + axis].fill(x, n - QUANTUM + 1, n + 1));
      }
    }
    channels[SOUND_RIGHT].set(channels[0]);
    channels.forEach((channel, c) => buffer.copyToChannel(channel, c));
    return buffer;
  });
  for (let i = 0; i < sources; i++) {
    pinna.createSource({ tier: 'exact' });
    const player = new AudioBufferSourceNode(context, { buffer: paths[i % paths.length], loop: true });
    player.connect(pinna.node, 0, i);
    player.start(0, Math.floor(i / sources * LAP_S * QUANTA_PER_S) * QUANTUM_S);
  }
  await pinna.flush();
}

/**
 * Ambisonics of order 3, no room, as in tests/fidelity.
 *
 * @param {BaseAudioContext} context
 * @param {number} sources
 * @param {ResonanceModule} ResonanceAudio
 * @returns {Promise<(t: number) => void>}
 */
async function buildResonance(context, sources, ResonanceAudio) {
  const scene = new ResonanceAudio(context, { ambisonicOrder: 3 });
  scene.output.connect(context.destination);
  const all = players(context, sources).map((player, i) => {
    const source = scene.createSource();
    source.setPosition(...place(i, 0));
    player.connect(source.input);
    return source;
  });
  // It says nowhere in public when its filters are there.
  await scene._listener._renderer.initialize();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return (t) => all.forEach((source, i) => source.setPosition(...place(i, t)));
}

/**
 * Builds what a renderer has to do in an offline context.
 *
 * @param {OfflineAudioContext} context
 * @param {{ renderer: RendererKey, motion: Motion, sources: number, seconds: number }} job
 * @param {{ options: import('../pinna.js').PinnaOptions, peers: Peers }} tools
 * @returns {Promise<() => number>} milliseconds of the page's own callbacks so far
 */
export async function buildGraph(context, { renderer, motion, sources, seconds }, { options, peers }) {
  /** @type {(t: number) => void} */
  let move = () => {};
  if (renderer === 'panner') {
    move = buildPanners(context, sources, motion === 'automated' ? seconds : 0);
  } else if (renderer === 'resonance') {
    move = await buildResonance(context, sources, peers.ResonanceAudio);
  } else if (motion === 'automated') {
    await buildPosedPinna(context, sources, options);
  } else {
    move = await buildPinna(context, sources, options);
  }
  return motion === 'frames' ? everyFrame(context, seconds, move) : () => 0;
}
