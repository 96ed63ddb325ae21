// SPDX-License-Identifier: MIT
/**
 * In the page: the same scene rendered by pinna's worklet and by the browser's own PannerNodes, offline, as fast as it
 * goes.
 *
 * All graphs render on the thread of their context's AudioWorklet, whether they have a worklet or not, so that
 * chromium.mjs can ask the system how long that thread ran.
 */
import { createPinna } from '/web/index.js';

const RATE = 48000;
const FRAME_S = 1 / 60;
const QUANTUM_S = 128 / RATE;
const TURN_RAD_S = Math.PI / 2;

/** @typedef {'static' | 'turning' | 'moved' | 'automated'} Motion */

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {'base' | 'empty' | 'worklet' | 'panner' | 'pinna-live' | 'pinna-clip'} renderer
 * @property {Motion} motion  for bases: 'static' = not interrupted, 'moved' = interrupted sixty times a second
 * @property {number} sources
 * @property {number} seconds
 */

/** @type {WebAssembly.Module} */
let wasmModule;
/** @type {ArrayBuffer} */
let head;
/** @type {PannerNode} keeps the browser's HRTF database loaded */
let keeper;

/** What any AudioWorklet costs: as many inputs as pinna has, of which it adds the first samples up. */
const IDLE_WORKLET = `registerProcessor('idle', class extends AudioWorkletProcessor {
  process(inputs, outputs) {
    const out = outputs[0][0];
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i].length > 0) {
        out[0] += inputs[i][0][0];
      }
    }
    return true;
  }
});`;

/** Loads what every render needs; the database of the browser's HRTF is loaded only once a panner exists. */
export async function prepare() {
  wasmModule = await WebAssembly.compileStreaming(fetch('/web/dist/pinna.wasm'));
  head = await (await fetch('/models/kemar/kemar.safetensors')).arrayBuffer();
  keeper = new PannerNode(new OfflineAudioContext(2, 128, RATE), { panningModel: 'HRTF' });
  // Rendering while it loads sometimes never ends.
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

/** @param {BaseAudioContext} context @param {number} seed @param {number} amplitude */
function noise(context, seed, amplitude) {
  const buffer = context.createBuffer(1, RATE, RATE);
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
 * range that the browser's HRTF has.
 *
 * @param {number} i @param {number} t  seconds
 */
function place(i, t) {
  const angle = 0.7 * i + TURN_RAD_S * t;
  const up = 0.6 * Math.sin(i);
  const flat = Math.sqrt(1 - up * up);
  const r = 2 + 0.5 * Math.sin(0.3 * i + t);
  return [r * flat * Math.sin(angle), r * up, -r * flat * Math.cos(angle)];
}

/**
 * Runs a callback sixty times a second of rendered time, between quanta.
 *
 * @param {OfflineAudioContext} context
 * @param {number} seconds
 * @param {(t: number) => void} callback
 * @returns {() => number} milliseconds that the callbacks took so far
 */
function everyFrame(context, seconds, callback) {
  let spent = 0;
  for (let frame = 1; frame < 60 * seconds; frame++) {
    const at = Math.floor(frame * FRAME_S / QUANTUM_S) * QUANTUM_S;
    context.suspend(at).then(() => {
      const start = performance.now();
      callback(at);
      spent += performance.now() - start;
      context.resume();
    });
  }
  return () => spent;
}

/** @param {OfflineAudioContext} context @param {number} sources */
function players(context, sources) {
  return Array.from({ length: sources }, (_, i) => {
    const player = new AudioBufferSourceNode(context, { buffer: noise(context, i + 1, 1 / sources), loop: true });
    player.start();
    return player;
  });
}

/**
 * Builds the graph of a job.
 *
 * @param {OfflineAudioContext} context
 * @param {Job} job
 * @returns {Promise<(t: number) => void>} what is to be done sixty times a second
 */
async function build(context, { renderer, motion, sources, seconds }) {
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([IDLE_WORKLET], { type: 'text/javascript' })));
  if (renderer === 'empty' || renderer === 'base') {
    players(context, renderer === 'base' ? sources : 1).forEach((player) => player.connect(context.destination));
    return () => {};
  }
  if (renderer === 'worklet') {
    const node = new AudioWorkletNode(context, 'idle', {
      numberOfInputs: sources, outputChannelCount: [2], channelCount: 1, channelCountMode: 'explicit',
    });
    players(context, sources).forEach((player, i) => player.connect(node, 0, i));
    node.connect(context.destination);
    return () => {};
  }
  if (renderer === 'panner') {
    return buildPanners(context, motion, sources, seconds);
  }
  const pinna = await createPinna(context, { maxSources: sources, wasmModule, hrtf: head });
  pinna.connect(context.destination);
  const inputs = renderer === 'pinna-live' ? players(context, sources) : [];
  const all = Array.from({ length: sources }, (_, i) => {
    const source = pinna.createSource({
      position: place(i, 0),
      ...(inputs.length > 0 ? {} : { buffer: noise(context, i + 1, 1 / sources), loop: true, autoplay: true }),
    });
    inputs[i]?.connect(source.input);
    return source;
  });
  await pinna.flush();
  return (t) => {
    if (motion === 'turning') {
      pinna.listener.setOrientation(0, Math.sin(TURN_RAD_S * t / 2), 0, Math.cos(TURN_RAD_S * t / 2));
    } else {
      all.forEach((source, i) => source.setPosition(place(i, t)));
    }
    pinna.commit();
  };
}

