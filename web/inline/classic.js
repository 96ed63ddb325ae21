// SPDX-License-Identifier: MIT
/** What a classic script tag makes of pinna: one global of that name. */
export * from './index.js';
export { createPanner, flushPanners, installPanner, listenerOf } from '../panner/index.js';
export { attachXR, listenerFromFrame } from '../xr/index.js';
