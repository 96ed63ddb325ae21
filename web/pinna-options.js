// SPDX-License-Identifier: MIT
/** What a page may wish of an engine, and which of it is refused. */
import { TIMBRES, checkEqualizer } from './equalizer.js';
import { bakeWishes, refuseWishes } from './heads/bake-wishes.js';
import { RENDERERS, linnFormOf } from './renderers.js';
import { LinnForm } from './shared/engine-host.js';
import { boolean, integer, knownOptions, number, oneOf } from './validate.js';

/** @typedef {import('./equalizer.js').EqualizerSection} EqualizerSection */
/** @typedef {import('./equalizer.js').Timbre} Timbre */
/** @typedef {import('./renderers.js').RendererName} RendererName */
/** @typedef {import('./heads/load.js').HeadLike} HeadLike */
/** @typedef {import('./heads/prepare.js').HeadProgress} HeadProgress */

/**
 * @typedef {object} PinnaOptions
 * @property {number} [maxSources]   sources at a time, 1 to 4096; 64
 * @property {number} [maxInputs]    of them that may be fed by an AudioNode; the others play buffers, and are made with
 *   one. A browser takes its time for each input, used or not: thousands of sources want few; all
 * @property {number} [maxBuffers]   audio clips at a time; as many as sources
 * @property {'high' | 'balanced' | 'low'} [quality]  how many sources may have filters of their own, where
 *   maxExactSources does not say: all, 256 or 16; 'balanced'
 * @property {number} [maxExactSources]  that have filters of their own while the machine keeps up; the others, the
 *   quietest, are mixed from shared filters; 256
 * @property {RendererName} [renderer]  how sources reach the ears; 'hrtf', a measured head
 * @property {HeadLike} [model]  of 'linn': another LINN field model (models/FORMAT.md) than the one that ships with
 *   pinna
 * @property {boolean} [linnDense]   load the dense LINN for setRenderer, even if `renderer` does not need it; false
 * @property {HeadLike} [hrtf]       whose head: 'default', or a SOFA file or a baked one, as URL, File, Blob or bytes
 * @property {number} [spacingDeg]   of a SOFA file: directions further apart get others between them; 3 to 15,
 *   0 = none; 5
 * @property {'auto' | 'extend' | 'keep'} [lowFrequency]  of a SOFA file: what becomes of the octaves below 200 Hz,
 *   which loudspeakers hardly radiate: carried on from above, kept, or carried on where the set needs it; 'auto'
 * @property {boolean} [diffuseField]  of a SOFA file: equalised to the diffuse field; false
 * @property {(progress: HeadProgress) => void} [onProgress]  while a SOFA file is baked, which takes seconds
 * @property {number} [dopplerMaxDistance]  metres over which sound may take its time; memory grows with it; 50
 * @property {boolean} [limiter]     a soft limiter on the sum; false
 * @property {number} [gain]         of the sum, linear; 1
 * @property {Timbre} [timbre]  'natural': the ear canal's ringing and the lack of bass of the heads that ship with
 *   pinna are taken out, for headphones bring an ear canal of their own and rooms have a bass; 'measured': as they were
 *   measured. Heads of your own stay as they are (`diffuseField` evens out a SOFA file's); 'natural'
 * @property {EqualizerSection[]} [equalizer]  of the sum, at most 12 sections: of your headphones, say; none
 * @property {string | URL} [packageUrl]  of a copy of pinna's package folder, or of its web/dist and models, where a
 *   bundler does not carry them along; the addresses below come before it
 * @property {string | URL} [workletUrl]  of pinna.worklet.js, where a bundler or a policy moves it
 * @property {string | URL} [wasmUrl]     of pinna.wasm
 * @property {string | URL} [scalarWasmUrl]  of pinna-scalar.wasm, for machines without correct SIMD
 * @property {string | URL} [linnWasmUrl]    of pinna-linn.wasm, in place of the former where there is a dense LINN
 * @property {string | URL} [linnModelUrl]   of the dense LINN; models/linn/kemar-dense.safetensors
 * @property {string | URL} [soundfieldWasmUrl]  of pinna-soundfield.wasm, which createSoundfield loads
 * @property {WebAssembly.Module} [wasmModule]  compiled already, instead of the URLs
 * @property {string | URL} [headUrl]     of the default head
 * @property {string | URL} [bakeWorkerUrl]  of dist/bake-worker.js, which bakes SOFA files
 * @property {string | URL} [bakeWasmUrl]    of pinna-bake.wasm, which it runs
 * @property {string | URL} [h5wasmUrl]      of dist/h5wasm.js, by which it reads them
 * @property {boolean} [sharedMemory]  false = send the scene by messages even where memory could be shared
 * @property {boolean} [resumeInterrupted]  when the system took the sound away (a call, a locked screen), ask for it
 *   until it is back; true
 * @property {AbortSignal} [signal]
 */

