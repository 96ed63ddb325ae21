// SPDX-License-Identifier: MIT
/** What is compared, in words: for reports, which are written where nothing can be rendered, too. */

/** @typedef {'pinna' | 'panner' | 'resonance'} RendererKey */

/**
 * rest       nothing moves
 * frames     everything is moved sixty times a second, by the page
 * automated  everything moves in every block, by automation: no page is asked
 *
 * @typedef {'rest' | 'frames' | 'automated'} Motion
 */

/** @type {Readonly<Record<RendererKey, string>>} */
export const RENDERER_NAMES = Object.freeze({
  pinna: 'pinna', panner: 'PannerNode (HRTF)', resonance: 'resonance-audio',
});

/** @type {Readonly<Record<Motion, string>>} */
export const MOTION_NAMES = Object.freeze({
  rest: 'at rest', frames: 'moved 60 times a second', automated: 'automated',
});
