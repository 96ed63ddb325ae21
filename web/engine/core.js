// SPDX-License-Identifier: MIT
/** What an engine lends to those that write into its scene: listener, sources, soundfields, adapters. */

/**
 * @typedef {object} Core
 * @property {BaseAudioContext} context
 * @property {AudioWorkletNode} node
 * @property {number} inputs  slots, the first ones, that have one
 * @property {import('../shared/scene-writer.js').SceneWriter} writer
 * @property {import('../clips.js').ClipStore} clips
 * @property {boolean} offline
 * @property {Set<() => void>} detachments  what dispose() detaches
 * @property {() => void} changed          the scene is to be sent
 * @property {() => void} requireUsable    throws after dispose()
 * @property {() => number} outputLatencyS
 * @property {(slot: number) => void} freed
 */

export {};