/**
 * @param {OfflineAudioContext} context
 * @param {Motion} motion
 * @param {number} sources
 * @param {number} seconds
 * @returns {(t: number) => void}
 */
function buildPanners(context, motion, sources, seconds) {
  const panners = players(context, sources).map((player, i) => {
    const [positionX, positionY, positionZ] = place(i, 0);
    const panner = new PannerNode(context, { panningModel: 'HRTF', positionX, positionY, positionZ });
    player.connect(panner).connect(context.destination);
    return panner;
  });
  if (motion === 'automated') {
    const points = Math.ceil(60 * seconds) + 1;
    panners.forEach((panner, i) => {
      const path = Array.from({ length: points }, (_, k) => place(i, k * seconds / (points - 1)));
      panner.positionX.setValueCurveAtTime(path.map((p) => p[0]), 0, seconds);
      panner.positionY.setValueCurveAtTime(path.map((p) => p[1]), 0, seconds);
      panner.positionZ.setValueCurveAtTime(path.map((p) => p[2]), 0, seconds);
    });
  }
  const { listener } = context;
  return (t) => {
    if (motion === 'turning') {
      listener.forwardX.value = -Math.sin(TURN_RAD_S * t);
      listener.forwardZ.value = -Math.cos(TURN_RAD_S * t);
    } else {
      panners.forEach((panner, i) => {
        const p = place(i, t);
        panner.positionX.value = p[0];
        panner.positionY.value = p[1];
        panner.positionZ.value = p[2];
      });
    }
  };
}

/** @type {{ context: OfflineAudioContext, callbacksMs: () => number } | null} */
let prepared = null;

/** Builds a job's graph, and keeps it, and with it its thread, until the next. @param {Job} job */
export async function prepareJob(job) {
  const context = new OfflineAudioContext(2, Math.round(job.seconds * RATE), RATE);
  const callback = await build(context, job);
  const interrupted = job.motion === 'turning' || job.motion === 'moved';
  prepared = { context, callbacksMs: interrupted ? everyFrame(context, job.seconds, callback) : () => 0 };
}

/**
 * Renders it.
 * @returns {Promise<{ ms: number, callbacksMs: number }>} in all, and in the page's own callbacks
 */
export async function render() {
  if (prepared === null) {
    throw new Error('nothing is prepared');
  }
  const { context, callbacksMs } = prepared;
  const start = performance.now();
  const rendered = await context.startRendering();
  const ms = performance.now() - start;
  const left = rendered.getChannelData(0).subarray(-RATE / 2);
  const level = Math.sqrt(left.reduce((sum, x) => sum + x * x, 0) / left.length);
  if (!(level > 1e-5 && level < 100)) {
    throw new Error(`the rendering is silent or broken (rms ${level})`);
  }
  return { ms, callbacksMs: callbacksMs() };
}

export const kept = () => keeper;
