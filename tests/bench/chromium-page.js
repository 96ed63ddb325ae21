// SPDX-License-Identifier: MIT
/**
 * In the page: the same scene rendered by pinna's worklet and by the browser's own PannerNodes, offline, as fast as it
 * goes.
 *
 * All graphs render on the thread of their context's AudioWorklet, whether they have a worklet or not, so that
 * chromium.mjs can ask the system how long that thread ran.
 */
import { createPinna } from '/web/index.js';
import { RATE_HZ as RATE, buildPanners, everyFrame, noise, place, players } from '/web/perf/graphs.js';

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
    const move = buildPanners(context, sources, motion === 'automated' ? seconds : 0);
    const { listener } = context;
    return motion !== 'turning' ? move : (t) => {
      listener.forwardX.value = -Math.sin(TURN_RAD_S * t);
      listener.forwardZ.value = -Math.cos(TURN_RAD_S * t);
    };
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
