// SPDX-License-Identifier: MIT
/** Turning and naming directions: what the player does. */
export * from '../../web/player/space.js';

/** @typedef {import('../../web/player/space.js').Vector} Vector */
/** @typedef {import('../../web/player/space.js').Quaternion} Quaternion */
