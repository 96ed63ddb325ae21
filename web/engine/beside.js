// SPDX-License-Identifier: MIT
/**
 * Engines beside an engine, in the same context and for the same head: for panners, each with an output of its own, and
 * for soundfields, which another wasm renders.
 */
import { LinnForm } from '../shared/engine-host.js';
import { MAX_SOUNDFIELDS } from '../shared/protocol.js';
import { sceneBytes } from '../shared/scene-writer.js';
import { sharedTransport } from '../transport.js';
import { EAR_INPUTS, makeNode, startNode } from './node.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./engine.js').EngineParts} EngineParts */

/** What such an engine leaves to the one that it stands beside. */
const PLAIN = Object.freeze({ maxBuffers: 1, gain: 1, limiter: false, renderer: /** @type {const} */ ('hrtf'),
  linnDense: false, resumeInterrupted: false });

/** The same in its processor's words. */
const PLAIN_RECIPE = Object.freeze({ maxBuffers: 1, dopplerMaxM: 1, earInputs: false, linnBlob: undefined,
  linnForm: LinnForm.OFF });

/**
 * One whose poses come as sound (shared/pose-inputs.js), at once.
 *
 * @param {Engine} engine
 * @param {number} maxSources
 * @returns {EngineParts}
 */
export function posedEngine({ core: { context }, wishes }, maxSources) {
  const { shared, workletUrl, ...options } = wishes.recipe;
  const transport = shared ? sharedTransport(sceneBytes(maxSources)) : null;
  const recipe = { ...options, ...PLAIN_RECIPE, maxSources, inputs: maxSources, poseInputs: true };
  const started = makeNode(context, { ...recipe, sceneMemory: transport?.memory }, workletUrl);
  return {
    context,
    started,
    transport,
    wishes: { ...wishes, ...PLAIN, maxSources, maxInputs: maxSources, recipe: { ...recipe, shared, workletUrl } },
  };
}

/**
 * One that renders soundfields, when its node runs.
 *
 * @param {Engine} engine
 * @returns {Promise<EngineParts>}  rejects with a PinnaError
 */
export async function fieldEngine(engine) {
  const { wishes, heads, core: { context } } = engine;
  const { soundfieldWasmUrl, files } =
    /** @type {import('../pinna-options.js').PinnaOptions & import('../heads/load.js').HeadUrls} */ (wishes.urls);
  const { loadSoundfieldWasm } = await import('../simd-loader.js');
  const wasm = await loadSoundfieldWasm(soundfieldWasmUrl ?? files.at('web/dist/pinna-soundfield.wasm'));
  engine.requireUsable();
  const { shared, workletUrl, ...options } = wishes.recipe;
  const head = heads.now;
  const headImage = await heads.imageFor(wasm.module); // built here: the audio thread is at work
  engine.requireUsable();
  const transport = shared ? sharedTransport(sceneBytes(MAX_SOUNDFIELDS)) : null;
  const recipe = {
    ...options, ...PLAIN_RECIPE, ...options.wasmModule ? { wasmModule: wasm.module } : { wasmBytes: wasm.bytes },
    headBlob: undefined, headImage, maxSources: MAX_SOUNDFIELDS, inputs: MAX_SOUNDFIELDS, soundfields: MAX_SOUNDFIELDS,
  };
  const started = await startNode(context, { ...recipe, sceneMemory: transport?.memory }, workletUrl);
  return {
    context,
    started,
    transport,
    wishes: {
      ...wishes, ...PLAIN, timbre: 'measured', equalizer: [], // the other's, once
      maxSources: MAX_SOUNDFIELDS, maxInputs: MAX_SOUNDFIELDS, head, engine: wasm.module,
      recipe: { ...recipe, shared, workletUrl },
    },
  };
}

/**
 * What an engine renders is added to another's sources, before gain and limiter.
 *
 * @param {AudioNode} node  of the one
 * @param {Engine} engine   the other
 */
export function connectEars(node, { core: { context, node: target, inputs } }) {
  const ears = new ChannelSplitterNode(context, { numberOfOutputs: EAR_INPUTS });
  node.connect(ears);
  for (let ear = 0; ear < EAR_INPUTS; ear++) {
    ears.connect(target, ear, inputs + ear);
  }
}