const OPTION_NAMES = Object.freeze(['maxSources', 'maxInputs', 'maxBuffers', 'quality', 'maxExactSources', 'renderer',
  'hrtf', 'model', 'spacingDeg', 'lowFrequency', 'diffuseField', 'linnDense', 'linnWasmUrl', 'linnModelUrl',
  'dopplerMaxDistance', 'limiter', 'gain', 'timbre', 'equalizer', 'packageUrl', 'workletUrl', 'wasmUrl',
  'scalarWasmUrl', 'soundfieldWasmUrl', 'wasmModule', 'headUrl', 'onProgress', 'bakeWorkerUrl', 'bakeWasmUrl',
  'h5wasmUrl', 'sharedMemory', 'resumeInterrupted', 'signal']);

export const MAX_SOURCES = 4096;

/** What each quality allows the exact tier. */
const EXACT_SOURCES = Object.freeze({ high: MAX_SOURCES, balanced: 256, low: 16 });
const QUALITIES = /** @type {(keyof typeof EXACT_SOURCES)[]} */ (Object.keys(EXACT_SOURCES));

/** @typedef {ReturnType<typeof checkOptions>} CheckedOptions */

/** @param {PinnaOptions} options @throws {TypeError | RangeError} that names what is wrong */
export function checkOptions(options) {
  knownOptions(options, OPTION_NAMES, 'createPinna');
  const maxSources = integer(options.maxSources ?? 64, 'maxSources', 1, MAX_SOURCES);
  const renderer = oneOf(options.renderer ?? 'hrtf', 'renderer', RENDERERS);
  if (options.model !== undefined && renderer !== 'linn') {
    throw new TypeError('model is of the renderer \'linn\': add renderer: \'linn\'');
  }
  const bake = bakeWishes(options);
  if (options.hrtf === undefined && options.headUrl === undefined) {
    refuseWishes(bake, 'the default head is none');
  }
  const quality = oneOf(options.quality ?? 'balanced', 'quality', QUALITIES);
  return {
    maxSources,
    renderer,
    bake,
    linnDense: boolean(options.linnDense ?? false, 'linnDense') || linnFormOf(renderer) !== LinnForm.OFF,
    maxInputs: integer(options.maxInputs ?? maxSources, 'maxInputs', 0, maxSources),
    maxBuffers: integer(options.maxBuffers ?? maxSources, 'maxBuffers', 1, MAX_SOURCES),
    maxExactSources: integer(options.maxExactSources ?? EXACT_SOURCES[quality], 'maxExactSources', 0, MAX_SOURCES),
    dopplerMaxDistance: number(options.dopplerMaxDistance ?? 50, 'dopplerMaxDistance', 1, 10000),
    limiter: boolean(options.limiter ?? false, 'limiter'),
    gain: number(options.gain ?? 1, 'gain'),
    timbre: oneOf(options.timbre ?? 'natural', 'timbre', TIMBRES),
    equalizer: checkEqualizer(options.equalizer ?? []),
    sharedMemory: boolean(options.sharedMemory ?? true, 'sharedMemory'),
    resumeInterrupted: boolean(options.resumeInterrupted ?? true, 'resumeInterrupted'),
  };
}
