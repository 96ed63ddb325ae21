// SPDX-License-Identifier: MIT
/**
 * From the bytes of a file to a head that the audio thread only has to copy: read, baked, built at the context's rate.
 *
 * It runs in a worker (bake-worker.js), on the main thread where there is none, and in Node.
 */
import { PinnaError } from '../errors.js';
import { EngineHost } from '../shared/engine-host.js';
import { Baker } from './baker.js';
import { loadH5wasm } from './h5wasm.js';
import { headFacts } from './head-info.js';
import { reportBaked } from './report-baked.js';
import { readSofa } from './sofa.js';
import { looksLikeSofa } from './sofa-signature.js';

/** @typedef {import('./report-baked.js').HeadReport} HeadReport */

/**
 * @typedef {object} HeadProgress
 * @property {'fetch' | 'read' | 'bake' | 'build'} stage
 * @property {number} done  0 to 1, of everything
 */

/**
 * @typedef {object} PreparedHead
 * @property {Uint8Array<ArrayBuffer>} blob   a baked file, or a field model
 * @property {Uint8Array<ArrayBuffer> | null} image  for EngineHost.setHead; null without an engine
 * @property {HeadReport} report
 */

/**
 * @typedef {object} PrepareOptions
 * @property {string} name               of the file, for messages
 * @property {WebAssembly.Module | null} engine  pinna.wasm, of the build that will render; null = no image is wanted
 * @property {number} sampleRateHz       of the image
 * @property {() => Promise<WebAssembly.Module>} bakeModule  pinna-bake.wasm
 * @property {string} [h5wasmUrl]        for a SOFA file
 * @property {import('./bake-wishes.js').BakeWishes} [wishes]  for a SOFA file; a baked one is taken as it is
 * @property {(progress: HeadProgress) => void | Promise<void>} onProgress  waited for: where others need the thread, it
 *   gives it away for a moment
 */

/** Where in the whole each stage begins; baking takes nearly all of it. */
const BEGINS = Object.freeze({ read: 0, bake: 0.03, build: 0.97 });

/**
 * @param {Uint8Array<ArrayBuffer>} bytes  of a SOFA file or a baked one: what it is decides
 * @param {PrepareOptions} options
 * @returns {Promise<PreparedHead>}
 * @throws {PinnaError} with the reason why it cannot be used
 */
export async function prepareHead(bytes, { name, engine, sampleRateHz, bakeModule, h5wasmUrl, wishes,
  onProgress }) {
  await onProgress({ stage: 'read', done: BEGINS.read });
  let blob = bytes;
  /** @type {HeadReport} */
  let report;
  if (looksLikeSofa(bytes)) {
    const measured = await readSofa(await loadH5wasm(h5wasmUrl ?? ''), bytes, name);
    await onProgress({ stage: 'bake', done: BEGINS.bake });
    const facts = headFacts(measured);
    const baked = await new Baker(await bakeModule()).bake(measured, name, 'pinna', (done) =>
      onProgress({ stage: 'bake', done: BEGINS.bake + (BEGINS.build - BEGINS.bake) * done }), wishes);
    blob = /** @type {Uint8Array<ArrayBuffer>} */ (baked.blob);
    const { measured: used, filled, between, lowExtended, diffuseField, duplicates, silent } = baked.report;
    const left = [[duplicates, 'measured twice'], [silent, 'with a silent ear']].filter(([count]) => count !== 0);
    report = {
      source: name,
      ...facts,
      network: null,
      remarks: [...facts.remarks, ...left.map(([count, why]) => `directions left out because ${why}: ${count}`)],
      measured: used,
      filled,
      between,
      lowExtended,
      diffuseField,
    };
  } else {
    report = reportBaked(blob, name);
  }
  await onProgress({ stage: 'build', done: BEGINS.build });
  const image = engine === null ? null : buildHead(engine, blob, sampleRateHz, name);
  await onProgress({ stage: 'build', done: 1 });
  return { blob, image, report };
}

/**
 * @param {WebAssembly.Module} engine
 * @param {Uint8Array} blob
 * @param {number} sampleRateHz
 * @param {string} name
 */
function buildHead(engine, blob, sampleRateHz, name) {
  try {
    return new EngineHost(engine).buildHead(blob, sampleRateHz);
  } catch (error) {
    throw error instanceof PinnaError ? new PinnaError(error.code, `${name}: ${error.message}`, error) : error;
  }
}
