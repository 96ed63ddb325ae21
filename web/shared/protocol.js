// SPDX-License-Identifier: MIT
/**
 * What the page and its processor say to each other, and the name by which they find each other.
 *
 * A bare ArrayBuffer is a scene snapshot on its way to the processor, or the same buffer on its way back for reuse.
 * A bare Uint8Array is a report (report.js). Everything else is an object with a `type`.
 */
import { LAYOUT_ID } from './layout.gen.js';

/** To be increased when a message or a processor option changes its meaning. */
const PROTOCOL = 4;

/**
 * Name of the processor. It differs between builds that do not understand each other, so a page never starts a
 * processor of another version, and two versions may live in one context.
 */
export const PROCESSOR_NAME = `pinna-${PROTOCOL}-${LAYOUT_ID.toString(16)}`;

/** Soundfields at a time in a page. */
export const MAX_SOUNDFIELDS = 8;

/**
 * @typedef {object} ProcessorOptions
 * @property {WebAssembly.Module} [wasmModule]   or
 * @property {ArrayBuffer} [wasmBytes]           where a module cannot be cloned
 * @property {ArrayBuffer} [headBlob]            or
 * @property {Uint8Array} [headImage]            built by an EngineHost of the same wasm, which spares the audio thread
 * @property {ArrayBuffer} [linnBlob]            a dense LINN; the wasm is then pinna-linn.wasm
 * @property {number} [linnForm]                 how it renders at first: LinnForm of engine-host.js
 * @property {number} maxSources
 * @property {number} [inputs]                   slots, the first ones, that have an input; as many as sources
 * @property {number} maxBuffers
 * @property {number} [maxExactSources]          that may have filters of their own while there is time; 256
 * @property {number} dopplerMaxM
 * @property {number} quantum                    frames per block, as far as the page knows; 0 = it does not
 * @property {boolean} live                      false in an OfflineAudioContext, which has no deadline to miss
 * @property {number} [soundfields]             slots, the first ones, whose inputs are sound fields; the wasm is then
 *   pinna-soundfield.wasm
 * @property {boolean} [earInputs]              two inputs after the sources': left and right, before gain and limiter
 * @property {boolean} [poseInputs]              poses come as sound (pose-inputs.js)
 * @property {SharedArrayBuffer} [sceneMemory]   of createLatestSlot; absent = snapshots come as messages
 */

/**
 * To the processor. Clips and heads come in pieces so that no single message keeps the audio thread for long; of a
 * head, each piece is answered before the next is sent. `turn` numbers the heads.
 *
 * @typedef {{ type: 'clip', number: number, frames: number, offset: number, samples: Float32Array }
 *   | { type: 'drop', number: number }
 *   | { type: 'head', turn: number, bytes: number, offset: number, piece: Uint8Array }
 *   | { type: 'renderer', linnForm: number }
 *   | { type: 'watch', on: boolean }
 *   | { type: 'anchor' }
 *   | { type: 'flush', id: number }
 *   | { type: 'dispose' }} ToProcessor
 */

/**
 * From the processor.
 *
 * @typedef {{ type: 'ready', quantum: number, latencyFrames: number }
 *   | { type: 'failed', code: import('../errors.js').PinnaErrorCode, message: string }
 *   | { type: 'clip', number: number, error: { code: import('../errors.js').PinnaErrorCode, message: string } | null }
 *   | { type: 'head', turn: number, error: { code: import('../errors.js').PinnaErrorCode, message: string } | null }
 *   | { type: 'renderer', latencyFrames: number }
 *   | { type: 'flushed', id: number }
 *   | { type: 'disposed' }} FromProcessor
 */
