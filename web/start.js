// SPDX-License-Identifier: MIT
/** From a page's wishes to an engine that runs: fetched, compiled, and started in the way that this browser allows. */
import { checkContext, isOffline, quantumOf } from './engine/context-facts.js';
import { rememberPinna } from './contexts.js';
import { startNode } from './engine/node.js';
import { PinnaError } from './errors.js';
import { bakeWishes } from './heads/bake-wishes.js';
import { DEFAULT_FIELD, firstHead } from './heads/head-office.js';
import { givenWasm, loadWasm, throwIfAborted } from './loader.js';
import { checkOptions } from './pinna-options.js';
import { makePinna } from './pinna.js';
import { linnFormOf } from './renderers.js';
import { sceneBytes } from './shared/scene-writer.js';
import { canShareMemory, sharedTransport } from './transport.js';

/** @typedef {import('./pinna-options.js').PinnaOptions} PinnaOptions */
/** @typedef {import('./pinna.js').Pinna} Pinna */
/** @typedef {import('./shared/protocol.js').ProcessorOptions} ProcessorOptions */

/**
 * What createPinna does, whatever its own files are (create.js, inline/index.js).
 *
 * @param {BaseAudioContext} context
 * @param {PinnaOptions} options
 * @param {import('./files/files.js').OwnFiles} files  that no option names
 * @returns {Promise<Pinna>}  rejects with a PinnaError that names the cause and the mend
 */
export async function startPinna(context, options, files) {
  const wishes = checkOptions(options);
  checkContext(context);
  const { signal } = options;
  throwIfAborted(signal);
  const workletUrl = options.workletUrl ?? files.workletUrl();
  const [{ wasm, model }, head] = await Promise.all([
    wishes.linnDense ?
      import('./simd-loader.js').then(({ loadLinn }) => loadLinn(options, files, !isOffline(context), signal)) :
      loadPlain(options, files),
    wishes.renderer === 'linn' ?
      firstHead({ ...options, files, bake: bakeWishes(), hrtf: options.model ?? files.at(DEFAULT_FIELD) },
        context.sampleRate, 'linn') :
      firstHead({ ...options, files, bake: wishes.bake }, context.sampleRate),
    addWorklet(context, workletUrl, signal),
  ]);
  throwIfAborted(signal);

  const shared = wishes.sharedMemory && canShareMemory();
  /** @type {ProcessorOptions} */
  const common = {
    headBlob: head.blob.buffer,
    linnBlob: model,
    linnForm: linnFormOf(wishes.renderer),
    maxSources: wishes.maxSources,
    inputs: wishes.maxInputs,
    maxBuffers: wishes.maxBuffers,
    maxExactSources: wishes.maxExactSources,
    dopplerMaxM: wishes.dopplerMaxDistance,
    quantum: quantumOf(context),
    live: !isOffline(context),
    earInputs: true,
  };
  // What a scope cannot be given differs between browsers; the next attempt asks for less.
  const attempts = [
    { wasmModule: wasm.module, shared },
    { wasmModule: wasm.module, shared: false },
    { wasmBytes: wasm.bytes, shared: false },
  ].filter((attempt, i) => (i !== 1 || shared) && (attempt.wasmModule || attempt.wasmBytes));
  let failure;
  for (const { shared: memory, ...code } of attempts) {
    const transport = memory ? sharedTransport(sceneBytes(wishes.maxSources)) : null;
    try {
      const started = await startNode(context, { ...common, ...code, sceneMemory: transport?.memory }, workletUrl,
        signal);
      const pinna = makePinna({
        context,
        started,
        transport,
        wishes: {
          ...wishes, head, engine: wasm.module, urls: { ...options, files }, hrtf: options.hrtf,
          recipe: { ...common, ...code, shared: memory, workletUrl },
        },
      });
      if (signal?.aborted) {
        pinna.dispose();
        throwIfAborted(signal);
      }
      rememberPinna(context, pinna);
      return pinna;
    } catch (error) {
      if (error instanceof PinnaError && error.code !== 'processor-failed') {
        throw error;
      }
      failure = error;
    }
  }
  throw failure;
}

/**
 * @param {PinnaOptions} options
 * @param {import('./files/files.js').OwnFiles} files
 * @returns {Promise<{ wasm: import('./loader.js').Wasm, model?: ArrayBuffer }>}
 */
async function loadPlain({ wasmModule, wasmUrl, scalarWasmUrl }, files) {
  const wasm = wasmModule ? givenWasm(wasmModule) : await loadWasm(
    wasmUrl ?? files.at('web/dist/pinna.wasm'), scalarWasmUrl ?? files.at('web/dist/pinna-scalar.wasm'));
  return { wasm };
}

/**
 * @param {BaseAudioContext} context
 * @param {string | URL} url
 * @param {AbortSignal} [signal]
 */
async function addWorklet(context, url, signal) {
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    throwIfAborted(signal);
    throw new PinnaError('worklet-blocked', `the worklet script could not be loaded from ${url} ` +
      `(${error instanceof Error ? error.message : error}): check that the file is there and served as JavaScript ` +
      '("npm run build" makes it; workletUrl says where it is), with CORS headers if it is on another origin, and ' +
      'that the page\'s Content-Security-Policy allows it in script-src', error);
  }
}
