// SPDX-License-Identifier: MIT
/** From where a view looks at the room: where its places lie in the picture, and back. */

/** @typedef {import('./space.js').Vector} Vector */

/** Which directions of the room lie to the right of, above and towards the one who looks at the picture. */
export const PLANES = {
  top: {
    across: (/** @type {Vector} */ [x]) => x,
    up: (/** @type {Vector} */ [, , z]) => -z,
    near: (/** @type {Vector} */ [, y]) => y,
    place: (/** @type {number} */ across, /** @type {number} */ up, /** @type {Vector} */ [, y]) =>
      /** @type {Vector} */ ([across, y, -up]),
    marks: { up: 'ahead', down: 'behind', left: 'left', right: 'right' },
  },
  side: {
    across: (/** @type {Vector} */ [, , z]) => -z,
    up: (/** @type {Vector} */ [, y]) => y,
    near: (/** @type {Vector} */ [x]) => x,
    place: (/** @type {number} */ across, /** @type {number} */ up, /** @type {Vector} */ [x]) =>
      /** @type {Vector} */ ([x, up, -across]),
    marks: { up: 'above', down: 'below', left: 'behind', right: 'ahead' },
  },
};

/** @typedef {typeof PLANES[keyof typeof PLANES]} Plane */
